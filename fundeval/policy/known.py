"""The parameters that the arithmetic asks for, with their units. Numbers live in YAML."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from fundeval.citations import Bilingual
from fundeval.policy.model import (
    Band,
    Deduction,
    DomainRule,
    Drivers,
    EvaluatedKind,
    ProjectPart,
    RateSchedule,
    Returned,
    Share,
    ShareBand,
    ShareLimit,
    UnitOfMeasure,
)
from fundeval.policy.varying import differing
from fundeval.tables.schemas import CAUSES

# The parameters by their unit.
BY_UNIT: dict[UnitOfMeasure, tuple[str, ...]] = {
    "fraction": (
        "execution_floor", "cost_growth_limit", "exam_share_limit", "surplus_rate_warning",
        "surplus_rate_adjustment", "adjustment_share", "purchase_warning", "minimum_coverage",
        "sensitivity_weights", "sensitivity_curves", "regional_float", "regional_float_limit",
        "screening_drug_share", "project_envelope_share", "disease_cost_growth_limit",
        "disclosed_protection", "disclosed_share",
    ),
    "codes": (
        "primary_care_levels", "overrun_shared_payments", "screening_stay_groups",
        "restriction_exempt_reasons", "project_category_order", "settlement_order",
    ),
    "number_by_code": ("refill_days_limit",),
    "months": ("payable_months_warning",),
    "choice": (
        "payable_months_balance", "payable_months_spending", "alliance_gate", "budget_base",
        "missing_driver", "restricted_units", "execution_link_by", "gdp_ceiling", "ceiling_scope",
        "income_ceiling", "surplus_award_order", "point_reserve_left", "restriction_by",
        "project_last", "purchase_check_from", "year_end_forecast",
    ),
    "years": ("projection_years", "history_years", "gdp_plan_years", "restriction_lifted_after"),
    "rates": ("projection_scenarios", "grade_budget_rates", "project_category_shares"),
    "bands": ("warning_bands", "grade_bands", "outcome_pay_bands"),
    "shares_in_bands": ("overrun_bands",),
    "share_limits": ("overrun_limits",),
    "measure": ("purchase_threshold_measure", "outcome_measure"),
    "count": (
        "onsite_check_hours", "minimum_volume", "minimum_group_volume", "minimum_disclosed",
        "minimum_peers", "minimum_domains", "sensitivity_draws", "sensitivity_seed",
        "screening_yearly_stays", "screening_stay_days", "talk_within_days", "report_within_days",
        "project_minimum_score",
    ),
    "factor": ("interval_z", "cost_variation", "aged_cost_weight", "budget_floor", "budget_cap"),
    "fraction_or_none": ("ratchet_cap",),
    "choices_by_kind": ("evaluation_link", "evaluation_groups"),
    "fractions_by_kind": ("withheld_share",),
    "returns": ("returned",),
    "choices": ("unjudged_units",),
    "schedule": ("execution_link",),
    "drivers": ("growth_drivers",),
    "year": ("gdp_plan_start",),
    "fraction_or_measure": (
        "settlement_corridor", "surplus_award_rate", "surplus_award_factor", "surplus_award_cap",
        "surplus_award_deduction", "surplus_retained_rate", "retained_to_staff_rate",
        "overrun_corridor", "overrun_corridor_borne",
        "reasonable_overrun_share", "point_reserve_rate",
    ),
    "money": ("capitation_rate", "screening_purchase", "disclosed_step"),
    "domains": ("domain_rules",),
    "text": ("restriction_lifted_by",),
    "project_parts": ("project_parts",),
    "deductions": ("deductions",),
}  # fmt: skip
KNOWN = {name: unit for unit, names in BY_UNIT.items() for name in names}

CHOICES = {
    "payable_months_balance": ("pooled", "with_personal_accounts"),
    "payable_months_spending": ("expenditure", "with_transfers_out"),
    "alliance_gate": ("precondition", "parallel"),
    "budget_base": ("adjusted", "executed", "average"),
    "missing_driver": ("spread", "void"),
    "gdp_ceiling": ("plan", "adjusted", "executed", "none"),
    "income_ceiling": ("forecast", "none"),
    "ceiling_scope": ("root", "each"),
    "evaluation_link": ("within", "neutral", "add", "none"),
    "evaluation_groups": ("parent", "level"),
    "restricted_units": ("capped", "as_others"),
    "unjudged_units": ("exempt", "poor"),
    "execution_link_by": ("scheme", "all"),
    "year_end_forecast": ("pace", "plan"),
    "purchase_check_from": ("day_end", "day_start"),
    "restriction_by": ("all", "any_scheme", "every_scheme"),
    "restriction_exempt_reasons": tuple(CAUSES.values()),
    "project_last": ("part", "refused"),
    "surplus_award_order": ("cap_then_deduction", "deduction_then_cap"),
    "point_reserve_left": ("kept", "released"),
}
# Values of former versions that are refused, with what to write instead; "" is any value.
REPLACED = {
    **{(key, ""): "policy.growth_is_by_drivers" for key in (
        "history_weight", "population_weight", "technology_weight", "history_growth_of",
        "minimum_growth_years",
    )},
    ("purchase_measure", ""): "policy.purchases_by_day",
    ("gdp_ceiling", "bind"): "policy.gdp_ceiling_bind",
    ("gdp_ceiling", "ignore"): "policy.gdp_ceiling_ignore",
}  # fmt: skip
# The steps of the bridge to next year's budget before and after the drivers of growth.
FIRST_STEP = "base"
LATER_STEPS = (
    "regional_float", "ratchet_relief", "grade", "execution_link", "envelope", "withheld", "award",
    "next_budget",
)  # fmt: skip
# The tables whose columns may drive growth, beside supplied measures, and which state rates.
DRIVING = ("budgets", "services", "funds", "settlements", "context")
# The links of evaluation and budget in which money is withheld and returned.
WITHHOLDING = ("within", "neutral")
# The ways by which an institution is settled, all of which `settlement_order` puts in order.
SETTLED_BY = ("package", "points", "per_head", "quota")
# Why a unit may not be judged: what `unjudged_units` decides on.
UNJUDGED = (
    "small", "new", "merged", "part_year", "zero_budget", "not_scored", "too_few_domains",
    "not_comparable", "missing",
)  # fmt: skip
# The least and the most of a parameter whose unit alone would allow more: points, days and hours
# of a year, years, draws that a machine can do, multiples of a base, money to be paid.
ENDS = {
    "project_minimum_score": (0, 100), "sensitivity_draws": (1, 10_000),
    "onsite_check_hours": (0, 8784), "budget_floor": (0, 10), "budget_cap": (0, 10),
    **dict.fromkeys(("talk_within_days", "report_within_days", "screening_yearly_stays",
                     "screening_stay_days", "refill_days_limit"), (0, 366)),
    **dict.fromkeys(BY_UNIT["years"], (1, 30)), "outcome_pay_bands": (0, 10**6),
}  # fmt: skip
# Fractions that may be negative: costs that must fall, a deficit, a float downwards.
SIGNED = (
    "cost_growth_limit", "surplus_rate_warning", "surplus_rate_adjustment", "regional_float",
)  # fmt: skip
# What the bands of a parameter may result in, where that is a code.
RESULTS: dict[str, tuple[str, ...]] = {
    "warning_bands": ("none", "blue", "yellow", "red"),
}

# Parameters that may differ by kind, level or scheme (see `varying`): limits and floors.
DIFFERING = (
    "execution_floor", "cost_growth_limit", "exam_share_limit", "surplus_rate_warning",
    "surplus_rate_adjustment", "payable_months_warning", "minimum_volume", "minimum_coverage",
    "budget_floor", "budget_cap",
)  # fmt: skip
# How the value of each unit must look.
TYPES: dict[UnitOfMeasure, Any] = {
    "fraction": Annotated[float, Field(ge=-1, le=1)],
    "factor": Annotated[float, Field(gt=0, le=1_000_000)],
    "months": Annotated[float, Field(ge=0)],
    "count": Annotated[int, Field(ge=0)],
    "fraction_or_measure": Share,
    "shares_in_bands": tuple[ShareBand, ...],
    "share_limits": tuple[ShareLimit, ...],
    "measure": str,
    "years": Annotated[int, Field(ge=1)],
    "money": Annotated[float, Field(ge=0)],
    "choice": str,
    "codes": tuple[str, ...],
    "year": Annotated[int, Field(ge=1990, le=2100)],
    "fraction_or_none": Annotated[float, Field(ge=0, le=1)] | Literal["none"],
    "choices_by_kind": dict[EvaluatedKind, str],
    "fractions_by_kind": dict[EvaluatedKind, Annotated[float, Field(ge=0, lt=1)]],
    "choices": dict[str, str],
    "returns": dict[EvaluatedKind, Returned],
    "schedule": RateSchedule,
    "rates": dict[str, Annotated[float, Field(ge=-1, le=1)]],
    "bands": tuple[Band, ...],
    "drivers": Drivers,
    "domains": dict[str, DomainRule],
    "text": Bilingual,
    "project_parts": dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], ProjectPart],
    # By how a code begins; `other` for the rest.
    "number_by_code": dict[str, Annotated[float, Field(ge=0)]],
    "deductions": dict[str, Deduction],
}
VALUES = {unit: TypeAdapter[Any](plain) for unit, plain in TYPES.items()}


@cache
def type_of(parameter: str) -> TypeAdapter[Any]:
    """Return how the value of a parameter must look: that of its unit, or a map of such by code."""
    unit = KNOWN[parameter]
    if parameter in DIFFERING:
        return TypeAdapter(Annotated[float | Mapping[str, Any], differing(TYPES[unit])])
    return VALUES[unit]
