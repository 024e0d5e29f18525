"""The table of the rules R1 to R25: every key, file, part and test that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import fundeval
from fundeval import policy
from fundeval.policy.known import KNOWN
from fundeval.report.report import PARTS

PACKAGE = Path(fundeval.__file__).parent
ROOT = PACKAGE.parent
CELL = re.compile(r"`([^`]+)`")


def rows(path: str) -> list[list[str]]:
    lines = (ROOT / "docs" / path).read_text(encoding="utf-8").splitlines()
    return [line.strip("|").split("|") for line in lines if line.startswith("| R")]


@pytest.mark.parametrize("path", ["rules.md", "en/rules.md"])
def test_each_rule_has_its_keys_file_part_and_tests(path: str) -> None:
    table, national = rows(path), policy.load("national")
    stated = KNOWN.keys() | national.indicators.keys() | national.definitions.keys()
    assert [row[0].strip() for row in table] == [f"R{number}" for number in range(1, 26)]
    for rule, _, keys, files, parts, tests in table:
        assert {*CELL.findall(keys)} <= stated, rule
        assert all((PACKAGE / file).is_file() for file in CELL.findall(files)), rule
        assert {*CELL.findall(parts)} <= PARTS.keys(), rule
        assert all((ROOT / test).is_file() for test in CELL.findall(tests)), rule
        assert all(cell.strip() for cell in (files, parts, tests)), rule


def test_both_languages_name_the_same() -> None:
    assert [row[2:] for row in rows("rules.md")] == [row[2:] for row in rows("en/rules.md")]
