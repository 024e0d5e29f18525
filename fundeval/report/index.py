"""The index of a run: every unit as a tree, with its result and its report or why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fundeval.evaluation import Evaluation
from fundeval.report.below import look_below
from fundeval.report.pieces import render
from fundeval.report.units import COLUMNS, cells, summarise
from fundeval.report.view import FIGURES, View


@dataclass(frozen=True)
class Entry:
    """What became of a unit's report: a relative address, or the error that prevented it."""

    href: str = ""
    error: str = ""


def render_index(evaluation: Evaluation, entries: Mapping[str, Entry], lang: str) -> str:
    """Return the index page of a run.

    `entries` are by unit_id; the overview of the whole run has the empty id. Units without
    entry are left out, unless a unit below them has one.
    """
    view = View(evaluation, look_below(evaluation), "", lang)
    rows = summarise(view)
    dataset = evaluation.about["dataset"]
    failed = {unit_id: entry for unit_id, entry in entries.items() if entry.error}
    page = render(
        "listing.html.j2",
        lang=lang,
        say=view.say,
        title=view.say("index.title", dataset=dataset["title"][lang], year=view.year),
        banner=view.say("verdict.invented" if dataset["synthetic"] else "verdict.real"),
        synthetic=dataset["synthetic"],
        sentence=view.say(
            "index.sentence",
            count=len(entries) - len(failed),
            failed=len(failed),
            policy=view.policy["title"][lang],
        ),
        columns=[(view.say(f"column.{name}"), name in FIGURES) for name in COLUMNS],
        rows=[
            {"depth": depth, "kind": view.say(f"kind.{row['kind']}"), "cells": cells(view, row),
             "entry": entries.get(str(unit_id), Entry())}
            for unit_id, depth, row in _tree(rows, set(entries))
        ],
        totals=_totals(view, rows),
        failed=[(_name(view, rows, unit_id), entry.error) for unit_id, entry in failed.items()],
        overview=entries.get("", Entry()),
    )  # fmt: skip
    return page.markup


def _tree(rows: pd.DataFrame, wanted: set[str]) -> Iterator[tuple[str, int, Any]]:
    """Yield unit_id, depth and row of the units to list, each parent before its children."""
    parents = rows["parent_id"].where(rows["parent_id"].isin(rows.index), "").to_dict()
    shown = set()
    for unit_id in wanted & set(parents):
        while unit_id and unit_id not in shown:
            shown.add(unit_id)
            unit_id = parents[unit_id]  # noqa: PLW2901  # climb to the root
    below: dict[str, list[str]] = {}
    for unit_id in sorted(shown, reverse=True):
        below.setdefault(parents[unit_id], []).append(unit_id)
    stack = [(unit_id, 0) for unit_id in below.get("", [])]
    while stack:
        unit_id, depth = stack.pop()
        yield unit_id, depth, rows.loc[unit_id]
        stack += [(child, depth + 1) for child in below.get(unit_id, [])]


def _totals(view: View, rows: pd.DataFrame) -> list[str]:
    """Return the row of totals over the topmost units; empty where it has no meaning."""
    roots = rows[~rows["parent_id"].isin(rows.index)]
    budget = roots["next_budget"].sum(skipna=False)
    base = roots["base"].sum(skipna=False)
    change = budget / base - 1 if base else None
    return [
        view.say("index.totals"), "", "", "",
        view.number(roots["restricted"].sum(), 0),
        view.money(budget),
        view.change(change),
    ]  # fmt: skip


def _name(view: View, rows: pd.DataFrame, unit_id: str) -> str:
    return str(rows.loc[unit_id, "name"]) if unit_id else view.say("index.overview")
