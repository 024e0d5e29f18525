"""What was judged and how: grade, domains, scorecard, place among peers, each calculation."""

from __future__ import annotations

from typing import Any

import pandas as pd

from fundeval.report import charts
from fundeval.report.explain import explain
from fundeval.report.numbers import missing
from fundeval.report.pieces import Html, paragraph, render, together
from fundeval.report.view import ALL, View, each

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


def grade(view: View) -> Html | None:
    """Return the grade in a sentence, and how firm it is."""
    row = view.grade()
    if row is None or missing(row["stability"]):
        return None
    stated = {
        name: view.percent(view.limit(f"sensitivity_{name}"), digits=1)
        for name in ("weights", "curves")
    }
    return paragraph(
        view.say(
            "grade.firmness",
            grade=view.say(f"grade.{row['grade']}"),
            score=view.score(row["score"]),
            draws=view.number(view.limit("sensitivity_draws"), 0),
            stability=view.percent(row["stability"], 0, 1, digits=0),
            **stated,
        )
    )


def domains(view: View) -> Html | None:
    """Return points and weight of each domain, and their sum, the score."""
    rows = view.own("domains")
    if rows.empty:
        return None
    names = {key: title[view.lang] for key, title in view.policy["domains"].items()}
    order = [entry["value"]["domain"] for entry in view.policy["indicators"]]
    rows = rows.sort_values("domain", key=lambda column: column.map(order.index))
    named = [(names[row.domain], row.points, row.max) for row in each(rows)]
    named.append((view.say("domains.sum"), rows["points"].sum(), rows["max"].sum()))
    body = [
        [name, view.score(points), view.number(most), view.percent(points / most)]
        for name, points, most in named
    ]
    return view.table("domains", ("domain", "points", "max", "share"), body)


def scorecard(view: View) -> Html:
    """Return the scored indicators: value, the years before, target, points and peers."""
    rows = _by_weight(view.own("scores"))
    earlier = range(view.year - 1, view.year - YEARS_SHOWN, -1)
    body = [
        [
            _scored_name(view, row),
            _value(view, row),
            *(_shown(view, row, view.value(row.indicator, y, row.scheme)) for y in earlier),
            _rule(view, row.indicator),
            view.number(row.points),
            view.number(row.max, 0),
            _peers(view, row.indicator),
        ]
        for row in each(rows)
    ]
    columns = (
        "indicator", str(view.year), *map(str, earlier), "rule", "points", "max", "peers",
    )  # fmt: skip
    card = view.table("scorecard", columns, body)
    return together(card, paragraph(view.say("scorecard.note"), "note") if body else None)


def peers(view: View) -> Html:
    """Return where the unit stands among units of its kind and level."""
    own = view.own("scores")
    own = own[own["status"] == "ok"][["indicator", "value", "max"]]
    few = int(view.limit("minimum_peers"))
    rows = own.merge(view.evaluation.peers, on="indicator")
    rows = rows[rows["count"] >= few].dropna(subset=["value", "p50"])
    if rows.empty:
        return paragraph(view.say("none.peers", few=few))
    return charts.peer_ranges(view, _by_weight(rows))


def derivations(view: View) -> Html:
    """Return each score's calculation, folded."""
    parts = [
        {
            "summary": view.say(
                "derivation.summary",
                name=_scored_name(view, row),
                points=view.number(row.points),
                maximum=view.number(row.max, 0),
            ),
            "lines": explain(view, row.indicator),
        }
        for row in each(_by_weight(view.own("scores")))
    ]
    if not parts:
        return paragraph(view.say("none.scorecard"))
    return render("derivations.html.j2", parts=parts)


def _by_weight(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(["max", "indicator"], ascending=[False, True])


def _scored_name(view: View, row: Any) -> str:
    name = view.indicator(row.indicator)
    if row.scheme == ALL:
        return name
    return view.say("scorecard.by_scheme", name=name, scheme=view.say(f"scheme.{row.scheme}"))


def _value(view: View, row: Any) -> str:
    """Return the value; one that rests on too few cases with its interval, and marked."""
    if missing(row.value) or row.reason == "deficit":
        return view.figure(row)
    shown = _shown(view, row, row.value)
    if row.status == "ok":
        return shown
    reason = view.reason(row.reason)
    found = view.row(row.indicator, view.year, row.scheme)
    if found is None or missing(found["low"]):
        return view.say("scorecard.unsure", value=shown, reason=reason)
    low, high = (view.show(row.indicator, found[end]) for end in ("low", "high"))
    return view.say("scorecard.interval", value=shown, low=low, high=high, reason=reason)


def _shown(view: View, row: Any, value: float | None) -> str:
    limits = [view.limit(LIMITS[row.indicator][1])] if row.indicator in LIMITS else []
    return view.show(row.indicator, value, *limits)


def _rule(view: View, indicator: str) -> str:
    if indicator not in LIMITS:
        return view.say("scorecard.by_curve")
    sign, parameter = LIMITS[indicator]
    return f"{sign} {view.show(indicator, view.limit(parameter))}"


def _peers(view: View, indicator: str) -> str:
    found = view.evaluation.peers
    found = found[found["indicator"] == indicator]
    if found.empty or found["count"].iloc[0] < view.limit("minimum_peers"):
        return view.say("report.missing")
    median = view.show(indicator, found["p50"].iloc[0])
    return view.say("scorecard.peers", median=median, count=found["count"].iloc[0])
