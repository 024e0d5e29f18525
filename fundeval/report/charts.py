"""The charts of a report. Each works in black and white and says in words what it shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from fundeval.report.drawing import ALERT, FILL, GREY, INK, LIGHT, axes, chart
from fundeval.report.forms import indicator_name, show_value
from fundeval.report.numbers import MoneyUnit, missing, number, percent
from fundeval.report.pieces import Html
from fundeval.report.view import each
from fundeval.words import say

MOST_SLOPES = 15
MOST_NAMED = 5
MOST_HEAT_ROWS = 40


def execution_bars(rates: pd.Series, floor: float, lang: str) -> Html:
    """Draw execution rates by year (index: year) as bars from zero, with the floor and 100 %."""
    shown = {year: percent(rate, lang, limits=(floor, 1.0)) for year, rate in rates.items()}
    positions = range(len(rates))
    with axes("execution", right=0.92) as ax:
        below = rates < floor
        bars = ax.bar(
            positions,
            rates.fillna(0) * 100,
            width=0.55,
            color=[ALERT if low else FILL for low in below],
            edgecolor=INK,
            hatch=["///" if low else "" for low in below],
        )
        backed = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        ax.bar_label(bars, list(shown.values()), label_type="center", bbox=backed)
        for line, style in ((floor, "--"), (1.0, "-")):
            ax.axhline(line * 100, color=INK, linestyle=style, linewidth=1)
            ax.text(
                len(rates) - 0.45, line * 100, percent(line, lang, digits=0), va="center", color=INK
            )
        ax.set_xticks(positions, [str(year) for year in rates.index])
        ax.set_xlim(-0.6, len(rates) - 0.5)
        ax.set_ylim(0, max(115.0, float(rates.max() or 0) * 112))
        ax.set_ylabel("%")
        values = _list((f"{year}: {value}" for year, value in shown.items()), lang)
        return chart(
            "execution",
            say("chart.execution", lang),
            say("chart.execution.text", lang, values=values, floor=percent(floor, lang, digits=0)),
            ax,
        )


def bridge_waterfall(steps: Sequence[tuple[str, float]], unit: MoneyUnit, lang: str) -> Html:
    """Draw the bridge as levels and floating steps; `steps` are (step, amount in 元), base first.

    The base and the next budget are lines, not bars: the axis need not start at zero, and a
    bar from a cut axis would mislead.
    """
    labels = [say(f"step.{step}", lang) for step, _ in steps] + [say("step.next_budget", lang)]
    shown = [unit.show(steps[0][1], lang)] + [unit.show(a, lang, sign=True) for _, a in steps[1:]]
    level = steps[0][1]
    total = sum(amount for _, amount in steps)
    with axes("bridge", height=3.4, left=0.13, bottom=0.12) as ax:
        ax.use_sticky_edges = False
        _level(ax, 0, level / unit.factor, shown[0])
        for position, (_, amount) in enumerate(steps[1:], start=1):
            before, level = level, level + amount
            ax.bar(
                position,
                amount / unit.factor,
                bottom=before / unit.factor,
                width=0.6,
                color=FILL if amount >= 0 else ALERT,
                edgecolor=INK,
                hatch="" if amount >= 0 else "///",
            )
            top = max(before, level) / unit.factor
            ax.annotate(
                shown[position], (position, top), (0, 3), textcoords="offset points", ha="center"
            )
            ax.plot([position - 1, position], [before / unit.factor] * 2, color=GREY, linewidth=0.8)
        _level(ax, len(steps), total / unit.factor, unit.show(total, lang))
        ax.set_xticks(range(len(labels)), [_wrap(label) for label in labels], fontsize=8)
        ax.yaxis.set_major_formatter("{x:,g}")
        ax.set_ylabel(unit.name)
        ax.margins(y=0.18)
        named = zip(labels, [*shown, unit.show(total, lang)], strict=True)
        return chart(
            "bridge",
            say("chart.bridge", lang),
            say(
                "chart.bridge.text",
                lang,
                unit=unit.name,
                values=_list((f"{n} {v}" for n, v in named), lang),
            ),
            ax,
        )


def cost_growth(growth: pd.DataFrame, limit: float, lang: str) -> Html:
    """Draw the growth of cost per visit (index: year, a column an indicator) beside its limit."""
    marks = ("o", "s")
    with axes("growth", right=0.93) as ax:
        for (indicator, values), mark in zip(growth.items(), marks, strict=False):
            name = indicator_name(str(indicator), lang)
            line = "-" if mark == "o" else "--"
            ax.plot(range(len(values)), values * 100, line, color=INK, marker=mark, label=name)
        ax.axhline(limit * 100, color=ALERT, linestyle=":", linewidth=1.6)
        ax.axhline(0, color=GREY, linewidth=0.8)
        ax.text(len(growth) - 0.55, limit * 100, percent(limit, lang, digits=0), va="center")
        ax.set_xticks(range(len(growth)), [str(year) for year in growth.index])
        ax.set_xlim(-0.4, len(growth) - 0.5)
        ax.set_ylabel("%")
        ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 0.98), ncols=2)
        ax.margins(y=0.15)
        shown = [
            f"{indicator_name(str(name), lang)} {year}: {percent(value, lang, (limit,), sign=True)}"
            for name, column in growth.items()
            for year, value in column.items()
            if not missing(value)
        ]
        return chart(
            "growth",
            say("chart.growth", lang),
            say(
                "chart.growth.text",
                lang,
                limit=percent(limit, lang, digits=0),
                values=_list(shown, lang),
            ),
            ax,
        )


def peer_ranges(rows: pd.DataFrame, titles: dict[str, str], currency: str, lang: str) -> Html:
    """Draw where the unit stands among its peers; a row an indicator, each on its own scale.

    `rows` has indicator, value and the quantiles of `peers`.
    """
    sentences = []
    with axes(
        "peers", height=0.7 + 0.55 * len(rows), left=0.3, right=0.95, top=0.94, bottom=0.04
    ) as ax:
        for position, row in enumerate(each(rows)):
            low, high = min(row.minimum, row.value), max(row.maximum, row.value)
            span = (high - low) or 1.0
            at = {q: (getattr(row, q) - low) / span for q in ("p10", "p25", "p50", "p75", "p90")}
            ax.hlines(
                position, (row.minimum - low) / span, (row.maximum - low) / span, LIGHT, linewidth=2
            )
            ax.hlines(position, at["p10"], at["p90"], GREY, linewidth=2)
            ax.barh(
                position,
                at["p75"] - at["p25"],
                left=at["p25"],
                height=0.3,
                color=LIGHT,
                edgecolor=GREY,
            )
            ax.vlines(at["p50"], position - 0.22, position + 0.22, INK, linewidth=2)
            ax.plot(
                (row.value - low) / span,
                position,
                "D",
                color=ALERT,
                markeredgecolor=INK,
                markersize=8,
            )
            shown = [
                show_value(row.indicator, v, lang, currency)
                for v in (row.minimum, row.p50, row.maximum, row.value)
            ]
            for x, text, side in ((0, shown[0], "left"), (1, shown[2], "right")):
                ax.text(x, position + 0.4, text, ha=side, va="center", fontsize=8, color=GREY)
            sentences.append(
                say(
                    "chart.peers.row",
                    lang,
                    name=indicator_name(row.indicator, lang, titles),
                    value=shown[3],
                    minimum=shown[0],
                    median=shown[1],
                    maximum=shown[2],
                    count=row.count,
                )
            )
        names = [indicator_name(name, lang, titles) for name in rows["indicator"]]
        ax.set_yticks(range(len(rows)), names)
        ax.invert_yaxis()
        ax.set_xticks([])
        ax.spines[["left", "bottom"]].set_visible(False)
        ax.tick_params(left=False)
        return chart(
            "peers",
            say("chart.peers", lang),
            say("chart.peers.text", lang, values=_list(sentences, lang)),
            ax,
        )


@dataclass(frozen=True)
class Slope:
    """A department's execution rates of two adjacent years, and its restriction state."""

    name: str
    before: float
    after: float
    state: str


