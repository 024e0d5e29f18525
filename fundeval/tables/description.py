"""The description of a data set: `dataset.yaml`, or a sheet of key and value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import YAMLError

from fundeval.problems import Problem
from fundeval.tables.dataset import DatasetInfo
from fundeval.tables.source import cell_text, decode, nearest
from fundeval.words import has

Described = tuple[DatasetInfo | None, list[Problem]]

DESCRIPTION_SHEETS = ("dataset", "数据集说明")
# Key in a sheet -> place in the description. Part years need the YAML file.
SHEET_KEYS = {
    "标题": "title.zh",
    "英文标题": "title.en",
    "数据来源": "source",
    "金额单位": "money_unit",
    "币种": "currency",
    "起始年度": "period.first_year",
    "截止年度": "period.last_year",
    "合成数据": "synthetic",
    "许可": "licence",
    "发布日期": "published_on",
}
TRUTH = {"是": "true", "否": "false"}


def describe_yaml(content: bytes, file: str) -> Described:
    """Read the description from the content of a YAML file."""
    try:
        text = decode(content)
        values = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError) as error:
        return None, [_yaml_problem(error, content, file)]
    if not isinstance(values, dict):
        return None, [Problem("dataset.no_mapping", file)]
    return _validated(DatasetInfo.model_validate, values, file, "", {})


def describe_sheet(grid: Sequence[Sequence[object]], file: str, sheet: str) -> Described:
    """Read the description from rows of key and value; keys are Chinese or `period.first_year`."""
    values: dict[str, Any] = {}
    rows: dict[str, int] = {}
    problems = []
    for row, cells in enumerate(grid, start=1):
        label, value = (cell_text(cell).strip() for cell in (*cells, "", "")[:2])
        key = SHEET_KEYS.get(label, label)
        if not label or not value:
            continue
        if key not in SHEET_KEYS.values():
            known = {"known": nearest(label, [*SHEET_KEYS, *SHEET_KEYS.values()])}
            problems.append(Problem("dataset.extra", file, known, sheet, row, label, value))
        elif key in rows:
            problems.append(Problem("dataset.duplicate_key", file, {}, sheet, row, label, value))
        else:
            rows[key] = row
            _put(values, key, TRUTH.get(value, value))
    info, violations = _validated(DatasetInfo.model_validate_strings, values, file, sheet, rows)
    return info, problems + violations


def _put(values: dict[str, Any], key: str, value: str) -> None:
    head, _, rest = key.partition(".")
    if rest:
        values.setdefault(head, {})[rest] = value
    else:
        values[head] = value


def _validated(
    validate: Callable[[Any], DatasetInfo],
    values: Mapping[str, Any],
    file: str,
    sheet: str,
    rows: Mapping[str, int],
) -> Described:
    try:
        return validate(values), []
    except ValidationError as error:
        return None, [_problem(detail, file, sheet, rows) for detail in error.errors()]


def _problem(detail: ErrorDetails, file: str, sheet: str, rows: Mapping[str, int]) -> Problem:
    place = ".".join(str(part) for part in detail["loc"])
    # "int_type" of a YAML value and "int_parsing" of a cell break the same rule.
    rule = "dataset." + detail["type"].split("_")[0]
    if place == "money_unit" and rule == "dataset.missing":
        rule = "dataset.no_money_unit"
    values = {
        "key": place,
        "known": nearest(place, DatasetInfo.model_fields),
        "expected": str(detail.get("ctx", {}).get("expected", "")).replace(" or ", ", "),
    }
    value = None if detail["type"] == "missing" else detail["input"]
    return Problem(
        rule if has(rule) else "dataset.value", file, values, sheet, rows.get(place), place, value
    )


def _yaml_problem(error: Exception, content: bytes, file: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return Problem("tables.unreadable", file, {"detail": str(error)})
    rule = "dataset.duplicate_key" if isinstance(error, DuplicateKeyError) else "dataset.not_yaml"
    line = decode(content).splitlines()[mark.line :][:1]
    return Problem(rule, file, row=mark.line + 1, value="".join(line).strip() or None)
