"""What each fund took in, spent and holds by year, as 财社〔2022〕65号 has it evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.tables.view_table import LESS, PART, TOTAL, Adds, table, why_missing
from fundeval.report.unit_view import SCHEMES, View
from fundeval.results.rows import FundInput

# How each column counts towards the closing balance.
PARTS = {
    "opening": PART,
    "income": PART,
    "transfer_in": PART,
    "expenditure": LESS,
    "transfer_out": LESS,
}
MADE_OF = Adds[FundInput](columns={**PARTS, "closing": TOTAL})
# An amount is told in whole 分.
FEN = 2


def fund_accounts(view: View) -> Html | None:
    """Return income, expenditure, transfers, balance of the year and closing balance by scheme.

    Funds are never summed over schemes: a surplus of one does not cover another.
    """
    if view.unit.kind != "region":
        return None
    rows = sorted(view.own(FundInput), key=lambda row: (SCHEMES.index(row.scheme), row.year))
    rows = [row for row in rows if row.year <= view.year]
    if not rows:
        return why_missing(view, "fund_accounts")

    def amount(column: str, row: FundInput) -> str:
        return view.numbers.amount(getattr(row, column))

    shown = [
        column
        for column in PARTS
        if not column.startswith("transfer") or any(getattr(row, column) for row in rows)
    ]
    listed = table(view, "fund_accounts", rows, {
        "scheme": lambda row: f"{view.messages.code('scheme.', row.scheme)} {row.year}",
        **{column: partial(amount, column) for column in shown},
        "year_balance": lambda row: view.numbers.amount(balance_of(row), sign=True),
        "closing": lambda row: view.numbers.amount(row.closing),
    }, MADE_OF, formula=_formula(view, shown))  # fmt: skip
    left_out = view.messages.listed(_title(view, column) for column in PARTS if column not in shown)
    notes = [
        *([view.messages.say("fund_accounts.no_transfers", columns=left_out)] if left_out else []),
        view.messages.say("fund_accounts.each_fund_alone"),
    ]
    return together(
        listed,
        *(paragraph(line, "note") for line in _differences(view, rows)),
        *(paragraph(note, "note") for note in notes),
    )


def _title(view: View, column: str) -> str:
    return view.messages.say(f"column.{column}")


def _formula(view: View, shown: Sequence[str]) -> str:
    """Return how the columns of the table lead to the closing balance, as far as they are there."""
    first, *others = sorted(shown, key=lambda column: PARTS[column] == LESS)
    signs = {PART: "+", LESS: "−"}
    parts = [f"{signs[PARTS[column]]} {_title(view, column)}" for column in others]
    return " ".join([_title(view, first), *parts, "=", _title(view, "closing")])


def balance_of(row: FundInput) -> float | None:
    """Return what a fund gained in a year, transfers included; None where a part is missing.

    Examples
    --------
    >>> fund = FundInput._make([None] * len(FundInput._fields))
    >>> balance_of(fund._replace(income=10.0, expenditure=7.5, transfer_out=1.0))
    1.5
    >>> balance_of(fund._replace(income=10.0)) is None
    True
    """
    if row.income is None or row.expenditure is None:
        return None
    moved = (row.transfer_in or 0.0) - (row.transfer_out or 0.0)
    return round(row.income - row.expenditure + moved, FEN)


def _differences(view: View, rows: list[FundInput]) -> list[str]:
    """Say of each fund and year by how much it misses its closing balance, or what is missing."""
    lines = []
    for row in rows:
        stated = {"scheme": view.messages.code("scheme.", row.scheme), "year": row.year}
        balance = balance_of(row)
        if row.opening is None or row.closing is None or balance is None:
            lines.append(view.messages.say("fund_accounts.unknown", **stated))
            continue
        rest = round(row.closing - row.opening - balance, FEN)
        if rest:
            amount = view.numbers.money(rest, sign=True)
            lines.append(view.messages.say("fund_accounts.differs", **stated, amount=amount))
    return lines
