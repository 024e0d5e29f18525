"""How the values of an indicator in groups of a unit came about: cells, sums, limit."""

from __future__ import annotations

from fundeval.indicator_registry import FORMULAS, Definition, plain
from fundeval.report.sections.group_values import group_name, judged_in_words
from fundeval.report.text.explain import cite_declared, cite_parameters, state_value, sum_level
from fundeval.report.unit_view import View
from fundeval.results.rows import GroupValueRow

CONCEALED = ("few_cases", "cases_unknown")


def explain_groups(view: View, indicator: str) -> list[str]:
    """Return the derivation of an indicator in each group and scheme, those beyond first.

    The rows of the group with file and row, the value and how it stands to its limit; at the end
    the formula and the parameters, each with its source. Rows of so few cases that they are not
    disclosed are left out.
    """
    definition = view.policy.grouped[indicator]
    rows = view.own(GroupValueRow, indicator=indicator)
    lines = [f"{view.messages.indicator(indicator)} ({indicator})"]
    for row in sorted(rows, key=lambda row: not row.beyond):
        name = group_name(view, definition.by, row.group, row.group_name)
        scheme = view.messages.code("scheme.", row.scheme)
        lines.append(view.messages.say("explain.of_group", name=name, scheme=scheme))
        if row.reason not in CONCEALED:
            lines += _inputs(view, definition, row)
        lines.append(state_value(view, row))
        if definition.side and row.value is not None:
            lines.append(f"  {judged_in_words(view, row)}")
    return [*lines, *cite_declared(view, indicator), *cite_parameters(view, indicator)]


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
