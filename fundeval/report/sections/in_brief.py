"""Half a page for whoever decides: what was found, what follows for the budget, who must act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from fundeval.report.format.html_fragments import Html, paragraph, render
from fundeval.report.sections.advice import advice_on, kind_of_case
from fundeval.report.sections.budget_steps import (
    largest_step,
    moved,
    net_of_results,
    several_roots,
)
from fundeval.report.sections.early_warning import SHAPES, level_words, month_of, rows_below
from fundeval.report.sections.evaluation_link import why_unknown
from fundeval.report.sections.findings import (
    SEVERITIES,
    anchor,
    compared,
    distance,
    is_below,
    subject_name,
    text_of,
)
from fundeval.report.sections.next_budget import by_scheme
from fundeval.report.sections.periods import quarter_of
from fundeval.report.sections.purchases import alerts_in_short
from fundeval.report.sections.restrictions import unjudged_by_advice, with_restricted
from fundeval.report.unit_view import ALL, View
from fundeval.results.rows import (
    ActionRow,
    BudgetStepRow,
    ConflictRow,
    FindingRow,
    IndicatorRow,
    PeriodRow,
    RestrictedRow,
    StatesRow,
    WarningRow,
)

# Kinds of finding that a summary names, the gravest first.
MOST_KINDS = 3
MOST_NAMED = 5
GRAVE = ("severe", "warning")
# What a head of bureau asks about first; other kinds follow by their code.
FIRST = (
    "deficit", "budget_infeasible", "restricted", "surplus_low", "payable_months_low",
    "capped_to_lowest", "scorecard_lowest", "conflict_surplus_award", "below_floor", "above_budget",
    "not_at_least", "not_at_most", "conflict_award_below", "growth_above_limit",
    "exam_share_above_limit", "purchase_unchecked", "submitted_differs", "restriction_undetermined",
)  # fmt: skip
# Chapters of a unit's report that the overview has too.
OF_OVERVIEW = {"bridge", "restriction"}
# A sentence, the place on the page that it rests on ("" for none).
Told = tuple[str, str]


def in_brief(view: View) -> Html:
    """Return the summary of a unit: the worst findings, next year's budget, who must do what."""
    return _page(
        view,
        found=_found(view, [row for row in view.rows(FindingRow) if row.unit_id]),
        budget=_budget(view),
        bureau=_bureau(view, view.rows(ActionRow)),
        unit=_unit(view),
        finance=_finance(view),
    )


def overview_in_brief(view: View) -> Html:
    """Return the summary over all units of a run."""
    rows = view.everyone(FindingRow)
    return _page(
        view,
        found=[(text, "") for text, _ in _found(view, rows)],
        budget=[(several_roots(view), "regions")] if view.has_no_root else _budget(view),
        bureau=[
            (text, place if place in OF_OVERVIEW else "")
            for text, place in _bureau(view, view.everyone(ActionRow))
        ],
        finance=[] if view.has_no_root else _finance(view),
    )


def monitor_in_brief(view: View) -> Html:
    """Return the summary of a month: levels here and below, and what they call for."""
    month = month_of(view)
    if month is None:
        return paragraph(view.messages.say("none.months"))
    below = rows_below(view, month)
    own = view.own(WarningRow, month=month)
    levels = [
        view.messages.say(
            "in_brief.level",
            scheme=view.messages.code("scheme.", row.scheme),
            level=level_words(view, row.level, row.reason),
            progress=view.numbers.percent(row.progress, *view.policy.limits("warning_bands")),
        )
        for row in own
    ]
    return _page(
        view,
        found=[*_levels(view, levels, "monitor_progress"), *_counted(view, below)],
        measures=_measures(view, [(row.unit_id, row.level) for row in (*own, *below)]),
        purchases=_purchases(view),
    )


