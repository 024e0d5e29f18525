"""The bridge to next year's budget, what the envelope shared out, and execution by year."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from fundeval.report.charts import time_and_money
from fundeval.report.format.cells import amount_or_reason
from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.format.tables import table, why_missing
from fundeval.report.unit_view import ALL, SCHEMES, Row, View, sum_rows
from fundeval.results.frames import BRIDGE_STEPS

# The steps before the sum.
STEPS = BRIDGE_STEPS[:-1]
RATES = ("execution_rate_initial", "execution_rate", "execution_rate_with_carryover")


class Given(NamedTuple):
    """The budget of a unit: before the envelope, the change by it and what bound it, and after."""

    name: str
    kind: str
    note: str
    desired: float | None
    envelope: float | None
    next_budget: float | None


def bridge(view: View) -> Html:
    """Return the bridge to next year's budget: chart, table to the 分, and its order in words."""
    rows = view.own("budget")
    if all(row.amount is None for row in rows):
        reasons = dict.fromkeys(view.messages.cannot(row.reason) for row in rows)
        return paragraph(view.messages.join(reasons) or view.messages.say("none.bridge"))
    total = {row.step: row.amount for row in rows if row.scheme == ALL and row.amount is not None}
    chart = None
    if "next_budget" in total and "base" in total:
        steps = {view.messages.code("step.", step): total.get(step, 0.0) for step in STEPS}
        last = view.messages.code("step.", "next_budget")
        chart = time_and_money.waterfall(
            view, "bridge", steps, last, view.numbers.scale_for_all(total.values())
        )
    return together(paragraph(view.messages.say("bridge.order")), chart, _bridge_table(view, rows))


def _bridge_table(view: View, rows: list[Row]) -> Html:
    known = {(row.step, row.scheme): row for row in rows}
    schemes = [scheme for scheme in SCHEMES if any(row.scheme == scheme for row in rows)]
    steps = [step for step in (*STEPS, "next_budget") if any(row.step == step for row in rows)]

    def amount(scheme: str, step: str) -> str:
        return amount_or_reason(
            view, known.get((step, scheme)), sign=step not in {"base", "next_budget"}
        )

    def parameters(step: str) -> str:
        return view.messages.cited(
            *sorted({r.parameter for r in rows if r.step == step and r.parameter})
        )

    return table(view, "bridge", steps, {
        "step": lambda step: view.messages.code("step.", step),
        **{view.messages.code("scheme.", scheme): partial(amount, scheme) for scheme in schemes},
        "parameter": parameters,
        "note": partial(_notes, view, rows),
    }, year=view.year + 1)  # fmt: skip


def shares(view: View) -> Html | None:
    """Return what the envelope gave and took: each child, the sum of each kind, the unit."""
    below = [_given(view, unit) for unit in view.parts]
    if not below:
        return None
    if all(row.next_budget is None for row in below):
        steps = view.everyone("budget", scheme=ALL, step="next_budget")
        parts = {unit.unit_id for unit in view.parts}
        return why_missing(view, "shares", (row for row in steps if row.unit_id in parts))
    rows = []
    for kind in sorted({row.kind for row in below}):
        group = [row for row in below if row.kind == kind]
        budgets = sum(row.next_budget is not None for row in group)
        total = sum_rows(
            group, Given._fields[-3:], name=view.messages.total(kind, budgets), note=""
        )
        rows += [*group, total]
    rows.append(_given(view, view.unit)._replace(name=view.messages.say("report.own")))
    return table(view, "shares", rows, {
        "unit": lambda row: row.name,
        "desired": lambda row: view.numbers.cents(row.desired),
        "envelope": lambda row: view.numbers.cents(row.envelope, sign=True),
        "next_budget": lambda row: view.numbers.cents(row.next_budget),
        "note": lambda row: row.note,
    }, year=view.year + 1)  # fmt: skip


def _given(view: View, unit: Row) -> Given:
    rows = view.at(unit.unit_id).own("budget")
    known = {row.step: row.amount for row in rows if row.scheme == ALL}
    envelope, budget = known.get("envelope"), known.get("next_budget")
    desired = None if envelope is None or budget is None else round(budget - envelope, 2)
    return Given(unit.name, unit.kind, _notes(view, rows, "envelope"), desired, envelope, budget)


def _notes(view: View, rows: list[Row], step: str) -> str:
    """Say why a step has no amount, moves no money, or what bound it."""
    return view.messages.join(
        sorted({view.messages.reason(r.reason) for r in rows if r.step == step and r.reason})
    )


def budgets(view: View) -> Html:
    """Return budget and execution by year and scheme, with each execution rate."""
    rows = [row for row in view.own("indicators") if row.indicator in RATES]
    known = {(row.year, row.scheme, row.indicator): row for row in rows}
    unit = view.numbers.scale_for_all(a for row in rows for a in (row.numerator, row.denominator))
    floor = view.policy.limit("execution_floor")

    def amount(key: tuple[int, str], indicator: str, part: str) -> str:
        row = known.get((*key, indicator))
        return unit.show(row and getattr(row, part))

    def rate(indicator: str, key: tuple[int, str]) -> str:
        row = known.get((*key, indicator))
        if row is None or row.value is None:
            return view.messages.cannot(row and row.reason)
        return view.numbers.percent(row.value, floor, 1.0)

    return table(view, "budgets", sorted({(row.year, row.scheme) for row in rows}), {
        "year": lambda key: f"{key[0]} {view.messages.code('scheme.', key[1])}",
        "initial": lambda key: amount(key, RATES[0], "denominator"),
        "adjusted": lambda key: amount(key, RATES[1], "denominator"),
        "with_carryover": lambda key: amount(key, RATES[2], "denominator"),
        "executed": lambda key: amount(key, RATES[1], "numerator"),
        **{view.messages.indicator(name): partial(rate, name) for name in RATES},
    }, unit=unit.name)  # fmt: skip
