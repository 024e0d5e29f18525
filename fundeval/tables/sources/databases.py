"""Read the tables of a database, a block of rows at a time.

Every cell is asked for as text, so that a decimal number, an id or a date comes as it is kept,
and rows come sorted by all their columns, so that the same rows give the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path

import pandas as pd
from pydantic import Field

from fundeval.problems import BadInputError, refusal
from fundeval.strict_yaml import Strict, parse
from fundeval.tables.dataset import InputFile
from fundeval.tables.schemas import TABLE_NAMES
from fundeval.tables.sources import limits
from fundeval.tables.sources.connections import Database, connect
from fundeval.tables.sources.description import DESCRIPTION_SHEETS
from fundeval.tables.sources.source import Blocks, Sheet, Source

QUERY = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
# DuckDB has this catalogue of PostgreSQL's too.
ALL_TABLES = """
    select relname from pg_catalog.pg_class as tables
    join pg_catalog.pg_namespace as schemas on schemas.oid = tables.relnamespace
    where schemas.nspname = current_schema() and relkind in ('r', 'v', 'm', 'p', 'f')
    order by relname
"""


class Connection(Strict):
    """What a YAML file says of a database: its URL and, by table, its name there or a query."""

    connection: str
    tables: dict[str, str] = Field(default_factory=dict)


def read_connection(content: Mapping[str, object], path: Path, source: Source) -> list[Sheet]:
    """Return the tables of the database that `content`, of the YAML file `path`, names.

    Raises BadInputError like `read_database`, and when the file names it wrongly.
    """
    said = {key: content[key] for key in Connection.model_fields if key in content}
    told = parse(Connection, said, path.name)
    return read_database(told.connection, source, path.parent, told.tables)


def read_database(
    url: str, source: Source, folder: Path = Path(), given: Mapping[str, str] | None = None
) -> list[Sheet]:
    """Return the tables `given`, or all in the database that bear the name of one of ours.

    The file of DuckDB is looked for from `folder`. Raises BadInputError when the database
    cannot be opened; what is wrong with one of its tables goes to `source`.
    """
    database = connect(url, folder)
    sheets = []
    for name, table in given.items() if given else _known_tables(database):
        try:
            sheets.append(_sheet(database, name, table, source))
        except BadInputError as error:
            source.problems += error.problems
    return sheets


def _known_tables(database: Database) -> Iterable[tuple[str, str]]:
    """Return the names of the tables that may hold ours, and the same as SQL takes them."""
    known = {*TABLE_NAMES, *DESCRIPTION_SHEETS}
    names = [str(name) for rows in database.blocks(ALL_TABLES, database.name) for (name,) in rows]
    return [
        (name.lower(), '"' + name.replace('"', '""') + '"')
        for name in names
        if name.lower() in known
    ]


def _sheet(database: Database, name: str, table: str, source: Source) -> Sheet:
    place = f"{database.name}/{name}"
    if QUERY.match(table):
        # A comment may end the query.
        table = f"({table.strip().removesuffix(';')}\n)"
    with database.attempt():
        columns = database.columns(table, place)
        if not 0 < len(columns) <= limits.COLUMNS:
            raise refusal("tables.too_many_columns", place, most=limits.COLUMNS)
        header = pd.DataFrame([columns], index=[1], dtype=object)
        rows = partial(_rows, database, _query(table, len(columns)), place)
        source.inputs.append(InputFile(place, _sha256(header, rows), numbered=False))
    if name in DESCRIPTION_SHEETS:
        return Sheet(database.name, name, (name,), rows)
    return Sheet(place, "", (name,), lambda: chain([header], rows()), numbered=False)


def _query(table: str, width: int) -> str:
    names = [f"c{position}" for position in range(width)]
    # A cell that is too long is refused, for which one character more will do.
    most = limits.CELL_CHARACTERS + 1
    texts = ", ".join(f"left(cast({name} as text), {most}) as {name}" for name in names)
    order = ", ".join(f'{name} collate "C" nulls last' for name in names)
    return (
        f"select * from (select {texts} from {table} as given({', '.join(names)})) as texts"
        f" order by {order}"
    )


def _rows(database: Database, query: str, place: str) -> Iterator[pd.DataFrame]:
    row = 2
    for cells in database.blocks(query, place):
        yield pd.DataFrame(cells, index=range(row, row + len(cells)), dtype="str")
        row += len(cells)
        if row > limits.ROWS:
            raise refusal("tables.too_many_rows", place, most=limits.ROWS)


def _sha256(header: pd.DataFrame, rows: Blocks) -> str:
    digest = hashlib.sha256()
    for block in chain([header], rows()):
        digest.update(block.to_csv(header=False, index=False, lineterminator="\n").encode())
    return digest.hexdigest()
