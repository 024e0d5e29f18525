"""What a page says of the tie between results and next year's budget."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from fundeval import report
from fundeval.policy.known import KNOWN
from fundeval.report.report import Report
from fundeval.report.sections import next_budget
from fundeval.report.unit_view import View
from fundeval.results import parquet
from fundeval.results.descendants import summarize_descendants
from fundeval.tables.schemas import TABLES, columns_of
from fundeval.words import say
from tests.messages import pattern, says, word
from tests.report.conftest import allocation, frame, unit

# Three hospitals graded excellent, good and fair, 9.8 million each after the envelope: a tenth
# is withheld, 1.5, 1 and 1 times are earned back, and 6/7 of that is there to return.
RESULTS = {
    "H1": ("excellent", 95.0, 1_260_000.0, "3/2"),
    "H2": ("good", 85.0, 840_000.0, "1"),
    "H3": ("fair", 75.0, 840_000.0, "1"),
}
GROUP = {
    "group_count": 3, "group_judged": 3, "group_envelope": 29_400_000.0,
    "group_withheld": 2_940_000.0, "group_wanted": 3_430_000.0, "factor": "6/7",
}  # fmt: skip
PARTS = ("bridge", "shares", "group", "groups_below", "use_of_results")


def settled(unit_id, **values):
    grade, score, award, returned = RESULTS[unit_id]
    net = award - 980_000.0
    given = {
        "base": 10_000_000.0, "needs": 10_400_000.0, "desired": 10_400_000.0,
        "envelope": 9_800_000.0, "envelope_by": "parent", "floor": 5_000_000.0, "cap": 12_000_000.0,
        "balance_rule": "within", "grade": grade, "score": score, "result_by": "grade",
        "result": grade, "returned": returned, "withheld": 980_000.0, "award": award, "net": net,
        "next_budget": 9_800_000.0 + net, "execution_rate": 0.95, "unspent": 500_000.0,
        "ratchet": 0.125,
    }  # fmt: skip
    return allocation(unit_id, "010000", "hospital", **given | GROUP | values)


def steps(unit_id):
    amounts = {
        "base": 10_000_000.0, "history": 400_000.0, "population": 0.0, "technology": 0.0,
        "regional_float": 0.0,
        "envelope": -600_000.0, "withheld": -980_000.0, "award": 1_260_000.0,
        "next_budget": 10_080_000.0,
    }  # fmt: skip
    drivers = dict.fromkeys(("history", "population", "technology"), "growth_drivers")
    parameters = drivers | {"withheld": "withheld_share"}
    rated = {"history": 0.04, "population": 0.0, "technology": 0.0, "regional_float": 0.0}
    return [
        {"unit_id": unit_id, "year": 2025, "scheme": "all", "step": step, "amount": amount,
         "base": 10_000_000.0 if step in rated else None, "rate": rated.get(step),
         "status": "ok", "reason": "parent" if step == "envelope" else "",
         "parameter": parameters.get(step, "")}
        for step, amount in amounts.items()
    ]  # fmt: skip


@pytest.fixture
def show(evaluation):
    def show(unit_id, part, lang="zh", rows=None):
        units = [*evaluation.units.to_dict("records"),
                 unit("H3", "丙医院", "hospital", "010000", "tertiary")]  # fmt: skip
        root = allocation("010000", None, "region", reason="root", next_budget=30_000_000.0)
        given = replace(
            evaluation,
            units=frame("units", units),
            budget=frame("budget", steps("H1")),
            allocations=frame("allocations", [root, *(rows or map(settled, RESULTS))]),
        )
        view = View(given, summarize_descendants(given), unit_id, lang)
        return Report(view).show(part).markup

    return show


FIRST, SECOND, THIRD = "甲医院", "乙医院", "丙医院"
CHINESE = {name: column.zh for table in TABLES for name, column in columns_of(table).items()}


def cells(markup, name):
    """Return the cells of the rows of the table of this name."""
    tables = re.findall(r"<table[^>]*>.*?</table>", markup, re.S)
    table = next(t for t in tables if says(t, f"table.{name}"))
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", re.sub(r"</?(?:span|a)\b[^>]*>", "", table))
    return [re.findall(r">([^<>]*)</t[hd]>", row) for row in rows]


def test_the_line_of_the_group_says_what_was_withheld_and_the_factor(show):
    shown = show("H2", "group")
    everyone = say("group.all_take_part", "zh", count=3, judged=3)
    assert says(
        shown, "group.yours", who=word("kind.hospital"), scheme=word("scheme.all"),
        members=everyone, withheld="294.00 万元", wanted="343.00 万元",
        factor=say("factor.exact", "zh", fraction="6/7", decimal="0.857143"),
        award="294.00 万元",
    )  # fmt: skip
    assert says(shown, "group.balanced")


def test_who_gave_and_who_got_is_sorted_by_the_change_and_marks_this_unit(show):
    header, *rows = cells(show("H2", "group"), "group")
    assert header[5:9] == [
        word(f"column.{name}") for name in ("returned", "net", "net_share", "next_budget")
    ]
    names = [row[0] for row in rows]
    assert names[1:] == [say("group.this", "zh", name=SECOND), THIRD]
    assert names[0].startswith(FIRST)
    assert rows[0][3:8] == [
        "980.00", "-98.00", "+126.00", "+28.00", "+2.86%",
    ]  # fmt: skip
    assert [row[8] for row in rows] == ["1,008.00", "966.00", "966.00"]


def test_a_group_in_which_nothing_moves_says_why_and_has_no_chart(show):
    still = {"factor": "", "reason": "only_unit", "group_reason": "only_unit", "group_judged": 1}
    shown = show("H1", "group", rows=[settled("H1", group_count=1, **still)])
    assert says(shown, "group.yours_still", reason=word("reason.only_unit"))
    assert says(shown, "group.none_moved")
    assert "<svg" not in shown


def test_who_stands_at_a_limit_and_what_is_retained_is_named(show):
    rows = [settled("H1", limit="cap"), settled("H2", group_retained=30_000.0), settled("H3")]
    rows = [{**row, "group_retained": 30_000.0} for row in rows]
    shown = show("H1", "group", rows=rows)
    assert re.search(f"{word('group.at_cap')}[^。]*{FIRST}", shown)
    assert says(shown, "group.retained", amount="3.00 万元", holder="甲市")


def test_the_chart_shows_change_against_score_with_its_values_in_words(show):
    shown = show("H2", "group")
    told = re.search(r"<desc [^>]*>(.*?)</desc>", shown, re.S).group(1)
    row = {"name": SECOND, "score": "85.00", "change": "-1.43%"}
    assert says(told, "chart.budget_change.row", **row)
    assert re.search(rf"<text [^>]*>{SECOND}</text>", shown)


def test_the_bridge_has_only_the_steps_of_the_unit_and_says_why_one_is_zero(show):
    shown = show("H1", "bridge")
    header, *listed = cells(shown, "bridge")
    assert header[0] == word("column.step")
    steps = (
        "base", "history", "population", "technology", "regional_float", "envelope", "withheld",
        "award", "next_budget",
    )  # fmt: skip
    assert [row[0] for row in listed] == [word(f"step.{step}") for step in steps]
    rows = {step: row[1:] for step, row in zip(steps, listed, strict=True)}
    assert rows["regional_float"][-1] == word("bridge.zero.regional_float")
    assert rows["envelope"][-1] == word("reason.parent")
    assert says(
        shown, "bridge.in_short", total="+0.80%", needs="+4.00%", envelope="-6.00%",
        results="+2.80%",
    )  # fmt: skip
    assert rows["withheld"][0] == "-98.00"
    assert "10%" in rows["withheld"][1]
    assert word("parameter.withheld_share") in rows["withheld"][1]


def test_in_a_large_group_the_calculation_keeps_to_the_unit(show, monkeypatch):
    monkeypatch.setattr(next_budget, "MOST_IN_FULL", 2)
    shown = show("H1", "bridge")
    places = [
        shown.index(line)
        for line in (
            "历史支出: 10,000,000.00 × 0.040000000000 = 400,000.00",
            "需求合计: 10,000,000.00 + 400,000.00 + 0.00 + 0.00 + 0.00 = 10,400,000.00",
            "上级甲市的下年预算 30,000,000.00；其 3 个定点医疗机构约束前共需 31,200,000.00，"
            "约束后共得 29,400,000.00",
            "以收定支 = 约束后 9,800,000.00 − 约束前 10,400,000.00 = -600,000.00",
            "预留 = 约束后 9,800,000.00 ×（预留比例 10% + 执行率扣减 0%）= 980,000.00",
            "应返还 = 约束后 9,800,000.00 × 预留比例 10% × 返还倍数 1.5 = 1,470,000.00",
            "返还 = 返还系数 6/7 × 应返还 1,470,000.00 = 1,260,000.00",
            "约束后 9,800,000.00 − 预留 980,000.00 + 返还 1,260,000.00 = 10,080,000.00",
        )
    ]
    assert places == sorted(places)


def test_what_the_result_of_the_parent_moved_is_told_apart(show):
    rows = [settled("H1", parent_effect=-120_000.0), settled("H2"), settled("H3")]
    shown = show("H1", "bridge", rows=rows)
    moved = say(
        "bridge.of_parent_one", "zh", scheme=word("scheme.all"), amount="-12.00 万元",
        without="-48.00 万元",
    )  # fmt: skip
    assert says(shown, "bridge.of_parent", amounts=moved)
    assert not says(show("H2", "bridge", rows=rows), "bridge.of_parent")


def test_a_unit_that_is_left_out_is_counted_and_not_drawn(show):
    alone = {"standing": "small", "reason": "small", "returned": "", "withheld": 0.0,
             "award": 0.0, "net": 0.0, "grade": None, "score": None}  # fmt: skip
    two = {"group_count": 2, "group_judged": 2}
    rows = [settled("H1", **two), settled("H2", **two), settled("H3", **two | alone)]
    shown = show("H1", "group", rows=rows)
    assert says(shown, "group.some_left_out", all=3, out=1, count=2, judged=2)
    assert says(shown, "group.not_drawn", count=1)
    assert len(cells(shown, "group")) == 1 + 3


def test_units_that_are_a_part_of_their_parent_are_said_to_be_so(city):
    text = report.open_unit("990101", city).show("shares").markup
    told = re.search(pattern("shares.part", kind=word("kind.hospital")), text)
    total, held, own, share, rest = (
        float(re.sub(r"[%,]| 万元", "", part)) for part in told.groups()
    )
    assert total + held + rest == pytest.approx(own, abs=0.02)
    assert share == pytest.approx((total + held) / own * 100, abs=0.01)
    # The city's regions make up its budget; its own hospitals are another way to list it.
    root = report.open_unit("990100", city).show("shares").markup
    assert says(root, "shares.adds_up", kind=word("kind.region"))
    named = {"kind": word("kind.hospital"), "whole": word("kind.region")}
    assert says(root, "shares.other_way", **named)
    departments = report.open_unit("H99010100001", city).show("shares").markup
    assert says(departments, "shares.adds_up", kind=word("kind.department"))


@pytest.mark.parametrize("unit_id", ["990100", "990101", "A990101", "H99010100001-D03"])
def test_the_page_cites_the_cells_that_a_budget_was_drawn_up_from(city, unit_id):
    markup = report.open_unit(unit_id, city).show("bridge").markup
    folded = re.findall(r'<pre class="derivation">(.*?)</pre>', markup, re.S)
    assert sum(block.startswith("  ") for block in folded) == (0 if unit_id == "A990101" else 2)
    for block in folded:
        lines = block.splitlines()
        sums = [line for line in lines if re.search(r" [+×÷−-] .* = ", line)]
        assert len(sums) >= 4
        if lines[0].startswith("  "):
            assert re.match(rf"  budgets\.csv \D*\d+\D* E .*2024 .*{CHINESE['adjusted']}", lines[0])
            for column in ("technology_growth", "population"):
                assert any(CHINESE[column] in line for line in lines)


def test_saving_is_told_with_what_it_costs_next_year(show):
    shown = show("H1", "bridge")
    assert says(shown, "ratchet.loses", unspent="50.00 万元", ratio="0.1250")
    bound = dict(row[:2] for row in cells(shown, "settled"))[word("settled.bound")]
    assert bound == say("report.because", "zh", what="-60.00", reason=word("reason.parent"))


def test_advice_follows_from_grade_link_and_restriction(show):
    rows = [
        settled("H1", restricted_unit=True, capped=True, link_rate=-0.01, execution_rate=0.85,
                withheld=1_078_000.0, net=-98_000.0, award=980_000.0, limit="link"),
        settled("H2"), settled("H3"),
    ]  # fmt: skip
    shown = show("H1", "use_of_results", rows=rows)
    assert says(shown, "apply.link_alone", net="-9.80 万元", share="-1.00%")
    assert says(shown, "apply.moved_advice.capped")
    assert not says(shown, "apply.moved_advice.down")
    kept = {"rate": "85.00%", "cut": "1%", "amount": "9.80 万元"}
    assert says(shown, "apply.link", **kept)
    assert re.search(r"90%[^。]*105%", re.search(pattern("apply.link", **kept), shown)[0])
    assert says(shown, "apply.restricted")
    assert says(shown, "apply.conflict_result", grade=word("grade.excellent"))
    assert says(shown, "apply.conflict_award", amount="25.00 万元")


@pytest.mark.parametrize(("net", "named"), [(0.01, False), (0.99, False), (1.0, True)])
def test_who_gains_by_rounding_alone_is_not_named(show, net, named):
    rows = [settled("H1", net=net), settled("H2", net=-net), settled("H3", net=0.0)]
    shown = show("010000", "use_of_results", rows=rows)
    assert says(shown, "apply.below_up") is named
    assert says(shown, "apply.below_down") is named


def test_departments_are_told_by_the_floor_of_each_year(evaluation):
    rows = evaluation.restrictions.assign(previous_floor=0.85)
    given = replace(evaluation, restrictions=rows)
    shown = Report(View(given, summarize_descendants(given), "H1", "zh")).show("departments").markup
    assert says(shown, "departments.floors", floor="90%", year=2023, previous="85%")
    assert re.search(r"2024[^<]*85\.00%[^<]*90%", shown)


@pytest.fixture(scope="module")
def city(city_run):
    return city_run / "evaluation"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("unit_id", ["990100", "990106", "H99010600001", "H99010600001-D01"])
def test_no_page_shows_a_parameter_by_its_id_or_a_value_as_a_program_writes_it(city, unit_id, lang):
    opened = report.open_unit(unit_id, city, lang=lang)
    text = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", opened.show(*PARTS).markup, flags=re.S)
    assert len(text) > 1000
    assert [name for name in KNOWN if "_" in name and name in text] == []
    assert re.findall(r"[\[\]{}]|'|\bFalse\b|\bTrue\b|\bNone\b|\bnan\b|\w+_\w+", text) == []


def test_rows_of_every_group_sum_to_what_the_parent_has(city):
    made = parquet.read_slice(city, "H99010600001")[0].allocations
    group = made[made["parent_id"] == "990106"]
    assert set(group["kind"]) == {"hospital"}
    for _, rows in group.groupby("scheme"):
        retained = rows["group_retained"].iloc[0]
        assert len(rows) == 7
        total = round(rows["next_budget"].sum() + retained, 2)
        assert total == round(rows["group_envelope"].iloc[0], 2)
    parent = made[made["unit_id"] == "990106"]
    assert pd.Series(parent["retained_below"]).gt(0).all()
