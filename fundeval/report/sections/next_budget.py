"""The bridge to next year's budget, what bound it, how it is shared out, and execution by year."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from fundeval.report.charts import time_and_money
from fundeval.report.format.html_fragments import Html, paragraph, render, together
from fundeval.report.format.parameter_values import state_driver, state_parameters
from fundeval.report.sections.budget_steps import (
    largest_step,
    lines_of_result,
    net_of_results,
    several_roots,
)
from fundeval.report.tables.cells import amount_or_reason
from fundeval.report.tables.view_table import PART, TOTAL, Adds, bullets, table, why_missing
from fundeval.report.text.explain_budget import (
    add_up,
    needs_and_limits,
    settlement,
    stated_float,
    stressed_region,
)
from fundeval.report.text.settled_budgets import children_of
from fundeval.report.text.source_cells import cite_cell
from fundeval.report.unit_view import ALL, SCHEMES, View, certain, sum_rows
from fundeval.results.rows import AllocationRow, BudgetStepRow, IndicatorRow, UnitRow

# Siblings up to which the sharing out of a parent's budget is derived for each of them.
MOST_IN_FULL = 24
RATES = ("execution_rate_initial", "execution_rate", "execution_rate_with_carryover")


class Given(NamedTuple):
    """The budget of a unit: before the envelope, the changes by it and by results, and after.

    `parent_effect` is the part of the change by the envelope that the parent's result made;
    `role` is what the row is in the sum of its kind.
    """

    name: Html | str
    kind: str
    note: str
    ratchet: str
    desired: float | None
    envelope: float | None
    parent_effect: float | None
    results: float | None
    next_budget: float | None
    role: str = ""


# Each child is a part of the total of its kind; what a budget is made of stands beside it.
MADE_OF = Adds[Given](
    lambda row: row.role,
    {"desired": PART, "envelope": PART, "results_net": PART, "next_budget": TOTAL},
)
AMOUNTS = ("desired", "envelope", "parent_effect", "results", "next_budget")


def bridge(view: View) -> Html:
    """Return the bridge to next year's budget: chart, table, limits and calculation."""
    if view.has_no_root:
        return paragraph(several_roots(view))
    rows = view.own(BudgetStepRow)
    if all(row.amount is None for row in rows):
        reasons = dict.fromkeys(view.messages.cannot(row.reason) for row in rows)
        return paragraph(view.messages.join(reasons) or view.messages.say("none.bridge"))
    total = {row.step: row.amount for row in rows if row.scheme == ALL and row.amount is not None}
    chart = None
    if "next_budget" in total and "base" in total:
        steps = {
            view.messages.step(step): total[step]
            for step in view.policy.steps[:-1]
            if step in total
        }
        last = view.messages.step("next_budget")
        why = {
            view.messages.step(step): _notes_of_step(view, rows, step)
            for step, amount in total.items()
            if not amount
        }
        scale, largest = view.numbers.scale, largest_step(view, total)
        chart = time_and_money.waterfall(view, "bridge", steps, last, scale, why, largest)
    order = " → ".join(view.messages.step(step) for step in steps_of(view, rows)[:-1])
    return together(
        _in_short(view, total),
        paragraph(view.messages.say("bridge.steps", steps=order)),
        None if view.policy.drivers else paragraph(view.messages.say("bridge.no_growth")),
        _result_moves(view),
        _of_parent(view),
        chart,
        _bridge_table(view, rows),
        _limits(view),
        ratchets(view),
        _calculations(view, rows),
    )


def _in_short(view: View, total: Mapping[str, float]) -> Html | None:
    """Say in one sentence what needs, the envelope and results made of the base."""
    if not total.get("base") or "next_budget" not in total:
        return None
    parts = {
        "envelope": total.get("envelope", 0.0),
        "results": net_of_results(total),
        "total": total["next_budget"] - total["base"],
    }
    # To the cent, so that no noise of binary sums is told as a change.
    parts["needs"] = round(parts["total"] - parts["envelope"] - parts["results"], 2)
    said = {name: view.numbers.change(part / total["base"]) for name, part in parts.items()}
    return paragraph(view.messages.say("bridge.in_short", **said))


def _result_moves(view: View) -> Html | None:
    """Say how results move money, where they moved some of this unit's."""
    if not any(row.withheld for row in made(view)):
        return None
    balances = view.policy.of_kind("evaluation_link", view.unit.kind) == "neutral"
    balance = "neutral" if balances else "within"
    return paragraph(view.messages.say(f"bridge.result_moves.{balance}"))


