import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from table_files import (
    DESCRIPTION,
    Tables,
    in_chinese,
    small,
    with_chinese_names,
    write_csv,
    write_folder,
    write_parquet,
    write_workbook,
)

from fundeval.problems import BadInputError
from fundeval.tables import Dataset, load, sample_names
from fundeval.tables.parsing.header import find_layout
from fundeval.tables.parsing.parse import empty_frame, parse
from fundeval.tables.schemas import TABLES, columns_of
from fundeval.tables.sources.data_source import SourceSheet

DTYPES = {
    "id": "str",
    "text": "str",
    "code": "str",
    "flags": "str",
    "date": "datetime64[us]",
    "datetime": "datetime64[us]",
    "year": "int64",
    "number": "float64",
    "rate": "float64",
    "money": "Int64",
}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_that_is_left_out_is_one_of_headers_alone(table: str) -> None:
    header = pd.DataFrame([list(columns_of(table))], index=[1], dtype=object)
    sheet = SourceSheet("", "", (), lambda: iter([header]))
    read = parse(sheet, sheet.blocks(), find_layout(header, table), "元")
    assert read.problems == []
    pd.testing.assert_frame_equal(empty_frame(table), read.frame)


def assert_same(one: Dataset, other: Dataset) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return load(write_folder(tmp_path / "english", small()))


def test_money_becomes_whole_fen_and_blank_stays_missing(dataset: Dataset) -> None:
    budgets = dataset.budgets.set_index(["year", "scheme"])
    assert budgets.loc[(2022, "employee"), "initial"] == 1_005_000_00
    assert budgets.loc[(2023, "resident"), "initial"] == 237_930_200_00
    assert budgets.loc[(2022, "employee"), "executed"] == 0
    assert pd.isna(budgets.loc[(2022, "employee"), "adjusted"])
    assert budgets["carried_over"].isna().all()


@pytest.mark.parametrize(
    ("unit", "expected"), [("元", 123_46), ("万元", 1_234_560_00), ("亿元", 12_345_600_000_00)]
)
def test_each_money_unit_is_converted_and_rounded_to_the_fen(
    tmp_path: Path, unit: str, expected: int
) -> None:
    tables = small()
    tables["budgets"] = [
        ["unit_id", "year", "scheme", "executed"],
        ["007", "2023", "employee", "123.456"],
    ]
    description = DESCRIPTION.replace("万元", unit)
    loaded = load(write_folder(tmp_path, tables, description))
    assert loaded.budgets["executed"].tolist() == [expected]


def test_ids_are_text_with_their_leading_zeros(dataset: Dataset) -> None:
    assert dataset.units["unit_id"].tolist() == ["007", "010203", "H00000000001"]
    assert dataset.units["parent_id"].dropna().tolist() == ["H00000000001", "010203"]


def test_rows_are_sorted_by_key_and_keep_the_row_of_the_file(dataset: Dataset) -> None:
    assert dataset.units.index.tolist() == [4, 2, 3]
    assert dataset.budgets.index.tolist() == [2, 3, 4]


def test_every_table_has_all_columns_with_their_types(dataset: Dataset) -> None:
    for name in TABLES:
        frame = getattr(dataset, name)
        columns = columns_of(name)
        assert list(frame.columns) == list(columns), name
        expected = {label: DTYPES[column.role] for label, column in columns.items()}
        assert {label: str(dtype) for label, dtype in frame.dtypes.items()} == expected


def test_chinese_headers_and_codes_equal_english_ones(tmp_path: Path, dataset: Dataset) -> None:
    assert_same(load(write_folder(tmp_path / "chinese", in_chinese(small()))), dataset)


def test_column_order_does_not_matter(tmp_path: Path, dataset: Dataset) -> None:
    turned = {name: [row[::-1] for row in rows] for name, rows in small().items()}
    assert_same(load(write_folder(tmp_path / "turned", turned)), dataset)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_encodings_that_spreadsheets_write(tmp_path: Path, dataset: Dataset, encoding: str) -> None:
    folder = write_folder(tmp_path / "encoded", {})
    for name, rows in in_chinese(small()).items():
        write_csv(folder / f"{name}.csv", rows, encoding)
    assert_same(load(folder), dataset)


def test_blank_rows_and_columns_of_a_spreadsheet_are_passed_over(
    tmp_path: Path, dataset: Dataset
) -> None:
    tables = {name: [[*row, ""] for row in rows] for name, rows in small().items()}
    tables["budgets"] += [[""] * 8, [" "] * 8]
    assert_same(load(write_folder(tmp_path / "blank", tables)), dataset)


def test_parquet_equals_csv(tmp_path: Path, dataset: Dataset) -> None:
    assert_same(load(write_parquet(tmp_path / "parquet", small())), dataset)


def test_parquet_written_with_an_index_is_read_without_it(tmp_path: Path, dataset: Dataset) -> None:
    folder = write_parquet(tmp_path / "parquet", small())
    path = folder / "budgets.parquet"
    frame = pd.read_parquet(path)
    frame.set_axis([5, 3, 9], axis="index").to_parquet(path)
    assert_same(load(folder), dataset)


def typed_cells() -> dict[str, list[list[object]]]:
    """Return the small tables as a person types them into a spreadsheet."""
    tables = small()
    tables["units"][2][6] = dt.date(2020, 1, 1)
    for row in tables["budgets"][1:]:
        row[1] = int(str(row[1]))
        row[3:6] = [float(str(cell)) if cell else cell for cell in row[3:6]]
    tables["budgets"][2][6] = dt.datetime(2023, 7, 1)
    return tables


