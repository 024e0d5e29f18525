"""What a conversion holds while it goes on: rows with their origin, what was read, problems."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from fundeval.intake.combined_rows import CELLS, ORIGIN, OWN, ROW
from fundeval.intake.source_files import SourceTable
from fundeval.problems import Problem
from fundeval.tables.cells import MISSING
from fundeval.tables.schemas import Role

# What a header of a converted table ends with: all its money is in 元.
IN_YUAN = "(元)"


@dataclass(frozen=True)
class Origin:
    """Where some rows come from: the source and the position of each column in it."""

    source: SourceTable
    positions: Mapping[str, int]


@dataclass(frozen=True)
class ColumnRead:
    """What was read of a column of a sheet, to compare with the paper.

    `filled` and `blanks` count the cells of the rows that were kept; `total` is the sum, of money
    in 元, None where the column has no figures.
    """

    table: str
    column: str
    file: str
    sheet: str
    header: str
    filled: int
    blanks: int
    total: float | None


@dataclass(frozen=True)
class CellsRead:
    """The cells that were read of a column of a sheet, by row, and the rows that they became."""

    table: str
    column: str
    source: SourceTable
    header: str
    cells: pd.Series
    origin: int
    role: Role

    def counted(self, aside: Collection[object] = ()) -> ColumnRead:
        """Return how many cells there are, and the sum of figures, but for rows set aside."""
        cells = self.cells[~self.cells.index.isin(list(aside))]
        if self.role != "text":
            cells = cells.mask(cells.isin(MISSING))
        numbers = pd.to_numeric(cells, errors="coerce").astype("float64")
        total = float(numbers.sum()) if self.role in ("money", "number") else None
        filled = int(cells.notna().sum())
        place = (self.source.file, self.source.sheet, self.header)
        blanks = len(cells) - filled
        return ColumnRead(self.table, self.column, *place, filled, blanks, total)


@dataclass(frozen=True)
class RowsLeftOut:
    """Rows of a sheet that a rule of the mapping leaves out of a table.

    `why` is the end of a message `convert.left.…`, `names` what the rule says, `rows` the first
    words of the rows.
    """

    table: str
    file: str
    sheet: str
    why: str
    names: str
    count: int
    rows: str = ""


@dataclass
class Conversion:
    """The rows of each table so far, their origins, what was read, problems and notes."""

    mapping_file: str
    money_unit: str
    rows: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    origins: list[Origin] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    read: list[CellsRead] = field(default_factory=list)
    left_out: list[RowsLeftOut] = field(default_factory=list)

    def at_origin(self, problem: Problem) -> Problem:
        """Return a problem of a table with the place of its cell in the source."""
        table = self.tables.get(problem.file)
        if table is None or problem.row is None or problem.row - 2 >= len(table):
            return problem
        row = table[[*OWN]].iloc[problem.row - 2]
        column = problem.column.removesuffix(IN_YUAN)
        values = dict(problem.values)
        if isinstance(twin := values.get("first_row"), int):
            values["first_row"] = self._twin(problem.file, twin, row[ORIGIN])
            problem = replace(problem, values=values)
        cells = row[CELLS] if isinstance(row[CELLS], dict) else {}
        return self.told_at(problem, column, *cells.get(column, (row[ORIGIN], row[ROW])))

    def _twin(self, name: str, twin: int, origin: object) -> str:
        """Return the row of the source that an equal row stands in, with its file if another."""
        places = self.places(name).loc[twin]
        at = str(places["@row"])
        same = isinstance(origin, int) and self.origins[origin].source.file == places["@file"]
        return at if same else f"{at}, {places['@file']}"

    def set_aside(self, name: str, rows: Collection[int]) -> dict[int, list[object]]:
        """Return, by origin, the rows of the sources that some rows of a table come from."""
        found: dict[int, list[object]] = {}
        for at, row in self.tables[name].iloc[[row - 2 for row in rows]][[ORIGIN, ROW]].to_numpy():
            if isinstance(at, int):
                found.setdefault(at, []).append(row)
        return found

    def places(self, name: str) -> pd.DataFrame:
        """Return file, sheet and row of the source for each row of a table, by its number."""
        rows = self.tables[name][[ORIGIN, ROW]].to_numpy().tolist()
        nowhere = (self.mapping_file, "", None)
        found = [
            (self.origins[at].source.file, self.origins[at].source.sheet, row)
            if isinstance(at, int)
            else nowhere
            for at, row in rows
        ]
        index = range(2, len(rows) + 2)
        return pd.DataFrame(found, index=index, columns=["@file", "@sheet", "@row"], dtype=object)

    def told_at(self, problem: Problem, column: str, origin: object, row: object) -> Problem:
        """Return a problem with the place of a cell in its source, as it is if it has none."""
        if not isinstance(origin, int):
            return problem
        found = self.origins[origin]
        position = found.positions.get(column)
        return replace(
            problem,
            file=found.source.file,
            sheet=found.source.sheet,
            row=int(str(row)),
            column=column if position is None else found.source.header(position),
            letter="" if position is None else xl_col_to_name(position),
        )

    def tell(
        self, rule: str, cells: Sequence[tuple[str, object, object]], **values: object
    ) -> Problem:
        """Return a problem at the first of some cells, which counts them."""
        problem = Problem(rule, self.mapping_file, {"count": len(cells), **values})
        return self.told_at(problem, *cells[0])
