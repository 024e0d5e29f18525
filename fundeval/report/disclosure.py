"""What of an evaluation may be published: small numbers hidden, the rest of it left out.

An amount that rests on fewer people than the policy's `minimum_disclosed` is not published, and
neither is what it could be worked out from. How many people it rests on is the least of the
visits and the cases of its unit and scheme; an amount of which neither is known is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from fundeval.evaluation import Evaluation
from fundeval.problems import BadInputError, Problem
from fundeval.report.suppression import Key, Line, Measure, add_up, exposed, hide
from fundeval.report.view import ALL

KINDS = ("region", "hospital")
KEY = ["unit_id", "scheme"]
# Where it stands how many people an amount rests on.
VOLUMES = {"services": "visits", "settlements": "cases"}
FUND_COLUMNS = ["income", "expenditure", "balance"]
INDICATORS = ("execution_rate", "payable_months")
HIDDEN = "suppressed"
NO_DETAILS = ["alliance_id", "flags", "valid_from", "valid_to", "successor_id"]


def disclose(evaluation: Evaluation, minimum: int) -> Evaluation:
    """Return only what is published of an evaluation, small numbers hidden.

    Hidden values are missing, with the reason `suppressed`. Frames that 三公开 does not ask for
    are empty. Raises BadInputError when the last check finds a number that could be worked out.
    """
    units = _published(evaluation)
    hidden = hide(list(_measures(evaluation).values()), _small(evaluation, minimum))
    budget = evaluation.budget
    following = (budget["step"] == "next_budget") & budget["unit_id"].isin(units["unit_id"])
    frames: dict[str, Any] = {
        **{name: frame.iloc[:0] for name, frame in evaluation.frames().items()},
        "units": units.assign(**dict.fromkeys(NO_DETAILS)),
        "indicators": _blank(_rates(evaluation), hidden),
        "budget": budget[following],
    }
    disclosed = replace(evaluation, **frames, tables={"funds": _blank(_funds(evaluation), hidden)})
    refuse_recoverable(evaluation, disclosed, minimum)
    return disclosed


def refuse_recoverable(evaluation: Evaluation, disclosed: Evaluation, minimum: int) -> None:
    """Raise BadInputError with each small number of the evaluation that is left in `disclosed`,
    or that can be worked out from it."""
    small = _small(evaluation, minimum)
    shown = _measures(disclosed)
    found = {
        bare.key
        for name, measure in _measures(evaluation).items()
        for bare in exposed([measure], measure.amounts.keys() - shown[name].amounts.keys(), small)
    }
    for frame in (disclosed.indicators, disclosed.tables["funds"]):
        told = frame[_personal(frame)].notna().any(axis=1)
        found |= small.keys() & set(keys(frame[told]))
    if found:
        raise BadInputError(
            Problem("public.recoverable", unit_id, {"minimum": minimum}, column=scheme)
            for unit_id, scheme in sorted(found)
        )


def _measures(evaluation: Evaluation) -> dict[str, Measure]:
    """Return the published amounts that rest on people, with the sums that a reader knows."""
    rates, funds, units = _rates(evaluation), _funds(evaluation), _published(evaluation)
    rates = rates[rates["indicator"] == "execution_rate"]
    executed = rates["numerator"].fillna(rates["value"] * rates["denominator"])
    columns = {"executed": (rates, executed)}
    columns |= {name: (funds, funds[name]) for name in ("income", "expenditure")}
    measures = {}
    for name, (frame, column) in columns.items():
        known = column.notna()
        amounts = dict(zip(keys(frame[known]), column[known].tolist(), strict=True))
        measures[name] = Measure(amounts, _lines(amounts, units))
    return measures


def _lines(values: Mapping[Key, float], units: pd.DataFrame) -> list[Line]:
    """Return the sums: schemes to all of a unit, and units of a kind to the region above."""
    parts: dict[Key, dict[str, list[Key]]] = {}
    places = units.set_index("unit_id")
    above, kinds = places["parent_id"].to_dict(), places["kind"].to_dict()
    for unit_id, scheme in sorted(values):
        group = parts.setdefault((above[unit_id], scheme), {})
        group.setdefault(kinds[unit_id], []).append((unit_id, scheme))
        if scheme != ALL:
            parts.setdefault((unit_id, ALL), {}).setdefault(ALL, []).append((unit_id, scheme))
    return [
        add_up(values, total, group)
        for total, groups in parts.items()
        if total in values
        for group in groups.values()
    ]


def _small(evaluation: Evaluation, minimum: int) -> dict[Key, float]:
    """Return the cells that rest on too few, and by what factor they are too small."""
    small: dict[Key, float] = {}
    for name, column in VOLUMES.items():
        table = evaluation.tables.get(name)
        if table is None or column not in table:
            continue
        rows = table[table["year"] == _year(evaluation)]
        counts = rows.groupby(KEY)[column].sum(min_count=1)
        by_unit = counts.groupby("unit_id").sum(min_count=1)
        by_unit.index = pd.MultiIndex.from_product([by_unit.index, [ALL]], names=KEY)
        counts = counts.combine_first(by_unit)
        for unit_id, scheme, count in counts.reset_index().itertuples(index=False):
            if 0 < count < minimum:
                key = (unit_id, scheme)
                small[key] = max(minimum / count, small.get(key, 0))
    return small


def _blank(frame: pd.DataFrame, hidden: set[Key]) -> pd.DataFrame:
    """Return the rows with what rests on people taken out of the hidden ones.

    The denominator of the execution rate stays: it is the budget, which is a plan.
    """
    at = pd.Series([key in hidden for key in keys(frame)], index=frame.index, dtype=bool)
    blank = {column: frame[column].mask(at) for column in _personal(frame)}
    if "reason" in frame:
        blank |= {"reason": frame["reason"].mask(at, HIDDEN)}
        blank |= {"status": frame["status"].mask(at, "not_judged")}
    return frame.assign(**blank)


def _personal(frame: pd.DataFrame) -> list[str]:
    names = ("value", "numerator", *FUND_COLUMNS)
    return [name for name in names if name in frame]


def _published(evaluation: Evaluation) -> pd.DataFrame:
    """Return the rows of the units that the public sees."""
    return evaluation.units[evaluation.units["kind"].isin(KINDS)]


def _rates(evaluation: Evaluation) -> pd.DataFrame:
    """Return the indicators that are published; of payable months the value only."""
    rows = evaluation.indicators
    asked = rows["indicator"].isin(INDICATORS) & (rows["year"] == _year(evaluation))
    rows = rows[asked & rows["unit_id"].isin(_published(evaluation)["unit_id"])]
    rows = rows.assign(low=float("nan"), high=float("nan"))
    rate = rows["indicator"] == "execution_rate"
    return rows.assign(**{name: rows[name].where(rate) for name in ("numerator", "denominator")})


def _funds(evaluation: Evaluation) -> pd.DataFrame:
    columns = [*KEY, "year", *FUND_COLUMNS]
    rows = evaluation.tables.get("funds", pd.DataFrame(columns=columns))[columns]
    year = rows["year"] == _year(evaluation)
    return rows[year & rows["unit_id"].isin(_published(evaluation)["unit_id"])]


def keys(frame: pd.DataFrame) -> list[Key]:
    """Return unit and scheme of each row."""
    return list(zip(frame["unit_id"], frame["scheme"], strict=True))


def _year(evaluation: Evaluation) -> int:
    return int(evaluation.about["year"])
