"""Convert amounts of records to integers, whose sums are the same in any order and engine."""

from __future__ import annotations

from functools import partial

import narwhals as nw

from fundeval.detail.columns import AMOUNTS, COLUMNS, LIMIT, MONEY, SCALES, YEARS, Frame
from fundeval.tables.cells import MONEY_UNITS

NUMBER = r"^[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"
PARTS = ("drug_cost", "consumable_cost", "exam_cost")


def exact_amount(name: str) -> nw.Expr:
    """Return the integer column of an amount, in `SCALES`; null if the amount is blank or invalid.

    The column exists in what `with_exact_amounts` returns.
    """
    return nw.col(f"{name}_exact")


def with_exact_amounts(records: Frame, money_unit: str = "元") -> Frame:
    """Cast the columns of records and add their amounts as integers.

    Parameters
    ----------
    records
        One row per visit or stay, with columns named as in `COLUMNS`, of any type. Other columns
        are dropped; absent ones are added as nulls.
    money_unit
        Unit of the money amounts: 元, 万元 or 亿元.

    Returns
    -------
    Frame
        All of `COLUMNS`, ids and codes as text and amounts as floats as given; `X_exact` for
        each amount X, rounded half up to 分 or to ten thousandths (see `SCALES`); `wrong`, true
        where one of `record_checks` fails. `year` is 0 where it is no valid year.
    """
    types = records.collect_schema()
    given = [name for name in COLUMNS if name in types]
    plain = records.select(
        (_year if name == "year" else partial(_text_or_number, name))(types[name]).alias(name)
        for name in given
    ).with_columns(_null_column(name) for name in COLUMNS if name not in types)
    plain = plain.select(*COLUMNS)
    whole = plain.with_columns(
        nw.when(_in_range(name, money_unit))
        .then((_scaled(name, money_unit) + 0.5).floor())
        .cast(nw.Int64)
        .alias(f"{name}_exact")
        for name in AMOUNTS
    )
    wrong = [condition for _, _, condition in record_checks(money_unit)]
    return whole.with_columns(wrong=nw.any_horizontal(*wrong, ignore_nulls=True))


def record_checks(money_unit: str) -> list[tuple[str, str, nw.Expr]]:
    """Return the checks of a single record: message id, column, condition of a violation."""
    out_of_range = [("detail.out_of_range", name, ~_in_range(name, money_unit)) for name in AMOUNTS]
    parts = nw.sum_horizontal(*(exact_amount(part) for part in PARTS))
    # Each part was rounded to the 分.
    return [
        *out_of_range,
        ("detail.fund_over_cost", "fund_paid", exact_amount("fund_paid") > exact_amount("cost")),
        ("detail.parts_over_cost", "cost", parts > exact_amount("cost") + len(PARTS)),
    ]


def minimum(name: str) -> int:
    """Return the least valid amount, in `SCALES`: a weight must be positive."""
    return 1 if name == "weight" else 0


def scale_factor(name: str, money_unit: str) -> int:
    """Return the factor from an amount as given to its integer scale."""
    return SCALES[name] * (MONEY_UNITS[money_unit] if name in MONEY else 1)


def _is_number(name: str) -> bool:
    return COLUMNS[name].role in ("money", "number", "year")


def _null_column(name: str) -> nw.Expr:
    """Return an absent column, null throughout."""
    kind = nw.Float64 if _is_number(name) else nw.String
    return nw.lit(None, dtype=kind).alias(name)


def _text_or_number(name: str, kind: nw.dtypes.DType) -> nw.Expr:
    """Cast a column to text or float: blank is null, text that is no number becomes infinite.

    Infinite values fail the range check, so that they are reported rather than taken for blank.
    """
    column = nw.col(name)
    if not _is_number(name):
        return column.cast(nw.String)
    if kind != nw.String:
        return column.cast(nw.Float64)
    readable = column.str.contains(NUMBER)
    number = nw.when(readable).then(column).cast(nw.Float64)
    return nw.coalesce(number, nw.when(~readable & (column != "")).then(float("inf")))


def _year(kind: nw.dtypes.DType) -> nw.Expr:
    """Return the year as an integer, 0 if it is not a valid one."""
    year = nw.col("year") if kind.is_integer() else _text_or_number("year", kind)
    known = (year >= YEARS[0]) & (year <= YEARS[1]) & (kind.is_integer() or year == year.floor())
    return nw.when(known).then(year).otherwise(0).cast(nw.Int64)


def _scaled(name: str, money_unit: str) -> nw.Expr:
    return nw.col(name) * float(scale_factor(name, money_unit))


def _in_range(name: str, money_unit: str) -> nw.Expr:
    scaled = _scaled(name, money_unit)
    # DuckDB may skip a comparison by the statistics of a Parquet file, which leave NaN out.
    return scaled.is_finite() & (scaled >= float(minimum(name))) & (scaled < float(LIMIT))
