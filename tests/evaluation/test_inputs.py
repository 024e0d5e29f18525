"""How the rules look things up: among units, years and schemes, and above a unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from build import budget, dataset, unit

from fundeval.arrays import find, first_case, number_sets
from fundeval.evaluation.indicators.aggregates import add_over_schemes, add_up
from fundeval.evaluation.inputs import prepare
from fundeval.tables.hierarchy import count_ancestors

YEAR = 2024
NAN = float("nan")
# In the order of their ids a hospital is first; its region is last.
UNITS = [unit("Z", "region"), unit("A", "hospital", "Z"), unit("D", "department", "A")]


def prepared(*context, units=UNITS, budgets=()):
    return prepare(dataset(units=units, budgets=[*budgets], context=[*context]), YEAR)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([NAN, NAN, 7.0], [7, 7, 7]),
        ([3.0, NAN, 7.0], [3, 3, 7]),
        ([NAN, 1.0, NAN], [NAN, 1, NAN]),
    ],
)
def test_what_a_unit_lacks_is_that_of_the_nearest_above_it(values, expected):
    """Of the hospital A, its department D and its region Z, whichever is first in order."""
    found = prepared().inherit(np.array(values))
    np.testing.assert_array_equal(found, expected)


def test_the_first_unit_of_all_is_inherited_from():
    units = [unit("A", "region"), unit("B", "hospital", "A")]
    found = prepared(units=units).inherit(np.array([7.0, NAN]))
    assert found.tolist() == [7, 7]
    assert count_ancestors(np.array([-1, 0])).tolist() == [0, 1]


def test_what_merged_units_state_is_joined_in_order():
    """The reasons of A, B, C … are joined whatever their order; a blank says nothing."""
    reasons = ["丁", "a", "丙", None, "乙", "c", "b", "a"]
    old = [unit(f"A{n}", "hospital", "Z", valid_to=f"{YEAR - 1}-12-31", successor_id="A")
           for n in range(len(reasons))]  # fmt: skip
    budgets = [budget(each["unit_id"], YEAR - 1, 90.0, reason=reason)
               for each, reason in zip(old, reasons, strict=True)]  # fmt: skip
    found = prepared(units=[*UNITS, *old], budgets=budgets).budgets
    assert found[["unit_id", "reason"]].to_numpy().tolist() == [["A", "a;b;c;丁;丙;乙"]]


def test_each_figure_is_inherited_for_itself():
    given = np.array([[NAN, 2.0], [NAN, NAN], [1.0, NAN]])
    found = prepared().inherit(given)
    np.testing.assert_array_equal(found, [[1, 2], [1, 2], [1, NAN]])


def test_ancestors_are_counted_whichever_is_first_in_order():
    """Of three the first stands under the last, and the second under the first."""
    parents = np.array([2, 0, -1])
    assert count_ancestors(parents).tolist() == [1, 2, 0]
    assert count_ancestors(parents, np.array([1, 1, 0])).tolist() == [0, 1, 0]


def test_what_is_stated_is_that_of_its_year():
    """2020 and 2026 are the ends of what the data know; beyond them nothing is known."""
    stated = [
        {"unit_id": "Z", "year": year, "gdp_growth": year / 1e5} for year in (2020, 2024, 2026)
    ]
    inputs = prepared(*stated)
    growth, regions = inputs.stated("gdp_growth"), pd.Series(["Z", "D", "unknown"])
    for offset in (-4, 0, 2):
        found = inputs.of_units(regions, growth, offset)
        assert found.tolist() == pytest.approx([(YEAR + offset) / 1e5, NAN, NAN], nan_ok=True)
    for offset in (-6, -5, -1, 1, 3):
        assert inputs.of_units(regions, growth, offset).isna().all()


def test_what_lies_outside_the_grid_is_nowhere():
    """The grid begins a year before the first and ends with the year of the budgets."""
    cells = prepared(budgets=[budget("D", 2022, 90.0)]).cells
    assert (cells.first_year, cells.last_year) == (2021, YEAR + 1)
    rows = pd.DataFrame({"unit_id": "D", "year": range(2020, 2027), "scheme": "all"})
    assert (cells.spots(rows) >= 0).tolist() == [False, *[True] * 5, False]
    inside = cells.of(rows)[1:-1]
    assert cells.year_of(inside).tolist() == [2021, 2022, 2023, 2024, 2025]
    assert set(cells.unit_of(inside)) == {1}
    assert (cells.at(np.array([1]), 2023) == inside[2]).all()
    assert cells.keys(inside[:1]).astype("str").iloc[0].tolist() == ["D", "2021", "all"]
    strangers = rows.assign(unit_id="X", year=YEAR)
    assert (cells.of(strangers) < 0).all()


def test_numbers_are_found_among_rising_ones():
    known = np.array([2, 5, 9])
    assert find(np.array([1, 2, 5, 6, 9, 10]), known).tolist() == [-1, 0, 1, -1, 2, -1]
    assert find(np.array([1, 2]), known[:0]).tolist() == [-1, -1]


def test_owners_of_the_same_set_have_the_same_number():
    """0 and 3 own {1, 2}, 1 owns {1}, 2 owns {2}, 4 owns {1, 2, 0}; what is twice counts once."""
    owned = {0: [2, 1], 1: [1], 2: [2], 3: [1, 2, 2], 4: [0, 1, 2]}
    owners = np.array([owner for owner, members in owned.items() for _ in members])
    members = np.array([member for members in owned.values() for member in members])
    found = number_sets(owners, members)
    assert found[0] == found[3]
    assert len(set(found)) == 4


def test_the_first_case_that_holds_is_the_one():
    cases = {
        "one": np.array([True, False, True, False]),
        "two": np.array([True, True, False, False]),
    }
    found = first_case(cases, {"one": 0, "two": 1, "": 2})
    assert found.tolist() == [0, 1, 0, 2]


def test_what_schemes_add_up_to_is_never_on_the_basis_of_what_was_stated_whole():
    """12 of 4 and 8 on basis a; the 10 and the 9 before were stated over all schemes, on a and
    on b. A missing part leaves no sum."""
    rows = [
        {"year": 2021, "scheme": "all", "basis": "a", "executed": 9.0},
        {"year": 2022, "scheme": "all", "basis": "b", "executed": 10.0},
        {"year": 2023, "scheme": "employee", "basis": "a", "executed": 4.0},
        {"year": 2023, "scheme": "resident", "basis": "a", "executed": 8.0},
        {"year": 2024, "scheme": "employee", "basis": "a", "executed": 4.0},
        {"year": 2024, "scheme": "resident", "basis": "b", "executed": NAN},
    ]
    table = pd.DataFrame(rows).assign(unit_id="D")
    budgets = [budget("D", year, 90.0, scheme="employee") for year in (2021, 2024)]
    budgets += [budget("D", 2024, 90.0, scheme="resident"), budget("A", 2024, 90.0)]
    cells = prepared(budgets=budgets).cells
    found = add_over_schemes(add_up(table, ["executed"], cells), cells)
    over_all = found.loc[[cells.at(np.array([1]), year)[0] for year in range(2021, 2025)]]
    assert over_all["executed"].tolist() == pytest.approx([9, 10, 12, NAN], nan_ok=True)
    assert over_all["basis"].nunique() == 4
    assert len(found) == 8
