"""A misspelt column is found: each column that the rules and the report read is made somewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import fundeval
from fundeval.evaluation.pipeline import TRACED
from fundeval.indicator_columns import columns_that_add_up
from fundeval.indicator_registry import REGISTRY
from fundeval.policy.known import KNOWN
from fundeval.policy.model import GRADES
from fundeval.report.pages.unit_table import ListedUnit
from fundeval.results.compare import ComparedRow
from fundeval.results.frames import MODELS, columns_of_frame
from fundeval.results.rows import FRAME_OF
from fundeval.tables.schemas import TABLES, columns_of
from fundeval.words import catalogue

PACKAGE = Path(fundeval.__file__).parent
ROOMS = ("evaluation", "results", "report")
# What is not a column: parameters, indicators, keys of what an evaluation was made from.
REASONS = {
    message.removeprefix("reason.") for message in catalogue() if message.startswith("reason.")
}
OTHERS = {
    *KNOWN, *REGISTRY, *GRADES, *REASONS, "", "file", "row",
    "policy", "parameters", "inputs", "year", "dataset", "title", "files", "sha256",
}  # fmt: skip
SUMMED = {column for table in TRACED for column in columns_that_add_up(table)}
COLUMNS = (
    {name for frame in MODELS for name in columns_of_frame(frame)}
    | {name for table in TABLES for name in columns_of(table)}
    | {field for kind in [*FRAME_OF, ComparedRow, ListedUnit] for field in kind._fields}
    | {*MODELS, *TABLES, *SUMMED}
)
# Of a comparison: the columns of the other evaluation.
COLUMNS |= {f"other_{name}" for name in COLUMNS}
# Methods of a frame whose arguments are columns, and arguments that are columns.
BY_ARGUMENT = ("groupby", "set_index", "sort_values", "drop_duplicates")
BY_KEYWORD = ("on", "left_on", "right_on", "by", "subset", "columns")


def made_in(tree: ast.Module) -> set[str]:
    """Return the columns that a module makes: by keyword, in a dictionary, or by assignment."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg:
            names.add(node.arg)
            # The index becomes columns of these names.
            names |= set(texts(node.value)) if node.arg == "names" else set()
        elif isinstance(node, ast.Dict):
            names |= {key.value for key in node.keys if isinstance(key, ast.Constant)}
            names |= {value.value for value in node.values if isinstance(value, ast.Constant)}
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            names |= set(texts(node.slice))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("rename", "rename_axis", "add_prefix", "set_axis"):
                names |= {text for arg in node.args for text in texts(arg)}
            elif node.func.attr == "DataFrame":
                names |= {text for word in node.keywords for text in texts(word.value)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            # The fields of a named tuple or a data class become columns.
            names.add(node.target.id)
    # A group of columns may be written with what they belong to: `next.share`.
    return names | {str(name).rpartition(".")[2] for name in names}


def texts(node: ast.expr) -> Iterator[str]:
    """Yield the texts of a subscript or an argument: one, or those of lists, also in lists."""
    if isinstance(node, ast.List | ast.Tuple):
        for part in node.elts:
            yield from texts(part)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def read_in(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the columns that a module reads: by subscript, as keys, or to be left out."""
    for node in ast.walk(tree):
        given: list[ast.expr] = []
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            if not (isinstance(node.value, ast.Name) and node.value.id == "Literal"):
                given = [node.slice]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in BY_ARGUMENT:
                given = list(node.args)
            given += [word.value for word in node.keywords if word.arg in BY_KEYWORD]
        for arg in given:
            for text in texts(arg):
                yield arg.lineno, text


def unknown(source: str, made_elsewhere: set[str]) -> list[tuple[int, str]]:
    """Return the columns that a module reads and that nobody makes, with their lines."""
    tree = ast.parse(source)
    known = COLUMNS | OTHERS | made_elsewhere | made_in(tree)
    return [(line, name) for line, name in read_in(tree) if name not in known]


def sources() -> dict[str, str]:
    """Return the modules of the rooms; of the report, where rows are typed, those with frames."""
    found = {
        str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8")
        for room in ROOMS
        for path in sorted((PACKAGE / room).rglob("*.py"))
    }
    return {
        file: source
        for file, source in found.items()
        if not file.startswith("report/") or "import pandas" in source
    }


def test_every_column_that_is_read_is_made() -> None:
    found = sources()
    # A rule hands its columns to the rules of its own room; what is said of results as a whole
    # (`execution_effects`) reads those of scores and budgets.
    made: dict[str, set[str]] = {}
    for file, source in found.items():
        made.setdefault(str(Path(file).parent), set()).update(made_in(ast.parse(source)))
    made["evaluation/rules"] |= made["evaluation/scoring"] | made["evaluation/budget"]
    # Beside them the tables as a year uses them, and who lies above whom.
    made["evaluation/rules"] |= made["evaluation"]
    assert len(found) > 25
    problems = {
        file: unknown(source, made[str(Path(file).parent)]) for file, source in found.items()
    }
    assert {file: names for file, names in problems.items() if names} == {}


@pytest.mark.parametrize(
    ("source", "misspelt"),
    [('frame["yaer"]', ["yaer"]),
     ('frame.loc[rows, ["unit_id", "yaer"]]', ["yaer"]),
     ('frame.merge(other, on=["unit_id", "sheme"])', ["sheme"]),
     ('frame.groupby(["unit_id", "sheme"]).sum()', ["sheme"]),
     ('frame.sort_values("yaer").set_index("unitid")', ["unitid", "yaer"]),
     ('frame.assign(extra=1)["extra"]; frame["unit_id"]', [])],
)  # fmt: skip
def test_a_misspelt_column_is_found(source: str, misspelt: list[str]) -> None:
    assert sorted(name for _, name in unknown(source, set())) == misspelt
