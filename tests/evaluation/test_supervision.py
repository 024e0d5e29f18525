"""Supervision, funding per head, and the limits that a scoring rule states."""

from __future__ import annotations

import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load
from fundeval.problems import BadInputError
from fundeval.report.report import Report
from fundeval.report.text.explain import explain

NATIONAL, RETROSPECTIVE = load("national"), load("retrospective")
SOURCE = "source: {kind: local, cite: test, checked_on: 2026-11-26}"


def judged(year=2024, policy=NATIONAL, kind="region", **tables):
    return decide(dataset(units=[unit("U", kind)], **tables), policy, year)


def values(evaluation, year, scheme="all"):
    rows = evaluation.indicators
    rows = rows[(rows["year"] == year) & (rows["scheme"] == scheme)]
    return rows.set_index("indicator")["value"]


def view_of(evaluation, lang="en"):
    return evaluation.view("U", lang)


def test_qingyang_supervision_of_the_first_half_year():
    """Published, 万元: 479.24 returned and 70.12 refused in the audit of claims; 1190.79 returned
    after self-checks; 1979.85 found in 308 institutions.

    Self-returned: 1190.79 / (1190.79 + 1979.85) = 37.556 %.
    Refused: 70.12 / (70.12 + 479.24) = 12.764 %.
    Of spending of 16.47 亿元: 1979.85 / 164700 = 1.2021 %.
    """
    found = {
        "unit_id": "U", "year": 2025, "institutions_violating": 308, "self_returned": 1190.79e4,
        "violations_found": 1979.85e4, "audit_returned": 479.24e4, "refused": 70.12e4,
    }  # fmt: skip
    funds = [{"unit_id": "U", "year": 2025, "income": 26.27e8, "expenditure": 16.47e8,
              "insured": 2181400}]  # fmt: skip
    half = [{"year": 2025, "first_month": 1, "last_month": 6}]
    evaluation = judged(2025, RETROSPECTIVE, part_years=half, supervision=[found], funds=funds)
    rates = values(evaluation, 2025)
    assert rates["self_returned_share"] == pytest.approx(0.37557, abs=1e-5)
    assert rates["audit_refused_share"] == pytest.approx(0.12764, abs=1e-5)
    assert rates["violation_share"] == pytest.approx(0.012021, abs=1e-6)
    # 26.27 亿元 / 218.14 万 people = 1204.27 元, 16.47 亿元 = 755.02 元.
    assert round(rates["income_per_head"], 2) == 1204.27
    assert round(rates["spending_per_head"], 2) == 755.02
    # What is recovered was not published: no value, and no finding.
    row = evaluation.indicators.query("indicator == 'violation_recovery_rate'").iloc[0]
    assert (row["status"], row["reason"]) == ("not_judged", "missing_numerator")
    assert "not_at_least" not in set(evaluation.findings["finding"])


def test_a_subsidy_of_625_a_head_by_scheme():
    """625 000 元 for 1 000 residents is 625 a head, 62.5 % of an income of 1 000 000; employees
    have premiums alone, and are not added to residents."""
    funds = [
        {"unit_id": "U", "year": 2024, "scheme": "resident", "income": 1e6, "premiums": 375e3,
         "subsidy": 625e3, "expenditure": 9e5, "insured": 1000},
        {"unit_id": "U", "year": 2024, "scheme": "employee", "income": 4e6, "premiums": 4e6,
         "subsidy": 0, "expenditure": 3e6, "insured": 1000},
    ]  # fmt: skip
    evaluation = judged(funds=funds)
    rates = values(evaluation, 2024, "resident")
    wanted = {"subsidy_per_head": 625, "subsidy_share": 0.625, "premiums_per_head": 375,
              "income_per_head": 1000, "spending_per_head": 900}  # fmt: skip
    assert rates[[*wanted]].to_dict() == wanted
    assert values(evaluation, 2024, "employee")["subsidy_per_head"] == 0
    assert values(evaluation, 2024).dropna().index.intersection([*wanted]).empty
    page = Report(view_of(evaluation)).show("funding").markup
    assert "625.00" in page
    assert any(line.endswith("625000 / 1000 = 625") for line in
               explain(view_of(evaluation), "subsidy_per_head"))  # fmt: skip


