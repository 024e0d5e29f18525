"""Every indicator, defined once: what it is made of, its formula, for whom, after which rule.

A definition is data: the sums that it divides, or the indicator that it compares with the
year before. Those that rules and pages name are built in, and stand in `DEFINITIONS`; a policy
declares further ones (`indicator_declarations`). The computation, the derivation in a report and
`fundeval indicators` read both kinds from the policy (`Rules.definitions`). Names of those built
in stand in `words/domain.yaml`, weights and curves in the policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from fundeval.citations import Source

Formula = Literal[
    "total", "ratio", "floored_ratio", "growth", "real_growth", "change", "growth_over_gdp"
]
UnitOfMeasure = Literal["fraction", "points", "months", "days", "money", "count", "number"]
# Which values are better: of an indicator by its nature, and of a rule as the policy scores it.
Direction = Literal["higher", "lower", "band"]

Kind = Literal["region", "hospital", "department", "alliance"]
EVERY_KIND: tuple[Kind, ...] = get_args(Kind)
PROVIDERS: tuple[Kind, ...] = ("hospital", "department", "alliance")
REGIONS: tuple[Kind, ...] = ("region", "alliance")
FUNDS: tuple[Kind, ...] = ("region",)

# How each formula makes its value from numerator n, denominator d and what it is adjusted by, c:
# CPI or GDP growth. Derivations print it.
FORMULAS: dict[Formula, str] = {
    "total": "{n}",
    "ratio": "{n} / {d}",
    "floored_ratio": "max(0, {n} / {d})",
    "growth": "{n} / {d} - 1",
    "real_growth": "{n} / (1 + {c}) / {d} - 1",
    "change": "{n} - {d}",
    "growth_over_gdp": "{n} / {d} - 1 - {c}",
}
# The formulas of one year; the others compare one with the year before.
LEVELS: tuple[Formula, ...] = ("total", "ratio", "floored_ratio")


@dataclass(frozen=True)
class Amount:
    """A sum over rows of one table: Σ plus − Σ minus, divided by `divisor`.

    `where` keeps the rows whose column has one of the codes, or of those of the policy parameter
    after `@`.
    """

    table: str
    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    divisor: int = 1

    def conditions(self, value: Callable[[str], Iterable[str]]) -> Iterator[tuple[str, list[str]]]:
        """Yield each column of `where` with its codes; `value` returns those of a parameter."""
        for column, stated in self.where.items():
            held = (value(code[1:]) if code.startswith("@") else (code,) for code in stated)
            yield column, [code for codes in held for code in codes]

    def parameters(self) -> set[str]:
        """Return the policy parameters that say which rows are kept."""
        return {code[1:] for codes in self.where.values() for code in codes if code[0] == "@"}


@dataclass(frozen=True)
class DerivedColumn:
    """A column that no file has: computed before indicators are summed.

    It stands in `table`, which may be derived itself, and is made from columns of `source`. A
    policy parameter may decide how (`decided_by`). It is computed in
    `evaluation.indicators.aggregates`.
    """

    name: str
    table: str
    source: str
    made_from: tuple[str, ...]
    decided_by: str = ""
    is_money: bool = False


DERIVED_COLUMNS = {
    column.name: column
    for column in (
        DerivedColumn("budgeted", "budgets", "budgets", ("executed", "adjusted"), is_money=True),
        DerivedColumn("yearly_budget", "monthly", "budgets", ("adjusted",), is_money=True),
        DerivedColumn("weighted_visits", "services", "services", ("visits", "case_mix")),
        DerivedColumn(
            "balance", "funds", "funds", ("closing", "personal_closing"),
            decided_by="payable_months_balance", is_money=True,
        ),
        DerivedColumn(
            "yearly_spending", "funds", "funds", ("expenditure", "transfer_out"),
            decided_by="payable_months_spending", is_money=True,
        ),
        DerivedColumn("positive", "institutions", "settlements", ("paid", "fee_for_service")),
        DerivedColumn("settled", "institutions", "settlements", ("paid", "fee_for_service")),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Definition:
    """One indicator.

    `numerator` and `denominator` make a level; a growth or change compares with the year before
    the level that `of` names, or its own numerator. `volume` is the column, in the table of the
    denominator, whose size decides whether a value is judged. Values `by_scheme` are never added
    up. One that a policy declares has a title, perhaps what to mind (`caveat`), its formula as
    `written`, and where it comes from: its source, and the file (`origin`). One with
    a value for each group of a unit is `by` a column, and may have a limit, a number or the name of
    a parameter, beyond which no group must lie on that `side`; `of_all_groups`: its denominator is
    the sum over all groups.
    """

    id: str
    formula: Formula
    rule: str
    numerator: Amount | None = None
    denominator: Amount | None = None
    of: str = ""
    unit_of_measure: UnitOfMeasure = "fraction"
    direction: Direction | Literal["neither"] = "neither"
    kinds: tuple[Kind, ...] = EVERY_KIND
    volume: str = ""
    by_scheme: bool = False
    title: Mapping[Any, str] = field(default_factory=dict)
    caveat: Mapping[Any, str] = field(default_factory=dict)
    written: str = ""
    source: Source | None = None
    origin: str = ""
    stale: bool = False
    by: str = ""
    of_all_groups: bool = False
    limit: float | str | None = None
    side: Literal["", "above", "below"] = ""

    @property
    def is_level(self) -> bool:
        """Tell whether it is of one year, not a comparison with the year before."""
        return self.formula in LEVELS

    def level(self, definitions: Mapping[str, Definition]) -> Definition:
        """Return what a growth or change compares; of an indicator of one year, itself."""
        return definitions[self.of] if self.of else self

    @property
    def checked_on(self) -> str:
        """When somebody last looked at the source of a declared indicator."""
        return self.source.checked_on.isoformat() if self.source else ""

    @property
    def sums(self) -> tuple[Amount, ...]:
        """The sums that it is made of: its numerator, then its denominator if it has one."""
        return tuple(part for part in (self.numerator, self.denominator) if part)


def _budget(*columns: str, minus: tuple[str, ...] = ()) -> Amount:
    return Amount("budgets", columns, minus)


def _fund(*columns: str, minus: tuple[str, ...] = (), divisor: int = 1) -> Amount:
    return Amount("funds", columns, minus, divisor=divisor)


def _care(column: str, setting: str = "", care_level: str = "") -> Amount:
    chosen = {"care_level": care_level, "setting": setting}
    return Amount("services", (column,), where={c: (code,) for c, code in chosen.items() if code})


PRIMARY = "@primary_care_levels"

DEFINITIONS = (
    Definition(
        "execution_rate", "ratio", "R1; 绩效自评表 B/A",
        _budget("budgeted"), _budget("adjusted"), direction="higher",
    ),
    Definition(
        "execution_rate_initial", "ratio", "R1", _budget("executed"), _budget("initial"),
    ),
    Definition(
        "execution_rate_with_carryover", "ratio", "R1",
        _budget("budgeted"), _budget("adjusted", "carried_over"),
    ),
    Definition(
        "adjustment_rate", "ratio", "R22",
        _budget("adjusted", minus=("initial",)), _budget("initial"),
    ),
    Definition(
        "phased_progress", "ratio", "R13",
        Amount("monthly", ("executed",)), Amount("monthly", ("phased_budget",)),
    ),
    Definition(
        "elapsed_progress", "ratio", "R13",
        Amount("monthly", ("executed",)), Amount("monthly", ("yearly_budget",), divisor=12),
    ),
    *(
        definition
        for setting in ("outpatient", "inpatient")
        for definition in (
            Definition(
                f"{setting}_cost", "ratio", "R2",
                _care("cost", setting), _care("visits", setting),
                unit_of_measure="money", volume="visits",
            ),
            Definition(
                f"{setting}_cost_growth", "growth", "R2", of=f"{setting}_cost", direction="lower",
            ),
            Definition(
                f"{setting}_cost_growth_real", "real_growth", "R2", of=f"{setting}_cost",
            ),
        )
    ),
    Definition(
        "case_mix_cost", "ratio", "R2, R16",
        _care("cost", "inpatient"), _care("weighted_visits", "inpatient"),
        unit_of_measure="money", volume="visits",
    ),
    Definition("case_mix_cost_growth", "growth", "R2, R16", of="case_mix_cost"),
    *(
        Definition(
            f"{part}_share", "ratio", rule,
            _care(f"{part}_cost", "inpatient"), _care("cost", "inpatient"),
            direction="lower", volume="visits",
        )
        for part, rule in (("exam", "R3"), ("drug", "R3, R24"), ("consumable", "R3"))
    ),
    Definition(
        "average_stay", "ratio", "R16",
        _care("bed_days", "inpatient"), _care("visits", "inpatient"),
        unit_of_measure="days", direction="lower", kinds=PROVIDERS, volume="visits",
    ),
    Definition(
        "case_mix_index", "ratio", "R16",
        _care("weighted_visits", "inpatient"), _care("visits", "inpatient"),
        unit_of_measure="count", kinds=PROVIDERS, volume="visits",
    ),
    Definition(
        "primary_share", "ratio", "R5",
        _care("visits", "outpatient", PRIMARY), _care("visits", "outpatient"),
        direction="higher", kinds=REGIONS, volume="visits",
    ),
    Definition(
        "primary_share_change", "change", "R5", of="primary_share",
        unit_of_measure="points", direction="higher", kinds=REGIONS,
    ),
    Definition(
        "primary_volume", "total", "R5", _care("visits", "outpatient", PRIMARY),
        unit_of_measure="count", kinds=REGIONS,
    ),
    Definition(
        "primary_volume_growth", "growth", "R5", of="primary_volume",
        direction="higher", kinds=REGIONS,
    ),
    Definition(
        "primary_fund_share", "ratio", "R5",
        _care("fund_paid", "", PRIMARY), _care("fund_paid"), direction="higher", kinds=REGIONS,
    ),
    Definition(
        "surplus_rate", "ratio", "R14",
        _fund("income", minus=("expenditure",)), _fund("income"),
        direction="higher", kinds=FUNDS, by_scheme=True,
    ),
    Definition(
        "surplus_rate_after_transfers", "ratio", "R14; 上解下拨",
        _fund("income", "transfer_in", minus=("expenditure", "transfer_out")),
        _fund("income", "transfer_in", minus=("transfer_out",)),
        kinds=FUNDS, by_scheme=True,
    ),
    Definition(
        "cumulative_surplus_rate", "ratio", "R15", _fund("balance"), _fund("income"),
        direction="higher", kinds=FUNDS, by_scheme=True,
    ),
    Definition(
        "payable_months", "floored_ratio", "R15",
        _fund("balance"), _fund("yearly_spending", divisor=12),
        unit_of_measure="months", direction="higher", kinds=FUNDS, by_scheme=True,
    ),
    Definition(
        "fund_income", "total", "R9", _fund("income"),
        unit_of_measure="money", kinds=FUNDS, by_scheme=True,
    ),
    Definition(
        "fund_expenditure", "total", "R9", _fund("expenditure"),
        unit_of_measure="money", kinds=FUNDS, by_scheme=True,
    ),
    Definition("income_growth", "growth", "R9", of="fund_income", kinds=FUNDS, by_scheme=True),
    Definition(
        "expenditure_growth", "growth", "R9", of="fund_expenditure", kinds=FUNDS, by_scheme=True,
    ),
    Definition(
        "expenditure_growth_over_gdp", "growth_over_gdp", "R9", of="fund_expenditure",
        unit_of_measure="points", direction="lower", kinds=FUNDS, by_scheme=True,
    ),
    Definition(
        "budget_income_ratio", "ratio", "R9", _budget("adjusted"), _fund("income"),
        direction="lower", kinds=FUNDS, by_scheme=True,
    ),
    Definition(
        "payout_ratio", "ratio", "R16",
        Amount("settlements", ("paid",)), Amount("settlements", ("fee_for_service",)),
        direction="band", kinds=("region", "hospital", "alliance"), volume="cases",
    ),
    Definition(
        "entry_rate", "ratio", "R16",
        Amount("settlements", ("grouped_cases",)), Amount("settlements", ("submitted_cases",)),
        direction="higher", kinds=("region", "hospital", "alliance"), volume="submitted_cases",
    ),
    Definition(
        "major_operation_share", "ratio", "R16; S3",
        Amount("settlements", ("major_operations",)), Amount("settlements", ("operations",)),
        direction="higher", kinds=("region", "hospital", "alliance"), volume="operations",
    ),
    Definition(
        "positive_balance_share", "ratio", "R16",
        Amount("institutions", ("positive",)), Amount("institutions", ("settled",)),
        direction="higher", kinds=FUNDS,
    ),
)  # fmt: skip

# How payment by case works (R16): on the page, and compared with peers, even where not scored.
PAYMENT_INDICATORS = (
    "entry_rate",
    "payout_ratio",
    "average_stay",
    "case_mix_index",
    "major_operation_share",
    "positive_balance_share",
)

REGISTRY = {definition.id: definition for definition in DEFINITIONS}


def plain(value: float) -> str:
    """Return a number as a calculator takes it, all its digits, a negative one in brackets."""
    text = f"{value:.15g}"
    return f"({text})" if value < 0 else text
