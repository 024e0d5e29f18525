"""How results moved money among the units of a group, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from fundeval.money import exact
from fundeval.report.charts.budget_change import Change, budget_changes
from fundeval.report.format.html_fragments import Html, paragraph, render, together
from fundeval.report.format.parameter_values import (
    name_of_result,
    percent,
    spans_without_cut,
    state_parameters,
)
from fundeval.report.sections.budget_steps import moved, rounded
from fundeval.report.sections.next_budget import by_scheme, groups_of, made
from fundeval.report.sections.restrictions import cause_of_conflict, rate_in_words
from fundeval.report.tables.cells import capped, score_text
from fundeval.report.tables.view_table import PART, TOTAL, Adds, bullets, table
from fundeval.report.text.explain_actions import why_called
from fundeval.report.unit_view import SCHEMES, View, certain
from fundeval.results.rows import (
    ActionRow,
    AllocationRow,
    BudgetStepRow,
    CardGradeRow,
    ConflictRow,
    DeductionRow,
    RestrictionRow,
    ScoreRow,
)

# Units listed from either end of a large group.
MOST_AN_END = 30
LONGEST_FRACTION = 15
DECIMALS = 6
LIMITS = ("cap", "floor", "link")
# The rules that a group's readers need, with their values.
RULES = (
    "evaluation_link", "withheld_share", "returned", "execution_link", "execution_link_by",
    "evaluation_groups", "restricted_units",
)  # fmt: skip
MOST_NAMED = 8
# 元 that a result must move for a unit to be named: what rounding to the 分 moves is no result.
LEAST_NAMED = 1.0
# Amounts that are rounded apart may differ by one 分.
FEN_OF_YUAN = 0.01
# Units that were not judged though nothing is missing: there is nothing to supply.
GIVEN = ("zero_budget", "not_comparable")
# What a budget that results moved is made of.
MADE_OF = Adds[AllocationRow](
    columns={"envelope_after": PART, "withheld": PART, "returned": PART, "next_budget": TOTAL}
)


def group(view: View) -> Html:
    """Return the unit's own group, scheme by scheme: the line, the chart, who gave and who got."""
    if view.unit.kind == "alliance":
        return paragraph(view.messages.say("group.alliance"))
    own = made(view)
    if not own:
        reasons = dict.fromkeys(view.messages.reason(row.reason) for row in view.own(BudgetStepRow))
        known = view.messages.join(reason for reason in reasons if reason)
        return paragraph(
            view.messages.say("none.bridge")
            if not known
            else view.messages.say("report.cannot", reason=known)
        )
    parts: list[Html | None] = []
    alone = [row for row in own if not row.group_count]
    parts += [
        paragraph(
            view.messages.say(
                "group.alone",
                scheme=view.messages.code("scheme.", row.scheme),
                reason=view.messages.reason(row.reason or "no_data"),
            )
        )
        for row in alone
    ]
    compared = [row for row in own if row.group_count]
    if compared:
        parts.append(_rules(view, view.unit.kind))
        mine = {(row.kind, row.scheme): row for row in compared}
        for rows in groups_of(view, str(view.unit.parent_id), view.unit.kind):
            row = mine.get((rows[0].kind, rows[0].scheme))
            same = row is not None and (
                not view.policy.groups_by_level(row.kind)
                or (row.level or "") == (rows[0].level or "")
            )
            if same:
                parts.append(_group(view, rows, "yours"))
    return together(*parts)


def groups_below(view: View) -> Html | None:
    """Return the groups that the units below form, kind by kind and scheme by scheme."""
    if view.unit.kind == "alliance" or not view.parts:
        return None
    found = groups_of(view, view.unit_id)
    if not found:
        return paragraph(view.messages.say("group.none_below"))
    parts: list[Html | None] = []
    for kind in dict.fromkeys(rows[0].kind for rows in found):
        parts.append(_rules(view, kind))
        parts += [_group(view, rows, "below") for rows in found if rows[0].kind == kind]
    return together(*parts)


