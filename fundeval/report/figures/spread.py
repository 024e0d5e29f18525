"""How scores and execution rates are spread, by level of hospital and by year."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import pandas as pd
import seaborn as sns
from matplotlib import MatplotlibDeprecationWarning
from matplotlib.axes import Axes

from fundeval.pandas_models import DataFrame, Series, pa
from fundeval.report.figures.figure import (
    FACES,
    GREY,
    INK,
    LEVELS,
    MARKS,
    Chart,
    Words,
    in_style,
    level_name,
    mark,
    percent_axis,
    unjudged,
)
from fundeval.report.figures.hospitals import hospitals_of, rates_of

# Fewer values than these have no quartiles worth a box: they are points.
LEAST_BOX = 5
# Points are drawn over the boxes of a figure up to this many in all.
MOST_POINTS = 400
WHISKERS = (10, 90)


class Spread(pa.DataFrameModel):
    """A row a hospital and figure; `year` is the evaluated one for scores."""

    unit_id: Series[str]
    level: Series[str]
    year: Series[int]
    figure: Series[str] = pa.Field(isin=["score", "execution_rate"])
    value: Series[float] = pa.Field(nullable=True)


def spread(frames: Mapping[str, pd.DataFrame], year: int) -> DataFrame[Spread]:
    """Return the score of each hospital, and its execution rate in each year.

    Parameters
    ----------
    frames
        Frames of an evaluation by name: `units`, `grades`, `indicators`.
    year
        The evaluated year.
    """
    hospitals = hospitals_of(frames["units"])[["unit_id", "level"]]
    scores = frames["grades"][["unit_id", "score"]].rename(columns={"score": "value"})
    rates = rates_of(frames["indicators"])
    rows = pd.concat(
        [
            scores.assign(year=year, figure="score"),
            rates[rates["year"] <= year].assign(figure="execution_rate"),
        ]
    )
    rows = hospitals.merge(rows, on="unit_id", validate="one_to_many")
    return DataFrame[Spread](rows[["unit_id", "level", "year", "figure", "value"]])


@in_style
def draw_spread(frame: DataFrame[Spread], words: Words, floor: float | None = None) -> Chart | None:
    """Draw boxes of scores by level, and of execution rates by level and year, with points.

    Returns
    -------
    Chart or None
        None where fewer than two hospitals have a score.
    """
    scores = frame[frame["figure"] == "score"]
    rates = frame[frame["figure"] == "execution_rate"]
    if scores["value"].notna().sum() < 2:
        return None
    present = set(scores.loc[scores["value"].notna(), "level"])
    levels = [level for level in LEVELS if level in present]
    legend = {
        level_name(words, level): mark(MARKS[level], markerfacecolor=FACES[level])
        for level in levels
    }
    chart = Chart(words, "spread", 262, legend)
    say = words.messages.say
    left = chart.place(34, 36, 150, 200)
    _draw(left, scores, "level", levels)
    left.set_xticks(range(len(levels)), [_titled(scores, level, words) for level in levels])
    chart.write(4, 244, say("figure.spread.score"), weight="bold")
    known = rates[rates["value"].notna()]
    if len(known):
        right = chart.place(232, 36, 280, 200)
        years = sorted(known["year"].unique().tolist())
        _draw(right, known.assign(year=known["year"].map(str)), "year", [str(y) for y in years],
              levels)  # fmt: skip
        right.set_xticks(range(len(years)), [str(year) for year in years])
        percent_axis(right.yaxis)
        if floor is not None:
            right.axhline(floor, color=INK, linestyle="--", linewidth=1)
        chart.write(200, 244, say("figure.spread.execution_rate"), weight="bold")
    many = max(len(scores), len(known)) > MOST_POINTS
    missing = int(scores["value"].isna().sum())
    chart.tell(
        _told(scores, known, levels, words),
        say("figure.spread.without_points", most=MOST_POINTS) if many else "",
        say("figure.spread.missing", count=missing) if missing else "",
        count=int(scores["value"].notna().sum()),
        least=LEAST_BOX,
        found=_found(scores["value"].dropna(), words) + unjudged(words, missing),
    )
    return chart


def _found(scores: pd.Series, words: Words) -> str:
    return words.messages.say(
        "figure.spread.found", count=len(scores), low=words.numbers.number(scores.min()),
        middle=words.numbers.number(scores.median()), high=words.numbers.number(scores.max()),
    )  # fmt: skip


def _draw(
    axes: Axes, rows: pd.DataFrame, across: str, order: list[str], levels: list[str] | None = None
) -> None:
    """Draw boxes where there are enough values, and the values where there are few."""
    known = rows[rows["value"].notna()]
    keys = [across] if across == "level" else [across, "level"]
    enough = known.groupby(keys, dropna=True)["value"].transform("size") >= LEAST_BOX
    shared = {
        "x": across, "y": "value", "hue": "level", "order": order, "hue_order": levels or order,
        "palette": FACES, "legend": False, "ax": axes, "dodge": levels is not None,
    }  # fmt: skip
    boxed = known[enough]
    if len(boxed):
        with warnings.catch_warnings():
            # seaborn 0.13 names the orientation as matplotlib 3.11 no longer likes it.
            warnings.simplefilter("ignore", MatplotlibDeprecationWarning)
            sns.boxplot(
                boxed, whis=WHISKERS, showfliers=False, width=0.7, linewidth=0.9, linecolor=INK,
                gap=0.15, saturation=1, **shared,
            )  # fmt: skip
    drawn = known if len(known) <= MOST_POINTS else known[~enough]
    for level in levels or order:
        own = drawn.assign(value=drawn["value"].where(drawn["level"] == level))
        if own["value"].notna().any():
            sns.stripplot(
                own, size=3, jitter=0.12, marker=MARKS[level], edgecolor=INK, linewidth=0.6,
                alpha=0.8, **shared,
            )  # fmt: skip
    axes.set(xlabel="", ylabel="")
    axes.grid(visible=False, axis="x")
    axes.tick_params(bottom=False)
    axes.set_xlim(-0.6, len(order) - 0.4)
    axes.spines["bottom"].set_color(GREY)


def _titled(scores: pd.DataFrame, level: str, words: Words) -> str:
    count = int(scores.loc[scores["level"] == level, "value"].notna().sum())
    return f"{level_name(words, level)}\n{words.messages.say('figure.n', count=count)}"


def _told(scores: pd.DataFrame, rates: pd.DataFrame, levels: list[str], words: Words) -> list[str]:
    """Return the middle and the extremes of each group as text."""
    say, numbers = words.messages.say, words.numbers
    told = []
    for level in levels:
        own = scores.loc[scores["level"] == level, "value"].dropna()
        told.append(say(
            "figure.spread.row", what=level_name(words, level), count=len(own),
            low=numbers.number(own.min()), middle=numbers.number(own.median()),
            high=numbers.number(own.max()),
        ))  # fmt: skip
    for (year, of), group in rates.groupby(["year", "level"], dropna=True):
        own = group["value"]
        told.append(say(
            "figure.spread.row", what=f"{year} {level_name(words, of)}", count=len(own),
            low=numbers.percent(own.min()), middle=numbers.percent(own.median()),
            high=numbers.percent(own.max()),
        ))  # fmt: skip
    return told
