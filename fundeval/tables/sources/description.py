"""Read the description of a data set from `dataset.yaml` or from a sheet of keys and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from fundeval.problems import BadInputError, Problem, refusal
from fundeval.strict_yaml import parse, read_hashed_mapping
from fundeval.tables.cells import cell_text
from fundeval.tables.dataset import DatasetInfo
from fundeval.tables.sources.data_source import SourceSheet, similar_names

DESCRIPTION_FILE = "dataset.yaml"
DESCRIPTION_SHEETS = ("dataset", "数据集说明")
# Key in a sheet -> place in the description. Part years need the YAML file.
SHEET_KEYS = {
    "标题": "title.zh",
    "英文标题": "title.en",
    "数据来源": "source",
    "英文数据来源": "source_en",
    "金额单位": "money_unit",
    "币种": "currency",
    "起始年度": "period.first_year",
    "截止年度": "period.last_year",
    "合成数据": "synthetic",
    "许可": "licence",
    "英文许可": "licence_en",
    "发布日期": "published_on",
}
# One title, whatever its language, stands for both.
ALSO_KEYS = {"title": "title.zh"}
YES_NO = {"是": "true", "否": "false", "不是": "false"}
# So many of its keys make a sheet of another name a description.
LEAST_KEYS = 4


def read_description_yaml(path: Path) -> tuple[dict[str, Any], str]:
    """Read a YAML file that describes a data set: its content and its SHA-256.

    Raises BadInputError if there is none, or it is no YAML.
    """
    if not path.is_file():
        raise refusal("dataset.no_description", path.name)
    return read_hashed_mapping(path)


def looks_like_description(sheet: SourceSheet) -> bool:
    """Tell whether a sheet of a workbook holds the keys of a description, whatever its name."""
    if not sheet.name:
        return False
    labels = {label for _, label, _ in _entries(sheet)}
    return len(labels & {*SHEET_KEYS, *SHEET_KEYS.values()}) >= LEAST_KEYS


def read_description_sheet(sheet: SourceSheet) -> DatasetInfo:
    """Read the description in a sheet with a key and its value in each row.

    Keys are Chinese or as in YAML, with a dot if nested, as in `period.first_year`. Raises
    BadInputError with all its problems.
    """
    content: dict[str, Any] = {}
    places: dict[str, tuple[int, str]] = {}
    problems = []
    for row, label, value in _entries(sheet):
        key = SHEET_KEYS.get(label) or ALSO_KEYS.get(label, label)
        place = (sheet.name, row, label, value)
        if key not in SHEET_KEYS.values():
            if not value:
                # A heading, or a line of advice.
                continue
            known = {"known": similar_names(label, [*SHEET_KEYS, *SHEET_KEYS.values()])}
            problems.append(Problem("dataset.unknown_key", sheet.file, known, *place))
        elif key in places and value:
            problems.append(Problem("dataset.key_twice", sheet.file, {}, *place))
        else:
            places[key] = (row, label)
            if value:
                _put(content, key, YES_NO.get(value, value))
    try:
        info = described(content, sheet.file)
    except BadInputError as error:
        problems += [_at_its_label(p, sheet.name, places) for p in error.problems]
    if problems:
        raise BadInputError(problems)
    return info


def _at_its_label(problem: Problem, sheet: str, places: Mapping[str, tuple[int, str]]) -> Problem:
    """Return a problem of a key at its row in a sheet, named as that sheet names it."""
    chinese = any(label in SHEET_KEYS for _, label in places.values())
    labels = {key: label if chinese else key for label, key in SHEET_KEYS.items()}
    keys = [key for key in labels if key == problem.column or key.startswith(f"{problem.column}.")]
    # One title is enough, of a period both years are needed.
    keys = keys[:1] if problem.column == "title" else keys
    known = [places.get(key, (None, labels[key])) for key in keys]
    if not known:
        return replace(problem, sheet=sheet)
    column = "、".join(label for _, label in known)
    return replace(problem, sheet=sheet, row=known[0][0], column=column)


def description_rows(info: DatasetInfo | None, money_unit: str, lang: str) -> list[tuple[str, str]]:
    """Return a description as rows of key and value; without `info`, mostly to be filled in."""
    given: dict[str, Any] = {"currency": "CNY", "money_unit": money_unit}
    if info:
        given |= info.model_dump(mode="json", exclude_none=True)
    words = {"true": "是", "false": "否"} if lang == "zh" else {}
    rows = []
    for label, key in SHEET_KEYS.items():
        head, _, rest = key.partition(".")
        value = given.get(head, {}).get(rest, "") if rest else given.get(head, "")
        text = str(value).lower() if isinstance(value, bool) else str(value)
        rows.append((label if lang == "zh" else key, words.get(text, text)))
    return rows


def _entries(sheet: SourceSheet) -> Iterator[tuple[int, str, str]]:
    """Yield row, key and value of each row that has a key."""
    for row, cells in next(sheet.blocks()).reindex(columns=[0, 1]).iterrows():
        label, value = ("" if pd.isna(cell) else cell_text(cell).strip() for cell in cells)
        if label:
            yield int(str(row)), label.rstrip("*"), value


def _put(content: dict[str, Any], key: str, value: str) -> None:
    head, _, rest = key.partition(".")
    if rest:
        content.setdefault(head, {})[rest] = value
    else:
        content[head] = value


def described(content: dict[str, Any], file: str) -> DatasetInfo:
    """Return the description that a file holds; raises BadInputError with all its problems."""
    problems = []
    if "money_unit" not in content:
        problems.append(Problem("dataset.no_money_unit", file, column="money_unit"))
        # Any unit will do to check the rest.
        content = content | {"money_unit": "元"}
    try:
        info = parse(DatasetInfo, content, file)
    except BadInputError as error:
        raise BadInputError([*problems, *error.problems]) from None
    problems += _reversed_periods(info, file)
    if problems:
        raise BadInputError(problems)
    return info


def _reversed_periods(info: DatasetInfo, file: str) -> Iterator[Problem]:
    period = info.period
    if period.first_year > period.last_year:
        yield Problem("dataset.reversed", file, column="period", value=period.first_year)
    for part in period.part_years:
        if part.first_month > part.last_month:
            yield Problem("dataset.reversed", file, column="period.part_years", value=part.year)
