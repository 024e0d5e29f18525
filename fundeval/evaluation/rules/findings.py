"""What a reviewer must see: each finding with its severity, its figures and its limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from fundeval.evaluation.cells import is_among
from fundeval.evaluation.inputs import FUND, Inputs
from fundeval.money import to_yuan
from fundeval.policy import Rules
from fundeval.policy.limits import LIMITS, Severity
from fundeval.results.frames import FRAMES
from fundeval.tables.schemas import ALL_SCHEMES

SEVERITIES: dict[Severity, int] = {"severe": 0, "warning": 1, "note": 2}
COLUMNS = list(FRAMES["findings"])
# What findings read of the indicators.
INDICATORS = ["unit_id", "year", "scheme", "indicator", "value", "numerator", "status", "reason"]
# What a column of a finding holds where the rule says nothing of it.
DEFAULTS = {"scheme": ALL_SCHEMES, "subject": "", "detail": ""}
# Kinds of unit that together make up their parent of the other kind. Hospitals are only a part
# of a region's budget.
COMPLETE_PARTS = {"region": "region", "department": "hospital"}
AWARDS = ["surplus_award", "alliance_award"]
AMOUNTS = ["initial", "adjusted", "carried_over", "executed"]
Results = Mapping[str, pd.DataFrame]


def collect_findings(inputs: Inputs, results: Results, rules: Rules) -> pd.DataFrame:
    """Collect what a reviewer must see, most severe first within a unit.

    Parameters
    ----------
    inputs
        The tables of the data set, prepared for the evaluated year.
    results
        The other frames of the evaluation by name, money in 元; indicators of the year.
    rules
        The policy in force. What judged indicators are held against is in `policy.limits`.

    Returns
    -------
    pandas.DataFrame
        One row a finding of the evaluated year; columns as `FRAMES["findings"]`. `value` and
        `expected` are what it compares: 元, fractions or months, as its subject. A finding on the
        run as a whole, such as a stale parameter, has an empty unit_id.

    Examples
    --------
    >>> from fundeval import policy, tables
    >>> from fundeval.evaluation import evaluate
    >>> found = evaluate(tables.load("sample:city"), policy.load("national"), 2024).findings
    >>> found.loc[0, ["unit_id", "finding", "severity"]].tolist()
    ['990100', 'exam_share_above_limit', 'warning']
    """
    current = results["indicators"][INDICATORS].rename(columns={"indicator": "subject"})
    judged = current[current["status"] == "ok"]
    frames = [
        *_beyond_limits(judged, rules),
        *_on_execution(judged, inputs, results, rules),
        *_on_funds(judged, results, inputs.year),
        _shift_against_volume(judged),
        *_cannot_judge(current, results["scores"]),
        *_on_tables(inputs),
        *_on_budgets(inputs, results["budget"]),
        *_on_allocations(results["allocations"]),
        _only_takes(rules),
        _stale(rules),
    ]
    frame = pd.concat([frame for frame in frames if len(frame)] or frames)
    frame = frame.reindex(columns=COLUMNS).astype(dict.fromkeys(DEFAULTS, "str"))
    frame = frame.fillna(DEFAULTS).assign(year=inputs.year)
    frame = frame[is_among(frame["unit_id"], inputs.units["unit_id"]) | (frame["unit_id"] == "")]
    frame = frame.assign(rank=frame["severity"].map(SEVERITIES))
    keys = ["unit_id", "rank", "finding", "subject", "scheme", "detail"]
    return frame.sort_values(keys, ignore_index=True)[COLUMNS]


def _found(rows: pd.DataFrame, finding: str, severity: Severity, **columns: Any) -> pd.DataFrame:
    """Return rows as findings; what is not given is what the rows hold under that name."""
    rows = rows.loc[:, rows.columns.isin(COLUMNS)]
    return rows if rows.empty else rows.assign(finding=finding, severity=severity, **columns)


def _beyond_limits(judged: pd.DataFrame, rules: Rules) -> Iterator[pd.DataFrame]:
    limited = {indicator for limit in LIMITS for indicator in limit.indicators}
    solvent = judged[judged["subject"].isin(limited) & (judged["reason"] != "deficit")]
    whole = solvent["scheme"] == ALL_SCHEMES
    meant = {"all": whole, "one": ~whole, "any": True}
    named = {limit.finding: pd.Series(False, solvent.index) for limit in LIMITS}
    for limit in LIMITS:
        size = rules.figure(limit.limit)
        broken = limit.breaks(solvent["value"], size) & meant[limit.schemes]
        broken &= solvent["subject"].isin(limit.indicators) & ~named[limit.finding]
        named[limit.finding] |= broken
        yield _found(solvent[broken], limit.finding, limit.severity, expected=size)


def _on_execution(
    judged: pd.DataFrame, inputs: Inputs, results: Results, rules: Rules
) -> Iterator[pd.DataFrame]:
    """The two-year rule (R1), and low execution punished while its surplus is rewarded (R10)."""
    states = inputs.rows_of_year(results["restrictions"])
    restricted = states[states["state"] == "restricted"]
    unknown = states[states["state"] == "undetermined"]
    yield _found(
        restricted, "restricted", "severe", subject="execution_rate", value=restricted["rate"],
        expected=restricted["previous_rate"],
    )  # fmt: skip
    yield _found(
        unknown, "restriction_undetermined", "warning", subject="execution_rate",
        value=unknown["rate"], detail=unknown["reason"],
    )  # fmt: skip
    low = judged[judged["subject"] == "execution_rate"]
    low = low[low["value"] < rules.value("execution_floor")]
    yield from _conflicts_of_awards(low, restricted, inputs, results)


def _conflicts_of_awards(
    low: pd.DataFrame, restricted: pd.DataFrame, inputs: Inputs, results: Results
) -> Iterator[pd.DataFrame]:
    """Awards of institutions that execute low, or below which units do.

    An institution executes low in the scheme of the award or over all schemes. Below it stand
    its restricted departments and, as an alliance with a package budget is rewarded for all of
    its members, those members that execute low.
    """
    awards = results["settlement"]
    awards = awards[awards["item"].isin(AWARDS) & (awards["amount"] > 0)]
    stated = inputs.rows_of_year(inputs.budgets)[[*FUND, "reason"]]
    stated = stated.drop_duplicates(FUND)
    awards = awards.merge(stated, on=FUND, how="left", validate="many_to_one")
    funds = ["unit_id", "scheme"]
    over_all = low.loc[low["scheme"] == ALL_SCHEMES, "unit_id"]
    own = pd.MultiIndex.from_frame(awards[funds]).isin(pd.MultiIndex.from_frame(low[funds]))
    own |= awards["unit_id"].isin(over_all).to_numpy()
    own |= ((awards["scheme"] == ALL_SCHEMES) & awards["unit_id"].isin(low["unit_id"])).to_numpy()
    yield _found(
        awards[own], "conflict_surplus_award", "warning", subject="surplus_award",
        value=awards["amount"], detail=awards["reason"],
    )  # fmt: skip
    units = inputs.units.set_index("unit_id")
    above = restricted["unit_id"].map(units["parent_id"])
    members = low["unit_id"].drop_duplicates()
    pairs = pd.concat(
        pd.DataFrame({"above": upper, "below": below})
        for upper, below in (
            (above, restricted["unit_id"]),
            (above.map(units["alliance_id"]), restricted["unit_id"]),
            (members.map(units["alliance_id"]), members),
        )
    )
    counts = awards["unit_id"].map(pairs.groupby("above")["below"].nunique())
    below = awards[~own & counts.notna()]
    yield _found(
        below, "conflict_award_below", "warning", subject="surplus_award",
        value=below["amount"], expected=counts, detail=below["reason"],
    )  # fmt: skip


def _on_funds(judged: pd.DataFrame, results: Results, year: int) -> Iterator[pd.DataFrame]:
    """Deficits, now (R15) and to come (R21), and adjustment between regions (R14)."""
    deficits = judged[(judged["subject"] == "payable_months") & (judged["reason"] == "deficit")]
    yield _found(deficits, "deficit", "severe", value=deficits["numerator"])
    trend = results["projections"]
    trend = trend[trend["scenario"] == "trend"].sort_values("year")
    solvent = trend.loc[(trend["year"] == year) & (trend["closing"] >= 0), FUND]
    dry = trend[trend["closing"] < 0].merge(solvent, on=FUND, validate="many_to_one")
    dry = dry.drop_duplicates(FUND)
    yield _found(
        dry, "fund_runs_dry", "severe", value=dry["closing"], detail=dry["year"].astype("str")
    )
    moved = results["adjustments"]
    moved = moved[moved["amount"] != 0]
    way = (moved["amount"] > 0).map({True: "received", False: "paid"})
    yield _found(moved, "provincial_adjustment", "note", value=moved["amount"], detail=way)


def _shift_against_volume(judged: pd.DataFrame) -> pd.DataFrame:
    """Show primary care whose volume grows while its share falls (R5)."""
    whole = judged[judged["scheme"] == ALL_SCHEMES]
    volume = whole[(whole["subject"] == "primary_volume_growth") & (whole["value"] > 0)]
    share = whole[(whole["subject"] == "primary_share_change") & (whole["value"] < 0)]
    less = volume["unit_id"].map(share.set_index("unit_id")["value"])
    return _found(
        volume[less.notna()], "volume_up_share_down", "warning", subject="primary_share",
        expected=less,
    )  # fmt: skip


def _cannot_judge(current: pd.DataFrame, scores: pd.DataFrame) -> Iterator[pd.DataFrame]:
    unjudged = scores[scores["points"].isna()].drop(columns="domain")
    unjudged = unjudged.rename(columns={"indicator": "subject"})
    of_its_own = unjudged["reason"].isin(["small_volume", "basis_changed", "part_year"])
    for reason, rows in unjudged[of_its_own].groupby("reason"):
        yield _found(rows, str(reason), "note")
    yield _found(unjudged[~of_its_own], "cannot_judge", "note", detail=unjudged["reason"])
    apart = current["subject"].isin(["income_growth", "expenditure_growth"])
    apart &= (current["reason"] == "basis_changed") & (current["scheme"] != ALL_SCHEMES)
    yield _found(current[apart], "basis_changed", "note")


def _on_tables(inputs: Inputs) -> Iterator[pd.DataFrame]:
    """What stands out in the tables: adjusted budgets, sums that differ, merged units."""
    budgets, funds = inputs.rows_of_year(inputs.budgets), inputs.rows_of_year(inputs.funds)
    known = budgets.dropna(subset=["initial", "adjusted"])
    rows = known[known["initial"] != known["adjusted"]]
    dates = rows["adjusted_on"].dt.strftime("%Y-%m-%d").fillna("")
    yield _found(
        rows, "budget_adjusted", "note", subject="budgets", value=to_yuan(rows["adjusted"]),
        expected=to_yuan(rows["initial"]),
        detail=(dates + " " + rows["reason"].fillna("")).str.strip(),
    )  # fmt: skip
    sums = _sums_of_parts(budgets, inputs.units.set_index("unit_id"))
    both = budgets.merge(sums, on=FUND, suffixes=("", "_sum"), validate="one_to_one")
    for column in AMOUNTS:
        yield _differing(both, f"budgets.{column}", both[column], both[f"{column}_sum"], "parts")
    net = funds["transfer_in"].fillna(0) - funds["transfer_out"].fillna(0)
    rolled = funds["opening"] + funds["income"] - funds["expenditure"] + net
    yield _differing(funds, "funds.closing", funds["closing"], rolled, "balance")
    merged = inputs.merged.rename_axis("detail").rename("unit_id").reset_index()
    yield _found(merged, "merged", "note", subject="units")


def _sums_of_parts(budgets: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return by scheme the sums of the regions of each region, the departments of each hospital."""
    parent = budgets["unit_id"].map(units["parent_id"])
    kind, parent_kind = budgets["unit_id"].map(units["kind"]), parent.map(units["kind"])
    parts = budgets.assign(unit_id=parent)[kind.map(COMPLETE_PARTS) == parent_kind]
    return parts.groupby(FUND)[AMOUNTS].sum(skipna=False).reset_index()


