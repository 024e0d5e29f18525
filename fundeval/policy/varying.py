"""Values that differ between units, in one notation: a value, or a map by code.

All keys of a map are codes of one dimension – the kind of a unit, its level, or the scheme –
or `other` for the rest; maps may stand in maps:
`{hospital: {tertiary: 0.05, other: 0.04}, department: 0.03}`. Shares of settlement may also
differ by the flags of a unit, the first that it has: `{"flag:rural": 0.04, other: 0.03}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeVar

from pydantic import PlainValidator, TypeAdapter
from typing_extensions import TypeAliasType

from fundeval.codes import KINDS, LEVELS, SCHEMES

# By what values may differ, each the name of a column, with its codes.
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "kind": tuple(KINDS.values()),
    "level": tuple(LEVELS.values()),
    "scheme": tuple(SCHEMES.values()),
}
OTHER = "other"
FLAG = "flag:"
CODES = {code: dimension for dimension, codes in DIMENSIONS.items() for code in codes}

T = TypeVar("T")
Code = Literal[(*CODES, OTHER)]  # type: ignore[valid-type]
Differing = TypeAliasType("Differing", T | Mapping[Code, "Differing[T]"], type_params=(T,))  # type: ignore[misc]


def reader(plain: Any, flags: bool = False) -> Callable[[Any], Any]:
    """Return a function that reads a value of a type, or a map by code of such values.

    Maps by flag are read where `flags` are told apart. It raises ValueError, saying what is
    expected, for what is neither.

    Examples
    --------
    >>> reader(float)({"tertiary": 0.8, "other": 0.7})
    {'tertiary': 0.8, 'other': 0.7}
    """
    adapter = TypeAdapter(plain)

    def read(value: Any) -> Any:
        if isinstance(value, Mapping) and value.keys() & {*CODES, OTHER, *flags_in(value)}:
            _check_codes(value, flags)
            return {code: read(inner) for code, inner in value.items()}
        return adapter.validate_python(value)

    return read


def differing(plain: Any, flags: bool = False) -> PlainValidator:
    """Return the validator of a value of a type that may differ, with what a schema says of it."""
    told = Differing[plain] | Mapping[str, Any] if flags else Differing[plain]
    return PlainValidator(reader(plain, flags), json_schema_input_type=told)


def pick(value: Any, **of: str | None) -> Any:
    """Return the value for a unit of a kind, a level and a scheme; None where no key covers it.

    Examples
    --------
    >>> limits = {"hospital": {"tertiary": 0.05, "other": 0.04}, "department": 0.03}
    >>> pick(limits, kind="hospital", level="primary"), pick(limits, kind="region")
    (0.04, None)
    """
    while isinstance(value, Mapping):
        code = of.get(dimension_of(value))
        value = value.get(code if isinstance(code, str) else "", value.get(OTHER))
    return value


def dimension_of(value: Mapping[str, Any]) -> str:
    """Return by what a map differs."""
    return next((CODES.get(code, "flag") for code in value if code != OTHER), "")


def leaves(value: Any) -> Iterator[Any]:
    """Yield the values of a map by code, or the value that does not differ."""
    if not isinstance(value, Mapping):
        yield value
        return
    for inner in value.values():
        yield from leaves(inner)


def codes_in(value: Any) -> set[str]:
    """Return the codes by which a value differs."""
    if not isinstance(value, Mapping):
        return set()
    return {*value} - {OTHER} | {code for inner in value.values() for code in codes_in(inner)}


def flags_in(value: Mapping[Any, Any]) -> set[str]:
    """Return the keys of a map that are flags."""
    return {code for code in value if str(code).startswith(FLAG)}


def _check_codes(value: Mapping[Any, Any], flags: bool) -> None:
    for dimension, codes in DIMENSIONS.items():
        if value.keys() & codes and not value.keys() <= {*codes, OTHER}:
            wrong = ", ".join(str(key) for key in value if key not in {*codes, OTHER})
            raise ValueError(f"{wrong}: {dimension}: {', '.join((*codes, OTHER))}")
    if not value.keys() <= {*CODES, OTHER, *(flags_in(value) if flags else ())}:
        raise ValueError(", ".join((*CODES, OTHER, *([f"{FLAG}…"] if flags else ()))))
