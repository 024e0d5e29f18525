"""What a score curve promises, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fundeval.indicator_registry import Direction
from fundeval.policy.curves import (
    BASELINE,
    FULL,
    AnyCurve,
    Composed,
    Figure,
    Found,
    Segments,
    Target,
    simple,
)
from fundeval.report.format.messages import Messages

Texts = Callable[[Figure], str]


def describe(messages: Messages, curve: AnyCurve, direction: Direction, name: Texts) -> str:
    """Return what a curve promises: value → percent of the weight, flat outside.

    `name` writes the figures, asked for in the order of `figures_of`.
    """
    match simple(curve, direction):
        case Composed() as whole:
            parts = [describe(messages, part, direction, name) for part in whole.of]
            bracketed = (messages.say("curve.part", part=part) for part in parts)
            text = messages.say(f"curve.{whole.kind}", parts=messages.listed(bracketed))
        case Segments() as whole:
            points = (messages.say("curve.point", value=name(x), percent=f"{y:.12g}")
                      for x, y in whole.rising(direction))  # fmt: skip
            text = messages.say("curve.points", points=messages.listed(points))
        case Target() as whole:
            text = messages.say(f"curve.target_{direction}", target=name(whole.target))
    shape = []
    if whole.step is not None:
        shape.append(messages.say("curve.step", step=f"{whole.step:g}"))
    if whole.floor > 0:
        shape.append(messages.say("curve.floor", floor=f"{whole.floor:g}"))
    if whole.cap < FULL:
        shape.append(messages.say("curve.cap", cap=f"{whole.cap:g}"))
    return messages.join([text, *shape])


def name_figure(messages: Messages, figure: Figure) -> str:
    """Return the name of a figure that is no number: of the peers, supplied, or by code."""
    if isinstance(figure, Mapping):
        return messages.by_code(figure, lambda inner: name_figure(messages, inner))
    if figure == BASELINE:
        return messages.say("curve.baseline")
    if not isinstance(figure, Found):
        return figure if isinstance(figure, str) else f"{figure:.12g}"
    [(name, value)] = figure.stated().items()
    if name == "measure":
        return messages.say("curve.supplied", name=messages.indicator(value))
    number = f"{value:+g}" if name == "mean_plus" else f"{value * FULL:g}"
    return messages.say(f"curve.{name}", value=number)
