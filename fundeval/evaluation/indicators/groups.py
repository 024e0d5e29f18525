"""Values by a further key within a unit: a disease group, a disease, a segment of the insured.

Each group of a unit is summed and compared as if it were a unit, by the same formulas.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from fundeval.arrays import Floats, Whole, find, places_of, read_each
from fundeval.evaluation.cells import Cells, positions
from fundeval.evaluation.figures import spread
from fundeval.evaluation.indicators.aggregates import Sums
from fundeval.evaluation.indicators.compute import (
    STATUS,
    all_values,
    judge_values,
    known_adjustments,
    minimum_volumes,
)
from fundeval.evaluation.indicators.formulas import REASONS, Values
from fundeval.evaluation.inputs import Inputs
from fundeval.indicator_columns import columns_that_add_up, summed_columns
from fundeval.indicator_registry import Definition
from fundeval.policy import Rules
from fundeval.policy.varying import OTHER
from fundeval.results.frames import FRAMES

# What is left out of a row that would tell too much of single persons.
CONCEALED = ["value", "previous", "numerator", "denominator"]


@dataclass
class GroupSums(Sums):
    """Sums of groups: `owner` is the place of the unit of each, `of_units` the sums of units."""

    owner: Whole = field(default_factory=lambda: np.empty(0, "int64"))
    of_units: Sums | None = None

    def denominators(self, definition: Definition, cell: Whole) -> Floats:
        """Return what an indicator divides by: of a share the sum over all groups of the unit."""
        if not definition.of_all_groups or self.of_units is None:
            return super().denominators(definition, cell)
        of_a_unit = self.cells.years * len(self.cells.schemes)
        above = self.owner[self.cells.unit_of(cell)] * of_a_unit + cell % of_a_unit
        return self.of_units.denominators(definition, above)


def judge_groups(inputs: Inputs, sums: Sums, rules: Rules) -> pd.DataFrame:
    """Compute what the policy declares by groups in the evaluated year, and judge it.

    One row for each unit, scheme, indicator and group that the table has. `previous` is the value
    of the year before. `beyond`: a judged value lies on the wrong side of the `threshold`. A value
    that rests on few cases (`minimum_group_volume`) is uncertain; one on fewer than may be
    disclosed (`minimum_disclosed`) is not given.

    Examples
    --------
    >>> from fundeval import evaluation, policy, tables
    >>> city, rules = tables.load("sample:city"), policy.load("national")
    >>> values = evaluation.evaluate(city, rules, 2024).group_values
    >>> values.query("indicator == 'disease_cost_growth' and beyond")["group"].unique().tolist()
    ['G02', 'G04']
    """
    grouped: dict[tuple[str, str], dict[str, Definition]] = {}
    for definition in rules.grouped.values():
        part = definition.level(rules.grouped).numerator
        assert part is not None
        grouped.setdefault((part.table, definition.by), {})[definition.id] = definition
    found = [
        _values_of_table(definitions, inputs, sums, rules)
        for (table, _), definitions in grouped.items()
        if len(sums.tables[table])
    ]
    frames = [frame for frame in found if len(frame)]
    columns = list(FRAMES["group_values"])
    if not frames:
        return pd.DataFrame(columns=columns)
    keys = ["unit_id", "indicator", "group", "scheme"]
    frame = pd.concat(frames).sort_values(keys, ignore_index=True)
    frame = _conceal(frame, rules)
    return _held_against_limits(inputs.with_kinds(frame), rules)[columns]


def _values_of_table(
    definitions: Mapping[str, Definition], inputs: Inputs, sums: Sums, rules: Rules
) -> pd.DataFrame:
    """Return the values of indicators that are all over one table and its column of groups."""
    first = next(iter(definitions.values())).level(rules.grouped)
    assert first.numerator is not None
    table, by = first.numerator.table, first.by
    rows = sums.tables[table]
    group, names = pd.factorize(rows[by].astype("str"), sort=True)
    # Each group of a unit is a unit by itself.
    pairs, of_rows = np.unique(
        positions(rows["unit_id"], inputs.cells.units) * len(names) + group, return_inverse=True
    )
    owner, groups = pairs // len(names), names.take(pairs % len(names))
    cells = replace(inputs.cells, units=pd.RangeIndex(len(pairs)))
    months = inputs.months.reshape(-1, cells.years)[owner].ravel()
    as_units = replace(inputs, cells=cells, kinds=inputs.kinds[owner], months=months)
    columns = summed_columns(definitions.values())
    own = rows.drop(columns="cell").assign(unit_id=of_rows)
    of_units = Sums({table: rows}, inputs.cells, rules, columns)
    of_groups = GroupSums({table: own}, cells, rules, columns, owner=owner, of_units=of_units)
    real = minimum_volumes(inputs.cells, inputs, rules.value("minimum_group_volume"))
    adjustments = {name: of[owner] for name, of in known_adjustments(inputs).items()}
    of_a_unit = cells.years * len(cells.schemes)
    frames = []
    for definition, values in all_values(of_groups, as_units, definitions.values(), adjustments):
        least = real(owner[cells.unit_of(values.cell)] * of_a_unit + values.cell % of_a_unit)
        level = definition.level(rules.grouped)
        frames.append(_in_year(definition, level, values, least, cells, inputs.year))
    if not frames:
        return pd.DataFrame()
    frame = pd.concat(frames, ignore_index=True)
    keys = cells.keys(frame.pop("cell").to_numpy("int64"))
    place = keys["unit_id"].to_numpy()
    called = _names(own.assign(unit_id=rows[by].astype("str")), f"{by}_name")
    titles = pd.Index([called.get(code, "") for code in groups], dtype="str")
    return frame.assign(
        unit_id=owner[place], year=keys["year"], scheme=keys["scheme"],
        group=groups.take(place).array, group_name=titles.take(place).array,
    )  # fmt: skip


def _names(rows: pd.DataFrame, column: str) -> Mapping[str, str]:
    """Return what each group is called in the latest year that says so."""
    if column not in rows:
        return {}
    told = rows.dropna(subset=column).sort_values(["year", column])
    return dict(zip(told["unit_id"], told[column], strict=True))


def _in_year(  # noqa: PLR0913, PLR0917
    definition: Definition,
    level: Definition,
    values: Values,
    least: Floats,
    cells: Cells,
    year: int,
) -> pd.DataFrame:
    """Return the judged values of a year, with `cases` and `cases_before` that they rest on.

    Where no volume is declared, a number of records or persons that is counted stands for it.
    """
    nothing = np.full(len(values.cell), np.nan)
    judged = judge_values(0, values, nothing, nothing, least)
    now = np.flatnonzero(cells.year_of(values.cell) == year)
    before = find(values.cell[now] - len(cells.schemes), values.cell)
    part = definition.numerator
    if level.volume:
        cases = values.volume
    elif part and not columns_that_add_up(part.table)[part.plus[0]]:
        cases = values.numerator
    else:
        # Nothing says how many there are, nor that there are few.
        cases = np.full(len(values.cell), np.inf)
    statuses, reasons = np.array(list(STATUS)), np.array(REASONS)
    previous, cases_before = (np.append(of, np.nan)[before] for of in (values.value, cases))
    return pd.DataFrame(
        {
            "cell": values.cell[now],
            "indicator": definition.id,
            "value": values.value[now],
            "previous": previous if definition.is_level else np.nan,
            "numerator": values.numerator[now],
            "denominator": values.denominator[now],
            "adjusted_by": values.adjusted_by[now],
            "status": statuses[judged.status[now]],
            "reason": reasons[judged.reason[now]],
            "cases": cases[now],
            "cases_before": cases_before,
        }
    )


def _conceal(frame: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Take out the figures of so few cases that they may tell of a person, of either year, or of
    nobody knows how many."""
    least, cases, earlier = rules.value("minimum_disclosed"), frame["cases"], frame["cases_before"]
    unknown = frame["value"].notna() & cases.isna()
    levels = [name for name, definition in rules.grouped.items() if definition.is_level]
    before = (earlier > 0) & (earlier < least)
    few = (cases > 0) & (cases < least) | (before & ~frame["indicator"].isin(levels)) | unknown
    frame = frame.assign(previous=frame["previous"].mask(before))
    hidden = frame[CONCEALED].mask(few)
    return frame.assign(
        **{name: hidden[name] for name in CONCEALED},
        status=frame["status"].mask(few, "not_judged"),
        reason=frame["reason"].mask(few, "few_cases").mask(unknown, "cases_unknown"),
    )


