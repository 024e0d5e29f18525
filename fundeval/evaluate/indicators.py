"""Compute all indicators of the registry, for all units, schemes and years at once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluate.formulas import DECIMALS, compare, level
from fundeval.evaluate.intervals import add_interval
from fundeval.evaluate.sums import Sums
from fundeval.evaluate.tables import ALL_SCHEMES, KEY, Inputs, from_ancestors, look_up
from fundeval.evaluation import FRAMES
from fundeval.policy import Rules
from fundeval.registry import DEFINITIONS, EVERY_KIND, REGISTRY, Definition


def compute_indicators(inputs: Inputs, sums: Sums, rules: Rules) -> pd.DataFrame:
    """Return all indicators of all units and years, a value or a reason in each row.

    Every unit that exists in the evaluated year has, for each indicator of its kind, at
    least one row of that year. A value of part of a year is shown but not judged; one from
    a small volume is uncertain. `low` and `high` bound what chance may explain.
    """
    context = _context(inputs)
    levels = {d.id: _level(d, sums, inputs) for d in DEFINITIONS if not d.of}
    frames = []
    for definition in DEFINITIONS:
        frame = levels.get(definition.id)
        if frame is None:
            frame = compare(levels[definition.of], definition.form, context)
        frames.append(add_interval(frame, definition, rules).assign(indicator=definition.id))
    frame = pd.concat([*frames, _supplied(inputs)], ignore_index=True)
    frame = _of_applicable_kinds(frame, inputs.units)
    frame = _with_gaps(frame, inputs)
    frame = _with_status(frame, inputs.part_years, rules.value("minimum_volume"))
    order = ["unit_id", "indicator", "year", "scheme"]
    return frame[list(FRAMES["indicators"])].sort_values(order, ignore_index=True)


def _level(definition: Definition, sums: Sums, inputs: Inputs) -> pd.DataFrame:
    """Return a level with the months that each year covers: `compare` looks at them."""
    numerator, denominator = definition.numerator, definition.denominator
    whole = denominator or numerator
    assert numerator is not None
    assert whole is not None
    frame = sums.of(whole, definition.by_scheme).rename(columns={"sum": "denominator"})
    volume = definition.volume
    frame["volume"] = sums.column(whole, volume, definition.by_scheme) if volume else np.nan
    if denominator is None:
        frame["numerator"] = frame["denominator"]
    else:
        part = sums.of(numerator, definition.by_scheme).rename(columns={"sum": "numerator"})
        frame = frame.merge(part.drop(columns="basis"), on=KEY, how="left")
    frame = frame.merge(inputs.part_years, on=["unit_id", "year"], how="left")
    return level(frame.assign(months=frame["months"].fillna("")), definition.form)


def _context(inputs: Inputs) -> pd.DataFrame:
    """Return CPI and GDP growth of each unit and year, its own or of its region."""
    rows = inputs.context[inputs.context["scheme"] == ALL_SCHEMES]
    rows = rows[["unit_id", "year", "cpi", "gdp_growth"]]
    years = [rows.iloc[:0]]
    for year, of_year in rows.groupby("year"):
        known = of_year.set_index("unit_id")
        found = pd.DataFrame(
            {
                column: from_ancestors(inputs.units, known[column].dropna())
                for column in ("cpi", "gdp_growth")
            }
        )
        years.append(found.rename_axis("unit_id").assign(year=year).reset_index())
    return pd.concat(years)


def _supplied(inputs: Inputs) -> pd.DataFrame:
    """Return the supplied measures as indicators, each under its own name."""
    measures = inputs.measures[inputs.measures["year"] <= inputs.year]
    values = measures["value"].round(DECIMALS)
    return pd.DataFrame(
        {
            "unit_id": measures["unit_id"],
            "year": measures["year"],
            "scheme": ALL_SCHEMES,
            "indicator": measures["measure"],
            "value": values,
            "numerator": values,
            "denominator": measures["baseline"],
            **dict.fromkeys(("low", "high", "adjusted_by", "volume", "volume_before"), np.nan),
            "reason": np.where(values.isna(), "missing_numerator", ""),
        }
    )


def _of_applicable_kinds(frame: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    kinds = look_up(frame["unit_id"], units.set_index("unit_id")["kind"])
    applies = pd.Series(False, index=frame.index)
    for kind in EVERY_KIND:
        excluded = [d.id for d in DEFINITIONS if kind not in d.kinds]
        applies |= (kinds == kind) & ~frame["indicator"].isin(excluded)
    return frame[applies]


def _with_gaps(frame: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Add a row with the reason `no_data` where a unit has none for an indicator."""
    expected = pd.concat(
        inputs.units.loc[inputs.units["kind"].isin(d.kinds), ["unit_id"]].assign(indicator=d.id)
        for d in REGISTRY.values()
    )
    present = frame.loc[frame["year"] == inputs.year, ["unit_id", "indicator"]].drop_duplicates()
    gaps = expected.merge(present, how="left", indicator=True)
    gaps = gaps.loc[gaps["_merge"] == "left_only", ["unit_id", "indicator"]]
    gaps = gaps.assign(year=inputs.year, scheme=ALL_SCHEMES, reason="no_data")
    return pd.concat([frame, gaps], ignore_index=True)


def _with_status(
    frame: pd.DataFrame, part_years: pd.DataFrame, minimum_volume: int
) -> pd.DataFrame:
    frame = frame.drop(columns="months").merge(part_years, on=["unit_id", "year"], how="left")
    valued = frame["value"].notna()
    volume = frame[["volume", "volume_before"]].min(axis=1)
    part_year = valued & frame["months"].notna()
    small = valued & ~part_year & (volume < minimum_volume)
    frame["status"] = np.select(
        [~valued | part_year, small], ["not_judged", "uncertain"], default="ok"
    )
    frame["reason"] = np.select(
        [part_year, small], ["part_year", "small_volume"], default=frame["reason"].fillna("")
    )
    return frame
