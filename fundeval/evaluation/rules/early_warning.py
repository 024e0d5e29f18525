"""Early warning within the year: execution against the phased budget, and daily purchases (R13)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.typing import SeriesGroupBy

from fundeval.evaluation.inputs import KEY, MONTHS, Inputs, case_when
from fundeval.evaluation.scoring.bands import find_bands
from fundeval.money import amounts, divide, integers, to_yuan
from fundeval.policy import Rules
from fundeval.results.frames import FRAMES
from fundeval.tables.schemas import ALL_SCHEMES


def judge_warnings(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Judge progress within the year against the phased budget, and daily purchases (R13).

    Every month up to the latest in the data gets a row, so that who stops reporting is
    undetermined. A row without month is the rule on purchases: a supplied measure stands for
    the year, not for a month.

    Parameters
    ----------
    inputs
        The tables of the data set, prepared for the evaluated year.
    rules
        The policy in force.

    Returns
    -------
    pandas.DataFrame
        One row for each unit, scheme and month; columns as `FRAMES["warnings"]`. `executed` and
        `phased` are sums from January in 元, `progress` is their ratio, `level` is none, blue,
        yellow, red or undetermined.

    Examples
    --------
    >>> import datetime as dt
    >>> from fundeval import policy, tables
    >>> from fundeval.evaluation.inputs import prepare
    >>> inputs = prepare(tables.load("sample:city"), 2024)
    >>> rules = policy.load("national").on(dt.date(2024, 12, 31))
    >>> judge_warnings(inputs, rules).loc[0, ["unit_id", "scheme", "level"]].tolist()
    ['990100', 'employee', 'none']
    """
    frames = [_against_phased_budget(inputs, rules), _on_purchases(inputs, rules)]
    frame = pd.concat(frames, ignore_index=True).astype({"month": "Int64"})
    frame = frame[frame["unit_id"].isin(inputs.units["unit_id"])].assign(year=inputs.year)
    frame = frame.sort_values(["unit_id", "scheme", "month"], ignore_index=True)
    return frame[list(FRAMES["warnings"])]


def _against_phased_budget(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Judge progress: executed to date / phased budget to date, both from January.

    Where a phased budget is missing, twelfths of the adjusted budget stand in for all of it.
    """
    frame = _months(inputs)
    whole = frame.groupby(["unit_id", "scheme"])
    reported = whole["reported"].cummin()
    executed = _to_date(whole["executed"])
    stated = _to_date(whole["phased_budget"])
    twelfths = divide(integers(frame["adjusted"] * frame["month"]), MONTHS)
    unknown = frame["adjusted"].isna() | ~reported
    phased = stated.fillna(amounts(twelfths, frame.index, unknown))
    executed, phased = to_yuan(executed), to_yuan(phased)
    progress = executed / phased.where(phased > 0)
    level = find_bands(progress, rules.value("warning_bands"))
    reason = case_when(
        {
            "month_missing": ~reported,
            "missing_numerator": executed.isna(),
            "no_budget": phased.isna(),
            "zero_denominator": phased <= 0,
            "no_band": level.isna(),
            "twelfths": stated.isna(),
        }
    )
    return frame.assign(
        executed=executed, phased=phased, progress=progress,
        level=level.fillna("undetermined"), reason=reason,
    )  # fmt: skip


def _to_date(months: SeriesGroupBy[Any, Any]) -> pd.Series:
    """Add up the months from January, missing from the first missing month on."""
    known = months.transform(lambda amounts: amounts.notna().cummin())
    return months.cumsum().where(known)


def _months(inputs: Inputs) -> pd.DataFrame:
    """Return unit, scheme and month with the row of `monthly`, `reported`, adjusted budget."""
    rows = inputs.rows_of_year(inputs.monthly).assign(reported=True)
    months = pd.DataFrame({"month": np.arange(1, max(rows["month"], default=0) + 1)})
    grid = rows[KEY].drop_duplicates().merge(months, how="cross")
    frame = grid.merge(rows, on=[*KEY, "month"], how="left", validate="one_to_one")
    budgets = inputs.budgets[[*KEY, "adjusted"]]
    frame = frame.merge(budgets, on=KEY, how="left", validate="many_to_one")
    return frame.assign(reported=frame["reported"].notna()).sort_values([*KEY, "month"])


def _on_purchases(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Judge daily purchases of drugs and consumables as a share of their threshold."""
    measures = inputs.rows_of_year(inputs.measures)
    rows = measures[measures["measure"] == rules.value("purchase_measure")]
    unknown, over = rows["value"].isna(), rows["value"] > rules.value("purchase_warning")
    judged: pd.DataFrame = rows[["unit_id"]].assign(
        scheme=ALL_SCHEMES,
        progress=rows["value"],
        level=case_when({"undetermined": unknown, "yellow": over}, "none"),
        reason=case_when({"no_data": unknown, "purchase": over}),
    )
    return judged
