"""What each rule of the policy makes of the unit's result: money, restriction, talk, correction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fundeval.report.format.html_fragments import Html, paragraph
from fundeval.report.format.parameter_values import name_parameter, value_in_words
from fundeval.report.sections.budget_steps import moved
from fundeval.report.sections.evaluation_link import result_in_words, why_unknown
from fundeval.report.sections.next_budget import by_scheme
from fundeval.report.tables.view_table import table
from fundeval.report.text.cited_rules import citation
from fundeval.report.text.explain_actions import why_called
from fundeval.report.unit_view import View
from fundeval.results.rows import ActionRow, AllocationRow, GradeRow, StatesRow

# The actions that results call for, with the parameter that says within how many days.
ACTIONS = {"talk": "talk_within_days", "report": "report_within_days"}


class Consequence(NamedTuple):
    """What a parameter of the policy makes of a result, and until when."""

    parameter: str
    outcome: str
    due: str = ""


def by_rule(view: View) -> Html:
    """Return a table of rules: what each says, what follows for this unit, until when, by what."""
    if view.unit.kind == "alliance":
        return paragraph(view.messages.say("group.alliance"))
    known = view.policy.parameters
    rows = [each for each in _consequences(view) if each.parameter in known]
    missing = view.messages.say("report.missing")
    return table(view, "by_rule", rows, {
        "by_rule": lambda each: name_parameter(view.messages, each.parameter),
        "states": lambda each: value_in_words(
            view.messages, known[each.parameter], view.unit.kind) or missing,
        "outcome": lambda each: each.outcome,
        "due_by": lambda each: each.due or missing,
        "stated_by": lambda each: _source(view, each.parameter),
    })  # fmt: skip


def _source(view: View, parameter: str) -> str:
    source = view.policy.parameters[parameter]["source"]
    return view.messages.say(
        "by_rule.source",
        kind=view.messages.code("source.", source["kind"]),
        cite=citation(view.messages, source),
    )


def _consequences(view: View) -> Iterator[Consequence]:
    rows = by_scheme(view)
    for row in rows:
        yield Consequence("returned", _money(view, row))
    if rows and any(row.link_rate is not None for row in rows):
        yield Consequence("execution_link", view.messages.join(_link(view, row) for row in rows))
    yield Consequence("execution_floor", _restriction(view))
    for action, parameter in ACTIONS.items():
        yield _action(view, action, parameter)


def _money(view: View, row: AllocationRow) -> str:
    """Say what the result gives back of what was withheld, or why it moves nothing."""
    say = view.messages.say
    scheme = view.messages.code("scheme.", row.scheme)
    if row.next_budget is None:
        reason = view.messages.reason(row.reason)
        return say("apply.no_budget", scheme=scheme, reason=reason)
    if not moved(row):
        reason = view.messages.reason(row.group_reason or row.reason or "no_data")
        return say("apply.still", scheme=scheme, reason=reason)
    return say(
        "by_rule.money",
        scheme=scheme,
        result=result_in_words(view, row),
        withheld=view.numbers.money(row.withheld),
        award=view.numbers.money(row.award),
        net=view.numbers.money(row.net),
    )


def _link(view: View, row: AllocationRow) -> str:
    scheme = view.messages.code("scheme.", row.scheme)
    if row.execution_rate is None or row.link_rate is None:
        unknown = view.messages.cannot("rate_not_judged")
        return view.messages.say("by_rule.scheme", scheme=scheme, text=unknown)
    cut = view.numbers.percent(-row.link_rate) if row.link_rate else ""
    rate = view.numbers.percent(row.execution_rate, view.policy.limit("execution_floor"), 1.0)
    text = view.messages.say("by_rule.cut" if cut else "by_rule.no_cut", rate=rate, cut=cut)
    return view.messages.say("by_rule.scheme", scheme=scheme, text=text)


def _restriction(view: View) -> str:
    """Say who is restricted from new projects; that it is not known is no "nobody"."""
    states = next(iter(view.own(StatesRow)), None)
    if states is None:
        return view.messages.cannot("no_data")
    if view.unit.kind == "department":
        state = "restricted" if states.restricted else ""
        state = state or ("undetermined" if states.undetermined else "free")
        return view.messages.say(f"by_rule.state.{state}")
    if not states.restricted and not states.undetermined:
        return view.messages.say("by_rule.none_restricted")
    return view.messages.say(
        "by_rule.restricted", restricted=states.restricted, undetermined=states.undetermined
    )


def _action(view: View, action: str, parameter: str) -> Consequence:
    rows = view.rows(ActionRow, action=action)
    own = [row for row in rows if row.unit_id == view.unit_id]
    said = [
        view.messages.say("report.because", what=view.messages.code("action.", action),
                          reason=why_called(view, row)) for row in own
    ]  # fmt: skip
    others = {row.unit_id for row in rows} - {view.unit_id}
    if others:
        said.append(view.messages.say("by_rule.below", count=len(others)))
    if not said:
        reason = why_unknown(view)
        said = [
            view.messages.say("report.cannot", reason=reason)
            if reason else view.messages.say("by_rule.not_called")
        ]  # fmt: skip
    unjudged = _ungraded_below(view)
    if action == "talk" and unjudged:
        said.append(view.messages.say("by_rule.unjudged_below", count=unjudged))
    due = min((row.due for row in rows), default=None)
    return Consequence(parameter, view.messages.join(said), f"{due:%Y-%m-%d}" if due else "")


def _ungraded_below(view: View) -> int:
    """Return how many institutions one level down are scored and have no grade all the same."""
    ids = {unit.unit_id for unit in view.parts if unit.kind == "hospital"}
    return sum(
        row.unit_id in ids and row.grade is None and row.reason != "not_scored"
        for row in view.everyone(GradeRow)
    )
