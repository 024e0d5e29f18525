"""One door to an evaluation: frames by name, units by name, words, and what another rule moves."""

import datetime as dt
import re
import subprocess
import sys

import openpyxl
import pandas as pd
import pytest

import fundeval
from fundeval.batch.jobs import OFFICIAL, WhatIfInReportError
from fundeval.problems import BadInputError
from fundeval.report.report import PARTS
from fundeval.results import parquet
from fundeval.results.frames import FRAMES
from fundeval.words import catalogue
from fundeval.workbench.source import Source
from fundeval.workbench.suppose import suppose
from tests.messages import pattern


@pytest.fixture(scope="module")
def run():
    return fundeval.evaluate("sample:city", policy="national", year=2024)


@pytest.fixture(scope="module")
def opened(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("outputs") / "demo"
    parquet.write(run.evaluation(), folder / "evaluation")
    return fundeval.open(folder)


def test_importing_the_package_loads_nothing_heavy():
    code = (
        "import sys, fundeval; dir(fundeval); "
        "print(sorted({'pandas', 'numpy', 'matplotlib', 'seaborn', 'pandera'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("part", "drawing"), [("verdict", "[]"), ("bridge", "['matplotlib']")])
def test_a_part_of_a_report_loads_what_it_draws_with_and_no_more(opened, part, drawing):
    code = (
        "import sys, fundeval; "
        f"opened = fundeval.open({str(opened.folder)!r}); "
        f"assert opened.report('990103').show({part!r}).markup; "
        "print(sorted({'matplotlib', 'matplotlib.pyplot', 'seaborn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == drawing


def test_completion_lists_what_a_person_may_ask_for(run):
    assert dir(fundeval) == ["Run", "Unit", "WhatIf", "evaluate", "open", "show"]
    assert set(FRAMES) < set(dir(run))
    assert "budgets" in dir(run.tables)
    assert all(hasattr(run, name) for name in dir(run))


@pytest.mark.parametrize(
    ("wrong", "near"), [("run.grade", "grades"), ("run.tables.budget", "budgets"),
                        ("fundeval.evalute", "evaluate")],
)  # fmt: skip
def test_a_wrong_name_says_what_is_near(run, wrong, near):
    with pytest.raises(AttributeError, match=rf"near: .*{near}"):
        eval(wrong, {"run": run, "fundeval": fundeval})


def test_a_written_run_opens_with_the_same_frames_and_reads_only_what_is_asked_for(run, opened):
    assert opened._frames == {}
    for column in ("unit_id", "score", "grade", "status"):
        read, made = (frame[column].astype("str").tolist() for frame in (opened.grades, run.grades))
        assert read == made
    assert list(opened._frames) == ["grades"]
    assert opened.indicators.dtypes.equals(run.indicators.dtypes)
    assert len(opened.tables.budgets) == len(run.tables.budgets)
    assert repr(opened) == repr(run)
    assert len(repr(run)) < 600


def test_a_unit_is_found_by_id_or_unique_name(run):
    unit = run.unit("映川区人民医院")
    assert (unit.id, unit.kind, unit.parent.id) == ("H99010100001", "hospital", "990101")
    assert run.unit("H99010100001").name == unit.name
    assert unit.id in [child.id for child in unit.parent.children]
    assert "80.47" in repr(unit)


def test_a_name_of_several_units_and_an_unknown_one_are_told(run):
    with pytest.raises(BadInputError) as several:
        run.unit("儿科")
    assert several.value.problems[0].rule == "workbench.several_units"
    assert "H99010100001-D05" in several.value.text("zh")
    with pytest.raises(BadInputError) as none:
        run.unit("映川区人民医")
    assert "映川区人民医院" in none.value.text("zh")


def test_history_is_the_indicator_by_year(run):
    rows = run.indicators
    rows = rows[(rows["unit_id"] == "990101") & (rows["indicator"] == "execution_rate")]
    rows = rows[rows["scheme"] == "all"].set_index("year")["value"]
    history = run.unit("990101").history("execution_rate")
    assert history.to_dict() == rows.dropna().to_dict()
    assert list(history.index) == [2020, 2021, 2022, 2023, 2024]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", FRAMES)
def test_every_frame_is_said_in_words(run, name, lang):
    frame = run.frame(name)
    said = run.in_words(frame, lang)
    assert len(said) == len(frame)
    assert all(f"field.{column}" in catalogue() for column in frame.columns)
    assert not [title for title in said.columns if title in frame.columns]


def test_words_stand_beside_ids_and_figures_in_percent_and_ten_thousands(run):
    rows = run.allocations.query("unit_id == 'H99010100001' and scheme == 'employee'")
    said = run.in_words(rows).iloc[0]
    assert said["单位名称"] == "映川区人民医院"
    assert (said["险种"], said["等级评定"], said["受何约束"]) == ("职工", "良", "受上级总额约束")
    assert said["下年预算（万元）"] == round(rows["next_budget"].iloc[0] / 10_000, 6)
    assert said["执行率（%）"] == round(rows["execution_rate"].iloc[0] * 100, 4)
    value = run.in_words(run.scores.query("unit_id == 'H99010100001'"))["实际值"]
    assert "97.06%" in set(value)


def test_tables_of_the_data_set_are_said_as_in_the_forms(run):
    rows = run.tables.budgets.query("unit_id == '990103' and year == 2024 and scheme == 'employee'")
    said = run.in_words(rows).iloc[0]
    assert (said["险种"], said["文件"]) == ("职工", "budgets.csv")
    assert said["年初预算（万元）"] == round(rows["initial"].iloc[0] / 1e4, 6)
    context = run.tables.context.query("unit_id == '990100' and year == 2024")
    said = run.in_words(context, "en").iloc[0]
    assert said["Gdp growth (%)"] == round(context["gdp_growth"].iloc[0] * 100, 4)


def test_with_words_leaves_columns_and_figures_as_they_are(run):
    rows = run.grades.merge(run.units[["unit_id", "level"]], on="unit_id", validate="one_to_one")
    said = run.with_words(rows)
    assert list(said.columns) == [*rows.columns, "name"]
    assert said["score"].equals(rows["score"])
    at = rows.index[rows["unit_id"] == "H99010100001"][0]
    assert said.loc[at, ["name", "grade", "level"]].tolist() == ["映川区人民医院", "良", "二级"]


def test_parameters_are_said_in_words_of_each_kind(run):
    said = run.in_words(run.parameters())
    assert said.loc["withheld_share", "取值"].split("；")[0] == "统筹地区：2%"
    assert all(run.parameters()["value_in_words"])


def test_no_column_of_a_table_has_the_name_of_the_machine(run):
    given = [name for name, table in run.evaluation().tables.items() if len(table)]
    for name in given:
        shown = run.in_words(getattr(run.tables, name))
        assert not [column for column in shown if re.fullmatch(r"[a-z_]+", column)], name
    shown = run.in_words(run.tables.budgets)
    assert "有预算的执行数（万元）" in shown


def test_a_written_run_tells_its_parameters_in_the_same_order(run, opened):
    assert opened.parameters().equals(run.parameters())


def test_a_unit_is_explained_by_name_of_indicator_too(run):
    unit = run.unit("H99010100001")
    assert unit.explain("execution_rate") == unit.explain("预算执行率（调整预算）")
    whole = unit.explain()
    assert unit.explain("next_budget") in whole
    assert unit.explain("restriction") in whole
    with pytest.raises(BadInputError) as error:
        unit.explain("no_such")
    assert error.value.problems[0].rule == "explain.unknown_indicator"


def test_what_an_indicator_was_divided_from_stays_a_number(run):
    rows = run.indicators.query("indicator == 'execution_rate' and year == 2024").head(3)
    said = run.in_words(rows)
    assert said["分子"].tolist() == rows["numerator"].tolist()
    assert all(value.endswith("%") for value in said["实际值"])


def test_units_side_by_side(run):
    table = run.compare(["映川区人民医院", "H99010100002"])
    assert list(table.columns) == ["映川区人民医院", "映川区中医医院"]
    assert table.loc["总分"].tolist() == ["80.47", "88.61"]


def test_parameters_say_value_and_source(run):
    row = run.parameters().loc["execution_floor"]
    assert (row["value"], row["source"], row["origin"]) == (0.9, "文件", "national")


def test_a_what_if_counts_first_and_lists_who_moves(run):
    answer = run.what_if({"execution_floor": 0.95})
    assert answer.counts.loc["hospital", ["states", "grades", "budgets"]].tolist() == [0, 0, 0]
    changed = answer.units.query("state != other_state").dropna(subset=["state"])
    assert answer.counts.loc["department", "states"] == len(changed) > 0
    assert set(changed["unit_id"]) <= set(answer.moved["unit_id"])
    sizes = answer.moved["change"].abs().dropna().tolist()
    assert sizes == sorted(sizes, reverse=True)
    assert repr(answer).splitlines()[0] == "执行率下限（execution_floor） = 0.95"
    assert "科室 614 家" in answer._repr_html_()


def test_a_what_if_is_known_from_its_data_where_a_run_no_longer_is(opened):
    with pytest.raises(BadInputError) as error:
        opened.what_if({"execution_floor": 0.95})
    assert error.value.problems[0].rule == "workbench.no_ledger"


def test_a_what_if_of_a_unit_tells_of_it_and_all_below(run):
    whole, part = (run.what_if({"withheld_share": {"hospital": 0.2}}, u) for u in (None, "990103"))
    below = run.units.query("parent_id == '990103'")["unit_id"]
    assert {"990103", *below} < set(part.units["unit_id"]) < set(whole.units["unit_id"])
    hospitals = part.units.query("kind == 'hospital'")
    assert len(hospitals) == 7
    change = (hospitals["other_next_budget"] - hospitals["next_budget"]).round(2)
    assert change.tolist() == hospitals["change"].tolist()
    counted = part.counts.loc["hospital"]
    assert counted["gained"] == round(change[change > 0].sum(), 2) > 0
    assert counted["lost"] == round(-change[change < 0].sum(), 2) > 0
    assert part.counts.loc["region", "budgets"] == 0


def test_in_a_map_only_what_is_named_changes_and_other_weights_make_room(run):
    answer = run.what_if({"indicators.average_stay": {"weight": {"hospital": 15}}})
    weights = answer.weights.set_index("indicator")
    assert set(weights["kind"]) == {"hospital"}
    assert weights.loc["average_stay", ["weight", "other_weight"]].tolist() == [10, 15]
    # The others keep their proportions: 85 of the 90 that they had.
    others = weights.drop("average_stay")
    assert (others["other_weight"] / others["weight"]).round(9).unique() == [round(85 / 90, 9)]
    assert others["weight"].sum() == 90
    assert answer.counts.loc["hospital", "scores"] > 0
    assert answer.counts.loc["department", "scores"] == 0
    assert "平均住院日 10 → 15" in repr(answer)


def test_weights_that_are_all_named_are_left_as_they_are(run):
    changes = {
        "indicators.average_stay": {"weight": {"hospital": 15}},
        "indicators.satisfaction": {"weight": {"hospital": 5}},
    }
    weights = run.what_if(changes).weights
    assert weights["indicator"].tolist() == ["average_stay", "satisfaction"]


def test_a_further_indicator_over_a_supplied_measure_can_be_supposed(run):
    measured = set(run.indicators["indicator"]) - set(run.scores["indicator"])
    rule = {
        "domain": "effect", "weight": {"hospital": 10}, "direction": "higher",
        "curve": {"kind": "segments", "points": [[0, 0], [1, 100]]},
    }  # fmt: skip
    name = sorted(measured)[0]
    answer = run.what_if({f"indicators.{name}": rule})
    scored = answer.other.scores.query("indicator == @name")
    assert len(scored) > 0
    assert scored["max"].max() == 10
    assert answer.weights.query("kind == 'hospital'")["other_weight"].sum() == 100


@pytest.mark.parametrize(
    ("changes", "near"),
    [
        ({"execution_flor": 0.9}, "execution_floor"),
        ({"indicators.averge_stay": {"weight": {"hospital": 15}}}, "average_stay"),
    ],
)
def test_a_wrong_name_in_a_what_if_says_what_is_near(run, changes, near):
    with pytest.raises(BadInputError) as error:
        run.what_if(changes)
    assert error.value.problems[0].values["near"].split(", ")[0] == near


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["990103", "H99010100001", ""])
def test_the_report_of_a_unit_is_the_same_however_the_run_was_opened(run, opened, unit):
    made, read = (each.report(unit) for each in (run, opened))
    assert made.show(*PARTS).markup == read.show(*PARTS).markup


def test_a_report_opened_on_a_data_set_has_figures_too(run):
    assert 'id="points-hospital-title"' in run.report("990103").show("points").markup


def test_the_report_of_a_unit_is_found_by_its_name_too(run):
    assert run.report("映川区人民医院").view.unit_id == "H99010100001"
    with pytest.raises(BadInputError) as none:
        run.report("没有这家医院")
    assert none.value.problems[0].rule == "workbench.no_unit"


def test_a_value_within_a_map_is_swept_by_its_path(run):
    swept = run.sweep("withheld_share.hospital", 0.0, 0.1, steps=2)
    assert swept.index.name == "withheld_share.hospital"
    assert swept["gained"].tolist()[0] > 0 == swept["gained"].tolist()[1]
    assert len(set(swept["restricted"])) == 1


@pytest.mark.parametrize("weight", [1, 17, 20, 28.7, 35, 50, 96.3])
def test_weights_that_make_room_sum_to_100_and_no_score_is_above(run, weight):
    answer = run.what_if({"indicators.execution_rate": {"weight": {"department": weight}}})
    rules = answer.policy.on(dt.date(2024, 12, 31))
    weights = [rules.rule(name).weight.get("department", 0) for name in rules.indicators]
    assert round(sum(weights), 9) == 100
    assert answer.outcomes.grades["score"].max() <= 100


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        (None, "workbench.no_map"),
        ([1], "workbench.no_map"),
        ({5: 1}, "workbench.no_map"),
        ("execution_floor", "yaml.not_mapping"),
        ({"indicators.average_stay": 15}, "workbench.no_map"),
        ({"indicators.average_stay": {"weight": 15}}, "workbench.no_map"),
        ({"average_stay": {"weight": 15}}, "workbench.no_map"),
        ({"average_stay": 15}, "workbench.no_map"),
        ({"indicators.average_stay": {"weight": {"hospital": "a"}}}, "yaml.not_number"),
        ({"average_stay": {"weight": {"hospital": 15}},
          "indicators.average_stay": {"weight": {"hospital": 30}}}, "workbench.stated_twice"),
        ({"indicators.chronic_care": {"domain": "effect"}}, "workbench.no_measure"),
    ],
)  # fmt: skip
def test_what_is_no_what_if_is_told(run, changes, rule):
    with pytest.raises(BadInputError) as error:
        run.what_if(changes)
    assert error.value.problems[0].rule == rule


