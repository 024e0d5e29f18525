"""How the values of an indicator in groups of a unit came about: cells, sums, limit."""

from __future__ import annotations

from fundeval.indicator_columns import columns_that_add_up
from fundeval.indicator_registry import FORMULAS, Definition, plain
from fundeval.report.sections.group_values import (
    CONCEALED,
    disclosed,
    group_name,
    judged_in_words,
)
from fundeval.report.text.explain import (
    cite_declared,
    cite_parameters,
    state_value,
    sum_level,
    summed_rows,
)
from fundeval.report.unit_view import View
from fundeval.results.rows import GroupValueRow


def explain_groups(view: View, indicator: str) -> list[str]:
    """Return the derivation of an indicator in each group and scheme, those beyond first.

    The rows of the group with file and row, the value and how it stands to its limit; at the end
    the formula and the parameters, each with its source. Where a sum holds a row of so few cases
    that it is not disclosed, rows and sums are left out.
    """
    definition = view.policy.grouped[indicator]
    rows = disclosed(view.own(GroupValueRow, indicator=indicator))
    lines = [view.messages.indicator(indicator)]
    for row in sorted(rows, key=lambda row: not row.beyond):
        name = group_name(view, definition.by, row.group, row.group_name)
        scheme = view.messages.code("scheme.", row.scheme)
        lines.append(view.messages.say("explain.of_group", name=name, scheme=scheme))
        lines += _value(view, definition, row)
        if definition.side and row.value is not None:
            lines.append(f"  {judged_in_words(view, row)}")
    return [*lines, *cite_declared(view, indicator), *cite_parameters(view, indicator)]


def _value(view: View, definition: Definition, row: GroupValueRow) -> list[str]:
    """Return the value with what it rests on, or without where that would tell of few cases."""
    if row.reason in CONCEALED:
        return [state_value(view, row)]
    if not _tells_of_few(view, definition, row):
        return [*_inputs(view, definition, row), state_value(view, row)]
    value = view.numbers.indicator(row.indicator, row.value)
    told = value if row.value is not None else view.messages.cannot(row.reason)
    name = view.messages.indicator(row.indicator)
    return [view.messages.say("explain.few_rows"), f"{name} {row.year}: {told}"]


def _tells_of_few(view: View, definition: Definition, row: GroupValueRow) -> bool:
    """Tell whether a row that a value rests on is of too few cases, or of nobody knows how many."""
    level, least = definition.level(view.policy.grouped), view.policy.limit("minimum_disclosed")
    for place, amount in enumerate(level.sums):
        counted = level.volume or amount.plus[0]
        if columns_that_add_up(amount.table)[counted]:
            continue
        group = {} if place and level.of_all_groups else {level.by: row.group}
        for year in (row.year,) if definition.is_level else (row.year, row.year - 1):
            rows = summed_rows(view, amount, row.scheme, year, group)
            cases = [getattr(each, counted) for each in rows]
            if any(count is None or 0 < count < least for count in cases):
                return True
    return False


def _inputs(view: View, definition: Definition, row: GroupValueRow) -> list[str]:
    """Return the rows of the group, their sums, and the levels of two years that are compared."""
    level = definition.level(view.policy.grouped)
    if definition.is_level:
        # The rows of a share are among those of its whole.
        return list(dict.fromkeys(sum_level(view, level, row.scheme, row.year, row.group)[0]))
    lines = list[str]()
    for year, value in ((row.year, row.numerator), (row.year - 1, row.denominator)):
        summed, sums = sum_level(view, level, row.scheme, year, row.group)
        lines += summed
        if value is not None and level.denominator:
            shown = FORMULAS[level.formula].format(n=plain(sums[0]), d=plain(sums[-1]))
            lines.append(f"{view.messages.indicator(level.id)} {year}: {shown} = {plain(value)}")
    return lines
