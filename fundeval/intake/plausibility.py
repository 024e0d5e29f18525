"""Find probable slips: figures that are valid but do not agree with those around them.

A slip is a warning: it does not keep a data set from being used, as the figure may be right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from fundeval.intake.above_all_measure import above_all_measure
from fundeval.intake.declared_units import against_declared_units
from fundeval.intake.example_rows import example_figures
from fundeval.intake.outside_period import outside_period
from fundeval.intake.shown_numbers import times_text
from fundeval.intake.typed_values import with_typed_values
from fundeval.intake.unit_dates import against_unit_dates
from fundeval.problems import Problem
from fundeval.tables import Examination
from fundeval.tables.cells import MONEY_UNITS
from fundeval.tables.checks.row_labels import add_row_keys
from fundeval.tables.checks.zeros import YEARLY, zeros_at_ends, zeros_taken_as_missing
from fundeval.tables.parsing.parsed_table import ParsedTable
from fundeval.tables.schemas import ALL_SCHEMES, Role, columns_of_role, key_of

# 元 written for 万元 differs by 10 000, give or take what a year or a neighbour differs by.
UNIT_SLIP = 2_000
# A decimal point that slipped makes a power of ten, in decades less or more a year's change.
NEAR = 0.1
# So many years must stand beside a smaller figure for it to be the one that is wrong.
BESIDE_A_SLIP = 2
# A row of which the other figures moved by half a decade is another year, not a slip.
AS_THE_ROW = 0.5
# In 元 or persons, and times: what halves or doubles so much is counted otherwise, or is wrong.
BREAK_ABOVE = 10_000
BREAK = 2.5
# Columns that may well be ten times as much the next year; balances are checked by themselves.
IRREGULAR = (
    "opening", "closing", "personal_closing", "carried_over", "transfer_in", "transfer_out",
    "deposit", "violations", "reasonable_overrun",
)  # fmt: skip
# What a basis of counting is for, by table.
SERIES = {
    "funds": ("income", "expenditure", "insured"),
    "services": ("visits", "cost", "bed_days"),
}
MONTHS = 12
OF_UNITS = ("slip.unit", "slip.tenfold", "slip.unit_of_sibling")
Tables = Mapping[str, ParsedTable]


def check_plausibility(
    found: Examination, units: Mapping[str, str] = MappingProxyType({})
) -> list[Problem]:
    """Return the probable slips of all tables, each with its cell.

    Parameters
    ----------
    found
        An examined data set; tables that could not be read are left out.
    units
        Measure -> its unit, as a policy declares it: `declared_units.units_of_measures`.
    """
    tables = {n: table.in_yuan() for n, table in found.tables.items() if not table.frame.empty}
    checks = (
        _scales, _rolling, _year_ends, _parts, _months, _schemes, _totals, _short_ids, _negative,
        _zeros, _breaks, _examples,
    )  # fmt: skip
    slips = [each for check in checks for each in check(tables)]
    for found_there in (
        against_declared_units(tables, units),
        against_unit_dates(tables),
        above_all_measure(tables),
        outside_period(tables, found.info),
    ):
        slips += [
            slip(table, rule, row, column, **v) for table, rule, row, column, v in found_there
        ]
    slips = with_typed_values(_once_each(slips), found.tables, found.sheets)
    return add_row_keys(slips, found.tables, found.sheets)


def _once_each(slips: list[Problem]) -> list[Problem]:
    """Return slips without what is told twice: a unit slip, also above the unit above."""
    unit = {(p.file, p.sheet, p.row, p.letter) for p in slips if p.rule in OF_UNITS}
    return [
        p
        for p in slips
        if p.rule != "slip.above_parent" or (p.file, p.sheet, p.row, p.letter) not in unit
    ]


def given_columns(table: ParsedTable, *roles: Role) -> list[str]:
    """Return the columns of the given roles that the file has."""
    return [name for name in columns_of_role(table.name, *roles) if name in table.layout.columns]


def _scales(tables: Tables) -> Iterator[Problem]:
    """Yield figures of another order of magnitude than other years, or than the rest of the row."""
    for table in tables.values():
        if "year" not in key_of(table.name):
            continue
        money = [name for name in given_columns(table, "money") if name not in IRREGULAR]
        positive = table.frame[[*money, *given_columns(table, "number")]].astype("float64")
        positive = positive.where(positive > 0)
        beside = positive[money].median(axis="columns")
        before, after = _of_neighbours(table, positive)
        series = _series_of(table)
        for column in map(str, positive):
            others = before.combine_first(after).drop(columns=column).median(axis="columns")
            ratios = _slipped(before[column], after[column], others, series)
            for row, ratio in ratios.items():
                rule = "slip.tenfold" if 1 / UNIT_SLIP < ratio < UNIT_SLIP else "slip.unit"
                yield slip(table, rule, row, column, times=times_text(ratio))
            if column in money:
                alone = before[column].isna() & after[column].isna()
                ratios = (positive[column] / beside)[alone]
                far = ratios[(ratios >= UNIT_SLIP) | (ratios <= 1 / UNIT_SLIP)]
                for row, ratio in far.items():
                    yield slip(table, "slip.unit", row, column, times=times_text(ratio))
        yield from _beside_siblings(table, positive[money], tables)


def _beside_siblings(
    table: ParsedTable, amounts: pd.DataFrame, tables: Tables
) -> Iterator[Problem]:
    """Yield the first amount of a unit whose least is of another order than all its siblings have.

    Siblings are the units of its kind under the same unit. One beside a single other cannot be
    told from it, and one that is much smaller may well be small.
    """
    units = tables["units"].frame.set_index("unit_id") if "units" in tables else pd.DataFrame()
    if not {"kind", "parent_id"} <= set(units):
        return
    unit_id = table.frame["unit_id"]
    spans = pd.DataFrame(
        {
            end: amounts.agg(end, axis="columns").groupby(unit_id, dropna=True).agg(end)
            for end in ("min", "max")
        }
    )
    spans = spans.join(units[["kind", "parent_id"]]).dropna()
    largest = spans.groupby(["kind", "parent_id"], dropna=True)["max"]
    of_others = largest.transform("max")
    others = largest.transform(lambda all_of_them: all_of_them.nlargest(2).iloc[-1])
    of_others = of_others.where(of_others != spans["max"], others)
    times = spans["min"] / of_others
    for each, ratio in times[(largest.transform("size") > 2) & (times >= UNIT_SLIP)].items():
        row = unit_id.index[(unit_id == each) & amounts.notna().any(axis="columns")][0]
        column = amounts.columns[amounts.loc[row].notna()][0]
        yield slip(table, "slip.unit_of_sibling", row, column, times=times_text(ratio))


def _series_of(table: ParsedTable) -> pd.Series:
    """Return a number for each row that rows of the same key but for the year share."""
    by = [table.frame[name] for name in key_of(table.name) if name != "year"]
    return table.frame.groupby(by, dropna=False).ngroup()


def _of_neighbours(table: ParsedTable, figures: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what each figure is times the one of the nearest year before, and after."""
    ordered = figures.loc[table.frame["year"].sort_values(kind="stable").index]
    series = _series_of(table).loc[ordered.index]
    earlier = ordered.groupby(series, dropna=False).ffill().groupby(series, dropna=False).shift()
    later = ordered.groupby(series, dropna=False).bfill().groupby(series, dropna=False).shift(-1)
    return (ordered / earlier).loc[figures.index], (ordered / later).loc[figures.index]


