"""Propose a mapping for files of another layout: what was recognised, and questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd

from fundeval.intake.guess.comments import Comments, numbered
from fundeval.intake.guess.found_header import find_table_header
from fundeval.intake.guess.other_insurance import is_of_other_insurance
from fundeval.intake.guess.outside import Around
from fundeval.intake.guess.proposal import UNSTATED, Proposal, propose
from fundeval.intake.guess.yaml_lines import Line, Lines, yaml_text
from fundeval.problems import BadInputError, Problem, refusal
from fundeval.tables.parsing.header import header_texts, identify_table
from fundeval.tables.sources.data_source import DataSource, SourceSheet
from fundeval.tables.sources.description import DESCRIPTION_SHEETS
from fundeval.tables.sources.limits import HEADER_WITHIN
from fundeval.tables.sources.readers import INSTRUCTION_SHEETS, READERS, is_hidden, read_file

# The units that a data set may be in; figures in others are converted.
USUAL_UNITS = ("万元", "元", "亿元")


@dataclass(frozen=True)
class Guess:
    """The text of a proposed mapping, how many questions it asks, and sheets without a table."""

    text: str
    questions: int
    aside: tuple[str, ...]


@dataclass(frozen=True)
class _Sheet:
    path: Path
    sheet: SourceSheet
    proposal: Proposal

    @property
    def layout(self) -> tuple[object, ...]:
        """What sheets that are read alike have in common."""
        return self.proposal.header, flat_header(self.proposal)


def guess_mapping(location: Path, lang: str) -> Guess:
    """Propose a mapping for a file, or for all files of a folder.

    Nothing is made up: what is not recognised stands as `?` below a question.

    Parameters
    ----------
    location
        The file or folder.
    lang
        The language of the comments.

    Raises
    ------
    BadInputError
        If a file cannot be read, or no table is found in any.
    """
    sheets = _read_sheets(location)
    if not sheets:
        raise refusal("guess.no_files", str(location), known=", ".join(READERS))
    if all(map(_is_read_as_it_is, sheets)):
        raise refusal("guess.own_layout", str(location), path=location.name)
    found, aside, others = [], [], []
    for path, sheet in sheets:
        place = " ".join(filter(None, (path.name, sheet.name)))
        if _is_other(path, sheet):
            others.append(place)
            continue
        proposal = propose(path, sheet, "", Comments(lang))
        if proposal is None:
            aside.append(place)
        else:
            found.append(_Sheet(path, sheet, proposal))
    if not found:
        kind = "guess.other_insurance" if others else "guess.no_table"
        raise refusal(kind, str(location), names="、".join([*others, *aside]))
    comments = Comments(lang)
    everything = [(path, sheet.name) for path, sheet in sheets]
    groups = _named_groups(found, everything)
    money = set().union(*(alike[0].proposal.money for *_, alike in groups))
    dataset = _dataset(location, found[0].proposal.title, money, comments)
    sources, rules = [], []
    for name, file, pattern, alike in groups:
        first, sheets_alike = alike[0], [(each.path.name, each.sheet.name) for each in alike]
        proposal = propose(first.path, first.sheet, name, comments, sheets_alike)
        assert proposal is not None
        lines: list[object] = [Line("file", file)]
        lines += [Line("sheet", pattern)] if pattern else []
        sources.append(Line(name, [*lines, *proposal.source]))
        rules += proposal.rules
    head = [
        comments.note("intro"),
        *([comments.note("aside", names=comments.listed(aside))] if aside else []),
        *([comments.note("other_insurance", names=comments.listed(others))] if others else []),
    ]
    body: Lines = [Line("dataset", dataset), Line("sources", sources), Line("tables", rules)]
    text, questions = numbered("\n".join([*(f"# {line}" for line in head), *yaml_text(body)]))
    return Guess(f"{text}\n", questions, (*aside, *others))


def flat_header(proposal: Proposal) -> str:
    """Return where the header of a sheet stands, by which sheets of one layout are known."""
    return next(str(each.value) for each in proposal.source if isinstance(each, Line))


def _read_sheets(location: Path) -> list[tuple[Path, SourceSheet]]:
    if not location.exists():
        raise refusal("tables.not_found", str(location))
    paths = sorted(location.iterdir()) if location.is_dir() else [location]
    source, found = DataSource(), []
    for path in paths:
        if path.suffix.lower() in READERS and path.is_file() and not is_hidden(path):
            found += [(path, sheet) for sheet in read_file(path, source)]
    if source.problems:
        raise BadInputError(source.problems)
    aside = (*DESCRIPTION_SHEETS, *INSTRUCTION_SHEETS)
    return [(path, sheet) for path, sheet in found if sheet.name not in aside]


def _is_read_as_it_is(placed: tuple[Path, SourceSheet]) -> bool:
    """Tell whether a sheet is a table of the data set, which needs no mapping."""
    head = next(iter(placed[1].blocks()), None)
    return head is not None and identify_table(head.head(HEADER_WITHIN)) is not None


def _is_other(path: Path, sheet: SourceSheet) -> bool:
    """Tell whether a sheet has a table of another insurance."""
    grid = pd.concat(sheet.blocks())
    header = find_table_header(grid)
    if header is None:
        return False
    above = header_texts(grid.loc[grid.index < min(header.rows)])
    rows = header_texts(grid.loc[grid.index >= min(header.rows)])
    return is_of_other_insurance(Around(above, sheet.name, path.name), rows)


def _named_groups(
    found: Sequence[_Sheet], everything: Sequence[tuple[Path, str]]
) -> list[tuple[str, str, str, Sequence[_Sheet]]]:
    """Return sheets of one layout together: name, pattern of file and sheet, and all of them."""
    layouts: dict[tuple[object, ...], list[_Sheet]] = {}
    for each in found:
        layouts.setdefault(each.layout, []).append(each)
    groups = [part for alike in layouts.values() for part in _matched(alike, everything)]
    return [
        (f"table{number}", file, sheet, alike)
        for number, (file, sheet, alike) in enumerate(groups, start=1)
    ]


def _matched(
    alike: Sequence[_Sheet], everything: Sequence[tuple[Path, str]]
) -> Iterator[tuple[str, str, Sequence[_Sheet]]]:
    """Yield patterns that match just some sheets of one layout: all of them, or each alone."""
    file = _pattern(list(dict.fromkeys(each.path.name for each in alike)))
    sheet = _pattern(list(dict.fromkeys(each.sheet.name for each in alike)))
    meant = {(each.path, each.sheet.name) for each in alike}
    matched = {
        (path, name)
        for path, name in everything
        if fnmatchcase(path.name, file) and fnmatchcase(name, sheet)
    }
    if meant == matched:
        yield file, sheet, alike
    else:
        for each in alike:
            yield _escaped(each.path.name), _escaped(each.sheet.name), [each]


def _pattern(names: Sequence[str]) -> str:
    if len(names) == 1:
        return _escaped(names[0])
    start = _shared_start(names)
    end = _shared_start([name[len(start) :][::-1] for name in names])[::-1]
    return f"{_escaped(start)}*{_escaped(end)}"


def _shared_start(names: Sequence[str]) -> str:
    first, last = min(names), max(names)
    return first[: next((n for n, sign in enumerate(first) if sign != last[n]), len(first))]


def _escaped(name: str) -> str:
    return "".join("?" if sign in "[]*" else sign for sign in name)


def _dataset(location: Path, title: str, money: set[str], comments: Comments) -> list[Line]:
    """Return the description of the data set; the unit of money is comments if it is not stated."""
    usual = next((unit for unit in USUAL_UNITS if unit in money), "元")
    unit = Line(
        "money_unit", usual, (comments.note("money_unit", units=comments.listed(sorted(money))),)
    )
    if UNSTATED in money:
        unit = Line("money_unit", "?", (comments.question("money_unit"),))
    return [
        Line("title", title or location.stem),
        Line("source", location.name),
        unit if money else Line("money_unit", "元"),
        Line("synthetic", False, (comments.note("synthetic"),)),
        Line("licence", comments.note("licence")),
    ]


def write_guess(path: Path, guess: Guess) -> None:
    """Write a proposed mapping; one that differs is never overwritten.

    Raises
    ------
    BadInputError
        If there is another file of the name, or it cannot be written.
    """
    try:
        if path.exists():
            if path.read_text(encoding="utf-8") == guess.text:
                return
            raise BadInputError([Problem("guess.exists", str(path))])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(guess.text, encoding="utf-8", newline="\n")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise refusal("intake.not_written", str(path), reason=reason) from None
