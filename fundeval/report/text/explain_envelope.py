"""How far a budget could move, and what the envelope settled inside the parent's budget."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import isnan
from typing import NamedTuple

from fundeval.money import FEN, exact, round_half_up
from fundeval.report.text.arithmetic import (
    Rule,
    added,
    amount,
    bracketed,
    equation,
    number,
    plus,
    to_fen,
)
from fundeval.report.text.settled_budgets import (
    base_to_share,
    children_of,
    label,
    of_scheme,
    parent_of,
)
from fundeval.report.text.source_cells import cite_cell
from fundeval.report.unit_view import ALL, View
from fundeval.results.rows import AllocationRow, BudgetInput, BudgetStepRow, ContextInput, FundInput
from fundeval.tables.schemas import LIMIT

LEVELS = ("floor", "kept", "wanted", "cap")


class Claim(NamedTuple):
    """What a child may get of its parent's budget, in 分, each level at least the one before."""

    name: str
    unit_id: str
    base: int
    floor: int
    kept: int
    wanted: int
    cap: int


# Limits --------------------------------------------------------------------------------------


def limits(view: View, own: AllocationRow) -> list[str]:
    """Derive the floor and the cap of a budget, and the ceilings by income and GDP."""
    say = view.messages.say
    base, shared = to_fen(own.base), base_to_share(own)
    lines = []
    ends: tuple[tuple[str, int, Rule], ...]
    ends = ("floor", shared, "up"), ("cap", base, "down")
    for limit, of, way in ends:
        name = say(f"explain.{limit}")
        times = view.policy.limit(f"budget_{limit}", scheme=own.scheme)
        if isnan(times):
            lines.append(say("explain.no_limit", limit=name))
            continue
        share = exact(times)
        shown = f"{amount(of)} × {number(share)}"
        lines.append(equation(view.messages, name, shown, of * share, way))
    lines += _income(view, own) + _gdp(view, own)
    for limit in ("floor", "cap"):
        if getattr(own, f"{limit}_by") == "parts_limit":
            lines += _sum_of_parts(view, own, limit)
    named = say(
        "explain.between",
        floor=amount(to_fen(own.floor)),
        floor_by=say(f"explain.limit.{own.floor_by}"),
        cap=_cap(view, to_fen(own.cap)),
        cap_by=say(f"explain.limit.{own.cap_by}"),
    )
    return [*lines, named]


def _cap(view: View, fen: int) -> str:
    """Write an amount that nothing may hold: where it is beyond all amounts, that there is none."""
    return view.messages.say("value.none") if fen >= LIMIT * FEN else amount(fen)


def _income(view: View, own: AllocationRow) -> list[str]:
    """Derive the ceiling by income: forecast less reserve, usable balance, net transfers."""
    if own.income_limit is None:
        why = view.messages.reason(own.income_reason)
        return [f"{view.messages.say('explain.income')}: {why}"] if why else []
    year = view.year + 1
    found = of_scheme(view, ContextInput, own.scheme, year=year)
    if found is None:
        return []
    over_all = of_scheme(view, ContextInput, ALL, year=year)
    lines = [cite_cell(view, "context", found, "income_forecast")]
    stated = next((r for r in (found, over_all) if r and r.reserve_rate is not None), None)
    reserve = exact(stated.reserve_rate or 0.0) if stated else Fraction(0)
    forecast = to_fen(found.income_forecast)
    left, value = amount(forecast), Fraction(forecast)
    if stated:
        lines.append(cite_cell(view, "context", stated, "reserve_rate"))
        left = f"{left} × (1 - {number(reserve)})"
        value *= 1 - reserve
    if found.usable_balance is not None:
        lines.append(cite_cell(view, "context", found, "usable_balance"))
        left += f" + {amount(to_fen(found.usable_balance))}"
        value += to_fen(found.usable_balance)
    fund = of_scheme(view, FundInput, own.scheme, year=year)
    for column, sign in (("transfer_in", 1), ("transfer_out", -1)):
        moved = to_fen(getattr(fund, column, None))
        if fund and moved:
            lines.append(cite_cell(view, "funds", fund, column))
            left += f" {'+' if sign > 0 else '-'} {amount(moved)}"
            value += sign * moved
    named = view.messages.say("explain.income")
    return [*lines, equation(view.messages, named, left, value, "down")]


