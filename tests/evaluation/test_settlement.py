"""Settlement, worked by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from build import dataset, unit

from fundeval.evaluation import evaluate
from fundeval.policy import load
from fundeval.problems import BadInputError

POLICY = load("national")
YEAR = 2024
OVERLAY = 'id: test\ntitle: {zh: "测试", en: "Test"}\nextends: national\nparameters:\n'
SOURCE = '{kind: local, cite: "测试", checked_on: 2024-01-01}'


def policy(folder: Path, **values):
    lines = [
        f"  {name}:\n    values:\n      - {{from: 2024-01-01, value: {value}, source: {SOURCE}}}\n"
        for name, value in values.items()
    ]
    path = folder / "test.yaml"
    path.write_text(OVERLAY + "".join(lines), encoding="utf-8")
    return load(path)


def rows_of(rules=POLICY, measures=(), flags=None, **row):
    hospital = {"unit_id": "H", "year": YEAR, "cases": 100} | row
    units = [unit("H", "hospital", level="secondary", flags=flags)]
    data = dataset(units=units, settlements=[hospital], measures=[*measures])
    return evaluate(data, rules, YEAR).settlement.set_index("item")


def settled(rules=POLICY, measures=(), flags=None, **row):
    return rows_of(rules, measures, flags, **row)["amount"].to_dict()


def measure(name, value):
    return {"unit_id": "H", "year": YEAR, "measure": name, "value": value}


def test_a_surplus_earns_a_quarter_and_half_of_that_goes_to_staff():
    assert settled(quota=1000.0, fee_for_service=900.0) == {
        "balance": 100.0, "surplus_award": 25.0, "award_to_staff": 12.5,
    }  # fmt: skip


def test_a_quota_of_a_fen_is_settled_and_one_of_nothing_is_not():
    assert settled(quota=0.01, fee_for_service=0.0)["balance"] == 0.01
    assert settled(quota=0.0, fee_for_service=0.0) == {}
    assert settled(quota=0.0, fee_for_service=10.0) == {}


def test_a_quota_spent_to_the_fen_earns_and_owes_nothing():
    assert settled(quota=1000.0, fee_for_service=1000.0) == {"balance": 0.0}


def test_the_award_is_capped_at_three_percent_of_the_quota():
    assert settled(quota=1000.0, fee_for_service=500.0)["surplus_award"] == 30.0


def test_an_overrun_is_shared_band_by_band():
    """30 % over a quota of 1 000: the first 200 by half, nothing of the next 100."""
    assert settled(quota=1000.0, fee_for_service=1300.0) == {
        "balance": -300.0, "overrun_band_1": 100.0, "overrun_band_2": 0.0,
    }  # fmt: skip


def test_only_the_reasonable_part_of_an_overrun_is_shared_where_it_is_stated():
    found = settled(quota=1000.0, fee_for_service=1300.0, reasonable_overrun=120.0)
    assert found == {"balance": -300.0, "reasonable_overrun": 90.0}


def test_under_capitation_no_overrun_is_shared_but_a_surplus_is():
    over = settled(quota=1000.0, fee_for_service=1300.0, payment="capitation")
    under = settled(quota=1000.0, fee_for_service=900.0, payment="capitation")
    assert over == {"balance": -300.0}
    assert under["surplus_award"] == 25.0


def test_within_the_corridor_nothing_is_shared_and_at_its_edge_all(tmp_path):
    rules = policy(tmp_path, settlement_corridor=0.02)
    assert settled(rules, quota=1000.0, fee_for_service=980.01) == {"balance": 19.99}
    assert settled(rules, quota=1000.0, fee_for_service=980.0)["surplus_award"] == 5.0
    assert settled(rules, quota=1000.0, fee_for_service=1019.99) == {"balance": -19.99}


def test_rate_and_corridor_may_be_supplied_unit_by_unit(tmp_path):
    rules = policy(
        tmp_path, surplus_award_rate="share", settlement_corridor="least",
        surplus_award_deduction=0.02, surplus_award_cap=0.2,
    )  # fmt: skip
    measures = [measure("share", 0.4), measure("least", 0.05)]
    found = settled(rules, measures, quota=1000.0, fee_for_service=900.0)
    assert found["surplus_award"] == 39.2


def test_pay_by_outcome_a_head():
    for rate, expected in ((0.85, 120_000), (0.8, 120_000), (0.7, 100_000), (0.5, 80_000)):
        found = settled(measures=[measure("chronic_control", rate)], payment="outcome")
        assert found == {"outcome_pay": expected}
    unknown = rows_of(payment="outcome").loc["outcome_pay"]
    assert (unknown["base"], unknown["lacking"]) == (100, "outcome_measure")
    assert pd.isna(unknown["amount"])


def test_clearing_by_points():
    """10 000 less 5 % over 950 points: 10 a point. 500 × 10 − 4 000 − 100 − 50 = 850;
    450 × 10 − 5 000 = −500, recovered next year."""
    units = [unit("R", "region"), *(unit(h, "hospital", "R") for h in ("H1", "H2"))]
    rows = [
        {"unit_id": "R", "year": YEAR, "quota": 10_000.0},
        {"unit_id": "H1", "year": YEAR, "points": 500, "prepaid": 4000.0, "deposit": 100.0,
         "violations": 50.0},
        {"unit_id": "H2", "year": YEAR, "points": 450, "prepaid": 5000.0, "deposit": 0.0,
         "violations": 0.0},
    ]  # fmt: skip
    found = evaluate(dataset(units=units, settlements=rows), POLICY, YEAR).settlement
    table = found.pivot_table(index="item", columns="unit_id", values="amount")
    assert table.loc["points_payable"].tolist() == [5000.0, 4500.0]
    assert table.loc["clearing"].tolist() == [850.0, -500.0]
    assert table["H1"].drop("clearing").sum() == 850.0
    assert table.loc["recovered_next_year", "H2"] == 500.0
    assert found["amount"].where(found["item"] == "points_payable").sum() == 10_000 * 0.95


def test_a_part_of_a_year_is_not_settled():
    row = {"unit_id": "H", "year": YEAR, "quota": 1000.0, "fee_for_service": 900.0}
    part = [{"year": YEAR, "first_month": 1, "last_month": 6}]
    data = dataset(units=[unit("H", "hospital")], settlements=[row], part_years=part)
    assert evaluate(data, POLICY, YEAR).settlement.empty
    whole = dataset(units=[unit("H", "hospital")], settlements=[row])
    assert set(evaluate(whole, POLICY, YEAR).settlement["item"]) >= {"balance", "surplus_award"}


def test_bands_share_each_its_own_slice_exactly():
    amounts = pd.Series([settled(quota=1000.0, fee_for_service=1000.0 + over)["overrun_band_1"]
                         for over in (1.0, 199.99, 200.0, 200.01)])  # fmt: skip
    assert amounts.tolist() == [0.5, 100.0, 100.0, 100.0]


OVER = {"quota": 1000.0, "fee_for_service": 1300.0}
UNDER = {"quota": 1000.0, "fee_for_service": 800.0}


def test_a_share_may_differ_by_flag_level_and_scheme(tmp_path):
    """Saved 200: a rural unit earns half of it, another of its level a tenth, the rest nothing."""
    value = '{"flag:rural": 0.5, other: {secondary: {resident: 0.1}, tertiary: 0.2}}'
    rules = policy(tmp_path, surplus_award_rate=value, surplus_award_cap="{tertiary: 0.01}")
    assert settled(rules, flags="economic_stress;rural", **UNDER)["surplus_award"] == 100.0
    assert settled(rules, scheme="resident", **UNDER)["surplus_award"] == 20.0
    assert settled(rules, flags="rural_2", scheme="employee", **UNDER)["surplus_award"] == 0.0


def test_a_factor_read_off_a_schedule_multiplies_the_award(tmp_path):
    """A quarter of 200, × 0.8 halfway between 0.6 and 1."""
    schedule = "{by: quality, points: [[0.5, 0.6], [0.9, 1]]}"
    rules = policy(tmp_path, surplus_award_factor=schedule, surplus_award_cap=1)
    found = rows_of(rules, [measure("quality", 0.7)], **UNDER)
    assert found.loc["surplus_award", "amount"] == 40.0
    missing = rows_of(rules, **UNDER)
    assert missing.loc["surplus_award", "lacking"] == "surplus_award_factor"
    assert pd.isna(missing.loc["surplus_award", "amount"])


def test_by_score_a_unit_without_one_has_no_factor(tmp_path):
    schedule = "{by: score, points: [[0, 0], [100, 1]]}"
    rules = policy(tmp_path, surplus_award_factor=schedule)
    assert rows_of(rules, **UNDER).loc["surplus_award", "lacking"] == "surplus_award_factor"


def test_the_deduction_comes_before_or_after_the_cap(tmp_path):
    """Half of 200 is above the cap of 90: 90 × 0.9, or 100 × 0.9 which the cap leaves whole."""
    values = {
        "surplus_award_rate": 0.5, "surplus_award_cap": 0.09, "surplus_award_deduction": 0.1,
    }  # fmt: skip
    before = policy(tmp_path, **values)
    assert settled(before, **UNDER)["surplus_award"] == 81.0
    after = policy(tmp_path, surplus_award_order="deduction_then_cap", **values)
    assert settled(after, **UNDER)["surplus_award"] == 90.0


def test_overruns_have_a_corridor_of_their_own(tmp_path):
    rules = policy(tmp_path, settlement_corridor=0.05, overrun_corridor=0.1)
    near = {"quota": 1000.0, "fee_for_service": 1099.99}
    assert settled(rules, **near) == {"balance": -99.99}
    at = settled(rules, quota=1000.0, fee_for_service=1100.0)
    assert at == {"balance": -100.0, "overrun_band_1": 50.0, "overrun_band_2": 0.0}
    assert settled(rules, quota=1000.0, fee_for_service=960.0) == {"balance": 40.0}
    assert settled(rules, quota=1000.0, fee_for_service=950.0)["surplus_award"] == 12.5


def test_one_share_of_the_overrun_by_unit(tmp_path):
    rules = policy(tmp_path, overrun_bands="[{from: 0, result: borne_by_fund}]")
    found = rows_of(rules, [measure("borne_by_fund", 0.4)], **OVER)
    assert found.loc["overrun_band_1", "amount"] == 120.0
    lacking = rows_of(rules, **OVER)
    assert lacking.loc["overrun_band_1", "lacking"] == "overrun_bands"


def test_beyond_the_least_of_its_limits_an_institution_bears_nothing(tmp_path):
    """Of 300 the fund bears 100; of the other 200 the institution 8 % of its quota, or a tenth
    of a revenue of 700, whichever is less."""
    limits = '[{share: 0.08}, {share: {"flag:low_revenue": 0.1}, of: revenue}]'
    rules = policy(tmp_path, overrun_limits=limits)
    plain = settled(rules, **OVER)
    assert (plain["overrun_beyond_limit"], plain["overrun_borne"]) == (120.0, 80.0)
    low = settled(rules, [measure("revenue", 700.0)], "low_revenue", **OVER)
    assert (low["overrun_beyond_limit"], low["overrun_borne"]) == (130.0, 70.0)
    assert low["overrun_band_1"] + low["overrun_beyond_limit"] + low["overrun_borne"] == 300.0
    unknown = rows_of(rules, flags="low_revenue", **OVER)
    assert unknown.loc["overrun_borne", "lacking"] == "overrun_limits"
    assert unknown.loc["overrun_band_1", "amount"] == 100.0
    small = settled(rules, quota=1000.0, fee_for_service=1010.0)
    assert (small["overrun_beyond_limit"], small["overrun_borne"]) == (0.0, 5.0)


def test_what_a_unit_lacks_is_a_finding(tmp_path):
    rules = policy(tmp_path, settlement_corridor="least")
    hospital = {"unit_id": "H", "year": YEAR, "cases": 100} | UNDER
    data = dataset(units=[unit("H", "hospital")], settlements=[hospital])
    found = evaluate(data, rules, YEAR).findings.query("finding == 'not_settled'")
    told = found[["unit_id", "subject", "value", "detail"]].to_numpy().tolist()
    assert told == [["H", "surplus_award", 200.0, "settlement_corridor"]]


def test_a_flag_that_no_unit_has_is_a_finding_on_the_run(tmp_path):
    rules = policy(tmp_path, overrun_bands='[{from: 0, result: {"flag:rurall": 1, other: 0.5}}]')
    data = dataset(units=[unit("H", "hospital", flags="rural")], settlements=[
        {"unit_id": "H", "year": YEAR, "cases": 100} | OVER,
    ])  # fmt: skip
    found = evaluate(data, rules, YEAR).findings.query("finding == 'flag_unknown'")
    assert found[["unit_id", "subject", "detail"]].to_numpy().tolist() == [
        ["", "overrun_bands", "rurall"]
    ]


@pytest.mark.parametrize(
    "value", ["'No such'", "overrun_bands", "overrun_corridor", "{flag: 0.1}",
              '{"flag:rural": 0.1, tertiary: 0.2}', "{by: Quality, points: [[0, 1]]}", "25", "true"]
)  # fmt: skip
def test_a_share_that_cannot_be_is_refused(tmp_path, value):
    with pytest.raises(BadInputError):
        policy(tmp_path, surplus_award_rate=value)


def test_an_alliance_whose_figure_is_not_known_shares_no_award(tmp_path):
    rules = policy(tmp_path, surplus_award_factor="quality", alliance_gate="parallel")
    units = [unit("A", "alliance"), *(unit(h, "hospital", alliance_id="A") for h in ("H1", "H2"))]
    rows = [{"unit_id": h, "year": YEAR, "cases": 100} | UNDER for h in ("H1", "H2")]
    known = [{"unit_id": "A", "year": YEAR, "measure": "quality", "value": 0.5}]
    for measures, lacking in ((known, ""), ([], "surplus_award_factor")):
        data = dataset(units=units, settlements=rows, measures=measures)
        found = evaluate(data, rules, YEAR).settlement.set_index(["unit_id", "item"])
        assert found.loc[("A", "surplus_award"), "lacking"] == lacking
        for member in ("H1", "H2"):
            assert found.loc[(member, "alliance_award"), "lacking"] == lacking
        amounts = found["amount"].dropna()
        assert (("H1", "alliance_award") in amounts) == (lacking == "")
    assert found.loc[("A", "balance"), "amount"] == 400.0
