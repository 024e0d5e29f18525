"""Units as a tree with their results: what an index, a ranking and a table of children list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import NamedTuple

import pandas as pd

from fundeval.report.format.numbers import missing
from fundeval.report.tables.cells import capped, score_text
from fundeval.report.unit_view import ALL, View, rows_of

BETWEEN = " › "


@dataclass(frozen=True)
class Cell:
    """What a cell shows, the number it is sorted by, and the words it is filtered by."""

    text: str
    order: float | None = None
    words: str = ""
    href: str = ""


class ListedUnit(NamedTuple):
    """A unit with its results; `why` it has no grade, `reason` that it has no next budget."""

    unit_id: str
    name: str
    kind: str
    parent_id: str | None
    grade: str | None
    score: float | None
    veto: str | None
    why: str | None
    execution: float | None
    restricted: float | None
    base: float | None
    next_budget: float | None
    reason: str | None
    change: float | None


class Listing:
    """All units of a view with their results; amounts in the unit of money that suits most."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.units = summarise(view)
        above = self.units["parent_id"]
        above = above.where(above.isin(self.units.index), "")
        self.parents = {str(unit_id): str(parent) for unit_id, parent in above.items()}
        self.states = view.descendants.states.set_index("unit_id").to_dict("index")
        self.money = view.numbers.scale_for_largest([self.units["next_budget"].median()])

    def listed(self, ids: Iterable[str]) -> list[ListedUnit]:
        """Return these units with their results, in this order."""
        frame = self.units.loc[list(ids)].rename_axis("unit_id").reset_index()
        return rows_of(frame, ListedUnit)

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

    def cells(self, unit: ListedUnit) -> dict[str, Cell]:
        """Return the cells of a unit by column, but for its own name."""
        view = self.view
        above = self.paths[self.parents[unit.unit_id]]
        floor = view.policy.limit("execution_floor", kind=unit.kind, level=None)
        grade, cap = view.messages.code("grade.", unit.grade), capped(view, unit.veto)
        graded = view.messages.say("report.because", what=grade, reason=cap) if cap else grade
        ungraded = Cell(view.messages.cannot(unit.why), words=view.messages.say("grade.none"))
        return {
            "parent": Cell(above.rpartition(BETWEEN)[2], words=above),
            "kind": Cell(view.messages.say(f"kind.{unit.kind}")),
            "grade": ungraded if missing(unit.grade)
                     else Cell(graded, unit.score, words=grade if cap else ""),
            "score": Cell(score_text(view, unit.score), unit.score),
            "execution": Cell(view.numbers.percent(unit.execution, floor, 1.0), unit.execution),
            "restriction": self._restriction(unit),
            "next_budget": Cell(
                view.messages.cannot(unit.reason) if missing(unit.next_budget)
                else self.money.show(unit.next_budget),
                unit.next_budget,
            ),
            "change": Cell(view.numbers.change(unit.change), unit.change),
        }  # fmt: skip

    def totals(self) -> dict[str, str]:
        """Return the totals over the topmost units, by column."""
        top = self.units[[not self.parents[unit_id] for unit_id in self.units.index]]
        sums = top[["base", "next_budget"]].sum(skipna=False)
        return {
            "restriction": self.view.numbers.number(top["restricted"].sum(), 0),
            "next_budget": self.money.show(sums["next_budget"]),
            "change": self.view.numbers.change(sums["next_budget"] / (sums["base"] or nan) - 1),
        }

    def levels(self) -> list[list[str]]:
        """Return a row for each kind and depth: units, how many have a next budget, its sum, the
        budgets directly above and what of them is not shared out at this level.

        An alliance repeats hospitals and is left out.
        """
        places = [(unit_id, self.parents[unit_id], d) for unit_id, d in self.tree({*self.parents})]
        frame = pd.DataFrame(places, columns=["unit_id", "above", "depth"])
        frame = frame.join(self.units[["kind", "next_budget"]], on="unit_id")
        groups = frame[frame["kind"] != "alliance"].groupby(["depth", "kind"], dropna=False)
        return [self._level(group) for _, group in groups]

    def _level(self, group: pd.DataFrame) -> list[str]:
        view, budgets = self.view, self.units["next_budget"]
        total = round(group["next_budget"].sum(), 2)
        above = budgets.reindex(sorted(set(group["above"]) - {""}))
        envelope = round(above.sum(), 2) if len(above) else None
        rest = None if envelope is None else round(envelope - total, 2)
        amounts = (self.money.show(amount) for amount in (total, envelope, rest))
        counts = (len(group), group["next_budget"].count())
        kind = view.messages.say(f"kind.{group['kind'].iloc[0]}")
        name = view.messages.say("index.level", depth=group["depth"].iloc[0] + 1, kind=kind)
        return [name, *(view.numbers.number(count, 0) for count in counts), *amounts]

    def _restriction(self, unit: ListedUnit) -> Cell:
        """Return the state of a department, or how many of a unit's departments are restricted."""
        states = self.states.get(unit.unit_id)
        if states is None:
            return Cell(self.view.messages.say("report.missing"))
        count, total = states["restricted"], sum(states.values())
        if unit.kind == "department":
            state = max(states, key=lambda name: states[name])
            return Cell(self.view.messages.say(f"path.{state}"), count)
        if states["undetermined"] == total:
            return Cell(self.view.messages.say("index.undetermined", total=total))
        return Cell(self.view.messages.say("index.restricted", count=count, total=total), count)


def summarise(view: View) -> pd.DataFrame:
    """Return name, kind, parent_id, grade, veto, why (there is none), score, execution, restricted,
    base, next_budget, reason (why there is none) and change of every unit that the view holds.

    The index is unit_id.
    """
    held = view.evaluation
    units = held.units.set_index("unit_id")[["name", "kind", "parent_id"]]
    grades = held.grades.set_index("unit_id")[["grade", "score", "veto", "reason"]]
    rates = held.indicators
    rates = rates[(rates["indicator"] == "execution_rate") & (rates["year"] == view.year)]
    execution = rates[rates["scheme"] == ALL].set_index("unit_id")["value"]
    restricted = view.descendants.states.set_index("unit_id")["restricted"]
    budget = held.budget[held.budget["scheme"] == ALL]
    base, following = (
        budget[budget["step"] == step].set_index("unit_id") for step in ("base", "next_budget")
    )
    frame = units.join([
        grades.rename(columns={"reason": "why"}), execution.rename("execution"), restricted,
        base["amount"].rename("base"), following["amount"].rename("next_budget"),
        following["reason"],
    ])  # fmt: skip
    return frame.assign(change=frame["next_budget"] / frame["base"].where(frame["base"] != 0) - 1)
