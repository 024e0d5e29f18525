"""Figures that can be read but do not agree with those around them."""

from pathlib import Path

import pytest
from table_files import Rows, Told, small, tells, told, write_folder

from fundeval import policy
from fundeval.intake.declared_units import units_of_measures
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
    usual = small()
    usual["budgets"][1][5] = "95"
    found = examine(write_folder(folder, usual | tables))
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
    expected = Told("slip.opening", "funds.csv", 3, "opening", "36900 万元")
    assert told(found) == [expected]
    assert found[0].values["amount"] == "550,000.00"


def test_a_closing_that_does_not_follow(tmp_path: Path) -> None:
    found = slips(tmp_path, funds=[FUNDS, fund(2023, 35226, 79653, 78034, 36855)])
    expected = Told("slip.closing", "funds.csv", 2, "closing", "36855 万元")
    assert tells(found, expected, amount="100,000.00")


def years(*executed: float) -> Rows:
    rows = [["007", 2019 + n, "employee", e * 1.05, e * 1.05, e] for n, e in enumerate(executed)]
    return [BUDGETS, *rows]


@pytest.mark.parametrize(
    ("executed", "row"),
    [
        ((475, 480, 476, 4_940_000), 5),
        ((4_940_000, 475, 480), 2),
        ((4_750_000, 4_800_000, 4_760_000, 494), 5),
        ((475, 480, 476, 4_900), None),
    ],
)
def test_a_whole_row_in_yuan(tmp_path: Path, executed: tuple[float, ...], row: int | None) -> None:
    """A row in 元 for 万元 at an end of the years; ten times as much may be another year."""
    found = told(slips(tmp_path, budgets=years(*executed)))
    assert {each.rule for each in found} == ({"slip.unit"} if row else set())
    assert {each.row for each in found} == ({row} if row else set())


def test_a_unit_that_spends_many_times_what_the_one_above_does(tmp_path: Path) -> None:
    rows = [["H00000000001", 2023, "employee", 500, 500, 475]]
    rows += [["007", 2023, "employee", 5_000_000, 5_000_000, 4_750_000]]
    found = slips(tmp_path, budgets=[BUDGETS, *rows])
    assert {(each.rule, each.row) for each in told(found)} == {("slip.above_parent", 3)}
    assert found[0].values["times"] == "10,000"


def test_a_slip_is_told_once_and_a_department_within_its_hospital(tmp_path: Path) -> None:
    """4 750 000 beside its own 475 and 475 is a slip of the unit, also above the hospital's 500."""
    rows = [["H00000000001", 2023, "employee", 500, 500, 475]]
    rows += [["007", 2023, "employee", 500, 500, 4_750_000]]
    assert {each.rule for each in told(slips(tmp_path, budgets=[BUDGETS, *rows]))} == {"slip.unit"}
    rows[1][-1] = 490
    found = slips(tmp_path, budgets=[BUDGETS, *rows])
    expected = Told("slip.above_hospital", "budgets.csv", 3, "executed", "490 万元")
    assert told(found) == [expected]


def test_a_year_after_those_of_the_description(tmp_path: Path) -> None:
    """2022 and 2023 are stated, and 2024 may be budgeted; 2032 is 2023 mistyped."""
    rows = [*years(475, 480), ["007", 2024, "employee", 500, 500, 490]]
    rows += [["007", 2032, "employee", 500, 500, 490]]
    found = [each for each in slips(tmp_path, budgets=rows) if each.rule == "slip.outside_period"]
    assert told(found) == [Told("slip.outside_period", "budgets.csv", 5, "year", "2032")]


def test_an_execution_of_many_times_its_budget(tmp_path: Path) -> None:
    found = slips(tmp_path, budgets=[BUDGETS, ["007", 2023, "employee", 520, 520, 52_000]])
    expected = Told("slip.above_budget", "budgets.csv", 2, "executed", "52000 万元")
    assert told(found) == [expected]


def test_a_total_that_names_its_year_is_of_that_year(tmp_path: Path) -> None:
    rows = [["007", 2022, "employee", 100, "", 95], ["007", 2023, "employee", 110, "", 99]]
    assert slips(tmp_path, budgets=[BUDGETS, *rows, ["合计", 2023, "", 110, "", 99]]) == []
    found = slips(tmp_path, budgets=[BUDGETS, *rows, ["合计", 2023, "", 120, "", 99]])
    assert {(each.rule, each.row, each.column) for each in told(found)} == {
        ("slip.total", 4, "initial")
    }


