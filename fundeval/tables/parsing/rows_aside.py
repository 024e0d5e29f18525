"""Find the rows of a sheet that are no data: sums of others, parts of a sum, notes, signatures."""

from __future__ import annotations

import re

import pandas as pd
from pandas.api.types import is_numeric_dtype

from fundeval.tables.cells import as_text, matching, stripped
from fundeval.tables.parsing.column_roles import NUMERIC
from fundeval.tables.parsing.notes_below import BEGINS
from fundeval.tables.parsing.parsed_table import ParsedTable
from fundeval.tables.schemas import ALL_SCHEMES, columns_of, key_of

# A row in which such a word stands in place of an id or a code is a sum of others.
TOTAL = re.compile(
    r".*(?:合\s*计|小\s*计|总\s*计|共\s*计)[:：]?|(?i:total|subtotal|grand total)", re.DOTALL
)
# A part of the sum above, which would count twice beside it.
PART = re.compile(r"\s*其\s*中\s*[:：、]?.*|(?i:of which\b.*)", re.DOTALL)
# What the template begins the ids of its example rows with.
EXAMPLE = re.compile(r"(?:示例|EXAMPLE).*", re.DOTALL)


def without_example(table: ParsedTable, written: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without those that the template gives as an example."""
    ids = written.get("unit_id")
    if ids is None or is_numeric_dtype(ids):
        return written
    example = matching(ids, EXAMPLE)
    table.note("intake.example_row", "unit_id", ids, example)
    return written[~example]


def lone_notes(block: pd.DataFrame, position: int, filled: pd.Series) -> pd.Series:
    """Tell which cells of a column without a header are notes that stand in a row of their own."""
    begins = filled.map(lambda cell: bool(BEGINS.match(str(cell)))).astype("bool")
    beside = block.loc[filled.index[begins]].drop(columns=position)
    alone = beside.apply(stripped).isna().all(axis="columns")
    return begins & alone.reindex(filled.index, fill_value=False)


def without_notes(table: ParsedTable, written: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without notes and signatures, which have no number and at most one key.

    A note may go on in the rows that follow it, as long as nothing else stands in them.
    """
    columns = columns_of(table.name)
    needed = [name for name in map(str, written) if columns[name].required]
    if sum(written[name].notna().all() for name in needed) > 1:
        return written
    few = written[needed].notna().sum(axis="columns") <= 1
    if not few.any():
        return written
    lone = written[few].astype(object)
    figures = [name for name in map(str, written) if columns[name].role in NUMERIC]
    numbers = lone[figures].apply(pd.to_numeric, errors="coerce").notna().any(axis="columns")
    lone = lone[~numbers]
    begins = pd.Series(
        [any(BEGINS.match(str(cell)) for cell in row) for row in lone.to_numpy()],
        lone.index,
        dtype="bool",
    )
    alone = lone.notna().sum(axis="columns") == 1
    notes: list[object] = []
    above: object = None
    for row in lone.index:
        # A row that was blank lies between two blocks of notes, not within a sentence.
        if begins[row] or (
            alone[row] and notes and above == notes[-1] and row == int(str(above)) + 1
        ):
            notes.append(row)
        above = row
    if not notes:
        return written
    first = lone.notna().idxmax(axis="columns")[notes[0]]
    aside = pd.Series(written.index.isin(notes), written.index)
    shown = written[first].astype(object).where(written[first].notna(), "")
    table.note("intake.note_row", str(first), shown, aside)
    return written[~aside]


def with_totals_of_units(table: ParsedTable, written: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with 全部 for the scheme of a total that is the only row of its unit.

    Such a row holds the figures of a unit that reports all schemes together.
    """
    schemes = written.get("scheme")
    if schemes is None or is_numeric_dtype(schemes):
        return written
    total = matching(schemes, TOTAL)
    alone = _of_a_unit_alone(table, written, "scheme", total)
    if not alone.any():
        return written
    table.note("intake.total_of_unit", "scheme", schemes, alone)
    return written.assign(scheme=schemes.mask(alone, ALL_SCHEMES))


def rows_aside(table: ParsedTable, written: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Tell which rows are sums of others, and which are sums or parts of one; neither is data."""
    sums = pd.Series(False, written.index)
    parts = pd.Series(False, written.index)
    for name, column in columns_of(table.name).items():
        named = column.role == "code" or name in ("unit_id", "name")
        if name in written and named and not is_numeric_dtype(written[name]):
            texts = written[name]
            total, part = matching(texts, TOTAL), matching(texts, PART)
            if not (total | part).any():
                continue
            known = texts.isin(column.codes) | texts.isin(column.words) | sums | parts
            total, part = total & ~known, part & ~known & ~total
            if column.role == "code":
                total &= ~_of_a_unit_alone(table, written, name, total)
            table.note("intake.totals_row", name, texts, total)
            table.note("intake.part_row", name, texts, part)
            sums, parts = sums | total, parts | part
    return sums, sums | parts


def _of_a_unit_alone(
    table: ParsedTable, written: pd.DataFrame, name: str, total: pd.Series
) -> pd.Series:
    """Tell which totals of a code are the only row of their unit: its figures, not sums of others.

    A total beside the rows that it is made of has the same id, year and other keys.
    """
    ids = written.get("unit_id")
    if ids is None or not total.any():
        return pd.Series(False, written.index)
    own = total & ids.notna()
    if not is_numeric_dtype(ids):
        own &= ~matching(ids, TOTAL)
    others = [key for key in key_of(table.name) if key in written and key != name]
    keys = list(zip(*(as_text(written[key]).fillna("") for key in others), strict=True))
    beside = {key for key, is_total in zip(keys, total, strict=True) if not is_total}
    return own & pd.Series([key not in beside for key in keys], written.index, dtype="bool")
