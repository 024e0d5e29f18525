"""What is computed from a hidden figure is hidden with it, whatever the formula."""

import pytest

from fundeval.report.public.disclosure import disclose
from fundeval.report.public.figures import MADE_OF, Figure
from fundeval.report.public.published import published_tables
from tests.report.small_county import (
    COUNTY,
    HOSPITALS,
    SMALL,
    TERMS,
    county,
    evaluated,
    is_protected,
    write,
)


def shown(disclosed):
    """Return every figure of the public tables, as text would show it."""
    return {
        (name, *key, column): value
        for name, frame in disclosed.tables.items()
        for column in frame.columns.drop("hidden")
        for key, value in frame[column].dropna().items()
    }


def test_six_visits_are_hidden_with_next_years_budget(tmp_path):
    """H6 spent 98 765.43 on 6 employees. Its next budget grows by what it executed, and its
    siblings' tell the factor by which all were fitted into the county's: none is published. The
    executed amounts of the others are: the county spends 900 000 beside its hospitals, and the
    residents of H6 alone keep its employees open.
    """
    made = county()
    evaluation = evaluated(write(tmp_path / "d", made), 2024)
    disclosed = disclose(evaluation, TERMS)
    spent = {cell.key for cell in disclosed.hidden if cell.column == "executed"}
    assert spent == {SMALL, ("H6", "resident")}
    following = {cell.key for cell in disclosed.hidden if cell.column == "next_budget"}
    assert following == {(unit, s) for unit in HOSPITALS for s in ("employee", "resident", "all")}
    assert is_protected(made, [disclosed.release], 2024)
    assert disclosed.release.published[Figure(COUNTY, "employee", 2024, "next_budget")] > 0


@pytest.mark.parametrize("shift", [30_000.0, 90_000.0])
def test_another_amount_behind_six_visits_gives_the_same_page(tmp_path, shift):
    """H6 spends so much less on employees and so much more on residents; the county the same.

    Every published sum holds in both worlds. If any figure told them apart, whatever its formula,
    it would tell the amount.
    """
    made = county()
    before = disclose(evaluated(write(tmp_path / "one", made), 2024), TERMS)
    made.executed[*SMALL, 2024] = round(made.executed[*SMALL, 2024] - shift, 2)
    made.executed["H6", "resident", 2024] += shift
    same = county()
    made.total = same.total
    after = disclose(evaluated(write(tmp_path / "other", made), 2024), TERMS)
    assert after.hidden == before.hidden
    assert shown(after) == pytest.approx(shown(before))


def test_a_small_year_before_hides_what_grew_from_it(tmp_path):
    """H6 had 6 employees in 2023 and many in 2024: its budget of 2025 would tell those of 2023."""
    made = county()
    for place in ((*SMALL, 2023), (*SMALL, 2024)):
        made.executed[place] = {2023: 98_765.43, 2024: 3e6}[place[-1]]
        made.visits[place] = {2023: 6, 2024: 4000}[place[-1]]
    disclosed = disclose(evaluated(write(tmp_path / "d", made), 2024), TERMS)
    columns = {cell.column for cell in disclosed.hidden}
    assert columns == {"next_budget"}
    assert Figure(*SMALL, 2024, "next_budget") in disclosed.hidden
    assert disclosed.reasons[Figure(*SMALL, 2024, "next_budget")].code == "made_of"


def test_every_published_column_states_what_it_is_computed_from(city_run_tables):
    columns = {column for frame in city_run_tables.values() for column in frame.columns}
    assert columns <= MADE_OF.keys()


@pytest.fixture
def city_run_tables(evaluated_city):
    return published_tables(evaluated_city)
