"""What a reviewer must see, and what to do about it: a line or a table a kind of finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches

from fundeval.policy.known import KNOWN
from fundeval.report.format.html_fragments import (
    Html,
    paragraph,
    render,
    render_table,
    together,
)
from fundeval.report.format.indicator_formats import NumberFormat, number_formats_of_finding
from fundeval.report.sections.advice import advice_on, by_case, kind_of_case
from fundeval.report.sections.restrictions import restricted_below, with_restricted
from fundeval.report.sections.settlement import what_lacks
from fundeval.report.sections.trends import PRIMARY_COLUMNS
from fundeval.report.tables.view_table import bullets, why_missing
from fundeval.report.unit_view import ALL, View
from fundeval.results.rows import FindingRow, IndicatorRow, RestrictionRow, ScoreRow
from fundeval.words import has

SHAPES = {"severe": "■", "warning": "▲", "note": "○"}
SEVERITIES = [*SHAPES]
MOST_NAMED = 8
# Rows of a table of findings that are shown before the rest is folded.
MOST_SHOWN = 5
# A table of fewer columns keeps one whose cells are all alike.
LEAST_COLUMNS = 2
# Kinds whose second figure is no limit that the first is measured from.
WITHOUT_GAP = (
    "restricted", "conflict_award_below", "project_refused", "volume_up_share_down",
    "share_up_volume_down", "purchase_unchecked", "purchase_check_late",
    "purchase_check_unjudged", "purchase_unjudged",
)  # fmt: skip
# Findings whose rates are held against the floor of their year.
RESTRICTIONS = ("restricted", "restriction_undetermined", "restriction_views_differ")
# What a finding is about, beside indicators and parameters.
SUBJECTS = ("step.", "total.", "settlement.", "action.")
# What the detail of a finding may be, beside a text that was given.
DETAILS = ("reason.", "grade.", "kind.", "lacking.", "parameter.", "state.")


def findings(view: View) -> Html:
    """Return the findings of the unit, then of its children, the most severe first."""
    rows = view.rows(FindingRow)
    return list_findings(view, rows) if rows else _no_findings(view)


def list_findings(view: View, rows: Sequence[FindingRow]) -> Html:
    """Return these findings by severity: a line, or a table, of each kind of finding."""
    groups = []
    named = set[str]()
    for severity, shape in SHAPES.items():
        found = [row for row in rows if row.severity == severity]
        if not found:
            continue
        kinds: dict[str, list[FindingRow]] = {}
        for row in found:
            kinds.setdefault(kind_of_case(row), []).append(row)
        title = view.messages.say(
            "findings.group", severity=view.messages.code("severity.", severity), count=len(found)
        )
        parts = []
        for kind in sorted(kinds):
            # What is found twice, as a warning and as a note, has its place at the graver one.
            place = anchor(kind) if kind not in named else f"{anchor(kind)}-{severity}"
            named.add(kind)
            parts.append((place, *_of_kind(view, kind, kinds[kind])))
        groups.append((severity, shape, title, parts))
    if not groups:
        return paragraph(view.messages.say("none.findings"))
    return render("findings.html.j2", groups=groups)


def anchor(kind: str) -> str:
    """Return the place on the page of a kind of finding.

    Examples
    --------
    >>> anchor("cannot_judge.valued")
    'finding-cannot_judge-valued'
    """
    return f"finding-{kind.replace('.', '-')}"


def _no_findings(view: View) -> Html:
    """Say that nothing was found, or that nothing could be judged."""
    rows = view.own(IndicatorRow, year=view.year)
    if any(row.value is not None for row in rows):
        return paragraph(view.messages.say("none.findings"))
    return why_missing(view, "findings_unjudged", rows)


def is_below(view: View, row: FindingRow) -> bool:
    """Tell whether a finding is on a unit below, not on the unit or the run as a whole."""
    return row.unit_id not in {"", view.unit_id}


def advice(view: View) -> Html:
    """Return what to do: a line for each kind of finding and each case of it, and for whom."""
    order = [*SHAPES]
    rows = sorted(view.rows(FindingRow), key=lambda row: (order.index(row.severity), row.finding))
    if not rows:
        return _no_findings(view)
    lines = [
        (anchor(kind), view.messages.say(f"finding.{kind}"), _whose(view, found),
         advice_on(view, found[0]))
        for (kind, _), found in by_case(view, rows).items()
    ]  # fmt: skip
    return render("advice.html.j2", lines=[
        (place, title, view.messages.say("advice.rest", who=who, advice=text))
        if who else (place, title, view.messages.say("advice.own", advice=text))
        for place, title, who, text in lines
    ])  # fmt: skip


def _whose(view: View, rows: Sequence[FindingRow]) -> str:
    """Return the names of the units that findings are on; none where it is the unit alone."""
    ids = dict.fromkeys(row.unit_id for row in rows)
    conflict = rows[0].finding == "conflict_award_below"
    if not any(is_below(view, row) for row in rows):
        return view.messages.join(restricted_below(view, view.unit_id)) if conflict else ""
    own = [view.messages.say("advice.this")] if ids.keys() & {"", view.unit_id} else []
    # What is low there is not the institution, but departments of it.
    names = own + [
        with_restricted(view, unit_id, view.name(unit_id)) if conflict else view.name(unit_id)
        for unit_id in ids
        if unit_id not in {"", view.unit_id}
    ]
    if len(names) > MOST_NAMED:
        more = view.messages.say("findings.more", count=len(names) - MOST_NAMED)
        names = [*names[:MOST_NAMED], more]
    return view.messages.join(names)


def advise(view: View, row: FindingRow) -> str:
    """Return the title of a finding and what to do about it."""
    title = view.messages.say(f"finding.{kind_of_case(row)}")
    return view.messages.say("advice.line", title=title, advice=advice_on(view, row))


def _of_kind(
    view: View, kind: str, rows: Sequence[FindingRow]
) -> tuple[str, Html | None, tuple[object, ...]]:
    """Return the title of findings of one kind, and a sentence or tables with what folds away."""
    title = view.messages.say(f"finding.{kind}")
    if len(rows) == 1:
        return title, _sentence(view, kind, rows[0]), ()
    ordered = sorted(rows, key=lambda row: (is_below(view, row), -distance(row), row.unit_id,
                                            row.scheme, row.subject))  # fmt: skip
    columns, shared = _columns(view, kind, ordered)
    caption = view.messages.say(
        "findings.caption", title=title, count=len(rows),
        shared=view.messages.say("report.because_of", reasons=view.messages.join(shared))
        if shared else "",
    )  # fmt: skip
    cells = [[cell(row) for cell in columns.values()] for row in ordered]
    key = f"table-{anchor(kind)}-{rows[0].severity}"
    shown = render_table(caption, [*columns], cells[:MOST_SHOWN], key=key)
    if len(cells) <= MOST_SHOWN:
        return title, None, (shown, "", None)
    more = view.messages.say("findings.more", count=len(cells) - MOST_SHOWN)
    rest = view.messages.say("findings.rest", title=title, more=more)
    return (
        title,
        None,
        (shown, more, render_table(rest, [*columns], cells[MOST_SHOWN:], key=f"{key}-rest")),
    )


def _columns(
    view: View, kind: str, rows: Sequence[FindingRow]
) -> tuple[dict[str, Callable[[FindingRow], object]], list[str]]:
    """Return the columns of findings of one kind, by title, and what they all share in words.

    A column whose cells are all alike is said once, one that is empty is left out.
    """
    say = view.messages.say
    shared = list[str]()
    columns: dict[str, Callable[[FindingRow], object]] = {}
    if any(is_below(view, row) for row in rows):
        columns[say("column.unit")] = lambda row: _who(view, row)
    texts: dict[str, Callable[[FindingRow], str]] = {
        "scheme": lambda row: view.messages.code("scheme.", row.scheme),
        "finding_subject": lambda row: subject_name(view, row.subject),
    }
    for name, text in texts.items():
        alike = {text(row) for row in rows}
        is_whole = name == "scheme" and {row.scheme for row in rows} == {ALL}
        if len(alike) > 1 or not columns:
            columns[say(f"column.{name}")] = text
        elif "" not in alike and not is_whole:
            shared.extend(alike)
    figures = {row: compared(view, row) for row in rows}
    if any(row.value is not None for row in rows):
        columns[_title(view, kind, "value")] = lambda row: (
            figures[row][0] if row.value is not None else _without(view, row)
        )
    limits = {figures[row][1] for row in rows}
    held = any(row.expected is not None for row in rows)
    if held and len(limits) == 1 and len(rows) > 1:
        limit = say("findings.shared", name=_title(view, kind, "expected"), value=limits.pop())
        shared.append(limit)
    elif held:
        columns[_title(view, kind, "expected")] = lambda row: figures[row][1]
    if held and kind not in WITHOUT_GAP and any(_gap(view, row) for row in rows):
        columns[say("column.gap")] = lambda row: _gap(view, row)
    if any(row.detail for row in rows):
        details = {row: detail_text(of_subject(view, row.subject), row.detail) for row in rows}
        if len({*details.values()}) > 1 or len(columns) < LEAST_COLUMNS:
            columns[_title(view, kind, "detail")] = lambda row: details[row]
        else:
            name, value = _title(view, kind, "detail"), details[rows[0]]
            shared.append(say("findings.shared", name=name, value=value))
    return columns, shared


def _title(view: View, kind: str, column: str) -> str:
    """Return the title of a column, which a kind of finding may have of its own."""
    own = f"finding.{kind}.{column}"
    return view.messages.say(own if has(own) else f"column.finding_{column}")


def _who(view: View, row: FindingRow) -> Html | str:
    if is_below(view, row):
        return view.link(row.unit_id)
    return view.messages.say("group.this", name=view.unit.name)


def _without(view: View, row: FindingRow) -> str:
    """Say why a figure is missing where others of the kind have one."""
    return detail_text(of_subject(view, row.subject), row.detail)


def _gap(view: View, row: FindingRow) -> str:
    """Return how far a figure lies from what it is held against, "" where that is no distance."""
    formats = number_formats_of_finding(row.finding, row.subject, view.policy.units)
    if row.value is None or row.expected is None or formats[0] != formats[1]:
        return ""
    gap = row.value - row.expected
    if formats[0] in {"percent", "points"}:
        return view.numbers.format_as("points", gap)
    if formats[0] == "money":
        return view.numbers.money(round(gap, 2), sign=True)
    if formats[0] == "price":
        return view.numbers.to_the_cent(gap, sign=True)
    shown = view.numbers.number(gap, sign=True)
    unit = f"report.{formats[0]}"
    return view.messages.say(unit, value=shown) if has(unit) else shown


def distance(row: FindingRow) -> float:
    """Return how far a finding is from what was expected, as a share of that where it is not 0.

    Where nothing was expected the size of the figure counts; one without a figure is the nearest.
    """
    if row.value is None:
        return -1.0
    if row.expected is None:
        return abs(row.value)
    return abs(row.value - row.expected) / (abs(row.expected) or 1.0)


def text_of(view: View, kind: str, row: FindingRow) -> str:
    """Return a finding in a sentence, without the name of its unit."""
    value, expected = compared(view, row)
    return view.messages.say(
        f"finding.{kind}.text",
        scheme=view.messages.code("scheme.", row.scheme),
        subject=subject_name(view, row.subject),
        value=value,
        expected=expected,
        # Where the words already say which way an amount went.
        size=value.removeprefix("-"),
        detail=_absent(view, row.detail or "")
        if kind == "measure_absent"
        else detail_text(of_subject(view, row.subject), row.detail),
        authority=view.messages.authority,
    )


def _absent(view: View, detail: str) -> str:
    """Name the measures that no row has, each with the few that were typed and are like it."""
    named = []
    for each in detail.split("; "):
        name, _, typed = each.rstrip(")").partition(" (")
        like = get_close_matches(name, typed.split(", "))
        told = view.messages.measure(name)
        if like:
            alike = view.messages.listed(
                view.messages.say("value.typed", text=near) for near in like
            )
            told = view.messages.say("finding.measure_absent.like", name=told, alike=alike)
        named.append(told)
    return view.messages.join(named)


def _sentence(view: View, kind: str, row: FindingRow) -> Html:
    """Return a finding in a sentence, with the name of a unit below."""
    text = text_of(view, kind, row)
    name = view.link(row.unit_id) if is_below(view, row) else None
    return render("finding_line.html.j2", name=name, colon=view.messages.say("findings.colon"),
                  text=text)  # fmt: skip


def practices(view: View) -> Html:
    """Return what went well: indicators with full marks that are good beside their peers too.

    Left out, and said with the reason, are those that a finding speaks against, and those whose
    points are full only since their curve is flat: worse than the median of the peers.
    """
    scored = view.own(ScoreRow)
    if all(row.points is None for row in scored):
        return why_missing(view, "practices_unjudged", scored)
    lines, withheld, doubts = [], list[str](), _spoken_against(view)
    for row in view.own(ScoreRow, status="ok"):
        if row.points is None or not row.max or row.points < row.max:
            continue
        name = view.messages.indicator(row.indicator)
        value = view.numbers.indicator(row.indicator, row.value)
        among = view.peers(row.indicator, row.scheme)
        median = among and among.p50
        if why := doubts.get(row.indicator):
            titles = (view.messages.say(f"finding.{kind}") for kind in sorted(why))
            reason = view.messages.join(titles)
        elif is_worse(view, row.indicator, row.value, median):
            shown = view.numbers.indicator(row.indicator, median)
            reason = view.messages.say("practices.worse", median=shown)
        else:
            lines.append(_praise(view, name, value, row.indicator, median))
            continue
        withheld.append(
            view.messages.say("practices.withheld_one", name=name, value=value, reason=reason)
        )
    told = paragraph(view.messages.say("practices.withheld"), "note") if withheld else None
    listed = bullets(view, "practices", withheld) if withheld else None
    return together(bullets(view, "practices", lines), told, listed)


def _praise(view: View, name: str, value: str, indicator: str, median: float | None) -> str:
    """Return a line on an indicator with full marks, beside its peers where there are enough."""
    if median is None:
        return view.messages.say("practices.line_alone", name=name, value=value)
    shown = view.numbers.indicator(indicator, median)
    return view.messages.say("practices.line", name=name, value=value, median=shown)


def is_worse(view: View, indicator: str, value: float | None, than: float | None) -> bool:
    """Tell whether a value is worse than another by the direction of its indicator.

    In a band no side is better than another: what lies in it is as good as can be.
    """
    direction = view.policy.rule(indicator).direction
    if value is None or than is None or direction not in {"higher", "lower"}:
        return False
    return value < than if direction == "higher" else value > than


def _spoken_against(view: View) -> dict[str, set[str]]:
    """Return the indicators that findings on the unit speak of, with what these are.

    A growth or change is spoken of by what is found on its level, and by what is found on another
    indicator of primary care: volume and share count together (R5).
    """
    kinds: dict[str, set[str]] = {}
    for row in view.own(FindingRow):
        # What lost points itself is no ground against another indicator.
        if row.finding != "points_lost":
            kinds.setdefault(str(row.subject), set()).add(kind_of_case(row))
    known = view.policy.definitions
    levels = {name: {name, found.level(known).id} for name, found in known.items()}
    against: dict[str, set[str]] = {}
    for name, either in {**{name: {name} for name in kinds}, **levels}.items():
        about = either | {*PRIMARY_COLUMNS} if name in PRIMARY_COLUMNS else either
        found = {kind for subject in about for kind in kinds.get(subject, ())}
        if found:
            against[name] = found
    return against


def compared(view: View, row: FindingRow) -> tuple[str, str]:
    """Return what was found and what was expected; amounts that look alike, to the 分."""
    formats = number_formats_of_finding(row.finding, row.subject, view.policy.units)
    limits = _limits(view, row, formats[0])
    value = view.numbers.format_as(formats[0], row.value, *limits[0])
    expected = view.numbers.format_as(formats[1], row.expected, *limits[1])
    if formats[0] == "money" and value == expected and row.value != row.expected:
        value, expected = (view.numbers.to_the_cent(a) for a in (row.value, row.expected))
    return value, expected


def _limits(
    view: View, row: FindingRow, number_format: NumberFormat
) -> tuple[Sequence[float | None], Sequence[float | None]]:
    """Return what the two figures of a finding lie on a side of: grades, floors, or each other."""
    if number_format == "score":
        is_card = row.subject in view.policy.scorecards
        policy = view.policy.scorecard(str(row.subject)) if is_card else view.policy
        return policy.limits("grade_bands"), ()
    if row.finding in RESTRICTIONS:
        states = view.everyone(RestrictionRow, unit_id=row.unit_id, year=row.year)
        floors = [(state.floor, state.previous_floor) for state in states]
        return [now for now, _ in floors], [before for _, before in floors]
    return (row.expected,), ()


def subject_name(view: View, subject: object) -> str:
    """Return the name of what a finding is about: an indicator, an amount, a parameter."""
    if not isinstance(subject, str):
        return ""
    if subject in view.policy.drivers:
        return view.messages.step(subject)
    if subject in view.policy.scorecards or has(f"scheme.{subject}"):
        return view.messages.card(subject)
    group = next((group for group in SUBJECTS if has(f"{group}{subject}")), "")
    return view.messages.code(group, subject) if group else view.messages.indicator(subject)


def of_subject(view: View, subject: object) -> View:
    """Return the view that names grades and incidents as the scorecard a finding is about does."""
    return view.of_card(str(subject)) if subject in view.policy.scorecards else view


def detail_text(view: View, detail: object) -> str:
    """Return the detail of a finding in words: a code, a text given, or that none was."""
    if not isinstance(detail, str) or not detail:
        return view.messages.say("report.not_stated")
    if detail in KNOWN:
        return what_lacks(view, detail)
    is_grade = detail in view.policy.grades
    # The name of a group may be followed by how many others there are.
    name, others, count = detail.partition(" (+")
    if others and any(has(f"{group}{name}") for group in DETAILS):
        return f"{detail_text(view, name)}{others}{count}"
    if detail in view.policy.incidents:
        return view.messages.code("incident.", detail)
    known = (group for group in DETAILS if has(f"{group}{detail}"))
    group = "grade." if is_grade else next(known, DETAILS[0])
    return view.messages.code(group, detail)
