"""Units that merge, close or come, and budgets that are adopted: held against what is out.

H6 of the county of `small_county` spent 98 765.43 on 6 employees, which the first page hides.
"""

import csv

import pytest

from fundeval.report.public.disclosure import disclose
from fundeval.report.public.figures import Figure
from fundeval.report.public.published import figures_of, published_tables
from tests.report.small_county import (
    COUNTY,
    HOSPITALS,
    SCHEMES,
    SMALL,
    TERMS,
    county,
    evaluated,
    write,
)

SECRET = 98_765.43
LEFT = HOSPITALS[:4]


def spent(disclosed, unit, scheme="employee", year=2024):
    return disclosed.release.published.get(Figure(unit, scheme, year, "executed"))


def merge(made, into, parts=("H5", "H6")):
    """Let one hospital have what several had."""
    for table in (made.executed, made.adjusted, made.visits):
        for scheme in SCHEMES:
            for year in made.years:
                table[into, scheme, year] = round(sum(table[p, scheme, year] for p in parts), 2)
    made.units = tuple(dict.fromkeys([*(u for u in made.units if u not in parts), into]))


@pytest.mark.parametrize("into", ["H7", "H5"])
@pytest.mark.parametrize("rest", [0.0, 900_000.0])
def test_what_merged_since_does_not_tell_what_was_hidden_of_a_part(tmp_path, into, rest):
    """H5 and H6 become H7, or H6 becomes part of H5: the new amount less the old one of H5."""
    made = county(rest=rest)
    before = disclose(evaluated(write(tmp_path / "one", made), 2024), TERMS)
    merge(made, into)
    after = disclose(evaluated(write(tmp_path / "two", made), 2024), TERMS, [before.release])
    new, old = spent(after, into), spent(before, "H5")
    assert None in {new, old} or abs(new - old - SECRET) > SECRET * TERMS.protection
    # The county did not change, and stays.
    assert spent(after, COUNTY) == pytest.approx(spent(before, COUNTY))


def test_two_mergers_at_once_do_not_tell_either(tmp_path):
    """H3 and H4 become H8 too. Nobody but a reader knows which of the two took H6 over."""
    made = county()
    before = disclose(evaluated(write(tmp_path / "one", made), 2024), TERMS)
    merge(made, "H7")
    merge(made, "H8", ("H3", "H4"))
    after = disclose(evaluated(write(tmp_path / "two", made), 2024), TERMS, [before.release])
    assert spent(after, "H7") is None
    assert spent(after, "H8") is None


@pytest.mark.parametrize("others", [0, 1])
def test_what_a_unit_was_split_into_does_not_tell_the_small_part(tmp_path, others):
    """The first page has H5 and H6 as one, H7. Of the second, H7 less H5 is H6; so it is if
    another hospital of few employees comes at the same time, and both are hidden."""
    made, whole = county(), county()
    merge(whole, "H7")
    before = disclose(evaluated(write(tmp_path / "one", whole), 2024), TERMS)
    if others:
        made.units += ("H8",)
        for scheme in SCHEMES:
            for year in made.years:
                made.executed["H8", scheme, year] = made.adjusted["H8", scheme, year] = 150_000.0
                made.visits["H8", scheme, year] = 8
    after = disclose(evaluated(write(tmp_path / "two", made), 2024), TERMS, [before.release])
    assert spent(after, "H6") is None
    old, new = spent(before, "H7"), spent(after, "H5")
    assert new is None or abs(old - new - SECRET) > SECRET * TERMS.protection


@pytest.mark.parametrize("was", [0.0, 700_000.0])
def test_a_correction_of_a_small_amount_does_not_show_in_the_total(tmp_path, was):
    """H6's employees stand with another amount on the first page; the county spends 900 000 beside
    its hospitals, as before: its total changes by what H6's does."""
    made, first = county(), county()
    first.executed[*SMALL, 2024], first.visits[*SMALL, 2024] = was, int(was / 700)
    before = disclose(evaluated(write(tmp_path / "one", first), 2024), TERMS)
    assert spent(before, *SMALL) == was
    after = disclose(evaluated(write(tmp_path / "two", made), 2024), TERMS, [before.release])
    assert spent(after, *SMALL) is None
    new, old = spent(after, COUNTY), spent(before, COUNTY)
    assert new is None or abs(new - old + was - SECRET) > SECRET * TERMS.protection


def test_what_a_hospital_gave_away_does_not_tell_what_another_got(tmp_path):
    """H5 had all of H6 on the first page; H6 is new on the second, and the county as it was."""
    made, first = county(), county()
    merge(first, "H5")
    before = disclose(evaluated(write(tmp_path / "one", first), 2024), TERMS)
    after = disclose(evaluated(write(tmp_path / "two", made), 2024), TERMS, [before.release])
    old, new = spent(before, "H5"), spent(after, "H5")
    assert new is None or abs(old - new - SECRET) > SECRET * TERMS.protection