def _differing(
    rows: pd.DataFrame, subject: str, submitted: pd.Series, recomputed: pd.Series, detail: str
) -> pd.DataFrame:
    """Show figures that do not add up, to the 分."""
    differs = (submitted != recomputed).fillna(False)
    return _found(
        rows[differs], "submitted_differs", "warning", subject=subject, value=to_yuan(submitted),
        expected=to_yuan(recomputed), detail=detail,
    )  # fmt: skip


def _on_budgets(inputs: Inputs, budget: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """What bound next year's budget, what it lacks, and what cannot bind it.

    Schemes are never netted: a forecast of income for all schemes together limits nothing
    where budgets are kept by scheme, nor does the budget of a unit above in other schemes.
    """
    apart = budget["scheme"] != ALL_SCHEMES
    kept_apart = budget.loc[apart & (budget["step"] == "next_budget"), "unit_id"]
    budget = budget.drop(columns="base").assign(subject="next_budget", value=budget["amount"])
    own = budget[apart | ~is_among(budget["unit_id"], kept_apart)]
    bound = own[(own["step"] == "envelope") & (own["amount"] != 0)]
    bound = bound[bound["reason"].isin(["income", "gdp"])]
    yield _found(bound, "envelope_bound", "note", detail=bound["reason"])
    missing = own[own["reason"] == "driver_missing"].drop_duplicates(["unit_id", "step"])
    yield _found(missing[[*FUND, "step"]], "driver_missing", "note", subject=missing["step"])
    final = own[own["step"] == "next_budget"]
    open_ = final[final["status"] != "ok"]
    yield _found(open_, "cannot_judge", "note", value=float("nan"), detail=open_["reason"])
    # Budgets of alliances are sums of their members', which nothing limits but the members'.
    units = inputs.units[inputs.units["kind"] != "alliance"].set_index("unit_id")
    drawn_up = final[(final["status"] == "ok") & is_among(final["unit_id"], units.index)]
    parent = drawn_up["unit_id"].map(units["parent_id"]).astype("str")
    own_key, above = (unit + "/" + drawn_up["scheme"] for unit in (drawn_up["unit_id"], parent))
    free = drawn_up[is_among(parent, drawn_up["unit_id"]) & ~is_among(above, own_key)]
    yield _found(free[FUND], "not_limited_from_above", "warning", subject="next_budget")
    forecasts = inputs.rows_of_year(inputs.context, offset=1).dropna(subset="income_forecast")
    forecasts = forecasts[
        (forecasts["scheme"] == ALL_SCHEMES) & is_among(forecasts["unit_id"], kept_apart)
    ]
    yield _found(
        forecasts, "forecast_not_by_scheme", "warning", subject="next_budget",
        value=to_yuan(forecasts["income_forecast"]),
    )  # fmt: skip


def _on_allocations(allocations: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """What limits could not hold or are not known, what is retained, who is restricted yet good."""
    rows = allocations.assign(subject="next_budget", detail="")
    stuck = rows[rows["reason"] == "infeasible"]
    yield _found(
        stuck, "budget_infeasible", "severe", value=stuck["floor"], expected=stuck["cap"],
        detail=stuck["cap_by"],
    )  # fmt: skip
    for column in ("income_reason", "gdp_reason"):
        unknown = rows[rows[column].fillna("") != ""]
        yield _found(unknown, "ceiling_unknown", "warning", detail=unknown[column])
    held = rows[rows["retained_below"] > 0]
    yield _found(held, "retained", "note", value=held["retained_below"])
    good = rows[rows["restricted_unit"].eq(True) & rows["grade"].isin(["excellent", "good"])]
    good = good[good["award"].notna()]
    yield _found(
        good, "conflict_restricted_result", "warning", value=good["net"], detail=good["grade"]
    )


def _only_takes(rules: Rules) -> pd.DataFrame:
    """Tell of a kind of unit that can only lose: nothing above 1 is returned, the rest retained."""
    returned = rules.value("returned")
    kinds = [
        kind
        for kind, balance in rules.value("evaluation_link").items()
        if balance == "within" and kind in returned and returned[kind].most <= 1
    ]
    rows = pd.DataFrame({"detail": kinds, "unit_id": ""}, dtype="str")
    return _found(rows, "link_only_takes", "note", subject="evaluation_link")


def _stale(rules: Rules) -> pd.DataFrame:
    entries = [*rules.parameters.values(), *rules.indicators.values()]
    stale = [(e.name, e.source.checked_on.isoformat()) for e in entries if e.stale]
    rows = pd.DataFrame(stale, columns=["subject", "detail"], dtype="str").assign(unit_id="")
    return _found(rows, "stale_parameter", "note")
