"""Make the sample `city`, an invented prefecture: `python -m fundeval.samples.make_city DIR`.

Every number comes from its key by a hash and whole-number arithmetic, so the files are the
same bytes on every machine.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from fundeval.samples.making import care, cases, funds, ledgers, places
from fundeval.tables.schemas import TABLES, Table

TITLE_ZH = "望澜市(虚构)医保基金预算示例数据,2020—2024年"
TITLE_EN = "Invented prefecture of Wanglan: sample budgets of medical-insurance funds, 2020-2024"
DATASET = f"""\
title:
  zh: {TITLE_ZH}
  en: "{TITLE_EN}"
source: 虚构数据,由 fundeval.samples.make_city 生成 (invented data, made by fundeval)
money_unit: 万元
period:
  first_year: 2020
  last_year: 2024
synthetic: true
licence: Apache-2.0
"""
README = """\
# {title_en}

{title_zh}

All of it is invented (虚构): the prefecture, its counties, hospitals and every figure. The files
are made by `python -m fundeval.samples.make_city DIR`; do not edit them by hand. Money is in
万元. A county pays its own hospitals, a part of the city's tertiary hospitals and others (village
clinics, pharmacies, care elsewhere), so its budget is larger than its hospitals' sum. The city
is the sum of the counties, its care that of all institutions.

On purpose it contains:

| case | units | what to look for |
|---|---|---|
{rows}
"""
# Column -> parts in a whole; money is in 1/10000 of 万元.
PARTS = {
    "gdp_growth": 10_000, "cpi": 10_000, "aged_share": 10_000, "technology_growth": 10_000,
    "reserve_rate": 10_000, "case_mix": 1_000, "value": 1_000, "baseline": 1_000, "points": 10,
}  # fmt: skip
MONEY_PARTS = 10_000


def tables() -> dict[str, pd.DataFrame]:
    """Return the tables by name, in whole numbers (元, parts of `PARTS`)."""
    of_departments = ledgers.department_budgets()
    of_hospitals = ledgers.hospital_budgets(of_departments)
    of_regions = ledgers.region_budgets(of_departments)
    department_care = care.department_care(of_departments)
    hospital_care = care.hospital_care(department_care)
    services = [care.region_care(department_care), hospital_care, department_care]
    fund_rows = funds.funds(of_regions)
    reporting = pd.concat([of_regions, of_hospitals], ignore_index=True)
    return {
        "units": places.units(),
        "budgets": pd.concat([reporting, of_departments], ignore_index=True),
        "monthly": ledgers.monthly(reporting),
        "services": care.with_case_mix(pd.concat(services, ignore_index=True)),
        "funds": fund_rows,
        "settlements": funds.settlements(of_hospitals, hospital_care),
        "measures": funds.measures(),
        "context": funds.context(fund_rows),
    }


def write(folder: Path) -> None:
    """Write the tables, `dataset.yaml` and a README into the folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables().items():
        text = _as_text(frame, TABLES[name])
        text.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8", lineterminator="\n")
    _write_text(folder / "dataset.yaml", DATASET)
    rows = [
        f"| `{case}` | {', '.join(units)} | {english}<br>{chinese} |"
        for case, (units, chinese, english) in cases.CASES.items()
    ]
    readme = README.format(title_en=TITLE_EN, title_zh=TITLE_ZH, rows="\n".join(rows))
    _write_text(folder / "README.md", readme)


def _as_text(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the table's columns in order, sorted by its key, every cell as it is written."""
    columns = table.to_schema().columns
    keys = list(table.to_schema().unique or [])
    sorted_frame = frame.sort_values(keys, kind="stable")
    cells = {}
    for name, column in columns.items():
        role = (column.metadata or {})["role"]
        parts = MONEY_PARTS if role == "money" else PARTS.get(name, 1)
        cells[name] = [_cell(value, parts) for value in sorted_frame[name]]
    return _blank_out(pd.DataFrame(cells))


def _cell(value: object, parts: int) -> str:
    if isinstance(value, str):
        return value
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    whole, part = divmod(abs(int(value)), parts)  # type: ignore[call-overload]
    sign = "-" if int(value) < 0 else ""  # type: ignore[call-overload]
    if parts == 1:
        return f"{sign}{whole}"
    digits = len(str(parts)) - 1
    text = f"{part:0{digits}d}"
    return f"{sign}{whole}.{text[:2]}{text[2:].rstrip('0')}"


def _blank_out(cells: pd.DataFrame) -> pd.DataFrame:
    """Blank what only inpatients have in the rows of outpatients."""
    if "setting" in cells:
        cells.loc[cells["setting"] == "outpatient", ["bed_days", "case_mix"]] = ""
    return cells


def _write_text(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
