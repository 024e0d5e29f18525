"""The two-year rule: a department below the execution floor two years running (R1)."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import pandas as pd

from fundeval.arrays import Floats, Truths
from fundeval.evaluation.cells import as_texts
from fundeval.evaluation.figures import spread
from fundeval.evaluation.inputs import KEY, Inputs, case_when
from fundeval.money import exact, integers, to_fen
from fundeval.policy import Rules
from fundeval.policy.policy import Entry
from fundeval.tables.schemas import ALL_SCHEMES

OF_YEAR = ["unit_id", "year"]
# From the mildest: which view of several decides, and which of them rules the others out.
ORDER = ("clear", "released", "watch", "exempt", "undetermined", "restricted")


class Judged(NamedTuple):
    """The state of each department by year, and in the evaluated year by each of its views."""

    restrictions: pd.DataFrame
    views: pd.DataFrame


def judge_restrictions(
    indicators: pd.DataFrame, inputs: Inputs, floor: Entry, rules: Rules
) -> Judged:
    """Judge each department in each year of the data by the two-year rule (R1).

    Each year is judged by the `floor` in force at its end (before the first date by the first), so
    that two reports never contradict each other on the same year. Only calendar-adjacent judged
    years count: a gap, a new unit or a year without budget leaves the state undetermined, never
    clear. Exactly the floor is not below it; amounts are compared as whole numbers, so that no
    rounding decides.

    A low year whose reason `restriction_exempt_reasons` names counts neither against the
    department nor towards lifting its restriction: two low years of which it is one make it
    `exempt`. A restriction lasts until `restriction_lifted_after` judged years running are not
    below the floor; `until` is the first year whose evaluation can lift it.

    Each scheme is a view of its own beside that over all; `restriction_by` says which decide. The
    row of a department bears the figures of the view that decided, which `scheme` names.
    """
    rates = as_texts(indicators[indicators["indicator"] == "execution_rate"])
    rates = rates[rates["unit_id"].isin(_departments(inputs)["unit_id"])]
    frame = _views(rates, inputs)
    judged = rates[rates["status"] == "ok"]
    judged = judged.assign(below=_is_below(judged, _floors(judged, floor, inputs)))
    frame = frame.assign(
        rate=inputs.look_up(judged, "value", frame),
        low=inputs.look_up(judged, "below", frame).eq(True),
        floor=_floors(frame, floor, inputs),
        why=inputs.look_up(rates[rates["status"] != "ok"], "reason", frame).fillna("no_data"),
    )
    # The year before the first has a floor of its own, which its first year is told beside.
    before = _floors(frame.assign(year=frame["year"] - 1), floor, inputs)
    own = frame.groupby(["unit_id", "scheme"], dropna=False)
    frame = _with_causes(frame, inputs, rules).assign(
        previous_rate=own["rate"].shift(), previous_floor=before
    )
    known = frame["floor"].notna() & before.notna()
    frame["reason"] = case_when(
        {
            "no_floor": ~known,
            "": frame["rate"].notna() & frame["previous_rate"].notna(),
            "unjudged": frame["why"] != "no_data",
            "no_budget": frame["rate"].isna(),
            "data_begin": frame["year"] == _first_year(inputs),
            "new_unit": frame["first"],
        },
        "gap",
    )
    frame = _with_states(frame, rules.value("restriction_lifted_after"))
    frame["reason"] = frame["reason"].mask(frame["reason"] == "unjudged", frame["why"])
    now = frame[(frame["year"] == inputs.year) & frame.duplicated(OF_YEAR, keep=False)]
    decided = _decide(frame, rules.value("restriction_by"))
    return Judged(
        decided.sort_values(OF_YEAR, ignore_index=True), now.sort_values(KEY, ignore_index=True)
    )


def _views(rates: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Return a row a department, year and scheme with a budget, and one over all schemes; sorted.

    A scheme begins with its first budget: what it lacks later is a gap.
    """
    grid = _years_of_departments(inputs)
    apart = rates[rates["scheme"] != ALL_SCHEMES]
    since = apart.groupby(["unit_id", "scheme"], dropna=True)["year"].min().rename("since")
    by_scheme = grid.merge(since.reset_index(), on="unit_id", validate="many_to_many")
    by_scheme = by_scheme[by_scheme["year"] >= by_scheme["since"]]
    frame = pd.concat([grid.assign(scheme=ALL_SCHEMES), by_scheme.drop(columns="since")])
    frame = frame.sort_values(["unit_id", "scheme", "year"], ignore_index=True)
    return frame.assign(cell=inputs.cells.of(frame))


def _floors(rows: pd.DataFrame, floor: Entry, inputs: Inputs) -> pd.Series:
    """Return the floor of each row's year."""
    found, years = np.full(len(rows), np.nan), rows["year"].to_numpy()
    with_kinds = inputs.with_kinds(rows[["unit_id", "scheme"]])
    for year in np.unique(years):
        value = floor.on(dt.date(min(int(year), inputs.year), 12, 31)).value
        found[years == year] = spread(value, with_kinds[years == year])
    return pd.Series(found, rows.index)


def _is_below(rates: pd.DataFrame, floors: pd.Series) -> Truths:
    """Tell which execution rates lie below their floors, on whole 分."""
    executed, budget = (integers(to_fen(rates[part])) for part in ("numerator", "denominator"))
    below = np.zeros(len(rates), "bool")
    for size in floors.dropna().unique():
        held, floor = floors.to_numpy() == size, exact(float(size))
        below[held] = executed[held] * floor.denominator < budget[held] * floor.numerator
    return below


