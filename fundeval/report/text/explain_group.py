"""How results moved money inside a group: withheld, returned, the factor λ, what is retained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fundeval.money import RATE_SCALE, exact, round_half_up
from fundeval.policy.known import WITHHOLDING
from fundeval.report.format.parameter_values import name_of_result
from fundeval.report.text.arithmetic import (
    added,
    amount,
    bracketed,
    equation,
    number,
    on_schedule,
    plus,
    rate,
    to_fen,
)
from fundeval.report.text.settled_budgets import (
    children_of,
    group_of,
    is_settled_by_result,
    label,
    siblings_of,
)
from fundeval.report.unit_view import View, certain
from fundeval.results.rows import AllocationRow

JUDGED = "judged"


@dataclass(frozen=True)
class Member:
    """A budget of a group, with exact figures in 分."""

    row: AllocationRow
    name: str
    envelope: int
    share: Fraction
    link: Fraction
    returned: Fraction
    lowest: int
    highest: int

    @property
    def withheld(self) -> int:
        """What was withheld, half-up."""
        return round_half_up(self.envelope * (self.share - self.link))

    @property
    def wanted(self) -> Fraction:
        """What the result returns before λ."""
        return self.envelope * self.share * self.returned

    def change(self, factor: Fraction) -> Fraction:
        """Return the change of the budget at a factor, before any limit."""
        return factor * self.wanted - self.withheld

    def limit(self, factor: Fraction) -> int | None:
        """Return the limit that holds the change, None where it is free."""
        change = self.change(factor)
        if change <= self.lowest:
            return self.lowest
        return self.highest if change >= self.highest else None


def result_lines(view: View, own: AllocationRow) -> list[str]:
    """Derive what was withheld of a budget and returned by result, or say why nothing moved."""
    lines = _results(view, own)
    return [*lines, *_retained_below(view, own)]


def _results(view: View, own: AllocationRow) -> list[str]:
    if not is_settled_by_result(own):
        return [f"{view.messages.say('explain.result')}: {view.messages.reason(own.reason)}"]
    say = view.messages.say
    group = group_of(view, own)
    members = [_member(view, row) for row in group if row.returned is not None]
    counts = {"count": len(members), "judged": sum(row.standing == JUDGED for row in group)}
    lines = [say("explain.group", kind=view.messages.code("kind.", own.kind), **counts)]
    outside = [row for row in group if row.returned is None]
    lines += ["  " + view.messages.because(view.name(row.unit_id), row.reason) for row in outside]
    mine = next((member for member in members if member.row.unit_id == own.unit_id), None)
    if mine is None:
        return [*lines, f"{say('explain.result')}: {view.messages.reason(own.reason)}"]
    lines += [*_link(view, mine), *_returned(view, mine)]
    if not own.factor:
        return [*lines, f"{say('explain.result')}: {view.messages.reason(own.reason)}"]
    return [*lines, *_moved(view, mine, members)]


def _member(view: View, row: AllocationRow) -> Member:
    envelope, floor, top = (to_fen(getattr(row, n)) for n in ("envelope", "floor", "top"))
    return Member(
        row=row,
        name=view.name(row.unit_id),
        envelope=envelope,
        share=view.policy.withheld_share(row.kind),
        link=_link_rate(view, row)[0],
        returned=Fraction(certain(row.returned)),
        lowest=floor - envelope,
        highest=top - envelope,
    )


def _link_rate(view: View, row: AllocationRow) -> tuple[Fraction, str]:
    """Return what the execution rate of a budget takes off, and the sum that gives it."""
    if row.execution_rate is None:
        return Fraction(0), ""
    points = view.policy.parameters["execution_link"]["value"]["points"]
    return on_schedule(points, at_12_decimals(row.execution_rate))


def at_12_decimals(value: float) -> Fraction:
    """Return a figure at the 12 decimals at which schedules are read."""
    return Fraction(round(value * RATE_SCALE), RATE_SCALE)


def _link(view: View, mine: Member) -> list[str]:
    """Tell what the execution rate takes off, and how that rate came about."""
    say, own = view.messages.say, mine.row
    if own.execution_rate is None:
        return [say("explain.no_rate")]
    by_scheme = view.policy.parameters["execution_link_by"]["value"] == "scheme"
    found = view.row("execution_rate", view.year, own.scheme if by_scheme else "all")
    named = view.messages.indicator("execution_rate")
    lines = []
    if found and found.numerator is not None and found.denominator:
        parts = [amount(to_fen(part)) for part in (found.numerator, found.denominator)]
        lines = [f"{named}: {' ÷ '.join(parts)} = {rate(own.execution_rate)}"]
    link, sum_ = _link_rate(view, own)
    if sum_:
        return [*lines, f"{say('explain.link')}: {sum_} = {number(link)}"]
    shown = {"rate": number(at_12_decimals(own.execution_rate)), "link": number(link)}
    return [*lines, say("explain.link_of", **shown)]


def _returned(view: View, mine: Member) -> list[str]:
    """Tell which share of what was withheld the result returns."""
    say, own = view.messages.say, mine.row
    shown = number(mine.returned)
    if own.standing != JUDGED:
        return [say("explain.returned_poor", why=view.messages.reason(own.reason), share=shown)]
    rule = view.policy.parameters["returned"]["value"][own.kind]
    if rule.get("grades"):
        grade = view.messages.of_card(own.result_by).code("grade.", own.result)
        if own.result_by != "grade":
            grade = f"{view.messages.card(own.result_by)} {grade}"
        share, sum_ = exact(rule["grades"][own.result]), ""
        lines = [say("explain.returned_grade", grade=grade, share=number(share))]
    else:
        lines, place = _place(view, mine, rule)
        share, sum_ = on_schedule(rule["points"], place)
        named = say("explain.returned")
        lines += [
            f"{named}: {sum_} = {number(share)}"
            if sum_
            else say("explain.returned_of", result=number(place), share=number(share))
        ]
    if share != mine.returned:
        lines.append(say("explain.returned_capped", share=shown))
    return lines


def _place(view: View, mine: Member, rule: dict[str, object]) -> tuple[list[str], Fraction]:
    """Return what the curve is read at: the value of the result, or its rank in the group."""
    own = mine.row
    value = at_12_decimals(float(certain(own.result)))
    score = own.result_by == "score"
    by = certain(own.result_by)
    named = _score_name(view, rule) if score else name_of_result(view.messages, by)
    lines = [f"{named}: {number(value)}"]
    if not rule["rank"]:
        return lines, value
    # A budget that could not be made has no place in the group, but its result has one.
    rows = [row for row in siblings_of(view, own) if row.balance_rule in WITHHOLDING]
    results = [at_12_decimals(float(row.result)) for row in rows if row.result]
    sign = 1 if rule["rank"] == "highest_first" else -1
    ahead = sum(sign * other >= sign * value for other in results) - 1
    others = len(results) - 1
    place = Fraction(round(Fraction(ahead, others) * RATE_SCALE), RATE_SCALE)
    named = view.messages.say("explain.rank")
    return [*lines, f"{named}: {ahead} ÷ {others} = {rate(float(place))}"], place


def _score_name(view: View, rule: dict[str, object]) -> str:
    """Return the name of the score, with how far it was rounded before money was returned by it."""
    decimals = rule.get("decimals")
    if decimals is None:
        return view.messages.say("explain.score")
    return view.messages.say("value.to_decimals", name=view.messages.say("field.score"),
                             decimals=decimals)  # fmt: skip


def _moved(view: View, mine: Member, members: Sequence[Member]) -> list[str]:
    """Derive λ from the group, and from it the unit's change, award and next budget."""
    say, factor = view.messages.say, Fraction(certain(mine.row.factor))
    lines = ["  " + _member_line(view, member, factor) for member in members]
    lines += _factor(view, mine, members, factor)
    left = f"{amount(mine.envelope)} × {_less(mine.share, mine.link)}"
    value = mine.envelope * (mine.share - mine.link)
    lines.append(equation(view.messages, say("explain.withheld"), left, value, "half_up"))
    left = f"{amount(mine.envelope)} × {number(mine.share)} × {bracketed(number(mine.returned))}"
    lines.append(equation(view.messages, say("explain.wanted"), left, mine.wanted, "half_up"))
    net, withheld = to_fen(mine.row.net), to_fen(mine.row.withheld)
    bound = mine.limit(factor)
    if bound is None:
        left = f"{bracketed(number(factor))} × {left} - {amount(withheld)}"
        change = mine.change(factor)
        lines.append(equation(view.messages, say("explain.net"), left, change, "remainder", net))
    else:
        lines += _at_limit(view, mine, bound)
    lines += [
        f"{label(view, 'withheld')}: {amount(-withheld)}",
        added(label(view, "award"), [net, withheld]),
    ]
    if mine.row.reason:
        lines.append(view.messages.reason(mine.row.reason))
    nets = [to_fen(member.row.net) for member in members]
    sum_ = f"0.00 - ({plus(map(amount, nets))})"
    lines.append(f"{say('explain.retained')}: {sum_} = {amount(-sum(nets))}")
    if mine.row.group_reason:
        lines.append(view.messages.reason(mine.row.group_reason))
    return lines