@pytest.mark.parametrize(("recovered", "is_found"), [(89.99, True), (90.0, False), (None, False)])
def test_recovery_below_its_limit_is_a_finding(recovered, is_found):
    """Of 100 found 89.99 came back: below 90 %; exactly 90 % is not below."""
    rows = [{"unit_id": "U", "year": 2024, "violations_found": 100.0, "recovered": recovered}]
    found = judged(supervision=rows).findings.query("finding == 'not_at_least'")
    assert list(found["subject"]) == (["violation_recovery_rate"] if is_found else [])
    if is_found:
        assert found.iloc[0][["value", "expected"]].tolist() == [0.8999, 0.9]


def test_a_region_without_the_table_is_told_so_and_a_hospital_has_no_such_part():
    budgets = [budget("U", 2024, 100, 95)]
    told = Report(view_of(judged(budgets=budgets))).show("supervision").markup
    assert "No supervision figures" in told
    assert (
        Report(view_of(judged(kind="hospital", budgets=budgets))).show("supervision").markup == ""
    )


def test_an_overlay_scores_recovery_by_its_weight_alone(tmp_path):
    """Recovery of 70 % lies half way between 50 % (no points) and 90 % (all): 5 of 10 points."""
    path = tmp_path / "scored.yaml"
    path.write_text(
        "id: scored\ntitle: {zh: 计分, en: Scored}\nextends: national\n"
        "other_weights: in_proportion\nindicators:\n  violation_recovery_rate: {values: [{"
        f"from: 2024-01-01, change: {{weight: {{region: 10}}}}, {SOURCE}}}]}}\n",
        encoding="utf-8",
    )
    rows = [{"unit_id": "U", "year": 2024, "violations_found": 100.0, "recovered": 70.0}]
    scored = judged(policy=load(path), supervision=rows).scores.set_index("indicator")
    assert scored.loc["violation_recovery_rate", ["points", "max"]].tolist() == [5, 10]


def test_variation_and_completion_of_pathways_stand_beside_entry():
    """Completion of 79 % is below 80 %; variation of exactly 20 % is not above 20 %."""
    supplied = {"pathway_entry": 0.75, "pathway_completion": 0.79, "pathway_variation": 0.20}
    rows = [{"unit_id": "U", "year": 2024, "measure": name, "value": value}
            for name, value in supplied.items()]  # fmt: skip
    evaluation = judged(kind="hospital", measures=rows)
    found = evaluation.findings.query("finding in ('not_at_least', 'not_at_most')")
    assert list(found["subject"]) == ["pathway_completion"]
    page = Report(view_of(evaluation)).show("pathways").markup
    for shown in ("75.00%", "79.00%", "20.00%", "at least 80.00%", "at most 20.00%"):
        assert shown in page


def test_a_value_a_hair_below_full_marks_is_not_shown_at_them():
    """79.9999 % of a primary or tertiary hospital's 80 %: not 80.00 % beside ≥ 80.00 %."""
    rows = [{"unit_id": "U", "year": 2024, "measure": "pathway_entry", "value": 0.799999}]
    units = [unit("U", "hospital", level="tertiary")]
    data = dataset(units=units, budgets=[budget("U", 2024, 95)], measures=rows)
    view = view_of(decide(data, load("national"), 2024))
    for part in ("pathways", "scorecard"):
        page = Report(view).show(part).markup
        assert "79.9999%" in page
        assert "≥ 80.00%" in page


def test_a_limit_names_a_parameter_with_a_number_or_is_refused(tmp_path):
    for limit, is_known in (("execution_floor", True), ("no_such", False), ("grade_bands", False)):
        path = tmp_path / f"{limit}.yaml"
        path.write_text(
            "id: limited\ntitle: {zh: 限, en: Limited}\nextends: national\nindicators:\n"
            "  violation_recovery_rate: {values: [{from: 2024-01-01, "
            f"change: {{at_least: {limit}}}, {SOURCE}}}]}}\n",
            encoding="utf-8",
        )
        if is_known:
            assert load(path).indicators["violation_recovery_rate"].values[-1].value.at_least
            continue
        with pytest.raises(BadInputError):
            load(path)
