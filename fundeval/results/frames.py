"""The result of an evaluation: tidy frames and what they were made from.

Each frame is a pandera model: its columns with their roles, types and codes, its key, and that
what has no value has a reason. `rows.py` has the same columns as typed rows. Ratios are fractions.
Money is whole 分 while rules are applied and 元 in a finished evaluation; figures of several
kinds in one column, such as `value` or `base` of a settlement, are always 元.
"""

# ruff: noqa: RUF012  (pandera reads plain class attributes of Config)
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from pandas.api.types import is_integer_dtype

from fundeval.arrays import coded
from fundeval.codes import KINDS, LEVELS, SCHEMES
from fundeval.pandas_models import DataFrame, Series, pa
from fundeval.plain_texts import as_usual_texts
from fundeval.policy.known import FIRST_STEP, LATER_STEPS
from fundeval.tables.schemas import PROJECT_CATEGORIES, PROJECT_STAGES, PURCHASES, SETTINGS

# The steps of the bridge to next year's budget, in the order of the arithmetic: they do not
# commute. A unit has those that apply to it; `next_budget` is the sum of the others.
# Between the base and the float stand the drivers of growth that the policy names.


def bridge_steps(drivers: Iterable[str]) -> tuple[str, ...]:
    """Return the steps of the bridge in their order; drivers by name, for all are on the base.

    Examples
    --------
    >>> bridge_steps(["population", "history"])[:4]
    ('base', 'history', 'population', 'regional_float')
    """
    return (FIRST_STEP, *sorted(drivers), *LATER_STEPS)


SCHEME_CODES, KIND_CODES = tuple(SCHEMES.values()), tuple(KINDS.values())
LEVEL_CODES, SETTING_CODES = tuple(LEVELS.values()), tuple(SETTINGS.values())
GOODS = tuple(PURCHASES.values())
CATEGORY_CODES, STAGE_CODES = (
    tuple(codes.values()) for codes in (PROJECT_CATEGORIES, PROJECT_STAGES)
)
# `not_judged` comes with a reason; `uncertain`: of a small volume.
STATUSES = ("ok", "not_judged", "uncertain")
STATES = ("clear", "watch", "restricted", "exempt", "released", "undetermined")
PARTS = ("volume", "mix", "price", "total")
# What set a floor or a cap, and which of them a result's change stands at.
BOUNDS = ("floor", "cap", "income", "gdp", "parts_limit")
LIMITS = ("", "floor", "cap", "link")
# Why a budget stands in no group whose results are compared.
NO_GROUP = ("root", "parent_without_budget", "scheme_all", "no_link", "added")
# Whether the check that an alert calls for was made, by its deadline or by the end of the data;
# the gravest first.
CHECKS = ("unchecked", "late", "undetermined", "pending", "in_time", "not_due")
SPANS = ("month", "quarter")
# Whether the threshold of a purchase is that of its day or of its year.
THRESHOLDS = ("", "day", "year")
PROJECT_DECISIONS = (
    "kept", "part", "cut_envelope", "cut_low", "cut_duplicate", "refused_restricted",
    "undetermined",
)  # fmt: skip
WARNING_LEVELS = ("none", "blue", "yellow", "red", "undetermined")
# What a result calls for, why, and who sees to it.
ACTIONS, CALLS = ("talk", "report"), ("lowest_grade", "lowest_card", "restricted")
WHO = ("head_of_institution", "head_of_department")
SEVERITIES = ("severe", "warning", "note")

# The columns that name a unit.
UNITS = ("unit_id", "parent_id", "alliance_id")

