"""What was judged and how: scorecard, history, peers, departments, each calculation."""

from __future__ import annotations

from typing import Any

import pandas as pd

from fundeval.report import charts
from fundeval.report.explain import explain
from fundeval.report.forms import show_value
from fundeval.report.numbers import missing, number, percent
from fundeval.report.pieces import Column, Html, paragraph, render, table, together
from fundeval.report.summary import COLUMNS, FIGURES, cells, summarise
from fundeval.report.verdict import ALL
from fundeval.report.view import View, each, lookup

YEARS_SHOWN = 3
# What a value is held against, where the policy names a limit beside the score curve.
LIMITS = {
    "execution_rate": ("≥", "execution_floor"),
    "outpatient_cost_growth": ("≤", "cost_growth_limit"),
    "inpatient_cost_growth": ("≤", "cost_growth_limit"),
    "exam_share": ("≤", "exam_share_limit"),
    "surplus_rate": ("≥", "surplus_rate_warning"),
    "payable_months": (">", "payable_months_warning"),
}
STATE_SHAPES = {"clear": "○", "watch": "△", "restricted": "■", "released": "◇", "undetermined": "?"}
GROWTHS = ("outpatient_cost_growth", "inpatient_cost_growth")


def scorecard(view: View) -> Html:
    """Return the scored indicators: value, target, points, peers and the years before."""
    rows = view.own("scores")
    if rows.empty:
        return paragraph(view.say("scorecard.none"))
    earlier = range(view.year - 1, view.year - YEARS_SHOWN, -1)
    columns = [
        Column(view.say("column.indicator")),
        Column(view.say("column.value", year=view.year), figure=True),
        *[Column(str(year), figure=True) for year in earlier],
        Column(view.say("column.rule")),
        Column(view.say("column.points"), figure=True),
        Column(view.say("column.max"), figure=True),
        Column(view.say("column.peers"), figure=True),
    ]
    history = view.own("indicators")
    body = [
        [
            _scored_name(view, row),
            _value(view, row),
            *[_shown(view, row, lookup(history, row.indicator, y, row.scheme)) for y in earlier],
            _rule(view, row.indicator),
            number(row.points, view.lang),
            number(row.max, view.lang, 0),
            _peers(view, row),
        ]
        for row in each(_by_weight(rows))
    ]
    return together(
        table(view.say("scorecard.caption"), columns, [*body, _sum(view, rows, len(columns))]),
        paragraph(view.say("scorecard.note"), "note"),
    )


def history(view: View) -> Html:
    """Return charts of the execution rate and of the growth of cost per visit over the years."""
    own = view.own("indicators")
    own = own[own["scheme"] == ALL]
    rates = own[own["indicator"] == "execution_rate"].set_index("year")["value"].sort_index()
    growth = own[own["indicator"].isin(GROWTHS)]
    growth = growth.pivot_table("value", index="year", columns="indicator", aggfunc="first").dropna(
        how="all"
    )
    growth = growth.reindex(columns=list(GROWTHS)).dropna(how="all", axis="columns")
    bars = None
    if rates.notna().any():
        bars = charts.execution_bars(rates, view.limit("execution_floor"), view.lang)
    lines = None
    if not growth.empty:
        lines = charts.cost_growth(growth, view.limit("cost_growth_limit"), view.lang)
    if bars is None and lines is None:
        return paragraph(view.say("history.none"))
    return together(bars, lines)


def peers(view: View) -> Html:
    """Return where the unit stands among units of its kind and level."""
    own = view.own("scores")
    own = own[own["status"] == "ok"][["indicator", "value", "max"]]
    few = int(view.limit("minimum_peers"))
    rows = own.merge(view.evaluation.peers, on="indicator")
    rows = rows[rows["count"] >= few].dropna(subset=["value", "p50"])
    if rows.empty:
        return paragraph(view.say("peers.none", few=few))
    return charts.peer_ranges(_by_weight(rows), view.titles(), view.currency, view.lang)


def departments(view: View) -> Html:
    """Return the restriction state of each department, and its path over two years."""
    rows = view.evaluation.restrictions
    now = rows[rows["year"] == view.year]
    if now.empty:
        return paragraph(view.say("departments.none"))
    floor = view.limit("execution_floor")
    slopes = [
        charts.Slope(view.name(row.unit_id), row.previous_rate, row.rate, row.state)
        for row in each(now.dropna(subset=["rate", "previous_rate"]))
    ]
    chart = None
    if slopes:
        years = (view.year - 1, view.year)
        chart = charts.department_slopes(slopes, years, floor, view.lang)
    columns = [
        Column(view.say("column.department")),
        Column(str(view.year - 1), figure=True),
        Column(str(view.year), figure=True),
        Column(view.say("column.state")),
        Column(view.say("column.path")),
    ]
    body = [
        [
            view.name(row.unit_id),
            percent(row.previous_rate, view.lang, (floor,)),
            percent(row.rate, view.lang, (floor,)),
            _state(view, row.state, row.reason),
            _path(view, rows[rows["unit_id"] == row.unit_id]),
        ]
        for row in each(now.sort_values("unit_id"))
    ]
    shown = percent(floor, view.lang, digits=0)
    caption = view.say("departments.caption", floor=shown, year=view.year)
    return together(chart, table(caption, columns, body))