def test_rounding_is_no_difference(tmp_path: Path) -> None:
    assert slips(tmp_path, funds=[FUNDS, fund(2023, 35226.4, 79653.3, 78034.2, 36845.6)]) == []


def budget(year: int, *amounts: object) -> list[object]:
    return ["007", year, "resident", *amounts]


def test_yuan_for_ten_thousand_beside_other_years(tmp_path: Path) -> None:
    rows = [budget(2021, 100), budget(2022, 1_100_000), budget(2023, 120)]
    found = slips(tmp_path, budgets=[BUDGETS[:4], *rows])
    expected = Told("slip.unit", "budgets.csv", 3, "initial", "1100000 万元")
    assert told(found) == [expected]


def test_yuan_for_ten_thousand_beside_the_rest_of_the_row(tmp_path: Path) -> None:
    found = slips(tmp_path, budgets=[BUDGETS, budget(2023, 100, 110, 1_050_000)])
    expected = Told("slip.unit", "budgets.csv", 2, "executed", "1050000 万元")
    assert told(found) == [expected]


def test_a_last_year_wholly_in_yuan(tmp_path: Path) -> None:
    rows = [budget(year, 520, 520, 494) for year in (2021, 2022)]
    rows += [budget(2023, 5_300_000, 5_300_000, 4_940_000)]
    found = slips(tmp_path, budgets=[BUDGETS, *rows])
    assert [(each.rule, each.row, each.column) for each in found] == [
        ("slip.unit", 4, column) for column in BUDGETS[3:]
    ]
    # All of it three times as much is another year, and so is ten times.
    tenfold = [*rows[:2], budget(2023, 5_200, 5_200, 4_940)]
    assert slips(tmp_path / "b", budgets=[BUDGETS, *tenfold]) == []


def test_a_unit_that_is_wholly_in_yuan_beside_its_siblings(tmp_path: Path) -> None:
    usual = small()["units"]
    kind, parent = usual[0].index("kind"), usual[0].index("parent_id")
    ids = [f"00{number}" for number in range(7, 10)]
    of = {row[0]: row for row in usual[1:]}["007"]
    more = [[each, *of[1:]] for each in ids[1:]]
    units = [*usual, *more]
    assert (of[kind], bool(of[parent])) == ("department", True)

    def rows(times: int, some: list[str]) -> Rows:
        amounts = {each: 300 + 10 * place for place, each in enumerate(ids)}
        return [
            BUDGETS[:4],
            *(
                [each, year, "resident", amounts[each] * (times if each in some else 1)]
                for each in ids
                for year in (2022, 2023)
            ),
        ]

    [found] = slips(tmp_path / "yuan", units=units, budgets=rows(10_000, ["008"]))
    assert (found.rule, found.row, found.column) == ("slip.unit_of_sibling", 4, "initial")
    # A large unit is large; of two that are alike nobody can tell which one is wrong.
    for times, some in ((900, ["008"]), (10_000, ["007", "009"])):
        folder = tmp_path / f"{times}"
        assert slips(folder, units=units, budgets=rows(times, some)) == []


def test_a_year_ten_times_the_one_before(tmp_path: Path) -> None:
    [found] = slips(tmp_path, budgets=[BUDGETS[:4], budget(2022, 100), budget(2023, 1_050)])
    assert (found.rule, found.row, found.column) == ("slip.tenfold", 3, "initial")
    assert found.values["times"] == "10.5"


def service(scheme: str, *amounts: object) -> list[object]:
    return ["010203", 2023, scheme, "inpatient", "secondary", 10, *amounts]


def test_parts_that_exceed_the_whole(tmp_path: Path) -> None:
    rows = [service("employee", 100, 60, 50, 80), service("resident", 100, 60, 40, 110)]
    found = slips(tmp_path, services=[SERVICES, *rows])
    whole = "services.csv", "cost", "100 万元"
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
    expected = Told("slip.months", "budgets.csv", 3, "executed", "108.225 万元")
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
    expected = Told("slip.total", "budgets.csv", 7, "initial", "300 万元")
    assert tells([found], expected, amount="-300,000.00")


