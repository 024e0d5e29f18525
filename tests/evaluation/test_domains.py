"""Domains with weights of their own: how they share 100, what they need, what is left out."""

from __future__ import annotations

import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load
from fundeval.problems import BadInputError
from fundeval.report.report import Report
from fundeval.report.text.explain import explain

YEAR = 2024
NATIONAL = load("national")
SOURCE = "source: {kind: local, cite: test, checked_on: 2026-11-26}"


def measure_rule(domain, weight="1"):
    return (
        f"{{domain: {domain}, weight: {{hospital: {weight}}}, direction: higher, "
        "curve: {kind: segments, points: [[0, 0], [1, 100]]}, missing: spread_domain}"
    )


def programme(tmp_path, rules, indicators, more=""):
    """Write a policy of these domains and measures over the national one, whose own are off."""
    off = {name: entry.values[0].value for name, entry in NATIONAL.indicators.items()}
    lines = [
        "id: programme", "title: {zh: 项目, en: Programme}", "extends: national", "domains:",
        *(f"  {name}: {{zh: {name}, en: {name}}}" for name in "abcd"),
        "parameters:",
        f"  domain_rules: {{values: [{{from: 2023-01-01, value: {rules}, {SOURCE}}}]}}",
        more,
        "indicators:",
        *(
            f"  {name}: {{values: [{{from: 2023-01-01, value: {rule.model_copy(update={'weight': {}}).model_dump_json(by_alias=True, exclude_none=True)}, {SOURCE}}}]}}"  # noqa: E501
            for name, rule in off.items()
        ),
        *(
            f"  {name}: {{title: {{zh: {name}, en: {name}}}, values: "
            f"[{{from: 2023-01-01, value: {measure_rule(*rule)}, {SOURCE}}}]}}"
            for name, rule in indicators.items()
        ),
    ]  # fmt: skip
    path = tmp_path / "programme.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return load(path)


def score(policy, values, level="tertiary"):
    """Return the grades row and domains of one hospital with these supplied values."""
    rows = [
        {"unit_id": "H", "year": YEAR, "measure": name, "value": value}
        for name, value in values.items()
    ]
    units = [unit("H", "hospital", level=level)]
    found = decide(
        dataset(units=units, budgets=[budget("H", YEAR, 95.0)], measures=rows), policy, YEAR
    )
    domains = found.domains.set_index("domain")
    return found.grades.iloc[0], domains["points"].round(6).to_dict(), found


FOUR = "{a: {weight: 25}, b: {weight: 25, minimum_judged: 2%s}, c: {weight: 25}, d: {weight: 25}}"
MEASURES = {"a1": ("a",), "b1": ("b",), "b2": ("b",), "b3": ("b",), "c1": ("c",), "d1": ("d", "3"),
            "d2": ("d",)}  # fmt: skip
LOW = "  minimum_coverage: {values: [{from: 2023-01-01, value: 0, %s}]}" % SOURCE  # noqa: UP031


def test_domains_share_a_hundred_and_their_measures_share_theirs(tmp_path):
    policy = programme(tmp_path, FOUR % "", MEASURES)
    values = {"a1": 1, "b1": 0.9, "b2": 0.6, "b3": 0, "c1": 0.2, "d1": 1, "d2": 0}
    grade, domains, found = score(policy, values)
    assert domains == {"a": 25, "b": 12.5, "c": 5, "d": 18.75}
    assert grade["score"] == 61.25
    assert found.scores.set_index("indicator")["max"].round(6).to_dict() == {
        "a1": 25, "b1": 8.333333, "b2": 8.333333, "b3": 8.333333, "c1": 25, "d1": 18.75, "d2": 6.25,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("missing", "expected", "reason", "domains"),
    [
        # 25 of a, 5 of c and 18.75 of d, of 75.
        ("spread", 65.0, "", {"a": 33.333333, "c": 6.666667, "d": 25.0}),
        ("zero", 48.75, "", {"a": 25, "b": 0, "c": 5, "d": 18.75}),
        ("void", None, "domain_missing", {"a": 33.333333, "c": 6.666667, "d": 25.0}),
    ],
)
def test_a_domain_with_too_few_judged_measures(tmp_path, missing, expected, reason, domains):
    policy = programme(tmp_path, FOUR % f", missing: {missing}", MEASURES, LOW)
    grade, found, _ = score(policy, {"a1": 1, "b1": 0.9, "c1": 0.2, "d1": 1, "d2": 0})
    assert found == domains
    assert grade["reason"] == reason
    if expected is not None:
        assert grade["score"] == pytest.approx(expected)


