"""A reviewer with a calculator: what `fundeval explain` prints leads to every figure.

The sums are read from the printed text by the small parser here and done again; they hold to
9 digits, or to the 12 decimals that values are kept to. Each cited row is looked up in the CSV
file that ships.
"""

import ast
import csv
import math
import operator
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

import fundeval
from fundeval import samples
from fundeval.cli import app
from fundeval.indicator_registry import REGISTRY
from fundeval.report.format.messages import Messages
from fundeval.report.policy_in_force import PolicyInForce
from fundeval.results import parquet as store
from fundeval.tables.cells import MONEY_UNITS
from fundeval.tables.schemas import columns_of
from fundeval.words import catalogue, say

YEAR = 2024
UNITS = {
    "city": "990100",
    "county": "990102",
    "hospital": "H99010200002",
    "department": "H99010000001-D02",
}
CITY = Path(samples.__file__).parent / "city"
OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
FUNCTIONS = {"max": max, "min": min, "floor": math.floor}
SUM = re.compile(r"(?P<label>.+): (?P<sum>[^:=]+) = (?P<result>[-(][^ ]+|[\d.e-]+)( \(.+\))?")
CITED = {
    "zh": re.compile(r"  (?P<file>\S+) 第 (?P<row>\d+) 行（(?P<keys>.+)）: (?P<cells>.+)"),
    "en": re.compile(r"  (?P<file>\S+) row (?P<row>\d+) \((?P<keys>.+)\): (?P<cells>.+)"),
}
# How a line begins that only cites a rule or a parameter.
SOURCES = ("by ", "依据 ")
# The column of a figure, and how it stands there where the file has another unit.
STANDS = re.compile(
    r"( \(column |（)(?P<letter>[A-Z]+)( 列)?((: |：)(?P<stands>[-\d.]+) (万元|× 10,000))?[)）]"
)
CITY_MONEY = MONEY_UNITS["万元"]


class Printed(NamedTuple):
    """The lines printed for one indicator, sorted into rows and sums."""

    lines: list[str]
    rows: list[re.Match[str]]
    sums: list[re.Match[str]]


def calculate(text: str) -> float:
    """Return the result of sums, products, quotients, max, min and floor of numbers."""

    def value(node: ast.expr) -> float:
        match node:
            case ast.Constant(value=int() | float() as number):
                return number
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -value(operand)
            case ast.BinOp(left=left, op=sign, right=right):
                return OPERATORS[type(sign)](value(left), value(right))
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in FUNCTIONS:
                return FUNCTIONS[name](*map(value, arguments))
        raise AssertionError(f"not for a calculator: {text}")

    return value(ast.parse(text, mode="eval").body)


def numbers(text: str) -> list[float]:
    """Return the numbers in a sum, without a sign."""
    found = ast.walk(ast.parse(text, mode="eval"))
    return [node.value for node in found if isinstance(node, ast.Constant)]


def same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def among(number: float, others: list[float]) -> bool:
    return any(same(number, abs(other)) for other in others)


@pytest.fixture(scope="module")
def evaluation(evaluated_city):
    return evaluated_city


@pytest.fixture(scope="module")
def run(city_run) -> Path:
    return city_run


@pytest.fixture(scope="module")
def tables() -> dict[str, list[dict[str, str]]]:
    """Return the rows of each shipped file; the header is row 1."""
    files = {}
    for path in CITY.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            files[path.name] = [{}, {}, *csv.DictReader(file)]
    return files


opened = cache(fundeval.open)


def explain(run: Path, unit: str, indicator: str = "", lang: str = "en") -> dict[str, Printed]:
    """Return what the command prints, by indicator."""
    if indicator:
        # A run is opened once for all that is asked of it.
        printed = opened(run, lang).unit(unit).explain(indicator)
    else:
        ended = CliRunner().invoke(app, ["explain", str(run), unit, "--lang", lang])
        assert ended.exit_code == 0, ended.output
        printed = ended.stdout
    blocks = {}
    policy = PolicyInForce(store.read_about(run / "evaluation")["policy"])
    messages = Messages(lang, policy)
    names = {messages.indicator(name): name for name in (*policy.definitions, *policy.rules)}
    for block in printed.strip().split("\n\n"):
        title, *lines = block.splitlines()
        # The bridge and the restriction come after; see test_explain_budget.py.
        if title not in names:
            continue
        rows = [match for line in lines if (match := CITED[lang].fullmatch(line))]
        sums = [
            match for line in lines if not line.startswith(" ") and (match := SUM.fullmatch(line))
        ]
        blocks[names[title]] = Printed(lines, rows, sums)
    return blocks


