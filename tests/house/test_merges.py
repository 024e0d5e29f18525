"""Every merge says its keys and what they may be; every groupby what becomes of null keys."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import fundeval

PACKAGE = Path(fundeval.__file__).parent
# Columns that are never null in any table: rows without them are refused or never made.
NEVER_NULL = {"unit_id", "year", "month", "scheme", "setting", "care_level", "measure", "indicator"}
# Files whose groupby does not say it yet.
PENDING = {
    "evaluation/budget/bridge.py",
    "evaluation/budget/envelope.py",
    "evaluation/budget/growth.py",
    "evaluation/budget/limits.py",
    "evaluation/budget/ratchet.py",
    "evaluation/budget/sharing.py",
    "evaluation/budget/standing.py",
    "evaluation/compare.py",
    "evaluation/indicators/aggregates.py",
    "evaluation/inputs.py",
    "evaluation/rules/findings.py",
    "evaluation/rules/regional_adjustment.py",
    "evaluation/rules/settlement.py",
    "evaluation/scoring/curves.py",
    "evaluation/scoring/scores.py",
}


def calls(method: str) -> Iterator[tuple[str, ast.Call]]:
    """Yield each call of a method with the place it stands at."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if called and node.func.attr == method:
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node


def named(call: ast.Call) -> set[str]:
    """Return the names of the keyword arguments of a call."""
    return {keyword.arg for keyword in call.keywords if keyword.arg}


def says_how(call: ast.Call) -> bool:
    """Tell whether a merge says its keys and their multiplicity; a cross product has neither."""
    given = named(call)
    how = next((each.value for each in call.keywords if each.arg == "how"), None)
    if isinstance(how, ast.Constant) and how.value == "cross":
        return True
    left, right = given & {"left_on", "left_index"}, given & {"right_on", "right_index"}
    return "validate" in given and ("on" in given or bool(left and right))


def keys(call: ast.Call) -> set[str] | None:
    """Return the columns that a groupby names, None if it is not plain text which they are."""
    by = call.args[0] if call.args else None
    columns = by.elts if isinstance(by, ast.List | ast.Tuple) else [by]
    texts = {each.value for each in columns if isinstance(each, ast.Constant)}
    return texts if len(texts) == len(columns) else None


def minds_null_keys(call: ast.Call) -> bool:
    """Tell whether a groupby says what becomes of null keys, or has none."""
    columns = keys(call)
    return "dropna" in named(call) or (columns is not None and columns <= NEVER_NULL)


def test_every_merge_says_its_keys_and_what_they_may_be() -> None:
    found = list(calls("merge"))
    assert len(found) > 20
    assert [place for place, call in found if not says_how(call)] == []


def test_every_groupby_says_what_becomes_of_null_keys() -> None:
    found = list(calls("groupby"))
    assert len(found) > 20
    silent = [place for place, call in found if not minds_null_keys(call)]
    assert {place.partition(":")[0] for place in silent} == PENDING


def test_the_rules_find_what_they_forbid() -> None:
    def call(text: str) -> ast.Call:
        node = ast.parse(text, mode="eval").body
        assert isinstance(node, ast.Call)
        return node

    assert says_how(call('a.merge(b, on="x", validate="one_to_one")'))
    assert says_how(call('a.merge(b, left_on="x", right_index=True, validate="one_to_one")'))
    assert says_how(call('a.merge(b, how="cross")'))
    assert not says_how(call('a.merge(b, on="x")'))
    assert not says_how(call('a.merge(b, left_on="x", validate="one_to_one")'))
    assert not says_how(call('a.merge(b, how="left", validate="one_to_one")'))
    assert minds_null_keys(call('a.groupby("unit_id")'))
    assert minds_null_keys(call('a.groupby(["unit_id", "level"], dropna=False)'))
    assert not minds_null_keys(call('a.groupby(["unit_id", "level"])'))
    assert not minds_null_keys(call("a.groupby(keys)"))
