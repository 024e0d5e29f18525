"""Units, years and schemes as whole numbers: what rows are found, added up and compared by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fundeval.tables.schemas import ALL_SCHEMES

# Between an id and what it is told apart by, where the two together stand for a unit.
BETWEEN = "\x1f"

Array = np.ndarray[Any, np.dtype[Any]]
Whole = np.ndarray[Any, np.dtype[np.int64]]
Truths = np.ndarray[Any, np.dtype[np.bool_]]
Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]


@dataclass(frozen=True)
class Cells:
    """Numbers the cells of a grid of units, years and schemes, in the order of these three.

    `units` and `schemes` rise. A year before the first of the data is numbered too, so that the
    cell of the year before, `len(schemes)` lower, is never one of another unit. What lies outside
    the grid has a negative number.
    """

    units: pd.Index
    first_year: int
    years: int
    schemes: pd.Index

    @property
    def last_year(self) -> int:
        """The last year of the grid."""
        return self.first_year + self.years - 1

    def of(self, table: pd.DataFrame) -> Whole:
        """Return the cell of each row, of its unit, year and scheme: as it says, if it does."""
        if "cell" in table:
            return table["cell"].to_numpy()
        return self.spots(table) * len(self.schemes) + positions(table["scheme"], self.schemes)

    @property
    def over_all(self) -> int:
        """The place of `all` among the schemes."""
        return list(self.schemes).index(ALL_SCHEMES)

    def at(self, units: Whole, year: int) -> Whole:
        """Return the cell of each unit, by its place in `units`, over all schemes in a year."""
        spots = units * self.years + (year - self.first_year)
        return spots * len(self.schemes) + self.over_all

    def spots(self, table: pd.DataFrame) -> Whole:
        """Return the place of the unit and year of each row, whatever the scheme."""
        if "cell" in table:
            return table["cell"].to_numpy() // len(self.schemes)
        year = table["year"].to_numpy("int64") - self.first_year
        inside = (year >= 0) & (year < self.years)
        spots: Whole = positions(table["unit_id"], self.units) * self.years + year
        return np.where(inside, spots, -self.years)

    def unit_of(self, cells: Whole) -> Whole:
        """Return the place of the unit of each cell in `units`."""
        return cells // (self.years * len(self.schemes))

    def year_of(self, cells: Whole) -> Whole:
        """Return the year of each cell."""
        return cells // len(self.schemes) % self.years + self.first_year

    def keys(self, cells: Whole) -> pd.DataFrame:
        """Return unit_id, year and scheme of cells, ids and schemes as categories."""
        columns = {
            "unit_id": coded(self.unit_of(cells), self.units),
            "year": self.year_of(cells),
            "scheme": coded(cells % len(self.schemes), self.schemes),
        }
        return pd.DataFrame(columns, copy=False)


def coded(places: Whole, names: Iterable[str]) -> pd.Categorical:
    """Return texts by their places among names: each text is held once, not in every row."""
    held: pd.Index = names if isinstance(names, pd.Index) else pd.Index([*names], dtype="str")
    codes = places.astype(np.min_scalar_type(-len(held) - 1))
    return pd.Categorical.from_codes(codes, held, validate=False)


def pair(ids: pd.Series, others: pd.Series | str) -> pd.Series:
    """Return each id with what else tells it apart as one text, to be a unit of its own.

    Examples
    --------
    >>> pairs = pair(pd.Series(["A", "B"]), "x")
    >>> [part.tolist() for part in unpair(pairs)]
    [['A', 'B'], ['x', 'x']]
    """
    if isinstance(others, str):
        return rewritten(ids, lambda one: f"{one}{BETWEEN}{others}")
    return ids.astype("str") + BETWEEN + others.astype("str")


def unpair(pairs: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the two parts of what `pair` returned."""
    one = rewritten(pairs, lambda both: both.split(BETWEEN)[0])
    return one, rewritten(pairs, lambda both: both.split(BETWEEN)[1])


def rewritten(texts: pd.Series, rewrite: Callable[[str], str]) -> pd.Series:
    """Return texts rewritten, each distinct one once; a missing one stays missing."""
    codes, distinct = pd.factorize(texts)
    made = pd.array([rewrite(text) for text in distinct], dtype="str")
    return pd.Series(made.take(codes, allow_fill=True), texts.index)


def funds_of(rows: pd.DataFrame, unit: str = "unit_id") -> pd.Series:
    """Return unit and scheme of each row as one text."""
    return pair(rows[unit], rows["scheme"])


def ratio(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    """Return quotients, none of what is 0 or less."""
    whole = denominator.astype("float64")
    return numerator.astype("float64") / whole.where(whole > 0)


def as_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its categories as plain texts, as one needs to join and compare them."""
    return frame.astype(dict.fromkeys(frame.select_dtypes("category"), "str"))


def places_of(texts: pd.Series) -> Iterator[tuple[str, Whole]]:
    """Yield each text with the places of its rows."""
    for text, places in texts.groupby(texts, dropna=True).indices.items():
        yield str(text), np.asarray(places)


def positions(values: pd.Series, among: pd.Index) -> Whole:
    """Return where each value stands among distinct ones, -1 where it does not."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return among.get_indexer(pd.Index(values))
    places: Whole = np.append(among.get_indexer(values.cat.categories), -1)[values.cat.codes]
    return places


def is_among(values: pd.Series, others: pd.Series | pd.Index) -> Truths:
    """Tell which values are among others, of which there may be many; a missing one is not."""
    among: Truths = positions(values, pd.Index(others.dropna().unique())) >= 0
    return among


def covers_schemes(rows: pd.DataFrame) -> Truths:
    """Tell which rows are for all schemes of a unit and year that has rows by scheme too."""
    whole = rows["scheme"] == ALL_SCHEMES
    split = (~whole).groupby([rows["unit_id"], rows["year"]], dropna=True).transform("any")
    return (whole & split).to_numpy()


def find(wanted: Whole, known: Whole) -> Whole:
    """Return where each number stands among rising ones, -1 where it does not."""
    if not len(known):
        return np.full(len(wanted), -1)
    place = np.searchsorted(known, wanted).clip(max=len(known) - 1)
    return np.where(known[place] == wanted, place, -1)


def number_sets(owners: Whole, members: Whole) -> Whole:
    """Return one number for the set of members of each owner, equal where the sets are.

    In the order of the distinct owners.
    """
    kinds = int(members.max(initial=0)) + 1
    pairs = np.sort(owners * kinds + members, kind="stable")
    owner, member = np.divmod(pairs[_starts(pairs)], kinds)
    first = np.flatnonzero(_starts(owner))
    size = np.diff(np.append(first, len(owner)))
    sets = np.zeros(len(first), "int64")
    for place in range(size.max(initial=0)):
        has = size > place
        more = np.zeros(len(first), "int64")
        more[has] = 1 + member[first[has] + place]
        sets = pd.factorize(sets * (kinds + 1) + more)[0]
    return sets


def _starts(rising: Whole) -> Truths:
    """Tell where a run of equal numbers begins."""
    starts = np.ones(len(rising), "bool")
    starts[1:] = rising[1:] != rising[:-1]
    return starts


def first_case(cases: Mapping[str, Truths], among: Mapping[str, int], otherwise: str = "") -> Whole:
    """Return for each row the number, among names, of the first case that holds for it."""
    found = np.full(len(next(iter(cases.values()))), among[otherwise], "int8")
    for name, holds in reversed([*cases.items()]):
        found[holds] = among[name]
    return found
