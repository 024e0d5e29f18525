from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from table_files import (
    DESCRIPTION,
    Tables,
    Told,
    refusal,
    refused,
    small,
    tells,
    told,
    write_csv,
    write_folder,
    write_parquet,
    write_workbook,
)
from xlsxwriter import Workbook

from fundeval.problems import BadInputError
from fundeval.tables import check_year, load
from tests.messages import count, says


def test_a_location_that_does_not_exist(tmp_path: Path) -> None:
    assert told(refused(tmp_path / "nowhere")) == [Told("tables.not_found", "nowhere")]


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "budget.doc"
    path.write_bytes(b"")
    assert told(refused(path)) == [Told("tables.not_a_data_set", "budget.doc")]


@pytest.mark.parametrize("name", ["sample:nowhere", "sample:../../etc", "sample:"])
def test_an_unknown_sample(name: str) -> None:
    [problem] = refused(name)
    assert problem.rule == "tables.unknown_sample"
    assert problem.values["known"] == "sample:city, sample:public"


def test_the_description_is_missing(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, small())
    (folder / "dataset.yaml").unlink()
    assert told(refused(folder)) == [Told("dataset.no_description", "dataset.yaml")]


def test_a_required_table_is_missing(tmp_path: Path) -> None:
    tables = small()
    del tables["budgets"]
    folder = write_folder(tmp_path, tables)
    assert tells(refused(folder), Told("tables.missing_table", folder.name), table="budgets")


def test_an_unknown_file(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, small() | {"budget_2023": [["unit_id"], ["007"]]})
    expected = Told("tables.unknown_table", "budget_2023.csv", 1)
    assert tells(refused(folder), expected, known="budgets")


def test_an_unknown_sheet(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "book.xlsx", small() | {"预算": [["x", "y", "z"], ["1", "2", "3"]]}
    )
    assert Told("tables.strange_table", "book.xlsx", 1, sheet="预算") in told(refused(path))


def test_an_id_without_unit_is_told_once_a_column(tmp_path: Path) -> None:
    tables = small()
    for row in tables["budgets"][1:]:
        row[0] = "8"
    found = told(refused(write_folder(tmp_path, tables)))
    assert found == [Told("tables.unknown_unit", "budgets.csv", 2, "unit_id", "8")]


def test_a_table_in_two_files(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, small())
    write_csv(folder / "单位.csv", small()["units"])
    expected = Told("tables.table_twice", "单位.csv")
    assert tells(refused(folder), expected, table="units", first="units.csv")


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("units.csv", b"", "empty_file"),
        ("units.csv", b" \n\n", "empty_file"),
        ("units.csv", b"u\x00n\x00", "null_bytes"),
        ("units.csv", b"unit_id,name,kind\n\xff", "encoding"),
        (
            "units.csv",
            b"\xef\xbb\xbfunit_id,name,kind\n\xd6\xd0",
            "encoding",
        ),
        ("units.csv", b"a," * 1001 + b"\n", "too_many_columns"),
        ("units.parquet", b"no parquet", "damaged"),
        ("units.xls", b"no workbook", "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_the_only_problem(
    tmp_path: Path, name: str, content: bytes, rule: str
) -> None:
    tables = small()
    del tables["units"]
    folder = write_folder(tmp_path, tables)
    (folder / name).write_bytes(content)
    assert told(refused(folder)) == [Told(f"tables.{rule}", name)]


@pytest.mark.parametrize(
    ("content", "rule", "row"),
    [
        (b"unit_id,name,kind\n" * 20 + b"1,2,3,4\n", "ragged", 21),
        (b'unit_id,name,kind\n1,"2,3\n', "open_quote", 2),
    ],
)
def test_rows_of_a_text_file_that_do_not_fit(
    tmp_path: Path, content: bytes, rule: str, row: int
) -> None:
    tables = small()
    del tables["units"]
    folder = write_folder(tmp_path, tables)
    (folder / "units.csv").write_bytes(content)
    assert told(refused(folder)) == [Told(f"tables.{rule}", "units.csv", row)]


def test_a_workbook_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"no workbook")
    assert told(refused(path)) == [Told("tables.damaged", "book.xlsx")]


