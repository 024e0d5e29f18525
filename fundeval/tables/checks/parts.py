"""Find parts that are larger than the whole that they are of."""

from __future__ import annotations

from fundeval.tables.parsing.parsed_table import ParsedTable
from fundeval.tables.schemas import columns_of

# Table -> columns that are a part of another of the same row.
PARTS = {"incidents": {"repaired": "times"}}


def check_parts(table: ParsedTable) -> None:
    """Report each cell that is more than the whole it is a part of."""
    for part, whole in PARTS.get(table.name, {}).items():
        above = (table.frame[part] > table.frame[whole]).fillna(False)
        name = columns_of(table.name)[whole].zh
        table.report("tables.part_above_whole", part, table.frame.loc[above, part], whole=name)
