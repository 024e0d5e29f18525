"""The drivers of growth: the rows that they rest on, their growth, and their weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from fundeval.money import exact
from fundeval.policy.model import INHERITED, Driver, Heavier
from fundeval.report.text.arithmetic import amount, number, plus, rate, to_fen
from fundeval.report.text.source_cells import cite_cell
from fundeval.report.unit_view import ALL, InputRow, View
from fundeval.results.rows import (
    BudgetInput,
    BudgetStepRow,
    ContextInput,
    FundInput,
    MeasureInput,
    ServiceInput,
    SettlementInput,
)
from fundeval.tables.schemas import columns_of_role

ROWS: Mapping[str, type[InputRow | MeasureInput]] = {
    "budgets": BudgetInput, "services": ServiceInput, "funds": FundInput,
    "settlements": SettlementInput, "measures": MeasureInput, "context": ContextInput,
}  # fmt: skip


class Growth(NamedTuple):
    """What a driver grows by: the cells read, what each year says, and the mean as sum and value.

    Without any year that counts, the sum is empty and the value 0.
    """

    cited: list[str]
    by_year: list[str]
    mean: str
    value: Fraction


def growth(view: View, name: str, scheme: str, all_spent: bool = False) -> Growth:
    """Derive by what a driver grows, from the rows of the unit or of the nearest one above.

    Parameters
    ----------
    name
        A driver of the policy in force.
    all_spent
        As if what was left unspent in the evaluated year had been spent.
    """
    driver = view.policy.drivers[name]
    last = view.year + (driver.column[0] == "context")
    first = last - view.policy.years_of(driver)
    found = Growth([], [], "", Fraction(0))
    for rows in _rows(view, driver, scheme):
        within = [row for row in rows if first <= row.year <= last]
        figures = _figures(driver, within, view.year if all_spent else None)
        cited = [row for row in within if driver.rate is None or row.year > first]
        if driver.heavier:
            weighted = _weighted(view, driver.heavier, figures, within)
            counted = _counted(
                driver, {year: value for year, (_, value) in weighted.items()}, first
            )
            if len(counted) >= driver.minimum_years:
                written = _written(view, driver, counted, cited)
                shares = [
                    cite_cell(view, driver.column[0], row, driver.heavier.share) for row in cited
                ]
                sums = [line for line, _ in weighted.values()]
                return written._replace(cited=[*written.cited, *shares, *sums])
        counted = _counted(driver, figures, first)
        if len(counted) >= driver.minimum_years:
            written = _written(view, driver, counted, cited)
            alone = [view.messages.say("explain.heads_alone")] if driver.heavier else []
            return written._replace(cited=[*written.cited, *alone])
        if not found.cited:
            found = found._replace(cited=_cite(view, driver, within))
    return found


def _weighted(
    view: View, heavier: Heavier, figures: Mapping[int, Fraction],
    rows: list[InputRow | MeasureInput],
) -> dict[int, tuple[str, Fraction]]:  # fmt: skip
    """Return each year's figure with a share of it counted several times, and the sum of it."""
    times = heavier.times
    if isinstance(times, str):
        times = float(view.policy.parameters[times]["value"])
    found = {}
    for row in rows:
        share = getattr(row, heavier.share, None)
        if share is None or row.year not in figures:
            continue
        value = figures[row.year] * (1 + (exact(times) - 1) * exact(share))
        left = f"{number(figures[row.year])} × (1 + ({number(times)} - 1) × {number(share)})"
        named = view.messages.say("explain.weighted", year=row.year)
        found[row.year] = (f"{named}: {left} = {number(value)}", value)
    return found


def _written(
    view: View, driver: Driver, counted: Mapping[int, tuple[Fraction, Fraction]],
    rows: list[InputRow | MeasureInput],
) -> Growth:  # fmt: skip
    """Write the growth of each year, and their mean."""
    if driver.rate is not None:
        terms, rates = (
            [number(now) for now, _ in counted.values()],
            [n for n, _ in counted.values()],
        )
    else:
        write = _amount if _is_money(driver) else number
        terms = [f"{write(now)} ÷ {write(before)} - 1" for now, before in counted.values()]
        rates = [now / before - 1 for now, before in counted.values()]
    lines = []
    if len(terms) > 1 and driver.rate is None:
        for year, term, value in zip(counted, terms, rates, strict=True):
            named = view.messages.say("explain.growth", first=year - 1, last=year)
            lines.append(f"{named}: {term} = {rate(float(value))}")
    mean = terms[0] if len(terms) == 1 else f"({' + '.join(terms)}) ÷ {len(terms)}"
    return Growth(_cite(view, driver, rows), lines, mean, sum(rates, Fraction(0)) / len(rates))