def test_an_error_value_in_a_workbook_is_not_taken_for_a_blank(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "book.xlsx", small())
    with Workbook(path) as workbook:
        for name, rows in small().items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        workbook.get_worksheet_by_name("budgets").write_formula("D3", "=1/0", None, "#DIV/0!")
    found = refused(path)
    assert Told("tables.error_cell", "book.xlsx", 3, "", "#DIV/0!", "budgets") in told(found)
    assert "D3" in {problem.cell for problem in found}


def changed(change: Callable[[Tables], object]) -> Tables:
    tables = small()
    change(tables)
    return tables


def set_cell(table: str, row: int, label: str, value: object) -> Callable[[Tables], None]:
    """Return a change of one cell; `row` counts as in the file, the header is 1."""

    def change(tables: Tables) -> None:
        rows = tables[table]
        rows[row - 1][rows[0].index(label)] = value

    return change


CELLS: dict[str, tuple[Any, ...]] = {
    "text in a number column": (
        set_cell("budgets", 3, "executed", "约108"),
        Told("tables.money", "budgets.csv", 3, "executed", "约108"),
    ),
    "thousands separator out of place": (
        set_cell("budgets", 3, "executed", "10,82"),
        Told("tables.decimal_comma", "budgets.csv", 3, "executed", "10,82"),
    ),
    "unit of something else": (
        set_cell("budgets", 3, "executed", "108万人"),
        Told("tables.money", "budgets.csv", 3, "executed", "108万人"),
    ),
    "percent in an amount": (
        set_cell("budgets", 3, "executed", "85%"),
        Told("tables.money", "budgets.csv", 3, "executed", "85%"),
    ),
    "hyphen, which may be nought": (
        set_cell("budgets", 3, "executed", "-"),
        Told("tables.money", "budgets.csv", 3, "executed", "-"),
    ),
    "missing word in a key": (
        set_cell("budgets", 3, "year", "暂无"),
        Told("tables.blank", "budgets.csv", 3, "year", "暂无"),
    ),
    "the word nan": (
        set_cell("budgets", 3, "executed", "nan"),
        Told("tables.money", "budgets.csv", 3, "executed", "nan"),
    ),
    "infinite amount": (
        set_cell("budgets", 3, "executed", "inf"),
        Told("tables.money", "budgets.csv", 3, "executed", "inf"),
    ),
    "negative amount": (
        set_cell("budgets", 3, "initial", "-1.5"),
        Told("tables.greater_than_or_equal_to", "budgets.csv", 3, "initial", "-1.5"),
        {"min_value": 0},
    ),
    "amount beyond belief": (
        set_cell("budgets", 3, "executed", "99999999999"),
        Told("tables.less_than", "budgets.csv", 3, "executed", "99999999999"),
        {"max_value": 10**14},
    ),
    "unknown code": (
        set_cell("budgets", 3, "scheme", "公务员"),
        Told("tables.isin", "budgets.csv", 3, "scheme", "公务员"),
    ),
    "unknown flag": (
        set_cell("units", 2, "flags", "economic_stress;五统一"),
        Told("tables.flags", "units.csv", 2, "flags", "economic_stress;五统一"),
    ),
    "unknown unit": (
        set_cell("budgets", 3, "unit_id", "8"),
        Told("tables.unknown_unit", "budgets.csv", 3, "unit_id", "8"),
    ),
    "unknown parent": (
        set_cell("units", 4, "parent_id", "H9"),
        Told("tables.unknown_unit", "units.csv", 4, "parent_id", "H9"),
    ),
    "bad date": (
        set_cell("budgets", 3, "adjusted_on", "2023-02-30"),
        Told("tables.date", "budgets.csv", 3, "adjusted_on", "2023-02-30"),
    ),
    "year out of range": (
        set_cell("budgets", 3, "year", "1889"),
        Told("tables.greater_than_or_equal_to", "budgets.csv", 3, "year", "1889"),
        {"min_value": 1990},
    ),
    "year with a word": (
        set_cell("budgets", 3, "year", "去年"),
        Told("tables.year", "budgets.csv", 3, "year", "去年"),
    ),
    "half a year": (
        set_cell("budgets", 3, "year", "2023.5"),
        Told("tables.year", "budgets.csv", 3, "year", "2023.5"),
    ),
    "blank key": (
        set_cell("budgets", 3, "year", ""),
        Told("tables.blank", "budgets.csv", 3, "year"),
    ),
    "id mangled by a spreadsheet": (
        set_cell("budgets", 3, "unit_id", "1.23457E+11"),
        Told("tables.id", "budgets.csv", 3, "unit_id", "1.23457E+11"),
    ),
    "id that became a fraction": (
        set_cell("budgets", 3, "unit_id", "123456.0"),
        Told("tables.id", "budgets.csv", 3, "unit_id", "123456.0"),
    ),
    "id without its zeros": (
        set_cell("budgets", 3, "unit_id", "7"),
        Told("tables.lost_zeros", "budgets.csv", 3, "unit_id", "7"),
        {"whole": "007"},
    ),
    "control character": (
        set_cell("units", 3, "name", "某\x07医院"),
        Told("tables.control_character", "units.csv", 3, "name", "某\x07医院"),
    ),
    "cell longer than a spreadsheet holds": (
        set_cell("units", 3, "name", "院" * 1_000_000),
        Told("tables.long_cell", "units.csv", 3, "name", "院" * 1_000_000),
        {"most": 32767},
    ),
    "content without header": (
        set_cell("budgets", 1, "adjusted_on", ""),
        Told("tables.no_header", "budgets.csv", 3, "G", "2023-07-01"),
    ),
    "repeated key": (
        set_cell("budgets", 4, "scheme", "employee"),
        Told(
            "tables.repeated_key", "budgets.csv", 4, "unit_id, year, scheme", "007, 2023, employee"
        ),
        {"first_row": 3},
    ),
    "unknown header": (
        set_cell("budgets", 1, "executed", "执行数额"),
        Told("tables.unknown_header", "budgets.csv", 1, "执行数额"),
        {"known": "执行数"},
    ),
    "header of a column given twice": (
        set_cell("budgets", 1, "executed", "年初预算"),
        Told("tables.duplicate_header", "budgets.csv", 1, "年初预算"),
        {"first": "initial"},
    ),
    "key column missing": (
        set_cell("budgets", 1, "year", "执行数A"),
        Told("tables.missing_column", "budgets.csv"),
        {"name": "year"},
    ),
    "id too long": (
        set_cell("units", 3, "unit_id", "H" * 65),
        Told("tables.str_length", "units.csv", 3, "unit_id", "H" * 65),
        {"min_value": 1, "max_value": 64},
    ),
    "own parent": (
        set_cell("units", 2, "parent_id", "010203"),
        Told("tables.own_ancestor", "units.csv", 2, "parent_id", "010203"),
        {"path": "010203 → 010203"},
    ),
    "own ancestor": (
        set_cell("units", 2, "parent_id", "007"),
        Told("tables.own_ancestor", "units.csv", 4, "parent_id", "H00000000001"),
        {"path": "007 → H00000000001 → 010203 → 007"},
    ),
}


