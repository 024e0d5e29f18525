"""Settlement, worked by hand."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from pathlib import Path

import pandas as pd
import pytest
from build import Decided, budget, dataset, decide, unit

from fundeval.evaluation import measure as measure_year
from fundeval.evaluation.pipeline import FINISH, USUAL
from fundeval.evaluation.rules.settlement import settle
from fundeval.plain_texts import with_plain_texts
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
    return settle_alone(data, rules).set_index("item")


class Settled(Decided):
    """An evaluation of units without a score, whose settlement is asked for."""

    @cached_property
    def settlement(self):
        return settle_alone(self.measured.dataset, self.policy)


@with_plain_texts
def settle_alone(data, rules):
    """Return the settlement of a data set in which no unit has a score."""
    measured = measure_year(data, YEAR)
    scores = measured.inputs.units[["unit_id"]].assign(score=float("nan"))
    found = settle(measured.inputs, scores, rules.on(dt.date(YEAR, 12, 31)))
    return USUAL["settlement"](FINISH["settlement"](found, measured.named.cells.units))


def settled(rules=POLICY, measures=(), flags=None, **row):
    return rows_of(rules, measures, flags, **row)["amount"].to_dict()


def measure(name, value):
    return {"unit_id": "H", "year": YEAR, "measure": name, "value": value}


def test_award_and_what_goes_to_staff_and_capability_have_two_bases():
    """Of a surplus of 100 a quarter is an award to staff. All 100 is retained, half of which goes
    to staff and capability: 50, so 25 beyond the award."""
    assert settled(quota=1000.0, fee_for_service=900.0) == {
        "balance": 100.0, "surplus_award": 25.0, "surplus_retained": 100.0,
        "staff_and_capability": 50.0, "beyond_award": 25.0,
    }  # fmt: skip


def test_the_hospital_in_zhejiang_may_award_300_of_1200():
    """300 of 1 200 万元 saved is 25.00 %, inside 20 to 30 %; its quota of 10 000 leaves room."""
    row = rows_of(quota=100_000_000.0, fee_for_service=88_000_000.0).loc["surplus_award"]
    assert (row["base"], row["amount"], row["rate"]) == (12_000_000.0, 3_000_000.0, 0.25)
    assert 0.2 <= row["rate"] <= 0.3


def test_what_is_retained_may_be_a_share_of_the_surplus_but_not_less_than_the_award(tmp_path):
    """Of 100 the institution retains 40, half of which is 20: the award of 25 is more than that.
    Retained at 10 %, it has its award of 25 all the same."""
    some = settled(policy(tmp_path, surplus_retained_rate=0.4), quota=1000.0, fee_for_service=900.0)
    assert (some["surplus_retained"], some["staff_and_capability"]) == (40.0, 20.0)
    assert some["beyond_award"] == 0.0
    less = settled(policy(tmp_path, surplus_retained_rate=0.1), quota=1000.0, fee_for_service=900.0)
    assert (less["surplus_retained"], less["staff_and_capability"]) == (25.0, 12.5)


def test_without_the_retained_share_only_what_rests_on_it_is_unknown(tmp_path):
    found = rows_of(policy(tmp_path, surplus_retained_rate="kept"), **UNDER)
    assert found.loc["surplus_award", "amount"] == 30.0
    assert found.loc["surplus_retained", "lacking"] == "surplus_retained_rate"
    assert not {"staff_and_capability", "beyond_award"} & {*found.index}


def test_a_quota_of_a_fen_is_settled_and_one_of_nothing_is_not():
    assert settled(quota=0.01, fee_for_service=0.0)["balance"] == 0.01
    assert settled(quota=0.0, fee_for_service=0.0) == {}
    assert settled(quota=0.0, fee_for_service=10.0) == {}


def test_a_quota_spent_to_the_fen_earns_and_owes_nothing():
    assert settled(quota=1000.0, fee_for_service=1000.0) == {"balance": 0.0}


def test_the_award_is_capped_at_three_percent_of_the_quota():
    assert settled(quota=1000.0, fee_for_service=500.0)["surplus_award"] == 30.0


def test_an_overrun_is_shared_band_by_band():
    """30 % over a quota of 1 000: the first 200 by half, nothing of the next 100; it bears 200."""
    assert settled(quota=1000.0, fee_for_service=1300.0) == {
        "balance": -300.0, "overrun_band_1": 100.0, "overrun_band_2": 0.0, "overrun_borne": 200.0,
    }  # fmt: skip


def test_only_the_reasonable_part_of_an_overrun_is_shared_where_it_is_stated():
    """75 % of 120 is 90; of the other 180, unreasonable, nothing: the institution bears 210."""
    found = settled(quota=1000.0, fee_for_service=1300.0, reasonable_overrun=120.0)
    assert found == {"balance": -300.0, "reasonable_overrun": 90.0, "overrun_borne": 210.0}


@pytest.mark.parametrize(("share", "fund", "borne"), [(0.7, 84.0, 216.0), (0.8, 96.0, 204.0)])
def test_the_fund_bears_70_to_80_percent_of_what_is_reasonable(tmp_path, share, fund, borne):
    """Of 120 reasonable 84 or 96, of the other 180 nothing."""
    rules = policy(tmp_path, reasonable_overrun_share=share)
    found = settled(rules, quota=1000.0, fee_for_service=1300.0, reasonable_overrun=120.0)
    assert (found["reasonable_overrun"], found["overrun_borne"]) == (fund, borne)


def test_under_capitation_no_overrun_is_shared_but_a_surplus_is():
    over = settled(quota=1000.0, fee_for_service=1300.0, payment="capitation")
    under = settled(quota=1000.0, fee_for_service=900.0, payment="capitation")
    assert over == {"balance": -300.0, "overrun_borne": 300.0}
    assert under["surplus_award"] == 25.0


def test_within_the_corridor_nothing_is_shared_and_at_its_edge_all(tmp_path):
    rules = policy(tmp_path, settlement_corridor=0.02)
    assert settled(rules, quota=1000.0, fee_for_service=980.01) == {"balance": 19.99}
    assert settled(rules, quota=1000.0, fee_for_service=980.0)["surplus_award"] == 5.0
    assert settled(rules, quota=1000.0, fee_for_service=1019.99) == {
        "balance": -19.99, "overrun_borne": 19.99,
    }  # fmt: skip


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
    450 × 10 − 5 000 = −500, recovered next year. The reserve of 500 is kept."""
    units = [unit("R", "region"), *(unit(h, "hospital", "R") for h in ("H1", "H2"))]
    rows = [
        {"unit_id": "R", "year": YEAR, "quota": 10_000.0},
        {"unit_id": "H1", "year": YEAR, "points": 500, "prepaid": 4000.0, "deposit": 100.0,
         "violations": 50.0},
        {"unit_id": "H2", "year": YEAR, "points": 450, "prepaid": 5000.0, "deposit": 0.0,
         "violations": 0.0},
    ]  # fmt: skip
    found = settle_alone(dataset(units=units, settlements=rows), POLICY)
    table = found.pivot_table(index="item", columns="unit_id", values="amount")
    assert table.loc["points_payable", ["H1", "H2"]].tolist() == [5000.0, 4500.0]
    assert table.loc["clearing", ["H1", "H2"]].tolist() == [850.0, -500.0]
    assert table["R"].dropna().to_dict() == {"reserve": 500.0, "reserve_kept": 500.0}
    of_pool = ["pool_available", "point_value"]
    assert table["H1"].drop(["clearing", *of_pool]).sum() == 850.0
    pool = found[found["item"].isin(of_pool) & (found["unit_id"] == "H1")].set_index("item")
    columns = ["base", "rate", "amount"]
    assert pool.loc["pool_available", columns].tolist() == [10_000.0, 0.95, 9500.0]
    assert pool.loc["point_value", columns].tolist() == [950.0, 10.0, 9500.0]
    assert table.loc["recovered_next_year", "H2"] == 500.0
    assert found["amount"].where(found["item"] == "points_payable").sum() == 10_000 * 0.95


