"""The rows of a source that a rule of a mapping chooses, and what it leaves out."""

from __future__ import annotations

import re

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from fundeval.intake.conversion import Conversion, RowsLeftOut
from fundeval.intake.mapping import ColumnRule, RowRule, TableRule
from fundeval.intake.source_files import ANY_COLUMN, SourceTable
from fundeval.problems import Problem
from fundeval.tables.cells import as_text

# A row that is left out is named by its first words; so many rows are.
MOST_ROWS, MOST_WORDS, MOST_SIGNS = 12, 3, 40
FIGURE = re.compile(r"[-+—\d.,%‰\s]*")


def rows_of_item(
    conversion: Conversion, rule: TableRule, column: ColumnRule, kept: SourceTable
) -> pd.DataFrame:
    """Return those of the kept rows that have the items a column names; each must be there."""
    for item in column.item:
        matches = kept.matches(RowRule(column=rule.items, matching=(item,)))
        if isinstance(matches, Problem):
            conversion.problems.append(matches)
            return kept.cells.iloc[:0]
        if not matches.any():
            values = {"item": item, "column": rule.items}
            conversion.problems.append(Problem("convert.no_item", kept.file, values, kept.sheet))
    matches = kept.matches(RowRule(column=rule.items, matching=column.item))
    return kept.cells.iloc[:0] if isinstance(matches, Problem) else kept.cells[matches]


def tell_other_items(
    conversion: Conversion, rule: TableRule, kept: SourceTable, used: pd.Index
) -> None:
    """Record which items of the kept rows the rule does not name."""
    position = 0 if rule.items == ANY_COLUMN else kept.find((rule.items,))
    others = kept.cells.loc[~kept.cells.index.isin(used)]
    if isinstance(position, int) and len(others):
        letter, texts = xl_col_to_name(position), as_text(others[position])
        shown = [f"{letter}{at}" if pd.isna(text) else str(text) for at, text in texts.items()]
        names = "、".join(dict.fromkeys(shown))
        conversion.left_out.append(
            RowsLeftOut(rule.table, kept.file, kept.sheet, "items", names, len(others))
        )


def texts_of_rows(rows: pd.DataFrame) -> str:
    """Return the first words of each of some rows, figures left out, to name them by."""
    found = []
    for _, cells in rows.head(MOST_ROWS).iterrows():
        texts = [str(cell).strip() for cell in cells.dropna()]
        words = [text for text in texts if not FIGURE.fullmatch(text)]
        found.append(" ".join(dict.fromkeys(words[:MOST_WORDS]))[:MOST_SIGNS])
    return "；".join(filter(None, found)) + "…" * (len(rows) > MOST_ROWS)


def kept_rows(conversion: Conversion, rule: TableRule, source: SourceTable) -> pd.DataFrame:
    """Return the rows of the source that the rule keeps and does not drop."""
    left = pd.Series(False, source.cells.index)
    for rules, why in ((rule.keep, "not_kept"), (rule.drop, "dropped")):
        for each in rules:
            matches = source.matches(each)
            if isinstance(matches, Problem):
                conversion.problems.append(matches)
                continue
            new = (matches if why == "dropped" else ~matches) & ~left
            if new.any():
                place = (source.file, source.sheet)
                matching = ", ".join(each.matching)
                names = matching if each.column == ANY_COLUMN else f"{each.column}: {matching}"
                rows = texts_of_rows(source.cells[new])
                conversion.left_out.append(
                    RowsLeftOut(rule.table, *place, why, names, int(new.sum()), rows)
                )
            left |= new
    return source.cells[~left]