def _less(share: Fraction, link: Fraction) -> str:
    """Write w − l."""
    return f"({number(share)} + {number(-link)})" if link < 0 else (
        f"({number(share)} - {number(link)})" if link else number(share)
    )  # fmt: skip


def _member_line(view: View, member: Member, factor: Fraction) -> str:
    bound = member.limit(factor)
    place = ""
    if bound is not None:
        place = view.messages.say(f"explain.at.{_which(member, bound)}")
    return view.messages.say(
        "explain.member",
        name=member.name,
        envelope=amount(member.envelope),
        withheld=amount(member.withheld),
        share=number(member.returned),
        net=amount(to_fen(member.row.net)),
        place=place,
    )


def _which(member: Member, bound: int) -> str:
    """Name the limit that a member stands at."""
    if bound == member.lowest:
        return "floor"
    cap = to_fen(member.row.cap) - member.envelope
    return "cap" if bound == cap else "link"


def _factor(view: View, mine: Member, members: Sequence[Member], factor: Fraction) -> list[str]:
    """Derive λ: what was withheld over what is wanted, of those that no limit holds."""
    say = view.messages.say
    free = [m for m in members if m.limit(factor) is None]
    fixed = [bound for m in members if (bound := m.limit(factor)) is not None]
    held = sum(m.withheld for m in free) - sum(fixed)
    wanted = sum((m.wanted for m in free), Fraction(0))
    terms = [amount(m.withheld) for m in free] + [amount(-bound) for bound in fixed]
    top = plus(terms) if terms else ""
    below = " + ".join(f"{amount(m.envelope)} × {bracketed(number(m.returned))}" for m in free)
    named = say("explain.factor")
    if wanted and factor == Fraction(held) / wanted:
        left = f"({top}) ÷ ({number(mine.share)} × ({below}))"
        return [f"{named}: {left} = {number(factor)}"]
    lines = [f"{named}: {number(factor)}"]
    if mine.row.balance_rule == "within" and factor == 1 and wanted:
        left = f"{number(mine.share)} × ({below}) - ({top})"
        value = wanted - held
        line = equation(view.messages, say("explain.sum_at_one"), left, value, "half_up")
        return [line, *lines, say("explain.nothing_to_scale")]
    return [*lines, say("explain.all_held")]


