"""How far chance alone may move a value that rests on few visits.

Shares: Wilson's score interval (E. B. Wilson, JASA 22, 1927), with the visits as trials.
Means per visit: a log-normal interval with the coefficient of variation that the policy
states, the usual limits of a funnel plot (D. J. Spiegelhalter, Statist. Med. 24, 2005).
Differences of shares: the normal interval of two independent proportions.
"""

from __future__ import annotations

import numpy as np

from fundeval.arrays import Floats
from fundeval.evaluation.indicators.formulas import Values, where
from fundeval.indicator_registry import Definition
from fundeval.policy import Rules


def bounds(definition: Definition, values: Values, rules: Rules) -> tuple[Floats, Floats]:
    """Return the ends of what chance explains of a share or mean, NaN without a volume."""
    z, variation = rules.value("interval_z"), rules.value("cost_variation")
    value, level = values.value, definition.level(rules.definitions)
    now, before = (where(n > 0, n) for n in (values.volume, values.volume_before))
    of_share = level.unit_of_measure == "fraction"
    match definition.formula:
        case "ratio" if of_share:
            return _wilson(where((value >= 0) & (value <= 1), value), now, z)
        case "ratio":
            return _log_normal(value, z * variation * _root(1 / now), 0)
        case "growth" | "real_growth" if level.formula == "ratio" and not of_share:
            return _log_normal(value, z * variation * _root(1 / now + 1 / before), 1)
        case "change" if of_share:
            p, q = (where((x >= 0) & (x <= 1), x) for x in (values.numerator, values.denominator))
            half = z * _root(p * (1 - p) / now + q * (1 - q) / before)
            return value - half, value + half
        case _:
            return np.full(len(value), np.nan), np.full(len(value), np.nan)


def _wilson(p: Floats, n: Floats, z: float) -> tuple[Floats, Floats]:
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return centre - half, centre + half


def _log_normal(value: Floats, spread: Floats, shift: int) -> tuple[Floats, Floats]:
    level = value + shift
    return level * np.exp(-spread) - shift, level * np.exp(spread) - shift


def _root(variance: Floats) -> Floats:
    root: Floats = np.sqrt(variance.clip(min=0))
    return root
