"""Execution rates of departments over the years, beside the floor in force in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from fundeval.pandas_models import DataFrame, Series, pa
from fundeval.report.charts.canvas import HATCH
from fundeval.report.charts.text_width import cut, cut_each
from fundeval.report.figures.figure import (
    ALERT,
    FILL,
    GREY,
    INK,
    Chart,
    Words,
    each_row,
    in_style,
    mark,
    percent_axis,
)
from fundeval.results.frames import STATES

# Up to this many departments stand in a row each; beyond, they are counted by rate and year.
MOST_ROWS = 30
# Restricted departments that are drawn as lines of their own.
MOST_PATHS = 12
# Fields of rates from the lowest to the highest.
FIELDS = 16
# A mark for each state besides colour.
SIGNS = {
    "clear": "○", "watch": "△", "restricted": "■", "exempt": "□", "released": "◇",
    "undetermined": "?",
}  # fmt: skip
# Few show against none.
SHADES = LinearSegmentedColormap.from_list(
    "shades", ((0.0, "white"), (0.02, "#e6f0f7"), (0.4, "#c3dbed"), (1.0, FILL))
)
WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
LEFT = 150
# Of the figure of counts: room for the names of states, and the width of all years.
NAMES, WIDE = 88, 418


class DepartmentYears(pa.DataFrameModel):
    """A row a department and year."""

    unit_id: Series[str]
    name: Series[str]
    year: Series[int]
    rate: Series[float] = pa.Field(nullable=True)
    floor: Series[float]
    state: Series[str] = pa.Field(isin=list(STATES))


def department_years(frames: Mapping[str, pd.DataFrame], year: int) -> DataFrame[DepartmentYears]:
    """Return rate, floor and state of each department in each year up to the evaluated one.

    Parameters
    ----------
    frames
        Frames of an evaluation by name: `units`, `restrictions`.
    year
        The evaluated year.
    """
    rows = frames["restrictions"]
    rows = rows.loc[rows["year"] <= year, ["unit_id", "year", "rate", "floor", "state"]]
    names = frames["units"][["unit_id", "name"]]
    rows = rows.merge(names, on="unit_id", validate="many_to_one")
    return DataFrame[DepartmentYears](rows.sort_values(["unit_id", "year"], ignore_index=True))


@in_style
def draw_department_years(frame: DataFrame[DepartmentYears], words: Words) -> Chart | None:
    """Draw departments and years around the execution floor.

    Few departments stand in a row each, the lowest rate of the last year first; many are counted
    by rate and year, with a line for each restricted one.

    Returns
    -------
    Chart or None
        None where there is no department with a rate, or only one year.
    """
    if frame["rate"].notna().sum() == 0 or frame["year"].nunique() < 2:
        return None
    few = frame["unit_id"].nunique() <= MOST_ROWS
    return (_draw_rows if few else _draw_counts)(frame, words)


def _draw_rows(frame: pd.DataFrame, words: Words) -> Chart:
    """Draw a heat map: a row a department, a column a year."""
    rates = frame.pivot_table(index="unit_id", columns="year", values="rate", dropna=False)
    order = rates.reset_index().sort_values([rates.columns[-1], "unit_id"])["unit_id"]
    rates = rates.loc[order]
    legend = dict(_signs(frame, words))
    chart = Chart(words, "department_years", 42 + 20 * len(rates), legend)
    axes = chart.place(LEFT, 8, 512 - LEFT, 20 * len(rates))
    low, high = frame["rate"].min(), frame["rate"].max()
    sns.heatmap(
        rates.astype("float64"), ax=axes, cmap=SHADES, vmin=low, vmax=max(high, low + 0.01),
        cbar=False, linewidths=1, linecolor="white", xticklabels=False, yticklabels=False,
    )  # fmt: skip
    axes.set(xlabel="", ylabel="")
    axes.grid(visible=False)
    places = {unit: at for at, unit in enumerate(rates.index)}
    columns = {year: at for at, year in enumerate(rates.columns)}
    for row in each_row(frame):
        across, down = columns[row.year], places[row.unit_id]
        if row.rate < row.floor:
            axes.add_patch(_hatched(across, down))
        axes.text(across + 0.5, down + 0.5, _in_cell(row, words), ha="center", va="center",
                  fontsize=8, bbox=_ground(row))  # fmt: skip
    names = frame.drop_duplicates("unit_id").set_index("unit_id")["name"]
    short = cut_each([names[unit] for unit in places], (LEFT - 14) / 8.5)
    for name, down in zip(short, places.values(), strict=True):
        axes.text(-0.08, down + 0.5, name, ha="right", va="center")
    of_years = frame.groupby("year", dropna=True)["floor"]
    floors = of_years.min().where(of_years.min() == of_years.max())
    for year, across in columns.items():
        floor = words.numbers.percent(floors[year], digits=0)
        axes.text(across + 0.5, -0.7, words.messages.say("figure.floor_of", year=year, floor=floor),
                  ha="center", va="center")  # fmt: skip
    chart.held = LEFT
    _tell(chart, frame, words, "rows")
    return chart


def _hatched(across: float, down: float) -> Rectangle:
    return Rectangle((across, down), 1, 1, facecolor="none", edgecolor=ALERT, hatch=HATCH,
                     linewidth=1)  # fmt: skip


def _ground(row: Any) -> dict[str, Any] | None:
    """Return a white ground for a text on hatching."""
    if not row.rate < row.floor:
        return None
    return WHITE


def _in_cell(row: Any, words: Words) -> str:
    rate = words.numbers.percent(row.rate, row.floor, digits=1) if row.rate == row.rate else "—"
    return f"{SIGNS[row.state]} {rate}"


def _draw_counts(frame: pd.DataFrame, words: Words) -> Chart:
    """Draw how many departments stand at each rate in each year, and the restricted ones."""
    paths = _restricted(frame, frame["year"].max())
    chart = Chart(words, "department_years", 358, _legend(words, frame["year"].max(), paths))
    years = sorted(frame["year"].unique().tolist())
    axes = chart.place(NAMES, 118, WIDE, 230)
    known = frame[frame["rate"].notna()].assign(at=lambda f: f["year"].map(years.index))
    of_years = frame.groupby("year", dropna=True)["floor"]
    floors = of_years.min().where(of_years.min() == of_years.max())
    _shade(axes, known, years)
    for at, year in enumerate(years):
        axes.plot((at - 0.48, at + 0.48), (floors[year],) * 2, color=INK, linewidth=2)
    for unit in paths[:MOST_PATHS]:
        own = known[known["unit_id"] == unit]
        sns.lineplot(own, x="at", y="rate", color=ALERT, marker="s", markeredgecolor=INK,
                     markersize=5, linewidth=1.2, ax=axes)  # fmt: skip
    axes.set(xlabel="", ylabel="", xlim=(-0.5, len(years) - 0.5))
    axes.set_xticks(range(len(years)), [str(year) for year in years])
    axes.tick_params(labelbottom=False, bottom=False)
    axes.grid(visible=False, axis="x")
    percent_axis(axes.yaxis)
    _count_states(chart, frame, years, words)
    left_out = len(paths) - MOST_PATHS
    more = words.messages.say("figure.department_years.paths", count=left_out, most=MOST_PATHS)
    _tell(chart, frame, words, "counts", more if left_out > 0 else "")
    return chart


def _legend(words: Words, year: int, paths: list[str]) -> dict[str, Artist]:
    say = words.messages.say
    entries: dict[str, Artist] = {say("figure.department_years.floor"): mark(linewidth=2)}
    if paths:
        named = say("figure.department_years.restricted", year=year)
        entries[named] = mark("s", color=ALERT, linestyle="-", markerfacecolor=ALERT)
    shade = Rectangle((0, 0), 0, 0, facecolor=FILL, edgecolor=GREY)
    return {**entries, say("figure.department_years.shade"): shade}


def _shade(axes: Axes, known: pd.DataFrame, years: list[int]) -> None:
    """Shade fields of rates by the number of departments, and write the number in."""
    low, high = known["rate"].min(), known["rate"].max()
    edges = np.linspace(low, max(high, low + 0.01), FIELDS + 1)
    across = np.arange(len(years) + 1) - 0.5
    sns.histplot(
        known, x="at", y="rate", bins=(across, edges), cmap=SHADES, ax=axes, edgecolor="white",
        linewidth=0.5,
    )  # fmt: skip
    counts, _, _ = np.histogram2d(known["at"], known["rate"], bins=(across, edges))
    for at, column in enumerate(counts):
        for field, number in enumerate(column):
            if number:
                middle = (edges[field] + edges[field + 1]) / 2
                axes.text(at - 0.45, middle, f"{number:,.0f}", ha="left", va="center", fontsize=8,
                          zorder=5, bbox=WHITE)  # fmt: skip


def _count_states(chart: Chart, frame: pd.DataFrame, years: list[int], words: Words) -> None:
    """Write below each year how many departments are in each state."""
    counts = pd.crosstab(frame["state"], frame["year"]).reindex(index=list(STATES), fill_value=0)
    wide = WIDE / len(years)
    for at, year in enumerate(years):
        middle = NAMES + (at + 0.5) * wide
        chart.write(middle, 103, str(year), ha="center", weight="bold")
        for down, state in enumerate(STATES):
            text = f"{SIGNS[state]} {words.numbers.number(float(counts[year][state]), 0)}"
            chart.write(middle, 86 - 12 * down, text, ha="center")
    for down, state in enumerate(STATES):
        named = cut(words.messages.code("path.", state), (NAMES - 8) / 8)
        if down == 0:
            chart.write(4, 103, words.messages.say("figure.department_years.states"), color=GREY)
        chart.write(4, 86 - 12 * down, named, color=GREY, fontsize=8)


def _restricted(frame: pd.DataFrame, year: int) -> list[str]:
    """Return the departments that are restricted in a year, the lowest rate first."""
    now = frame[(frame["year"] == year) & (frame["state"] == "restricted")]
    return now.sort_values(["rate", "unit_id"])["unit_id"].tolist()


def _signs(frame: pd.DataFrame, words: Words) -> Iterator[tuple[str, Any]]:
    if (frame["rate"] < frame["floor"]).any():
        hatched = Rectangle((0, 0), 0, 0, facecolor="none", edgecolor=ALERT, hatch=HATCH)
        yield words.messages.say("figure.department_years.below"), hatched


def _tell(chart: Chart, frame: pd.DataFrame, words: Words, how: str, more: str = "") -> None:
    """Say how to read the figure, who is in which state now, and each restricted path."""
    say, numbers = words.messages.say, words.numbers
    last = frame["year"].max()
    states = frame.loc[frame["year"] == last, "state"].value_counts()
    counted = words.messages.join(
        f"{SIGNS[state]} {words.messages.code('path.', state)} {states.get(state, 0)}"
        for state in STATES
    )
    told = [*_restricted(frame, last)]
    told += [
        unit
        for unit in frame.sort_values(["year", "rate", "unit_id"])
        .drop_duplicates("unit_id", keep="last")
        .sort_values(["rate", "unit_id"])["unit_id"]
        if unit not in set(told)
    ][: 40 - min(len(told), 40)]
    own = dict(list(frame[frame["unit_id"].isin(told)].groupby("unit_id", dropna=True)))
    values = (
        say(
            "figure.department_years.row", name=own[unit]["name"].iloc[0],
            path=" → ".join(
                f"{row.year} {numbers.percent(row.rate, row.floor)} "
                f"{words.messages.code('path.', row.state)}"
                for row in each_row(own[unit])
            ),
        )
        for unit in told
    )  # fmt: skip
    missing = int(frame["rate"].isna().sum())
    now = frame[frame["year"] == last]
    judged = now[now["rate"].notna()]
    beside = {
        "without_rate": len(now) - len(judged), "undetermined": states.get("undetermined", 0)
    }  # fmt: skip
    told_beside = {
        name: say(f"figure.department_years.{name}", count=count) if count else ""
        for name, count in beside.items()
    }
    found = say(
        "figure.department_years.found", year=last, count=len(now),
        below=int((judged["rate"] < judged["floor"]).sum()), restricted=states.get("restricted", 0),
        missing=told_beside["without_rate"], undetermined=told_beside["undetermined"],
    )  # fmt: skip
    chart.tell(
        values,
        say(f"figure.department_years.{how}"),
        say("figure.department_years.now", year=last, counted=counted),
        more,
        say("figure.department_years.missing", count=missing) if missing else "",
        count=frame["unit_id"].nunique(),
        first=frame["year"].min(),
        last=last,
        found=found,
    )
