"""Every indicator, defined once: what it is a ratio, growth or change of, and for whom.

To add one, write a function from `Sources` to a frame of `formulas` and register it; its
name goes to `words/domain.yaml`, its weight and curve to the policy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from fundeval.evaluate.formulas import KEY, change, growth, ratio, total
from fundeval.evaluate.tables import (
    ALL_SCHEMES,
    Inputs,
    ancestors,
    by_scheme,
    look_up,
    with_all_schemes,
)
from fundeval.policy import Rules

Unit = Literal["fraction", "points", "months", "days", "money"]
Form = Literal["ratio", "floored_ratio", "growth", "change", "supplied"]

EVERY_KIND = ("region", "hospital", "department", "alliance")
PROVIDERS = ("hospital", "department", "alliance")
MONTHS = 12


@dataclass(frozen=True)
class Sources:
    """The summed tables that indicators are computed from."""

    inputs: Inputs
    rules: Rules

    @cached_property
    def budgets(self) -> pd.DataFrame:
        """Return budgets by unit, year and scheme, and over all schemes; 元."""
        amounts = ["initial", "adjusted", "carried_over", "executed"]
        table = with_all_schemes(self._known(self.inputs.budgets), KEY, amounts)
        return table.assign(with_carryover=table["adjusted"] + table["carried_over"])

    @cached_property
    def outpatient(self) -> pd.DataFrame:
        """Return outpatient volume and cost over all levels of care."""
        return self._services("outpatient")

    @cached_property
    def inpatient(self) -> pd.DataFrame:
        """Return inpatient volume and cost over all levels of care."""
        return self._services("inpatient")

    @cached_property
    def primary(self) -> pd.DataFrame:
        """Return outpatient visits, all and in primary care as the policy delimits it."""
        services = self.inputs.services
        outpatient = services[services["setting"] == "outpatient"]
        levels = self.rules.value("primary_care_levels")
        primary = outpatient[outpatient["care_level"].isin(levels)]
        visits = with_all_schemes(self._known(outpatient), KEY, ["visits"])
        primary_visits = with_all_schemes(self._known(primary), KEY, ["visits"])
        primary_visits = primary_visits[[*KEY, "visits"]].rename(columns={"visits": "primary"})
        return visits.merge(primary_visits, on=KEY, how="left")

    @cached_property
    def funds(self) -> pd.DataFrame:
        """Return the funds, one row a scheme: schemes are never netted against each other."""
        amounts = ["income", "expenditure", "closing", "transfer_in", "transfer_out"]
        table = by_scheme(self._known(self.inputs.funds), KEY, amounts)
        net = table["transfer_in"] - table["transfer_out"]
        return table.assign(
            surplus=table["income"] - table["expenditure"],
            income_after_transfers=table["income"] + net,
            surplus_after_transfers=table["income"] + net - table["expenditure"],
            monthly_expenditure=table["expenditure"] / MONTHS,
        )

    @cached_property
    def settlements(self) -> pd.DataFrame:
        """Return settlements by scheme and over all schemes."""
        amounts = ["paid", "fee_for_service", "cases"]
        return with_all_schemes(self._known(self.inputs.settlements), KEY, amounts)

    def _services(self, setting: str) -> pd.DataFrame:
        amounts = ["visits", "cost", "bed_days", "drug_cost", "exam_cost"]
        services = self.inputs.services
        return with_all_schemes(self._known(services[services["setting"] == setting]), KEY, amounts)

    def _known(self, table: pd.DataFrame) -> pd.DataFrame:
        """Keep the years up to the evaluated one, and the months that a year covers."""
        return table[table["year"] <= self.inputs.year]


@dataclass(frozen=True)
class Definition:
    """One indicator. `per_scheme` values are never added up over schemes."""

    id: str
    unit: Unit
    form: Form
    kinds: tuple[str, ...]
    compute: Callable[[Sources], pd.DataFrame]
    per_scheme: bool = False


REGISTRY: dict[str, Definition] = {}


def indicator(
    name: str,
    unit: Unit = "fraction",
    form: Form = "ratio",
    kinds: tuple[str, ...] = EVERY_KIND,
    per_scheme: bool = False,
) -> Callable[[Callable[[Sources], pd.DataFrame]], Callable[[Sources], pd.DataFrame]]:
    """Register a function as the definition of an indicator."""

    def register(compute: Callable[[Sources], pd.DataFrame]) -> Callable[[Sources], pd.DataFrame]:
        REGISTRY[name] = Definition(name, unit, form, kinds, compute, per_scheme)
        return compute

    return register


@indicator("execution_rate")
def execution_rate(sources: Sources) -> pd.DataFrame:
    """Executed / adjusted budget (R1; 绩效自评表: B/A)."""
    return ratio(sources.budgets, "executed", "adjusted")


@indicator("execution_rate_initial")
def execution_rate_initial(sources: Sources) -> pd.DataFrame:
    """Executed / initial budget, shown beside the rate on the adjusted one."""
    return ratio(sources.budgets, "executed", "initial")


@indicator("execution_rate_with_carryover")
def execution_rate_with_carryover(sources: Sources) -> pd.DataFrame:
    """Executed / (adjusted budget + what was carried over)."""
    return ratio(sources.budgets, "executed", "with_carryover")


@indicator("outpatient_cost", unit="money")
def outpatient_cost(sources: Sources) -> pd.DataFrame:
    """Cost per outpatient visit: ratio of sums."""
    return ratio(sources.outpatient, "cost", "visits", volume="visits")


@indicator("inpatient_cost", unit="money")
def inpatient_cost(sources: Sources) -> pd.DataFrame:
    """Cost per admission: ratio of sums."""
    return ratio(sources.inpatient, "cost", "visits", volume="visits")


@indicator("outpatient_cost_growth", form="growth")
def outpatient_cost_growth(sources: Sources) -> pd.DataFrame:
    """Growth of the cost per outpatient visit (R2)."""
    return growth(_with_months(sources, outpatient_cost(sources)))


@indicator("inpatient_cost_growth", form="growth")
def inpatient_cost_growth(sources: Sources) -> pd.DataFrame:
    """Growth of the cost per admission (R2)."""
    return growth(_with_months(sources, inpatient_cost(sources)))


@indicator("exam_share")
def exam_share(sources: Sources) -> pd.DataFrame:
    """Examinations and laboratory / inpatient cost (R3)."""
    return ratio(sources.inpatient, "exam_cost", "cost", volume="visits")


@indicator("drug_share")
def drug_share(sources: Sources) -> pd.DataFrame:
    """Drugs / inpatient cost."""
    return ratio(sources.inpatient, "drug_cost", "cost", volume="visits")


@indicator("average_stay", unit="days", kinds=PROVIDERS)
def average_stay(sources: Sources) -> pd.DataFrame:
    """Bed days / admissions (R16)."""
    return ratio(sources.inpatient, "bed_days", "visits", volume="visits")


@indicator("primary_share", kinds=("region", "alliance"))
def primary_share(sources: Sources) -> pd.DataFrame:
    """Outpatient visits in primary care / all outpatient visits (R5)."""
    return ratio(sources.primary, "primary", "visits", volume="visits")


@indicator("primary_share_change", unit="points", form="change", kinds=("region", "alliance"))
def primary_share_change(sources: Sources) -> pd.DataFrame:
    """Change of the primary-care share, in points (R5)."""
    return change(_with_months(sources, primary_share(sources)))


@indicator("primary_volume_growth", form="growth", kinds=("region", "alliance"))
def primary_volume_growth(sources: Sources) -> pd.DataFrame:
    """Growth of outpatient visits in primary care (R5)."""
    return growth(_with_months(sources, total(sources.primary, "primary")))


@indicator("surplus_rate", kinds=("region",), per_scheme=True)
def surplus_rate(sources: Sources) -> pd.DataFrame:
    """(Income − expenditure) / income, transfers between levels left out (R14)."""
    return ratio(sources.funds, "surplus", "income")


@indicator("surplus_rate_after_transfers", kinds=("region",), per_scheme=True)
def surplus_rate_after_transfers(sources: Sources) -> pd.DataFrame:
    """The surplus rate with the net transfer counted as income."""
    return ratio(sources.funds, "surplus_after_transfers", "income_after_transfers")


@indicator(
    "payable_months", unit="months", form="floored_ratio", kinds=("region",), per_scheme=True
)
def payable_months(sources: Sources) -> pd.DataFrame:
    """Closing balance / monthly expenditure (R15); a deficit pays for no month."""
    frame = ratio(sources.funds, "closing", "monthly_expenditure")
    deficit = frame["value"] < 0
    return frame.assign(
        value=frame["value"].mask(deficit, 0.0),
        reason=np.where(deficit, "deficit", frame["reason"]),
    )


@indicator("income_growth", form="growth", kinds=("region",), per_scheme=True)
def income_growth(sources: Sources) -> pd.DataFrame:
    """Growth of fund income."""
    return growth(_with_months(sources, total(sources.funds, "income")))


@indicator("expenditure_growth", form="growth", kinds=("region",), per_scheme=True)
def expenditure_growth(sources: Sources) -> pd.DataFrame:
    """Growth of fund expenditure (R9)."""
    return growth(_with_months(sources, total(sources.funds, "expenditure")))


@indicator("payout_ratio", kinds=("region", "hospital", "alliance"))
def payout_ratio(sources: Sources) -> pd.DataFrame:
    """Paid under DRG/DIP / payable by fee for service (R16)."""
    return ratio(sources.settlements, "paid", "fee_for_service", volume="cases")


@indicator("positive_balance_share", kinds=("region",))
def positive_balance_share(sources: Sources) -> pd.DataFrame:
    """Institutions of a region paid more than their fee for service / all settled (R16)."""
    table = sources.settlements[["unit_id", "year", "scheme", "paid", "fee_for_service", "basis"]]
    hospitals = sources.inputs.units.query("kind == 'hospital'")["unit_id"]
    settled = table[table["unit_id"].isin(hospitals)].dropna(subset=["paid", "fee_for_service"])
    settled = settled.assign(
        settled=1.0, positive=(settled["paid"] > settled["fee_for_service"]).astype("float64")
    )
    counted = settled.drop(columns="basis").merge(ancestors(sources.inputs.units), on="unit_id")
    counted = counted.drop(columns="unit_id").rename(columns={"ancestor_id": "unit_id"})
    counts = by_scheme(counted, KEY, ["positive", "settled"])
    return ratio(counts, "positive", "settled")


def _with_months(sources: Sources, levels: pd.DataFrame) -> pd.DataFrame:
    """Add the months that a year covers: growth compares the same months only."""
    frame = levels.merge(sources.inputs.part_years, on=["unit_id", "year"], how="left")
    return frame.assign(months=frame["months"].fillna(""))


def compute_indicators(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return all indicators of all units and years, a value or a reason in each row.

    Every unit that exists in the evaluated year has, for each indicator of its kind, at
    least one row of that year. A value of part of a year is shown but not judged; one from
    a small volume is uncertain.
    """
    sources = Sources(inputs, rules)
    frames = [
        definition.compute(sources).assign(indicator=name) for name, definition in REGISTRY.items()
    ]
    frame = pd.concat([*frames, _supplied(inputs)], ignore_index=True)
    frame = _of_applicable_kinds(frame, inputs.units)
    frame = _with_gaps(frame, inputs)
    frame = _with_status(frame, inputs.part_years, rules.value("minimum_volume"))
    columns = [*KEY, "indicator", "value", "numerator", "denominator", "status", "reason"]
    return frame[columns].sort_values(["unit_id", "indicator", "year", "scheme"], ignore_index=True)


