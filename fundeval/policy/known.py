"""The parameters that the arithmetic asks for, with their units. Numbers live in YAML."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from fundeval.policy.model import Band, Unit

KNOWN: dict[str, Unit] = {
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
    "grade_budget_rates": "rates",
    "execution_link": "bands",
    "budget_floor": "factor",
    "budget_cap": "factor",
    "gdp_ceiling": "choice",
    "settlement_corridor": "fraction_or_measure",
    "surplus_award_rate": "fraction_or_measure",
    "surplus_award_deduction": "fraction",
    "surplus_award_cap": "fraction",
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
    "gdp_ceiling": ("bind", "ignore"),
}
# The least value of a parameter whose unit alone would allow less.
LEAST = {"sensitivity_draws": 1, "sensitivity_weights": 0, "sensitivity_curves": 0}
GRADES = ("excellent", "good", "fair", "poor")
# What the bands of a parameter may result in, where that is a code.
RESULTS = {"grade_bands": GRADES, "warning_bands": ("none", "blue", "yellow", "red")}

# How the value of each unit must look.
VALUES: dict[Unit, TypeAdapter[Any]] = {
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
    "rates": TypeAdapter(dict[str, Annotated[float, Field(ge=-1, le=1)]]),
    "bands": TypeAdapter(tuple[Band, ...]),
}
