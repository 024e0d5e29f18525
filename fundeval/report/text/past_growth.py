"""The drivers of growth: rows of past years, their growth, and the weights of the drivers."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from fundeval.money import exact
from fundeval.report.text.arithmetic import amount, number, plus, to_fen
from fundeval.report.unit_view import View
from fundeval.results.rows import BudgetInput, BudgetStepRow

DRIVERS = ("history", "population", "technology")
WEIGHTS = {driver: f"{driver}_weight" for driver in DRIVERS}

# Year → amounts of it and of the year before, in 分.
Pairs = Mapping[int, tuple[int, int]]


def whole_years(view: View, scheme: str) -> dict[int, BudgetInput]:
    """Return the budget rows that past growth rests on, by year; part years are left out."""
    years = int(view.policy.limit("history_years"))
    return {
        row.year: row
        for row in view.own(BudgetInput, scheme=scheme)
        if view.year - years <= row.year <= view.year and not _is_part_year(view, row.year)
    }


def growth_pairs(view: View, scheme: str, all_spent: bool = False) -> Pairs:
    """Return the amounts whose growth counts.

    Parameters
    ----------
    all_spent
        As if what was left unspent in the evaluated year had been spent.
    """
    column = str(view.policy.parameters["history_growth_of"]["value"])
    known = whole_years(view, scheme)
    amounts = {
        year: to_fen(getattr(row, column))
        for year, row in known.items()
        if getattr(row, column) is not None
    }
    if all_spent and column == "executed" and view.year in amounts:
        amounts[view.year] = max(amounts[view.year], to_fen(known[view.year].adjusted))
    return {
        year: (amounts[year], amounts[year - 1])
        for year in sorted(amounts)
        if amounts.get(year - 1)
    }


def growth(now: int, before: int) -> str:
    """Write the growth from one amount to another."""
    return f"{amount(now)} ÷ {amount(before)} - 1"


def mean_growth(pairs: Pairs) -> str:
    """Write the mean of growth rates, "" for none."""
    if not pairs:
        return ""
    return f"({' + '.join(growth(*pair) for pair in pairs.values())}) ÷ {len(pairs)}"


def mean_value(pairs: Pairs) -> Fraction:
    """Return the mean of growth rates."""
    rates = [Fraction(now, before) - 1 for now, before in pairs.values()]
    return sum(rates, Fraction(0)) / len(rates)


def weight(view: View, steps: Mapping[str, BudgetStepRow], driver: str) -> list[str]:
    """Write the weight of a driver, with its part of the weights of those that are missing."""
    weights = {name: number(view.policy.limit(value)) for name, value in WEIGHTS.items()}
    known = [weights[name] for name in DRIVERS if steps[name].rate is not None]
    if len(known) == len(DRIVERS):
        return [weights[driver]]
    return [weights[driver], f"({plus(weights.values())}) ÷ ({plus(known)})"]


def weight_value(view: View, steps: Mapping[str, BudgetStepRow], driver: str) -> Fraction:
    """Return the weight that `weight` writes."""
    weights = {name: exact(view.policy.limit(value)) for name, value in WEIGHTS.items()}
    known = sum(weights[name] for name in DRIVERS if steps[name].rate is not None)
    return weights[driver] * sum(weights.values()) / known


def _is_part_year(view: View, year: int) -> bool:
    """Tell whether the data of the unit cover only part of a year."""
    period = view.evaluation.about["dataset"].get("period", {})
    return any(
        part["year"] == year and (not part["units"] or view.unit_id in part["units"])
        for part in period.get("part_years", ())
    )
