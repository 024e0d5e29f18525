"""Values by groups of a unit, worked by hand: disease groups, refills, populations, screening."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from build import decide

from fundeval.policy import Policy, load
from fundeval.problems import BadInputError
from tests.evaluation.build import budget, dataset, unit

YEAR = 2024
HEAD = 'id: test\ntitle: {zh: "测试", en: "Test"}\nextends: national\n'
REST = 'title: {zh: "某", en: "Some"}, source: {kind: local, cite: "x", checked_on: 2024-01-01}'
TOLD = ["value", "threshold", "beyond", "status", "reason"]


def group(year: int, code: str, cases: float, cost: float | None, **more: Any) -> dict[str, Any]:
    """Return a row of `disease_groups` of hospital H and its employees."""
    row = {"unit_id": "H", "year": year, "scheme": "employee", "group": code}
    return row | {"cases": cases, "cost": cost, "drug_cost": 0.0} | more


@cache
def national() -> Policy:
    return load("national")


def values(policy: Any = None, part_years: Any = None, **tables: Any) -> pd.DataFrame:
    """Return the values by group of hospital H."""
    units = [unit("H", "hospital", level="tertiary")]
    data = dataset(part_years, units=units, budgets=[budget("H", YEAR, 90.0)], **tables)
    return decide(data, load(policy) if policy else national(), YEAR).group_values


def of(found: pd.DataFrame, indicator: str, code: str, scheme: str = "all") -> pd.Series:
    rows = found[(found["indicator"] == indicator) & (found["group"] == code)]
    [row] = [row for _, row in rows[rows["scheme"] == scheme].iterrows()]
    return row


def growth(**more: Any) -> pd.Series:
    """Return the growth of a group of 100 cases whose cost per case was 1 000 元."""
    now = {"cases": 100, "cost": 121_000.0} | more
    return of(
        values(disease_groups=[group(2023, "A", 100, 100_000.0), group(YEAR, "A", **now)]),
        "disease_cost_growth",
        "A",
    )


def test_a_group_dearer_by_more_than_20_percent_is_beyond_the_limit():
    """121 000 / 100 = 1 210; 100 000 / 100 = 1 000; 1 210 / 1 000 − 1 = 21 % > 20 %."""
    row = growth()
    assert row[TOLD].tolist() == [0.21, 0.2, True, "ok", ""]
    assert (row["numerator"], row["denominator"]) == (1210, 1000)


def test_exactly_20_percent_is_not_beyond():
    """1 200 / 1 000 − 1 = 20 %."""
    assert growth(cost=120_000.0)[TOLD].tolist() == [0.2, 0.2, False, "ok", ""]


def test_29_cases_are_not_judged_and_30_are():
    """29 × 2 000 = 58 000: twice as dear, of fewer than 30 cases."""
    assert growth(cases=29, cost=58_000.0)[TOLD[2:]].tolist() == [
        False, "uncertain", "small_volume",
    ]  # fmt: skip
    assert growth(cases=30, cost=60_000.0)[TOLD].tolist() == [1, 0.2, True, "ok", ""]


def test_a_value_of_ten_cases_is_not_given_and_one_of_eleven_is():
    hidden = growth(cases=10, cost=20_000.0)
    assert hidden[TOLD[2:]].tolist() == [False, "not_judged", "few_cases"]
    assert hidden[["value", "numerator", "denominator"]].isna().all()
    assert growth(cases=11, cost=22_000.0)["value"] == 1


def test_few_cases_of_the_year_before_are_not_given_beside_the_value():
    rows = [group(2023, "A", 5, 5_000.0), group(YEAR, "A", 100, 100_000.0)]
    found = values(disease_groups=rows)
    cost = of(found, "disease_cost", "A")
    assert cost["value"] == 1000
    assert pd.isna(cost["previous"])
    assert of(found, "disease_cost_growth", "A")["reason"] == "few_cases"


def test_groups_of_another_grouper_are_not_compared():
    assert growth(basis="2.0")[TOLD[2:]].tolist() == [False, "not_judged", "basis_changed"]


def test_a_new_group_has_no_growth_and_a_missing_cost_is_not_0():
    rows = [group(YEAR, "A", 100, 1_000.0), group(YEAR, "B", 100, None)]
    found = values(disease_groups=rows)
    assert of(found, "disease_cost_growth", "A")["reason"] == "no_previous_year"
    assert of(found, "disease_cost", "B")["reason"] == "missing_numerator"


def test_of_part_of_a_year_nothing_is_judged():
    months = [{"year": YEAR, "first_month": 1, "last_month": 6}]
    rows = [group(YEAR, "A", 100, 1_000.0, drug_cost=900.0)]
    row = of(values(part_years=months, disease_groups=rows), "disease_drug_share", "A")
    assert row[TOLD[2:]].tolist() == [False, "not_judged", "part_year"]


@pytest.mark.parametrize(("drugs", "beyond"), [(600.0, False), (601.0, True)])
def test_drugs_above_60_percent_of_the_cost_of_a_group_are_beyond(drugs, beyond):
    """600 / 1 000 is exactly 60 %."""
    row = of(
        values(disease_groups=[group(YEAR, "A", 100, 1_000.0, drug_cost=drugs)]),
        "disease_drug_share",
        "A",
    )
    assert row[TOLD].tolist() == [drugs / 1000, 0.6, beyond, "ok", ""]


def test_groups_are_added_up_over_schemes_and_each_scheme_stands_beside_them():
    """(1 000 + 3 000) / (40 + 60) = 40; of the employees 25, of the residents 50."""
    rows = [
        group(YEAR, "A", 40, 1_000.0),
        group(YEAR, "A", 60, 3_000.0, scheme="resident"),
    ]
    found = values(disease_groups=rows)
    costs = [of(found, "disease_cost", "A", s)["value"] for s in ("all", "employee", "resident")]
    assert costs == [40, 25, 50]


def test_merged_units_are_added_up():
    """G ends in 2023 and H takes over: 2023 has (60 + 40) cases at 1 000, 2024 100 at 1 300."""
    units = [
        unit("H", "hospital"),
        unit("G", "hospital", valid_to="2023-12-31", successor_id="H"),
    ]
    rows = [
        group(2023, "A", 60, 60_000.0),
        group(2023, "A", 40, 40_000.0, unit_id="G"),
        group(YEAR, "A", 100, 130_000.0),
    ]
    data = dataset(units=units, budgets=[budget("H", YEAR, 90.0)], disease_groups=rows)
    found = decide(data, national(), YEAR).group_values
    assert of(found, "disease_cost_growth", "A")["value"] == 0.3


@pytest.mark.parametrize(
    ("theirs", "name"), [("某病", "某病"), (None, "某病"), ("他病", "他病;某病")]
)
def test_a_group_of_merged_units_keeps_its_name(theirs, name):
    """Both stand in the year: the names that were given, each once."""
    units = [
        unit("H", "hospital"),
        unit("G", "hospital", valid_to="2024-06-30", successor_id="H"),
    ]
    rows = [
        group(year, "A", 100, 1000.0, unit_id=unit_id, group_name=given)
        for year in (2023, YEAR)
        for unit_id, given in (("H", "某病"), ("G", theirs))
    ]
    data = dataset(units=units, budgets=[budget("H", YEAR, 90.0)], disease_groups=rows)
    found = decide(data, national(), YEAR).group_values
    assert of(found, "disease_cost_growth", "A")["group_name"] == name


def refill(disease: str, patients: float, fills: float, days: float, longest: float) -> dict:
    row = {"unit_id": "H", "year": YEAR, "scheme": "employee", "disease": disease}
    return row | {
        "patients": patients, "fills": fills, "days_supplied": days, "longest_days": longest,
    }  # fmt: skip


def test_refills_of_diabetes_may_cover_30_days_and_others_12_weeks():
    """E11.9 begins with E11: 30 days. 3 100 / 100 = 31 days. I10 is another: 84 days = 12 weeks."""
    rows = [
        refill("E11.9", 50, 100, 3_100, 31),
        refill("E14", 50, 100, 3_000, 30),
        refill("I10", 50, 100, 8_400, 85),
    ]
    found = values(refills=rows)
    days = {code: of(found, "refill_days", code, "employee") for code in ("E11.9", "E14", "I10")}
    assert [row[TOLD[:3]].tolist() for row in days.values()] == [
        [31, 30, True], [30, 30, False], [84, 84, False],
    ]  # fmt: skip
    longest = [of(found, "refill_longest", code, "employee")["beyond"] for code in days]
    assert longest == [True, False, True]
    assert of(found, "refill_fills", "I10", "employee")["value"] == 2


def test_refills_of_ten_patients_are_not_given():
    row = of(values(refills=[refill("I10", 10, 200, 16_000, 90)]), "refill_longest", "I10",
             "employee")  # fmt: skip
    assert row["reason"] == "few_cases"
    assert pd.isna(row["value"])


def segment(year: int, name: str, persons: float, paid: float, scheme: str = "employee") -> dict:
    row = {"unit_id": "H", "year": year, "scheme": scheme, "dimension": "cost_band"}
    return row | {"segment": name, "persons": persons, "cost": 2 * paid, "fund_paid": paid}


def test_a_share_by_groups_is_of_all_groups_of_the_unit_and_dimension():
    """300 / (300 + 100) = 75 %; over both schemes 300 / (300 + 100 + 200) = 50 %.

    Persons: 60 / (60 + 40) = 60 %. Growth: 300 / 240 − 1 = 25 %. The row of people is of another
    dimension.
    """
    rows = [
        segment(2023, "0-1000", 50, 240.0),
        segment(YEAR, "0-1000", 60, 300.0),
        segment(YEAR, "1000-", 40, 100.0),
        segment(YEAR, "1000-", 40, 200.0, "resident"),
        segment(YEAR, "在职", 40, 900.0) | {"dimension": "population"},
    ]
    found = values(populations=rows)
    assert of(found, "band_fund_share", "0-1000", "employee")["value"] == 0.75
    assert of(found, "band_fund_share", "0-1000")["value"] == 0.5
    assert of(found, "band_person_share", "0-1000", "employee")["value"] == 0.6
    assert of(found, "band_fund_growth", "0-1000", "employee")["value"] == 0.25
    assert of(found, "people_cost", "在职")["value"] == 45
    assert "在职" not in set(found.loc[found["indicator"] == "band_cost", "group"])


def test_screening_shows_no_number_of_flagged_records_from_1_to_10():
    """11 / 1 000 = 1.1 %; 10 are not told, nor their cost; none is told."""
    rows = [
        {"unit_id": "H", "year": YEAR, "rule": rule, "records": 1000, "flagged": n,
         "cost_flagged": 100.0 * n}
        for rule, n in (("drug_share", 11), ("long_stay", 10), ("frequent_stays", 0))
    ]  # fmt: skip
    found = values(screening=rows)
    assert of(found, "screened_records", "drug_share")["value"] == 0.011
    assert of(found, "screened_cost", "drug_share")["value"] == 1100
    for name in ("screened_records", "screened_flagged", "screened_cost"):
        assert of(found, name, "long_stay")["reason"] == "few_cases"
    assert of(found, "screened_flagged", "frequent_stays")["value"] == 0


def test_without_the_tables_there_are_no_rows():
    assert values().empty


def test_findings_name_the_worst_group_and_count_the_others():
    """A is dearer by 30 %, B by 25 %; D by 10 % over all schemes, by 40 % among residents."""
    rows = [
        group(2023, "A", 100, 1_000.0),
        group(YEAR, "A", 100, 1_300.0),
        group(2023, "B", 100, 1_000.0),
        group(YEAR, "B", 100, 1_250.0),
        group(2023, "D", 100, 1_000.0),
        group(YEAR, "D", 100, 1_000.0),
        group(2023, "D", 100, 1_000.0, scheme="resident"),
        group(YEAR, "D", 100, 1_400.0, scheme="resident"),
    ]
    data = dataset(
        units=[unit("H", "hospital")], budgets=[budget("H", YEAR, 90.0)], disease_groups=rows
    )
    found = decide(data, national(), YEAR).findings
    found = found[found["finding"] == "group_beyond_limit"]
    columns = ["severity", "scheme", "subject", "detail", "value", "expected"]
    assert found[columns].to_numpy().tolist() == [
        ["warning", "all", "disease_cost_growth", "A (+1)", 0.3, 0.2],
        ["note", "resident", "disease_cost_growth", "D", 0.4, 0.2],
    ]


def declared(folder: Path, **definitions: str) -> Path:
    path = folder / "test.yaml"
    lines = [f"  {name}: {{{keys}, {REST}}}" for name, keys in definitions.items()]
    path.write_text(HEAD + "\n".join(["definitions:", *lines, ""]), encoding="utf-8")
    return path


def test_a_policy_declares_groups_of_its_own(tmp_path):
    """Visits by setting: 30 of 40 outpatients, fewer than the 80 % asked of each setting."""
    path = declared(
        tmp_path,
        visits_share="share: sum(services.visits), by: setting, below: 0.8",
        visits_more="growth_of: visits_by, above: cost_growth_limit",
        visits_by="total: sum(services.visits), by: setting",
    )
    care = [
        {"unit_id": "H", "year": YEAR, "scheme": "employee", "setting": setting,
         "care_level": "tertiary", "visits": visits}
        for setting, visits in (("outpatient", 30), ("inpatient", 10))
    ]  # fmt: skip
    care += [care[0] | {"year": 2023, "visits": 20}]
    found = values(path, services=care)
    assert of(found, "visits_share", "outpatient")[TOLD[:3]].tolist() == [0.75, 0.8, True]
    # (30 − 20) / 20 = 50 % > 5 %.
    assert of(found, "visits_more", "outpatient")[TOLD[:3]].tolist() == [0.5, 0.05, True]


def test_the_worst_of_groups_below_a_limit_is_the_farthest_below_it(tmp_path):
    """Of 400 visits 300 and 100, where 80 % are asked of each setting."""
    path = declared(tmp_path, visits_share="share: sum(services.visits), by: setting, below: 0.8")
    care = [
        {"unit_id": "H", "year": YEAR, "scheme": "employee", "setting": setting,
         "care_level": "tertiary", "visits": visits}
        for setting, visits in (("outpatient", 300), ("inpatient", 100))
    ]  # fmt: skip
    data = dataset(units=[unit("H", "hospital")], services=care)
    found = decide(data, load(path), YEAR).findings.query("finding == 'group_beyond_limit'")
    assert found["detail"].str.split().str[0].unique().tolist() == ["inpatient"]
    assert set(found["value"]) == {0.25}


@pytest.mark.parametrize(
    ("keys", "rule", "place"),
    [
        ("total: sum(services.visits), by: visits", "declared.unknown_group", "by"),
        ("total: sum(funds.income), by: scheme", "declared.unknown_group", "by"),
        ("total: sum(services.visits), above: 1", "declared.limit_of_groups", "above"),
        ("growth_of: primary_volume, above: 1", "declared.limit_of_groups", "above"),
        ("growth_of: disease_cost, by: group", "declared.of_the_level", "by"),
        ("growth_of: disease_cost, below: budget_base", "policy.unknown_figure", "below"),
        (
            "total: sum(services.visits), by: setting, above: 1, below: 0",
            "declared.limit_of_groups", "above",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_grouped_or_limited_is_refused(keys, rule, place, tmp_path):
    with pytest.raises(BadInputError) as raised:
        load(declared(tmp_path, some=keys))
    assert [(p.rule, p.column) for p in raised.value.problems] == [
        (rule, f"definitions.some.{place}")
    ]


def test_groups_of_a_unit_that_has_ended_are_no_error():
    """E ended in 2023 and has the only rows: nothing can be shown, and it is told of."""
    units = [unit("H", "hospital"), unit("E", "hospital", valid_to="2023-12-31")]
    for year, told in ((2023, []), (YEAR, ["disease_groups.cost"])):
        rows = [group(year, "A", 100, 100_000.0) | {"unit_id": "E"}]
        data = dataset(units=units, budgets=[budget("H", YEAR, 80.0)], disease_groups=rows)
        found = decide(data, load("national"), YEAR)
        assert found.group_values.empty
        left = found.findings.query("finding == 'row_after_end'")
        assert left["subject"].tolist() == told


def test_a_value_of_nobody_knows_how_many_persons_is_not_given():
    rows = [group(YEAR, "A", None, 100_000.0)]
    drugs = of(values(disease_groups=[row | {"drug_cost": 90_000.0} for row in rows]),
               "disease_drug_share", "A")  # fmt: skip
    assert (pd.isna(drugs["value"]), drugs["reason"], drugs["beyond"]) == (
        True, "cases_unknown", False,
    )  # fmt: skip
