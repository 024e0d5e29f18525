"""What moves next year's budgets of hospitals: needs, the envelope, results."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from fundeval.pandas_models import DataFrame, Series, pa
from fundeval.report.charts.text_width import cut_each
from fundeval.report.figures.figure import (
    ALERT,
    FILL,
    GREY,
    INK,
    LEVELS,
    Chart,
    Words,
    in_style,
    level_name,
    mark,
    percent_axis,
    unjudged,
)
from fundeval.report.figures.hospitals import grouped_hospitals

PARTS = ("needs", "fit", "result")
LOOKS: dict[str, tuple[str, str]] = {
    "needs": (FILL, ""), "fit": ("white", "\\\\\\"), "result": (ALERT, "///"),
}  # fmt: skip
LEFT, STEP = 130, 44


class BudgetParts(pa.DataFrameModel):
    """A row a hospital: amounts in 元; missing where no budget could be drawn up."""

    unit_id: Series[str]
    group: Series[str]
    group_name: Series[str]
    base: Series[float] = pa.Field(nullable=True)
    needs: Series[float] = pa.Field(nullable=True)
    fit: Series[float] = pa.Field(nullable=True)
    result: Series[float] = pa.Field(nullable=True)


def budget_parts(frames: Mapping[str, pd.DataFrame]) -> DataFrame[BudgetParts]:
    """Split the change of each hospital's next budget into needs, envelope and result.

    Parameters
    ----------
    frames
        Frames of an evaluation by name: `units`, `allocations`.

    Returns
    -------
    pandas.DataFrame
        `needs`: growth of needs on the base; `fit`: what fitting into the envelope takes or adds;
        `result`: what the evaluation and the execution move. Together they are the change.
    """
    hospitals = grouped_hospitals(frames["units"])
    rows = frames["allocations"]
    rows = rows[rows["unit_id"].isin(hospitals["unit_id"])]
    moved = pd.DataFrame({
        "unit_id": rows["unit_id"],
        "base": rows["base"],
        "needs": rows["needs"] - rows["base"],
        "fit": rows["envelope"] - rows["desired"],
        "result": rows["desired"] - rows["needs"] + rows["next_budget"] - rows["envelope"],
    })  # fmt: skip
    # A hospital with a budget that could not be drawn up has no change.
    by_unit = moved.groupby("unit_id", dropna=True)
    # Differences and sums of floats: back to the 分.
    sums = by_unit.sum().round(2)
    incomplete = moved.loc[moved.isna().any(axis=1), "unit_id"]
    sums = sums[~sums.index.isin(incomplete)].reset_index()
    columns = ["unit_id", "group", "group_name"]
    made = hospitals[columns].merge(sums, on="unit_id", how="left", validate="one_to_one")
    return DataFrame[BudgetParts](made)


@in_style
def draw_budget_parts(frame: DataFrame[BudgetParts], words: Words) -> Chart | None:
    """Draw the parts of the change of next year's budgets as bars, by region or by level.

    Returns
    -------
    Chart or None
        None where no hospital has a next budget.
    """
    known = frame[frame["base"].notna() & (frame["base"] > 0)]
    if known.empty:
        return None
    sums = known.groupby("group", dropna=True)[["base", *PARTS]].sum().round(2)
    counts = known["group"].value_counts()
    shown = _order(known, sums)
    shares = sums[[*PARTS]].div(sums["base"], axis=0).loc[shown]
    chart = Chart(words, "budget_parts", 42 + STEP * len(shown), _legend(words))
    axes = chart.place(LEFT, 34, 508 - LEFT, STEP * len(shown))
    tall = shares.rename_axis("group").reset_index().melt("group", var_name="part", value_name="v")
    sns.barplot(
        tall, x="v", y="group", hue="part", order=shown, hue_order=PARTS, orient="h", width=0.78,
        palette={part: look[0] for part, look in LOOKS.items()}, edgecolor=INK, linewidth=0.8,
        saturation=1, errorbar=None, legend=False, ax=axes,
    )  # fmt: skip
    for bars, part in zip(axes.containers, PARTS, strict=True):
        for bar in bars:
            bar.set_hatch(LOOKS[part][1])
    totals = shares.sum(axis=1)
    axes.plot(totals, range(len(shown)), "D", color=INK, markersize=6, linestyle="none", zorder=4)
    _label(axes, shares, totals, words)
    _axes(chart, axes, known, shown, counts, words)
    say = words.messages.say
    missing = len(frame) - len(known)
    whole = known[[*PARTS]].sum().round(2) / known["base"].sum()
    chart.tell(
        (_told(name, dict(shares.T[group]), words)
         for group, name in zip(shown, _names(known, shown, words), strict=True)),
        say("figure.budget_parts.missing", count=missing) if missing else "",
        found=say(
            "figure.budget_parts.whole", **{p: words.numbers.change(whole[p]) for p in PARTS},
            total=words.numbers.change(whole.sum()), year=words.year + 1,
        ) + unjudged(words, missing),
        count=len(known), year=words.year + 1,
    )  # fmt: skip
    chart.held = LEFT
    return chart


def _legend(words: Words) -> dict[str, Artist]:
    entries: dict[str, Artist] = {
        words.messages.say(f"figure.budget_parts.{part}"): Rectangle(
            (0, 0), 0, 0, facecolor=face, hatch=hatch, edgecolor=INK
        )
        for part, (face, hatch) in LOOKS.items()
    }
    entries[words.messages.say("figure.budget_parts.total")] = mark("D", markerfacecolor=INK)
    return entries


def _order(known: pd.DataFrame, sums: pd.DataFrame) -> list[str]:
    """Return levels from the highest, or regions by the change of their budgets."""
    if (known["group_name"] == "").all():
        return [level for level in LEVELS if level in sums.index]
    change = sums[[*PARTS]].sum(axis=1) / sums["base"]
    order = pd.DataFrame({"group": sums.index, "change": change.to_numpy()})
    order = order.sort_values(["change", "group"], ascending=[False, True])
    return order["group"].tolist()


def _names(known: pd.DataFrame, groups: list[str], words: Words) -> list[str]:
    names = known.drop_duplicates("group").set_index("group")["group_name"]
    return [names[group] or level_name(words, group) for group in groups]


def _label(axes: Axes, shares: pd.DataFrame, totals: pd.Series, words: Words) -> None:
    """Write each share at the end of its bar, and what they make together."""
    low, high = min(shares.min().min(), totals.min(), 0), max(shares.max().max(), totals.max(), 0)
    room = max(high - low, 0.002)
    axes.set_xlim(low - 0.14 * room, high + 0.26 * room)
    for at, (_, row) in enumerate(shares.iterrows()):
        for number, part in enumerate(PARTS):
            value = float(row[part])
            side, off = ("left", 0.01) if value >= 0 else ("right", -0.01)
            place = at + (number - 1) * 0.26
            axes.text(value + off * room, place, words.numbers.change(value), ha=side, va="center",
                      fontsize=8, zorder=5,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4})  # fmt: skip
        axes.text(high + 0.25 * room, at, words.numbers.change(float(totals.iloc[at])), ha="right",
                  va="center", fontsize=8.5, weight="bold")  # fmt: skip


def _axes(  # noqa: PLR0913, PLR0917
    chart: Chart, axes: Axes, known: pd.DataFrame, groups: list[str], counts: pd.Series,
    words: Words,
) -> None:  # fmt: skip
    axes.axvline(0, color=INK, linewidth=1)
    axes.set(xlabel="", ylabel="", ylim=(len(groups) - 0.5, -0.5))
    axes.set_yticks([])
    axes.grid(visible=False, axis="y")
    percent_axis(axes.xaxis)
    names = cut_each([*_names(known, groups, words)], (LEFT - 12) / 8.5)
    for at, (group, name) in enumerate(zip(groups, names, strict=True)):
        up = 34 + STEP * (len(groups) - at - 0.5)
        chart.write(LEFT - 8, up + 1, name, ha="right", va="baseline")
        count = words.messages.say("figure.n", count=int(counts[group]))
        chart.write(LEFT - 8, up - 11, count, ha="right", va="baseline", color=GREY, fontsize=8)
    chart.write(4, 8, words.messages.say("figure.budget_parts.x"), color=GREY)


def _told(name: str, row: Mapping[str, float], words: Words) -> str:
    return words.messages.say(
        "figure.budget_parts.row", name=name, total=words.numbers.change(sum(row.values())),
        **{part: words.numbers.change(float(row[part])) for part in PARTS},
    )  # fmt: skip
