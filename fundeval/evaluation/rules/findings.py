"""What a reviewer must see: each finding with its severity, its figures and its limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import gt, lt
from typing import Any, NamedTuple

import pandas as pd

from fundeval.evaluation.budget.needs import STRESS, float_of, is_stressed
from fundeval.evaluation.cells import as_texts, covers_schemes, funds_of, is_among
from fundeval.evaluation.figures import spread
from fundeval.evaluation.inputs import FUND, MONTHS, Inputs, case_when
from fundeval.evaluation.rules.settlement import ALREADY, OUTCOME
from fundeval.evaluation.rules.settlement import AMOUNTS as SETTLED
from fundeval.money import to_yuan
from fundeval.near import near
from fundeval.policy import Rules
from fundeval.policy.curves import names_of
from fundeval.policy.limits import LIMITS, Limit, Severity, stated_limits
from fundeval.policy.model import SHARES, names_in, shares_in, upper_half
from fundeval.policy.varying import FLAG, codes_in, leaves
from fundeval.results.frames import FRAMES
from fundeval.tables.checks.zeros import zeros_at_ends
from fundeval.tables.schemas import ALL_SCHEMES, columns_of_role
from fundeval.tables.succession import AMOUNTS_OF, FOLLOWING

SEVERITIES: dict[Severity, int] = {"severe": 0, "warning": 1, "note": 2}
COLUMNS = list(FRAMES["findings"])
# What a column of a finding holds where the rule says nothing of it.
DEFAULTS = {"scheme": ALL_SCHEMES, "subject": "", "detail": ""}
# Kinds of unit that together make up their parent of the other kind. Hospitals are only a part
# of a region's budget.
COMPLETE_PARTS = {"region": "region", "department": "hospital"}
AMOUNTS = ["initial", "adjusted", "carried_over", "executed"]
# The other indicators that findings speak of.
OTHERS = {"income_growth", "expenditure_growth", "primary_volume_growth", "primary_share_change"}
# What findings read of them.
RATES = ["unit_id", "scheme", "indicator", "value", "numerator", "status", "reason"]
Results = Mapping[str, pd.DataFrame]


class Told(NamedTuple):
    """Rows of a frame that are findings as they stand: which, and the columns that tell of them.

    The frames are those of `_frames`; `rows` is what `DataFrame.query` keeps of them.
    """

    finding: str
    severity: Severity
    frame: str
    rows: str
    value: str = ""
    expected: str = ""
    detail: str = ""


OWN_REASONS = ("small_volume", "basis_changed", "part_year")
TOLD = (
    Told("restricted", "severe", "states", "state == 'restricted'", "rate", "previous_rate",
         "last"),
    Told("restriction_undetermined", "warning", "states", "state == 'undetermined'",
         "rate", "", "reason"),
    Told("deficit", "severe", "judged", "subject == 'payable_months' and reason == 'deficit'",
         "numerator"),
    *(Told(each, "note", "unjudged", f"reason == '{each}'", "value") for each in OWN_REASONS),
    Told("cannot_judge", "note", "unjudged", f"reason not in {OWN_REASONS}",
         "value", "", "reason"),
    Told("basis_changed", "note", "growth_of_funds",
         "reason == 'basis_changed' and scheme != 'all'", "value"),
    Told("provincial_adjustment", "note", "adjustments", "amount != 0", "amount", "", "way"),
    Told("action_due", "note", "actions", "action != ''", "", "", "until"),
    Told("merged", "note", "merged", "alike", "moved", "", "away"),
    Told("merged_unlike", "warning", "merged", "not alike", "moved", "", "away"),
    Told("envelope_bound", "note", "budget",
         "step == 'envelope' and amount != 0 and reason in ('income', 'gdp')",
         "amount", "", "reason"),
    Told("cannot_judge", "note", "budget", "step == 'next_budget' and status != 'ok'",
         "", "", "reason"),
    Told("driver_missing", "note", "drivers", "reason == 'driver_missing'"),
    Told("not_settled", "warning", "settlement",
         f"lacking != '' and not lacking.str.startswith('{ALREADY}')", "base", "", "lacking"),
    Told("settled_once", "note", "settlement", f"lacking.str.startswith('{ALREADY}')",
         "", "", "lacking"),
    Told("budget_infeasible", "severe", "allocations", "reason == 'infeasible'",
         "floor", "cap", "cap_by"),
    *(Told("ceiling_unknown", "warning", "allocations", f"{column} > ''", "", "", column)
      for column in ("income_reason", "gdp_reason")),
    Told("retained", "note", "allocations", "retained_below > 0", "retained_below"),
    Told("restriction_views_differ", "warning", "views", "differs", "rate", "", "decided"),
    Told("project_refused", "warning", "projects", "decision == 'refused_restricted'",
         "requested", "until", "named"),
    Told("project_low", "warning", "projects", "decision == 'cut_low'", "score", "least", "named"),
    Told("project_duplicate", "warning", "projects", "decision == 'cut_duplicate'",
         "requested", "", "named"),
    Told("project_unjudged", "note", "projects", "decision == 'undetermined'",
         "requested", "", "named"),
    Told("project_overlap_unknown", "note", "projects", "overlap_unknown", "", "", "named"),
    *(Told("grade_capped", "warning", frame, "veto != ''", "score", "", "veto")
      for frame in ("graded", "cards")),
    Told("scorecard_lowest", "warning", "cards", "is_lowest and not is_fund and veto == ''",
         "score", "", "grade"),
    Told("capped_to_lowest", "warning", "cards", "is_lowest and veto != ''", "score", "", "veto"),
    # A cap, an unknown number and a restriction are told of by findings of their own.
    Told("incident_unrepaired", "note", "deductions",
         "left > 0 and grade_cap.isna() and incident != 'restricted'", "left", "", "incident"),
    Told("fund_graded_lowest", "warning", "cards", "is_lowest and is_fund and not joint_lowest",
         "score", "", "grade"),
    Told("scorecard_not_judged", "note", "cards", "grade.isna() and not is_fund and is_judged",
         "", "", "reason"),
    Told("forecast_above_budget", "warning", "courses", "forecast_rate > 1", "forecast_rate"),
    Told("forecast_below_floor", "warning", "courses", "forecast_rate < floor",
         "forecast_rate", "floor"),
    Told("points_lost", "note", "scored", "points < max / 2 - 0.005", "points", "max"),
    Told("conflict_restricted_result", "warning", "allocations",
         "restricted_unit and award.notna() and well_graded",
         "net", "", "grade"),
)  # fmt: skip


def collect_findings(inputs: Inputs, results: Results, rules: Rules) -> pd.DataFrame:
    """Collect what a reviewer must see, most severe first within a unit.

    `results` are the other frames of the evaluation, money in 元, with indicators of the year. What
    judged indicators are held against is in `policy.limits`. `value` and `expected` are what a
    finding compares: 元, fractions or months, as its subject. A finding on the run as a whole, such
    as a stale parameter, has an empty unit_id.

    Examples
    --------
    >>> from fundeval import evaluation, policy, tables
    >>> city, rules = tables.load("sample:city"), policy.load("national")
    >>> found = evaluation.evaluate(city, rules, 2024).findings
    >>> found.loc[0, ["unit_id", "finding", "severity"]].tolist()
    ['990100', 'exam_share_above_limit', 'warning']
    """
    frames = _frames(inputs, results, rules)
    found = [
        *(_as_told(told, frames[told.frame]) for told in TOLD),
        *_beyond_limits(frames["judged"], rules),
        *_conflicts_of_awards(frames, inputs, results, rules),
        *_purchase_checks(results["purchase_alerts"]),
        _runs_dry(results["projections"], inputs.year),
        *_shift_against_volume(frames["judged"]),
        *_groups_beyond(results["group_values"]),
        *_on_tables(inputs),
        *_unusual_rows(inputs),
        *_limited_from_nowhere(frames["budget"], inputs),
        _cases_for_heads(inputs),
        *_floats(inputs, rules),
        *_unknown_structures(inputs, rules),
        _only_takes(rules),
        _stale(rules),
        _unknown_flags(inputs, rules),
        _absent_measures(inputs, rules),
        *_unused_scorecards(frames["cards"], results["deductions"], inputs, rules),
    ]
    frame = pd.concat([rows for rows in found if len(rows)] or found)
    frame = frame.reindex(columns=COLUMNS).astype(dict.fromkeys(DEFAULTS, "str"))
    frame = frame.fillna(DEFAULTS).assign(year=inputs.year)
    frame = frame[is_among(frame["unit_id"], inputs.units["unit_id"]) | (frame["unit_id"] == "")]
    # What another finding speaks of needs no note on its points.
    spoken_of = frame.duplicated(["unit_id", "subject"], keep=False)
    frame = frame[~spoken_of | (frame["finding"] != "points_lost")]
    frame = frame.assign(rank=frame["severity"].map(SEVERITIES))
    keys = ["unit_id", "rank", "finding", "subject", "scheme", "detail"]
    return frame.sort_values(keys, ignore_index=True)[COLUMNS]


def _frames(inputs: Inputs, results: Results, rules: Rules) -> Results:
    """Return the frames that findings are told from, each with its `subject`.

    Of a unit whose budgets are kept by scheme their sum is left out of `budget`.
    """
    rates = results["indicators"]
    limited = {indicator for limit in _limits(rules) for indicator in limit.indicators}
    read = rates["indicator"].isin(limited | OTHERS) & (rates["reason"] != "no_data")
    rates = as_texts(rates.loc[read, RATES]).rename(columns={"indicator": "subject"})
    scores = results["scores"].rename(columns={"indicator": "subject"})
    moved = results["adjustments"]
    budget = results["budget"].assign(subject="next_budget")
    grades = results["grades"].assign(subject="score")
    joint = grades.loc[grades["grade"] == rules.grades[0], "unit_id"]
    cards = inputs.rows_of_year(results["card_grades"]).assign(subject=lambda rows: rows["card"])
    judged = cards.loc[cards["grade"].notna(), "card"]
    lowest = {name: card.grades[0] for name, card in rules.scorecards.items()}
    taken = results["deductions"]
    kinds = inputs.every_unit.set_index("unit_id")["kind"]
    budget = budget[~covers_schemes(budget)]
    return {
        "judged": inputs.with_kinds(rates[rates["status"] == "ok"]),
        "graded": grades,
        "cards": cards.assign(
            is_fund=~cards["card"].isin(lowest),
            is_lowest=cards["grade"] == cards["card"].map(lowest).fillna(rules.grades[0]),
            is_judged=cards["card"].isin(judged),
            joint_lowest=is_among(cards["unit_id"], joint),
        ),
        "deductions": taken.assign(
            subject=taken["card"].where(taken["card"] != "", "score"),
            left=taken["times"] - taken["repaired"],
        ),
        "growth_of_funds": rates[rates["subject"].isin(["income_growth", "expenditure_growth"])],
        "states": (states := _states(inputs.rows_of_year(results["restrictions"]))),
        "views": _differing_views(results["restriction_views"], states),
        "projects": _projects(results["project_reviews"], rules),
        "courses": _courses(results["periods"], inputs, rules),
        "unjudged": scores[scores["points"].isna()],
        "scored": scores[scores["points"].notna()],
        "adjustments": moved.assign(
            subject="", way=(moved["amount"] > 0).map({True: "received", False: "paid"})
        ),
        "actions": results["actions"]
        .drop_duplicates(["unit_id", "action"])
        .assign(
            subject=lambda rows: rows["action"],
            until=lambda rows: rows["due"].dt.strftime("%Y-%m-%d"),
        ),
        "merged": inputs.merged.to_frame("unit_id").assign(
            away=inputs.merged.index,
            subject="units",
            moved=inputs.moved.array,
            alike=kinds.reindex(inputs.merged.index).array == inputs.merged.map(kinds).array,
        ),
        "budget": budget,
        "drivers": budget.assign(subject=budget["step"]),
        "settlement": results["settlement"].rename(columns={"item": "subject"}),
        "allocations": results["allocations"].assign(
            subject="next_budget",
            well_graded=results["allocations"]["grade"].isin(upper_half(rules.grades)),
        ),
    }


def _states(rows: pd.DataFrame) -> pd.DataFrame:
    """Return states with the year whose evaluation can lift a restriction, as text."""
    last = rows["until"].map("{:.0f}".format).where(rows["until"].notna(), "")
    return rows.assign(subject="execution_rate", last=last)


def _differing_views(views: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """Return views of departments that say restricted where the decision says not, or not so.

    One view a department: the lowest rate of those that say otherwise.
    """
    decided = views["unit_id"].map(states.set_index("unit_id")["state"])
    differs = (views["state"] == "restricted") != (decided == "restricted")
    rows = views.assign(subject="execution_rate", decided=decided, differs=differs)
    rows = rows.sort_values(["differs", "rate"], ascending=[False, True])
    return rows.drop_duplicates("unit_id")


def _courses(periods: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return the forecasts of the latest month, with the floor, until the year is over (R22)."""
    latest = periods["number"].where(periods["span"] == "month").max()
    rows = periods[(periods["span"] == "month") & (periods["number"] == latest)]
    rows = inputs.with_kinds(rows if latest < MONTHS else rows[:0])
    return rows.assign(subject="execution_rate", floor=spread(rules.value("execution_floor"), rows))