def test_what_clears_to_nothing_leaves_nothing_to_recover():
    """500 × 10 − 4 850 − 100 − 50 = 0."""
    taken = {"prepaid": 4850.0, "deposit": 100.0, "violations": 50.0}
    found = of_pool({"points": 500} | taken, {"points": 450, "prepaid": 5000.0})
    assert amounts_of(found, "clearing")["H1"] == 0.0
    assert "H1" not in amounts_of(found, "recovered_next_year")


def test_a_part_of_a_year_is_not_settled():
    row = {"unit_id": "H", "year": YEAR, "quota": 1000.0, "fee_for_service": 900.0}
    part = [{"year": YEAR, "first_month": 1, "last_month": 6}]
    data = dataset(units=[unit("H", "hospital")], settlements=[row], part_years=part)
    steps = settle_alone(data, POLICY)
    assert steps[["item", "lacking"]].to_numpy().tolist() == [["balance", "whole_year"]]
    assert steps["amount"].isna().all()
    whole = dataset(units=[unit("H", "hospital")], settlements=[row])
    assert set(settle_alone(whole, POLICY)["item"]) >= {"balance", "surplus_award"}


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
    assert settled(rules, **near) == {"balance": -99.99, "overrun_borne": 99.99}
    at = settled(rules, quota=1000.0, fee_for_service=1100.0)
    assert at == {
        "balance": -100.0, "overrun_band_1": 50.0, "overrun_band_2": 0.0, "overrun_borne": 50.0,
    }  # fmt: skip
    assert settled(rules, quota=1000.0, fee_for_service=960.0) == {"balance": 40.0}
    assert settled(rules, quota=1000.0, fee_for_service=950.0)["surplus_award"] == 12.5