def _of_parent(view: View) -> Html | None:
    """Say how much of the envelope's step the parent's own result moved."""
    amounts = [
        view.messages.say(
            "bridge.of_parent_one",
            scheme=view.messages.code("scheme.", row.scheme),
            amount=view.numbers.money(row.parent_effect, sign=True),
            without=view.numbers.money(
                round(change_by_envelope(row) - row.parent_effect, 2), sign=True
            ),
        )
        for row in made(view)
        if row.parent_effect
    ]
    if not amounts:
        return None
    return paragraph(view.messages.say("bridge.of_parent", amounts=view.messages.join(amounts)))


def steps_of(view: View, rows: Iterable[BudgetStepRow]) -> list[str]:
    """Return the steps that a unit has, in their order."""
    there = {row.step for row in rows}
    return [step for step in view.policy.steps if step in there]


def _bridge_table(view: View, rows: list[BudgetStepRow]) -> Html:
    known = {(row.step, row.scheme): row for row in rows}
    schemes = [scheme for scheme in SCHEMES if any(row.scheme == scheme for row in rows)]

    def amount(scheme: str, step: str) -> str:
        row = known.get((step, scheme))
        if row is None:
            return view.messages.say("report.missing")
        return amount_or_reason(view, row, sign=step not in {"base", "next_budget"})

    def parameters(step: str) -> str:
        if step in view.policy.drivers:
            return state_driver(view.messages, step)
        names = sorted({r.parameter for r in rows if r.step == step and r.parameter})
        stated = stated_float(view) if step == "regional_float" and names else None
        if stated is not None:
            return cite_cell(view, "context", stated, "budget_float").strip()
        told = state_parameters(view.messages, names, view.unit.kind)
        if step != "regional_float" or not names or not stressed_region(view):
            return told
        of_policy = view.messages.say("explain.float_of_policy", year=view.year + 1)
        return view.messages.join([told, of_policy])

    return table(view, "bridge", steps_of(view, rows), {
        "step": view.messages.step,
        **{view.messages.code("scheme.", scheme): partial(amount, scheme) for scheme in schemes},
        "parameter": parameters,
        "note": partial(_notes_of_step, view, rows),
    }, _adds_of_steps(view, schemes), year=view.year + 1)  # fmt: skip


def _adds_of_steps(view: View, schemes: Sequence[str]) -> Adds[str]:
    """Return that the steps sum to the next budget, and the schemes to that of all."""
    of_schemes = {view.messages.code("scheme.", s): TOTAL if s == ALL else PART for s in schemes}
    return Adds(
        lambda step: TOTAL if step == "next_budget" else PART,
        of_schemes if len(schemes) > 1 and ALL in schemes else {},
    )


def _notes_of_step(view: View, rows: list[BudgetStepRow], step: str) -> str:
    """Say why a step has no amount, moves no money, or what bound it."""
    own = [row for row in rows if row.step == step]
    if len(own) > 1:
        own = [row for row in own if row.scheme != ALL]
    notes = {row.scheme: note for row in own if (note := note_of(view, row))}
    texts = list(dict.fromkeys(notes.values()))
    if len(texts) == 1 and len(notes) == len(own):
        return texts[0]
    return view.messages.join(
        view.messages.say(
            "bridge.of_scheme", scheme=view.messages.code("scheme.", scheme), note=note
        )
        for scheme, note in notes.items()
    )


def note_of(view: View, row: BudgetStepRow) -> str:
    """Return the reason of a step in words; of one that moves no money always one."""
    if row.reason or row.amount or row.amount is None or row.step in {"base", "next_budget"}:
        return view.messages.reason(row.reason)
    return view.messages.say(
        f"bridge.zero.{'rate' if row.step in view.policy.drivers else row.step}"
    )


def _calculations(view: View, rows: list[BudgetStepRow]) -> Html | None:
    """Return the arithmetic of each scheme, folded, so that a calculator reaches each figure."""
    # As of a score, but nothing is drawn of them.
    parts: list[tuple[str, list[str], None]] = []
    for scheme in SCHEMES:
        steps = {row.step: row for row in rows if row.scheme == scheme}
        if not steps or steps["next_budget"].amount is None:
            continue
        settled = next(iter(view.own(AllocationRow, scheme=scheme)), None)
        if settled is None:
            lines = add_up(view, scheme, steps)
        else:
            lines = needs_and_limits(view, scheme, steps, settled)
            siblings = children_of(view, settled.parent_id, scheme, settled.kind)
            lines += (
                settlement(view, steps, settled)
                if len(siblings) <= MOST_IN_FULL
                else lines_of_result(view, steps, settled, note_of(view, steps["envelope"]))
            )
        named = view.messages.code("scheme.", scheme)
        unit = view.numbers.plain_scale.name
        title = view.messages.say("bridge.calculation", scheme=named, unit=unit)
        parts.append((title, lines, None))
    return render("derivations.html.j2", parts=parts) if parts else None