def _rules(view: View, kind: str) -> Html:
    rules = state_parameters(view.messages, RULES, kind)
    return paragraph(view.messages.say("group.rules", rules=rules), "note")


def _who(view: View, row: AllocationRow) -> str:
    kind = view.messages.code("kind.", row.kind)
    if not view.policy.groups_by_level(row.kind) or not row.level:
        return kind
    level = view.messages.code("level.", row.level)
    return view.messages.say("group.kind_level", level=level, kind=kind)


def _group(view: View, rows: Sequence[AllocationRow], whose: str) -> Html:
    """Return one group: its line in words, the chart, and the table of its units."""
    known = [row for row in rows if row.next_budget is not None]
    if not known:
        return paragraph(view.messages.cannot(rows[0].reason))
    first = max(known, key=lambda row: row.group_count)
    scheme = view.messages.code("scheme.", first.scheme)
    named = {"who": _who(view, first), "scheme": scheme}
    return together(
        paragraph(_line(view, known, first, whose, named)),
        paragraph(_details(view, known, first)) if first.factor else None,
        _chart(view, known, first, whose, named),
        _table(view, known, first, named),
        _exact_factor(view, first, named),
    )


def _line(
    view: View,
    rows: Sequence[AllocationRow],
    first: AllocationRow,
    whose: str,
    named: dict[str, str],
) -> str:
    """Return the group's line: how many, how much was withheld, the factor."""
    stated = {
        **named,
        "members": _members(view, rows, first),
        "envelope": view.numbers.money(first.group_envelope),
    }
    if not first.factor:
        reason = view.messages.reason(first.group_reason or first.reason or "no_data")
        return view.messages.say(f"group.{whose}_still", **stated, reason=reason)
    return view.messages.say(
        f"group.{whose}",
        **stated,
        withheld=view.numbers.money(first.group_withheld),
        wanted=view.numbers.money(first.group_wanted),
        factor=factor_in_words(view, first.factor),
        award=view.numbers.money(
            round(certain(first.group_withheld) - certain(first.group_retained), 2)
        ),
    )


def _members(view: View, rows: Sequence[AllocationRow], first: AllocationRow) -> str:
    """Say how many units the group has, how many take part, and how many are judged."""
    counts = {"count": first.group_count, "judged": first.group_judged}
    left_out = len(rows) - first.group_count
    if not left_out:
        return view.messages.say("group.all_take_part", **counts)
    return view.messages.say("group.some_left_out", all=len(rows), out=left_out, **counts)


def factor_in_words(view: View, factor: str) -> str:
    """Return λ as the fraction that it is; a long one as a decimal."""
    exact = Fraction(factor)
    if exact == 1:
        return view.messages.say("factor.one")
    if exact.denominator == 1:
        return factor
    decimal = view.numbers.number(float(exact), DECIMALS)
    if len(factor) > LONGEST_FRACTION:
        return view.messages.say("factor.long", decimal=decimal)
    return view.messages.say("factor.exact", fraction=factor, decimal=decimal)


def _exact_factor(view: View, first: AllocationRow, named: dict[str, str]) -> Html | None:
    if len(first.factor or "") <= LONGEST_FRACTION:
        return None
    title = view.messages.say("group.fraction", **named)
    return render("derivations.html.j2", parts=[(title, [first.factor], None)])


