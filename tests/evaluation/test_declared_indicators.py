"""Indicators that a policy declares, worked by hand: growth, share, ratio of measures, reasons."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from build import Decided, decide

from fundeval.evaluation import evaluate, judge, measure
from fundeval.policy import load
from fundeval.policy.policy import Policy
from fundeval.problems import BadInputError
from fundeval.results import parquet
from fundeval.results.frames import Evaluation
from fundeval.tables.dataset import Dataset
from tests.evaluation.build import budget, dataset, unit

YEAR = 2024
PAGE = Path(__file__).parents[2] / "docs" / "indicator.md"
[OVERLAY] = re.findall(
    r"```yaml\n(id: county-indicators\n.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
)
HEAD = 'id: test\ntitle: {zh: "测试", en: "Test"}\nextends: national\ndefinitions:\n'
REST = 'title: {zh: "某", en: "Some"}, source: {kind: local, cite: "x", checked_on: 2024-01-01}'


def care(
    unit_id: str, year: int, care_level: str, visits: float | None, paid: float, **more: Any
) -> dict[str, Any]:
    """Return a row of `services`: outpatient visits and what the fund paid, of employees."""
    row = {"unit_id": unit_id, "year": year, "scheme": "employee", "setting": "outpatient"}
    row |= {"care_level": care_level, "visits": visits, "fund_paid": paid, "cost": paid}
    return row | more


def supplied(unit_id: str, measure: str, value: float, year: int = YEAR) -> dict[str, Any]:
    return {"unit_id": unit_id, "year": year, "measure": measure, "value": value}


def given(**tables: Any) -> Dataset:
    """Return a region R with two hospitals, G and H, budgets executed whole, and these tables."""
    units = [unit("R", "region"), *(unit(h, "hospital", "R", level="tertiary") for h in "GH")]
    amounts = {"R": 200.0, "G": 100.0, "H": 100.0}
    budgets = [budget(u, year, a, a) for u, a in amounts.items() for year in (2023, 2024)]
    return dataset(units=units, budgets=budgets, **tables)


def policy(folder: Path, **definitions: str) -> Policy:
    path = folder / "test.yaml"
    lines = [f"  {name}: {{{keys}, {REST}}}" for name, keys in definitions.items()]
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return load(path)


def documented(folder: Path) -> Policy:
    path = folder / "county-indicators.yaml"
    path.write_text(OVERLAY, encoding="utf-8")
    return load(path)


def row(evaluation: Evaluation, unit_id: str, name: str, scheme: str = "all", year: int = YEAR):
    """Return the row of an indicator as a dictionary."""
    rows = evaluation.indicators
    chosen = rows[(rows["unit_id"] == unit_id) & (rows["indicator"] == name)]
    chosen = chosen[(chosen["scheme"] == scheme) & (chosen["year"] == year)]
    [found] = chosen.to_dict("records")
    return found


def value(evaluation: Evaluation, unit_id: str, name: str, **key: Any) -> float:
    return row(evaluation, unit_id, name, **key)["value"]


CARE = [
    care("R", 2023, "tertiary", 1_000, 600.0),
    care("R", 2023, "township_center", 500, 200.0),
    care("R", 2024, "tertiary", 900, 500.0, scheme="employee"),
    care("R", 2024, "tertiary", 150, 60.0, scheme="resident"),
    care("R", 2024, "secondary", 400, 140.0),
    care("R", 2024, "township_center", 700, 250.0),
    care("R", 2024, "village_clinic", 100, 50.0, setting="inpatient"),
    care("R", 2024, "tertiary", 70, 400.0, setting="inpatient"),
]
MEASURES = [
    supplied("H", "readmissions_observed", 63.0),
    supplied("H", "readmissions_expected", 70.0),
    supplied("G", "readmissions_observed", 12.0),
]


@pytest.fixture(scope="module")
def documented_case(tmp_path_factory) -> Decided:
    care_of_both_years = [*CARE, care("R", 2023, "tertiary", 0, 0.0, scheme="resident")]
    data = given(services=care_of_both_years, measures=MEASURES)
    return decide(data, documented(tmp_path_factory.mktemp("policy")), YEAR)


def test_the_growth_of_tertiary_outpatient_visits(documented_case: Decided) -> None:
    """(900 + 150) / 1 000 − 1 = 5 %; inpatient and other levels are left out."""
    found = row(documented_case, "R", "tertiary_visits_growth")
    assert (found["numerator"], found["denominator"]) == (1_050.0, 1_000.0)
    assert found["value"] == pytest.approx(0.05)
    assert found["status"] == "ok"
    # Of employees alone 900 / 1 000 − 1.
    assert value(documented_case, "R", "tertiary_visits_growth", scheme="employee") == (
        pytest.approx(-0.1)
    )


def test_the_share_of_fund_payments_at_primary_care(documented_case: Decided) -> None:
    """(250 + 50) / (500 + 60 + 140 + 250 + 50 + 400) = 300 / 1 400, in and out of hospital."""
    found = row(documented_case, "R", "primary_payment_share")
    assert (found["numerator"], found["denominator"]) == (300.0, 1_400.0)
    assert found["value"] == pytest.approx(300 / 1_400)


def test_the_ratio_of_two_supplied_measures(documented_case: Decided) -> None:
    """63 / 70 = 0.9; where one of the two is not supplied there is none, and never 0."""
    assert value(documented_case, "H", "readmission_ratio") == pytest.approx(0.9)
    found = row(documented_case, "G", "readmission_ratio")
    assert pd.isna(found["value"])
    assert (found["status"], found["reason"]) == ("not_judged", "no_data")
    assert set(documented_case.indicators.query("indicator == 'readmission_ratio'")["unit_id"]) == {
        "G", "H",
    }  # fmt: skip


def test_a_declared_indicator_is_scored_by_its_curve(documented_case: Decided) -> None:
    """Growth of 5 % between 0 → 100 % and 10 % → 0 %: half of 5 points; 0.9 of 0.8 … 1.2: 75 %."""
    scores = documented_case.scores.set_index(["unit_id", "indicator"])
    assert scores.loc[("R", "tertiary_visits_growth"), "points"] == pytest.approx(2.5)
    share = (300 / 1_400 - 0.1) / 0.3
    assert scores.loc[("R", "primary_payment_share"), "points"] == pytest.approx(5 * share)
    assert scores.loc[("H", "readmission_ratio"), "points"] == pytest.approx(7.5)
    assert scores.loc[("G", "readmission_ratio"), "reason"] == "no_data"


def test_a_measure_is_compared_with_the_year_before(tmp_path: Path) -> None:
    data = given(measures=[supplied("H", "some", 0.8, 2023), supplied("H", "some", 0.6)])
    found = decide(
        data, policy(tmp_path, x="change_of: measures.some", y="growth_of: measures.some"), YEAR
    )
    assert value(found, "H", "x") == pytest.approx(-0.2)
    assert value(found, "H", "y") == pytest.approx(0.6 / 0.8 - 1)
    # The measure itself is an indicator, as ever.
    assert value(found, "H", "some") == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("total: sum(funds.income)", 1_200.0),
        ("total: sum(funds.income - funds.expenditure)", 200.0),
        ("total: sum(funds.income) / 12", 100.0),
        ("ratio: [sum(funds.expenditure), sum(funds.insured)]", 2.5),
        ("growth_of: sum(funds.income)", 0.2),
        ("real_growth_of: sum(funds.income)", 1_200 / 1.02 / 1_000 - 1),
        ("growth_over_gdp_of: sum(funds.income)", 0.15),
        ("change_of: sum(funds.income)", 200.0),
        ("growth_of: per_head", 0.2),
        ("total: sum(settlements.deposit where payment = drg)", 30.0),
        ("ratio: [sum(context.population), sum(funds.insured)]", 1.25),
        ("total: sum(institutions.settled)", 1.0),
    ],
)
def test_formulas_over_any_table(tmp_path, formula, expected) -> None:
    def fund(year: int, income: float) -> dict[str, Any]:
        row = {"unit_id": "R", "year": year, "scheme": "employee", "income": income}
        return row | {"expenditure": 1_000.0, "insured": 400.0}

    def settled(unit_id: str, payment: str, deposit: float) -> dict[str, Any]:
        row = {"unit_id": unit_id, "year": YEAR, "scheme": "employee", "paid": 9.0}
        return row | {"fee_for_service": 8.0, "payment": payment, "deposit": deposit}

    context = {"unit_id": "R", "year": YEAR, "gdp_growth": 0.05, "cpi": 0.02, "population": 500.0}
    data = given(
        funds=[fund(2023, 1_000.0), fund(2024, 1_200.0)],
        context=[context],
        settlements=[settled("H", "drg", 30.0), {**settled("R", "drg", 30.0), "paid": None},
                     {**settled("R", "dip", 5.0), "scheme": "resident"}],
    )  # fmt: skip
    per_head = "ratio: [sum(funds.income), sum(funds.insured)]"
    found = decide(data, policy(tmp_path, x=formula, per_head=per_head), YEAR)
    assert value(found, "R", "x") == pytest.approx(expected)


def test_schemes_kept_apart_are_never_added_up(tmp_path: Path) -> None:
    apart = "total: sum(services.visits where setting = outpatient), by_scheme: true"
    found = decide(given(services=CARE), policy(tmp_path, x=apart, y="growth_of: x"), YEAR)
    rows = found.indicators.query("unit_id == 'R' and year == 2024")
    assert rows.query("indicator == 'x'").set_index("scheme")["value"].to_dict() == {
        "employee": 2_000.0, "resident": 150.0,
    }  # fmt: skip
    growth = rows.query("indicator == 'y'").set_index("scheme")
    assert growth.loc["employee", "value"] == pytest.approx(2_000 / 1_500 - 1)
    assert growth["reason"].to_dict() == {"employee": "", "resident": "no_previous_year"}


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ({"services": [care("R", 2024, "tertiary", 9, 1.0)]}, "no_previous_year"),
        ({"services": [care("R", 2023, "tertiary", 0, 1.0), care("R", 2024, "tertiary", 9, 1.0)]},
         "zero_denominator"),
        ({"services": [care("R", 2023, "tertiary", 8, 1.0, basis="a"),
                       care("R", 2024, "tertiary", 9, 1.0, basis="b")]}, "basis_changed"),
        ({"services": [care("R", 2023, "tertiary", 8, 1.0),
                       care("R", 2024, "tertiary", None, 1.0)]}, "missing_numerator"),
        ({"services": [care("R", 2023, "tertiary", 8, 1.0), care("R", 2024, "tertiary", 9, 1.0)],
          "part_years": [{"year": 2024, "first_month": 1, "last_month": 6}]}, "other_months"),
        ({"services": [care("R", 2023, "tertiary", 8, 1.0), care("R", 2024, "tertiary", 9, 1.0),
                       care("R", 2024, "secondary", 9, 1.0)]}, "small_volume"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_judged_has_a_reason(tmp_path, tables, reason) -> None:
    growth = (
        "growth_of: sum(services.visits where care_level = tertiary), minimum_volume_of: visits"
    )
    found = row(decide(given(**tables), policy(tmp_path, x=growth), YEAR), "R", "x")
    assert found["reason"] == reason
    assert found["status"] == ("uncertain" if reason == "small_volume" else "not_judged")


def test_intervals_are_those_of_shares_and_means_alone(tmp_path: Path) -> None:
    rows = [care("R", year, level, 400, 90.0) for year in (2023, 2024) for level in
            ("tertiary", "village_clinic")]  # fmt: skip
    of_visits = "minimum_volume_of: visits"
    found = decide(
        given(services=rows),
        policy(
            tmp_path,
            share=f"share: sum(services.visits where care_level = tertiary), {of_visits}",
            moved="change_of: share",
            share_growth="growth_of: share",
            mean=f"ratio: [sum(services.cost), sum(services.visits)], {of_visits}",
            mean_growth="growth_of: mean",
            mean_change="change_of: mean",
            count=f"total: sum(services.visits), {of_visits}",
            count_growth="growth_of: count",
        ),
        YEAR,
    )
    names = ("share", "moved", "share_growth", "mean", "mean_growth", "mean_change", "count",
             "count_growth")  # fmt: skip
    bounded = {name for name in names if pd.notna(row(found, "R", name)["low"])}
    assert bounded == {"share", "moved", "mean", "mean_growth"}
    assert row(found, "R", "share")["low"] < 0.5 < row(found, "R", "share")["high"]


def test_what_was_withheld_is_returned_by_a_declared_indicator(tmp_path: Path) -> None:
    """Of 10 withheld each, 0.9 returns 0.5 and 0.5 returns 1.5 times: H −5, G +5."""
    path = tmp_path / "test.yaml"
    body = f"  x: {{ratio: [measures.observed, measures.expected], {REST}}}\n"
    body += "parameters:\n  returned:\n    values:\n      - from: 2024-01-01\n"
    body += "        value: {hospital: {by: x, points: [[0.5, 1.5], [0.9, 0.5]]}}\n"
    body += "        source: {kind: local, cite: x, checked_on: 2024-01-01}\n"
    path.write_text(HEAD + body, encoding="utf-8")
    pairs = {"H": (0.9, 1.0), "G": (0.4, 0.8)}
    values = [supplied(u, name, v) for u, pair in pairs.items()
              for name, v in zip(("observed", "expected"), pair, strict=True)]  # fmt: skip
    found = decide(given(measures=values), load(path), YEAR)
    rows = found.allocations.set_index("unit_id")
    assert rows.loc[["G", "H"], "result_by"].tolist() == ["x", "x"]
    withheld = rows["withheld"].abs()
    assert rows.loc["G", "net"] == pytest.approx(withheld["G"] / 2)
    assert rows.loc["H", "net"] == pytest.approx(-withheld["H"] / 2)


def test_a_supplied_measure_may_not_have_a_declared_name(tmp_path: Path) -> None:
    data = given(measures=[supplied("H", "x", 1.0)])
    with pytest.raises(BadInputError) as raised:
        evaluate(data, policy(tmp_path, x="total: sum(services.visits)"), YEAR)
    assert [(p.rule, p.value) for p in raised.value.problems] == [("tables.measure_computed", "x")]


def test_another_formula_is_computed_again_where_stages_are_kept(tmp_path: Path) -> None:
    measured = measure(given(services=CARE), YEAR)
    first = judge(measured, policy(tmp_path, x="total: sum(services.visits)"))
    second = judge(measured, policy(tmp_path, x="total: sum(services.fund_paid)"))
    assert (value(first, "R", "x"), value(second, "R", "x")) == (2_320.0, 1_400.0)


def test_a_source_that_was_not_looked_at_lately_is_a_finding(tmp_path: Path) -> None:
    old = policy(tmp_path, x="total: sum(services.visits)")
    assert not old.on(pd.Timestamp(2026, 12, 31).date()).definitions["x"].stale
    data = given(services=[care("R", 2030, "tertiary", 9, 1.0)])
    findings = decide(data, old, 2030).findings
    stale = findings.query("finding == 'stale_parameter' and subject == 'x'")
    assert stale["detail"].tolist() == ["2024-01-01"]


def test_the_stored_evaluation_knows_what_was_declared(documented_case, tmp_path) -> None:
    parquet.write(documented_case.whole, tmp_path)
    read = parquet.read(tmp_path)
    assert read.about["policy"]["definitions"] == documented_case.about["policy"]["definitions"]
    own = [e["id"] for e in read.about["policy"]["definitions"] if e["origin"] != "national"]
    assert own == ["tertiary_visits_growth", "primary_payment_share", "readmission_ratio"]
    assert value(read, "R", "tertiary_visits_growth") == pytest.approx(0.05)
