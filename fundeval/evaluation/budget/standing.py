"""What the evaluation says of each unit, as far as it moves money: result, link, standing."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pandas as pd

from fundeval.evaluation.budget.schedules import Schedule
from fundeval.evaluation.cells import is_among
from fundeval.evaluation.inputs import Inputs, case_when
from fundeval.money import exact, to_fen, to_yuan
from fundeval.policy import Rules
from fundeval.policy.model import Returned
from fundeval.results.frames import restricted_in, without_rows
from fundeval.tables.schemas import ALL_SCHEMES

JUDGED = "judged"
# What counts with the units of a group: the judged, and those whose missing data count as poor.
POOR = "poor"
EXECUTION = "execution_rate"
# Why a figure given cannot be compared, though nothing is missing.
NOT_COMPARABLE = (
    "basis_changed", "other_months", "no_previous_year", "too_few_peers", "missing_baseline",
)  # fmt: skip


def judge_standing(
    frame: pd.DataFrame, results: Mapping[str, pd.DataFrame], inputs: Inputs, rules: Rules
) -> pd.DataFrame:
    """Add to each budget what its unit's evaluation says.

    `score` (at the hundredths that are printed), `grade`, `result_by` and `result` (what the policy
    returns by), `standing` (judged, or why not: see `UNJUDGED` of the policy), `returned` (a
    Fraction, None where the unit is left out), `restricted_unit` (by the two-year rule), `capped`
    (its return is limited for that), `execution_rate` and `link_rate` (a Fraction, 0 or less).
    """
    grades = results["grades"].set_index("unit_id")
    restricted = restricted_in(results["restrictions"], inputs.year)
    frame = frame.assign(
        # Half-up at the hundredths, as amounts are at the 分.
        score=to_yuan(to_fen(frame["unit_id"].map(grades["score"]))),
        whole_score=frame["unit_id"].map(grades["score"]),
        grade=frame["unit_id"].map(grades["grade"]),
        restricted_unit=is_among(frame["unit_id"], restricted),
    )
    frame = _with_link(frame, results["indicators"], inputs, rules)
    kinds = frame.groupby("kind", dropna=True)
    parts = [
        _result(rows, rules.by_kind("returned", str(kind)), results, inputs, rules)
        for kind, rows in kinds
    ]
    frame = frame.join(pd.concat(parts), validate="one_to_one")
    standing = frame["unit_id"].map(_why_unjudged(results, inputs)).fillna("missing")
    # Who is returned by a scorecard that grades nobody owed no data: it is not used.
    graded = _of_cards(results, inputs).dropna(subset="grade")["card"]
    unused = {*rules.scorecards} - {*graded}
    standing = standing.mask(frame["result_by"].isin(unused), "not_scored")
    standing = standing.where(frame["result"].isna(), JUDGED)
    counted = standing.map({JUDGED: JUDGED, **rules.value("unjudged_units")})
    returned = frame["returned"].where(counted == JUDGED, None)
    owed = (counted == POOR) & frame["result_by"].ne("")
    returned = returned.mask(owed, frame["returned_if_poor"])
    capped = frame["restricted_unit"] & (rules.value("restricted_units") == "capped")
    returned[capped] = [share and min(share, Fraction(1)) for share in returned[capped]]
    return frame.assign(standing=standing, returned=returned, capped=capped).drop(
        columns=["returned_if_poor", "whole_score"]
    )


def _with_link(
    frame: pd.DataFrame, indicators: pd.DataFrame, inputs: Inputs, rules: Rules
) -> pd.DataFrame:
    """Add the execution rate and what it takes off: of the scheme, or over all schemes."""
    rows = frame.assign(year=inputs.year)
    if rules.value("execution_link_by") == "all":
        rows = rows.assign(scheme=ALL_SCHEMES)
    rate = inputs.look_up(_judged(indicators, EXECUTION), "value", rows)
    link = Schedule(rules.value("execution_link").points).at_each(rate)
    link = pd.Series([Fraction(0) if x is None else x for x in link], frame.index, dtype="object")
    return frame.assign(execution_rate=rate, link_rate=link)


def _result(
    rows: pd.DataFrame,
    returned: Returned | None,
    results: Mapping[str, pd.DataFrame],
    inputs: Inputs,
    rules: Rules,
) -> pd.DataFrame:
    """Return what a kind of unit is returned by, its value, and the share that it returns."""
    nothing = pd.Series(None, rows.index, dtype="object")
    if returned is None:
        return pd.DataFrame(
            {"result_by": "", "result": nothing, "returned": nothing, "returned_if_poor": nothing}
        )
    if returned.grades:
        shares = {grade: exact(share) for grade, share in returned.grades.items()}
        card = rules.scorecards.get(returned.by)
        found = _by_card(rows, returned.by, "grade", results, inputs) if card else rows["grade"]
        values, poor = found.astype("object"), shares[(card or rules).grades[0]]
        share = pd.Series([shares.get(grade) for grade in values], rows.index, dtype="object")
    else:
        # Amounts have two decimals, further ones make the figure larger before it is rounded.
        scale = 10 ** ((returned.decimals or 2) - 2)
        values, poor = to_yuan(to_fen(rows["whole_score"], scale)) / scale, Fraction(0)
        if returned.by in rules.scorecards:
            values = _by_card(rows, returned.by, "score", results, inputs).astype("float64")
        elif returned.by != "score":
            values = _figures(rows, returned, results["indicators"], inputs)
        places = _ranks(rows, values, returned.rank) if returned.rank else values
        share = Schedule(returned.points or ()).at_each(places)
        values = values.astype("object").where(values.notna(), None)
    owed = pd.Series([poor] * len(rows), rows.index, dtype="object")
    return pd.DataFrame(
        {"result_by": returned.by, "result": values, "returned": share, "returned_if_poor": owed}
    )


def _by_card(
    rows: pd.DataFrame, card: str, what: str, results: Mapping[str, pd.DataFrame], inputs: Inputs
) -> pd.Series:
    """Return score or grade of each budget's unit by a further scorecard."""
    graded = _of_cards(results, inputs)
    graded = graded[graded["card"] == card]
    return rows["unit_id"].map(graded.set_index("unit_id")[what])


