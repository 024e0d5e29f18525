"""Where money goes: the bridge to next year's budget, and the settlement of this one."""

from __future__ import annotations

import pandas as pd

from fundeval.report import charts
from fundeval.report.numbers import missing, money_unit, percent, plain_unit
from fundeval.report.pieces import Column, Html, paragraph, table, together
from fundeval.report.verdict import ALL
from fundeval.report.view import View, each

# The order of the arithmetic; the steps do not commute.
STEPS = (
    "base", "history", "population", "technology", "regional_float", "grade",
    "execution_link", "envelope",
)  # fmt: skip
SCHEMES = ("employee", "resident", "supplementary", "assistance", ALL)


def bridge(view: View) -> Html:
    """Return the bridge to next year's budget: chart, table to the 分, and its order in words."""
    rows = view.own("budget")
    if rows.empty:
        return paragraph(view.say("bridge.none"))
    total = rows[rows["scheme"] == ALL].set_index("step")["amount"].dropna()
    chart = None
    if "next_budget" in total and "base" in total:
        steps = [(step, float(total.get(step, 0.0))) for step in STEPS]
        unit = money_unit(total, view.lang, view.currency)
        chart = charts.bridge_waterfall(steps, unit, view.lang)
    return together(paragraph(view.say("bridge.order")), chart, _bridge_table(view, rows))


def _bridge_table(view: View, rows: pd.DataFrame) -> Html:
    unit = plain_unit(view.lang, view.currency)
    schemes = [scheme for scheme in SCHEMES if scheme in set(rows["scheme"])]
    steps = [step for step in (*STEPS, "next_budget") if step in set(rows["step"])]
    columns = [Column(view.say("column.step"))]
    columns += [Column(view.say(f"scheme.{scheme}"), figure=True) for scheme in schemes]
    columns += [Column(view.say("column.note"))]
    body = []
    for step in steps:
        cells = [
            _amount_or_reason(view, rows, step, scheme, sign=step not in ("base", "next_budget"))
            for scheme in schemes
        ]
        body.append([view.say(f"step.{step}"), *cells, _notes(view, rows, step)])
    caption = view.say("bridge.caption", year=view.year + 1, unit=unit.name)
    return table(caption, columns, body)


def _amount_or_reason(view: View, rows: pd.DataFrame, step: str, scheme: str, sign: bool) -> str:
    found = rows[(rows["step"] == step) & (rows["scheme"] == scheme)]
    if found.empty:
        return view.say("report.missing")
    amount, reason = found.iloc[0][["amount", "reason"]]
    if missing(amount):
        return view.cannot(reason)
    return plain_unit(view.lang, view.currency).show(amount, view.lang, sign)


def _notes(view: View, rows: pd.DataFrame, step: str) -> str:
    """Return why a step has no amount, moves no money, or what bound it."""
    reasons = rows.loc[rows["step"] == step, "reason"].map(view.reason)
    return view.say("report.semicolon").join(sorted(set(reasons) - {""}))


def settlement(view: View) -> Html:
    """Return the settlement, band by band."""
    rows = view.own("settlement")
    if rows.empty:
        return paragraph(view.say("settlement.none"))
    unit = plain_unit(view.lang, view.currency)
    columns = [
        Column(view.say("column.scheme")),
        Column(view.say("column.item")),
        Column(view.say("column.base"), figure=True),
        Column(view.say("column.rate"), figure=True),
        Column(view.say("column.amount"), figure=True),
    ]
    body = [
        [
            view.say(f"scheme.{row.scheme}"),
            _item(view, row.item),
            unit.show(row.base, view.lang),
            percent(row.rate, view.lang),
            unit.show(row.amount, view.lang),
        ]
        for row in each(rows.sort_values(["scheme", "item"], key=_in_order))
    ]
    return table(view.say("settlement.caption", year=view.year, unit=unit.name), columns, body)


def _in_order(column: pd.Series) -> pd.Series:
    """Put the balance first, then what follows from it; schemes in their usual order."""
    order = {name: place for place, name in enumerate([*SCHEMES, "balance", "surplus_award"])}
    return column.map(lambda name: f"{order.get(name, 99):02d} {name}")


def _item(view: View, item: str) -> str:
    name, _, band = item.partition("overrun_band_")
    return (
        view.say("settlement.overrun_band", band=band) if band else view.say(f"settlement.{name}")
    )


def budgets(view: View) -> Html:
    """Return budget and execution by year and scheme, with each execution rate."""
    rows = view.own("indicators")
    rates = ("execution_rate_initial", "execution_rate", "execution_rate_with_carryover")
    rows = rows[rows["indicator"].isin(rates)]
    if rows.empty:
        return paragraph(view.say("budgets.none"))
    unit = money_unit([*rows["numerator"], *rows["denominator"]], view.lang, view.currency)
    floor = view.limit("execution_floor")
    columns = [Column(view.say("column.year_scheme"))]
    columns += [
        Column(view.say(f"column.{name}", unit=unit.name), figure=True)
        for name in ("initial", "adjusted", "with_carryover", "executed")
    ]
    columns += [Column(view.indicator(rate), figure=True) for rate in rates]
    body = []
    for (year, scheme), group in rows.groupby(["year", "scheme"]):
        by = group.set_index("indicator").reindex(list(rates))
        amounts = [*by["denominator"], by["numerator"].get("execution_rate")]
        shown = [
            percent(value, view.lang, (floor, 1.0)) if not missing(value) else view.cannot(reason)
            for value, reason in zip(by["value"], by["reason"], strict=True)
        ]
        label = f"{year} {view.say(f'scheme.{scheme}')}"
        body.append([label, *[unit.show(amount, view.lang) for amount in amounts], *shown])
    return table(view.say("budgets.caption", unit=unit.name), columns, body)
