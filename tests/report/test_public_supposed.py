"""What readers suppose because it holds to the 分: a rest that other columns or pages tell."""

import csv
from dataclasses import replace
from functools import partial

import pytest

from fundeval.report.public.disclosure import disclose
from fundeval.report.public.figures import Figure
from fundeval.report.public.published import amounts_of_year, places_of_units
from fundeval.report.public.releases import RELEASES, Register, earlier_releases
from fundeval.report.public.rounding import Rounding
from tests.report.small_county import COUNTY, HOSPITALS, SMALL, TERMS, county, evaluated, write

YEAR = 2024


def published(disclosed, unit, column="executed"):
    return disclosed.release.published.get(Figure(unit, "employee", YEAR, column))


def left_of(disclosed, parts, others=()):
    """Return what the county's total leaves for H6 beside parts, None if anything is hidden."""
    told = [published(disclosed, unit) for unit in (COUNTY, *parts)]
    told += [published(other, unit) for other, unit in others]
    return None if None in told else round(told[0] - sum(told[1:]), 2)


def without(made, left_out):
    """Let the totals of the county leave out hospitals, executed and budgeted."""
    kept = [unit for unit in made.units if unit not in left_out]
    made.total = lambda scheme, year: round(sum(made.executed[u, scheme, year] for u in kept), 2)
    return kept


@pytest.mark.parametrize("left_out", [("H5",), ("H4", "H5"), ("H2", "H3", "H4", "H5")])
def test_a_total_that_leaves_out_some_does_not_tell_the_small_one(tmp_path, left_out):
    """The page of 2023, in which nothing is hidden, shows which hospitals the county counts."""
    made = county(rest=0.0)
    kept = without(made, left_out)
    folder = write(tmp_path, made)
    before = disclose(evaluated(folder, YEAR - 1), TERMS)
    assert not [cell for cell in before.hidden if cell.column == "executed"]
    page = disclose(evaluated(folder, YEAR), TERMS, [before.release])
    assert Figure(*SMALL, YEAR, "executed") in page.hidden
    assert left_of(page, [unit for unit in kept if unit != "H6"]) is None


def test_what_a_county_has_beside_its_hospitals_every_year_tells_nothing(tmp_path):
    """900 000.00 each year: 2023 shows it, and in 2024 all but it and H6 were public."""
    made = county()
    made.beside = lambda scheme, _year: 900_000.0 if scheme == "employee" else 800_000.0
    folder = write(tmp_path, made)
    before = disclose(evaluated(folder, YEAR - 1), TERMS)
    page = disclose(evaluated(folder, YEAR), TERMS, [before.release])
    assert left_of(page, HOSPITALS[:-1]) is None


def test_a_hospital_listed_later_does_not_tell_what_the_first_page_had_beside(tmp_path):
    """The first page lists H1 to H6, and its total has H7 too; the second lists H7, and its total
    has something else beside. The first total less H1 to H5 and H7 would be H6."""
    made = county(rest=0.0)
    for scheme in ("employee", "resident"):
        for year in made.years:
            place = "H7", scheme, year
            made.executed[place] = 3e6 + year + len(scheme) * (scheme == "employee")
            made.adjusted[place], made.visits[place] = 3.2e6, 4000
    every, more = (*HOSPITALS, "H7"), 0.0
    made.total = lambda s, y: round(sum(made.executed[u, s, y] for u in every) + more, 2)
    before = disclose(evaluated(write(tmp_path / "one", made), YEAR), TERMS)
    made.units, more = every, 777_000.0
    page = disclose(evaluated(write(tmp_path / "two", made), YEAR), TERMS, [before.release])
    assert left_of(before, HOSPITALS[:-1], [(page, "H7")]) is None


def add_funds(folder, income, insured, stated):
    rows = [("unit_id", "year", "scheme", "income", "expenditure", "closing", "insured")]
    for unit, amount in income.items():
        moved = (amount, round(amount * 0.9, 2)) if stated else ("", "")
        people = insured if unit == "H6" else 9000
        rows.append((unit, YEAR, "employee", *moved, round(amount * 0.1, 2), people))
    with (folder / "funds.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def test_a_balance_that_is_out_does_not_tell_income_and_expenditure(tmp_path):
    """First only balances were stated; then income and expenditure are, of 6 insured in H6."""
    income = {unit: 1e6 + 1234.5 * number for number, unit in enumerate(HOSPITALS)}
    income["H6"] = 98_765.43
    income[COUNTY] = round(sum(income.values()), 2)
    made = county(rest=0.0, few=300)
    folder = write(tmp_path, made)
    add_funds(folder, income, 300, stated=False)
    before = disclose(evaluated(folder, YEAR), TERMS)
    assert published(before, "H6", "closing") is not None
    add_funds(folder, income, 6, stated=True)
    page = disclose(evaluated(folder, YEAR), TERMS, [before.release])
    told = [published(page, unit, "income") for unit in (COUNTY, *HOSPITALS[:-1])]
    assert None in told
    assert published(page, "H6", "income") is None


def test_what_is_out_rounded_is_still_protected(tmp_path):
    """With 300 visits H6 was published to the nearest 100 000; corrected to 6 it is hidden, and
    no subtraction of exact amounts tells it."""
    made = county(rest=0.0, few=300)
    coarse = replace(TERMS, rounding=Rounding(step=100_000.0))
    before = disclose(evaluated(write(tmp_path / "one", made), YEAR), coarse)
    assert published(before, "H6") == 100_000.0
    made.visits[*SMALL, YEAR] = 6
    page = disclose(evaluated(write(tmp_path / "two", made), YEAR), TERMS, [before.release])
    assert published(page, "H6") is None
    assert left_of(page, HOSPITALS[:-1]) is None
    assert Figure(*SMALL, YEAR, "executed") in page.lost_small


def test_a_register_beside_counts_in_whatever_language_its_names_are(tmp_path):
    made = county(rest=0.0)
    before = disclose(evaluated(write(tmp_path / "zh", made), YEAR), TERMS)
    beside = tmp_path / "outputs" / "zh-public"
    beside.mkdir(parents=True)
    (beside / RELEASES).write_text(Register(releases=[before.release]).text(), encoding="utf-8")
    made.visits[*SMALL, YEAR] = 12
    folder = write(tmp_path / "en", made)
    units = (folder / "units.csv").read_text(encoding="utf-8")
    units = units.replace("医院", " Hospital").replace("青川县", "Qingchuan County")
    (folder / "units.csv").write_text(units, encoding="utf-8")
    evaluation = evaluated(folder, YEAR)
    places, today = places_of_units(evaluation), partial(amounts_of_year, evaluation)
    found = earlier_releases(tmp_path / "outputs" / "en-public", places, amounts_of=today)
    assert found == [before.release]
    page = disclose(evaluation, TERMS, found)
    assert Figure(*SMALL, YEAR, "executed") in page.hidden
    others = evaluated(write(tmp_path / "other", county(seed=9, rest=0.0)), YEAR)
    of_others = partial(amounts_of_year, others)
    assert earlier_releases(tmp_path / "outputs" / "x", {}, amounts_of=of_others) == []