def test_too_few_domains_give_no_score(tmp_path):
    three = "  minimum_domains: {values: [{from: 2023-01-01, value: 3, %s}]}" % SOURCE  # noqa: UP031
    policy = programme(tmp_path, FOUR % "", MEASURES, f"{LOW}\n{three}")
    grade, _, _ = score(policy, {"a1": 1, "b1": 0.9, "c1": 0.2})
    assert (grade["reason"], grade["status"]) == ("too_few_domains", "not_judged")
    assert score(policy, {"a1": 1, "d1": 0.9, "c1": 0.2})[0]["status"] == "ok"


def test_weights_may_differ_by_level(tmp_path):
    rules = "{a: {weight: {tertiary: 70, other: 40}}, b: {weight: {tertiary: 30, other: 60}}}"
    policy = programme(tmp_path, rules, {"a1": ("a",), "b1": ("b",)})
    assert score(policy, {"a1": 1, "b1": 0})[0]["score"] == 70
    assert score(policy, {"a1": 1, "b1": 0}, level="primary")[0]["score"] == 40


@pytest.mark.parametrize(
    ("rules", "place"),
    [
        ("{a: {weight: 60}, b: {weight: 30}}", "parameters.domain_rules"),
        ("{a: {weight: 60}, b: {weight: 20}, c: {weight: 20}}", "parameters.domain_rules.c"),
        ("{e: {weight: 100}}", "parameters.domain_rules"),
        ("{a: {weight: {tertiary: 70, other: 40}}, b: {weight: 30}}", "parameters.domain_rules"),
    ],
)
def test_domains_that_cannot_be_are_refused(tmp_path, rules, place):
    with pytest.raises(BadInputError) as refused:
        programme(tmp_path, rules, {"a1": ("a",), "b1": ("b",)})
    assert place in {problem.column for problem in refused.value.problems}


def test_pages_say_how_domains_count_and_which_do_not(tmp_path):
    policy = programme(tmp_path, FOUR % ", missing: zero", MEASURES, LOW)
    grade, _, found = score(policy, {"a1": 1, "b1": 0.9, "c1": 0.2, "d1": 1, "d2": 0})
    said = {
        "zh": ("可判定的指标 1 个，至少须 2 个", "计零分", "总分"),
        "en": ("1 judged indicators of at least 2", "earns nothing", "Total"),
    }
    for lang, words in said.items():
        view = found.view("H", lang)
        page = Report(view).show("domains").markup
        assert all(word in page for word in words)
        # d1 has three of the four parts of its domain's 25.
        assert any(line.endswith("25 * 3 / 4 = 18.75") for line in explain(view, "d1"))
    assert grade["score"] == 48.75


def test_a_unit_without_a_score_has_no_total(tmp_path):
    three = "  minimum_domains: {values: [{from: 2023-01-01, value: 3, %s}]}" % SOURCE  # noqa: UP031
    policy = programme(tmp_path, FOUR % "", MEASURES, f"{LOW}\n{three}")
    _, _, found = score(policy, {"a1": 1, "b1": 0.9, "c1": 0.2})
    page = Report(found.view("H", "en")).show("domains").markup
    assert "Total" not in page