def test_workbook_equals_csv(tmp_path: Path, dataset: Dataset) -> None:
    path = write_workbook(tmp_path / "book" / "county.xlsx", typed_cells())
    assert_same(load(path), dataset)


def test_workbook_in_chinese_described_by_a_sheet(tmp_path: Path, dataset: Dataset) -> None:
    sheets = with_chinese_names(in_chinese(typed_cells()))
    sheets["数据集说明"] = [
        ["标题", "测试数据"],
        ["英文标题", "Test data"],
        ["数据来源", "invented for a test"],
        ["金额单位", "万元"],
        ["起始年度", 2022],
        ["period.last_year", 2023],
        ["合成数据", "是"],
        ["许可", "Apache-2.0"],
    ]
    sheets["Sheet1"] = []
    loaded = load(write_workbook(tmp_path / "book" / "县.xlsx", sheets, description=None))
    assert_same(loaded, dataset)
    assert loaded.info == dataset.info


def test_number_cells_of_a_workbook_become_ids_without_a_decimal_point(tmp_path: Path) -> None:
    tables = typed_cells()
    tables["units"][1][0] = 350900
    tables["units"][2][3] = 350900
    units = load(write_workbook(tmp_path / "book.xlsx", tables)).units
    assert units["unit_id"].tolist() == ["007", "350900", "H00000000001"]


@pytest.mark.parametrize("date", ["2023/7/1", "2023/7/1 0:00", "2023-07-01 00:00:00.000"])
def test_dates_as_programs_write_them(tmp_path: Path, dataset: Dataset, date: str) -> None:
    tables = small()
    tables["budgets"][2][6] = date
    assert_same(load(write_folder(tmp_path / "slashes", tables)), dataset)


def test_several_flags_are_read_in_any_order_and_either_language(tmp_path: Path) -> None:
    tables = small()
    tables["units"][1][5] = "六统一；economic_stress"
    units = load(write_folder(tmp_path, tables)).units
    assert units.loc[2, "flags"] == "economic_stress;six_unified"


def test_a_forecast_for_every_scheme_needs_no_scheme(tmp_path: Path) -> None:
    tables = small()
    tables["context"] = [["unit_id", "year", "gdp_growth"], ["010203", "2023", "0.052"]]
    context = load(write_folder(tmp_path, tables)).context
    assert context[["scheme", "gdp_growth"]].to_numpy().tolist() == [["all", 0.052]]


@pytest.mark.parametrize("write", [write_folder, write_workbook])
def test_a_table_with_only_a_header_is_as_one_not_given(
    tmp_path: Path, dataset: Dataset, write: Callable[[Path, Tables], Path]
) -> None:
    tables = small() | {"funds": [["unit_id", "year", "scheme", "income"]]}
    assert_same(load(write(tmp_path / "funds.xlsx", tables)), dataset)


def test_inputs_are_recorded_by_relative_name_hash_and_rows(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "data", small())
    (folder / "README.md").write_text("not part of the data")
    inputs = {file.name: file for file in load(folder).inputs}
    assert set(inputs) == {"dataset.yaml", "units.csv", "budgets.csv"}
    assert inputs["budgets.csv"].rows == {"budgets": 3}
    content = (folder / "units.csv").read_bytes()
    assert inputs["units.csv"].sha256 == hashlib.sha256(content).hexdigest()


def test_inputs_of_a_workbook_are_the_workbook_and_its_description(tmp_path: Path) -> None:
    inputs = load(write_workbook(tmp_path / "book.xlsx", typed_cells())).inputs
    assert [(file.name, file.rows) for file in inputs] == [
        ("book.yaml", {}),
        ("book.xlsx", {"units": 3, "budgets": 3}),
    ]


def test_a_title_in_one_language_serves_for_both(tmp_path: Path) -> None:
    description = DESCRIPTION.replace("{zh: 测试数据, en: Test data}", "测试数据")
    info = load(write_folder(tmp_path, small(), description)).info
    assert info.title == {"zh": "测试数据", "en": "测试数据"}


@pytest.mark.parametrize("name", sample_names())
def test_the_shipped_samples_can_be_loaded(name: str) -> None:
    assert len(load(f"sample:{name}").units) > 0


@pytest.mark.parametrize("change", [lambda tables: tables, in_chinese])
def test_what_was_retained_and_what_is_usable_are_read_and_may_be_left_out(tmp_path, change):
    tables = small()
    tables["budgets"] = [
        [*tables["budgets"][0], "retained"],
        *([*row, cell] for row, cell in zip(tables["budgets"][1:], ("", "0", "2.5"), strict=True)),
    ]
    tables["context"] = [
        ["unit_id", "year", "scheme", "usable_balance"],
        ["010203", "2024", "employee", "12.34"],
        ["010203", "2024", "resident", ""],
    ]
    read = load(write_folder(tmp_path / "with", change(tables)))
    budgets = read.budgets.sort_values(["year", "scheme"])
    assert budgets["retained"].fillna(-1).tolist() == [-1, 0, 2_500_000]
    assert read.context["usable_balance"].fillna(-1).tolist() == [12_340_000, -1]
    without = load(write_folder(tmp_path / "without", change(small())))
    assert without.budgets["retained"].isna().all()


def test_less_than_nothing_can_neither_be_retained_nor_used(tmp_path):
    tables = small()
    tables["budgets"] = [[*row, cell] for row, cell in zip(
        tables["budgets"], ("retained", "", "-1", ""), strict=True)]  # fmt: skip
    with pytest.raises(BadInputError) as error:
        load(write_folder(tmp_path / "bad", tables))
    assert [(p.rule, p.row, p.column) for p in error.value.problems] == [
        ("tables.greater_than_or_equal_to", 3, "retained")
    ]
