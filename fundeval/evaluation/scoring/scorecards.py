"""Further scorecards beside that of the budgets, such as credit (R17), and each fund by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from fundeval.evaluation.cells import as_texts, is_among, pair, unpair
from fundeval.evaluation.inputs import Inputs
from fundeval.evaluation.scoring.deductions import take_off
from fundeval.evaluation.scoring.scores import (
    VALUES,
    add_effective_weights,
    grade_units,
    score_indicators,
    sum_domains,
)
from fundeval.policy import Rules
from fundeval.policy.curves import FULL
from fundeval.policy.varying import leaves
from fundeval.results.frames import FRAMES, restricted_in
from fundeval.tables.schemas import ALL_SCHEMES

SCORES, DOMAINS, GRADES, DEDUCTIONS = NAMES = (
    "card_scores", "card_domains", "card_grades", "deductions",
)  # fmt: skip
KEYS = ["unit_id", "indicator"]
# For how many years a scorecard tells the grade, the evaluated one among them.
YEARS = 3
Frames = dict[str, pd.DataFrame]
# By name, what units are judged from apart: the inputs, and the indicators with their two years.
Views = dict[str, tuple[Inputs, pd.DataFrame]]


def judge_cards(
    indicators: pd.DataFrame, inputs: Inputs, rules: Rules, restrictions: pd.DataFrame
) -> Frames:
    """Score and grade units by each further scorecard of the policy (R17).

    A scorecard is scored like the policy's own (`scores`), by its own indicators, domains and
    grades, and incidents take off what it says. The years before are judged by the same rules, as
    far as they can be; a year in which no unit has data enough for a grade has no rows. Frames by
    name: `card_scores`, `card_domains`, `card_grades`, `deductions`.
    """
    years = range(inputs.year, inputs.year - YEARS, -1)
    restricted = [pair(restricted_in(restrictions, year), str(year)) for year in years]
    parts = []
    for name, card in rules.scorecards.items():
        of_card = indicators["indicator"].isin(card.indicators)
        rows = as_texts(indicators.loc[of_card, VALUES])
        views = {
            str(year): (replace(inputs, year=year), rows[rows["year"].between(year - 1, year)])
            for year in years
        }
        frames = _judge(_with_data(views, card), inputs, card, pd.concat(restricted))
        named = {
            of: f.assign(card=name, year=f["view"].astype("int64")) for of, f in frames.items()
        }
        parts.append(named)
    return _join(parts, inputs.year)


def judge_funds(indicators: pd.DataFrame, inputs: Inputs, rules: Rules) -> Frames:
    """Score and grade each fund of a unit by itself, by the rules of the joint score.

    Funds are evaluated one by one (财社〔2022〕65号). Indicators count with the value of the fund's
    scheme; supplied measures, which are not kept by scheme, with that of the unit. Incidents are
    the unit's and take nothing off here. Nothing where the data know no two schemes.
    """
    schemes = [scheme for scheme in inputs.cells.schemes if scheme != ALL_SCHEMES]
    near = indicators["year"].between(inputs.year - 1, inputs.year)
    near &= indicators["indicator"].isin(rules.indicators)
    rows = as_texts(indicators.loc[near, VALUES])
    measured = ~rows["indicator"].isin(rules.definitions)
    apart = [name for name, each in rules.definitions.items() if each.by_scheme]
    views = {}
    for scheme in schemes if len(schemes) > 1 else ():
        own = rows["scheme"] == scheme
        fund = rows[own | measured]
        fund = fund.assign(scheme=fund["scheme"].where(fund["indicator"].isin(apart), ALL_SCHEMES))
        units = inputs.units[is_among(inputs.units["unit_id"], rows.loc[own, "unit_id"])]
        views[scheme] = replace(inputs, units=units, incidents=inputs.incidents[:0]), fund
    frames = _judge(views, inputs, rules, inputs.units["unit_id"][:0])
    named = {of: f.assign(card=f["view"], year=inputs.year) for of, f in frames.items()}
    return _join([named], inputs.year)


def join_cards(deductions: pd.DataFrame, cards: Frames, funds: Frames) -> Frames:
    """Return the frames of further scorecards and of funds together, and all deductions."""
    own: Frames = {DEDUCTIONS: deductions.assign(card="")[list(FRAMES[DEDUCTIONS])]}
    named = {name: [each[name] for each in (own, cards, funds) if name in each] for name in NAMES}
    return {name: pd.concat(each, ignore_index=True) for name, each in named.items() if each}


def _with_data(views: Views, rules: Rules) -> Views:
    """Return the views in which some unit has so many judged indicators that it may be graded, or
    incidents that count."""
    least = min(leaves(rules.value("minimum_coverage")), default=0.0) * FULL
    heaviest: dict[str, dict[str, float]] = {}
    for name in rules.indicators:
        for kind, weight in rules.rule(name).weight.items():
            heaviest.setdefault(kind, {})[name] = max(leaves(weight))
    found = {}
    for name, (inputs, indicators) in views.items():
        rows = inputs.rows_of_year(indicators)
        rows = rows.loc[rows["status"] == "ok", KEYS].drop_duplicates()
        kinds = rows["unit_id"].map(inputs.units.set_index("unit_id")["kind"])
        weights = (
            own["indicator"].map(heaviest[kind]).groupby(own["unit_id"], dropna=True).sum()
            for kind, own in rows.groupby(kinds, dropna=True)
            if kind in heaviest
        )
        if any((judged >= least).any() for judged in weights) or len(take_off(inputs, rules)):
            found[name] = inputs, indicators
    return found


def _judge(views: Views, inputs: Inputs, rules: Rules, restricted: pd.Series) -> Frames:
    """Return scores, domains, grades and deductions of each unit in each `view` by itself.

    All views at once: a unit of a view stands for a unit, a peer only of those of its view.
    `restricted` are such units.
    """
    if not views:
        return {}
    tables = (
        [_in_view(table, view, inputs.year - of.year)
         for table in (of.units, of.measures, of.incidents, rows)]
        for view, (of, rows) in views.items()
    )  # fmt: skip
    joined = [pd.concat(of_views) for of_views in zip(*tables, strict=True)]
    units, measures, incidents, values = joined
    together = replace(inputs, units=units, measures=measures, incidents=incidents)
    scores = score_indicators(values.reset_index(drop=True), together, rules)
    domains = sum_domains(add_effective_weights(scores, rules))
    deductions = take_off(together, rules, restricted)
    grades = grade_units(scores, domains, together.units, rules, deductions)
    grades = grades[grades["reason"] != "not_scored"].assign(stability=float("nan"))
    deductions = deductions[is_among(deductions["unit_id"], grades["unit_id"])]
    found = {SCORES: scores, DOMAINS: domains, GRADES: grades, DEDUCTIONS: deductions}
    return {name: _out_of_view(frame) for name, frame in found.items()}


def _in_view(rows: pd.DataFrame, view: str, later: int) -> pd.DataFrame:
    """Return rows of a view's units, their year so much later that it is the evaluated one."""
    rows = rows.assign(unit_id=pair(rows["unit_id"], view), view=view)
    return rows.assign(year=rows["year"] + later) if "year" in rows else rows


def _out_of_view(rows: pd.DataFrame) -> pd.DataFrame:
    unit_id, view = unpair(rows["unit_id"])
    return rows.assign(unit_id=unit_id, view=view)


def _join(parts: Iterable[Frames], year: int) -> Frames:
    """Return the frames of all scorecards; of earlier years only the grades that there are."""
    joined: Frames = {}
    for name in NAMES:
        frames = [part[name] for part in parts if part]
        if not frames:
            continue
        frame = pd.concat(frames, ignore_index=True)
        kept = frame["year"] == year
        if name == GRADES:
            kept |= frame["grade"].notna()
        keys = ["card", "unit_id", "year"]
        order = [key for key in ("indicator", "domain", "incident") if key in frame]
        joined[name] = frame[kept].sort_values([*keys, *order], ignore_index=True)[
            list(FRAMES[name])
        ]
    return joined
