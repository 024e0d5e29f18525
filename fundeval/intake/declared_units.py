"""Compare figures with the unit that is declared for them, with other years and with peers.

A share written as a percent number, 65 for 65 %, is a valid number: only what is usual tells it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fundeval.intake.shown_numbers import percent_text, times_text
from fundeval.policy import Policy
from fundeval.tables.parsing.parsed_table import ParsedTable

# A share above this is a percent number rather than more than one and a half of a whole.
MOST_OF_A_WHOLE = 1.5
# A percent number is a hundred times the share, give or take what places and years differ by.
HUNDREDFOLD = (30, 300)
# What a rate of a column usually lies in; beyond it a percent number or a slip is likelier.
USUAL: dict[tuple[str, str], tuple[float, float]] = {
    ("context", "gdp_growth"): (-0.25, 0.25),
    ("context", "cpi"): (-0.05, 0.1),
    ("context", "aged_share"): (0.02, 0.6),
    ("context", "technology_growth"): (-0.3, 0.3),
    ("context", "reserve_rate"): (0, 0.2),
    ("context", "budget_float"): (-0.1, 0.1),
    ("projects", "achievement"): (0, 3),
}
# How many there are, and what they cost: one of each costs about the same among peers.
COUNTED = {
    "services": ("visits", "cost", ("scheme", "setting")),
    "funds": ("insured", "expenditure", ("scheme",)),
    "settlements": ("cases", "fee_for_service", ("scheme",)),
}
# Ten thousand persons for one person, or 元 for 万元, less what places differ by.
UNIT_SLIP = 1_000
# So many peers make what is usual among them.
PEERS = 4
Place = tuple[ParsedTable, str, object, str, Mapping[str, object]]


def units_of_measures(policy: Policy) -> dict[str, str]:
    """Return the unit that a policy declares for each supplied measure it scores.

    Examples
    --------
    >>> from fundeval import policy
    >>> units_of_measures(policy.load("national"))["satisfaction"]
    'fraction'
    """
    scored = {**policy.indicators}
    for card in policy.scorecards.values():
        scored |= card.indicators
    return {
        name: entry.unit_of_measure or "fraction"
        for name, entry in scored.items()
        if name not in policy.definitions
    }


def against_declared_units(
    tables: Mapping[str, ParsedTable], units: Mapping[str, str]
) -> Iterator[Place]:
    """Yield each figure that does not agree with its unit: table, rule, row, column, values.

    Parameters
    ----------
    tables
        The tables of a data set, money in 元.
    units
        Measure -> unit, as from `units_of_measures`; other measures are compared with
        themselves alone.
    """
    if "measures" in tables:
        yield from _percent_numbers(tables["measures"], units)
    for (name, column), (least, most) in USUAL.items():
        table = tables.get(name)
        if table is None or column not in table.layout.columns:
            continue
        rates = table.frame[column]
        for row in rates.index[(rates < least) | (rates > most)]:
            values = {
                "percent": percent_text(rates[row]),
                "least": f"{least:.0%}",
                "most": f"{most:.0%}",
            }
            yield table, "slip.unusual_rate", row, column, values
    for name, (count, cost, around) in COUNTED.items():
        if name in tables and {count, cost} <= set(tables[name].layout.columns):
            yield from _beside_peers(tables[name], count, cost, around)


def _percent_numbers(measures: ParsedTable, units: Mapping[str, str]) -> Iterator[Place]:
    frame = measures.frame
    declared = frame["measure"].map(units)
    for column in ("value", "baseline"):
        if column not in measures.layout.columns:
            continue
        figures = frame[column]
        whole = (declared == "fraction") & (figures.abs() > MOST_OF_A_WHOLE)
        # Without a declared unit the others of the same measure must all be shares.
        shares = figures.where(figures.abs() <= 1)
        usual = shares.groupby(frame["measure"], dropna=False).transform("median")
        most = shares.notna().groupby(frame["measure"], dropna=False).transform("mean") > 0.5
        least, largest = HUNDREDFOLD
        times = figures / usual
        beside = declared.isna() & most & (figures > 1) & times.between(least, largest)
        for row in frame.index[(whole | beside).fillna(False)]:
            yield (
                measures,
                "slip.percent_number",
                row,
                column,
                {"percent": percent_text(figures[row])},
            )


def _beside_peers(
    table: ParsedTable, count: str, cost: str, around: tuple[str, ...]
) -> Iterator[Place]:
    """Yield counts that make one of them cost a thousand times what it costs among peers."""
    frame = table.frame
    figures = frame[[count, cost]].astype("float64")
    each = (figures[cost] / figures[count]).where((figures > 0).all(axis="columns"))
    peers = each.groupby([frame[name] for name in around], dropna=False)
    usual, there = peers.transform("median"), peers.transform("count")
    times = each / usual
    far = (there >= PEERS) & ((times >= UNIT_SLIP) | (times <= 1 / UNIT_SLIP))
    for row in frame.index[far.fillna(False)]:
        yield table, "slip.per_head", row, count, {"times": times_text(times[row])}
