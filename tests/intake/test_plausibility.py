"""Figures that can be read but do not agree with those around them."""

from pathlib import Path

import pytest
from table_files import Rows, Told, small, tells, told, write_folder

from fundeval.intake.plausibility import check_plausibility
from fundeval.problems import Problem
from fundeval.tables import examine, sample_names

FUNDS = ["unit_id", "year", "scheme", "opening", "income", "expenditure", "closing"]
BUDGETS = ["unit_id", "year", "scheme", "initial", "adjusted", "executed"]
SERVICES = [
    "unit_id", "year", "scheme", "setting", "care_level", "visits", "cost", "drug_cost",
    "exam_cost", "fund_paid",
]  # fmt: skip


def slips(folder: Path, **tables: Rows) -> list[Problem]:
    found = examine(write_folder(folder, small() | tables))
    assert found.problems == []
    return check_plausibility(found)


def fund(year: int, opening: float, income: float, spent: float, closing: float) -> list[object]:
    return ["010203", year, "resident", opening, income, spent, closing]


def test_figures_that_agree_give_no_slip(tmp_path: Path) -> None:
    # A county's published fund: balances roll forward to the last digit printed.
    rows = [fund(2023, 35226, 79653, 78034, 36845), fund(2024, 36845, 78499, 77872, 37472)]
    assert slips(tmp_path, funds=[FUNDS, *rows]) == []


@pytest.mark.parametrize("name", sample_names())
def test_the_shipped_samples_have_none(name: str) -> None:
    assert check_plausibility(examine(f"sample:{name}")) == []


def test_an_opening_that_is_not_the_closing_before(tmp_path: Path) -> None:
    rows = [fund(2023, 35226, 79653, 78034, 36845), fund(2024, 36900, 78499, 77872, 37527)]
    found = slips(tmp_path, funds=[FUNDS, *rows])
    expected = Told("slip.opening", "funds.csv", 3, "opening", "369,000,000.00 元")
    assert told(found) == [expected]
    assert found[0].values["amount"] == "550,000.00"


def test_two_digits_exchanged(tmp_path: Path) -> None:
    rows = [fund(2023, 35226, 79653, 78034, 36845), fund(2024, 36485, 78499, 77872, 37112)]
    found = slips(tmp_path, funds=[FUNDS, *rows])
    assert [slip.rule for slip in found] == ["slip.opening", "slip.swapped"]
    assert found[0].values["amount"] == "-3,600,000.00"


def test_a_closing_that_does_not_follow(tmp_path: Path) -> None:
    found = slips(tmp_path, funds=[FUNDS, fund(2023, 35226, 79653, 78034, 36855)])
    expected = Told("slip.closing", "funds.csv", 2, "closing", "368,550,000.00 元")
    assert tells(found, expected, amount="100,000.00")


def test_rounding_is_no_difference(tmp_path: Path) -> None:
    assert slips(tmp_path, funds=[FUNDS, fund(2023, 35226.4, 79653.3, 78034.2, 36845.6)]) == []


def budget(year: int, *amounts: object) -> list[object]:
    return ["007", year, "resident", *amounts]


def test_yuan_for_ten_thousand_beside_other_years(tmp_path: Path) -> None:
    rows = [budget(2021, 100), budget(2022, 1_100_000), budget(2023, 120)]
    found = slips(tmp_path, budgets=[BUDGETS[:4], *rows])
    expected = Told("slip.unit", "budgets.csv", 3, "initial", "11,000,000,000.00 元")
    assert told(found) == [expected]


def test_yuan_for_ten_thousand_beside_the_rest_of_the_row(tmp_path: Path) -> None:
    found = slips(tmp_path, budgets=[BUDGETS, budget(2023, 100, 110, 1_050_000)])
    expected = Told("slip.unit", "budgets.csv", 2, "executed", "10,500,000,000.00 元")
    assert told(found) == [expected]


def test_a_year_ten_times_the_one_before(tmp_path: Path) -> None:
    [found] = slips(tmp_path, budgets=[BUDGETS[:4], budget(2022, 100), budget(2023, 1_050)])
    assert (found.rule, found.row, found.column) == ("slip.tenfold", 3, "initial")
    assert found.values["times"] == "10.5"


def service(scheme: str, *amounts: object) -> list[object]:
    return ["010203", 2023, scheme, "inpatient", "secondary", 10, *amounts]


