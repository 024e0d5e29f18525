"""Compute all indicators of the registry, for all units, schemes and years at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from fundeval.arrays import Array, Floats, Whole, coded, first_case
from fundeval.evaluation.cells import Cells, is_among, positions
from fundeval.evaluation.figures import spread
from fundeval.evaluation.indicators.aggregates import Sums
from fundeval.evaluation.indicators.formulas import (
    DECIMALS,
    REASON,
    REASONS,
    Parts,
    Values,
    compare_years,
    level,
)
from fundeval.evaluation.indicators.intervals import bounds
from fundeval.evaluation.inputs import KEY, Inputs
from fundeval.indicator_registry import Definition
from fundeval.policy import Rules
from fundeval.problems import BadInputError, Problem
from fundeval.results.frames import FRAMES
from fundeval.tables.schemas import ALL_SCHEMES

STATUS = {"ok": 0, "not_judged": 1, "uncertain": 2}


class Rows(NamedTuple):
    """Rows of the frame `indicators` as arrays; an indicator, a status, a reason by its number."""

    indicator: Array
    cell: Array
    value: Array
    low: Array
    high: Array
    numerator: Array
    denominator: Array
    adjusted_by: Array
    status: Array
    reason: Array


def compute_indicators(inputs: Inputs, sums: Sums, rules: Rules) -> pd.DataFrame:
    """Compute all indicators of the registry: a value, or the reason why there is none.

    One row for each unit, indicator, year and scheme; every unit that exists in the evaluated year
    has at least one row of that year for each indicator of its kind. `status`: a value of part of a
    year is shown but not judged, one from a small volume is uncertain. `low` and `high` bound what
    chance may explain. The registry names the rule of each indicator. Ids, schemes, statuses and
    reasons are categories, since there may be millions of rows; money is in 元.

    Examples
    --------
    >>> from fundeval import evaluation, policy, tables
    >>> city, rules = tables.load("sample:city"), policy.load("national")
    >>> rates = evaluation.evaluate(city, rules, 2024).indicators
    >>> rates = rates.set_index(["unit_id", "indicator", "year", "scheme"])["value"]
    >>> float(rates["990100", "execution_rate", 2024, "all"].round(4))
    0.96
    """
    names = pd.Index(sorted({*rules.definitions} | {*inputs.measures["measure"]}), dtype="str")
    number = {name: place for place, name in enumerate(names)}
    least = minimum_volumes(inputs.cells, inputs, rules.value("minimum_volume"))
    parts = [
        judge_values(
            number[definition.id], values, *bounds(definition, values, rules), least(values.cell)
        )
        for definition, values in all_values(
            sums, inputs, rules.definitions.values(), known_adjustments(inputs)
        )
    ]
    # They take as much memory as the indicators.
    sums.known.clear()
    parts.append(_supplied_measures(names, inputs, rules))
    parts.append(_gaps(parts, number, inputs, rules))
    order = _by_unit_and_indicator(parts, len(names), inputs.cells)
    held = dict(zip(Rows._fields, zip(*parts, strict=True), strict=True))
    parts.clear()
    # One column after the other, its parts given up: there may be millions of rows.
    columns: dict[str, Any] = {name: np.concatenate(held.pop(name))[order] for name in Rows._fields}
    keys = inputs.cells.keys(columns["cell"])
    columns |= {key: keys[key].array for key in KEY}
    for column, texts in (("indicator", names), ("status", STATUS), ("reason", REASONS)):
        columns[column] = coded(columns[column], texts)
    return pd.DataFrame({name: columns[name] for name in FRAMES["indicators"]}, copy=False)


def _by_unit_and_indicator(parts: list[Rows], indicators: int, cells: Cells) -> Whole:
    """Return the order of all rows by unit, indicator, year and scheme."""
    of_a_unit = cells.years * len(cells.schemes)
    places = []
    for part in parts:
        unit, within = np.divmod(part.cell, of_a_unit)
        places.append((unit * indicators + part.indicator) * of_a_unit + within)
    order: Whole = np.argsort(np.concatenate(places), kind="stable")
    return order


def known_adjustments(inputs: Inputs) -> dict[str, Floats]:
    """Return CPI and GDP growth, its own or of its region, a row a unit, a column a year."""
    return {name: inputs.inherit(inputs.stated(name)) for name in ("cpi", "gdp_growth")}


def all_values(
    sums: Sums,
    inputs: Inputs,
    definitions: Collection[Definition],
    adjustments: Mapping[str, Floats],
) -> Iterator[tuple[Definition, Values]]:
    """Yield indicators, of one year or compared with the year before, for each cell.

    Those that no row is for are left out.
    """
    year = len(inputs.cells.schemes)
    flat = {name: figures.ravel() for name, figures in adjustments.items()}
    # Level by level: each is held only while what is compared of it is made.
    for one in definitions:
        if one.of or not len(sums.tables[(one.denominator or one.sums[0]).table]):
            continue
        of = _level(one, sums, inputs)
        for definition in definitions if len(of.cell) else ():
            if (definition.of or definition.id) != one.id:
                continue
            if definition.is_level:
                yield definition, of
            else:
                known = {name: growth[of.cell // year] for name, growth in flat.items()}
                yield definition, compare_years(definition, of, year, known)


def _level(definition: Definition, sums: Sums, inputs: Inputs) -> Values:
    """Return numerator over denominator, a total over 1, of the kinds of unit it is for."""
    part, by_scheme, cells = definition.numerator, definition.by_scheme, inputs.cells
    assert part is not None
    whole = definition.denominator or part
    rows = sums.rows(whole, by_scheme)
    rows = rows[inputs.of_kinds(definition.kinds)[cells.unit_of(rows.index.to_numpy())]]
    cell = rows.index.to_numpy()
    nothing = pd.Series(np.nan, rows.index)
    parts = Parts(
        cell=cell,
        numerator=sums.total(part, by_scheme).reindex(cell).to_numpy(),
        denominator=sums.denominators(definition, cell),
        volume=rows.get(definition.volume, nothing).to_numpy("float64"),
        basis=rows["basis"].to_numpy(),
        months=inputs.months[cell // len(cells.schemes)],
    )
    return level(parts, floored=definition.formula == "floored_ratio")


def minimum_volumes(cells: Cells, inputs: Inputs, value: Any) -> Callable[[Whole], Floats]:
    """Return how to find the volume of each cell below which a value is not judged."""
    units = inputs.with_kinds(pd.DataFrame({"unit_id": cells.units}))
    least = np.column_stack([spread(value, units.assign(scheme=s)) for s in cells.schemes])
    return lambda cell: least[cells.unit_of(cell), cell % len(cells.schemes)]


def judge_values(indicator: int, values: Values, low: Floats, high: Floats, least: Floats) -> Rows:
    """Say what a value may be used for: of part of a year or a small volume it is not judged."""
    valued = ~np.isnan(values.value)
    part_year = valued & (values.months > 0)
    before = np.where(values.volume_before > 0, values.volume_before, np.nan)
    small = np.fmin(values.volume, before) < least
    small &= valued & ~part_year
    doubt = first_case({"part_year": part_year, "small_volume": small}, REASON)
    return Rows(
        np.full(len(valued), indicator, "int32"), values.cell, values.value, low, high,
        values.numerator, values.denominator, values.adjusted_by,
        status=first_case({"not_judged": ~valued | part_year, "uncertain": small}, STATUS, "ok"),
        reason=np.where(doubt > 0, doubt, values.reason),
    )  # fmt: skip


def _supplied_measures(names: pd.Index, inputs: Inputs, rules: Rules) -> Rows:
    """Return the supplied measures as indicators, each under its own name."""
    measures = inputs.measures[inputs.measures["year"] <= inputs.year]
    if len(taken := measures.loc[measures["measure"].isin(rules.definitions), "measure"]):
        raise BadInputError([Problem("tables.measure_computed", "measures", value=taken.iloc[0])])
    measures = measures[is_among(measures["unit_id"], inputs.units["unit_id"])]
    cell = inputs.cells.of(measures.assign(scheme=ALL_SCHEMES))
    values = measures["value"].round(DECIMALS).to_numpy()
    nothing, missing = np.full(len(cell), np.nan), np.isnan(values)
    part_year = ~missing & (inputs.months[cell // len(inputs.cells.schemes)] > 0)
    return Rows(
        positions(measures["measure"], names), cell, values, nothing, nothing, values,
        measures["baseline"].to_numpy(), nothing,
        status=first_case({"not_judged": missing | part_year}, STATUS, "ok"),
        reason=first_case({"not_supplied": missing, "part_year": part_year}, REASON),
    )  # fmt: skip


def _gaps(parts: list[Rows], number: dict[str, int], inputs: Inputs, rules: Rules) -> Rows:
    """Return a row with the reason `no_data` where a unit has none for an indicator."""
    cells = inputs.cells
    missing = np.zeros((len(cells.units), len(number)), "bool")
    for definition in rules.definitions.values():
        missing[:, number[definition.id]] = inputs.of_kinds(definition.kinds)
    for part in parts:
        now = cells.year_of(part.cell) == inputs.year
        missing[cells.unit_of(part.cell[now]), part.indicator[now]] = False
    unit, indicator = np.nonzero(missing)
    nothing = [np.full(len(unit), np.nan)] * 6
    codes = [np.full(len(unit), code) for code in (STATUS["not_judged"], REASON["no_data"])]
    return Rows(indicator, cells.at(unit, inputs.year), *nothing, *codes)
