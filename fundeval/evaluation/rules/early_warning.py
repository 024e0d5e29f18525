"""Early warning within the year: execution against the phased budget (R13)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.arrays import Truths
from fundeval.evaluation.cells import as_texts, is_among, ratio
from fundeval.evaluation.inputs import MONTHS, Inputs, case_when
from fundeval.evaluation.scoring.bands import find_bands
from fundeval.money import amounts, divide, integers, to_yuan
from fundeval.policy import Rules


def judge_warnings(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Judge progress within the year against the phased budget (R13).

    Every month up to the latest in the data gets a row, so that who stops reporting is
    undetermined. `executed` and `phased` are sums from January, `progress` is their ratio. Where a
    phased budget is missing, twelfths of the adjusted budget stand in for all of it.

    Examples
    --------
    >>> from fundeval import evaluation, policy, tables
    >>> city, rules = tables.load("sample:city"), policy.load("national")
    >>> warnings = evaluation.evaluate(city, rules, 2024).warnings
    >>> warnings.loc[0, ["unit_id", "scheme", "level"]].tolist()
    ['990100', 'employee', 'none']
    """
    rows = inputs.rows_of_year(inputs.monthly)
    months = max(rows["month"], default=1)
    # A row for each unit and scheme, a column for each month, written one after the other.
    cells, row = np.unique(inputs.cells.of(rows), return_inverse=True)
    place = row * months + rows["month"].to_numpy() - 1
    grid = pd.RangeIndex(len(cells) * months)
    cell, month = cells.repeat(months), pd.Series(np.tile(np.arange(1, months + 1), len(cells)))
    reported = _ever_since(grid.isin(place), months)
    executed, stated = (
        _to_date(rows[column].set_axis(place).reindex(grid), months)
        for column in ("executed", "phased_budget")
    )
    adjusted = inputs.budgets["adjusted"].set_axis(inputs.cells.of(inputs.budgets))
    adjusted = adjusted.reindex(cell).set_axis(grid)
    twelfths = divide(integers(adjusted * month), MONTHS)
    phased = stated.fillna(amounts(twelfths, grid, adjusted.isna() | ~reported))
    whole = to_yuan(phased)
    progress = ratio(to_yuan(executed), whole)
    level = find_bands(progress, rules.value("warning_bands"))
    reason = case_when(
        month_missing=pd.Series(~reported),
        missing_numerator=executed.isna(),
        no_budget=phased.isna(),
        zero_denominator=whole <= 0,
        no_band=level.isna(),
        twelfths=stated.isna(),
    )
    frame = as_texts(inputs.cells.keys(cell)).assign(
        month=month.astype("Int64"), executed=executed, phased=phased, progress=progress,
        level=level.fillna("undetermined"), reason=reason,
    )  # fmt: skip
    frame = frame[is_among(frame["unit_id"], inputs.units["unit_id"])]
    return frame.sort_values(["unit_id", "scheme", "month"], ignore_index=True)


def _ever_since(holds: Truths, months: int) -> Truths:
    """Tell for each month whether something held in every month from January on."""
    since: Truths = np.logical_and.accumulate(holds.reshape(-1, months), axis=1).ravel()
    return since


def _to_date(figures: pd.Series, months: int) -> pd.Series:
    """Add up the months from January, missing from the first missing month on."""
    sums = figures.fillna(0).to_numpy("int64").reshape(-1, months).cumsum(axis=1)
    known = _ever_since(figures.notna().to_numpy(), months)
    return amounts(sums.ravel(), figures.index, pd.Series(~known))
