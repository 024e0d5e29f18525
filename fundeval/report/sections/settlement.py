"""The settlement of the year, and how the members of an alliance share in it."""

from __future__ import annotations

from functools import partial

from fundeval.report.format.html_fragments import Html
from fundeval.report.tables.view_table import bullets, table, why_missing
from fundeval.report.unit_view import SCHEMES, View, sum_rows
from fundeval.results.rows import SettlementStepRow

# Settled by number × money, not by money × share.
PER_PIECE = ("points_payable", "outcome_pay")


def alliance(view: View) -> Html | None:
    """Return whether the alliance has a package budget, and why."""
    if view.unit.kind != "alliance":
        return None
    unified = "six_unified" in str(view.unit.flags)
    needed = view.policy.parameters["alliance_gate"]["value"] == "precondition"
    return bullets(view, "alliance", [
        view.messages.say("alliance.members", count=len(view.children)),
        view.messages.say("alliance.unified" if unified else "alliance.not_unified"),
        view.messages.cited("alliance_gate"),
        view.messages.say("alliance.package" if unified or not needed else "alliance.no_package"),
    ])  # fmt: skip


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
        known["", scheme, item] = sum_rows(of_members, ["amount"])

    def amount(item: str, key: tuple[str, str]) -> str:
        row = known.get((*key, item))
        return view.numbers.cents(row and row.amount)

    keys = sorted({key[:2] for key in known}, key=lambda key: (not key[0], key[1], key[0]))
    return table(view, "inside", keys, {
        "unit": lambda key: view.name(key[0]) if key[0] else view.messages.say("report.total"),
        "scheme": lambda key: view.messages.code("scheme.", key[1]),
        "balance": partial(amount, "balance"),
        "award": partial(amount, "alliance_award"),
    })  # fmt: skip


def settlement(view: View) -> Html:
    """Return the settlement, band by band: the balance first, then what follows from it."""
    order = {"balance": 0, "surplus_award": 1}
    rows = sorted(
        view.own(SettlementStepRow),
        key=lambda row: (SCHEMES.index(row.scheme), order.get(row.item, 2), row.item),
    )
    return table(view, "settlement", rows, {
        "scheme": lambda row: view.messages.code("scheme.", row.scheme),
        "item": lambda row: settlement_item(view, row.item),
        "base": lambda row: view.numbers.cents(row.base),
        "rate": lambda row: view.numbers.number(row.rate, 4) if row.item in PER_PIECE
                            else view.numbers.percent(row.rate),
        "amount": lambda row: view.messages.say(
            "settlement.lacking", name=view.messages.code("parameter.", row.lacking)
        ) if row.lacking else view.numbers.cents(row.amount),
    })  # fmt: skip


def settlement_item(view: View, item: str) -> str:
    """Return the name of a step of settlement."""
    name, _, band = item.partition("overrun_band_")
    return (
        view.messages.say("settlement.overrun_band", band=band)
        if band
        else view.messages.say(f"settlement.{name}")
    )