def _details(view: View, rows: Sequence[AllocationRow], first: AllocationRow) -> str:
    """Say what was retained, who stands at a limit, and who came out best and worst."""
    holder = view.name(certain(first.parent_id))
    texts = [
        view.messages.say(
            "group.retained", amount=view.numbers.money(first.group_retained), holder=holder
        )
        if first.group_retained
        else view.messages.say("group.balanced")
    ]
    if factor := Fraction(certain(first.factor)) - 1:
        size = "above" if factor > 0 else "below"
        texts.append(view.messages.sentence(view.messages.say(f"group.factor_{size}_one")))
    if first.group_reason:
        texts.append(view.messages.sentence(view.messages.reason(first.group_reason)))
    at = {limit: [row for row in rows if row.limit == limit] for limit in LIMITS}
    texts += [
        view.messages.say(
            "group.limits",
            limit=view.messages.say(f"group.at_{limit}"),
            names=_names(view, held),
        )
        for limit, held in at.items()
        if held
    ]
    if not any(at.values()):
        texts.append(view.messages.say("group.no_limits"))
    judged = [row for row in rows if row.standing == "judged" and row.result]
    if len({row.returned for row in judged}) == 1 and len(judged) > 1:
        texts.append(view.messages.say("group.all_alike"))
    if len(judged) > 1:
        ordered = sorted(judged, key=lambda row: (*_place(view, row), row.unit_id))
        ends = {"best": ordered[0], "worst": ordered[-1]}
        texts.append(
            view.messages.say("group.best", **{end: _one(view, row) for end, row in ends.items()})
        )
    return view.messages.sentences(texts)


def _place(view: View, row: AllocationRow) -> tuple[float, float]:
    """Return what puts the best result first: grade, or share returned; then the score."""
    grades = [*view.policy.grades]
    if _has_own_result(row):
        place = -float(Fraction(certain(row.returned)))
    else:
        by_grade = row.grade in grades and row.result_by == "grade"
        place = -grades.index(certain(row.grade)) if by_grade else 0
    return place, -(row.score or 0.0)


def _one(view: View, row: AllocationRow) -> str:
    return view.messages.say(
        "group.one",
        name=view.name(row.unit_id),
        result=result_in_words(view, row),
        net=view.numbers.money(row.net, sign=True),
    )


def result_in_words(view: View, row: AllocationRow) -> str:
    """Return score and grade, or what else money is returned by, or that there is none."""
    if _has_own_result(row):
        value = _measured(view, row) if row.result else view.messages.say("grade.none")
        name = name_of_result(view.messages, certain(row.result_by))
        return view.messages.say("value.named", name=name, value=value)
    if row.score is None or row.grade is None:
        return view.messages.say("grade.none")
    score = view.messages.say("fact.score", score=score_text(view, row.score))
    cap = _cap(view, row)
    told = [view.messages.code("grade.", row.grade), score, *([cap] if cap else [])]
    return view.messages.join(told)


def _cap(view: View, row: AllocationRow) -> str:
    """Say which incident caps the grade of a budget's unit, as far as the view holds it."""
    graded = view.at(row.unit_id).grade()
    return capped(view, graded.veto) if graded else ""


def _called(view: View, rows: Sequence[ActionRow]) -> str:
    """Return the names of institutions whose heads are called in, each with all reasons."""
    why: dict[str, list[str]] = {}
    for row in rows:
        why.setdefault(row.unit_id, []).append(why_called(view, row))
    return view.messages.join(
        view.messages.say(
            "report.because", what=view.name(unit_id), reason=view.messages.join(reasons)
        )
        for unit_id, reasons in sorted(why.items())
    )


def _names(view: View, rows: Sequence[AllocationRow]) -> str:
    names = [view.name(row.unit_id) for row in sorted(rows, key=lambda row: row.unit_id)]
    named = view.messages.join(names[:MOST_NAMED])
    if len(names) <= MOST_NAMED:
        return named
    return view.messages.join(
        [named, view.messages.say("findings.more", count=len(names) - MOST_NAMED)]
    )


