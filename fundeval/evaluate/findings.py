"""What a reviewer must see: each finding with its severity, its figures and its limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from fundeval.evaluate.tables import ALL_SCHEMES, Inputs, look_up
from fundeval.policy import Rules

COLUMNS = [
    "unit_id", "year", "finding", "severity", "scheme", "subject", "value", "expected", "detail",
]  # fmt: skip
SEVERITIES = {"severe": 0, "warning": 1, "note": 2}
FULL_BUDGET = 1.0
# Kinds of unit that together make up their parent of the other kind.
COMPLETE_PARTS = {"region": "region", "department": "hospital"}
AMOUNTS = ["initial", "adjusted", "carried_over", "executed"]


def collect_findings(
    inputs: Inputs, results: Mapping[str, pd.DataFrame], rules: Rules
) -> pd.DataFrame:
    """Return all findings of the evaluated year, most severe first within a unit.

    `results` are the other frames of the evaluation by name. A finding on
    the run as a whole, such as a stale parameter, has an empty unit_id.
    """
    indicators, restrictions = results["indicators"], results["restrictions"]
    current = indicators[indicators["year"] == inputs.year]
    judged = current[current["status"] == "ok"]
    frames = [
        *_execution(judged, rules),
        *_limits(judged, rules),
        *_restrictions(restrictions, inputs.year),
        _conflict(judged, restrictions, results["settlement"], inputs, rules),
        _shift_against_volume(judged),
        *_cannot_judge(current, results["scores"]),
        _adjusted_budgets(inputs),
        *_recomputed(inputs),
        _merged(inputs),
        *_budget(results["budget"]),
        _unused_forecast(inputs, results["budget"]),
        _runs_dry(results["projections"], inputs.year),
        _adjusted_regions(results["adjustments"]),
        _stale(rules),
    ]
    found = [frame for frame in frames if len(frame)] or frames[:1]
    frame = pd.concat(found, ignore_index=True)
    frame = frame.reindex(columns=COLUMNS).assign(year=inputs.year)
    frame = frame[frame["unit_id"].isin(["", *inputs.units["unit_id"]])]
    frame["detail"] = frame["detail"].fillna("")
    rank = frame["severity"].map(SEVERITIES)
    keys = ["unit_id", "rank", "finding", "subject", "scheme", "detail"]
    frame = frame.assign(rank=rank).sort_values(keys, ignore_index=True)
    return frame[COLUMNS]


def _found(
    rows: pd.DataFrame, finding: str, severity: str, expected: Any = np.nan, **columns: Any
) -> pd.DataFrame:
    """Return rows as findings; scheme, subject and value are theirs unless given."""
    frame = pd.DataFrame(
        {
            "unit_id": rows["unit_id"],
            "finding": finding,
            "severity": severity,
            "scheme": rows.get("scheme", ALL_SCHEMES),
            "subject": rows.get("indicator", ""),
            "value": rows.get("value", np.nan),
            "expected": expected,
            "detail": "",
        }
    )
    return frame.assign(**columns)


def _of(judged: pd.DataFrame, *names: str) -> pd.DataFrame:
    return judged[judged["indicator"].isin(names)]


def _execution(judged: pd.DataFrame, rules: Rules) -> list[pd.DataFrame]:
    """The rule speaks of the unit; a single scheme that would break it is noted."""
    rates = _of(judged, "execution_rate")
    floor = rules.value("execution_floor")
    low, over = rates[rates["value"] < floor], rates[rates["value"] > FULL_BUDGET]
    frames = []
    for severity, whole in (("warning", True), ("note", False)):
        frames += [
            _found(rows[(rows["scheme"] == ALL_SCHEMES) == whole], finding, severity, expected)
            for finding, rows, expected in (
                ("below_floor", low, floor),
                ("above_budget", over, FULL_BUDGET),
            )
        ]
    return frames


def _limits(judged: pd.DataFrame, rules: Rules) -> list[pd.DataFrame]:
    whole = judged[judged["scheme"] == ALL_SCHEMES]
    growth = _of(whole, "outpatient_cost_growth", "inpatient_cost_growth")
    limit = rules.value("cost_growth_limit")
    exams = _of(whole, "exam_share")
    most = rules.value("exam_share_limit")
    surplus = _of(judged, "surplus_rate")
    adjustment, warning = (
        rules.value("surplus_rate_adjustment"), rules.value("surplus_rate_warning"),
    )  # fmt: skip
    low = surplus["value"] < adjustment
    months = _of(judged, "payable_months")
    deficit = months["reason"] == "deficit"
    stress = rules.value("payable_months_warning")
    return [
        _found(growth[growth["value"] > limit], "growth_above_limit", "warning", limit),
        _found(exams[exams["value"] > most], "exam_share_above_limit", "warning", most),
        _found(surplus[low], "surplus_low", "severe", adjustment),
        _found(surplus[~low & (surplus["value"] < warning)], "surplus_low", "warning", warning),
        _found(months[deficit], "deficit", "severe", value=months["numerator"]),
        _found(
            months[~deficit & (months["value"] <= stress)], "payable_months_low", "warning", stress
        ),
    ]


def _restrictions(restrictions: pd.DataFrame, year: int) -> list[pd.DataFrame]:
    rows = restrictions[restrictions["year"] == year].assign(
        indicator="execution_rate", value=restrictions["rate"]
    )
    unknown = rows[rows["state"] == "undetermined"]
    return [
        _found(rows[rows["state"] == "restricted"], "restricted", "severe", rows["previous_rate"]),
        _found(unknown, "restriction_undetermined", "warning", detail=unknown["reason"]),
    ]


def _conflict(
    judged: pd.DataFrame,
    restrictions: pd.DataFrame,
    settlement: pd.DataFrame,
    inputs: Inputs,
    rules: Rules,
) -> pd.DataFrame:
    """Show where low execution is punished (R1) while the surplus is rewarded (R10)."""
    awards = settlement[(settlement["item"] == "surplus_award") & (settlement["amount"] > 0)]
    rates = _of(judged, "execution_rate")
    low = rates.loc[rates["value"] < rules.value("execution_floor"), "unit_id"]
    states = restrictions[
        (restrictions["year"] == inputs.year) & (restrictions["state"] == "restricted")
    ]
    parents = inputs.units.set_index("unit_id")["parent_id"]
    restricted_under = look_up(states["unit_id"], parents)
    rows = awards[awards["unit_id"].isin([*low, *restricted_under.dropna()])]
    budgets = inputs.budgets[inputs.budgets["year"] == inputs.year]
    reasons = budgets.dropna(subset="reason").drop_duplicates(["unit_id", "scheme"])
    rows = rows.merge(reasons[["unit_id", "scheme", "reason"]], how="left")
    return _found(
        rows, "conflict_surplus_award", "warning", subject="surplus_award",
        value=rows["amount"], detail=rows["reason"],
    )  # fmt: skip


def _shift_against_volume(judged: pd.DataFrame) -> pd.DataFrame:
    keys = ["unit_id", "scheme"]
    volume = _of(judged, "primary_volume_growth").set_index(keys)["value"]
    share = _of(judged, "primary_share_change").set_index(keys)["value"]
    both = pd.DataFrame({"value": volume, "expected": share}).reset_index()
    rows = both[(both["scheme"] == ALL_SCHEMES) & (both["value"] > 0) & (both["expected"] < 0)]
    return _found(
        rows, "volume_up_share_down", "warning", rows["expected"], subject="primary_share"
    )


def _cannot_judge(current: pd.DataFrame, scores: pd.DataFrame) -> list[pd.DataFrame]:
    unjudged = scores[scores["points"].isna()]
    marked = ("small_volume", "basis_changed", "part_year")
    other = unjudged[~unjudged["reason"].isin(marked)]
    kept_apart = current[
        current["reason"].isin(["basis_changed"]) & (current["scheme"] != ALL_SCHEMES)
    ]
    kept_apart = _of(kept_apart, "income_growth", "expenditure_growth")
    return [
        *(_found(unjudged[unjudged["reason"] == reason], reason, "note") for reason in marked),
        _found(kept_apart, "basis_changed", "note"),
        _found(other, "cannot_judge", "note", detail=other["reason"]),
    ]


def _adjusted_budgets(inputs: Inputs) -> pd.DataFrame:
    budgets = inputs.budgets[inputs.budgets["year"] == inputs.year]
    rows = budgets[
        budgets["initial"].notna()
        & budgets["adjusted"].notna()
        & (budgets["initial"] != budgets["adjusted"])
    ]
    dates = rows["adjusted_on"].dt.strftime("%Y-%m-%d").fillna("")
    detail = (dates + " " + rows["reason"].fillna("")).str.strip()
    return _found(
        rows, "budget_adjusted", "note", rows["initial"], subject="budgets",
        value=rows["adjusted"], detail=detail,
    )  # fmt: skip


def _recomputed(inputs: Inputs) -> list[pd.DataFrame]:
    """Show totals that do not add up: parents beside their parts, balances rolled forward."""
    return [*_sums_of_parts(inputs), _balances(inputs)]


def _sums_of_parts(inputs: Inputs) -> list[pd.DataFrame]:
    """Compare regions with their regions, hospitals with their departments.

    Hospitals are only a part of a region's budget, so these two are not compared.
    """
    units = inputs.units.set_index("unit_id")
    budgets = inputs.budgets[inputs.budgets["year"] == inputs.year].copy()
    budgets["kind"] = look_up(budgets["unit_id"], units["kind"])
    budgets["parent_id"] = look_up(budgets["unit_id"], units["parent_id"])
    budgets["parent_kind"] = look_up(budgets["parent_id"], units["kind"])
    is_part = pd.Series(False, budgets.index)
    for kind, parent_kind in COMPLETE_PARTS.items():
        is_part |= (budgets["kind"] == kind) & (budgets["parent_kind"] == parent_kind)
    sums = budgets[is_part].groupby(["parent_id", "scheme"])[AMOUNTS].sum(skipna=False)
    sums = sums.rename_axis(["unit_id", "scheme"]).reset_index()
    both = budgets.merge(sums, on=["unit_id", "scheme"], suffixes=("", "_sum"))
    frames = []
    for column in AMOUNTS:
        rows = both[(both[column] - both[f"{column}_sum"]).abs().round(2) > 0]
        frames.append(
            _found(
                rows,
                "submitted_differs",
                "warning",
                rows[f"{column}_sum"],
                subject=f"budgets.{column}",
                value=rows[column],
                detail="parts",
            )
        )
    return frames


def _balances(inputs: Inputs) -> pd.DataFrame:
    funds = inputs.funds[inputs.funds["year"] == inputs.year]
    net = funds["transfer_in"].fillna(0) - funds["transfer_out"].fillna(0)
    rolled = funds["opening"] + funds["income"] - funds["expenditure"] + net
    rows = funds[(funds["closing"] - rolled).abs().round(2) > 0]
    return _found(
        rows, "submitted_differs", "warning", rolled, subject="funds.closing",
        value=rows["closing"], detail="balance",
    )  # fmt: skip


def _merged(inputs: Inputs) -> pd.DataFrame:
    merged = inputs.merged.rename_axis("part").rename("unit_id").reset_index()
    return _found(merged, "merged", "note", subject="units", detail=merged["part"])


def _unused_forecast(inputs: Inputs, budget: pd.DataFrame) -> pd.DataFrame:
    """Show a forecast of income that limits nothing, because budgets are kept by scheme."""
    context = inputs.context[
        (inputs.context["year"] == inputs.year + 1) & (inputs.context["scheme"] == ALL_SCHEMES)
    ]
    by_scheme = budget.loc[budget["scheme"] != ALL_SCHEMES, "unit_id"]
    rows = context[context["income_forecast"].notna() & context["unit_id"].isin(by_scheme)]
    return _found(
        rows, "forecast_not_by_scheme", "warning", subject="next_budget",
        value=rows["income_forecast"],
    )  # fmt: skip


def _budget(budget: pd.DataFrame) -> list[pd.DataFrame]:
    kept_apart = budget.loc[budget["scheme"] != ALL_SCHEMES, "unit_id"]
    budget = budget[(budget["scheme"] != ALL_SCHEMES) | ~budget["unit_id"].isin(kept_apart)]
    bound = budget[(budget["step"] == "envelope") & (budget["amount"] != 0)]
    bound = bound[bound["reason"].isin(["income", "gdp"])]
    no_driver = budget[budget["reason"] == "driver_missing"].drop_duplicates(["unit_id", "step"])
    none = budget[(budget["step"] == "next_budget") & (budget["status"] != "ok")]
    return [
        _found(
            bound, "envelope_bound", "note", subject="next_budget", value=bound["amount"],
            detail=bound["reason"],
        ),
        _found(no_driver, "driver_missing", "note", subject=no_driver["step"]),
        _found(
            none, "cannot_judge", "note", subject="next_budget", detail=none["reason"]
        ),
    ]  # fmt: skip


def _runs_dry(projections: pd.DataFrame, year: int) -> pd.DataFrame:
    """Show the first year in which a fund that has a balance now has none, as things go."""
    trend = projections[projections["scenario"] == "trend"]
    solvent = trend.loc[(trend["year"] == year) & (trend["closing"] >= 0), ["unit_id", "scheme"]]
    dry = trend[trend["closing"] < 0].merge(solvent).sort_values("year")
    first = dry.drop_duplicates(["unit_id", "scheme"])
    return _found(
        first, "fund_runs_dry", "severe", value=first["closing"], detail=first["year"].astype(str)
    )


def _adjusted_regions(adjustments: pd.DataFrame) -> pd.DataFrame:
    rows = adjustments[adjustments["amount"] != 0]
    way = np.where(rows["amount"] > 0, "received", "paid")
    return _found(rows, "provincial_adjustment", "note", value=rows["amount"], detail=way)


def _stale(rules: Rules) -> pd.DataFrame:
    entries = [*rules.parameters.values(), *rules.indicators.values()]
    stale = [entry for entry in entries if entry.stale]
    rows = pd.DataFrame({"unit_id": [""] * len(stale)})
    return _found(
        rows, "stale_parameter", "note", subject=[entry.name for entry in stale],
        detail=[entry.source.checked_on.isoformat() for entry in stale],
    )  # fmt: skip
