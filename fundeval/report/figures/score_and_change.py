"""Score and execution of each hospital against the change of its next budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from fundeval.pandas_models import DataFrame, Series, pa
from fundeval.report.figures.figure import (
    ALERT,
    FACES,
    GREY,
    INK,
    LEVELS,
    LIGHT,
    MARKS,
    Chart,
    Words,
    each_row,
    in_style,
    label_points,
    level_name,
    mark,
    percent_axis,
    unjudged,
)
from fundeval.report.figures.hospitals import hospitals_of, rates_of

# Beyond this many hospitals, fields of a grid are shaded by their number.
MOST_POINTS = 400
GRID = (24, 18)
MOST_LABELLED = 6
# Below every change, where those without a next budget stand.
MARGIN = 0.12
SHADES = LinearSegmentedColormap.from_list("shades", (LIGHT, INK))


class ScoreAndChange(pa.DataFrameModel):
    """A row a hospital; what it does not have is missing."""

    unit_id: Series[str]
    name: Series[str]
    level: Series[str]
    score: Series[float] = pa.Field(nullable=True)
    grade: Series[str] = pa.Field(nullable=True)
    execution_rate: Series[float] = pa.Field(nullable=True)
    change: Series[float] = pa.Field(nullable=True)
    held: Series[str] = pa.Field(isin=["", "floor", "cap"])
    infeasible: Series[bool]
    restricted: Series[int]


def score_and_change(frames: Mapping[str, pd.DataFrame], year: int) -> DataFrame[ScoreAndChange]:
    """Return score, execution rate and change of the next budget of each hospital.

    Parameters
    ----------
    frames
        Frames of an evaluation by name: `units`, `grades`, `indicators`, `restrictions`,
        `budget`, `allocations`.
    year
        The evaluated year.

    Returns
    -------
    pandas.DataFrame
        `change` is next year's budget over its base, less one; `held` the limit that one of the
        budgets of the hospital stands at; `restricted` how many of its departments are (R1).
    """
    found = hospitals_of(frames["units"])
    grades = frames["grades"][["unit_id", "score", "grade"]]
    found = found.merge(grades, on="unit_id", how="left", validate="one_to_one")
    rates = rates_of(frames["indicators"])
    rates = rates[rates["year"] == year].rename(columns={"value": "execution_rate"})
    rates = rates[["unit_id", "execution_rate"]]
    found = found.merge(rates, on="unit_id", how="left", validate="one_to_one")
    budget = frames["budget"]
    amounts = budget[budget["scheme"] == "all"]
    steps = [
        amounts.loc[amounts["step"] == step].set_index("unit_id")["amount"]
        for step in ("next_budget", "base")
    ]
    following, base = (found["unit_id"].map(step).astype("float64") for step in steps)
    settled = frames["allocations"]
    held = settled[settled["limit"].isin(["floor", "cap"])].drop_duplicates("unit_id")
    infeasible = settled.loc[settled["reason"].str.endswith("infeasible"), "unit_id"]
    restricted = _restricted_below(frames, year)
    made = found.assign(
        change=following / base.where(base > 0) - 1,
        held=_text(found["unit_id"].map(held.set_index("unit_id")["limit"])),
        infeasible=found["unit_id"].isin(infeasible),
        restricted=found["unit_id"].map(restricted).fillna(0).astype("int64"),
    )
    return DataFrame[ScoreAndChange](made)


def _text(values: pd.Series) -> pd.Series:
    """Return texts, "" for what is missing, also where all are."""
    return values.astype("object").fillna("").astype("str")


def _restricted_below(frames: Mapping[str, pd.DataFrame], year: int) -> pd.Series:
    """Return how many departments are restricted, by the unit above them."""
    rows = frames["restrictions"]
    rows = rows[(rows["year"] == year) & (rows["state"] == "restricted")]
    above = frames["units"].set_index("unit_id")["parent_id"]
    return rows["unit_id"].map(above).value_counts()


@in_style
def draw_score_and_change(
    frame: DataFrame[ScoreAndChange], words: Words, floor: float | None = None
) -> Chart | None:
    """Draw score and execution rate against the change of next year's budget.

    Parameters
    ----------
    frame
        What `score_and_change` returns.
    words
        For whom: a view or a run.
    floor
        The execution floor of the year, drawn as a line.

    Returns
    -------
    Chart or None
        None where fewer than two hospitals have a change and a score or an execution rate.
    """
    drawn = frame[
        frame["change"].notna() & (frame["score"].notna() | frame["execution_rate"].notna())
    ]
    if len(drawn) < 2:
        return None
    chart = Chart(words, "score_and_change", 284, dict(_legend(drawn, frame, words)))
    low, high = drawn["change"].min(), drawn["change"].max()
    room = max(high - low, 0.02) * MARGIN
    panels = [chart.place(46, 34, 226, 226), chart.place(286, 34, 226, 226)]
    for axes, column in zip(panels, ("score", "execution_rate"), strict=True):
        _panel(axes, drawn, frame[frame["infeasible"]], column, low - room, high + room)
        axes.set(xlabel=words.messages.say(f"figure.score_and_change.{column}"), ylabel="")
    percent_axis(panels[0].yaxis)
    percent_axis(panels[1].xaxis)
    panels[1].tick_params(labelleft=False)
    if floor is not None and drawn["execution_rate"].notna().any():
        panels[1].axvline(floor, color=INK, linestyle="--", linewidth=1)
    chart.write(4, 266, words.messages.say("figure.score_and_change.y"), color=GREY)
    _name_extremes(panels[0], drawn)
    told = drawn.sort_values(["change", "unit_id"], ascending=[False, True])
    values = (
        words.messages.say(
            "figure.score_and_change.row", name=row.name, score=words.numbers.number(row.score),
            rate=words.numbers.percent(row.execution_rate), change=words.numbers.change(row.change),
        )
        for row in each_row(told)
    )  # fmt: skip
    found = words.messages.say(
        "figure.score_and_change.found", count=len(drawn), year=words.year + 1,
        up=int((drawn["change"] > 0).sum()), down=int((drawn["change"] < 0).sum()),
    )  # fmt: skip
    chart.tell(
        values, *_counted(frame, drawn, words), count=len(drawn), year=words.year + 1,
        found=found + unjudged(words, len(frame) - len(drawn)),
    )  # fmt: skip
    return chart


def _panel(  # noqa: PLR0913, PLR0917
    axes: Axes, drawn: pd.DataFrame, stuck: pd.DataFrame, column: str, low: float, high: float
) -> None:
    """Draw one figure of hospitals against the change of their budgets."""
    shown = drawn[drawn[column].notna()]
    if len(shown) > MOST_POINTS:
        ranges = [(shown[c].min(), shown[c].max()) for c in (column, "change")]
        sns.histplot(
            shown, x=column, y="change", bins=GRID, binrange=ranges, cmap=SHADES, ax=axes,
            edgecolor="white", linewidth=0.3,
        )  # fmt: skip
    elif len(shown):
        sns.scatterplot(
            shown, x=column, y="change", hue="level", style="level", hue_order=LEVELS,
            style_order=LEVELS, palette=FACES, markers=MARKS, s=30, edgecolor=INK, linewidth=0.8,
            legend=False, ax=axes,
        )  # fmt: skip
        for limit, marker in (("cap", 2), ("floor", 3)):
            held = shown[shown["held"] == limit]
            axes.plot(held[column], held["change"], marker=marker, markersize=14,
                markeredgewidth=2, color=INK,
                      linestyle="none")  # fmt: skip
        ringed = shown[shown["restricted"] > 0]
        axes.plot(ringed[column], ringed["change"], "o", markersize=11, markerfacecolor="none",
                  markeredgecolor=ALERT, markeredgewidth=1.6)  # fmt: skip
    known = stuck[stuck[column].notna()]
    if len(known) <= MOST_POINTS:
        axes.plot(known[column], [low] * len(known), "x", color=ALERT, markersize=7,
                  markeredgewidth=1.8, clip_on=False)  # fmt: skip
    axes.axhline(0, color=GREY, linewidth=1)
    axes.set_ylim(low, high)


def _name_extremes(axes: Axes, drawn: pd.DataFrame) -> None:
    """Write the names of the largest changes and of the lowest scores."""
    shown = drawn[drawn["score"].notna()]
    order = [
        *shown.nlargest(2, "change").index,
        *shown.nsmallest(2, "change").index,
        *shown.nsmallest(2, "score").index,
    ]
    rows = shown.loc[list(dict.fromkeys(order))[:MOST_LABELLED]]
    points = [(row.name, row.score, row.change) for row in each_row(rows)]
    many = len(shown) > MOST_POINTS
    if many:
        axes.plot(rows["score"], rows["change"], "o", color=INK, markerfacecolor="white")
    others = rows if many else shown
    label_points(axes, points, zip(others["score"], others["change"], strict=True))


def _legend(drawn: pd.DataFrame, frame: pd.DataFrame, words: Words) -> Iterator[tuple[str, Any]]:
    say = words.messages.say
    if len(drawn) <= MOST_POINTS:
        for level in LEVELS:
            if (drawn["level"] == level).any():
                yield level_name(words, level), mark(MARKS[level], markerfacecolor=FACES[level])
        for limit, marker in (("cap", 2), ("floor", 3)):
            if (drawn["held"] == limit).any():
                yield (
                    say(f"figure.score_and_change.{limit}"),
                    mark(marker, markersize=9, markeredgewidth=2),
                )
        if (drawn["restricted"] > 0).any():
            ring = mark("o", markerfacecolor="none", markeredgecolor=ALERT, markersize=9)
            yield say("figure.score_and_change.restricted"), ring
    if frame["infeasible"].any():
        yield say("figure.score_and_change.infeasible"), mark("x", markeredgecolor=ALERT)


def _counted(frame: pd.DataFrame, drawn: pd.DataFrame, words: Words) -> Iterator[str]:
    """Say what the figure shows here: the middle change by grade, and who is not drawn."""
    say, numbers = words.messages.say, words.numbers
    how = "many" if len(drawn) > MOST_POINTS else "marks"
    yield say(f"figure.score_and_change.{how}", most=MOST_POINTS)
    middle = [
        say(
            "figure.score_and_change.grade", grade=words.messages.code("grade.", grade),
            count=len(rows), change=numbers.change(rows["change"].median()),
        )
        for grade in words.messages.grades
        if len(rows := drawn[drawn["grade"] == grade])
    ]  # fmt: skip
    if middle:
        yield say("figure.score_and_change.grades", grades=words.messages.join(middle))
    yield say(
        "figure.score_and_change.held",
        cap=int((drawn["held"] == "cap").sum()),
        floor=int((drawn["held"] == "floor").sum()),
        restricted=int((drawn["restricted"] > 0).sum()),
        infeasible=int(frame["infeasible"].sum()),
    )
    if rest := len(frame) - len(drawn):
        yield say("figure.not_drawn", count=rest)
