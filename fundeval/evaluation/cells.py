"""Units, years and schemes as whole numbers: what rows are found, added up and compared by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from fundeval.arrays import Truths, Whole, coded
from fundeval.tables.schemas import ALL_SCHEMES

# Between an id and what it is told apart by, where the two together stand for a unit.
BETWEEN = "\x1f"


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
        """Return unit_id, year and scheme of cells: numbers as they are, texts as categories."""
        unit, numbered = self.unit_of(cells), isinstance(self.units, pd.RangeIndex)
        columns = {
            "unit_id": unit.astype("int32") if numbered else coded(unit, self.units),
            "year": self.year_of(cells),
            "scheme": coded(cells % len(self.schemes), self.schemes),
        }
        return pd.DataFrame(columns, copy=False)


def pair(ids: pd.Series, others: pd.Series) -> pd.Series:
    """Return each id with what else tells it apart as one text, to be a unit of its own.

    Examples
    --------
    >>> pair(pd.Series(["A", "B"]), pd.Series([2023, 2024])).str.len().tolist()
    [6, 6]
    """
    return ids.astype("str") + BETWEEN + others.astype("str")


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


def positions(values: pd.Series, among: pd.Index) -> Whole:
    """Return where each value stands among distinct ones, -1 where it does not."""
    if isinstance(among, pd.RangeIndex) and is_numeric_dtype(values.dtype):
        numbers = values.fillna(-1).to_numpy("int64")
        return np.where(numbers < len(among), numbers, -1)
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
