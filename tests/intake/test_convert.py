"""A mapping turns a foreign layout into tables, or says where it does not fit."""

from collections.abc import Callable
from pathlib import Path

import pytest
from table_files import Rows, write_csv, write_workbook

from fundeval.intake.convert import convert
from fundeval.intake.write import write_examination
from fundeval.problems import BadInputError, Problem
from fundeval.tables import load
from tests.messages import says

MAPPING = Path(__file__).parent / "files" / "county-mapping.yaml"
FORM: Rows = [
    ["某县定点医疗机构居民医保预算执行表"],
    ["单位：万元"],
    ["片区", "机构名称", "等级", "2022年", "", "2023年", ""],
    ["", "", "", "年初预算", "执行数", "年初预算", "执行数"],
    ["城区", "县人民医院", "二甲", 1000, "980.5万", 1100, 1055],
    ["", "城关镇卫生院", "一级", 100, "—", 120, "118.8"],
    ["", "城区小计", "", 1100, "", 1220, ""],
    ["合计", "合计", "", 1100, "", 1220, ""],
]
INSURED: Rows = [["参保人数", "个人缴费", "财政补助", "退费"], ["12.5", "1,000.5", "2000", "0.5"]]


def write_form(folder: Path, form: Rows = FORM, insured: Rows = INSURED) -> Path:
    write_workbook(folder / "2023年报.xlsx", {"封面": [["x"]], "附表一": form}, description=None)
    for year in (2022, 2023):
        write_csv(folder / f"参保_{year}.csv", insured, "gb18030")
    return folder


def refusal(folder: Path, mapping: Path = MAPPING) -> str:
    with pytest.raises(BadInputError) as refused:
        convert(folder, mapping).examination.dataset()
    return refused.value.text("zh")


def test_a_county_form_becomes_a_data_set(tmp_path: Path) -> None:
    found = convert(write_form(tmp_path / "in"), MAPPING).examination
    write_examination(tmp_path / "out", found, "zh")
    dataset = load(tmp_path / "out")
    units = dataset.units.set_index("unit_id")
    assert units["name"].to_dict() == {
        "010203": "某县", "H00000000001": "县人民医院", "H00000000002": "城关镇卫生院",
    }  # fmt: skip
    assert units["level"].dropna().tolist() == ["secondary", "primary"]
    budgets = dataset.budgets.set_index(["unit_id", "year"])
    assert budgets["initial"].tolist() == [10_000_000_00, 11_000_000_00, 1_000_000_00, 1_200_000_00]
    assert budgets["executed"].dropna().tolist() == [9_805_000_00, 10_550_000_00, 1_188_000_00]
    assert dataset.funds["year"].tolist() == [2022, 2023]
    assert dataset.funds[["insured", "income"]].to_numpy().tolist() == [[125_000, 3000_00]] * 2


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = write_form(tmp_path / "in")
    for name in ("a", "b"):
        write_examination(tmp_path / name, convert(folder, MAPPING).examination, "zh")
    made = {file.name for file in (tmp_path / "a").iterdir()}
    assert made >= {"dataset.yaml", "units.csv", "budgets.csv"}
    assert made == {file.name for file in (tmp_path / "b").iterdir()}
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def form(row: int, column: int, value: object) -> Rows:
    changed = [list(cells) for cells in FORM]
    changed[row][column] = value
    return changed


CELLS: dict[str, tuple[Rows, str]] = {
    "not a number": (
        form(4, 3, "约千万"),
        "2023年报.xlsx，工作表“附表一”，单元格 D5，“2022年/年初预算”：“约千万”。此列只能是金额数字",
    ),
    "a name without code": (
        form(5, 1, "城关卫生院"),
        "单元格 B6，“机构名称”：“城关卫生院”。编码表中没有这个取值。处理：在映射文件该列的 codes",
    ),
    "a header that is not there": (
        form(3, 4, "实际执行"),
        "2023年报.xlsx，工作表“附表一”。表头中没有“2022年/执行数”。处理：核对映射文件中的列名",
    ),
    "a header that stands twice": (
        form(2, 2, "机构名称"),
        "表头“机构名称”出现多次，无法确定是哪一列",
    ),
    "a key that stands twice": (
        form(5, 1, "县人民医院"),
        "2023年报.xlsx，工作表“附表一”，第 6 行",
    ),
}


@pytest.mark.parametrize(("rows", "told"), CELLS.values(), ids=CELLS.keys())
def test_a_form_that_does_not_fit(tmp_path: Path, rows: Rows, told: str) -> None:
    assert told in refusal(write_form(tmp_path, rows))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    folder = write_form(tmp_path)
    (folder / "2023年报.xlsx").unlink()
    assert says(refusal(folder), "convert.no_file", pattern="*年报.xlsx")


def test_a_sheet_that_is_not_there(tmp_path: Path) -> None:
    write_workbook(write_form(tmp_path) / "2023年报.xlsx", {"附表二": FORM}, description=None)
    assert says(refusal(tmp_path), "convert.no_sheet", name="附表一")


