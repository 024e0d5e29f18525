"""Further scorecards beside that of the budgets, such as credit (R17), and each fund by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from fundeval.arrays import are_named, coded
from fundeval.evaluation.cells import as_texts, is_among, positions
from fundeval.evaluation.inputs import Inputs
from fundeval.evaluation.scoring.deductions import take_off
from fundeval.evaluation.scoring.scores import (
    VALUES,
    add_effective_weights,
    grade_units,
    is_scored,
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


class View(NamedTuple):
    """What units are judged from apart: the inputs, the indicators with their two years, and the
    units that are restricted."""

    inputs: Inputs
    indicators: pd.DataFrame
    restricted: pd.Series


Views = dict[str, View]


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
    restricted = {year: restricted_in(restrictions, year) for year in years}
    parts = []
    for name, card in rules.scorecards.items():
        of_card = is_scored(indicators, card) & (indicators["year"] >= years[-1] - 1)
        rows = indicators.loc[of_card, VALUES]
        views = {
            str(year): View(replace(inputs, year=year),
                            rows[rows["year"].between(year - 1, year)], restricted[year])
            for year in years
        }  # fmt: skip
        frames = _judge(_with_data(views, card), inputs, card)
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
    near &= are_named(indicators["indicator"], rules.indicators)
    rows = indicators.loc[near, VALUES]
    measured = ~are_named(rows["indicator"], rules.definitions)
    apart = [name for name, each in rules.definitions.items() if each.by_scheme]
    views: Views = {}
    for scheme in schemes if len(schemes) > 1 else ():
        own = rows["scheme"] == scheme
        fund = rows[own | measured]
        fund = fund.assign(
            scheme=fund["scheme"].where(are_named(fund["indicator"], apart), ALL_SCHEMES)
        )
        units = inputs.units[is_among(inputs.units["unit_id"], rows.loc[own, "unit_id"])]
        alone = replace(inputs, units=units, incidents=inputs.incidents[:0])
        views[scheme] = View(alone, fund, units["unit_id"][:0])
    frames = _judge(views, inputs, rules)
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
    for name, view in views.items():
        inputs = view.inputs
        rows = inputs.rows_of_year(view.indicators)
        rows = as_texts(rows.loc[rows["status"] == "ok", KEYS].drop_duplicates())
        kinds = rows["unit_id"].map(inputs.units.set_index("unit_id")["kind"])
        weights = (
            own["indicator"].map(heaviest[kind]).groupby(own["unit_id"], dropna=True).sum()
            for kind, own in rows.groupby(kinds, dropna=True)
            if kind in heaviest
        )
        if any((judged >= least).any() for judged in weights) or len(take_off(inputs, rules)):
            found[name] = view
    return found


def _judge(views: Views, inputs: Inputs, rules: Rules) -> Frames:
    """Return scores, domains, grades and deductions of each unit in each `view` by itself.

    All views at once: a unit of a view, by a number of its own, stands for a unit, a peer only of
    those of its view.
    """
    if not views:
        return {}
    names, units = pd.Index([*views], dtype="str"), inputs.cells.units
    tables = []
    for place, (of, rows, held) in enumerate(views.values()):
        first, later = place * len(units), inputs.year - of.year
        given = (of.units, of.measures, of.incidents, rows, held.to_frame("unit_id"))
        tables.append([_numbered(t.assign(view=names[place]), units, first, later) for t in given])
    joined = [pd.concat(of_views) for of_views in zip(*tables, strict=True)]
    own, measures, incidents, values, restricted = joined
    together = replace(inputs, units=own, measures=measures, incidents=incidents)
    scores = score_indicators(values.reset_index(drop=True), together, rules)
    domains = sum_domains(add_effective_weights(scores, rules))
    deductions = take_off(together, rules, restricted["unit_id"])
    grades = grade_units(scores, domains, together.units, rules, deductions)
    grades = grades[grades["reason"] != "not_scored"].assign(stability=float("nan"))
    deductions = deductions[is_among(deductions["unit_id"], grades["unit_id"])]
    found = {SCORES: scores, DOMAINS: domains, GRADES: grades, DEDUCTIONS: deductions}
    for name, frame in found.items():
        of_view, unit = np.divmod(frame["unit_id"].to_numpy("int64"), len(units))
        found[name] = frame.assign(unit_id=units[unit].array, view=coded(of_view, names))
    return found


def _numbered(rows: pd.DataFrame, units: pd.Index, first: int, later: int) -> pd.DataFrame:
    """Return rows with the units of a view numbered from `first` on, and their year so much later
    that it is the evaluated one."""
    place = positions(rows["unit_id"], units)
    rows = rows.assign(unit_id=first + place)[place >= 0]
    return rows.assign(year=rows["year"] + later) if "year" in rows else rows


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
