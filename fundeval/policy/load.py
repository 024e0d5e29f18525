"""Read a policy and the policies it extends."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from fundeval import workspace
from fundeval.near import near
from fundeval.policy.check import check, wrong_value
from fundeval.policy.known import KNOWN, REPLACED, VALUES
from fundeval.policy.model import Backdate, Dated, Indicator, Parameter, PolicyFile
from fundeval.policy.policy import Entry, Policy, Value
from fundeval.problems import BadInputError, Problem
from fundeval.strict_yaml import parse, read_mapping

GRADE_RATES = "grade_budget_rates"
# Units of parameters whose values are maps from the kind of unit.
BY_KIND = ("choices_by_kind", "fractions_by_kind", "returns")


def load(name: str | Path) -> Policy:
    """Load a policy, its overlays merged, and check it whole.

    Parameters
    ----------
    name
        Name of a policy (`params/policy/NAME.yaml`) or path of a YAML file.

    Returns
    -------
    Policy
        Parameters and scoring rules with all their dated values.

    Raises
    ------
    BadInputError
        With every mistake found, each with its file and key.

    Examples
    --------
    >>> policy = load("national")
    >>> import datetime as dt
    >>> policy.parameters["execution_floor"].on(dt.date(2024, 12, 31)).value
    0.9
    """
    policy = _load(_find(str(name)), seen=())
    check(policy)
    return policy


def _find(name: str) -> Path:
    if name.endswith((".yaml", ".yml")):
        return Path(name)
    try:
        return workspace.find(f"params/policy/{name}.yaml")
    except FileNotFoundError as error:
        values = {"places": str(error)}
        raise BadInputError([Problem("policy.not_found", f"{name}.yaml", values=values)]) from None


def _load(path: Path, seen: tuple[str, ...]) -> Policy:
    file = parse(PolicyFile, read_mapping(path), path.name)
    if path.name in seen:
        raise BadInputError(
            [Problem("policy.extends_itself", path.name, {"chain": " → ".join((*seen, path.name))})]
        )
    base = _base_of(file, path, (*seen, path.name))
    return lay_over(base, file, path.name, hashlib.sha256(path.read_bytes()).hexdigest())


def lay_over(base: Policy, file: PolicyFile, name: str, sha256: str) -> Policy:
    """Return the policy that a file makes of the one it extends.

    Raises BadInputError that names every entry of the file that cannot be.
    """
    problems = list(_wrong_entries(file, name, base))
    if problems:
        raise BadInputError(problems)
    merged = Policy(
        id=file.id,
        title=file.title,
        check_again_after_years=file.check_again_after_years or base.check_again_after_years,
        domains=base.domains | file.domains,
        grades=base.grades | file.grades,
        parameters=_merge(base.parameters, file.parameters, file),
        indicators=_merge(base.indicators, file.indicators, file),
        files=(*base.files, (name, sha256)),
    )
    if base.files and _states_grade_rates_in_vain(merged, file):
        place = f"parameters.{GRADE_RATES}"
        raise BadInputError([Problem("policy.grade_rates_replaced", name, column=place)])
    return merged


def _states_grade_rates_in_vain(policy: Policy, file: PolicyFile) -> bool:
    """Tell whether an overlay states percentages by grade that no kind of unit adds any more."""
    link = policy.parameters.get("evaluation_link")
    if GRADE_RATES not in file.parameters or link is None:
        return False
    return not any("add" in value.value.values() for value in link.values)


def _base_of(file: PolicyFile, path: Path, seen: tuple[str, ...]) -> Policy:
    if file.extends is None:
        if file.check_again_after_years is None:
            raise BadInputError(
                [Problem("yaml.missing_key", path.name, column="check_again_after_years")]
            )
        return Policy("", {}, file.check_again_after_years, {}, {}, {}, {}, ())
    beside = path.parent / f"{file.extends}.yaml"
    return _load(beside if beside.exists() else _find(file.extends), seen)


def _wrong_entries(file: PolicyFile, name: str, base: Policy) -> Iterator[Problem]:
    """Yield what is wrong with the entries of one file, given what it extends."""
    for key, parameter in file.parameters.items():
        place = f"parameters.{key}"
        unit = KNOWN.get(key)
        if unit is None:
            values = {"near": near(key, KNOWN)}
            rule = REPLACED.get((key, ""), "policy.unknown_parameter")
            yield Problem(rule, name, values, column=place)
            continue
        if key not in base.parameters and (
            parameter.unit_of_measure is None or parameter.description is None
        ):
            yield Problem("policy.not_described", name, column=place)
        if parameter.unit_of_measure not in (None, unit):
            yield Problem(
                "policy.wrong_unit",
                name,
                {"unit": unit},
                column=place,
                value=parameter.unit_of_measure,
            )
            continue
        for position, dated in enumerate(parameter.values):
            at = f"{place}.values[{position}].value"
            replaced = REPLACED.get((key, dated.value)) if isinstance(dated.value, str) else None
            if replaced:
                yield Problem(replaced, name, column=at, value=dated.value)
                continue
            wrong = wrong_value(key, dated)
            if wrong:
                yield Problem("yaml.bad_value", name, {"expected": wrong}, column=at)


def _merge(
    base: Mapping[str, Entry],
    entries: Mapping[str, Parameter] | Mapping[str, Indicator],
    file: PolicyFile,
) -> dict[str, Entry]:
    """Lay the entries of a file over those it inherits."""
    merged = {name: _backdated(entry, file.backdate, file.id) for name, entry in base.items()}
    for name, entry in entries.items():
        inherited = merged.get(name)
        values = tuple(_value(name, dated, file.id) for dated in entry.values)
        if inherited is not None:
            kept = tuple(value for value in inherited.values if value.since < values[0].since)
            merged[name] = replace(inherited, values=kept + _filled(values, inherited))
        elif isinstance(entry, Parameter):
            merged[name] = Entry(entry.unit_of_measure, entry.description, values)
        else:
            merged[name] = Entry(None, entry.title, values)
    return merged


def _filled(values: tuple[Value, ...], inherited: Entry) -> tuple[Value, ...]:
    """Fill values that are stated by kind of unit with the kinds that are only inherited."""
    if inherited.unit_of_measure not in BY_KIND:
        return values
    return tuple(replace(v, value=inherited.on(v.since).value | v.value) for v in values)


def _value(name: str, dated: Dated, origin: str) -> Value:
    unit = KNOWN.get(name)
    value = VALUES[unit].validate_python(dated.value) if unit else dated.value
    return Value(dated.since, value, dated.source, origin)


def _backdated(entry: Entry, backdate: Backdate | None, origin: str) -> Entry:
    first = entry.values[0]
    if backdate is None or first.since <= backdate.to:
        return entry
    earlier = Value(backdate.to, first.value, backdate.source, origin)
    return replace(entry, values=(earlier, *entry.values))
