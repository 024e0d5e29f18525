"""Read a Parquet file block by block."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.parquet import ParquetFile

from fundeval.problems import BadInputError, Problem, refusal
from fundeval.tables.sources import limits
from fundeval.tables.sources.column_types import of_single_float
from fundeval.tables.sources.data_source import DataSource, SourceSheet
from fundeval.tables.sources.held import HeldFile

UNREAD = (
    pa.types.is_nested, pa.types.is_binary, pa.types.is_large_binary,
    pa.types.is_fixed_size_binary, pa.types.is_binary_view, pa.types.is_float16,
)  # fmt: skip


def read_parquet(held: HeldFile, source: DataSource) -> list[SourceSheet]:
    """Return the one sheet of a Parquet file: the names of its columns are row 1."""
    try:
        columns, single = _columns(held)
    except BadInputError as error:
        source.problems += error.problems
        return []
    for told in _single_floats(held, single) if single else ():
        (source.problems if told.rule.startswith("tables.") else source.notes).append(told)
    return [SourceSheet(held.name, "", (held.stem,), partial(_blocks, held, columns))]


def _columns(held: HeldFile) -> tuple[list[str], list[str]]:
    """Return the names of the columns, and those of all single floats."""
    with _open(held, []) as file:
        single = [field.name for field in file.schema_arrow if pa.types.is_float32(field.type)]
        # pandas writes the labels of rows as a column of this name; they are no data.
        columns = [field for field in file.schema_arrow if not field.name.startswith("__index_")]
        rows = file.metadata.num_rows
    if rows > limits.ROWS:
        raise refusal("tables.too_many_rows", held.name, most=limits.ROWS)
    if len(columns) > limits.COLUMNS:
        raise refusal("tables.too_many_columns", held.name, most=limits.COLUMNS)
    for column in columns:
        # Half floats keep three digits, so that the figures are no longer those that were meant.
        if any(is_kind(column.type) for is_kind in UNREAD):
            raise refusal(
                "tables.column_type", held.name, column=column.name, type=str(column.type)
            )
    return [column.name for column in columns], single


def _single_floats(held: HeldFile, names: list[str]) -> Iterator[Problem]:
    """Yield what is told of columns of single floats, by the largest figure in each."""
    largest = dict.fromkeys(names, 0.0)
    try:
        with _open(held, []) as file:
            for batch in file.iter_batches(limits.BLOCK_ROWS, columns=names):
                for name in names:
                    figures = batch.column(name)
                    finite = figures.filter(pc.is_finite(figures))
                    here = pc.max(pc.abs(finite)).as_py()
                    largest[name] = max(largest[name], here or 0.0)
    except (ValueError, OSError, pa.ArrowException) as error:
        raise refusal("tables.damaged", held.name, suffix=held.suffix) from error
    for name in names:
        yield of_single_float(held.name, name, "float", largest[name])


def _open(held: HeldFile, texts: list[str]) -> ParquetFile:
    try:
        return ParquetFile(held.open(), read_dictionary=texts)
    except (ValueError, OSError, pa.ArrowException) as error:
        raise refusal("tables.damaged", held.name, suffix=held.suffix) from error


def _blocks(held: HeldFile, columns: list[str]) -> Iterator[pd.DataFrame]:
    yield pd.DataFrame([columns], index=[1], dtype=object)
    row = 2
    # Texts are read as a dictionary: a long one repeated a million times stays one.
    try:
        with _open(held, columns) as file:
            for batch in file.iter_batches(limits.BLOCK_ROWS, columns=columns):
                _check_lengths(held, batch)
                frame = _without_unsigned(batch).to_pandas(ignore_metadata=True)
                texts = frame.select_dtypes("category").columns
                frame = frame.astype(dict.fromkeys(texts, "str"))
                yield frame.set_axis(range(len(columns)), axis=1).set_axis(
                    range(row, row + len(frame)), axis=0
                )
                row += len(frame)
    except (ValueError, OSError, pa.ArrowException) as error:
        raise refusal("tables.damaged", held.name, suffix=held.suffix) from error


def _without_unsigned(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the rows with unsigned numbers of 64 bits as decimals, which hold them all."""
    for place, field in enumerate(batch.schema):
        if pa.types.is_uint64(field.type):
            column = batch.column(place).cast(pa.decimal128(20, 0))
            batch = batch.set_column(place, field.name, column)
    return batch


def _check_lengths(held: HeldFile, batch: pa.RecordBatch) -> None:
    for column in batch.columns:
        if pa.types.is_dictionary(column.type):
            longest = pc.max(pc.utf8_length(column.dictionary)).as_py() or 0
            if longest > limits.CELL_CHARACTERS:
                raise refusal("tables.long_cell", held.name, most=limits.CELL_CHARACTERS)
