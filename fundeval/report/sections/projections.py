"""The years ahead: what each fund may become, and what moves between regions this year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from fundeval.report.charts import time_and_money
from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.format.parameter_values import cite, state_parameters
from fundeval.report.tables.view_table import PART, TOTAL, Adds, bullets, table, why_missing
from fundeval.report.unit_view import ALL, View, certain, sum_rows
from fundeval.results.rows import AdjustmentRow, IndicatorRow, ProjectionRow, UnitRow

ASSUMPTIONS = ("history_years", "projection_years")
RULES = ("surplus_rate_adjustment", "surplus_rate_warning", "adjustment_share")


def projection(view: View) -> Html | None:
    """Return each fund's next years by scenario: chart, when it runs dry, table."""
    funds = _paths(view)
    if not funds:
        return why_missing(view, "projection") if view.unit.kind == "region" else None
    stated = {"year": view.year + 1, "parameters": _assumed(view)}
    pieces = [paragraph(view.messages.say("projection.assumptions", **stated))]
    for scheme, paths in funds.items():
        closing = {name: {row.year: _closing(row) for row in path} for name, path in paths.items()}
        pieces += [
            time_and_money.fund_fan(view, scheme, closing),
            bullets(view, "projection", [_outcome(view, *named) for named in paths.items()]),
            _years(view, scheme, paths),
        ]
        if "gdp_line" not in paths:
            left_out = view.messages.say("projection.no_gdp_line", year=view.year + 1)
            pieces.append(paragraph(left_out))
    return together(*pieces, *_not_projected(view, funds))


def _assumed(view: View) -> str:
    """Return the assumptions with their values in words and the kinds of their sources."""
    say, entry = view.messages.say, view.policy.parameters["projection_scenarios"]
    each = (
        say("value.named", name=view.messages.code("scenario.", name),
            value=view.numbers.format_as("points", change))
        for name, change in entry["value"].items()
    )  # fmt: skip
    scenarios = say(
        "report.stated",
        name=say("parameter.projection_scenarios"),
        value=say("report.comma").join(each),
        source=view.messages.code("source.", entry["source"]["kind"]),
    )
    others = state_parameters(view.messages, ASSUMPTIONS, view.unit.kind)
    return view.messages.join([others, scenarios])


def _paths(view: View) -> dict[str, dict[str, list[ProjectionRow]]]:
    """Return the years of each scenario by scheme and scenario.

    A scenario whose growth is not known has no year beyond the evaluated one and is left out.
    """
    paths: dict[tuple[str, str], list[ProjectionRow]] = {}
    for row in view.own(ProjectionRow):
        paths.setdefault((row.scheme, row.scenario), []).append(row)
    funds: dict[str, dict[str, list[ProjectionRow]]] = {}
    for (scheme, scenario), path in sorted(paths.items()):
        if len(path) > 1:
            path.sort(key=lambda row: row.year)
            funds.setdefault(scheme, {})[scenario] = path
    return funds


def _not_projected(view: View, funds: Mapping[str, object]) -> Iterator[Html]:
    """Say of each fund without projection that there is none, and why."""
    for row in view.own(IndicatorRow, indicator="payable_months", year=view.year):
        if row.scheme not in funds and row.scheme != ALL:
            scheme = view.messages.code("scheme.", row.scheme)
            yield paragraph(view.messages.say("projection.no_scheme", scheme=scheme))


def _closing(row: ProjectionRow) -> float:
    """Return the closing balance of a year that was projected."""
    return certain(row.closing)


def _outcome(view: View, scenario: str, path: list[ProjectionRow]) -> str:
    """Return a scenario's growth and the first year in which the fund runs dry, if any."""
    now, first = path[:2]
    dry = next((row for row in path if _closing(row) < 0), None)
    ends = "lasts" if dry is None else "dry" if dry.year > view.year else "dry_now"
    row = dry or path[-1]
    return view.messages.say(
        f"projection.{ends}",
        scenario=view.messages.code("scenario.", scenario),
        income=view.numbers.change(_growth(now.income, first.income)),
        expenditure=view.numbers.change(_growth(now.expenditure, first.expenditure)),
        year=row.year,
        years=len(path) - 1,
        closing=view.numbers.money(row.closing),
    )


