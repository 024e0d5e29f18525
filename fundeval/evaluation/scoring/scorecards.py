"""Further scorecards beside that of the budgets, such as credit (R17), and each fund by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from fundeval.evaluation.cells import as_texts, is_among
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
from fundeval.results.frames import FRAMES
from fundeval.tables.schemas import ALL_SCHEMES

SCORES, DOMAINS, GRADES, DEDUCTIONS = NAMES = (
    "card_scores", "card_domains", "card_grades", "deductions",
)  # fmt: skip
KEYS = ["unit_id", "indicator"]
# For how many years a scorecard tells the grade, the evaluated one among them.
YEARS = 3
Frames = dict[str, pd.DataFrame]


def judge_cards(
    indicators: pd.DataFrame, inputs: Inputs, rules: Rules, restricted: pd.Series
) -> Frames:
    """Score and grade units by each further scorecard of the policy (R17).

    A scorecard is scored like the policy's own (`scores`), by its own indicators, domains and
    grades, and incidents take off what it says. The years before are judged by the same rules, as
    far as they can be; a year in which no unit has data enough for a grade has no rows. Frames by
    name: `card_scores`, `card_domains`, `card_grades`, `deductions`.
    """
    parts = []
    for name, card in rules.scorecards.items():
        for year in range(inputs.year, inputs.year - YEARS, -1):
            then = replace(inputs, year=year)
            if not _can_grade(indicators, then, card):
                continue
            known = restricted if year == inputs.year else restricted[:0]
            parts.append(_judge(indicators, then, card, take_off(then, card, known), name))
    return _join(parts, inputs.year)


def _can_grade(indicators: pd.DataFrame, inputs: Inputs, rules: Rules) -> bool:
    """Tell whether any unit has so many judged indicators in the year that it may be graded."""
    rows = inputs.rows_of_year(indicators)
    rows = rows.loc[rows["indicator"].isin(rules.indicators) & (rows["status"] == "ok"), KEYS]
    rows = inputs.with_kinds(as_texts(rows).drop_duplicates())
    least = min(leaves(rules.value("minimum_coverage")), default=0.0)
    for kind, own in rows.groupby("kind", dropna=True):
        most = {
            name: max((w for of, each in rules.rule(name).weight.items() if of == kind
                       for w in leaves(each)), default=0.0)
            for name in rules.indicators
        }  # fmt: skip
        judged = own["indicator"].map(most).groupby(own["unit_id"], dropna=True).sum()
        if judged.max() >= least * FULL:
            return True
    return False


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
    parts = []
    for scheme in schemes if len(schemes) > 1 else ():
        own = rows["scheme"] == scheme
        fund = rows[own | measured]
        fund = fund.assign(scheme=fund["scheme"].where(fund["indicator"].isin(apart), ALL_SCHEMES))
        units = inputs.units[is_among(inputs.units["unit_id"], rows.loc[own, "unit_id"])]
        fund_inputs = replace(inputs, units=units)
        parts.append(_judge(fund, fund_inputs, rules, take_off(inputs, None), scheme))
    return _join(parts, inputs.year)


def join_cards(deductions: pd.DataFrame, cards: Frames, funds: Frames) -> Frames:
    """Return the frames of further scorecards and of funds together, and all deductions."""
    own: Frames = {DEDUCTIONS: deductions.assign(card="")[list(FRAMES[DEDUCTIONS])]}
    named = {name: [each[name] for each in (own, cards, funds) if name in each] for name in NAMES}
    return {name: pd.concat(each, ignore_index=True) for name, each in named.items() if each}


def _judge(
    indicators: pd.DataFrame, inputs: Inputs, rules: Rules, deductions: pd.DataFrame, card: str
) -> Frames:
    """Return scores, domains, grades and deductions of one scorecard in the year of the inputs."""
    scores = score_indicators(indicators, inputs, rules)
    domains = sum_domains(add_effective_weights(scores, rules))
    grades = grade_units(scores, domains, inputs.units, rules, deductions)
    grades = grades[grades["reason"] != "not_scored"].assign(stability=float("nan"))
    found = {SCORES: scores, DOMAINS: domains, GRADES: grades, DEDUCTIONS: deductions}
    return {name: frame.assign(card=card, year=inputs.year) for name, frame in found.items()}


def _join(parts: Iterable[Frames], year: int) -> Frames:
    """Return the frames of all scorecards; of earlier years only the grades that there are."""
    joined: Frames = {}
    for name in NAMES:
        frames = [part[name] for part in parts]
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
