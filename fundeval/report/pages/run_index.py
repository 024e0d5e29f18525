"""The index of a run: every unit as a tree, with its result and its report or why there is none.

Many units are divided into pages (`index_parts`); a page of its own then searches all of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

from fundeval.report.format.html_fragments import TEMPLATES, Html, render_table
from fundeval.report.format.numbers import missing
from fundeval.report.pages import within_year as within
from fundeval.report.pages.index_parts import FOLDER, Part, divide
from fundeval.report.pages.standalone import hash_of, standalone_page
from fundeval.report.pages.unit_table import Cell, Listing
from fundeval.report.pages.within_year import WithinYear
from fundeval.report.sections.early_warning import level_words
from fundeval.report.unit_view import View, rows_of
from fundeval.results.descendants import summarize_descendants
from fundeval.results.frames import Evaluation
from fundeval.results.rows import RestrictionRow

SEARCH = f"{FOLDER}/search.html"
# Of a page; a longer list is divided.
MOST_ROWS = 1000
# Of units that a page lists only when its search finds them.
MOST_FOUND = 5000
COLUMNS = (
    "unit", "parent", "kind", "grade", "score", "execution", "restriction", "next_budget",
    "change", "report",
)  # fmt: skip
# Those whose cells are figures, and those that are sorted by a number.
FIGURES = ("score", "execution", "restriction", "next_budget", "change")
RANKED = (*FIGURES, "grade", "warning", "progress", "alerts")
FILTERS = ("within", "kind", "grade", "restricted", "report")
LEVEL_COLUMNS = ("kind", "units", "budgets", "total", "envelope", "rest")
RESTRICTED_COLUMNS = ("department", "hospital", "previous", "rate", "until")
PART_COUNTS = ("units", "made", "failed")
STATES = ("made", "stale", "failed", "none", "not_selected", "not_existing")
# What the script says, with the names of what it fills in.
SCRIPT_WORDS = {
    "count": ("shown", "total"), "empty": (), "sort": (), "pick": ("name",), "one_more": (),
    "compared": (), "clear": (), "results": ("count",), "more": ("count",),
    "report": (), "in_index": (), "between": (),
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """What became of a unit's report: a relative address, or why there is none.

    `error` is what prevented it; `skipped` says why none was tried; `stale` what changed since it
    was made.
    """

    href: str = ""
    error: str = ""
    skipped: Literal["", "not_selected", "not_existing"] = ""
    stale: str = ""

    @property
    def state(self) -> str:
        """made, stale, failed, not_selected, not_existing, or none: it was not asked for."""
        if self.stale:
            return "stale"
        return "failed" if self.error else self.skipped or ("made" if self.href else "none")


def render_index(
    evaluation: Evaluation,
    entries: Mapping[str, Entry],
    lang: str,
    within_year: bool = False,
    *,
    stem: Callable[[str], str],
) -> dict[str, str]:
    """Return the pages of a run's index by their places in its folder, `index.html` first.

    Each is one file that loads nothing and can be read without script. Up to `MOST_ROWS` units
    stand on one page.

    Parameters
    ----------
    evaluation
        The evaluation of the run.
    entries
        What became of reports by unit_id; the overview of the whole run has the empty id. Units
        of which the evaluation knows nothing have stale ones. Units
        without entry are left out, unless a unit below them has one. Totals are of all units of
        the evaluation, whichever reports were made.
    lang
        Language of the pages.
    within_year
        Whether the run lists warning levels and progress in place of scores and budgets.
    stem
        Returns the name of a unit's file, without suffix.
    """
    return _Index(evaluation, entries, lang, within_year, stem).pages()


class _Index:
    """What the pages of an index share."""

    def __init__(
        self,
        evaluation: Evaluation,
        entries: Mapping[str, Entry],
        lang: str,
        within_year: bool,
        stem: Callable[[str], str],
    ) -> None:
        self.view = View(evaluation, summarize_descendants(evaluation), "", lang)
        self.say = self.view.messages.say
        self.listing = Listing(self.view)
        self.names = self.listing.names
        self.entries = {unit: each for unit, each in entries.items() if unit in {"", *self.names}}
        # Reports of earlier runs on units that the evaluation no longer has.
        self.others = {unit: entries[unit] for unit in entries if unit not in self.entries}
        self.stem = stem
        self.latest = WithinYear(self.view) if within_year else None
        self.columns = within.COLUMNS if within_year else COLUMNS
        self.filters = within.FILTERS if within_year else FILTERS
        # A search finds a unit by its name in the other language too.
        column = "name_en" if lang == "zh" else "name"
        stated = evaluation.units.dropna(subset=column)
        pairs = zip(stated["unit_id"], stated[column], strict=True)
        self.other = {unit: name for unit, name in pairs if name != self.names[unit]}
        self.first = divide([*self.listing.tree(set(self.entries))], MOST_ROWS, stem)

    def pages(self) -> dict[str, str]:
        """Return all pages by address."""
        parts = [*self.first.all()]
        pages = {part.address: self._page(part) for part in parts}
        return pages | ({SEARCH: self._search(parts)} if self.with_search else {})

    @cached_property
    def with_search(self) -> bool:
        """Whether a page of its own searches all units."""
        return bool(self.first.parts) or self.listing.units.shape[0] > MOST_FOUND

    @cached_property
    def found_by(self) -> dict[str, list[str]]:
        """The units that are not listed, by the nearest unit above them that is."""
        listed, nearest = set(self.first.covers), {"": ""}
        found: dict[str, list[str]] = {}
        for unit_id, _ in self.listing.tree(set(self.listing.parents)):
            above = nearest[self.listing.parents[unit_id]]
            nearest[unit_id] = unit_id if unit_id in listed else above
            if unit_id not in listed and above:
                found.setdefault(above, []).append(unit_id)
        return found

    def _page(self, part: Part) -> str:
        first = part is self.first
        root = "" if first else "../"
        rows = self._rows(part, root)
        own = [unit_id for unit_id in part.covers if unit_id in self.entries]
        asked = {unit: self.entries[unit] for unit in ([""] if first else []) + own
                 if unit in self.entries}  # fmt: skip
        states = Counter(entry.state for entry in asked.values())
        restricted = [] if self.latest else self._restricted(part, root)
        titles = [(self._column_title(name), name) for name in self.columns]
        yearly = not self.latest
        return standalone_page(self.view, "listing.html.j2", self._title(part),
            root=root,
            sentences=self._sentences(part, states, own),
            columns=titles,
            figures=[n for n, (_, name) in enumerate(titles, 1) if name in FIGURES],
            ranked=RANKED,
            filters=self._filters(part, rows),
            quick=self._quick(rows),
            rows=rows,
            totals=self.listing.totals(part.tops) if yearly else {},
            levels=self._levels(part) if yearly else "",
            parts=self._parts(part) if part.parts else "",
            restricted=self._restricted_table(restricted) if restricted else "",
            restricted_count=len(restricted),
            search=SEARCH if self.with_search else "",
            failed=[
                (self.names.get(unit, self.say("index.overview")), entry.error)
                for unit, entry in asked.items() if entry.error
            ],
            stale=[
                (self.names.get(unit, unit or self.say("index.overview")), f"{root}{entry.href}",
                 entry.stale)
                for unit, entry in [*asked.items(), *(self.others.items() if first else ())]
                if entry.stale
            ],
            overview=self.entries.get("", Entry()),
            data=Html(_data({"words": self._words(), "also": self._also(part)})),
            script=Html(_script("listing.js")),
            script_hash=hash_of(_script("listing.js")),
        )  # fmt: skip

    def _title(self, part: Part) -> str:
        title = self.say(
            "index.within_title" if self.latest else "index.title",
            dataset=self.view.evaluation.about["dataset"]["title"][self.view.messages.lang],
            year=self.view.year,
        )
        if part is self.first:
            return title
        return self.say("index.title_of_part", title=title, name=self._name_of(part))

    def _name_of(self, part: Part) -> str:
        name = self.names.get(part.unit_id) or self.say("index.all")
        return self.say("index.numbered", name=name, number=part.number) if part.number else name

    def _sentences(self, part: Part, states: Mapping[str, int], own: Sequence[str]) -> list[str]:
        say, made, failed = self.say, states.get("made", 0), states.get("failed", 0)
        policy = self.view.policy.title[self.view.messages.lang]
        stale = states.get("stale", 0)
        skipped = sum(states.values()) - made - failed - stale
        partly = "index.within_part" if self.latest else "index.part"
        sentences = [say("index.sentence", count=made, failed=failed, policy=policy)]
        if stale:
            sentences.append(say("index.stale.count", count=stale))
        if skipped:
            sentences.append(say(partly, count=skipped))
        if part.parts:
            sentences.append(say("index.divided", count=len(part.covers), pages=len(part.parts)))
        return [*sentences, *(self.latest.sentences(own) if self.latest else [])]

    def _column_title(self, column: str) -> str:
        listing = self.listing
        return self.say(
            f"index.column.{column}", unit=listing.money.name, year=listing.view.year + 1
        )

    def _rows(self, part: Part, root: str) -> list[tuple[int, dict[str, str], dict[str, Cell]]]:
        """Return depth, what it is found by, and cells of each unit that a page lists."""
        units = self.listing.listed(unit_id for unit_id, _ in part.rows)
        return [
            (depth, *self._row(unit_id, self._cells(unit_id, self.listing.cells(unit), root)))
            for (unit_id, depth), unit in zip(part.rows, units, strict=True)
        ]

    def _cells(self, unit_id: str, cells: dict[str, Cell], root: str) -> dict[str, Cell]:
        entry = self.entries.get(unit_id, Entry())
        state, why = self.say(f"index.state.{entry.state}"), entry.error or entry.stale
        return {
            "unit": Cell(self.names[unit_id], href=entry.href and f"{root}{entry.href}"),
            **cells,
            **(self.latest.cells(unit_id) if self.latest else {}),
            "report": Cell(f"{state}: {why}" if why else state, code=entry.state),
        }

    def _row(self, unit_id: str, cells: dict[str, Cell]) -> tuple[dict[str, str], dict[str, Cell]]:
        found = {"id": unit_id, "in": self.listing.parents[unit_id]}
        found |= {name: cells[name].code for name in self.filters if name in cells}
        if not self.latest and cells["restriction"].order:
            found["restricted"] = "yes"
        if other := self.other.get(unit_id):
            found["other"] = other
        return found, cells

    def _filters(
        self, part: Part, rows: Sequence[tuple[int, dict[str, str], dict[str, Cell]]]
    ) -> list[tuple[str, str, list[tuple[str, str]]]]:
        """Return name, label and choices of each filter that leaves a choice."""
        above = {found["in"] for _, found, _ in rows}
        choices: dict[str, list[tuple[str, str]]] = {
            "within": [(unit, self.names[unit]) for unit, _ in part.rows if unit in above],
            "restricted": [("yes", self._choice("restricted", "yes"))],
        }
        orders = {"grade": [*self.view.messages.grades, "none"], "report": STATES,
                  "warning": within.GRAVITY}  # fmt: skip
        for name in set(self.filters) - set(choices):
            words = {found[name]: cells[name] for _, found, cells in rows}
            order = orders.get(name, [*words])
            choices[name] = [
                (code, self._choice(name, code)) for code in order if code in words
            ]  # fmt: skip
        held = {code for _, found, _ in rows for code in (found.get("restricted"),) if code}
        least = {"restricted": 1 if held else len(rows) + 1}
        return [
            (name, self.say(f"index.filter.{name}"), choices[name])
            for name in self.filters
            if len(choices[name]) >= least.get(name, 2)
        ]

    def _quick(
        self, rows: Sequence[tuple[int, dict[str, str], dict[str, Cell]]]
    ) -> list[tuple[str, str, str, int]]:
        """Return the filters one click away, with how many rows of the page each leaves."""
        order = {"warning": within.GRAVITY} if self.latest else {
            "grade": [*self.view.messages.grades, "none"], "restricted": ["yes"],
        }  # fmt: skip
        counts = Counter(
            (name, found[name]) for _, found, _ in rows for name in order if found.get(name)
        )
        return [
            (name, code, self._choice(name, code), counts[name, code])
            for name, codes in order.items()
            for code in codes
            if counts[name, code]
        ]

    def _choice(self, name: str, code: str) -> str:
        if name == "report":
            return self.say(f"index.state.{code}")
        if name == "restricted":
            return self.say("index.filter.with_restricted")
        if name == "grade" and code == "none":
            return self.say("grade.none")
        if name == "warning":
            return level_words(self.view, code)
        return self.view.messages.code(f"{name}.", code)

    def _levels(self, part: Part) -> Html:
        """Return the table of the next budgets of each level beside those directly above."""
        money = self.listing.money.name
        titles = [self.say(f"index.level.{name}", unit=money) for name in LEVEL_COLUMNS]
        rows = self.listing.levels(None if part is self.first else part.tops)
        return render_table(self.say("index.levels.caption"), titles, rows)

    def _parts(self, part: Part) -> Html:
        """Return the table of the pages below one, whose rows add up to all that it covers."""
        grades = [] if self.latest else [*self.view.messages.grades, "none"]
        levels = [] if self.latest is None else [*within.GRAVITY]
        titles = [
            self.say("index.parts.page"),
            *(self.say(f"index.parts.{name}") for name in PART_COUNTS),
            *(self._choice("grade", grade) for grade in grades),
            *(self._choice("warning", level) for level in levels),
        ]
        if not self.latest:
            titles += [self.say("index.parts.restricted"), self._column_title("next_budget")]
        kinds = self.listing.units["kind"]
        head = part.tops if len(part.tops) == 1 else []
        root = "" if part is self.first else "../"
        lines: list[tuple[str, str, Sequence[str], Sequence[str]]] = [
            *((self.names[unit], "", head, head) for unit in head),
            *((self._name_of(e), f"{root}{e.address}", e.covers, e.tops) for e in part.parts),
        ]
        own = [unit for unit in part.alone if unit not in head]
        for kind in dict.fromkeys(kinds[unit] for unit in own):
            ids = [unit for unit in own if kinds[unit] == kind]
            text = self.say("index.parts.alone", kind=self.view.messages.code("kind.", kind))
            lines.append((text, "", ids, ids))
        # One budget may be shown by regions and by hospitals: their sum would count it twice.
        alike = len({kinds[unit] for *_, tops in lines for unit in tops}) == 1 and not head
        whole = part.tops if alike else []
        lines.append((self.say("index.totals"), "", part.covers, whole))
        codes = ["", "", "", *(f"grade={grade}" for grade in grades),
                 *(f"warning={level}" for level in levels), "restricted-departments"]  # fmt: skip
        rows = [
            self._line(name, href, zip(codes, self._counts(ids, grades, levels), strict=False),
                       self.listing.sum_of(tops))
            for name, href, ids, tops in lines
        ]  # fmt: skip
        if not alike and not self.latest:
            rows[-1][-1] = ""
        caption = "index.parts.within_caption" if self.latest else "index.parts.caption"
        return render_table(self.say(caption), titles, rows)

    def _line(
        self, name: str, href: str, counts: Iterable[tuple[str, int]], amount: float | None
    ) -> list[object]:
        """Return a row of the table of pages, in which counts lead to what they count."""
        texts = [(code, self.view.numbers.number(count, 0), count) for code, count in counts]
        return [
            Html.link(href, name) if href else name,
            *(Html.link(f"{href}#{code}", text) if href and code and count else text
              for code, text, count in texts),
            *([] if self.latest else [self.listing.money.show(amount)]),
        ]  # fmt: skip

    def _counts(
        self, ids: Sequence[str], grades: Sequence[str], levels: Sequence[str]
    ) -> list[int]:
        """Return how many units, reports made and failed, units of each grade or level, and
        restricted departments at or below them there are."""
        states = Counter(self.entries[unit].state for unit in ids if unit in self.entries)
        counts = [len(ids), states["made"], states["failed"]]
        if self.latest:
            warned = Counter(map(self.latest.level, ids))
            return [*counts, *(warned[level] for level in levels)]
        graded = Counter(self.listing.grade_of(unit) for unit in ids)
        return [*counts, *(graded[grade] for grade in grades), self._restricted_below(ids)]

    def _restricted_below(self, ids: Sequence[str]) -> int:
        """Return how many departments are restricted at units or below those not listed."""
        every = (unit for unit_id in ids for unit in (unit_id, *self.found_by.get(unit_id, ())))
        return sum(unit in self.listing.restricted for unit in every)

    def _restricted(self, part: Part, root: str) -> list[list[object]]:
        """Return a row for each restricted department that only this page lists or finds."""
        ids = {
            unit
            for unit_id in part.alone
            for unit in (unit_id, *self.found_by.get(unit_id, ()))
            if unit in self.listing.restricted
        }
        frame = self.view.evaluation.restrictions
        frame = frame[(frame["year"] == self.view.year) & frame["unit_id"].isin(ids)]
        rows = {row.unit_id: row for row in rows_of(frame, RestrictionRow)}
        order = sorted(rows, key=self.listing.positions.__getitem__)
        return [self._restricted_row(rows[unit_id], root) for unit_id in order]

    def _restricted_row(self, row: RestrictionRow, root: str) -> list[object]:
        above = self.listing.parents[row.unit_id]
        percent = self.view.numbers.percent
        return [
            self._named(row.unit_id, root),
            self._named(above, root) if above else self.say("report.missing"),
            percent(row.previous_rate, row.previous_floor),
            percent(row.rate, row.floor),
            "" if missing(row.until) else f"{row.until:.0f}",
        ]

    def _restricted_table(self, rows: Sequence[Sequence[object]]) -> Html:
        titles = [
            self.say(f"index.restricted.{name}", year=self.view.year, previous=self.view.year - 1)
            for name in RESTRICTED_COLUMNS
        ]
        return render_table(self.say("index.restricted.caption", count=len(rows)), titles, rows)

    def _named(self, unit_id: str, root: str) -> object:
        href = self.entries.get(unit_id, Entry()).href
        return Html.link(f"{root}{href}", self.names[unit_id]) if href else self.names[unit_id]

    def _words(self) -> dict[str, str]:
        return {
            name: self.say(f"index.script.{name}", **{key: f"{{{key}}}" for key in values})
            for name, values in SCRIPT_WORDS.items()
        }

    def _also(self, part: Part) -> dict[str, list[list[str]]]:
        """Return id and names of the units that a search finds by the row above them."""
        alone = set(part.alone)
        found = {unit: self.found_by[unit] for unit, _ in part.rows
                 if unit in alone and unit in self.found_by}  # fmt: skip
        if sum(map(len, found.values())) > MOST_FOUND:
            return {}
        return {above: [self._names(unit) for unit in ids] for above, ids in found.items()}

    def _names(self, unit_id: str) -> list[str]:
        other = self.other.get(unit_id)
        return [unit_id, self.names[unit_id], *([other] if other else [])]

    def _search(self, parts: Sequence[Part]) -> str:
        """Return the page that searches all units: ids, names, and on which page each stands."""
        page_of = {unit: n for n, part in enumerate(parts) for unit in part.alone}
        tree = [unit for unit, _ in self.listing.tree(set(self.listing.parents))]
        places = {unit: n for n, unit in enumerate(tree)}
        nearest = {unit: above for above, ids in self.found_by.items() for unit in ids}
        units = []
        for unit_id in tree:
            listed = nearest.get(unit_id, unit_id)
            href = self.entries.get(unit_id, Entry()).href
            usual = href == f"reports/{unit_id}.html"
            above = self.listing.parents[unit_id]
            units.append([
                unit_id, self.names[unit_id], places.get(above, -1), page_of.get(listed, -1),
                int(usual) if usual or not href else f"../{href}",
                *([other] if (other := self.other.get(unit_id)) else []),
            ])  # fmt: skip
        addresses = [f"../{part.address}" for part in parts]
        return standalone_page(
            self.view, "search.html.j2", self.say("index.search.title"),
            sentence=self.say("index.search.sentence", count=len(units)),
            data=Html(_data({"words": self._words(), "pages": addresses, "units": units})),
            script=Html(_script("search.js")),
            script_hash=hash_of(_script("search.js")),
        )  # fmt: skip


def _data(content: object) -> str:
    """Return content for a script of the page as JSON in which nothing can end its element."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


@cache
def _script(name: str) -> str:
    """Return a script of the folder of templates, after what all of them share."""
    return "".join((TEMPLATES / each).read_text(encoding="utf-8") for each in ("words.js", name))
