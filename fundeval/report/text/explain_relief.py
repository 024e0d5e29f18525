"""What saving would have taken from the needs, and the relief that a policy gives for it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from fundeval.money import RATE_SCALE, exact, round_half_up
from fundeval.report.text.arithmetic import (
    added,
    amount,
    bracketed,
    equation,
    number,
    plus,
    rate,
    to_fen,
)
from fundeval.report.text.past_growth import growth, weight, weight_value
from fundeval.report.text.settled_budgets import label, of_scheme
from fundeval.report.unit_view import View
from fundeval.results.rows import BudgetInput, BudgetStepRow, ServiceInput


def relief(view: View, steps: Mapping[str, BudgetStepRow]) -> list[str]:
    """Derive the relief for saving: the needs had all been spent, less the needs and a share.

    The share of what was left unspent is the policy's; services did not fall.
    """
    say, scheme = view.messages.say, steps["base"].scheme
    row = of_scheme(view, BudgetInput, scheme, year=view.year)
    if row is None:
        return []
    adjusted, executed = to_fen(row.adjusted), to_fen(row.executed)
    # Adjusted, executed and their average are the same where all was spent.
    base = adjusted
    lines = [say("explain.if_spent", adjusted=amount(adjusted)), *_visits(view)]
    needs_of = (*view.policy.drivers, "regional_float")
    rates: dict[str, float] = {
        name: known for name in needs_of if (known := steps[name].rate) is not None
    }
    for name, driver in view.policy.drivers.items():
        if name not in rates or driver.growth_of != "budgets.executed":
            continue
        grown = growth(view, name, scheme, all_spent=True)
        value = grown.value * weight_value(view, steps, name)
        rates[name] = round(value * RATE_SCALE) / RATE_SCALE
        left = " × ".join([bracketed(grown.mean), *weight(view, steps, name)])
        named = say("explain.rate_of", step=label(view, name))
        lines.append(f"{named}: {left} = {rate(rates[name])}")
    terms = [base]
    for step, of_step in rates.items():
        value = base * exact(of_step)
        left = f"{amount(base)} × {bracketed(rate(of_step))}"
        named = say("explain.step_if_spent", step=label(view, step))
        lines.append(equation(view.messages, named, left, value, "half_up"))
        terms.append(round_half_up(value))
    lines.append(added(say("explain.needs_if_spent"), terms))
    needs = sum(to_fen(steps[step].amount) for step in ("base", *needs_of))
    share = exact(view.policy.limit("ratchet_cap"))
    unspent = max(adjusted - executed, 0)
    named = say("explain.borne")
    left = f"({plus(map(amount, (adjusted, -executed)))}) × {number(share)}"
    lines.append(equation(view.messages, named, left, unspent * share, "half_up"))
    borne = round_half_up(unspent * share)
    lines.append(added(say("explain.needs_without_relief"), [needs]))
    return [*lines, added(label(view, "ratchet_relief"), [sum(terms), -needs, -borne])]


def _visits(view: View) -> list[str]:
    """Add up the visits of both years, which did not fall."""
    lines = []
    for year in (view.year - 1, view.year):
        known = [row.visits for row in view.own(ServiceInput, year=year) if row.visits is not None]
        total = sum(map(exact, known), Fraction(0))
        named = view.messages.say("explain.visits", year=year)
        lines.append(f"{named}: {plus(map(number, known))} = {number(total)}")
    return [*lines, view.messages.say("explain.visits_kept")]