def _projects(rows: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    known = is_among(rows["overlaps_with"], rows["project_id"])
    other = ("—" + rows["duplicate_of"]).where(rows["duplicate_of"] != "", "")
    return rows.assign(
        subject="projects",
        named=rows["project_id"] + " " + rows["project"] + other,
        least=float(rules.value("project_minimum_score")),
        overlap_unknown=(rows["overlaps_with"] != "") & ~known,
    )


def _as_told(told: Told, frame: pd.DataFrame) -> pd.DataFrame:
    if frame.empty:
        return frame
    rows = frame.query(told.rows, engine="python")
    columns = {"value": told.value, "expected": told.expected, "detail": told.detail}
    known = {name: rows[column] for name, column in columns.items() if column}
    return _found(rows, told.finding, told.severity, **known)


def _found(rows: pd.DataFrame, finding: str, severity: Severity, **columns: Any) -> pd.DataFrame:
    """Return rows as findings; what is not given is what the rows hold under that name."""
    rows = rows.loc[:, rows.columns.isin(COLUMNS)]
    return rows if rows.empty else rows.assign(finding=finding, severity=severity, **columns)


def _beyond_limits(judged: pd.DataFrame, rules: Rules) -> Iterator[pd.DataFrame]:
    solvent = judged[judged["reason"] != "deficit"]
    whole = solvent["scheme"] == ALL_SCHEMES
    meant = {"all": whole, "one": ~whole, "any": True}
    named = {limit.finding: pd.Series(False, solvent.index) for limit in _limits(rules)}
    for limit in _limits(rules):
        is_name = isinstance(limit.limit, str)
        size = spread(rules.value(str(limit.limit)) if is_name else limit.limit, solvent)
        broken = limit.breaks(solvent["value"], size) & meant[limit.schemes]
        broken &= solvent["subject"].isin(limit.indicators) & ~named[limit.finding]
        named[limit.finding] |= broken
        yield _found(solvent[broken], limit.finding, limit.severity, expected=size[broken])


def _limits(rules: Rules) -> list[Limit]:
    """Return the limits of the package, and those that scoring rules state."""
    rule_of = {name: entry.value for name, entry in rules.indicators.items()}
    return [*LIMITS, *stated_limits(rule_of)]


def _conflicts_of_awards(
    frames: Results, inputs: Inputs, results: Results, rules: Rules
) -> Iterator[pd.DataFrame]:
    """Awards of institutions that execute low, or below which units do (R1, R10).

    An institution executes low in the scheme of the award or over all schemes. Below it stand
    its restricted departments and, as an alliance with a package budget is rewarded for all of
    its members, those members that execute low. The reason given is that of the institution for
    what it left unspent, else those of the units below.
    """
    low = frames["judged"].query("subject == 'execution_rate'")
    low = low[low["value"] < spread(rules.value("execution_floor"), low)]
    awards = results["settlement"].query("item in ('surplus_award', 'alliance_award')")
    stated = inputs.rows_of_year(inputs.budgets)
    # Beside an adjusted budget a reason without a code is that of the adjustment.
    moved = stated["adjusted_on"].notna() | (stated["initial"] != stated["adjusted"]).fillna(False)
    stated = stated[stated["reason"].notna() & (~moved | stated["reason_code"].notna())]
    awards = awards[awards["amount"] > 0].assign(subject="surplus_award")
    awards = awards.assign(value=awards["amount"], detail=inputs.look_up(stated, "reason", awards))
    over_all = low.loc[low["scheme"] == ALL_SCHEMES, "unit_id"]
    own = is_among(funds_of(awards), funds_of(low)) | is_among(awards["unit_id"], over_all)
    own |= (awards["scheme"] == ALL_SCHEMES) & is_among(awards["unit_id"], low["unit_id"])
    yield _found(awards[own], "conflict_surplus_award", "warning")
    units = inputs.units.set_index("unit_id")
    restricted = frames["states"].query("state == 'restricted'")["unit_id"]
    hospital, members = restricted.map(units["parent_id"]), low["unit_id"].drop_duplicates()
    below = {
        "hospital": (hospital, restricted),
        "alliance": (hospital.map(units["alliance_id"]), restricted),
        "members": (members.map(units["alliance_id"]), members),
    }
    pairs = pd.concat(pd.DataFrame({"above": up, "below": unit}) for up, unit in below.values())
    counts = awards["unit_id"].map(pairs.groupby("above", dropna=True)["below"].nunique())
    pairs = pairs.merge(stated, left_on="below", right_on="unit_id", validate="many_to_many")
    given = pairs.drop_duplicates(["above", "reason"]).groupby("above", dropna=True)["reason"]
    yield _found(
        awards[~own & counts.notna()], "conflict_award_below", "warning", expected=counts,
        detail=awards["detail"].fillna(awards["unit_id"].map(given.agg("; ".join)).astype("str")),
    )  # fmt: skip


def _runs_dry(projections: pd.DataFrame, year: int) -> pd.DataFrame:
    """Show the first year in which a fund that has a balance will have none (R21)."""
    trend = projections[projections["scenario"] == "trend"].sort_values("year")
    solvent = trend.loc[(trend["year"] == year) & (trend["closing"] >= 0), FUND]
    dry = trend[trend["closing"] < 0].merge(solvent, on=FUND, validate="many_to_one")
    dry = dry.drop_duplicates(FUND)
    return _found(
        dry, "fund_runs_dry", "severe", value=dry["closing"], detail=dry["year"].astype("str")
    )


def _purchase_checks(alerts: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Tell how many alerts on purchases were not checked in time, of how many, since when (R13)."""
    if alerts.empty:
        return
    yellow = alerts["level"] == "yellow"
    whole = yellow.groupby(alerts["unit_id"], dropna=False).sum()
    missed = {
        "purchase_unchecked": yellow & (alerts["check"] == "unchecked"),
        "purchase_check_late": yellow & (alerts["check"] == "late"),
        "purchase_check_unjudged": yellow & (alerts["check"] == "undetermined"),
        "purchase_unjudged": alerts["level"] == "undetermined",
    }
    for finding, rows in missed.items():
        found = _days_of(alerts[rows])
        days = alerts.groupby("unit_id", dropna=False).size()
        of = found["unit_id"].map(days if finding == "purchase_unjudged" else whole)
        severity: Severity = "note" if finding.endswith("unjudged") else "warning"
        yield _found(found, finding, severity, expected=of.astype("float64"))


def _days_of(bought: pd.DataFrame) -> pd.DataFrame:
    """Return of how many days each unit has rows (`value`), and since when (`detail`)."""
    of_unit = bought.groupby("unit_id", dropna=False)["date"]
    days = of_unit.agg(value="size", detail="min").reset_index()
    since = days["detail"].dt.strftime("%Y-%m-%d")
    return days.assign(value=days["value"].astype("float64"), detail=since)


def _shift_against_volume(judged: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Show primary care whose volume grows while its share falls, or the other way round (R5)."""
    whole = judged[judged["scheme"] == ALL_SCHEMES]
    volume = whole[whole["subject"] == "primary_volume_growth"]
    share = whole[whole["subject"] == "primary_share_change"].set_index("unit_id")["value"]
    change = volume["unit_id"].map(share)
    opposite = {"volume_up_share_down": (gt, lt), "share_up_volume_down": (lt, gt)}
    for finding, (grows, shifts) in opposite.items():
        both = grows(volume["value"], 0) & shifts(change, 0)
        yield _found(volume[both], finding, "warning", subject="primary_share", expected=change)


def _groups_beyond(values: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Show the groups beyond the limit of an indicator, the worst of each unit by name (R4, R14).

    A single scheme is noted only where the group is not beyond over all schemes.
    """
    rows = values[values["beyond"]].rename(columns={"indicator": "subject"})
    if rows.empty:
        return
    key = rows["unit_id"] + "/" + rows["subject"] + "/" + rows["group"]
    overall = rows["scheme"] == ALL_SCHEMES
    added_up = values.loc[values["scheme"] == ALL_SCHEMES, "indicator"]
    alone = ~overall & is_among(rows["subject"], added_up)
    rows = rows[overall | ~is_among(key, key[overall])].assign(
        distance=(rows["value"] - rows["threshold"]).abs(),
        detail=(rows["group"] + " " + rows["group_name"]).str.strip(),
    )
    rows = rows.sort_values("distance", ascending=False, kind="stable")
    severities: tuple[Severity, Severity] = ("warning", "note")
    for severity, held in zip(severities, (~alone, alone), strict=True):
        told = rows[held.reindex(rows.index)]
        of_unit = told.groupby(["unit_id", "subject", "scheme"], dropna=False)["detail"]
        others = of_unit.transform("size") - 1
        more = (" (+" + others.astype("str") + ")").where(others > 0, "")
        worst = told.assign(detail=told["detail"] + more)[~of_unit.cumcount().astype("bool")]
        yield _found(worst, "group_beyond_limit", severity, expected=worst["threshold"])


def _on_tables(inputs: Inputs) -> Iterator[pd.DataFrame]:
    """What stands out in the tables: budgets that were adjusted, and sums that differ."""
    budgets, funds = inputs.rows_of_year(inputs.budgets), inputs.rows_of_year(inputs.funds)
    rows = budgets[(budgets["initial"] != budgets["adjusted"]).fillna(False)]
    # Budgets of alliances are sums of their members', each of which is told of itself.
    rows = rows[~is_among(rows["unit_id"], inputs.units["alliance_id"])]
    dates = rows["adjusted_on"].dt.strftime("%Y-%m-%d").fillna("")
    yield _found(
        rows, "budget_adjusted", "note", subject="budgets", value=to_yuan(rows["adjusted"]),
        expected=to_yuan(rows["initial"]),
        detail=(dates + " " + rows["reason"].fillna("")).str.strip(),
    )  # fmt: skip
    units = inputs.units.set_index("unit_id")
    parent = budgets["unit_id"].map(units["parent_id"])
    kind, parent_kind = budgets["unit_id"].map(units["kind"]), parent.map(units["kind"])
    parts = budgets.assign(unit_id=parent)[kind.map(COMPLETE_PARTS) == parent_kind]
    sums = parts.groupby(FUND, dropna=True)[AMOUNTS].sum(skipna=False).reset_index()
    both = budgets.merge(sums, on=FUND, suffixes=("", "_sum"), validate="one_to_one")
    for column in AMOUNTS:
        yield _differing(both, f"budgets.{column}", both[column], both[f"{column}_sum"], "parts")
    for table in ("budgets", "funds", "settlements"):
        yield from _against_schemes(inputs.rows_of_year(getattr(inputs, table)), table)
    net = funds["transfer_in"].fillna(0) - funds["transfer_out"].fillna(0)
    rolled = funds["opening"] + funds["income"] - funds["expenditure"] + net
    yield _differing(funds, "funds.closing", funds["closing"], rolled, "balance")


def _against_schemes(rows: pd.DataFrame, table: str) -> Iterator[pd.DataFrame]:
    """Show rows for all schemes that differ from the sum of the single schemes beside them."""
    columns = columns_of_role(table, "money")
    whole = rows["scheme"] == ALL_SCHEMES
    if not whole.any() or whole.all():
        return
    sums = rows[~whole].groupby("unit_id", dropna=True)[columns].sum(skipna=False).reset_index()
    both = rows[whole].merge(sums, on="unit_id", suffixes=("", "_sum"), validate="one_to_one")
    for column in columns:
        sum_of = both[f"{column}_sum"]
        yield _differing(both, f"{table}.{column}", both[column], sum_of, "schemes")


def _unusual_rows(inputs: Inputs) -> Iterator[pd.DataFrame]:
    """Show execution that cannot be what it seems, and rows that no unit of the year takes up."""
    at_end = zeros_at_ends(inputs.budgets, "budgets", "executed")
    budgets = inputs.rows_of_year(inputs.budgets.assign(at_end=at_end, subject="budgets.executed"))
    budgets = budgets.assign(value=to_yuan(budgets["executed"]))
    yield _found(budgets[budgets["value"] < 0], "negative_execution", "warning")
    budget = budgets["adjusted"].fillna(0).where(budgets["adjusted"].notna(), budgets["initial"])
    without = (budgets["value"] > 0) & (budget.fillna(0) == 0) & ~covers_schemes(budgets)
    yield _found(budgets[without], "spending_without_budget", "warning")
    zeros = inputs.rows_of_year(inputs.blanked).rename(columns={"column": "subject"})
    yield _found(zeros, "zero_between", "warning", value=0.0)
    yield _found(budgets[budgets["at_end"]], "zero_at_end", "warning", value=0.0)
    yield from _left_out(inputs)
    bought = inputs.purchases[inputs.purchases["date"].dt.year == inputs.year]
    again = bought[bought.duplicated(["unit_id", "date", "goods"])]
    yield _found(_days_of(again), "purchases_of_merged", "note")
    units = inputs.units.assign(subject="units", detail=inputs.units["successor_id"])
    endless = units[units["successor_id"].notna() & units["valid_to"].isna()]
    yield _found(endless, "successor_without_end", "warning")


def _left_out(inputs: Inputs) -> Iterator[pd.DataFrame]:
    """Show rows of the year of units that do not exist in it, and what of merged ones is no sum."""
    gone = inputs.every_unit.set_index("unit_id")
    gone = gone[~gone.index.isin(inputs.units["unit_id"])]
    told = gone.index.to_series().map({**gone["parent_id"], **inputs.merged}).astype("str")
    told = told.where(is_among(told, inputs.units["unit_id"]), "")
    named = gone["name"] + " " + gone.index
    bought = inputs.purchases.assign(year=inputs.purchases["date"].dt.year)
    for table in (*FOLLOWING, "measures", "incidents", "context", "purchases"):
        rows = inputs.rows_of_year(bought if table == "purchases" else getattr(inputs, table))
        rows = rows[is_among(rows["unit_id"], gone.index)]
        unit_id = rows["unit_id"].astype("str")
        rows = rows.assign(unit_id=unit_id.map(told), detail=unit_id.map(named), subject=table,
                           scheme=rows.get("scheme", ALL_SCHEMES))  # fmt: skip
        if table == "measures":
            values = rows.assign(subject=rows["measure"]).dropna(subset="value")
            yield _found(values, "measure_left_out", "warning")
            continue
        alike = ["unit_id", "subject", "detail"]
        if column := AMOUNTS_OF.get(table):
            groups = rows.groupby([*alike, "scheme"], dropna=True)
            sums = groups[[column]].sum(min_count=1).dropna().reset_index()
            sums = sums.assign(subject=f"{table}.{column}")
            yield _found(sums, "row_after_end", "warning", value=to_yuan(sums[column]))
            rows = rows[rows[column].isna()]
        counts = rows.groupby(alike, dropna=True).size().rename("value").reset_index()
        yield _found(counts, "rows_left_out", "warning")


def _differing(
    rows: pd.DataFrame, subject: str, submitted: pd.Series, recomputed: pd.Series, detail: str
) -> pd.DataFrame:
    """Show figures that do not add up, to the 分."""
    differs = (submitted != recomputed).fillna(False)
    return _found(
        rows[differs], "submitted_differs", "warning", subject=subject, detail=detail,
        value=to_yuan(submitted[differs]), expected=to_yuan(recomputed[differs]),
    )  # fmt: skip


def _limited_from_nowhere(budget: pd.DataFrame, inputs: Inputs) -> Iterator[pd.DataFrame]:
    """Show budgets that nothing above limits, and forecasts that limit none.

    Schemes are never netted: a forecast of income for all schemes together limits nothing
    where budgets are kept by scheme, nor does the budget of a unit above in other schemes.
    """
    final = budget[(budget["step"] == "next_budget") & (budget["status"] == "ok")]
    # Budgets of alliances are sums of their members', which nothing limits but the members'.
    units = inputs.units[inputs.units["kind"] != "alliance"].set_index("unit_id")
    drawn_up = final[is_among(final["unit_id"], units.index)]
    drawn_up = drawn_up.assign(parent=drawn_up["unit_id"].map(units["parent_id"]))
    free = is_among(drawn_up["parent"], drawn_up["unit_id"])
    free &= ~is_among(funds_of(drawn_up, "parent"), funds_of(drawn_up))
    yield _found(drawn_up[free], "not_limited_from_above", "warning")
    kept_apart = budget.loc[budget["scheme"] != ALL_SCHEMES, "unit_id"]
    rows = inputs.rows_of_year(inputs.context, offset=1)
    rows = rows[(rows["scheme"] == ALL_SCHEMES) & is_among(rows["unit_id"], kept_apart)]
    for column, finding in (
        ("income_forecast", "forecast_not_by_scheme"), ("usable_balance", "balance_not_by_scheme"),
    ):  # fmt: skip
        stated = rows[(rows[column] > 0).fillna(False)].assign(subject="next_budget")
        yield _found(stated, finding, "warning", value=to_yuan(stated[column]))


def _cases_for_heads(inputs: Inputs) -> pd.DataFrame:
    """Show pay by outcome, which is by heads, where only cases are stated (R19)."""
    rows = inputs.rows_of_year(inputs.settlements)
    rows = rows[(rows["payment"] == OUTCOME) & rows["heads"].isna() & rows["cases"].notna()]
    value = rows["cases"].astype("float64")
    return _found(rows, "cases_for_heads", "note", subject="outcome_pay", value=value)


def _floats(inputs: Inputs, rules: Rules) -> Iterator[pd.DataFrame]:
    """Show flags and stated floats without effect, and floats cut to the limit (R8)."""
    units = inputs.units[["unit_id", "kind"]]
    flagged = inputs.units["flags"].fillna("").str.split(";").map(lambda of: STRESS in of)
    stressed = is_stressed(units, inputs) > 0
    own = inputs.of_units(units["unit_id"], inputs.stated("budget_float"), offset=1)
    is_region, zero = units["kind"] == "region", float_of(units, inputs, rules) == 0
    why = case_when({
        "stress_not_region": flagged & ~is_region, "float_zero": flagged & is_region & zero,
        "float_not_stressed": own.notna() & ~stressed,
    })  # fmt: skip
    rows = units.assign(subject="regional_float", detail=why)
    yield _found(rows[why != ""], "float_without_effect", "note")
    most = rules.value("regional_float_limit")
    beyond = own.abs() > most
    yield _found(rows[beyond].drop(columns="detail"), "float_beyond_limit", "warning",
                 value=own[beyond], expected=most)  # fmt: skip


def _unknown_structures(inputs: Inputs, rules: Rules) -> Iterator[pd.DataFrame]:
    """Show whose figures grow by their number alone, for the share that counts more is blank."""
    alliances = inputs.units[inputs.units["kind"] == "alliance"]
    for name, driver in rules.value("growth_drivers").items():
        table, column = driver.column
        if driver.heavier:
            rows = pd.concat(inputs.rows_of_year(getattr(inputs, table), n) for n in (0, 1))
            rows = rows.dropna(subset=column)
            rows = rows[rows.duplicated(FUND, keep=False) & rows[driver.heavier.share].isna()]
            # What an alliance needs is what its members need.
            rows = rows[~is_among(rows["unit_id"], alliances["unit_id"])]
            yield _found(
                rows.drop_duplicates(FUND).assign(subject=name), "structure_unknown", "note"
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
    declared = [*rules.definitions.values(), *rules.grouped.values()]
    stale += [(d.id, d.checked_on) for d in declared if d.stale]
    rows = pd.DataFrame(stale, columns=["subject", "detail"], dtype="str").assign(unit_id="")
    return _found(rows, "stale_parameter", "note")


def _unknown_flags(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Tell of flags by which a parameter differs and that no unit has."""
    flags = inputs.units["flags"].dropna().str.split(";").explode()
    known = {f"{FLAG}{flag}" for flag in flags}
    unknown = [
        (name, flag.removeprefix(FLAG))
        for name, entry in rules.parameters.items()
        if entry.unit_of_measure in SHARES
        for share in shares_in(entry.value)
        for flag in sorted(codes_in(share) - known)
        if flag.startswith(FLAG)
    ]
    rows = pd.DataFrame(unknown, columns=["subject", "detail"], dtype="str").assign(unit_id="")
    return _found(rows, "flag_unknown", "note")


def _unused_scorecards(
    cards: pd.DataFrame, deductions: pd.DataFrame, inputs: Inputs, rules: Rules
) -> Iterator[pd.DataFrame]:
    """Tell of scorecards by which no unit could be judged, and of incidents that none counts."""
    names = [name for name in rules.scorecards
             if name in {*cards["card"]} and not cards.loc[cards["card"] == name, "is_judged"].any()
            ]  # fmt: skip
    unused = pd.DataFrame({"subject": names, "unit_id": ""}, dtype="str")
    yield _found(unused, "scorecard_without_data", "note")
    rows = inputs.rows_of_year(inputs.incidents).assign(subject="incidents")
    told = deductions["unit_id"] + deductions["incident"]
    rows = rows[~is_among(rows["unit_id"] + rows["incident"], told)]
    yield _found(rows, "incident_not_counted", "note", detail=rows["incident"], value=rows["times"])


def _absent_measures(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Tell of the measures that a rule for kinds of unit there are names, and that no row has."""
    kinds, supplied = {*inputs.units["kind"]}, {*inputs.measures["measure"]}
    named = {by.by for kind, by in rules.value("returned").items() if kind in kinds}
    for name, rule in ((name, entry.value) for name, entry in rules.indicators.items()):
        if any(any(leaves(weight)) for kind, weight in rule.weight.items() if kind in kinds):
            figures = names_of(rule.curve, rule.direction)
            named |= {name, *(getattr(figure, "measure", None) or name for figure in figures)}
    sums = [amount for d in rules.definitions.values() for amount in (d.numerator, d.denominator)]
    named.update(*(a.where["measure"] for a in sums if a and a.table == "measures"))
    columns = [driver.column for driver in rules.value("growth_drivers").values()]
    named |= {column for table, column in columns if table == "measures"}
    shares = (e.value for e in rules.parameters.values() if e.unit_of_measure in SHARES)
    named.update(*map(names_in, shares))
    named -= {*supplied, *rules.definitions, *rules.parameters, *SETTLED, "score", "grade"}
    told = "; ".join(f"{name} ({near(name, supplied) or '—'})" for name in sorted(named))
    rows = pd.DataFrame({"detail": [told] if told else [], "unit_id": ""}, dtype="str")
    return _found(rows, "measure_absent", "warning", subject="measures")