def test_ids_shorter_than_their_kind(tmp_path: Path) -> None:
    tables = small()
    del tables["budgets"]
    tables["units"] += [[f"0{n}0203", "某县", "region", "", "", "", ""] for n in range(2, 5)]
    tables["units"] += [["50203", "某县", "region", "", "", "", ""]]
    found = slips(tmp_path, **tables)
    assert told(found) == [Told("slip.short_id", "units.csv", 8, "unit_id", "50203")]
    assert found[0].values["usual"] == 6


def test_an_entry_that_cancels_more_than_was_spent_is_kept(tmp_path: Path) -> None:
    found = slips(
        tmp_path, budgets=[BUDGETS, budget(2023, 100, 100, 90), budget(2024, 100, 100, -5)]
    )
    assert told(found) == [Told("slip.negative", "budgets.csv", 3, "executed", "-5 万元")]


def test_a_zero_between_years_of_large_amounts(tmp_path: Path) -> None:
    """900 and 950 万元 around a 0; that of the last year is told, for it may be right."""
    years = [budget(2021, 1000, 1000, 900), budget(2022, 1000, 1000, 0),
             budget(2023, 1000, 1000, 950), budget(2024, 1000, 1000, 0)]  # fmt: skip
    found = slips(tmp_path, budgets=[BUDGETS, *years])
    assert told(found) == [
        Told("slip.zero_between", "budgets.csv", 3, "executed", "0 万元"),
        Told("slip.zero_at_end", "budgets.csv", 5, "executed", "0 万元"),
    ]


def test_a_zero_with_a_reason_is_meant(tmp_path: Path) -> None:
    years = [[*budget(2022, 1000, 1000, 0), ""], [*budget(2023, 1000, 1000, 900), ""],
             [*budget(2024, 1000, 1000, 0), "停诊"]]  # fmt: skip
    found = slips(tmp_path, budgets=[[*BUDGETS, "reason"], *years])
    assert [(s.rule, s.row) for s in found] == [("slip.zero_at_end", 2)]


@pytest.mark.parametrize(
    ("end", "successor", "expected"),
    [
        ("2022-12-31", "", [Told("slip.after_end.money", "budgets.csv", 2, "unit_id", "007")]),
        (
            "2022-12-31",
            "008",
            [Told("slip.after_end_moved.money", "budgets.csv", 2, "unit_id", "007")],
        ),
        ("2023-12-31", "", []),
        ("", "008", [Told("slip.no_end", "units.csv", 2, "successor_id", "008")]),
    ],
)
def test_a_unit_that_ended_and_one_that_did_not(
    tmp_path: Path, end: str, successor: str, expected: list[Told]
) -> None:
    head = ["unit_id", "name", "kind", "parent_id", "valid_to", "successor_id"]
    units = [head, ["007", "a", "hospital", "010203", end, successor],
             ["008", "c", "hospital", "010203", "", ""],
             ["010203", "b", "region", "", "", ""]]  # fmt: skip
    rows = [BUDGETS, budget(2023, 100, 100, 90)]
    assert told(slips(tmp_path, units=units, budgets=rows)) == expected


def test_a_balance_within_what_is_printed(tmp_path: Path) -> None:
    """Each of four figures is rounded to a whole 万元: they may differ by three."""
    rows = [fund(2023, 35226, 79653, 78034, 36847), fund(2024, 36848, 78499, 77872, 37472)]
    found = slips(tmp_path, funds=[FUNDS, *rows])
    assert told(found) == []


def measures(*figures: tuple[int, str, object]) -> Rows:
    head: Rows = [["unit_id", "year", "measure", "value"]]
    return head + [["007", year, name, value] for year, name, value in figures]


