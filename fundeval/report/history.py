"""The indicators over the years: execution, growth of cost and its parts, primary care, funds."""

from __future__ import annotations

from collections.abc import Sequence

from fundeval.report import charts
from fundeval.report.numbers import missing, plain_unit
from fundeval.report.pieces import Html, paragraph, together
from fundeval.report.view import ALL, View, each

GROWTHS = ("outpatient_cost_growth", "inpatient_cost_growth")
# Nominal growth never stands alone, nor does a share without its volume.
GROWTH_COLUMNS = (
    "outpatient_cost_growth", "outpatient_cost_growth_real", "inpatient_cost_growth",
    "inpatient_cost_growth_real", "case_mix_cost_growth",
)  # fmt: skip
PRIMARY_COLUMNS = (
    "primary_share", "primary_share_change", "primary_volume", "primary_volume_growth",
    "primary_fund_share",
)  # fmt: skip
FUND_COLUMNS = (
    "surplus_rate", "surplus_rate_after_transfers", "cumulative_surplus_rate", "payable_months",
    "income_growth", "expenditure_growth", "expenditure_growth_over_gdp",
)  # fmt: skip
PARTS = ("volume", "mix", "price", "total")


def execution(view: View) -> Html:
    """Return the chart of the execution rate over the years."""
    own = view.own("indicators")
    rates = own[(own["indicator"] == "execution_rate") & (own["scheme"] == ALL)]
    if rates["value"].isna().all():
        return paragraph(view.say("none.execution"))
    return charts.execution_bars(view, rates.set_index("year")["value"].sort_index())


def growth(view: View) -> Html | None:
    """Return the growth of cost per visit: the chart, then nominal beside real and adjusted."""
    own = view.own("indicators")
    rows = own[own["indicator"].isin(GROWTHS) & (own["scheme"] == ALL)].dropna(subset="value")
    lines = rows.pivot_table("value", index="year", columns="indicator")
    chart = None if lines.empty else charts.cost_growth(view, lines)
    numbers = _by_year(view, "growth", GROWTH_COLUMNS)
    return together(chart, numbers) if chart or numbers else None


def primary(view: View) -> Html | None:
    """Return the share of primary care and its volume, side by side."""
    return _by_year(view, "primary", PRIMARY_COLUMNS)


def funds(view: View) -> Html | None:
    """Return surplus before and after transfers, balance and growth of each fund."""
    return _by_year(view, "funds", FUND_COLUMNS)


def cost_changes(view: View) -> Html | None:
    """Return why the cost of care changed, in parts that add up to the total."""
    rows = view.own("cost_changes")
    if rows.empty:
        return None
    unit = plain_unit(view.lang, view.currency)
    body = []
    for (setting, scheme), group in rows.groupby(["setting", "scheme"]):
        parts = {row.part: row for row in each(group)}
        cells = [
            view.cannot(parts[part].reason)
            if missing(parts[part].amount)
            else unit.show(parts[part].amount, view.lang, sign=True)
            for part in PARTS
        ]
        label = f"{view.say(f'setting.{setting}')} {view.say(f'scheme.{scheme}')}"
        body.append([label, *cells])
    columns = ("setting", *PARTS)
    return view.table("cost_changes", columns, body, year=view.year, unit=unit.name)


def _by_year(view: View, name: str, indicators: Sequence[str]) -> Html | None:
    """Return a row a year and scheme, a column an indicator; None where none has a value.

    Schemes stand apart only where they are never added up.
    """
    rows = view.own("indicators")
    rows = rows[rows["indicator"].isin(indicators)]
    if (rows["scheme"] == ALL).any():
        rows = rows[rows["scheme"] == ALL]
    # The first year has nothing to grow from.
    rows = rows[rows.groupby("year")["value"].transform("count") > 0]
    if rows.empty:
        return None
    shown = [indicator for indicator in indicators if (rows["indicator"] == indicator).any()]
    body = []
    for (year, scheme), group in rows.groupby(["year", "scheme"]):
        known = {row.indicator: row for row in each(group)}
        cells = [view.figure(known[indicator]) for indicator in shown]
        label = str(year) if scheme == ALL else f"{year} {view.say(f'scheme.{scheme}')}"
        body.append([label, *cells])
    return view.table(name, ("year", *map(view.indicator, shown)), body)
