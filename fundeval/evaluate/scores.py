"""From indicators to points, score and grade."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.evaluate.curves import apply_curve, describe_curve
from fundeval.evaluate.indicators import REGISTRY
from fundeval.evaluate.tables import Inputs, look_up
from fundeval.policy import Rules
from fundeval.policy.model import Band
from fundeval.problems import BadInputError, Problem

FULL = 100.0
DECIMALS = 12
SIGNS = {
    "ratio": "{n} / {d}",
    "floored_ratio": "max(0, {n} / {d})",
    "growth": "{n} / {d} − 1",
    "change": "{n} − {d}",
    "supplied": "{n}",
}


def score_indicators(indicators: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return the points of each scored indicator of each unit in the evaluated year.

    points = percent of the curve × weight. An indicator kept by scheme is scored by its
    weakest scheme, because schemes are never netted. Points are missing where the value is
    not judged. Raises BadInputError for an indicator that nothing defines.
    """
    _check_defined(rules)
    frames = [
        _score_one(name, indicators[indicators["indicator"] == name], inputs, rules)
        for name in rules.indicators
    ]
    columns = [
        "unit_id", "indicator", "scheme", "value", "points", "max", "status", "reason",
        "derivation",
    ]  # fmt: skip
    scores = pd.concat(frames, ignore_index=True)[columns]
    return scores.sort_values(["unit_id", "indicator"], ignore_index=True)


def grade_units(scores: pd.DataFrame, units: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return score (0–100), grade and coverage of each unit.

    score = Σ points / Σ weight of what was judged; coverage = the judged share of the
    weight. No score where an indicator marked `void` is missing, or below the policy's
    `minimum_coverage`.
    """
    void = [name for name in rules.indicators if rules.rule(name).missing == "void"]
    judged = scores["points"].notna()
    parts = pd.DataFrame(
        {
            "unit_id": scores["unit_id"],
            "points": scores["points"],
            "judged": scores["max"].where(judged, 0.0),
            "max": scores["max"],
            "essential_missing": ~judged & scores["indicator"].isin(void),
        }
    )
    sums = parts.groupby("unit_id").sum().reindex(units["unit_id"])
    coverage = (sums["judged"] / sums["max"]).round(DECIMALS)
    score = (sums["points"] / sums["judged"] * FULL).round(DECIMALS)
    reason = np.select(
        [
            sums["max"].isna(),
            sums["essential_missing"] > 0,
            coverage < rules.value("minimum_coverage"),
        ],
        ["not_scored", "essential_missing", "low_coverage"],
        "",
    )
    score = score.where(reason == "")
    return pd.DataFrame(
        {
            "score": score,
            "grade": band_of(score, rules.value("grade_bands")),
            "coverage": coverage,
            "status": np.where(reason == "", "ok", "not_judged"),
            "reason": reason,
        }
    ).reset_index()


def summarise_peers(scores: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return the distribution of each scored value among units of one kind and level."""
    judged = scores[scores["status"] == "ok"].merge(units[["unit_id", "kind", "level"]])
    judged = judged.assign(level=judged["level"].fillna(""))
    groups = judged.groupby(["indicator", "kind", "level"])["value"]
    quantiles = {f"p{q}": groups.quantile(q / 100) for q in (10, 25, 50, 75, 90)}
    frame = pd.DataFrame(
        {"count": groups.count(), "minimum": groups.min(), **quantiles, "maximum": groups.max()}
    )
    order = ["indicator", "kind", "level", "count", "minimum", *quantiles, "maximum"]
    return frame.reset_index()[order]


def band_of(values: pd.Series, bands: tuple[Band, ...]) -> pd.Series:
    """Return the result of the half-open band that each value lies in, else missing."""
    starts = np.array([band.start for band in bands])
    position = np.searchsorted(starts, values.to_numpy(dtype="float64"), side="right") - 1
    ends = np.array([np.inf if band.end is None else band.end for band in bands])
    inside = values.notna() & (position >= 0) & (values < ends[position.clip(0)])
    results = pd.Series([band.result for band in bands], dtype="object")
    found = pd.Series(results.to_numpy()[position.clip(0)], index=values.index, dtype="object")
    return found.where(inside, None)


def _check_defined(rules: Rules) -> None:
    problems = [
        Problem("policy.unknown_indicator", entry.origin, column=f"indicators.{name}")
        for name, entry in rules.indicators.items()
        if name not in REGISTRY and entry.description is None
    ]
    if problems:
        raise BadInputError(problems)


def _score_one(name: str, indicators: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    rule = rules.rule(name)
    scored = inputs.units[inputs.units["kind"].isin([k for k, w in rule.weight.items() if w > 0])]
    values = indicators[indicators["year"] == inputs.year]
    if name in REGISTRY and not REGISTRY[name].per_scheme:
        values = values[values["scheme"] == "all"]
    frame = scored[["unit_id", "kind", "level"]].merge(values, on="unit_id", how="left")
    frame["indicator"] = name
    frame["max"] = look_up(frame["kind"], pd.Series(dict(rule.weight), dtype="float64"))
    frame["status"] = frame["status"].fillna("not_judged")
    frame["reason"] = frame["reason"].fillna("no_data")
    judged = frame["value"].where(frame["status"] == "ok")
    peers = frame["kind"] + "/" + frame["level"].fillna("") + "/" + frame["scheme"].fillna("")
    percent = apply_curve(judged, peers, rule, rules)
    too_few = judged.notna() & percent.isna()
    frame.loc[too_few, ["status", "reason"]] = ["not_judged", "too_few_peers"]
    frame["points"] = (percent * frame["max"] / FULL).round(DECIMALS)
    frame["derivation"] = _derive(frame.assign(percent=percent), name, rules)
    frame["scheme"] = frame["scheme"].fillna("all")
    weakest = frame.sort_values(["unit_id", "points", "scheme"], na_position="last")
    return weakest.drop_duplicates("unit_id")


def _derive(frame: pd.DataFrame, name: str, rules: Rules) -> list[str]:
    """Print each calculation: the formula with its numbers, the curve, the parameter."""
    sign = SIGNS[REGISTRY[name].form if name in REGISTRY else "supplied"]
    curve = describe_curve(rules.rule(name), rules)
    entry = rules.indicators[name]
    home = f"[indicators.{name}, {entry.origin} {entry.since}]"
    columns = zip(
        frame["numerator"], frame["denominator"], frame["value"], frame["percent"],
        frame["max"], frame["points"], strict=True,
    )  # fmt: skip
    return [
        ""
        if pd.isna(points)
        else f"{sign.format(n=_number(n), d=_number(d))} = {_number(value)}; "
        f"{curve} = {_number(percent)}%; × {_number(weight)} = {_number(points)} {home}"
        for n, d, value, percent, weight, points in columns
    ]


def _number(value: float) -> str:
    return f"{value:.15g}"
