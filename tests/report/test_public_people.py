"""How many people an amount rests on: stated, or bounded by what a total leaves."""

import pandas as pd
import pytest

from fundeval.report.public.disclosure import disclose
from fundeval.report.public.figures import Figure
from fundeval.report.public.lines import Place, lines_of
from fundeval.report.public.people import people_of
from tests.report.small_county import HOSPITALS, TERMS, county, evaluated, write

PLACES = {
    "C": Place("region", None, "county"), "A": Place("hospital", "C", "a"),
    "B": Place("hospital", "C", "b"),
}  # fmt: skip
KEYS = [(unit, scheme) for unit in PLACES for scheme in ("employee", "resident", "all")]


def people(*rows):
    columns = ["unit_id", "scheme", "care_level", "visits"]
    table = pd.DataFrame(rows, columns=columns).assign(year=2024, setting="outpatient")
    return people_of({"services": table}, 2024, KEYS, PLACES)


def test_a_part_of_a_small_total_is_small():
    """A is known over all schemes only, 5: so are its employees and its residents, at most."""
    counts = people(("A", "all", "secondary", 5), ("B", "all", "secondary", 900)).counts
    assert counts["A", "employee"] == counts["A", "resident"] == 5


def test_what_a_total_leaves_bounds_the_part_that_is_not_stated():
    """Of 1 000 residents of the county 994 were A's: B had 6 at most."""
    made = people(("C", "resident", "secondary", 1000), ("A", "resident", "secondary", 994))
    assert made.counts["B", "resident"] == 6


def test_what_a_total_has_beside_its_parts_is_counted():
    """1 000 less 600 and 396: 4 people somewhere else, whose amount the total tells."""
    made = people(
        ("C", "resident", "secondary", 1000), ("A", "resident", "secondary", 600),
        ("B", "resident", "secondary", 396),
    )  # fmt: skip
    [line] = [e for e in lines_of(KEYS, PLACES) if e.label == ("C", "resident", "hospital")]
    assert made.beside(line) == 4


def test_a_total_of_care_levels_does_not_count_its_parts_twice():
    made = people(
        ("A", "employee", "village_clinic", 6), ("A", "employee", "primary_total", 6),
    )  # fmt: skip
    assert made.counts["A", "employee"] == 6


def test_parts_of_five_visits_are_hidden_where_only_all_schemes_are_counted(tmp_path):
    made = county(few=5000)
    rows = [
        (unit, 2024, "all", "outpatient", "secondary", 5 if unit == "H6" else 9000)
        for unit in HOSPITALS
    ]
    disclosed = disclose(evaluated(write(tmp_path / "d", made, rows), 2024), TERMS)
    few = {Figure("H6", scheme, 2024, "executed") for scheme in ("employee", "resident", "all")}
    assert few <= disclosed.hidden


def test_an_amount_of_few_that_only_a_subtraction_tells_is_protected(tmp_path):
    """The county counts 4 employees more than its hospitals, and spends 900 000 beside them."""
    made = county(few=5000)
    rows = [
        (unit, 2024, scheme, "outpatient", "secondary", made.visits[unit, scheme, 2024])
        for unit in HOSPITALS
        for scheme in ("employee", "resident")
    ]
    whole = sum(row[-1] for row in rows if row[2] == "employee")
    alone = evaluated(write(tmp_path / "one", made, rows), 2024)
    assert disclose(alone, TERMS).hidden == frozenset()
    rows.append(("33", 2024, "employee", "outpatient", "secondary", whole + 4))
    disclosed = disclose(evaluated(write(tmp_path / "two", made, rows), 2024), TERMS)
    assert any(cell.column == "executed" for cell in disclosed.hidden)


def counted(**tables):
    """Count the people of A's employees in 2024; each table as its rows without unit and scheme."""
    frames = {
        name: pd.DataFrame(
            [{"unit_id": "A", "scheme": "employee", "year": 2024, **row} for row in rows]
        )
        for name, rows in tables.items()
    }
    return people_of(frames, 2024, KEYS, PLACES).counts.get(("A", "employee"))


VISITS = {"setting": "outpatient", "care_level": "secondary", "visits": 500.0}


@pytest.mark.parametrize(
    ("tables", "count"),
    [
        ({"disease_groups": [{"group": "G1", "cases": 3.0}, {"group": "G2", "cases": 3.0}]}, 6),
        # Four dimensions of the same people, and two diseases of some.
        ({"populations": [{"dimension": "cost_band", "persons": 2.0},
                          {"dimension": "cost_band", "persons": 4.0},
                          {"dimension": "population", "persons": 7.0}]}, 6),
        ({"refills": [{"disease": "A", "patients": 4.0}, {"disease": "B", "patients": 5.0}]}, 5),
        ({"funds": [{"insured": 8.0}]}, 8),
        ({"settlements": [{"heads": 9.0}]}, 9),
        # Six people who came 500 times; of 500 visits six were grouped.
        ({"services": [VISITS], "populations": [{"dimension": "cost_band", "persons": 6.0}]}, 6),
        ({"services": [VISITS], "disease_groups": [{"group": "G1", "cases": 6.0}]}, 500),
        ({"services": [VISITS | {"visits": 0.0}]}, 0),
        ({"services": [VISITS | {"visits": 0.0}], "settlements": [{"cases": 40.0}]}, 40),
        ({"services": [VISITS | {"visits": None}]}, None),
    ],
)  # fmt: skip
def test_every_table_that_counts_people_counts(tables, count):
    assert counted(**tables) == count


def test_what_is_listed_of_a_part_counts_before_what_a_total_leaves_for_it():
    """B's residents are 400 at most by the county's 1 000; of them 6 are listed, and no others."""
    services = pd.DataFrame(
        [("C", "resident", 1000.0), ("A", "resident", 600.0)],
        columns=["unit_id", "scheme", "visits"],
    ).assign(year=2024, setting="outpatient", care_level="secondary")
    groups = pd.DataFrame(
        [("B", "resident", "G1", 6.0)], columns=["unit_id", "scheme", "group", "cases"]
    )
    made = people_of(
        {"services": services, "disease_groups": groups.assign(year=2024)}, 2024, KEYS, PLACES
    )
    assert made.counts["B", "resident"] == 6


def test_money_of_nobody_at_all_is_hidden(tmp_path):
    """H6 reports no visit of an employee and 98 765.43: somebody came late."""
    disclosed = disclose(evaluated(write(tmp_path / "d", county(few=0)), 2024), TERMS)
    assert Figure("H6", "employee", 2024, "executed") in disclosed.hidden