def _supplied(inputs: Inputs) -> pd.DataFrame:
    """Return the supplied measures as indicators, each under its own name."""
    measures = inputs.measures[inputs.measures["year"] <= inputs.year]
    values = measures["value"].round(12)
    return pd.DataFrame(
        {
            "unit_id": measures["unit_id"],
            "year": measures["year"],
            "scheme": ALL_SCHEMES,
            "indicator": measures["measure"],
            "value": values,
            "numerator": values,
            "denominator": measures["baseline"],
            "volume": np.nan,
            "reason": np.where(values.isna(), "missing_numerator", ""),
        }
    )


def _of_applicable_kinds(frame: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    kinds = look_up(frame["unit_id"], units.set_index("unit_id")["kind"])
    applies = pd.Series(False, index=frame.index)
    for kind in EVERY_KIND:
        excluded = [d.id for d in REGISTRY.values() if kind not in d.kinds]
        applies |= (kinds == kind) & ~frame["indicator"].isin(excluded)
    return frame[applies]


def _with_gaps(frame: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Add a row with the reason `no_data` where a unit has none for an indicator."""
    expected = pd.concat(
        inputs.units.loc[inputs.units["kind"].isin(d.kinds), ["unit_id"]].assign(indicator=d.id)
        for d in REGISTRY.values()
    )
    present = frame.loc[frame["year"] == inputs.year, ["unit_id", "indicator"]].drop_duplicates()
    gaps = expected.merge(present, how="left", indicator=True)
    gaps = gaps.loc[gaps["_merge"] == "left_only", ["unit_id", "indicator"]]
    gaps = gaps.assign(year=inputs.year, scheme=ALL_SCHEMES, reason="no_data")
    return pd.concat([frame, gaps], ignore_index=True)


def _with_status(
    frame: pd.DataFrame, part_years: pd.DataFrame, minimum_volume: int
) -> pd.DataFrame:
    frame = frame.drop(columns="months", errors="ignore")
    frame = frame.merge(part_years, on=["unit_id", "year"], how="left")
    valued = frame["value"].notna()
    part_year = valued & frame["months"].notna()
    small = valued & ~part_year & (frame["volume"] < minimum_volume)
    frame["status"] = np.select(
        [~valued | part_year, small], ["not_judged", "uncertain"], default="ok"
    )
    frame["reason"] = np.select(
        [part_year, small], ["part_year", "small_volume"], default=frame["reason"].fillna("")
    )
    return frame