@pytest.mark.parametrize("case", CELLS)
def test_a_table_that_does_not_fit(tmp_path: Path, case: str) -> None:
    change, expected, *values = CELLS[case]
    assert tells(refused(write_folder(tmp_path, changed(change))), expected, **dict(*values))


def test_the_same_in_english(tmp_path: Path) -> None:
    change = set_cell("budgets", 3, "executed", "about 108")
    assert (
        "- budgets.csv, row 3, “executed”: “about 108”. This column takes amounts of money only. "
        "Remedy: write digits, optionally with"
    ) in refusal(write_folder(tmp_path, changed(change)), "en")


def test_a_measure_that_bears_the_name_of_a_computed_indicator(tmp_path: Path) -> None:
    tables = small()
    tables["measures"] = [
        ["unit_id", "year", "measure", "value"], ["H00000000001", 2024, "execution_rate", 0.5],
    ]  # fmt: skip
    expected = Told("tables.measure_computed", "measures.csv", 2, "measure", "execution_rate")
    assert expected in told(refused(write_folder(tmp_path, tables)))


def test_a_rate_in_words_and_a_weight_of_nought(tmp_path: Path) -> None:
    tables = small()
    tables["context"] = [["unit_id", "year", "cpi"], ["010203", "2023", "约2%"]]
    tables["services"] = [
        ["unit_id", "year", "scheme", "setting", "care_level", "case_mix"],
        ["010203", "2023", "employee", "inpatient", "tertiary", "0"],
    ]
    assert told(refused(write_folder(tmp_path, tables))) == [
        Told("tables.rate", "context.csv", 2, "cpi", "约2%"),
        Told("tables.greater_than", "services.csv", 2, "case_mix", "0"),
    ]