def department_slopes(
    slopes: Sequence[Slope], years: tuple[int, int], floor: float, lang: str
) -> Html:
    """Draw each department's step from one year's execution rate to the next, the lowest first."""
    drawn = sorted(slopes, key=lambda slope: (slope.after, slope.name))[:MOST_SLOPES]
    with axes("departments", height=4.0, left=0.09, right=0.6, bottom=0.09) as ax:
        for slope in drawn:
            alert = slope.state == "restricted"
            ax.plot(
                [0, 1],
                [slope.before * 100, slope.after * 100],
                "-" if alert else "--",
                color=ALERT if alert else GREY,
                marker="s" if alert else "o",
                linewidth=2 if alert else 1,
            )
        heights = _spread([slope.after * 100 for slope in drawn], ax.get_ylim())
        for slope, height in zip(drawn, heights, strict=True):
            label = f"{slope.name} {percent(slope.after, lang, (floor,))}"
            ax.annotate(label, (1, slope.after * 100), (1.05, height), va="center", fontsize=8)
        ax.axhline(floor * 100, color=INK, linestyle=":", linewidth=1.2)
        ax.set_xticks([0, 1], [str(year) for year in years])
        ax.set_xlim(-0.15, 1.02)
        ax.set_ylabel("%")
        values = _list(
            (
                f"{slope.name} {percent(slope.after, lang, (floor,))}"
                for slope in drawn[:MOST_NAMED]
            ),
            lang,
        )
        text = say(
            "chart.departments.text",
            lang,
            first=years[0],
            last=years[1],
            values=values,
            floor=percent(floor, lang, digits=0),
            count=len(slopes),
            drawn=len(drawn),
        )
        return chart("departments", say("chart.departments", lang), text, ax)


