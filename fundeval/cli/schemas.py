"""JSON Schemas of the files that people write, made from the models that read them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import TypeAdapter

from fundeval import policy as policies
from fundeval import workspace
from fundeval.batch.plan import RunFile
from fundeval.indicator_registry import REGISTRY, Definition
from fundeval.intake.mapping import MappingFile
from fundeval.policy.check import GRADE_BANDS
from fundeval.policy.known import (
    BY_UNIT,
    CHOICES,
    DIFFERING,
    ENDS,
    KNOWN,
    RESULTS,
    SIGNED,
    UNJUDGED,
    VALUES,
    type_of,
)
from fundeval.policy.model import Band, PolicyFile
from fundeval.policy.policy import Entry
from fundeval.tables.dataset import DatasetInfo
from fundeval.tables.sources.databases import Connection
from fundeval.words import LANGUAGES, say

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REF = "#/$defs/"
# What a map in `change` is called beside the map that it changes.
CHANGE = "Change"
TEXT = {"type": "string"}
Schema = dict[str, Any]


def policy_schema() -> Schema:
    """Return the schema of a policy file: every parameter by name, with its own type of value.

    Examples
    --------
    >>> policy_schema()["properties"]["parameters"]["properties"]["budget_base"]["type"]
    'object'
    """
    adapters: dict[str, TypeAdapter[Any]] = {"": TypeAdapter(PolicyFile)} | {
        str(unit): adapter for unit, adapter in VALUES.items()
    }
    adapters |= {name: type_of(name) for name in DIFFERING}
    made, shared = TypeAdapter.json_schemas(
        [(name, "validation", adapter) for name, adapter in adapters.items()]
    )
    schemas = {name: _tidy(schema) for (name, _), schema in made.items()}
    defs: Schema = _tidy(shared["$defs"])
    # A schedule may be written as bands.
    bands = {"type": "array", "items": {"$ref": f"{REF}Band"}, "minItems": 1}
    defs.setdefault("Band", _tidy(TypeAdapter(Band).json_schema()))
    schedule = defs.get("RateSchedule", schemas["schedule"])
    schemas["schedule"] = {"anyOf": [schedule, bands]}
    points = defs["Returned"]["properties"]["points"]
    defs["Returned"]["properties"]["points"] = {"anyOf": [points, bands]}
    defs |= {f"{name}{CHANGE}": _as_change(schema) for name, schema in [*defs.items()]}
    file = defs.pop("PolicyFile", schemas[""])
    national = policies.load(workspace.shipped() / "params" / "policy" / "national.yaml")
    dated, rule = defs["Dated"], defs["DatedRule"]
    _state_one(dated, rule)
    rule["properties"]["value"] = {"$ref": f"{REF}IndicatorRule"}
    rule["properties"]["change"] = {"$ref": f"{REF}IndicatorRule{CHANGE}"}
    parameters = {
        name: _parameter(
            name,
            _value(name, schemas[name if name in DIFFERING else str(KNOWN[name])]),
            dated,
            national,
        )
        for names in BY_UNIT.values()
        for name in names
    }
    known: dict[str, Entry | None] = dict.fromkeys(REGISTRY) | national.indicators
    indicators = {
        name: {
            "$ref": f"{REF}Indicator",
            "description": _titled(name, entry, national.definitions.get(name)),
        }
        for name, entry in known.items()
    }
    droppable = [f"indicators.{name}" for name in ("*", *national.indicators)]
    droppable += [f"domains.{name}" for name in national.domains]
    declared = (each for each in national.definitions.values() if each.origin)
    droppable += [f"definitions.{each.id}" for each in declared]
    file["properties"] |= {
        "parameters": {"type": "object", "properties": parameters, "additionalProperties": False},
        "indicators": {
            "anyOf": [
                {
                    "type": "object",
                    "properties": indicators,
                    "additionalProperties": {"$ref": f"{REF}Indicator"},
                },
                {"const": "none"},
            ]
        },
        "drop": {
            "type": "array",
            "items": {
                "anyOf": [
                    {"enum": droppable},
                    TEXT | {"pattern": r"^(indicators|domains|definitions)\."},
                ]
            },
        },
    }
    return _whole(file | {"$defs": defs})


def run_schema() -> Schema:
    """Return the schema of a run file."""
    return _whole(_tidy(RunFile.model_json_schema()))


def mapping_schema() -> Schema:
    """Return the schema of a mapping file, in which a column may be given by its header alone."""
    schema = _tidy(MappingFile.model_json_schema())
    defs = schema["$defs"]
    headers = {"type": "array", "items": TEXT}
    defs["ColumnRule"] = {"anyOf": [TEXT, headers, defs["ColumnRule"]]}
    defs["MappedInfo"] = _described(defs["MappedInfo"])
    return _whole(schema)


def dataset_schema() -> Schema:
    """Return the schema of dataset.yaml, or of the YAML file that names a database."""
    schema = _described(_tidy(DatasetInfo.model_json_schema()))
    schema["properties"] |= _tidy(Connection.model_json_schema())["properties"]
    return _whole(schema)


SCHEMAS: dict[str, Callable[[], Schema]] = {
    "run": run_schema,
    "policy": policy_schema,
    "mapping": mapping_schema,
    "dataset": dataset_schema,
}


def as_text(schema: Schema) -> str:
    """Return a schema as it is printed and shipped: the same text each time."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def _whole(schema: Schema) -> Schema:
    return {"$schema": DIALECT} | schema


