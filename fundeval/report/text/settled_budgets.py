"""The settled budgets of a unit and of those that it was settled with, for derivations."""

from __future__ import annotations

from collections.abc import Iterable

from fundeval.policy.known import WITHHOLDING
from fundeval.report.text.arithmetic import to_fen
from fundeval.report.text.cited_rules import cite_entry
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
    """Return each parameter in words, with its value for the unit and where it comes from."""
    entries = [view.policy.parameters[name] for name in names if name in view.policy.parameters]
    return [cite_entry(view, entry) for entry in entries]
