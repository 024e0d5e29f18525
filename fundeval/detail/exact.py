"""Records as whole numbers: what every engine adds up alike, in any order."""

from __future__ import annotations

from functools import partial

import narwhals as nw

from fundeval.detail.columns import AMOUNTS, COLUMNS, LIMIT, MONEY, SCALES, YEARS, Frame
from fundeval.tables.cells import MONEY_UNITS

NUMBER = r"^[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"
PARTS = ("drug_cost", "consumable_cost", "exam_cost")


def amount(name: str) -> nw.Expr:
    """Return the column of an amount in whole `SCALES`; missing where it is, or is wrong."""
    return nw.col(f"{name}_exact")


def exact(records: Frame, money_unit: str = "元") -> Frame:
    """Return records, one a visit or stay, with their columns as text, numbers and amounts.

    `records` has columns of `COLUMNS`, of any type; further ones are dropped, those that are
    absent become missing throughout. An amount X, in `money_unit` if it is money, is kept as a
    number and added as X_exact, rounded half up. `wrong` is true where a check fails.
    """
    types = records.collect_schema()
    given = [name for name in COLUMNS if name in types]
    plain = records.select(
        (_year if name == "year" else partial(_plain, name))(types[name]).alias(name)
        for name in given
    ).with_columns(_null_column(name) for name in COLUMNS if name not in types)
    plain = plain.select(*COLUMNS)
    whole = plain.with_columns(
        nw.when(_within(name, money_unit))
        .then((_scaled(name, money_unit) + 0.5).floor())
        .cast(nw.Int64)
        .alias(f"{name}_exact")
        for name in AMOUNTS
    )
    wrong = [condition for _, _, condition in checks(money_unit)]
    return whole.with_columns(wrong=nw.any_horizontal(*wrong, ignore_nulls=True))


def checks(money_unit: str) -> list[tuple[str, str, nw.Expr]]:
    """Return what may be wrong with a record: the rule, its column, the condition."""
    beyond = [("detail.out_of_range", name, ~_within(name, money_unit)) for name in AMOUNTS]
    parts = nw.sum_horizontal(*(amount(part) for part in PARTS))
    # Each part was rounded to the 分.
    return [
        *beyond,
        ("detail.fund_over_cost", "fund_paid", amount("fund_paid") > amount("cost")),
        ("detail.parts_over_cost", "cost", parts > amount("cost") + len(PARTS)),
    ]


def lowest(name: str) -> int:
    """Return the least that an amount may be, in `SCALES`: a weight of 0 is none."""
    return 1 if name == "weight" else 0


def factor(name: str, money_unit: str) -> int:
    """Return what a number is multiplied by to be counted in `SCALES`."""
    return SCALES[name] * (MONEY_UNITS[money_unit] if name in MONEY else 1)


def _is_number(name: str) -> bool:
    return COLUMNS[name].role in ("money", "number", "year")


def _null_column(name: str) -> nw.Expr:
    """Return a column without values."""
    kind = nw.Float64 if _is_number(name) else nw.String
    return nw.lit(None, dtype=kind).alias(name)


def _plain(name: str, kind: nw.dtypes.DType) -> nw.Expr:
    """Return a column as text or as a number: text that is none is infinite, blank is missing."""
    column = nw.col(name)
    if not _is_number(name):
        return column.cast(nw.String)
    if kind != nw.String:
        return column.cast(nw.Float64)
    readable = column.str.contains(NUMBER)
    number = nw.when(readable).then(column).cast(nw.Float64)
    return nw.coalesce(number, nw.when(~readable & (column != "")).then(float("inf")))


def _year(kind: nw.dtypes.DType) -> nw.Expr:
    """Return the year, 0 for what is none."""
    year = nw.col("year") if kind.is_integer() else _plain("year", kind)
    known = (year >= YEARS[0]) & (year <= YEARS[1]) & (kind.is_integer() or year == year.floor())
    return nw.when(known).then(year).otherwise(0).cast(nw.Int64)


def _scaled(name: str, money_unit: str) -> nw.Expr:
    return nw.col(name) * float(factor(name, money_unit))


def _within(name: str, money_unit: str) -> nw.Expr:
    scaled = _scaled(name, money_unit)
    # By the statistics of a Parquet file, which leave NaN out, DuckDB may skip a comparison.
    return scaled.is_finite() & (scaled >= float(lowest(name))) & (scaled < float(LIMIT))