def _chart(
    view: View,
    rows: Sequence[AllocationRow],
    first: AllocationRow,
    whose: str,
    named: dict[str, str],
) -> Html | None:
    """Return the chart of changes against scores, or why there is none."""
    scored = [row for row in rows if row.score is not None and row.envelope]
    if not first.factor:
        return paragraph(view.messages.say("group.none_moved"), "note")
    if len(scored) < 2:
        missing = "group.single" if scored else "group.no_scores"
        return paragraph(view.messages.say(missing), "note")
    changes = [
        Change(
            name=view.name(row.unit_id),
            score=certain(row.score),
            change=_share_moved(row),
            this=row.unit_id == view.unit_id,
            restricted=bool(row.restricted_unit),
            held=row.limit in {"floor", "cap"},
        )
        for row in sorted(scored, key=lambda row: row.unit_id)
    ]
    key = "-".join(["", whose, first.kind, first.scheme, first.level or ""])
    drawn = budget_changes(view, changes, key, **named)
    if len(scored) == len(rows):
        return drawn
    rest = view.messages.say("group.not_drawn", count=len(rows) - len(scored))
    return together(drawn, paragraph(rest, "note"))


def _table(
    view: View, rows: Sequence[AllocationRow], first: AllocationRow, named: dict[str, str]
) -> Html:
    """Return who gave and who got, the largest gain first; a large group from both ends."""
    ordered = sorted(rows, key=lambda row: (-certain(row.net), row.unit_id))
    kept = ordered
    if len(ordered) > 2 * MOST_AN_END + 1:
        middle = [r for r in ordered[MOST_AN_END:-MOST_AN_END] if r.unit_id == view.unit_id]
        kept = [*ordered[:MOST_AN_END], *middle, *ordered[-MOST_AN_END:]]
    cents = view.numbers.amount
    columns: dict[str, Callable[[AllocationRow], object]] = {
        "unit": lambda row: _marked(view, row),
        "result": lambda row: _result(view, row),
    }
    if _has_own_result(first):
        columns["result_value"] = lambda row: _measured(view, row)
    columns |= {
        "link": lambda row: _execution(view, row),
        "envelope_after": lambda row: cents(row.envelope),
        "withheld": lambda row: cents(-certain(row.withheld), sign=True),
        "returned": lambda row: cents(row.award, sign=True),
        "net": lambda row: cents(row.net, sign=True),
        "net_share": lambda row: view.numbers.change(_share_moved(row)),
        "next_budget": lambda row: cents(row.next_budget),
        "note": lambda row: _note(view, row),
    }
    listed = table(view, "group", kept, columns, MADE_OF, **{**named, "year": view.year + 1})
    left = len(ordered) - len(kept)
    more = paragraph(view.messages.say("group.more", count=left), "note") if left else None
    return together(listed, more)


def _marked(view: View, row: AllocationRow) -> Html | str:
    if row.unit_id == view.unit_id:
        return view.messages.say("group.this", name=view.name(row.unit_id))
    return view.link(row.unit_id)


def _result(view: View, row: AllocationRow) -> str:
    """Return grade and score in short, that there are none, or one of them alone."""
    grade = view.messages.code("grade.", row.grade or "none")
    if row.score is None:
        return grade
    told, cap = f"{grade} {score_text(view, row.score)}", _cap(view, row)
    return view.messages.say("report.because", what=told, reason=cap) if cap else told


def _execution(view: View, row: AllocationRow) -> str:
    """Return the execution rate with what it takes off."""
    points = view.policy.parameters["execution_link"]["value"]["points"]
    rate = view.numbers.percent(row.execution_rate, *(x for x, _ in points))
    if not row.link_rate:
        return rate
    return f"{rate} {view.messages.say('group.cut', cut=_rate_cut(row))}"


def _rate_cut(row: AllocationRow) -> str:
    """Return the share that the execution link takes off, to a hundredth of a percent.

    On a line between two points of the schedule it may have any number of digits; where a sum is
    to be done again (`budget_steps`) all of them are printed.
    """
    return percent(-round(certain(row.link_rate), 4))


def _has_own_result(row: AllocationRow) -> bool:
    """Tell whether money is returned by something else than score and grade."""
    return row.result_by not in {"score", "grade", "", None}


def _measured(view: View, row: AllocationRow) -> str:
    if row.result is None:
        return view.messages.say("report.missing")
    by = certain(row.result_by)
    if by in view.policy.scorecards:
        by_grade = view.policy.of_kind("returned", row.kind).get("grades")
        of = view.of_card(by)
        grade = of.messages.code("grade.", row.result)
        return grade if by_grade else score_text(of, float(row.result))
    return view.numbers.indicator(by, float(row.result))


