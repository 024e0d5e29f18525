"""What a policy file may hold: parameters and indicators with dated, cited values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from fundeval.citations import Bilingual, Source
from fundeval.indicator_declarations import Declared, DeclaredName
from fundeval.indicator_registry import Direction
from fundeval.indicator_registry import UnitOfMeasure as OfIndicator
from fundeval.policy.curves import Curve, Percent, Segments, parts_of
from fundeval.policy.varying import differing, leaves, pick
from fundeval.strict_yaml import StrictModel, broken

UnitOfMeasure = Literal[
    "fraction", "factor", "months", "years", "year", "count", "money", "choice", "codes", "rates",
    "bands", "measure", "fraction_or_measure", "fraction_or_none", "choices_by_kind",
    "fractions_by_kind", "choices", "returns", "schedule", "drivers", "domains",
    "shares_in_bands", "share_limits", "number_by_code", "deductions", "text", "project_parts",
]  # fmt: skip
AnyUnit = UnitOfMeasure | OfIndicator
OtherWeights = Literal["in_proportion"] | tuple[str, ...]
ScoredKind = Literal["region", "hospital", "department"]
# Kinds whose budgets the evaluation may move; an alliance's is the sum of its members'.
EvaluatedKind = ScoredKind
# A weight, or weights by level.
Weight = Annotated[float | Mapping[str, Any], differing(Percent)]
NotNegative = Annotated[float, Field(ge=0, le=100)]
# The grades that the catalogue names, the best first; a policy may name others.
GRADES = ("excellent", "good", "fair", "poor")


def upper_half(grades: tuple[str, ...]) -> tuple[str, ...]:
    """Return the upper half of grades that rise, without the middle one.

    Examples
    --------
    >>> upper_half(("poor", "fair", "good", "excellent"))
    ('good', 'excellent')
    """
    return grades[(len(grades) + 1) // 2 :]


class Band(StrictModel):
    """A half-open band [from, to) with its result; a missing `to` has no upper end."""

    start: float = Field(alias="from")
    end: float | None = Field(None, alias="to")
    result: float | str


class RateSchedule(StrictModel):
    """Rates over a quantity: straight lines between points, flat outside them.

    Of two points at one place the right one counts, so that a schedule may jump. Written as
    `points: [[x, rate], …]`, or as half-open bands `[{from, to, result}, …]`.

    Examples
    --------
    >>> RateSchedule.model_validate({"points": [[60, 0], [100, 1]]}).points
    ((60.0, 0.0), (100.0, 1.0))
    >>> bands = [{"from": 0, "to": 0.9, "result": -0.01}, {"from": 0.9, "result": 0}]
    >>> RateSchedule.model_validate(bands).points
    ((0.0, -0.01), (0.9, -0.01), (0.9, 0.0))
    """

    points: tuple[tuple[float, float], ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _from_bands(cls, given: Any) -> Any:
        if not isinstance(given, list | tuple):
            return given
        bands = tuple(Band.model_validate(band) for band in given)
        check_bands(bands, with_codes=False)
        points: list[tuple[float, Any]] = []
        for band in bands:
            points += [(x, band.result) for x in (band.start, band.end) if x is not None]
        return {"points": points}

    @model_validator(mode="after")
    def _rises(self) -> RateSchedule:
        places = [x for x, _ in self.points]
        if any(later < earlier for earlier, later in pairwise(places)):
            raise broken("policy.points_fall")
        if any(places.count(x) > 2 for x in places):
            raise broken("policy.points_alike")
        return self


class RateBy(RateSchedule):
    """A rate read off a schedule at a unit's value of a supplied measure, or at its `score`."""

    by: str = Field(min_length=1)


def _read_share(value: Any) -> Any:
    if isinstance(value, Mapping):
        return RateBy.model_validate(value)
    if isinstance(value, bool) or (isinstance(value, int | float) and not 0 <= value <= 1):
        raise ValueError("≥ 0, ≤ 1")
    return value


# A share that may differ by unit: a number, the name of a supplied measure or of another such
# parameter, read off a schedule, or a map of these by code or flag.
_OneShare = Annotated[float | str | RateBy, BeforeValidator(_read_share)]
Share = Annotated[Any, differing(_OneShare, flags=True)]


# The units of parameters that hold shares.
SHARES: tuple[UnitOfMeasure, ...] = ("fraction_or_measure", "shares_in_bands", "share_limits")


class ShareBand(Band):
    """A band in which the share may differ by unit."""

    result: Share


class ShareLimit(StrictModel):
    """A limit as a share of an amount: a column of settlements, or a supplied measure in 元."""

    share: Share
    of: str = Field("quota", min_length=1)


def shares_in(value: Any) -> list[Any]:
    """Return the shares of a parameter: those of its bands or limits, or the one that it is."""
    parts = value if isinstance(value, tuple) else (value,)
    return [getattr(part, "share", getattr(part, "result", part)) for part in parts]


def names_in(value: Any) -> list[str]:
    """Return the names in a parameter that holds shares: of measures, amounts and parameters."""
    found = [leaf for share in shares_in(value) for leaf in leaves(share)]
    found += [getattr(part, "of", None) for part in (value if isinstance(value, tuple) else ())]
    return [name for name in (getattr(x, "by", x) for x in found) if isinstance(name, str)]