@pytest.mark.parametrize(("share", "borne"), [(1, 99.99), (0.5, 50.0), (0, 0.0)])
def test_who_bears_an_overrun_within_the_corridor_is_stated(tmp_path, share, borne):
    rules = policy(tmp_path, overrun_corridor=0.1, overrun_corridor_borne=share)
    near = {"quota": 1000.0, "fee_for_service": 1099.99}
    assert settled(rules, **near) == {"balance": -99.99, "overrun_borne": borne}
    at = settled(rules, quota=1000.0, fee_for_service=1100.0)
    assert at["overrun_borne"] == 50.0
    capitation = rows_of(rules, **near, payment="capitation")
    assert capitation.loc["overrun_borne", "rate"] == 1.0


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
    found = decide(data, rules, YEAR).findings.query("finding == 'not_settled'")
    told = found[["unit_id", "subject", "value", "detail"]].to_numpy().tolist()
    assert told == [["H", "surplus_award", 200.0, "settlement_corridor"]]


def test_a_flag_that_no_unit_has_is_a_finding_on_the_run(tmp_path):
    rules = policy(tmp_path, overrun_bands='[{from: 0, result: {"flag:rurall": 1, other: 0.5}}]')
    data = dataset(units=[unit("H", "hospital", flags="rural")], settlements=[
        {"unit_id": "H", "year": YEAR, "cases": 100} | OVER,
    ])  # fmt: skip
    found = decide(data, rules, YEAR).findings.query("finding == 'flag_unknown'")
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
        found = settle_alone(data, rules).set_index(["unit_id", "item"])
        assert found.loc[("A", "surplus_award"), "lacking"] == lacking
        for member in ("H1", "H2"):
            assert found.loc[(member, "alliance_award"), "lacking"] == lacking
        amounts = found["amount"].dropna()
        assert (("H1", "alliance_award") in amounts) == (lacking == "")
    assert found.loc[("A", "balance"), "amount"] == 400.0


POOL = {"unit_id": "R", "year": YEAR, "quota": 10_000.0}
BY_POINTS = {"year": YEAR, "payment": "drg", "prepaid": 4000.0, "deposit": 0.0, "violations": 0.0}


def of_pool(*rows, rules=POLICY, measures=(), pool=POOL):
    """Return the steps of hospitals H1, H2, … in a region R that clears by points."""
    hospitals = [{"unit_id": f"H{n}"} | BY_POINTS | row for n, row in enumerate(rows, start=1)]
    units = [unit("R", "region"), *(unit(row["unit_id"], "hospital", "R") for row in hospitals)]
    data = dataset(units=units, settlements=[pool, *hospitals], measures=[*measures])
    return Settled(data, rules, YEAR)


def amounts_of(evaluation, item):
    steps = evaluation.settlement
    return steps[steps["item"] == item].set_index("unit_id")["amount"].to_dict()


def test_a_blank_deduction_leaves_the_clearing_open_and_says_so():
    found = of_pool({"points": 500}, {"points": 450, "deposit": None})
    assert amounts_of(found, "clearing")["H1"] == 1000.0
    steps = found.settlement.set_index(["unit_id", "item"])
    assert pd.isna(steps.loc[("H2", "clearing"), "amount"])
    assert steps.loc[("H2", "clearing"), "lacking"] == "deposit"
    told = found.findings.query("finding == 'not_settled'")
    assert told[["unit_id", "subject", "detail"]].to_numpy().tolist() == [
        ["H2", "clearing", "deposit"]
    ]