def _note(view: View, row: AllocationRow) -> str:
    notes = [view.messages.say("group.restricted")] if row.restricted_unit else []
    if row.limit:
        notes.append(view.messages.say(f"at_limit.{row.limit}"))
    if row.reason:
        notes.append(view.messages.reason(row.reason))
    return view.messages.join(notes)


def _share_moved(row: AllocationRow) -> float:
    """Return the change by the result as a share of the envelope, 0 of an empty one."""
    return certain(row.net) / row.envelope if row.envelope else 0.0


def use_of_results(view: View) -> Html:
    """Return what follows from the results for next year's budget, for the unit and below it."""
    lines: list[str] = []
    if view.unit.kind == "alliance":
        lines.append(view.messages.say("group.alliance"))
    for row in by_scheme(view):
        lines += _of_scheme(view, row)
    lines += _by_joint_grade(view)
    lines += [*_of_unit(view), *_of_units_below(view)]
    return bullets(view, "use_of_results", lines)


def _by_joint_grade(view: View) -> list[str]:
    """Say that money follows the grade of all schemes, where a scheme by itself has another."""
    grade, say = view.grade(), view.messages.say
    by_it = [row for row in made(view) if moved(row) and row.result_by in {"score", "grade"}]
    if grade is None or grade.grade is None or not by_it:
        return []
    others = [
        say("apply.joint_one", scheme=view.messages.code("scheme.", row.card),
            score=score_text(view.of_card(row.card), row.score),
            grade=view.messages.code("grade.", row.grade))
        for row in view.own(CardGradeRow, year=view.year)
        if row.card in SCHEMES and row.grade not in {None, grade.grade}
    ]  # fmt: skip
    if not others:
        return []
    named = view.messages.code("grade.", grade.grade)
    score = score_text(view, grade.score)
    return [say("apply.joint", grade=named, score=score, others=view.messages.join(others))]


def _of_scheme(view: View, row: AllocationRow) -> list[str]:
    """Return what the result did to the budget of one scheme, and what to do about it."""
    say = view.messages.say
    scheme = view.messages.code("scheme.", row.scheme)
    if row.next_budget is None:
        return [say("apply.no_budget", scheme=scheme, reason=view.messages.reason(row.reason))]
    lines = []
    if not moved(row):
        reason = view.messages.reason(row.group_reason or row.reason or "no_data")
        lines.append(say("apply.still", scheme=scheme, reason=reason))
    else:
        net = certain(row.net)
        by_link = bool(row.link_rate) and abs(net + _cut(view, row)) < 2 * FEN_OF_YUAN
        way = _way(row, by_link)
        change = say(
            "apply.link_alone" if by_link and net else "apply.moved",
            scheme=scheme,
            result=result_in_words(view, row),
            net=view.numbers.money(row.net, sign=True),
            share=view.numbers.change(_share_moved(row)),
            withheld=view.numbers.money(row.withheld),
            award=view.numbers.money(row.award),
        )
        advice = say(f"apply.moved_advice.{way}")
        lines.append(view.messages.sentences([change, advice]))
        if row.limit:
            limit = say(f"at_limit.{row.limit}")
            shown = view.numbers.money(net, sign=True)
            lines.append(say("apply.limit", scheme=scheme, limit=limit, net=shown))
        if row.link_rate:
            lines.append(_link(view, row, scheme))
    if row.retained_below:
        lines.append(
            say("apply.retained", scheme=scheme, amount=view.numbers.money(row.retained_below))
        )
    return lines


def _way(row: AllocationRow, by_link: bool) -> str:
    """Return which advice fits: at the limit of the return a better score moves nothing."""
    net = certain(row.net)
    if net < 0 and row.reason == "counted_as_poor":
        return "unreported"
    if net < 0 and row.limit == "link":
        return "capped"
    if net < 0 and by_link:
        return "link"
    return "up" if net > 0 else "down" if net < 0 else "same"


