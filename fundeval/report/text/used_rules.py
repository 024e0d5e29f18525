"""Which parameters and scoring rules the figures of a report rest on, of the policy in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fundeval.indicator_registry import DERIVED_COLUMNS
from fundeval.report.indicator_targets import limits_of
from fundeval.report.policy_in_force import PolicyInForce
from fundeval.report.unit_view import View
from fundeval.results.rows import (
    ActionRow,
    AdjustmentRow,
    AllocationRow,
    CardGradeRow,
    DeductionRow,
    GradeRow,
    GroupValueRow,
    IndicatorRow,
    PeriodRow,
    ProjectionRow,
    ProjectReviewRow,
    PurchaseAlertRow,
    RestrictionRow,
    SettlementStepRow,
    WarningRow,
)

# The parameters behind the rows of a frame, beside those that indicators and their curves name.
USED_BY: dict[type[Any], tuple[str, ...]] = {
    IndicatorRow: ("minimum_volume", "interval_z", "cost_variation"),
    GradeRow: (
        "grade_bands", "domain_rules", "minimum_coverage", "minimum_domains", "minimum_peers",
        "sensitivity_draws", "sensitivity_seed", "sensitivity_weights", "sensitivity_curves",
    ),
    DeductionRow: ("deductions",),
    RestrictionRow: (
        "execution_floor", "restriction_by", "restriction_exempt_reasons",
        "restriction_lifted_after", "restriction_lifted_by",
    ),
    AllocationRow: (
        "budget_base", "growth_drivers", "history_years", "aged_cost_weight", "missing_driver",
        "regional_float", "regional_float_limit", "ratchet_cap", "gdp_ceiling", "gdp_plan_start",
        "gdp_plan_years", "income_ceiling", "ceiling_scope", "budget_floor", "budget_cap",
        "evaluation_link", "evaluation_groups", "withheld_share", "returned", "restricted_units",
        "unjudged_units", "grade_budget_rates", "execution_link", "execution_link_by",
    ),
    SettlementStepRow: (
        "settlement_order", "settlement_corridor", "overrun_corridor", "overrun_corridor_borne",
        "surplus_award_rate", "surplus_award_factor", "surplus_award_order",
        "surplus_award_deduction", "surplus_award_cap", "surplus_retained_rate",
        "retained_to_staff_rate", "overrun_bands", "overrun_shared_payments", "overrun_limits",
        "reasonable_overrun_share", "capitation_rate", "outcome_measure", "outcome_pay_bands",
        "point_reserve_rate", "point_reserve_left", "alliance_gate",
    ),
    ProjectReviewRow: (
        "project_parts", "project_minimum_score", "project_category_order",
        "project_category_shares", "project_envelope_share", "project_last",
    ),
    WarningRow: ("warning_bands",),
    PeriodRow: ("year_end_forecast",),
    PurchaseAlertRow: (
        "purchase_warning", "purchase_threshold_measure", "purchase_check_from",
        "onsite_check_hours",
    ),
    GroupValueRow: ("minimum_group_volume",),
    ProjectionRow: ("projection_years", "projection_scenarios"),
    AdjustmentRow: ("surplus_rate_warning", "surplus_rate_adjustment", "adjustment_share"),
}  # fmt: skip
# The parameters behind the values of groups, by what the groups are of.
USED_BY_GROUPS = {
    "rule": (
        "screening_yearly_stays", "screening_purchase", "screening_drug_share",
        "screening_stay_groups", "screening_stay_days",
    ),
}  # fmt: skip
# Of what is done with all units alike, in no report of one.
OF_THE_PUBLIC_PAGE = (
    "minimum_disclosed", "disclosed_protection", "disclosed_step", "disclosed_share",
)  # fmt: skip


def used_parameters(view: View) -> list[dict[str, Any]]:
    """Return the parameters that the unit's figures rest on, in the order of the policy."""
    names = {name for kind, used in USED_BY.items() if _has(view, kind) for name in used}
    names |= {row.parameter for row in view.rows(ActionRow)}
    for indicator in _indicators(view):
        names |= parameters_of(view.policy, indicator)
        grouped = view.policy.grouped.get(indicator)
        names |= {*USED_BY_GROUPS.get(grouped.by if grouped else "", ())}
    return [entry for name, entry in view.policy.parameters.items() if name in names]


def used_rules(view: View) -> list[dict[str, Any]]:
    """Return the scoring rules by which the unit is scored, or held against a limit."""
    kind, level = view.unit.kind, view.unit.level
    found = _indicators(view)
    return [
        entry
        for name, entry in view.policy.rules.items()
        if view.policy.rule(name).weight_of(kind, level) > 0
        or (name in found and {"at_least", "at_most"} & _stated(entry["value"]))
    ]


def used_cards(view: View) -> list[str]:
    """Return the further scorecards by which the unit is scored."""
    scored = {row.card for row in view.own(CardGradeRow)}
    return [card for card in view.policy.scorecards if card in scored]


def used_definitions(view: View) -> list[str]:
    """Return the indicators that the policy declares and the unit has a value of."""
    found = _indicators(view)
    stated = [each.id for each in (*view.policy.declared, *view.policy.grouped.values())]
    return [name for name in stated if name in found]


def parameters_of(policy: PolicyInForce, indicator: str) -> set[str]:
    """Return the parameters that an indicator, its limits or its curve names."""
    names = set(_texts(policy.rules.get(indicator, {}).get("value")))
    names |= {limit for limit in limits_of(indicator) if isinstance(limit, str)}
    definition = policy.definitions.get(indicator)
    if definition is not None:
        level = definition.level(policy.definitions)
        least = "minimum_group_volume" if level.by else "minimum_volume"
        names |= {least} if level.volume else set()
        names |= {definition.limit} if isinstance(definition.limit, str) else set()
        for amount in level.sums:
            names |= amount.parameters()
            derived = [DERIVED_COLUMNS[name] for name in amount.plus if name in DERIVED_COLUMNS]
            names |= {column.decided_by for column in derived}
    return names & policy.parameters.keys()


def _has(view: View, kind: type[Any]) -> bool:
    """Tell whether the unit, or one directly below it, has rows of a kind."""
    return any(row.unit_id for row in view.rows(kind))


def _indicators(view: View) -> set[str]:
    """Return the indicators that the unit, or a group within it, has a value of."""
    rates = view.own(IndicatorRow, year=view.year)
    grouped = view.own(GroupValueRow, year=view.year)
    return {row.indicator for row in rates if row.value is not None} | {
        row.indicator for row in grouped if row.value is not None
    }


def _stated(rule: Mapping[str, Any]) -> set[str]:
    return {key for key, value in rule.items() if value is not None}


def _texts(value: object) -> Iterator[str]:
    """Yield every text within a rule: among them the names of the parameters it uses."""
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else ():
        yield from _texts(part)
    for part in value if isinstance(value, list) else ():
        yield from _texts(part)