def by_scheme(view: View) -> list[AllocationRow]:
    """Return how the unit's budgets were settled, in the order of the schemes."""
    rows = view.own(AllocationRow)
    return sorted(rows, key=lambda row: SCHEMES.index(row.scheme))


def made(view: View) -> list[AllocationRow]:
    """Return how those budgets of the unit were settled that were made."""
    return [row for row in by_scheme(view) if row.next_budget is not None]


def _limits(view: View) -> Html | None:
    """Return what bound the budget of each scheme and by how much, and what the unit holds."""
    rows = made(view)
    if not rows:
        return None
    cents = view.numbers.amount
    items: dict[str, Callable[[AllocationRow], str]] = {
        "desired": lambda row: cents(row.desired),
        "bound": partial(_bound, view),
        "envelope": lambda row: cents(row.envelope),
        "parent_effect": lambda row: cents(row.parent_effect, sign=True),
        "income": partial(_ceiling, view, "income"),
        "gdp": partial(_ceiling, view, "gdp"),
        "cap": partial(_own_limit, view, "cap"),
        "floor": partial(_own_limit, view, "floor"),
        "limit": partial(_reached, view),
        "retained": lambda row: cents(row.retained_below),
        "unspent": lambda row: cents(row.unspent),
        "ratchet": lambda row: ratchet_of(view, row),
    }
    if not view.children:
        del items["retained"]
    if all(row.income_limit is None and not row.income_reason for row in rows):
        del items["income"]
    if all(row.gdp_limit is None and not row.gdp_reason for row in rows):
        del items["gdp"]
    if all(row.reason == "root" for row in rows):
        del items["parent_effect"], items["limit"]

    def cell(row: AllocationRow, item: str) -> str:
        return items[item](row)

    return table(view, "settled", list(items), {
        "item": lambda item: view.messages.say(f"settled.{item}"),
        **{view.messages.code("scheme.", row.scheme): partial(cell, row) for row in rows},
    }, year=view.year + 1)  # fmt: skip


def change_by_envelope(row: AllocationRow) -> float:
    """Return what the envelope made of the needs of a budget that was made, in 元."""
    return certain(row.envelope) - certain(row.desired)


def _bound(view: View, row: AllocationRow) -> str:
    change = round(change_by_envelope(row), 2)
    if not row.envelope_by or not change:
        return view.messages.say("settled.not_bound")
    return view.messages.because(view.numbers.amount(change, sign=True), row.envelope_by)


def _ceiling(view: View, name: str, row: AllocationRow) -> str:
    limit, reason = getattr(row, f"{name}_limit"), getattr(row, f"{name}_reason")
    if limit is None:
        return view.messages.reason(reason) or view.messages.say("report.missing")
    room = round(limit - row.next_budget, 2)
    shown = view.numbers.amount(limit)
    if room <= 0:
        return view.messages.say("settled.reached", limit=shown)
    return view.messages.say("settled.room", limit=shown, room=view.numbers.amount(room))


def _own_limit(view: View, name: str, row: AllocationRow) -> str:
    times = f"{view.policy.limit(f'budget_{name}'):.10g}"
    by = view.messages.say(f"limit_by.{getattr(row, f'{name}_by')}", times=times)
    return view.messages.say(
        "report.because", what=view.numbers.amount(getattr(row, name)), reason=by
    )


def _reached(view: View, row: AllocationRow) -> str:
    return view.messages.say(f"at_limit.{row.limit}" if row.limit else "settled.none_reached")


def ratchet_of(view: View, row: AllocationRow) -> str:
    """Return what a yuan left unspent takes from next year's budget, a dash where none was."""
    return view.numbers.number(row.ratchet, 4)


def ratchets(view: View) -> Html | None:
    """Return in a sentence each what saving costs next year, by scheme."""
    rows = made(view)
    if not rows:
        return None
    lines = [_ratchet(view, row) for row in rows]
    alone = all(row.reason == "root" for row in rows)
    others = "" if alone else view.messages.say("ratchet.others")
    return together(
        bullets(view, "use_of_results", lines),
        paragraph(view.messages.say("ratchet.held", others=others), "note"),
    )