def test_parts_that_exceed_the_whole(tmp_path: Path) -> None:
    rows = [service("employee", 100, 60, 50, 80), service("resident", 100, 60, 40, 110)]
    found = slips(tmp_path, services=[SERVICES, *rows])
    whole = "services.csv", "cost", "1,000,000.00 元"
    assert [(s.file, s.column, s.value) for s in found] == [whole] * 2
    assert [(s.rule, s.row, s.values["parts"], s.values["amount"]) for s in found] == [
        ("slip.parts", 2, "drug_cost, exam_cost", "100,000.00"),
        ("slip.parts", 3, "fund_paid", "100,000.00"),
    ]


def test_months_that_do_not_make_the_year(tmp_path: Path) -> None:
    header = ["unit_id", "year", "month", "scheme", "executed"]
    months = [["007", 2023, month, "employee", 7] for month in range(1, 13)]
    tables = {"monthly": [header, *months]}
    found = slips(tmp_path / "1", **tables)
    expected = Told("slip.months", "budgets.csv", 3, "executed", "1,082,250.00 元")
    assert expected in told(found)
    # Eleven months are not the year.
    assert slips(tmp_path / "2", monthly=tables["monthly"][:-1]) == []


def test_all_schemes_beside_each(tmp_path: Path) -> None:
    rows = [["007", 2023, scheme, amount] for scheme, amount in (
        ("all", 250), ("employee", 100), ("resident", 110),
    )]  # fmt: skip
    found = slips(tmp_path, budgets=[BUDGETS[:4], *rows])
    assert [(s.rule, s.values["amount"]) for s in found] == [("slip.schemes", "400,000.00")]


def test_totals_rows_that_are_not_the_sum(tmp_path: Path) -> None:
    rows = [
        budget(2022, 100), budget(2023, 110), ["小计", 2023, "resident", 210],
        budget(2024, 120), ["小计", 2024, "resident", 120], ["合计", 2024, "resident", 300],
    ]  # fmt: skip
    [found] = slips(tmp_path, budgets=[BUDGETS[:4], *rows])
    expected = Told("slip.total", "budgets.csv", 7, "initial", "3,000,000.00 元")
    assert tells([found], expected, amount="-300,000.00")


def test_ids_shorter_than_their_kind(tmp_path: Path) -> None:
    tables = small()
    tables["units"] += [[f"0{n}0203", "某县", "region", "", "", "", ""] for n in range(2, 5)]
    tables["units"] += [["50203", "某县", "region", "", "", "", ""]]
    found = slips(tmp_path, **tables)
    assert told(found) == [Told("slip.short_id", "units.csv", 8, "unit_id", "50203")]
    assert found[0].values["usual"] == 6


def test_an_entry_that_cancels_more_than_was_spent_is_kept(tmp_path: Path) -> None:
    found = slips(
        tmp_path, budgets=[BUDGETS, budget(2023, 100, 100, 90), budget(2024, 100, 100, -5)]
    )
    assert told(found) == [Told("slip.negative", "budgets.csv", 3, "executed", "-50,000.00 元")]


def test_a_zero_between_years_of_large_amounts(tmp_path: Path) -> None:
    """900 and 950 万元 around a 0; the 0 of the last year may be right."""
    years = [budget(2022, 1000, 1000, 900), budget(2023, 1000, 1000, 0),
             budget(2024, 1000, 1000, 950), budget(2025, 1000, 1000, 0)]  # fmt: skip
    found = slips(tmp_path, budgets=[BUDGETS, *years])
    assert told(found) == [Told("slip.zero_between", "budgets.csv", 3, "executed", "0.00 元")]


@pytest.mark.parametrize(
    ("end", "successor", "expected"),
    [
        ("2022-12-31", "", [Told("slip.after_end", "budgets.csv", 2, "unit_id", "007")]),
        ("2022-12-31", "010203", []),
        ("2023-12-31", "", []),
        ("", "010203", [Told("slip.no_end", "units.csv", 2, "successor_id", "010203")]),
    ],
)
def test_a_unit_that_ended_and_one_that_did_not(
    tmp_path: Path, end: str, successor: str, expected: list[Told]
) -> None:
    head = ["unit_id", "name", "kind", "parent_id", "valid_to", "successor_id"]
    units = [head, ["007", "a", "hospital", "010203", end, successor],
             ["010203", "b", "region", "", "", ""]]  # fmt: skip
    rows = [BUDGETS, budget(2023, 100, 100, 90)]
    assert told(slips(tmp_path, units=units, budgets=rows)) == expected