def _held_against_limits(frame: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Add the `threshold` of each row, and whether its judged value lies beyond it."""
    threshold, sign = np.full((2, len(frame)), np.nan)
    for name, places in places_of(frame["indicator"]):
        definition = rules.grouped[name]
        threshold[places] = _limits(definition, frame.take(places), rules)
        sign[places] = 1 if definition.side == "above" else -1
    beyond = (frame["value"] - threshold) * sign > 0
    return frame.assign(threshold=threshold, beyond=beyond & (frame["status"] == "ok"))


def _limits(definition: Definition, frame: pd.DataFrame, rules: Rules) -> Any:
    """Return the limit of each group: a number, one by kind of unit, or one by its code."""
    limit: Any = definition.limit
    if isinstance(limit, str):
        if rules.parameters[limit].unit_of_measure == "number_by_code":
            limits = rules.value(limit)
            return read_each(frame["group"], lambda code: limit_of(limits, code))
        limit = rules.value(limit)
    return np.nan if limit is None else spread(limit, frame)


def limit_of(limits: Mapping[str, float], code: str) -> float:
    """Return the limit of the longest key that a code begins with, else that of `other`.

    Examples
    --------
    >>> limit_of({"E11": 30, "other": 84}, "E11.9"), limit_of({"E11": 30, "other": 84}, "I10")
    (30, 84)
    """
    keys: Collection[str] = [key for key in limits if code.upper().startswith(key.upper())]
    return limits.get(max(keys, key=len, default=OTHER), np.nan)
