"""The units of a run as rows, for operators: results, what became of each report, and where it is.

What a page says in words stands here as raw numbers and codes too, so that other programs read it.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fundeval.batch import ledger as ledgers
from fundeval.batch.jobs import Job, file_stem, report_files
from fundeval.near import near
from fundeval.problems import BadInputError, Problem
from fundeval.report.pages.unit_table import ListedUnit, Listing
from fundeval.report.pages.within_year import GRAVITY, WithinYear
from fundeval.report.unit_view import View
from fundeval.results import parquet as store
from fundeval.results.descendants import summarize_descendants
from fundeval.tables.cells import escape_formula
from fundeval.words import LANGUAGES, say

KINDS = ("region", "hospital", "department", "alliance")


class UnitLine(NamedTuple):
    """A unit of a run; amounts are in 元, rates are fractions, what is missing is None.

    `report` is made, failed or none; `address` is where it is in the folder of the run.
    `restricted` counts the restricted departments of the unit; `state` is that of a department.
    """

    unit_id: str
    name: str
    kind: str
    kind_name: str
    parent_id: str | None
    grade: str | None
    grade_name: str
    score: float | None
    execution_rate: float | None
    state: str | None
    state_name: str
    restricted: float | None
    warning: str
    warning_name: str
    next_budget: float | None
    change: float | None
    report: str
    address: str
    error: str


@dataclass(frozen=True)
class Wanted:
    """Which units are listed: all of those that fit every condition that is given.

    Grades, kinds and warning levels are codes, or their names in either language.
    """

    grades: Sequence[str] = ()
    kinds: Sequence[str] = ()
    warnings: Sequence[str] = ()
    restricted: bool = False
    failed: bool = False


def list_units(folder: Path, wanted: Wanted, lang: str) -> list[UnitLine]:
    """Return the units of a run that are wanted, each above those below it.

    Parameters
    ----------
    folder
        Output folder of the run.
    wanted
        Conditions.
    lang
        Language of names of codes.

    Raises
    ------
    BadInputError
        If the folder holds no run, or a condition names what there is not.
    """
    evaluation_folder = folder / "evaluation"
    if not (evaluation_folder / store.ABOUT).is_file() or not (folder / ledgers.LEDGER).is_file():
        raise BadInputError([Problem("list.no_run", str(folder))])
    evaluation = store.read(evaluation_folder)
    with ledgers.open_ledger(folder) as ledger:
        errors = {stem: record.error for stem, record in ledger.records().items()}
    view = View(evaluation, summarize_descendants(evaluation), "", lang)
    grades = _codes(view.messages.grades, "grade.", view.policy.grades)
    chosen = {
        "grade": _choose("--grade", wanted.grades, grades),
        "kind": _choose("--kind", wanted.kinds, _codes(KINDS, "kind.")),
        "warning": _choose("--warning", wanted.warnings, _codes(GRAVITY, "warning.")),
    }
    listing, within = Listing(view), WithinYear(view)
    ids = [unit_id for unit_id, _ in listing.tree(set(listing.parents))]
    lines = [_line(listing, within, unit, errors) for unit in listing.listed(ids)]
    return [
        line
        for line in lines
        if all(getattr(line, name) in codes for name, codes in chosen.items() if codes)
        and (not wanted.restricted or line.unit_id in listing.restricted)
        and (not wanted.failed or line.report == "failed")
    ]


def to_csv(lines: Iterable[UnitLine], lang: str) -> str:
    """Return units as CSV with a heading in the language."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow(headings(UnitLine._fields, lang))
    writer.writerows([_shown(value) for value in line] for line in lines)
    return made.getvalue()


def _shown(value: object) -> object:
    """Return a cell of which no spreadsheet runs anything."""
    return escape_formula(value) if isinstance(value, str) else "" if value is None else value


def headings(columns: Iterable[str], lang: str) -> list[str]:
    """Return the headings of columns of a list of units.

    Examples
    --------
    >>> headings(["unit_id", "score"], "en")
    ['Unit id', 'Score']
    """
    return [say(f"list.{column}", lang) for column in columns]


def _line(
    listing: Listing, within: WithinYear, unit: ListedUnit, errors: Mapping[str, str]
) -> UnitLine:
    messages, states = listing.view.messages, listing.states.get(unit.unit_id, {})
    stem = file_stem(unit.unit_id)
    error = errors.get(stem)
    report = "none" if error is None else "failed" if error else "made"
    judged = unit.kind == "department" and states
    state = str(max(states, key=lambda name: states[name])) if judged else None
    warning = within.level(unit.unit_id)
    return UnitLine(
        unit.unit_id,
        unit.name,
        unit.kind,
        messages.code("kind.", unit.kind),
        unit.parent_id,
        unit.grade,
        messages.code("grade.", unit.grade) if unit.grade else messages.cannot(unit.why),
        unit.score,
        unit.execution,
        state,
        messages.code("state.", state) if state else "",
        unit.restricted,
        warning,
        messages.code("warning.", warning),
        unit.next_budget,
        unit.change,
        report,
        report_files(Job(unit.unit_id, unit.kind, "", stem))[1] if report == "made" else "",
        error or "",
    )


def _codes(
    codes: Iterable[str], group: str, titles: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, str]:
    """Return each code by itself and by its names in both languages."""
    known: dict[str, str] = {}
    for code in codes:
        own = (titles or {}).get(code) or {lang: say(f"{group}{code}", lang) for lang in LANGUAGES}
        known |= {_plain(name): code for name in (code, *own.values())}
    return known


def _choose(option: str, given: Sequence[str], known: Mapping[str, str]) -> set[str]:
    unknown = [name for name in given if _plain(name) not in known]
    if unknown:
        raise BadInputError([
            Problem("list.unknown", option, {"known": near(_plain(name), known)}, value=name)
            for name in unknown
        ])  # fmt: skip
    return {known[_plain(name)] for name in given}


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()
