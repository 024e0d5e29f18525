"""The totals that a sheet states, held against the sum of the rows that a mapping keeps of it.

A total that differs tells of rows left out, or of subtotals taken for units, which count twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from fundeval.intake.mapping import ColumnRule, MeltRule, TableRule
from fundeval.intake.source_files import SourceTable
from fundeval.problems import Problem
from fundeval.tables.cells import as_text, matching
from fundeval.tables.parsing.rows_aside import PART, TOTAL
from fundeval.tables.schemas import columns_of_role

# Rounded to so many places at least, figures are whole.
MOST_PLACES = 6


def totals_that_differ(
    rule: TableRule, part: MeltRule, source: SourceTable, kept: pd.Index
) -> Iterator[Problem]:
    """Yield a note for each total of a sheet that is the sum of no rows it may be of.

    These are all rows that are kept, those above it, those since the total before, each also of
    its year or scheme alone. Where more is left out than totals and parts nothing is compared.

    Parameters
    ----------
    rule
        The rule on the table, and which columns it reads.
    part
        Its part for one year or scheme.
    source
        The whole sheet.
    kept
        The rows that are kept.
    """
    cells = source.cells
    totals, parts = _rows_that_match(cells)
    left = cells.index.difference(kept)
    if rule.items or rule.keep or not (totals & cells.index.isin(left)).any():
        return
    if not (totals | parts)[left].all():
        return
    columns = {**rule.columns, **part.columns}
    keys = _positions(source, {n: c for n, c in columns.items() if n in ("year", "scheme")})
    money = columns_of_role(rule.table, "money", "number")
    figures = _positions(source, {n: c for n, c in columns.items() if n in money})
    for position in dict.fromkeys(figures.values()):
        numbers = pd.to_numeric(cells[position], errors="coerce").astype("float64")
        # A text with a unit cannot be added up here.
        if (cells[position].notna() & numbers.isna())[kept].any():
            continue
        before: object = None
        for row in cells.index[totals & cells.index.isin(left)]:
            own = numbers[row]
            alike = pd.Series(True, cells.index)
            for key in keys.values():
                if not pd.isna(cells.loc[row, key]) and not _is_total(cells.loc[row, key]):
                    alike &= cells[key] == cells.loc[row, key]
            rows = pd.Series(cells.index.isin(kept), cells.index)
            above = rows & (cells.index < row)
            since = above & (cells.index > before) if before is not None else above
            before = row
            sums = [numbers[of].sum() for of in (above, rows, since)]
            sums += [numbers[of & alike].sum() for of in (above, rows, since)]
            limit = _rounding(numbers) * max(1, int(rows.sum()))
            if pd.notna(own) and all(abs(own - each) > limit for each in sums):
                values = {"given": f"{own:,.10g}", "total": f"{sums[0]:,.10g}"}
                shown = cells.loc[row, position]
                yield source.problem(
                    "convert.total_differs", int(str(row)), position, shown, **values
                )


def _rows_that_match(cells: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Tell which rows are totals, and which are parts of them, by a word in any cell."""
    found = []
    for pattern in (TOTAL, PART):
        rows = pd.Series(False, cells.index)
        for position in cells:
            if cells[position].dtype == "str" or cells[position].dtype == object:
                rows |= matching(as_text(cells[position]), pattern)
        found.append(rows)
    return found[0], found[1]


def _is_total(cell: object) -> bool:
    return bool(TOTAL.fullmatch(str(cell)))


def _positions(source: SourceTable, columns: Mapping[str, ColumnRule]) -> dict[str, int]:
    """Return where the columns stand that are read as they are."""
    found = {
        name: source.find(column.headers) for name, column in columns.items() if column.headers
    }
    return {name: place for name, place in found.items() if isinstance(place, int)}


def _rounding(numbers: pd.Series) -> float:
    """Return the last decimal place of some figures, which each may be rounded to."""
    places = next(
        (n for n in range(MOST_PLACES) if ((numbers.round(n) - numbers).abs() < 1e-9).all()),
        MOST_PLACES,
    )
    return float(10**-places)
