"""Attack public pages, and count how many attacks they survive. Run by hand, from the repository:

    python -m tests.benchmarks.disclosure [TIMES]

Each attack is tried on TIMES counties (20 by default) with random figures, in which one hospital
treated few employees; half of them spend on nobody beside their hospitals. The attacker has every
page and every register that was published, knows all sums and the policy, and solves them with a
solver of his own (`tests.report.small_county.Reader`). A page that is refused is survived, and
counted apart.
"""

import copy
import hashlib
import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from fundeval.problems import BadInputError
from fundeval.report.public.disclosure import disclose
from fundeval.report.public.figures import Figure
from fundeval.report.public.rounding import Rounding
from tests.e2e.places import Place, create_workspace
from tests.report.small_county import (
    COUNTY,
    HOSPITALS,
    SCHEMES,
    SMALL,
    TERMS,
    County,
    county,
    evaluated,
    is_protected,
    write,
)

YEAR = 2024
# What H6 spent on its few employees, see `county`.
SECRET = 98_765.43
Attack = Callable[[County, random.Random, Path], bool]


def page(made: County, folder: Path, year: int = YEAR, releases=(), **terms):
    return disclose(evaluated(write(folder, made), year), replace(TERMS, **terms), releases)


def sums(made: County, _: random.Random, folder: Path) -> bool:
    """Solve the sums of one page."""
    return is_protected(made, [page(made, folder).release], YEAR)


def formula(made: County, drawn: random.Random, folder: Path) -> bool:
    """Tell two worlds apart that differ in hidden amounts only, by any published figure."""
    before = page(made, folder / "one")
    totals = {scheme: made.total(scheme, YEAR) for scheme in SCHEMES}
    hidden = {cell.key for cell in before.hidden if cell.column == "executed"}
    if not {SMALL, ("H6", "resident")} <= hidden:
        return True
    other = next((u for u in HOSPITALS[:-1] if {(u, s) for s in SCHEMES} <= hidden), None)
    if other is None and made.rest == 0:
        return True
    by = round(made.executed[*SMALL, YEAR] * drawn.uniform(0.2, 0.9), 2)
    for unit, sign in (("H6", -1), *([(other, 1)] if made.rest == 0 else [])):
        made.executed[unit, "employee", YEAR] += sign * by
        made.executed[unit, "resident", YEAR] -= sign * by
    year_before = made.total
    made.total = lambda scheme, year: totals[scheme] if year == YEAR else year_before(scheme, year)
    after = page(made, folder / "other")
    shared = before.release.published.keys() & after.release.published.keys()
    one, two = before.release.published, after.release.published
    return bool(np.allclose([one[c] for c in shared], [two[c] for c in shared], rtol=1e-9))


def fitted_budgets(made: County, _: random.Random, folder: Path) -> bool:
    """Fit next year's budgets of the siblings to their growth, and read the hidden growth off."""
    before, now = (page(made, folder, year) for year in (YEAR - 1, YEAR))
    known = before.release.published | now.release.published
    points = []
    for unit in HOSPITALS:
        cells = [Figure(unit, "employee", year, "executed") for year in (YEAR - 1, YEAR)]
        budget = [Figure(unit, "employee", YEAR, name) for name in ("adjusted", "next_budget")]
        if all(cell in known for cell in (*cells, *budget)) and unit != "H6":
            growth = known[cells[1]] / known[cells[0]]
            points.append((growth, known[budget[1]] / known[budget[0]]))
    mine = Figure(*SMALL, YEAR, "next_budget")
    if len(points) < 2 or mine not in known:
        return True
    slope, level = np.polyfit(*np.array(points).T, 1)
    grown = known[mine] / known[mine._replace(column="adjusted")]
    guess = known[Figure(*SMALL, YEAR - 1, "executed")] * (grown - level) / slope
    return abs(guess / made.executed[*SMALL, YEAR] - 1) > TERMS.protection


def correction(made: County, drawn: random.Random, folder: Path) -> bool:
    """Hold a page against the one after a correction of another hospital."""
    first = page(made, folder / "one")
    unit, scheme = drawn.choice(HOSPITALS[:-1]), drawn.choice(SCHEMES)
    made.executed[unit, scheme, YEAR] = round(made.executed[unit, scheme, YEAR] * 0.93, 2)
    second = page(made, folder / "two", releases=[first.release])
    return is_protected(made, [first.release, second.release], YEAR)


def other_minimum(made: County, drawn: random.Random, folder: Path) -> bool:
    """Hold a page against one with a lower minimum."""
    first = page(made, folder)
    second = page(made, folder, releases=[first.release], minimum=drawn.randint(2, 5))
    return is_protected(made, [first.release, second.release], YEAR)


def added(made: County, _: random.Random, folder: Path) -> bool:
    """Take the totals before a hospital was listed from those after."""
    made.units = HOSPITALS[:-1]
    rest, made.rest = made.rest, 0.0
    first = page(made, folder / "one")
    made.units, made.rest = HOSPITALS, rest and 0.0
    second = page(made, folder / "two", releases=[first.release])
    return not _told_by_totals(made, first.release.published, second.release.published)


def gone(made: County, _: random.Random, folder: Path) -> bool:
    """Take the totals after a hospital is no longer listed from those before."""
    made.rest = 0.0
    first = page(made, folder / "one")
    made.units = HOSPITALS[:-1]
    second = page(made, folder / "two", releases=[first.release])
    return not _told_by_totals(made, second.release.published, first.release.published)


def _told_by_totals(made: County, fewer, more) -> bool:
    whole = Figure(COUNTY, "employee", YEAR, "executed")
    if whole not in fewer or whole not in more:
        return False
    told = more[whole] - fewer[whole]
    return bool(abs(told / made.executed[*SMALL, YEAR] - 1) < TERMS.protection)


