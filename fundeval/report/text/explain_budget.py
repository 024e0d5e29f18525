"""How next year's budget of a unit came about, each step checkable with a calculator.

A line with an equals sign is a sum that a calculator can do again; its result is the figure of
the evaluation, to the 分.
"""

from __future__ import annotations

from fractions import Fraction

from fundeval.money import exact
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
from fundeval.report.text.explain_envelope import envelope, limits
from fundeval.report.text.explain_group import result_lines
from fundeval.report.text.explain_relief import relief
from fundeval.report.text.past_growth import growth, weight
from fundeval.report.text.settled_budgets import is_settled_by_result, label, of_scheme, sources
from fundeval.report.text.source_cells import cite_cell, header
from fundeval.report.unit_view import ALL, SCHEMES, View, certain
from fundeval.results.rows import AllocationRow, BudgetInput, BudgetStepRow, ContextInput


def explain_budget(view: View) -> list[list[str]]:
    """Derive next year's budget of the unit: a block of lines a scheme.

    Parameters
    ----------
    view
        The unit, with the budgets of its group beside its own; see `read_with_group`.

    Returns
    -------
    list of list of str
        A title and its lines for each scheme, then the sum of all schemes, then the parameters
        used with their sources; nothing for a unit without any budget.
    """
    found = {row.scheme for row in view.own(BudgetStepRow)}
    blocks = [_of_scheme(view, scheme) for scheme in SCHEMES if scheme in found]
    settled = [row for row in view.own(AllocationRow) if row.next_budget is not None]
    used = dict.fromkeys(name for row in settled for name in _parameters(view, row))
    if used:
        blocks.append([view.messages.say("explain.sources"), *sources(view, used)])
    return blocks


def _of_scheme(view: View, scheme: str) -> list[str]:
    say = view.messages.say
    title = say(
        "explain.budget_of", year=view.year + 1, scheme=view.messages.code("scheme.", scheme)
    )
    steps = {row.step: row for row in view.own(BudgetStepRow, scheme=scheme)}
    own = of_scheme(view, AllocationRow, scheme)
    result = steps["next_budget"]
    if result.amount is None:
        lines = [view.messages.cannot(result.reason)]
        if own and own.floor is not None and own.cap is not None:
            lines += limits(view, own)
        return [title, *lines]
    if own is None:
        return [title, *add_up(view, scheme, steps)]
    lines = needs_and_limits(view, scheme, steps, own)
    return [title, *lines, *settlement(view, steps, own), *_ratchet(view, own)]


def needs_and_limits(
    view: View, scheme: str, steps: dict[str, BudgetStepRow], own: AllocationRow
) -> list[str]:
    """Derive from the cells that were read what a unit needs, and how far its budget may move.

    Parameters
    ----------
    scheme
        A scheme in which the unit has a budget of its own.
    steps
        Its rows of `budget` in the scheme, by step.
    own
        Its row of `allocations`.
    """
    lines = _base(view, scheme, steps)
    if not view.policy.drivers:
        lines.append(view.messages.say("bridge.no_growth"))
    for driver in view.policy.drivers:
        lines += _driver(view, scheme, steps, driver) if driver in steps else []
    lines += _float(view, steps) if "regional_float" in steps else []
    lines += _needs(view, steps)
    return lines + limits(view, own)


def settlement(view: View, steps: dict[str, BudgetStepRow], own: AllocationRow) -> list[str]:
    """Derive what the unit got of its parent's budget, what its result moved, and the sum.

    Arguments as those of `needs_and_limits`; the view holds the allocations of the siblings.
    """
    terms = [to_fen(steps[step].amount) for step in view.policy.steps[:-1] if step in steps]
    total = added(label(view, "next_budget"), terms)
    return [*envelope(view, own, steps), *result_lines(view, own), total]


def _base(view: View, scheme: str, steps: dict[str, BudgetStepRow]) -> list[str]:
    """Cite the row that the base was taken from."""
    choice = view.policy.parameters["budget_base"]["value"]
    columns = ("adjusted", "executed") if choice == "average" else (choice,)
    rows = view.own(BudgetInput, year=view.year, scheme=scheme)
    lines = [cite_cell(view, "budgets", row, column) for row in rows for column in columns]
    base = to_fen(steps["base"].amount)
    if choice == "average" and rows:
        both = [to_fen(rows[0].adjusted), to_fen(rows[0].executed)]
        left = f"({plus(map(amount, both))}) ÷ 2"
        half = Fraction(sum(both), 2)
        return [*lines, equation(view.messages, label(view, "base"), left, half, "half_up")]
    named = view.messages.say("explain.base", column=header(view, str(choice)))
    return [*lines, f"{named}: {amount(base)}"]


def _driver(view: View, scheme: str, steps: dict[str, BudgetStepRow], driver: str) -> list[str]:
    """Derive the rate of a driver of growth, and what it adds to the base."""
    step = steps[driver]
    found = growth(view, driver, scheme)
    if step.rate is None:
        return [*found.cited, f"{label(view, driver)}: {view.messages.cannot(step.reason)}"]
    named = view.messages.say("explain.rate_of", step=label(view, driver))
    sums = [" × ".join([bracketed(found.mean), *weight(view, steps, driver)])] if found.mean else []
    line = f"{named}: {' = '.join([*sums, rate(step.rate)])}"
    return [*found.cited, *found.by_year, line, _on_base(view, steps, driver)]


