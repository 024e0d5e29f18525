"""Figures over all units below a region, drawn with seaborn; other units have none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.format.numbers import missing
from fundeval.report.unit_view import View

if TYPE_CHECKING:
    from fundeval.report.figures.figure import Chart

Frames = Mapping[str, pd.DataFrame]


# Figures are imported where they are drawn: the report of a hospital does not wait for seaborn.
# ruff: noqa: PLC0415


def score_and_change(view: View) -> Html | None:
    """Return scores and execution rates of hospitals against the change of their budgets."""

    def draw(frames: Frames) -> Chart | None:
        from fundeval.report.figures import score_and_change as figure

        frame = figure.score_and_change(frames, view.year)
        return figure.draw_score_and_change(frame, view, floor_of(view, "hospital"))

    return _of_region(view, "score_and_change", "hospital", draw)


def budget_parts(view: View) -> Html | None:
    """Return what moves next year's budgets: needs, the envelope, results."""

    def draw(frames: Frames) -> Chart | None:
        from fundeval.report.figures import budget_parts as figure

        return figure.draw_budget_parts(figure.budget_parts(frames), view)

    return _of_region(view, "budget_parts", "hospital", draw, least=1)


def rates_by_year(view: View) -> Html | None:
    """Return execution rates over the years, a small figure for each region or level."""

    def draw(frames: Frames) -> Chart | None:
        from fundeval.report.figures import rates_by_year as figure

        frame = figure.rates_by_year(frames, view.year)
        return figure.draw_rates_by_year(frame, view, floors(frames))

    return _of_region(view, "rates_by_year", "hospital", draw)


def spread(view: View) -> Html | None:
    """Return how scores and execution rates are spread, by level and year."""

    def draw(frames: Frames) -> Chart | None:
        from fundeval.report.figures import spread as figure

        frame = figure.spread(frames, view.year)
        return figure.draw_spread(frame, view, floor_of(view, "hospital"))

    return _of_region(view, "spread", "hospital", draw)


def points(view: View) -> Html | None:
    """Return the points of regions and of hospitals by indicator, sorted by score."""

    def draw(kind: str) -> Callable[[Frames], Chart | None]:
        def of_kind(frames: Frames) -> Chart | None:
            from fundeval.report.figures import points as figure

            return figure.draw_points(figure.points(frames, kind), view, kind)

        return of_kind

    drawn = [_of_region(view, "points", kind, draw(kind)) for kind in ("region", "hospital")]
    return together(*drawn) if any(drawn) else None


def department_years(view: View) -> Html | None:
    """Return departments over the years around the execution floor."""

    def draw(frames: Frames) -> Chart | None:
        from fundeval.report.figures import department_years as figure

        frame = figure.department_years(frames, view.year)
        return figure.draw_department_years(frame, view)

    return _of_region(view, "department_years", "department", draw, least=1)


def floor_of(view: View, kind: str) -> float | None:
    """Return the floor of execution of a kind of unit, None where its levels differ in it."""
    floor = view.policy.limit("execution_floor", kind=kind, level=None)
    return None if missing(floor) else floor


def floors(frames: Frames) -> dict[int, float]:
    """Return the execution floor in force in each year, as departments were judged by it.

    Years in which departments had different ones are left out.
    """
    of_years = frames["restrictions"].groupby("year", dropna=True)["floor"]
    same = of_years.min()[of_years.min() == of_years.max()]
    return dict(zip(same.index.tolist(), same.tolist(), strict=True))


def _of_region(
    view: View, name: str, kind: str, draw: Callable[[Frames], Chart | None], least: int = 2
) -> Html | None:
    """Return a figure of the units of a kind below a region; a sentence where too few have values.

    None for other units, and where fewer than `least` units of the kind are below.
    """
    if view.unit.kind != "region" or not view.below:
        return None
    if (view.below["units"]["kind"] == kind).sum() < least:
        return None
    chart = draw(view.below)
    if chart is not None:
        return chart.html
    return paragraph(view.messages.say("none.figure", name=view.messages.say(f"part.{name}")))