def change(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


MAPPINGS = {
    "unknown key": (change("sheet:", "sheeet:"), "“sources.form.sheeet”：“附表一”。不认识的键"),
    "unknown column": (
        change("initial: 2022", "inital: 2022"),
        "“tables[2]”：“inital”。表 budgets 没有这一列。处理：改为下列之一：initial",
    ),
    "unknown table": (change("table: funds", "table: fund"), "“fund”。取值应为"),
    "unknown source": (
        change("[insured]", "[ensured]"),
        "“tables[3]”：“ensured”。映射中没有这个来源。处理：改为下列之一：form, insured",
    ),
    "unknown unit": (
        change("unit: 万人", "unit: 万元"),
        "“tables[3].insured”：“万元”。列不能用这个单位。处理：可用：人, 人次",
    ),
    "neither one way nor the other": (
        change("plus: [个人缴费, 财政补助], ", ""),
        "“tables[3].columns.income”。一列写 from 或 plus 之一",
    ),
    "a file beyond the folder": (
        change('file: "参保_*.csv"', 'file: "../参保_*.csv"'),
        "没有与“../参保_*.csv”相符的文件",
    ),
    "no year in the name": (
        change(r"(\d{4})", r"([a-z]{9})"),
        "“year”。没有找到年度：看过文件名。",
    ),
    "an expression without group": (
        change(r"(\d{4})", r"\d{4}"),
        "taken.year.pattern”：“\\d{4}”。正则表达式须有一个括号分组",
    ),
    "an expression that is none": (change(r"(\d{4})", "(("), "“((”。取值不合要求"),
}


@pytest.mark.parametrize(("spoil", "told"), MAPPINGS.values(), ids=MAPPINGS.keys())
def test_a_mapping_that_does_not_fit(
    tmp_path: Path, spoil: Callable[[str], str], told: str
) -> None:
    mapping = tmp_path / "mapping.yaml"
    text = MAPPING.read_text(encoding="utf-8")
    assert spoil(text) != text
    mapping.write_text(spoil(text), encoding="utf-8")
    assert told in refusal(write_form(tmp_path / "in"), mapping)


def test_a_sheet_of_a_part_of_a_year_is_told(tmp_path: Path) -> None:
    form: Rows = [["某县居民医保预算执行表（2023年1-9月）"], *FORM[1:]]
    notes = convert(write_form(tmp_path / "in", form), MAPPING).examination.notes
    told = [each for each in notes if each.rule == "intake.part_of_year"]
    assert [(each.file, each.cell, each.values["words"]) for each in told] == [
        ("2023年报.xlsx", "A1", "1-9月")
    ]


BELOW = """\
dataset: {title: 某县, source: 虚构, money_unit: 万元, synthetic: true, licence: none}
sources: {form: {file: "*.xlsx", sheet: 表, header: 2, set: {year: 2024, scheme: 职工}}}
tables:
  - {table: units, sources: [form], set: {kind: hospital}, repeated: keep_first,
     columns: {unit_id: 医院, name: 医院}, drop: [{column: 医院, matching: ["*计"]}]}
  - {table: budgets, sources: [form], columns: {unit_id: 医院, executed: 执行数},
     drop: [{column: 医院, matching: ["*计"]}]}
"""


def convert_below(folder: Path, **files: Rows) -> tuple[Problem, ...]:
    """Convert a workbook for each table, by a mapping that drops totals, and return the notes."""
    mapping = folder / "mapping.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    mapping.write_text(BELOW, encoding="utf-8")
    for name, rows in files.items():
        write_workbook(folder / "in" / f"{name}.xlsx", {"表": rows}, description=None)
    return tuple(convert(folder / "in", mapping).examination.notes)


@pytest.mark.parametrize(
    ("rows", "differing"),
    [
        ([["甲院", 60], ["乙院", 40], ["合计", 100]], []),
        ([["甲院", 60.4], ["小计", 60.4], ["乙院", 40.4], ["小计", 40.4], ["合计", 100.9]], []),
        ([["三级医院", 60], ["甲院", 60], ["二级医院", 40], ["乙院", 40], ["合计", 100]], ["B7"]),
        ([["合计", 100], ["甲院", 60], ["乙院", 40]], []),
        ([["甲院", 60], ["合计", 100]], ["B4"]),
    ],
)
def test_a_total_that_is_not_the_sum_of_what_is_read_is_told(
    tmp_path: Path, rows: Rows, differing: list[str]
) -> None:
    """Totals that are dropped are a control figure: levels counted as hospitals double the sum."""
    notes = convert_below(tmp_path, a=[["单位：万元"], ["医院", "执行数"], *rows])
    assert [each.cell for each in notes if each.rule == "convert.total_differs"] == differing


def test_a_sheet_without_a_unit_beside_others_that_state_one_is_told(tmp_path: Path) -> None:
    body: Rows = [["医院", "执行数"]]
    notes = convert_below(
        tmp_path,
        a=[["单位：元"], *body, ["甲院", 600_000]],
        b=[["2024年"], *body, ["乙院", 400_000]],
    )
    told = [(each.file, each.values) for each in notes if each.rule == "convert.unit_not_stated"]
    assert told == [("b.xlsx", {"unit": "万元", "others": 1})]
    alone = convert_below(tmp_path / "one", b=[["2024年"], *body, ["乙院", 40]])
    assert "convert.unit_not_stated" not in {each.rule for each in alone}
