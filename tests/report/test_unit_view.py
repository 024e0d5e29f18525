"""A misspelt column of a filter is an error, also where no row could show it."""

from dataclasses import replace

import pandas as pd
import pytest

from fundeval.report.pages.unit_links import link_units
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from fundeval.results.rows import AdjustmentRow, GradeRow


@pytest.fixture(scope="module")
def view(evaluated_city):
    return View(evaluated_city, summarize_descendants(evaluated_city), "990100", "zh")


def test_rows_are_found_by_their_columns(view):
    (row,) = view.own(GradeRow, unit_id="990100")
    assert row.grade == "good"
    assert view.own(GradeRow, grade="poor") == []


@pytest.mark.parametrize("find", ["own", "rows", "everyone"])
@pytest.mark.parametrize("kind", [GradeRow, AdjustmentRow])
def test_a_misspelt_column_is_an_error_with_and_without_rows(view, find, kind):
    lonely = view.at("no such unit")
    for each in (view, lonely):
        with pytest.raises(AttributeError, match="shceme"):
            getattr(each, find)(kind, shceme="all")


def test_a_unit_of_the_year_is_linked_to_by_kind_and_id(view):
    name = view.name("990103")
    assert view.link("990103").markup == (
        f'<span class="unit" data-unit="990103" data-kind="region">{name}</span>'
    )


def test_a_unit_that_ended_before_the_year_has_no_report_to_link_to(evaluated_city):
    units = evaluated_city.units
    ended = units["valid_to"].mask(units["unit_id"] == "990103", pd.Timestamp("2023-12-31"))
    older = replace(evaluated_city, units=units.assign(valid_to=ended))
    view = View(older, summarize_descendants(older), "990100", "zh")
    assert 'data-kind=""' in view.link("990103").markup
    assert link_units(view.link("990103").markup, lambda *_: "x.html") == view.name("990103")
