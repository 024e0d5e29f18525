"""Engines that sum settlement records: how each scans a list of files with the same columns."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import reduce
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa

from fundeval.detail.columns import Frame
from fundeval.extras import require_extra
from fundeval.problems import BadInputError, Problem, refusal

TEXTS = (".csv", ".tsv")
DATABASES = (".duckdb", ".db")
# Of files with the same columns: their paths, the table of a database, the separator of cells.
Scan = Callable[[list[Path], str, str], Any]


def collect(frame: Frame) -> pa.Table:
    """Compute a frame in its engine."""
    table: pa.Table = frame.collect("pyarrow").to_native()
    return table


@contextmanager
def duckdb_engine(memory: str, scratch: Path) -> Iterator[Scan]:
    """Start DuckDB with a memory limit, beyond which it spills to the folder `scratch`."""
    import duckdb  # noqa: PLC0415

    config: dict[str, Any] = {
        "memory_limit": memory, "temp_directory": str(scratch), "preserve_insertion_order": False,
    }  # fmt: skip
    try:
        with duckdb.connect(config=config) as connection:
            yield lambda paths, table, mark: _scan_duckdb(connection, paths, table, mark)
    except duckdb.Error as error:
        raise _engine_error("duckdb", error) from None


def _scan_duckdb(connection: Any, paths: list[Path], table: str, separator: str) -> Any:
    suffix = paths[0].suffix.lower()
    if suffix in DATABASES:
        return reduce(lambda one, two: one.union(two), _attached(connection, paths, table))
    # Brackets in a file name are no pattern.
    names = [glob.escape(str(path)) for path in paths]
    if suffix == ".parquet":
        return connection.read_parquet(names)
    return connection.read_csv(
        names, header=True, sep=separator, quotechar='"', escapechar='"', all_varchar=True
    )


def _attached(connection: Any, paths: list[Path], table: str) -> Iterator[Any]:
    """Yield a table of each of some DuckDB files."""
    for path in paths:
        quoted = str(path).replace("'", "''")
        name = f"source_{sha256(quoted.encode()).hexdigest()}"
        connection.execute(f"ATTACH IF NOT EXISTS '{quoted}' AS {name} (READ_ONLY)")
        yield connection.table('{}."{}"'.format(name, table.replace('"', '""')))


def columns_of_table(path: Path, table: str) -> list[str]:
    """Return the column names of a table in a DuckDB file.

    Raises BadInputError if there is no such table or the file is no database.
    """
    import duckdb  # noqa: PLC0415

    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            known = [str(name) for name, *_ in connection.execute("SHOW TABLES").fetchall()]
            if table not in known:
                values = {"known": ", ".join(known)}
                raise BadInputError([Problem("detail.no_table", path.name, values, value=table)])
            return list(connection.table('"{}"'.format(table.replace('"', '""'))).columns)
    except duckdb.Error as error:
        raise _engine_error("duckdb", error) from None


@contextmanager
def spark_engine(memory: str, _scratch: Path) -> Iterator[Scan]:
    """Use the Spark session that is running, or start one on this machine."""
    with require_extra("spark", "--engine spark"):
        from pyspark.errors import PySparkException  # noqa: PLC0415
        from pyspark.sql import SparkSession  # noqa: PLC0415

    try:
        builder = SparkSession.builder.config("spark.ui.enabled", "false")
        in_java = memory.lower().removesuffix("b")
        session = builder.config("spark.driver.memory", in_java).getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        yield lambda paths, _, mark: _scan_spark(session, paths, mark)
    except PySparkException as error:
        raise _engine_error("spark", error) from None


def _scan_spark(session: Any, paths: list[Path], separator: str) -> Any:
    suffix = paths[0].suffix.lower()
    names = [f"file://{glob.escape(str(path.resolve()))}" for path in paths]
    if suffix == ".parquet":
        return session.read.parquet(*names)
    return session.read.csv(names, sep=separator, header=True, escape='"')


def _engine_error(engine: str, error: Exception) -> BadInputError:
    detail = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return refusal("detail.engine_failed", engine, detail=detail)


ENGINES: dict[str, Callable[[str, Path], AbstractContextManager[Scan]]] = {
    "duckdb": duckdb_engine,
    "spark": spark_engine,
}
