"""No table, column or cell that may be missing makes a report fail, or a part empty in silence."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import cycle
from pathlib import Path

import pandas as pd
import pytest

from fundeval import policy, report
from fundeval.evaluation import evaluate
from fundeval.indicator_declarations import Declared, Declaring, declare
from fundeval.report.pages.run_index import Entry
from fundeval.report.public.page import render_public, select
from fundeval.report.report import PARTS, Report
from fundeval.report.unit_view import View
from fundeval.report.workbook.writer import write_workbook
from fundeval.results import parquet
from fundeval.results.descendants import summarize_descendants
from fundeval.results.frames import Evaluation
from fundeval.tables.dataset import Dataset
from fundeval.tables.schemas import REQUIRED_TABLES, TABLES
from tests.report.pages import index_page
from tests.report.small_city import (
    ALLIANCE,
    CITY,
    COUNTY,
    DEPARTMENTS,
    HOSPITAL,
    REPORTS,
    YEAR,
    small_city,
)

NATIONAL = policy.load("national")
# With indicators of its own, so that the part which shows them has something to show.
OWN = {
    "visits_growth": {"growth_of": "sum(services.visits where setting = outpatient)"},
    "income_a_head": {"ratio": ["sum(funds.income)", "sum(funds.insured)"], "unit": "money"},
    "purchases": {"total": "measures.daily_purchase_threshold"},
}
SAID = {
    "title": {"zh": "某", "en": "Some"},
    "source": {"kind": "local", "cite": "x", "checked_on": "2025-01-01"},
}
DECLARED = {name: Declared.model_validate(keys | SAID) for name, keys in OWN.items()}
POLICY = replace(
    NATIONAL,
    definitions=declare(DECLARED, NATIONAL.definitions, Declaring("test.yaml", "test"))[0],
)
MAIN_REPORTS = (COUNTY, ALLIANCE, HOSPITAL, "")
OPTIONAL_TABLES = [name for name in TABLES if name not in REQUIRED_TABLES]
OPTIONAL_COLUMNS = [
    f"{name}.{column}"
    for name, table in TABLES.items()
    for column, schema in table.to_schema().columns.items()
    if schema.nullable
]
# Of so many columns one is blanked in the fast tier, all in the campaign.
FEW = 32
TIERS = [(), *[pytest.mark.campaign] * 31]
# Without them a unit has no parts, and the parts of a report on those do not apply.
LINKS = {"units.parent_id", "units.alliance_id"}
CELLS = {
    "year": lambda table: table["year"] == YEAR,
    "year_before": lambda table: table["year"] == YEAR - 1,
    "unit": lambda table: table["unit_id"].isin([COUNTY, HOSPITAL]),
}
# Of regions and the overview alone.
FIGURES = {
    "score_and_change", "budget_parts", "rates_by_year", "spread", "points", "department_years",
}  # fmt: skip
OF_FUNDS = {"funding", "supervision"}
# Parts that do not apply to a unit, with complete data.
NOT_APPLICABLE = {
    CITY: {"scorecards", "alliance", "inside", "departments", "pathways", "views"},
    COUNTY: {"alliance", "inside", "departments", "pathways", "views"},
    "": {"scorecards", "alliance", "inside", "departments", "pathways", "views"},
    ALLIANCE: {
        "views", "projects",
        "grade", "domains", "cost_changes", "funds", "fund_accounts", "projection", "adjustment",
        "departments",
        "standing", "groups_below", "pathways", "execution_effects", *OF_FUNDS, *FIGURES,
    },
    HOSPITAL: {
        "alliance", "inside", "primary", "funds", "fund_accounts", "projection", "adjustment",
        "standing",
        "views", *OF_FUNDS, *FIGURES,
    },
    DEPARTMENTS[0]: {
        "off_course", "scorecards",
        "alliance", "inside", "primary", "funds", "fund_accounts", "projection", "adjustment",
        "standing", "shares",
        "children", "heat", "funnel", "warnings_below", "conflicts",
        "groups_below", "pathways", "views", *OF_FUNDS, *FIGURES,
    },
}  # fmt: skip


@cache
def city() -> Dataset:
    return small_city()


def without(column: str, rows: str = "") -> Dataset:
    """Return the city with a column blank, everywhere or in some rows."""
    name, column = column.split(".")
    table = getattr(city(), name)
    cells = CELLS[rows](table) if rows else pd.Series(True, table.index)
    return replace(city(), **{name: table.assign(**{column: table[column].mask(cells)})})


def empty_parts(
    reports: Iterable[tuple[str, Report]], but: Iterable[str] = ()
) -> Iterator[tuple[str, str]]:
    """Yield unit and name of each part that shows nothing; every part must be without a hole."""
    for unit_id, opened in reports:
        for part in [name for name in PARTS if name not in but]:
            markup = opened.show(part).markup
            assert not re.search(r"(?<![a-z])(nan|None|NaT)(?![a-z])", markup), (unit_id, part)
            if not markup:
                yield unit_id, part


def applicable(empty: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(unit_id, part) for unit_id, part in empty if part not in NOT_APPLICABLE[unit_id]]


def silent(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Return the parts of the main reports that show nothing though they apply.

    Figures take their time, and have tests of their own.
    """
    below = summarize_descendants(evaluation)
    # The overview is that of all units, from the city down.
    views = [
        (unit_id, View(evaluation, below, unit_id or CITY, "zh", of_run=not unit_id))
        for unit_id in MAIN_REPORTS
    ]
    return applicable(empty_parts(((unit_id, Report(view)) for unit_id, view in views), FIGURES))


