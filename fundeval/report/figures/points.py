"""The points of units by indicator as a heat map, sorted by score."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from fundeval.pandas_models import DataFrame, Series, pa
from fundeval.report.charts.text_width import cut, wrap
from fundeval.report.figures.figure import GREY, LIGHT, Chart, Words, in_style

# Up to this many units stand in a row each; beyond, tenths of them by score.
MOST_ROWS = 40
TENTHS = 10
LEFT, RIGHT = 136, 44
MISSING = "xxx"
SHADES = LinearSegmentedColormap.from_list("shades", ("white", "#7fa8c9", "#123a5a"))


class Points(pa.DataFrameModel):
    """A row a unit and indicator; `share` of the points that it could have."""

    unit_id: Series[str]
    name: Series[str]
    score: Series[float] = pa.Field(nullable=True)
    indicator: Series[str]
    max: Series[float]
    share: Series[float] = pa.Field(nullable=True)


def points(frames: Mapping[str, pd.DataFrame], kind: str) -> DataFrame[Points]:
    """Return the share of its points that each unit of a kind has of each indicator.

    Parameters
    ----------
    frames
        Frames of an evaluation by name: `units`, `grades`, `scores`.
    kind
        The kind of the units: `hospital`, `region` or `department`.
    """
    units = frames["units"]
    units = units.loc[units["kind"] == kind, ["unit_id", "name"]]
    grades = frames["grades"][["unit_id", "score"]]
    units = units.merge(grades, on="unit_id", how="left", validate="one_to_one")
    scores = frames["scores"][["unit_id", "indicator", "points", "max"]]
    rows = units.merge(scores, on="unit_id", validate="one_to_many")
    rows = rows.assign(share=rows["points"] / rows["max"]).drop(columns="points")
    return DataFrame[Points](rows.sort_values(["unit_id", "indicator"], ignore_index=True))


@in_style
def draw_points(frame: DataFrame[Points], words: Words, kind: str) -> Chart | None:
    """Draw a heat map of points: the best score at the top, what has no value hatched.

    Parameters
    ----------
    frame
        What `points` returns.
    words
        For whom.
    kind
        The kind of the units, for the title.

    Returns
    -------
    Chart or None
        None where fewer than two units have points.
    """
    judged = frame.loc[frame["share"].notna(), "unit_id"].nunique()
    if judged < 2:
        return None
    weights = frame.groupby("indicator", dropna=True)["max"].median()
    order = weights.reset_index().sort_values(["max", "indicator"], ascending=[False, True])
    columns = order["indicator"].tolist()
    units = frame.drop_duplicates("unit_id")[["unit_id", "name", "score"]]
    units = units.sort_values(["score", "unit_id"], ascending=[False, True], ignore_index=True)
    many = len(units) > MOST_ROWS
    rows, names, scores = (_tenths if many else _single)(frame, units, words)
    shares = rows.reindex(columns=columns).astype("float64")
    known = frame[frame["share"].notna()].groupby("indicator", dropna=True)["unit_id"].nunique()
    titles = [wrap(words.messages.indicator(c), 330 / len(columns) / 7.5) for c in columns]
    bottom = 20 + 10 * max(title.count("\n") + 1 for title in titles)
    step = 24 if many else 18
    legend = {
        words.messages.say("figure.points.full"): _box(facecolor=SHADES(1.0)),
        words.messages.say("figure.points.none"): _box(facecolor="white"),
        words.messages.say("figure.points.missing"): _box(facecolor="white", hatch=MISSING),
    }
    high = bottom + step * len(shares)
    chart = Chart(words, "points", high + 16, legend, f"-{kind}")
    axes = chart.place(LEFT, bottom, 516 - LEFT - RIGHT, step * len(shares))
    _draw(axes, shares, words)
    for at, name in enumerate(names):
        lines = name.split("\n")
        for down, line in enumerate(lines):
            offset = 0.5 + (down - (len(lines) - 1) / 2) * 0.42
            axes.text(-0.1, at + offset, cut(line, (LEFT - 12) / 8), ha="right", va="center",
                      fontsize=8)  # fmt: skip
        axes.text(len(columns) + 0.1, at + 0.5, scores[at], ha="left", va="center", fontsize=8)
    chart.write(516 - RIGHT + 4, high + 5, words.messages.say("field.score"), color=GREY,
                fontsize=8)  # fmt: skip
    for at, title in enumerate(titles):
        for down, line in enumerate(title.split("\n")):
            place = LEFT + (at + 0.5) * (516 - LEFT - RIGHT) / len(columns)
            chart.write(place, bottom - 11 - 10 * down, line, ha="center", fontsize=7.5)
    say = words.messages.say
    chart.tell(
        _told(shares, names, words),
        say("figure.points.tenths", most=MOST_ROWS) if many else "",
        words.messages.sentence(
            say("figure.points.known", known=words.messages.join(
                f"{words.messages.indicator(c)} {known.get(c, 0)}/{_asked(frame, c)}"
                for c in columns
            ))
        ),
        kind=words.messages.code("kind.", kind), count=len(units),
    )  # fmt: skip
    return chart


def _single(
    frame: pd.DataFrame, units: pd.DataFrame, words: Words
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Return a row a unit: shares, names and scores."""
    rows = frame.pivot_table(index="unit_id", columns="indicator", values="share", dropna=False)
    scores = [words.numbers.number(score) for score in units["score"]]
    return rows.loc[units["unit_id"]], units["name"].tolist(), scores


