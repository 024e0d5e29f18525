"""What a reviewer must see, and what to do about it: one line a kind of finding."""

from __future__ import annotations

from collections.abc import Sequence

from fundeval.policy.known import KNOWN
from fundeval.report.format.html_fragments import Html, paragraph, render, together
from fundeval.report.format.indicator_formats import NumberFormat, number_formats_of_finding
from fundeval.report.sections.settlement import what_lacks
from fundeval.report.sections.trends import PRIMARY_COLUMNS
from fundeval.report.tables.view_table import bullets, why_missing
from fundeval.report.unit_view import ALL, View
from fundeval.results.rows import FindingRow, IndicatorRow, RestrictionRow, ScoreRow
from fundeval.words import has

SHAPES = {"severe": "■", "warning": "▲", "note": "○"}
MOST_NAMED = 30
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
    """Return these findings in groups by severity, a line a kind."""
    groups = []
    for severity, shape in SHAPES.items():
        found = [row for row in rows if row.severity == severity]
        if not found:
            continue
        # The unit's own of one kind come together; those of its children by what they are about.
        kinds: dict[tuple[bool, str, str], list[FindingRow]] = {}
        for row in found:
            below = is_below(view, row)
            about = str(row.subject or "") if below else ""
            kinds.setdefault((below, row.finding, about), []).append(row)
        title = view.messages.say(
            "findings.group", severity=view.messages.code("severity.", severity), count=len(found)
        )
        lines = [_line(view, kinds[kind]) for kind in sorted(kinds)]
        groups.append((severity, shape, title, lines))
    if not groups:
        return paragraph(view.messages.say("none.findings"))
    return render("findings.html.j2", groups=groups)


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
    """Return what to do, one sentence a kind of finding, the most severe first."""
    rows = view.rows(FindingRow)
    kinds = sorted({(list(SHAPES).index(row.severity), row.finding) for row in rows})
    lines = [advise(view, kind) for kind in dict.fromkeys(kind for _, kind in kinds)]
    if not lines:
        return _no_findings(view)
    return bullets(view, "advice", lines)


def advise(view: View, kind: str) -> str:
    """Return the title of a kind of finding and what to do about it."""
    title, text = (view.messages.say(f"finding.{kind}{part}") for part in ("", ".advice"))
    return view.messages.say("advice.line", title=title, advice=text)


def practices(view: View) -> Html:
    """Return what went well: the indicators with full marks that no finding speaks against."""
    scored = view.own(ScoreRow)
    if all(row.points is None for row in scored):
        return why_missing(view, "practices_unjudged", scored)
    lines, withheld, doubted = [], list[str](), _spoken_against(view)
    for row in view.own(ScoreRow, status="ok"):
        among = view.peers(row.indicator, row.scheme)
        if row.points is None or row.points < row.max:
            continue
        if row.indicator in doubted:
            withheld.append(view.messages.indicator(row.indicator))
            continue
        named = (
            view.messages.indicator(row.indicator),
            view.numbers.indicator(row.indicator, row.value),
        )
        median = (
            view.numbers.indicator(row.indicator, among.p50)
            if among
            else view.messages.say("report.missing")
        )
        lines.append(
            view.messages.say("practices.line", name=named[0], value=named[1], median=median)
        )
    told = view.messages.say("practices.doubted", names=view.messages.join(withheld))
    return together(
        bullets(view, "practices", lines), paragraph(told, "note") if withheld else None
    )


def _spoken_against(view: View) -> set[str]:
    """Return the indicators that a finding on the unit speaks of, alone or with what they compare.

    A growth or change is spoken of by what is found on its level, and by what is found on another
    indicator of primary care: volume and share count together (R5).
    """
    subjects = {str(row.subject) for row in view.own(FindingRow)}
    known = view.policy.definitions
    levels = {name: {name, found.level(known).id} for name, found in known.items()}
    if subjects & {*PRIMARY_COLUMNS}:
        subjects |= {*PRIMARY_COLUMNS}
    return {*subjects, *(name for name, either in levels.items() if either & subjects)}