def test_whoever_has_not_stated_points_leaves_the_pool_without_a_value():
    found = of_pool({"points": 500}, {"points": None})
    steps = found.settlement.set_index(["unit_id", "item"])
    for place in (("H1", "points_payable"), ("H2", "points_payable"), ("H1", "clearing"),
                  ("H2", "clearing"), ("R", "reserve")):  # fmt: skip
        assert pd.isna(steps.loc[place, "amount"])
        assert steps.loc[place, "lacking"] == "points"
    settled_otherwise = of_pool({"points": 500}, {"points": None, "payment": "package"})
    assert amounts_of(settled_otherwise, "points_payable") == {"H1": 9500.0}


def test_reasonable_overruns_are_compensated_from_the_reserve_and_enter_the_clearing():
    """10 a point. H1 cost 5 600, 600 beyond its 5 000, of which 400 is reasonable: 75 % is 300,
    and 5 000 − 4 000 + 300 = 1 300. Of the reserve of 500 the other 200 is kept."""
    found = of_pool(
        {"points": 500, "fee_for_service": 5600.0, "reasonable_overrun": 400.0},
        {"points": 450, "fee_for_service": 4000.0},
    )
    assert amounts_of(found, "overrun_compensation") == {"H1": 300.0}
    assert amounts_of(found, "clearing") == {"H1": 1300.0, "H2": 500.0}
    region = found.settlement.query("unit_id == 'R'").set_index("item")["amount"].to_dict()
    assert region == {"reserve": 500.0, "reserve_kept": 200.0, "reserve_to_overruns": -300.0}


def test_an_overrun_of_which_nothing_is_reasonable_asks_for_nothing():
    """Nor does it need to be known what care cost: 10 a point, less nothing, is 5 000."""
    found = of_pool({"points": 500, "reasonable_overrun": 0.0}, {"points": 450})
    steps = found.settlement.query("unit_id == 'H1'").set_index("item")
    assert "overrun_compensation" not in steps.index
    assert steps.loc["points_payable", "amount"] == 5000.0
    region = found.settlement.query("unit_id == 'R'").set_index("item")["amount"].to_dict()
    assert region == {"reserve": 500.0, "reserve_kept": 500.0}


def test_compensation_is_at_most_the_overrun_and_all_of_it_at_most_the_reserve():
    """H1 is 200 over, so of 400 stated 200 counts: 150. H2 is 5 500 over: 75 % of 1 000 is 750.
    900 is asked of a reserve of 500: each gets 5/9 of it, 83.33 and 416.67."""
    found = of_pool(
        {"points": 500, "fee_for_service": 5200.0, "reasonable_overrun": 400.0},
        {"points": 450, "fee_for_service": 10_000.0, "reasonable_overrun": 1000.0},
    )
    assert amounts_of(found, "overrun_compensation") == {"H1": 83.33, "H2": 416.67}
    assert amounts_of(found, "reserve_kept") == {"R": 0.0}


def test_what_is_left_of_the_reserve_may_be_released_to_the_fen(tmp_path):
    """500 in proportion to 5 000 and 4 500: 263.157… and 236.842…"""
    rules = policy(tmp_path, point_reserve_left="released")
    found = of_pool({"points": 500}, {"points": 450}, rules=rules)
    released = amounts_of(found, "reserve_released")
    assert released == {"H1": 263.16, "H2": 236.84, "R": 500.0}
    assert amounts_of(found, "clearing") == {"H1": 1263.16, "H2": 736.84}


def test_a_compensation_that_cannot_be_known_leaves_the_reserve_open(tmp_path):
    rules = policy(tmp_path, reasonable_overrun_share="share", point_reserve_left="released")
    over = {"points": 500, "fee_for_service": 5600.0, "reasonable_overrun": 400.0}
    found = of_pool(over, {"points": 450}, rules=rules)
    steps = found.settlement.set_index(["unit_id", "item"])["lacking"]
    assert steps[("H1", "overrun_compensation")] == "reasonable_overrun_share"
    assert steps[("H1", "clearing")] == "reasonable_overrun_share"
    assert (steps[("H2", "clearing")], steps[("R", "reserve")]) == ("reserve", "reserve")
    kept = of_pool(over, {"points": 450}, rules=policy(tmp_path, reasonable_overrun_share="share"))
    assert amounts_of(kept, "clearing")["H2"] == 500.0


