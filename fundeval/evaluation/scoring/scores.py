"""From indicators to points, domains, score and grade."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fundeval.arrays import Array, Floats, are_named, places_of, read_each
from fundeval.evaluation.figures import spread
from fundeval.evaluation.inputs import FUND, Inputs, case_when
from fundeval.evaluation.scoring.bands import find_bands
from fundeval.evaluation.scoring.curves import DECIMALS, apply_curve
from fundeval.evaluation.scoring.deductions import sum_up
from fundeval.indicator_registry import PAYMENT_INDICATORS
from fundeval.policy import Rules
from fundeval.policy.curves import FULL, SCORE_DECIMALS, Found, names_of
from fundeval.problems import BadInputError, Problem
from fundeval.results.frames import FRAMES
from fundeval.tables.schemas import ALL_SCHEMES

# Units that agree in these are peers.
PEERS = ["kind", "level", "tier"]
# What scores read of the indicators.
VALUES = ["unit_id", "year", "scheme", "indicator", "value", "denominator", "status", "reason"]


def score_indicators(indicators: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Score each indicator of each unit in the evaluated year: points = percent × weight.

    The percent is that of the policy's curve at the value. An indicator kept by scheme is scored
    by its weakest scheme, because schemes are never netted, and not at all where one scheme cannot
    be judged. `max` is the weight, `points` lies between 0 and it.

    Raises
    ------
    BadInputError
        If the policy scores an indicator that neither a definition nor a title makes known.

    Examples
    --------
    >>> from fundeval import evaluation, policy, tables
    >>> city, rules = tables.load("sample:city"), policy.load("national")
    >>> scores = evaluation.evaluate(city, rules, 2024).scores
    >>> scores.loc[1, ["unit_id", "indicator", "status"]].tolist()
    ['990100', 'execution_rate', 'ok']
    """
    _check_defined(rules)
    frame = _with_percents(_to_score(indicators, inputs, rules), inputs, rules)
    # A scheme that cannot be judged comes first: it is never taken to be the better one.
    order = ["unit_id", "indicator", "percent_of_weight", "scheme"]
    scores = frame.sort_values(order, na_position="first", ignore_index=True)
    weakest = scores.drop_duplicates(["unit_id", "indicator"], ignore_index=True)
    weakest["max"] = _share_domain_weights(weakest, rules)
    weakest["points"] = (weakest["percent_of_weight"] * weakest["max"] / FULL).round(DECIMALS)
    return weakest.fillna({"scheme": ALL_SCHEMES})[list(FRAMES["scores"])]


