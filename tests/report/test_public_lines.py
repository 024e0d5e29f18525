"""Totals whose parts lie not just below them, or in other rows: no subtraction tells a hidden one.

Each test takes what is published of the parts from what is published of a total.
"""

from dataclasses import replace

import pandas as pd
import pytest

from fundeval.report.public.disclosure import disclose
from fundeval.report.public.lines import Place, lines_of
from tests.report.test_public import TERMS, YEAR, build

CITY, COUNTIES, SECRET = "01", ["C1", "C2"], 40.0
ABOUT = {"year": YEAR, "policy": {"parameters": []}}
# H0's residents were 3: it and H2 lie in C1, H1 in C2.
HOSPITALS = [
    ((5000.0, 90), (SECRET, 3)), ((7000.0, 80), (6000.0, 70)), ((300.0, 60), (900.0, 50)),
]  # fmt: skip


@pytest.fixture
def places():
    """The city of `build`, whose parts make up their totals exactly."""
    return build(HOSPITALS, (0.0, 0.0), ABOUT)


def without_rows(evaluation, unit_ids, schemes=("employee", "resident", "all")):
    rows = evaluation.indicators
    gone = rows["unit_id"].isin(unit_ids) & rows["scheme"].isin(list(schemes))
    return replace(evaluation, indicators=rows[~gone])


def left_of(disclosed, total, kind, column="executed"):
    """Return what a published total leaves beside all published amounts of the units below."""
    table = disclosed.tables["balance" if column == "expenditure" else "execution"][column]
    if pd.isna(table[total]):
        return None
    schemes = ["employee", "resident"] if total[1] == "all" else [total[1]]
    shown = [
        amount
        for (unit_id, scheme), amount in table.dropna().items()
        if unit_id.startswith(kind) and scheme in schemes
    ]
    return round(table[total] - sum(shown), 2)


def test_a_level_without_figures_links_the_hospitals_to_the_city(places):
    """The counties have no budgets: 6 940.00 of the city's residents less 6 000 and 900 is 40."""
    disclosed = disclose(without_rows(places, COUNTIES), TERMS)
    for scheme in ("resident", "all"):
        assert left_of(disclosed, (CITY, scheme), "H") != SECRET


@pytest.mark.parametrize("alliances", ["with figures", "without"])
def test_hospitals_of_an_alliance_that_is_not_published_are_parts_of_the_city(places, alliances):
    kinds = places.units["kind"].where(~places.units["unit_id"].isin(COUNTIES), "alliance")
    made = replace(places, units=places.units.assign(kind=kinds))
    disclosed = disclose(
        made if alliances == "with figures" else without_rows(made, COUNTIES), TERMS
    )
    assert not set(COUNTIES) & {unit for unit, _ in disclosed.tables["execution"].index}
    assert left_of(disclosed, (CITY, "resident"), "H") != SECRET


def test_hospitals_are_parts_of_the_city_where_counties_are_counted_otherwise(places):
    """C1 and C2 spend on their people wherever they go, hospitals on whoever comes: both make up
    the city, and the hospitals of neither county make up the county."""
    rows = places.indicators.set_index(["unit_id", "scheme"])
    for scheme in ("employee", "resident", "all"):
        rows.loc[("C1", scheme), "numerator"] += 1000.0
        rows.loc[("C2", scheme), "numerator"] -= 1000.0
    made = replace(places, indicators=rows.reset_index())
    disclosed = disclose(made, TERMS)
    assert left_of(disclosed, (CITY, "resident"), "C") == 0
    assert left_of(disclosed, (CITY, "resident"), "H") != SECRET


@pytest.mark.parametrize(("city", "counties"), [("all", "schemes"), ("schemes", "all")])
def test_funds_of_all_schemes_are_made_up_of_schemes_below(places, city, counties):
    """The city keeps one account for all schemes, its counties one for each; or the other way."""
    spent = {("C1", "employee"): 5300.0, ("C1", "resident"): 940.0, ("C2", "employee"): SECRET,
             ("C2", "resident"): 6000.0}  # fmt: skip
    rows = []
    for unit, form in ((CITY, city), ("C1", counties), ("C2", counties)):
        for scheme in ("employee", "resident"):
            own = [a for (u, s), a in spent.items() if s == scheme and unit in (u, CITY)]
            rows.append((unit, scheme if form == "schemes" else "all", round(sum(own), 2)))
    fund = pd.DataFrame(rows, columns=["unit_id", "scheme", "expenditure"])
    fund = fund.groupby(["unit_id", "scheme"], as_index=False).sum()
    fund = fund.assign(year=YEAR, income=fund["expenditure"], balance=1.0)
    few = [{"unit_id": "C2", "year": YEAR, "scheme": s, "visits": 2} for s in ("employee", "all")]
    services = pd.concat([places.tables["services"], pd.DataFrame(few)])
    tables = {"services": services, "funds": fund}
    disclosed = disclose(replace(without_rows(places, [CITY, *COUNTIES]), tables=tables), TERMS)
    table = disclosed.tables["balance"]["expenditure"]
    small = ("C2", "employee" if counties == "schemes" else "all")
    assert pd.isna(table[small])
    # Another one is hidden beside it.
    assert table.isna().sum() > 1


def test_what_a_fund_spent_stands_for_what_was_executed(places):
    """C1 has no budgets but a fund, which spent what its hospitals executed: 5 300 and 940."""
    made = without_rows(places, [CITY, *COUNTIES])
    disclosed = disclose(made, TERMS)
    fund, spent = (
        disclosed.tables[n][c] for n, c in (("balance", "expenditure"), ("execution", "executed"))
    )
    told = fund["C1", "resident"] - spent["H2", "resident"]
    assert pd.isna(told) or round(told, 2) != SECRET


def test_a_part_belongs_to_the_nearest_total_that_has_the_figure():
    """B's hospital is a part of the city, for B has no figure; A's is one of A."""
    kinds = {"C": ("region", None), "A": ("region", "C"), "B": ("region", "C"),
             "HA": ("hospital", "A"), "HB": ("hospital", "B")}  # fmt: skip
    places = {unit: Place(kind, above, unit) for unit, (kind, above) in kinds.items()}
    keys = [(unit, "employee") for unit in kinds if unit != "B"]
    lines = {
        (line.unit_id, tuple(unit for unit, _ in line.parts))
        for line in lines_of(keys, places)
        if line.total and not line.supposed
    }
    assert lines == {("C", ("A",)), ("C", ("HB",)), ("C", ("A", "HB")), ("A", ("HA",))}