def _line(view: View, rows: Sequence[FindingRow]) -> tuple[str, str]:
    """Return the title and the text of findings of one kind: a sentence, or each in short."""
    first = rows[0]
    title = view.messages.say(f"finding.{first.finding}")
    if len(rows) == 1:
        return title, _sentence(view, first)
    same = all(row.subject == first.subject for row in rows)
    subject = subject_name(view, first.subject) if same else ""
    # The farthest from what was expected are named first.
    ordered = sorted(rows, key=lambda row: (-_distance(row), row.unit_id))
    # What the item's own words say is not said again for all.
    is_told = has(f"finding.{first.finding}.item")
    shares_limit = all(row.expected == first.expected for row in rows)
    items = [
        _item(view, row, subject, is_apart=not shares_limit and not is_told)
        for row in ordered[:MOST_NAMED]
    ]
    if len(rows) > MOST_NAMED:
        items.append(view.messages.say("findings.more", count=len(rows) - MOST_NAMED))
    shared = [subject] if subject and is_below(view, first) else []
    shared.append(view.messages.say("findings.count", count=len(rows)))
    if first.expected is not None and shares_limit and not is_told:
        shared.append(view.messages.say("findings.expected", expected=_compared(view, first)[1]))
    return title, view.messages.say(
        "findings.line", shared=view.messages.join(shared), items=view.messages.join(items)
    )


def _distance(row: FindingRow) -> float:
    """Return how far a finding is from what was expected; where that is unknown, the nearest."""
    if row.value is None or row.expected is None:
        return -1.0
    return abs(row.value - row.expected)


def _sentence(view: View, row: FindingRow) -> str:
    """Return a finding in a sentence, with the name of a unit below."""
    value, expected = _compared(view, row)
    text = view.messages.say(
        f"finding.{row.finding}.text",
        scheme=view.messages.code("scheme.", row.scheme),
        subject=subject_name(view, row.subject),
        value=value,
        expected=expected,
        detail=detail_text(of_subject(view, row.subject), row.detail),
        authority=view.messages.authority,
    )
    if not is_below(view, row):
        return text
    return view.messages.say("findings.who", name=view.name(row.unit_id), text=text)


def _item(view: View, row: FindingRow, subject: str, is_apart: bool) -> str:
    """Return one of several findings of a kind: whose, of what, and the figure or the reason.

    `is_apart`: what each was held against differs, and stands beside its figure.
    """
    value, expected = _compared(view, row)
    message = f"finding.{row.finding}.item"
    detail = detail_text(of_subject(view, row.subject), row.detail)
    if has(message):
        figure = view.messages.say(message, value=value, expected=expected, detail=detail)
    else:
        figure = detail if row.value is None and row.detail else value
        if is_apart and row.value is not None and row.expected is not None:
            figure = view.messages.say("findings.against", value=value, expected=expected)
    parts = (
        view.name(row.unit_id) if is_below(view, row) else "",
        "" if row.scheme == ALL else view.messages.code("scheme.", row.scheme),
        "" if subject else subject_name(view, row.subject),
        figure,
    )
    return " ".join(part for part in parts if part)


def _compared(view: View, row: FindingRow) -> tuple[str, str]:
    """Return what was found and what was expected; amounts that look alike, to the 分."""
    formats = number_formats_of_finding(row.finding, row.subject, view.policy.units)
    limits = _limits(view, row, formats[0])
    value = view.numbers.format_as(formats[0], row.value, *limits[0])
    expected = view.numbers.format_as(formats[1], row.expected, *limits[1])
    if formats[0] == "money" and value == expected and row.value != row.expected:
        value, expected = (
            f"{view.numbers.cents(a)} {view.numbers.plain_scale.name}"
            for a in (row.value, row.expected)
        )
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