def _slipped(
    before: pd.Series, after: pd.Series, others: pd.Series, series: pd.Series
) -> pd.Series:
    """Return those figures, as times their neighbours, that a slip of the point or unit explains.

    A figure between two years must differ from both alike; one at an end of the series must not
    have moved with the rest of its row, but for a whole row in 元 for 万元, which no year explains.
    Of two years alone the larger is named.
    """
    up, from_next = _power_of_ten(before), _power_of_ten(after)
    between = (up != 0) & (up == from_next)
    first, last = before.isna() & after.notna(), before.notna() & after.isna()
    power = up.where(last, from_next)
    of_unit = power.abs() >= np.log10(UNIT_SLIP)
    moved = (np.log10(others).abs() > AS_THE_ROW).fillna(False)
    ends = (first | last) & (power != 0) & (~moved | of_unit)
    # Of two years nobody can tell which is wrong, and beside a slip its neighbours are right.
    above = between | (ends & (power > 0))
    beside = above.groupby(series, dropna=False).transform("any")
    years = (before.notna() | after.notna()).groupby(series, dropna=False).transform("sum")
    ends &= (power > 0) | (of_unit & ~beside & (years > BESIDE_A_SLIP))
    ratios: pd.Series = before.where(~first, after)[between | ends]
    return ratios


def _power_of_ten(ratios: pd.Series) -> pd.Series:
    """Return the power of ten that a ratio is near to, from 元 for 万元 on any; 0 for none."""
    logs = np.log10(ratios)
    power = logs.round()
    near = (logs - power).abs() <= NEAR
    large = logs.abs() >= np.log10(UNIT_SLIP)
    found: pd.Series = power.where(near & (power != 0), np.sign(logs) * 4 * large).fillna(0)
    return found


