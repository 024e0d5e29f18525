"""Disease groups and populations: what indicators are in each group of a unit (R4, R14, R24)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from fundeval.indicator_registry import Definition
from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.format.numbers import missing
from fundeval.report.sections.payment import of_members
from fundeval.report.tables.view_table import table
from fundeval.report.unit_view import ALL, SCHEMES, View
from fundeval.results.rows import GroupValueRow
from fundeval.words import has

# Rows that a table of a page has at most; the workbook has all of them.
MOST_ROWS = 40
BEYOND = "▲"
SCREENING = "screening"
# Where the catalogue has the names of groups that are codes.
NAMES = {"rule": "screen.", "care_level": "care_level.", "setting": "setting."}

# Why the figures of a row are not shown: too few cases, or nobody knows how many.
CONCEALED = ("few_cases", "cases_unknown")

Key = tuple[str, str]
Cells = Mapping[tuple[str, str, str], GroupValueRow]


def groups_of_care(view: View) -> Html:
    """Return a table for each kind of groups that the policy looks at, the worst groups first."""
    return _tables(view, screened=False)


def screening(view: View) -> Html:
    """Return how many records each screening rule judged and flagged (R24)."""
    return _tables(view, screened=True)


def disclosed(rows: Sequence[GroupValueRow]) -> list[GroupValueRow]:
    """Return the rows without figures over all schemes that tell of one with too few cases.

    Whoever subtracts the other schemes has what is not shown of that one.
    """
    cells = {_cell_of(row): row for row in rows}
    shown = []
    for row in rows:
        parts = [] if row.scheme != ALL else [
            part for scheme in SCHEMES if scheme != ALL
            and (part := cells.get(_cell_of(row._replace(scheme=scheme))))
        ]  # fmt: skip
        reason = next((part.reason for part in parts if part.reason in CONCEALED), "")
        if reason:
            row = row._replace(value=None, numerator=None, denominator=None)  # noqa: PLW2901
            row = row._replace(status="not_judged", beyond=False, reason=reason)  # noqa: PLW2901
        if any(part.previous is None for part in parts):
            row = row._replace(previous=None)  # noqa: PLW2901
        shown.append(row)
    return shown


def _cell_of(row: GroupValueRow) -> tuple[str, ...]:
    return row.unit_id, row.indicator, row.group, row.scheme


def group_name(view: View, by: str, group: str, name: str) -> str:
    """Return a group in words: the name of its code, or its code with the name given."""
    if has(f"{NAMES.get(by, '')}{group}") and by in NAMES:
        return view.messages.code(NAMES[by], group)
    return f"{group} {name}" if name and name != group else group


def judged_in_words(view: View, row: GroupValueRow) -> str:
    """Return how a value stands to its limit: in shape and words, or why it is not judged."""
    if row.status != "ok" or row.value is None:
        return view.messages.cannot(row.reason)
    if row.threshold is None:
        return view.messages.say("groups.no_limit")
    limit = view.numbers.indicator(row.indicator, row.threshold)
    side = view.policy.grouped[row.indicator].side
    if row.beyond:
        return f"{BEYOND} {view.messages.say(f'groups.beyond_{side}', limit=limit)}"
    return view.messages.say("groups.within", limit=limit)


def _tables(view: View, screened: bool) -> Html:
    """Return the tables of the families of indicators, and one sentence for those without data."""
    rows = disclosed(view.own(GroupValueRow))
    shown, absent = list[Html](), list[str]()
    for of, family in _families(view):
        if (of == SCREENING) is not screened:
            continue
        own = [row for row in rows if row.indicator in family]
        title = view.messages.code("groups.of.", of)
        if own:
            shown.append(_family(view, family, own, title))
        else:
            absent.append(title)
    if absent:
        names = view.messages.join(absent)
        if view.unit.kind == "alliance":
            return together(*shown, of_members(view, names))
        shown.append(paragraph(view.messages.say("none.groups", names=names)))
    return together(*shown)


def _families(view: View) -> Iterator[tuple[str, dict[str, Definition]]]:
    """Yield the indicators over the same rows and groups, with what tells their rows apart.

    That is the last code by which rows are chosen, else the name of the table.
    """
    grouped, found = view.policy.grouped, dict[tuple[object, ...], dict[str, Definition]]()
    for definition in grouped.values():
        part = definition.level(grouped).numerator
        if part is None or view.unit.kind not in definition.kinds:
            continue
        key = (part.table, definition.by, definition.by_scheme, *sorted(part.where.items()))
        found.setdefault(key, {})[definition.id] = definition
    for key, family in found.items():
        first = next(iter(family.values())).level(grouped).numerator
        codes = [code for kept in (first.where.values() if first else ()) for code in kept]
        yield codes[-1] if codes else str(key[0]), family


def _family(
    view: View, family: Mapping[str, Definition], rows: Sequence[GroupValueRow], title: str
) -> Html:
    """Return one table: a row a group and scheme, a column an indicator with its last year."""
    by = next(iter(family.values())).by
    cells = {(row.group, row.scheme, row.indicator): row for row in rows}
    keys = list({(row.group, row.scheme): None for row in rows})
    schemes = {scheme for _, scheme in keys}
    # A single scheme is all of them; and many groups are told over all schemes.
    if ALL in schemes and (len(schemes) <= 2 or len(keys) > MOST_ROWS):
        keys = [key for key in keys if key[1] == ALL]
    beyond = {(row.group, row.scheme) for row in rows if row.beyond}
    size = {key: _size(cells, family, key) for key in keys}
    keys.sort(key=lambda key: (key not in beyond, SCHEMES[::-1].index(key[1]), -size[key], key[0]))
    names = {(row.group, row.scheme): row.group_name for row in rows}
    judged = {key for key in keys if _is_judged(cells, family, key)}

    def head(key: Key) -> str:
        name = group_name(view, by, key[0], names[key])
        return f"{name} {view.messages.code('scheme.', key[1])}" if key[1] != ALL else name

    columns = {view.messages.indicator(each): partial(_cell, view, cells, each) for each in family}
    told = view.messages.say(
        "groups.counts", count=len(keys), judged=len(judged), beyond=len(beyond & {*keys})
    )
    limited = any(each.side for each in family.values())
    more = len(keys) - MOST_ROWS
    return together(
        paragraph(told) if limited else None,
        table(view, "groups", keys[:MOST_ROWS], {"of_group": head, **columns}, of=title),
        paragraph(view.messages.say("groups.more", count=more)) if more > 0 else None,
    )


def _size(cells: Cells, family: Mapping[str, Definition], key: Key) -> float:
    """Return how large a group is: the numerator of the first indicator that it has one of."""
    held = (cells.get((*key, each)) for each in family)
    return next((row.numerator for row in held if row and row.numerator is not None), 0.0)


def _is_judged(cells: Cells, family: Mapping[str, Definition], key: Key) -> bool:
    held = [cells.get((*key, each)) for each in family if family[each].side]
    return any(row and row.status == "ok" and row.threshold is not None for row in held)


def _cell(view: View, cells: Cells, indicator: str, key: Key) -> str:
    """Return a value with that of the year before, its mark, or why there is none."""
    row = cells.get((*key, indicator))
    if row is None:
        return view.messages.say("report.missing")
    if missing(row.value):
        return view.messages.cannot(row.reason)
    limits = () if row.threshold is None else (row.threshold,)
    words = view.numbers.indicator(indicator, row.value, *limits)
    if row.previous is not None:
        before = view.numbers.indicator(indicator, row.previous)
        words = view.messages.say("groups.with_last_year", value=words, before=before)
    if row.status != "ok":
        return view.messages.because(words, row.reason)
    if row.beyond:
        return f"{words} {judged_in_words(view, row)}"
    return words
