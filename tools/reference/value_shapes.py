"""How a value must look, in words, from the JSON schema of what reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter

from tools.reference.markdown import code, has, paragraphs, say, table

Schema = Mapping[str, Any]


def schema_of(source: type[BaseModel] | TypeAdapter[Any]) -> dict[str, Any]:
    """Return the schema of a model or value, in which what is referred to are models only.

    A name for another shape, such as that of values which differ between units, is replaced by
    the shape; in a shape that holds itself, a map of it is one of anything.
    """
    values = source if isinstance(source, TypeAdapter) else TypeAdapter(source)
    schema = values.json_schema()
    named = schema.pop("$defs", {})
    written = {name: each for name, each in named.items() if "properties" in each}
    inlined: dict[str, Any] = _inlined({**schema, "$defs": written}, named, ())
    return inlined


def _inlined(part: Any, named: Schema, within: tuple[str, ...]) -> Any:
    if isinstance(part, list):
        return [_inlined(each, named, within) for each in part]
    if not isinstance(part, dict):
        return part
    name = str(part.get("$ref", "")).rpartition("/")[2]
    if name in within:
        return True
    if name and "properties" not in named[name]:
        return _inlined(named[name], named, (*within, name))
    held = {key: _inlined(each, named, within) for key, each in part.items()}
    if held.get("additionalProperties") is True:
        held.pop("propertyNames", None)
    return held


def describe(schema: Schema, lang: str) -> str:
    """Return in words what a schema allows; a model is only named, `models` describes it."""
    match schema:
        case {"$ref": place}:
            text = code(place.rpartition("/")[2])
        case {"properties": _, "title": title}:
            text = code(title)
        case {"anyOf": kinds} | {"oneOf": kinds}:
            text = _either(kinds, lang)
        case {"const": value}:
            text = code(value)
        case {"enum": values}:
            text = ", ".join(code(value) for value in values)
        case {"type": "array"}:
            text = _list(schema, lang)
        case {"type": "object"}:
            text = _map(schema, lang)
        case {"type": "string", "format": "date"}:
            text = say("shape.date", lang)
        case _:
            text = say(f"shape.{schema.get('type', 'any')}", lang) + _limits(schema, lang)
    return text


def models(schema: Schema, lang: str, level: str) -> list[str]:
    """Return a part for each model that a schema refers to: what it is, and its keys."""
    found = schema.get("$defs", {})
    written = [name for name, each in found.items() if "properties" in each]
    return [part for name in written for part in model(name, found[name], lang, level)]


def model(name: str, schema: Schema, lang: str, level: str) -> list[str]:
    """Return the heading of a model, what it is, and a table of its keys."""
    told = f"model.{name}"
    text = say(told, lang) if has(told, lang) else paragraphs(schema.get("description", ""))
    return [f"{level} {code(name)}", text, keys(schema, lang)]


def keys(schema: Schema, lang: str) -> str:
    """Return a table of the keys of a model: its values, whether it is needed, what it means."""
    fields, required = schema.get("properties", {}), schema.get("required", ())
    notes = {name: f"key.{schema['title']}.{name}" for name in fields}
    rows = [
        [code(name), describe(value, lang), _need(name in required, value, lang)]
        for name, value in fields.items()
    ]
    headings = [say(f"heading.{each}", lang) for each in ("key", "value", "need")]
    if any(has(note, lang) for note in notes.values()):
        headings.append(say("heading.meaning", lang))
        for row, note in zip(rows, notes.values(), strict=True):
            row.append(say(note, lang) if has(note, lang) else "")
    return table(headings, rows)


def _need(required: bool, schema: Schema, lang: str) -> str:
    default = schema.get("default", "")
    shown = "" if default in ("", None, {}, [], ()) else code(_plain(default))
    return say("yes", lang) if required else shown


def _either(kinds: Sequence[Schema], lang: str) -> str:
    """Describe what may have several shapes; a map beside a plain value is one by code."""
    kinds = [inner for each in kinds for inner in each.get("anyOf", [each])]
    kinds = [each for each in kinds if each != {"type": "null"}]
    if len(kinds) == 1:
        return describe(kinds[0], lang)
    by_code = {"type": "object", "additionalProperties": True}
    shapes = [say("shape.varying", lang) if each == by_code else describe(each, lang)
              for each in kinds]  # fmt: skip
    return say("shape.or", lang).join(dict.fromkeys(shapes))


def _list(schema: Schema, lang: str) -> str:
    if "prefixItems" in schema:
        return f"[{', '.join(describe(each, lang) for each in schema['prefixItems'])}]"
    return say("shape.list", lang, of=describe(schema.get("items", {}), lang))


def _map(schema: Schema, lang: str) -> str:
    names = schema.get("propertyNames", {})
    key = describe(names, lang) if names.get("enum") or "$ref" in names else say("shape.name", lang)
    values = schema.get("additionalProperties", {})
    if not names and values is True:
        return say("shape.open", lang)
    return say("shape.map", lang, key=key, of=describe(values if values is not True else {}, lang))


def _limits(schema: Schema, lang: str) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = [f"{sign} {schema[key]:g}" for key, sign in signs.items() if key in schema]
    if "pattern" in schema:
        limits.append(code(schema["pattern"]))
    return say("shape.limits", lang, limits=", ".join(limits)) if limits else ""


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_plain(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_plain(each) for each in value) + "]"
    return str(value)
