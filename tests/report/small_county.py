"""A county of six hospitals whose sixth had few employees: the case of six visits, and attacks.

All figures are invented. `write` lays out a data set; what is published of it is read like a reader
reads it: `Reader` knows the pages, every sum of a region and of schemes, and that amounts are not
negative, and bounds hidden amounts with a solver of its own.
"""

import csv
import random
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from scipy.optimize import linprog

from fundeval import policy, tables
from fundeval.evaluation import evaluate
from fundeval.report.public.knowledge import Terms

COUNTY, SMALL = "33", ("H6", "employee")
HOSPITALS = tuple(f"H{number}" for number in range(1, 7))
SCHEMES = ("employee", "resident")
VISITS_PER_YUAN = 1 / 700
TERMS = Terms(11, 0.1)


@dataclass
class County:
    """Executed amounts and visits by unit, scheme and year, in 元."""

    years: tuple[int, ...] = (2023, 2024)
    executed: dict = field(default_factory=dict)
    visits: dict = field(default_factory=dict)
    # About what the county spends beside its hospitals, by scheme.
    rest: float = 900_000.0
    adjusted: dict = field(default_factory=dict)
    units: tuple[str, ...] = HOSPITALS

    def total(self, scheme, year):
        parts = [self.executed[unit, scheme, year] for unit in self.units]
        return round(sum(parts) + self.beside(scheme, year), 2)

    def beside(self, scheme, year):
        """Return what the county spends beside: never twice the same, which a reader would see."""
        more = 1 + 0.0137 * (year % 10) + 0.0529 * (scheme == "resident")
        return round(self.rest * more, 2)


def county(seed=5, years=(2023, 2024), few=6, rest=900_000.0):
    """Return the county: H6 treated `few` employees in the last year."""
    drawn, made = random.Random(seed), County(years, rest=rest)
    for unit in HOSPITALS:
        for scheme in SCHEMES:
            amount = drawn.uniform(2e6, 8e6)
            for year in years:
                amount = round(amount * drawn.uniform(1.01, 1.09), 2)
                made.executed[unit, scheme, year] = amount
                made.adjusted[unit, scheme, year] = round(amount / drawn.uniform(0.92, 0.99), 2)
                made.visits[unit, scheme, year] = int(amount * VISITS_PER_YUAN)
    made.executed[*SMALL, years[-1]] = 98_765.43
    made.visits[*SMALL, years[-1]] = few
    return made


def write(folder, made, services=None):
    """Write the data set of a county; `services` replaces the rows of that table."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    units = [(COUNTY, "青川县", "region", "", "")]
    units += [(unit, f"{unit}医院", "hospital", COUNTY, "secondary") for unit in made.units]
    budgets, volumes = [], []
    for year in made.years:
        for scheme in SCHEMES:
            whole = made.total(scheme, year)
            agreed = round(sum(made.adjusted[unit, scheme, year] for unit in made.units), 2)
            agreed = round(agreed + made.beside(scheme, year) * 1.02, 2)
            budgets.append((COUNTY, year, scheme, agreed, agreed, whole))
            for unit in made.units:
                place = unit, scheme, year
                budget = made.adjusted[place]
                budgets.append((unit, year, scheme, budget, budget, made.executed[place]))
                volumes.append((unit, year, scheme, "outpatient", "secondary", made.visits[place]))
    _write(folder / "units.csv", "unit_id name kind parent_id level", units)
    _write(folder / "budgets.csv", "unit_id year scheme initial adjusted executed", budgets)
    header = "unit_id year scheme setting care_level visits"
    _write(folder / "services.csv", header, volumes if services is None else services)
    text = "title: 青川县\nsource: invented\nmoney_unit: 元\nsynthetic: true\nlicence: none\n"
    text += f"period: {{first_year: {made.years[0]}, last_year: {made.years[-1]}}}\n"
    (folder / "dataset.yaml").write_text(text, encoding="utf-8")
    return folder


def _write(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header.split(), *rows])


@cache
def _national():
    return policy.load("national")


KNOWN = {}


def evaluated(folder, year):
    """Return the evaluation of a data set by the national policy.

    Many tests begin with the same county: what was evaluated from the same bytes is not again.
    """
    files = ((path.name, path.read_bytes()) for path in sorted(folder.iterdir()))
    key = (year, *files)
    if key not in KNOWN:
        KNOWN[key] = evaluate(tables.load(str(folder)), _national(), year)
    return KNOWN[key]


class Reader:
    """What somebody knows who has read every page: all published figures, and every sum."""

    def __init__(self, made, releases):
        self.made = made
        self.known, self.listed = {}, set()
        for release in releases:
            self.known |= release.published
            self.listed |= {*release.published, *release.hidden}

    def bounds(self, unit, scheme, year):
        """Return the least and the most that was executed, by all pages of the year."""
        cells = sorted(
            (cell.unit_id, cell.scheme)
            for cell in self.listed
            if (cell.year, cell.column) == (year, "executed")
        )
        spent = {(c.unit_id, c.scheme): v for c, v in self.known.items()
                 if (c.year, c.column) == (year, "executed")}  # fmt: skip
        hidden = [cell for cell in cells if cell not in spent]
        if (unit, scheme) not in hidden:
            return spent[unit, scheme], spent[unit, scheme]
        rows, right, count = [], [], len(hidden)
        sums = [((one, "all"), [(one, each) for each in SCHEMES], False) for one, _ in cells]
        sums += [
            ((COUNTY, each), [(one, each) for one, s in cells if one != COUNTY and s == each], True)
            for each in (*SCHEMES, "all")
        ]
        for number, (total, parts, rest) in enumerate(sums):
            row = np.zeros(count + len(sums))
            known = 0.0
            for cell, sign in [(total, 1), *((part, -1) for part in parts)]:
                if cell in hidden:
                    row[hidden.index(cell)] += sign
                else:
                    known += sign * spent[cell]
            if rest:
                row[count + number] = -1
            rows.append(row)
            right.append(-known)
        found = []
        for direction in (1, -1):
            cost = np.zeros(count + len(sums))
            cost[hidden.index((unit, scheme))] = direction
            solved = linprog(cost, A_eq=np.array(rows), b_eq=np.array(right))
            assert solved.status in {0, 3}, solved.message
            found.append(direction * solved.fun if solved.status == 0 else -direction * np.inf)
        return tuple(found)


def is_protected(made, releases, year, place=SMALL):
    """Tell whether a small amount may be a tenth less and a tenth more for all that is known."""
    low, high = Reader(made, releases).bounds(*place, year)
    amount = made.executed[*place, year]
    return low <= amount * 0.9 + 0.01 and high >= amount * 1.1 - 0.01
