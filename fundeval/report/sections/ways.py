"""Ways from a report to the others of its run: those above the unit, beside it and below it."""

from __future__ import annotations

from collections.abc import Sequence

from fundeval.report.format.html_fragments import Html, render, unit_name
from fundeval.report.unit_view import View
from fundeval.results.rows import UnitRow

# What is above all units: the names that the page of a run knows them by.
INDEX, OVERVIEW, POLICY = "index", "overview", "policy"
# More are one click further, in the table of the units below or in the index.
MOST_NAMED = 60


def ways(view: View, of_run: bool = False) -> Html:
    """Return the place of a report in its run, and names that lead to the units around it.

    Parameters
    ----------
    of_run
        Whether the report is the overview of the whole run, which stands above all units.
    """
    say = view.messages.say
    run = [unit_name("", INDEX, say("ways.index")), unit_name("", OVERVIEW, say("ways.overview"))]
    lineage = [] if of_run else view.lineage()
    around = {} if of_run else {"below": view.children, "beside": _siblings(view)}
    return render(
        "ways.html.j2",
        say=say,
        run=run[:1] if of_run else run,
        above=[view.link(unit.unit_id) for unit in reversed(lineage[1:])],
        own=say("ways.overview") if of_run else view.unit.name,
        around=[
            (say(f"ways.{name}", count=len(units)), _named(view, units), len(units) > MOST_NAMED)
            for name, units in around.items()
            if units
        ],
    )


def _siblings(view: View) -> list[UnitRow]:
    """Return the units of the same kind below the same parent, as far as the slice has them."""
    own = view.unit
    if own.parent_id is None:
        return []
    beside = view.everyone(UnitRow, parent_id=own.parent_id)
    return [unit for unit in beside if unit.kind == own.kind and unit.unit_id != own.unit_id]


def _named(view: View, units: Sequence[UnitRow]) -> list[Html]:
    ids = sorted(unit.unit_id for unit in units)
    return [view.link(unit_id) for unit_id in ids[:MOST_NAMED]]
