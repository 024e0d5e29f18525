"""A misspelt column of a filter is an error, also where no row could show it."""

import pytest

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
