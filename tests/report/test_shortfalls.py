"""Where points were lost, the self-evaluation form and the findings say so."""

from __future__ import annotations

import pytest

from fundeval.report.report import open_unit
from fundeval.words import say
from tests.messages import says
from tests.report.pages import rows_of

REGION = "990107"


def page(run, part: str, lang: str) -> str:
    return open_unit(REGION, run / "evaluation", lang).show(part)._repr_html_()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_form_says_how_far_an_unmet_target_was_missed(city_run, lang):
    """Satisfaction of 92.38 % for 95 %: 9 of 10 points. Growth above the limit has its finding."""
    shown = page(city_run, "form", lang)
    assert says(shown, "form.shortfall", lang, target="≥ 95.00%", value="92.38%", lost="1.00")
    for kind in ("growth_above_limit", "points_lost"):
        advice = [say(f"finding.{kind}{part}", lang) for part in ("", ".advice")]
        assert says(shown, "advice.line", lang, title=advice[0], advice=advice[1])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_lost_most_of_its_points_is_among_the_findings(city_run, lang):
    """Primary care: 0.40 of 15 points for its share, 3.20 of 10 for its volume."""
    shown = page(city_run, "findings", lang)
    table = rows_of(shown, "finding-points_lost")
    for points, weight in (("0.40", "15"), ("3.20", "10")):
        assert any(points in row and weight in row for row in table)
