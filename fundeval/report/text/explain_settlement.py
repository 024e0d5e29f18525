"""How the year was settled with a unit, each step checkable with a calculator."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from fundeval.money import FEN, exact, round_half_up
from fundeval.report.sections.settlement import (
    PER_PIECE,
    amount_or_why,
    settlement_item,
    steps_of,
)
from fundeval.report.text.arithmetic import added, amount, bracketed, equation, number, to_fen
from fundeval.report.text.settled_budgets import sources
from fundeval.report.text.source_cells import cite_cell
from fundeval.report.unit_view import SCHEMES, View, certain
from fundeval.results.rows import SettlementInput, SettlementStepRow

# What a step adds up of others, by their items: with a minus sign what is taken off.
SUMS = {
    "beyond_award": ("staff_and_capability", "-surplus_award"),
    "clearing": (
        "points_payable", "less_prepaid", "less_deposit", "less_violations",
        "overrun_compensation", "reserve_released",
    ),
    "recovered_next_year": ("-clearing",),
    "reserve_kept": ("reserve", "reserve_to_overruns"),
}  # fmt: skip
# What of an overrun the fund bears begins like this; the institution bears the rest.
BY_FUND = ("reasonable_overrun", "overrun_band_", "overrun_beyond_limit")
# The cells that a unit's steps rest on, by what one of them begins with; and its parameters.
CELLS: Mapping[str, tuple[str, ...]] = {
    "quota": ("balance", "reserve", "quota_"),
    "fee_for_service": ("balance", "capitation_", "overrun_compensation"),
    "reasonable_overrun": ("reasonable_overrun", "overrun_compensation"),
    "points": ("points_",),
    "heads": ("capitation_", "outcome_", "per_head_"),
    "cases": ("outcome_", "per_head_"),
    "prepaid": ("clearing",),
    "deposit": ("clearing",),
    "violations": ("clearing",),
}  # fmt: skip
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "surplus_award": (
        "surplus_award_rate", "surplus_award_factor", "surplus_award_cap",
        "surplus_award_deduction", "settlement_corridor",
    ),
    "surplus_retained": ("surplus_retained_rate",),
    "staff_and_capability": ("retained_to_staff_rate",),
    "reasonable_overrun": ("reasonable_overrun_share",),
    "overrun_band_1": ("overrun_bands",),
    "overrun_compensation": ("reasonable_overrun_share",),
    "points_payable": ("point_reserve_rate",),
    "reserve": ("point_reserve_rate", "point_reserve_left"),
    "capitation_pay": ("capitation_rate",),
    "outcome_pay": ("outcome_measure", "outcome_pay_bands"),
}  # fmt: skip


def explain_settlement(view: View) -> list[list[str]]:
    """Derive the settlement of the evaluated year.

    Returns
    -------
    list of list of str
        A block a scheme: a title, the cells that were read, and each step as a sum; then the
        parameters used with their sources. Nothing for a unit without any settlement.
    """
    steps = steps_of(view)
    found = {row.scheme for row in steps}
    blocks = [_of_scheme(view, scheme, steps) for scheme in SCHEMES if scheme in found]
    items = {row.item for row in steps}
    used = [name for item, names in PARAMETERS.items() if item in items for name in names]
    used += ["settlement_order"] if any(item.endswith("_left_out") for item in items) else []
    if used:
        title = view.messages.say("explain.settlement_sources")
        blocks.append([title, *sources(view, dict.fromkeys(used))])
    return blocks


def _of_scheme(view: View, scheme: str, steps: list[SettlementStepRow]) -> list[str]:
    say, code = view.messages.say, view.messages.code("scheme.", scheme)
    own = {row.item: row for row in steps if row.scheme == scheme}
    cells = [
        cite_cell(view, "settlements", row, column)
        for row in view.own(SettlementInput, year=view.year, scheme=scheme)
        for column, begin in CELLS.items()
        if getattr(row, column) is not None and any(item.startswith(begin) for item in own)
    ]
    title = say("explain.settlement_of", year=view.year, scheme=code)
    return [title, *cells, *(_step(view, row, own) for row in own.values())]


def _step(view: View, row: SettlementStepRow, own: Mapping[str, SettlementStepRow]) -> str:
    """Write a step as a sum that gives its amount, or the amount alone where none does."""
    label = settlement_item(view, row.item)
    if row.lacking:
        return f"{label}: {amount_or_why(view, row)}"
    fen = to_fen(row.amount)
    terms = [term for term in _terms(view, row, own) if term]
    if len(terms) > 1 and sum(terms) == fen:
        return added(label, terms)
    for left, value in _products(view, row, own):
        if round_half_up(value) == fen and abs(value) != abs(to_fen(row.base)):
            return equation(view.messages, label, left, value, "half_up")
    return f"{label}: {amount(fen)}"


def _terms(view: View, row: SettlementStepRow, own: Mapping[str, SettlementStepRow]) -> list[int]:
    """Return what a step adds up, in 分; nothing for one that is no sum."""
    given = view.own(SettlementInput, year=view.year, scheme=row.scheme)
    # What was merged has no row of its own.
    if given and "capitation_pay" in own and row.item in {"capitation_kept", "overrun_borne"}:
        left = [to_fen(own["capitation_pay"].amount), -to_fen(given[0].fee_for_service)]
        return left if row.item == "capitation_kept" else [-term for term in left]
    if row.item == "balance":
        if given and view.unit.kind != "alliance":
            return [to_fen(given[0].quota), -to_fen(given[0].fee_for_service)]
        members = {unit.unit_id for unit in view.children}
        rows = view.rows(SettlementStepRow)
        mine = [r for r in rows if r.unit_id in members and r.item == "balance"]
        return [to_fen(r.amount) for r in mine if r.scheme == row.scheme]
    if row.item == "overrun_borne" and "balance" in own:
        fund = [-to_fen(r.amount) for item, r in own.items() if item.startswith(BY_FUND)]
        return [-to_fen(own["balance"].amount), *fund]
    return [
        -to_fen(own[name[1:]].amount) if name.startswith("-") else to_fen(own[name].amount)
        for name in SUMS.get(row.item, ())
        if name.removeprefix("-") in own
    ]


def _products(
    view: View, row: SettlementStepRow, own: Mapping[str, SettlementStepRow]
) -> list[tuple[str, Fraction]]:
    """Return the products that a step may be, in 分, the one by parameters first."""
    found = []
    if row.item == "surplus_award":
        found += _award(view, row, own)
    if row.base is not None and row.rate is not None:
        rate = exact(row.rate)
        if row.item in PER_PIECE:
            left = f"{number(row.base)} × {number(rate)}"
            found.append((left, exact(row.base) * rate * FEN))
        else:
            left = f"{amount(to_fen(row.base))} × {bracketed(number(rate))}"
            found.append((left, to_fen(row.base) * rate))
    return found


def _award(
    view: View, row: SettlementStepRow, own: Mapping[str, SettlementStepRow]
) -> list[tuple[str, Fraction]]:
    """Return the award by rate and by cap, where the policy has plain numbers."""
    values: dict[str, Any] = {
        name: view.policy.parameters[f"surplus_award_{name}"]["value"]
        for name in ("rate", "factor", "cap", "deduction")
    }
    given = view.own(SettlementInput, year=view.year, scheme=row.scheme)
    if not all(isinstance(value, int | float) for value in values.values()):
        return []
    rate, factor, cap, deduction = (exact(float(value)) for value in values.values())
    base = to_fen(certain(own["balance"].amount))
    earned, left = base * rate * factor, f"{amount(base)} × {number(rate)}"
    left += f" × {number(factor)}" if factor != 1 else ""
    found = [(left, earned)]
    if given and given[0].quota is not None:
        quota = to_fen(given[0].quota)
        capped = (f"{amount(quota)} × {number(cap)}", quota * cap)
        found = [capped] if capped[1] < earned else found
    paid = 1 - deduction
    return [(f"{left} × {number(paid)}" if deduction else left, v * paid) for left, v in found]