def _tenths(
    frame: pd.DataFrame, units: pd.DataFrame, words: Words
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Return a row for each tenth of the units by score: mean shares, names, scores.

    Units without a score are a row of their own.
    """
    scored = units["score"].notna()
    place = np.arange(len(units)) * TENTHS // max(int(scored.sum()), 1)
    units = units.assign(tenth=np.where(scored, np.minimum(place, TENTHS - 1), TENTHS))
    tenth = units.set_index("unit_id")["tenth"]
    rows = frame.assign(tenth=frame["unit_id"].map(tenth))
    means = rows.pivot_table(index="tenth", columns="indicator", values="share", aggfunc="mean")
    groups = units.groupby("tenth", dropna=True)["score"]
    means = means.reindex(sorted(groups.groups))
    names, scores = [], []
    for _, own in groups:
        number = int(units["tenth"][own.index[0]])
        count = words.messages.say("figure.n", count=len(own))
        if number == TENTHS:
            names.append(f"{words.messages.say('figure.points.unscored')}\n{count}")
            scores.append(words.messages.say("report.missing"))
            continue
        named = words.messages.say("figure.points.tenth", number=number + 1)
        names.append(f"{named}\n{count}")
        scores.append(words.numbers.number(own.mean()))
    return means, names, scores


def _draw(axes: Axes, shares: pd.DataFrame, words: Words) -> None:
    sns.heatmap(
        shares, ax=axes, cmap=SHADES, vmin=0, vmax=1, cbar=False, linewidths=0.6,
        linecolor="white", xticklabels=False, yticklabels=False,
    )  # fmt: skip
    axes.set(xlabel="", ylabel="")
    axes.grid(visible=False)
    for down, row in enumerate(shares.to_numpy()):
        for across, share in enumerate(row):
            if np.isnan(share):
                axes.add_patch(
                    _box((across, down), 1, 1, facecolor="white", hatch=MISSING, edgecolor=LIGHT)
                )
                continue
            text = words.numbers.number(float(share) * 100, 0)
            axes.text(across + 0.5, down + 0.5, text, ha="center", va="center", fontsize=8,
                      color=_ink(share))  # fmt: skip


def _ink(share: float) -> str:
    """Return the colour of text that is told best from the shade of a share."""
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in SHADES(share)[:3]
    )
    # Above this luminance black has the larger contrast, at least 4.5 in either case.
    return "black" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "white"


def _box(
    place: tuple[float, float] = (0, 0), wide: float = 0, high: float = 0, **look: object
) -> Rectangle:
    return Rectangle(place, wide, high, **{"edgecolor": GREY, "linewidth": 0.6} | look)  # type: ignore[arg-type]


def _asked(frame: pd.DataFrame, indicator: str) -> int:
    return int((frame["indicator"] == indicator).sum())


def _told(shares: pd.DataFrame, names: list[str], words: Words) -> list[str]:
    """Return each row as text: what it has least of, and what it has no value of."""
    told = []
    for name, (_, row) in zip(names, shares.iterrows(), strict=True):
        known = row.dropna()
        lowest = "" if known.empty else words.messages.say(
            "figure.points.lowest", indicator=words.messages.indicator(str(known.idxmin())),
            share=words.numbers.percent(float(known.min()), digits=0),
        )  # fmt: skip
        told.append(words.messages.say(
            "figure.points.row", name=name.replace("\n", " "), lowest=lowest,
            missing=int(row.isna().sum()),
        ))  # fmt: skip
    return told