def children(view: View) -> Html:
    """Return the units one level down: score, grade, execution, departments, next budget."""
    rows = summarise(view)
    rows = rows[rows["parent_id"] == view.unit_id]
    return unit_table(view, rows, view.say("children.caption", year=view.year))


def unit_table(view: View, rows: pd.DataFrame, caption: str) -> Html:
    """Return a table of units; `rows` are of `summarise`, in the order to show them."""
    if rows.empty:
        return paragraph(view.say("children.none"))
    columns = [Column(view.say(f"column.{name}"), name in FIGURES) for name in COLUMNS]
    return table(caption, columns, [cells(view, row) for _, row in rows.iterrows()])


def heat(view: View) -> Html:
    """Return the heat map of points one level down, of the kind that is most common there."""
    children = view.children
    kind = str(children["kind"].mode().get(0, ""))
    children = children[children["kind"] == kind]
    scores = view.evaluation.scores.merge(children[["unit_id", "name"]], on="unit_id")
    if scores["points"].notna().sum() == 0:
        return paragraph(view.say("scorecard.none"))
    scores["share"] = scores["points"] / scores["max"]
    scores["title"] = [view.indicator(name) for name in scores["indicator"]]
    shares = scores.pivot_table(
        "share", index=["unit_id", "name"], columns="title", aggfunc="first", sort=False
    )
    order = scores.sort_values(["max", "indicator"], ascending=[False, True])["title"].unique()
    return charts.score_heat(
        shares.reindex(columns=list(order)).droplevel("unit_id"), kind, view.lang
    )


def derivations(view: View) -> Html:
    """Return each score's calculation, folded."""
    rows = _by_weight(view.own("scores"))
    parts = [
        {
            "summary": view.say(
                "derivation.summary",
                name=_scored_name(view, row),
                points=number(row.points, view.lang),
                maximum=number(row.max, view.lang, 0),
            ),
            "body": render("lines.html.j2", lines=explain(view, row.indicator)),
        }
        for row in each(rows)
    ]
    return (
        render("details.html.j2", parts=parts) if parts else paragraph(view.say("scorecard.none"))
    )


def _by_weight(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(["max", "indicator"], ascending=[False, True])


def _scored_name(view: View, row: Any) -> str:
    name = view.indicator(row.indicator)
    if row.scheme == ALL:
        return name
    return view.say("scorecard.by_scheme", name=name, scheme=view.say(f"scheme.{row.scheme}"))


def _value(view: View, row: Any) -> str:
    if missing(row.value):
        return view.cannot(row.reason)
    shown = _shown(view, row, row.value)
    if row.status == "ok":
        return shown
    return view.say("scorecard.unsure", value=shown, reason=view.reason(row.reason))


def _shown(view: View, row: Any, value: float | None) -> str:
    limits = _limits(view, row.indicator)
    return show_value(row.indicator, value, view.lang, view.currency, limits)


def _limits(view: View, indicator: str) -> list[float]:
    return [view.limit(LIMITS[indicator][1])] if indicator in LIMITS else []


def _rule(view: View, indicator: str) -> str:
    if indicator not in LIMITS:
        return view.say("scorecard.by_curve")
    sign, parameter = LIMITS[indicator]
    return f"{sign} {show_value(indicator, view.limit(parameter), view.lang, view.currency)}"


def _peers(view: View, row: Any) -> str:
    found = view.evaluation.peers
    found = found[found["indicator"] == row.indicator]
    if found.empty or found["count"].iloc[0] < view.limit("minimum_peers"):
        return view.say("report.missing")
    median = show_value(row.indicator, found["p50"].iloc[0], view.lang, view.currency)
    return view.say("scorecard.peers", median=median, count=found["count"].iloc[0])


def _sum(view: View, rows: pd.DataFrame, width: int) -> list[str]:
    judged = rows[rows["points"].notna()]
    points, maximum = (
        number(judged["points"].sum(), view.lang),
        number(judged["max"].sum(), view.lang, 0),
    )
    return [view.say("scorecard.sum"), *[""] * (width - 4), points, maximum, ""]


def _state(view: View, state: str, reason: object) -> str:
    shown = f"{STATE_SHAPES[state]} {view.say(f'state.{state}')}"
    because = view.reason(reason)
    return view.say("report.because", what=shown, reason=because) if because else shown


def _path(view: View, rows: pd.DataFrame) -> str:
    steps = rows.sort_values("year").tail(YEARS_SHOWN)
    return " → ".join(f"{row.year} {view.say(f'state.{row.state}')}" for row in each(steps))