def written(evaluation: Evaluation, folder: Path) -> Iterator[tuple[str, Report]]:
    """Yield every report as it is opened from what a run writes, with its figures."""
    parquet.write(evaluation, folder)
    for unit_id in REPORTS:
        yield unit_id, report.open_unit(unit_id, folder)


def evaluated(dataset: Dataset) -> Evaluation:
    return evaluate(dataset, POLICY, YEAR)


@pytest.mark.slow
def test_with_complete_data_only_what_does_not_apply_is_left_out(tmp_path: Path) -> None:
    left_out: dict[str, set[str]] = {unit_id: set() for unit_id in REPORTS}
    for unit_id, part in empty_parts(written(by_growth(known=True), tmp_path)):
        left_out[unit_id].add(part)
    assert left_out == NOT_APPLICABLE


@pytest.mark.slow
# Every second table alone in the fast tier, all together below, the others alone in the campaign.
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.campaign] * (number % 2))
        for number, name in enumerate(OPTIONAL_TABLES)
    ],
)
def test_without_a_table_every_part_says_why(name: str, tmp_path: Path) -> None:
    evaluation = evaluated(replace(city(), **{name: getattr(city(), name).iloc[:0]}))
    assert silent(evaluation) == []
    entries = {unit_id: Entry("") for unit_id in evaluation.units["unit_id"]}
    public = render_public(evaluation, "zh", select(evaluation))
    for page in (index_page(evaluation, entries, "zh"), public):
        assert ">nan<" not in page
    write_workbook(evaluation, tmp_path / "workbook.xlsx", "zh")


def test_without_any_optional_table_every_part_says_why(tmp_path: Path) -> None:
    nothing = {name: getattr(city(), name).iloc[:0] for name in OPTIONAL_TABLES}
    reports = written(evaluated(replace(city(), **nothing)), tmp_path)
    assert applicable(empty_parts(reports)) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "column",
    [
        pytest.param(column, marks=TIERS[number % FEW])
        for number, column in enumerate(OPTIONAL_COLUMNS)
    ],
)
def test_without_a_column_every_part_says_why(column: str) -> None:
    found = silent(evaluated(without(column)))
    assert found == [] or column in LINKS


@pytest.mark.campaign
@pytest.mark.parametrize("name", OPTIONAL_TABLES)
def test_without_a_table_no_report_has_a_hole(name: str, tmp_path: Path) -> None:
    dataset = replace(city(), **{name: getattr(city(), name).iloc[:0]})
    assert applicable(empty_parts(written(evaluated(dataset), tmp_path))) == []


@pytest.mark.campaign
@pytest.mark.parametrize("table", ["budgets", "services", "funds", "settlements", "context"])
def test_without_some_cells_of_a_column_every_part_says_why(table: str) -> None:
    columns = [name for name in OPTIONAL_COLUMNS if name.startswith(f"{table}.")]
    for column, rows in zip(columns[::2], cycle(CELLS), strict=False):
        found = silent(evaluated(without(column, rows)))
        assert found == [], (column, rows)


@cache
def by_growth(*, known: bool) -> Evaluation:
    return evaluated(city() if known else without("context.gdp_growth"))


def projection_of(lang: str, *, known: bool) -> str:
    found = by_growth(known=known)
    view = View(found, summarize_descendants(found), COUNTY, lang)
    return Report(view).show("projection").markup


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_projection_without_gdp_growth_leaves_the_line_out_and_says_so(lang: str) -> None:
    shown = projection_of(lang, known=False)
    said = {"zh": "没有2025年的GDP增速", "en": "There is no GDP growth for 2025"}[lang]
    schemes = shown.count("<figure")
    assert schemes == shown.count(said) == 2
    assert "2025 GDP" not in shown
    assert {"zh": "2025 趋势", "en": "2025 trend"}[lang] in shown
    complete = projection_of(lang, known=True)
    assert said not in complete
    assert "2025 GDP" in complete
