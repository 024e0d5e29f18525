"""The columns of a settlement record, of which there is one per visit or stay.

Header, role and codes of the columns that the table `services` has too are taken from there.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from fundeval.tables.cells import UNITS
from fundeval.tables.parsing.header import normalize_header
from fundeval.tables.parsing.units_of_measure import split_header
from fundeval.tables.schemas import SETTINGS, Column, columns_of

Frame = nw.LazyFrame[Any]
SHARED = (
    "unit_id", "year", "scheme", "setting", "care_level", "cost", "fund_paid", "bed_days",
    "drug_cost", "consumable_cost", "exam_cost",
)  # fmt: skip
REQUIRED = ("unit_id", "year", "scheme", "setting", "care_level", "cost", "fund_paid")


COLUMNS = {name: columns_of("services")[name] for name in SHARED} | {
    "record_id": Column("记录编号", "id"),
    "person_id": Column("人员编号", "id"),
    "department_id": Column("科室编码", "id"),
    "disease_group": Column("病种编码", "id"),
    "weight": Column("病组权重", "number"),
    "days_supplied": columns_of("refills")["days_supplied"],
}
CODES = {name: column.codes for name, column in COLUMNS.items() if column.codes}
AMOUNTS = tuple(name for name, column in COLUMNS.items() if column.role in ("money", "number"))
MONEY = tuple(name for name, column in COLUMNS.items() if column.role == "money")
# The amounts that services have too.
OF_SERVICES = tuple(name for name in AMOUNTS if name in SHARED)
# Each setting as records may spell it: the Chinese word and the code.
OUTPATIENT, INPATIENT = SETTINGS.items()
YEARS = (1990, 2100)
# Sums are of whole numbers, exact in any order: 分 of money, ten thousandths of days and weights.
SCALES = {name: 100 if name in MONEY else 10_000 for name in AMOUNTS}
# An amount of one record stays below this many of them (1 亿元, a million days or points), so that
# the sum over 900 million records still fits into 64 bits.
LIMIT = 10**10
NUMBERS = ("year", *AMOUNTS)
IDS_AND_CODES = tuple(name for name in COLUMNS if name not in NUMBERS)
LABELS = {label: name for name, column in COLUMNS.items() for label in (name, column.zh)}


def minimum(name: str) -> int:
    """Return the least valid amount, in `SCALES`: a weight must be positive."""
    return 1 if name == "weight" else 0


def is_told(name: str) -> nw.Expr:
    """Return whether an id or code is given: it is neither null nor blank."""
    return ~nw.col(name).is_null() & (nw.col(name) != "")


def column_meant(header: str) -> tuple[str, str]:
    """Return the column that a header means, "" for none, and the unit of money stated there.

    Examples
    --------
    >>> column_meant("医疗费用（万元）"), column_meant("cost"), column_meant("费用")
    (('cost', '万元'), ('cost', ''), ('', ''))
    """
    label = normalize_header(header)
    if label in LABELS:
        return LABELS[label], ""
    label, units = split_header(label)
    name = LABELS.get(label, "")
    known = UNITS.get(COLUMNS[name].role, {}) if name else {}
    if name in MONEY and len(units) == 1 and units[0] in known:
        return name, units[0]
    # A count is read as it stands, so that no unit may change it.
    plain = name and all(known.get(unit) == 1 for unit in units)
    return (name, "") if plain and name not in MONEY else ("", "")
