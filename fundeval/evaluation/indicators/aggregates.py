"""The sums that indicators are made of, over rows of the tables."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from fundeval.evaluation.inputs import (
    KEY,
    Inputs,
    add_up,
    add_up_with_all,
    ancestors,
)
from fundeval.indicator_registry import DEFINITIONS, DERIVED_COLUMNS, Amount
from fundeval.money import to_yuan
from fundeval.policy import Rules
from fundeval.tables.schemas import TABLES, columns_of, columns_of_role


def _list_summed_columns() -> dict[str, list[str]]:
    """Return the columns that indicators sum by table: given ones as in files, then derived."""
    summed: dict[str, set[str]] = {}
    for definition in DEFINITIONS:
        for amount in filter(None, (definition.numerator, definition.denominator)):
            volume = {definition.volume} - {""} if amount is definition.denominator else set()
            summed.setdefault(amount.table, set()).update(amount.plus, amount.minus, volume)
    known = {name: [*columns_of(name)] for name in TABLES}
    return {
        table: [name for name in (*known.get(table, ()), *DERIVED_COLUMNS) if name in columns]
        for table, columns in summed.items()
    }


SUMMED_COLUMNS = _list_summed_columns()


@dataclass
class Sums:
    """The tables with what is derived from them, and the sums already computed."""

    tables: dict[str, pd.DataFrame]
    units: pd.DataFrame
    rules: Rules
    known: dict[tuple[object, ...], pd.DataFrame] = field(default_factory=dict)

    def rows(self, amount: Amount, by_scheme: bool) -> pd.DataFrame:
        """Return the sums of an amount: `SUMMED_COLUMNS`, `basis`; a row a unit, year and scheme.

        Over all schemes there is a further row `all`, unless schemes are kept apart. `kind` is
        that of the unit, missing where it does not exist in the evaluated year.
        """
        key = (amount.table, tuple(sorted(amount.where.items())), by_scheme)
        if key not in self.known:
            rows = filter_rows(self.tables[amount.table], amount, self.rules)
            adder = add_up if by_scheme else add_up_with_all
            sums = adder(rows, KEY, SUMMED_COLUMNS[amount.table])
            kinds = self.units.set_index("unit_id")["kind"]
            self.known[key] = sums.assign(kind=sums["unit_id"].map(kinds))
        return self.known[key]

    def total(self, amount: Amount, by_scheme: bool) -> pd.Series:
        """Return the amount of each of its `rows`, money in 元; missing where a part is."""
        rows = self.rows(amount, by_scheme)
        total = rows[amount.plus[0]]
        for column in amount.plus[1:]:
            total = total + rows[column]
        for column in amount.minus:
            total = total - rows[column]
        figure = to_yuan(total) if amount.plus[0] in amounts_of(amount.table) else total
        return figure / amount.divisor


def amounts_of(table: str) -> list[str]:
    """Return the columns of a table, given or derived, that hold amounts in whole 分."""
    given = columns_of_role(table, "money") if table in TABLES else []
    derived = [c.name for c in DERIVED_COLUMNS.values() if c.table == table and c.is_money]
    return [*given, *derived]


def filter_rows(table: pd.DataFrame, amount: Amount, rules: Rules) -> pd.DataFrame:
    """Return the rows of the table that an amount is summed over."""
    for column, code in amount.where.items():
        codes = rules.value(code[1:]) if code.startswith("@") else (code,)
        table = table[table[column].isin(codes)]
    return table


def prepare_sums(inputs: Inputs, rules: Rules) -> Sums:
    """Return the tables up to the evaluated year with the columns that rules speak of.

    `yearly_budget`: the adjusted budget of the year, once for each month reported;
    `weighted_visits`: visits × case-mix index; `balance` and `yearly_spending`: what the
    policy counts for payable months; `institutions`: settled hospitals of each region, and
    those paid more than their fee for service.
    """
    adjusted = inputs.monthly.merge(
        inputs.budgets[[*KEY, "adjusted"]], on=KEY, how="left", validate="many_to_one"
    )["adjusted"]
    services = inputs.services
    funds = inputs.funds[inputs.funds["year"] <= inputs.year]
    with_accounts = rules.value("payable_months_balance") == "with_personal_accounts"
    with_transfers = rules.value("payable_months_spending") == "with_transfers_out"
    tables = {
        "budgets": inputs.budgets,
        "monthly": inputs.monthly.assign(yearly_budget=adjusted.array),
        "services": services.assign(weighted_visits=services["visits"] * services["case_mix"]),
        "funds": funds.assign(
            balance=funds["closing"] + (funds["personal_closing"] if with_accounts else 0),
            yearly_spending=funds["expenditure"] + (funds["transfer_out"] if with_transfers else 0),
        ),
        "settlements": inputs.settlements,
        "institutions": _institutions(inputs.units, inputs.settlements),
    }
    return Sums(tables, inputs.units, rules)


def _institutions(units: pd.DataFrame, settlements: pd.DataFrame) -> pd.DataFrame:
    hospitals = units.loc[units["kind"] == "hospital", "unit_id"]
    settled = settlements[settlements["unit_id"].isin(hospitals)]
    settled = settled.dropna(subset=["paid", "fee_for_service"])
    settled = add_up_with_all(settled, KEY, ["paid", "fee_for_service"])
    positive = (settled["paid"] > settled["fee_for_service"]).astype("float64")
    counted = settled[KEY].assign(settled=1.0, positive=positive)
    above = counted.merge(ancestors(units), on="unit_id", validate="many_to_many").drop(
        columns="unit_id"
    )
    return above.rename(columns={"ancestor_id": "unit_id"})