def test_a_share_written_as_a_percent_number(tmp_path: Path) -> None:
    """Declared a fraction by the policy: 65 is 6 500 %; or as its own other years show."""
    rows = measures(
        (2023, "satisfaction", 65), (2024, "satisfaction", 0.65), (2025, "satisfaction", "65%"),
        (2022, "own", 0.7), (2023, "own", 0.72), (2024, "own", 71),
        (2022, "days", 7), (2023, "days", 8),
    )  # fmt: skip
    budgets = [BUDGETS, budget(2023, 100, 100, 90)]
    found = examine(write_folder(tmp_path, small() | {"budgets": budgets, "measures": rows}))
    units = units_of_measures(policy.load("national"))
    told_of = check_plausibility(found, units)
    assert told(told_of) == [
        Told("slip.percent_number", "measures.csv", 2, "value", "65"),
        Told("slip.percent_number", "measures.csv", 7, "value", "71"),
    ]
    assert told_of[0].values["percent"] == "6,500"


@pytest.mark.parametrize(("written", "doubtful"), [("0.5", True), ("5%", False), ("0.052", False)])
def test_a_growth_that_is_not_usual(tmp_path: Path, written: str, doubtful: bool) -> None:
    context: Rows = [["unit_id", "year", "gdp_growth"], ["010203", 2023, written]]
    found = slips(tmp_path, context=context)
    assert [s.rule for s in found] == ["slip.unusual_rate"] * doubtful


def test_persons_in_ten_thousands_beside_peers(tmp_path: Path) -> None:
    """60 万 people spend 1 300 元 each; 62.5 people would spend 12 million each."""
    ids = [f"01020{n}" for n in range(3, 8)]
    units = [small()["units"][0], *([u, "某县", "region", "", "", "", ""] for u in ids)]
    units += small()["units"][2:]
    people = [600_000, 610_000, 590_000, 620_000, 62.5]
    rows = [[u, 2023, "resident", 78_000, n] for u, n in zip(ids, people, strict=True)]
    head = ["unit_id", "year", "scheme", "expenditure", "insured"]
    found = slips(tmp_path, units=units, funds=[head, *rows])
    assert told(found) == [Told("slip.per_head", "funds.csv", 6, "insured", "62.5")]


def spent(*figures: object) -> Rows:
    head: Rows = [["unit_id", "year", "scheme", "expenditure", "basis"]]
    rows = [["010203", 2015 + n, "resident", each, ""] for n, each in enumerate(figures)]
    return head + rows


def test_a_growing_series_has_no_slip(tmp_path: Path) -> None:
    """Sixteenfold in nine years, as provinces grew: no figure is off its neighbours."""
    figures = spent(*(100 * 1.4**n for n in range(10)))
    assert slips(tmp_path, funds=figures) == []


@pytest.mark.parametrize("place", [0, 2, 4])
def test_one_decimal_point_in_a_series(tmp_path: Path, place: int) -> None:
    figures = [7800.5, 7900.5, 8100.5, 8300.5, 8600.5]
    figures[place] *= 10
    found = slips(tmp_path, funds=spent(*figures))
    assert [(s.rule, s.row) for s in found] == [("slip.tenfold", place + 2)]


def test_growth_over_years_without_a_figure_is_no_break(tmp_path: Path) -> None:
    """As of the provinces from 2006 to 2011: four times as much after four blank years."""
    assert slips(tmp_path, funds=spent(7800, 7900, "", "", 31_000, 32_000)) == []


def test_a_series_that_is_counted_otherwise(tmp_path: Path) -> None:
    """Funds merged in 2017: three times as much; told unless the basis says so."""
    rows = spent(7800, 7900, 24_000, 25_000)
    assert [(s.rule, s.row) for s in slips(tmp_path / "1", funds=rows)] == [("slip.break", 4)]
    for row, basis in zip(rows[1:], ["城镇", "城镇", "城乡", "城乡"], strict=True):
        row[4] = basis
    assert slips(tmp_path / "2", funds=rows) == []