def _rolling(tables: Tables) -> Iterator[Problem]:
    """Yield opening balances that are not the closing balance of the previous year."""
    if "funds" not in tables or not {"opening", "closing"} <= set(tables["funds"].layout.columns):
        return
    funds = tables["funds"]
    before = funds.frame.assign(year=funds.frame["year"] + 1)[[*key_of(funds.name), "closing"]]
    now = funds.frame.reset_index(names="row").drop(columns="closing")
    # A key may be there twice: that is told elsewhere.
    both = now.merge(before, on=key_of(funds.name), validate="many_to_many").set_index("row")
    given = both["opening"] - both["closing"]
    yield from _differences(funds, "opening", given, "slip.opening", ["opening", "closing"])


def _year_ends(tables: Tables) -> Iterator[Problem]:
    """Yield closing balances that are not opening balance plus income minus expenditure."""
    if "funds" not in tables or "closing" not in tables["funds"].layout.columns:
        return
    funds = tables["funds"]
    given = funds.frame
    moved = given["transfer_in"].fillna(0) - given["transfer_out"].fillna(0)
    expected = given["opening"] + given["income"] - given["expenditure"] + moved
    involved = given_columns(funds, "money")
    yield from _differences(funds, "closing", given["closing"] - expected, "slip.closing", involved)


def _parts(tables: Tables) -> Iterator[Problem]:
    """Yield costs that are less than the sum of their parts."""
    if "services" not in tables or "cost" not in tables["services"].layout.columns:
        return
    services = tables["services"]
    for parts in (["drug_cost", "consumable_cost", "exam_cost"], ["fund_paid"]):
        present = [name for name in parts if name in services.layout.columns]
        over = services.frame[present].sum(axis="columns") - services.frame["cost"]
        over = over[over > tolerance(services, [*present, "cost"])]
        for row, amount in over.items():
            columns = ", ".join(services.layout.columns[name].header for name in present)
            yield slip(services, "slip.parts", row, "cost", parts=columns, amount=_yuan(amount))


def _months(tables: Tables) -> Iterator[Problem]:
    """Yield years whose execution is not the sum of their twelve months."""
    if not {"monthly", "budgets"} <= tables.keys():
        return
    monthly, budgets = tables["monthly"].frame, tables["budgets"]
    months = monthly.groupby(key_of(budgets.name), dropna=False)["executed"].agg(["sum", "count"])
    whole = months.loc[months["count"] == MONTHS, "sum"]
    years = budgets.frame.reset_index(names="row").set_index(key_of(budgets.name))
    both = years.join(whole, how="inner").set_index("row")
    given = both["executed"] - both["sum"]
    limit = tolerance(tables["monthly"], ["executed"]) * MONTHS
    for row, amount in given[given.abs() > limit].items():
        yield slip(budgets, "slip.months", row, "executed", amount=_yuan(amount))


def _schemes(tables: Tables) -> Iterator[Problem]:
    """Yield rows for all schemes that are not the sum of the single schemes."""
    for name in ("budgets", "funds", "settlements"):
        if name not in tables:
            continue
        table = tables[name]
        whole = table.frame[table.frame["scheme"] == ALL_SCHEMES].reset_index(names="row")
        parts = table.frame[table.frame["scheme"] != ALL_SCHEMES]
        columns = given_columns(table, "money")
        sums = (
            parts.groupby(["unit_id", "year"], dropna=False)[columns].sum(min_count=1).reset_index()
        )
        both = whole.merge(
            sums, on=["unit_id", "year"], suffixes=("", "_sum"), validate="many_to_one"
        ).set_index("row")
        for column in columns:
            given = both[column] - both[f"{column}_sum"]
            yield from _differences(table, column, given, "slip.schemes", columns)


def _totals(tables: Tables) -> Iterator[Problem]:
    """Yield rows of totals that are not the sum of the rows above them."""
    for table in tables.values():
        before = 0
        for row in table.sums.index:
            above = table.frame[table.frame.index < row]
            # A total that names its year may be that of the year.
            year = table.sums.loc[row].get("year")
            of_year = [] if pd.isna(year) else [above[above["year"] == year]]
            since = above[above.index > before]
            before = row
            for column in given_columns(table, "money", "number"):
                given = table.sums.loc[row, column]
                limit = tolerance(table, [column]) * max(1, len(above))
                sums = [rows[column].sum() for rows in (above, since, table.frame, *of_year)]
                if pd.notna(given) and all(abs(given - total) > limit for total in sums):
                    amount = _yuan(given - sums[0])
                    yield slip(table, "slip.total", row, column, amount=amount)