def _with_causes(frame: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Add the reasons given for a year, as codes and as text, and whether they excuse it.

    Over all schemes every scheme that was low must be excused, where budgets are kept by scheme.
    """
    stated = inputs.budgets[[*KEY, "reason", "reason_code"]]
    stated = stated.assign(
        scheme=stated["scheme"].astype("str"), code=stated["reason_code"].fillna("")
    )
    # Of units that merged there are several, or none for one of them: all must excuse.
    excusing = {*rules.value("restriction_exempt_reasons")}
    own = inputs.look_up(stated.drop(columns="reason"), "code", frame).fillna("")
    enough = [codes for codes in own.unique() if excusing.issuperset(codes.split(";"))]
    excused = frame["low"] & own.isin(enough)
    apart = frame["scheme"] != ALL_SCHEMES
    parts = frame[apart].assign(good=excused[apart], bad=(frame["low"] & ~excused)[apart])
    sums = parts.groupby(OF_YEAR, dropna=True)[["good", "bad"]].any()
    whole = frame[OF_YEAR].merge(sums, on=OF_YEAR, how="left", validate="many_to_one")
    by_parts = whole["good"].eq(True) & ~whole["bad"].eq(True)
    excused |= ~apart & frame["low"] & (own == "") & by_parts.to_numpy()
    texts = {}
    for column, name in (("reason_code", "cause"), ("reason", "given")):
        given = stated.dropna(subset=column)
        given = given.assign(**{column: given[column].str.strip(";")})
        given = given[given[column] != ""]
        every = pd.concat([given, given.assign(scheme=ALL_SCHEMES)]).drop_duplicates([*KEY, column])
        joined = every.groupby(KEY, dropna=True)[column].agg(lambda one: ";".join(sorted({*one})))
        texts[name] = inputs.look_up(joined.reset_index(), column, frame).fillna("")
    return frame.assign(excused=excused, **texts)


def _with_states(frame: pd.DataFrame, good_years: int) -> pd.DataFrame:
    """Add the state of each view year by year: what a restriction needs, and what lifts it."""
    views = frame.groupby(["unit_id", "scheme"], dropna=False).ngroup().to_numpy("int64")
    years = (frame["year"] - frame["year"].min()).to_numpy("int64")
    places, shape = (views, years), (views.max(initial=-1) + 1, years.max(initial=-1) + 1)

    def table(rows: pd.Series | Truths) -> Truths:
        held = np.zeros(shape, "bool")
        held[places] = rows
        return held

    judged, low, excused = (
        table(rows) for rows in (frame["reason"] == "", frame["low"], frame["excused"])
    )
    good = table(frame["rate"].notna() & ~frame["low"])
    held, exempt, released = (np.zeros(shape, "bool") for _ in range(3))
    run: Floats = np.zeros(shape)
    for year in range(shape[1]):
        if year:
            pair = judged[:, year] & low[:, year] & low[:, year - 1]
            spared = excused[:, year] | excused[:, year - 1]
            before = held[:, year - 1]
            # An excused year counts neither against the department nor towards lifting.
            kept = judged[:, year] & low[:, year] & excused[:, year]
            run[:, year] = np.where(kept, run[:, year - 1], (run[:, year - 1] + 1) * good[:, year])
            held[:, year] = (pair & ~spared) | (before & (run[:, year] < good_years))
            exempt[:, year] = pair & spared & ~held[:, year]
            released[:, year] = before & ~held[:, year]
        else:
            run[:, year] = good[:, year]
    state = case_when(
        undetermined=frame["reason"] != "",
        restricted=held[places],
        exempt=exempt[places],
        watch=frame["low"],
        released=released[places],
        otherwise="clear",
    )
    until = (frame["year"] + good_years - run[places]).where(state == "restricted")
    return frame.assign(state=state, until=until, held=held[places])


def _decide(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the view that decides of each department and year.

    Where budgets are not kept by scheme, that over all. By `any_scheme` the gravest decides, by
    `every_scheme` the mildest: only what all schemes share restricts.
    """
    whole = frame["scheme"] == ALL_SCHEMES
    if by == "all":
        return frame[whole]
    sign = -1 if by == "any_scheme" else 1
    rank = frame["state"].map({state: place for place, state in enumerate(ORDER)})
    # A scheme without a budget in the year says nothing against the others, unless it is held.
    absent = ~whole & (frame["reason"] == "no_budget") & ~frame["held"]
    ordered = frame.assign(turn=whole + 2 * absent, rank=sign * rank, end=sign * frame["until"])
    decided = ordered.sort_values([*OF_YEAR, "turn", "rank", "end", "rate", "scheme"])
    decided = decided.drop_duplicates(OF_YEAR)
    before = decided.groupby("unit_id", dropna=True)["state"].shift()
    untrue = (decided["state"] == "released") & (before != "restricted")
    return decided.assign(state=decided["state"].mask(untrue, "clear"))


def _departments(inputs: Inputs) -> pd.DataFrame:
    return inputs.units[inputs.units["kind"] == "department"]


def _years_of_departments(inputs: Inputs) -> pd.DataFrame:
    """Return each department with every year from its first, or the first of the data."""
    departments = _departments(inputs)
    first_year = _first_year(inputs)
    years = np.arange(first_year, inputs.year + 1, dtype="int64")
    start = departments["valid_from"].dt.year.fillna(first_year)
    first_row = inputs.budgets.groupby("unit_id")["year"].min()
    start = np.minimum(start, departments["unit_id"].map(first_row).fillna(np.inf))
    grid = departments[["unit_id"]].assign(start=start)
    grid = grid.loc[grid.index.repeat(len(years))].reset_index(drop=True)
    grid = grid.assign(year=np.tile(years, len(departments)))
    grid = grid[grid["year"] >= grid["start"]]
    return grid.assign(first=grid["year"] == grid["start"])


def _first_year(inputs: Inputs) -> int:
    return min(inputs.budgets["year"], default=inputs.year)
