"""What to do about a finding, by the facts of the unit that it was found on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from fundeval.report.unit_view import View
from fundeval.results.rows import FindingRow, RestrictionRow
from fundeval.words import has

# What a case is told from.
Case = Callable[[View, FindingRow], str]


def case_of(view: View, row: FindingRow) -> str:
    """Return the case of a finding, "" where one advice fits all of its kind.

    A case is the end of a message: `finding.provincial_adjustment.advice.paid` is what a region
    is told that pays, `.received` one that receives.
    """
    tell = CASES.get(row.finding)
    case = tell(view, row) if tell else ""
    return case if case and has(f"finding.{row.finding}.advice.{case}") else ""


def advice_on(view: View, row: FindingRow) -> str:
    """Return what to do about a finding."""
    case = case_of(view, row)
    return view.messages.say(f"finding.{row.finding}.advice{case and f'.{case}'}")


def kind_of_case(row: FindingRow) -> str:
    """Return what a finding is called by: its code, apart where something is known after all.

    An indicator that has a value and earns no points is not one that cannot be judged for want
    of data.

    Examples
    --------
    >>> found = ("H", 2024, "cannot_judge", "note", "all", "average_stay")
    >>> kind_of_case(FindingRow(*found, 8.67, None, "too_few_peers"))
    'cannot_judge.valued'
    >>> kind_of_case(FindingRow(*found, None, None, "no_data"))
    'cannot_judge'
    """
    is_valued = row.finding == "cannot_judge" and row.value is not None
    return "cannot_judge.valued" if is_valued else row.finding


def by_case(view: View, rows: Sequence[FindingRow]) -> dict[tuple[str, str], list[FindingRow]]:
    """Return findings by what they are called and by their case, in the order given."""
    found: dict[tuple[str, str], list[FindingRow]] = {}
    for row in rows:
        found.setdefault((kind_of_case(row), case_of(view, row)), []).append(row)
    return found


def _kind(view: View, row: FindingRow) -> str:
    return view.at(row.unit_id).unit.kind if row.unit_id else ""


def _detail(_view: View, row: FindingRow) -> str:
    return row.detail


def _subject(_view: View, row: FindingRow) -> str:
    return row.subject


def _given(_view: View, row: FindingRow) -> str:
    return "given" if row.detail else ""


def _below_floor(view: View, row: FindingRow) -> str:
    if _kind(view, row) == "region":
        return "region"
    stated = _state(view, row)
    return "given" if stated and (stated.cause or stated.given) else ""


def _restricted(view: View, row: FindingRow) -> str:
    """Tell whether the rate of the year is back above the floor: then only time is to pass."""
    stated = _state(view, row)
    back = stated and None not in {stated.rate, stated.floor} and stated.rate >= stated.floor  # type: ignore[operator]
    return "recovered" if back else ""


def _state(view: View, row: FindingRow) -> RestrictionRow | None:
    return next(iter(view.at(row.unit_id).own(RestrictionRow, year=row.year)), None)


def _surplus(_view: View, row: FindingRow) -> str:
    if row.value is not None and row.value < 0:
        return "deficit"
    return "below_adjustment" if row.severity == "severe" else "above_adjustment"


def _undated(_view: View, row: FindingRow) -> str:
    return "" if row.detail else "undated"


# How to tell the case of each kind of finding that has several.
CASES: Mapping[str, Case] = {
    "below_floor": _below_floor,
    "above_budget": _kind,
    "restricted": _restricted,
    "restriction_undetermined": _detail,
    "conflict_surplus_award": _given,
    "conflict_award_below": _given,
    "submitted_differs": _detail,
    "budget_adjusted": _undated,
    "surplus_low": _surplus,
    "provincial_adjustment": _detail,
    "envelope_bound": _detail,
    "budget_infeasible": _detail,
    "ceiling_unknown": _detail,
    "float_without_effect": _detail,
    "cannot_judge": _detail,
    "action_due": _subject,
    "group_beyond_limit": _subject,
    "grade_capped": _detail,
    "capped_to_lowest": _detail,
    "scorecard_not_judged": _detail,
}
