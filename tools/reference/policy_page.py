"""The page of policies: every key of a policy file, every parameter, every scored indicator."""

from __future__ import annotations

from functools import cache
from typing import Any

from ruamel.yaml import YAML

from fundeval import policy, workspace
from fundeval.policy.known import CHOICES, KNOWN, VALUES, type_of
from fundeval.policy.model import PolicyFile
from fundeval.report.text.policy import COLUMNS, latest_date, list_rules
from fundeval.strict_yaml import read_mapping
from fundeval.words import has as has_word
from fundeval.words import say as say_word
from tools.reference.markdown import code, page, prose, say, table
from tools.reference.value_shapes import describe, keys, models, schema_of

NATIONAL = "national"
# A parameter that is refused where it would have no effect -> what gives it one.
BESIDE = {"grade_budget_rates": {"evaluation_link": {"value": {"hospital": "add"}}}}


def write(lang: str) -> str:
    """Return the page in a language."""
    national = policy.load(NATIONAL)
    on = latest_date(national)
    rows = {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in list_rules(national, on, lang)}
    schema = schema_of(PolicyFile)
    return page(
        "policy",
        lang,
        say("policy.file", lang),
        keys(schema, lang),
        say("policy.parameters", lang, on=on),
        *(_parameter(name, rows.get(name, {}), lang) for name in _names(list(national.parameters))),
        say("policy.indicators", lang, on=on),
        _indicators([rows[name] for name in national.indicators], lang),
        say("policy.models", lang),
        *models(schema, lang, "###"),
        *_further_models(set(schema["$defs"]), lang),
    )


def example(name: str) -> dict[str, Any]:
    """Return what an overlay writes to set a parameter: its newest value in the national policy."""
    values = {name: _national()["parameters"][name]["values"][-1], **BESIDE.get(name, {})}
    checked_on = values[name]["source"]["checked_on"]
    source = {"kind": "local", "cite": "本地文件名称和文号", "checked_on": checked_on}
    since = values[name]["from"]
    return {
        each: {"values": [{"from": since, "value": value["value"], "source": source}]}
        for each, value in values.items()
    }


@cache
def _national() -> dict[str, Any]:
    return read_mapping(workspace.find(f"params/policy/{NATIONAL}.yaml"))


def _names(stated: list[str]) -> list[str]:
    """Return all parameters, in the order of the national policy."""
    return stated + [name for name in KNOWN if name not in stated]


def _parameter(name: str, row: dict[str, str], lang: str) -> str:
    unit = KNOWN[name]
    facts = {
        "unit": say_word(f"unit.{unit}", lang) + f" ({code(unit)})",
        "value": describe(schema_of(type_of(name)), lang),
        "choices": ", ".join(_choice(name, choice, lang) for choice in CHOICES.get(name, ())),
        "default": prose(row.get("value_of", "")),
        "source": prose(" · ".join(row[key] for key in ("source", "cite", "checked_on") if row)),
        "since": row.get("since", ""),
    }
    lines = [f"- {say(f'fact.{fact}', lang)}{text}" for fact, text in facts.items() if text]
    given = [prose(row["note"])] if row else []
    shown = [f"```yaml\n{_as_yaml(example(name))}```"] if row else []
    return "\n\n".join([f"### {code(name)}", *given, "\n".join(lines), *shown])


def _choice(name: str, choice: str, lang: str) -> str:
    for message in (f"value.{name}.{choice}", f"choice.{choice}"):
        if has_word(message):
            return say("choice", lang, code=code(choice), words=prose(say_word(message, lang)))
    return code(choice)


def _indicators(rows: list[dict[str, str]], lang: str) -> str:
    headings = [say(f"heading.{each}", lang) for each in ("indicator", "rule", "source")]
    cells = [
        (
            f"{code(row['parameter'])} {prose(row['note'])}",
            prose(row["value_of"]),
            prose(f"{row['source']} · {row['cite']}"),
        )
        for row in rows
    ]
    return table(headings, cells)


def _further_models(told: set[str], lang: str) -> list[str]:
    """Return a part for each model that only the value of a parameter refers to."""
    parts: list[str] = []
    for values in VALUES.values():
        schema = schema_of(values)
        # A value that is one model stands for itself in its schema.
        found = schema.get("$defs", {})
        if "properties" in schema:
            found = {**found, schema["title"]: schema}
        fresh = {name: each for name, each in found.items() if name not in told}
        parts += models({"$defs": fresh}, lang, "###")
        told |= set(fresh)
    return parts


def _as_yaml(content: Any) -> str:
    from io import StringIO  # noqa: PLC0415

    writer, text = YAML(), StringIO()
    writer.default_flow_style = None
    writer.width = 4096
    writer.dump({"parameters": content}, text)
    return text.getvalue()
