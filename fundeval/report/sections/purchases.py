"""Daily purchases of drugs and consumables: alerts, and the check that must follow (R13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from fundeval.report.charts.purchase_days import draw_purchase_days
from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.format.parameter_values import cite
from fundeval.report.tables.view_table import table
from fundeval.report.unit_view import View, rows_of
from fundeval.results.rows import PurchaseAlertRow

# The gravest first.
CHECK_SHAPES = {
    "unchecked": "■", "late": "▲", "undetermined": "?", "pending": "◆", "in_time": "○",
    "not_due": "·",
}  # fmt: skip
MOST_LISTED = 100


def checks(view: View) -> Html:
    """Return how many purchases call for a check, the alerts with their checks, the days drawn.

    Alerts are those of the unit and below it; only its own days are drawn.
    """
    rows = alerts_of(view)
    if not rows:
        return paragraph(view.messages.say("none.purchases"))
    own = [row for row in view.own(PurchaseAlertRow) if row.share is not None]
    return together(
        *(paragraph(text) for text in _sentences(view, rows)),
        _listed(view, [row for row in rows if row.level != "none"]),
        draw_purchase_days(view, own, CHECK_SHAPES) if own else None,
        paragraph(_rule(view)),
    )


def _listed(view: View, rows: Sequence[PurchaseAlertRow]) -> Html | None:
    """Return the table of alerts and of what cannot be judged, the gravest first."""
    if not rows:
        return None
    listed, names = sorted(rows, key=_gravity), _names(view)
    limit = view.policy.limit("purchase_warning")
    shown = table(view, "checks", listed[:MOST_LISTED], {
        "unit": lambda row: bought_by(view, row, names[row.unit_id]),
        "purchased_on": lambda row: _day_and_goods(view, row),
        "purchased": lambda row: view.numbers.amount(row.amount),
        "threshold": lambda row: view.numbers.amount(row.threshold),
        "purchase": lambda row: view.numbers.percent(row.share, limit),
        "check_due": lambda row: last_moment(row.deadline) or view.messages.say("report.missing"),
        "check_state": lambda row: check_words(view, row),
        "checked": lambda row: _who_and_result(view, row),
    }, limit=view.numbers.percent(limit, digits=0))  # fmt: skip
    more = len(listed) - MOST_LISTED
    if more <= 0:
        return shown
    return together(
        shown, paragraph(view.messages.say("purchases.left_out", count=MOST_LISTED, more=more))
    )


def alerts_of(view: View) -> list[PurchaseAlertRow]:
    """Return the judged purchases of the unit and below: of a region at any level."""
    below = view.below.get("purchase_alerts") if view.unit.kind == "region" else None
    if below is None:
        return view.rows(PurchaseAlertRow)
    return rows_of(below, PurchaseAlertRow)


def alerts_in_short(view: View) -> tuple[str, str] | None:
    """Return how many alerts there are and how many had no check in time; None without data."""
    rows = alerts_of(view)
    if not any(row.level != "undetermined" for row in rows):
        return None
    counts = Counter(row.check for row in rows if row.level == "yellow")
    missed = {name: counts[name] for name in ("unchecked", "late")}
    shape = "▲" if counts else "○"
    return (
        f"{shape} {view.messages.say('purchases.fact', count=counts.total())}",
        view.messages.say("purchases.missed", **missed) if any(missed.values()) else "",
    )


def check_words(view: View, row: PurchaseAlertRow) -> str:
    """Return the state of a check in shape and word, with its reason."""
    if row.level == "undetermined":
        return f"{CHECK_SHAPES['undetermined']} {view.messages.cannot(row.reason)}"
    word = f"{CHECK_SHAPES[row.check]} {view.messages.code('check.', row.check)}"
    return view.messages.because(word, row.reason)


def bought_by(view: View, row: PurchaseAlertRow, name: str) -> str:
    """Return the name of a unit, with that of the merged one which bought."""
    buyer = view.in_language(row.bought_by)
    if buyer == name:
        return name
    return view.messages.say("purchases.bought_by", name=name, bought_by=buyer)


def moment(time: pd.Timestamp | None) -> str:
    """Return a time as people write it; midnight stands for a day without a time.

    Examples
    --------
    >>> moment(pd.Timestamp("2024-03-05 09:30")), moment(pd.Timestamp("2024-03-05"))
    ('2024-03-05 09:30', '2024-03-05')
    """
    if time is None or pd.isna(time):
        return ""
    return time.strftime("%Y-%m-%d" if time == time.normalize() else "%Y-%m-%d %H:%M")


def last_moment(time: pd.Timestamp | None) -> str:
    """Return a deadline as people write it: midnight is the end of the day before.

    Examples
    --------
    >>> last_moment(pd.Timestamp("2024-03-05 09:30")), last_moment(pd.Timestamp("2024-03-07"))
    ('2024-03-05 09:30', '2024-03-06 24:00')
    """
    if time is None or pd.isna(time) or time != time.normalize():
        return moment(time)
    return f"{moment(time - pd.Timedelta(days=1))} 24:00"


def _sentences(view: View, rows: Sequence[PurchaseAlertRow]) -> list[str]:
    say = view.messages.say
    unknown = [row for row in rows if row.level == "undetermined"]
    judged, reasons = len(rows) - len(unknown), view.messages.join(
        dict.fromkeys(view.messages.reason(row.reason) for row in unknown)
    )  # fmt: skip
    if not judged:
        return [say("purchases.none_judged", count=len(unknown), reasons=reasons)]
    states = Counter(row.check for row in rows if row.level == "yellow")
    if not states:
        said = [say("purchases.none_raised", judged=judged)]
    else:
        named = (
            say(
                "purchases.state",
                state=f"{CHECK_SHAPES[state]} {view.messages.code('check.', state)}",
                count=states[state],
            )
            for state in CHECK_SHAPES
            if states[state]
        )
        told = view.messages.join(named)
        said = [say("purchases.counts", judged=judged, alerts=states.total(), states=told)]
    due = sum(states[state] for state in ("in_time", "late", "unchecked"))
    if due:
        share = view.numbers.percent(states["in_time"] / due)
        said.append(say("purchases.share", due=due, in_time=states["in_time"], share=share))
    if unknown:
        said.append(say("purchases.unjudged", count=len(unknown), reasons=reasons))
    return said


def _rule(view: View) -> str:
    limit = view.policy.limit("purchase_warning")
    start = view.policy.parameters["purchase_check_from"]["value"]
    return view.messages.say(
        "purchases.rule",
        limit=view.numbers.percent(limit, digits=0),
        hours=view.numbers.number(view.policy.limit("onsite_check_hours"), 0),
        start=view.messages.code("choice.", start),
        source=cite(view.messages, "purchase_warning", "onsite_check_hours", "purchase_check_from"),
    )


def _gravity(row: PurchaseAlertRow) -> tuple[int, float, str, pd.Timestamp, str]:
    order = [*CHECK_SHAPES].index(row.check)
    return (order, -(row.share or 0), row.unit_id, row.date, row.goods)


def _names(view: View) -> dict[str, str]:
    below = view.below.get("units") if view.unit.kind == "region" else None
    units = view.evaluation.units if below is None else below
    return dict(zip(units["unit_id"], units["name"], strict=True))


def _day_and_goods(view: View, row: PurchaseAlertRow) -> str:
    return f"{moment(row.date)} {view.messages.code('goods.', row.goods)}"


def _who_and_result(view: View, row: PurchaseAlertRow) -> str:
    parts = (moment(row.checked_at), row.checked_by, row.check_result)
    return view.messages.join(part for part in parts if part) or view.messages.say("report.missing")
