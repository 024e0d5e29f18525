"""A sheet of the workbook: its frame, and the formulas that compute some of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

# Rows of a sheet, counted from 0: the note stands above the heading.
HEADING, FIRST_ROW, FROZEN_COLUMNS = 1, 2, 2


@dataclass(frozen=True)
class ResultSheet:
    """A sheet: its title, a note on what it holds, and its columns in order.

    `formulas` holds, for a column, the Excel formula of each of its cells, with `{row}` for the
    number of the row; the value in the frame is what it computes, and a missing one leaves the
    cell empty. `headings` names the columns that the message catalogue does not.
    """

    title: str
    note: str
    frame: pd.DataFrame
    formulas: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
