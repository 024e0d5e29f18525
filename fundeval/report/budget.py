"""Where money goes: the bridge to next year's budget, and the settlement of this one."""

from __future__ import annotations

from functools import partial

from fundeval.report import charts
from fundeval.report.pieces import Html, paragraph, together
from fundeval.report.view import ALL, SCHEMES, Row, View

# The order of the arithmetic; the steps do not commute.
STEPS = (
    "base", "history", "population", "technology", "regional_float", "grade",
    "execution_link", "envelope",
)  # fmt: skip
# Settled by number × money, not by money × share.
PER_PIECE = ("points_payable", "outcome_pay")
RATES = ("execution_rate_initial", "execution_rate", "execution_rate_with_carryover")


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

    def notes(step: str) -> str:
        """Say why a step has no amount, moves no money, or what bound it."""
        return view.join(
            sorted({view.reason(r.reason) for r in rows if r.step == step and r.reason})
        )

    def parameters(step: str) -> str:
        return view.cited(*sorted({r.parameter for r in rows if r.step == step and r.parameter}))

    return view.table("bridge", steps, {
        "step": lambda step: view.code("step.", step),
        **{view.code("scheme.", scheme): partial(amount, scheme) for scheme in schemes},
        "parameter": parameters,
        "note": notes,
    }, year=view.year + 1)  # fmt: skip


def shares(view: View) -> Html | None:
    """Return what the envelope gave and took: each child, the sum of each kind, the unit."""
    known = {(row.unit_id, row.step): row.amount for row in view.rows("budget", scheme=ALL)}
    below = view.parts
    if all(known.get((unit.unit_id, "next_budget")) is None for unit in below):
        return None
    named = []
    for kind in sorted({unit.kind for unit in below}):
        units = [unit for unit in below if unit.kind == kind]
        amounts = [_given(known, unit.unit_id) for unit in units]
        named += [(u.name, u.unit_id, a) for u, a in zip(units, amounts, strict=True)]
        sums = tuple(_sum(column) for column in zip(*amounts, strict=True))
        budgets = sum(amount[2] is not None for amount in amounts)
        named.append((view.total(kind, budgets), "", sums))
    named.append((view.say("report.own"), view.unit_id, _given(known, view.unit_id)))
    bound = {
        unit_id: sorted({view.reason(row.reason) for row in view.rows("budget", step="envelope")
                         if row.unit_id == unit_id and row.reason})
        for _, unit_id, _ in named
    }  # fmt: skip
    return view.table("shares", named, {
        "unit": lambda row: row[0],
        "desired": lambda row: view.cents(row[2][0]),
        "envelope": lambda row: view.cents(row[2][1], sign=True),
        "next_budget": lambda row: view.cents(row[2][2]),
        "note": lambda row: view.join(bound[row[1]]),
    }, year=view.year + 1)  # fmt: skip


def _given(known: dict[tuple[str, str], float], unit_id: str) -> tuple[float | None, ...]:
    """Return a unit's budget before the envelope, the change by it, and the budget."""
    envelope, budget = (known.get((unit_id, step)) for step in ("envelope", "next_budget"))
    desired = None if envelope is None or budget is None else round(budget - envelope, 2)
    return desired, envelope, budget


def _sum(amounts: tuple[float | None, ...]) -> float | None:
    """Return the sum of the amounts there are, None for none."""
    known = [amount for amount in amounts if amount is not None]
    return round(sum(known), 2) if known else None


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
    names = {unit.unit_id: unit.name for unit in view.children}
    rows = [row for row in view.rows("settlement") if row.unit_id in names]
    known = {(row.scheme, row.unit_id, row.item): row.amount for row in rows}
    keys = sorted({(row.scheme, row.unit_id) for row in rows})
    for scheme in sorted({row.scheme for row in rows}):
        for item in ("balance", "alliance_award"):
            of_members = [known.get((scheme, member, item)) for member in names]
            known[scheme, "", item] = _sum(tuple(of_members))
        keys.append((scheme, ""))
    return view.table("inside", keys, {
        "unit": lambda key: names.get(key[1]) or view.say("report.total"),
        "scheme": lambda key: view.code("scheme.", key[0]),
        "balance": lambda key: view.cents(known.get((*key, "balance"))),
        "award": lambda key: view.cents(known.get((*key, "alliance_award"))),
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
