"""Units as a tree with their results: the rows, totals and levels of an index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from fundeval.report.numbers import MoneyUnit, missing, money_unit
from fundeval.report.units import summarise
from fundeval.report.view import View

BETWEEN = " › "


@dataclass(frozen=True)
class Cell:
    """What a cell shows, the number it is sorted by, and the words it is filtered by."""

    text: str
    order: float | None = None
    words: str = ""
    href: str = ""


class Listing:
    """All units of an evaluation; amounts in the unit of money that suits most of them."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.units = summarise(view)
        above = self.units["parent_id"]
        above = above.where(above.isin(self.units.index), "")
        self.parents = {str(unit_id): str(parent) for unit_id, parent in above.items()}
        self.states = view.below.states.set_index("unit_id").to_dict("index")
        usual = self.units["next_budget"].median()
        self.money: MoneyUnit = money_unit([usual], view.lang, view.currency)

    def tree(self, wanted: set[str]) -> Iterator[tuple[str, int]]:
        """Yield unit_id and depth of the wanted units and those above, a parent before its
        children."""
        shown = set()
        for unit_id in wanted & set(self.parents):
            while unit_id and unit_id not in shown:
                shown.add(unit_id)
                unit_id = self.parents[unit_id]  # noqa: PLW2901  # climb to the root
        below: dict[str, list[str]] = {}
        for unit_id in sorted(shown, reverse=True):
            below.setdefault(self.parents[unit_id], []).append(unit_id)
        stack = [(unit_id, 0) for unit_id in below.get("", [])]
        while stack:
            unit_id, depth = stack.pop()
            yield unit_id, depth
            stack += [(child, depth + 1) for child in below.get(unit_id, [])]

    @cached_property
    def paths(self) -> dict[str, str]:
        """The names of the units above each unit and its own, the root first."""
        paths = {"": ""}
        names = self.units["name"].to_dict()
        for unit_id, _ in self.tree(set(self.parents)):
            above = paths[self.parents[unit_id]]
            paths[unit_id] = f"{above}{BETWEEN if above else ''}{names[unit_id]}"
        return paths

    def cells(self, unit: Any) -> dict[str, Cell]:
        """Return the cells of a row of `units` by column, but for its own name."""
        view, change = self.view, _change(unit)
        above = self.paths[self.parents[unit.Index]]
        return {
            "parent": Cell(above.rpartition(BETWEEN)[2], words=above),
            "kind": Cell(view.say(f"kind.{unit.kind}")),
            "grade": self._grade(unit),
            "score": Cell(view.score(unit.score), unit.score),
            "execution": Cell(
                view.percent(unit.execution, view.limit("execution_floor"), 1.0), unit.execution
            ),
            "restriction": self._restriction(unit),
            "next_budget": self._budget(unit),
            "change": Cell(view.change(change), change),
        }

    def totals(self) -> dict[str, str]:
        """Return the totals over the topmost units, by column."""
        top = self.units[[not self.parents[unit_id] for unit_id in self.units.index]]
        sums = top[["base", "next_budget"]].sum(skipna=False)
        return {
            "restriction": self.view.number(top["restricted"].sum(), 0),
            "next_budget": self.money.show(sums["next_budget"], self.view.lang),
            "change": self.view.change(_change(sums)),
        }

    def levels(self) -> list[list[str]]:
        """Return a row for each kind and depth: units, how many have a next budget, its sum, the
        budgets directly above and what of them is not shared out at this level.

        An alliance repeats hospitals and is left out.
        """
        places = [(unit_id, self.parents[unit_id], d) for unit_id, d in self.tree({*self.parents})]
        frame = pd.DataFrame(places, columns=["unit_id", "above", "depth"])
        frame = frame.join(self.units[["kind", "next_budget"]], on="unit_id")
        groups = frame[frame["kind"] != "alliance"].groupby(["depth", "kind"])
        return [self._level(group) for _, group in groups]

    def _level(self, group: pd.DataFrame) -> list[str]:
        view, budgets = self.view, self.units["next_budget"]
        total = round(group["next_budget"].sum(), 2)
        above = budgets.reindex(sorted(set(group["above"]) - {""}))
        envelope = round(above.sum(), 2) if len(above) else None
        rest = None if envelope is None else round(envelope - total, 2)
        amounts = (self.money.show(amount, view.lang) for amount in (total, envelope, rest))
        counts = (len(group), group["next_budget"].count())
        kind = view.say(f"kind.{group['kind'].iloc[0]}")
        name = view.say("index.level", depth=group["depth"].iloc[0] + 1, kind=kind)
        return [name, *(view.number(count, 0) for count in counts), *amounts]

    def _grade(self, unit: Any) -> Cell:
        if missing(unit.grade):
            return Cell(self.view.cannot(unit.why), words=self.view.say("grade.none"))
        return Cell(self.view.say(f"grade.{unit.grade}"), unit.score)

    def _restriction(self, unit: Any) -> Cell:
        """Return the state of a department, or how many of a unit's departments are restricted."""
        states = self.states.get(unit.Index)
        if states is None:
            return Cell(self.view.say("report.missing"))
        count, total = states["restricted"], sum(states.values())
        if unit.kind == "department":
            state = max(states, key=lambda name: states[name])
            return Cell(self.view.say(f"path.{state}"), count)
        return Cell(self.view.say("index.restricted", count=count, total=total), count)

    def _budget(self, unit: Any) -> Cell:
        if missing(unit.next_budget):
            return Cell(self.view.cannot(unit.reason))
        return Cell(self.money.show(unit.next_budget, self.view.lang), unit.next_budget)


def _change(unit: Any) -> float | None:
    known = not missing(unit.next_budget) and not missing(unit.base) and unit.base
    return unit.next_budget / unit.base - 1 if known else None