def _on_base(view: View, steps: dict[str, BudgetStepRow], name: str) -> str:
    """Return base × rate = amount of a step."""
    step = steps[name]
    base, of_base = to_fen(step.base), certain(step.rate)
    left = f"{amount(base)} × {bracketed(rate(of_base))}"
    value = base * exact(of_base)
    return equation(view.messages, label(view, name), left, value, "half_up")


def stated_float(view: View) -> ContextInput | None:
    """Return the row that states the regional float; None where the policy's own holds."""
    return view.nearest(ContextInput, "budget_float", view.year + 1, scheme=ALL)


def stressed_region(view: View) -> str:
    """Return the name of the region under economic stress that the unit is or lies in, or ""."""
    stressed = (
        unit.name
        for unit in view.lineage()
        if unit.kind == "region" and "economic_stress" in (unit.flags or "").split(";")
    )
    return next(stressed, "")


def _float(view: View, steps: dict[str, BudgetStepRow]) -> list[str]:
    """Derive what the regional float adds, for regions under economic stress."""
    region = stressed_region(view)
    if not region:
        return [view.messages.say("explain.no_float")]
    lines = [view.messages.say("explain.float", region=region)]
    stated = stated_float(view)
    if stated is None:
        lines.append(view.messages.say("explain.float_of_policy", year=view.year + 1))
    else:
        lines.append(cite_cell(view, "context", stated, "budget_float"))
        most = exact(float(view.policy.parameters["regional_float_limit"]["value"]))
        if abs(exact(stated.budget_float or 0.0)) > most:
            lines.append(view.messages.say("explain.float_cut", limit=f"{number(most * 100)}%"))
    return [*lines, _on_base(view, steps, "regional_float")]


def _needs(view: View, steps: dict[str, BudgetStepRow]) -> list[str]:
    """Add up the needs, and the percentages that a policy adds to them."""
    parts = ("base", *view.policy.drivers, "regional_float", "ratchet_relief")
    terms = [to_fen(steps[step].amount) for step in parts if step in steps]
    lines = []
    if "ratchet_relief" in steps:
        lines += relief(view, steps)
    lines.append(added(view.messages.say("explain.needs"), terms))
    for step in ("grade", "execution_link"):
        if step in steps and steps[step].rate is None:
            lines.append(f"{label(view, step)}: {view.messages.reason(steps[step].reason)}")
        elif step in steps:
            lines.append(_on_base(view, steps, step))
            terms.append(to_fen(steps[step].amount))
    if "grade" in steps:
        lines.append(added(view.messages.say("explain.desired"), terms))
    return lines


def _ratchet(view: View, own: AllocationRow) -> list[str]:
    if own.ratchet is None or not own.unspent:
        return []
    return [
        view.messages.say(
            "explain.ratchet", unspent=amount(to_fen(own.unspent)), lost=number(own.ratchet)
        )
    ]


def add_up(view: View, scheme: str, steps: dict[str, BudgetStepRow]) -> list[str]:
    """Add up the steps of the members of an alliance, or of the schemes of a unit."""
    over_schemes = scheme == ALL and any(r.scheme != ALL for r in view.own(BudgetStepRow))
    parts: list[tuple[str, dict[str, BudgetStepRow]]] = []
    if over_schemes:
        for each in SCHEMES[:-1]:
            of_each = {row.step: row for row in view.own(BudgetStepRow, scheme=each)}
            parts += [(view.messages.code("scheme.", each), of_each)] if of_each else []
    else:
        for member in sorted(view.children, key=lambda unit: unit.unit_id):
            rows = view.at(member.unit_id).own(BudgetStepRow, scheme=scheme)
            parts += [(member.name, {row.step: row for row in rows})] if rows else []
    kind = "explain.sum_of_schemes" if over_schemes else "explain.sum_of_members"
    lines = [view.messages.say(kind, parts=view.messages.join(name for name, _ in parts))]
    for step in view.policy.steps:
        terms = [to_fen(of[step].amount) for _, of in parts if step in of]
        # The page of an alliance knows the main steps of its members, not each of their drivers.
        if step in steps and terms:
            lines.append(added(label(view, step), terms))
    return lines


def _parameters(view: View, own: AllocationRow) -> list[str]:
    """Return the parameters that a bridge rests on, those of its balance among them."""
    named = (driver.years for driver in view.policy.drivers.values())
    used = ["budget_base", "growth_drivers", *(name for name in named if isinstance(name, str))]
    shares = (driver.heavier for driver in view.policy.drivers.values() if driver.heavier)
    used += [each.times for each in shares if isinstance(each.times, str)]
    used += ["regional_float", "regional_float_limit", "budget_floor", "budget_cap"]
    used += ["gdp_ceiling", "gdp_plan_start"] if own.gdp_limit is not None else []
    if is_settled_by_result(own):
        used += ["evaluation_link", "withheld_share", "returned", "execution_link"]
        used += ["restricted_units"] if own.capped else []
    if view.policy.parameters["ratchet_cap"]["value"] != "none":
        used.append("ratchet_cap")
    if own.balance_rule == "add":
        used += ["grade_budget_rates", "execution_link"]
    return used