def _at_limit(view: View, mine: Member, bound: int) -> list[str]:
    """Derive the change of a budget that stands at a limit."""
    which = _which(mine, bound)
    say = view.messages.say
    lines = []
    top = mine.envelope + bound
    if which == "link":
        left = f"{amount(mine.envelope)} × (1 - {number(-mine.link)})"
        value = mine.envelope * (1 + mine.link)
        lines = [equation(view.messages, say("explain.top_by_link"), left, value, "down")]
    named = f"{say('explain.net')}{say('explain.at.' + which)}"
    return [*lines, added(named, [top, -mine.envelope])]


def _retained_below(view: View, own: AllocationRow) -> list[str]:
    """Tell what this unit holds because results below did not return it."""
    if not own.retained_below:
        return []
    groups: dict[tuple[str, str], list[AllocationRow]] = {}
    for row in children_of(view, own.unit_id, own.scheme):
        if is_settled_by_result(row) and row.net:
            level = (row.level or "") if view.policy.groups_by_level(row.kind) else ""
            groups.setdefault((row.kind, level), []).append(row)
    say, lines, retained = view.messages.say, [], []
    for (kind, _), rows in groups.items():
        nets = [to_fen(row.net) for row in rows]
        lines += [
            "  " + say("explain.net_below", name=view.name(row.unit_id), net=amount(net))
            for row, net in zip(rows, nets, strict=True)
        ]
        named = say("explain.retained_of", kind=view.messages.code("kind.", kind))
        retained.append(-sum(nets))
        lines.append(f"{named}: 0.00 - ({plus(map(amount, nets))}) = {amount(retained[-1])}")
    return [*lines, added(say("explain.retained_here"), retained)]
