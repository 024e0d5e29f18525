"""The settlement of the year, and how the members of an alliance share in it."""

from __future__ import annotations

from functools import partial

from fundeval.policy.known import KNOWN, SETTLED_BY
from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.format.parameter_values import state_parameters
from fundeval.report.tables.view_table import PART, TOTAL, Adds, bullets, table, why_missing
from fundeval.report.unit_view import SCHEMES, View, sum_rows
from fundeval.results.rows import SettlementInput, SettlementStepRow

# What `lacking` has of what is settled in another way already.
ALREADY = {f"by_{way}" for way in (*SETTLED_BY, "institution")}
# The columns of which one must be stated for a unit to be settled by itself.
WAYS = ("quota", "payment", "heads")
# Settled by number × money, not by money × share.
PER_PIECE = ("point_value", "points_payable", "outcome_pay", "capitation_pay")
# The steps in the order of the arithmetic; what is not named comes between.
FIRST = (
    "balance", "surplus_award", "surplus_retained", "staff_and_capability", "beyond_award",
    "alliance_award", "capitation_pay", "capitation_kept", "pool_available", "point_value",
    "points_payable", "less_prepaid", "less_deposit", "less_violations", "overrun_compensation",
    "reserve", "reserve_to_overruns", "reserve_released", "reserve_kept",
)  # fmt: skip
LAST = (
    "overrun_beyond_limit", "overrun_borne", "clearing", "recovered_next_year",
    "points_left_out", "per_head_left_out", "quota_left_out",
)  # fmt: skip


def alliance(view: View) -> Html | None:
    """Return whether the alliance was settled as a package, and why."""
    if view.unit.kind != "alliance":
        return None
    rate = view.row("execution_rate", view.year)
    known = {"year": view.year, "rate": view.numbers.percent(rate.value if rate else None)}
    why = view.messages.reason(rate.reason if rate else "no_data")
    unified = "six_unified" in str(view.unit.flags)
    return bullets(view, "alliance", [
        view.messages.say("alliance.members", count=len(view.children)),
        view.messages.say("alliance.unified" if unified else "alliance.not_unified"),
        state_parameters(view.messages, ["alliance_gate", "settlement_order"], view.unit.kind),
        _packaged(view, unified),
        view.messages.say("alliance.execution", **known)
        if rate and rate.value is not None
        else view.messages.say("alliance.no_execution", year=view.year, reason=why),
        *_not_settled(view),
    ])  # fmt: skip


def _packaged(view: View, unified: bool) -> str:
    """Say in which schemes there was a package, or that there was none."""
    needed = view.policy.parameters["alliance_gate"]["value"] == "precondition"
    if needed and not unified:
        return view.messages.say("alliance.no_package")
    own = [r for r in view.own(SettlementStepRow) if r.item == "balance" and not r.lacking]
    if not own or not view.children:
        return view.messages.say("alliance.not_packaged", year=view.year)
    schemes = view.messages.join(view.messages.code("scheme.", row.scheme) for row in own)
    return view.messages.say("alliance.packaged", schemes=schemes)


def _not_settled(view: View) -> list[str]:
    """Say of each scheme whose package cannot be settled which members lack what."""
    say, members = view.messages.say, {unit.unit_id for unit in view.children}
    balances = [row for row in view.rows(SettlementStepRow) if row.item == "balance"]
    lines = []
    for scheme in (r.scheme for r in balances if r.unit_id == view.unit_id and r.lacking):
        lacking = [r for r in balances if r.unit_id in members and r.scheme == scheme and r.lacking]
        named = ((view.name(row.unit_id), what_lacks(view, row.lacking)) for row in lacking)
        who = [say("alliance.who_lacks", name=name, lacking=what) for name, what in named]
        code = view.messages.code("scheme.", scheme)
        lines.append(say("alliance.not_settled", scheme=code, members=view.messages.join(who)))
    return lines


