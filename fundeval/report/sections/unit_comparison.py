"""Units in rows: a table of children, rankings, a heat map and a funnel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import inf
from operator import itemgetter
from typing import Any

from fundeval.report.charts import peer_comparison
from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.format.numbers import missing
from fundeval.report.pages.unit_table import Cell, ListedUnit, Listing
from fundeval.report.tables.view_table import applies, table, why_missing
from fundeval.report.unit_view import ALL, View
from fundeval.results.rows import IndicatorRow, ScoreRow

MOST_RANKED = 300
# What the funnel of the units below shows.
FUNNEL = "exam_share"


def children(view: View) -> Html | None:
    """Return the units one level down, the lowest score first, those not judged last."""
    listing = Listing(view)
    ids = [unit.unit_id for unit in view.children]
    rows = listing.units.loc[ids].rename_axis("unit_id").reset_index()
    rows = rows.sort_values(["score", "execution", "unit_id"])
    return _table(listing, "children", rows["unit_id"]) if ids else None


def regions(view: View) -> Html:
    """Return all regions, the best score first, those not judged last."""
    return _ranking(view, "region")


def hospitals(view: View) -> Html:
    """Return all hospitals, the best score first, those not judged last."""
    return _ranking(view, "hospital")


def heat(view: View) -> Html | None:
    """Return the heat map of points one level down, of the kind that is most common there."""
    kinds = Counter(unit.kind for unit in view.children)
    if not kinds or view.has_no_root:
        return None
    kind = max(sorted(kinds), key=kinds.__getitem__)
    names = {unit.unit_id: unit.name for unit in view.children if unit.kind == kind}
    scores = [row for row in view.rows(ScoreRow) if row.unit_id in names]
    scores.sort(key=lambda row: (-row.max, row.indicator))
    shares: list[tuple[float, str, dict[str, float | None]]] = []
    for unit_id in sorted({row.unit_id for row in scores}):
        own = [row for row in scores if row.unit_id == unit_id]
        points = {
            view.messages.indicator(row.indicator): row.points / row.max
            if row.points is not None
            else None
            for row in own
        }
        known = [row for row in own if row.points is not None]
        most = sum(row.max for row in known)
        # What cannot be judged at all comes last.
        whole = sum(row.points or 0 for row in known) / most if most else inf
        shares.append((whole, names[unit_id], points))
    if all(row.points is None for row in scores):
        return why_missing(view, "heat", (r for r in view.rows(ScoreRow) if r.unit_id in names))
    order = [
        view.messages.indicator(name) for name in dict.fromkeys(row.indicator for row in scores)
    ]
    # Of equal ones by id, not by the name, which differs between languages.
    lowest = [(name, points) for _, name, points in sorted(shares, key=itemgetter(0))]
    return peer_comparison.score_heat(view, lowest, order, kind)


def funnel(view: View) -> Html | None:
    """Return the funnel of the units below: a share against the volume that it rests on."""
    names = {unit.unit_id: unit.name for unit in view.parts}
    rows = view.rows(IndicatorRow, year=view.year, scheme=ALL)
    volumes = {r.unit_id: r.denominator for r in rows if r.indicator == "inpatient_cost"}
    points = [
        (names[row.unit_id], volume, row.value)
        for row in sorted(rows, key=lambda row: row.unit_id)
        if row.indicator == FUNNEL and row.unit_id in names
        and row.value is not None and (volume := volumes.get(row.unit_id))
    ]  # fmt: skip
    centre = view.value(FUNNEL, view.year)
    if names and (centre is None or not points) and applies(view, [FUNNEL]):
        return why_missing(view, "funnel", view.own(IndicatorRow, indicator=FUNNEL, year=view.year))
    if centre is None or not points:
        return None
    return peer_comparison.funnel(view, FUNNEL, centre, points)


def _ranking(view: View, kind: str) -> Html:
    listing = Listing(view)
    rows = listing.units[listing.units["kind"] == kind]
    rows = rows.sort_values(["score", "unit_id"], ascending=[False, True])
    stated = {"kind": view.messages.code("kind.", kind), "count": len(rows)}
    ranked = _table(listing, "ranking", rows.index[:MOST_RANKED], **stated)
    if len(rows) <= MOST_RANKED:
        return ranked
    return together(
        ranked, paragraph(view.messages.say("ranking.left_out", count=len(rows) - MOST_RANKED))
    )


def _table(listing: Listing, name: str, ids: Iterable[str], **values: Any) -> Html:
    view = listing.view
    rows = [(unit, listing.cells(unit)) for unit in listing.listed(ids)]

    def next_budget(row: tuple[ListedUnit, dict[str, Cell]]) -> str:
        if missing(row[0].next_budget):
            return view.messages.cannot(row[0].reason)
        return view.numbers.money(row[0].next_budget)

    # A department has a state, other units a number of restricted departments.
    alone = {view.at(row[0].unit_id).unit.kind for row in rows} == {"department"}
    return table(view, name, rows, {
        "unit": lambda row: view.link(row[0].unit_id),
        "grade": lambda row: row[1]["grade"].text,
        "score": lambda row: row[1]["score"].text,
        "execution": lambda row: row[1]["execution"].text,
        "state" if alone else "restricted": lambda row: row[1]["restriction"].text,
        "next_budget": next_budget,
        "change": lambda row: row[1]["change"].text,
    }, **values)  # fmt: skip
