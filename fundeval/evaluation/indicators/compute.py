"""Compute all indicators of the registry, for all units, schemes and years at once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluation.indicators.aggregates import Sums
from fundeval.evaluation.indicators.formulas import (
    DECIMALS,
    compare_years,
    compute_levels,
    join_previous_year,
)
from fundeval.evaluation.indicators.intervals import add_intervals
from fundeval.evaluation.inputs import KEY, Inputs, case_when, inherit_from_ancestors
from fundeval.indicator_registry import DEFINITIONS, Definition
from fundeval.policy import Rules
from fundeval.results.frames import FRAMES
from fundeval.tables.schemas import ALL_SCHEMES


def compute_indicators(inputs: Inputs, sums: Sums, rules: Rules) -> pd.DataFrame:
    """Compute all indicators of the registry: a value, or the reason why there is none.

    Parameters
    ----------
    inputs
        The tables of the data set, prepared for the evaluated year.
    sums
        The sums over them, as `prepare_sums` returns it.
    rules
        The policy in force: minimum volume, bounds of intervals, levels of primary care.

    Returns
    -------
    pandas.DataFrame
        One row for each unit, indicator, year and scheme; columns as `FRAMES["indicators"]`.
        Rates are fractions, money is in 元. Every unit that exists in the evaluated year has at
        least one row of that year for each indicator of its kind. `status`: a value of part of a
        year is shown but not judged, one from a small volume is uncertain. `low` and `high`
        bound what chance may explain. The registry names the rule of each indicator.

    Examples
    --------
    >>> import datetime as dt
    >>> from fundeval import policy, tables
    >>> from fundeval.evaluation.inputs import prepare
    >>> from fundeval.evaluation.indicators.aggregates import prepare_sums
    >>> inputs = prepare(tables.load("sample:city"), 2024)
    >>> rules = policy.load("national").on(dt.date(2024, 12, 31))
    >>> found = compute_indicators(inputs, prepare_sums(inputs, rules), rules)
    >>> found = found.set_index(["unit_id", "indicator", "year", "scheme"]).sort_index()
    >>> float(found.loc[("990100", "execution_rate", 2024, "all"), "value"].round(4))
    0.96
    """
    levels = _all_levels(sums, inputs)
    frames = [levels, *_all_comparisons(levels, inputs), _supplied_measures(inputs)]
    frame = add_intervals(pd.concat(frames, ignore_index=True), rules)
    frame = pd.concat([frame, _rows_without_data(frame, inputs)], ignore_index=True)
    frame = _add_status(frame, rules.value("minimum_volume"))
    order = ["unit_id", "indicator", "year", "scheme"]
    return frame[list(FRAMES["indicators"])].sort_values(order, ignore_index=True)


def _all_levels(sums: Sums, inputs: Inputs) -> pd.DataFrame:
    """Return the indicators of one year, each of the kinds of unit that it is for."""
    levels = [
        _numerators_and_denominators(definition, sums)
        for definition in DEFINITIONS
        if not definition.of
    ]
    frame = inputs.join_months(pd.concat(levels, ignore_index=True))
    floored = [d.id for d in DEFINITIONS if d.formula == "floored_ratio"]
    return compute_levels(frame, frame["indicator"].isin(floored))


def _numerators_and_denominators(definition: Definition, sums: Sums) -> pd.DataFrame:
    """Return numerator and denominator by unit, year and scheme; a total is over 1."""
    part, by_scheme = definition.numerator, definition.by_scheme
    assert part is not None
    whole = definition.denominator or part
    rows, of_part = sums.rows(whole, by_scheme), sums.rows(part, by_scheme)
    frame = rows[[*KEY, "basis", "kind"]].assign(
        indicator=definition.id,
        denominator=sums.total(whole, by_scheme) if definition.denominator else 1.0,
        volume=rows[definition.volume] if definition.volume else np.nan,
    )
    numerator = sums.total(part, by_scheme)
    if of_part is rows:
        frame = frame.assign(numerator=numerator)
    else:
        frame = frame.merge(
            of_part[KEY].assign(numerator=numerator), on=KEY, how="left", validate="one_to_one"
        )
    return frame[frame["kind"].isin(definition.kinds)]


def _all_comparisons(levels: pd.DataFrame, inputs: Inputs) -> list[pd.DataFrame]:
    """Return the indicators that compare a level with the year before."""
    compared = [d for d in DEFINITIONS if d.of]
    pairs = join_previous_year(levels[levels["indicator"].isin([d.of for d in compared])])
    pairs = pairs.merge(
        _cpi_and_gdp_growth(inputs), on=["unit_id", "year"], how="left", validate="many_to_one"
    )
    return [
        compare_years(pairs[pairs["indicator"] == d.of], d.formula).assign(indicator=d.id)
        for d in compared
    ]


def _cpi_and_gdp_growth(inputs: Inputs) -> pd.DataFrame:
    """Return CPI and GDP growth of each unit and year, its own or of its region."""
    rows = inputs.context[inputs.context["scheme"] == ALL_SCHEMES]
    rows = rows[["unit_id", "year", "cpi", "gdp_growth"]]
    years = [rows.iloc[:0]]
    for year, of_year in rows.groupby("year"):
        known = of_year.set_index("unit_id")
        found = pd.DataFrame(
            {
                column: inherit_from_ancestors(inputs.units, known[column].dropna())
                for column in ("cpi", "gdp_growth")
            }
        )
        years.append(found.rename_axis("unit_id").assign(year=year).reset_index())
    return pd.concat(years)


def _supplied_measures(inputs: Inputs) -> pd.DataFrame:
    """Return the supplied measures as indicators, each under its own name."""
    measures = inputs.measures[inputs.measures["year"] <= inputs.year]
    measures = measures[measures["unit_id"].isin(inputs.units["unit_id"])]
    values = measures["value"].round(DECIMALS)
    return inputs.join_months(
        pd.DataFrame(
            {
                "unit_id": measures["unit_id"],
                "year": measures["year"],
                "scheme": ALL_SCHEMES,
                "indicator": measures["measure"],
                "value": values,
                "numerator": values,
                "denominator": measures["baseline"],
                "reason": case_when({"missing_numerator": values.isna()}),
            }
        )
    )


def _rows_without_data(frame: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Return a row with the reason `no_data` where a unit has none for an indicator."""
    asked = pd.DataFrame(
        [(kind, d.id) for d in DEFINITIONS for kind in d.kinds], columns=["kind", "indicator"]
    )
    expected = (
        inputs.units[["unit_id", "kind"]]
        .merge(asked, on="kind", validate="many_to_many")
        .drop(columns="kind")
    )
    present = inputs.rows_of_year(frame)[["unit_id", "indicator"]].drop_duplicates()
    keys = ["unit_id", "indicator"]
    gaps = expected.merge(present, on=keys, how="left", indicator=True, validate="one_to_one")
    gaps = gaps.loc[gaps["_merge"] == "left_only", ["unit_id", "indicator"]]
    return gaps.assign(year=inputs.year, scheme=ALL_SCHEMES, reason="no_data")


def _add_status(frame: pd.DataFrame, minimum_volume: int) -> pd.DataFrame:
    valued = frame["value"].notna()
    part_year = valued & frame["months"].fillna("").ne("")
    volume = frame[["volume", "volume_before"]].min(axis=1)
    small = valued & ~part_year & (volume < minimum_volume)
    doubt = case_when({"part_year": part_year, "small_volume": small})
    return frame.assign(
        status=case_when({"not_judged": ~valued | part_year, "uncertain": small}, "ok"),
        reason=frame["reason"].where(doubt == "", doubt),
    )
