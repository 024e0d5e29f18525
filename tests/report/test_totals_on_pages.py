"""Every table that adds up, on the pages of both samples, in both languages."""

from __future__ import annotations

from decimal import Decimal

import pytest
from bs4 import BeautifulSoup

from fundeval import policy, tables
from fundeval.evaluation import evaluate
from fundeval.report.format.numbers import as_shown
from fundeval.report.report import PARTS, Report
from fundeval.report.tables.view_table import LESS, TOTAL
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from tests.messages import word
from tests.report.small_city import ALLIANCE, CITY, COUNTY, DEPARTMENTS, HOSPITAL

# Rounded to half a unit of the last digit, each part and the total.
ROUNDED = Decimal("0.005")
# What is said of all units at once is drawn, not added up.
DRAWN = {
    "score_and_change", "budget_parts", "rates_by_year", "spread", "points", "department_years",
}  # fmt: skip


def sums_of(table):
    """Yield each sum that a table marks: its parts with their signs, and the total."""
    rows = [row.find_all(["th", "td"]) for row in table.select("tbody tr")]
    signs = [row.get("data-adds", "") for row in table.select("tbody tr")]
    heads = [cell.get("data-adds", "") for cell in table.select("thead th")]
    texts = [[as_shown(cell.get_text().strip()) for cell in row] for row in rows]
    for series in zip(*texts, strict=True):
        yield from _sums(signs, series)
    for row in texts:
        yield from _sums(heads, row)


def _sums(signs, figures):
    parts = []
    for sign, figure in zip(signs, figures, strict=True):
        if sign == TOTAL:
            if parts and None not in {figure, *parts}:
                yield parts, figure
            parts = []
        elif sign:
            parts.append(-figure if sign == LESS and figure is not None else figure)


def notes_of(table):
    """Return what stands between a table and the next one."""
    said = []
    for after in table.find_all_next(["p", "table"]):
        if after.name == "table":
            break
        said.append(after.get_text())
    return said


def check(markup, lang):
    """Add up every table; return how many sums there were, and the tables with totals unmarked."""
    page = BeautifulSoup(markup, "html.parser")
    count, unmarked = 0, []
    for table in page.find_all("table"):
        rounded = word("table.rounded", lang) in notes_of(table)
        exact = True
        for parts, total in sums_of(table):
            count += 1
            exact &= sum(parts) == total
            assert abs(sum(parts) - total) <= ROUNDED * (len(parts) + 1), table.caption
        assert exact is not rounded, table.caption
        heads = {row.th.get_text() for row in table.select("tbody tr") if row.th}
        if word("report.total", lang) in heads and not table.select("tr.total"):
            unmarked.append(table.get("id"))
    return count, unmarked


@pytest.fixture(scope="module")
def descendants(evaluated_city):
    return summarize_descendants(evaluated_city)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("unit_id", [CITY, COUNTY, HOSPITAL, ALLIANCE, DEPARTMENTS[0]])
def test_every_table_of_the_sample_city_adds_up(evaluated_city, descendants, unit_id, lang):
    view = View(evaluated_city, descendants, unit_id, lang)
    shown = Report(view).show(*(name for name in PARTS if name not in DRAWN)).markup
    count, unmarked = check(shown, lang)
    assert unmarked == []
    assert count > (3 if unit_id in DEPARTMENTS else 10)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_table_of_the_published_figures_adds_up(lang):
    found = evaluate(tables.load("sample:public"), policy.load("retrospective"), 2015)
    below = summarize_descendants(found)
    for unit_id in found.units["unit_id"]:
        report = Report(View(found, below, unit_id, lang))
        check(report.show(*(name for name in PARTS if name not in DRAWN)).markup, lang)


def test_a_sum_that_does_not_add_up_is_found():
    rows = "".join(
        f"<tr data-adds='{sign}'><th>x</th><td>{figure}</td></tr>"
        for sign, figure in (("+", "1.00"), ("+", "2.00"), ("=", "4.00"))
    )
    head = "<thead><tr><th></th><th></th></tr></thead>"
    table = f"<div><table>{head}<tbody>{rows}</tbody></table></div>"
    with pytest.raises(AssertionError):
        check(table, "zh")
