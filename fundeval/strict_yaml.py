"""Read YAML into pydantic models and report every mistake by file and key."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any, ClassVar, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from fundeval.problems import BadInputError, Problem
from fundeval.words import has

Model = TypeVar("Model", bound="StrictModel")

# What stands for the keys that are spelled like an unknown one where there is none.
NO_KEY = "—"
# pydantic's error types -> our messages; anything else is `yaml.bad_value`.
RULES = {
    "extra_forbidden": "yaml.unknown_key",
    "missing": "yaml.missing_key",
    "literal_error": "yaml.not_allowed",
    "date_from_datetime_parsing": "yaml.bad_date",
    "date_type": "yaml.bad_date",
    "date_parsing": "yaml.bad_date",
    "bool_parsing": "yaml.not_bool",
    "bool_type": "yaml.not_bool",
    "int_parsing": "yaml.not_whole",
    "int_type": "yaml.not_whole",
    "int_from_float": "yaml.not_whole",
    "float_parsing": "yaml.not_number",
    "float_type": "yaml.not_number",
    "string_type": "yaml.not_text",
    "string_pattern_mismatch": "yaml.bad_name",
    "greater_than_equal": "yaml.too_small",
    "less_than_equal": "yaml.too_large",
    "greater_than": "yaml.not_above",
    "less_than": "yaml.not_below",
    "too_short": "yaml.too_few",
    "too_long": "yaml.too_many",
    "string_too_short": "yaml.empty",
    "dict_type": "yaml.not_map",
    "model_type": "yaml.not_map",
    "model_attributes_type": "yaml.not_map",
    "list_type": "yaml.not_list",
    "tuple_type": "yaml.not_list",
    "union_tag_invalid": "yaml.not_allowed",
    "union_tag_not_found": "yaml.missing_key",
}
# Values of a file in which parts have names, by which a few lines can stand for billions.
MOST_WITH_ALIASES = 100_000
ALIAS = re.compile(r"(?:^|[\s\[{,:-])\*\w", re.MULTILINE)
# What a message says of the limit that was broken, by the names that pydantic gives it.
LEAST = ("ge", "gt", "min_length")
MOST = ("le", "lt", "max_length")
EXPECTED = ("expected", "expected_tags")
# A value that is never repeated: a password, or the URL of a database with one.
SECRET = re.compile(r"passw|密码|://.*@", re.IGNORECASE)
DATE = re.compile(r"\b\d{4}-\d{1,2}-\d{1,2}\b")


class TooManyAliasesError(YAMLError):
    """A text whose names for parts stand for far more than is written."""


class StrictModel(BaseModel):
    """Base of all models read from YAML: frozen; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    # The keys whose values may be true or false, None for any: else neither counts as 1 or 0.
    truths: ClassVar[tuple[str, ...] | None] = None


def read_mapping(path: Path) -> dict[str, Any]:
    """Read a YAML file whose top level is a mapping.

    Raises
    ------
    BadInputError
        If the file is missing, is no UTF-8 or no YAML, repeats a key, or is no mapping.
    """
    return read_hashed_mapping(path)[0]


def read_hashed_mapping(path: Path) -> tuple[dict[str, Any], str]:
    """Read a YAML file as `read_mapping` does, and the SHA-256 of the bytes that were read."""
    data = read_bytes(path)
    return mapping_of(data, path), hashlib.sha256(data).hexdigest()


