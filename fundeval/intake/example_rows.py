"""The example row of each sheet of the template: figures as a hospital or a county might have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pandas as pd

from fundeval.tables.cells import MONEY_UNITS
from fundeval.tables.parsing.column_roles import NUMERIC
from fundeval.tables.parsing.parsed_table import ParsedTable
from fundeval.tables.schemas import columns_of

# The unit of the amounts below.
UNIT = "万元"
# So many figures do not agree by chance.
LEAST_FIGURES = 3
# What marks a row as an example, so that it is never read as data.
IDS = {"zh": "示例0001", "en": "EXAMPLE0001"}
COST = {"cost": 6800, "fund_paid": 4760, "drug_cost": 1904, "bed_days": 41_600}
# By table: codes as in the tables, texts in both languages, amounts in 万元.
ROWS: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    "units": {
        "name": ("示例医院", "Example hospital"), "kind": "hospital", "level": "secondary",
        "valid_from": dt.date(2015, 1, 1),
    },
    "budgets": {
        "year": 2024, "scheme": "employee", "initial": 1200, "adjusted": 1250,
        "carried_over": 30, "executed": 1180.5, "adjusted_on": dt.date(2024, 7, 1),
        "reason": ("门诊量增加，年中追加", "more outpatients, raised in mid-year"),
    },
    "monthly": {
        "year": 2024, "month": 1, "scheme": "employee", "executed": 98.6, "phased_budget": 104,
    },
    "purchases": {
        "date": dt.date(2024, 7, 1), "goods": "drugs", "amount": 3.5, "threshold": 4,
        "alerted_at": dt.datetime(2024, 7, 1, 17, 30), "checked_at": dt.datetime(2024, 7, 2, 9, 30),
        "checked_by": ("张三", "Zhang San"), "check_result": ("属实", "as stated"),
    },
    "services": {
        "year": 2024, "scheme": "employee", "setting": "inpatient", "care_level": "secondary",
        "visits": 5200, "consumable_cost": 1156, "exam_cost": 952, "case_mix": 1.02, **COST,
    },
    "funds": {
        "year": 2024, "scheme": "employee", "opening": 30_000, "income": 52_000,
        "expenditure": 46_000, "closing": 36_000, "personal_closing": 9000, "premiums": 50_500,
        "subsidy": 1200, "transfer_in": 0, "transfer_out": 0, "insured": 148_000,
    },
    "settlements": {
        "year": 2024, "scheme": "employee", "cases": 5200, "heads": 0, "fee_for_service": 4760,
        "paid": 4600, "points": 520_000, "prepaid": 4320, "deposit": 46, "violations": 3.2,
        "quota": 4800, "reasonable_overrun": 0, "payment": "drg", "submitted_cases": 5200,
        "grouped_cases": 5096, "operations": 1300, "major_operations": 260,
    },
    "supervision": {
        "year": 2024, "scheme": "all", "institutions": 420, "institutions_checked": 400,
        "checks": 436, "institutions_violating": 38, "violations_found": 310, "recovered": 296,
        "self_returned": 120, "refused": 85, "audit_returned": 22, "disputes": 12,
        "disputes_upheld": 3,
    },
    "disease_groups": {
        "year": 2024, "scheme": "employee", "group": "GD25",
        "group_name": ("阑尾切除术", "Appendectomy"), "cases": 130, "cost": 117,
        "fund_paid": 84, "drug_cost": 23, "bed_days": 780,
    },
    "refills": {
        "year": 2024, "scheme": "employee", "disease": "E11",
        "disease_name": ("2型糖尿病", "Type 2 diabetes"), "patients": 860, "fills": 7300,
        "days_supplied": 219_000, "longest_days": 56,
    },
    "populations": {
        "year": 2024, "scheme": "employee", "dimension": "cost_band", "segment": "0-5000",
        "persons": 96_000, "cost": 14_400, "fund_paid": 9360,
    },
    "screening": {
        "year": 2024, "scheme": "employee", "rule": "frequent_stays", "records": 5200,
        "flagged": 14, "cost_flagged": 21.4,
    },
    "measures": {"year": 2024, "measure": "satisfaction", "value": 0.93, "baseline": 0.9},
    "incidents": {"year": 2024, "incident": "audit_violation", "times": 2, "repaired": 1},
    "context": {
        "year": 2025, "scheme": "all", "gdp_growth": 0.05, "cpi": 0.01, "population": 510_000,
        "aged_share": 0.19, "technology_growth": 0.03, "income_forecast": 54_000,
        "reserve_rate": 0.05, "usable_balance": 12_000, "project_envelope": 800,
    },
    "projects": {
        "year": 2025, "project_id": "P01", "project": ("胸痛中心设备", "Chest pain centre"),
        "category": "gaps", "stage": "continued", "requested": 120, "approved": 100, "spent": 92,
        "expected_benefit": 400, "measured_benefit": 380, "benefit_unit": ("例", "cases"),
    },
})  # fmt: skip


def example_row(table: str, money_unit: str, lang: str) -> dict[str, object]:
    """Return the example row of a table, blank columns None.

    Parameters
    ----------
    table
        The name of a table of `schemas.TABLES`.
    money_unit, lang
        Unit of the amounts, and language of codes and texts.

    Examples
    --------
    >>> example_row("budgets", "元", "en")["adjusted"]
    12500000.0
    """
    given = ROWS[table]
    factor = Decimal(MONEY_UNITS[UNIT]) / MONEY_UNITS[money_unit]
    row: dict[str, object] = {}
    for name, column in columns_of(table).items():
        value = IDS[lang] if name == "unit_id" else given.get(name)
        if isinstance(value, tuple):
            value = value[lang != "zh"]
        if column.role == "money" and value is not None:
            value = float(Decimal(str(value)) * factor)
        if column.codes and lang == "zh":
            value = next((zh for zh, code in column.codes.items() if code == value), value)
        row[name] = value
    return row


def example_figures(table: ParsedTable) -> Iterator[tuple[int, str]]:
    """Yield the rows that have the figures of the example: it was given an id and kept the rest.

    Parameters
    ----------
    table
        A table of a data set, money in 元.

    Yields
    ------
    The row, and the first column with such a figure.
    """
    row = example_row(table.name, "元", "en")
    roles = {name: column.role for name, column in columns_of(table.name).items()}
    figures = {
        name: float(str(value))
        for name, value in row.items()
        if roles[name] in NUMERIC and value and name in table.layout.columns
    }
    if len(figures) < LEAST_FIGURES:
        return
    same = table.frame[list(figures)].astype("float64") == pd.Series(figures)
    for number in table.frame.index[same.all(axis="columns")]:
        yield int(number), next(iter(figures))
