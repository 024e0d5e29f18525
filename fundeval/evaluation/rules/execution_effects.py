"""Every place where a budget that was not spent, or was overspent, acts, with its sum.

One low execution may lose points, restrict, be deducted, and lower the needs of next year; a high
one is deducted, and raises needs. Each is drawn up again as if the unit had spent its adjusted
budget, all else held: it explains, it moves no money. What a settlement awards or leaves to be
borne comes of its quota less the fee for service, not of execution, and is no part of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from fundeval.arrays import Floats
from fundeval.evaluation.budget.needs import Needs, steps_of
from fundeval.evaluation.budget.schedules import Schedule
from fundeval.evaluation.inputs import FUND, Inputs
from fundeval.evaluation.scoring.bands import find_bands
from fundeval.evaluation.scoring.deductions import RESTRICTED
from fundeval.money import multiply
from fundeval.policy import Rules
from fundeval.policy.known import WITHHOLDING
from fundeval.results.frames import FRAMES, without_rows

EXECUTION = "execution_rate"
DECIMALS = 12


def trace_execution(
    inputs: Inputs,
    weighted: pd.DataFrame,
    needs: Needs,
    results: Mapping[str, pd.DataFrame],
    rules: Rules,
) -> pd.DataFrame:
    """Show where the execution of each budget acts: `amount` = `base` × `rate`, or alone.

    Parameters
    ----------
    inputs, rules
        Tables and policy.
    weighted
        The scores that count, with their effective weight.
    needs
        As they are, and had all been spent.
    results
        The frames grades, deductions, allocations and budget, money in 分.

    Returns
    -------
    pandas.DataFrame
        A row for each budget and place, `left` what the budget left unspent (negative where it
        was overspent), `amount` negative for a loss: points lost, as far as they move money
        (`score`), what a restriction took by its limit on the return (`restriction`) or by a lower
        score or grade (`restricted_grade`), the deduction by execution (`execution_link`), and
        what the base and each driver of growth would have been (`base`, the drivers), before the
        envelope. No row where it does not act.
    """
    made = results["allocations"]
    made = made[made["next_budget"].notna()]
    spent = inputs.rows_of_year(inputs.budgets)
    spent = spent.assign(left=spent["adjusted"] - spent["executed"])[[*FUND, "left"]]
    made = made.merge(spent, on=FUND, validate="one_to_one")
    made = made[made["left"].fillna(0) != 0].reset_index(drop=True)
    if made.empty:
        return without_rows("execution_effects")
    parts = [
        *_by_result(made, weighted, results, rules),
        *_by_link(made, results["budget"]),
        *_by_needs(made, needs),
    ]
    frame = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    frame = frame[(frame["amount"].fillna(0) != 0) | frame["points"].gt(0)]
    columns = list(FRAMES["execution_effects"])
    traced: pd.DataFrame = frame.assign(year=inputs.year).reindex(columns=columns)
    return traced.sort_values([*FUND, "place"], ignore_index=True)


def _part(rows: pd.DataFrame, place: str, parameter: str, **columns: Any) -> pd.DataFrame:
    nothing: dict[str, Any] = {
        "base": pd.Series(pd.NA, rows.index, dtype="Int64"), "rate": np.nan, "points": np.nan,
    }  # fmt: skip
    held = {name: rows[name] for name in (*FUND, "left")}
    known = {**held, **nothing, **columns, "place": place, "parameter": parameter}
    return pd.DataFrame(known, rows.index)


def _by_result(
    made: pd.DataFrame, weighted: pd.DataFrame, results: Mapping[str, pd.DataFrame], rules: Rules
) -> Iterator[pd.DataFrame]:
    """Yield what points lost for execution, and a restriction, took of what is returned."""
    whole = weighted["effective"].groupby(weighted["unit_id"], dropna=True).transform("sum")
    lost = (weighted["max"] - weighted["points"]) / weighted["max"]
    lost *= weighted["effective"] / whole * 100
    lost = lost[weighted["indicator"] == EXECUTION].set_axis(
        weighted.loc[weighted["indicator"] == EXECUTION, "unit_id"]
    )
    points = made["unit_id"].map(lost).fillna(0.0)
    grades = results["grades"].set_index("unit_id")
    score = made["unit_id"].map(grades["score"])
    share, full = (_returned(made, figure, rules) for figure in (score, score + points))
    held = made["kind"].map(rules.value("withheld_share")).astype("float64").fillna(0.0)
    known = {text: float(Fraction(text or 0)) for text in made["factor"].unique()}
    factor = made["factor"].map(known) * held
    moved = made["balance_rule"].isin(WITHHOLDING) & made["returned"].notna()
    # What is returned ends, like the budget, at its floor and its cap, or at what the link leaves.
    room = made[["floor", "top"]].sub(made["envelope"] - made["withheld"], axis=0).astype("float64")
    room = room.div(made["envelope"].astype("float64").replace(0, np.nan), axis=0)
    now, best = ((factor * each).clip(room["floor"], room["top"]) for each in (share, full))
    rate = (now - best).where(moved, 0.0).fillna(0.0).round(DECIMALS) + 0.0
    envelope = made["envelope"].astype("Int64")
    yield _part(made, "score", "returned", base=envelope, rate=rate, points=points,
                amount=multiply(envelope, rate))  # fmt: skip
    # Free of the limit of a restricted unit's return, and of what it took off score and grade too.
    of_restriction = results["deductions"].query("card == '' and incident == @RESTRICTED")
    off = made["unit_id"].map(of_restriction.set_index("unit_id")["points"]).fillna(0.0)
    lowered = made["unit_id"].map(grades["veto"]).eq(RESTRICTED) | off.gt(0)
    free, unlowered = (
        ((factor * each).fillna(0.0) * envelope.astype("float64") - made["withheld"])
        .clip(made["floor"] - made["envelope"], made["cap"] - made["envelope"])
        .round()
        for each in (
            _returned(made, score, rules, made["grade"]), _returned(made, score + off, rules)
        )
    )  # fmt: skip
    limited = (made["net"] - free).clip(upper=0).where(moved & made["capped"], 0)
    yield _part(made, "restriction", "restricted_units", amount=limited.astype("Int64"))
    graded = (free - unlowered).clip(upper=0).where(moved & lowered, 0)
    yield _part(made, "restricted_grade", "deductions", amount=graded.astype("Int64"))


def _returned(
    made: pd.DataFrame, score: pd.Series, rules: Rules, grade: pd.Series | None = None
) -> Floats:
    """Return the share that each score gives back, or `grade`, without it the grade that the score
    earns; NaN where what is returned is by another."""
    found = np.full(len(made), np.nan)
    for kind in made["kind"].unique():
        rows, returned = (made["kind"] == kind).to_numpy(), rules.by_kind("returned", kind)
        own = score[rows].clip(upper=100).round(2)
        if returned is not None and returned.by == "grade":
            earned = find_bands(own, rules.value("grade_bands")) if grade is None else grade[rows]
            found[rows] = earned.map(returned.grades).astype("float64")
        elif returned is not None and returned.by == "score" and not returned.rank:
            shares = Schedule(returned.points or ()).at_each(own)
            found[rows] = shares.astype("float64")
    return found


def _by_link(made: pd.DataFrame, budget: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield what the execution rate itself took: withheld beyond the share, or added in percent."""
    moved = made["balance_rule"].isin(WITHHOLDING) & made["withheld"].gt(0)
    rate, envelope = made["link_rate"].where(moved, 0.0), made["envelope"].astype("Int64")
    yield _part(made, "execution_link", "execution_link", base=envelope, rate=rate,
                amount=multiply(envelope, rate))  # fmt: skip
    added = budget.loc[budget["step"] == "execution_link", [*FUND, "amount", "base", "rate"]]
    added = made.merge(added, on=FUND, validate="one_to_one", suffixes=("_of", ""))
    yield _part(added, "execution_link", "execution_link",
                **{name: added[name] for name in ("base", "rate", "amount")})  # fmt: skip


def _by_needs(made: pd.DataFrame, needs: Needs) -> Iterator[pd.DataFrame]:
    """Yield how far base, drivers and relief lie from what they were had all been spent."""
    now, full = (each.set_index(FUND) for each in needs)
    keys = pd.MultiIndex.from_frame(made[FUND])
    now, full = (each.reindex(keys).reset_index(drop=True) for each in (now, full))
    yield _part(made, "base", "budget_base", amount=now["base"] - full["base"])
    for driver in steps_of(now):
        rates = [each[f"{driver}.rate"].fillna(0.0) for each in (now, full)]
        rate = (rates[0] - rates[1]).round(DECIMALS) + 0.0
        base = now["base"].astype("Int64")
        yield _part(made, driver, "growth_drivers", base=base, rate=rate,
                    amount=multiply(base, rate))  # fmt: skip
    yield _part(made, "ratchet_relief", "ratchet_cap", amount=now["ratchet_relief"])
