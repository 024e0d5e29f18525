"""Merge the data sets of many places into one, with a ledger of every row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from fundeval.problems import BadInputError, Problem, refusal
from fundeval.tables import YAML, Examination, examine, load_units
from fundeval.tables.cells import cell_text, escape_formula
from fundeval.tables.checks.references import check_references
from fundeval.tables.dataset import DatasetInfo, Period
from fundeval.tables.parsing.parsed_table import ParsedTable
from fundeval.tables.schemas import TABLES, columns_of, key_of
from fundeval.tables.sources.description import DESCRIPTION_FILE
from fundeval.tables.sources.readers import READERS, is_hidden, passed_over
from fundeval.words import say

LEDGER = (
    "status", "table", "key", "column", "value", "file", "sheet", "row",
    "other_value", "other_file", "other_sheet", "other_row",
)  # fmt: skip
Entry = dict[str, Any]
# What is told of files that are passed over.
NOT_READ = ("intake.file_passed_over", "intake.folder_passed_over", "intake.lock_file")
PLACE = ["@file", "@sheet", "@row"]


@dataclass(frozen=True)
class MergeResult:
    """The merged tables, money in 元, and the ledger of where their rows come from.

    The ledger has the columns `LEDGER`; `status` is taken (rows of a unit in a file),
    duplicate (an equal row in another file), conflict (two rows with the same key differ),
    missing (a unit without rows in a year for which others of its kind have some) or not_taken
    (a file that is not read).
    """

    info: DatasetInfo
    frames: dict[str, pd.DataFrame]
    ledger: pd.DataFrame
    conflicts: list[Problem]


def merge(folder: Path, expected: Path | None = None) -> MergeResult:
    """Merge all data sets in a folder.

    Parameters
    ----------
    folder
        Each workbook, other file or subfolder in it is a data set.
    expected
        A location with the table of units that should report; by default all units found.

    Returns
    -------
    The merged tables and the ledger. Nothing should be written if it has `conflicts`.

    Raises
    ------
    BadInputError
        With the problems of every file.
    """
    found = _examine_all(folder)
    tables = [table for each in found.values() for table in each.tables.values()]
    problems = [problem for each in found.values() for problem in each.problems]
    check_references(tables)
    problems += [problem for table in tables for problem in table.problems]
    if problems:
        raise BadInputError(problems)
    rows = {name: _stacked(tables, name) for name in TABLES}
    rows = {name: stacked for name, stacked in rows.items() if not stacked.empty}
    entries: list[Entry] = [
        {"status": "not_taken", "file": name} for name in _not_taken(folder, found)
    ]
    conflicts: list[Problem] = []
    for name, stacked in rows.items():
        entries += _taken(name, stacked)
        for entry in _repeated(name, stacked):
            entries.append(entry)
            if entry["status"] == "conflict":
                conflicts.append(_conflict(entry))
    entries += _missing(rows, _expected_units(expected, rows))
    ledger = pd.DataFrame(entries, columns=list(LEDGER), dtype=object)
    infos = [each.info for each in found.values() if each.info]
    return MergeResult(_described(infos), _joined(rows), ledger, conflicts)


def write_ledger(path: Path, ledger: pd.DataFrame) -> None:
    """Write the ledger as CSV in which no text can run as a formula."""
    ledger.map(_shown).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _shown(cell: Any) -> str:
    return "" if pd.isna(cell) else escape_formula(cell_text(cell))


def _examine_all(folder: Path) -> dict[str, Examination]:
    """Examine every data set in the folder; files are named with their folder."""
    if not folder.is_dir():
        raise refusal("merge.no_folder", str(folder))
    found = {}
    for path in sorted(folder.iterdir()):
        if not is_hidden(path) and (path.is_dir() or path.suffix.lower() in READERS):
            found[path.name] = examine(path, whole=False)
            _name_after(found[path.name], f"{path.name}/" if path.is_dir() else "")
    if not found:
        raise refusal("merge.nothing", str(folder))
    return found


def _not_taken(folder: Path, found: Mapping[str, Examination]) -> Iterator[str]:
    """Yield the files in the folder, and in its data sets, that are not read, locks too."""
    for name, examined in found.items():
        notes = (note.file for note in examined.notes if note.rule in NOT_READ)
        yield from (f"{name}/{file}" for file in notes)
    paths = sorted(folder.iterdir())
    data = {path.stem for path in paths if path.suffix.lower() in READERS and not is_hidden(path)}
    for path in paths:
        described = path.suffix in YAML and path.stem in data
        if not path.is_dir() and not described and passed_over(path):
            yield path.name


def _name_after(found: Examination, folder: str) -> None:
    """Prefix file names with the folder; drop problems of tables already in the whole list."""
    for table in found.tables.values():
        table.file, table.problems = folder + table.file, []
    found.problems = [replace(problem, file=folder + problem.file) for problem in found.problems]


def _stacked(tables: list[ParsedTable], name: str) -> pd.DataFrame:
    """Return the rows of all tables of a name, with the place of each."""
    parts = []
    for table in tables:
        if table.name == name and not table.frame.empty:
            rows = table.in_yuan().frame.reset_index(names="@row")
            rows["@file"], rows["@sheet"] = table.file, table.sheet
            parts.append(rows)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _joined(rows: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return each table with one row per key; a blank is filled by another file."""
    return {
        name: stacked.drop(columns=PLACE)
        .groupby(key_of(name), as_index=False, sort=True, dropna=False)
        .first()[list(columns_of(name))]
        for name, stacked in rows.items()
    }


