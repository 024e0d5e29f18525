"""`fundeval policy` and `fundeval indicators`: what is in force, who set it, what differs."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fundeval import policy
from fundeval.cli import app
from fundeval.indicator_registry import DEFINITIONS
from fundeval.policy.known import CHOICES
from fundeval.report.format.parameter_values import CODES_OF
from fundeval.words import has

OVERLAY = """id: "{id}"
title: {{zh: 某地政策, en: A region's policy}}
extends: {base}
parameters:
  execution_floor:
    values:
      - from: 2024-07-01
        value: 0.85
        source: {{kind: document, cite: "No. 7", checked_on: 2019-01-01}}
"""
REGION = "990101"
IN_PACKAGE = {definition.id for definition in DEFINITIONS}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder where a region has a policy of its own."""
    folder = tmp_path / "params" / "policy"
    folder.mkdir(parents=True)
    (folder / f"{REGION}.yaml").write_text(OVERLAY.format(id=REGION, base="national"), "utf-8")
    monkeypatch.chdir(tmp_path)
    return folder


def call(*arguments: str, **settings: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--lang", "en"], env=settings)


def rows(result: Result) -> dict[str, list[str]]:
    """Return the cells of each line of tab-separated text, by its first cell."""
    assert result.exit_code == 0, result.output
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    return {line[0]: line[1:] for line in lines}


@pytest.mark.usefixtures("place")
def test_every_value_in_force_is_shown_with_its_source_and_origin() -> None:
    shown = rows(call("policy", "show", "--on", "2024-12-31"))
    national = policy.load("national")
    cards = [f"scorecards.{name}.{one}" for name, card in national.scorecards.items()
             for one in (*card.indicators, "deductions", "grade_bands")]  # fmt: skip
    own = [f"definitions.{name}" for name in national.definitions if name not in IN_PACKAGE]
    values = {*national.parameters, *national.indicators}
    assert set(shown) == {"Parameter", *values, *cards, *own}
    assert {len(cells) for cells in shown.values()} == {8}
    assert shown["execution_floor"][1:5] == ["90%", "fraction", "2023-01-01", "document"]
    assert shown["execution_floor"][6:] == ["2026-11-21", "national"]
    assert shown["primary_care_levels"][1].startswith("primary hospitals, community health centres")
    assert shown["grade_bands"][1].endswith("90 points Good; 90 points and more Excellent")
    assert shown["grade_budget_rates"][1] == (
        "Excellent adds 5%; Good no deduction; Fair no deduction; Poor deducts 10%"
    )
    assert shown["payable_months_warning"][1:3] == ["7 months", "months"]
    assert "weight: Region 10, Hospital 10, Department 40;" in shown["execution_rate"][1]
    assert (
        "at most full marks; target: limit of the share of exams and tests (20%)"
        in (shown["exam_share"][1])
    )


@pytest.mark.usefixtures("place")
def test_a_region_shows_its_overlay_and_what_was_not_checked_lately() -> None:
    shown = rows(call("policy", "show", "--region", REGION))
    assert shown["execution_floor"][1] == "85%"
    assert shown["execution_floor"][3] == "2024-07-01"
    assert shown["execution_floor"][6:] == ["2019-01-01 (check overdue)", REGION]
    assert shown["exam_share_limit"][7] == "national"


@pytest.mark.usefixtures("place")
def test_before_its_date_a_value_is_not_in_force() -> None:
    shown = rows(call("policy", "show", "--region", REGION, "--on", "2024-06-30"))
    assert (shown["execution_floor"][1], shown["execution_floor"][7]) == ("90%", "national")


def test_a_region_without_a_policy_is_told_so(place: Path) -> None:
    result = call("policy", "show", "--region", "990102")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "This region has no policy of its own" in result.stderr
    (place / "990102.yaml").write_text(OVERLAY.format(id="990102", base="retrospective"), "utf-8")
    assert call("policy", "show", "--region", "990102").exit_code == 0
    (place / "other.yaml").write_text(OVERLAY.format(id="other", base="national"), "utf-8")
    result = call("policy", "show", "other", "--region", "990102")
    assert result.exit_code == 2
    assert "does not extend other" in result.stderr


@pytest.mark.usefixtures("place")
def test_a_difference_names_both_values_and_who_set_each() -> None:
    shown = rows(call("policy", "diff", "national", REGION))
    assert list(shown) == ["Parameter", "execution_floor"]
    assert shown["execution_floor"][1:] == [
        "90%", "national 2023-01-01", "85%", f"{REGION} 2024-07-01",
    ]  # fmt: skip


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    "pair",
    [("national", "national"), ("national", REGION, "--on", "2024-06-30")],
)
def test_no_difference_is_said(pair: tuple[str, ...]) -> None:
    result = call("policy", "diff", *pair)
    assert result.exit_code == 0
    assert "no difference" in result.stdout


@pytest.mark.usefixtures("place")
def test_an_indicator_that_only_one_policy_scores_is_a_difference(place: Path) -> None:
    text = OVERLAY.format(id="own", base="national") + (
        "indicators:\n  own:\n    title: {zh: 自定, en: Own}\n    values:\n"
        "      - from: 2024-01-01\n"
        "        source: {kind: local, cite: x, checked_on: 2024-01-01}\n"
        "        value: {domain: effect, weight: {}, direction: higher, missing: spread,"
        " curve: {kind: target, target: 1}}\n"
    )
    (place / "own.yaml").write_text(text, "utf-8")
    shown = rows(call("policy", "diff", "national", "own"))
    assert shown["own"][:3] == ["Own", "—", ""]
    assert shown["own"][4] == "own 2024-01-01"


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "nowhere"),
        ("show", "--on", "2001-01-01"),
        ("show", "--on", "yesterday"),
        ("diff", "national", "nowhere"),
    ],
)
def test_bad_input_exits_with_2(arguments: tuple[str, ...]) -> None:
    result = call("policy", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_at_a_terminal_there_is_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console  # noqa: PLC0415

    monkeypatch.setattr("fundeval.cli.common.console", Console(force_terminal=True, width=100))
    result = call("policy", "show")
    assert result.exit_code == 0
    assert "┃" in result.stdout
    assert "\t" not in result.stdout


def test_every_choice_has_words() -> None:
    wordless = [
        (name, choice)
        for name, allowed in CHOICES.items()
        for choice in allowed
        if not has(f"{CODES_OF.get(name, f'value.{name}.')}{choice}")
        and not has(f"choice.{choice}")
    ]
    assert wordless == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_indicator_is_described(lang: str) -> None:
    result = CliRunner().invoke(app, ["indicators", "--lang", lang])
    assert result.exit_code == 0
    blocks = result.stdout.split("\n\n")
    definitions = policy.load("national").definitions.values()
    assert len(blocks) == len(definitions) + 1
    for definition, block in zip(definitions, blocks, strict=False):
        assert block.splitlines()[0].endswith(f"({definition.id})")
        assert f": {definition.rule}" in block


def test_a_description_says_what_it_is_made_of() -> None:
    blocks = call("indicators").stdout.split("\n\n")
    growth = next(block for block in blocks if "(inpatient_cost_growth_real)" in block)
    assert "inpatient_cost[t] / (1 + context.cpi) / inpatient_cost[t-1] - 1" in growth
    assert "data needed: services (cost, setting, visits); context (cpi)" in growth
    months = next(block for block in blocks if "(payable_months)" in block)
    assert "max(0, Σ funds.balance / (Σ funds.yearly_spending / 12))" in months
    assert "closing, personal closing, expenditure, transfer out" in months
    assert "a deficit counts as 0 months" in months


OWN = """
grades: {{pass: {{zh: 合格, en: Passed}}, fail: {{zh: 不合格, en: Failed}}}}
parameters:
  grade_bands: {{values: [{{from: 2024-01-01, {source}, value: [{{from: 0, to: 60, result: fail}},
    {{from: 60, result: pass}}]}}]}}
  returned: {{values: [{{from: 2024-01-01, {source},
    value: {{hospital: {{by: grade, grades: {{fail: 0, pass: 1}}}}}}}}]}}
  domain_rules: {{values: [{{from: 2024-01-01, {source},
    value: {{output: {{minimum_judged: 2, missing: zero}}}}}}]}}
  execution_floor: {{values: [{{from: 2024-01-01, {source},
    value: {{hospital: {{tertiary: 0.95, other: 0.85}}, other: 0.9}}}}]}}
  budget_cap: {{values: [{{from: 2024-01-01, {source}, value: {{tertiary: 1.1}}}}]}}
indicators:
  average_stay: {{values: [{{from: 2024-01-01, {source},
    change: {{curve: {{kind: target, target: {{measure: pathway_entry}}}}}}}}]}}
"""


def test_own_grades_domains_and_measures_are_told_by_their_names(tmp_path: Path) -> None:
    source = "source: {kind: local, cite: test, checked_on: 2026-11-26}"
    head = "id: own\ntitle: {zh: 本地, en: Local}\nextends: national\n"
    path = tmp_path / "own.yaml"
    path.write_text(head + OWN.format(source=source), encoding="utf-8")
    shown = rows(call("policy", "show", str(path)))
    assert shown["grade_bands"][1] == "below 60 points Failed; 60 points and more Passed"
    assert "Hospital: Passed 1 time" in shown["returned"][1]
    expected = "Output: judged indicators at least 2, without them it earns nothing"
    assert expected in shown["domain_rules"][1]
    assert shown["execution_floor"][1].startswith("Hospital Tertiary 95%; others 85%; others 90%")
    assert shown["budget_cap"][1] == "Tertiary 1.1 times"
    assert "Clinical-pathway entry" in shown["average_stay"][1]
    differ = rows(call("policy", "diff", "national", str(path)))
    assert "Passed" in differ["grade_bands"][3]
    assert "Good" in differ["grade_bands"][1]