def _of_cards(results: Mapping[str, pd.DataFrame], inputs: Inputs) -> pd.DataFrame:
    """Return score and grade of the year by further scorecards; none where nobody was graded."""
    return inputs.rows_of_year(results.get("card_grades", without_rows("card_grades")))


def _figures(
    rows: pd.DataFrame, returned: Returned, indicators: pd.DataFrame, inputs: Inputs
) -> pd.Series:
    """Return a scored quantity or supplied measure of each budget: of its scheme, else of all."""
    known, own = _judged(indicators, returned.by), rows.assign(year=inputs.year)
    of_all = inputs.look_up(known, "value", own.assign(scheme=ALL_SCHEMES))
    return inputs.look_up(known, "value", own).fillna(of_all).astype("float64")


def _judged(indicators: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the judged rows of an indicator or a supplied measure."""
    return indicators[(indicators["indicator"] == name) & (indicators["status"] == "ok")]


def _ranks(rows: pd.DataFrame, values: pd.Series, rank: str) -> pd.Series:
    """Return the share of the other units of the group whose value is at least as far ahead."""
    signed = values if rank == "highest_first" else -values
    group = rows["group"].where(rows["above"] >= 0, -1)
    ahead = signed.groupby(group, dropna=True).rank(method="max", ascending=False) - 1
    others = signed.groupby(group, dropna=True).transform("count") - 1
    return ahead / others.where(others > 0)


def _why_unjudged(results: Mapping[str, pd.DataFrame], inputs: Inputs) -> pd.Series:
    """Return, by unit, why it would not be judged, as `UNJUDGED` of the policy names it.

    What is left are data that were owed and not given (`missing`).
    """
    units = inputs.units.set_index("unit_id")
    ids = units.index.to_series()
    budgets = inputs.budgets[inputs.budgets["year"] < inputs.year]
    now = inputs.rows_of_year(inputs.budgets).groupby("unit_id")["adjusted"]
    adjusted = now.sum().where(now.count() == now.size())
    scores, grades = results["scores"], results["grades"].set_index("unit_id")
    small = scores.loc[scores["reason"] == "small_volume", "unit_id"]
    unscored = scores[scores["points"].isna()]
    owed = unscored.loc[~unscored["reason"].isin(NOT_COMPARABLE), "unit_id"]
    started = units["valid_from"].dt.year >= inputs.year
    return case_when(
        merged=is_among(ids, inputs.merged_lately),
        # Where the data hold one year only, nothing tells who is new.
        new=started | (~is_among(ids, budgets["unit_id"]) & (len(budgets) > 0)),
        part_year=inputs.of_part_year(ids),
        zero_budget=is_among(ids, adjusted.index[adjusted.eq(0).fillna(False)]),
        not_scored=ids.map(grades["reason"]) == "not_scored",
        too_few_domains=ids.map(grades["reason"]).isin(["too_few_domains", "domain_missing"]),
        small=is_among(ids, small),
        not_comparable=is_among(ids, unscored["unit_id"]) & ~is_among(ids, owed),
        otherwise="missing",
    )