def _ratchet(view: View, row: AllocationRow) -> str:
    scheme = view.messages.code("scheme.", row.scheme)
    unspent = view.numbers.money(row.unspent)
    if not row.unspent or row.ratchet is None:
        return view.messages.say("ratchet.all_spent", scheme=scheme)
    if not row.ratchet:
        return view.messages.say("ratchet.nothing", scheme=scheme, unspent=unspent)
    message = "ratchet.loses" if row.ratchet > 0 else "ratchet.gains"
    ratio = view.numbers.number(abs(row.ratchet), 4)
    return view.messages.say(message, scheme=scheme, unspent=unspent, ratio=ratio)


def shares(view: View) -> Html | None:
    """Return how the budget is shared out: each child, the sum of each kind, the unit."""
    below = [_given(view, unit) for unit in view.parts]
    if not below or view.has_no_root:
        return None
    if all(row.next_budget is None for row in below):
        steps = view.everyone(BudgetStepRow, scheme=ALL, step="next_budget")
        parts = {unit.unit_id for unit in view.parts}
        return why_missing(view, "shares", (row for row in steps if row.unit_id in parts))
    own = _given(view, view.unit)
    rows: list[Given] = []
    totals: dict[str, float] = {}
    for kind in sorted({row.kind for row in below}):
        group = [row._replace(role=PART) for row in below if row.kind == kind]
        budgets = sum(row.next_budget is not None for row in group)
        total = sum_rows(
            group, AMOUNTS, name=view.messages.total(kind, budgets), note="", ratchet="", role=TOTAL
        )
        rows += [*group, total]
        if own.next_budget is not None and total.next_budget is not None:
            totals[kind] = total.next_budget
    held = round(sum(certain(row.retained_below) for row in made(view)), 2)
    if held:
        name = view.messages.say("shares.retained")
        rows.append(Given(name, "", "", "", None, None, None, held, held))
    rows.append(own._replace(name=view.messages.say("report.own")))
    effect: dict[str, Callable[[Given], str]] = {
        "parent_effect": lambda row: view.numbers.amount(row.parent_effect, sign=True)
    }
    listed = table(view, "shares", rows, {
        "unit": lambda row: row.name,
        "desired": lambda row: view.numbers.amount(row.desired),
        "envelope": lambda row: view.numbers.amount(row.envelope, sign=True),
        **(effect if any(row.parent_effect for row in rows) else {}),
        "results_net": lambda row: view.numbers.amount(row.results, sign=True),
        "next_budget": lambda row: view.numbers.amount(row.next_budget),
        "ratchet": lambda row: row.ratchet or view.messages.say("report.missing"),
        "note": lambda row: row.note,
    }, MADE_OF, year=view.year + 1)  # fmt: skip
    lines = _sums(view, totals, own.next_budget) if own.next_budget is not None else []
    return together(listed, *(paragraph(line, "note") for line in lines))


def _sums(view: View, totals: Mapping[str, float], own: float) -> list[str]:
    """Say of each kind of children what part of the budget they make up, and what binds them."""
    held = {
        kind: round(sum(map(_retained_of, groups_of(view, view.unit_id, kind))), 2)
        for kind in totals
    }
    whole = [kind for kind, total in totals.items() if round(own - total - held[kind], 2) == 0]
    lines = []
    for kind in sorted(totals, key=lambda kind: (kind not in whole, kind)):
        lines.append(_sum(view, kind, totals[kind], held[kind], own, whole))
        lines += _below_base(view, kind)
    return lines


def _retained_of(group: Sequence[AllocationRow]) -> float:
    """Return what was retained of a group; its budgets that could not be made do not say it."""
    settled = (row for row in group if row.next_budget is not None)
    return next((certain(row.group_retained) for row in settled), 0.0)


def _below_base(view: View, kind: str) -> list[str]:
    """Say in which schemes there is less than the bases: then no need beyond the base counts."""
    schemes = []
    for group in groups_of(view, view.unit_id, kind):
        settled = [row for row in group if row.next_budget is not None]
        kept = sum(max(min(row.base, certain(row.desired)), certain(row.floor)) for row in settled)
        if round(sum(certain(row.envelope) for row in settled) - kept, 2) < 0:
            schemes.append(view.messages.code("scheme.", group[0].scheme))
    if not schemes:
        return []
    named = view.messages.join(dict.fromkeys(schemes))
    kind_name = view.messages.code("kind.", kind)
    return [view.messages.say("shares.below_base", kind=kind_name, schemes=named)]


