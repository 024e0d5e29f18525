"""A reviewer with a calculator: the printed bridge and restriction lead to every figure.

The sums are read from the printed text by the small parser here and done again with fractions, to
the 分, for every unit and scheme of both samples. Each cited cell is looked up in the file that
ships.
"""

import csv
import datetime as dt
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fundeval import policy, samples
from fundeval.cli import app
from fundeval.evaluation import evaluate
from fundeval.report.text.explain_budget import explain_budget
from fundeval.report.text.explain_restriction import explain_restriction
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from fundeval.results.frames import Evaluation
from fundeval.tables import load
from fundeval.words import catalogue, say
from fundeval.workbench.suppose import suppose
from tests.tables.table_files import in_chinese, small, with_chinese_names, write_workbook

CASES = {"city": ("city", "national", 2024), "public": ("public", "retrospective", 2015)}
SUM = re.compile(
    r"(?P<label>.+): (?P<sum>[-(\d][\d,.+\-×÷() ]*) = "
    r"(?P<result>-?[\d,]+(?:\.\d+)?(?: ÷ \d+)?)(?P<rounded>\D.*)?"
)
CELL = re.compile(
    r"  (?P<file>\S+) 第 (?P<row>\d+) 行 (?P<letter>[A-Z]+) 列（(?P<keys>.+)）"
    r"(?P<header>.+)：(?P<figure>.+)"
)
AMOUNT = re.compile(r"(?<![\d.])[\d,]+\.\d\d(?!\d)")
RATE_DIGITS = Fraction(1, 10**12)
STEPS = (
    "base", "history", "population", "technology", "regional_float", "ratchet_relief", "grade",
    "execution_link", "envelope", "withheld", "award", "next_budget",
)  # fmt: skip


@cache
def calculate(text: str) -> Fraction:
    """Return the result of a sum of decimals with + - × ÷ and brackets."""
    tokens = re.findall(r"[\d,]+(?:\.\d+)?|[-+×÷()]", text)
    assert "".join(tokens) == text.replace(" ", "")

    def expression(place: int) -> tuple[Fraction, int]:
        total, place = product(place)
        while place < len(tokens) and tokens[place] in "+-":
            sign = 1 if tokens[place] == "+" else -1
            term, place = product(place + 1)
            total += sign * term
        return total, place

    def product(place: int) -> tuple[Fraction, int]:
        value, place = factor(place)
        while place < len(tokens) and tokens[place] in "×÷":
            times = tokens[place] == "×"
            other, place = factor(place + 1)
            value = value * other if times else value / other
        return value, place

    def factor(place: int) -> tuple[Fraction, int]:
        if tokens[place] == "-":
            value, place = factor(place + 1)
            return -value, place
        if tokens[place] == "(":
            value, place = expression(place + 1)
            assert tokens[place] == ")"
            return value, place + 1
        return Fraction(tokens[place].replace(",", "")), place + 1

    value, end = expression(0)
    assert end == len(tokens), text
    return value