def test_a_hospital_with_points_and_a_quota_is_settled_once(tmp_path):
    """By points as the policy puts them first: 5 000 payable; else by its quota, and the points
    of the other have all of the pool: 9 500 over 450."""
    both = {"points": 500, "quota": 4000.0, "fee_for_service": 3900.0}
    by_points = of_pool(both, {"points": 450})
    items = by_points.settlement.query("unit_id == 'H1'").set_index("item")
    assert items.loc["points_payable", "amount"] == 5000.0
    assert not {"balance", "surplus_award"} & {*items.index}
    assert items.loc["quota_left_out", ["base", "lacking"]].tolist() == [4000.0, "by_points"]
    rules = policy(tmp_path, settlement_order="[package, quota, points, per_head]")
    by_quota = of_pool(both, {"points": 450}, rules=rules)
    items = by_quota.settlement.query("unit_id == 'H1'").set_index("item")
    assert items.loc["surplus_award", "amount"] == 25.0
    assert not {"points_payable", "clearing"} & {*items.index}
    assert items.loc["points_left_out", ["base", "lacking"]].tolist() == [500.0, "by_quota"]
    assert amounts_of(by_quota, "points_payable") == {"H2": 9500.0}
    for found, detail in ((by_points, "by_points"), (by_quota, "by_quota")):
        told = found.findings.query("finding == 'settled_once'")
        assert told[["unit_id", "detail"]].to_numpy().tolist() == [["H1", detail]]


def test_an_order_that_leaves_out_a_way_is_refused(tmp_path):
    for value in ("[package, points, quota]", "[package, points, per_head, quota, quota]"):
        with pytest.raises(BadInputError):
            policy(tmp_path, settlement_order=value)


def alliance_of(*rows, members=2, pool=None, budgets=(), rules=POLICY):
    """Return the evaluation of an alliance A in region R with members H1, H2, …"""
    names = [f"H{n}" for n in range(1, members + 1)]
    units = [unit("R", "region"), unit("A", "alliance", "R", flags="six_unified")]
    units += [unit(name, "hospital", "R", alliance_id="A") for name in names]
    rows = [{"unit_id": f"H{n}", "year": YEAR} | row for n, row in enumerate(rows, start=1)]
    settlements = [*([pool] if pool else []), *rows]
    data = dataset(units=units, settlements=settlements, budgets=[*budgets])
    return Settled(data, rules, YEAR)


def test_an_alliance_is_not_settled_without_the_member_that_has_no_quota():
    blank = {"fee_for_service": 500.0}
    for rows, unknown in (
        ((UNDER, OVER, blank), "quota"), ((UNDER, OVER, {"quota": 10.0}), "fee_for_service"),
        ((UNDER, OVER), "quota"),
    ):  # fmt: skip
        found = alliance_of(*rows, members=3)
        steps = found.settlement.set_index(["unit_id", "item"])
        assert steps.loc[("H1", "balance"), "amount"] == 200.0
        for place in (("A", "balance"), ("H3", "balance")):
            assert pd.isna(steps.loc[place, "amount"])
            assert steps.loc[place, "lacking"] == unknown
        assert not {"surplus_award", "alliance_award"} & {*found.settlement["item"]}
        told = found.findings.query("finding == 'not_settled'")
        assert told["unit_id"].tolist() == ["A", "H3"]


def test_the_cost_of_a_member_with_a_quota_of_nothing_counts_in_the_package():
    """800 saved 200, and 50 against a quota of 0: the package has 150 left."""
    found = alliance_of(UNDER, {"quota": 0.0, "fee_for_service": 50.0})
    assert amounts_of(found, "balance") == {"A": 150.0, "H1": 200.0, "H2": -50.0}


def test_a_hospital_inside_a_package_is_not_paid_by_points_too(tmp_path):
    """H1 and H2 are in the package; a hospital outside has all of the pool of 10 000 less 5 %."""
    members = [UNDER | BY_POINTS | {"points": 500}, UNDER | BY_POINTS | {"points": 450}]
    units = [unit("R", "region"), unit("A", "alliance", "R", flags="six_unified"),
             *(unit(f"H{n}", "hospital", "R", alliance_id="A") for n in (1, 2)),
             unit("H3", "hospital", "R")]  # fmt: skip
    rows = [{"unit_id": f"H{n}"} | row for n, row in enumerate(members, start=1)]
    rows += [POOL, {"unit_id": "H3", "points": 50} | BY_POINTS]
    data = dataset(units=units, settlements=rows)
    found = Settled(data, POLICY, YEAR)
    assert amounts_of(found, "points_payable") == {"H3": 9500.0}
    assert amounts_of(found, "surplus_award") == {"A": 60.0}
    left = found.settlement.query("item == 'points_left_out'")
    assert left[["unit_id", "base", "lacking"]].to_numpy().tolist() == [
        ["H1", 500.0, "by_package"], ["H2", 450.0, "by_package"],
    ]  # fmt: skip
    first = policy(tmp_path, settlement_order="[points, package, per_head, quota]")
    found = Settled(data, first, YEAR)
    assert amounts_of(found, "points_payable") == {"H1": 4750.0, "H2": 4275.0, "H3": 475.0}
    assert "A" not in amounts_of(found, "balance")


