"""What must hold of a policy beyond the form of its files."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from math import inf
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from fundeval.codes import SCHEMES
from fundeval.near import near
from fundeval.policy.curves import BASELINE, Figure, figures_of, is_possible, names_of
from fundeval.policy.known import (
    CHOICES,
    DRIVING,
    ENDS,
    FIRST_STEP,
    KNOWN,
    LATER_STEPS,
    RESULTS,
    SETTLED_BY,
    SIGNED,
    UNJUDGED,
    type_of,
)
from fundeval.policy.model import (
    GRADES,
    SHARES,
    DomainRule,
    Heavier,
    IndicatorRule,
    ProjectPart,
    ScoredKind,
    check_bands,
    names_in,
)
from fundeval.policy.policy import Policy, dates_of
from fundeval.policy.varying import DIMENSIONS, codes_in, leaves, pick
from fundeval.problems import BadInputError, Problem
from fundeval.strict_yaml import broken, problems_of
from fundeval.tables.schemas import (
    ALL_SCHEMES,
    PROJECT_CATEGORIES,
    PROJECT_STAGES,
    columns_of_role,
)
from fundeval.words import has

FULL_WEIGHT = 100
NUMERIC = {"fraction", "months", "count", "number_by_code"}
GRADE_BANDS = "grade_bands"
# What money may be returned by beside a further scorecard of that name.
TAKEN_NAMES = ("grade", "score", "next_budget", "restriction")


def check(policy: Policy) -> None:
    """Refuse what a single file cannot show: weights, curves, domains, what is missing.

    Raises BadInputError with all that is wrong, on whatever date.
    """
    mistakes = [*_wrong_policy(policy)]
    if mistakes:
        file = policy.files[-1][0]
        raise BadInputError([replace(each, file=file) for each in mistakes])


def _mistake(rule: str, column: str, value: object = None, **told: object) -> Problem:
    """Return what is wrong at a place of the policy; `check` says in which file."""
    return Problem(rule, "", told, column=column, value=value)


def _wrong_policy(policy: Policy) -> Iterator[Problem]:
    for known in KNOWN:
        if known not in policy.parameters:
            yield _mistake("policy.parameter_missing", f"parameters.{known}")
    yield from _wrong_scores(policy)
    yield from _beyond(policy, "regional_float", "regional_float_limit", lambda m: (-m, m))
    yield from _beyond(policy, "budget_floor", "budget_cap", lambda m: (-inf, m))
    yield from _wrong_drivers(policy)
    yield from _wrong_by_grade(policy)
    for d in policy.definitions.values():
        if isinstance(name := d.limit, str) and not _is_number(policy, name):
            yield _mistake("policy.unknown_figure", f"definitions.{d.id}.{d.side}", name)
    if not policy.indicators and len(policy.files) == 1:
        yield _mistake("policy.no_indicators", "indicators")
    for name in policy.scorecards:
        if name in {*SCHEMES.values(), *TAKEN_NAMES, *policy.definitions}:
            yield _mistake("policy.scorecard_name", f"scorecards.{name}")
        for each in _wrong_scores(policy.scorecard(name)):
            yield replace(each, column=f"scorecards.{name}.{each.column}")


def _wrong_scores(policy: Policy) -> Iterator[Problem]:
    """Yield what is wrong of the scores of a policy or of a further scorecard."""
    yield from _wrong_weights(policy)
    yield from _wrong_curves(policy)
    yield from _unknown_domains(policy)
    yield from _unknown_names(policy)
    yield from _wrong_grades(policy)


def wrong_value(key: str, value: Any, file: str, place: str) -> list[Problem]:
    """Return why a value, at a place of a file, does not suit its parameter."""
    try:
        _check_value(key, type_of(key).validate_python(value))
    except ValidationError as error:
        return problems_of(error, value, file, place)
    except PydanticCustomError as error:
        return [Problem(error.type, file, error.context or {}, column=place)]
    except ValueError as error:
        return [Problem("yaml.bad_value", file, {"expected": str(error)}, column=place)]
    return []


def _check_value(key: str, value: Any) -> None:
    """Raise ValueError, saying what is expected, where the unit alone would allow more."""
    if KNOWN[key] in {"bands", "shares_in_bands"}:
        with_codes = KNOWN[key] != "bands" or key in {*RESULTS, GRADE_BANDS}
        check_bands(value, with_codes)
    if key == GRADE_BANDS and any(not isinstance(band.result, str) for band in value):
        raise broken("policy.band_number")
    if key == GRADE_BANDS and not (value[0].start <= 0 and (value[-1].end or inf) > FULL_WEIGHT):
        raise broken("policy.grades_leave_out")
    if key == "overrun_bands" and value[0].start < 0:
        raise ValueError("from ≥ 0")
    parts = value if isinstance(value, tuple) else [*leaves(value)]
    held = [part.result for part in parts] if KNOWN[key] == "bands" else parts
    if (chosen := {**CHOICES, **RESULTS}.get(key)) and not {*held} <= {*chosen}:
        raise ValueError(", ".join(chosen))
    if key == "unjudged_units" and set(value) != set(UNJUDGED):
        raise ValueError(", ".join(UNJUDGED))
    if key.startswith("project_"):
        _check_projects(key, value)
    if key == "settlement_order" and sorted(value) != sorted(SETTLED_BY):
        raise ValueError(", ".join(SETTLED_BY))
    if key in ENDS and not all(ENDS[key][0] <= each <= ENDS[key][1] for each in held):
        raise ValueError("{} … {}".format(*ENDS[key]))
    if KNOWN[key] == "fraction" and key not in SIGNED and min(held) < 0:
        raise ValueError("≥ 0")
    if key == "execution_link" and not all(-1 <= rate <= 0 for _, rate in value.points):
        # A deduction: what is withheld of a unit can be neither negative nor more than all.
        raise ValueError("-1 … 0")


def _check_projects(key: str, value: Any) -> None:
    """Raise ValueError where categories are unknown or left out, the weights of a stage are not
    100 in all, or a curve needs figures of the data, which projects do not have."""
    known = ", ".join(PROJECT_CATEGORIES.values())
    if key == "project_category_order" and {*value} != {*known.split(", ")}:
        raise ValueError(known)
    if key == "project_category_shares" and (
        not {*value} <= {*known.split(", ")} or min(value.values(), default=0) < 0
    ):
        raise ValueError(f"{known}: ≥ 0")
    parts: dict[str, ProjectPart] = value if key == "project_parts" else {}
    weights: list[dict[Any, float]] = [{**part.weight} for part in parts.values()]
    for stage in PROJECT_STAGES.values() if parts else ():
        total = sum(weight.get(stage, 0) for weight in weights)
        if round(total, 9) != FULL_WEIGHT:
            raise ValueError(f"{stage}: {total:g} ≠ {FULL_WEIGHT}")
    for name, part in parts.items():
        figures = figures_of(part.curve, part.direction)
        if not all(isinstance(figure, int | float) for figure in figures):
            raise ValueError(f"{name}.curve: 0 … 1")
        if not is_possible(part.curve, part.direction, float):  # type: ignore[arg-type]
            raise broken("policy.curve_falls")


def _wrong_weights(policy: Policy) -> Iterator[Problem]:
    """Yield the dates on which the weights of a kind of unit do not sum to 100.

    Where domains have weights, theirs do, and each that has one has indicators, and the other way
    round. Levels are looked at where a weight differs by level.
    """
    known = policy.parameters.get("domain_rules")
    for date in dates_of([*policy.indicators.values(), *([known] if known else [])]):
        rules: list[IndicatorRule] = [
            entry.on(date).value
            for entry in policy.indicators.values()
            if entry.values[0].since <= date
        ]
        domains: dict[str, DomainRule] = known.on(date).value if known else {}
        by_level = [*(rule.weight for rule in rules), *(d.weight for d in domains.values())]
        codes = {code for weight in by_level for code in codes_in(weight)}
        if codes & {*DIMENSIONS["scheme"]}:
            yield _mistake("policy.weight_by_scheme", "indicators")
        for name, domain in domains.items():
            count = sum(rule.domain == name and any(rule.weight.values()) for rule in rules)
            if 0 < count < domain.minimum_judged:
                place = f"parameters.domain_rules.{name}.minimum_judged"
                yield _mistake("policy.minimum_judged", place, count=count)
        for kind, level in product(
            get_args(ScoredKind), (*sorted(codes & {*DIMENSIONS["level"]}), None)
        ):
            sums: dict[str, float] = {}
            for rule in rules:
                weight = rule.weight_of(kind, level)
                sums[rule.domain] = sums.get(rule.domain, 0) + weight
            stated = {
                name: float(pick(rule.weight, kind=kind, level=level) or 0)
                for name, rule in domains.items()
                if rule.weight is not None
            }
            told = {"kind": kind, "date": date.isoformat()}
            parts = {**sums, **stated}
            scored, total = sum(sums.values()), sum(parts.values())
            if scored and round(total, 9) != FULL_WEIGHT:
                place = "parameters.domain_rules" if stated else "indicators"
                message = "policy.domain_weights" if stated else "policy.weights"
                yield _mistake(message, place, **told, total=f"{total:g}")
            for name, weight in stated.items():
                if scored and (weight > 0) != (sums.get(name, 0) > 0):
                    place = f"parameters.domain_rules.{name}"
                    yield _mistake("policy.empty_domain", place, **told)


def _wrong_curves(policy: Policy) -> Iterator[Problem]:
    """Yield the names in curves that are not parameters holding a number, and falling points.

    Each curve is looked at on every date that it, or a parameter that it names, changes.
    """
    dates = dates_of([*policy.parameters.values(), *policy.indicators.values()])
    for name, indicator in policy.indicators.items():
        wrong: dict[tuple[str, str], Problem] = {}
        for date in dates:
            value = indicator.on(date)
            place, rule = f"indicators.{name} ({value.since})", value.value
            limits = [limit for limit in (rule.at_least, rule.at_most) if limit is not None]
            named = [*names_of(rule.curve, rule.direction), *(x for y in limits for x in leaves(y))]
            apart = name in policy.definitions and policy.definitions[name].by_scheme
            if not apart and _differ_by_scheme(policy, rule, date):
                wrong[place, "scheme"] = _mistake("policy.not_by_scheme", place)
            unknown = [figure for figure in named if not _is_number(policy, figure)]
            for figure in unknown:
                wrong[place, str(figure)] = _mistake("policy.unknown_figure", place, figure)
            if not unknown and date >= value.since and _is_impossible(policy, rule, date):
                wrong[place, ""] = _mistake("policy.curve_falls", place)
        yield from wrong.values()


def _differ_by_scheme(policy: Policy, rule: IndicatorRule, date: dt.date) -> bool:
    """Tell whether a figure of a curve differs by single schemes, of which there is no score."""
    schemes = {*DIMENSIONS["scheme"]} - {ALL_SCHEMES}
    figures = figures_of(rule.curve, rule.direction)
    return any(codes_in(_stated(policy, figure, date)) & schemes for figure in figures)


def _is_impossible(policy: Policy, rule: IndicatorRule, date: dt.date) -> bool:
    """Tell whether the points of a curve do not rise, or its ends lie against its direction.

    Looked at for units of each code by which its figures differ, and for those of none.
    """

    def number(unit: dict[str, str | None], figure: Figure) -> float | None:
        picked = _stated(policy, pick(_stated(policy, figure, date), **unit), date)
        return float(picked) if isinstance(picked, int | float) else None

    figures = [_stated(policy, x, date) for x in figures_of(rule.curve, rule.direction)]
    return not all(
        is_possible(rule.curve, rule.direction, partial(number, unit))
        for unit in _units_told_apart(figures)
    )


def _unknown_domains(policy: Policy) -> Iterator[Problem]:
    known = ", ".join(policy.domains)
    ruled = policy.parameters.get("domain_rules")
    for value in ruled.values if ruled else ():
        for domain in value.value.keys() - policy.domains.keys():
            place, alike = "parameters.domain_rules", near(domain, policy.domains)
            yield _mistake("policy.unknown_ruled", place, domain, near=alike)
    for name, entry in policy.indicators.items():
        for value in entry.values:
            domain, place = value.value.domain, f"indicators.{name} ({value.since})"
            if domain not in policy.domains:
                yield _mistake("policy.unknown_domain", place, domain, known=known)


def _beyond(
    policy: Policy, name: str, bound: str, limits: Callable[[float], tuple[float, float]]
) -> Iterator[Problem]:
    """Yield a parameter beyond what another one allows, on the dates that either changes.

    Where the two differ by code, for the units of each code and for those of none.
    """
    if not policy.parameters.keys() >= {name, bound}:
        return
    for date in _dates(policy, name, bound):
        values = [policy.parameters[n].on(date).value for n in (name, bound)]
        for unit in _units_told_apart(values):
            size, end = (pick(value, **unit) for value in values)
            if size is None or end is None:
                continue
            least, most = limits(end)
            if not least <= size <= most:
                allowed = f"≤ {most:g}" if least == -inf else f"{least:g} … {most:g}"
                allowed = f"{allowed} ({bound}, {date})"
                yield _mistake("yaml.bad_value", f"parameters.{name}", size, expected=allowed)
                break


def _units_told_apart(values: Iterable[Any]) -> Iterator[dict[str, str | None]]:
    """Yield kind, level and scheme of the units that values tell apart, None for any other."""
    codes = {code for value in values for code in codes_in(value)}
    for of in product(*([*sorted(codes & {*known}), None] for known in DIMENSIONS.values())):
        yield dict(zip(DIMENSIONS, of, strict=True))


def _unknown_names(policy: Policy) -> Iterator[Problem]:
    """Yield names that cannot be those of a score, a measure or of a parameter with a number."""
    for name, entry in policy.parameters.items():
        named: list[tuple[str, str]] = []
        for value in (dated.value for dated in entry.values):
            if name == "returned":
                named += [(f".{kind}.by", returned.by) for kind, returned in value.items()]
            elif KNOWN[name] in SHARES:
                named += [("", each) for each in names_in(value)]
        for place, known in named:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", known) or _is_no_share(policy, known):
                yield _mistake("policy.unknown_share", f"parameters.{name}{place}", known)


def _is_no_share(policy: Policy, name: str) -> bool:
    """Tell whether a name is that of a parameter, but of one that holds no share by itself."""
    values = policy.parameters[name].values if name in policy.parameters else ()
    named = [x for value in values for x in leaves(value.value) if isinstance(x, str)]
    is_share = KNOWN.get(name, SHARES[0]) in {SHARES[0], "fraction"}
    return not is_share or any(x in policy.parameters for x in named)


def _wrong_grades(policy: Policy) -> Iterator[Problem]:
    """Yield grades without a name, and incidents that leave a grade which the bands do not have."""
    if not policy.parameters.keys() >= {GRADE_BANDS, "deductions"}:
        return
    for date in _dates(policy, GRADE_BANDS, "deductions"):
        grades = _grades_on(policy, date)
        for grade in grades.keys() - {*policy.grades, *GRADES}:
            yield _mistake("policy.unnamed_grade", "grades", grade)
        for name, deduction in policy.parameters["deductions"].on(date).value.items():
            if deduction.grade_cap not in {None, *grades}:
                place, known = f"parameters.deductions.{name}.grade_cap", ", ".join(grades)
                yield _mistake("yaml.bad_value", place, deduction.grade_cap, expected=known)


def _wrong_by_grade(policy: Policy) -> Iterator[Problem]:
    """Yield what is stated by grade without being so for each grade of its scorecard."""
    by_grade = ("returned", "grade_budget_rates", "evaluation_link")
    if not policy.parameters.keys() >= {GRADE_BANDS, *by_grade}:
        return
    cards = {name: policy.scorecard(name) for name in policy.scorecards} | {"grade": policy}
    bands = {bound for card in cards.values() for bound in _dates(card, GRADE_BANDS)}
    for date in sorted({*bands, *_dates(policy, *by_grade)}):
        returned, rates, link = (policy.parameters[x].on(date).value for x in by_grade)
        stated = [(f"returned.{kind}.grades", one.by, one.grades)
                  for kind, one in returned.items() if one.grades]  # fmt: skip
        if "add" in link.values():
            stated.append(("grade_budget_rates", "grade", rates))
        for name, by, values in stated:
            place = f"parameters.{name}"
            if by not in cards:
                where = f"{place.removesuffix('.grades')}.by"
                yield _mistake("yaml.bad_value", where, by, expected=", ".join(cards))
            elif values.keys() != (grades := _grades_on(cards[by], date)).keys():
                known, given = ", ".join(grades), ", ".join(values)
                yield _mistake("yaml.bad_value", place, given, expected=known)


def _grades_on(policy: Policy, date: dt.date) -> dict[str, None]:
    bands = policy.parameters[GRADE_BANDS].on(date).value
    return dict.fromkeys(str(band.result) for band in bands)


def _dates(policy: Policy, *parameters: str) -> list[dt.date]:
    """Return the dates from which any of these parameters has another value."""
    return dates_of([policy.parameters[name] for name in parameters])


def _wrong_drivers(policy: Policy) -> Iterator[Problem]:
    """Yield the drivers of growth without words, or over what no table or parameter holds."""
    entry = policy.parameters.get("growth_drivers")
    drivers = [pair for value in entry.values for pair in value.value.items()] if entry else []
    known = {True: [f"context.{column}" for column in columns_of_role("context", "rate")]}
    known[False] = [
        f"{t}.{column}" for t in DRIVING for column in columns_of_role(t, "money", "number", "rate")
    ]
    for name, driver in drivers:
        place, stated = f"parameters.growth_drivers.{name}", driver.rate is not None
        source, (table, column) = driver.growth_of or driver.rate or "", driver.column
        if name in {FIRST_STEP, *LATER_STEPS}:
            yield _mistake("policy.driver_is_step", place, name)
        elif driver.title is None and not has(f"step.{name}"):
            yield _mistake("policy.driver_untitled", f"{place}.title")
        if source not in known[stated] and (table != "measures" or not column):
            alike = near(source, known[stated])
            yield _mistake("policy.unknown_column", place, source, near=alike)
        if driver.heavier:
            yield from _wrong_share(driver.heavier, table, f"{place}.heavier")
        if isinstance(driver.years, str) and KNOWN.get(driver.years) != "years":
            yield _mistake("policy.driver_years", f"{place}.years", driver.years)


def _wrong_share(heavier: Heavier, table: str, place: str) -> Iterator[Problem]:
    """Yield what is wrong with what counts several times: no such share, no such factor."""
    shares = columns_of_role(table, "rate") if table in DRIVING else []
    if heavier.share not in shares:
        alike = near(heavier.share, shares)
        yield _mistake("policy.unknown_column", place, heavier.share, near=alike)
    factors = [name for name, unit in KNOWN.items() if unit == "factor"]
    if isinstance(heavier.times, str) and heavier.times not in factors:
        alike = near(heavier.times, factors)
        yield _mistake("policy.unknown_column", place, heavier.times, near=alike)


def _stated(policy: Policy, figure: Figure, date: dt.date) -> Any:
    """Return a figure of a curve, or what the parameter of that name holds on a date."""
    known = policy.parameters.get(figure) if isinstance(figure, str) else None
    return known.on(date).value if known else figure


def _is_number(policy: Policy, figure: Figure) -> bool:
    if not isinstance(figure, str) or figure == BASELINE:
        return True
    return KNOWN.get(figure) in NUMERIC and figure in policy.parameters
