"""Merge the data sets of many places into one, with a ledger of every row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from fundeval.intake.conversion import Conversion
from fundeval.intake.convert import convert
from fundeval.intake.ledger import (
    LEDGER,
    PLACE,
    Cells,
    Entry,
    Written,
    columns_written,
    conflict_of,
    rows_repeated,
    rows_taken,
)
from fundeval.intake.mapping import MappingFile, is_misfit, read_mapping_file
from fundeval.intake.source_files import is_of_source
from fundeval.problems import BadInputError, Problem, refusal
from fundeval.tables import Examination, examine, load_units
from fundeval.tables.cells import cell_text, escape_formula
from fundeval.tables.checks.references import check_references
from fundeval.tables.dataset import DatasetInfo, Period
from fundeval.tables.parsing.parsed_table import ParsedTable
from fundeval.tables.schemas import TABLES, columns_of, columns_of_role, key_of
from fundeval.tables.sources.connections import YAML
from fundeval.tables.sources.description import DESCRIPTION_FILE
from fundeval.tables.sources.readers import READERS, is_hidden, passed_over
from fundeval.words import say

# What is told of files that are passed over.
NOT_READ = ("intake.file_passed_over", "intake.folder_passed_over", "intake.lock_file")


@dataclass(frozen=True)
class MergeResult:
    """The merged tables, money in 元, and the ledger of where their rows come from.

    The ledger has the columns `LEDGER`; `status` is taken (rows of a unit in a file),
    duplicate (a row in another file that adds nothing), filled (a value of another file for a
    blank), conflict (two rows with the same key differ), missing (a unit without rows in a year
    for which others of its kind have some) or not_taken (a file that is not read).
    """

    info: DatasetInfo
    frames: dict[str, pd.DataFrame]
    ledger: pd.DataFrame
    conflicts: list[Problem]
    notes: list[Problem]


@dataclass
class Submission:
    """What one place sent in: its tables, and the conversion if it is of another layout.

    `prefix` is the name of its folder, for the names of files in it.
    """

    examination: Examination
    prefix: str
    conversion: Conversion | None = None

    @property
    def tables(self) -> list[ParsedTable]:
        """Return its tables."""
        return list(self.examination.tables.values())

    def problem(self, problem: Problem) -> Problem:
        """Return a problem of one of its tables with the place where somebody finds it."""
        if self.conversion is None:
            return problem
        found = self.conversion.at_origin(problem)
        return replace(found, file=self.prefix + found.file)

    def columns(self) -> Iterator[tuple[Cells, Written]]:
        """Yield how the columns of its tables are written, those of another layout in 元."""
        for table in self.tables:
            if self.conversion is None:
                yield from columns_written(table)
                continue
            for origin in self.conversion.origins:
                source = origin.source
                for name, position in origin.positions.items():
                    unit = "元" if name in columns_of_role(table.name, "money") else ""
                    cells = (table.name, self.prefix + source.file, source.sheet, name)
                    letter = xl_col_to_name(position)
                    yield cells, Written(source.header(position), letter, unit)

    def rows(self, table: ParsedTable) -> pd.DataFrame:
        """Return the rows of a table, money in 元, each with its place."""
        frame = table.in_yuan().frame
        if self.conversion is None:
            rows = frame.reset_index(names="@row")
            rows["@file"], rows["@sheet"] = table.file, table.sheet
            return rows
        places = self.conversion.places(table.name)
        places["@file"] = self.prefix + places["@file"].astype("str")
        return frame.join(places).reset_index(drop=True)


def merge(
    folder: Path,
    expected: Path | None = None,
    mapping_file: Path | None = None,
    answers: Mapping[str, str] | None = None,
) -> MergeResult:
    """Merge all data sets in a folder.

    Parameters
    ----------
    folder
        Each workbook, other file or subfolder in it is a data set.
    expected
        A location with the table of units that should report; by default all units found.
    mapping_file
        A mapping for all files and folders without a description, which are of another layout.
    answers
        Values that replace what the mapping asks or states, by name.

    Returns
    -------
    The merged tables and the ledger. Nothing should be written if it has `conflicts`.

    Raises
    ------
    BadInputError
        With the problems of every file.
    """
    mapping = read_mapping_file(mapping_file, answers) if mapping_file else None
    found, problems, misfits = _examine_all(folder, mapping, mapping_file, answers)
    tables = [table for each in found.values() for table in each.tables]
    problems += [problem for each in found.values() for problem in each.examination.problems]
    check_references(tables)
    for each in found.values():
        problems += [each.problem(told) for table in each.tables for told in table.problems]
    problems += _invented_beside_real(found)
    if problems:
        raise BadInputError(problems)
    rows = {name: _stacked(found.values(), name) for name in TABLES}
    rows = {name: stacked for name, stacked in rows.items() if not stacked.empty}
    entries: list[Entry] = [
        {"status": "not_taken", "file": name} for name in _not_taken(folder, found)
    ]
    written = dict(cells for each in found.values() for cells in each.columns())
    conflicts: list[Problem] = []
    for name, stacked in rows.items():
        entries += rows_taken(name, stacked)
        for entry in rows_repeated(name, stacked):
            entries.append(entry)
            if entry["status"] == "conflict":
                conflicts.append(conflict_of(entry, written))
    entries += _missing(rows, _expected_units(expected, rows))
    ledger = pd.DataFrame(entries, columns=list(LEDGER), dtype=object)
    infos = [each.examination.info for each in found.values() if each.examination.info]
    notes = [
        replace(note, file=each.prefix + note.file)
        for each in found.values()
        if each.conversion
        for note in each.examination.notes
    ]
    notes += misfits
    return MergeResult(_described(infos), _joined(rows), ledger, conflicts, notes)


def write_ledger(path: Path, ledger: pd.DataFrame) -> None:
    """Write the ledger as CSV in which no text can run as a formula."""
    ledger.map(_shown).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _shown(cell: Any) -> str:
    return "" if pd.isna(cell) else escape_formula(cell_text(cell))


def _examine_all(
    folder: Path,
    mapping: MappingFile | None,
    mapping_file: Path | None,
    answers: Mapping[str, str] | None,
) -> tuple[dict[str, Submission], list[Problem], list[Problem]]:
    """Examine every data set in the folder, and convert what has another layout by a mapping.

    Returns what was sent in by name, the problems of what could not be converted, and why files
    that are nothing that the mapping describes are not taken.
    """
    if not folder.is_dir():
        raise refusal("merge.no_folder", str(folder))
    found: dict[str, Submission] = {}
    problems, misfits = list[Problem](), list[Problem]()
    for path in sorted(folder.iterdir()):
        if is_hidden(path) or not (path.is_dir() or path.suffix.lower() in READERS):
            continue
        prefix = f"{path.name}/" if path.is_dir() else ""
        if mapping and mapping_file and not _is_described(path):
            if not is_of_source(path, mapping.sources):
                continue
            try:
                made = convert(path, mapping_file, answers, whole=False)
            except BadInputError as error:
                told = misfits if is_misfit(error.problems, mapping) else problems
                told += [replace(each, file=prefix + each.file) for each in error.problems]
                continue
            found[path.name] = Submission(made.examination, prefix, made.conversion)
        else:
            found[path.name] = Submission(examine(path, whole=False), prefix)
        _name_after(found[path.name])
    if not found and not problems:
        if misfits:
            raise BadInputError(misfits)
        raise refusal("merge.nothing", str(folder))
    return found, problems, misfits


def _is_described(path: Path) -> bool:
    """Tell whether a file or folder is a data set, which has a description."""
    beside = path / DESCRIPTION_FILE if path.is_dir() else path.with_suffix(YAML[0])
    if beside.exists() or (path.is_dir() and _is_described_inside(path)):
        return True
    return not path.is_dir() and examine(path, whole=False).info is not None


def _is_described_inside(folder: Path) -> bool:
    files = [path for path in folder.iterdir() if path.suffix.lower() in READERS]
    return any(not is_hidden(path) and _is_described(path) for path in files)


def _not_taken(folder: Path, found: Mapping[str, Submission]) -> Iterator[str]:
    """Yield the files in the folder, and in its data sets, that are not read, locks too."""
    for name, sent in found.items():
        notes = (note.file for note in sent.examination.notes if note.rule in NOT_READ)
        yield from (f"{name}/{file}" for file in notes)
    paths = sorted(folder.iterdir())
    data = {path.stem for path in paths if path.suffix.lower() in READERS and not is_hidden(path)}
    for path in paths:
        described = path.suffix in YAML and path.stem in data
        readable = path.is_dir() or path.suffix.lower() in READERS
        if path.name in found or (is_hidden(path) and not passed_over(path)):
            continue
        if readable or (not described and passed_over(path)):
            yield path.name


def _name_after(sent: Submission) -> None:
    """Prefix file names with the folder; drop problems of tables already in the whole list."""
    found = sent.examination
    for table in sent.tables:
        table.problems = []
        if sent.conversion is None:
            table.file = sent.prefix + table.file
    found.problems = [
        replace(problem, file=sent.prefix + problem.file) for problem in found.problems
    ]


def _stacked(found: Iterable[Submission], name: str) -> pd.DataFrame:
    """Return the rows of all tables of a name, with the place of each."""
    parts = [
        each.rows(table)
        for each in found
        for table in each.tables
        if table.name == name and not table.frame.empty
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _joined(rows: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return each table with one row per key; a blank is filled by another file."""
    return {
        name: stacked.drop(columns=PLACE)
        .groupby(key_of(name), as_index=False, sort=True, dropna=False)
        .first()[list(columns_of(name))]
        for name, stacked in rows.items()
    }


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


