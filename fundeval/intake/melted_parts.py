"""The rows that a rule makes of each row of a source, as of columns of several years."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fundeval.intake.conversion import Conversion
from fundeval.intake.mapping import ColumnRule, MeltRule, TableRule
from fundeval.intake.source_files import BY_NUMBER, SourceTable
from fundeval.intake.year_texts import read_year
from fundeval.problems import Problem
from fundeval.tables.parsing.header import normalize_header


def parts_of(conversion: Conversion, rule: TableRule, source: SourceTable) -> Iterator[MeltRule]:
    """Yield the parts of a rule, one for each text that `each` finds in the headers.

    It is a problem if none of them finds any, and noted if one does not.
    """
    found = [(part, list(_melted(part, source))) for part in rule.melt]
    empty = [part for part, made in found if not made]
    for part in empty:
        headers = [h for of in part.columns.values() for h in (*of.headers, *of.plus)]
        values = {
            "headers": "、".join(dict.fromkeys(headers)),
            "known": "、".join(filter(None, dict.fromkeys(source.headers))),
        }
        none = len(empty) == len(found)
        message = "convert.no_such_headers" if none else "convert.fewer_headers"
        (conversion.problems if none else conversion.notes).append(
            Problem(message, source.file, values, source.sheet)
        )
    yield from (each for _, made in found for each in made)
    if not rule.melt:
        yield MeltRule(columns={})


def _melted(part: MeltRule, source: SourceTable) -> Iterator[MeltRule]:
    if not part.each:
        yield part
        return
    (name, expression), *_ = part.each.items()
    for text in _texts_in_headers(part, name, expression, source):
        columns = {
            column: _filled_in(of, name, text)
            for column, of in part.columns.items()
            if _has_headers(_filled_in(of, name, text), source)
        }
        value = read_year(text, "") or text if name == "year" else text
        yield MeltRule(set={**part.set, name: value}, columns=columns)


def _texts_in_headers(
    part: MeltRule, name: str, expression: re.Pattern[str], source: SourceTable
) -> list[str]:
    """Return what stands at the place of `{name}` in any header that the part names."""
    wanted = [header for of in part.columns.values() for header in (*of.headers, *of.plus)]
    patterns = [
        re.compile(f"({expression.pattern})".join(_around(header, name)))
        for header in wanted
        if f"{{{name}}}" in header
    ]
    headers = [normalize_header(header) for header in source.headers]
    found = (pattern.fullmatch(header) for header in headers for pattern in patterns)
    return list(dict.fromkeys(match.group(1) for match in found if match))


def _around(header: str, name: str) -> list[str]:
    """Return what stands before and after a place such as {year}, as expressions."""
    plain = numbered[1] if (numbered := BY_NUMBER.fullmatch(header)) else header
    return [re.escape(normalize_header(p)) for p in plain.split(f"{{{name}}}", maxsplit=1)]


def _filled_in(rule: ColumnRule, name: str, text: str) -> ColumnRule:
    def fill(headers: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(header.replace(f"{{{name}}}", text) for header in headers)

    return rule.model_copy(
        update={each: fill(getattr(rule, each)) for each in ("headers", "plus", "minus", "times")}
    )


def _has_headers(rule: ColumnRule, source: SourceTable) -> bool:
    parts = (*rule.plus, *rule.minus, *rule.times)
    wanted: list[tuple[str, ...]] = [(header,) for header in parts] or [rule.headers]
    return all(isinstance(source.find(names), int) for names in wanted)
