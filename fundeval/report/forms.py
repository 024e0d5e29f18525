"""How each indicator and finding is written: as percent, points, money, months or days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from fundeval.registry import DEFINITIONS, Unit
from fundeval.report.numbers import missing, money, number, percent, percentage_points
from fundeval.words import has, say

Form = Literal["percent", "points", "money", "months", "days", "number"]

FORMS_OF_UNITS: dict[Unit, Form] = {
    "fraction": "percent",
    "points": "points",
    "money": "money",
    "months": "months",
    "days": "days",
    "count": "number",
}
# A supplied measure, which the registry does not hold, is a fraction shown as percent.
INDICATOR_FORMS = {definition.id: FORMS_OF_UNITS[definition.unit] for definition in DEFINITIONS}
# Forms of `value` and `expected`; what is not listed takes the form of its subject.
FINDING_FORMS: dict[str, tuple[Form, Form]] = {
    "conflict_surplus_award": ("money", "money"),
    "submitted_differs": ("money", "money"),
    "budget_adjusted": ("money", "money"),
    "deficit": ("money", "money"),
    "forecast_not_by_scheme": ("money", "money"),
    "restricted": ("percent", "percent"),
    "volume_up_share_down": ("percent", "points"),
    "envelope_bound": ("money", "money"),
    "fund_runs_dry": ("money", "money"),
    "provincial_adjustment": ("money", "money"),
}


def indicator_name(indicator: str, lang: str, titles: Mapping[str, str] | None = None) -> str:
    """Return the indicator's name; a supplied measure has its title from the policy."""
    if has(f"indicator.{indicator}"):
        return say(f"indicator.{indicator}", lang)
    return (titles or {}).get(indicator, indicator)


def show(
    form: Form, value: float | None, lang: str, currency: str, limits: Iterable[float] = ()
) -> str:
    """Return a figure in the given form."""
    if missing(value):
        return say("report.missing", lang)
    if form == "money":
        return money(value, lang, currency)
    if form == "points":
        return percentage_points(value, lang)
    if form == "percent":
        return percent(value, lang, limits)
    if form == "number":
        return number(value, lang, 0 if value == round(value or 0) else 2)
    return say(f"report.{form}", lang, value=number(value, lang, 2))


def plain(value: object) -> str:
    """Return a parameter's value as the policy file writes it, nested values in one line."""
    if isinstance(value, dict):
        return ", ".join(
            f"{key}: {plain(inner)}" for key, inner in value.items() if inner is not None
        )
    if isinstance(value, list | tuple):
        return "; ".join(plain(inner) for inner in value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)
