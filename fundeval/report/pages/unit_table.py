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
from fundeval.results.frames import restricted_in

BETWEEN = " › "
# More than any score: grades are ordered before the scores within them.
SCORES = 1000


@dataclass(frozen=True)
class Cell:
    """What a cell shows, the number it is sorted by, the code it is filtered by, its link."""

    text: str
    order: float | None = None
    code: str = ""
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
    """All units of a view with their results."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.units = summarise(view)
        above = self.units["parent_id"]
        above = above.where(above.isin(self.units.index), "")
        self.parents = {str(unit_id): str(parent) for unit_id, parent in above.items()}
        self.states = view.descendants.states.set_index("unit_id").to_dict("index")
        self.money = view.numbers.scale

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
    def names(self) -> dict[str, str]:
        """The name of each unit."""
        return dict(zip(self.parents, self.units["name"], strict=True))

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
        above = self.parents[unit.unit_id]
        floor = view.policy.limit("execution_floor", kind=unit.kind, level=None)
        return {
            "parent": Cell(self.names[above] if above else ""),
            "kind": Cell(view.messages.say(f"kind.{unit.kind}"), code=unit.kind),
            "grade": self._grade(unit),
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

    def _grade(self, unit: ListedUnit) -> Cell:
        """Return the grade, ordered from the best to the worst and by score within each."""
        messages, cap = self.view.messages, capped(self.view, unit.veto)
        if unit.grade is None:
            return Cell(messages.cannot(unit.why), code="none")
        word = messages.code("grade.", unit.grade)
        text = messages.say("report.because", what=word, reason=cap) if cap else word
        grades = messages.grades
        rank = (grades.index(unit.grade) if unit.grade in grades else len(grades)) * SCORES
        return Cell(text, rank - (unit.score or 0), unit.grade)

    def grade_of(self, unit_id: str) -> str:
        """Return the code of a unit's grade, `none` where it has none."""
        grade = self.grades[unit_id]
        return grade if isinstance(grade, str) else "none"

    @cached_property
    def grades(self) -> dict[str, object]:
        """The code of each unit's grade."""
        return dict(zip(self.parents, self.units["grade"], strict=True))

    @cached_property
    def restricted(self) -> set[str]:
        """The departments that are restricted in the evaluated year."""
        return set(restricted_in(self.view.evaluation.restrictions, self.view.year))

    @cached_property
    def positions(self) -> dict[str, int]:
        """The place of each unit in the tree of all units."""
        return {unit_id: n for n, (unit_id, _) in enumerate(self.tree(set(self.parents)))}

    def sum_of(self, ids: Iterable[str]) -> float | None:
        """Return the sum of the next budgets that units have; none if no unit has one.

        An alliance repeats hospitals and is left out.
        """
        units = self.units.loc[[*ids]]
        budgets = units.loc[units["kind"] != "alliance", "next_budget"].dropna()
        return round(float(budgets.sum()), 2) if len(budgets) else None

    def totals(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the totals over units of which none is above another, by column."""
        top = self.units.loc[[*ids]]
        sums = top[["base", "next_budget"]].sum(skipna=False)
        return {
            "restriction": self.view.numbers.number(top["restricted"].sum(), 0),
            "next_budget": self.money.show(sums["next_budget"]),
            "change": self.view.numbers.change(sums["next_budget"] / (sums["base"] or nan) - 1),
        }

    def levels(self, tops: Iterable[str] | None = None) -> list[list[str]]:
        """Return a row for each kind and depth: units, how many have a next budget, its sum, the
        budgets directly above and what of them is not shared out at this level.

        An alliance repeats hospitals and is left out.

        Parameters
        ----------
        tops
            Of these units and those below them only; what is above them does not count.
        """
        places = self.places
        if tops is not None:
            inside: set[str] = set(tops)
            for unit_id, above, _ in places:
                if above in inside:
                    inside.add(unit_id)
            places = [
                (unit_id, above if above in inside else "", depth)
                for unit_id, above, depth in places
                if unit_id in inside
            ]
        frame = pd.DataFrame(places, columns=["unit_id", "above", "depth"])
        frame = frame.join(self.units[["kind", "next_budget"]], on="unit_id")
        groups = frame[frame["kind"] != "alliance"].groupby(["depth", "kind"], dropna=False)
        return [self._level(group) for _, group in groups]

    @cached_property
    def places(self) -> list[tuple[str, str, int]]:
        """Every unit, the one above it and its depth, each before those below it."""
        return [(unit, self.parents[unit], depth) for unit, depth in self.tree({*self.parents})]

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
