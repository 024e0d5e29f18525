"""The points of units by indicator as a heat map, sorted by score."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from fundeval.pandas_models import DataFrame, Series, pa
from fundeval.report.charts.peer_comparison import BAD, heat_limit, shade
from fundeval.report.charts.text_width import cut, cut_each, fit_columns
from fundeval.report.figures.figure import GREY, INK, LIGHT, Chart, Words, in_style, unjudged

# Up to this many units stand in a row each; beyond, tenths of them by score.
MOST_ROWS = 40
TENTHS = 10
LEFT, RIGHT = 136, 44
MISSING = "xxx"


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
    """Draw a heat map of points: the lowest score at the top, what has no value hatched.

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
    units = units.sort_values(["score", "unit_id"], ignore_index=True)
    many = len(units) > MOST_ROWS
    rows, asked, names, scores = (_tenths if many else _single)(frame, units, words)
    shares = rows.reindex(columns=columns).astype("float64")
    asked = asked.reindex(index=shares.index, columns=columns).notna()
    known = frame[frame["share"].notna()].groupby("indicator", dropna=True)["unit_id"].nunique()
    titles, names_of_columns = fit_columns(
        [words.messages.indicator(c) for c in columns], 336 / len(columns) / 8.3, 4
    )
    bottom = 20 + 10 * max(title.count("\n") + 1 for title in titles)
    step = 24 if many else 18
    bad = heat_limit(words.messages)
    limit = words.numbers.percent(bad, digits=0)
    legend = {
        words.messages.say("figure.points.full"): _box(facecolor=shade(1, bad)),
        words.messages.say("figure.points.low", limit=limit): _box(facecolor=shade(bad, bad)),
        words.messages.say("figure.points.bad", limit=limit): _box(facecolor=BAD),
        words.messages.say("figure.points.missing"): _box(facecolor="white", hatch=MISSING),
    }
    high = bottom + step * len(shares)
    chart = Chart(words, "points", high + 16, legend, f"-{kind}")
    axes = chart.place(LEFT, bottom, 516 - LEFT - RIGHT, step * len(shares))
    _draw(axes, shares, asked, words, bad)
    for at, name in enumerate(names if many else cut_each(names, (LEFT - 12) / 8)):
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
            chart.write(place, bottom - 11 - 10 * down, line, ha="center", fontsize=8)
    say = words.messages.say
    chart.tell(
        _told(shares, asked, names, words),
        say("figure.points.tenths", most=MOST_ROWS) if many else "",
        words.messages.sentence(
            say("figure.points.known", known=words.messages.join(
                f"{words.messages.indicator(c)} {known.get(c, 0)}/{_asked(frame, c)}"
                for c in columns
            ))
        ),
        kind=words.messages.code("kind.", kind), count=len(units), limit=limit,
        found=_found(frame, columns, kind, bad, words),
    )  # fmt: skip
    chart.held, chart.names = LEFT, names_of_columns
    return chart


def _found(frame: pd.DataFrame, columns: list[str], kind: str, bad: float, words: Words) -> str:
    """Say which indicator earns least, and how many units have a bad one."""
    means = frame.groupby("indicator", dropna=True)["share"].mean().reindex(columns).dropna()
    worst = str(means.idxmin())
    low = frame.loc[frame["share"] < bad, "unit_id"].nunique()
    return words.messages.say(
        "figure.points.found", kind=words.messages.code("kind.", kind),
        indicator=words.messages.indicator(worst), low=low, count=frame["unit_id"].nunique(),
        share=words.numbers.percent(float(means[worst]), digits=0),
        limit=words.numbers.percent(bad, digits=0),
    ) + unjudged(words, int(frame["share"].isna().sum()), "fields")  # fmt: skip


def _single(
    frame: pd.DataFrame, units: pd.DataFrame, words: Words
) -> tuple[pd.DataFrame, pd.DataFrame, list[str], list[str]]:
    """Return a row a unit: shares, the weights of what is asked of it, names and scores."""
    rows = frame.pivot_table(index="unit_id", columns="indicator", values="share", dropna=False)
    asked = frame.pivot_table(index="unit_id", columns="indicator", values="max")
    scores = [words.numbers.number(score) for score in units["score"]]
    return rows.loc[units["unit_id"]], asked, units["name"].tolist(), scores


