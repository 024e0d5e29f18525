"""What was published before is remembered: no later page uncovers what an earlier one hid."""

import csv
import json
from dataclasses import replace

import pytest

from fundeval.problems import BadInputError
from fundeval.report.public.disclosure import disclose
from fundeval.report.public.figures import Figure
from fundeval.report.public.published import places_of_units
from fundeval.report.public.releases import RELEASES, Register, earlier_releases, read_register
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


def spent(disclosed):
    """Return unit and scheme of each executed amount that is hidden."""
    return {cell.key for cell in disclosed.hidden if cell.column == "executed"}


@pytest.fixture
def first(tmp_path):
    """The page of 2024, in which H6 had 6 employees and the county spends on nobody else."""
    made = county(rest=0.0)
    evaluation = evaluated(write(tmp_path / "first", made), 2024)
    return made, evaluation, disclose(evaluation, TERMS)


def test_publishing_the_same_again_changes_nothing(first):
    made, evaluation, before = first
    again = disclose(evaluation, TERMS, [before.release])
    assert again.release == before.release
    register = Register(releases=[before.release])
    assert register.with_release(again.release) == register
    assert is_protected(made, [before.release], 2024)


def test_a_lower_minimum_uncovers_nothing(first):
    _, evaluation, before = first
    after = disclose(evaluation, replace(TERMS, minimum=5), [before.release])
    assert disclose(evaluation, replace(TERMS, minimum=5)).hidden == frozenset()
    assert after.hidden == before.hidden


def test_a_higher_minimum_cannot_take_back_what_is_out(first):
    """H6's employees were published with a minimum of 5; with one of 11 they follow from it."""
    _, evaluation, _ = first
    before = disclose(evaluation, replace(TERMS, minimum=5))
    after = disclose(evaluation, TERMS, [before.release])
    assert Figure(*SMALL, 2024, "executed") in after.hidden
    # The evaluator is told, and nothing else is hidden in vain.
    assert Figure(*SMALL, 2024, "executed") in after.lost_small
    assert spent(after) == {SMALL}


def test_a_correction_does_not_hide_another_hospital_instead(first, tmp_path):
    """After a correction of H1 other hospitals would do as well, and both pages tell all."""
    made, _, before = first
    made.executed["H1", "employee", 2024] += 250_000.0
    evaluation = evaluated(write(tmp_path / "second", made), 2024)
    after = disclose(evaluation, TERMS, [before.release])
    assert spent(after) >= spent(before)
    assert is_protected(made, [before.release, after.release], 2024)


def test_a_hospital_that_is_added_does_not_show_in_the_total(tmp_path):
    """H6 with its few employees was left out of the first page: the totals tell what it spent."""
    made = county(rest=0.0)
    first = county(rest=0.0)
    first.units = HOSPITALS[:-1]
    before = disclose(evaluated(write(tmp_path / "one", first), 2024), TERMS)
    after = disclose(evaluated(write(tmp_path / "two", made), 2024), TERMS, [before.release])
    total = Figure(COUNTY, "employee", 2024, "executed")
    assert before.release.published[total] + made.executed[*SMALL, 2024] == pytest.approx(
        made.total("employee", 2024)
    )
    assert {total, Figure(*SMALL, 2024, "executed")} <= after.hidden


def test_a_hospital_that_is_gone_does_not_show_in_the_total(tmp_path):
    made = county(rest=0.0)
    before = disclose(evaluated(write(tmp_path / "one", made), 2024), TERMS)
    made.units = HOSPITALS[:-1]
    after = disclose(evaluated(write(tmp_path / "two", made), 2024), TERMS, [before.release])
    assert Figure(COUNTY, "employee", 2024, "executed") in after.hidden


def test_another_year_is_protected_beside_the_first(tmp_path):
    """2024 is out with H6's budget of 2025, which grew from 2023: then 2023 is out for H1 to H5."""
    made = county(rest=0.0)
    made.executed[*SMALL, 2023], made.visits[*SMALL, 2023] = 45_678.90, 4
    folder = write(tmp_path / "d", made)
    later = disclose(evaluated(folder, 2024), TERMS)
    earlier = disclose(evaluated(folder, 2023), TERMS, [later.release])
    both = [later.release, earlier.release]
    assert is_protected(made, both, 2023)
    assert is_protected(made, both, 2024)
    assert Figure(*SMALL, 2023, "executed") in earlier.hidden


def test_the_register_is_found_beside_and_holds_no_hidden_figure(first, tmp_path):
    _, evaluation, before = first
    folder = tmp_path / "outputs" / "of-2023"
    folder.mkdir(parents=True)
    text = Register(releases=[before.release]).text()
    (folder / RELEASES).write_text(text, encoding="utf-8")
    found = earlier_releases(tmp_path / "outputs" / "of-2024", places_of_units(evaluation))
    assert found == [before.release]
    assert json.loads(text)["releases"][0]["figures"]["executed"]["H6"]["employee"] is None
    assert "98765.43" not in text


@pytest.mark.parametrize("text", ["", "{", '{"releases": [{"year": "x"}]}', "\ufffd"])
def test_a_damaged_register_stops_the_page(tmp_path, text):
    (tmp_path / RELEASES).write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        read_register(tmp_path)
    assert [problem.rule for problem in caught.value.problems] == ["public.register_damaged"]


RENUMBERED = {unit: f"K{unit}" for unit in HOSPITALS}
# H1 takes the id of H6, and every other one that of the one before.
SHIFTED = dict(zip(HOSPITALS, (*HOSPITALS[-1:], *HOSPITALS[:-1]), strict=True))


def with_ids(folder, ids, names=None):
    """Write a data set again with other ids, and other names by the former ids."""
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        for row in rows:
            if path.name == "units.csv":
                row[1] = (names or {}).get(row[0], row[1])
            row[0] = ids.get(row[0], row[0])
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])
    return folder


@pytest.mark.parametrize(
    ("ids", "names"),
    [
        (RENUMBERED, {}), (SHIFTED, {}), (RENUMBERED, {"H6": " H6 医院"}),
        (RENUMBERED, {unit: f"{unit}人民医院" for unit in HOSPITALS}),
    ],
    ids=["other ids", "ids of others", "a space", "other names too"],
)  # fmt: skip
def test_another_id_uncovers_nothing(first, tmp_path, ids, names):
    """12 visits are reported now instead of 6, which is enough, and H6 has another id."""
    made, _, before = first
    made.visits[*SMALL, 2024] = 12
    folder = with_ids(write(tmp_path / "second", made), ids, names)
    evaluation = evaluated(folder, 2024)
    after = disclose(evaluation, TERMS, [before.release])
    assert spent(after) == {(ids.get(unit, unit), scheme) for unit, scheme in spent(before)}
    assert disclose(evaluation, TERMS).hidden == frozenset()


def test_registers_of_renumbered_units_count_and_those_where_a_run_usually_goes(first, tmp_path):
    made, _, before = first
    usual = tmp_path / "outputs" / "run-public"
    usual.mkdir(parents=True)
    register = Register(releases=[before.release])
    (usual / RELEASES).write_text(register.text(), encoding="utf-8")
    evaluation = evaluated(with_ids(write(tmp_path / "d", made), RENUMBERED), 2024)
    places, elsewhere = places_of_units(evaluation), tmp_path / "elsewhere" / "public"
    assert earlier_releases(elsewhere, places) == []
    assert earlier_releases(elsewhere, places, usual) == [before.release]
    others = {unit: replace(place, name=f"{unit}?") for unit, place in places.items()}
    assert earlier_releases(elsewhere, others, usual) == []