def quarter_in_brief(view: View) -> Html:
    """Return the summary of a quarter: levels, the year's forecast, and what they call for."""
    quarter = quarter_of(view)
    if quarter is None:
        return paragraph(view.messages.say("none.months"))
    rows = view.rows(PeriodRow, span="quarter", number=quarter)
    own = [row for row in rows if row.unit_id == view.unit_id]
    below = [row for row in rows if row.unit_id != view.unit_id]
    levels = [
        view.messages.say(
            "in_brief.course",
            scheme=view.messages.code("scheme.", row.scheme),
            level=level_words(view, row.level, row.reason),
            forecast=view.numbers.percent(row.forecast_rate, 1.0)
            if row.forecast_rate is not None
            else view.messages.cannot(row.forecast_reason or "no_data"),
        )
        for row in own
    ]
    return _page(
        view,
        found=[*_levels(view, levels, "quarters"), *_counted(view, below)],
        measures=_measures(view, [(row.unit_id, row.level) for row in (*own, *below)]),
        purchases=_purchases(view),
    )


def _page(view: View, **parts: Sequence[Told]) -> Html:
    """Return the sentences under what they answer; what has none is left out."""
    say = view.messages.say
    answered = [(say(f"in_brief.{name}"), told) for name, told in parts.items() if told]
    return render("in_brief.html.j2", parts=answered, more=say("in_brief.more"))


def _found(view: View, rows: Sequence[FindingRow]) -> list[Told]:
    """Return the gravest kinds of finding, each by its number and its worst case."""
    kinds: dict[tuple[str, str], list[FindingRow]] = {}
    for row in rows:
        if row.severity in GRAVE:
            kinds.setdefault((row.severity, kind_of_case(row)), []).append(row)
    if not kinds:
        return [(_nothing_grave(view), "")]

    def gravity(kind: tuple[str, str]) -> tuple[object, ...]:
        place = FIRST.index(kind[1]) if kind[1] in FIRST else len(FIRST)
        return SEVERITIES.index(kind[0]), place, kind[1]

    ordered = sorted(kinds, key=gravity)
    told = [
        (_of_kind(view, kind, kinds[severity, kind]), anchor(kind))
        for severity, kind in ordered[:MOST_KINDS]
    ]
    rest = sum(len(kinds[kind]) for kind in ordered[MOST_KINDS:])
    if rest:
        told.append((view.messages.say("in_brief.rest", count=rest), "findings"))
    return told


def _of_kind(view: View, kind: str, rows: Sequence[FindingRow]) -> str:
    if len(rows) == 1:
        name = [_name(view, rows[0].unit_id)] if is_below(view, rows[0]) else []
        return view.messages.say("findings.colon").join([*name, text_of(view, kind, rows[0])])
    worst = max(rows, key=lambda row: (distance(row), row.unit_id))
    value, expected = compared(view, worst)
    if worst.value is None:
        return view.messages.say(
            "in_brief.several", title=view.messages.say(f"finding.{kind}"), count=len(rows)
        )
    who = _name(view, worst.unit_id) if is_below(view, worst) else view.messages.say("advice.this")
    subject = subject_name(view, worst.subject)
    if worst.scheme != ALL:
        scheme = view.messages.code("scheme.", worst.scheme)
        subject = view.messages.say("in_brief.of_scheme", scheme=scheme, subject=subject)
    limit = view.messages.say("in_brief.limit", limit=expected) if _is_limit(worst) else ""
    return view.messages.say(
        "in_brief.worst",
        title=view.messages.say(f"finding.{kind}"),
        count=len(rows),
        who=who,
        subject=subject,
        value=value,
        limit=limit,
    )


def _name(view: View, unit_id: str) -> str:
    """Return the name of a unit, that of a department farther below with its hospital."""
    unit, *above = view.at(unit_id).lineage()
    if unit.kind != "department" or not above or above[0].unit_id == view.unit_id:
        return unit.name
    return view.messages.say("in_brief.part_of", above=above[0].name, name=unit.name)


def _with_hospital(view: View, row: RestrictedRow) -> str:
    """Return the name of a department below, with its hospital where that is not this unit."""
    if row.above is None or view.unit_id in {row.above_id, row.below_id}:
        return row.name
    return view.messages.say("in_brief.part_of", above=row.above, name=row.name)