def test_the_execution_of_an_alliance_is_that_of_its_members():
    """90 + 60 of 100 + 100 is 75 %, whatever a row of its own says; without a member none."""
    rows = [budget("H1", YEAR, 90.0), budget("H2", YEAR, 60.0)]
    own = budget("A", YEAR, 100.0)
    rates = alliance_of(UNDER, UNDER, budgets=[own, *rows]).indicators
    here = rates.query("unit_id == 'A' and indicator == 'execution_rate'")
    assert here[["year", "value"]].to_numpy().tolist() == [[YEAR, 0.75]]
    lone = alliance_of(UNDER, UNDER, budgets=[own, rows[0]]).indicators
    here = lone.query("unit_id == 'A' and indicator == 'execution_rate'")
    assert here["value"].isna().all()
    assert here["status"].tolist() == ["not_judged"]


def test_capitation_pays_by_heads_whatever_the_cases():
    """1 000 heads at 400 are 400 000; care for 380 000 leaves 20 000, for 410 000 it bears
    10 000."""
    head = {"payment": "capitation", "heads": 1000, "cases": 7}
    kept = settled(**head, fee_for_service=380_000.0)
    assert kept == {"capitation_pay": 400_000.0, "capitation_kept": 20_000.0}
    over = settled(**head, fee_for_service=410_000.0)
    assert over == {"capitation_pay": 400_000.0, "overrun_borne": 10_000.0}
    unknown = rows_of(**head)
    assert unknown.loc["capitation_pay", "amount"] == 400_000.0
    assert unknown.loc["capitation_kept", "lacking"] == "fee_for_service"


@pytest.mark.parametrize(("rate", "pay"), [(300, 300_000.0), (500, 500_000.0)])
def test_a_head_is_worth_300_to_500_a_year(tmp_path, rate, pay):
    rules = policy(tmp_path, capitation_rate=rate)
    assert settled(rules, payment="capitation", heads=1000)["capitation_pay"] == pay


def test_without_heads_capitation_cannot_be_paid_and_says_so():
    row = rows_of(payment="capitation", fee_for_service=10.0).loc["capitation_pay"]
    assert (row["lacking"], pd.isna(row["amount"])) == ("heads", True)


def test_capitation_with_heads_leaves_a_quota_out():
    row = {"payment": "capitation", "heads": 1000, "fee_for_service": 380_000.0}
    found = rows_of(quota=390_000.0, **row)
    assert found.loc["quota_left_out", ["base", "lacking"]].tolist() == [390_000.0, "by_per_head"]
    assert found.loc["capitation_pay", "amount"] == 400_000.0
    assert "balance" not in found.index


def test_pay_by_outcome_counts_heads_where_they_are_stated():
    """50 people at 1 200, though they came 100 times; without heads the times, which is told."""
    found = settled(measures=[measure("chronic_control", 0.85)], payment="outcome", heads=50)
    assert found == {"outcome_pay": 60_000.0}
    row = {"unit_id": "H", "year": YEAR, "cases": 100, "payment": "outcome"}
    for more, told in (({}, [["H", 100.0]]), ({"heads": 50}, [])):
        data = dataset(units=[unit("H", "hospital")], settlements=[row | more])
        found = decide(data, POLICY, YEAR).findings.query("finding == 'cases_for_heads'")
        assert found[["unit_id", "value"]].to_numpy().tolist() == told


def hospitals(*rows, units=None, part_years=None, rules=POLICY):
    """Return the evaluation of a region R with hospitals H and G, of these rows of settlements."""
    units = units or [unit("R", "region"), *(unit(name, "hospital", "R") for name in "HG")]
    rows = [{"year": YEAR} | row for row in rows]
    return Settled(dataset(units=units, settlements=rows, part_years=part_years), rules, YEAR)


