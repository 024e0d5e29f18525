"""Read the tables of a database block by block.

Every cell is selected as text, so that decimal numbers, ids and dates come exactly as stored,
and rows are sorted by all their columns, so that the same rows give the same bytes.
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

from fundeval.problems import BadInputError, Problem, refusal
from fundeval.strict_yaml import StrictModel, parse
from fundeval.tables.dataset import InputFile
from fundeval.tables.parsing.header import identify_table
from fundeval.tables.schemas import TABLE_NAMES
from fundeval.tables.sources import limits
from fundeval.tables.sources.column_types import (
    of_single_float,
    refused_types,
    single_floats,
)
from fundeval.tables.sources.connections import Database, connect
from fundeval.tables.sources.data_source import Blocks, DataSource, SourceSheet, first_names
from fundeval.tables.sources.description import DESCRIPTION_SHEETS
from fundeval.tables.sources.held import HeldRows, Rows

QUERY = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
# DuckDB has this catalogue of PostgreSQL's too. A part of a table is read with the table.
ALL_TABLES = """
    select relname, nspname, case when nspname = current_schema() then '1' else '0' end
    from pg_catalog.pg_class as tables
    join pg_catalog.pg_namespace as schemas on schemas.oid = tables.relnamespace
    where relkind in ('r', 'v', 'm', 'p', 'f') and not coalesce(relispartition, false)
    and nspname <> 'information_schema' and left(nspname, 3) <> 'pg_'
    order by nspname, relname
"""
# So many tables that are passed over are named.
SHOWN_TABLES = 20


class Connection(StrictModel):
    """The URL of a database and, by table, its name there or a query, as in a YAML file."""

    connection: str
    tables: dict[str, str] = Field(default_factory=dict)


def read_connection(
    content: Mapping[str, object], path: Path, source: DataSource
) -> list[SourceSheet]:
    """Return the tables of the database named in the YAML file `path` with this content.

    Raises BadInputError like `read_database`, and if the keys of the file are wrong.
    """
    keys = {key: content[key] for key in Connection.model_fields if key in content}
    named = parse(Connection, keys, path.name)
    return read_database(named.connection, source, path.parent, named.tables)


def read_database(
    url: str, source: DataSource, folder: Path = Path(), given: Mapping[str, str] | None = None
) -> list[SourceSheet]:
    """Read tables of a database.

    Parameters
    ----------
    url
        A URL as in `connect`.
    source
        The problems and hashes of single tables are added to it.
    folder
        Where a relative path of a DuckDB file starts.
    given
        Table -> its name in the database or a query; by default all tables whose name is that
        of a table of `schemas.TABLES` or of the description.

    Raises
    ------
    BadInputError
        If the database cannot be opened.
    """
    database = connect(url, folder)
    sheets = []
    for name, table in given.items() if given else _known_tables(database, source):
        try:
            sheets.append(_sheet(database, name, table, source))
        except BadInputError as error:
            source.problems += error.problems
    return sheets


def _known_tables(database: Database, source: DataSource) -> list[tuple[str, str]]:
    """Return the tables of the database that hold a known one: its name, and as quoted in SQL.

    They are known by their name, or by their headers where no table has the name. A note names
    all others, and those of other schemas.
    """
    known = {*TABLE_NAMES, *DESCRIPTION_SHEETS}
    rows = list(chain.from_iterable(database.blocks(ALL_TABLES, database.name)))
    own = [str(name) for name, _, is_own in rows if is_own == "1"]
    found = [(name.lower(), _quoted(name)) for name in own if name.lower() in known]
    meant = {TABLE_NAMES.get(name, name) for name, _ in found}
    left = []
    for name in own:
        if name.lower() in known:
            continue
        if (table := _by_headers(database, name)) and table not in meant:
            found.append((name, _quoted(name)))
        else:
            left.append(name)
    left += [f"{schema}.{name}" for name, schema, is_own in rows if is_own != "1"]
    if left:
        values = {"count": len(left), "tables": first_names(left, SHOWN_TABLES)}
        source.notes.append(Problem("intake.tables_passed_over", database.name, values))
    return found


def _by_headers(database: Database, name: str) -> str | None:
    """Return the table that the headers of a table in the database are of, None for none."""
    try:
        with database.attempt():
            columns = database.columns(_quoted(name), f"{database.name}/{name}")
    except BadInputError:
        return None
    return identify_table(pd.DataFrame([[label for label, _ in columns]], index=[1], dtype=object))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _sheet(database: Database, name: str, table: str, source: DataSource) -> SourceSheet:
    place = f"{database.name}/{name}"
    if QUERY.match(table):
        # A comment may end the query.
        table = f"({table.strip().removesuffix(';')}\n)"
    with database.attempt():
        columns = database.columns(table, place)
        if not 0 < len(columns) <= limits.COLUMNS:
            raise refusal("tables.too_many_columns", place, most=limits.COLUMNS)
        if refused := refused_types(place, columns):
            raise BadInputError(refused)
        for told in _single_floats(database, table, columns, place):
            (source.problems if told.rule.startswith("tables.") else source.notes).append(told)
        header = pd.DataFrame([[name for name, _ in columns]], index=[1], dtype=object)
        # Asked once: a view may give other rows each time.
        held = HeldRows(_limited(database.blocks(_query(table, len(columns)), place), place))
        rows = partial(_rows, held)
        source.inputs.append(InputFile(place, _sha256(header, rows), numbered=False))
    if name in DESCRIPTION_SHEETS:
        return SourceSheet(database.name, name, (name,), rows, numbered=False)
    return SourceSheet(place, "", (name,), lambda: chain([header], rows()), numbered=False)


def _single_floats(
    database: Database, table: str, columns: list[tuple[str, str]], place: str
) -> Iterator[Problem]:
    """Yield what is told of columns of single floats, by the largest figure in each."""
    names = ", ".join(f"c{n}" for n in range(len(columns)))
    for n in single_floats(columns):
        largest = f"select max(abs(c{n}))::text from {table} as given({names})"
        [[(figure,)]] = database.blocks(largest, place)
        yield of_single_float(place, *columns[n], None if figure is None else float(figure))


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


def _limited(blocks: Iterable[Rows], place: str) -> Iterator[Rows]:
    """Yield blocks as long as a table may be."""
    count = 0
    for cells in blocks:
        count += len(cells)
        if count > limits.ROWS:
            raise refusal("tables.too_many_rows", place, most=limits.ROWS)
        yield cells


def _rows(held: HeldRows) -> Iterator[pd.DataFrame]:
    row = 2
    for cells in held.blocks():
        yield pd.DataFrame(cells, index=range(row, row + len(cells)), dtype="str")
        row += len(cells)


def _sha256(header: pd.DataFrame, rows: Blocks) -> str:
    digest = hashlib.sha256()
    for block in chain([header], rows()):
        digest.update(block.to_csv(header=False, index=False, lineterminator="\n").encode())
    return digest.hexdigest()
