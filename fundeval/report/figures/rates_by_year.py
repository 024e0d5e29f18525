"""Execution rates of hospitals over the years: a small figure for each region or level."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from fundeval.pandas_models import DataFrame, Series, pa
from fundeval.report.charts.text_width import cut
from fundeval.report.figures.figure import (
    GREY,
    INK,
    LEVELS,
    LIGHT,
    Chart,
    Words,
    in_style,
    level_name,
    mark,
    percent_axis,
    unjudged,
)
from fundeval.report.figures.hospitals import grouped_hospitals, rates_of

ACROSS = 4
# Beyond this many hospitals, a small figure shows their middle half instead of lines.
MOST_LINES = 25
HIGH, BETWEEN = 92, 34


class RatesByYear(pa.DataFrameModel):
    """A row a hospital and year; `group` is the id of its region, or its level."""

    unit_id: Series[str]
    group: Series[str]
    group_name: Series[str]
    year: Series[int]
    value: Series[float]


def rates_by_year(frames: Mapping[str, pd.DataFrame], year: int) -> DataFrame[RatesByYear]:
    """Return the execution rate of each hospital in each year, with its region or its level.

    Hospitals are told apart by region where they are those of several, otherwise by level.

    Parameters
    ----------
    frames
        Frames of an evaluation by name: `units`, `indicators`.
    year
        The evaluated year.

    Returns
    -------
    pandas.DataFrame
        Without the years in which a hospital has no rate. `group_name` is the name of a region,
        "" for levels.
    """
    groups = grouped_hospitals(frames["units"])[["unit_id", "group", "group_name"]]
    rates = rates_of(frames["indicators"])
    rates = rates[rates["value"].notna() & (rates["year"] <= year)]
    rows = groups.merge(rates, on="unit_id", validate="one_to_many")
    return DataFrame[RatesByYear](rows)


@in_style
def draw_rates_by_year(
    frame: DataFrame[RatesByYear], words: Words, floors: Mapping[int, float] | None = None
) -> Chart | None:
    """Draw execution rates over the years, a small figure for each region or level.

    Parameters
    ----------
    frame
        What `rates_by_year` returns.
    words
        For whom.
    floors
        The execution floor in force in each year, where known.

    Returns
    -------
    Chart or None
        None for fewer than two years or two hospitals.
    """
    years = sorted(frame["year"].unique().tolist())
    if len(years) < 2 or frame["unit_id"].nunique() < 2:
        return None
    shown = _order(frame, years[-1])
    # The fewest empty places, the widest figures first.
    across = min(range(min(ACROSS, len(shown)), 0, -1), key=lambda n: (-len(shown) % n, abs(n - 3)))
    deep = ceil(len(shown) / across)
    chart = Chart(words, "rates_by_year", deep * (HIGH + BETWEEN), _legend(frame, words, floors))
    wide = (516 - 46 - 14 * (across - 1)) / across
    edge = 0.08 * max(frame["value"].max() - frame["value"].min(), 0.02)
    ends = frame["value"].min() - edge, frame["value"].max() + edge
    if floors:
        known = [floors[year] for year in years if year in floors]
        ends = min(ends[0], *(f - edge for f in known)), max(ends[1], *(f + edge for f in known))
    for at, group in enumerate(shown):
        row, column = divmod(at, across)
        place = (46 + column * (wide + 14), 22 + (deep - 1 - row) * (HIGH + BETWEEN))
        axes = chart.place(*place, wide, HIGH)
        own = frame[frame["group"] == group]
        _panel(axes, own, years, floors or {})
        axes.set_ylim(*ends)
        axes.tick_params(labelleft=column == 0)
        named = own["group_name"].iloc[0] or level_name(words, group)
        count = words.messages.say("figure.n", count=own["unit_id"].nunique())
        room = wide / 8.5 - len(count) * 0.6 - 1
        axes.set_title(f"{cut(named, room)} {count}", fontsize=8.5, pad=4)
    chart.tell(
        (_told(frame[frame["group"] == group], group, words) for group in shown),
        count=frame["unit_id"].nunique(), first=years[0], last=years[-1], groups=len(shown),
        most=MOST_LINES, found=_found(frame, words, (floors or {}).get(years[-1])),
    )  # fmt: skip
    return chart


def _found(frame: pd.DataFrame, words: Words, floor: float | None) -> str:
    """Say how many hospitals are below the floor of the last year, or the middle rate."""
    last = frame["year"].max()
    rates = frame.loc[frame["year"] == last, "value"]
    missing = unjudged(words, frame["unit_id"].nunique() - len(rates))
    if floor is None:
        middle = words.numbers.percent(rates.median())
        return words.messages.say("figure.rates_by_year.middle", year=last, rate=middle) + missing
    return words.messages.say(
        "figure.rates_by_year.found", year=last, count=len(rates), below=int((rates < floor).sum()),
        floor=words.numbers.percent(floor, digits=0),
    ) + missing  # fmt: skip


def _order(frame: pd.DataFrame, last: int) -> list[str]:
    """Return levels from the highest, or regions by the middle rate of the last year."""
    if (frame["group_name"] == "").all():
        present = set(frame["group"])
        return [level for level in LEVELS if level in present]
    middle = frame[frame["year"] == last].groupby("group", dropna=True)["value"].median()
    regions = pd.Series(sorted(frame["group"].unique()))
    order = pd.DataFrame({"group": regions, "middle": regions.map(middle)})
    return order.sort_values(["middle", "group"])["group"].tolist()


def _panel(axes: Axes, own: pd.DataFrame, years: list[int], floors: Mapping[int, float]) -> None:
    """Draw the hospitals of a group, their median and the floor."""
    if own["unit_id"].nunique() <= MOST_LINES:
        sns.lineplot(
            own, x="year", y="value", units="unit_id", estimator=None, color=GREY, linewidth=0.6,
            alpha=0.6, ax=axes,
        )  # fmt: skip
        median: dict[str, Any] = {"errorbar": None}
    else:
        median = {"errorbar": ("pi", 50), "err_kws": {"alpha": 0.2}}
    sns.lineplot(
        own, x="year", y="value", estimator="median", color=INK, marker="o", markersize=4,
        markeredgecolor=INK, linewidth=1.8, ax=axes, **median,
    )  # fmt: skip
    for year in years:
        if year in floors:
            ends = year - 0.4, year + 0.4
            axes.plot(ends, (floors[year],) * 2, color=INK, linestyle=(0, (3, 2)), linewidth=1)
    axes.set(xlabel="", ylabel="", xlim=(years[0] - 0.4, years[-1] + 0.4))
    # Where there is no room for all years, the first and the last.
    room = axes.get_window_extent().width / len(years)
    ticks = years if room > 28 else [years[0], years[-1]]
    axes.set_xticks(ticks, [str(year) for year in ticks])
    percent_axis(axes.yaxis)
    axes.locator_params(axis="y", nbins=4)


def _legend(
    frame: pd.DataFrame, words: Words, floors: Mapping[int, float] | None
) -> dict[str, Artist]:
    say = words.messages.say
    sizes = frame.groupby("group", dropna=True)["unit_id"].nunique()
    entries: dict[str, Artist] = {
        say("figure.rates_by_year.median"): mark("o", linestyle="-", markerfacecolor=INK)
    }
    if (sizes <= MOST_LINES).any():
        entries[say("figure.rates_by_year.line")] = mark(color=GREY, linewidth=0.8)
    if (sizes > MOST_LINES).any():
        entries[say("figure.rates_by_year.band")] = Rectangle(
            (0, 0), 0, 0, facecolor=LIGHT, edgecolor="none"
        )
    if floors:
        entries[say("figure.rates_by_year.floor")] = mark(linestyle="--", linewidth=1)
    return entries


def _told(own: pd.DataFrame, group: str, words: Words) -> str:
    """Return the median of a group by year as text."""
    medians = own.groupby("year", dropna=True)["value"].median()
    path = words.messages.join(
        f"{year} {words.numbers.percent(value)}" for year, value in medians.items()
    )
    named = own["group_name"].iloc[0] or level_name(words, group)
    return words.messages.say("figure.rates_by_year.row", name=named, path=path)