def _taken(name: str, stacked: pd.DataFrame) -> Iterator[Entry]:
    first = stacked[~stacked.duplicated(key_of(name))]
    counts = (
        first.groupby(["unit_id", "@file", "@sheet"], sort=True, dropna=False).size().rename("rows")
    )
    for unit, file, sheet, count in counts.reset_index().to_numpy().tolist():
        yield {
            "status": "taken", "table": name, "key": unit, "value": count,
            "file": file, "sheet": sheet,
        }  # fmt: skip


def _repeated(name: str, stacked: pd.DataFrame) -> Iterator[Entry]:
    """Yield a duplicate entry for each equal row, a conflict entry for each value that differs."""
    key = key_of(name)
    columns = [column for column in columns_of(name) if column not in key]
    seen: dict[tuple[Any, ...], Entry] = {}
    for row in stacked[stacked.duplicated(key, keep=False)].sort_values(key).to_dict("records"):
        other: Entry = {str(column): value for column, value in row.items()}
        identity = tuple(other[column] for column in key)
        first = seen.setdefault(identity, other)
        if first is other:
            continue
        place = {"table": name, "key": ", ".join(map(str, identity)), **_places(first, other)}
        differing = [column for column in columns if _differ(first[column], other[column])]
        if not differing:
            yield {"status": "duplicate", **place}
        for column in differing:
            values = {"column": column, "value": first[column], "other_value": other[column]}
            yield {"status": "conflict", **place, **values}


def _places(first: Entry, other: Entry) -> Entry:
    return {
        **{name.removeprefix("@"): first[name] for name in PLACE},
        **{"other_" + name.removeprefix("@"): other[name] for name in PLACE},
    }


def _differ(one: Any, other: Any) -> bool:
    return bool(pd.notna(one) and pd.notna(other) and one != other)


def _conflict(entry: Entry) -> Problem:
    place = (entry["sheet"], entry["row"], entry["column"], entry["value"])
    return Problem("merge.conflict", entry["file"], entry, *place)


def _expected_units(expected: Path | None, rows: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return unit_id and kind of the units that should report."""
    none = pd.DataFrame(columns=["unit_id", "kind"])
    units = load_units(expected) if expected else rows.get("units", none)
    return units[["unit_id", "kind"]].drop_duplicates("unit_id")


def _missing(rows: Mapping[str, pd.DataFrame], expected: pd.DataFrame) -> Iterator[Entry]:
    """Yield units without rows where others of their kind have some, and absent units."""
    named = rows["units"]["unit_id"] if "units" in rows else pd.Series(dtype="str")
    for unit in expected.loc[~expected["unit_id"].isin(named), "unit_id"].sort_values():
        yield {"status": "missing", "table": "units", "key": unit}
    for name, stacked in rows.items():
        if "year" not in stacked:
            continue
        given = stacked[["unit_id", "year"]].drop_duplicates()
        kinds = given.merge(expected, on="unit_id", validate="many_to_one")
        years = kinds[["kind", "year"]].drop_duplicates()
        awaited = expected.merge(years, on="kind", validate="many_to_many").merge(
            given, on=["unit_id", "year"], how="left", indicator=True, validate="one_to_one"
        )
        absent = awaited[awaited["_merge"] == "left_only"].sort_values(["unit_id", "year"])
        for unit, year in zip(absent["unit_id"], absent["year"], strict=True):
            yield {"status": "missing", "table": name, "key": f"{unit}, {year}"}


def _described(infos: list[DatasetInfo]) -> DatasetInfo:
    """Return one description for all; money is in 元 unless all have the same unit."""
    units = {info.money_unit for info in infos}
    currencies = {info.currency for info in infos}
    if len(currencies) > 1:
        raise refusal(
            "merge.currencies", DESCRIPTION_FILE, currencies=", ".join(sorted(currencies))
        )
    title = partial(say, "merge.title", count=len(infos))
    parts = {part: None for info in infos for part in info.period.part_years}
    return DatasetInfo(
        title={"zh": title("zh"), "en": title("en")},
        source="; ".join(dict.fromkeys(info.source for info in infos)),
        money_unit=units.pop() if len(units) == 1 else "元",
        currency=currencies.pop(),
        period=Period(
            first_year=min(info.period.first_year for info in infos),
            last_year=max(info.period.last_year for info in infos),
            part_years=tuple(parts),
        ),
        synthetic=any(info.synthetic for info in infos),
        licence="; ".join(dict.fromkeys(info.licence for info in infos)),
    )
