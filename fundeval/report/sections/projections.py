"""The years ahead: what each fund may become, and what moves between regions this year."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from fundeval.report.charts import time_and_money
from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.format.tables import bullets, table
from fundeval.report.unit_view import Row, View, sum_rows

ASSUMPTIONS = ("history_years", "projection_scenarios", "projection_years")
RULES = ("surplus_rate_adjustment", "surplus_rate_warning", "adjustment_share")


def projection(view: View) -> Html | None:
    """Return each fund's next years by scenario: chart, when it runs dry, table."""
    rows = sorted(view.own("projections"), key=lambda row: (row.scheme, row.scenario, row.year))
    if not rows:
        return None
    assumed = view.messages.say(
        "projection.assumptions", parameters=view.messages.cited(*ASSUMPTIONS)
    )
    pieces = [paragraph(assumed)]
    for scheme in dict.fromkeys(row.scheme for row in rows):
        paths: dict[str, list[Row]] = {}
        for row in rows:
            if row.scheme == scheme:
                paths.setdefault(row.scenario, []).append(row)
        closing = {name: {row.year: row.closing for row in path} for name, path in paths.items()}
        pieces += [
            time_and_money.fund_fan(view, scheme, closing),
            bullets(view, "projection", [_outcome(view, *named) for named in paths.items()]),
            _years(view, scheme, paths),
        ]
    return together(*pieces)


def _outcome(view: View, scenario: str, path: list[Row]) -> str:
    """Return a scenario's growth and the first year in which the fund runs dry, if any."""
    now, first = path[:2]
    dry = next((row for row in path if row.closing < 0), None)
    ends = "lasts" if dry is None else "dry" if dry.year > view.year else "dry_now"
    row = dry or path[-1]
    return view.messages.say(
        f"projection.{ends}",
        scenario=view.messages.code("scenario.", scenario),
        income=view.numbers.change(first.income / now.income - 1),
        expenditure=view.numbers.change(first.expenditure / now.expenditure - 1),
        year=row.year,
        years=len(path) - 1,
        closing=view.numbers.money(row.closing),
    )


def _years(view: View, scheme: str, paths: Mapping[str, list[Row]]) -> Html:
    # The evaluated year is the same in every scenario.
    known, *_ = paths.values()
    rows = [known[0], *(row for path in paths.values() for row in path[1:])]
    columns = ("income", "expenditure", "closing")
    unit = view.numbers.scale_for_all(getattr(row, column) for row in rows for column in columns)

    def amount(column: str, row: Row) -> str:
        return unit.show(getattr(row, column))

    def scenario_year(row: Row) -> str:
        if row is rows[0]:
            return str(row.year)
        return f"{row.year} {view.messages.code('scenario.', row.scenario)}"

    return table(view, "projection", rows, {
        "scenario_year": scenario_year,
        **{column: partial(amount, column) for column in columns},
        "months": lambda row: view.numbers.number(row.payable_months),
        "note": lambda row: view.messages.say("projection.deficit") if row.closing < 0 else "",
    }, scheme=view.messages.code("scheme.", scheme), unit=unit.name)  # fmt: skip


def adjustment(view: View) -> Html | None:
    """Return what the region pays or receives, then its child regions, who sum to zero."""
    names = {unit.unit_id: unit.name for unit in view.children}
    rows = sorted(view.rows("adjustments"), key=lambda row: (row.scheme, row.unit_id))
    own, below = view.own("adjustments"), [row for row in rows if row.unit_id in names]
    if not own and not below:
        return None
    amounts = ("short", "spare", "amount")
    totals = []
    for scheme in dict.fromkeys(row.scheme for row in below):
        of_scheme = [row for row in below if row.scheme == scheme]
        totals.append(sum_rows(of_scheme, amounts, unit_id="", rate=None))
    limits = [view.policy.limit(name) for name in RULES[:2]]
    rate = view.messages.indicator("surplus_rate")
    listed = table(view, "adjustment", [*own, *below, *totals], {
        "unit": lambda row: view.name(row.unit_id) if row.unit_id
                            else view.messages.say("report.total"),
        "scheme": lambda row: view.messages.code("scheme.", row.scheme),
        rate: lambda row: view.numbers.percent(row.rate, *limits),
        "short": lambda row: view.numbers.cents(row.short),
        "spare": lambda row: view.numbers.cents(row.spare),
        "moved": lambda row: view.numbers.cents(row.amount, sign=True),
    })  # fmt: skip
    rule = view.messages.say("adjustment.rule", parameters=view.messages.cited(*RULES))
    return together(listed, paragraph(rule, "note"))
