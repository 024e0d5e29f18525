"""From indicators to points, domains, score and grade."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from fundeval.evaluate.curves import DECIMALS, FULL, apply_curve, describe, write_out
from fundeval.evaluate.tables import ALL_SCHEMES, Inputs, look_up
from fundeval.evaluation import FRAMES
from fundeval.policy import Rules
from fundeval.policy.model import Band, Target
from fundeval.problems import BadInputError, Problem
from fundeval.registry import REGISTRY, plain


def score_indicators(indicators: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return the points of each scored indicator of each unit in the evaluated year.

    points = percent of the curve × weight. An indicator kept by scheme is scored by its
    weakest scheme, because schemes are never netted, and not at all where one scheme cannot be
    judged. Points are missing where the value is
    not judged. Raises BadInputError for an indicator that nothing defines.
    """
    _check_defined(rules)
    frames = [
        _score_one(name, indicators[indicators["indicator"] == name], inputs, rules)
        for name in rules.indicators
    ]
    scores = pd.concat(frames, ignore_index=True)[list(FRAMES["scores"])]
    return scores.sort_values(["unit_id", "indicator"], ignore_index=True)


def weigh(scores: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return the judged scores with their `effective` weight.

    What a missing indicator leaves to its domain is shared there in proportion to the
    weights of what was judged; what nothing in a domain can take is shared by all.
    """
    spreading = [n for n in rules.indicators if rules.rule(n).missing == "spread_domain"]
    keeps = scores["indicator"].isin(spreading)
    judged = scores["points"].notna()
    groups = [scores["unit_id"], scores["domain"]]
    kept = scores["max"].where(judged | keeps, 0.0).groupby(groups).transform("sum")
    held = scores["max"].where(judged, 0.0).groupby(groups).transform("sum")
    effective = scores["max"] * kept / held.where(held > 0)
    return scores.assign(effective=effective)[judged]


def sum_domains(weighed: pd.DataFrame) -> pd.DataFrame:
    """Return points and effective weight of each unit's domains, both out of its 100."""
    whole = weighed["effective"].groupby(weighed["unit_id"]).transform("sum")
    share = weighed["effective"] / whole * FULL
    parts = pd.DataFrame(
        {
            "unit_id": weighed["unit_id"],
            "domain": weighed["domain"],
            "points": share * weighed["points"] / weighed["max"],
            "max": share,
        }
    )
    sums = parts.groupby(["unit_id", "domain"], sort=True).sum().round(DECIMALS)
    return sums.reset_index()[list(FRAMES["domains"])]


def grade_units(
    scores: pd.DataFrame, domains: pd.DataFrame, units: pd.DataFrame, rules: Rules
) -> pd.DataFrame:
    """Return score (0–100), grade and coverage of each unit.

    The score is the sum of its domains; coverage is the judged share of the weight. No score
    where an indicator marked `void` is missing, or below the policy's `minimum_coverage`.
    """
    void = [name for name in rules.indicators if rules.rule(name).missing == "void"]
    judged = scores["points"].notna()
    parts = pd.DataFrame(
        {
            "unit_id": scores["unit_id"],
            "judged": scores["max"].where(judged, 0.0),
            "max": scores["max"],
            "essential_missing": ~judged & scores["indicator"].isin(void),
        }
    )
    sums = parts.groupby("unit_id").sum().reindex(units["unit_id"])
    coverage = (sums["judged"] / sums["max"]).round(DECIMALS)
    score = domains.groupby("unit_id")["points"].sum().reindex(units["unit_id"]).round(DECIMALS)
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
    return frame.reset_index()[list(FRAMES["peers"])]


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
    definition = REGISTRY.get(name)
    scored = inputs.units[inputs.units["kind"].isin([k for k, w in rule.weight.items() if w > 0])]
    if isinstance(rule.curve, Target) and isinstance(rule.curve.target, dict):
        scored = scored[scored["level"].isin(rule.curve.target)]
    if definition and not definition.by_scheme:
        indicators = indicators[indicators["scheme"] == ALL_SCHEMES]
    frame = scored[["unit_id", "kind", "level"]].merge(
        indicators[indicators["year"] == inputs.year], on="unit_id", how="left"
    )
    frame = frame.merge(_baselines(indicators, inputs.year), on=["unit_id", "scheme"], how="left")
    if definition is None:
        frame["baseline"] = frame["denominator"].fillna(frame["baseline"])
    frame["max"] = look_up(frame["kind"], pd.Series(dict(rule.weight), dtype="float64"))
    frame["status"] = frame["status"].fillna("not_judged")
    frame["reason"] = frame["reason"].fillna("no_data")
    frame["shown"] = frame["value"]
    frame["value"] = frame["value"].where(frame["status"] == "ok")
    frame["peers"] = frame["kind"] + "/" + frame["level"].fillna("")
    frame["peers"] = frame["peers"] + "/" + frame["scheme"].fillna("")
    frame = apply_curve(frame, rule, rules)
    unscored = frame["value"].notna() & frame["percent"].isna()
    frame.loc[unscored, ["status", "reason"]] = ["not_judged", "too_few_peers"]
    frame["points"] = (frame["percent"] * frame["max"] / FULL).round(DECIMALS)
    # A scheme that cannot be judged comes first: it is never taken to be the better one.
    order = ["unit_id", "points", "scheme"]
    weakest = frame.sort_values(order, na_position="first").drop_duplicates("unit_id")
    return weakest.assign(
        indicator=name,
        domain=rule.domain,
        value=weakest["shown"],
        scheme=weakest["scheme"].fillna(ALL_SCHEMES),
        derivation=_derive(weakest, name, rules),
    )


def _baselines(indicators: pd.DataFrame, year: int) -> pd.DataFrame:
    before = indicators[(indicators["year"] == year - 1) & (indicators["status"] == "ok")]
    return before[["unit_id", "scheme", "value"]].rename(columns={"value": "baseline"})


def _derive(frame: pd.DataFrame, name: str, rules: Rules) -> list[str]:
    """Write out how the value becomes points, a line a step, as a calculator can do it."""
    curve = describe(rules.rule(name), rules)
    lines = []
    rows: Iterable[Any] = frame.itertuples()
    for row in rows:
        if pd.isna(row.points):
            lines.append("")
            continue
        percent = write_out(row, rules.rule(name), rules)
        lines.append(
            f"curve: {curve}\n"
            f"percent: {percent} = {plain(row.percent)}\n"
            f"points: {plain(row.percent)} / 100 * {plain(row.max)} = {plain(row.points)}"
        )
    return lines