def _described(schema: Schema) -> Schema:
    """Return the schema of a description, whose title may be in one language or in both."""
    title = schema["properties"]["title"]
    schema["properties"]["title"] = {"anyOf": [TEXT, title]}
    return schema


def _tidy(schema: Any) -> Any:
    """Return a schema without derived titles, its closed maps with a property for each key."""
    if isinstance(schema, list):
        return [_tidy(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {
        key: {name: _tidy(inner) for name, inner in value.items()}
        if key in ("properties", "$defs")
        else _tidy(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str)) and key != "discriminator"
    }
    keys = tidy.get("propertyNames", {})
    named = keys.get("enum", [keys["const"]] if "const" in keys else None)
    if named:
        of = tidy.get("additionalProperties", True)
        del tidy["propertyNames"]
        tidy |= {"properties": dict.fromkeys(named, of), "additionalProperties": False}
    return tidy


def _as_change(schema: Any) -> Any:
    """Return the schema of a part of what another one describes; null leaves a key out."""
    if isinstance(schema, list):
        return [_as_change(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return schema | {"$ref": schema["$ref"] + CHANGE}
    left = {"required", "default", "minItems", "oneOf", "properties", "additionalProperties"}
    part = {
        key: _as_change(value) if key in ("anyOf", "items", "prefixItems") else value
        for key, value in schema.items()
        if key not in left
    }
    if "oneOf" in schema:
        part["anyOf"] = _as_change(schema["oneOf"])
    if "properties" in schema:
        part["properties"] = {n: _or_null(_as_change(v)) for n, v in schema["properties"].items()}
    if "additionalProperties" in schema:
        more = schema["additionalProperties"]
        part["additionalProperties"] = (
            more if isinstance(more, bool) else _or_null(_as_change(more))
        )
    return part


def _or_null(schema: Any) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _state_one(*dated: Schema) -> None:
    """Require a value or a change, and only one of them."""
    for schema in dated:
        schema["properties"]["change"] = {"type": "object"}
        schema["oneOf"] = [{"required": ["value"]}, {"required": ["change"]}]


def _value(name: str, schema: Schema) -> Schema:
    """Return the schema of a parameter's value: that of its unit, with what it alone allows."""
    unit, more = KNOWN[name], Schema()
    if name in CHOICES:
        chosen: Schema = {"enum": list(CHOICES[name])}
        more = chosen if unit == "choice" else _of_keys(schema.get("properties", UNJUDGED), chosen)
    elif name in RESULTS:
        result = {"result": {"enum": list(RESULTS[name])}}
        more = {"items": {"$ref": f"{REF}Band", "properties": result}}
    elif name == GRADE_BANDS:
        more = {"items": {"$ref": f"{REF}Band", "properties": {"result": TEXT}}}
    elif name in ENDS and unit in ("count", "years"):
        more = dict(zip(("minimum", "maximum"), ENDS[name], strict=True))
    elif unit == "fraction" and name not in SIGNED:
        more = {"minimum": 0}
    if name == "unjudged_units":
        more["required"] = list(UNJUDGED)
    return schema | more


def _of_keys(keys: Iterable[str], of: Schema) -> Schema:
    return {"properties": dict.fromkeys(keys, of), "additionalProperties": False}


def _parameter(name: str, value: Schema, dated: Schema, national: policies.Policy) -> Schema:
    """Return the schema of a parameter, described by the shipped policy."""
    entry = national.parameters[name]
    keys = ["value", "change"] if _is_map(value) else ["value"]
    of = {"value": value} | ({"change": _as_change(value)} if "change" in keys else {})
    plain = {
        key: part for key, part in dated["properties"].items() if key not in ("value", "change")
    }
    required = {} if "change" in keys else {"required": [*dated["required"], "value"]}
    one = {"oneOf": dated["oneOf"]} if "change" in keys else {}
    at_date = {
        "type": "object",
        "properties": plain | of,
        "additionalProperties": False,
        "required": dated["required"],
        **required,
        **one,
    }
    first = json.dumps(_written(entry), ensure_ascii=False, default=str)
    titles = [str(title) for title in (entry.description or {}).values()]
    default = [say("schema.default", lang, unit=KNOWN[name], value=first) for lang in LANGUAGES]
    return {
        "type": "object",
        "description": "\n\n".join([*titles, *default]),
        "properties": {
            "unit": {"const": KNOWN[name]},
            "description": {
                "type": "object",
                "properties": dict.fromkeys(LANGUAGES, TEXT),
                "additionalProperties": False,
            },
            "values": {"type": "array", "items": at_date, "minItems": 1},
        },
        "required": ["values"],
        "additionalProperties": False,
    }


def _is_map(value: Schema) -> bool:
    """Tell whether a value may be a map, of which a part may be changed."""
    parts = value.get("anyOf", [])
    return value.get("type") == "object" or "$ref" in value or any(_is_map(p) for p in parts)


def _written(entry: Entry) -> Any:
    return TypeAdapter(Any).dump_python(
        entry.values[-1].value, mode="json", by_alias=True, exclude_none=True
    )


def _titled(name: str, entry: Entry | None, definition: Definition | None) -> str:
    """Return what an indicator is called in all languages."""
    titles = (entry and entry.description) or (definition and definition.title)
    if titles:
        return " · ".join(str(title) for title in titles.values())
    return " · ".join(say(f"indicator.{name}", lang) for lang in LANGUAGES)
