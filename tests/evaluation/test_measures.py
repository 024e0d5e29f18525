"""Supplied measures: their unit, a row without a value, and names that no row has."""

from __future__ import annotations

import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load
from fundeval.problems import BadInputError
from fundeval.report.report import Report

YEAR = 2024
# What the national policy scores of supplied measures.
NATIONAL = (
    ("satisfaction", 0.9), ("pathway_entry", 0.5), ("readmission_rate", 0.1),
    ("self_paid_share", 0.05),
)  # fmt: skip
SOURCE = "source: {kind: local, cite: test, checked_on: 2026-11-26}"
STARS = (
    "indicators:\n  stars:\n    title: {zh: 星级, en: Stars}\n%s    values: [{from: 2023-01-01, "
    "value: {domain: effect, weight: {hospital: 10}, direction: higher, "
    "curve: {kind: target, target: %s}, missing: spread}, "
    "other_weights: in_proportion, %s}]\n"
)


def policy(tmp_path, unit="", target="5", parameters="", extends="national", name="stars"):
    text = f"id: {name}\ntitle: {{zh: 星, en: Stars}}\nextends: {extends}\n"
    unit = unit and f"    unit: {unit}\n"
    path = tmp_path / f"{name}.yaml"
    path.write_text(text + parameters + STARS % (unit, target, SOURCE), encoding="utf-8")
    return load(path)


def evaluated(rules, *measures, kind="hospital"):
    given = [*NATIONAL, *measures]
    rows = [{"unit_id": "H", "year": YEAR, "measure": m, "value": v} for m, v in given]
    return decide(
        dataset(units=[unit("H", kind)], budgets=[budget("H", YEAR, 95.0)], measures=rows),
        rules,
        YEAR,
    )


def view_of(found, lang="en"):
    return found.view("H", lang)


@pytest.mark.parametrize(
    ("given", "value", "full"),
    [("", "425.00%", "500.00%"), ("number", "4.25", "5"), ("months", "4.25 months", "5.00 months")],
)
def test_a_measure_is_shown_in_its_unit(tmp_path, given, value, full):
    view = view_of(evaluated(policy(tmp_path, given), ("stars", 4.25)))
    page = Report(view).show("form").markup
    assert value in page
    assert f"≥ {full}" in page


def test_the_unit_is_inherited_until_an_overlay_states_another(tmp_path):
    base = policy(tmp_path, "number")
    assert base.indicators["stars"].unit_of_measure == "number"
    below = policy(tmp_path, extends="stars", target="4", name="below")
    assert below.indicators["stars"].unit_of_measure == "number"
    other = policy(tmp_path, "days", extends="stars", name="other")
    assert other.indicators["stars"].unit_of_measure == "days"


def test_what_is_computed_from_the_tables_keeps_its_unit(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(
        "id: x\ntitle: {zh: 星, en: Stars}\nextends: national\nindicators:\n"
        "  average_stay: {unit: money, values: [{from: 2024-01-01, "
        f"change: {{missing: spread}}, {SOURCE}}}]}}\n",
        encoding="utf-8",
    )
    with pytest.raises(BadInputError) as refused:
        load(path)
    told = [(p.rule, p.column, p.values["unit"]) for p in refused.value.problems]
    assert told == [("policy.wrong_unit", "indicators.average_stay.unit", "days")]


def test_a_row_without_a_value_says_that_none_was_supplied(tmp_path):
    found = evaluated(policy(tmp_path), ("stars", None))
    row = found.indicators.query("indicator == 'stars'").iloc[0]
    assert (row["status"], row["reason"]) == ("not_judged", "not_supplied")
    assert found.scores.set_index("indicator").loc["stars", "reason"] == "not_supplied"
    assert absent(found) == []


def absent(found):
    rows = found.findings.query("finding == 'measure_absent'")
    return rows[["unit_id", "severity", "detail"]].to_numpy().tolist()


def test_names_that_no_row_has_are_one_finding_on_the_run(tmp_path):
    parameters = (
        "parameters:\n  returned: {values: [{from: 2023-01-01, value: {hospital: "
        f"{{by: qualty, points: [[0, 0], [1, 1]]}}}}, {SOURCE}}}]}}\n"
        f"  surplus_award_rate: {{values: [{{from: 2023-01-01, value: share, {SOURCE}}}]}}\n"
    )
    rules = policy(tmp_path, target="{measure: agreed}", parameters=parameters)
    found = evaluated(rules, ("star", 4.0), ("quality", 0.5))
    [[unit_id, severity, detail]] = absent(found)
    assert (unit_id, severity) == ("", "warning")
    assert [each.split(" (")[0] for each in detail.split("; ")] == [
        "agreed", "qualty", "share", "stars",
    ]  # fmt: skip
    assert "qualty (quality)" in detail
    assert "stars (star)" in detail
    for lang, words, like in (
        ("zh", "一行也没有的补充指标", "数据中填有与其代码相近的"),
        ("en", "no row of the data has", "like its code, the data have"),
    ):
        page = Report(view_of(found, lang)).show("overview", "findings").markup
        assert words in page
        assert like in page


def test_nothing_is_near_where_the_table_is_empty():
    units, budgets = [unit("H", "hospital")], [budget("H", YEAR, 95.0)]
    found = decide(dataset(units=units, budgets=budgets), load("national"), YEAR)
    none = "pathway_entry (—); readmission_rate (—); satisfaction (—); self_paid_share (—)"
    assert absent(found) == [["", "warning", none]]


def test_what_is_there_or_not_for_these_units_is_no_finding(tmp_path):
    assert absent(evaluated(policy(tmp_path), ("stars", 4.0))) == []
    assert absent(evaluated(policy(tmp_path), kind="region")) == []
    assert absent(evaluated(load("national"))) == []
