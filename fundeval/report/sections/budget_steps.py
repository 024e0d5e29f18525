"""The arithmetic of a bridge, line by line, so that a calculator reaches each figure."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from fundeval.money import FEN, exact, round_half_up
from fundeval.report.format.parameter_values import percent
from fundeval.report.text.arithmetic import number
from fundeval.report.text.settled_budgets import children_of, parent_of
from fundeval.report.unit_view import View, certain
from fundeval.results.rows import AllocationRow, BudgetStepRow

# What a budget that results moved is made of.
PARTS_OF_NEXT = ("envelope", "withheld", "award")
# Withholding and return are one step: what the result of the evaluation moved.
RESULTS = ("withheld", "award")


def net_of_results(amounts: Mapping[str, float | None]) -> float:
    """Return what the result of the evaluation moved: what was withheld less what came back.

    Examples
    --------
    >>> net_of_results({"base": 100.0, "withheld": -2.0, "award": 2.5})
    0.5
    """
    return round(sum(amounts.get(step) or 0.0 for step in RESULTS), 2)


def largest_step(view: View, amounts: Mapping[str, float | None]) -> tuple[str, float] | None:
    """Return the step of a bridge that changed the budget most, and its amount; None for none.

    Parameters
    ----------
    amounts
        The amount of each step, the base and next year's budget among them.
    """
    apart = {"base", "next_budget", *RESULTS}
    changes = {step: amount for step, amount in amounts.items() if step not in apart and amount}
    if net := net_of_results(amounts):
        changes[""] = net
    if not changes:
        return None
    most = max(changes, key=lambda step: (abs(changes[step]), step))
    return view.messages.step(most) if most else view.messages.say("bridge.results"), changes[most]


def several_roots(view: View) -> str:
    """Say that the budgets of units without a unit above are told one by one, not as one."""
    return view.messages.say("bridge.several_roots", count=view.roots, year=view.year + 1)


def lines_of_result(
    view: View, steps: Mapping[str, BudgetStepRow], settled: AllocationRow, note: str
) -> list[str]:
    """Return the calculation of a budget from what is needed on, a line a step.

    Parameters
    ----------
    steps
        The rows of `budget` of one scheme, by step.
    settled
        The row of `allocations` of the same scheme.
    note
        What bound the budget, in words.
    """
    say, cents = view.messages.say, view.numbers.cents
    stated = {
        "step": say("step.envelope"),
        "amount": cents(steps["envelope"].amount),
        "envelope": cents(settled.envelope),
        "desired": cents(settled.desired),
    }
    lines = [*_of_parent(view, settled), say("line.envelope", **stated, note=note)]
    amount = cents(steps["next_budget"].amount)
    if not moved(settled):
        return [*lines, say("line.sum", amount=amount)]
    parts = {name: cents(getattr(settled, name)) for name in PARTS_OF_NEXT}
    lines += [_withheld(view, settled), *_award(view, settled)]
    return [*lines, say("line.next", **parts, amount=amount)]


def _of_parent(view: View, settled: AllocationRow) -> list[str]:
    """Tell what the parent's budget had to give to the units of this kind, and what they need."""
    parent = parent_of(view, settled)
    if parent is None:
        return []
    rows = children_of(view, settled.parent_id, settled.scheme, settled.kind)
    desired = round(sum(certain(row.desired) for row in rows), 2)
    stated = {
        "parent": view.name(parent.unit_id),
        "kind": view.messages.code("kind.", settled.kind),
        "count": len(rows),
        "next": view.numbers.cents(parent.next_budget),
        "desired": view.numbers.cents(desired),
        "envelope": view.numbers.cents(round(sum(certain(row.envelope) for row in rows), 2)),
    }
    lines = [view.messages.say("line.of_parent", **stated)]
    if settled.parent_effect:
        effect = view.numbers.cents(settled.parent_effect, sign=True)
        lines.append(view.messages.say("line.parent_effect", amount=effect))
    return lines


def moved(settled: AllocationRow) -> bool:
    """Tell whether money was withheld of a budget."""
    return bool(settled.factor) and settled.returned is not None


def wanted(view: View, settled: AllocationRow) -> Fraction:
    """Return what a unit's result earns back before λ, exactly."""
    share = view.policy.withheld_share(settled.kind)
    return exact(certain(settled.envelope)) * share * Fraction(certain(settled.returned))


def _withheld(view: View, settled: AllocationRow) -> str:
    return view.messages.say(
        "line.withheld",
        envelope=view.numbers.cents(settled.envelope),
        share=percent(float(view.policy.withheld_share(settled.kind))),
        cut=percent(0 - certain(settled.link_rate)),
        amount=view.numbers.cents(settled.withheld),
    )


def _award(view: View, settled: AllocationRow) -> list[str]:
    say, cents = view.messages.say, view.numbers.cents
    earned = wanted(view, settled)
    first = say(
        "line.wanted",
        envelope=cents(settled.envelope),
        share=percent(float(view.policy.withheld_share(settled.kind))),
        returned=number(Fraction(certain(settled.returned))),
        amount=cents(rounded(earned)),
    )
    stated = {"amount": cents(settled.award), "factor": settled.factor}
    if settled.limit:
        full = cents(rounded(earned * Fraction(certain(settled.factor))))
        limit = say(f"at_limit.{settled.limit}")
        return [first, say("line.award_bound", **stated, full=full, limit=limit)]
    return [first, say("line.award", **stated, wanted=cents(rounded(earned)))]


def rounded(amount: Fraction) -> float:
    """Return an exact amount to the 分, half-up."""
    return round_half_up(amount * FEN) / FEN
