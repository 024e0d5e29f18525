"""One id that files of different units give: 内科 of two hospitals is two units."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from fundeval.intake.combined_rows import ORIGIN, ROW
from fundeval.intake.conversion import Conversion
from fundeval.intake.guess.vocabulary import kind_of
from fundeval.problems import Problem

# What the name of a file says besides the unit that it is of.
BESIDES = re.compile(r"[\d\s_()（）-]+|年度?|月|[预决]算|执行|报表|上报|[.][A-Za-z]+$")


def ids_of_unlike_files(conversion: Conversion, rows: pd.DataFrame) -> Iterator[Problem]:
    """Yield a note at the second of two files of different units that give one id of a unit.

    Parameters
    ----------
    conversion
        The conversion, which knows where rows come from.
    rows
        The rows of the table of units that one rule makes.
    """
    if "unit_id" not in rows:
        return
    first: dict[str, tuple[str, str]] = {}
    told = set()
    for unit, origin, row in rows[["unit_id", ORIGIN, ROW]].dropna().to_numpy().tolist():
        file = conversion.origins[origin].source.file
        of = BESIDES.sub("", file)
        if not kind_of(of):
            continue
        other, other_file = first.setdefault(unit, (of, file))
        if other != of and unit not in told:
            told.add(unit)
            values = {"unit": unit, "names": f"{other_file}, {file}"}
            note = Problem("convert.one_id_of_files", file, values, value=unit)
            yield conversion.told_at(note, "unit_id", origin, row)