def _gdp(view: View, own: AllocationRow) -> list[str]:
    """Derive the GDP line: what was spent in its first year, times the growth of each year."""
    if own.gdp_limit is None:
        why = view.messages.reason(own.gdp_reason)
        return [f"{view.messages.say('explain.gdp')}: {why}"] if why else []
    choice = view.policy.parameters["gdp_ceiling"]["value"]
    start = int(view.policy.limit("gdp_plan_start")) if choice == "plan" else view.year
    column = "adjusted" if choice == "adjusted" else "executed"
    row = of_scheme(view, BudgetInput, own.scheme, year=start)
    if row is None:
        return []
    lines = [cite_cell(view, "budgets", row, column)]
    value = Fraction(to_fen(getattr(row, column)))
    factors = [amount(int(value))]
    for year in range(start + 1, view.year + 2):
        found = view.nearest(ContextInput, "gdp_growth", year, scheme=ALL)
        if found is None or found.gdp_growth is None:
            return lines
        lines.append(cite_cell(view, "context", found, "gdp_growth"))
        growth = exact(found.gdp_growth)
        factors.append(f"(1 + {bracketed(number(growth))})")
        value *= 1 + growth
    named = view.messages.say("explain.gdp")
    return [*lines, equation(view.messages, named, " × ".join(factors), value, "down")]


def _sum_of_parts(view: View, own: AllocationRow, limit: str) -> list[str]:
    """Add up a limit of the children that tightened the unit's own."""
    parts: dict[str, list[int]] = {}
    for row in view.under(own.unit_id):
        if row.scheme == own.scheme and row.complete:
            parts.setdefault(row.kind, []).append(to_fen(getattr(row, limit)))
    # Each complete kind of children is a whole of its own: the tightest holds.
    tightest = (max if limit == "floor" else min)(parts.values(), key=sum)
    named = view.messages.say(
        "explain.parts_limit", limit=view.messages.say(f"explain.{limit}"),
    )  # fmt: skip
    return [added(named, tightest)]


# The envelope --------------------------------------------------------------------------------


def envelope(view: View, own: AllocationRow, steps: dict[str, BudgetStepRow]) -> list[str]:
    """Derive what the envelope settled, and the step that it makes in the bridge."""
    say = view.messages.say
    desired, settled = to_fen(own.desired), to_fen(own.envelope)
    within = min(max(desired, to_fen(own.floor)), to_fen(own.cap))
    parent = parent_of(view, own)
    lines = []
    if within != desired:
        by = own.cap_by if desired > within else own.floor_by
        which = "explain.above_cap" if desired > within else "explain.below_floor"
        limit = say(f"explain.limit.{by}")
        lines.append(say(which, needs=amount(desired), limit=amount(within), by=limit))
    if parent is None:
        lines += [] if lines else [say("explain.within_limits", needs=amount(desired))]
    else:
        lines += _inside_parent(view, own, parent)
    lines.append(f"{say('explain.settled')}: {amount(settled)}")
    named = label(view, "envelope")
    if steps["envelope"].reason:
        named = view.messages.because(named, steps["envelope"].reason)
    return [*lines, added(named, [settled, -desired])]


