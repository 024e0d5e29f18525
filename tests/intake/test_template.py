"""The workbook to fill in: what it writes is read back as it stands."""

import zipfile
from pathlib import Path

import pandas as pd
import pytest
from table_files import DESCRIPTION, small, write_folder

from fundeval.intake.example_rows import example_row
from fundeval.intake.plausibility import check_plausibility
from fundeval.intake.template_workbook import write_template
from fundeval.intake.write import new_file, table_names, write_dataset
from fundeval.money import to_yuan
from fundeval.problems import BadInputError
from fundeval.tables import examine, load
from fundeval.tables.schemas import TABLES, columns_of, columns_of_role
from tests.report.small_city import small_city


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_empty_template_has_all_tables_and_no_data(tmp_path: Path, lang: str) -> None:
    path = tmp_path / "template.xlsx"
    write_template(path, list(TABLES), "亿元", lang)
    found = examine(path)
    assert set(found.tables) == set(TABLES)
    for table in found.tables.values():
        assert table.frame.empty
        assert set(table.layout.columns) == set(columns_of(table.name))
        assert table.problems == []
    assert {note.rule for note in found.notes} == {"intake.example_rows"}
    assert {problem.column for problem in found.problems} == {
        "zh": {"标题", "数据来源", "起始年度、截止年度", "合成数据", "许可"},
        "en": {"title.zh", "source", "period.first_year、period.last_year", "synthetic", "licence"},
    }[lang]
    assert all(problem.row for problem in found.problems)


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "unit"), [("zh", "万元"), ("en", "元")])
def test_a_data_set_written_in_its_form_is_read_back_unchanged(
    tmp_path: Path, lang: str, unit: str
) -> None:
    whole = small_city()
    info = whole.info.model_copy(update={"money_unit": unit})
    # Some rows of each unit have whatever there is.
    frames = {name: getattr(whole, name).groupby("unit_id", sort=False).head(20) for name in TABLES}
    assert sum(len(frame) > 0 for frame in frames.values()) > 10
    in_yuan = {
        name: frame.assign(**{c: to_yuan(frame[c]) for c in columns_of_role(name, "money")})
        for name, frame in frames.items()
    }
    write_dataset(tmp_path / "city.xlsx", info, in_yuan, lang)
    read = load(tmp_path / "city.xlsx")
    assert read.info == info
    for name, frame in frames.items():
        again = getattr(read, name).reset_index(drop=True)
        pd.testing.assert_frame_equal(again, frame.reset_index(drop=True), check_exact=True)


def part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def test_a_sheet_guides_and_guards(tmp_path: Path) -> None:
    write_template(tmp_path / "a.xlsx", ["units", "budgets"], "万元", "zh")
    units, budgets = (part(tmp_path / "a.xlsx", f"xl/worksheets/sheet{n}.xml") for n in (3, 4))
    assert "统筹地区,定点医疗机构,科室,医共体" in units
    assert "<sheetProtection" in units
    assert 'type="decimal"' in budgets
    assert 'type="date"' in budgets
    texts = part(tmp_path / "a.xlsx", "xl/sharedStrings.xml")
    assert "年初预算（万元）" in texts
    assert "单位编码*" in texts
    notes = part(tmp_path / "a.xlsx", "xl/comments2.xml")
    assert "选填，没有数据留空。金额，单位万元。" in notes
    assert "必填。从下拉选项中选：职工, 居民" in notes


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_template(tmp_path / name, ["units", "budgets"], "万元", "zh")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    tables = small()
    tables["units"][3][1] = "=1+1"
    dataset = load(write_folder(tmp_path / "data", tables))
    frames = {"units": dataset.units, "budgets": dataset.budgets}
    write_dataset(tmp_path / "book.xlsx", dataset.info, frames, "zh")
    assert load(tmp_path / "book.xlsx").units["name"].tolist()[0] == "=1+1"


def test_years_that_are_not_whole_need_a_folder(tmp_path: Path) -> None:
    dataset = load(write_folder(tmp_path / "data", small()))
    period = {
        "first_year": 2022,
        "last_year": 2023,
        "part_years": [{"year": 2023, "last_month": 6}],
    }
    info = type(dataset.info).model_validate(dataset.info.model_dump() | {"period": period})
    frames = {"units": dataset.units, "budgets": dataset.budgets}
    write_dataset(tmp_path / "folder", info, frames, "zh")
    assert load(tmp_path / "folder").info == info
    with pytest.raises(BadInputError) as refused:
        write_dataset(tmp_path / "book.xlsx", info, frames, "zh")
    assert [problem.rule for problem in refused.value.problems] == ["intake.part_years"]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(BadInputError) as refused, new_file(tmp_path / "file" / "a", ("",)):
        pass
    assert [problem.rule for problem in refused.value.problems] == ["intake.not_written"]


def test_nothing_is_left_when_writing_fails(tmp_path: Path) -> None:
    def fail() -> None:
        with new_file(tmp_path / "a.xlsx", (".xlsx",)) as draft:
            draft.write_text("half")
            raise BadInputError([])

    with pytest.raises(BadInputError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_tables_are_chosen_in_either_language() -> None:
    assert table_names(["基金收支", "context"]) == ["units", "budgets", "funds", "context"]
    assert table_names(None) == list(TABLES)
    with pytest.raises(BadInputError) as refused:
        table_names(["fund"])
    [problem] = refused.value.problems
    assert (problem.rule, problem.file) == ("intake.no_such_table", "fund")
    assert "funds" in str(problem.values["known"])


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["元", "万元", "亿元"])
def test_an_example_under_an_id_of_ones_own_is_told_and_gives_no_other_warning(
    tmp_path: Path, unit: str
) -> None:
    """The examples agree within themselves: a balance follows, a part is less than the whole."""
    rows = {}
    for name in TABLES:
        row = example_row(name, unit, "en") | {"unit_id": "H1"}
        row = {key: value for key, value in row.items() if value is not None}
        rows[name] = [list(row), list(row.values())]
    description = DESCRIPTION.replace("万元", unit).replace("2023}", "2025}")
    found = examine(write_folder(tmp_path, rows, description))
    assert found.problems == []
    few = {"purchases", "units", "monthly", "measures", "incidents"}
    assert {(s.rule, s.file) for s in check_plausibility(found)} == {
        ("slip.example_left", f"{name}.csv") for name in set(TABLES) - few
    }
