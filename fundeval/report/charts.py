"""The charts of a report. Each works in black and white and says in words what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from fundeval.report.drawing import ALERT, FILL, GREY, INK, LIGHT, axes, chart
from fundeval.report.numbers import MoneyUnit, missing, money_unit
from fundeval.report.pieces import Html
from fundeval.report.view import View, each

MOST_DEPARTMENTS = 20
MOST_HEAT_ROWS = 40
MOST_BARS = 40
# How a fall below a limit is marked without colour.
HATCH = "///"
QUANTILES = ["minimum", "p10", "p25", "p50", "p75", "p90", "maximum"]


def execution_bars(view: View, rates: pd.Series) -> Html:
    """Draw execution rates by year (index: year) as bars from zero, with the floor and 100 %."""
    floor = view.limit("execution_floor")
    shown = [view.percent(rate, floor, 1.0) for rate in rates]
    below = rates < floor
    with axes("execution", right=0.92, top=0.97) as ax:
        _years(ax, rates.index)
        bars = ax.bar(
            range(len(rates)), rates.fillna(0) * 100, width=0.55, edgecolor=INK,
            color=[ALERT if low else FILL for low in below],
            hatch=[HATCH if low else "" for low in below],
        )  # fmt: skip
        backed = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        ax.bar_label(bars, shown, label_type="center", bbox=backed)
        _limit(ax, view, floor, linestyle="--")
        _limit(ax, view, 1.0, linestyle="-")
        ax.set_ylim(0, max(115.0, float(rates.max() or 0) * 112))
        values = (f"{year}: {value}" for year, value in zip(rates.index, shown, strict=True))
        return chart(view, "execution", ax, values, floor=view.percent(floor, digits=0))


def bridge_waterfall(view: View, steps: Sequence[tuple[str, float]], unit: MoneyUnit) -> Html:
    """Draw the bridge as levels and floating steps; `steps` are (step, amount in 元), base first.

    The base and the next budget are lines, not bars: the axis need not start at zero, and a
    bar from a cut axis would mislead.
    """
    labels = [view.say(f"step.{step}") for step, _ in [*steps, ("next_budget", 0.0)]]
    levels = pd.Series([amount for _, amount in steps]).cumsum() / unit.factor
    texts = [unit.show(steps[0][1], view.lang)]
    texts += [unit.show(amount, view.lang, sign=True) for _, amount in steps[1:]]
    texts.append(unit.show(sum(amount for _, amount in steps), view.lang))
    with axes("bridge", height=3.4, left=0.13, top=0.97, bottom=0.12) as ax:
        ax.use_sticky_edges = False
        for position in range(1, len(steps)):
            before, after = levels[position - 1], levels[position]
            rises = after >= before
            ax.bar(
                position, after - before, bottom=before, width=0.6, edgecolor=INK,
                color=FILL if rises else ALERT, hatch="" if rises else HATCH,
            )  # fmt: skip
            ax.plot([position - 1, position], [before, before], color=GREY, linewidth=0.8)
            _above(ax, position, max(before, after), texts[position])
        for position, level in ((0, levels[0]), (len(steps), levels.iloc[-1])):
            ax.plot([position - 0.35, position + 0.35], [level, level], color=INK, linewidth=4)
            _above(ax, position, level, texts[position])
        ax.set_xticks(range(len(labels)), [_wrap(label) for label in labels], fontsize=8)
        ax.yaxis.set_major_formatter("{x:,g}")
        ax.set_ylabel(unit.name)
        ax.margins(y=0.18)
        values = (f"{label} {text}" for label, text in zip(labels, texts, strict=True))
        return chart(view, "bridge", ax, values, unit=unit.name)


def progress_lines(view: View, rows: pd.DataFrame, unit: MoneyUnit) -> Html:
    """Draw executed and phased budget to date by month, a mark for each scheme.

    `rows` is a part of `warnings` in which both amounts are known.
    """
    values = []
    with axes("progress", left=0.13) as ax:
        for (scheme, group), mark in zip(rows.groupby("scheme"), "os^Dv", strict=False):
            name = view.say(f"scheme.{scheme}")
            months = group["month"].astype(int)
            executed = f"{name} {view.say('column.executed_to_date')}"
            phased = f"{name} {view.say('column.phased')}"
            ax.plot(months, group["executed"] / unit.factor, f"-{mark}", color=INK, label=executed)
            ax.plot(
                months, group["phased"] / unit.factor, f"--{mark}", color=GREY, label=phased,
                markerfacecolor="white",
            )  # fmt: skip
            last = group.iloc[-1]
            values += [
                f"{executed} {unit.show(last['executed'], view.lang)}",
                f"{phased} {unit.show(last['phased'], view.lang)}",
            ]
        ax.set_xticks(sorted(rows["month"].astype(int).unique()))
        ax.set_ylim(bottom=0)
        ax.yaxis.set_major_formatter("{x:,g}")
        ax.set_ylabel(unit.name)
        ax.legend(frameon=False, fontsize=8)
        return chart(view, "progress", ax, values, unit=unit.name)


def cost_growth(view: View, growth: pd.DataFrame) -> Html:
    """Draw the growth of cost per visit (index: year, a column an indicator) beside its limit."""
    limit = view.limit("cost_growth_limit")
    values = []
    with axes("growth", right=0.93) as ax:
        _years(ax, growth.index)
        for (indicator, column), style in zip(growth.items(), ("-o", "--s"), strict=False):
            name = view.indicator(str(indicator))
            ax.plot(range(len(column)), column * 100, style, color=INK, label=name)
            values += [
                f"{name} {year}: {view.percent(value, limit)}"
                for year, value in column.dropna().items()
            ]
        ax.axhline(0, color=GREY, linewidth=0.8)
        _limit(ax, view, limit, linestyle=":")
        ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 0.98), ncols=2)
        ax.margins(y=0.15)
        return chart(view, "growth", ax, values, limit=view.percent(limit, digits=0))


def peer_ranges(view: View, rows: pd.DataFrame) -> Html:
    """Draw where the unit stands among its peers; a row an indicator, each on its own scale.

    `rows` has indicator, value and the quantiles of `peers`.
    """
    lowest = rows[["minimum", "value"]].min(axis=1)
    span = (rows[["maximum", "value"]].max(axis=1) - lowest).replace(0, 1)
    at = rows[[*QUANTILES, "value"]].sub(lowest, axis=0).div(span, axis=0)
    positions = list(range(len(rows)))
    margins = {"left": 0.3, "right": 0.95, "top": 0.99, "bottom": 0.04}
    values = []
    with axes("peers", height=0.3 + 0.55 * len(rows), **margins) as ax:
        ax.hlines(positions, at["minimum"], at["maximum"], LIGHT, linewidth=2)
        ax.hlines(positions, at["p10"], at["p90"], GREY, linewidth=2)
        ax.barh(positions, at["p75"] - at["p25"], 0.3, at["p25"], color=LIGHT, edgecolor=GREY)
        ax.plot(at["p50"], positions, "|", color=INK, markersize=14, markeredgewidth=2)
        ax.plot(at["value"], positions, "D", color=ALERT, markeredgecolor=INK, markersize=8)
        small: dict[str, Any] = {"va": "center", "fontsize": 8, "color": GREY}
        for position, row in enumerate(each(rows)):
            ends = {end: view.show(row.indicator, getattr(row, end)) for end in QUANTILES}
            ax.text(0, position + 0.4, ends["minimum"], ha="left", **small)
            ax.text(1, position + 0.4, ends["maximum"], ha="right", **small)
            values.append(
                view.say(
                    "chart.peers.row",
                    name=view.indicator(row.indicator),
                    value=view.show(row.indicator, row.value),
                    count=row.count,
                    **ends,
                )
            )
        names = [fill(view.indicator(name), 26) for name in rows["indicator"]]
        ax.set_yticks(positions, names, fontsize=9)
        ax.invert_yaxis()
        ax.set_xticks([])
        ax.spines[["left", "bottom"]].set_visible(False)
        ax.tick_params(left=False)
        return chart(view, "peers", ax, values)


def department_rates(view: View, rows: pd.DataFrame) -> Html:
    """Draw each department's step from last year's execution rate to this one's, lowest first.

    `rows` has name, previous_rate, rate and state.
    """
    floor = view.limit("execution_floor")
    drawn = rows.sort_values(["rate", "name"]).head(MOST_DEPARTMENTS)
    shown = [view.percent(rate, floor) for rate in drawn["rate"]]
    height = 0.8 + 0.28 * len(drawn)
    margins = {"left": 0.24, "right": 0.93, "top": 1 - 0.1 / height, "bottom": 0.5 / height}
    with axes("departments", height=height, **margins) as ax:
        for position, row in enumerate(each(drawn)):
            alert = row.state == "restricted"
            color, mark = (ALERT, "s") if alert else (GREY, "o")
            before, after = row.previous_rate * 100, row.rate * 100
            ax.plot([before, after], [position, position], color=color, linewidth=1 + alert)
            ax.plot(before, position, mark, color=color, markerfacecolor="white")
            ax.plot(after, position, mark, color=color)
            side, offset = ("right", -7) if after < before else ("left", 7)
            ax.annotate(
                shown[position], (after, position), (offset, 0), textcoords="offset points",
                ha=side, va="center", fontsize=8,
            )  # fmt: skip
        ax.axvline(floor * 100, color=INK, linestyle=":", linewidth=1.2)
        ax.set_yticks(range(len(drawn)), drawn["name"], fontsize=8)
        ax.invert_yaxis()
        ax.set_xlabel("%")
        ax.margins(x=0.15)
        values = (f"{name} {text}" for name, text in zip(drawn["name"], shown, strict=True))
        return chart(
            view, "departments", ax, values,
            first=view.year - 1, last=view.year, floor=view.percent(floor, digits=0),
            count=len(rows), lowest=len(drawn),
        )  # fmt: skip


def score_heat(view: View, points: pd.DataFrame, kind: str) -> Html:
    """Draw points as a share of the maximum: index unit names, columns indicator names."""
    import seaborn as sns  # noqa: PLC0415  # only this chart needs it, and it is slow to import

    points = points.dropna(axis="columns", how="all").iloc[:MOST_HEAT_ROWS]
    height = 1.6 + 0.3 * len(points)
    margins = {"left": 0.24, "right": 0.99, "top": 1 - 0.1 / height, "bottom": 1.3 / height}
    with axes("heat", height=height, **margins) as ax:
        labels = points.map(lambda share: "" if missing(share) else view.number(share * 100, 0))
        sns.heatmap(
            points, ax=ax, annot=labels, fmt="", cmap="Greys", vmin=0, vmax=2.2, cbar=False,
            linewidths=0.5, linecolor=LIGHT, annot_kws={"color": INK, "fontsize": 8},
        )  # fmt: skip
        ax.set(xlabel="", ylabel="")
        ax.tick_params(left=False, bottom=False, labelsize=8)
        ax.tick_params(axis="y", rotation=0)
        ax.set_xticks(ax.get_xticks(), [_wrap(str(c)) for c in points.columns], rotation=0)
        lowest = points.min().sort_values(kind="stable").head(3)
        values = (
            f"{points[indicator].idxmin()}, {indicator}: {view.percent(share, digits=0)}"
            for indicator, share in lowest.items()
        )
        return chart(view, "heat", ax, values, count=len(points), kind=view.say(f"kind.{kind}"))


def fund_fan(view: View, scheme: str, closing: pd.DataFrame) -> Html:
    """Draw a fund's closing balance in 元 (index: year, a column a scenario) against zero."""
    unit = money_unit(closing.to_numpy().ravel(), view.lang, view.currency)
    drawn = closing / unit.factor
    band = drawn.drop(columns="gdp_line", errors="ignore")
    with axes(f"projection-{scheme}", top=0.88) as ax:
        ax.fill_between(
            drawn.index, band.min(axis=1), band.max(axis=1), color=LIGHT, edgecolor=GREY,
            label=view.say("projection.band"),
        )  # fmt: skip
        for scenario, style in (("trend", "-o"), ("gdp_line", "--s")):
            if scenario in drawn:
                ax.plot(drawn[scenario], style, color=INK, label=view.scenario(scenario))
        ax.axhline(0, color=ALERT, linewidth=1.5)
        ax.set_xticks(list(drawn.index))
        ax.yaxis.set_major_formatter("{x:,g}")
        ax.set_ylabel(unit.name)
        ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 0.98), ncols=3)
        values = (
            f"{view.scenario(str(name))} {year}: {unit.show(amount, view.lang)}"
            for name, path in closing.items()
            for year, amount in path.dropna().items()
        )
        stated = {"scheme": view.say(f"scheme.{scheme}"), "unit": unit.name}
        return chart(view, "projection", ax, values, f"-{scheme}", **stated)