def inside(view: View) -> Html | None:
    """Return how the members of an alliance share its balance and its award."""
    if view.unit.kind != "alliance":
        return None
    members = {unit.unit_id for unit in view.children}
    rows = [row for row in view.rows(SettlementStepRow) if row.unit_id in members]
    if not rows or not view.own(SettlementStepRow):
        return why_missing(view, "inside")
    known = {(row.unit_id, row.scheme, row.item): row for row in rows}
    for scheme, item in sorted({(row.scheme, row.item) for row in rows}):
        of_members = [row for row in rows if (row.scheme, row.item) == (scheme, item)]
        # What a member lacks, the package lacks: the others alone are no total of it.
        lacking = next((row for row in of_members if row.lacking), None)
        known["", scheme, item] = lacking or sum_rows(of_members, ["amount"])

    def amount(item: str, key: tuple[str, str]) -> str:
        row = known.get((*key, item))
        if row and row.lacking and not key[0]:
            return view.messages.say("inside.no_total")
        if row is None or not row.lacking:
            return view.numbers.amount(row and row.amount)
        return amount_or_why(view, row)

    keys = sorted({key[:2] for key in known}, key=lambda key: (key[1], not key[0], key[0]))
    return table(view, "inside", keys, {
        "unit": lambda key: view.link(key[0]) if key[0] else view.messages.say("report.total"),
        "scheme": lambda key: view.messages.code("scheme.", key[1]),
        "balance": partial(amount, "balance"),
        "award": partial(amount, "alliance_award"),
    }, Adds(lambda key: PART if key[0] else TOTAL))  # fmt: skip


def settlement(view: View) -> Html:
    """Return the settlement to the 分, band by band: the balance, then what follows from it."""
    steps = steps_of(view)
    if not steps:
        return paragraph(why_no_settlement(view))
    # A share of nothing moves nothing: it is named below, not multiplied out.
    none = [row for row in steps if row.rate and row.base == row.amount == 0 and not row.lacking]
    kept = [row for row in steps if row not in none]
    items = dict.fromkeys(settlement_item(view, row.item) for row in none)
    note = view.messages.say("settlement.of_nothing", items=view.messages.listed(items))
    shown = table(view, "settlement", kept or steps, {
        "scheme": lambda row: view.messages.code("scheme.", row.scheme),
        "item": lambda row: settlement_item(view, row.item),
        "base": lambda row: view.numbers.cents(row.base),
        "rate": lambda row: view.numbers.number(row.rate, 4) if row.item in PER_PIECE
                            else view.numbers.percent(row.rate),
        "amount": lambda row: amount_or_why(view, row),
    }, unit=view.numbers.plain_scale.name)  # fmt: skip
    return together(shown, paragraph(note, "note") if none and kept else None)


def why_no_settlement(view: View) -> str:
    """Say that nothing was supplied to settle by, or what is blank in the rows that were."""
    rows = view.own(SettlementInput, year=view.year)
    blank = [column for column in WAYS if all(not getattr(row, column) for row in rows)]
    if not rows:
        return view.messages.say("none.settlement")
    schemes = dict.fromkeys(view.messages.code("scheme.", row.scheme) for row in rows)
    return view.messages.say(
        "none.settlement_lacking",
        year=view.year,
        schemes=view.messages.listed(schemes),
        columns=view.messages.listed(
            view.messages.say(f"none.settlement_lacking.{column}") for column in blank or WAYS
        ),
    )


def steps_of(view: View) -> list[SettlementStepRow]:
    """Return the steps of the unit's settlement by scheme, in the order of the arithmetic."""
    order = {item: place for place, item in enumerate(FIRST)}
    order |= {item: place for place, item in enumerate(LAST, start=len(FIRST) + 1)}
    return sorted(
        view.own(SettlementStepRow),
        key=lambda row: (SCHEMES.index(row.scheme), order.get(row.item, len(FIRST)), row.item),
    )


def amount_or_why(view: View, row: SettlementStepRow) -> str:
    """Return the amount of a step, or why there is none."""
    if not row.lacking:
        return view.numbers.cents(row.amount)
    message = "settlement.already" if row.lacking in ALREADY else "settlement.lacking"
    return view.messages.say(message, name=what_lacks(view, row.lacking))


def what_lacks(view: View, code: str) -> str:
    """Name what a step lacks: a column, what a parameter names, or the way that settles it."""
    if code in KNOWN:
        name = view.messages.code("parameter.", code)
        return view.messages.say("lacking.parameter", name=name)
    return view.messages.code("lacking.", code)


def settlement_item(view: View, item: str) -> str:
    """Return the name of a step of settlement."""
    name, _, band = item.partition("overrun_band_")
    return (
        view.messages.say("settlement.overrun_band", band=band)
        if band
        else view.messages.say(f"settlement.{name}")
    )
