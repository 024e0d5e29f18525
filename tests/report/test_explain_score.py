"""A reviewer with a calculator: the lines of `explain_score` lead to every unit's score."""

from __future__ import annotations

import re

import pytest
from test_domains import FOUR, LOW, MEASURES, SOURCE, programme, score
from typer.testing import CliRunner

import fundeval
from fundeval.cli import app
from fundeval.problems import BadInputError
from fundeval.report.report import Report
from fundeval.report.text.explain_score import explain_score
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from fundeval.words import say
from tests.report.test_explain import calculate, same

VALUES = {"a1": 1, "b1": 0.9, "b2": 0.6, "b3": 0, "c1": 0.2, "d1": 1, "d2": 0}
EQUATION = re.compile(r"(?P<label>.+): (?P<sum>[^:=]+) = (?P<result>\S+)")


def sums_in(lines: list[str]) -> list[tuple[str, float]]:
    """Return label and result of each equation, done again."""
    found = []
    for line in lines:
        if " = " in line:
            match = EQUATION.fullmatch(line)
            assert match, line
            assert same(calculate(match["sum"]), calculate(match["result"])), line
            found.append((match["label"], calculate(match["result"])))
    return found


def check(view: View) -> list[str]:
    """Check the lines of a unit against its evaluation, and return them."""
    lines = explain_score(view)
    sums, graded = sums_in(lines), view.grade()
    total, lang = say("explain.score.total", view.messages.lang), view.messages.lang
    names = {name: title[lang] for name, title in view.policy.domains.items()}
    domains = view.evaluation.domains
    for row in domains[domains["unit_id"] == view.unit_id].itertuples():
        for what, figure in (("share", row.max), ("domain", row.points)):
            label = say(f"explain.score.{what}", lang, name=names[row.domain])
            assert [same(r, figure) for found, r in sums if found == label] == [True], label
    if graded is not None and graded.score is not None:
        assert sums[-1][0] == total
        assert same(sums[-1][1], graded.score)
        assert any(view.messages.code("grade.", graded.grade) in line for line in lines)
    else:
        assert total not in [label for label, _ in sums]
        reason = "not_scored" if graded is None else graded.reason
        assert any(view.messages.reason(reason) in line for line in lines)
    return lines


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_unit_of_the_city_sums_to_its_score(evaluated_city, lang):
    below = summarize_descendants(evaluated_city)
    first = View(evaluated_city, below, evaluated_city.units["unit_id"].iloc[0], lang)
    scored = 0
    for unit_id in evaluated_city.units["unit_id"]:
        view = first.at(unit_id)
        check(view)
        scored += view.grade() is not None and view.grade().score is not None
    assert scored == evaluated_city.grades["score"].notna().sum() > 100


def view_of(tmp_path, rules, values, more="", lang="en", measures=MEASURES):
    _, _, found = score(programme(tmp_path, rules, measures, more), values)
    return found.view("H", lang)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("lacking", [(), ("b1",), ("b1", "b2"), ("d1",), ("a1", "d2"), ("b3",)])
def test_what_is_missing_is_spread_as_the_lines_say(tmp_path, lacking, lang):
    known = {name: value for name, value in VALUES.items() if name not in lacking}
    lines = check(view_of(tmp_path, FOUR % "", known, LOW, lang))
    unknown = [line for line in lines if say("reason.no_data", lang) in line]
    assert [line.split("：" if lang == "zh" else ":")[0].strip() for line in unknown] == [*lacking]


def test_weight_that_stays_in_a_domain_is_written_out(tmp_path):
    lines = check(view_of(tmp_path, FOUR % "", VALUES | {"d1": None, "d2": 0.5}, LOW))
    # d2 alone has a quarter of the 25 of its domain, and earns half of it.
    assert "d, points: 3.125 = 3.125" in lines
    assert "d, weight kept, with what stays in the domain: 6.25 + 18.75 = 25" in lines
    assert "d, points out of that part: 3.125 / 6.25 * 25 = 12.5" in lines