def test_a_what_if_may_be_typed_at_the_command_line(run):
    typed, given = (
        run.what_if(c) for c in ('{"execution_floor": 0.95}', {"execution_floor": 0.95})
    )
    assert typed.counts.equals(given.counts)


def test_a_workbook_has_amounts_to_the_cent(run, tmp_path):
    path = run.to_excel(tmp_path / "book.xlsx")
    read = pd.read_excel(path, sheet_name=1, engine="calamine")
    final = run.budget[run.budget["step"] == "next_budget"].reset_index(drop=True)
    assert read["金额（元）"].tolist() == final["amount"].tolist()
    with pytest.raises(BadInputError) as error:
        run.to_excel(tmp_path / "nowhere" / "book.xlsx")
    assert error.value.problems[0].rule == "workbench.no_folder"


def test_a_department_is_found_by_its_hospital_and_name(run):
    name = run.full_name("H99010100001-D05")
    assert run.unit(name).id == "H99010100001-D05"
    other = next(i for i in run.units["unit_id"] if i.startswith("H99010100002-D05"))
    named = run.units.set_index("unit_id")["name"]
    assert len(run.compare(["H99010100001-D05", other]).columns) == 2
    assert named["H99010100001-D05"] in name


@pytest.mark.parametrize(
    ("ask", "rule"),
    [
        (lambda run: run.unit("990103").history("executionrate"), "workbench.no_indicator_rows"),
        (
            lambda run: run.unit("990103").history("execution_rate", "职工"),
            "workbench.no_scheme_rows",
        ),
        (lambda run: run.unit("990103").rows("budgt"), "workbench.no_frame"),
        (lambda _: fundeval.evaluate("sample:city", lang="fr"), "yaml.not_allowed"),
    ],
)
def test_a_wrong_name_is_no_empty_answer(run, ask, rule):
    with pytest.raises(BadInputError) as error:
        ask(run)
    assert error.value.problems[0].rule == rule


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_refusal_is_told_in_the_language_of_the_run(lang, tmp_path):
    run = fundeval.evaluate("sample:city", year=2024, lang=lang)
    asked = {
        "workbench.no_unit": lambda: run.unit("nowhere"),
        "policy.unknown_parameter": lambda: run.what_if({"floor": 1}),
        "workbench.no_indicator_rows": lambda: run.unit("990103").history("rate"),
        "report.no_evaluation": lambda: fundeval.open(tmp_path, lang=lang),
        "tables.not_found": lambda: fundeval.evaluate(tmp_path / "none", lang=lang),
    }
    for rule, ask in asked.items():
        with pytest.raises(BadInputError, match=pattern(rule, lang)) as error:
            ask()
        # As a script and as a notebook show it.
        assert [str(error.value)] == error.value._render_traceback_()