def _sum(  # noqa: PLR0913, PLR0917
    view: View, kind: str, total: float, held: float, own: float, whole: Sequence[str]
) -> str:
    """Say whether the units of a kind and what was retained of them make up the budget."""
    rest = round(own - total - held, 2)
    stated = {
        "kind": view.messages.code("kind.", kind),
        "sum": view.numbers.money(total),
        "retained": view.numbers.money(held),
        "own": view.numbers.money(own),
    }
    if not rest:
        return view.messages.say("shares.adds_up", **stated)
    if whole:
        named = view.messages.join(view.messages.code("kind.", other) for other in whole)
        return view.messages.say("shares.other_way", **stated, whole=named)
    stated |= {"rest": view.numbers.money(abs(rest))}
    if rest < 0 or not own:
        return view.messages.say("shares.beyond", **stated)
    share = view.numbers.percent((total + held) / own)
    return view.messages.say("shares.part", **stated, share=share)


def groups_of(view: View, parent: str, kind: str | None = None) -> list[list[AllocationRow]]:
    """Return the groups under a parent: of one kind, scheme, and level where the policy says so.

    Rows that stand in no group come with the others of their kind and scheme.
    """
    found: dict[tuple[str, str, int], list[AllocationRow]] = {}
    for row in view.everyone(AllocationRow):
        if row.parent_id == parent and kind in {None, row.kind}:
            level = (row.level or "") if view.policy.groups_by_level(row.kind) else ""
            key = (row.kind, level, SCHEMES.index(row.scheme))
            found.setdefault(key, []).append(row)
    return [found[key] for key in sorted(found)]


def _given(view: View, unit: UnitRow) -> Given:
    own = view.at(unit.unit_id)
    rows = own.own(BudgetStepRow)
    known = {row.step: row.amount for row in rows if row.scheme == ALL}
    envelope, budget = known.get("envelope"), known.get("next_budget")
    results = round(sum(known.get(step) or 0.0 for step in ("withheld", "award")), 2)
    desired = None
    if envelope is not None and budget is not None:
        desired = round(budget - envelope - results, 2)
    return Given(
        view.link(unit.unit_id),
        unit.kind,
        _notes(view, rows, "envelope"),
        _ratchets_of(own),
        desired,
        envelope,
        None if desired is None else round(sum(certain(row.parent_effect) for row in made(own)), 2),
        None if desired is None else results,
        budget,
    )


def _ratchets_of(view: View) -> str:
    """Return the ratchet of each scheme in which something was left unspent."""
    rows = [row for row in made(view) if row.ratchet is not None]
    if len(rows) == 1 and rows[0].scheme == ALL:
        return ratchet_of(view, rows[0])
    return view.messages.join(
        f"{view.messages.code('scheme.', row.scheme)} {ratchet_of(view, row)}" for row in rows
    )


def _notes(view: View, rows: list[BudgetStepRow], step: str) -> str:
    """Say why a step has no amount, moves no money, or what bound it."""
    return view.messages.join(
        sorted({view.messages.reason(r.reason) for r in rows if r.step == step and r.reason})
    )


def budgets(view: View) -> Html:
    """Return budget and execution by year and scheme, with each execution rate."""
    rows = [row for row in view.own(IndicatorRow) if row.indicator in RATES]
    known = {(row.year, row.scheme, row.indicator): row for row in rows}
    unit = view.numbers.scale
    floor = view.policy.limit("execution_floor")

    def amount(key: tuple[int, str], indicator: str, part: str) -> str:
        row = known.get((*key, indicator))
        return unit.show(row and getattr(row, part))

    def rate(indicator: str, key: tuple[int, str]) -> str:
        row = known.get((*key, indicator))
        if row is None or row.value is None:
            return view.messages.cannot(row and row.reason)
        return view.numbers.percent(row.value, floor, 1.0)

    return table(view, "budgets", sorted({(row.year, row.scheme) for row in rows}), {
        "year": lambda key: f"{key[0]} {view.messages.code('scheme.', key[1])}",
        "initial": lambda key: amount(key, RATES[0], "denominator"),
        "adjusted": lambda key: amount(key, RATES[1], "denominator"),
        "with_carryover": lambda key: amount(key, RATES[2], "denominator"),
        "executed": lambda key: amount(key, RATES[1], "numerator"),
        **{view.messages.indicator(name): partial(rate, name) for name in RATES},
    }, unit=unit.name)  # fmt: skip
