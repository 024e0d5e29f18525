"""The sums that indicators are made of, over rows of the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from fundeval.arrays import Floats, Whole, number_sets
from fundeval.evaluation.cells import Cells, as_texts, is_among
from fundeval.evaluation.inputs import Inputs
from fundeval.indicator_columns import columns_that_add_up, summed_columns
from fundeval.indicator_registry import Amount, Definition
from fundeval.money import to_yuan
from fundeval.policy import Rules
from fundeval.tables.hierarchy import ancestors
from fundeval.tables.schemas import ALL_SCHEMES

# Tables from which nothing is derived.
ADDED_AS_GIVEN = ("settlements", "disease_groups", "refills", "populations", "screening")


@dataclass
class Sums:
    """The tables with what is derived from them, and the sums already computed."""

    tables: dict[str, pd.DataFrame]
    cells: Cells
    rules: Rules
    columns: Mapping[str, list[str]]
    known: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def rows(self, amount: Amount, by_scheme: bool) -> pd.DataFrame:
        """Return the sums of an amount by cell: the `columns` of its table, `basis`.

        Over all schemes there is a further row `all`, unless schemes are kept apart.
        """
        key = (amount.table, tuple(sorted(amount.where.items())), by_scheme)
        if key not in self.known:
            rows = filter_rows(self.tables[amount.table], amount, self.rules)
            sums = add_up(rows, self.columns[amount.table], self.cells)
            self.known[key] = sums if by_scheme else add_over_schemes(sums, self.cells)
        found: pd.DataFrame = self.known[key]
        return found

    def total(self, amount: Amount, by_scheme: bool) -> pd.Series:
        """Return the amount of each of its `rows`, money in 元; missing where a part is."""
        key = (repr(amount), by_scheme)
        if key not in self.known:
            rows = self.rows(amount, by_scheme)
            total = rows[amount.plus[0]]
            for column in amount.plus[1:]:
                total = total + rows[column]
            for column in amount.minus:
                total = total - rows[column]
            is_money = columns_that_add_up(amount.table)[amount.plus[0]]
            figure = to_yuan(total) if is_money else total.astype("float64")
            self.known[key] = figure / amount.divisor
        found: pd.Series = self.known[key]
        return found

    def denominators(self, definition: Definition, cell: Whole) -> Floats:
        """Return what an indicator divides by in each cell; 1 for a total."""
        if definition.denominator is None:
            return np.ones(len(cell))
        total = self.total(definition.denominator, definition.by_scheme)
        found: Floats = total.reindex(cell).to_numpy()
        return found


def add_up(table: pd.DataFrame, columns: list[str], cells: Cells) -> pd.DataFrame:
    """Return the sums of `columns` by cell, missing where a part is, and their `basis`.

    `basis` numbers the set of different bases of the parts. Rows are added up in their order.
    """
    cell = cells.of(table)
    sums = table.groupby(cell, dropna=True)[columns].sum(skipna=False)
    bases = table["basis"].fillna("") if "basis" in table else pd.Series("", table.index)
    return sums.assign(basis=number_sets(cell, pd.factorize(bases)[0]))


def add_over_schemes(sums: pd.DataFrame, cells: Cells) -> pd.DataFrame:
    """Return the sums of `add_up`, and those over all schemes.

    A unit and year that was submitted for all schemes together keeps that row. `basis` numbers
    what schemes with what bases were added up: two years are comparable only where it is the same.
    """
    count, overall = len(cells.schemes), cells.over_all
    cell = sums.index.to_numpy()
    scheme = cell % count
    over_all = cell - scheme + overall
    parts = ~np.isin(over_all, cell[scheme == overall])
    added = (
        sums[parts].drop(columns="basis").groupby(over_all[parts], dropna=True).sum(skipna=False)
    )
    sets = number_sets(over_all[parts], (sums["basis"].to_numpy() * count + scheme)[parts])
    apart = sums["basis"].max() + 1 if len(sums) else 0
    return pd.concat([sums, added.assign(basis=sets + apart)]).sort_index()


def filter_rows(table: pd.DataFrame, amount: Amount, rules: Rules) -> pd.DataFrame:
    """Return the rows of the table that an amount is summed over."""
    for column, codes in amount.conditions(rules.value):
        table = table[table[column].isin(codes)]
    return table


def prepare_sums(inputs: Inputs, rules: Rules) -> Sums:
    """Return the tables up to the evaluated year with the columns that rules speak of.

    `yearly_budget`: the adjusted budget of the year, once for each month reported;
    `weighted_visits`: visits × case-mix index; `balance` and `yearly_spending`: what the
    policy counts for payable months; `institutions`: settled hospitals of each region, and
    those paid more than their fee for service. Measures hold for all schemes together.
    """
    services = inputs.services
    adjusted = inputs.look_up(inputs.budgets, "adjusted", inputs.monthly)
    measures, context = (t[t["year"] <= inputs.year] for t in (inputs.measures, inputs.context))
    funds = inputs.funds[inputs.funds["year"] <= inputs.year]
    with_accounts = rules.value("payable_months_balance") == "with_personal_accounts"
    with_transfers = rules.value("payable_months_spending") == "with_transfers_out"
    tables = {
        "budgets": inputs.budgets,
        "monthly": inputs.monthly.assign(yearly_budget=adjusted),
        "services": services.assign(weighted_visits=services["visits"] * services["case_mix"]),
        "funds": funds.assign(
            balance=funds["closing"] + (funds["personal_closing"] if with_accounts else 0),
            yearly_spending=funds["expenditure"] + (funds["transfer_out"] if with_transfers else 0),
        ),
        "supervision": inputs.supervision,
        "institutions": _institutions(inputs),
        "measures": measures.assign(scheme=ALL_SCHEMES),
        "context": context,
        **{name: getattr(inputs, name) for name in ADDED_AS_GIVEN},
    }
    return Sums(tables, inputs.cells, rules, summed_columns(rules.definitions.values()))


def _institutions(inputs: Inputs) -> pd.DataFrame:
    """Return a row for each settled hospital and region above it: `positive` where it gained."""
    units, settled = inputs.units, inputs.settlements
    hospitals = units.loc[units["kind"] == "hospital", "unit_id"]
    settled = settled[is_among(settled["unit_id"], hospitals)].dropna(
        subset=["paid", "fee_for_service"]
    )
    sums = add_up(settled, ["paid", "fee_for_service"], inputs.cells)
    sums = add_over_schemes(sums, inputs.cells)
    positive = (sums["paid"] > sums["fee_for_service"]).astype("float64")
    counted = as_texts(inputs.cells.keys(sums.index.to_numpy()))
    counted = counted.assign(settled=1.0, positive=positive.to_numpy())
    above = counted.merge(ancestors(units), on="unit_id", validate="many_to_many")
    return above.drop(columns="unit_id").rename(columns={"ancestor_id": "unit_id"})
