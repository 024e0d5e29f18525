"""The examples in docstrings give what they print."""

import doctest
import importlib
from functools import cache
from pathlib import Path

import pytest

from fundeval import tables

ROOT = Path(__file__).parents[2]
# Their examples need a library that only an extra installs.
NEED_AN_EXTRA = {"fundeval.extras"}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "fundeval").rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
}
read_once = cache(tables.load)


@pytest.mark.parametrize("module", sorted(MODULES - NEED_AN_EXTRA))
def test_examples_give_what_they_print(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "load", read_once)
    found = doctest.testmod(importlib.import_module(module))
    assert found.attempted > 0
    assert found.failed == 0