def test_a_merger_between_counties_does_not_tell_what_was_hidden(tmp_path):
    """H6 of the county of H1 to H3 goes to the other one, of H4 and H5, and becomes H7 with H5."""

    def page(name, made, of_first, releases=()):
        folder = write(tmp_path / name, made)
        rows = list(csv.DictReader((folder / "units.csv").open(encoding="utf-8")))
        more = [("A", "甲县"), ("B", "乙县")]
        for row in rows:
            if row["kind"] == "hospital":
                row["parent_id"] = "A" if row["unit_id"] in of_first else "B"
        for unit, title in more:
            rows.append({"unit_id": unit, "name": title, "kind": "region", "parent_id": COUNTY})
        _write(folder / "units.csv", rows)
        rows = list(csv.DictReader((folder / "budgets.csv").open(encoding="utf-8")))
        for unit, _ in more:
            for year in made.years:
                for scheme in SCHEMES:
                    own = [u for u in made.units if (u in of_first) == (unit == "A")]
                    amount = round(sum(made.executed[u, scheme, year] for u in own) + 5e5, 2)
                    rows.append(dict(zip(rows[0], (unit, year, scheme, amount, amount, amount),
                                         strict=True)))  # fmt: skip
        _write(folder / "budgets.csv", rows)
        return disclose(evaluated(folder, 2024), TERMS, releases)

    made = county()
    before = page("one", made, {"H1", "H2", "H3", "H6"})
    merge(made, "H7")
    after = page("two", made, {"H1", "H2", "H3"}, [before.release])
    new, old = spent(after, "H7"), spent(before, "H5")
    assert None in {new, old} or abs(new - old - SECRET) > SECRET * TERMS.protection


def _write(path, rows):
    names = dict.fromkeys(name for row in rows for name in row)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(names))
        writer.writeheader()
        writer.writerows(rows)


def test_what_a_successor_gets_does_not_tell_what_was_hidden_of_a_part(tmp_path):
    """H5 and H6 end with 2023 and H7 follows: its budget of 2025 grows from what both spent."""
    made = county(years=(2022, 2023))
    folder = write(tmp_path / "d", made)
    ends = {"valid_to": "2023-12-31", "successor_id": "H7"}
    units = [
        row | (ends if row["unit_id"] in {"H5", "H6"} else {})
        for row in csv.DictReader((folder / "units.csv").open(encoding="utf-8"))
    ]
    units.append({**units[-1], "unit_id": "H7", "name": "H7医院", "valid_from": "2024-01-01",
                  "valid_to": "", "successor_id": ""})  # fmt: skip
    _write(folder / "units.csv", units)
    rows = list(csv.DictReader((folder / "budgets.csv").open(encoding="utf-8")))
    visits = list(csv.DictReader((folder / "services.csv").open(encoding="utf-8")))
    for unit in (*LEFT, "H7", COUNTY):
        for scheme in SCHEMES:
            budget = {COUNTY: 40e6, "H7": 9e6}.get(unit, 6e6)
            figures = (unit, 2024, scheme, budget, budget, round(budget * 0.96, 2))
            rows.append(dict(zip(rows[0], figures, strict=True)))
            visits.append(visits[0] | {"unit_id": unit, "year": 2024, "scheme": scheme})
    _write(folder / "budgets.csv", rows)
    _write(folder / "services.csv", visits)
    info = (folder / "dataset.yaml").read_text(encoding="utf-8")
    (folder / "dataset.yaml").write_text(info.replace("year: 2023}", "year: 2024}"), "utf-8")
    before = disclose(evaluated(folder, 2023), TERMS)
    assert Figure(*SMALL, 2023, "executed") in before.hidden
    assert spent(before, "H5", year=2023) is not None
    after = disclose(evaluated(folder, 2024), TERMS, [before.release])
    employees = {cell.unit_id for cell in after.hidden if cell.column == "next_budget"}
    assert employees == {*LEFT, "H7"}


@pytest.mark.parametrize("adopted", ["as recommended", "otherwise", "nobody knows"])
def test_budgets_adopted_as_recommended_stay_hidden(tmp_path, adopted):
    """The page of 2024 hides next year's budgets of all, for each tells the factor; 2025 has them
    as adopted. Of those a quarter above the recommendation only that of H6, which is off by half
    as much as it protects, stays hidden; the others tell nothing of the factor."""
    made = county()
    evaluation = evaluated(write(tmp_path / "one", made), 2024)
    before = disclose(evaluation, TERMS)
    recommended = figures_of(published_tables(evaluation), 2024)
    following = county(years=(2023, 2024, 2025))
    following.executed, following.adjusted, following.visits = (
        dict(each) for each in (made.executed, made.adjusted, made.visits)
    )
    for unit in HOSPITALS:
        for scheme in SCHEMES:
            budget = recommended[Figure(unit, scheme, 2024, "next_budget")]
            if adopted == "otherwise":
                budget *= 1.05 if unit == "H6" else 1.25
            following.adjusted[unit, scheme, 2025] = round(budget, 2)
            following.executed[unit, scheme, 2025] = round(budget * 0.97, 2)
            following.visits[unit, scheme, 2025] = 5000
    again = {} if adopted == "nobody knows" else {2024: recommended}
    after = disclose(
        evaluated(write(tmp_path / "two", following), 2025),
        TERMS,
        [before.release],
        lambda year: again.get(year, {}),
    )
    hidden = {c.key for c in after.hidden if c.column == "adjusted" and c.scheme in SCHEMES}
    units = ["H6"] if adopted == "otherwise" else HOSPITALS
    assert hidden == {(unit, scheme) for unit in units for scheme in SCHEMES}
    told = {cell for cell in after.release.published if cell.column == "execution"}
    assert not {cell.key for cell in told} & hidden