def _link(view: View, row: AllocationRow, scheme: str) -> str:
    points = view.policy.parameters["execution_link"]["value"]["points"]
    spans = spans_without_cut(view.messages, points)
    stated = {
        "scheme": scheme,
        "rate": view.numbers.percent(row.execution_rate, *(x for x, _ in points)),
        "cut": _rate_cut(row),
        "amount": view.numbers.money(_cut(view, row)),
    }
    if not spans:
        return view.messages.say("apply.link_always", **stated)
    return view.messages.say("apply.link", **stated, range=spans)


def _cut(view: View, row: AllocationRow) -> float:
    """Return what of the withheld amount the execution link took."""
    held = certain(row.withheld)
    share = view.policy.withheld_share(row.kind)
    return round(held - rounded(exact(certain(row.envelope)) * share), 2)


def _of_unit(view: View) -> list[str]:
    """Return what follows for the unit as a whole: restriction, conflicts, missing data."""
    say, rows = view.messages.say, made(view)
    lines = []
    if rows and rows[0].restricted_unit:
        message = "apply.restricted" if rows[0].capped else "apply.restricted_free"
        lines.append(say(message, path=_two_years(view)))
        if rows[0].capped and rows[0].grade in view.policy.good_grades:
            grade = view.messages.code("grade.", rows[0].grade)
            lines.append(say("apply.conflict_result", grade=grade))
    lines += [
        say(
            "apply.conflict_award",
            scheme=view.messages.code("scheme.", row.scheme),
            cause=cause_of_conflict(view, row),
            amount=view.numbers.money(row.value),
        )
        for row in view.own(ConflictRow)
        if row.below_id == view.unit_id
    ]
    lines += [
        say("apply.talk", why=why_called(view, row), due=f"{row.due:%Y-%m-%d}")
        for row in view.own(ActionRow, action="talk")
    ]
    if rows and rows[0].standing not in {"judged", ""} and rows[0].group_count:
        lines.append(_unjudged(view, rows[0]))
    return lines


def _two_years(view: View) -> str:
    """Return the rates of the two years with the floor in force in each."""
    now = next(iter(view.own(RestrictionRow, year=view.year)), None)
    if now is None:
        return ""
    years = (
        (view.year - 1, now.previous_rate, now.previous_floor), (view.year, now.rate, now.floor),
    )  # fmt: skip
    return view.messages.join(
        view.messages.say(
            "apply.year_rate",
            year=year,
            rate=rate_in_words(view, now.scheme, rate, floor),
            floor=view.numbers.percent(floor, digits=0),
        )
        for year, rate, floor in years
    )


def _unjudged(view: View, row: AllocationRow) -> str:
    """Say why the unit was not judged and which data to supply."""
    reason = view.messages.reason(row.standing)
    of = view.of_card(row.result_by) if row.result_by in view.policy.scorecards else view
    lacking = [
        *((of.messages.indicator(score.indicator), score.reason)
          for score in sorted(of.own(ScoreRow), key=lambda score: score.indicator)
          if score.points is None),
        *((of.messages.code("incident.", each.incident), each.reason)
          for each in of.own(DeductionRow, card=of.card) if each.points is None),
    ]  # fmt: skip
    data = view.messages.join(view.messages.because(*each) for each in lacking)
    if not data:
        return view.messages.say("apply.unjudged_plain", reason=reason)
    if row.standing in GIVEN:
        return view.messages.say("apply.unjudged_given", reason=reason, data=data)
    if row.reason == "counted_as_poor":
        return view.messages.say("apply.poor_instead", data=data)
    return view.messages.say("apply.unjudged", reason=reason, data=data)