def test_a_count_with_more_digits_than_a_number_keeps(tmp_path: Path) -> None:
    tables = small()
    tables["funds"] = [["unit_id", "year", "scheme", "insured"]]
    tables["funds"] += [["010203", "2023", "resident", "123456789012345678"]]
    expected = Told("tables.less_than", "funds.csv", 2, "insured", "123456789012345678")
    assert tells(refused(write_folder(tmp_path, tables)), expected, max_value=10**14)


def test_units_without_a_row(tmp_path: Path) -> None:
    tables = small()
    del tables["units"][1:]
    expected = Told("tables.unknown_unit", "budgets.csv", 2, "unit_id", "007")
    assert expected in told(refused(write_folder(tmp_path, tables)))


def test_a_successor_that_leads_back(tmp_path: Path) -> None:
    tables = small()
    tables["units"][0][4] = "successor_id"
    tables["units"][2][4] = "007"
    tables["units"][3][4] = "H00000000001"
    [problem] = refused(write_folder(tmp_path, tables))
    assert problem.rule == "tables.own_successor"
    assert problem.values["path"] == "007 → H00000000001 → 007"


def test_a_workbook_names_the_sheet(tmp_path: Path) -> None:
    change = set_cell("budgets", 3, "executed", "约108")
    [problem] = refused(write_workbook(tmp_path / "book.xlsx", changed(change)))
    expected = Told("tables.money", "book.xlsx", 3, "executed", "约108", "budgets")
    assert (told([problem]), problem.cell) == ([expected], "F3")


def test_an_id_longer_than_a_spreadsheet_can_hold(tmp_path: Path) -> None:
    change = set_cell("budgets", 3, "unit_id", 123456789012345678)
    found = told(refused(write_workbook(tmp_path / "book.xlsx", changed(change))))
    assert [(t.rule, t.row, t.column) for t in found] == [("tables.id", 3, "unit_id")]


def test_parquet_counts_rows_as_below_a_header(tmp_path: Path) -> None:
    found = refused(write_parquet(tmp_path, changed(set_cell("budgets", 3, "initial", "-1"))))
    rule = "tables.greater_than_or_equal_to"
    assert told(found) == [Told(rule, "budgets.parquet", 3, "initial", "-1.0")]


DESCRIPTIONS = {
    "money unit absent": (
        DESCRIPTION.replace("money_unit: 万元\n", ""),
        Told("dataset.no_money_unit", "dataset.yaml", column="money_unit"),
    ),
    "money unit unknown": (
        DESCRIPTION.replace("万元", "千元"),
        Told("yaml.not_allowed", "dataset.yaml", column="money_unit", value="千元"),
    ),
    "unknown key": (
        DESCRIPTION + "licens: MIT\n",
        Told("yaml.unknown_key", "dataset.yaml", column="licens", value="MIT"),
    ),
    "key twice": (
        DESCRIPTION + "source: again\n",
        Told("yaml.duplicate_key", "dataset.yaml", 7, "source"),
    ),
    "required key missing": (
        DESCRIPTION.replace("licence: Apache-2.0\n", ""),
        Told("yaml.missing_key", "dataset.yaml", column="licence"),
    ),
    "not yaml": (DESCRIPTION + "licence\n  - [\n", Told("yaml.not_yaml", "dataset.yaml", 9)),
    "years reversed": (
        DESCRIPTION.replace("first_year: 2022", "first_year: 2024"),
        Told("dataset.reversed", "dataset.yaml", column="period", value="2024"),
    ),
    "part year of an unknown unit": (
        DESCRIPTION.replace(
            "2023}", "2023, part_years: [{year: 2023, last_month: 6, units: ['7']}]}"
        ),
        Told("tables.unknown_unit", "dataset.yaml", column="period.part_years.units", value="7"),
    ),
}


@pytest.mark.parametrize(
    ("description", "expected"), DESCRIPTIONS.values(), ids=DESCRIPTIONS.keys()
)
def test_a_description_that_does_not_fit(tmp_path: Path, description: str, expected: Told) -> None:
    assert told(refused(write_folder(tmp_path, small(), description))) == [expected]