def _growth(before: float | None, after: float | None) -> float | None:
    return certain(after) / before - 1 if before else None


def _years(view: View, scheme: str, paths: Mapping[str, list[ProjectionRow]]) -> Html:
    # The evaluated year is the same in every scenario.
    known, *_ = paths.values()
    rows = [known[0], *(row for path in paths.values() for row in path[1:])]
    columns = ("income", "expenditure", "closing")
    unit = view.numbers.scale

    def amount(column: str, row: ProjectionRow) -> str:
        return unit.show(getattr(row, column))

    def scenario_year(row: ProjectionRow) -> str:
        if row is rows[0]:
            return str(row.year)
        return f"{row.year} {view.messages.code('scenario.', row.scenario)}"

    return table(view, "projection", rows, {
        "scenario_year": scenario_year,
        **{column: partial(amount, column) for column in columns},
        "months": lambda row: view.numbers.number(row.payable_months),
        "note": lambda row: view.messages.say("projection.deficit") if _closing(row) < 0 else "",
    }, scheme=view.messages.code("scheme.", scheme), unit=unit.name)  # fmt: skip


def adjustment(view: View) -> Html | None:
    """Return what the region pays or receives, then its child regions, who sum to zero."""
    names = {unit.unit_id: unit.name for unit in view.children}
    rows = sorted(view.rows(AdjustmentRow), key=lambda row: (row.scheme, row.unit_id))
    own, below = view.own(AdjustmentRow), [row for row in rows if row.unit_id in names]
    if not own and not below:
        return _no_adjustment(view)
    amounts = ("short", "spare", "amount")
    listed_below: list[AdjustmentRow] = []
    for scheme in dict.fromkeys(row.scheme for row in below):
        of_scheme = [row for row in below if row.scheme == scheme]
        total = sum_rows(of_scheme, amounts, unit_id="", rate=None)
        listed_below += [*of_scheme, total]
    limits = [view.policy.limit(name) for name in RULES[:2]]
    adds = Adds[AdjustmentRow](
        lambda row: PART if row.unit_id in names else "" if row.unit_id else TOTAL
    )
    rate = view.messages.indicator("surplus_rate")
    listed = table(view, "adjustment", [*own, *listed_below], {
        "unit": lambda row: view.link(row.unit_id) if row.unit_id
                            else view.messages.say("report.total"),
        "scheme": lambda row: view.messages.code("scheme.", row.scheme),
        rate: lambda row: view.numbers.percent(row.rate, *limits),
        "short": lambda row: view.numbers.amount(row.short),
        "spare": lambda row: view.numbers.amount(row.spare),
        "moved": lambda row: view.numbers.amount(row.amount, sign=True),
    }, adds)  # fmt: skip
    rule = view.messages.say("adjustment.rule", parameters=cite(view.messages, *RULES))
    return together(listed, paragraph(rule, "note"))


def _no_adjustment(view: View) -> Html | None:
    """Say whether nothing is to be adjusted, or why that cannot be told."""
    if view.unit.kind != "region" or not (view.unit.parent_id or _child_regions(view)):
        return None
    if _child_regions(view):
        return paragraph(view.messages.say("none.adjustment_below"))
    rates = view.own(IndicatorRow, indicator="surplus_rate", year=view.year)
    if not any(row.status == "ok" for row in rates):
        return why_missing(view, "adjustment_rates", rates)
    return paragraph(view.messages.say("none.adjustment"))


def _child_regions(view: View) -> list[UnitRow]:
    return [unit for unit in view.children if unit.kind == "region"]