def add_effective_weights(scores: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return the scores that count, with their `effective` weight.

    What a missing indicator leaves to its domain is shared there in proportion to the
    weights of what was judged; what nothing in a domain can take is shared by all. Of a domain
    with too few judged indicators none counts, or all with 0 points, as the policy says.
    """
    spreading = [n for n in rules.indicators if rules.rule(n).missing == "spread_domain"]
    keeps = scores["indicator"].isin(spreading)
    enough = _has_enough(scores, rules)
    nothing = ~enough & (_of_domain(scores, rules, "missing") == "zero")
    counted = (scores["points"].notna() & enough) | nothing
    groups = [scores["unit_id"], scores["domain"]]
    kept = scores["max"].where(counted | keeps, 0.0).groupby(groups, dropna=True).transform("sum")
    held = scores["max"].where(counted, 0.0).groupby(groups, dropna=True).transform("sum")
    effective = scores["max"] * kept / held.where(held > 0)
    points = scores["points"].where(enough, 0.0)
    return scores.assign(points=points, effective=effective)[counted]


def sum_domains(weighted: pd.DataFrame) -> pd.DataFrame:
    """Return points and effective weight of each unit's domains, both out of its 100."""
    whole = weighted["effective"].groupby(weighted["unit_id"], dropna=True).transform("sum")
    share = weighted["effective"] / whole * FULL
    parts = weighted[["unit_id", "domain"]].assign(
        points=share * weighted["points"] / weighted["max"], max=share
    )
    sums = parts.groupby(["unit_id", "domain"], sort=True, dropna=True).sum().round(DECIMALS)
    return sums.reset_index()[list(FRAMES["domains"])]


def grade_units(
    scores: pd.DataFrame,
    domains: pd.DataFrame,
    units: pd.DataFrame,
    rules: Rules,
    deductions: pd.DataFrame,
) -> pd.DataFrame:
    """Sum domains up to a score (0 to 100), less deductions, and grade it by the policy's bands.

    `coverage` is the judged share of the weight. No score where an indicator or a domain marked
    `void` is missing, nor below the policy's minimum of judged domains or of coverage, nor where
    it is not known what is taken off. An incident may leave a lower grade at most (`veto`).
    `deductions` are as in `take_off`.

    Examples
    --------
    >>> import datetime as dt
    >>> from fundeval import policy
    >>> rules = policy.load("national").on(dt.date(2024, 12, 31))
    >>> row = {"unit_id": "A", "indicator": "exam_share", "domain": "output", "max": 10.0}
    >>> scores = pd.DataFrame([row | {"points": 9.0}])
    >>> domains = sum_domains(add_effective_weights(scores, rules))
    >>> none = pd.DataFrame(columns=["unit_id", "incident", "points", "grade_cap"])
    >>> graded = grade_units(scores, domains, scores[["unit_id"]], rules, none)
    >>> graded[["score", "grade"]].values.tolist()
    [[90.0, 'excellent']]
    """
    void = [name for name in rules.indicators if rules.rule(name).missing == "void"]
    enough = _has_enough(scores, rules)
    judged = scores["points"].notna() & enough
    parts = scores[["unit_id", "max"]].assign(
        judged=scores["max"].where(judged, 0.0),
        essential_missing=scores["points"].isna() & scores["indicator"].isin(void),
        domain_missing=~enough & (_of_domain(scores, rules, "missing") == "void"),
    )
    found = scores["domain"].where(enough).groupby(scores["unit_id"], dropna=True).nunique()
    sums = parts.groupby("unit_id").sum().reindex(units["unit_id"])
    coverage = (sums["judged"] / sums["max"]).round(DECIMALS)
    # Domains are rounded each: their sum may lie a hair beside 90, or above 100.
    score = domains.groupby("unit_id")["points"].sum().reindex(units["unit_id"])
    score = score.round(SCORE_DECIMALS).clip(upper=FULL)
    off = sum_up(deductions, sums.index, rules.grades)
    score = (score - off["deducted"]).clip(lower=0).round(SCORE_DECIMALS)
    reason = case_when(
        not_scored=sums["max"].isna(),
        essential_missing=sums["essential_missing"] > 0,
        domain_missing=sums["domain_missing"] > 0,
        too_few_domains=found.reindex(sums.index) < rules.value("minimum_domains"),
        low_coverage=coverage < spread(rules.value("minimum_coverage"), units),
        incident_count_missing=off["deducted"].isna(),
    )
    score = score.where(reason == "")
    grade = find_bands(score, rules.value("grade_bands"))
    place = grade.map({name: place for place, name in enumerate(rules.grades)})
    caps, capped = dict(enumerate(rules.grades)), place > off["highest"]
    graded = score.to_frame("score").assign(
        grade=grade.mask(capped, off["highest"].map(caps)),
        deducted=off["deducted"],
        veto=off["veto"].where(capped, ""),
        coverage=coverage,
        status=case_when({"ok": reason == ""}, "not_judged"),
        reason=reason,
    )
    return graded.reset_index()


def summarise_peers(current: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Summarise indicators of the evaluated year among units of one kind, level ("" for none)
    and tier (how many ancestors are of the same kind): a district is no peer of its prefecture.

    Those that a scorecard has and those on payment by case; one kept by scheme by scheme, since
    what funds can pay is never netted. Only values with status `ok` count; quantiles are in the
    unit of the indicator.

    Examples
    --------
    >>> from fundeval import evaluation, policy, tables
    >>> city, rules = tables.load("sample:city"), policy.load("national")
    >>> peers = evaluation.evaluate(city, rules, 2024).peers
    >>> regions = peers[(peers["indicator"] == "execution_rate") & (peers["kind"] == "region")]
    >>> regions[["tier", "scheme", "count"]].values.tolist()
    [[0, 'all', 1], [1, 'all', 8]]
    """
    cards = [rules, *rules.scorecards.values()]
    shown = {*PAYMENT_INDICATORS}.union(*(card.indicators for card in cards))
    by_scheme = [name for name, each in rules.definitions.items() if each.by_scheme]
    rows = current[are_named(current["indicator"], shown) & (current["status"] == "ok")]
    rows = rows[(rows["scheme"] == ALL_SCHEMES) | are_named(rows["indicator"], by_scheme)]
    judged = rows[["unit_id", "indicator", "scheme", "value"]]
    units = inputs.units[["unit_id", *PEERS]].fillna({"level": ""})
    judged = judged.merge(units, on="unit_id", validate="many_to_one")
    groups = judged.groupby(["indicator", *PEERS, "scheme"], dropna=True)["value"]
    quantiles = {f"p{q}": groups.quantile(q / 100) for q in (10, 25, 50, 75, 90)}
    frame = pd.DataFrame(
        {"count": groups.count(), "minimum": groups.min(), **quantiles, "maximum": groups.max()}
    )
    return frame.reset_index()


def is_scored(indicators: pd.DataFrame, rules: Rules) -> pd.Series:
    """Tell which rows scores are made of: what the rules score, over all schemes or by scheme."""
    by_scheme = [name for name, each in rules.definitions.items() if each.by_scheme]
    whole = (indicators["scheme"] == ALL_SCHEMES) | are_named(indicators["indicator"], by_scheme)
    return whole & are_named(indicators["indicator"], rules.indicators)


def _check_defined(rules: Rules) -> None:
    problems = [
        Problem("policy.unknown_indicator", entry.origin, column=f"indicators.{name}")
        for name, entry in rules.indicators.items()
        if name not in rules.definitions and entry.description is None
    ]
    if problems:
        raise BadInputError(problems)


def _to_score(indicators: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return every indicator that a unit is scored by, with `max`, value and baseline.

    The baseline is the supplied one, else the value of the year before.
    """
    units = inputs.units.reindex(columns=["unit_id", *PEERS, "view"])
    units = units.assign(peers=units.groupby([*PEERS, "view"], dropna=False).ngroup())
    kinds = units[["kind", "level"]].drop_duplicates()
    names = pd.CategoricalDtype(sorted(rules.indicators))
    domains = pd.CategoricalDtype(sorted({rules.rule(name).domain for name in rules.indicators}))
    weights = pd.DataFrame(
        [
            (name, rules.rule(name).domain, kind, level, weight)
            for kind, level in kinds.itertuples(index=False)
            for name in rules.indicators
            if (weight := rules.rule(name).weight_of(kind, level)) > 0
        ],
        columns=["indicator", "domain", "kind", "level", "max"],
    ).astype({"level": units["level"].dtype, "indicator": names, "domain": domains})
    frame = units.merge(weights, on=["kind", "level"], validate="many_to_many")
    rows = indicators.loc[is_scored(indicators, rules), VALUES].astype({"indicator": names})
    values, before = (inputs.rows_of_year(rows, offset) for offset in (0, -1))
    before = before.loc[before["status"] == "ok", [*FUND, "indicator", "value"]]
    frame = frame.merge(values, on=["unit_id", "indicator"], how="left", validate="one_to_many")
    baselines = before.rename(columns={"value": "baseline"})
    frame = frame.merge(baselines, on=[*FUND, "indicator"], how="left", validate="many_to_one")
    stated = frame["denominator"].where(~frame["indicator"].isin(rules.definitions))
    return frame.assign(
        baseline=stated.fillna(frame["baseline"]),
        status=frame["status"].fillna("not_judged"),
        reason=frame["reason"].fillna("no_data"),
    )


def _with_percents(frame: pd.DataFrame, inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Return the rows with the percent that each earns; only a judged value has any.

    Rows that a curve has no figures for by their kind, level or scheme are left out.
    """
    value = frame["value"].where(frame["status"] == "ok")
    peers = frame.groupby(["peers", "scheme"], dropna=False, sort=False).ngroup()
    rows = frame[["unit_id", "kind", "level", "scheme", "baseline"]]
    rows = rows.assign(value=value, peers=peers)
    percent, covered = np.full(len(frame), np.nan), np.ones(len(frame), "bool")
    figures, why = np.full((2, len(frame)), "", "object")
    for name, places in places_of(frame["indicator"]):
        rule, own = rules.rule(name), rows.take(places)
        found = [x for x in names_of(rule.curve, rule.direction) if isinstance(x, Found)]
        for measure in {x.measure for x in found if x.measure}:
            own[f"measure.{measure}"] = inputs.supplied(measure, own["unit_id"])
        scored = apply_curve(own, rule, rules)
        percent[places], covered[places] = scored.percent, scored.covered
        figures[places], why[places] = _in_texts(scored.figures), _why_unscored(found)
    unscored = value.notna() & np.isnan(percent)
    return frame.assign(
        percent_of_weight=percent,
        figures=figures,
        status=frame["status"].mask(unscored, "not_judged"),
        reason=frame["reason"].astype("str").mask(unscored, why),
    )[covered]


def _why_unscored(found: list[Found]) -> str:
    """Return why a value that is known earns no percent: what the curve looks up and misses."""
    if any(x.measure for x in found):
        return "missing_target"
    return "too_few_peers" if found else "missing_baseline"


def _in_texts(figures: list[Floats]) -> Array:
    """Return the figures of each row in one text, all their digits, `-` for a missing one."""
    rows = pd.DataFrame(dict(enumerate(figures)))
    places = rows.groupby(list(rows), dropna=False, sort=False).ngroup()
    distinct = rows[~places.duplicated()].to_numpy()
    texts = [" ".join("-" if np.isnan(x) else f"{x:.15g}" for x in row) for row in distinct]
    return np.array(texts, "object")[places]


def _share_domain_weights(scores: pd.DataFrame, rules: Rules) -> pd.Series:
    """Return the weights of indicators in the unit's 100: their shares of a domain's, where it
    has one of its own."""
    own = pd.Series(np.nan, scores.index)
    for domain, rows in scores.groupby("domain", dropna=True):
        weight = rules.domain(str(domain)).weight
        if weight is not None:
            own[rows.index] = spread(weight, rows)
    groups = [scores["unit_id"], scores["domain"]]
    whole = scores["max"].groupby(groups, dropna=True).transform("sum")
    return (own * scores["max"] / whole).fillna(scores["max"])


def _has_enough(scores: pd.DataFrame, rules: Rules) -> pd.Series:
    """Tell of each score whether its domain has as many judged indicators as the policy asks."""
    groups = [scores["unit_id"], scores["domain"]]
    judged = scores["points"].notna().groupby(groups, dropna=True).transform("sum")
    return judged >= _of_domain(scores, rules, "minimum_judged")


def _of_domain(scores: pd.DataFrame, rules: Rules, key: str) -> pd.Series:
    """Return what the policy says of the domain of each score."""
    return read_each(scores["domain"], lambda name: getattr(rules.domain(name), key))