def cells(text: str) -> list[tuple[str, str]]:
    """Return header and figure of each cell of a printed row, without its place in the file."""
    text = STANDS.sub("", text)
    found = re.findall(r"([^,]+?) ((?:[-(]|\d)[^,]*|—)(?:, |$)", text)
    assert ", ".join(f"{header} {figure}" for header, figure in found) == text
    return found


def figures(printed: Printed) -> list[float]:
    """Return every number that the printed rows hold, of files or made from several rows."""
    texts = [re.split(r"[)）]: ", line)[1] for line in printed.lines if line.startswith("  ")]
    shown = [figure for text in texts for _, figure in cells(text)]
    return [calculate(figure) for figure in shown if figure != "—"]


def column_of(header: str, table: str, lang: str) -> str:
    derived = {catalogue()[f"derived.{name}"][lang]: name for name in (*DERIVED, "yearly_budget")}
    columns = columns_of(table).items()
    named = {column.zh if lang == "zh" else c.replace("_", " "): c for c, column in columns}
    return (derived | named)[header]


# How a column that no file has comes from the cited row, by the national policy.
DERIVED = {
    "balance": lambda row: float(row["closing"]) * CITY_MONEY,
    "yearly_spending": lambda row: float(row["expenditure"]) * CITY_MONEY,
    "weighted_visits": lambda row: float(row["visits"]) * float(row["case_mix"]),
}


def in_file(row: dict[str, str], column: str, table: str) -> float | None:
    """Return what a row of a shipped file holds, money in 元; None for an empty cell."""
    if column in DERIVED:
        return DERIVED[column](row)
    if not row.get(column):
        return None
    money = columns_of(table)[column].role == "money"
    return float(row[column]) * (CITY_MONEY if money else 1)