def _tenths(
    frame: pd.DataFrame, units: pd.DataFrame, words: Words
) -> tuple[pd.DataFrame, pd.DataFrame, list[str], list[str]]:
    """Return a row for each tenth of the units by score: mean shares, weights, names, scores.

    Units without a score are a row of their own.
    """
    scored = units["score"].notna()
    place = np.arange(len(units)) * TENTHS // max(int(scored.sum()), 1)
    units = units.assign(tenth=np.where(scored, np.minimum(place, TENTHS - 1), TENTHS))
    tenth = units.set_index("unit_id")["tenth"]
    rows = frame.assign(tenth=frame["unit_id"].map(tenth))
    means = rows.pivot_table(index="tenth", columns="indicator", values="share", aggfunc="mean")
    asked = rows.pivot_table(index="tenth", columns="indicator", values="max", aggfunc="mean")
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
    return means, asked, names, scores


def _draw(axes: Axes, shares: pd.DataFrame, asked: pd.DataFrame, words: Words, bad: float) -> None:
    """Draw a field for each share, all of one colour as one shape, and write the figures in.

    What cannot be judged is hatched; what is not asked of a unit stays empty.
    """
    deep, wide = shares.shape
    axes.set(xlabel="", ylabel="", xlim=(0, wide), ylim=(deep, 0))
    axes.set_axis_off()
    fields: dict[str, list[Path]] = {}
    for down, (row, due) in enumerate(zip(shares.to_numpy(), asked.to_numpy(), strict=True)):
        for across, share in enumerate(row):
            if np.isnan(share):
                if not due[across]:
                    continue
                axes.add_patch(
                    _box((across, down), 1, 1, facecolor="white", hatch=MISSING, edgecolor=LIGHT)
                )
                continue
            number = words.numbers.number(float(share) * 100, 0)
            text, ink = (f"▼ {number}", "white") if share < bad else (number, INK)
            # To the percent printed, so that fields of one colour are one shape.
            face = BAD if share < bad else shade(round(share, 2), bad)
            corners = [(across, down), (across + 1, down), (across + 1, down + 1),
                       (across, down + 1), (across, down)]  # fmt: skip
            fields.setdefault(face, []).append(Path(corners, closed=True))
            axes.text(across + 0.5, down + 0.5, text, ha="center", va="center", fontsize=8,
                      color=ink)  # fmt: skip
    for face, paths in sorted(fields.items()):
        whole = Path.make_compound_path(*paths)
        axes.add_patch(PathPatch(whole, facecolor=face, edgecolor="white", linewidth=0.6))


def _box(
    place: tuple[float, float] = (0, 0), wide: float = 0, high: float = 0, **look: object
) -> Rectangle:
    return Rectangle(place, wide, high, **{"edgecolor": GREY, "linewidth": 0.6} | look)  # type: ignore[arg-type]


def _asked(frame: pd.DataFrame, indicator: str) -> int:
    return int((frame["indicator"] == indicator).sum())


def _told(shares: pd.DataFrame, asked: pd.DataFrame, names: list[str], words: Words) -> list[str]:
    """Return each row as text: what it has least of, and what it has no value of."""
    told = []
    for name, (_, row), due in zip(names, shares.iterrows(), asked.to_numpy(), strict=True):
        known = row.dropna()
        lowest = "" if known.empty else words.messages.say(
            "figure.points.lowest", indicator=words.messages.indicator(str(known.idxmin())),
            share=words.numbers.percent(float(known.min()), digits=0),
        )  # fmt: skip
        told.append(words.messages.say(
            "figure.points.row", name=name.replace("\n", " "), lowest=lowest,
            missing=int((row.isna().to_numpy() & due).sum()),
        ))  # fmt: skip
    return told