def _invented_beside_real(found: Mapping[str, Submission]) -> Iterator[Problem]:
    """Yield a problem if some data sets are invented and others not: the whole is neither."""
    infos = {name: each.examination.info for name, each in found.items()}
    names: dict[bool, list[str]] = {True: [], False: []}
    for name, info in infos.items():
        if info:
            names[info.synthetic].append(name)
    if all(names.values()):
        invented, real = (", ".join(names[which]) for which in (True, False))
        yield Problem("merge.synthetic", DESCRIPTION_FILE, {"invented": invented, "real": real})


def _in_english(infos: list[DatasetInfo], text: str) -> str | None:
    """Return what all data sets say of source or licence in English; None where none does."""
    english = [getattr(info, f"{text}_en") for info in infos]
    if not any(english):
        return None
    known = zip(english, (getattr(info, text) for info in infos), strict=True)
    return "; ".join(dict.fromkeys(own or other for own, other in known))


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
        source_en=_in_english(infos, "source"),
        money_unit=units.pop() if len(units) == 1 else "元",
        currency=currencies.pop(),
        period=Period(
            first_year=min(info.period.first_year for info in infos),
            last_year=max(info.period.last_year for info in infos),
            part_years=tuple(parts),
        ),
        synthetic=infos[0].synthetic,
        licence="; ".join(dict.fromkeys(info.licence for info in infos)),
        licence_en=_in_english(infos, "licence"),
        published_on=max((i.published_on for i in infos if i.published_on), default=None),
    )
