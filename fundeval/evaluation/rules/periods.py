"""Months and quarters: execution alone and to date, beside last year, and a forecast (R22)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluation.inputs import MONTHS, Inputs, case_when
from fundeval.money import amounts, divide, integers, multiply
from fundeval.policy import Rules
from fundeval.results.frames import FRAMES

QUARTER = 3
KEYS = ["unit_id", "scheme"]


def review_periods(inputs: Inputs, warnings: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Review each month, and each quarter up to the latest month, of every unit and scheme.

    A quarter that has begun is reviewed as far as it goes, and compared with the same months of
    the year before. `executed` and `phased` are of the period alone, `…_to_date` from January.
    The year is forecast by `year_end_forecast`: `pace` multiplies the adjusted budget by the
    progress to date, `plan` adds what is still planned to what was executed.

    Parameters
    ----------
    warnings
        What `judge_warnings` returns, money in 分.

    Examples
    --------
    >>> from fundeval import evaluation, policy, tables
    >>> city, rules = tables.load("sample:city"), policy.load("national")
    >>> periods = evaluation.evaluate(city, rules, 2024).periods
    >>> periods.groupby("span")["number"].max().to_dict()
    {'month': 12, 'quarter': 4}
    """
    spans = _spans(int(warnings["month"].max()) if len(warnings) else 0)
    rows = warnings.rename(columns={
        "executed": "executed_to_date", "phased": "phased_to_date", "progress": "progress_to_date",
    }).merge(spans, on="month", how="inner", validate="many_to_many")  # fmt: skip
    this, last = (_by_month(inputs.rows_of_year(inputs.monthly, offset)) for offset in (0, -1))
    january = pd.Series(1, rows.index)
    adjusted = _adjusted(inputs, rows)
    twelfths = amounts(
        divide(integers(adjusted * rows["months"]), MONTHS), rows.index, adjusted.isna()
    )
    executed, previous = (_sum(of, "executed", rows, rows["first"]) for of in (this, last))
    phased = _sum(this, "phased_budget", rows, rows["first"]).fillna(twelfths)
    before = _sum(last, "executed", rows, january)
    growth, growth_reason = _growth(executed, previous)
    forecast = _forecast(rows, adjusted, rules)
    reviewed = rows.assign(
        executed=executed,
        phased=phased,
        progress=_ratio(executed, phased),
        deviation=executed - phased,
        previous=previous,
        growth=growth,
        deviation_to_date=rows["executed_to_date"] - rows["phased_to_date"],
        previous_to_date=before,
        growth_to_date=_growth(rows["executed_to_date"], before)[0],
        growth_reason=growth_reason,
        forecast=forecast,
        forecast_rate=_ratio(forecast, adjusted),
        forecast_reason=case_when({
            "": forecast.notna(), "no_budget": adjusted.isna(),
            "no_progress": pd.Series(True, rows.index),
        }),
    )  # fmt: skip
    keys = [*KEYS, "span", "number"]
    return reviewed.sort_values(keys, ignore_index=True)[list(FRAMES["periods"])]


def _spans(latest: int) -> pd.DataFrame:
    """Return first and last month of each month and quarter up to the latest month."""
    months = [("month", number, number, number) for number in range(1, latest + 1)]
    quarters = [
        ("quarter", first // QUARTER + 1, first, min(first + QUARTER - 1, latest))
        for first in range(1, latest + 1, QUARTER)
    ]
    frame = pd.DataFrame([*months, *quarters], columns=["span", "number", "first", "month"])
    frame = frame.astype({"number": "int64", "first": "int64", "month": "Int64"})
    return frame.assign(months=(frame["month"] - frame["first"] + 1).astype("int64"))


def _by_month(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a year by unit, scheme and month."""
    return rows.set_index([*KEYS, "month"])[["executed", "phased_budget"]]


def _sum(by_month: pd.DataFrame, column: str, rows: pd.DataFrame, first: pd.Series) -> pd.Series:
    """Add up the months of each row's period from `first` on; missing if one of them is."""
    total, whole = pd.Series(0, rows.index, dtype="Int64"), pd.Series(True, rows.index)
    known = by_month[column]
    for month in range(1, MONTHS + 1):
        within = (first <= month) & (rows["month"].astype("int64") >= month)
        keys = pd.MultiIndex.from_arrays([*(rows[key] for key in KEYS), np.full(len(rows), month)])
        figure = known.reindex(keys).set_axis(rows.index)
        whole &= ~within | figure.notna()
        total += figure.fillna(0).where(within, 0)
    return total.mask(~whole)


def _adjusted(inputs: Inputs, rows: pd.DataFrame) -> pd.Series:
    """Return the adjusted budget of the year of each row's unit and scheme."""
    return inputs.look_up(inputs.budgets, "adjusted", rows)


def _ratio(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    whole = denominator.astype("float64")
    return numerator.astype("float64") / whole.where(whole > 0)


def _growth(now: pd.Series, before: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the growth on the same months of the year before, or why there is none."""
    growth = _ratio(now, before) - 1
    reason = case_when({
        "": growth.notna(), "missing_numerator": now.isna(), "no_previous_year": before.isna(),
        "zero_denominator": pd.Series(True, now.index),
    })  # fmt: skip
    return growth, reason


def _forecast(rows: pd.DataFrame, adjusted: pd.Series, rules: Rules) -> pd.Series:
    """Return what the year will come to by the policy's rule, in 分; missing if unknown."""
    executed, phased = rows["executed_to_date"], rows["phased_to_date"]
    if rules.value("year_end_forecast") == "plan":
        return executed + adjusted - phased
    return multiply(adjusted, rows["progress_to_date"])