def lacking_of(evaluation):
    steps = evaluation.settlement.query("lacking != ''")
    return {tuple(row) for row in steps[["unit_id", "item", "lacking"]].to_numpy().tolist()}


def merged(mine, successors, pool=None):
    """Return the evaluation in which G was merged into H within the year."""
    units = [unit("R", "region"), unit("H", "hospital", "R"),
             unit("G", "hospital", "R", valid_to="2024-06-30", successor_id="H")]  # fmt: skip
    rows = [{"unit_id": "G"} | mine, {"unit_id": "H"} | successors]
    return hospitals(*rows, *([pool] if pool else []), units=units)


def test_a_merged_hospital_keeps_the_payment_that_both_had():
    """Under capitation the overrun of 600 is borne; 20 heads at 400 are 8 000."""
    over = OVER | {"payment": "capitation"}
    found = merged(over, over)
    assert amounts_of(found, "overrun_borne") == {"H": 600.0}
    assert amounts_of(found, "overrun_band_1") == {}
    heads = {"payment": "capitation", "heads": 10}
    assert amounts_of(merged(heads, heads), "capitation_pay") == {"H": 8000.0}
    assert lacking_of(merged({"payment": "drg"}, {"payment": "drg"})) == {
        ("H", "points_payable", "points")
    }


@pytest.mark.parametrize("other", ["drg", "package", None])
def test_merged_hospitals_paid_in_different_ways_are_not_settled(other):
    found = merged(OVER | {"payment": "capitation"}, OVER | {"payment": other})
    assert lacking_of(found) == {("H", "balance", "payment")}
    assert found.settlement["amount"].isna().all()
    assert found.findings.query("finding == 'not_settled'")["detail"].tolist() == ["payment"]


def test_payments_that_differ_do_not_matter_in_a_package():
    """Each of three saved 200: 600."""
    units = [unit("R", "region"), unit("A", "alliance", "R", flags="six_unified"),
             *(unit(name, "hospital", "R", alliance_id="A") for name in "HF"),
             unit("G", "hospital", "R", valid_to="2024-06-30", successor_id="H")]  # fmt: skip
    rows = [{"unit_id": name, "payment": way} | UNDER
            for name, way in (("H", "drg"), ("G", "capitation"), ("F", None))]  # fmt: skip
    found = hospitals(*rows, units=units)
    assert amounts_of(found, "balance") == {"A": 600.0, "F": 200.0, "H": 400.0}
    assert lacking_of(found) == set()


def test_a_row_for_all_schemes_beside_single_schemes_pays_nothing_more():
    """1 000 − 900 in each scheme: 25 and 25; the 200 of both together is the same money."""
    rows = [{"unit_id": "H", "quota": 2000.0, "fee_for_service": 1800.0}]
    rows += [{"unit_id": "H", "scheme": scheme, "quota": 1000.0, "fee_for_service": 900.0}
             for scheme in ("employee", "resident")]  # fmt: skip
    awards = hospitals(*rows).settlement.query("item == 'surplus_award'")
    assert awards[["scheme", "amount"]].to_numpy().tolist() == [
        ["employee", 25.0], ["resident", 25.0]
    ]  # fmt: skip
    # What counts cases by scheme alone states no figure to settle.
    cases = {"unit_id": "H", "scheme": "employee", "cases": 5}
    assert amounts_of(hospitals(rows[0], cases), "surplus_award") == {"H": 50.0}


def test_points_in_another_scheme_than_the_pool_are_told_of():
    found = hospitals(
        {"unit_id": "R", "scheme": "employee", "quota": 10_000.0},
        {"unit_id": "H", "points": 50, **BY_POINTS},
    )
    assert lacking_of(found) == {("H", "points_payable", "quota")}


def test_a_hospital_of_a_part_year_leaves_its_pool_open():
    pool = {"unit_id": "R", "quota": 10_000.0}
    rows = [{"unit_id": name, "points": 50} | BY_POINTS for name in "HG"]
    for named in ("G", "R"):
        part = [{"year": YEAR, "first_month": 1, "last_month": 6, "units": [named]}]
        found = hospitals(pool, *rows, part_years=part)
        assert amounts_of(found, "point_value") == {}
        assert lacking_of(found) >= {
            (name, item, "whole_year")
            for name in "HG" for item in ("points_payable", "clearing")
        } | {("R", "reserve", "whole_year")}  # fmt: skip
        assert found.settlement.query("item == 'points_payable'")["amount"].isna().all()


