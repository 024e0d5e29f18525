"""The parameters and scoring rules of an evaluation, as its report cites them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from math import nan
from typing import Any

from fundeval.indicator_declarations import read_declared
from fundeval.indicator_registry import REGISTRY, Definition, UnitOfMeasure
from fundeval.money import exact
from fundeval.policy.curves import Figure
from fundeval.policy.model import Deduction, DomainRule, Driver, IndicatorRule, upper_half
from fundeval.policy.varying import pick
from fundeval.results.frames import bridge_steps
from fundeval.tables.schemas import ALL_SCHEMES


class PolicyInForce:
    """The parameters and scoring rules in force in the evaluated year, by name.

    Parameters
    ----------
    about
        The part `policy` of `evaluation.json`.
    kind, level
        Of the unit whose limits are asked for, where they differ by kind or level.

    Attributes
    ----------
    id, title
        The id of its last file; its title by language.
    files
        Name and sha256 of each policy file.
    domains, grades
        Titles of the scoring domains by language; of the grades, the lowest first, those that the
        policy states.
    parameters, rules
        Parameters and scoring rules by name, each a dictionary with the keys value, unit,
        description, source, since, origin and stale.
    definitions
        What each indicator is, by name: those built in and those that the policy declares.
    declared, grouped
        Those that the policy declares: of a unit, and by name those with a value for each of its
        groups.
    """

    def __init__(
        self, about: Mapping[str, Any], kind: str | None = None, level: str | None = None
    ) -> None:
        self._unit = {"kind": kind, "level": level, "scheme": ALL_SCHEMES}
        self._about = about
        self.id: str = about.get("id", "")
        self.title: dict[str, str] = about["title"]
        self.files: list[dict[str, Any]] = about["files"]
        self.domains: dict[str, dict[str, str]] = about["domains"]
        self.parameters: dict[str, dict[str, Any]] = _by_name(about["parameters"])
        # In the order of the bands: stored maps are in that of their keys.
        bands = self.parameters["grade_bands"]["value"]
        self.grades: dict[str, dict[str, str]] = {
            band["result"]: about["grades"].get(band["result"], {}) for band in bands
        }
        self.rules: dict[str, dict[str, Any]] = _by_name(about["indicators"])
        stated = read_declared(about.get("definitions", []))
        self.declared = [each for each in stated if not each.by]
        self.grouped = {each.id: each for each in stated if each.by}
        self.definitions: Mapping[str, Definition] = REGISTRY | {d.id: d for d in stated}
        self._parsed: dict[str, IndicatorRule] = {}

    @property
    def scorecards(self) -> dict[str, dict[str, str]]:
        """The titles of the further scorecards by language, by name."""
        return {name: card["title"] for name, card in self._about.get("scorecards", {}).items()}

    def scorecard(self, name: str) -> PolicyInForce:
        """Return what units are scored by on a further scorecard."""
        stated = self.about_card(name)
        parameters = {**self.parameters, **_by_name(stated["parameters"])}
        about = {**self._about, **stated, "parameters": [*parameters.values()]}
        return PolicyInForce(about, self._unit["kind"], self._unit["level"])

    def about_card(self, name: str) -> dict[str, Any]:
        """Return what a further scorecard states itself, as `Policy.describe` gives it."""
        stated: dict[str, Any] = self._about["scorecards"][name]
        return stated

    @cached_property
    def incidents(self) -> dict[str, dict[str, str]]:
        """The titles by language of the incidents that take something off a score.

        Where several scorecards know an incident, this one's title counts.
        """
        cards = [*map(self.scorecard, self.scorecards), self]
        stated = [card.parameters.get("deductions", {}).get("value", {}) for card in cards]
        return {name: one["title"] for each in stated for name, one in each.items()}

    @cached_property
    def units(self) -> dict[str, UnitOfMeasure]:
        """The unit of measure of each indicator that has one; others are fractions."""
        supplied = {name: rule["unit"] for name, rule in self.rules.items() if rule.get("unit")}
        return {name: d.unit_of_measure for name, d in self.definitions.items()} | supplied

    def rule(self, indicator: str) -> IndicatorRule:
        """Return how an indicator is scored, as the policy file was read."""
        if indicator not in self._parsed:
            value = self.rules[indicator]["value"]
            self._parsed[indicator] = IndicatorRule.model_validate(value)
        return self._parsed[indicator]

    def set_by(self, origin: str, lang: str) -> str:
        """Return which policy set a value: this one by its title, others by the name of the file.

        Parameters
        ----------
        origin
            The id of the policy that set it.
        lang
            Language of the title.
        """
        if origin == self.id and lang in self.title:
            return self.title[lang]
        names = [str(file["name"]) for file in self.files]
        return next((name for name in names if name.rpartition(".")[0] == origin), origin)

    def direction(self, indicator: str) -> str | None:
        """Return which values are better: as the policy scores them, else as they are defined."""
        stated: str | None = self.rules.get(indicator, {}).get("value", {}).get("direction")
        known = self.definitions.get(indicator)
        return stated or (known.direction if known else None)

    def figure(self, figure: Figure) -> float:
        """Return a number of a rule, looked up where it names the parameter that holds it."""
        return self.limit(figure) if isinstance(figure, str) else float(figure)  # type: ignore[arg-type]

    def limit(self, parameter: str, **of: str | None) -> float:
        """Return the value of a numeric parameter for the unit, or for another `kind` and `level`.

        NaN where the policy has none for it.

        Raises
        ------
        KeyError
            If the policy has no such parameter.
        """
        found = pick(self.parameters[parameter]["value"], **(self._unit | of))
        return nan if found is None else float(found)

    @cached_property
    def drivers(self) -> dict[str, Driver]:
        """The drivers of growth, by name in its order."""
        stated = self.parameters.get("growth_drivers", {}).get("value", {})
        return {name: Driver.model_validate(stated[name]) for name in sorted(stated)}

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps of the bridge to next year's budget, in their order."""
        return bridge_steps(self.drivers)

    def years_of(self, driver: Driver) -> int:
        """Return over how many years the growth of a driver counts."""
        return int(self.limit(driver.years) if isinstance(driver.years, str) else driver.years)

    def of_kind(self, parameter: str, kind: str) -> Any:
        """Return a parameter's value for a kind of unit, None where it has none."""
        return self.parameters.get(parameter, {}).get("value", {}).get(kind)

    @property
    def lowest_grade(self) -> str:
        """The lowest grade."""
        return next(iter(self.grades))

    @property
    def good_grades(self) -> tuple[str, ...]:
        """The upper half of the grades, the best last."""
        return upper_half(tuple(self.grades))

    def domain(self, name: str) -> DomainRule:
        """Return how a domain counts."""
        stated = self.parameters.get("domain_rules", {}).get("value", {})
        return DomainRule.model_validate(stated.get(name, {}))

    def deduction(self, incident: str) -> Deduction:
        """Return what an incident takes off."""
        return Deduction.model_validate(self.parameters["deductions"]["value"][incident])

    def withheld_share(self, kind: str) -> Fraction:
        """Return the share that is withheld of the budgets of a kind of unit."""
        return exact(self.of_kind("withheld_share", kind) or 0)

    def groups_by_level(self, kind: str) -> bool:
        """Tell whether units of a kind are compared with those of their level alone."""
        return bool(self.of_kind("evaluation_groups", kind) == "level")

    def limits(self, bands: str) -> list[float]:
        """Return the lower limits of a parameter that is a list of bands."""
        return [float(band["from"]) for band in self.parameters[bands]["value"]]


def _by_name(entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Index entries by their name."""
    return {str(entry["name"]): entry for entry in entries}