def _as_points(given: Any) -> Any:
    """Return the points of a schedule that is written as bands."""
    is_bands = isinstance(given, list | tuple) and any(isinstance(x, Mapping) for x in given)
    return RateSchedule.model_validate(given).points if is_bands else given


ReturnPoints = Annotated[tuple[tuple[float, NotNegative], ...], BeforeValidator(_as_points)]


class Returned(StrictModel):
    """The share of what was withheld that a result gives back; more than 1 is an award.

    The result is the grade (`by: grade`, with `grades`), the score (`by: score`, half-up to
    `decimals`), the grade of a further scorecard (`by: NAME`, with `grades`), its score, or any
    indicator or supplied measure; all but grades with `points`, or bands, as in a `RateSchedule`.
    With `rank` the place in the group counts instead of the value: the share of the other units
    that reach it, 0 for the only highest (`highest_first`) or the only lowest (`lowest_first`).
    """

    by: str = Field(min_length=1)
    grades: dict[str, NotNegative] | None = None
    points: ReturnPoints | None = None
    rank: Literal["highest_first", "lowest_first"] | None = None
    # Without it two, which are printed.
    decimals: Annotated[int, Field(ge=2, le=10)] | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Returned:
        if self.decimals is not None and self.by != "score":
            raise broken("policy.returned_decimals")
        if self.by == "grade" or self.grades:
            if (self.points, self.rank) != (None, None) or not self.grades:
                raise broken("policy.returned_grades")
        elif self.points is None:
            raise broken("policy.returned_points")
        else:
            RateSchedule(points=self.points)
        return self

    @property
    def most(self) -> float:
        """The largest share that any result gives back."""
        return max(self.grades.values() if self.grades else [y for _, y in self.points or ()])


# Tables of what holds for all that lies in a unit; nothing else is taken from a unit above.
INHERITED = ("context", "funds", "measures")


class Heavier(StrictModel):
    """What part of a column counts several times: the share is another column of its table."""

    share: str = Field(min_length=1)
    # A number, or the parameter that holds it.
    times: Annotated[float, Field(gt=0)] | str


class Driver(StrictModel):
    """What needs grow by: the growth of a column (`growth_of`), or a rate stated in one (`rate`).

    The column is TABLE.COLUMN, or measures.NAME for supplied values. The mean counts over the last
    `years`, a number or the parameter that holds it; `minimum_years` of them must be known. With
    `heavier` column × (1 + (times − 1) × share) grows; where no share is known, the column alone.
    """

    title: Bilingual | None = None
    weight: Annotated[float, Field(ge=0, le=1)]
    growth_of: str | None = None
    rate: str | None = None
    heavier: Heavier | None = None
    years: Annotated[int, Field(ge=1)] | str = 1
    minimum_years: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _is_whole(self) -> Driver:
        if (self.growth_of is None) == (self.rate is None) or (self.rate and self.heavier):
            raise broken("policy.driver_column")
        if isinstance(self.years, int) and self.minimum_years > self.years:
            raise broken("policy.driver_minimum")
        return self

    @property
    def column(self) -> tuple[str, str]:
        """The table, and its column or the name of the measure."""
        table, _, column = (self.growth_of or self.rate or "").partition(".")
        return table, column


# By name; `none` states no growth.
Drivers = Annotated[
    dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Driver],
    BeforeValidator(lambda given: {} if given == "none" else given),
]


# A number, a map of numbers by code, or the name of the parameter that holds either.
Limit = str | Annotated[float | Mapping[str, Any], differing(float)]


class Scoring(StrictModel):
    """A curve, and which way it is better."""

    direction: Direction
    curve: Curve

    @model_validator(mode="after")
    def _curve_suits_direction(self) -> Self:
        lines = all(isinstance(part, Segments) for part in parts_of(self.curve, self.direction))
        if self.direction == "band" and not lines:
            raise broken("policy.band_curve")
        return self


class IndicatorRule(Scoring):
    """How an indicator is scored: domain, weight by kind of unit, curve, missing values.

    The weight of a missing value goes to the rest of its domain (`spread_domain`, or to the
    other domains when nothing of its own is left), or to all others (`spread`); `void`
    leaves the unit without a score. A judged value below `at_least` or above `at_most`, numbers or
    the parameters that hold them, is a finding, scored or not.
    """

    domain: str
    weight: dict[ScoredKind, Weight]
    missing: Literal["spread", "spread_domain", "void"]
    at_least: Limit | None = None
    at_most: Limit | None = None

    def weight_of(self, kind: str, level: str | None) -> float:
        """Return the weight for units of a kind and level, 0 where they are not scored by it."""
        return float(pick(self.weight, kind=kind, level=level) or 0)


class ProjectPart(Scoring):
    """A part of the score of a project (R25): its figure, and its weight in 100 by stage."""

    title: Bilingual | None = None
    figure: Literal["achievement", "execution", "cost_per_benefit", "appraisal"]
    weight: dict[Literal["new", "continued"], Percent]