def _short_ids(tables: Tables) -> Iterator[Problem]:
    """Yield numeric ids shorter than most of their kind: leading zeros may be lost."""
    if "units" not in tables:
        return
    units = tables["units"]
    digits = units.frame[units.frame["unit_id"].str.fullmatch(r"\d+")]
    for _, ids in digits.groupby("kind", dropna=False)["unit_id"]:
        lengths = ids.str.len()
        usual = int(lengths.mode().iloc[0])
        if (lengths == usual).mean() > 0.5:
            for row in lengths.index[lengths < usual]:
                yield slip(units, "slip.short_id", row, "unit_id", usual=usual)


def _negative(tables: Tables) -> Iterator[Problem]:
    """Yield negative execution: an entry that cancels another may be right."""
    for name in ("budgets", "monthly"):
        if name in tables:
            executed = tables[name].frame["executed"]
            for row in executed.index[(executed < 0).fillna(False)]:
                yield slip(tables[name], "slip.negative", row, "executed")


def _zeros(tables: Tables) -> Iterator[Problem]:
    """Yield zeros beside years of large amounts, which are probably missing."""
    for name, columns in YEARLY.items():
        for column in columns if name in tables else ():
            table = tables[name]
            missing = zeros_taken_as_missing(table.frame, name, column, unit=1)
            kept = zeros_at_ends(table.frame, name, column, unit=1) & ~missing
            for rule, doubtful in (("slip.zero_between", missing), ("slip.zero_at_end", kept)):
                for row in doubtful.index[doubtful]:
                    yield slip(table, rule, row, column)


def _breaks(tables: Tables) -> Iterator[Problem]:
    """Yield figures that changed so much since the year before that they may be counted otherwise.

    Not where the basis of the two years is stated to differ, nor what is told as a slip.
    """
    for name, columns in SERIES.items():
        if name not in tables:
            continue
        table = tables[name]
        there = [column for column in columns if column in table.layout.columns]
        figures = table.frame[there].astype("float64")
        figures = figures.where(figures >= BREAK_ABOVE)
        before, after = _of_neighbours(table, figures)
        # A year without a figure lies between the two: their ratio is that of several years.
        years = pd.DataFrame({name: table.frame["year"].astype("float64") for name in there})
        years = years.where(figures.notna())
        follows = (years / _of_neighbours(table, years)[0]).round() == years - 1
        basis = table.frame["basis"].fillna("")
        series = _series_of(table)
        year = table.frame["year"].sort_values(kind="stable")
        was = basis.loc[year.index].groupby(series.loc[year.index], dropna=False).shift()
        told = basis != was.loc[basis.index].fillna("")
        for column in there:
            ratio = before[column]
            others = before.combine_first(after).drop(columns=column).median(axis="columns")
            slips = _slipped(ratio, after[column], others, series).index
            far = ((ratio >= BREAK) | (ratio <= 1 / BREAK)) & ~told & follows[column]
            far &= ~ratio.index.isin(slips)
            # Beside a slip that is told already, its neighbour is no break.
            far &= _power_of_ten(ratio) == 0
            for row, times in ratio[far.fillna(False)].items():
                yield slip(table, "slip.break", row, column, times=times_text(times))


def _examples(tables: Tables) -> Iterator[Problem]:
    """Yield rows with the figures of the template's example under another id."""
    for table in tables.values():
        for row, column in example_figures(table):
            yield slip(table, "slip.example_left", row, column)


def _differences(
    table: ParsedTable, column: str, given: pd.Series, rule: str, involved: list[str]
) -> Iterator[Problem]:
    """Yield differences beyond rounding: half of the last digit of each figure, and one more."""
    digits = [tolerance(table, [name]) for name in involved]
    limit = sum(digits) / 2 + max(digits)
    for row, amount in given[given.abs() > limit].items():
        yield slip(table, rule, row, column, amount=_yuan(amount))


def tolerance(table: ParsedTable, columns: list[str]) -> float:
    """Return the precision of the columns in 元 or as counted, from 0.01 to one money unit.

    The upper limit is there because figures may be round by chance.
    """
    fen = (table.frame[columns] * 100).round()
    most = MONEY_UNITS[table.money_unit] if columns[0] in given_columns(table, "money") else 1
    place = 1
    while place < most * 100 and ((fen % (place * 10) == 0) | fen.isna()).all(axis=None):
        place *= 10
    return place / 100


def slip(table: ParsedTable, rule: str, row: object, column: str, **values: object) -> Problem:
    """Return a slip at a cell of the table; `check_plausibility` adds the value that was typed."""
    return table.problem(rule, int(str(row)), table.layout.columns[column], **values)


def _yuan(amount: float) -> str:
    return f"{amount:,.2f}"
