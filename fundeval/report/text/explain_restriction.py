"""How the two-year rule came out for a department, each step checkable with a calculator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fundeval.money import exact
from fundeval.report.format.parameter_values import percent
from fundeval.report.sections.restrictions import causes_in_words, one_view
from fundeval.report.text.arithmetic import added, amount, number, rate, to_fen
from fundeval.report.text.cited_rules import cite_rule
from fundeval.report.text.explain_actions import explain_actions
from fundeval.report.text.source_cells import cite_cell, header
from fundeval.report.unit_view import ALL, View
from fundeval.results.rows import BudgetInput, RestrictionRow, RestrictionViewRow

DEPARTMENT = "department"


def explain_restriction(view: View) -> list[str]:
    """Derive the unit's state under the two-year rule in the evaluated year.

    Returns
    -------
    list of str
        A title; for each year that counts its budget rows, the sums over schemes, the rate, the
        floor in force in that year with its source, and which side the rate lies on; then the
        state and until when it holds. For other units, that the rule does not apply.
    """
    say = view.messages.say
    title = say("explain.restriction_of", year=view.year)
    rows = {row.year: row for row in view.own(RestrictionRow)}
    now = rows.get(view.year)
    if now is None:
        applies = view.unit.kind == DEPARTMENT
        return [title, say("explain.no_state" if applies else "explain.departments_only")]
    good_years = int(_parameter(view, "restriction_lifted_after", 1))
    lines = []
    for year in range(_first_year(rows, now), view.year + 1):
        lines += _year(view, rows, year, now.scheme)
    state = view.messages.because(view.messages.code("state.", now.state), now.reason)
    lines.append(say("explain.state", year=view.year, state=state))
    if now.state in UNTIL:
        lines.append(say(f"explain.until.{now.state}", year=view.year, next=view.year + 1))
    if now.until is not None:
        held = {"until": int(now.until), "authority": view.messages.authority}
        lines.append(say("explain.restriction_lift", years=good_years, **held))
    lines += explain_actions(view, "restricted")
    return [title, *lines, *_causes(view, rows), *_views(view)]


# States with a consequence for the years to come.
UNTIL = ("watch", "released")


def _first_year(rows: Mapping[int, RestrictionRow], now: RestrictionRow) -> int:
    """Return the first of the years that a state rests on: of a restriction, held or just lifted,
    that of the latest two low years running."""
    year = now.year - 1 if now.state == "released" else now.year
    while (row := rows.get(year)) and row.state == "restricted" and not _both_low(row):
        year -= 1
    return year - 1


def _both_low(row: RestrictionRow) -> bool:
    pairs = ((row.previous_rate, row.previous_floor), (row.rate, row.floor))
    return all(rate is not None and floor is not None and rate < floor for rate, floor in pairs)


def _parameter(view: View, name: str, otherwise: Any) -> Any:
    return view.policy.parameters.get(name, {}).get("value", otherwise)


def _causes(view: View, rows: dict[int, RestrictionRow]) -> list[str]:
    """Return the reasons given for the two years, and which of them the policy exempts."""
    lines = [
        view.messages.say("explain.restriction_cause", year=year, cause=cause)
        for year in (view.year - 1, view.year)
        if year in rows and (cause := causes_in_words(view, rows[year]))
    ]
    if not lines:
        return []
    codes = _parameter(view, "restriction_exempt_reasons", ())
    causes = view.messages.join(view.messages.code("cause.", code) for code in codes)
    if not causes:
        return [*lines, view.messages.say("explain.exempting_none")]
    return [*lines, view.messages.say("explain.exempting", causes=causes)]


def _views(view: View) -> list[str]:
    """Return the state by each scheme and over all, where they are not the same."""
    found = view.own(RestrictionViewRow)
    if len({row.state for row in found}) < SEVERAL:
        return []
    by = view.messages.code("value.restriction_by.", _parameter(view, "restriction_by", "all"))
    return [view.messages.say("explain.views", by=by),
            *(f"  {one_view(view, row)}" for row in found)]  # fmt: skip


SEVERAL = 2


def _year(view: View, rows: dict[int, RestrictionRow], year: int, scheme: str) -> list[str]:
    """Derive the execution rate of a year, and compare it with the floor of that year.

    Of one scheme, where the policy judges by scheme.
    """
    say = view.messages.say
    found = view.own(BudgetInput, year=year)
    if scheme != ALL or any(row.scheme == ALL for row in found):
        found = [row for row in found if row.scheme == scheme]
    if not found:
        return [say("explain.no_budget_rows", year=year)]
    lines, sums = [], []
    for column, counted in (("executed", "budgeted"), ("adjusted", "adjusted")):
        lines += [cite_cell(view, "budgets", row, column) for row in found]
        known = [getattr(row, counted) for row in found]
        if known != [getattr(row, column) for row in found]:
            lines.append(say("explain.without_budget"))
        if None in known:
            return [*lines, say("explain.incomplete_year", year=year)]
        fen = [to_fen(value) for value in known]
        sums.append(sum(fen))
        lines.append(added(f"{header(view, column)} {year}", fen))
    value, floor = _judged(view, rows, year, scheme)
    if value is None or floor is None:
        reason = _reason(view, year, scheme)
        return [*lines, f"{year}: {view.messages.cannot(reason)}"]
    executed, adjusted = sums
    named = f"{view.messages.indicator('execution_rate')} {year}"
    lines.append(f"{named}: {amount(executed)} ÷ {amount(adjusted)} = {rate(value)}")
    lines.append(_floor(view, year, floor))
    # Compared before rounding: 89.996% is below 90%.
    below = value < floor
    return [
        *lines,
        say(
            "explain.below" if below else "explain.not_below",
            year=year,
            rate=view.numbers.percent(value, floor),
            floor=f"{number(exact(floor) * 100)}%",
        ),
    ]


def _judged(
    view: View, rows: dict[int, RestrictionRow], year: int, scheme: str
) -> tuple[float | None, float | None]:
    """Return rate and floor of a year, from its own row or from that of the year after."""
    if year in rows and rows[year].scheme != scheme:
        # Another scheme decided in that year.
        later = rows.get(year + 1)
        floor = later.previous_floor if later and later.scheme == scheme else rows[year].floor
        return view.value("execution_rate", year, scheme), floor
    if year in rows:
        return rows[year].rate, rows[year].floor
    later = rows.get(year + 1)
    return (later.previous_rate, later.previous_floor) if later else (None, None)


def _reason(view: View, year: int, scheme: str) -> str | None:
    row = view.row("execution_rate", year, scheme)
    return row.reason if row else None


def _floor(view: View, year: int, floor: float) -> str:
    """Return the floor in force at the end of a year, with its date and source."""
    dated: list[dict[str, Any]] = view.evaluation.about["execution_floors"]
    before = [value for value in dated if value["since"] <= f"{year}-12-31"]
    entry = before[-1] if before else dated[0]
    what = view.messages.say("explain.floor_of", year=year)
    return cite_rule(view, what, entry, percent(floor))