def _of_units_below(view: View) -> list[str]:
    """Return what follows for the children: restricted, unjudged, poor, and who moved most."""
    say = view.messages.say
    ids = {unit.unit_id for unit in view.parts}
    rows = [r for r in view.everyone(AllocationRow) if r.unit_id in ids]
    rows = [row for row in rows if row.next_budget is not None]
    once = {row.unit_id: row for row in rows}
    lines = []
    restricted = [row for row in once.values() if row.restricted_unit]
    if restricted:
        names = _names(view, restricted)
        lines.append(say("apply.below_restricted", count=len(restricted), names=names))
        good = [row for row in restricted if row.grade in view.policy.good_grades]
        if good:
            lines.append(say("apply.below_good", count=len(good), names=_names(view, good)))
    talks = [row for row in view.rows(ActionRow) if row.action == "talk" and row.unit_id in ids]
    if talks:
        lines.append(say("apply.below_poor", names=_called(view, talks)))
    unjudged = [r for r in once.values() if r.standing not in {"judged", ""} and r.group_count]
    if unjudged:
        named = view.messages.join(
            view.messages.because(view.name(row.unit_id), row.standing)
            for row in sorted(unjudged, key=lambda row: row.unit_id)[:MOST_NAMED]
        )
        lines.append(say("apply.below_unjudged", names=named))
    for kind in sorted({row.kind for row in rows}):
        nets: dict[str, float] = {}
        for row in rows:
            if row.kind == kind:
                nets[row.unit_id] = round(nets.get(row.unit_id, 0.0) + (row.net or 0.0), 2)
        kinds = view.messages.code("kind.", kind)
        most = min(nets, key=lambda unit: (-nets[unit], unit))
        least = min(nets, key=lambda unit: (nets[unit], unit))
        if nets[most] >= LEAST_NAMED:
            lines.append(say("apply.below_up", kind=kinds, who=_moved(view, most, nets)))
        if nets[least] <= -LEAST_NAMED:
            lines.append(say("apply.below_down", kind=kinds, who=_moved(view, least, nets)))
    return lines


def actions(view: View) -> Html:
    """Return what the results of the unit and of those below it call for, and until when."""
    rows = sorted(view.rows(ActionRow), key=lambda row: (row.due, row.unit_id, row.action))
    if not rows and (missing := why_unknown(view)):
        return paragraph(view.messages.say("none.actions_unjudged", reason=missing))
    listed = table(view, "actions", rows, {
        "unit": lambda row: view.link(row.unit_id),
        "action": lambda row: view.messages.code("action.", row.action),
        "why": lambda row: why_called(view, row),
        "due_by": lambda row: f"{row.due:%Y-%m-%d}",
        "who": lambda row: view.messages.code("action_who.", row.who),
        "stated_by": lambda row: view.messages.say(
            "action.rule",
            what=view.policy.parameters[row.parameter]["description"][view.messages.lang],
            days=view.policy.parameters[row.parameter]["value"],
        ),
    })  # fmt: skip
    # The report of a region or an alliance holds no departments of its hospitals.
    below = view.unit.kind not in {"hospital", "department"}
    note = paragraph(view.messages.say("actions.below"), "note") if below else None
    return together(listed, note)


def why_unknown(view: View) -> str:
    """Return why it is not known what the results call for; "" where it is."""
    if view.unit.kind == "hospital":
        grade = view.grade()
        if grade is None or grade.grade is None:
            return view.messages.reason(grade.reason if grade else "no_data")
        cards = view.own(CardGradeRow, year=view.year)
        unknown = [row for row in cards if row.grade is None and row.card in view.policy.scorecards]
        return view.messages.join(
            view.messages.because(view.messages.card(row.card), row.reason) for row in unknown
        )
    if view.unit.kind == "department":
        now = next(iter(view.own(RestrictionRow, year=view.year)), None)
        known = now is not None and now.state != "undetermined"
        return "" if known else view.messages.reason(now.reason if now else "no_data")
    return ""


def _moved(view: View, unit_id: str, nets: Mapping[str, float]) -> str:
    net = view.numbers.money(nets[unit_id], sign=True)
    return view.messages.say("apply.below_one", name=view.name(unit_id), net=net)
