"""Every place where what was left unspent, or overspent, acts on the unit, with its sum."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log10

from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.tables.view_table import bullets, table, why_missing
from fundeval.report.text.explain_effects import place_name
from fundeval.report.unit_view import ALL, SCHEMES, View, certain
from fundeval.results.rows import (
    AllocationRow,
    BudgetInput,
    BudgetStepRow,
    ExecutionEffectRow,
    SettlementStepRow,
)

RATE_DIGITS = 4
# Decimals to which what a yuan left unspent takes is known.
RATCHET_DIGITS = 4
# What a settlement awards, or leaves to be borne: no effect of execution.
SETTLED = ("surplus_award", "alliance_award", "overrun_borne")


def execution_effects(view: View) -> Html | None:
    """Return where the execution of the unit's budgets acts, and the sums of losses and gains."""
    if view.unit.kind == "alliance":
        return None
    rows = sorted(
        view.own(ExecutionEffectRow), key=lambda row: (SCHEMES.index(row.scheme), row.place)
    )
    made = [row for row in view.own(AllocationRow) if row.next_budget is not None]
    if not made:
        return why_missing(view, "execution_effects_unknown", view.own(BudgetStepRow))
    unknown, settled = _unknown(view, made), _settled(view)
    if not rows:
        told = unknown + settled
        apart = bullets(view, "execution_effects", told) if told else None
        nothing = None if unknown else paragraph(view.messages.say("none.execution_effects"))
        return together(nothing, apart)
    cents = view.numbers.amount
    listed = table(view, "execution_effects", rows, {
        "scheme": lambda row: view.messages.code("scheme.", row.scheme),
        "place": lambda row: place_name(view, row.place),
        "points_lost": lambda row: "" if row.points is None else view.numbers.number(row.points),
        "effect_base": lambda row: "" if row.base is None else cents(row.base),
        "effect_rate": lambda row: "" if row.rate is None else view.numbers.percent(
            row.rate, digits=RATE_DIGITS
        ),
        "amount": lambda row: cents(row.amount, sign=True),
    })  # fmt: skip
    sums = [*_sums(view, rows, made), *unknown, *settled]
    return together(listed, bullets(view, "execution_effects", sums))


def _sums(
    view: View, rows: Sequence[ExecutionEffectRow], made: Sequence[AllocationRow]
) -> list[str]:
    """Return for each scheme what all places sum to, and the next budget drawn up as a whole."""
    lines = []
    schemes = dict.fromkeys(row.scheme for row in rows)
    for scheme in schemes:
        own = [row for row in rows if row.scheme == scheme]
        name = view.messages.code("scheme.", scheme)
        lines.append(_sum_of(view, name, own))
        budget = next((row for row in made if row.scheme == scheme), None)
        lines += _redrawn(view, name, budget) if budget else []
    if len(schemes) > 1:
        lines.append(_sum_of(view, view.messages.code("scheme.", ALL), rows))
    return lines


def _redrawn(view: View, scheme: str, budget: AllocationRow) -> list[str]:
    """Return that needs are not what was funded, and about what the budget itself differs by."""
    say, cents = view.messages.say, view.numbers.amount
    lines = []
    if budget.envelope != budget.needs:
        told = {"needs": cents(budget.needs), "envelope": cents(budget.envelope)}
        unit = view.numbers.scale.name
        lines.append(say("effects.in_full", scheme=scheme, unit=unit, **told))
    if budget.ratchet is not None and budget.unspent:
        # No more of the amount is known than the ratchet has decimals.
        known = 10 ** max(ceil(log10(budget.unspent)) - RATCHET_DIGITS, 0)
        amount = -round(budget.ratchet * budget.unspent / known) * known
        shown = view.numbers.money(amount, sign=True)
        lines.append(say("effects.redrawn", scheme=scheme, amount=shown))
    return lines


def _unknown(view: View, made: Sequence[AllocationRow]) -> list[str]:
    """Return of which schemes it is not known what was left unspent."""
    known = {
        row.scheme
        for row in view.own(BudgetInput, year=view.year)
        if row.executed is not None and row.adjusted is not None
    }
    names = [view.messages.code("scheme.", row.scheme) for row in made if row.scheme not in known]
    return [view.messages.say("effects.unknown", scheme=name) for name in names]


def _settled(view: View) -> list[str]:
    """Return what the settlement awards or leaves to be borne, which is not summed up above."""
    rows = [row for row in view.own(SettlementStepRow, year=view.year) if row.item in SETTLED]
    return [
        view.messages.say(
            "effects.settled",
            scheme=view.messages.code("scheme.", row.scheme),
            item=view.messages.say(f"settlement.{row.item}"),
            amount=view.numbers.amount(certain(row.amount)),
            unit=view.numbers.scale.name,
        )
        for row in sorted(rows, key=lambda row: (SCHEMES.index(row.scheme), row.item))
        if row.amount
    ]


def _sum_of(view: View, scheme: str, rows: Sequence[ExecutionEffectRow]) -> str:
    """Return what was left unspent, and what losses and gains sum to."""
    loss, gain = (
        round(sum(row.amount for row in rows if (row.amount < 0) is negative), 2)
        for negative in (True, False)
    )
    left = round(sum({row.scheme: row.left for row in rows}.values()), 2)
    told = {"left": left, "loss": loss, "gain": gain, "net": round(loss + gain, 2)}
    shown = {
        key: view.numbers.amount(abs(value)) if key in {"loss", "gain"}
        else view.numbers.amount(value, sign=True)
        for key, value in told.items()
    }  # fmt: skip
    unit = view.numbers.scale.name
    return view.messages.say("effects.sums", scheme=scheme, unit=unit, **shown)
