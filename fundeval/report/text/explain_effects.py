"""Where what was left unspent, or overspent, acts: each place with its base, rate and sum."""

from __future__ import annotations

from fundeval.indicator_registry import plain
from fundeval.report.unit_view import View
from fundeval.results.rows import ExecutionEffectRow
from fundeval.words import has


def place_name(view: View, place: str) -> str:
    """Return the name of a place: of the package, or of a driver of growth of the policy."""
    if has(f"effect.{place}"):
        return view.messages.say(f"effect.{place}")
    return view.messages.say("effect.driver", name=view.messages.step(place))


def explain_effects(view: View) -> list[str]:
    """Return a line for each place where the execution of the unit acts; none where it does not.

    A further scorecard moves other money, or none: there it is not told.
    """
    lines = []
    for row in [] if view.card else view.own(ExecutionEffectRow):
        figures = plain(row.amount)
        if row.base is not None and row.rate is not None:
            figures = view.messages.say(
                "explain.effect_product", base=plain(row.base), rate=plain(row.rate), amount=figures
            )
        lines.append(
            view.messages.say(
                "explain.effect",
                place=place_name(view, row.place),
                scheme=view.messages.code("scheme.", row.scheme),
                figures=figures,
                rule=view.policy.parameters[row.parameter]["description"][view.messages.lang],
            )
        )
    return [view.messages.say("explain.effects"), *lines] if lines else []
