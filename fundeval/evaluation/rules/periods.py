"""Months and quarters: execution alone and to date, beside last year, and a forecast (R22)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.arrays import find
from fundeval.evaluation.cells import ratio
from fundeval.evaluation.inputs import MONTHS, Inputs, case_when
from fundeval.money import amounts, divide, integers, multiply
from fundeval.policy import Rules
from fundeval.results.frames import without_rows

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
    if warnings.empty:
        return without_rows("periods")
    spans = _spans(int(warnings["month"].max()))
    rows = warnings.rename(columns={
        "executed": "executed_to_date", "phased": "phased_to_date", "progress": "progress_to_date",
    }).merge(spans, on="month", how="inner", validate="many_to_many")  # fmt: skip
    adjusted = inputs.look_up(inputs.budgets, "adjusted", rows)
    executed, previous = (_between(inputs, "executed", rows, later) for later in (0, -1))
    phased = _phased(inputs, rows, adjusted)
    before = _between(inputs, "executed", rows.assign(first=1), -1)
    growth, growth_reason = _growth(executed, previous)
    to_date, to_date_reason = _growth(rows["executed_to_date"], before)
    forecast = _forecast(rows, adjusted, rules)
    reviewed = rows.assign(
        executed=executed,
        phased=phased,
        progress=ratio(executed, phased),
        deviation=executed - phased,
        previous=previous,
        growth=growth,
        deviation_to_date=rows["executed_to_date"] - rows["phased_to_date"],
        previous_to_date=before,
        growth_to_date=to_date,
        growth_reason=growth_reason,
        growth_to_date_reason=to_date_reason.mask(rows["executed_to_date"].isna(), rows["reason"]),
        forecast=forecast,
        forecast_rate=ratio(forecast, adjusted),
        forecast_reason=case_when({
            "": forecast.notna(), "no_budget": adjusted.isna(),
            "no_progress": pd.Series(True, rows.index),
        }),
    )  # fmt: skip
    keys = [*KEYS, "span", "number"]
    return reviewed.sort_values(keys, ignore_index=True)


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


def _between(inputs: Inputs, column: str, rows: pd.DataFrame, later: int) -> pd.Series:
    """Add up a column of `monthly` over the months `first` to `month` of each row, `later` years
    on; missing if one of them is."""
    table = inputs.monthly.dropna(subset=column)
    cells, row = np.unique(inputs.cells.of(table), return_inverse=True)
    sums, known = np.zeros((2, len(cells) + 1, MONTHS + 1), "int64")
    place = row, table["month"].to_numpy("int64")
    sums[place], known[place] = table[column].to_numpy("int64"), 1
    sums, known = sums.cumsum(axis=1), known.cumsum(axis=1)
    # A row that the table has no month of is at the end, where nothing is known.
    own = find(inputs.cells.of(rows.assign(year=rows["year"] + later)), cells)
    first, last = (rows[name].to_numpy("int64") for name in ("first", "month"))
    added, found = (table[own, last] - table[own, first - 1] for table in (sums, known))
    return amounts(added, rows.index, pd.Series(found < last - first + 1, rows.index))


def _phased(inputs: Inputs, rows: pd.DataFrame, adjusted: pd.Series) -> pd.Series:
    """Return the phased budget of each period alone: to date, less to date before it.

    So periods add up. Where a month was not reported there is none to date: then what is stated of
    the months of the period, else twelfths of the adjusted budget.
    """
    before, known = rows["first"] - 1, rows.set_index([*KEYS, "span", "month"])["phased_to_date"]
    of_months = known.xs("month", level="span")
    keys = pd.MultiIndex.from_arrays([*(rows[key] for key in KEYS), before.astype("Int64")])
    to_date = of_months.reindex(keys).set_axis(rows.index).mask(before == 0, 0)
    stated = _between(inputs, "phased_budget", rows, 0)
    twelfths, twelfths_before = (
        amounts(divide(integers(adjusted * month), MONTHS), rows.index, adjusted.isna())
        for month in (rows["month"], before)
    )
    alone = rows["phased_to_date"] - to_date
    return alone.fillna(stated).fillna(twelfths - twelfths_before)


def _growth(now: pd.Series, before: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the growth on the same months of the year before, or why there is none."""
    growth = ratio(now, before) - 1
    reason = case_when({
        "": growth.notna(), "missing_numerator": now.isna(), "no_previous_year": before.isna(),
        "negative_previous": (before < 0).fillna(False),
        "zero_denominator": pd.Series(True, now.index),
    })  # fmt: skip
    return growth, reason


def _forecast(rows: pd.DataFrame, adjusted: pd.Series, rules: Rules) -> pd.Series:
    """Return what the year will come to by the policy's rule, in 分; missing if unknown."""
    executed, phased = rows["executed_to_date"], rows["phased_to_date"]
    if rules.value("year_end_forecast") == "plan":
        return executed + adjusted - phased
    return multiply(adjusted, rows["progress_to_date"])
