"""The settled budgets of a unit and of those that it was settled with, for derivations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fundeval.policy.known import WITHHOLDING
from fundeval.policy.varying import CODES, OTHER, codes_in
from fundeval.report.format.parameter_values import value_in_words
from fundeval.report.text.arithmetic import number, to_fen
from fundeval.report.unit_view import R, View
from fundeval.results.frames import NO_GROUP
from fundeval.results.rows import AllocationRow


def label(view: View, step: str) -> str:
    """Name a step of the bridge."""
    return view.messages.step(step)


def of_scheme(view: View, kind: type[R], scheme: str, **equal: object) -> R | None:
    """Return the unit's row of a kind for a scheme, None if there is none."""
    return next(iter(view.own(kind, scheme=scheme, **equal)), None)


def parent_of(view: View, own: AllocationRow) -> AllocationRow | None:
    """Return how the parent's budget of the scheme was settled, None where it has none."""
    if own.parent_id is None:
        return None
    found = of_scheme(view.at(own.parent_id), AllocationRow, own.scheme)
    return found if found and found.next_budget is not None else None


def children_of(
    view: View, parent: str | None, scheme: str, kind: str | None = None
) -> list[AllocationRow]:
    """Return the settled budgets below a unit, of one kind or of all, in order of their ids."""
    rows = [row for row in view.under(parent) if row.scheme == scheme]
    made = [row for row in rows if row.next_budget is not None and kind in (None, row.kind)]
    return sorted(made, key=lambda row: str(row.unit_id))


def is_settled_by_result(own: AllocationRow) -> bool:
    """Tell whether a share of the budget was withheld and returned by result."""
    return own.balance_rule in WITHHOLDING and own.reason not in NO_GROUP


def siblings_of(view: View, own: AllocationRow) -> list[AllocationRow]:
    """Return the rows of the unit's kind, scheme and level under its parent, made or not."""
    rows = view.under(own.parent_id)
    rows = [row for row in rows if (row.kind, row.scheme) == (own.kind, own.scheme)]
    if view.policy.groups_by_level(own.kind):
        rows = [row for row in rows if (row.level or "") == (own.level or "")]
    return sorted(rows, key=lambda row: str(row.unit_id))


def group_of(view: View, own: AllocationRow) -> list[AllocationRow]:
    """Return the budgets of the unit's group, those left out too, in order of their ids."""
    rows = siblings_of(view, own)
    return [row for row in rows if row.next_budget is not None and is_settled_by_result(row)]


def base_to_share(parent: AllocationRow) -> int:
    """Return the base of a parent without what of it was retained of earlier years, in 分."""
    return to_fen(parent.base) - to_fen(parent.retained_in_base)


def sources(view: View, names: Iterable[str]) -> list[str]:
    """Return each parameter in words, with its value and where it comes from."""
    entries = [view.policy.parameters[name] for name in names if name in view.policy.parameters]
    language = view.messages.lang
    return [
        cite_rule(view, entry["description"][language], entry, _shown(view, entry))
        for entry in entries
    ]


def cite_rule(view: View, what: str, entry: dict[str, Any], value: str) -> str:
    """Return a rule in words, its value if that is one figure, its date and its source."""
    return view.messages.say(
        "explain.rule",
        what=f"{what}: {value}" if value else what,
        origin=entry["origin"],
        since=entry["since"],
        kind=view.messages.code("source.", entry["source"]["kind"]),
        cite=entry["source"]["cite"],
    )


def _shown(view: View, entry: Mapping[str, Any]) -> str:  # noqa: PLR0911
    """Write the value of a parameter, for the unit's kind where it has one for each kind.

    Choices are explained by the description, and told where they are used.
    """
    value = entry["value"]
    if entry["name"] == "growth_drivers":
        return value_in_words(view.messages, entry, view.unit.kind)
    if isinstance(value, dict) and view.unit.kind in value:
        value = value[view.unit.kind]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number(value)
    if not isinstance(value, dict):
        return ""
    if codes_in(value) & {*CODES} or OTHER in value:
        return view.messages.value(value)
    if points := value.get("points"):
        return view.messages.join(f"{number(x)} → {number(y)}" for x, y in points)
    grades = value.get("grades") or value
    return view.messages.join(
        f"{view.messages.code('grade.', grade)} → {number(share)}"
        for grade, share in grades.items()
    )
