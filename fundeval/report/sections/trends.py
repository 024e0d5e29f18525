"""Trend sections: execution, cost growth and its drivers, primary care, funds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby

from fundeval.policy.limits import STATED
from fundeval.report.charts import time_and_money
from fundeval.report.format.html_fragments import Html, paragraph, render, together
from fundeval.report.format.indicator_formats import number_format_of
from fundeval.report.format.numbers import MoneyScale
from fundeval.report.indicator_targets import limit_of, shown, target, targets
from fundeval.report.tables.cells import amount_or_reason, value_or_reason
from fundeval.report.tables.view_table import (
    PART,
    TOTAL,
    Adds,
    applies,
    bullets,
    definitions,
    table,
    why_missing,
)
from fundeval.report.text.explain import explain, header
from fundeval.report.unit_view import ALL, SCHEMES, View
from fundeval.results.rows import (
    CostChangeRow,
    FundInput,
    IndicatorRow,
    MeasureInput,
    ScoreRow,
    SupervisionInput,
)
from fundeval.tables.schemas import columns_of_role

# Line styles of the growth chart; an empty style is listed in the table only. Nominal growth is
# always shown with real growth, and a share with its volume.
GROWTHS = {
    "outpatient_cost_growth": {"marker": "o"},
    "outpatient_cost_growth_real": {"marker": "o", "linestyle": "--", "markerfacecolor": "white"},
    "inpatient_cost_growth": {"marker": "s"},
    "inpatient_cost_growth_real": {"marker": "s", "linestyle": "--", "markerfacecolor": "white"},
    "case_mix_cost_growth": {},
}
PRIMARY_COLUMNS = (
    "primary_share", "primary_share_change", "primary_volume", "primary_volume_growth",
    "primary_fund_share",
)  # fmt: skip
FUND_COLUMNS = (
    "surplus_rate", "surplus_rate_after_transfers", "cumulative_surplus_rate", "payable_months",
    "income_growth", "expenditure_growth", "expenditure_growth_over_gdp",
)  # fmt: skip
SUPERVISION_COLUMNS = (
    "violation_recovery_rate", "violation_share", "checked_share", "violating_share",
    "self_returned_share", "audit_refused_share", "disputes_upheld_share",
)  # fmt: skip
FUNDING_COLUMNS = (
    "income_per_head", "premiums_per_head", "subsidy_per_head", "subsidy_share",
    "spending_per_head",
)  # fmt: skip
FUNDING_AMOUNTS = ("income", "premiums", "subsidy", "transfer_in", "expenditure", "insured")
PATHWAY_COLUMNS = ("pathway_entry", "pathway_completion", "pathway_variation")
PARTS = ("volume", "mix", "price", "total")


def execution(view: View) -> Html:
    """Return the chart of the execution rate by year."""
    rates = view.by_year("execution_rate")
    return (
        time_and_money.execution_dots(view, rates)
        if rates
        else paragraph(view.messages.say("none.execution"))
    )


def growth(view: View) -> Html | None:
    """Return chart and table of nominal, real and case-mix-adjusted cost growth."""
    limit = view.policy.limit("cost_growth_limit")
    series = {
        view.messages.indicator(name): (view.by_year(name), style)
        for name, style in GROWTHS.items()
        if style and view.by_year(name)
    }
    chart = series and time_and_money.lines(
        view,
        "growth",
        series,
        lambda value: view.numbers.percent(value, limit),
        limit,
        judged=[
            view.messages.indicator(name)
            for name in GROWTHS
            if name.endswith("_cost_growth") and not name.startswith("case_mix")
        ],
    )
    return _with_table(view, "growth", chart or None, tuple(GROWTHS))


def primary(view: View) -> Html | None:
    """Return the waterfall of primary care visits, and the table of their share and volume."""
    return _with_table(view, "primary", _primary_steps(view), PRIMARY_COLUMNS)


def declared(view: View) -> Html | None:
    """Return chart and table of the indicators that the policy declares, and how each came about.

    The chart has those that are fractions. The derivation of a scored one stands with its score.
    Those with a part of their own, supervision and funding, are left to it.
    """
    kind, elsewhere = view.unit.kind, {*SUPERVISION_COLUMNS, *FUNDING_COLUMNS}
    names = [each.id for each in view.policy.declared if kind in each.kinds]
    names = [name for name in names if name not in elsewhere]
    paths = {
        view.messages.indicator(name): path
        for name in names
        if number_format_of(name, view.policy.units) == "percent" and (path := view.by_year(name))
    }
    styles = time_and_money.line_styles(len(paths))
    series = dict(zip(paths, zip(paths.values(), styles, strict=True), strict=True))
    chart = series and time_and_money.lines(view, "declared", series, view.numbers.percent)
    listed = _with_table(view, "declared", chart or None, names)
    return together(listed, _derived(view, names), _supplied(view))


def _supplied(view: View) -> Html | None:
    """Return the supplied measures that no score has, this year beside the last.

    What a further scorecard scores stands there.
    """
    scored = {row.indicator for row in view.own(ScoreRow)}
    for card in view.policy.scorecards:
        scored |= set(view.policy.scorecard(card).rules)
    rows = view.own(MeasureInput)
    names = sorted({row.measure for row in rows if row.year == view.year} - scored)
    if not names:
        return None
    known = {(row.measure, row.year): row for row in rows}

    def figure(year: int, column: str, name: str) -> str:
        row = known.get((name, year))
        value = None if row is None else getattr(row, column)
        # Without a unit in the policy nobody has said that it is a share.
        if name in view.policy.rules or value is None:
            return view.numbers.indicator(name, value)
        return view.numbers.number(value, 0 if value == round(value) else 4)

    return table(view, "supplied", names, {
        "measure": view.messages.measure,
        "value_of_year": partial(figure, view.year, "value"),
        "value_before": partial(figure, view.year - 1, "value"),
        "baseline": partial(figure, view.year, "baseline"),
    })  # fmt: skip


def _derived(view: View, names: Sequence[str]) -> Html | None:
    """Return how the indicators came about that have a row in the year and no score."""
    scored = {row.indicator for row in view.own(ScoreRow)}
    parts = [
        (view.messages.indicator(name), explain(view, name), None)
        for name in names
        if name not in scored and view.own(IndicatorRow, indicator=name, year=view.year)
    ]
    return render("derivations.html.j2", parts=parts) if parts else None


def supervision(view: View) -> Html | None:
    """Return what supervision did and found by year, its rates, and how they came about."""
    names = [name for name in SUPERVISION_COLUMNS if name in view.policy.definitions]
    if not applies(view, names):
        return None
    rows = sorted(view.own(SupervisionInput), key=lambda row: (row.year, row.scheme))
    if not rows:
        return why_missing(view, "supervision")
    amounts = columns_of_role("supervision", "money")

    def cell(name: str, row: SupervisionInput) -> str:
        value = getattr(row, name)
        return view.numbers.amount(value) if name in amounts else view.numbers.number(value, 0)

    listed = table(view, "supervision", rows, {
        "year": lambda row: _year_and_scheme(view, row.year, row.scheme),
        **{header(view, name): partial(cell, name)
           for name in columns_of_role("supervision", "number", "money")},
    })  # fmt: skip
    return together(
        listed, _with_table(view, "supervision_rates", None, names), _derived(view, names)
    )


def funding(view: View) -> Html | None:
    """Return what the funds take in and spend a head by scheme, this year beside the last."""
    names = [name for name in FUNDING_COLUMNS if name in view.policy.definitions]
    if not applies(view, names):
        return None
    rows = view.own(FundInput, year=view.year)
    if not rows:
        return why_missing(view, "funding")
    before = {row.scheme: row for row in view.own(FundInput, year=view.year - 1)}
    rows = sorted(rows, key=lambda row: SCHEMES.index(row.scheme))

    def amount(column: str, row: FundInput) -> str:
        last = before.get(row.scheme)
        values = (getattr(each, column, None) for each in (row, last))
        now, then = (
            view.numbers.number(value, 0) if column == "insured" else view.numbers.amount(value)
            for value in values
        )
        return view.messages.say("funding.beside", now=now, before=then)

    amounts = table(view, "funding", rows, {
        "scheme": lambda row: view.messages.code("scheme.", row.scheme),
        **{header(view, name): partial(amount, name) for name in FUNDING_AMOUNTS},
    }, last=view.year - 1)  # fmt: skip
    rates = _with_table(view, "funding_rates", None, names)
    return together(amounts, *_other_income(view, rows), rates, _derived(view, names))


def _other_income(view: View, rows: Sequence[FundInput]) -> list[Html]:
    """Say what of the income is neither premiums nor subsidy, where both are known."""
    others = {
        row.scheme: round(row.income - row.premiums - row.subsidy, 2)
        for row in rows
        if row.income is not None and row.premiums is not None and row.subsidy is not None
    }
    told = [
        view.messages.say(
            "funding.other_one", scheme=view.messages.code("scheme.", scheme),
            amount=view.numbers.money(amount),
        )
        for scheme, amount in others.items()
        if amount
    ]  # fmt: skip
    said = view.messages.say("funding.other", amounts=view.messages.join(told))
    return [paragraph(said, "note")] if told else []


def pathways(view: View) -> Html | None:
    """Return entry, completion and variation of clinical pathways by year, with their limits."""
    listed = _by_year(view, "pathways", PATHWAY_COLUMNS)
    if not listed:
        return why_missing(view, "pathways") if view.unit.kind == "hospital" else None
    lines = [line for name in PATHWAY_COLUMNS if (line := _held_against(view, name))]
    return together(listed, bullets(view, "pathways", lines) if lines else None)


def _held_against(view: View, indicator: str) -> str:
    """Return what the policy holds an indicator against: its limits, or where full marks begin."""
    rule = view.policy.rules.get(indicator)
    if rule is None:
        return ""
    stated = [
        view.messages.say(f"pathways.{key}", limit=view.numbers.indicator(indicator, limit))
        for key in STATED
        if (limit := limit_of(view, indicator, key)) is not None
    ]
    scored = view.own(ScoreRow, indicator=indicator)
    wanted = [target(view, row) for row in scored if not stated]
    if not stated and not wanted:
        return ""
    held = view.messages.join([*stated, *wanted])
    return view.messages.say("pathways.held", name=view.messages.indicator(indicator), limit=held)


def _primary_steps(view: View) -> Html | None:
    """Split the change of primary care visits into growth of all visits and shift of share."""
    now, before = (view.row("primary_share", year) for year in (view.year, view.year - 1))
    if not (now and before and now.value is not None and before.value is not None):
        return None
    visits = [row.denominator or 0.0 for row in (before, now)]
    of_primary = [row.numerator or 0.0 for row in (before, now)]
    by_growth = (visits[1] - visits[0]) * before.value
    steps = {
        view.messages.say("primary.before", year=view.year - 1): of_primary[0],
        view.messages.say("primary.by_growth"): by_growth,
        view.messages.say("primary.by_share"): of_primary[1] - of_primary[0] - by_growth,
    }
    last = view.messages.say("primary.before", year=view.year)
    return time_and_money.waterfall(view, "primary", steps, last, _visits(view))


def _visits(view: View) -> MoneyScale:
    """Return the scale of visits: 万 in Chinese, thousands in English."""
    return MoneyScale(
        view.numbers,
        10_000 if view.messages.lang == "zh" else 1_000,
        view.messages.say("primary.unit"),
    )


def funds(view: View) -> Html | None:
    """Return the chart of payable months by fund, and the table of surplus and growth rates."""
    schemes = dict.fromkeys(
        row.scheme for row in view.own(IndicatorRow, indicator="payable_months")
    )
    paths = {view.messages.code("scheme.", s): view.by_year("payable_months", s) for s in schemes}
    paths = {name: path for name, path in paths.items() if path}
    series = dict(
        zip(
            paths,
            zip(paths.values(), time_and_money.line_styles(len(paths)), strict=True),
            strict=True,
        )
    )

    def months(value: float) -> str:
        return view.messages.say("report.months", value=view.numbers.number(value, 1))

    limit, unit_of_measure = (
        view.policy.limit("payable_months_warning"),
        view.messages.say("chart.payable.unit"),
    )
    chart = series and time_and_money.lines(
        view, "payable", series, months, limit, unit_of_measure=unit_of_measure, factor=1
    )
    return _with_table(view, "funds", chart or None, FUND_COLUMNS)


def cost_changes(view: View) -> Html | None:
    """Return the table of cost changes, split into volume, mix and price."""
    rows = sorted(view.own(CostChangeRow), key=_setting)
    if not rows:
        return None if view.unit.kind == "alliance" else why_missing(view, "cost_changes")
    groups = [{row.part: row for row in group} for _, group in groupby(rows, key=_setting)]

    def amount(part: str, group: dict[str, CostChangeRow]) -> str:
        return amount_or_reason(view, group[part], sign=True)

    adds = Adds[dict[str, CostChangeRow]](
        columns={part: TOTAL if part == "total" else PART for part in PARTS}
    )
    listed = table(view, "cost_changes", groups, {
        "setting": lambda g: f"{view.messages.code('setting.', g['total'].setting)} "
                             f"{view.messages.code('scheme.', g['total'].scheme)}",
        **{part: partial(amount, part) for part in PARTS},
    }, adds)  # fmt: skip
    if len({row.scheme for row in rows}) == 1:
        return listed
    return together(listed, paragraph(view.messages.say("cost_changes.between_schemes"), "note"))


def _setting(row: CostChangeRow) -> tuple[str, str]:
    """Return care setting and scheme of a row, by which the parts are grouped."""
    return row.setting, row.scheme


def _with_table(
    view: View, name: str, chart: Html | None, indicators: Sequence[str]
) -> Html | None:
    """Return the chart with its table by year, or the reason why the unit has neither.

    Returns None for indicators that are not for units of its kind.
    """
    listed = _by_year(view, name, indicators)
    if chart or listed:
        return together(chart, listed, definitions(view, indicators) if listed else None)
    if not applies(view, indicators):
        return None
    rows = view.own(IndicatorRow, year=view.year)
    return why_missing(view, name, (row for row in rows if row.indicator in indicators))


def _by_year(view: View, name: str, indicators: Sequence[str]) -> Html | None:
    """Pivot indicators to one row per year and scheme. Returns None if all values are missing.

    Single schemes are listed only for indicators that have no sum over schemes.
    """
    rows = [row for row in view.own(IndicatorRow) if row.indicator in indicators]
    if any(row.scheme == ALL for row in rows):
        rows = [row for row in rows if row.scheme == ALL]
    # The first year has nothing to grow from.
    years = {row.year for row in rows if row.value is not None}
    keys = sorted({(row.year, row.scheme) for row in rows if row.year in years})
    if not keys:
        return None
    known = {(row.year, row.scheme, row.indicator): row for row in rows}
    listed = [i for i in indicators if any(row.indicator == i for row in rows)]

    def figure(indicator: str, key: tuple[int, str]) -> str:
        row = known.get((*key, indicator))
        if row is None:
            return view.messages.say("report.missing")
        if row.value is None or row.reason == "deficit":
            return value_or_reason(view, row)
        scored = view.own(ScoreRow, indicator=indicator)
        wanted = [limit for score in scored for limit in targets(view, score)]
        return shown(view, indicator, row.value, *wanted)

    return table(view, name, keys, {
        "year": lambda key: _year_and_scheme(view, *key),
        **{view.messages.indicator(name): partial(figure, name) for name in listed},
    })  # fmt: skip


def _year_and_scheme(view: View, year: int, scheme: str) -> str:
    """Return a year, with the scheme where it is a single one."""
    return str(year) if scheme == ALL else f"{year} {view.messages.code('scheme.', scheme)}"
