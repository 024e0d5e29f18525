import datetime as dt
import re
import shutil
import subprocess
from dataclasses import replace
from zipfile import ZipFile

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from fundeval.evaluation import evaluate
from fundeval.policy import load
from fundeval.report.workbook import writer as workbook
from fundeval.report.workbook.writer import write_workbook
from fundeval.workbench.suppose import suppose

FORMULA = "=cmd|' /C calc'!A0"
SHEETS = [
    "封面", "目录", "评价结果", "评分明细", "信用等其他评价", "扣分事项",
    "绩效自评表（预算执行）", "绩效自评表（绩效指标）",
    "下年预算测算", "下年预算分组", "下年预算各步", "限制状态", "项目库", "执行偏差影响",
    "后续措施", "政策自定指标", "年度清算", "病种与人群", "分季执行", "采购预警",
    "问题清单", "报送与复算差异",
]  # fmt: skip


@pytest.fixture
def book(evaluation, tmp_path):
    names = evaluation.units["name"].replace("乙医院", FORMULA)
    write_workbook(replace(evaluation, units=evaluation.units.assign(name=names)),
                   tmp_path / "workbook.xlsx", "zh")  # fmt: skip
    return tmp_path / "workbook.xlsx"


def cells(path):
    opened = CalamineWorkbook.from_path(path)
    return {name: opened.get_sheet_by_name(name).to_python() for name in opened.sheet_names}


def rounded(row):
    return [round(cell, 10) if isinstance(cell, float) else cell for cell in row]


def table(path, name):
    _, heading, *rows = cells(path)[name]
    return pd.DataFrame(rows, columns=heading)


def test_every_sheet_is_there_and_the_cover_says_what_it_is(book):
    read = cells(book)
    assert list(read) == SHEETS
    cover = dict(row[:2] for row in read["封面"][1:])
    assert (cover["评价年度"], cover["政策"]) == ("2024", "示范政策")
    assert cover["数据性质"].startswith("虚构数据")
    assert [row[:2] for row in read["目录"][2:7]] == [
        ["评价结果", 9],
        ["评分明细", 12],
        ["信用等其他评价", 0],
        ["扣分事项", 0],
        ["绩效自评表（预算执行）", 6],
    ]


def test_values_read_back_equal(book, evaluation):
    results = table(book, "评价结果").set_index("单位编码")
    assert results.loc["H1", ["得分", "执行率"]].tolist() == [89.996, 0.89996]
    assert results.loc["H1", "上级"] == "甲市"
    assert results.loc["R1", "等级"] == "无法判定"
    assert results.loc["R1", "得分"] == ""
    bridge = table(book, "下年预算各步").set_index("单位编码")
    assert bridge.loc["H1", ["基数", "以收定支", "下年预算"]].tolist() == [
        1e7,
        -100_400,
        10_300_100,
    ]
    scores = table(book, "评分明细")
    points = evaluation.scores["points"].dropna()
    assert sorted(scores["得分"].replace("", pd.NA).dropna()) == sorted(points)
    assert table(book, "限制状态")["限制状态"][0] == "受限"


def test_the_self_evaluation_form_has_the_official_columns(book):
    first = table(book, "绩效自评表（预算执行）").set_index("单位编码")
    assert first.columns[1:].tolist() == [
        "年初预算数", "全年预算数（A）", "全年执行数（B）", "分值", "执行率（B/A）", "得分",
    ]  # fmt: skip
    assert first.loc["H1-1", first.columns[1:]].tolist() == [100, 100, 85, 20, 0.85, 17]
    second = table(book, "绩效自评表（绩效指标）").set_index("单位编码")
    assert second.columns[1:].tolist() == [
        "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分",
        "偏差原因分析及改进措施",
    ]  # fmt: skip
    share = second[second["三级指标"] == "检查检验费用占比"].loc["H2"]
    assert share.tolist()[2:] == [
        "成本指标", "检查检验费用占比", "≤ 20.00%", "", 15, "", "无法判定：分母为零",
    ]  # fmt: skip


def test_differences_show_both_figures_and_where_they_stand(book):
    (row,) = table(book, "报送与复算差异").to_dict("records")
    assert (row["报送数"], row["复算数"], row["差额"]) == (281000000.0, 281000000.01, -0.01)
    assert (row["文件"], row["行"]) == ("budgets.csv", 3)