def budget_of(row: dict[str, str], tables: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    """Return the row of the shipped budgets for the unit, year and scheme of another row."""
    keys = ("unit_id", "year", "scheme")
    (found,) = [b for b in tables["budgets.csv"][2:] if all(b[key] == row[key] for key in keys)]
    return found


def budgets_in(block: Printed) -> list[float]:
    rows = [match["cells"] for match in block.rows if match["file"] == "budgets.csv"]
    return [calculate(figure) for text in rows for _, figure in cells(text)]


def names_of(evaluation, unit: str, scored: bool) -> list[str]:
    if scored:
        scores = evaluation.scores
        return list(scores.loc[scores["unit_id"] == unit, "indicator"])
    rows = evaluation.indicators
    own = (rows["unit_id"] == unit) & (rows["year"] == YEAR) & rows["value"].notna()
    return sorted(set(rows.loc[own, "indicator"]))


# A county is a region too, which the city is in the fast tier.
@pytest.fixture(
    scope="module",
    params=["city", pytest.param("county", marks=pytest.mark.slow), *[*UNITS][2:], "in Chinese"],
)
def unit(request) -> tuple[str, str]:
    """Return a unit and a language."""
    return UNITS.get(request.param, UNITS["hospital"]), "en" if request.param in UNITS else "zh"


@pytest.fixture(scope="module")
def printed(evaluation, run, unit) -> dict[str, Printed]:
    """Return what is printed of a unit: the scored indicators at once, then the others."""
    unit_id, lang = unit
    blocks = explain(run, unit_id, lang=lang)
    assert list(blocks) == names_of(evaluation, unit_id, scored=True)
    for name in names_of(evaluation, unit_id, scored=False):
        if name not in blocks:
            blocks |= explain(run, unit_id, name, lang)
    return blocks


@pytest.mark.slow
def test_every_line_with_an_equals_sign_is_true(printed):
    assert len(printed) > 5
    assert sum(len(block.sums) for block in printed.values()) > 20
    for name, block in printed.items():
        for line in block.lines:
            if " = " in line and not line.startswith((*SOURCES, " ")):
                assert SUM.fullmatch(line), (name, line)
        for match in block.sums:
            assert same(calculate(match["sum"]), calculate(match["result"])), (name, match[0])


@pytest.mark.slow
def test_each_cited_row_holds_the_printed_figure(printed, tables, unit):
    unit_id, lang = unit
    looked_up = 0
    for block in printed.values():
        for match in block.rows:
            file, table = match["file"], match["file"].removesuffix(".csv")
            row = tables[file][int(match["row"])]
            assert row["year"] == match["keys"].split()[0]
            # What is adjusted for may stand with a region above, whose name is then given.
            if row["unit_id"] != unit_id:
                assert table == "context"
                column = "name" if lang == "zh" else "name_en"
                names = {u["unit_id"]: u[column] for u in tables["units.csv"][2:]}
                assert names[row["unit_id"]] in match["keys"]
            for header, figure in cells(match["cells"]):
                column = column_of(header, table, lang)
                if column == "yearly_budget":
                    held = in_file(budget_of(row, tables), "adjusted", "budgets")
                    assert among(calculate(figure), budgets_in(block))
                else:
                    held = in_file(row, column, table)
                assert figure == "—" if held is None else same(held, calculate(figure)), match[0]
                looked_up += 1
    assert looked_up > 20


def test_each_figure_of_a_file_has_its_column_and_stands_there_as_cited(printed, tables):
    """Figures in 万元 stand beside what they are in 元; what no file has, has no column."""
    looked_up = set()
    for block in printed.values():
        for match in block.rows:
            file = match["file"]
            headers = [*tables[file][2]]
            row = tables[file][int(match["row"])]
            for cell in re.split(r", (?=\D)", match["cells"]):
                stands = STANDS.search(cell)
                if stands is None:
                    continue
                column = headers[ord(stands["letter"]) - ord("A")]
                money = columns_of(file.removesuffix(".csv"))[column].role == "money"
                assert (stands["stands"] is not None) == (money and bool(row[column])), cell
                if money and row[column]:
                    assert float(stands["stands"]) == float(row[column]), cell
                looked_up.add(file)
    assert {"budgets.csv", "services.csv"} <= looked_up


def test_sums_take_their_numbers_from_the_rows_above(printed):
    looked_at = 0
    for name, block in printed.items():
        for match in block.sums:
            if re.search(rf" {YEAR}$| {YEAR - 1}$", match["label"]):
                looked_at += 1
                twelve = [12.0] if match["sum"].endswith(" / 12") else []
                known = figures(block) + results_above(block, match) + twelve
                assert all(among(n, known) for n in numbers(match["sum"])), (name, match[0])
    assert looked_at > 0


def results_above(block: Printed, match: re.Match[str]) -> list[float]:
    """Return the results of the sums printed before one."""
    above = block.sums[: block.sums.index(match)]
    return [calculate(earlier["result"]) for earlier in above]


def test_the_value_uses_the_sums_above_and_is_the_one_on_file(printed, evaluation, unit):
    unit_id, lang = unit
    rows = evaluation.indicators
    rows = rows[(rows["unit_id"] == unit_id) & (rows["year"] == YEAR)]
    for name, block in printed.items():
        found = 0
        for row in rows[(rows["indicator"] == name) & rows["value"].notna()].itertuples():
            scheme = say(f"scheme.{row.scheme}", lang)
            values = [m for m in block.sums if m["label"].endswith(f" {YEAR} {scheme}")]
            for match in values:
                found += 1
                assert same(calculate(match["result"]), row.value)
                above = results_above(block, match) + figures(block)
                for number in numbers(match["sum"]):
                    assert number in (0, 1) or among(number, above), match[0]
        assert found or name not in names_of(evaluation, unit_id, scored=False), name


def test_the_points_are_those_on_file(printed, run, unit):
    unit_id, lang = unit
    scores = store.read_slice(run / "evaluation", unit_id)[0].scores
    own = scores[scores["unit_id"] == unit_id]
    assert own["points"].notna().all()
    for score in own.itertuples():
        block = printed[score.indicator]
        (percent,) = [m for m in block.sums if m["label"] == say("explain.percent", lang)]
        (points,) = [m for m in block.sums if m["label"] == say("explain.points", lang)]
        assert math.isclose(calculate(points["result"]), score.points, rel_tol=1e-12)
        expected = {calculate(percent["result"]), 100, score.max}
        assert set(numbers(points["sum"])) == expected
        values = [calculate(m["result"]) for m in block.sums[: block.sums.index(percent)]]
        assert among(abs(score.value), values)
        steps = numbers(percent["sum"])
        assert not re.search(r"- |/ ", percent["sum"]) or among(abs(score.value), steps)


def test_every_registry_indicator_with_a_value_somewhere_is_looked_at(evaluation):
    rows = evaluation.indicators
    valued = rows[rows["unit_id"].isin(UNITS.values()) & rows["value"].notna()]
    everywhere = rows[(rows["year"] == YEAR) & rows["value"].notna()]
    seen = set(valued.loc[valued["year"] == YEAR, "indicator"])
    assert seen >= set(everywhere["indicator"]) & set(REGISTRY)


def test_the_calculator_knows_nothing_but_sums():
    assert calculate("max(0, floor(7 / 2) * 2 - -1)") == 7
    with pytest.raises(AssertionError):
        calculate("__import__('os')")
