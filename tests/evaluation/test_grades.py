"""Grades that a policy names itself: any number, with titles, for money and on the page."""

from __future__ import annotations

import json

import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load
from fundeval.policy.model import upper_half
from fundeval.problems import BadInputError
from fundeval.report.format.messages import Messages
from fundeval.report.policy_in_force import PolicyInForce
from fundeval.report.report import Report
from fundeval.results import parquet

YEAR = 2024
SOURCE = "source: {kind: local, cite: test, checked_on: 2026-11-26}"
STARS = """
id: stars
title: {zh: 星级, en: Stars}
extends: national
grades:
  one: {zh: 一星, en: One star}
  two: {zh: 二星, en: Two stars}
  three: {zh: 三星, en: Three stars}
  four: {zh: 四星, en: Four stars}
  five: {zh: 五星, en: Five stars}
parameters:
  grade_bands: {values: [{from: 2023-01-01, value: [{from: 0, to: 20, result: one},
    {from: 20, to: 40, result: two}, {from: 40, to: 60, result: three},
    {from: 60, to: 80, result: four}, {from: 80, result: five}], SOURCE}]}
  evaluation_link: {values: [{from: 2023-01-01, value: {hospital: within}, SOURCE}]}
  returned: {values: [{from: 2023-01-01, value: {hospital: {by: grade,
    grades: {one: 0, two: 0.5, three: 1, four: 1, five: 1.5}}}, SOURCE}]}
""".replace("SOURCE", SOURCE)


def write(tmp_path, text):
    path = tmp_path / "stars.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def hospitals(policy):
    """Evaluate hospitals that are scored by the satisfaction of their patients alone."""
    shares = {"A": 0.95, "B": 0.83, "C": 0.70}
    return decide(
        dataset(
            units=[unit("R", "region"), *(unit(h, "hospital", "R") for h in shares)],
            budgets=[
                budget(u, y, 95.0 * n, 100.0 * n)
                for u, n in [("R", 3), *((h, 1) for h in shares)]
                for y in (YEAR - 1, YEAR)
            ],
            measures=[
                {"unit_id": h, "year": YEAR, "measure": "satisfaction", "value": share}
                for h, share in shares.items()
            ],
        ),
        policy,
        YEAR,
    )  # fmt: skip


def test_a_policy_names_its_own_grades_and_returns_money_by_them(tmp_path):
    coverage = f"  minimum_coverage: {{values: [{{from: 2023-01-01, value: 0, {SOURCE}}}]}}\n"
    found = hospitals(write(tmp_path, STARS + coverage))
    grades = found.grades.set_index("unit_id")["grade"]
    # Execution earns 9.5 of 10; satisfaction all, half and nothing of its 10.
    assert grades[["A", "B", "C"]].tolist() == ["five", "four", "three"]
    rows = found.allocations.set_index("unit_id")
    assert rows.loc[["A", "B", "C"], "returned"].tolist() == ["3/2", "1", "1"]
    for lang, words in (("zh", ("五星 1", "四星 1")), ("en", ("Five stars 1", "Four stars 1"))):
        view = found.view("R", lang)
        page = Report(view).show("overview", "groups_below").markup
        assert all(shown in page for shown in words)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("  two: {zh: 二星, en: Two stars}\n", "", "grades"),
        ("{hospital: within}", "{hospital: add}", "parameters.grade_budget_rates"),
        ("two: 0.5, ", "", "parameters.returned.hospital.grades"),
        ("five: 1.5", "five: 1.5, six: 2", "parameters.returned.hospital.grades"),
    ],
)
def test_what_is_stated_by_grade_is_stated_for_each(tmp_path, old, new, place):
    with pytest.raises(BadInputError) as refused:
        write(tmp_path, STARS.replace(old, new))
    assert [problem.column for problem in refused.value.problems] == [place]


def test_the_middle_grade_is_not_in_the_upper_half():
    assert upper_half(("one", "two", "three", "four", "five")) == ("four", "five")


def test_any_number_of_bands_over_a_measure_return_money(tmp_path):
    """A band holds from its start; the share delivered of the agreed goals pays 0, half or all."""
    bands = (
        "{by: satisfaction, points: [{from: 0, to: 0.75, result: 0}, "
        "{from: 0.75, to: 0.83, result: 0.5}, {from: 0.83, result: 1}]}"
    )
    start = STARS.index("{hospital: {by: grade")
    text = STARS[:start] + "{hospital: " + bands + "}" + STARS[STARS.index(", source", start) :]
    coverage = f"  minimum_coverage: {{values: [{{from: 2023-01-01, value: 0, {SOURCE}}}]}}\n"
    rows = hospitals(write(tmp_path, text + coverage)).allocations.set_index("unit_id")
    assert rows.loc[["A", "B", "C"], "returned"].tolist() == ["1", "1", "0"]


def test_grades_keep_their_order_when_an_evaluation_is_stored(tmp_path):
    parquet.write(hospitals(load("national")).whole, tmp_path)
    about = json.loads((tmp_path / "evaluation.json").read_text(encoding="utf-8"))
    stored = PolicyInForce(about["policy"])
    assert list(stored.grades) == ["poor", "fair", "good", "excellent"]
    assert (stored.lowest_grade, stored.good_grades) == ("poor", ("good", "excellent"))
    assert Messages("zh", stored).grades == ["excellent", "good", "fair", "poor"]