def read_bytes(path: Path) -> bytes:
    """Return what is in a YAML file; raises BadInputError if there is nothing to read."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise _refusal("yaml.special_file", path)
        return path.read_bytes()
    except FileNotFoundError:
        raise _refusal("yaml.not_found", path) from None
    except OSError as error:
        raise _refusal("yaml.unreadable", path, reason=error.strerror or "") from None


def mapping_of(data: bytes, path: Path) -> dict[str, Any]:
    """Return the map that the bytes of a YAML file hold; raises like `read_mapping`."""
    try:
        text = data.decode("utf-8-sig")
        _check_aliases(text)
        content = YAML(typ="safe", pure=True).load(text)
    except TooManyAliasesError:
        raise _refusal("yaml.aliases", path) from None
    except UnicodeDecodeError:
        raise _refusal("yaml.not_utf8", path) from None
    except DuplicateKeyError as error:
        key = re.search(r'found duplicate key "?([^"]*?)"?( with|$)', str(error.problem))
        name = key.group(1) if key else ""
        raise _refusal("yaml.duplicate_key", path, row=_line(error), column=name) from None
    except (YAMLError, RecursionError) as error:
        row = _line(error) if isinstance(error, MarkedYAMLError) else None
        raise _refusal("yaml.not_yaml", path, row=row) from None
    except ValueError:
        raise BadInputError(_impossible_dates(text, path.name)) from None
    if not isinstance(content, dict):
        raise _refusal("yaml.not_mapping", path)
    return content


def _check_aliases(text: str) -> None:
    """Raise an error where names for parts (`&a`, `*a`) stand for far more than is written."""
    if not ALIAS.search(text):
        return
    sizes: dict[int, int] = {}

    def size(node: Any) -> int:
        if id(node) not in sizes:
            # Until it is known, of what holds itself: without end.
            sizes[id(node)] = MOST_WITH_ALIASES + 1
            held = node.value if isinstance(node.value, list) else []
            pairs = (each if isinstance(each, tuple) else (each,) for each in held)
            sizes[id(node)] = 1 + sum(size(part) for pair in pairs for part in pair)
        return sizes[id(node)]

    root = YAML(typ="safe", pure=True).compose(text)
    if root is not None and size(root) > MOST_WITH_ALIASES:
        raise TooManyAliasesError(text[:0])


def parse_mapping(text: str, place: str) -> dict[str, Any]:
    """Return the map that a text of YAML or JSON holds; raises BadInputError for any other.

    Examples
    --------
    >>> parse_mapping('{"execution_floor": 0.95}', "changes")
    {'execution_floor': 0.95}
    """
    try:
        _check_aliases(text)
        content = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, RecursionError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise BadInputError([Problem("yaml.not_mapping", place, value=text)])
    return content


def _scalars(value: object, *place: object) -> Iterator[tuple[tuple[object, ...], object]]:
    """Yield each value that is neither a mapping nor a list, with its place."""
    if not isinstance(value, Mapping | list | tuple):
        yield place, value
        return
    for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
        yield from _scalars(inner, *place, key)


def parse(model: type[Model], content: Mapping[str, Any], file: str, place: str = "") -> Model:
    """Validate the content of a YAML file as a model.

    Parameters
    ----------
    model
        The pydantic model.
    content
        The content, as from `read_mapping`.
    file
        The name shown in problems.
    place
        Where in the file the content stands, "" for the whole of it.

    Raises
    ------
    BadInputError
        With all mistakes, each with its key; passwords are not repeated. Numbers that are not
        finite (`.inf`, `.nan`) are mistakes, and so are true and false where none can stand.
    """
    endless = [
        Problem("yaml.not_number", file, column=_key(at), value=str(value))
        for at, value in _scalars(dict(content), place)
        if (isinstance(value, float) and not isfinite(value))
        or (isinstance(value, bool) and model.truths is not None and at[-1] not in model.truths)
    ]
    if endless:
        raise BadInputError(endless)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        found = problems_of(error, content, file, place)
        raise BadInputError(_with_near_keys(each, model) for each in found) from None


def _with_near_keys(problem: Problem, model: type[BaseModel]) -> Problem:
    """Return an unknown key with those of the model that are spelled alike."""
    if problem.rule != "yaml.unknown_key":
        return problem
    name = re.split(r"[.\[]", problem.column)[-1]
    near = get_close_matches(name, sorted(_keys_of(model, set())), cutoff=0.7)
    listed = ", ".join(near)
    return replace(problem, values={**problem.values, "near": listed}) if near else problem


def _keys_of(kind: Any, seen: set[Any]) -> set[str]:
    """Return the keys of a model and of all models in it."""
    if kind in seen:
        return set()
    seen.add(kind)
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return {key for inner in get_args(kind) for key in _keys_of(inner, seen)}
    fields = kind.model_fields
    keys = {field.alias or name for name, field in fields.items()}
    return keys.union(*(_keys_of(field.annotation, seen) for field in fields.values()))


def problems_of(
    error: ValidationError, content: object, file: str, place: str = ""
) -> list[Problem]:
    """Return what pydantic refuses of a content as problems, each at its key.

    Examples
    --------
    >>> from pydantic import TypeAdapter
    >>> content = {"a": "many"}
    >>> try:
    ...     TypeAdapter(dict[str, int]).validate_python(content)
    ... except ValidationError as error:
    ...     [(p.rule, p.column) for p in problems_of(error, content, "run.yaml", "counts")]
    [('yaml.not_whole', 'counts.a')]
    """
    return [
        _problem(dict(entry), file, (place, *_written(content, entry["loc"], entry["type"])))
        for entry in error.errors(include_url=False)
        if not _is_echo(dict(entry))
    ]


def _written(content: Any, place: tuple[str | int, ...], kind: str) -> tuple[str | int, ...]:
    """Return the place of an error by the keys that a content has.

    pydantic also names the member of a union that it tried, which nobody wrote.
    """

    def find(within: Any, rest: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
        if not rest:
            return ()
        first, *others = rest
        if isinstance(within, Mapping):
            known = first in within
        else:
            known = isinstance(within, list | tuple) and first in range(len(within))
        found = [find(within, tuple(others))]
        if known or (kind == "missing" and not others):
            deeper = find(within[first], tuple(others)) if known else ()
            found.append(None if deeper is None else (first, *deeper))
        # A member of a union may be called like a key: the reading that leaves out least.
        return max((one for one in found if one is not None), key=len, default=None)

    return find(content, place) or place


def broken(rule: str, **values: object) -> PydanticCustomError:
    """Return the error with which a validator refuses a value by a message of the catalogue."""
    return PydanticCustomError(rule, rule, values)


def _is_echo(entry: dict[str, Any]) -> bool:
    """Tell whether a list only counts as too short because its entries were refused."""
    return bool(
        entry["type"] == "too_short" and entry["ctx"]["actual_length"] < len(entry["input"])
    )


def _problem(entry: dict[str, Any], file: str, place: Sequence[object]) -> Problem:
    context = entry.get("ctx", {})
    known = RULES.get(entry["type"], entry["type"])
    rule = known if has(known) else "yaml.bad_value"
    context = {"near": NO_KEY, **context} if rule == "yaml.unknown_key" else context

    def stated(names: Sequence[str]) -> Any:
        return next((context[name] for name in names if name in context), None)

    told = stated(EXPECTED) or context.get("error") or entry["msg"]
    ends = {"least": stated(LEAST), "most": stated(MOST)}
    values = {"expected": str(told).replace("' or '", "', '")}
    values |= {end: at for end, at in ends.items() if at is not None}
    key, given = _key(place), entry["input"]
    if "discriminator" in context:
        key = f"{key}.{context['discriminator'].strip(chr(39))}"
        given = context.get("tag")
    shown = _is_scalar(given) and not SECRET.search(f"{key}: {given}")
    return Problem(rule, file, context | values, column=key, value=given if shown else None)


def _key(place: Sequence[object]) -> str:
    """Return a place such as `parameters.execution_floor.values[0].from`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in place]
    return "".join(parts).lstrip(".")


def _is_scalar(value: object) -> bool:
    return value is not None and not isinstance(value, dict | list)


def _line(error: MarkedYAMLError) -> int | None:
    return error.problem_mark.line + 1 if error.problem_mark else None


def _impossible_dates(text: str, file: str) -> list[Problem]:
    """Return a problem for each date such as 2024-13-01; YAML does not say where it is."""
    found = [
        Problem("yaml.bad_date", file, row=row, value=date)
        for row, line in enumerate(text.splitlines(), start=1)
        for date in DATE.findall(line)
        if not _is_date(date)
    ]
    return found or [Problem("yaml.not_yaml", file)]


def _is_date(text: str) -> bool:
    try:
        dt.date(*(int(part) for part in text.split("-")))
    except ValueError:
        return False
    return True


def _refusal(
    rule: str, path: Path, row: int | None = None, column: str = "", **values: object
) -> BadInputError:
    return BadInputError([Problem(rule, path.name, values=values, row=row, column=column)])
