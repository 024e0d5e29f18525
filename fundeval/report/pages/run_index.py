"""The index of a run: every unit as a tree, with its result and its report or why there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Literal

from fundeval.report.format.html_fragments import TEMPLATES, Html, render_table
from fundeval.report.pages import within_year as within
from fundeval.report.pages.standalone import hash_of, standalone_page
from fundeval.report.pages.unit_table import BETWEEN, Cell, Listing
from fundeval.report.pages.within_year import WithinYear
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants
from fundeval.results.frames import Evaluation

COLUMNS = (
    "unit", "parent", "kind", "grade", "score", "execution", "restriction", "next_budget",
    "change", "report",
)  # fmt: skip
# Those whose cells are figures.
FIGURES = ("score", "execution", "restriction", "next_budget", "change")
FILTERS = ("parent", "kind", "grade", "report")
LEVEL_COLUMNS = ("kind", "units", "budgets", "total", "envelope", "rest")
# Sentences of DataTables, by their names in its option `language`.
TABLE_WORDS = (
    "search", "lengthMenu", "info", "infoEmpty", "infoFiltered", "zeroRecords", "emptyTable",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """What became of a unit's report: a relative address, or why there is none.

    `error` is what prevented it; `skipped` says why none was tried.
    """

    href: str = ""
    error: str = ""
    skipped: Literal["", "not_selected", "not_existing"] = ""

    @property
    def state(self) -> str:
        """made, failed, not_selected, not_existing, or none: it was not asked for."""
        return "failed" if self.error else self.skipped or ("made" if self.href else "none")


def render_index(
    evaluation: Evaluation, entries: Mapping[str, Entry], lang: str, within_year: bool = False
) -> str:
    """Return the index page of a run: one file that loads nothing and can be read without script.

    `entries` are by unit_id; the overview of the whole run has the empty id. Units without
    entry are left out, unless a unit below them has one. Totals are of all units of the
    evaluation, whichever reports were made. A run `within_year` lists warning levels and
    progress in place of scores and budgets.
    """
    view = View(evaluation, summarize_descendants(evaluation), "", lang)
    listing = Listing(view)
    dataset = evaluation.about["dataset"]
    states = [entry.state for entry in entries.values()]
    made, failed = states.count("made"), states.count("failed")
    skipped = len(states) - made - failed
    latest = WithinYear(view) if within_year else None
    columns, filters = (within.COLUMNS, within.FILTERS) if within_year else (COLUMNS, FILTERS)
    rows = _rows(listing, entries, latest)
    part = "index.within_part" if within_year else "index.part"
    names = {"": view.messages.say("index.overview"), **listing.units["name"].to_dict()}
    return standalone_page(view, "listing.html.j2",
        view.messages.say(
            "index.within_title" if within_year else "index.title",
            dataset=dataset["title"][lang], year=view.year,
        ),
        sentences=[
            view.messages.say(
                "index.sentence", count=made, failed=failed, policy=view.policy.title[lang]
            ),
            *([view.messages.say(part, count=skipped)] if skipped else []),
            *(latest.sentences(unit for unit in entries if unit) if latest else []),
        ],
        columns=[
            (_column_title(listing, name), name) for name in columns
        ],
        figures=FIGURES,
        filters=[_filter(view, columns, name, rows) for name in filters],
        rows=rows,
        totals={} if within_year else listing.totals(),
        levels="" if within_year else _levels(listing),
        failed=[(names[unit], entry.error) for unit, entry in entries.items() if entry.error],
        overview=entries.get("", Entry()),
        words={
            **{name: view.messages.say(f"index.table.{name.lower()}") for name in TABLE_WORDS},
            "aria": {"orderable": view.messages.say("index.table.sort")},
        },
        script=Html(_script()),
        script_hash=hash_of(_script()),
    )  # fmt: skip


def _column_title(listing: Listing, column: str) -> str:
    return listing.view.messages.say(
        f"index.column.{column}", unit=listing.money.name, year=listing.view.year + 1
    )


def _rows(
    listing: Listing, entries: Mapping[str, Entry], latest: WithinYear | None
) -> list[tuple[int, dict[str, Cell]]]:
    """Return depth and cells of each unit listed, in the order of the tree."""
    listed = list(listing.tree(set(entries)))
    units = listing.listed(unit_id for unit_id, _ in listed)
    rows = []
    for (unit_id, depth), unit in zip(listed, units, strict=True):
        entry = entries.get(unit_id, Entry())
        state = listing.view.messages.say(f"index.state.{entry.state}")
        report = f"{state}: {entry.error}" if entry.error else state
        name = Cell(unit.name, href=entry.href)
        rows.append((depth, {
            "unit": name, **listing.cells(unit),
            **(latest.cells(unit.unit_id) if latest else {}), "report": Cell(report, words=state),
        }))  # fmt: skip
    return rows


def _levels(listing: Listing) -> Html:
    """Return the table of the next budgets of each level beside those directly above."""
    titles = [
        listing.view.messages.say(f"index.level.{name}", unit=listing.money.name)
        for name in LEVEL_COLUMNS
    ]
    return render_table(listing.view.messages.say("index.levels.caption"), titles, listing.levels())


def _filter(
    view: View, columns: Sequence[str], column: str, rows: Sequence[tuple[int, dict[str, Cell]]]
) -> tuple[int, str, list[str]]:
    """Return the place of a column, the label of its filter, and what can be chosen there."""
    texts = (cells[column].words or cells[column].text for _, cells in rows)
    words = (word for text in texts for word in text.split(BETWEEN) if word)
    return (
        columns.index(column),
        view.messages.say(f"index.filter.{column}"),
        list(dict.fromkeys(words)),
    )


@cache
def _script() -> str:
    """Return DataTables, as itables brings it for use offline, and what applies it to the page."""
    file = distribution("itables").locate_file("itables/html/dt_bundle.js")
    library = Path(str(file)).read_text(encoding="utf-8")
    exported = re.search(r"(\w+) as default", library)
    assert exported is not None
    own = (TEMPLATES / "listing.js").read_text(encoding="utf-8")
    return f"{library}\nconst DataTable = {exported.group(1)};\n{own}"