def _is_limit(row: FindingRow) -> bool:
    """Tell whether the second figure of a finding is a limit that the first is beyond."""
    return row.expected is not None and row.finding in {
        "below_floor", "above_budget", "growth_above_limit", "exam_share_above_limit",
        "surplus_low", "payable_months_low", "not_at_least", "not_at_most", "group_beyond_limit",
        "forecast_below_floor",
    }  # fmt: skip


def _nothing_grave(view: View) -> str:
    """Say that nothing grave was found, or that nothing could be judged."""
    rows = view.own(IndicatorRow, year=view.year)
    if any(row.value is not None for row in rows):
        return view.messages.say("in_brief.nothing_grave")
    reasons = dict.fromkeys(view.messages.reason(row.reason) for row in rows if row.reason)
    stated = view.messages.join(reasons) or view.messages.reason("no_data")
    return view.messages.say("none.findings_unjudged", reasons=stated)


def _budget(view: View) -> list[Told]:
    """Return next year's budget, its change, the step that changed it most, and the result's."""
    say = view.messages.say
    rows = {row.step: row for row in view.own(BudgetStepRow, scheme=ALL)}
    following, base = rows.get("next_budget"), rows.get("base")
    if following is None or following.amount is None:
        reason = view.messages.reason((following.reason if following else "") or "no_data")
        return [(say("in_brief.no_budget", year=view.year + 1, reason=reason), "bridge")]
    told = [
        say("in_brief.amount", year=view.year + 1, amount=view.numbers.money(following.amount))
        if base is None or not base.amount
        else say(
            "in_brief.change",
            year=view.year + 1,
            amount=view.numbers.money(following.amount),
            base=view.numbers.money(base.amount),
            share=view.numbers.change(following.amount / base.amount - 1),
        )
    ]
    amounts = {step: row.amount for step, row in rows.items()}
    if largest := largest_step(view, amounts):
        amount = view.numbers.money(largest[1], sign=True)
        told.append(say("in_brief.largest", step=largest[0], amount=amount))
    told.append(_result(view, net_of_results(amounts)))
    return [(view.messages.sentences(text for text in told if text), "bridge")]


def _result(view: View, net: float) -> str:
    """Say what the result of the evaluation moved, or why it moved nothing."""
    own = [row for row in by_scheme(view) if row.next_budget is not None]
    if any(moved(row) for row in own):
        return view.messages.say("in_brief.by_result", amount=view.numbers.money(net, sign=True))
    reasons = dict.fromkeys(
        view.messages.reason(row.group_reason or row.reason or "no_data") for row in own
    )
    return (
        view.messages.say("in_brief.no_result", reason=view.messages.join(reasons)) if own else ""
    )


def _bureau(view: View, rows: Iterable[ActionRow]) -> list[Told]:
    """Return whom the bureau calls in, and which awards it must look into."""
    say = view.messages.say
    talks = sorted((row for row in rows if row.action == "talk"), key=lambda row: row.unit_id)
    told: list[Told] = []
    if talks:
        names = _names(view, [row.unit_id for row in talks])
        due = min(row.due for row in talks)
        told.append((say("in_brief.talk", names=names, due=f"{due:%Y-%m-%d}"), "actions"))
    elif reason := why_unknown(view):
        told.append((say("in_brief.talk_unknown", reason=reason), "actions"))
    if conflicts := view.own(ConflictRow):
        names = _names(view, [row.below_id for row in conflicts],
                       {row.below_id: _low_at(view, row) for row in conflicts})  # fmt: skip
        told.append((say("in_brief.conflicts", names=names), "restriction"))
    return told


def _low_at(view: View, row: ConflictRow) -> str:
    """Return where execution is low beside an award: the institution, or departments of it."""
    is_below = row.finding == "conflict_award_below"
    return with_restricted(view, row.below_id, row.name) if is_below else row.name


