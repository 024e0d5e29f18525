"""The years ahead: what each fund may become, and what moves between regions this year."""

from __future__ import annotations

import pandas as pd

from fundeval.report import charts
from fundeval.report.numbers import money_unit, plain_unit
from fundeval.report.pieces import Html, paragraph, together
from fundeval.report.view import View, each

ASSUMPTIONS = ("history_years", "projection_scenarios", "projection_years")
RULES = ("surplus_rate_adjustment", "surplus_rate_warning", "adjustment_share")


def projection(view: View) -> Html | None:
    """Return each fund's next years by scenario: chart, when it runs dry, table."""
    rows = view.own("projections")
    if rows.empty:
        return None
    cited = view.join(map(view.cited, ASSUMPTIONS))
    pieces = [paragraph(view.say("projection.assumptions", parameters=cited))]
    for scheme, fund in rows.groupby("scheme"):
        closing = fund.pivot_table("closing", index="year", columns="scenario")
        by_scenario = fund.sort_values("year").groupby("scenario")
        pieces += [
            charts.fund_fan(view, str(scheme), closing),
            view.bullets("projection", [_outcome(view, str(n), path) for n, path in by_scenario]),
            _years(view, str(scheme), fund),
        ]
    return together(*pieces)


def _outcome(view: View, scenario: str, path: pd.DataFrame) -> str:
    """Return a scenario's growth and the first year in which the fund runs dry, if any."""
    now, following = path[["income", "expenditure"]].iloc[0], path.iloc[1:]
    growth = following[["income", "expenditure"]].iloc[:1] / now - 1
    dry = path[path["closing"] < 0]
    ends = "lasts" if dry.empty else "dry" if dry["year"].iloc[0] > view.year else "dry_now"
    row = (path.tail(1) if dry.empty else dry).iloc[0]
    return view.say(
        f"projection.{ends}",
        scenario=view.scenario(scenario),
        income=view.change(growth["income"].iloc[0]),
        expenditure=view.change(growth["expenditure"].iloc[0]),
        year=row["year"],
        years=len(following),
        closing=view.money(row["closing"]),
    )


def _years(view: View, scheme: str, fund: pd.DataFrame) -> Html:
    columns = ("income", "expenditure", "closing")
    unit = money_unit(fund[[*columns]].to_numpy().ravel(), view.lang, view.currency)
    # The evaluated year is the same in every scenario.
    known = fund["year"] == view.year
    rows = pd.concat([fund[known].head(1), fund[~known].sort_values(["scenario", "year"])])
    body = [
        [
            str(row.year) if row.year == view.year else f"{row.year} {view.scenario(row.scenario)}",
            *(unit.show(getattr(row, column), view.lang) for column in columns),
            view.number(row.payable_months),
            view.say("projection.deficit") if row.closing < 0 else "",
        ]
        for row in each(rows)
    ]
    names = ("scenario_year", *columns, "months", "note")
    scheme = view.say(f"scheme.{scheme}")
    return view.table("projection", names, body, scheme=scheme, unit=unit.name)


def adjustment(view: View) -> Html | None:
    """Return what the region pays or receives, then its child regions, who sum to zero."""
    rows = view.evaluation.adjustments.sort_values(["scheme", "unit_id"])
    own, below = (
        rows[rows["unit_id"].isin(ids)] for ids in ([view.unit_id], view.children["unit_id"])
    )
    if own.empty and below.empty:
        return None
    unit = plain_unit(view.lang, view.currency)
    amounts = ["short", "spare", "amount"]
    limits = [view.limit(name) for name in RULES[:2]]
    totals = below.groupby("scheme", as_index=False)[amounts].sum().round(2)
    body = [
        [
            view.name(row.unit_id) if row.unit_id else view.say("report.total"),
            view.say(f"scheme.{row.scheme}"),
            view.percent(row.rate, *limits),
            *(unit.show(getattr(row, name), view.lang) for name in amounts[:2]),
            unit.show(row.amount, view.lang, sign=True),
        ]
        for row in each(pd.concat([own, below, totals.assign(unit_id="")]))
    ]
    columns = ("unit", "scheme", view.indicator("surplus_rate"), "short", "spare", "moved")
    cited = view.join(map(view.cited, RULES))
    return together(
        view.table("adjustment", columns, body, year=view.year, unit=unit.name),
        paragraph(view.say("adjustment.rule", parameters=cited), "note"),
    )