@pytest.mark.parametrize(
    ("missing", "said", "total"),
    [
        ("spread", "its weight is spread over the other domains", 65.0),
        ("zero", "it earns nothing", 48.75),
        ("void", "without them no score", None),
    ],
)
def test_a_domain_with_too_few_judged_measures_is_told(tmp_path, missing, said, total):
    values = {"a1": 1, "b1": 0.9, "c1": 0.2, "d1": 1, "d2": 0}
    lines = check(view_of(tmp_path, FOUR % f", missing: {missing}", values, LOW))
    (told,) = [line for line in lines if "1 judged indicators of at least 2" in line]
    assert said in told
    assert [same(r, total) for label, r in sums_in(lines) if label == "Score"] == (
        [] if total is None else [True]
    )
    if missing == "zero":
        assert "b, points out of that part: 0 = 0" in lines
    else:
        assert not any(line.startswith("b, points out of") for line in lines)
    assert any("a required domain has too few" in line for line in lines) == (missing == "void")


def test_too_few_domains_have_no_total(tmp_path):
    three = "  minimum_domains: {values: [{from: 2023-01-01, value: 3, %s}]}" % SOURCE  # noqa: UP031
    lines = check(view_of(tmp_path, FOUR % "", {"a1": 1, "c1": 0.2}, f"{LOW}\n{three}"))
    assert "Domains that can be judged: 2 (at least 3 needed)" in lines
    assert any("too few domains can be judged" in line for line in lines)


def test_too_little_coverage_has_no_total(tmp_path):
    lines = check(view_of(tmp_path, FOUR % "", {"a1": 1, "c1": 0.2}))
    assert "Coverage: a weight of 50 out of 100 is judged, 50.00% (at least 60% needed)" in lines


def test_a_unit_with_nothing_judged_has_no_total(tmp_path):
    lines = check(view_of(tmp_path, FOUR % "", {"a1": None}))
    assert sums_in(lines) == []


def test_the_report_begins_its_derivations_with_the_score(tmp_path):
    view = view_of(tmp_path, FOUR % "", VALUES)
    page = Report(view).show("derivations").markup
    first = page.split("</details>")[0]
    assert "<summary>Score: 61.25</summary>" in first
    assert "Score: 25 + 12.5 + 5 + 18.75 = 61.25" in first


@pytest.fixture(scope="module")
def run(city_run):
    return fundeval.open(city_run, "zh")


def test_the_command_and_the_workbench_print_it_first(run, city_run):
    unit = run.unit("H99010200002")
    asked = unit.explain("score")
    assert {unit.explain(word) for word in ("总分", "Score", "grade")} == {asked}
    assert unit.explain().startswith(asked + "\n\n")
    ended = CliRunner().invoke(app, ["explain", str(city_run), "H99010200002", "score"])
    assert (ended.exit_code, ended.stdout) == (0, asked + "\n\n")


@pytest.mark.parametrize(
    "unit_id",
    [pytest.param("990100", marks=pytest.mark.slow), "H99010200002", "H99010000001-D02"],
)
def test_all_that_is_said_to_be_available_can_be_asked_for(run, unit_id):
    unit = run.unit(unit_id)
    with pytest.raises(BadInputError) as refused:
        unit.explain("no_such")
    known = refused.value.problems[0].values["known"].split(", ")
    # Indicators first, scorecards last.
    first = known.index("settlement")
    parts = known[first : first + 4]
    assert parts == ["settlement", "score", "next_budget", "restriction"]
    rows = run.indicators.query("unit_id == @unit_id and year == 2024")
    grouped = run.group_values.query("unit_id == @unit_id")
    assert set(known[:first]) == set(rows["indicator"]) | set(grouped["indicator"])
    assert all(unit.explain(name) for name in known)
