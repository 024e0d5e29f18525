"""The rows of an evaluation as typed tuples; made by tools/make_rows.py from the models.

Missing values are None. `FRAME_OF` has the name of the frame, or of the input table, of a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd


class UnitRow(NamedTuple):
    """The units that exist in the evaluated year, one row each."""

    unit_id: str
    name: str
    kind: str
    parent_id: str | None
    alliance_id: str | None
    level: str | None
    flags: str | None
    valid_from: pd.Timestamp | None
    valid_to: pd.Timestamp | None
    successor_id: str | None
    name_en: str | None


class IndicatorRow(NamedTuple):
    """The value of each indicator, or why there is none."""

    unit_id: str
    year: int
    scheme: str
    indicator: str
    value: float | None
    low: float | None
    high: float | None
    numerator: float | None
    denominator: float | None
    adjusted_by: float | None
    status: str
    reason: str


class ScoreRow(NamedTuple):
    """The points of each scored indicator of a unit in the evaluated year."""

    unit_id: str
    indicator: str
    domain: str
    scheme: str
    value: float | None
    baseline: float | None
    figures: str
    percent_of_weight: float | None
    points: float | None
    max: float
    status: str
    reason: str


class DomainRow(NamedTuple):
    """Points and weight of each domain out of the unit's 100, missing indicators spread."""

    unit_id: str
    domain: str
    points: float
    max: float


class GradeRow(NamedTuple):
    """Score and grade of each unit, or why it has none."""

    unit_id: str
    score: float | None
    grade: str | None
    deducted: float | None
    veto: str
    coverage: float | None
    stability: float | None
    status: str
    reason: str


class CardScoreRow(NamedTuple):
    """The points of a further scorecard, or of one fund (`card` is then its scheme)."""

    unit_id: str
    indicator: str
    domain: str
    scheme: str
    value: float | None
    baseline: float | None
    figures: str
    percent_of_weight: float | None
    points: float | None
    max: float
    status: str
    reason: str
    card: str


class CardDomainRow(NamedTuple):
    """Points and weight of each domain of a further scorecard, or of one fund."""

    unit_id: str
    domain: str
    points: float
    max: float
    card: str


class CardGradeRow(NamedTuple):
    """Score and grade by a further scorecard, or of one fund (`card` is then its scheme)."""

    unit_id: str
    score: float | None
    grade: str | None
    deducted: float | None
    veto: str
    coverage: float | None
    stability: float | None
    status: str
    reason: str
    card: str
    year: int


class DeductionRow(NamedTuple):
    """What incidents take off a score: `points` of those of a kind that count."""

    card: str
    unit_id: str
    incident: str
    times: float | None
    repaired: float | None
    counting: float | None
    points: float | None
    grade_cap: str | None
    reason: str


class RestrictionRow(NamedTuple):
    """The two-year rule (R1): each department in every year."""

    unit_id: str
    year: int
    scheme: str
    rate: float | None
    floor: float | None
    previous_rate: float | None
    previous_floor: float | None
    state: str
    until: float | None
    cause: str
    given: str
    reason: str


class RestrictionViewRow(NamedTuple):
    """The state over all schemes and by each, in the evaluated year, of departments with both."""

    unit_id: str
    year: int
    scheme: str
    rate: float | None
    floor: float | None
    previous_rate: float | None
    previous_floor: float | None
    state: str
    until: float | None
    cause: str
    given: str
    reason: str


class CostChangeRow(NamedTuple):
    """Why the cost of care changed since the year before; the parts sum to `total`."""

    unit_id: str
    year: int
    scheme: str
    setting: str
    part: str
    amount: float | None
    reason: str


class SettlementStepRow(NamedTuple):
    """Steps of settlement, band by band: amount = base × rate."""

    unit_id: str
    year: int
    scheme: str
    item: str
    base: float | None
    rate: float | None
    amount: float | None
    lacking: str


class BudgetStepRow(NamedTuple):
    """The bridge to next year's budget, step by step; `year` is the budget year."""

    unit_id: str
    year: int
    scheme: str
    step: str
    amount: float | None
    base: float | None
    rate: float | None
    parameter: str
    status: str
    reason: str