@dataclass
class Block:
    """What is printed of one scheme: its lines, and the results of its sums by label."""

    title: str
    lines: list[str]
    sums: list[re.Match[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sums = [m for line in self.lines if (m := SUM.fullmatch(line))]

    def results(self, label: str) -> list[Fraction]:
        """Return the results of the sums with a label, apart from what follows it in brackets."""
        return [
            calculate(m["result"]) for m in self.sums if re.split("[（(]", m["label"])[0] == label
        ]

    def stated(self, label: str) -> list[Fraction]:
        """Return the amounts that stand after a label without a sum."""
        found = [re.fullmatch(re.escape(label) + r": (-?[\d,.]+)", line) for line in self.lines]
        return [calculate(m[1]) for m in found if m]


@dataclass
class Printed:
    """A data set as evaluated, and what is printed of each unit: its bridge and restriction."""

    evaluation: Evaluation
    folder: Path
    bridges: dict[str, list[Block]]
    restrictions: dict[str, list[str]]


def show(evaluation: Evaluation, unit_ids: list[str], lang: str) -> dict[str, list[list[str]]]:
    view = View(evaluation, summarize_descendants(evaluation), unit_ids[0], lang)
    return {
        unit_id: [*explain_budget(view.at(unit_id)), explain_restriction(view.at(unit_id))]
        for unit_id in unit_ids
    }


def print_all(evaluation: Evaluation, folder: Path) -> Printed:
    shown = show(evaluation, evaluation.units["unit_id"].tolist(), "zh")
    bridges = {
        unit_id: [Block(block[0], block[1:]) for block in blocks[:-1]]
        for unit_id, blocks in shown.items()
    }
    return Printed(evaluation, folder, bridges, {u: blocks[-1] for u, blocks in shown.items()})


@pytest.fixture(scope="module", params=CASES)
def printed(request) -> Printed:
    sample, rules, year = CASES[request.param]
    if request.param == "city":
        made = request.getfixturevalue("evaluated_city")
    else:
        made = evaluate(load(f"sample:{sample}"), policy.load(rules), year)
    return print_all(made, Path(samples.__file__).parent / sample)


def every_block(printed: Printed) -> Iterator[tuple[str, Block]]:
    for unit_id, blocks in printed.bridges.items():
        for block in blocks:
            yield unit_id, block


def is_right(match: re.Match[str]) -> bool:
    """Tell whether a sum has its result, rounded as it says."""
    value, result = calculate(match["sum"]), calculate(match["result"])
    text = match["rounded"] or ""
    cents = value * 100
    rounded = {
        "half_up": Fraction(math.floor(abs(cents) + Fraction(1, 2)) * (1 if cents > 0 else -1)),
        "down": Fraction(math.floor(cents)),
        "up": Fraction(math.ceil(cents)),
        "remainder_down": Fraction(math.floor(cents)),
        "remainder_up": Fraction(math.ceil(cents)),
    }
    for how, expected in rounded.items():
        if text == say(f"explain.rounded.{how}", "zh"):
            return result * 100 == expected
    assert not text, match[0]
    if re.fullmatch(r"-?\d+\.\d{12}", match["result"]):
        # Rates are kept to 12 decimals; binary arithmetic may decide an exact half.
        return abs(value - result) <= RATE_DIGITS / 2 + RATE_DIGITS / 1000
    return value == result


@pytest.mark.slow
def test_every_printed_sum_is_right(printed):
    count = 0
    for unit_id, block in every_block(printed):
        for match in block.sums:
            count += 1
            assert is_right(match), (unit_id, match[0])
        # Nothing with an equals sign escapes the parser.
        unread = [line for line in block.lines if " = " in line and not line.startswith("  ")]
        assert len(unread) == len(block.sums)
    assert count > (40_000 if len(printed.bridges) > 100 else 15)


@pytest.mark.slow
def test_the_bridge_ends_at_the_figures_of_the_evaluation(printed):
    budget = printed.evaluation.budget
    rows = budget[budget["amount"].notna()]
    known = {(r.unit_id, r.scheme, r.step): r.amount for r in rows.itertuples()}
    seen = set()
    for unit_id, block in every_block(printed):
        scheme = scheme_of(block)
        for step in STEPS:
            amount = known.get((unit_id, scheme, step))
            if amount is None:
                continue
            label = re.split("[（(]", say(f"step.{step}", "zh"))[0]
            found = block.results(label) or block.stated(label)
            found += [v for line in block.lines for v in base_of(line) if step == "base"]
            if step == "withheld":
                found += block.stated(say("step.withheld", "zh"))
            if found:
                assert amount_of(amount) == found[-1], (unit_id, scheme, step)
                seen.add((unit_id, scheme, step))
            else:
                # What moves nothing needs no sum, but the total has it.
                assert amount == 0, (unit_id, scheme, step)
    everything = {key for key in known if key[2] == "next_budget"}
    assert everything <= seen
    assert {(u, s, "base") for u, s, _ in everything} <= seen


def base_of(line: str) -> list[Fraction]:
    found = re.fullmatch(r"基数（.+）: ([\d,.]+)", line)
    return [calculate(found[1])] if found else []


def amount_of(yuan: float) -> Fraction:
    return Fraction(round(yuan * 100), 100)


def scheme_of(block: Block) -> str:
    names = {say(f"scheme.{code}", "zh"): code for code in ("employee", "resident", "all")}
    return names.get(block.title.split("，")[-1], "")


def test_what_lies_between_is_that_of_the_evaluation(printed):
    allocations = printed.evaluation.allocations
    made = allocations[allocations["next_budget"].notna()]
    assert len(made) > 0
    blocks = {(u, scheme_of(block)): block for u, block in every_block(printed)}
    for row in made.itertuples():
        block = blocks[row.unit_id, row.scheme]
        figures = {
            "explain.needs": row.needs, "explain.income": row.income_limit,
            "explain.gdp": row.gdp_limit, "explain.parent_effect": row.parent_effect or math.nan,
        }  # fmt: skip
        for message, figure in figures.items():
            if not math.isnan(figure):
                assert block.results(say(message, "zh")) == [amount_of(figure)], (row, message)
        assert block.stated(say("explain.settled", "zh")) == [amount_of(row.envelope)]
        limits = re.findall(
            r"预算应在 ([\d,.]+)（.+?）与 ([\d,.]+)（.+?）之间", "\n".join(block.lines)
        )
        assert [tuple(map(calculate, pair)) for pair in limits] == [
            (amount_of(row.floor), amount_of(row.cap))
        ]
        if row.retained_below:
            held = block.results(say("explain.retained_here", "zh"))
            assert held == [amount_of(row.retained_below)]
        if row.factor and not math.isnan(row.net) and row.withheld:
            net = block.results(say("explain.net", "zh"))
            assert net == [amount_of(row.net)]
            assert block.results("全组留存") == [amount_of(row.group_retained)]
            factor = say("explain.factor", "zh")
            assert (block.results(factor) or block.stated(factor)) == [Fraction(row.factor)]


def test_amounts_come_from_above_or_from_those_who_are_added_up(printed):
    units = printed.evaluation.units.set_index("unit_id")
    own = {u: set(amounts(line for b in blocks for line in b.lines))
           for u, blocks in printed.bridges.items()}  # fmt: skip
    for unit_id, blocks in printed.bridges.items():
        members = units.index[units["alliance_id"] == unit_id]
        # Shares that the policy sets stand with their sources.
        policy_values = amounts(blocks[-1].lines) if blocks else []
        stated = " ".join(blocks[-1].lines) if blocks else ""
        policy_values += [f"{float(of) / 100:g}" for of in re.findall(r"([\d.]+)%", stated)]
        earlier = {"0.00", *policy_values}.union(*(own[member] for member in members))
        for block in blocks:
            for line in block.lines:
                match = SUM.fullmatch(line)
                if match and not line.startswith("  "):
                    assert set(amounts([match["sum"]])) <= earlier, (unit_id, line)
                earlier |= set(amounts([line]))


def amounts(lines: object) -> list[str]:
    return [amount for line in lines for amount in AMOUNT.findall(line)]


def test_what_is_printed_of_a_sibling_is_what_its_own_bridge_says(printed):
    rows = printed.evaluation.allocations
    rows = rows[rows["next_budget"].notna()]
    names = printed.evaluation.units.set_index("unit_id")["name"]
    known = {}
    for row in rows.itertuples():
        parts = (names[row.unit_id], row.envelope, row.withheld, row.net)
        known.setdefault((row.parent_id, row.scheme), set()).add(
            (parts[0], *map(amount_of, parts[1:]))
        )
    line_of = re.compile(
        r"  (.+)：核定数 ([\d,.]+)，预留 ([\d,.]+)，返还倍数 .+，净变动 (-?[\d,.]+)(?:（.+)?"
    )
    parents = rows.set_index(["unit_id", "scheme"])["parent_id"]
    count = 0
    for unit_id, block in every_block(printed):
        for line in block.lines:
            if match := line_of.fullmatch(line):
                group = (parents[unit_id, scheme_of(block)], scheme_of(block))
                figures = (match[1], *map(calculate, match.groups()[1:]))
                assert figures in known[group], line
                count += 1
    assert count > 10_000 or len(printed.bridges) < 100


def test_each_cited_cell_holds_its_figure(printed):
    files = {}
    for path in printed.folder.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            files[path.name] = list(csv.reader(file))
    lines = {line for _, block in every_block(printed) for line in block.lines}
    lines |= {line for lines in printed.restrictions.values() for line in lines}
    count = 0
    for line in sorted(line for line in lines if line.startswith("  ") and " 第 " in line):
        match = CELL.fullmatch(line)
        assert match, line
        row = files[match["file"]][int(match["row"]) - 1]
        typed = row[ord(match["letter"]) - ord("A")]
        count += 1
        if match["figure"] == "—":
            assert not typed
            continue
        stands, *used = match["figure"].split(" 元")[0].split(" 万元 = ")
        assert calculate(stands) == Fraction(typed), line
        if used:
            assert calculate(used[0]) == Fraction(typed) * 10_000
        # The row is about the year that is printed.
        assert re.search(r"\d{4}", match["keys"])[0] in row
    assert count > (2_000 if len(printed.bridges) > 100 else 3)


def test_the_restriction_follows_from_the_printed_rates(printed):
    frame = printed.evaluation.restrictions
    year = printed.evaluation.about["year"]
    states = frame[frame["year"] == year].set_index("unit_id")
    found = set()
    for unit_id, (_, *lines) in printed.restrictions.items():
        if unit_id not in states.index:
            assert lines == [say("explain.departments_only", "zh")]
            continue
        text = "\n".join(lines)
        sums = [m for line in lines if (m := SUM.fullmatch(line))]
        assert all(map(is_right, sums))
        rates = {int(m["label"][-4:]): calculate(m["sum"]) for m in sums if "÷" in m["sum"]}
        floors = {
            int(y): Fraction(f) / 100
            for y, f in re.findall(r"(\d{4}) 年的执行率下限：([\d.]+)%", text)
        }
        below = {y for y, rate in rates.items() if rate < floors[y]}
        for y in rates:
            low = re.search(rf"{y} 年 [\d.]+% (低于|不低于) 90%", text)
            assert low
            assert (low[1] == "低于") == (y in below)
        known = {year, year - 1} <= set(rates)
        expected = "undetermined"
        if known and {year, year - 1} <= below:
            expected = "restricted"
        elif known and year in below:
            expected = "watch"
        elif known and {year - 1, year - 2} <= below:
            expected = "released"
        elif known:
            expected = "clear"
        state = states.loc[unit_id, "state"]
        assert state == expected, unit_id
        assert f"状态：{say(f'state.{state}', 'zh')}" in text
        found.add(state)
    assert not len(states) or found >= {"clear", "restricted", "watch", "undetermined"}


def test_both_languages_print_the_same_figures(printed):
    ids = printed.evaluation.units["unit_id"].tolist()[:: max(1, len(printed.bridges) // 20)]
    for unit_id, blocks in show(printed.evaluation, ids, "en").items():
        chinese = [line for block in printed.bridges[unit_id] for line in block.lines]
        english = [line for block in blocks[:-1] for line in block[1:]]
        assert len(chinese) == len(english)
        for one, other in zip(chinese, english, strict=True):
            assert sums_of(one) == sums_of(other), other


def sums_of(line: str) -> tuple[str, str] | None:
    # A cell of a sheet in 万元 says its unit in Chinese, its factor in English.
    match = SUM.fullmatch(re.sub(r"：([-\d,.]+) 万元 = ", r": \1 × 10,000 = ", line))
    return (match["sum"], match["result"]) if match else None


# Rules that the national policy does not use; together they reach the other ways to settle.
OTHER_RULES = [
    {
        "budget_base": "average", "gdp_ceiling": "adjusted",
        "growth_drivers": {"history": {"growth_of": "budgets.adjusted"}},
        "ceiling_scope": "each", "execution_link_by": "all", "ratchet_cap": 0.3,
        "evaluation_link": {"region": "within", "hospital": "neutral", "department": "add"},
        "execution_link": {"points": [[0.8, -0.03], [0.95, 0]]}, "budget_cap": 1.04,
        "evaluation_groups": {"region": "parent", "hospital": "level", "department": "parent"},
    },
    {
        "budget_base": "executed", "gdp_ceiling": "executed", "budget_floor": 0.99,
        "budget_cap": 1.035, "restricted_units": "as_others", "regional_float": -0.03,
        "evaluation_link": {"region": "none", "hospital": "within", "department": "within"},
        "returned": {
            "region": {"by": "score", "points": [[60, 0], [100, 1]]},
            "hospital": {"by": "score", "points": [[0, 0], [1, 1]], "rank": "lowest_first"},
            "department": {"by": "execution_rate", "points": [[0.7, 0], [0.95, 1]]},
        },
    },
]  # fmt: skip


@pytest.fixture(
    scope="module",
    params=[OTHER_RULES[0], pytest.param(OTHER_RULES[1], marks=pytest.mark.slow)],
    ids=["all_kinds", "within"],
)
def by_other_rules(request, city) -> Printed:
    rules = suppose(policy.load("national"), request.param, dt.date(2024, 12, 31))
    made = evaluate(city, rules, 2024)
    units = made.units
    ids = [*units.loc[units["kind"] != "department", "unit_id"],
           *units.loc[units["kind"] == "department", "unit_id"].iloc[::25]]  # fmt: skip
    shown = show(made, ids, "zh")
    bridges = {u: [Block(b[0], b[1:]) for b in blocks[:-1]] for u, blocks in shown.items()}
    return Printed(made, Path(samples.__file__).parent / "city", bridges, {})


def test_other_rules_are_explained_as_well(by_other_rules):
    units = by_other_rules.evaluation.allocations.set_index(["unit_id", "scheme"])
    steps = by_other_rules.evaluation.budget
    steps = steps[steps["step"] == "ratchet_relief"]
    budget = steps.set_index(["unit_id", "scheme"])["amount"].to_dict()
    relieved = 0
    for unit_id, block in every_block(by_other_rules):
        for match in block.sums:
            assert is_right(match), (unit_id, match[0])
        scheme = scheme_of(block)
        if (unit_id, scheme) not in units.index:
            continue
        row = units.loc[(unit_id, scheme)]
        if math.isnan(row["next_budget"]):
            continue
        assert block.results(say("step.next_budget", "zh")) == [amount_of(row["next_budget"])]
        assert block.results(say("explain.needs", "zh")) == [amount_of(row["needs"])]
        relief = budget.get((unit_id, scheme))
        if relief is not None:
            assert block.results(say("step.ratchet_relief", "zh")) == [amount_of(relief)]
            relieved += 1
        if row["factor"] and row["reason"] not in ("small", "new", "not_comparable"):
            assert block.results(say("explain.net", "zh")) == [amount_of(row["net"])], block.title
    relieving = by_other_rules.evaluation.about["policy"]["parameters"]
    [cap] = [p["value"] for p in relieving if p["name"] == "ratchet_cap"]
    assert (relieved > 20) == (cap != "none")


@pytest.fixture(scope="module")
def run(city_run, evaluated_city) -> tuple[Path, Evaluation]:
    return city_run, evaluated_city


@pytest.mark.slow
@pytest.mark.parametrize("unit_id", ["990100", "990102", "A990101", "H99010000001-D02"])
def test_the_command_prints_what_the_whole_evaluation_gives(run, unit_id):
    folder, made = run
    [blocks] = show(made, [unit_id], "zh").values()
    for words, part in (
        (("next_budget", "下年预算"), blocks[:-1]), (("restriction", "限制"), blocks[-1:]),
    ):  # fmt: skip
        expected = "".join("\n".join([*block, "", ""]) for block in part)
        for word in words:
            ended = CliRunner().invoke(app, ["explain", str(folder), unit_id, word])
            assert ended.exit_code == 0, ended.output
            assert ended.stdout == expected
    whole = CliRunner().invoke(app, ["explain", str(folder), unit_id])
    assert whole.stdout.endswith("".join("\n".join([*block, "", ""]) for block in blocks))


def test_no_line_names_a_code(printed):
    """Parameters, reasons and steps are named in words."""
    codes = {m.split(".", 1)[1] for m in catalogue() if m.startswith(("reason.", "step."))}
    codes = {code for code in codes if "_" in code}
    codes |= {entry["name"] for entry in printed.evaluation.about["policy"]["parameters"]}
    pattern = re.compile(r"\b(" + "|".join(sorted(codes)) + r")\b")
    lines = {line for _, block in every_block(printed) for line in block.lines}
    assert [line for line in lines if pattern.search(line)] == []


def test_a_cell_of_a_workbook_is_named_as_people_name_it(tmp_path):
    sheets = with_chinese_names(in_chinese(small()))
    budgets = sheets["预算执行"]
    # A title and the unit stand above the header, as people write it.
    budgets[:0] = [["某县预算执行情况"] + [""] * 6, ["单位：万元"] + [""] * 6]
    made = evaluate(
        load(write_workbook(tmp_path / "县.xlsx", sheets)), policy.load("national"), 2023
    )
    lines = [line for block in show(made, ["007"], "zh")["007"] for line in block]
    assert "  县.xlsx「预算执行」E5（2023 职工）调整预算：120.25 万元 = 1,202,500.00 元" in lines
    assert "  县.xlsx「预算执行」F5（2023 职工）执行数：108.225 万元 = 1,082,250.00 元" in lines
    lines = [line for block in show(made, ["007"], "en")["007"] for line in block]
    cell = "  县.xlsx “预算执行” E5 (2023 Employees) adjusted: 120.25 × 10,000 = 1,202,500.00 CNY"
    assert cell in lines
