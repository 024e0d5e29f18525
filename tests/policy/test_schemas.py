"""The JSON Schemas that editors read agree with what the program reads."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from typer.testing import CliRunner

from fundeval.cli import app
from fundeval.cli.schemas import SCHEMAS, as_text
from fundeval.intake.ready_mappings import ready_mappings
from fundeval.policy.known import KNOWN

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "params" / "schema"
VALIDATORS = {name: Draft202012Validator(make()) for name, make in SCHEMAS.items()}
POLICIES = [
    *(ROOT / "params" / "policy").rglob("*.yaml"),
    *(ROOT / "tests" / "evaluation" / "programmes").glob("*.yaml"),
]
FILES = [
    *(("policy", path) for path in POLICIES),
    *(("run", path) for path in (ROOT / "params").glob("*.yaml")),
    ("run", ROOT / "tests" / "real" / "mssp.yaml"),
    ("mapping", ROOT / "docs" / "examples" / "mssp-mapping.yaml"),
    ("mapping", ROOT / "docs" / "examples" / "county-mail-mapping.yaml"),
    *(("mapping", path) for path in ready_mappings().values()),
    ("mapping", ROOT / "tests" / "intake" / "files" / "county-mapping.yaml"),
    *(("dataset", path) for path in (ROOT / "fundeval" / "samples").glob("*/dataset.yaml")),
]
PRINTED = [
    block
    for page in sorted((ROOT / "docs").glob("*.md"))
    for block in re.findall(r"```yaml\n(id: .*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
]
SOURCE = "{kind: local, cite: test, checked_on: 2026-11-26}"
HEAD = "id: a\ntitle: {zh: 甲, en: A}\nextends: national\n"


def read(text: str) -> Any:
    """Return a YAML text as an editor has it: dates are text there."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [plain(each) for each in value]
        return value.isoformat() if isinstance(value, dt.date) else value

    return plain(YAML(typ="safe", pure=True).load(text))


def mistakes(kind: str, text: str) -> list[str]:
    return [error.json_path for error in VALIDATORS[kind].iter_errors(read(text))]


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_schema_is_a_schema_and_the_shipped_one(kind):
    schema = SCHEMAS[kind]()
    Draft202012Validator.check_schema(schema)
    made = CliRunner().invoke(app, ["schema", kind])
    assert made.exit_code == 0
    assert made.stdout == as_text(schema)
    # After a change of what a file may hold: make schemas.
    assert (SHIPPED / f"{kind}.json").read_text(encoding="utf-8") == made.stdout


@pytest.mark.parametrize(("kind", "path"), FILES, ids=lambda part: getattr(part, "name", part))
def test_what_the_program_reads_the_schema_takes(kind, path):
    assert mistakes(kind, path.read_text(encoding="utf-8")) == []


def test_a_database_is_named_in_the_description():
    described = (ROOT / "fundeval" / "samples" / "city" / "dataset.yaml").read_text("utf-8")
    named = f"{described}\nconnection: duckdb:///data.duckdb\ntables: {{units: select 1}}\n"
    assert mistakes("dataset", named) == []


@pytest.mark.parametrize("text", PRINTED, ids=lambda text: text.split()[1])
def test_overlays_printed_in_the_documentation_are_taken(text):
    assert mistakes("policy", text) == []


def test_shipped_files_name_their_schema():
    named = {
        path: re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text("utf-8"))
        for kind, path in FILES
        if path.is_relative_to(ROOT / "params") or path.is_relative_to(ROOT / "docs")
    }
    assert len(named) == 12
    for path, line in named.items():
        assert line is not None
        assert (path.parent / line[1]).resolve().parent == SHIPPED


def test_every_parameter_is_described_with_unit_and_value_in_both_languages():
    parameters = SCHEMAS["policy"]()["properties"]["parameters"]["properties"]
    assert parameters.keys() == KNOWN.keys()
    floor = parameters["execution_floor"]["description"]
    assert "预算执行率下限" in floor
    assert "Minimum execution rate" in floor
    assert "0.9" in floor
    assert all(each["description"].count("\n\n") == 3 for each in parameters.values())


def parameter(name, value, key="value"):
    dated = f"{{from: 2024-01-01, {key}: {value}, source: {SOURCE}}}"
    return f"parameters: {{{name}: {{values: [{dated}]}}}}"


