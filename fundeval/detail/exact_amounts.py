"""Convert amounts of records to integers, whose sums are the same in any order and engine."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from fundeval.detail.columns import (
    AMOUNTS,
    COLUMNS,
    IDS_AND_CODES,
    LIMIT,
    MONEY,
    NUMBERS,
    SCALES,
    YEARS,
    Frame,
    minimum,
)
from fundeval.detail.readings import Readings, without_unseen
from fundeval.tables.cells import MONEY_UNITS

NUMBER = r"^[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"
PARTS = ("drug_cost", "consumable_cost", "exam_cost")


def exact_amount(name: str) -> nw.Expr:
    """Return the integer column of an amount, in `SCALES`; null if the amount is blank or invalid.

    The column exists in what `with_exact_amounts` returns.
    """
    return nw.col(f"{name}_exact")


def with_exact_amounts(
    records: Frame,
    money_unit: str = "元",
    readings: Readings | None = None,
    units: Mapping[str, str] | None = None,
) -> Frame:
    """Cast the columns of records and add their amounts as integers.

    Parameters
    ----------
    records
        One row per visit or stay, with columns named as in `COLUMNS`, of any type. Other columns
        are dropped; absent ones are added as nulls.
    money_unit
        Unit of the money amounts: 元, 万元 or 亿元.
    readings
        How texts are read that are no plain numbers, ids or codes; by default not at all.
    units
        Unit of single money columns, where it is another one.

    Returns
    -------
    Frame
        All of `COLUMNS` but the amounts, as text; for each amount X `X_given`, as it stands,
        `X_exact`, rounded half up to 分 or to ten thousandths (see `SCALES`), and `X_bad`, true
        where one is given that is none; `year`, 0 where it is no valid one, and `year_given`;
        `wrong`, true where one of `record_checks` fails.
    """
    types = records.collect_schema()
    read = readings or Readings()
    stated = units or {}
    plain = [_text(name, read) for name in IDS_AND_CODES if name in types]
    given = [nw.col(name).alias(f"{name}_raw") for name in NUMBERS if name in types]
    absent = [_null_column(name) for name in COLUMNS if name not in types]
    named = records.select(*plain, *given).with_columns(*absent)
    exact = [
        _exact(name, types.get(name, nw.Float64()), stated.get(name, money_unit), read)
        for name in AMOUNTS
    ]
    whole = named.with_columns(
        _year(types.get("year", nw.Float64()), read).alias("year"),
        *exact,
        *(nw.col(f"{name}_raw").cast(nw.String).alias(f"{name}_given") for name in NUMBERS),
    )
    whole = whole.with_columns(
        _is_bad(name, types.get(name, nw.Float64()), read).alias(f"{name}_bad") for name in AMOUNTS
    )
    # Not by `record_checks`, which tell refunds apart by texts: of every record that takes long.
    wrong = [nw.col(f"{name}_bad") for name in AMOUNTS]
    wrong += [condition for _, _, condition in _checks_of_parts()]
    numbers = [f"{name}_{of}" for of in ("given", "exact", "bad") for name in AMOUNTS]
    return whole.select(
        *IDS_AND_CODES,
        "year",
        "year_given",
        *numbers,
        wrong=nw.any_horizontal(*wrong, ignore_nulls=True),
    )


def record_checks() -> list[tuple[str, str, nw.Expr]]:
    """Return the checks of a single record: message id, column, condition of a violation."""
    less_than_nothing = {name: nw.col(f"{name}_given").str.contains("^-[0-9]") for name in AMOUNTS}
    refunds = [
        ("detail.refund", name, nw.col(f"{name}_bad") & less_than_nothing[name]) for name in AMOUNTS
    ]
    out_of_range = [
        ("detail.out_of_range", name, nw.col(f"{name}_bad") & ~less_than_nothing[name])
        for name in AMOUNTS
    ]
    return [*refunds, *out_of_range, *_checks_of_parts()]


def _checks_of_parts() -> list[tuple[str, str, nw.Expr]]:
    """Return the checks of amounts that are a part of another."""
    parts = nw.sum_horizontal(*(exact_amount(part) for part in PARTS))
    # Each part was rounded to the 分.
    return [
        ("detail.fund_over_cost", "fund_paid", exact_amount("fund_paid") > exact_amount("cost")),
        ("detail.parts_over_cost", "cost", parts > exact_amount("cost") + len(PARTS)),
    ]


def scale_factor(name: str, money_unit: str) -> int:
    """Return the factor from an amount as given to its integer scale."""
    return SCALES[name] * (int(MONEY_UNITS[money_unit]) if name in MONEY else 1)


def _null_column(name: str) -> nw.Expr:
    """Return an absent column, null throughout."""
    if name in NUMBERS:
        return nw.lit(None, dtype=nw.Float64).alias(f"{name}_raw")
    return nw.lit(None, dtype=nw.String).alias(name)


def _text(name: str, readings: Readings) -> nw.Expr:
    """Return a column of ids or codes as text."""
    column = nw.col(name).cast(nw.String)
    if readings.clean:
        column = without_unseen(column)
    if texts := readings.texts.get(name):
        column = column.replace_strict(
            list(texts), list(texts.values()), default=column, return_dtype=nw.String
        )
    return column.alias(name)


def _number(name: str, kind: nw.dtypes.DType) -> nw.Expr:
    """Return a column as float, null where it is text that is no plain number."""
    column = nw.col(f"{name}_raw")
    if kind != nw.String:
        return column.cast(nw.Float64)
    return nw.when(column.str.contains(NUMBER)).then(column).cast(nw.Float64)


def _read(name: str, kind: nw.dtypes.DType, readings: Readings) -> nw.Expr | None:
    """Return what texts that are no plain numbers mean, null where they mean nothing."""
    texts = readings.numbers.get(name)
    if not texts or kind != nw.String:
        return None
    return nw.col(f"{name}_raw").replace_strict(
        list(texts), list(texts.values()), default=None, return_dtype=nw.Int64
    )


def _exact(name: str, kind: nw.dtypes.DType, unit: str, readings: Readings) -> nw.Expr:
    scaled = _number(name, kind) * float(scale_factor(name, unit))
    # DuckDB may skip a comparison by the statistics of a Parquet file, which leave NaN out.
    in_range = scaled.is_finite() & (scaled >= float(minimum(name))) & (scaled < float(LIMIT))
    whole = nw.when(in_range).then((scaled + 0.5).floor()).cast(nw.Int64)
    read = _read(name, kind, readings)
    return (whole if read is None else nw.coalesce(whole, read)).alias(f"{name}_exact")


def _is_bad(name: str, kind: nw.dtypes.DType, readings: Readings) -> nw.Expr:
    """Return whether an amount is given that is none: neither blank nor a word for missing."""
    column = nw.col(f"{name}_raw")
    given = ~column.is_null()
    if kind == nw.String:
        given &= ~column.is_in(["", *readings.missing.get(name, ())])
    return given & exact_amount(name).is_null()


def _year(kind: nw.dtypes.DType, readings: Readings) -> nw.Expr:
    """Return the year as an integer, 0 if it is not a valid one."""
    year = nw.col("year_raw") if kind.is_integer() else _number("year", kind)
    if (read := _read("year", kind, readings)) is not None:
        year = nw.coalesce(year, read.cast(nw.Float64))
    known = (year >= YEARS[0]) & (year <= YEARS[1]) & (kind.is_integer() or year == year.floor())
    return nw.when(known).then(year).otherwise(0).cast(nw.Int64)