class AllocationRow(NamedTuple):
    """How each budget was settled; see `settle_budgets`."""

    unit_id: str
    year: int
    scheme: str
    parent_id: str | None
    kind: str
    level: str | None
    complete: bool
    base: float
    retained_in_base: float | None
    needs: float
    desired: float | None
    floor: float | None
    floor_by: str | None
    cap: float | None
    cap_by: str | None
    income_limit: float | None
    income_reason: str | None
    gdp_limit: float | None
    gdp_reason: str | None
    envelope: float | None
    envelope_by: str | None
    parent_effect: float | None
    balance_rule: str | None
    score: float | None
    grade: str | None
    result_by: str | None
    result: str | None
    standing: str | None
    restricted_unit: bool
    capped: bool
    execution_rate: float | None
    link_rate: float | None
    returned: str | None
    withheld: float | None
    award: float | None
    net: float | None
    top: float | None
    limit: str | None
    next_budget: float | None
    retained_below: float | None
    unspent: float | None
    ratchet: float | None
    reason: str
    factor: str | None
    group_count: int
    group_judged: int
    group_envelope: float | None
    group_withheld: float | None
    group_wanted: float | None
    group_retained: float | None
    group_reason: str | None


class ProjectReviewRow(NamedTuple):
    """The zero-base review of the project library (R25); `year` is the budget year."""

    unit_id: str
    year: int
    project_id: str
    project: str
    asked_by: str
    pool_id: str
    pool: str
    category: str
    stage: str
    requested: float | None
    approved: float | None
    spent: float | None
    expected_benefit: float | None
    measured_benefit: float | None
    benefit_unit: str
    achievement: float | None
    execution: float | None
    cost_per_benefit: float | None
    appraisal: float | None
    score: float | None
    rank: float | None
    envelope: float | None
    category_limit: float | None
    decision: str
    granted: float | None
    overlaps_with: str
    duplicate_of: str
    state: str
    until: float | None
    reason: str


class ProjectPartRow(NamedTuple):
    """What the score of a project is made of: a part's value, its percent of the weight."""

    unit_id: str
    year: int
    project_id: str
    part: str
    value: float | None
    percent: float | None
    weight: float
    points: float | None
    reason: str


class WarningRow(NamedTuple):
    """Early warning within the year."""

    unit_id: str
    year: int
    month: int
    scheme: str
    executed: float | None
    phased: float | None
    progress: float | None
    level: str
    reason: str


class PurchaseAlertRow(NamedTuple):
    """Purchases of each day against their threshold, and the check that an alert calls for."""

    unit_id: str
    year: int
    date: pd.Timestamp
    goods: str
    bought_by: str
    amount: float | None
    threshold: float | None
    threshold_from: str
    share: float | None
    level: str
    alerted_at: pd.Timestamp | None
    deadline: pd.Timestamp | None
    checked_at: pd.Timestamp | None
    checked_by: str | None
    check_result: str | None
    check: str
    reason: str


class PeriodRow(NamedTuple):
    """Months and quarters of the year: execution of the period alone and from January on."""

    unit_id: str
    year: int
    scheme: str
    span: str
    number: int
    months: int
    executed: float | None
    phased: float | None
    progress: float | None
    deviation: float | None
    previous: float | None
    growth: float | None
    growth_reason: str
    executed_to_date: float | None
    phased_to_date: float | None
    progress_to_date: float | None
    deviation_to_date: float | None
    previous_to_date: float | None
    growth_to_date: float | None
    growth_to_date_reason: str
    forecast: float | None
    forecast_rate: float | None
    forecast_reason: str
    level: str
    reason: str


class GroupValueRow(NamedTuple):
    """What an indicator is in each group of a unit, such as a disease group."""

    unit_id: str
    year: int
    scheme: str
    indicator: str
    group: str
    group_name: str
    value: float | None
    previous: float | None
    numerator: float | None
    denominator: float | None
    adjusted_by: float | None
    threshold: float | None
    beyond: bool
    status: str
    reason: str


class AdjustmentRow(NamedTuple):
    """Between regions under one parent: amount is received, or paid where negative."""

    unit_id: str
    year: int
    scheme: str
    rate: float
    short: float
    spare: float
    amount: float


class ExecutionEffectRow(NamedTuple):
    """Every place where what was left unspent, or overspent, acts on a unit, with its sum."""

    unit_id: str
    year: int
    scheme: str
    place: str
    left: float
    points: float | None
    base: float | None
    rate: float | None
    amount: float
    parameter: str


class ActionRow(NamedTuple):
    """What a result calls for: which action on whom, why, until when, and who sees to it."""

    unit_id: str
    year: int
    action: str
    why: str
    due: pd.Timestamp
    who: str
    parameter: str


class ProjectionRow(NamedTuple):
    """Funds of the evaluated year and the next ones, by scenario."""

    unit_id: str
    scheme: str
    scenario: str
    year: int
    income: float | None
    expenditure: float | None
    closing: float | None
    payable_months: float | None