def test_names_that_look_like_formulas_stay_texts(book):
    assert FORMULA in table(book, "评价结果")["单位"].tolist()
    with ZipFile(book) as file:
        sheets = [name for name in file.namelist() if name.startswith("xl/worksheets/sheet")]
        formulas = re.findall(rb"<f>(.*?)</f>", b"".join(map(file.read, sheets)))
        assert not any(b"cmd" in formula for formula in formulas)
        assert b'quotePrefix="1"' in file.read("xl/styles.xml")


def test_equal_evaluations_give_equal_bytes(evaluation, tmp_path, monkeypatch):
    write_workbook(evaluation, tmp_path / "one.xlsx", "en")
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    write_workbook(evaluation, tmp_path / "two.xlsx", "en")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.xlsx", "two.xlsx"]


def test_a_table_too_long_for_a_sheet_goes_on_in_the_next(evaluation, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 8)
    write_workbook(evaluation, tmp_path / "book.xlsx", "en")
    read = cells(tmp_path / "book.xlsx")
    assert [len(read[name]) - 2 for name in ("Scores", "Scores 2")] == [8, 4]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice (soffice)")
def test_libreoffice_opens_it_and_reads_the_same(book, tmp_path):
    ended = subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless",
         "--convert-to", "ods", "--outdir", tmp_path / "out", book],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    for name, rows in cells(book).items():
        found = cells(tmp_path / "out" / "workbook.ods")[name]
        assert [rounded(row) for row in found] == [rounded(row) for row in rows]


RECALCULATE = """<?xml version="1.0"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>"""


def without_cached_values(book, path):
    """Copy a workbook without the values of its formulas; return the number of formulas."""
    count = 0
    with ZipFile(book) as source, ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.startswith("xl/worksheets/sheet"):
                content, found = re.subn(rb"</f><v>[^<]*</v>", b"</f>", content)
                count += found
            target.writestr(name, content)
    return count


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice (soffice)")
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, marks=pytest.mark.campaign),
        # Many at their limits, so that λ is stated; percentages added before the envelope.
        {"budget_floor": 0.99, "budget_cap": 1.03, "gdp_ceiling": "none"},
        {"evaluation_link": {"hospital": "add", "department": "within", "region": "none"}},
    ],
    ids=["national", "at_limits", "added"],
)
def test_libreoffice_computes_next_years_budgets_as_the_program_does(city, tmp_path, changes):
    policy = suppose(load("national"), changes, dt.date(2024, 12, 31))
    evaluated = evaluate(city, policy, 2024)
    write_workbook(evaluated, tmp_path / "workbook.xlsx", "zh")
    (tmp_path / "blank").mkdir()
    count = without_cached_values(tmp_path / "workbook.xlsx", tmp_path / "blank" / "book.xlsx")
    assert count > 15 * len(evaluated.allocations)
    user = tmp_path / "profile" / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(RECALCULATE, encoding="utf-8")
    ended = subprocess.run(
        ["soffice", f"-env:UserInstallation={user.parent.as_uri()}", "--headless", "--convert-to",
         "xlsx", "--outdir", tmp_path / "out", tmp_path / "blank" / "book.xlsx"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    ours, theirs = cells(tmp_path / "workbook.xlsx"), cells(tmp_path / "out" / "book.xlsx")
    for sheet in ("下年预算测算", "下年预算分组"):
        heading, expected = ours[sheet][1], ours[sheet][2:]
        assert len(expected) > 90
        for row, found in zip(expected, theirs[sheet][2:], strict=True):
            for title, one, other in zip(heading, row, found, strict=True):
                exact = title.startswith(("应返还", "Σ应返还", "取整前", "返还系数 λ"))
                if isinstance(one, float):
                    # To the 分; amounts before rounding to a millionth of a 分 or a float's digits.
                    near = abs(one - other) <= 1e-8 + 1e-12 * abs(one)
                    assert near if exact else f"{one + 0.0:.8f}" == f"{other + 0.0:.8f}", (
                        row[1],
                        title,
                    )
                else:
                    assert one == other, (row[1], title)
        checks = [i for i, title in enumerate(heading) if title.startswith("核对差额")]
        assert checks
        assert {row[i] for row in theirs[sheet][2:] for i in checks} <= {0.0, ""}
