"""Where money goes: the bridge to next year's budget, and the settlement of this one."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from fundeval.report import charts
from fundeval.report.pieces import Html, paragraph, together
from fundeval.report.view import ALL, SCHEMES, Row, View, sum_rows

# The order of the arithmetic; the steps do not commute.
STEPS = (
    "base", "history", "population", "technology", "regional_float", "grade",
    "execution_link", "envelope",
)  # fmt: skip
# Settled by number × money, not by money × share.
PER_PIECE = ("points_payable", "outcome_pay")
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
        reasons = dict.fromkeys(view.cannot(row.reason) for row in rows)
        return paragraph(view.join(reasons) or view.say("none.bridge"))
    total = {row.step: row.amount for row in rows if row.scheme == ALL and row.amount is not None}
    chart = None
    if "next_budget" in total and "base" in total:
        steps = {view.code("step.", step): total.get(step, 0.0) for step in STEPS}
        last = view.code("step.", "next_budget")
        chart = charts.waterfall(view, "bridge", steps, last, view.unit_for(total.values()))
    return together(paragraph(view.say("bridge.order")), chart, _bridge_table(view, rows))


def _bridge_table(view: View, rows: list[Row]) -> Html:
    known = {(row.step, row.scheme): row for row in rows}
    schemes = [scheme for scheme in SCHEMES if any(row.scheme == scheme for row in rows)]
    steps = [step for step in (*STEPS, "next_budget") if any(row.step == step for row in rows)]

    def amount(scheme: str, step: str) -> str:
        return view.cents_or(known.get((step, scheme)), sign=step not in {"base", "next_budget"})

    def parameters(step: str) -> str:
        return view.cited(*sorted({r.parameter for r in rows if r.step == step and r.parameter}))

    return view.table("bridge", steps, {
        "step": lambda step: view.code("step.", step),
        **{view.code("scheme.", scheme): partial(amount, scheme) for scheme in schemes},
        "parameter": parameters,
        "note": partial(_notes, view, rows),
    }, year=view.year + 1)  # fmt: skip


def shares(view: View) -> Html | None:
    """Return what the envelope gave and took: each child, the sum of each kind, the unit."""
    below = [_given(view, unit) for unit in view.parts]
    if all(row.next_budget is None for row in below):
        return None
    rows = []
    for kind in sorted({row.kind for row in below}):
        group = [row for row in below if row.kind == kind]
        budgets = sum(row.next_budget is not None for row in group)
        total = sum_rows(group, Given._fields[-3:], name=view.total(kind, budgets), note="")
        rows += [*group, total]
    rows.append(_given(view, view.unit)._replace(name=view.say("report.own")))
    return view.table("shares", rows, {
        "unit": lambda row: row.name,
        "desired": lambda row: view.cents(row.desired),
        "envelope": lambda row: view.cents(row.envelope, sign=True),
        "next_budget": lambda row: view.cents(row.next_budget),
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
    return view.join(sorted({view.reason(r.reason) for r in rows if r.step == step and r.reason}))


def alliance(view: View) -> Html | None:
    """Return whether the alliance has a package budget, and why."""
    if view.unit.kind != "alliance":
        return None
    unified = "six_unified" in str(view.unit.flags)
    needed = view.parameters["alliance_gate"]["value"] == "precondition"
    return view.bullets("alliance", [
        view.say("alliance.members", count=len(view.children)),
        view.say("alliance.unified" if unified else "alliance.not_unified"),
        view.cited("alliance_gate"),
        view.say("alliance.package" if unified or not needed else "alliance.no_package"),
    ])  # fmt: skip


def inside(view: View) -> Html | None:
    """Return how the members of an alliance share its balance and its award."""
    if view.unit.kind != "alliance" or not view.own("settlement"):
        return None
    members = {unit.unit_id for unit in view.children}
    rows = [row for row in view.rows("settlement") if row.unit_id in members]
    known = {(row.unit_id, row.scheme, row.item): row for row in rows}
    for scheme, item in sorted({(row.scheme, row.item) for row in rows}):
        of_members = [row for row in rows if (row.scheme, row.item) == (scheme, item)]
        known["", scheme, item] = sum_rows(of_members, ["amount"])

    def amount(item: str, key: tuple[str, str]) -> str:
        row = known.get((*key, item))
        return view.cents(row and row.amount)

    keys = sorted({key[:2] for key in known}, key=lambda key: (not key[0], key[1], key[0]))
    return view.table("inside", keys, {
        "unit": lambda key: view.name(key[0]) if key[0] else view.say("report.total"),
        "scheme": lambda key: view.code("scheme.", key[1]),
        "balance": partial(amount, "balance"),
        "award": partial(amount, "alliance_award"),
    })  # fmt: skip


def settlement(view: View) -> Html:
    """Return the settlement, band by band: the balance first, then what follows from it."""
    order = {"balance": 0, "surplus_award": 1}
    rows = sorted(
        view.own("settlement"),
        key=lambda row: (SCHEMES.index(row.scheme), order.get(row.item, 2), row.item),
    )
    return view.table("settlement", rows, {
        "scheme": lambda row: view.code("scheme.", row.scheme),
        "item": lambda row: settlement_item(view, row.item),
        "base": lambda row: view.cents(row.base),
        "rate": lambda row: view.number(row.rate, 4) if row.item in PER_PIECE
                            else view.percent(row.rate),
        "amount": lambda row: view.cents(row.amount),
    })  # fmt: skip


def settlement_item(view: View, item: str) -> str:
    """Return the name of a step of settlement."""
    name, _, band = item.partition("overrun_band_")
    return (
        view.say("settlement.overrun_band", band=band) if band else view.say(f"settlement.{name}")
    )


def budgets(view: View) -> Html:
    """Return budget and execution by year and scheme, with each execution rate."""
    rows = [row for row in view.own("indicators") if row.indicator in RATES]
    known = {(row.year, row.scheme, row.indicator): row for row in rows}
    unit = view.unit_for(a for row in rows for a in (row.numerator, row.denominator))
    floor = view.limit("execution_floor")

    def amount(key: tuple[int, str], indicator: str, part: str) -> str:
        row = known.get((*key, indicator))
        return unit.show(row and getattr(row, part))

    def rate(indicator: str, key: tuple[int, str]) -> str:
        row = known.get((*key, indicator))
        if row is None or row.value is None:
            return view.cannot(row and row.reason)
        return view.percent(row.value, floor, 1.0)

    return view.table("budgets", sorted({(row.year, row.scheme) for row in rows}), {
        "year": lambda key: f"{key[0]} {view.code('scheme.', key[1])}",
        "initial": lambda key: amount(key, RATES[0], "denominator"),
        "adjusted": lambda key: amount(key, RATES[1], "denominator"),
        "with_carryover": lambda key: amount(key, RATES[2], "denominator"),
        "executed": lambda key: amount(key, RATES[1], "numerator"),
        **{view.indicator(name): partial(rate, name) for name in RATES},
    }, unit=unit.name)  # fmt: skip