class FindingRow(NamedTuple):
    """What a reviewer must see, most severe first within a unit."""

    unit_id: str
    year: int
    finding: str
    severity: str
    scheme: str
    subject: str
    value: float | None
    expected: float | None
    detail: str


class PeerGroupRow(NamedTuple):
    """Distribution of each indicator among units of one kind, level and tier."""

    indicator: str
    kind: str
    level: str
    tier: int
    scheme: str
    count: int  # type: ignore[assignment]
    minimum: float | None
    p10: float | None
    p25: float | None
    p50: float | None
    p75: float | None
    p90: float | None
    maximum: float | None


class StatesRow(NamedTuple):
    """How many departments of a unit are in each state."""

    unit_id: str
    clear: int
    watch: int
    restricted: int
    exempt: int
    released: int
    undetermined: int


class RestrictedRow(NamedTuple):
    """A year of a department that is not clear."""

    unit_id: str
    year: int
    scheme: str
    rate: float | None
    floor: float | None
    previous_rate: float | None
    previous_floor: float | None
    state: str
    until: float | None
    cause: str
    given: str
    reason: str
    name: str
    name_en: str
    kind: str
    above_id: str | None
    above: str | None
    above_en: str | None
    above_kind: str | None
    below_id: str


class ConflictRow(NamedTuple):
    """An award beside low execution, for a unit above it."""

    unit_id: str
    year: int
    finding: str
    severity: str
    scheme: str
    subject: str
    value: float | None
    expected: float | None
    detail: str
    name: str
    name_en: str
    kind: str
    above_id: str | None
    above: str | None
    above_en: str | None
    above_kind: str | None
    below_id: str


class CheckRow(NamedTuple):
    """What restrictions and conflicts below a unit rest on."""

    unit_id: str
    department_count: int
    undetermined_count: int
    institution_count: int
    judged_count: int
    settled_count: int
    checked_count: int


class BudgetInput(NamedTuple):
    """A row of the input table `budgets`."""

    unit_id: str
    year: int
    scheme: str
    initial: float | None
    adjusted: float | None
    carried_over: float | None
    executed: float | None
    retained: float | None
    budgeted: float | None
    file: str
    row: int


class MonthlyInput(NamedTuple):
    """A row of the input table `monthly`."""

    unit_id: str
    year: int
    month: int
    scheme: str
    executed: float | None
    phased_budget: float | None
    yearly_budget: float | None
    file: str
    row: int


class PurchaseInput(NamedTuple):
    """A row of the input table `purchases`."""

    unit_id: str
    date: pd.Timestamp
    goods: str
    amount: float | None
    threshold: float | None
    alerted_at: pd.Timestamp | None
    checked_at: pd.Timestamp | None
    checked_by: str | None
    check_result: str | None
    year: int
    file: str
    row: int


class ServiceInput(NamedTuple):
    """A row of the input table `services`."""

    unit_id: str
    year: int
    scheme: str
    setting: str
    care_level: str
    visits: float | None
    cost: float | None
    fund_paid: float | None
    bed_days: float | None
    drug_cost: float | None
    consumable_cost: float | None
    exam_cost: float | None
    case_mix: float | None
    weighted_visits: float | None
    file: str
    row: int


class FundInput(NamedTuple):
    """A row of the input table `funds`."""

    unit_id: str
    year: int
    scheme: str
    opening: float | None
    income: float | None
    expenditure: float | None
    closing: float | None
    personal_closing: float | None
    premiums: float | None
    subsidy: float | None
    transfer_in: float | None
    transfer_out: float | None
    insured: float | None
    balance: float | None
    yearly_spending: float | None
    file: str
    row: int


class SettlementInput(NamedTuple):
    """A row of the input table `settlements`."""

    unit_id: str
    year: int
    scheme: str
    payment: str | None
    cases: float | None
    heads: float | None
    fee_for_service: float | None
    paid: float | None
    points: float | None
    prepaid: float | None
    deposit: float | None
    violations: float | None
    quota: float | None
    reasonable_overrun: float | None
    submitted_cases: float | None
    grouped_cases: float | None
    operations: float | None
    major_operations: float | None
    file: str
    row: int


class SupervisionInput(NamedTuple):
    """A row of the input table `supervision`."""

    unit_id: str
    year: int
    scheme: str
    institutions: float | None
    institutions_checked: float | None
    checks: float | None
    institutions_violating: float | None
    violations_found: float | None
    recovered: float | None
    self_returned: float | None
    refused: float | None
    audit_returned: float | None
    disputes: float | None
    disputes_upheld: float | None
    file: str
    row: int