def _inside_parent(view: View, own: AllocationRow, parent: AllocationRow) -> list[str]:
    """Fit the unit's group into its parent's next budget, and show what the parent's result did."""
    rows = children_of(view, own.parent_id, own.scheme, own.kind)
    claims = [_claim(view, row) for row in rows]
    complete = own.complete
    say = view.messages.say
    lines = [
        say(
            "explain.group_of_parent", parent=view.name(parent.unit_id), count=len(claims),
            kind=view.messages.code("kind.", own.kind), amount=amount(to_fen(parent.next_budget)),
        ),
        *(_claim_line(view, claim) for claim in claims),
    ]  # fmt: skip
    before, bases = to_fen(parent.retained_in_base), [claim.base for claim in claims]
    whole = base_to_share(parent)
    lines.append(added(say("explain.sum_of_bases"), bases))
    if before:
        named = say("explain.parent_base")
        lines.append(added(named, [to_fen(parent.base), -before]))
    if complete:
        lines.append(say("explain.complete", base=amount(whole)))
    elif sum(bases) > to_fen(parent.base):
        more = amount(sum(bases) - to_fen(parent.base))
        lines.append(say("explain.beyond_parent", base=amount(to_fen(parent.base)), more=more))
    else:
        lines.append(say("explain.incomplete", base=amount(to_fen(parent.base))))
    next_budget, at_envelope = to_fen(parent.next_budget), to_fen(parent.envelope)
    settled = to_fen(own.envelope)
    lines += _fit(view, own, claims, _target(view, claims, parent, next_budget, complete), settled)
    if next_budget != at_envelope:
        other = settled - to_fen(own.parent_effect)
        lines.append(say("explain.parent_without_result", amount=amount(at_envelope)))
        target = _target(view, claims, parent, at_envelope, complete)
        lines += [line for line in _fit(view, own, claims, target, other) if line not in lines]
        lines.append(added(say("explain.parent_effect"), [settled, -other]))
    return lines


def _claim(view: View, row: AllocationRow) -> Claim:
    base, floor, cap = (to_fen(getattr(row, n)) for n in ("base", "floor", "cap"))
    wanted = min(max(to_fen(row.desired), floor), cap)
    kept = min(max(base, floor), wanted)
    return Claim(view.name(row.unit_id), str(row.unit_id), base, floor, kept, wanted, cap)


def _claim_line(view: View, claim: Claim) -> str:
    amounts = {level: _cap(view, getattr(claim, level)) for level in LEVELS}
    return "  " + view.messages.say(
        "explain.claim", name=claim.name, base=amount(claim.base), **amounts
    )


def _target(
    view: View, claims: Sequence[Claim], parent: AllocationRow, given: int, complete: bool
) -> tuple[int, list[str]]:
    """Return what the group may share out of a parent's amount, and how it comes about."""
    if complete:
        return given, []
    base, wanted = to_fen(parent.base), sum(claim.wanted for claim in claims)
    part = min(sum(claim.base for claim in claims), base)
    value = Fraction(given * part, max(base, 1))
    left = f"{amount(given)} × {amount(part)} ÷ {amount(max(base, 1))}"
    named = view.messages.say("explain.share")
    # Bases that come to more than the parent's share out all of its budget.
    lines = [equation(view.messages, named, left, value, "half_up")] if part < base else []
    at_most = round_half_up(value)
    if wanted < at_most:
        lines.append(view.messages.say("explain.enough", wanted=amount(wanted)))
    return min(wanted, at_most), lines


def _fit(
    view: View,
    own: AllocationRow,
    claims: Sequence[Claim],
    found: tuple[int, list[str]],
    settled: int,
) -> list[str]:
    """Derive the unit's part of a target that lies between two levels of its group."""
    target, lines = found
    mine = next(claim for claim in claims if claim.unit_id == own.unit_id)
    sums = {level: sum(getattr(claim, level) for claim in claims) for level in LEVELS}
    lower, upper = next((pair for pair in pairwise(LEVELS) if target < sums[pair[1]]), LEVELS[-2:])
    low, high = sums[lower], sums[upper]
    names = {level: view.messages.say(f"explain.level.{level}") for level in LEVELS}
    for level in (lower, upper):
        named = view.messages.say("explain.sum_of", level=names[level])
        lines.append(added(named, [getattr(claim, level) for claim in claims]))
    if target <= low or high <= low:
        stage = view.messages.say("explain.at_level", target=amount(target), level=names[lower])
        return [*lines, stage]
    left = min(target, high) - low
    start, room = getattr(mine, lower), getattr(mine, upper) - getattr(mine, lower)
    lines.append(
        view.messages.say(
            "explain.stage", target=amount(target), lower=names[lower], upper=names[upper]
        )
    )
    share = f"({amount(min(target, high))} - {amount(low)}) ÷ ({amount(high)} - {amount(low)})"
    sum_ = f"{amount(start)} + ({plus(map(amount, (getattr(mine, upper), -start)))}) × {share}"
    value = start + Fraction(room * left, high - low)
    named = view.messages.say("explain.part_of_group")
    return [*lines, equation(view.messages, named, sum_, value, "remainder", settled)]