@pytest.mark.parametrize(
    ("start", "end", "kind", "expected"),
    [
        ("2024-01-01", "", "hospital", [("slip.before_start", "budgets.csv", "year")]),
        ("2023-06-01", "", "hospital", []),
        # Both dates are told by one problem, not by three.
        (
            "2023-06-01",
            "2023-01-01",
            "hospital",
            [("slip.reversed_dates", "units.csv", "valid_to")],
        ),
        ("", "2023-12-31", "region", [("slip.successor_kind", "units.csv", "successor_id")]),
    ],
)
def test_dates_and_successors(
    tmp_path: Path, start: str, end: str, kind: str, expected: list[tuple[str, str, str]]
) -> None:
    head = ["unit_id", "name", "kind", "valid_from", "valid_to", "successor_id"]
    units = [head, ["007", "a", "hospital", start, end, "008" if end else ""],
             ["008", "c", kind, "", "", ""], ["010203", "b", "region", "", "", ""]]  # fmt: skip
    found = slips(tmp_path, units=units, budgets=[BUDGETS, budget(2023, 100, 100, 90)])
    assert [(s.rule, s.file, s.column) for s in found] == expected


def test_the_amount_that_a_chain_of_successors_loses(tmp_path: Path) -> None:
    """A ends in 2022 and B, its successor, in 2023: the 40 and 50 of 2024 count for nobody."""
    head = ["unit_id", "name", "kind", "valid_to", "successor_id"]
    units = [head, ["007", "a", "department", "2022-12-31", "008"],
             ["008", "b", "department", "2023-12-31", ""],
             ["010203", "c", "region", "", ""]]  # fmt: skip
    rows = [["007", 2023, "all", 100, 100, 30], ["007", 2024, "all", 100, 100, 40],
            ["008", 2024, "all", 100, 100, 50]]  # fmt: skip
    found = slips(tmp_path, units=units, budgets=[BUDGETS, *rows])
    assert [(s.rule, s.row, s.values["amount"]) for s in found] == [
        ("slip.after_end_gap.money", 3, "400,000.00"),
        ("slip.after_end_moved.money", 2, "300,000.00"),
        ("slip.after_end.money", 4, "500,000.00"),
    ]


@pytest.mark.parametrize(
    ("end", "rows"), [("2022-12-31", [2, 3]), ("2023-06-30", [3]), ("2024-12-31", [])]
)
def test_figures_of_a_merged_unit_that_are_no_sums(
    tmp_path: Path, end: str, rows: list[int]
) -> None:
    """A survey is no sum: from the year in which its unit merged on it counts for nobody."""
    head = ["unit_id", "name", "kind", "valid_to", "successor_id"]
    units = [head, ["007", "甲院", "hospital", end, "008"], ["008", "乙院", "hospital", "", ""],
             ["010203", "c", "region", "", ""]]  # fmt: skip
    files = {"units": units, "budgets": [BUDGETS, budget(2022, 100, 100, 90)]}
    files["measures"] = measures((2022, "own", 91), (2023, "own", "92.50"))
    if end == "2022-12-31":
        files["measures"] = measures((2023, "own", 91), (2023, "other", "92.50"))
    found = sorted(slips(tmp_path, **files), key=lambda each: each.row or 0)
    assert [(s.rule, s.row, s.column) for s in found] == [
        ("slip.figure_of_merged", row, "value") for row in rows
    ]
    if rows:
        last = found[-1]
        assert (last.value, last.values["unit"]) == ("92.50", "甲院 007")
        assert (last.values["successor"], last.values["end"]) == ("008", end)


def test_context_and_purchases_of_a_unit_that_merged(tmp_path: Path) -> None:
    """A forecast stays with the merged unit; what it bought moves to its successor."""
    head = ["unit_id", "name", "kind", "valid_to", "successor_id"]
    units = [head, ["007", "a", "hospital", "2022-12-31", "008"], ["008", "b", "hospital", "", ""],
             ["010203", "c", "region", "", ""]]  # fmt: skip
    context: Rows = [["unit_id", "year", "income_forecast", "cpi"], ["007", 2023, 50, ""]]
    bought: Rows = [["unit_id", "date", "goods", "amount"], ["007", "2023-03-01", "drugs", 1.5]]
    budgets = [BUDGETS, budget(2022, 100, 100, 90)]
    found = slips(tmp_path, units=units, budgets=budgets, context=context, purchases=bought)
    assert sorted(told(found)) == [
        Told("slip.after_end_moved.money", "purchases.csv", 2, "unit_id", "007"),
        Told("slip.figure_of_merged", "context.csv", 2, "income_forecast", "50 万元"),
    ]
    assert [s.values.get("amount") for s in found if s.file == "purchases.csv"] == ["15,000.00"]