Role = Literal[
    "id", "text", "name", "code", "reason", "date", "datetime", "year", "month", "count",
    "flag", "money", "fraction", "number", "figure",
]  # fmt: skip
# Where pandera keeps the description of a column.
_COLUMN = "column"
# How a column of a role is held.
DTYPES: dict[Role, str] = {
    "id": "str", "text": "str", "name": "str", "code": "str", "reason": "str",
    "date": "datetime64[us]", "datetime": "datetime64[us]",
    "year": "int64", "month": "Int64", "count": "int64",
    "flag": "bool", "money": "float64", "fraction": "float64", "number": "float64",
    "figure": "float64",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """What a column of a result holds.

    Attributes
    ----------
    role
        `name`: an indicator, item or other name that data or policy may add to; `code`: one of a
        fixed list; `fraction`: a share or a rate; `figure`: a number whose unit of measure is
        that of its row.
    group
        Where the message catalogue has the names of its codes, such as `scheme.`.
    nullable
        Whether a value may be missing.
    """

    role: Role
    group: str = ""
    nullable: bool = False


def _field(role: Role, group: str = "", **checks: Any) -> Any:
    return pa.Field(metadata={_COLUMN: Column(role, group)}, **checks)


def _id(**checks: Any) -> Any:
    return _field("id", **checks)


def _text(**checks: Any) -> Any:
    return _field("text", **checks)


def _name(group: str = "", **checks: Any) -> Any:
    return _field("name", group, **checks)


def _code(codes: Sequence[str], group: str, **checks: Any) -> Any:
    return _field("code", group, isin=list(codes), **checks)


def _reason(**checks: Any) -> Any:
    return _field("reason", "reason.", **checks)


def _date(**checks: Any) -> Any:
    return _field("date", **checks)


def _datetime(**checks: Any) -> Any:
    return _field("datetime", **checks)


def _year(**checks: Any) -> Any:
    return _field("year", **checks)


def _month(**checks: Any) -> Any:
    return _field("month", ge=1, le=12, **checks)


def _count(**checks: Any) -> Any:
    return _field("count", **{"ge": 0} | checks)


def _flag(**checks: Any) -> Any:
    return _field("flag", **checks)


def _money(**checks: Any) -> Any:
    return _field("money", **checks)


def _fraction(**checks: Any) -> Any:
    return _field("fraction", **checks)


def _number(**checks: Any) -> Any:
    return _field("number", **checks)


def _figure(**checks: Any) -> Any:
    return _field("figure", **checks)


class Units(pa.DataFrameModel):
    """The units that exist in the evaluated year, one row each."""

    unit_id: Series[str] = _id()
    name: Series[str] = _text()
    kind: Series[str] = _code(KIND_CODES, "kind.")
    parent_id: Series[str] = _id(nullable=True)
    alliance_id: Series[str] = _id(nullable=True)
    level: Series[str] = _code(LEVEL_CODES, "level.", nullable=True)
    flags: Series[str] = _text(nullable=True)
    valid_from: Series[pd.Timestamp] = _date(nullable=True)
    valid_to: Series[pd.Timestamp] = _date(nullable=True)
    successor_id: Series[str] = _id(nullable=True)
    name_en: Series[str] = _text(nullable=True)

    class Config:
        """Name and key of the frame."""

        name = "units"
        unique = ["unit_id"]
        strict = True


class Indicators(pa.DataFrameModel):
    """The value of each indicator, or why there is none.

    Every year of the data up to the evaluated one, so that a report can show history. `low` and
    `high` are the ends of an interval by chance alone, `adjusted_by` the growth of prices or GDP
    that was taken off. Figures are fractions, counts, months, days or 元 as the indicator is.
    """

    unit_id: Series[str] = _id()
    year: Series[int] = _year()
    scheme: Series[str] = _code(SCHEME_CODES, "scheme.")
    indicator: Series[str] = _name()
    value: Series[float] = _figure(nullable=True)
    low: Series[float] = _figure(nullable=True)
    high: Series[float] = _figure(nullable=True)
    numerator: Series[float] = _figure(nullable=True)
    denominator: Series[float] = _figure(nullable=True)
    adjusted_by: Series[float] = _fraction(nullable=True)
    status: Series[str] = _code(STATUSES, "status.")
    reason: Series[str] = _reason()

    class Config:
        """Name and key of the frame."""

        name = "indicators"
        # In the order of the rows: see `_rises`.
        unique = ["unit_id", "indicator", "year", "scheme"]
        strict = True

    @pa.dataframe_check
    @classmethod
    def value_or_reason(cls, frame: pd.DataFrame) -> pd.Series:
        """Tell which rows have a value, or say why not."""
        return frame["value"].notna() | (frame["reason"] != "")


class Scores(pa.DataFrameModel):
    """The points of each scored indicator of a unit in the evaluated year.

    `max` is its weight in the unit's 100, of which the curve grants `percent_of_weight`. `figures`
    are those that the curve goes through for this unit, in the order in which it states them.
    """

    unit_id: Series[str] = _id()
    indicator: Series[str] = _name()
    domain: Series[str] = _name()
    scheme: Series[str] = _code(SCHEME_CODES, "scheme.")
    value: Series[float] = _figure(nullable=True)
    baseline: Series[float] = _figure(nullable=True)
    figures: Series[str] = _text()
    percent_of_weight: Series[float] = _number(nullable=True, ge=0, le=100)
    points: Series[float] = _number(nullable=True, ge=0)
    max: Series[float] = _number(gt=0, le=100)
    status: Series[str] = _code(STATUSES, "status.")
    reason: Series[str] = _reason()

    class Config:
        """Name and key of the frame."""

        name = "scores"
        unique = ["unit_id", "indicator"]
        strict = True

    @pa.dataframe_check
    @classmethod
    def value_or_reason(cls, frame: pd.DataFrame) -> pd.Series:
        """Tell which rows have a points, or say why not."""
        return frame["points"].notna() | (frame["reason"] != "")


class Domains(pa.DataFrameModel):
    """Points and weight of each domain out of the unit's 100, missing indicators spread."""

    unit_id: Series[str] = _id()
    domain: Series[str] = _name()
    points: Series[float] = _number(ge=0)
    max: Series[float] = _number(ge=0)

    class Config:
        """Name and key of the frame."""

        name = "domains"
        unique = ["unit_id", "domain"]
        strict = True


class Grades(pa.DataFrameModel):
    """Score and grade of each unit, or why it has none.

    The score is what the domains sum up to, less what incidents take off (`deducted`); an incident
    that leaves a lower grade at most is the unit's `veto`. `coverage` is the share of the weights
    that could be judged; `stability` how often the grade stays when weights and curves move within
    the policy's bounds.
    """

    unit_id: Series[str] = _id()
    score: Series[float] = _number(nullable=True, ge=0, le=100)
    grade: Series[str] = _name("grade.", nullable=True)
    deducted: Series[float] = _number(nullable=True, ge=0)
    veto: Series[str] = _name("incident.")
    coverage: Series[float] = _fraction(nullable=True, ge=0, le=1)
    stability: Series[float] = _fraction(nullable=True, ge=0, le=1)
    status: Series[str] = _code(STATUSES, "status.")
    reason: Series[str] = _reason()

    class Config:
        """Name and key of the frame."""

        name = "grades"
        unique = ["unit_id"]
        strict = True

    @pa.dataframe_check
    @classmethod
    def value_or_reason(cls, frame: pd.DataFrame) -> pd.Series:
        """Tell which rows have a grade, or say why not."""
        return frame["grade"].notna() | (frame["reason"] != "")


class CardScores(Scores):
    """The points of a further scorecard, or of one fund (`card` is then its scheme)."""

    card: Series[str] = _name("scheme.")

    class Config:
        """Name and key of the frame."""

        name = "card_scores"
        unique = ["card", "unit_id", "indicator"]
        strict = True


class CardDomains(Domains):
    """Points and weight of each domain of a further scorecard, or of one fund."""

    card: Series[str] = _name("scheme.")

    class Config:
        """Name and key of the frame."""

        name = "card_domains"
        unique = ["card", "unit_id", "domain"]
        strict = True


class CardGrades(Grades):
    """Score and grade by a further scorecard, or of one fund (`card` is then its scheme).

    Of the evaluated year and, by a further scorecard, of the years before by the same rules.
    """

    card: Series[str] = _name("scheme.")
    year: Series[int] = _year()

    class Config:
        """Name and key of the frame."""

        name = "card_grades"
        unique = ["card", "unit_id", "year"]
        strict = True


class Deductions(pa.DataFrameModel):
    """What incidents take off a score: `points` of those of a kind that count.

    `card` is the further scorecard, "" for the score by which budgets are evaluated. `counting` is
    how often it counts: as often as it happened, repaired ones by their share. `grade_cap` is the
    grade that it leaves at most, missing where it caps none.
    """

    card: Series[str] = _name()
    unit_id: Series[str] = _id()
    incident: Series[str] = _name("incident.")
    times: Series[float] = _number(nullable=True, ge=0)
    repaired: Series[float] = _number(nullable=True, ge=0)
    counting: Series[float] = _number(nullable=True, ge=0)
    points: Series[float] = _number(nullable=True, ge=0)
    grade_cap: Series[str] = _name("grade.", nullable=True)
    reason: Series[str] = _reason()

    class Config:
        """Name and key of the frame."""

        name = "deductions"
        unique = ["card", "unit_id", "incident"]
        strict = True

    @pa.dataframe_check
    @classmethod
    def value_or_reason(cls, frame: pd.DataFrame) -> pd.Series:
        """Tell which rows have points, or say why not."""
        return frame["points"].notna() | (frame["reason"] != "")


class Restrictions(pa.DataFrameModel):
    """The two-year rule (R1): each department in every year.

    `scheme` is the view that decided, all schemes together or one of them; rates, floors and
    causes are its own. `floor` is the one in force in that year, `previous_floor` that of the year
    before. `until` is the first year whose evaluation can lift a restriction. `cause` holds codes
    of the reasons that were given for the year, `given` their texts.
    """

    unit_id: Series[str] = _id()
    year: Series[int] = _year()
    scheme: Series[str] = _code(SCHEME_CODES, "scheme.")
    rate: Series[float] = _fraction(nullable=True)
    floor: Series[float] = _fraction(nullable=True)
    previous_rate: Series[float] = _fraction(nullable=True)
    previous_floor: Series[float] = _fraction(nullable=True)
    state: Series[str] = _code(STATES, "state.")
    until: Series[float] = _number(nullable=True)
    cause: Series[str] = _text()
    given: Series[str] = _text()
    reason: Series[str] = _reason()

    class Config:
        """Name and key of the frame."""

        name = "restrictions"
        unique = ["unit_id", "year"]
        strict = True

    @pa.dataframe_check
    @classmethod
    def value_or_reason(cls, frame: pd.DataFrame) -> pd.Series:
        """Tell which rows have a state that is known, or say why not."""
        return (frame["state"] != "undetermined") | (frame["reason"] != "")


class RestrictionViews(Restrictions):
    """The state over all schemes and by each, in the evaluated year, of departments with both."""

    class Config:
        """Name and key of the frame."""

        name = "restriction_views"
        unique = ["unit_id", "year", "scheme"]
        strict = True


class CostChanges(pa.DataFrameModel):
    """Why the cost of care changed since the year before; the parts sum to `total`."""

    unit_id: Series[str] = _id()
    year: Series[int] = _year()
    scheme: Series[str] = _code(SCHEME_CODES, "scheme.")
    setting: Series[str] = _code(SETTING_CODES, "setting.")
    part: Series[str] = _code(PARTS, "cost_part.")
    amount: Series[float] = _money(nullable=True)
    reason: Series[str] = _reason()

    class Config:
        """Name and key of the frame."""

        name = "cost_changes"
        unique = ["unit_id", "year", "scheme", "setting", "part"]
        strict = True

    @pa.dataframe_check
    @classmethod
    def value_or_reason(cls, frame: pd.DataFrame) -> pd.Series:
        """Tell which rows have a amount, or say why not."""
        return frame["amount"].notna() | (frame["reason"] != "")


class Settlement(pa.DataFrameModel):
    """Steps of settlement, band by band: amount = base × rate.

    `base` is 元, or points or heads, as its item is. Where a parameter names a measure that is not
    known of the unit, the amount is missing and `lacking` names the parameter.
    """

    unit_id: Series[str] = _id()
    year: Series[int] = _year()
    scheme: Series[str] = _code(SCHEME_CODES, "scheme.")
    item: Series[str] = _name("settlement.")
    base: Series[float] = _figure(nullable=True)
    rate: Series[float] = _fraction(nullable=True)
    amount: Series[float] = _money(nullable=True)
    lacking: Series[str] = _name("parameter.")

    class Config:
        """Name and key of the frame."""

        name = "settlement"
        unique = ["unit_id", "year", "scheme", "item"]
        strict = True


class Budget(pa.DataFrameModel):
    """The bridge to next year's budget, step by step; `year` is the budget year.

    `next_budget` is the sum of the other steps, to the 分, or missing with a reason. `parameter`
    is the policy's that the step rests on, "" for none.
    """

    unit_id: Series[str] = _id()
    year: Series[int] = _year()
    scheme: Series[str] = _code(SCHEME_CODES, "scheme.")
    step: Series[str] = _name("step.")
    amount: Series[float] = _money(nullable=True)
    base: Series[float] = _money(nullable=True)
    rate: Series[float] = _fraction(nullable=True)
    parameter: Series[str] = _name("parameter.")
    status: Series[str] = _code(STATUSES, "status.")
    reason: Series[str] = _reason()

    class Config:
        """Name and key of the frame."""

        name = "budget"
        unique = ["unit_id", "year", "scheme", "step"]
        strict = True

    @pa.dataframe_check
    @classmethod
    def step_or_driver(cls, frame: pd.DataFrame) -> pd.Series:
        """Tell which rows are a step of every bridge, or one of a driver of growth."""
        return frame["step"].isin(bridge_steps(())) | (frame["parameter"] == "growth_drivers")

    @pa.dataframe_check
    @classmethod
    def value_or_reason(cls, frame: pd.DataFrame) -> pd.Series:
        """Tell which rows have a amount, or say why not."""
        return frame["amount"].notna() | (frame["reason"] != "")


class Allocations(pa.DataFrameModel):
    """How each budget was settled; see `settle_budgets`.

    `complete`: the units of its kind make up their parent's base together. `retained_in_base` is
    what of the base was retained in an earlier evaluation: no part of it is
    with the units below. `top` is the most the budget may end with: its cap; restricted, what its
    execution link leaves. `factor` (λ), `returned` and the figures of a group are those of the
    unit's group; fractions are text, 6/7. A budget that could not be drawn up has a reason.
    """

    unit_id: Series[str] = _id()
    year: Series[int] = _year()
    scheme: Series[str] = _code(SCHEME_CODES, "scheme.")
    parent_id: Series[str] = _id(nullable=True)
    kind: Series[str] = _code(KIND_CODES, "kind.")
    level: Series[str] = _code(LEVEL_CODES, "level.", nullable=True)
    complete: Series[bool] = _flag()
    base: Series[float] = _money()
    retained_in_base: Series[float] = _money(nullable=True)
    needs: Series[float] = _money()
    desired: Series[float] = _money(nullable=True)
    floor: Series[float] = _money(nullable=True)
    floor_by: Series[str] = _code(BOUNDS, "explain.limit.", nullable=True)
    cap: Series[float] = _money(nullable=True)
    cap_by: Series[str] = _code(BOUNDS, "explain.limit.", nullable=True)
    income_limit: Series[float] = _money(nullable=True)
    income_reason: Series[str] = _reason(nullable=True)
    gdp_limit: Series[float] = _money(nullable=True)
    gdp_reason: Series[str] = _reason(nullable=True)
    envelope: Series[float] = _money(nullable=True)
    envelope_by: Series[str] = _reason(nullable=True)
    parent_effect: Series[float] = _money(nullable=True)
    balance_rule: Series[str] = _name("value.evaluation_link.", nullable=True)
    score: Series[float] = _number(nullable=True, ge=0, le=100)
    grade: Series[str] = _name("grade.", nullable=True)
    result_by: Series[str] = _name(nullable=True)
    result: Series[str] = _text(nullable=True)
    standing: Series[str] = _reason(nullable=True)
    restricted_unit: Series[bool] = _flag()
    capped: Series[bool] = _flag()
    execution_rate: Series[float] = _fraction(nullable=True)
    link_rate: Series[float] = _fraction(nullable=True, ge=-1, le=0)
    returned: Series[str] = _text(nullable=True)
    withheld: Series[float] = _money(nullable=True)
    award: Series[float] = _money(nullable=True)
    net: Series[float] = _money(nullable=True)
    top: Series[float] = _money(nullable=True)
    limit: Series[str] = _code(LIMITS, "at_limit.", nullable=True)
    next_budget: Series[float] = _money(nullable=True)
    retained_below: Series[float] = _money(nullable=True)
    unspent: Series[float] = _money(nullable=True)
    ratchet: Series[float] = _number(nullable=True)
    reason: Series[str] = _reason()
    factor: Series[str] = _text(nullable=True)
    group_count: Series[int] = _count()
    group_judged: Series[int] = _count()
    group_envelope: Series[float] = _money(nullable=True)
    group_withheld: Series[float] = _money(nullable=True)
    group_wanted: Series[float] = _money(nullable=True)
    group_retained: Series[float] = _money(nullable=True)
    group_reason: Series[str] = _reason(nullable=True)

    class Config:
        """Name and key of the frame."""

        name = "allocations"
        unique = ["unit_id", "year", "scheme"]
        strict = True

    @pa.dataframe_check
    @classmethod
    def value_or_reason(cls, frame: pd.DataFrame) -> pd.Series:
        """Tell which rows have a next_budget, or say why not."""
        return frame["next_budget"].notna() | (frame["reason"] != "")


class ProjectReviews(pa.DataFrameModel):
    """The zero-base review of the project library (R25); `year` is the budget year.

    `unit_id` is the unit under which it stands: the one that asks (`asked_by`), or where that does
    not exist in the evaluated year, the nearest above it. `pool_id`, called `pool`, is the unit
    that reviews: the hospital of a department, else the unit itself.
    `achievement`, `execution` and `cost_per_benefit` (against plan) are those of the year before.
    `envelope` is the pool's, `category_limit` the most that its category may take of it. `rank` is
    within pool and category. `granted` is what the review leaves of `requested`.
    """

    unit_id: Series[str] = _id()
    year: Series[int] = _year()
    project_id: Series[str] = _id()
    project: Series[str] = _text()
    asked_by: Series[str] = _text()
    pool_id: Series[str] = _id()
    pool: Series[str] = _text()
    category: Series[str] = _code(CATEGORY_CODES, "project_category.")
    stage: Series[str] = _code(STAGE_CODES, "project_stage.")
    requested: Series[float] = _money(nullable=True)
    approved: Series[float] = _money(nullable=True)
    spent: Series[float] = _money(nullable=True)
    expected_benefit: Series[float] = _number(nullable=True)
    measured_benefit: Series[float] = _number(nullable=True)
    benefit_unit: Series[str] = _text()
    achievement: Series[float] = _fraction(nullable=True)
    execution: Series[float] = _fraction(nullable=True)
    cost_per_benefit: Series[float] = _fraction(nullable=True)
    appraisal: Series[float] = _number(nullable=True)
    score: Series[float] = _number(nullable=True, ge=0, le=100)
    rank: Series[float] = _number(nullable=True)
    envelope: Series[float] = _money(nullable=True)
    category_limit: Series[float] = _money(nullable=True)
    decision: Series[str] = _code(PROJECT_DECISIONS, "project_decision.")
    granted: Series[float] = _money(nullable=True)
    overlaps_with: Series[str] = _text()
    duplicate_of: Series[str] = _text()
    state: Series[str] = _code(("", *STATES), "state.")
    until: Series[float] = _number(nullable=True)
    reason: Series[str] = _reason()

    class Config:
        """Name and key of the frame."""

        name = "project_reviews"
        unique = ["year", "project_id"]
        strict = True

    @pa.dataframe_check
    @classmethod
    def value_or_reason(cls, frame: pd.DataFrame) -> pd.Series:
        """Tell which rows have a amount, or say why not."""
        return frame["granted"].notna() | (frame["reason"] != "")


class ProjectParts(pa.DataFrameModel):
    """What the score of a project is made of: a part's value, its percent of the weight."""

    unit_id: Series[str] = _id()
    year: Series[int] = _year()
    project_id: Series[str] = _id()
    part: Series[str] = _name()
    value: Series[float] = _number(nullable=True)
    percent: Series[float] = _number(nullable=True, ge=0, le=100)
    weight: Series[float] = _number(gt=0, le=100)
    points: Series[float] = _number(nullable=True, ge=0)
    reason: Series[str] = _reason()

    class Config:
        """Name and key of the frame."""

        name = "project_parts"
        unique = ["year", "project_id", "part"]
        strict = True

    @pa.dataframe_check
    @classmethod
    def value_or_reason(cls, frame: pd.DataFrame) -> pd.Series:
        """Tell which rows have a points, or say why not."""
        return frame["points"].notna() | (frame["reason"] != "")


class Warnings(pa.DataFrameModel):
    """Early warning within the year.

    Amounts are from January to the month.
    """

    unit_id: Series[str] = _id()
    year: Series[int] = _year()
    month: Series[pd.Int64Dtype] = _month()
    scheme: Series[str] = _code(SCHEME_CODES, "scheme.")
    executed: Series[float] = _money(nullable=True)
    phased: Series[float] = _money(nullable=True)
    progress: Series[float] = _fraction(nullable=True)
    level: Series[str] = _code(WARNING_LEVELS, "warning.")
    reason: Series[str] = _reason()

    class Config:
        """Name and key of the frame."""

        name = "warnings"
        unique = ["unit_id", "year", "month", "scheme"]
        strict = True


class Periods(pa.DataFrameModel):
    """Months and quarters of the year: execution of the period alone and from January on.

    `months` is how many months the period covers: a quarter that has begun has fewer than three.
    `deviation` is executed less phased, `previous` what was executed in the same months of the
    year before, `forecast` what the year comes to by the policy's rule. `level` is that of the
    period's last month. `reason` is about the figures from January on.
    """

    unit_id: Series[str] = _id()
    year: Series[int] = _year()
    scheme: Series[str] = _code(SCHEME_CODES, "scheme.")
    span: Series[str] = _code(SPANS, "span.")
    number: Series[int] = _count(ge=1)
    months: Series[int] = _count()
    executed: Series[float] = _money(nullable=True)
    phased: Series[float] = _money(nullable=True)
    progress: Series[float] = _fraction(nullable=True)
    deviation: Series[float] = _money(nullable=True)
    previous: Series[float] = _money(nullable=True)
    growth: Series[float] = _fraction(nullable=True)
    growth_reason: Series[str] = _reason()
    executed_to_date: Series[float] = _money(nullable=True)
    phased_to_date: Series[float] = _money(nullable=True)
    progress_to_date: Series[float] = _fraction(nullable=True)
    deviation_to_date: Series[float] = _money(nullable=True)
    previous_to_date: Series[float] = _money(nullable=True)
    growth_to_date: Series[float] = _fraction(nullable=True)
    growth_to_date_reason: Series[str] = _reason()
    forecast: Series[float] = _money(nullable=True)
    forecast_rate: Series[float] = _fraction(nullable=True)
    forecast_reason: Series[str] = _reason()
    level: Series[str] = _code(WARNING_LEVELS, "warning.")
    reason: Series[str] = _reason()

    class Config:
        """Name and key of the frame."""

        name = "periods"
        unique = ["unit_id", "scheme", "span", "number"]
        strict = True


class PurchaseAlerts(pa.DataFrameModel):
    """Purchases of each day against their threshold, and the check that an alert calls for.

    `threshold_from` says whether the threshold is that of the day or of the year. `check` is
    `not_due` where there is no alert; `pending` where the data end before the deadline. Purchases
    of a unit that was merged (`bought_by`) stand under its successor; of two of one day the graver
    stands.
    """

    unit_id: Series[str] = _id()
    year: Series[int] = _year()
    date: Series[pd.Timestamp] = _date()
    goods: Series[str] = _code(GOODS, "goods.")
    bought_by: Series[str] = _text()
    amount: Series[float] = _money(nullable=True)
    threshold: Series[float] = _money(nullable=True)
    threshold_from: Series[str] = _code(THRESHOLDS, "threshold_from.")
    share: Series[float] = _fraction(nullable=True)
    level: Series[str] = _code(WARNING_LEVELS, "warning.")
    alerted_at: Series[pd.Timestamp] = _datetime(nullable=True)
    deadline: Series[pd.Timestamp] = _datetime(nullable=True)
    checked_at: Series[pd.Timestamp] = _datetime(nullable=True)
    checked_by: Series[str] = _text(nullable=True)
    check_result: Series[str] = _text(nullable=True)
    check: Series[str] = _code(CHECKS, "check.")
    reason: Series[str] = _reason()

    class Config:
        """Name and key of the frame."""

        name = "purchase_alerts"
        unique = ["unit_id", "date", "goods"]
        strict = True


class GroupValues(pa.DataFrameModel):
    """What an indicator is in each group of a unit, such as a disease group.

    `previous` is its value in the year before; of a growth or change, `numerator` and
    `denominator` are the levels of the two years. `beyond`: a judged value lies on the wrong side
    of its `threshold`.
    """

    unit_id: Series[str] = _id()
    year: Series[int] = _year()
    scheme: Series[str] = _code(SCHEME_CODES, "scheme.")
    indicator: Series[str] = _name()
    group: Series[str] = _text()
    group_name: Series[str] = _text()
    value: Series[float] = _figure(nullable=True)
    previous: Series[float] = _figure(nullable=True)
    numerator: Series[float] = _figure(nullable=True)
    denominator: Series[float] = _figure(nullable=True)
    adjusted_by: Series[float] = _fraction(nullable=True)
    threshold: Series[float] = _figure(nullable=True)
    beyond: Series[bool] = _flag()
    status: Series[str] = _code(STATUSES, "status.")
    reason: Series[str] = _reason()

    class Config:
        """Name and key of the frame."""

        name = "group_values"
        unique = ["unit_id", "indicator", "group", "scheme"]
        strict = True

    @pa.dataframe_check
    @classmethod
    def value_or_reason(cls, frame: pd.DataFrame) -> pd.Series:
        """Tell which rows have a value, or say why not."""
        return frame["value"].notna() | (frame["reason"] != "")


class Adjustments(pa.DataFrameModel):
    """Between regions under one parent: amount is received, or paid where negative."""

    unit_id: Series[str] = _id()
    year: Series[int] = _year()
    scheme: Series[str] = _code(SCHEME_CODES, "scheme.")
    rate: Series[float] = _fraction()
    short: Series[float] = _money(ge=0)
    spare: Series[float] = _money(ge=0)
    amount: Series[float] = _money()

    class Config:
        """Name and key of the frame."""

        name = "adjustments"
        unique = ["unit_id", "year", "scheme"]
        strict = True


class ExecutionEffects(pa.DataFrameModel):
    """Every place where what was left unspent, or overspent, acts on a unit, with its sum.

    `left` is the adjusted budget less what was executed, `amount` negative for a loss: `base` ×
    `rate` where both are stated. `points` are those lost of the unit's 100. Needs are told as they
    were before the envelope; a settlement, which does not rest on execution, has no row.
    """

    unit_id: Series[str] = _id()
    year: Series[int] = _year()
    scheme: Series[str] = _code(SCHEME_CODES, "scheme.")
    place: Series[str] = _name("effect.")
    left: Series[float] = _money()
    points: Series[float] = _number(nullable=True)
    base: Series[float] = _money(nullable=True)
    rate: Series[float] = _fraction(nullable=True)
    amount: Series[float] = _money()
    parameter: Series[str] = _name("parameter.")

    class Config:
        """Name and key of the frame."""

        name = "execution_effects"
        unique = ["unit_id", "scheme", "place"]
        strict = True


class Actions(pa.DataFrameModel):
    """What a result calls for: which action on whom, why, until when, and who sees to it.

    `parameter` is the policy's that states within how many days of the end of the year.
    """

    unit_id: Series[str] = _id()
    year: Series[int] = _year()
    action: Series[str] = _code(ACTIONS, "action.")
    why: Series[str] = _code(CALLS, "action_why.")
    due: Series[pd.Timestamp] = _date()
    who: Series[str] = _code(WHO, "action_who.")
    parameter: Series[str] = _name("parameter.")

    class Config:
        """Name and key of the frame."""

        name = "actions"
        unique = ["unit_id", "action", "why"]
        strict = True


class Projections(pa.DataFrameModel):
    """Funds of the evaluated year and the next ones, by scenario."""

    unit_id: Series[str] = _id()
    scheme: Series[str] = _code(SCHEME_CODES, "scheme.")
    scenario: Series[str] = _name("scenario.")
    year: Series[int] = _year()
    income: Series[float] = _money(nullable=True)
    expenditure: Series[float] = _money(nullable=True)
    closing: Series[float] = _money(nullable=True)
    payable_months: Series[float] = _number(nullable=True)

    class Config:
        """Name and key of the frame."""

        name = "projections"
        unique = ["unit_id", "scheme", "scenario", "year"]
        strict = True


class Findings(pa.DataFrameModel):
    """What a reviewer must see, most severe first within a unit.

    `value` and `expected` are what the finding compares: 元, fractions or months, as its subject.
    A finding on the run as a whole has an empty unit_id.
    """

    unit_id: Series[str] = _id()
    year: Series[int] = _year()
    finding: Series[str] = _name("finding.")
    severity: Series[str] = _code(SEVERITIES, "severity.")
    scheme: Series[str] = _code(SCHEME_CODES, "scheme.")
    subject: Series[str] = _text()
    value: Series[float] = _figure(nullable=True)
    expected: Series[float] = _figure(nullable=True)
    detail: Series[str] = _text()

    class Config:
        """Name and key of the frame."""

        name = "findings"
        unique = None
        strict = True


class Peers(pa.DataFrameModel):
    """Distribution of each indicator among units of one kind, level and tier."""

    indicator: Series[str] = _name()
    kind: Series[str] = _code(KIND_CODES, "kind.")
    level: Series[str] = _code(("", *LEVEL_CODES), "level.")
    tier: Series[int] = _count()
    scheme: Series[str] = _code(SCHEME_CODES, "scheme.")
    count: Series[int] = _count()
    minimum: Series[float] = _figure(nullable=True)
    p10: Series[float] = _figure(nullable=True)
    p25: Series[float] = _figure(nullable=True)
    p50: Series[float] = _figure(nullable=True)
    p75: Series[float] = _figure(nullable=True)
    p90: Series[float] = _figure(nullable=True)
    maximum: Series[float] = _figure(nullable=True)

    class Config:
        """Name and key of the frame."""

        name = "peers"
        unique = ["indicator", "kind", "level", "tier", "scheme"]
        strict = True


Frame = type[pa.DataFrameModel]
# The frames of an evaluation by name.
MODELS: dict[str, Frame] = {
    model.Config.name: model
    for model in (
        Units,
        Indicators,
        Scores,
        Domains,
        Grades,
        CardScores,
        CardDomains,
        CardGrades,
        Deductions,
        Restrictions,
        RestrictionViews,
        CostChanges,
        Settlement,
        Budget,
        Allocations,
        ProjectReviews,
        ProjectParts,
        Warnings,
        PurchaseAlerts,
        Periods,
        GroupValues,
        Adjustments,
        ExecutionEffects,
        Actions,
        Projections,
        Findings,
        Peers,
    )
}


@cache
def columns_of_frame(name: str) -> Mapping[str, Column]:
    """Return what the columns of a frame hold, by name and in order.

    Examples
    --------
    >>> columns_of_frame("grades")["grade"]
    Column(role='name', group='grade.', nullable=True)
    """
    columns = MODELS[name].to_schema().columns.items()
    return {
        column: Column(held.role, held.group, schema.nullable)
        for column, schema in columns
        if (held := (schema.metadata or {})[_COLUMN])
    }


# Frame -> columns, in order.
FRAMES: dict[str, tuple[str, ...]] = {name: tuple(columns_of_frame(name)) for name in MODELS}
# Frame -> its columns of amounts: whole 分 while rules are applied, 元 in a finished evaluation.
MONEY: dict[str, tuple[str, ...]] = {
    name: tuple(c for c, held in columns_of_frame(name).items() if held.role == "money")
    for name in MODELS
}


def finish(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame as its model says: columns, order and types; what breaks it is an error.

    Raises
    ------
    ValueError
        For a mistake of the program: no value in a column that must have one.
    pandera.errors.SchemaError
        For another: a code that is none, a key that repeats, a value that is missing without a
        reason.
    """
    held = columns_of_frame(name)
    if frame.empty:
        return without_rows(name)
    frame = frame[list(held)]
    # Before types are made: a missing flag would become one that is set or not.
    missing = [column for column in held if not held[column].nullable and frame[column].hasnans]
    if missing:
        raise ValueError(f"{name}: no value in {', '.join(missing)}")
    types = {
        column: DTYPES[description.role]
        for column, description in held.items()
        if not isinstance(frame[column].dtype, pd.CategoricalDtype)
    }
    frame = frame.astype(types)
    # In place: nothing is changed, and pandera need not copy what may be millions of rows.
    return _checks(name, unique=_is_unique(frame, MODELS[name])).validate(frame, inplace=True)


def with_ids(frame: pd.DataFrame, units: pd.Index) -> pd.DataFrame:
    """Return a frame with the ids of units, as categories, in place of their numbers."""
    ids = {
        column: coded(frame[column].fillna(-1).to_numpy("int64"), units)
        for column in UNITS
        if column in frame and frame[column].dtype not in ("str", "category")
    }
    return frame.assign(**ids) if ids else frame


def _is_unique(frame: pd.DataFrame, model: Frame) -> bool:
    """Tell whether each row lies beyond the one before it by its key, or at least none repeats.

    Keys are numbered: it takes a fraction of the time and memory of looking for what repeats.
    """
    number, most = np.zeros(len(frame), "int64"), 1
    for column in model.Config.unique or ():
        values = frame[column]
        if isinstance(values.dtype, pd.CategoricalDtype):
            codes, size = values.cat.codes.to_numpy(), len(values.cat.categories)
        elif is_integer_dtype(values.dtype):
            codes = values.to_numpy("int64") - values.min()
            size = int(codes.max()) + 1
        else:
            codes, distinct = pd.factorize(values)
            size = len(distinct)
        most *= size
        if most > np.iinfo("int64").max:
            return False
        number *= size
        number += codes
    return bool((number[1:] > number[:-1]).all()) or pd.Index(number).is_unique


@cache
def without_rows(name: str) -> pd.DataFrame:
    """Return a frame of no rows.

    Examples
    --------
    >>> without_rows("domains").dtypes.astype("str").to_dict()
    {'unit_id': 'str', 'domain': 'str', 'points': 'float64', 'max': 'float64'}
    """
    columns = columns_of_frame(name).items()
    return pd.DataFrame(
        {column: pd.Series([], dtype=DTYPES[held.role]) for column, held in columns}
    )


@cache
def _checks(name: str, unique: bool) -> pa.DataFrameSchema:
    """Return what a model checks besides what `finish` has just made or looked at.

    pandera takes its time for each column, and for the type of each text. `unique`: no key
    repeats.
    """
    schema = MODELS[name].to_schema()
    checked = [column for column, held in schema.columns.items() if held.checks]
    schema = schema.remove_columns([column for column in schema.columns if column not in checked])
    schema.strict = False
    if unique:
        schema.unique = None
    return schema.update_columns({name: {"dtype": None, "nullable": True} for name in checked})


@dataclass(frozen=True)
class Evaluation:
    """Frames as listed in `FRAMES`, sorted, and `about`: plain values that JSON can hold.

    `tables` are the rows of the evaluated year and the one before that indicators are summed
    from, by name, with the `file` and `row` they stand in (row 0: merged from several).

    `about` has: year, dataset (the fields of `DatasetInfo`), inputs (name, sha256, rows),
    policy (id, title, files with sha256, parameters in force with value, unit, description,
    source and origin, stale), version.
    """

    units: DataFrame[Units]
    indicators: DataFrame[Indicators]
    scores: DataFrame[Scores]
    domains: DataFrame[Domains]
    grades: DataFrame[Grades]
    card_scores: DataFrame[CardScores]
    card_domains: DataFrame[CardDomains]
    card_grades: DataFrame[CardGrades]
    deductions: DataFrame[Deductions]
    restrictions: DataFrame[Restrictions]
    restriction_views: DataFrame[RestrictionViews]
    cost_changes: DataFrame[CostChanges]
    settlement: DataFrame[Settlement]
    budget: DataFrame[Budget]
    allocations: DataFrame[Allocations]
    project_reviews: DataFrame[ProjectReviews]
    project_parts: DataFrame[ProjectParts]
    warnings: DataFrame[Warnings]
    purchase_alerts: DataFrame[PurchaseAlerts]
    periods: DataFrame[Periods]
    group_values: DataFrame[GroupValues]
    adjustments: DataFrame[Adjustments]
    execution_effects: DataFrame[ExecutionEffects]
    actions: DataFrame[Actions]
    projections: DataFrame[Projections]
    findings: DataFrame[Findings]
    peers: DataFrame[Peers]
    tables: dict[str, pd.DataFrame]
    about: dict[str, Any]

    @classmethod
    def of(
        cls,
        frames: Mapping[str, pd.DataFrame],
        tables: dict[str, pd.DataFrame],
        about: dict[str, Any],
    ) -> Evaluation:
        """Return an evaluation of frames by name, each as `finish` returns it or as written."""
        held: dict[str, Any] = {name: as_usual_texts(frames[name]) for name in FRAMES}
        tables = {name: as_usual_texts(table) for name, table in tables.items()}
        return cls(**held, tables=tables, about=about)

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return the frames by name, in the order of `FRAMES`."""
        return {name: getattr(self, name) for name in FRAMES}


class Outcomes(NamedTuple):
    """What an evaluation decides, as far as two policies are compared in it."""

    units: pd.DataFrame
    grades: pd.DataFrame
    restrictions: pd.DataFrame
    budget: pd.DataFrame
    about: dict[str, Any]


def restricted_in(restrictions: pd.DataFrame, year: int) -> pd.Series:
    """Return the ids of the departments that are restricted in a year (R1)."""
    now = restrictions[restrictions["year"] == year]
    return now.loc[now["state"] == "restricted", "unit_id"]
