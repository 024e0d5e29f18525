"""Files of one layout that are each of another unit, whose departments may share a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from fundeval.intake.guess.comments import Comments
from fundeval.intake.guess.outside import Taken, find_units_of_files
from fundeval.intake.guess.unit_rules import Key
from fundeval.intake.guess.vocabulary import TOTAL, kind_of, kinds_of
from fundeval.intake.guess.yaml_lines import Comment, Line

if TYPE_CHECKING:
    from fundeval.intake.guess.proposal import Proposal


def files_of_one_name(sheets: Sequence[tuple[str, str]]) -> list[str]:
    """Return the files of some sheets if any two of them have a sheet of the same name."""
    files = list(dict.fromkeys(file for file, _ in sheets))
    return files if len({name for _, name in sheets}) < len(sheets) else []


def rule_of_units_of_files(of: Taken, comments: Comments) -> list[Line | Comment]:
    """Return the rule on the units that files are of, one for each."""
    kinds = {each: kind_of(each) for each in dict.fromkeys(of.found)}
    unclear = comments.listed(each for each, known in kinds.items() if known is None)
    told = comments.question("kinds", names=unclear) if unclear else comments.note("kinds_told")
    rows = [{"unit_id": u, "name": u, "kind": known or "?"} for u, known in kinds.items()]
    return [Line("table", "units", (told,)), Line("rows", rows)]


def within_units_of_files(
    found: Proposal, key: Key, alike: Sequence[tuple[str, str]], comments: Comments
) -> tuple[Key, list[list[Line | Comment]]]:
    """Return the key of departments within the hospitals that files are of, and their rule."""
    column = key.unit or key.unit_id
    files = list(dict.fromkeys(file for file, _ in alike))
    if column is None or len(files) < 2:
        return key, []
    names = [text for text in column.texts if not TOTAL.fullmatch(text)]
    of = find_units_of_files(files)
    if of is None or set(kinds_of(names, column.label).values()) != {"department"}:
        return key, []
    note = comments.note("within", value=f"{of.found[files.index(found.file)]} {names[0]}")
    found.taken.append(Line("parent_id", of.rule, (note,)))
    return replace(key, within="parent_id"), [rule_of_units_of_files(of, comments)]