def test_a_repeated_key_is_as_typed_where_another_cell_breaks_a_rule(tmp_path: Path) -> None:
    tables = small()
    rows = tables["budgets"]
    rows.append([*rows[1]])
    set_cell("budgets", 3, "initial", "-5")(tables)
    found = refused(write_folder(tmp_path, tables))
    key = ", ".join(str(rows[1][rows[0].index(name)]) for name in ("unit_id", "year", "scheme"))
    at = (len(rows), "unit_id, year, scheme", key)
    assert Told("tables.repeated_key", "budgets.csv", *at) in told(found)


def test_a_sheet_of_description_names_the_row(tmp_path: Path) -> None:
    sheets = small() | {"dataset": [["标题", "甲"], ["来源", "乙"], ["起始年度", "去年"]]}
    found = refused(write_workbook(tmp_path / "book.xlsx", sheets, description=None))
    unknown = Told("dataset.unknown_key", "book.xlsx", 2, "来源", "乙", "dataset")
    assert tells(found, unknown, known="数据来源, 英文数据来源")
    year = Told("yaml.not_whole", "book.xlsx", 3, "起始年度", "去年", "dataset")
    assert year in told(found)
    assert "dataset.no_money_unit" in {problem.rule for problem in found}


def test_a_sheet_of_description_with_a_key_twice(tmp_path: Path) -> None:
    sheets = small() | {"dataset": [["标题", "甲"], ["标题", "乙"]]}
    found = told(refused(write_workbook(tmp_path / "book.xlsx", sheets, description=None)))
    assert Told("dataset.key_twice", "book.xlsx", 2, "标题", "乙", "dataset") in found


def test_a_description_given_twice(tmp_path: Path) -> None:
    sheets = small() | {"dataset": [["标题", "甲"]]}
    found = refused(write_workbook(tmp_path / "book.xlsx", sheets))
    assert tells(found, Told("dataset.twice", "book.xlsx"), sheets="dataset")


def test_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    tables = small()
    for change in (
        set_cell("units", 3, "kind", "诊所"),
        set_cell("budgets", 1, "adjusted_on", "调整日"),
        set_cell("budgets", 2, "executed", "无"),
        set_cell("budgets", 3, "unit_id", "008"),
        set_cell("budgets", 4, "initial", "-5"),
    ):
        change(tables)
    description = DESCRIPTION.replace("money_unit: 万元\n", "")
    found = told(refused(write_folder(tmp_path, tables, description)))
    assert {(t.file, t.row, t.column, t.value) for t in found} == {
        ("dataset.yaml", None, "money_unit", None), ("units.csv", 3, "kind", "诊所"),
        ("budgets.csv", 1, "调整日", None), ("budgets.csv", 2, "executed", "无"),
        ("budgets.csv", 3, "unit_id", "008"), ("budgets.csv", 4, "initial", "-5"),
    }  # fmt: skip
    assert len(found) == 6


def test_one_mistake_in_every_row_does_not_hide_another(tmp_path: Path) -> None:
    tables = small()
    years = range(1990, 2090)
    tables["budgets"] = [["unit_id", "year", "scheme", "adjusted"]]
    tables["budgets"] += [["007", year, "employee", "-1"] for year in years]
    tables["context"] = [["unit_id", "year", "cpi"], ["010203", "2023", "2.1"]]
    with pytest.raises(BadInputError) as error:
        load(write_folder(tmp_path, tables))
    found = told(error.value.problems)
    assert len(found) == 101
    assert Told("tables.less_than_or_equal_to", "context.csv", 2, "cpi", "2.1") in found
    # Five alike are shown, the others counted.
    text = error.value.text("zh")
    assert says(text, "problem.count", count=101)
    assert count(text, "tables.greater_than_or_equal_to", min_value=0) == 5
    assert count(text, "tables.less_than_or_equal_to", max_value=1) == 1
    assert says(text, "problem.more", count=95)


def test_a_year_without_a_budget(tmp_path: Path) -> None:
    dataset = load(write_folder(tmp_path, small()))
    check_year(dataset, 2023)
    with pytest.raises(BadInputError) as error:
        check_year(dataset, 2024)
    expected = Told("tables.year_without_budget", "budgets.csv")
    assert tells(error.value.problems, expected, year=2024, years="2022, 2023")


def test_an_unknown_key_is_told_with_those_spelled_alike(tmp_path: Path) -> None:
    described = DESCRIPTION.replace("first_year", "first_yaer")
    found = refused(write_folder(tmp_path, small(), described))
    place = Told("yaml.unknown_key", "dataset.yaml", column="period.first_yaer", value="2022")
    assert tells(found, place, near="first_year")
