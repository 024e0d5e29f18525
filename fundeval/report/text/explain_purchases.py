"""How an alert on daily purchases and the verdict on its check came about (R13)."""

from __future__ import annotations

import pandas as pd

from fundeval.report.sections.purchases import check_words, last_moment, moment
from fundeval.report.text.arithmetic import amount, number, to_fen
from fundeval.report.text.settled_budgets import sources
from fundeval.report.text.source_cells import cite_cell
from fundeval.report.unit_view import View, certain
from fundeval.results.rows import MeasureInput, PurchaseAlertRow, PurchaseInput

PARAMETERS = ("purchase_warning", "onsite_check_hours", "purchase_check_from")


def explain_purchases(view: View) -> list[str]:
    """Derive each alert of the unit, and each of its days that cannot be judged.

    Returns
    -------
    list of str
        A title; for each such day and kind of goods the cells it rests on, the share, and the
        deadline and the time of the check; how many others do not exceed the limit; the rules.
    """
    rows = view.own(PurchaseAlertRow)
    lines = [view.messages.say("explain.purchases_of", year=view.year)]
    if not rows:
        return [*lines, view.messages.say("none.purchases")]
    told = [row for row in rows if row.level != "none"]
    # Of two of one day, one of them a merged unit's, the graver was judged.
    given = {(row.date, row.goods, *_told(row)): row for row in view.own(PurchaseInput)}
    for row in told:
        lines += _derive(view, row, given[row.date, row.goods, *_told(row)])
    lines.append(view.messages.say("explain.purchase_calm", count=len(rows) - len(told)))
    return [*lines, *sources(view, PARAMETERS)]


def _told(row: PurchaseAlertRow | PurchaseInput) -> tuple[object, ...]:
    return row.amount, row.alerted_at, row.checked_at, row.checked_by, row.check_result


def _derive(view: View, row: PurchaseAlertRow, given: PurchaseInput) -> list[str]:
    say = view.messages.say
    day = f"{moment(row.date)} {view.messages.code('goods.', row.goods)}"
    lines = [cite_cell(view, "purchases", given, "amount")]
    if row.threshold_from == "day":
        lines.append(cite_cell(view, "purchases", given, "threshold"))
    if row.threshold_from == "year":
        code = view.policy.parameters["purchase_threshold_measure"]["value"]
        code += "" if row.goods == "both" else f"_{row.goods}"
        supplied = view.own(MeasureInput, measure=code, year=view.year)
        # A threshold of a merged unit stands in no cell of this one.
        supplied = [each for each in supplied if to_fen(each.value) == to_fen(row.threshold)]
        lines += [cite_cell(view, "measures", measure, "value") for measure in supplied]
    if row.share is None:
        return [*lines, say("explain.purchase_unjudged", day=day, reason=check_words(view, row))]
    limit = view.policy.limit("purchase_warning")
    lines.append(
        say(
            "explain.purchase_share",
            day=day,
            amount=amount(to_fen(row.amount)),
            threshold=amount(to_fen(row.threshold)),
            of=view.messages.code("threshold_from.", row.threshold_from),
            share=number(certain(row.share)),
            limit=number(limit),
            level=view.messages.code("warning.", row.level),
        )
    )
    deadline, hours = certain(row.deadline), view.policy.limit("onsite_check_hours")
    lines.append(
        say(
            "explain.purchase_check",
            due=last_moment(deadline),
            start=f"{deadline - pd.Timedelta(hours=hours):%Y-%m-%d %H:%M}",
            hours=number(hours),
            checked=moment(row.checked_at) or say("report.missing"),
            state=check_words(view, row),
        )
    )
    return lines