def test_a_run_that_was_made_again_is_not_mixed_with_what_was_opened(run, tmp_path):
    folder = tmp_path / "again" / "evaluation"
    parquet.write(run.evaluation(), folder)
    opened = fundeval.open(folder)
    assert len(opened.grades) == len(run.grades)
    parquet.write(run.evaluation(), folder)
    with pytest.raises(BadInputError) as error:
        len(opened.restrictions)
    assert error.value.problems[0].rule == "workbench.made_again"


def test_where_official_reports_are_made_nothing_is_supposed(run, monkeypatch):
    monkeypatch.setenv(OFFICIAL, "1")
    for try_it in (
        lambda: run.what_if({"execution_floor": 0.95}),
        lambda: run.sweep("execution_floor", 0.8, 0.9),
        lambda: suppose(run.source.policy, {"execution_floor": 0.95}, dt.date(2024, 12, 31)),
    ):
        with pytest.raises(WhatIfInReportError):
            try_it()


def test_what_is_evaluated_later_of_a_run_is_that_which_was_opened(run, tmp_path):
    folder = tmp_path / "outputs" / "small" / "evaluation"
    parquet.write(run.evaluation(), folder)
    opened = fundeval.open(folder)
    opened._source = lambda: Source(run.source.measured, run.source.policy, lambda: opened.folder)
    parquet.write(run.evaluation(), folder)
    with pytest.raises(BadInputError) as error:
        len(opened.what_if({"execution_floor": 0.95}).units)
    assert error.value.problems[0].rule == "workbench.made_again"


