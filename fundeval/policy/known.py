"""The parameters that the arithmetic asks for, with their units. Numbers live in YAML."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from fundeval.policy.model import GRADES, Band, EvaluatedKind, RateSchedule, Returned, UnitOfMeasure

KNOWN: dict[str, UnitOfMeasure] = {
    "execution_floor": "fraction",
    "cost_growth_limit": "fraction",
    "exam_share_limit": "fraction",
    "primary_care_levels": "codes",
    "surplus_rate_warning": "fraction",
    "surplus_rate_adjustment": "fraction",
    "payable_months_warning": "months",
    "payable_months_balance": "choice",
    "payable_months_spending": "choice",
    "adjustment_share": "fraction",
    "projection_years": "years",
    "projection_scenarios": "rates",
    "alliance_gate": "choice",
    "warning_bands": "bands",
    "purchase_measure": "measure",
    "purchase_warning": "fraction",
    "onsite_check_hours": "count",
    "minimum_volume": "count",
    "minimum_disclosed": "count",
    "interval_z": "factor",
    "cost_variation": "factor",
    "minimum_peers": "count",
    "minimum_coverage": "fraction",
    "grade_bands": "bands",
    "sensitivity_draws": "count",
    "sensitivity_seed": "count",
    "sensitivity_weights": "fraction",
    "sensitivity_curves": "fraction",
    "budget_base": "choice",
    "history_weight": "fraction",
    "population_weight": "fraction",
    "technology_weight": "fraction",
    "history_years": "years",
    "minimum_growth_years": "years",
    "missing_driver": "choice",
    "regional_float": "fraction",
    "regional_float_limit": "fraction",
    "history_growth_of": "choice",
    "ratchet_cap": "fraction_or_none",
    "evaluation_link": "choices_by_kind",
    "withheld_share": "fractions_by_kind",
    "returned": "returns",
    "evaluation_groups": "choices_by_kind",
    "restricted_units": "choice",
    "unjudged_units": "choices",
    "grade_budget_rates": "rates",
    "execution_link": "schedule",
    "execution_link_by": "choice",
    "budget_floor": "factor",
    "budget_cap": "factor",
    "gdp_ceiling": "choice",
    "gdp_plan_start": "year",
    "gdp_plan_years": "years",
    "ceiling_scope": "choice",
    "settlement_corridor": "fraction_or_measure",
    "surplus_award_rate": "fraction_or_measure",
    "surplus_award_deduction": "fraction_or_measure",
    "surplus_award_cap": "fraction_or_measure",
    "retained_to_staff_rate": "fraction",
    "overrun_bands": "bands",
    "overrun_shared_payments": "codes",
    "reasonable_overrun_share": "fraction",
    "outcome_measure": "measure",
    "outcome_pay_bands": "bands",
    "point_reserve_rate": "fraction",
    "screening_yearly_stays": "count",
    "screening_purchase": "money",
    "screening_drug_share": "fraction",
    "screening_stay_groups": "codes",
    "screening_stay_days": "count",
}

CHOICES = {
    "payable_months_balance": ("pooled", "with_personal_accounts"),
    "payable_months_spending": ("expenditure", "with_transfers_out"),
    "alliance_gate": ("precondition", "parallel"),
    "budget_base": ("adjusted", "executed", "average"),
    "missing_driver": ("spread", "void"),
    "gdp_ceiling": ("plan", "adjusted", "executed", "none"),
    "ceiling_scope": ("root", "each"),
    "history_growth_of": ("executed", "adjusted"),
    "evaluation_link": ("within", "neutral", "add", "none"),
    "evaluation_groups": ("parent", "level"),
    "restricted_units": ("capped", "as_others"),
    "unjudged_units": ("exempt", "poor"),
    "execution_link_by": ("scheme", "all"),
}
# Values of former versions that are refused, with what to write instead.
REPLACED = {
    ("gdp_ceiling", "bind"): "policy.gdp_ceiling_bind",
    ("gdp_ceiling", "ignore"): "policy.gdp_ceiling_ignore",
}
# The links of evaluation and budget in which money is withheld and returned.
WITHHOLDING = ("within", "neutral")
# Why a unit may not be judged: what `unjudged_units` decides on.
UNJUDGED = (
    "small", "new", "merged", "part_year", "zero_budget", "not_scored", "not_comparable",
    "missing",
)  # fmt: skip
# The least value of a parameter whose unit alone would allow less.
LEAST = {"sensitivity_draws": 1}
# Fractions that may be negative: costs that must fall, a deficit, a float downwards.
SIGNED = (
    "cost_growth_limit", "surplus_rate_warning", "surplus_rate_adjustment", "regional_float",
)  # fmt: skip
# What the bands of a parameter may result in, where that is a code.
RESULTS: dict[str, tuple[str, ...]] = {
    "grade_bands": GRADES,
    "warning_bands": ("none", "blue", "yellow", "red"),
}

# How the value of each unit must look.
VALUES: dict[UnitOfMeasure, TypeAdapter[Any]] = {
    "fraction": TypeAdapter(Annotated[float, Field(ge=-1, le=1)]),
    "fraction_or_measure": TypeAdapter(Annotated[float, Field(ge=-1, le=1)] | str),
    "measure": TypeAdapter(str),
    "factor": TypeAdapter(Annotated[float, Field(gt=0)]),
    "months": TypeAdapter(Annotated[float, Field(ge=0)]),
    "years": TypeAdapter(Annotated[int, Field(ge=1)]),
    "count": TypeAdapter(Annotated[int, Field(ge=0)]),
    "money": TypeAdapter(Annotated[float, Field(ge=0)]),
    "choice": TypeAdapter(str),
    "codes": TypeAdapter(tuple[str, ...]),
    "year": TypeAdapter(Annotated[int, Field(ge=1990, le=2100)]),
    "fraction_or_none": TypeAdapter(Annotated[float, Field(ge=0, le=1)] | Literal["none"]),
    "choices_by_kind": TypeAdapter(dict[EvaluatedKind, str]),
    "fractions_by_kind": TypeAdapter(dict[EvaluatedKind, Annotated[float, Field(ge=0, lt=1)]]),
    "choices": TypeAdapter(dict[str, str]),
    "returns": TypeAdapter(dict[EvaluatedKind, Returned]),
    "schedule": TypeAdapter(RateSchedule),
    "rates": TypeAdapter(dict[str, Annotated[float, Field(ge=-1, le=1)]]),
    "bands": TypeAdapter(tuple[Band, ...]),
}
