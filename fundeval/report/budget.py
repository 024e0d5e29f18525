"""Where money goes: the bridge to next year's budget, and the settlement of this one."""

from __future__ import annotations

import pandas as pd

from fundeval.report import charts
from fundeval.report.numbers import missing, money_unit, plain_unit
from fundeval.report.pieces import Html, paragraph, together
from fundeval.report.view import ALL, View, each

# The order of the arithmetic; the steps do not commute.
STEPS = (
    "base", "history", "population", "technology", "regional_float", "grade",
    "execution_link", "envelope",
)  # fmt: skip
SCHEMES = ("employee", "resident", "supplementary", "assistance", ALL)
# Settled by number × money, not by money × share.
PER_PIECE = ("points_payable", "outcome_pay")
RATES = ("execution_rate_initial", "execution_rate", "execution_rate_with_carryover")


def bridge(view: View) -> Html:
    """Return the bridge to next year's budget: chart, table to the 分, and its order in words."""
    rows = view.own("budget")
    if rows["amount"].isna().all():
        reasons = rows["reason"].map(view.cannot).drop_duplicates()
        return paragraph(view.join(reasons) or view.say("none.bridge"))
    total = rows[rows["scheme"] == ALL].set_index("step")["amount"].dropna()
    chart = None
    if "next_budget" in total and "base" in total:
        steps = [(step, float(total.get(step, 0.0))) for step in STEPS]
        unit = money_unit(total, view.lang, view.currency)
        chart = charts.bridge_waterfall(view, steps, unit)
    return together(paragraph(view.say("bridge.order")), chart, _bridge_table(view, rows))


def _bridge_table(view: View, rows: pd.DataFrame) -> Html:
    schemes = [scheme for scheme in SCHEMES if scheme in set(rows["scheme"])]
    steps = [step for step in (*STEPS, "next_budget") if step in set(rows["step"])]
    body = [
        [
            view.say(f"step.{step}"),
            *(_amount_or_reason(view, rows, step, scheme) for scheme in schemes),
            _parameters(view, rows, step),
            _notes(view, rows, step),
        ]
        for step in steps
    ]
    columns = ("step", *(view.say(f"scheme.{scheme}") for scheme in schemes), "parameter", "note")
    unit = plain_unit(view.lang, view.currency)
    return view.table("bridge", columns, body, year=view.year + 1, unit=unit.name)


def _amount_or_reason(view: View, rows: pd.DataFrame, step: str, scheme: str) -> str:
    found = rows[(rows["step"] == step) & (rows["scheme"] == scheme)]
    if found.empty:
        return view.say("report.missing")
    amount, reason = found.iloc[0][["amount", "reason"]]
    if missing(amount):
        return view.cannot(reason)
    sign = step not in ("base", "next_budget")
    return plain_unit(view.lang, view.currency).show(amount, view.lang, sign)


def _notes(view: View, rows: pd.DataFrame, step: str) -> str:
    """Return why a step has no amount, moves no money, or what bound it."""
    reasons = rows.loc[rows["step"] == step, "reason"].map(view.reason)
    return view.join(sorted(set(reasons) - {""}))


def _parameters(view: View, rows: pd.DataFrame, step: str) -> str:
    names = rows.loc[rows["step"] == step, "parameter"].dropna()
    return view.join(view.cited(name) for name in sorted(set(names) - {""}))


def shares(view: View) -> Html | None:
    """Return what the envelope gave and took: each child, the sum of each kind, the unit."""
    # An alliance repeats the hospitals of its region.
    below = view.children[view.children["kind"] != "alliance"]
    rows = view.evaluation.budget
    of_all = rows[rows["scheme"] == ALL]
    amounts = of_all.pivot_table("amount", index="unit_id", columns="step", aggfunc="first")
    amounts = amounts.reindex(columns=["envelope", "next_budget"])
    amounts.insert(0, "desired", (amounts["next_budget"] - amounts["envelope"]).round(2))
    if amounts.reindex(below["unit_id"])["next_budget"].isna().all():
        return None
    named = []
    for kind, units in below.groupby("kind"):
        known = amounts.reindex(units["unit_id"])
        named += [(view.name(unit_id), unit_id, known.loc[unit_id]) for unit_id in known.index]
        total = view.total(str(kind), known["next_budget"].count())
        named.append((total, "", known.sum(min_count=1).round(2)))
    own = amounts.reindex([view.unit_id]).iloc[0]
    named.append((view.say("report.own"), view.unit_id, own))
    unit = plain_unit(view.lang, view.currency)
    body = [
        [
            name,
            *(unit.show(row[c], view.lang, sign=c == "envelope") for c in amounts.columns),
            _notes(view, rows[rows["unit_id"] == unit_id], "envelope"),
        ]
        for name, unit_id, row in named
    ]
    columns = ("unit", *amounts.columns, "note")
    return view.table("shares", columns, body, year=view.year + 1, unit=unit.name)