class DiseaseGroupInput(NamedTuple):
    """A row of the input table `disease_groups`."""

    unit_id: str
    year: int
    scheme: str
    group: str
    cases: float | None
    cost: float | None
    fund_paid: float | None
    drug_cost: float | None
    bed_days: float | None
    file: str
    row: int


class RefillInput(NamedTuple):
    """A row of the input table `refills`."""

    unit_id: str
    year: int
    scheme: str
    disease: str
    patients: float | None
    fills: float | None
    days_supplied: float | None
    longest_days: float | None
    file: str
    row: int


class PopulationInput(NamedTuple):
    """A row of the input table `populations`."""

    unit_id: str
    year: int
    scheme: str
    dimension: str
    segment: str
    persons: float | None
    cost: float | None
    fund_paid: float | None
    file: str
    row: int


class ScreeningInput(NamedTuple):
    """A row of the input table `screening`."""

    unit_id: str
    year: int
    scheme: str
    rule: str
    records: float | None
    flagged: float | None
    cost_flagged: float | None
    file: str
    row: int


class MeasureInput(NamedTuple):
    """A row of the input table `measures`."""

    unit_id: str
    year: int
    measure: str
    value: float | None
    baseline: float | None
    note: str | None
    file: str
    row: int


class IncidentInput(NamedTuple):
    """A row of the input table `incidents`."""

    unit_id: str
    year: int
    incident: str
    times: float | None
    repaired: float | None
    note: str | None
    file: str
    row: int


class ContextInput(NamedTuple):
    """A row of the input table `context`."""

    unit_id: str
    year: int
    scheme: str
    gdp_growth: float | None
    cpi: float | None
    population: float | None
    aged_share: float | None
    technology_growth: float | None
    income_forecast: float | None
    reserve_rate: float | None
    usable_balance: float | None
    budget_float: float | None
    project_envelope: float | None
    file: str
    row: int


class ProjectInput(NamedTuple):
    """A row of the input table `projects`."""

    unit_id: str
    year: int
    project_id: str
    project: str
    category: str
    stage: str
    requested: float | None
    approved: float | None
    spent: float | None
    expected_benefit: float | None
    measured_benefit: float | None
    benefit_unit: str | None
    achievement: float | None
    appraisal: float | None
    overlaps_with: str | None
    file: str
    row: int


class InstitutionInput(NamedTuple):
    """A row of the input table `institutions`."""

    unit_id: str
    year: int
    scheme: str
    positive: float | None
    settled: float | None
    file: str
    row: int


# The frame, or the input table, of each row.
FRAME_OF: dict[type, str] = {
    UnitRow: "units",
    IndicatorRow: "indicators",
    ScoreRow: "scores",
    DomainRow: "domains",
    GradeRow: "grades",
    CardScoreRow: "card_scores",
    CardDomainRow: "card_domains",
    CardGradeRow: "card_grades",
    DeductionRow: "deductions",
    RestrictionRow: "restrictions",
    RestrictionViewRow: "restriction_views",
    CostChangeRow: "cost_changes",
    SettlementStepRow: "settlement",
    BudgetStepRow: "budget",
    AllocationRow: "allocations",
    ProjectReviewRow: "project_reviews",
    ProjectPartRow: "project_parts",
    WarningRow: "warnings",
    PurchaseAlertRow: "purchase_alerts",
    PeriodRow: "periods",
    GroupValueRow: "group_values",
    AdjustmentRow: "adjustments",
    ExecutionEffectRow: "execution_effects",
    ActionRow: "actions",
    ProjectionRow: "projections",
    FindingRow: "findings",
    PeerGroupRow: "peers",
    StatesRow: "states",
    RestrictedRow: "restricted",
    ConflictRow: "conflicts",
    CheckRow: "checks",
    BudgetInput: "budgets",
    MonthlyInput: "monthly",
    PurchaseInput: "purchases",
    ServiceInput: "services",
    FundInput: "funds",
    SettlementInput: "settlements",
    SupervisionInput: "supervision",
    DiseaseGroupInput: "disease_groups",
    RefillInput: "refills",
    PopulationInput: "populations",
    ScreeningInput: "screening",
    MeasureInput: "measures",
    IncidentInput: "incidents",
    ContextInput: "context",
    ProjectInput: "projects",
    InstitutionInput: "institutions",
}
