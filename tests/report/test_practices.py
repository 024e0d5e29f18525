"""Good practice is what no finding speaks against."""

from __future__ import annotations

import pytest

from fundeval.evaluation import evaluate
from fundeval.policy import load
from fundeval.report.report import Report
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from fundeval.words import say
from tests.evaluation.build import budget, dataset, unit
from tests.messages import says, word

NATIONAL = load("national")


def visits(year: int, primary: float, tertiary: float) -> list[dict[str, object]]:
    return [
        {"unit_id": "U", "year": year, "setting": "outpatient", "care_level": level,
         "visits": number, "cost": number * 100}
        for level, number in (("primary_total", primary), ("tertiary", tertiary))
    ]  # fmt: skip


def page(services, executed=100.0):
    """Return the findings, and the part on good practice, of a region with a budget of 100."""
    units = [unit("U", "region")]
    rows = [budget("U", 2024, executed)]
    found = evaluate(dataset(units=units, budgets=rows, services=services), NATIONAL, 2024)
    view = View(found, summarize_descendants(found), "U", "zh")
    return set(found.findings["finding"]), Report(view).show("practices").markup


def test_a_share_that_rises_while_volume_falls_is_no_result():
    """Primary care: 500 of 1 000 visits, then 450 of 800. The share rises from 50 % to 56.25 %,
    full marks from +1 point on; its volume falls by 10 %."""
    findings, shown = page([*visits(2023, 500, 500), *visits(2024, 450, 350)])
    assert "share_up_volume_down" in findings
    assert not says(shown, "practices.line_alone", name="基层占比变化")
    withheld = {"name": "基层占比变化", "reason": word("finding.share_up_volume_down")}
    assert says(shown, "practices.withheld_one", **withheld)


def test_a_share_that_rises_with_volume_is_one():
    """Primary care: 500 of 1 000 visits, then 600 of 1 000: 60 %, and 20 % more visits."""
    findings, shown = page([*visits(2023, 500, 500), *visits(2024, 600, 400)])
    assert not findings & {"share_up_volume_down", "volume_up_share_down"}
    assert says(shown, "practices.line_alone", name="基层占比变化")
    assert says(shown, "practices.line_alone", name="基层诊疗量增幅")


@pytest.mark.parametrize(("executed", "is_praised"), [(106.0, False), (100.0, True)])
def test_an_overrun_with_full_marks_is_not_praised(executed, is_praised):
    """106 of 100 earns all points, which are capped, and is a finding; 100 of 100 is none."""
    findings, shown = page([], executed)
    assert ("above_budget" in findings) is not is_praised
    name = "预算执行率（调整预算）"
    assert says(shown, "practices.line_alone", name=name) is is_praised
    reason = word("finding.above_budget")
    assert says(shown, "practices.withheld_one", name=name, reason=reason) is not is_praised


def test_full_points_on_a_flat_curve_are_not_praised_beside_better_peers():
    """Six hospitals of one level; drug shares of 20, 22, 24, 26, 28 and 29 %: all below the 30 %
    from which points are lost. The median is 25 %: the three above it are not praised."""
    ids = [f"H{number}" for number in range(6)]
    shares = dict(zip(ids, (0.20, 0.22, 0.24, 0.26, 0.28, 0.29), strict=True))
    units = [unit("U", "region"), *({**unit(each, "hospital", "U"), "level": "tertiary"}
                                    for each in ids)]  # fmt: skip
    services = [
        {"unit_id": each, "year": 2024, "setting": "inpatient", "care_level": "tertiary",
         "admissions": 1000.0, "cost": 1e6, "drug_cost": 1e6 * share}
        for each, share in shares.items()
    ]  # fmt: skip
    found = evaluate(dataset(units=units, services=services), NATIONAL, 2024)
    summary = summarize_descendants(found)
    for each, share in shares.items():
        shown = Report(View(found, summary, each, "en")).show("practices").markup
        name = word("indicator.drug_share", "en")
        assert says(shown, "practices.line", "en", name=name, median="25.00%") is (share < 0.25)
        reason = say("practices.worse", "en", median="25.00%")
        withheld = {"name": name, "value": f"{share:.2%}", "reason": reason}
        assert says(shown, "practices.withheld_one", "en", **withheld) is (share > 0.25)
