"""The two-year rule: every department's state, the restricted ones below, and the conflict."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from fundeval.report.charts import peer_comparison
from fundeval.report.format.html_fragments import Html, paragraph, together, unit_name
from fundeval.report.tables.view_table import table, why_missing
from fundeval.report.unit_view import ALL, View
from fundeval.results.rows import (
    CheckRow,
    ConflictRow,
    RestrictedRow,
    RestrictionRow,
    RestrictionViewRow,
    UnitRow,
)
from fundeval.words import has

SHAPES = {
    "clear": "○", "watch": "△", "restricted": "■", "exempt": "□", "released": "◇",
    "undetermined": "?",
}  # fmt: skip
WORST_FIRST = ("restricted", "watch", "undetermined", "exempt", "released", "clear")
YEARS_SHOWN = 3


def departments(view: View) -> Html | None:
    """Return the state of each department of the unit, and its path over the years."""
    rows = view.rows(RestrictionRow)
    now = sorted((row for row in rows if row.year == view.year), key=_worst_first)
    if not now:
        return why_missing(view, "departments") if view.unit.kind == "hospital" else None
    both = [row for row in now if row.rate is not None and row.previous_rate is not None]
    listed = table(view, "departments", now, {
        "department": lambda row: view.link(row.unit_id),
        "rate_of": lambda row: rate_in_words(view, row.scheme, row.rate, row.floor),
        "state": lambda row: state_in_words(view, row),
        "path": lambda row: _path(view, [
            r for r in rows if r.unit_id == row.unit_id and r.year > view.year - YEARS_SHOWN]),
        "given": lambda row: causes_in_words(view, row),
    }, floor=floors_in_words(view, now[0]))  # fmt: skip
    drawn = both and peer_comparison.department_rates(view, both, len(now) - len(both))
    return together(drawn or None, listed)


def _worst_first(row: RestrictionRow) -> tuple[int, bool, float, str]:
    """Return what puts restricted departments first, then those nearest to it."""
    missing = row.rate is None
    return WORST_FIRST.index(row.state), missing, row.rate or 0.0, row.unit_id


def rate_in_words(view: View, scheme: str, rate: float | None, floor: float | None) -> str:
    """Return an execution rate; of which scheme, where the policy judges scheme by scheme."""
    shown = view.numbers.percent(rate, floor)
    if view.policy.parameters.get("restriction_by", {}).get("value", ALL) == ALL:
        return shown
    return f"{view.messages.code('scheme.', scheme)} {shown}"


def state_in_words(view: View, row: RestrictionRow | RestrictedRow) -> str:
    """Return the state of a department; until when it is restricted, and who lifts that."""
    state = f"{SHAPES[row.state]} {view.messages.code('state.', row.state)}"
    if row.until is None:
        return view.messages.because(state, row.reason)
    lifted = view.messages.say(
        "restriction.until", until=int(row.until), authority=view.messages.authority
    )
    return f"{SHAPES[row.state]} {lifted}"


def causes_in_words(view: View, row: RestrictionRow | RestrictedRow) -> str:
    """Return the reasons given for a year, by their codes and in their own words."""
    codes = [view.messages.code("cause.", code) for code in (row.cause or "").split(";") if code]
    return view.messages.join([*codes, *([row.given] if row.given else [])])


def views(view: View) -> Html | None:
    """Return the departments of the unit whose state differs by scheme and over all schemes."""
    by = view.policy.parameters.get("restriction_by")
    found: dict[str, list[RestrictionViewRow]] = {}
    for row in view.rows(RestrictionViewRow):
        found.setdefault(row.unit_id, []).append(row)
    differing = sorted(unit for unit, own in found.items() if len({r.state for r in own}) > 1)
    if not differing or by is None:
        return None
    decided = {row.unit_id: row for row in view.rows(RestrictionRow, year=view.year)}
    return table(view, "views", differing, {
        "department": view.link,
        "decided": lambda unit: view.messages.code("state.", decided[unit].state),
        "other_views": lambda unit: view.messages.join(
            one_view(view, row) for row in sorted(found[unit], key=lambda row: row.scheme)),
    }, by=view.messages.code("value.restriction_by.", by["value"]))  # fmt: skip


def one_view(view: View, row: RestrictionViewRow) -> str:
    """Return scheme, rates of the two years and state of one view of a department."""
    state = view.messages.because(view.messages.code("state.", row.state), row.reason)
    return view.messages.say(
        "views.one",
        scheme=view.messages.code("scheme.", row.scheme),
        previous=view.numbers.percent(row.previous_rate, row.previous_floor),
        rate=view.numbers.percent(row.rate, row.floor),
        state=state,
    )


def restricted(view: View) -> Html:
    """Return every restricted department at any level below, with rates and states by year.

    Those on watch and those not judged follow, each with its reason.
    """
    held = {row.below_id for row in view.own(RestrictedRow, year=view.year, state="restricted")}
    paths: dict[tuple[str, str], list[RestrictedRow]] = {}
    for row in view.own(RestrictedRow):
        if row.below_id in held:
            paths.setdefault((row.above or "", row.below_id), []).append(row)
    checks = next(iter(view.own(CheckRow)), None)
    if checks is None or not checks.department_count:
        return paragraph(view.messages.say("none.restricted_no_departments"))
    count, unknown = checks.department_count, checks.undetermined_count
    if not paths and unknown == count:
        return paragraph(view.messages.say("none.restricted_undetermined", count=count))

    def now(key: tuple[str, str]) -> list[RestrictedRow]:
        return [row for row in paths[key] if row.year == view.year]

    listed = table(view, "restricted", sorted(paths), {
        "department": lambda key: _placed(paths[key][0]),
        "hospital": lambda key: _above(view, paths[key][0]),
        "path": lambda key: _path(view, paths[key]),
        "until": lambda key: "".join(
            f"{row.until:.0f}" for row in now(key) if row.until is not None),
        "given": lambda key: "".join(causes_in_words(view, row) for row in now(key)),
    }, count=len(paths), authority=view.messages.authority)  # fmt: skip
    rest = view.messages.say("restricted.undetermined", count=unknown, total=count)
    return together(listed, paragraph(rest, "note") if unknown else None, _noted(view))


def _noted(view: View) -> Html | None:
    """Return the departments on watch and those not judged, these first; None without any.

    A hospital lists each of its departments anyhow.
    """
    rows = view.own(RestrictedRow, year=view.year)
    noted = [row for row in rows if row.state != "restricted"]
    if not noted or view.unit.kind not in {"region", "alliance"}:
        return None
    noted.sort(key=lambda row: (row.state, row.rate or 0.0, row.below_id))
    return table(view, "noted", noted, {
        "department": _placed,
        "hospital": partial(_above, view),
        "rate_of": lambda row: rate_in_words(view, row.scheme, row.rate, row.floor),
        "state": lambda row: state_in_words(view, row),
        "given": lambda row: causes_in_words(view, row),
    }, count=len(noted))  # fmt: skip


def unjudged_by_advice(view: View) -> dict[tuple[str, str], list[RestrictedRow]]:
    """Return the departments not judged by the reason and by what is to be done about it."""
    found: dict[tuple[str, str], list[RestrictedRow]] = {}
    for row in view.own(RestrictedRow, year=view.year, state="undetermined"):
        case = f"finding.restriction_undetermined.advice.{row.reason}"
        advice = case if has(case) else "finding.restriction_undetermined.advice"
        found.setdefault((row.reason or "no_data", view.messages.say(advice)), []).append(row)
    return found


def _above(view: View, row: RestrictedRow) -> Html | str:
    """Return the name of the hospital of a department."""
    if row.above_id is None:
        return view.messages.say("report.missing")
    return unit_name(row.above_id, row.above_kind or "", row.above or "")


def _placed(row: RestrictedRow | ConflictRow) -> Html:
    """Return the name of the unit below that a row is about."""
    return unit_name(row.below_id, row.kind, row.name)


def conflicts(view: View) -> Html | None:
    """Return where low execution is punished while the surplus is rewarded."""
    # Departments are not settled.
    if view.unit.kind == "department":
        return None
    rows = sorted(view.own(ConflictRow), key=lambda row: (row.below_id, row.scheme))
    checks = next(iter(view.own(CheckRow)), None)
    if not rows and (checks is None or not checks.checked_count):
        unknown = view.messages.say(f"conflicts.{_unchecked(checks)}")
        return paragraph(view.messages.say("none.conflicts_unchecked", why=unknown))
    listed = table(view, "conflicts", rows, {
        "unit": _placed,
        "scheme": lambda row: view.messages.code("scheme.", row.scheme),
        "award": lambda row: view.numbers.money(row.value),
        "cause": partial(cause_of_conflict, view),
        "given": lambda row: row.detail or view.messages.say("report.not_stated"),
    })  # fmt: skip
    unchecked = checks.institution_count - checks.checked_count if checks else 0
    rest = view.messages.say("conflicts.rest", count=unchecked)
    return together(listed, paragraph(rest, "note") if unchecked else None)


def cause_of_conflict(view: View, row: ConflictRow) -> str:
    """Say where execution is low beside an award: at the unit itself, or below it."""
    below = restricted_below(view, row.below_id)
    # Restricted departments are known by name; members of an alliance are only counted.
    if row.finding == "conflict_award_below" and len(below) == row.expected:
        return view.messages.say("conflicts.restricted_below", names=view.messages.join(below))
    count = view.numbers.number(row.expected, 0)
    return view.messages.say(f"conflicts.{row.finding}", count=count)


def restricted_below(view: View, unit_id: str) -> list[str]:
    """Return the names of the restricted departments of an institution or of an alliance."""
    members = {unit.unit_id for unit in view.everyone(UnitRow) if unit.alliance_id == unit_id}
    return [
        row.name
        if row.above_id in {unit_id, None}
        else view.messages.say("in_brief.part_of", above=row.above, name=row.name)
        for row in view.own(RestrictedRow, year=view.year, state="restricted")
        if unit_id == view.unit_id or row.above_id in {unit_id, *members}
    ]


def with_restricted(view: View, unit_id: str, name: str) -> str:
    """Return the name of an institution with those of its departments that are restricted."""
    names = restricted_below(view, unit_id)
    if not names:
        return name
    return view.messages.say(
        "conflicts.with_departments", name=name, departments=view.messages.listed(names)
    )


def _unchecked(checks: CheckRow | None) -> str:
    """Return what is missing to look for a conflict."""
    if checks is None or not checks.institution_count:
        return "no_institutions"
    if not checks.settled_count:
        return "no_settlement" if checks.judged_count else "no_data"
    return "not_both" if checks.judged_count else "no_execution"


def floors_in_words(view: View, row: RestrictionRow) -> str:
    """Return the floor of the year, and that of the year before where it was another one."""
    floor = view.numbers.percent(row.floor, digits=0)
    if row.previous_floor is None or row.previous_floor == row.floor:
        return floor
    return view.messages.say(
        "departments.floors",
        year=row.year - 1,
        previous=view.numbers.percent(row.previous_floor, digits=0),
        floor=floor,
    )


def _path(view: View, rows: Iterable[RestrictionRow | RestrictedRow]) -> str:
    """Return rate, floor and state of each year, the earliest first.

    Each year is told by the floor in force in it, so that no two reports contradict each other.
    """
    return " → ".join(
        view.messages.say(
            "departments.step",
            year=row.year,
            rate=rate_in_words(view, row.scheme, row.rate, row.floor),
            floor=view.numbers.percent(row.floor, digits=0),
            state=view.messages.because(
                view.messages.code("path.", row.state),
                row.reason if row.state == "undetermined" else None,
            ),
        )
        for row in sorted(rows, key=lambda row: row.year)
    )
