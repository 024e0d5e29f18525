"""How far a budget may move: floors and caps, income and the GDP line (R9), limits of parts."""

from __future__ import annotations

from fractions import Fraction
from math import prod

import numpy as np
import pandas as pd

from fundeval.evaluation.figures import spread
from fundeval.evaluation.inputs import Inputs, case_when
from fundeval.money import FEN, RATE_SCALE, amounts, exact, integers, scale_rates
from fundeval.policy import Rules
from fundeval.tables.schemas import ALL_SCHEMES, LIMIT


def set_limits(frame: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Add the limits of each budget, in 分, and which rule sets them.

    `frame` are needs with `above` (the row of the parent's budget, -1 at the top). Added are
    `floor` and `cap`, `floor_by` and `cap_by`, `income_limit` and `gdp_limit` where they apply, and
    `income_reason` and `gdp_reason` why one that would apply is not known.
    """
    floors, caps = (spread(rules.value(f"budget_{end}"), frame) for end in ("floor", "cap"))
    # Where the policy has none for a unit, nothing holds it.
    floors, caps = np.nan_to_num(floors), np.nan_to_num(caps, nan=LIMIT)
    least = scale_rates(pd.Series(floors, frame.index), frame.index)
    # What was retained is with no unit below, so that nothing of it must be shared out again.
    shared = integers(frame["base"] - frame["retained_in_base"].fillna(0))
    floor = -(-shared * least // RATE_SCALE)
    cap = integers(frame["base"]) * scale_rates(pd.Series(caps, frame.index), frame.index)
    # No amount is larger, so that caps of many units still add up.
    largest = LIMIT * FEN
    cap = np.minimum(cap // RATE_SCALE, largest)
    region = frame["kind"] == "region"
    top = (frame["above"] < 0) & ~frame["apart"]
    limited = region & (top | (rules.value("ceiling_scope") == "each"))
    forecast = limited & (rules.value("income_ceiling") == "forecast")
    income, income_reason = _income_limit(frame, forecast, inputs)
    gdp, gdp_reason = _gdp_limit(frame, limited, inputs, rules)
    ceilings = pd.DataFrame({"cap": cap, "income": income, "gdp": gdp}, frame.index)
    ceilings = ceilings.fillna(largest).astype("int64")
    lowest = ceilings.min(axis=1)
    return frame.assign(
        floor=floor.astype("int64"),
        cap=lowest,
        floor_by="floor",
        cap_by=case_when({n: ceilings[n] == lowest for n in ("cap", "income")}, "gdp"),
        income_limit=income,
        gdp_limit=gdp,
        income_reason=income_reason,
        gdp_reason=gdp_reason,
    )


def _income_limit(
    frame: pd.DataFrame, limited: pd.Series, inputs: Inputs
) -> tuple[pd.Series, pd.Series]:
    """Return the forecast less reserve, with usable balance and net transfers (R9).

    A reserve may stand with the forecast or hold for every scheme; where none is stated, the
    forecast itself counts.
    """
    context, funds, rows = inputs.context, inputs.funds, frame.assign(year=inputs.year + 1)
    forecast = inputs.look_up(context, "income_forecast", rows)
    reserve = inputs.look_up(context, "reserve_rate", rows)
    of_all = inputs.look_up(context, "reserve_rate", rows.assign(scheme=ALL_SCHEMES))
    reserve = reserve.fillna(of_all).fillna(0.0)
    usable = inputs.look_up(context, "usable_balance", rows).fillna(0)
    net = funds["transfer_in"].fillna(0) - funds["transfer_out"].fillna(0)
    transfers = inputs.look_up(funds.assign(net=net), "net", rows).fillna(0)
    after_reserve = integers(forecast) * (RATE_SCALE - scale_rates(reserve, frame.index))
    limit = after_reserve // RATE_SCALE + integers(usable) + integers(transfers)
    reason = case_when({"no_forecast": limited & forecast.isna()})
    return amounts(limit, frame.index, ~limited | forecast.isna()), reason


def _gdp_limit(
    frame: pd.DataFrame, limited: pd.Series, inputs: Inputs, rules: Rules
) -> tuple[pd.Series, pd.Series]:
    """Return what spending may grow to with the GDP (R9), as the policy counts it."""
    choice, year = rules.value("gdp_ceiling"), inputs.year + 1
    limit = pd.Series(pd.NA, frame.index, dtype="Int64")
    reason = pd.Series("", frame.index, dtype="str")
    rows = frame[limited]
    if choice == "none" or rows.empty:
        return limit, reason
    start, years = inputs.year, 1
    if choice == "plan":
        start, years = rules.value("gdp_plan_start"), rules.value("gdp_plan_years")
    if not start < year <= start + years:
        return limit, reason.mask(limited, "outside_plan")
    column = "adjusted" if choice == "adjusted" else "executed"
    base = inputs.look_up(inputs.budgets, column, rows.assign(year=start))
    stated = inputs.inherit(inputs.stated("gdp_growth"))
    ahead = range(start + 1 - inputs.year, 2)
    growth = pd.concat([inputs.of_units(rows["unit_id"], stated, n) for n in ahead], axis="columns")
    unknown = case_when({"plan_start_missing": base.isna(), "no_gdp": growth.isna().any(axis=1)})
    for row, amount, factors in zip(rows.index, base, growth.to_numpy(), strict=True):
        if unknown[row] == "":
            factor = prod((1 + exact(float(rate)) for rate in factors), start=Fraction(1))
            limit[row] = int(amount * factor // 1)
    reason[rows.index] = unknown
    return limit, reason


def tighten_by_parts(frame: pd.DataFrame) -> pd.DataFrame:
    """Tighten a parent's limits to the sums of its parts, from the bottom up.

    What the parts cannot take the whole cannot spend, and what they are sure of it must. Parts
    count where they are `complete`: children of one kind that make up the base of their parent,
    with what the parent retained of its own.
    """
    frame = frame.assign(complete=_is_complete(frame))
    for depth in sorted(frame["depth"].unique(), reverse=True):
        parts = frame[(frame["depth"] == depth) & frame["complete"]]
        # Each complete kind of children is a whole of its own: the tightest holds.
        sums = (
            parts.groupby(["above", "siblings"], dropna=True)[["floor", "cap"]]
            .sum()
            .groupby("above", dropna=True)
        )
        floor, cap = (s.reindex(frame.index) for s in (sums["floor"].max(), sums["cap"].min()))
        for limit, total, tighter in (
            ("floor", floor, floor > frame["floor"]), ("cap", cap, cap < frame["cap"]),
        ):  # fmt: skip
            frame[limit] = frame[limit].mask(tighter, total).astype("int64")
            frame[f"{limit}_by"] = frame[f"{limit}_by"].mask(tighter, "parts_limit")
    return frame


def _is_complete(frame: pd.DataFrame) -> pd.Series:
    """Tell which rows belong to children of one kind that make up their parent's base."""
    # Twice the base, so that an average of two amounts is compared before it is rounded.
    sums = frame.groupby("siblings", dropna=True)["twice_base"].transform("sum")
    shared = frame["twice_base"] - frame["twice_retained"]
    parent = shared.reindex(frame["above"]).set_axis(frame.index)
    complete: pd.Series = (sums == parent).fillna(False).astype("bool")
    return complete
