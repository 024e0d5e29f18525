"""The engines that records can be added up in: how each opens a list of files of one kind."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from narwhals.exceptions import NarwhalsError
from pyarrow import parquet

from fundeval.detail.columns import Frame
from fundeval.problems import BadInputError, Problem, refusal

SEPARATORS = {".csv": ",", ".tsv": "\t"}
DATABASES = (".duckdb", ".db")
Scan = Callable[[list[Path], str], Any]


def collect(frame: Frame) -> pa.Table:
    """Return the rows of a frame, worked out by its engine."""
    options = {"engine": "streaming"} if frame.implementation.is_polars() else {}
    table = frame.collect("pyarrow", **options).to_native()
    # Polars has a type of its own for text.
    types = [pa.string() if pa.types.is_large_string(kind) else kind for kind in table.schema.types]
    return table.cast(pa.schema(zip(table.column_names, types, strict=True)))


@contextmanager
def duckdb_engine(memory: str, scratch: Path) -> Iterator[Scan]:
    """DuckDB in so much memory; beyond it goes on in a folder."""
    import duckdb  # noqa: PLC0415

    config: dict[str, Any] = {
        "memory_limit": memory, "temp_directory": str(scratch), "preserve_insertion_order": False,
    }  # fmt: skip
    try:
        with duckdb.connect(config=config) as connection:
            yield lambda paths, table: _scan_duckdb(connection, paths, table)
    except duckdb.Error as error:
        raise _failed("duckdb", error) from None


def _scan_duckdb(connection: Any, paths: list[Path], table: str) -> Any:
    suffix = paths[0].suffix.lower()
    if suffix in DATABASES:
        quoted = str(paths[0]).replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS source (READ_ONLY)")
        return connection.table('source."{}"'.format(table.replace('"', '""')))
    # What stands in brackets in a name is no pattern.
    names = [glob.escape(str(path)) for path in paths]
    if suffix == ".parquet":
        return connection.read_parquet(names)
    separator = SEPARATORS[suffix]
    return connection.read_csv(
        names, header=True, sep=separator, quotechar='"', escapechar='"', all_varchar=True
    )


def columns_of_table(path: Path, table: str) -> list[str]:
    """Return the columns of a table in a DuckDB file; raises BadInputError if there is none."""
    import duckdb  # noqa: PLC0415

    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            known = [str(name) for name, *_ in connection.execute("SHOW TABLES").fetchall()]
            if table not in known:
                values = {"known": ", ".join(known)}
                raise BadInputError([Problem("detail.no_table", path.name, values, value=table)])
            return list(connection.table('"{}"'.format(table.replace('"', '""'))).columns)
    except duckdb.Error as error:
        raise _failed("duckdb", error) from None


@contextmanager
def polars_engine(_memory: str, _scratch: Path) -> Iterator[Scan]:
    """Polars, streaming."""
    import polars as pl  # noqa: PLC0415

    try:
        yield _scan_polars
    except (pl.exceptions.PolarsError, NarwhalsError, OSError) as error:
        raise _failed("polars", error) from None


def _scan_polars(paths: list[Path], _table: str) -> Any:
    import polars as pl  # noqa: PLC0415

    suffix = paths[0].suffix.lower()
    if suffix == ".parquet":
        return pl.scan_parquet(paths, glob=False)
    return pl.scan_csv(paths, glob=False, separator=SEPARATORS[suffix], infer_schema=False)


@contextmanager
def pandas_engine(_memory: str, _scratch: Path) -> Iterator[Scan]:
    """pandas, all in memory."""
    try:
        yield _read_pandas
    except (ValueError, OSError, pa.ArrowException) as error:
        raise _failed("pandas", error) from None


def _read_pandas(paths: list[Path], _table: str) -> Any:
    suffix = paths[0].suffix.lower()
    if suffix == ".parquet":
        return pd.concat([_read_parquet(path) for path in paths])
    options: dict[str, Any] = {
        "sep": SEPARATORS[suffix], "encoding": "utf-8-sig", "dtype": pd.ArrowDtype(pa.string()),
        "keep_default_na": False, "na_values": [""],
    }  # fmt: skip
    return pd.concat([pd.read_csv(path, **options) for path in paths])


def _read_parquet(path: Path) -> pd.DataFrame:
    """Return the rows of a file; pandas would take NaN for missing, so it is made infinite."""
    table = parquet.read_table(path)
    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            column = table.column(place)
            known = pc.if_else(pc.is_nan(column), pa.scalar(float("inf"), field.type), column)
            table = table.set_column(place, field, known)
    frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
    return frame


@contextmanager
def spark_engine(memory: str, _scratch: Path) -> Iterator[Scan]:
    """Spark: the session that runs already, else one on this machine."""
    from pyspark.errors import PySparkException  # noqa: PLC0415
    from pyspark.sql import SparkSession  # noqa: PLC0415

    try:
        builder = SparkSession.builder.config("spark.ui.enabled", "false")
        in_java = memory.lower().removesuffix("b")
        session = builder.config("spark.driver.memory", in_java).getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        yield lambda paths, _: _scan_spark(session, paths)
    except PySparkException as error:
        raise _failed("spark", error) from None


def _scan_spark(session: Any, paths: list[Path]) -> Any:
    suffix = paths[0].suffix.lower()
    names = [f"file://{glob.escape(str(path.resolve()))}" for path in paths]
    if suffix == ".parquet":
        return session.read.parquet(*names)
    return session.read.csv(names, sep=SEPARATORS[suffix], header=True, escape='"')


def _failed(engine: str, error: Exception) -> BadInputError:
    detail = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return refusal("detail.engine_failed", engine, detail=detail)


ENGINES: dict[str, Callable[[str, Path], AbstractContextManager[Scan]]] = {
    "duckdb": duckdb_engine,
    "polars": polars_engine,
    "pandas": pandas_engine,
    "spark": spark_engine,
}