def alliance(view: View) -> Html | None:
    """Return whether the alliance has a package budget, and why."""
    if view.unit["kind"] != "alliance":
        return None
    unified = "six_unified" in str(view.unit["flags"])
    needed = view.parameter("alliance_gate")["value"] == "precondition"
    lines = [
        view.say("alliance.members", count=len(view.children)),
        view.say("alliance.unified" if unified else "alliance.not_unified"),
        view.cited("alliance_gate"),
        view.say("alliance.package" if unified or not needed else "alliance.no_package"),
    ]
    return view.bullets("alliance", lines)


def inside(view: View) -> Html | None:
    """Return how the members of an alliance share its balance and its award."""
    rows = view.evaluation.settlement
    if view.unit["kind"] != "alliance" or view.own("settlement").empty:
        return None
    members = rows[rows["unit_id"].isin(view.children["unit_id"])]
    keys = ["scheme", "unit_id"]
    both = members.pivot_table("amount", index=keys, columns="item", aggfunc="first")
    both = both.reindex(columns=["balance", "alliance_award"]).reset_index()
    sums = both.groupby("scheme", as_index=False)[["balance", "alliance_award"]].sum().round(2)
    unit = plain_unit(view.lang, view.currency)
    body = [
        [
            view.name(row.unit_id) if row.unit_id else view.say("report.total"),
            view.say(f"scheme.{row.scheme}"),
            unit.show(row.balance, view.lang),
            unit.show(row.alliance_award, view.lang),
        ]
        for row in each(pd.concat([both, sums.assign(unit_id="")]))
    ]
    columns = ("unit", "scheme", "balance", "award")
    return view.table("inside", columns, body, year=view.year, unit=unit.name)


def settlement(view: View) -> Html:
    """Return the settlement, band by band."""
    rows = view.own("settlement").sort_values(["scheme", "item"], key=_in_order)
    unit = plain_unit(view.lang, view.currency)
    body = [
        [
            view.say(f"scheme.{row.scheme}"),
            settlement_item(view, row.item),
            unit.show(row.base, view.lang),
            view.number(row.rate, 4) if row.item in PER_PIECE else view.percent(row.rate),
            unit.show(row.amount, view.lang),
        ]
        for row in each(rows)
    ]
    columns = ("scheme", "item", "base", "rate", "amount")
    return view.table("settlement", columns, body, year=view.year, unit=unit.name)


def _in_order(column: pd.Series) -> pd.Series:
    """Put the balance first, then what follows from it; schemes in their usual order."""
    order = {name: place for place, name in enumerate([*SCHEMES, "balance", "surplus_award"])}
    return column.map(lambda name: f"{order.get(name, 99):02d} {name}")


def settlement_item(view: View, item: str) -> str:
    """Return the name of a step of settlement."""
    name, _, band = item.partition("overrun_band_")
    return (
        view.say("settlement.overrun_band", band=band) if band else view.say(f"settlement.{name}")
    )


def budgets(view: View) -> Html:
    """Return budget and execution by year and scheme, with each execution rate."""
    rows = view.own("indicators")
    rows = rows[rows["indicator"].isin(RATES)]
    unit = money_unit([*rows["numerator"], *rows["denominator"]], view.lang, view.currency)
    floor = view.limit("execution_floor")
    body = []
    for (year, scheme), group in rows.groupby(["year", "scheme"]):
        by = group.set_index("indicator").reindex(RATES)
        amounts = [*by["denominator"], by["numerator"].get("execution_rate")]
        rates = [
            view.cannot(reason) if missing(value) else view.percent(value, floor, 1.0)
            for value, reason in zip(by["value"], by["reason"], strict=True)
        ]
        label = f"{year} {view.say(f'scheme.{scheme}')}"
        body.append([label, *(unit.show(amount, view.lang) for amount in amounts), *rates])
    columns = (
        "year", "initial", "adjusted", "with_carryover", "executed", *map(view.indicator, RATES),
    )  # fmt: skip
    return view.table("budgets", columns, body, unit=unit.name)