def score_heat(points: pd.DataFrame, kind: str, lang: str) -> Html:
    """Draw points as a share of the maximum: index unit names, columns indicator names."""
    import seaborn as sns  # noqa: PLC0415  # only this chart needs it, and it is slow to import

    points = points.dropna(axis="columns", how="all").iloc[:MOST_HEAT_ROWS]
    height = 1.6 + 0.3 * len(points)
    margins = {"left": 0.24, "right": 0.99, "top": 1 - 0.1 / height, "bottom": 1.3 / height}
    with axes("heat", height=height, **margins) as ax:
        labels = points.map(lambda share: "" if missing(share) else number(share * 100, lang, 0))
        sns.heatmap(
            points, ax=ax, annot=labels, fmt="", cmap="Greys", vmin=0, vmax=2.2, cbar=False,
            linewidths=0.5, linecolor=LIGHT, annot_kws={"color": INK, "fontsize": 8},
        )  # fmt: skip
        ax.set(xlabel="", ylabel="")
        ax.tick_params(left=False, bottom=False, labelsize=8)
        ax.tick_params(axis="y", rotation=0)
        ax.set_xticks(ax.get_xticks(), [_wrap(str(c)) for c in points.columns], rotation=0)
        lowest = points.min().sort_values(kind="stable").head(3)
        shown = [
            f"{points[indicator].idxmin()}, {indicator}: {percent(share, lang, digits=0)}"
            for indicator, share in lowest.items()
        ]
        text = say(
            "chart.heat.text",
            lang,
            count=len(points),
            kind=say(f"kind.{kind}", lang),
            values=_list(shown, lang),
        )
        return chart("heat", say("chart.heat", lang), text, ax)


def _level(ax: Axes, position: int, height: float, label: str) -> None:
    ax.plot([position - 0.35, position + 0.35], [height, height], color=INK, linewidth=4)
    ax.annotate(label, (position, height), (0, 5), textcoords="offset points", ha="center")


def _list(parts: Iterable[str], lang: str) -> str:
    return say("report.semicolon", lang).join(parts)


def _spread(heights: Sequence[float], limits: tuple[float, float]) -> list[float]:
    """Return label heights in rising order that keep a line's distance from each other."""
    apart = (limits[1] - limits[0]) / (MOST_SLOPES + 1)
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + apart) if placed else height)
    return placed


def _wrap(text: str, width: int = 5) -> str:
    """Break a long column heading: Chinese by signs, other text by words."""
    if text.isascii():
        return text.replace(" ", "\n")
    return "\n".join(text[start : start + width] for start in range(0, len(text), width))