def change_bars(view: View, changes: pd.Series) -> Html:
    """Draw changes of money in 元 (index: unit names) as bars from zero, the largest gain first."""
    drawn = changes.sort_values(ascending=False, kind="stable")
    drawn = drawn[drawn.abs().rank(ascending=False, method="first") <= MOST_BARS]
    unit = money_unit(drawn, view.lang, view.currency)
    shown = [unit.show(amount, view.lang, sign=True) for amount in drawn]
    height = 0.7 + 0.3 * len(drawn)
    margins = {"left": 0.24, "right": 0.95, "top": 1 - 0.1 / height, "bottom": 0.5 / height}
    with axes("what_if", height=height, **margins) as ax:
        loses = drawn < 0
        bars = ax.barh(
            range(len(drawn)), drawn / unit.factor, height=0.6, edgecolor=INK,
            color=[ALERT if less else FILL for less in loses],
            hatch=[HATCH if less else "" for less in loses],
        )  # fmt: skip
        ax.bar_label(bars, shown, padding=4, fontsize=8)
        ax.axvline(0, color=INK, linewidth=1)
        ax.set_yticks(range(len(drawn)), drawn.index, fontsize=8)
        ax.invert_yaxis()
        ax.set_xlabel(unit.name)
        ax.margins(x=0.2)
        values = (f"{name} {text}" for name, text in zip(drawn.index, shown, strict=True))
        return chart(view, "what_if", ax, values, unit=unit.name)


def _years(ax: Axes, years: Any) -> None:
    """Give the axes one place a year and percent upwards, with room for a limit's label."""
    ax.set_xticks(range(len(years)), [str(year) for year in years])
    ax.set_xlim(-0.6, len(years) - 0.5)
    ax.set_ylabel("%")


def _limit(ax: Axes, view: View, limit: float, linestyle: str) -> None:
    ax.axhline(limit * 100, color=INK, linestyle=linestyle, linewidth=1.2)
    right = ax.get_xlim()[1] + 0.05
    ax.text(right, limit * 100, view.percent(limit, digits=0), va="center", color=INK)


def _above(ax: Axes, position: int, height: float, text: str) -> None:
    ax.annotate(text, (position, height), (0, 4), textcoords="offset points", ha="center")


def _wrap(text: str, width: int = 5) -> str:
    """Break a long column heading: Chinese by signs, other text by words."""
    if text.isascii():
        return text.replace(" ", "\n")
    return "\n".join(text[start : start + width] for start in range(0, len(text), width))
