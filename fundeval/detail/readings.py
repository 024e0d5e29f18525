"""Texts of records that are no plain numbers, ids or codes, read as `check` reads a table's.

A file of records is too large for every cell to be looked at in Python: what is irregular shows in
the sums, is asked for once, each distinct text with its number of records, and is read by the
rules of `fundeval.tables`. The engine then goes over the records again with what was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import narwhals as nw
import pandas as pd

from fundeval.detail.columns import CODES, COLUMNS, LIMIT, MONEY, NUMBERS, SCALES, Frame, minimum
from fundeval.detail.engines import collect
from fundeval.invisible_signs import ALWAYS, visible
from fundeval.problems import Problem
from fundeval.tables.cells import MONEY_UNITS, stripped
from fundeval.tables.parsing.column_roles import doubtful_commas, read_cells

# Engines look a text up in a list: a longer one would be slow, and is no slip of a few cells.
MAX_TEXTS = 1_000
KEYS = ("unit_id", "department_id", *CODES)
SPACE = "\\s\u3000\u00a0"
# Space around a text, and signs without a width anywhere in it, for every engine.
UNSEEN = f"^[{SPACE}]+|[{SPACE}]+$|[{ALWAYS}]"
EXAMPLES = 3


@dataclass(frozen=True)
class Readings:
    """How irregular texts of records are read.

    `numbers` has, by column, what a text means as an integer: in `SCALES`, or a year; `missing`
    the words for a figure that is missing; `texts` what an id or code is read as once space and
    unseen signs around it are gone, which they are if `clean`.
    """

    numbers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    missing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    clean: bool = False

    def __bool__(self) -> bool:
        """Tell whether anything is read otherwise than it stands."""
        return bool(self.numbers or self.missing or self.texts or self.clean)


def without_unseen(column: nw.Expr) -> nw.Expr:
    """Return a column of texts without space around them and signs that nobody sees."""
    return column.str.replace_all(UNSEEN, "")


def read_numbers(
    frame: Frame, units: Mapping[str, str], file: str, commas: bool
) -> tuple[Readings, list[Problem]]:
    """Read the texts of the records of some files that are no plain numbers.

    Parameters
    ----------
    frame
        Records of these files, as `with_exact_amounts` returns them.
    units
        The unit of each money column.
    file
        The name to show.
    commas
        Whether a lone comma may be the decimal point.

    Returns
    -------
    The readings, and a note of what was converted or read as missing. A text that cannot be read,
    and those beyond `MAX_TEXTS` of a column, are in neither.
    """
    numbers, missing, notes = {}, {}, []
    for name in NUMBERS:
        wrong = nw.col("year") == 0 if name == "year" else nw.col(f"{name}_bad")
        given = nw.col(f"{name}_given")
        counts = frame.filter(wrong & ~given.is_null()).select(text=given)
        counts = counts.group_by("text").agg(records=nw.len()).sort("text")
        found = collect(counts.head(MAX_TEXTS)).to_pandas()
        if found.empty:
            continue
        texts, records = found["text"].astype("str"), found["records"]
        read, blank = _read(name, texts, units.get(name, ""), commas)
        named = texts[blank & (texts.str.strip() != "")]
        if read:
            numbers[name] = read
            shown = [
                f"{visible(t)}→{_shown(name, value)}" for t, value in list(read.items())[:EXAMPLES]
            ]
            count = int(records[texts.isin(read)].sum())
            values = {"count": count, "examples": ", ".join(shown)}
            notes.append(Problem("detail.converted", file, values, column=name))
        if blank.any():
            missing[name] = texts[blank].tolist()
        if len(named):
            count = int(records[named.index].sum())
            values = {"count": count, "examples": ", ".join(named.head(EXAMPLES))}
            notes.append(Problem("detail.missing_words", file, values, column=name))
    return Readings(numbers, missing), notes


def read_keys(sums: pd.DataFrame, file: str) -> tuple[Readings, list[Problem]]:
    """Read the ids and codes of sums of records that are spelled otherwise than they should be.

    Returns the readings and a note for each column.
    """
    texts: dict[str, dict[str, str]] = {}
    notes, clean = [], False
    for name in KEYS:
        column = COLUMNS[name]
        given = sums[name].dropna().astype("str")
        distinct = pd.Series(sorted(given.unique()), dtype="str")
        plain = distinct.str.replace(UNSEEN, "", regex=True)
        cells = plain.mask(plain == "")
        typed = read_cells(cells, column.role, column.codes, 1, column.words).typed
        known = {*column.codes, *column.codes.values()}
        usual = plain.isin(known) | typed.isna()
        usual |= ~typed.isin(known) if column.codes else False
        read = typed.where(~usual, plain)
        clean = clean or bool((plain != distinct).any())
        others = read != plain
        if others.any():
            texts[name] = dict(list(zip(plain[others], read[others], strict=True))[:MAX_TEXTS])
        changed = distinct[read != distinct]
        pairs = list(zip(changed, read[changed.index], strict=True))
        if len(changed):
            shown = [f"{visible(text)}→{visible(meant)}" for text, meant in pairs[:EXAMPLES]]
            count = int(sums.loc[sums[name].isin(changed), "records"].sum())
            values = {"count": count, "examples": ", ".join(shown)}
            notes.append(Problem("detail.spelled", file, values, column=name))
    return Readings(texts=texts, clean=clean), notes


def _read(name: str, texts: pd.Series, unit: str, commas: bool) -> tuple[dict[str, int], pd.Series]:
    """Return what texts mean, and which are blank or a word for missing."""
    cells = stripped(texts)
    role = COLUMNS[name].role
    doubtful = doubtful_commas(cells, commas) if name != "year" else cells.isna()
    reading = read_cells(cells.mask(doubtful), role, {}, float(MONEY_UNITS.get(unit, 1)))
    typed = reading.typed.astype("Float64")
    if name not in (*MONEY, "year"):
        typed = (typed * SCALES[name] + 0.5) // 1
    least, most = (1, LIMIT) if name == "year" else (minimum(name), LIMIT)
    good = typed.notna() & (typed >= least).fillna(False) & (typed < most).fillna(False)
    read = dict(zip(texts[good], map(int, typed[good]), strict=True))
    return read, cells.isna() | reading.missing


def _shown(name: str, value: int) -> str:
    return str(value) if name == "year" else f"{value / SCALES[name]:,.10g}"


def named_as_written(notes: Sequence[Problem], headers: Mapping[str, str]) -> Iterator[Problem]:
    """Yield problems with the header of their column in place of its name."""
    for note in notes:
        yield replace(note, column=headers.get(note.column, note.column))
