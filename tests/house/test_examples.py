"""The examples in docstrings give what they print."""

import doctest
import importlib
from functools import cache
from pathlib import Path

import pytest

from fundeval import evaluation, policy, tables
from fundeval.results.frames import Evaluation

ROOT = Path(__file__).parents[2]
# Their examples need a library that only an extra installs.
NEED_AN_EXTRA = {"fundeval.extras"}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "fundeval").rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
}
read_once, load_once = cache(tables.load), cache(policy.load)
evaluate = evaluation.evaluate
known: dict[tuple[int, int, int], Evaluation] = {}


def evaluate_once(dataset: tables.Dataset, rules: policy.Policy, year: int) -> Evaluation:
    """Evaluate what `read_once` and `load_once` return, each time the same object, once."""
    key = id(dataset), id(rules), year
    if key not in known:
        known[key] = evaluate(dataset, rules, year)
    return known[key]


@pytest.mark.parametrize("module", sorted(MODULES - NEED_AN_EXTRA))
def test_examples_give_what_they_print(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "load", read_once)
    monkeypatch.setattr(policy, "load", load_once)
    monkeypatch.setattr(evaluation, "evaluate", evaluate_once)
    found = doctest.testmod(importlib.import_module(module))
    assert found.attempted > 0
    assert found.failed == 0