def two_years(made: County, drawn: random.Random, folder: Path) -> bool:
    """Hold the pages of two years against each other, in either order; both have few."""
    made.executed[*SMALL, YEAR - 1], made.visits[*SMALL, YEAR - 1] = 77_777.77, 4
    years = [YEAR - 1, YEAR]
    drawn.shuffle(years)
    first = page(made, folder, years[0])
    second = page(made, folder, years[1], [first.release])
    both = [first.release, second.release]
    return all(is_protected(made, both, year) for year in years)


def all_schemes(made: County, _: random.Random, folder: Path) -> bool:
    """Read the parts of a total of five visits, counted over all schemes only."""
    made.visits[*SMALL, YEAR] = 5000
    rows = [
        (unit, YEAR, "all", "outpatient", "secondary", 5 if unit == "H6" else 9000)
        for unit in HOSPITALS
    ]
    told = disclose(evaluated(write(folder, made, rows), YEAR), TERMS).release
    return all(is_protected(made, [told], YEAR, ("H6", scheme)) for scheme in SCHEMES)


def merged(made: County, drawn: random.Random, folder: Path) -> bool:
    """Take what a hospital had from what it has with H6, under its own id or another."""
    first = page(made, folder / "one")
    into = drawn.choice(["H5", "H7"])
    _merge(made, into)
    second = page(made, folder / "two", releases=[first.release])
    return not _told_by_units(first.release.published, "H5", second.release.published, into)


def split(made: County, drawn: random.Random, folder: Path) -> bool:
    """Take what H5 has from what it had with H6, under its own id or another."""
    whole, was = copy.deepcopy(made), drawn.choice(["H5", "H7"])
    _merge(whole, was)
    first = page(whole, folder / "one")
    second = page(made, folder / "two", releases=[first.release])
    return not _told_by_units(second.release.published, "H5", first.release.published, was)


def _merge(made: County, into: str) -> None:
    for table in (made.executed, made.adjusted, made.visits):
        for scheme in SCHEMES:
            for year in made.years:
                parts = (table[unit, scheme, year] for unit in ("H5", "H6"))
                table[into, scheme, year] = round(sum(parts), 2)
    made.units = (*HOSPITALS[:4], into)


def _told_by_units(alone, unit: str, together, whole: str) -> bool:
    less, more = (Figure(each, "employee", YEAR, "executed") for each in (unit, whole))
    if less not in alone or more not in together:
        return False
    told = together[more] - alone[less]
    return bool(abs(told / SECRET - 1) < TERMS.protection)


def left_out(made: County, drawn: random.Random, folder: Path) -> bool:
    """Take the siblings that a total counts, which budgets tell, from the total."""
    kept = drawn.sample(HOSPITALS[:-1], drawn.choice([1, 2, 3, 4]))
    made.total = lambda scheme, year: round(
        sum(made.executed[unit, scheme, year] for unit in (*kept, "H6")), 2
    )
    return not _told_by_siblings(page(made, folder).release.published, kept)


def rounded_first(made: County, drawn: random.Random, folder: Path) -> bool:
    """Take siblings from totals after a page of rounded amounts that many visits stood behind."""
    few, made.visits[*SMALL, YEAR] = made.visits[*SMALL, YEAR], 500
    made.rest = 0.0
    rounding = Rounding(step=drawn.choice([5e4, 1e5, 2e5]))
    first = page(made, folder / "one", rounding=rounding)
    made.visits[*SMALL, YEAR] = few
    second = page(made, folder / "two", releases=[first.release])
    return not _told_by_siblings(second.release.published, HOSPITALS[:-1])


def _told_by_siblings(known, siblings) -> bool:
    parts = [Figure(unit, "employee", YEAR, "executed") for unit in (COUNTY, *siblings)]
    if not all(part in known for part in parts):
        return False
    told = known[parts[0]] - sum(known[part] for part in parts[1:])
    return bool(abs(told / SECRET - 1) < TERMS.protection)


def hashes(made: County, _: random.Random, folder: Path) -> bool:
    """Try amounts until the hash of a file fits one that is published."""
    place = Place(create_workspace(folder / "place"))
    write(place.folder / "data", made)
    ended = place.run("run", "run.yaml", "--profile", "public", "--year", str(YEAR))
    if ended.status:
        raise BadInputError([])
    public = "".join(
        path.read_text(encoding="utf-8") for path in (place.folder / "outputs").glob("*-public/*")
    )
    secret = [hashlib.sha256(p.read_bytes()).hexdigest() for p in (place.folder / "data").iterdir()]
    return not any(each in public for each in secret)


ATTACKS: tuple[Attack, ...] = (
    sums, formula, fitted_budgets, correction, other_minimum, added, gone, two_years, all_schemes,
    merged, split, left_out, rounded_first, hashes,
)  # fmt: skip


def main(times: int = 20) -> None:
    tried = survived = refused = 0
    for attack in ATTACKS:
        held = no_page = 0
        for number in range(times):
            drawn = random.Random(number)
            rest = drawn.uniform(1e5, 2e6) if number % 2 else 0.0
            made = county(number, few=drawn.randint(1, 10), rest=round(rest, 2))
            with tempfile.TemporaryDirectory() as folder:
                try:
                    held += attack(made, drawn, Path(folder))
                except BadInputError:
                    no_page += 1
        print(f"{attack.__name__:15} {times} tried, {held + no_page} survived, {no_page} refused")
        tried, survived, refused = tried + times, survived + held + no_page, refused + no_page
    print(f"{tried} tried, {survived} survived, {refused} of them refused to publish")
    sys.exit(tried != survived)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
