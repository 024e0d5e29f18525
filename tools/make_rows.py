"""Write fundeval/results/rows.py: the rows of an evaluation as typed tuples.

    python tools/make_rows.py

The models of `fundeval/results/frames.py` and the schemas of the input tables are the source; a
test holds the written file equal to what this makes of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from fundeval.evaluation.pipeline import TRACE_KEYS, TRACED
from fundeval.indicator_columns import columns_that_add_up
from fundeval.results.descendants import COUNTS, PLACED
from fundeval.results.frames import MODELS, STATES, columns_of_frame
from fundeval.tables.schemas import TABLES, columns_of

TARGET = Path(__file__).parents[1] / "fundeval" / "results" / "rows.py"
TYPES = {
    "id": "str", "text": "str", "name": "str", "code": "str", "flags": "str", "reason": "str",
    "date": "pd.Timestamp", "datetime": "pd.Timestamp", "year": "int", "month": "int",
    "count": "int", "flag": "bool",
    "money": "float", "fraction": "float", "number": "float", "figure": "float", "rate": "float",
}  # fmt: skip
# Name of a frame -> of its row, where that is not the name without its last letter.
SINGULAR = {
    "grades": "Grade", "cost_changes": "CostChange", "settlement": "SettlementStep",
    "budget": "BudgetStep", "execution_effects": "ExecutionEffect", "peers": "PeerGroup",
}  # fmt: skip
# What rows of departments and institutions are repeated with for the units above them.
REPEATED = {name: "str | None" if name.startswith("above") else "str" for name in PLACED}
# Where a row of an input table stands.
PLACE = {"file": "str", "row": "int"}
# A tuple has a method of this name.
IGNORED = {"count": "  # type: ignore[assignment]"}
FRAMES_OF = "# The frame, or the input table, of each row.\nFRAME_OF: dict[type, str] = {"
HEAD = '''"""The rows of an evaluation as typed tuples; made by tools/make_rows.py from the models.

Missing values are None. `FRAME_OF` has the name of the frame, or of the input table, of a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd
'''


def name_of(frame: str) -> str:
    """Return the name of the row of a frame: `IndicatorRow` of `indicators`."""
    word = SINGULAR.get(frame, frame.removesuffix("s").title().replace("_", ""))
    return f"{word}Row"


def fields_of_frame(frame: str) -> dict[str, str]:
    """Return the fields of the row of a frame with their types."""
    return {
        name: TYPES[column.role] + (" | None" if column.nullable else "")
        for name, column in columns_of_frame(frame).items()
    }


def fields_of_table(table: str) -> dict[str, str]:
    """Return the fields of the row of an input table that values rest on, and its place."""
    # A table that is counted from another has its keys beside what was counted.
    columns = columns_of(table if table in TABLES else "budgets")
    own = {
        name: TYPES[column.role] + (" | None" if column.nullable else "")
        for name, column in columns.items()
    }
    if table not in TRACED:
        # What is kept by day has its year beside it.
        return own | {"year": "int"} | PLACE
    kept = [*(name for name in TRACE_KEYS if name in columns), *columns_that_add_up(table)]
    return {name: own.get(name, "float | None") for name in kept} | PLACE


def classes() -> Iterator[tuple[str, str, str, Mapping[str, str]]]:
    """Yield name, frame, meaning and fields of each row."""
    for frame, model in MODELS.items():
        meaning = (model.__doc__ or "").strip().splitlines()[0]
        yield name_of(frame), frame, meaning, fields_of_frame(frame)
    below = (
        ("StatesRow", "states", "How many departments of a unit are in each state.",
         {"unit_id": "str"} | dict.fromkeys(STATES, "int")),
        ("RestrictedRow", "restricted", "A year of a department that is not clear.",
         fields_of_frame("restrictions") | REPEATED),
        ("ConflictRow", "conflicts", "An award beside low execution, for a unit above it.",
         fields_of_frame("findings") | REPEATED),
        ("CheckRow", "checks", "What restrictions and conflicts below a unit rest on.",
         {"unit_id": "str"} | dict.fromkeys(COUNTS, "int")),
    )  # fmt: skip
    yield from below
    for table in dict.fromkeys([*TABLES, *TRACED]):
        if table != "units":
            word = table.removesuffix("s").title().replace("_", "")
            meaning = f"A row of the input table `{table}`."
            yield f"{word}Input", table, meaning, fields_of_table(table)


def source() -> str:
    """Return the text of the file."""
    parts = [HEAD]
    for name, _, meaning, fields in classes():
        lines = [f"class {name}(NamedTuple):", f'    """{meaning}"""', ""]
        lines += [f"    {field}: {kind}{IGNORED.get(field, '')}" for field, kind in fields.items()]
        parts.append("\n".join(lines) + "\n")
    names = [f'    {name}: "{frame}",' for name, frame, _, _ in classes()]
    parts.append("\n".join([FRAMES_OF, *names, "}"]) + "\n")
    return "\n\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(source(), encoding="utf-8")