def _unit(view: View) -> list[Told]:
    """Return what the unit must do: reports of restricted departments, its own worst findings."""
    say = view.messages.say
    told: list[Told] = []
    states = next(iter(view.own(StatesRow)), None)
    if states is not None:
        reports = [row.due for row in view.rows(ActionRow) if row.action == "report"]
        if states.restricted and reports:
            due = f"{min(reports):%Y-%m-%d}"
            told.append((say("in_brief.report", count=states.restricted, due=due), "restriction"))
        elif states.restricted:
            told.append((say("in_brief.restricted", count=states.restricted), "restriction"))
        for (reason, advice), rows in unjudged_by_advice(view).items():
            unknown = say(
                "in_brief.undetermined",
                count=len(rows),
                names=view.messages.listed(
                    _first(view, [_with_hospital(view, row) for row in rows])
                ),
                reason=view.messages.reason(reason),
                advice=advice,
            )
            told.append((unknown, "restriction"))
    own = [row for row in view.own(FindingRow) if row.severity in GRAVE]
    worst = sorted(own, key=lambda row: (SEVERITIES.index(row.severity), -distance(row)))
    advised: dict[str, str] = {}
    for row in worst:
        advised.setdefault(kind_of_case(row), advice_on(view, row))
    told += [
        (say("in_brief.advised", title=say(f"finding.{kind}"), advice=text), "advice")
        for kind, text in [*advised.items()][: MOST_KINDS - 1]
    ]
    return told


def _finance(view: View) -> list[Told]:
    """Return what goes into next year's budget, and what must not."""
    say = view.messages.say
    following = next(iter(view.own(BudgetStepRow, scheme=ALL, step="next_budget")), None)
    told: list[Told] = []
    if following is not None and following.amount is not None:
        amount = view.numbers.money(following.amount)
        told.append((say("in_brief.enter", amount=amount, year=view.year + 1), "bridge"))
    else:
        told.append((say("in_brief.enter_none", year=view.year + 1), "bridge"))
    states = next(iter(view.own(StatesRow)), None)
    if states is not None and states.restricted:
        told.append((say("in_brief.no_projects", count=states.restricted), "restriction"))
    return told


def _names(view: View, ids: Sequence[str], known: dict[str, str] | None = None) -> str:
    once = [*dict.fromkeys(ids)]
    names = [(known or {}).get(unit_id) or view.name(unit_id) for unit_id in once]
    return view.messages.join(_first(view, names))


def _first(view: View, names: Sequence[str]) -> list[str]:
    """Return the first names, and how many there are more."""
    if len(names) > MOST_NAMED:
        more = view.messages.say("in_brief.units_more", count=len(names) - MOST_NAMED)
        return [*names[:MOST_NAMED], more]
    return [*names]


def _levels(view: View, levels: Sequence[str], place: str) -> list[Told]:
    if not levels:
        return [(view.messages.say("monitor.without"), place)]
    return [(view.messages.sentence(view.messages.join(levels)), place)]


def _counted(view: View, rows: Sequence[WarningRow] | Sequence[PeriodRow]) -> list[Told]:
    """Return how many of the units and schemes below have each level."""
    if not rows:
        return []
    counts = Counter(row.level for row in rows)
    told = view.messages.join(
        view.messages.say(
            "in_brief.counted_one", level=level_words(view, level), count=counts[level]
        )
        for level in SHAPES
        if counts[level]
    )
    return [(view.messages.say("in_brief.counted", count=len(rows), counts=told), "")]


def _measures(view: View, rows: Iterable[tuple[str, str]]) -> list[Told]:
    """Return what each level calls for, and of whom."""
    units: dict[str, list[str]] = {}
    for unit_id, level in rows:
        units.setdefault(level, []).append(unit_id)
    told = [
        (
            view.messages.say(
                "in_brief.measure",
                level=level_words(view, level),
                names=_names(view, units[level]),
                measure=view.messages.say(f"measure.{level}"),
            ),
            "",
        )
        for level in SHAPES
        if level in units and level not in {"none", "undetermined"}
    ]
    if unknown := units.get("undetermined"):
        count = len(dict.fromkeys(unknown))
        told.append((view.messages.say("in_brief.unreported", count=count), ""))
    if not told and units:
        told.append((view.messages.say("in_brief.on_course"), ""))
    return told


def _purchases(view: View) -> list[Told]:
    found = alerts_in_short(view)
    if not found:
        return []
    figure, detail = found
    text = view.messages.say("report.because", what=figure, reason=detail) if detail else figure
    return [(view.messages.sentence(text), "purchases")]
