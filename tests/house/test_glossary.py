"""The glossary of the documentation: every code that it names exists and is called so."""

import ast
from pathlib import Path
from typing import NamedTuple

import pytest
import typer

from fundeval.cli import app
from fundeval.indicator_registry import REGISTRY
from fundeval.policy.known import KNOWN
from fundeval.policy.load import load
from fundeval.results.frames import FRAMES
from fundeval.tables.schemas import CHINESE_NAMES, columns_of
from fundeval.words import catalogue

ROOT = Path(__file__).parents[2]
# Column of a code -> prefix of the messages that name its values, where it is not the column.
PREFIXES = {"flags": "flag", "item": "settlement"}


class Row(NamedTuple):
    zh: str
    en: str
    code: str
    what: str
    meaning: str

    @property
    def title(self) -> tuple[str, str]:
        return self.zh, self.en.lower()


def read_glossary() -> list[Row]:
    lines = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|")
    ]
    # The two lines at the head of a table, its headings and the rule below them, are no rows.
    rows = [row for row in cells if row[0] != "中文" and not row[0].startswith("---")]
    return [Row(zh, en, code.strip("`"), what, meaning) for zh, en, code, what, meaning in rows]


GLOSSARY = read_glossary()


def string_literals() -> set[str]:
    return {
        node.value
        for path in (ROOT / "fundeval").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


LITERALS = string_literals()


def title_of(message: str) -> tuple[str, str]:
    texts = catalogue()[message]
    return texts["zh"], texts["en"].lower()


def check_column(row: Row) -> None:
    table, name = row.code.split(".")
    assert columns_of(table)[name].zh == row.zh


def check_result_column(row: Row) -> None:
    frame, name = row.code.split(".")
    assert name in FRAMES[frame]


def check_indicator(row: Row) -> None:
    definition = load("national").definitions[row.code]
    titles = definition.title.get("zh"), definition.title.get("en", "").lower()
    assert (title_of(f"indicator.{row.code}") if row.code in REGISTRY else titles) == row.title


def check_parameter(row: Row) -> None:
    assert row.code in KNOWN
    assert row.code in load("national").parameters


def check_code(row: Row) -> None:
    column, value = row.code.split(" = ")
    assert value in LITERALS
    assert title_of(f"{PREFIXES.get(column, column)}.{value}") == row.title


def check_table(row: Row) -> None:
    assert CHINESE_NAMES[row.code] == row.zh


def check_result(row: Row) -> None:
    assert row.code in FRAMES


def check_command(row: Row) -> None:
    group = typer.main.get_command(app)
    assert row.code.removeprefix("fundeval ") in getattr(group, "commands")  # noqa: B009


CHECKS = {
    "column": check_column,
    "result column": check_result_column,
    "indicator": check_indicator,
    "parameter": check_parameter,
    "code": check_code,
    "table": check_table,
    "result": check_result,
    "command": check_command,
}


@pytest.mark.parametrize("row", GLOSSARY, ids=lambda row: f"{row.what}:{row.code or row.en}")
def test_what_the_glossary_names_exists(row: Row) -> None:
    assert all(row[:2])
    assert row.meaning.endswith(".")
    if row.code == "—":
        assert row.what == "—"
    else:
        CHECKS[row.what](row)


def test_every_kind_of_code_is_in_the_glossary_and_no_term_twice() -> None:
    assert {row.what for row in GLOSSARY} == {*CHECKS, "—"}
    terms = [(row.zh, row.en, row.code) for row in GLOSSARY]
    assert len(terms) == len(set(terms))