def _counted(
    driver: Driver, figures: Mapping[int, Fraction], first: int
) -> dict[int, tuple[Fraction, Fraction]]:
    """Return what counts by year: a figure with that of the year before, or a stated rate."""
    if driver.rate is not None:
        return {year: (now, now) for year, now in figures.items() if year > first}
    return {
        year: (now, before)
        for year, now in figures.items()
        if year > first and now >= 0 and (before := figures.get(year - 1, Fraction(0))) > 0
    }


def _rows(view: View, driver: Driver, scheme: str) -> Iterator[list[InputRow | MeasureInput]]:
    """Yield the rows of the scheme, then those over all, of the unit and then of those above."""
    table, column = driver.column
    schemes = [scheme] if table == "budgets" else dict.fromkeys((scheme, ALL))
    units = [unit.unit_id for unit in view.lineage()] if table in INHERITED else [view.unit_id]
    for of in schemes:
        for unit_id in units:
            keys = {"measure": column} if table == "measures" else {"scheme": of}
            rows = view.at(unit_id).own(ROWS[table], **keys)
            if table not in {"context", "measures"}:
                rows = [row for row in rows if not _is_part_year(view, unit_id, row.year)]
            yield sorted(rows, key=lambda row: row.year)


def _figures(
    driver: Driver, rows: list[InputRow | MeasureInput], spent_in: int | None
) -> dict[int, Fraction]:
    """Return the figure of each year, money in 分; of a year with a missing part there is none."""
    parts: dict[int, list[float | None]] = {}
    for row in rows:
        value = getattr(row, _column(driver), None)
        if row.year == spent_in and _column(driver) == "executed":
            value = max(filter(None, (value, row.adjusted)), default=None)  # type: ignore[union-attr]
        parts.setdefault(row.year, []).append(value)
    read = to_fen if _is_money(driver) else exact
    return {
        year: sum((Fraction(read(value)) for value in values if value is not None), Fraction(0))
        for year, values in parts.items()
        if None not in values
    }


def _cite(view: View, driver: Driver, rows: list[InputRow | MeasureInput]) -> list[str]:
    table, column = driver.column[0], _column(driver)
    return [cite_cell(view, table, row, column) for row in rows if hasattr(row, column)]


def _column(driver: Driver) -> str:
    table, column = driver.column
    return "value" if table == "measures" else column


def _is_money(driver: Driver) -> bool:
    return _column(driver) in columns_of_role(driver.column[0], "money")


def _amount(fen: Fraction) -> str:
    return amount(int(fen))


def weight(view: View, steps: Mapping[str, BudgetStepRow], name: str) -> list[str]:
    """Write the weight of a driver, with its part of the weights of those that are missing."""
    weights = {driver: number(of.weight) for driver, of in view.policy.drivers.items()}
    known = [text for driver, text in weights.items() if steps[driver].rate is not None]
    if len(known) == len(weights):
        return [weights[name]]
    return [weights[name], f"({plus(weights.values())}) ÷ ({plus(known)})"]


def weight_value(view: View, steps: Mapping[str, BudgetStepRow], name: str) -> Fraction:
    """Return the weight that `weight` writes."""
    weights = {driver: exact(of.weight) for driver, of in view.policy.drivers.items()}
    known = sum(of for driver, of in weights.items() if steps[driver].rate is not None)
    return weights[name] * sum(weights.values()) / known


def _is_part_year(view: View, unit_id: str, year: int) -> bool:
    """Tell whether the data of a unit cover only part of a year."""
    period = view.evaluation.about["dataset"].get("period", {})
    return any(
        part["year"] == year and (not part["units"] or unit_id in part["units"])
        for part in period.get("part_years", ())
    )