class DomainRule(StrictModel):
    """How a domain counts: its weight in 100, what it needs, and what becomes of it without.

    Without `weight` it has the sum of its indicators'; with it their weights say only how they
    share it. Where fewer than `minimum_judged` indicators can be judged, its weight goes to the
    other domains (`spread`), the unit has no score (`void`), or the domain earns nothing (`zero`).
    """

    weight: Weight | None = None
    minimum_judged: Annotated[int, Field(ge=1)] = 1
    missing: Literal["spread", "void", "zero"] = "spread"


class Deduction(StrictModel):
    """What each incident of a kind takes off a score of 100, or what grade it leaves at most.

    An incident counts in its year and so many `years` in all; one that was repaired counts with
    the share `repaired`, and caps no grade. All of a kind take off `most` at most.
    """

    title: Bilingual
    points: NotNegative = 0
    most: NotNegative | None = None
    years: Annotated[int, Field(ge=1)] = 1
    repaired: Annotated[float, Field(ge=0, le=1)] = 0
    grade_cap: str | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Deduction:
        if not self.points and self.grade_cap is None:
            raise broken("policy.deduction_without_effect")
        return self


class Dated(StrictModel):
    """A value from a date on, with its source.

    An overlay may state a `change` in its place: the keys of a map that differ from those in
    force then and later, deeper maps key by key; null leaves a key out.
    """

    since: dt.date = Field(alias="from")
    value: Any = None
    change: dict[str, Any] | None = None
    source: Source

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if (self.value is None) == (self.change is None):
            raise broken("policy.value_or_change")
        return self


class DatedRule(Dated):
    """A scoring rule from a date on, with its source.

    `other_weights` says which other indicators give or take what a changed weight takes or
    gives: all whose weight the file does not state (`in_proportion`), or those named.
    """

    value: IndicatorRule | None = None
    other_weights: OtherWeights | None = None


class _Dating(StrictModel):
    """An entry with values by date."""

    values: tuple[Dated, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _dates_rise(self) -> Any:
        dates = [value.since for value in self.values]
        if any(later <= earlier for earlier, later in pairwise(dates)):
            raise broken("policy.dates_fall")
        return self


class Parameter(_Dating):
    """A parameter: unit, description and values by date. An overlay gives values alone."""

    unit_of_measure: UnitOfMeasure | None = Field(None, alias="unit")
    description: Bilingual | None = None


class Indicator(_Dating):
    """A scored indicator; `title` and `unit` (else a fraction) are of one given in `measures`."""

    title: Bilingual | None = None
    unit_of_measure: OfIndicator | None = Field(None, alias="unit")
    values: tuple[DatedRule, ...] = Field(min_length=1)


class Backdate(StrictModel):
    """Put every inherited value in force from an earlier date, marked with this source."""

    to: dt.date
    source: Source


class Scorecard(StrictModel):
    """What units are scored by: indicators in domains, with the parameters of the scores.

    A further scorecard, such as one of credit, stands in a policy beside its own: of the
    parameters it states those that differ from the policy's.

    An overlay drops what it does not inherit: `drop: [indicators.NAME, indicators.*,
    domains.NAME]`; `indicators: none` drops all indicators and states none.
    `other_weights` holds for what is dropped, and for each indicator that does not state it itself.
    """

    title: Bilingual
    drop: tuple[str, ...] = ()
    other_weights: OtherWeights | None = None
    domains: dict[str, Bilingual] = Field(default_factory=dict)
    grades: dict[str, Bilingual] = Field(default_factory=dict)
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    indicators: dict[str, Indicator] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _drop_all(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("indicators") != "none":
            return given
        dropped = given.get("drop", [])
        more = {"drop": [*dropped, "indicators.*"]} if isinstance(dropped, list) else {}
        return given | {"indicators": {}} | more


class PolicyFile(Scorecard):
    """One policy file, a whole policy or an overlay (`extends`).

    An overlay drops definitions and further scorecards too.
    """

    truths: ClassVar[tuple[str, ...] | None] = ("by_scheme",)
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    extends: str | None = None
    backdate: Backdate | None = None
    check_again_after_years: int | None = Field(None, ge=1)
    definitions: dict[DeclaredName, Declared] = Field(default_factory=dict)
    scorecards: dict[DeclaredName, Scorecard] = Field(default_factory=dict)


def check_bands(bands: tuple[Band, ...], with_codes: bool) -> None:
    """Raise ValueError when there are no bands, or they overlap, leave a gap, or are empty,
    or result in text where codes are not what they result in."""
    if not bands:
        raise broken("policy.bands_none")
    for band in bands:
        if isinstance(band.result, str) and not with_codes:
            raise broken("policy.band_text", result=band.result)
        if band.end is not None and band.end <= band.start:
            raise broken("policy.band_empty", start=band.start, end=band.end)
    for lower, upper in pairwise(bands):
        if lower.end is None or lower.end > upper.start:
            raise broken("policy.bands_overlap", at=upper.start)
        if lower.end < upper.start:
            raise broken("policy.bands_gap", end=lower.end, start=upper.start)