def indicator(rule, more=""):
    return f"indicators: {{a: {{values: [{{from: 2024-01-01, {rule}, {more}source: {SOURCE}}}]}}}}"


GOOD = {
    "a part of a map": parameter("withheld_share", "{hospital: 0.2}", "change"),
    "a part deep in a map": parameter("returned", "{hospital: {grades: {good: 1.1}}}", "change"),
    "a key left out": parameter("projection_scenarios", "{higher: null}", "change"),
    "a part of a rule": indicator(
        "change: {curve: {target: 0.9}, weight: {hospital: 5}}", "other_weights: in_proportion, "
    ),
    "a weight by level": indicator("change: {weight: {hospital: {tertiary: 30, other: 20}}}"),
    "weights that are named": indicator("change: {missing: void}", "other_weights: [b], "),
    "drop": "drop: [indicators.exam_share, indicators.*, indicators.further, domains.effect]",
    "none": "indicators: none",
    "bands": parameter("execution_link", "[{from: 0, to: 1, result: -0.01}, {from: 1, result: 0}]"),
    "a level by domain": parameter("domain_rules", "{a: {weight: {tertiary: 70, other: 40}}}"),
}  # fmt: skip
BAD = {
    "an unknown key": ("colour: red", "$"),
    "an unknown parameter": (parameter("execution_flor", "0.9"), "$.parameters"),
    "percent": (parameter("execution_floor", "90"),
                "$.parameters.execution_floor.values[0].value"),
    "text": (parameter("execution_floor", "high"),
             "$.parameters.execution_floor.values[0].value"),
    "below 0": (parameter("execution_floor", "-0.1"),
                "$.parameters.execution_floor.values[0].value"),
    "no such choice": (parameter("budget_base", "guess"),
                       "$.parameters.budget_base.values[0].value"),
    "no such kind": (parameter("withheld_share", "{clinic: 0.1}"),
                     "$.parameters.withheld_share.values[0].value"),
    "no draw": (parameter("sensitivity_draws", "0"),
                "$.parameters.sensitivity_draws.values[0].value"),
    "no such colour": (parameter("warning_bands", "[{from: 0, result: orange}]"),
                       "$.parameters.warning_bands.values[0].value[0].result"),
    "a grade that is a number": (parameter("grade_bands", "[{from: 0, result: 1}]"),
                                 "$.parameters.grade_bands.values[0].value[0].result"),
    "a change of a number": (parameter("regional_float", "{hospital: 1}", "change"),
                             "$.parameters.regional_float.values[0]"),
    "a misspelt kind in a change": (parameter("withheld_share", "{hospitals: 0.1}", "change"),
                                    "$.parameters.withheld_share.values[0].change"),
    "value and change": (indicator("value: {}, change: {}"), "$.indicators"),
    "a misspelt key of a rule": (indicator("change: {weigth: {hospital: 1}}"), "$.indicators"),
    "no such curve": (indicator("change: {curve: {kind: targets}}"), "$.indicators"),
    "a dropped parameter": ("drop: [parameters.execution_floor]", "$.drop[0]"),
    "no source": ("parameters: {execution_floor: {values: [{from: 2024-01-01, value: 0.9}]}}",
                  "$.parameters.execution_floor.values[0]"),
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD)
def test_what_an_overlay_may_say_is_taken(case):
    assert mistakes("policy", HEAD + GOOD[case]) == []


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_in_a_policy_is_marked(case):
    text, place = BAD[case]
    assert place in mistakes("policy", HEAD + text)


@pytest.mark.parametrize(
    ("kind", "text", "place"),
    [
        ("run", "{name: a, dataset: d, year: 2024, units: [clinic]}", "$.units[0]"),
        ("run", "{name: a, dataset: d, year: '2024'}", "$.year"),
        ("run", "{name: a, dataset: d, year: 2024, polcy: national}", "$"),
        ("dataset", "{title: 甲, source: a, money_unit: 亿, synthetic: true, licence: x,"
                    " period: {first_year: 2020, last_year: 2021}}", "$.money_unit"),
        ("mapping", "{dataset: {}, sources: {}, tables: []}", "$.tables"),
    ],
)  # fmt: skip
def test_a_mistake_in_another_file_is_marked(kind, text, place):
    assert place in mistakes(kind, text)