def test_a_member_of_a_part_year_is_not_said_to_lack_a_quota():
    part = [{"year": YEAR, "first_month": 1, "last_month": 6, "units": ["H"]}]
    rows = [{"unit_id": name} | UNDER for name in "HG"]
    found = hospitals(*rows, units=members_of("six_unified"), part_years=part)
    assert lacking_of(found) == {("A", "balance", "whole_year"), ("H", "balance", "whole_year")}
    assert amounts_of(found, "balance")["G"] == 200.0


def members_of(flags=None):
    members = [unit(name, "hospital", "R", alliance_id="A") for name in "HG"]
    return [unit("R", "region"), unit("A", "alliance", "R", flags=flags), *members]


def test_an_alliance_without_a_package_is_not_paid_beside_its_members():
    rows = [{"unit_id": "A", "quota": 2000.0, "fee_for_service": 1800.0}]
    rows += [{"unit_id": name, "quota": 1000.0, "fee_for_service": 900.0} for name in "HG"]
    found = hospitals(*rows, units=members_of())
    assert amounts_of(found, "surplus_award") == {"H": 25.0, "G": 25.0}


def test_a_department_is_settled_with_its_hospital_and_told_so():
    units = [unit("H", "hospital"), unit("D", "department", "H")]
    rows = [{"unit_id": "H", "quota": 1000.0, "fee_for_service": 900.0},
            {"unit_id": "D", "quota": 500.0, "fee_for_service": 400.0}]  # fmt: skip
    found = hospitals(*rows, units=units)
    assert amounts_of(found, "surplus_award") == {"H": 25.0}
    of_department = found.settlement.query("unit_id == 'D'")
    assert of_department[["item", "base", "lacking"]].to_numpy().tolist() == [
        ["quota_left_out", 500.0, "by_institution"]
    ]
    assert found.findings.query("finding == 'settled_once'")["unit_id"].tolist() == ["D"]


@pytest.mark.parametrize("others", [0, 50])
def test_a_hospital_under_drg_with_no_points_pays_back_what_was_prepaid(others):
    """0 points are worth 0: of 100 prepaid all is recovered, whether others have points or not."""
    found = of_pool({"points": 0, "prepaid": 100.0}, {"points": others, "prepaid": 100.0})
    assert amounts_of(found, "points_payable")["H1"] == 0.0
    assert amounts_of(found, "clearing")["H1"] == -100.0
    assert amounts_of(found, "recovered_next_year")["H1"] == 100.0
    assert lacking_of(found) == set()
    assert amounts_of(found, "point_value") == (
        {"H1": 9500.0, "H2": 9500.0} if others else {}
    )  # fmt: skip
    assert not found.settlement[["base", "rate"]].isin([float("inf")]).to_numpy().any()


def test_points_under_a_region_with_a_blank_quota_are_told_of():
    found = of_pool({"points": 50}, {"points": 50}, pool=POOL | {"quota": None})
    assert lacking_of(found) == {(name, "points_payable", "quota") for name in ("H1", "H2")}
    assert found.findings.query("finding == 'not_settled'")["unit_id"].tolist() == ["H1", "H2"]


@pytest.mark.parametrize("figure", ["fee_for_service", "reasonable_overrun", "prepaid", "heads"])
def test_whatever_is_stated_and_settled_in_no_way_has_a_reason(figure):
    found = hospitals({"unit_id": "H", figure: 100.0})
    assert lacking_of(found) == {("H", "balance", "quota")}


def test_members_of_a_package_must_all_be_in_each_of_its_schemes():
    rows = [{"unit_id": "H", "scheme": "employee"} | UNDER,
            {"unit_id": "G", "scheme": "resident"} | UNDER]  # fmt: skip
    steps = hospitals(*rows, units=members_of("six_unified")).settlement
    lacks = steps[steps["lacking"] != ""][["unit_id", "scheme", "lacking"]].to_numpy().tolist()
    assert lacks == [["A", "employee", "quota"], ["A", "resident", "quota"],
                     ["G", "employee", "quota"], ["H", "resident", "quota"]]  # fmt: skip


def test_what_is_known_of_a_clearing_that_is_not_raises_no_finding():
    found = of_pool({"points": 500}, {"points": None})
    told = found.findings.query("finding == 'not_settled'")
    assert not {"less_prepaid", "less_deposit", "less_violations"} & {*told["subject"]}
    taken = found.settlement.query("item == 'less_prepaid'")
    assert taken[["amount", "lacking"]].to_numpy().tolist() == [[-4000.0, ""], [-4000.0, ""]]