def test_a_sweep_restricts_more_the_higher_the_floor(run):
    swept = run.sweep("execution_floor", 0.85, 0.95, steps=3)
    assert swept.index.tolist() == [0.85, 0.9, 0.95]
    assert swept["restricted"].is_monotonic_increasing
    assert swept.loc[0.9, ["states", "grades", "budgets"]].tolist() == [0, 0, 0]


def test_a_year_before_the_policy_is_told_in_one_line(run):
    with pytest.raises(BadInputError) as error:
        run.of_year(2022)
    (problem,) = error.value.problems
    assert (problem.rule, problem.values["count"] > 70) == ("policy.not_yet_in_force", True)
    assert "retrospective" in error.value.text("zh")


def test_the_same_content_is_not_evaluated_again(run):
    again = fundeval.evaluate("sample:city", policy="national", year=2024)
    assert again.source is run.source
    assert fundeval.evaluate("sample:city", year=2023).year == 2023


def test_frames_go_to_a_workbook_in_words(run, tmp_path):
    path = run.to_excel(tmp_path / "book.xlsx", {"等级": run.grades.head(3)})
    read = pd.read_excel(path, sheet_name="等级", engine="calamine")
    assert list(read.columns[:2]) == ["单位编码", "单位名称"]
    assert len(read) == 3


def test_a_name_that_looks_like_a_formula_stays_text_in_a_workbook(run, tmp_path):
    hostile = '=HYPERLINK("http://example.org","x")'
    frame = run.findings.head(1).assign(detail=hostile)
    path = run.to_excel(tmp_path / "book.xlsx", {"findings": frame})
    (cell,) = [
        cell
        for row in openpyxl.load_workbook(path)["findings"].iter_rows(min_row=2)
        for cell in row
        if cell.value == hostile
    ]
    # "f" is a formula, "s" a text.
    assert cell.data_type == "s"
