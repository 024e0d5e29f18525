"""What judged indicators are held against, beside their score curves.

The findings of an evaluation and the pages that show a value beside its limit both read it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import gt, le, lt
from typing import Any, Literal, NamedTuple

from fundeval.policy.model import IndicatorRule

Severity = Literal["severe", "warning", "note"]


class Limit(NamedTuple):
    """A judged indicator that must not lie beyond a parameter, or a number, on that side.

    Of limits with one name the first that a value breaks is found. `schemes` says whose:
    those over `all` schemes, those of `one` scheme, or `any`.
    """

    finding: str
    severity: Severity
    indicators: tuple[str, ...]
    breaks: Callable[[Any, Any], Any]
    limit: float | str | Mapping[str, Any]
    schemes: Literal["all", "one", "any"] = "all"


# A rule on a unit speaks of all its schemes; a single one that would break it is noted. Funds
# are kept by scheme.
LIMITS = (
    Limit("below_floor", "warning", ("execution_rate",), lt, "execution_floor"),
    Limit("below_floor", "note", ("execution_rate",), lt, "execution_floor", "one"),
    Limit("above_budget", "warning", ("execution_rate",), gt, 1.0),
    Limit("above_budget", "note", ("execution_rate",), gt, 1.0, "one"),
    Limit(
        "growth_above_limit", "warning", ("outpatient_cost_growth", "inpatient_cost_growth"),
        gt, "cost_growth_limit",
    ),
    Limit("exam_share_above_limit", "warning", ("exam_share",), gt, "exam_share_limit"),
    Limit("surplus_low", "severe", ("surplus_rate",), lt, "surplus_rate_adjustment", "any"),
    Limit("surplus_low", "warning", ("surplus_rate",), lt, "surplus_rate_warning", "any"),
    Limit(
        "payable_months_low", "warning", ("payable_months",), le, "payable_months_warning", "any",
    ),
)  # fmt: skip


# What a scoring rule holds its indicator against: its key, what is found, the side that breaks it.
STATED = {"at_least": ("not_at_least", lt), "at_most": ("not_at_most", gt)}


def stated_limits(rules: Mapping[str, IndicatorRule]) -> Iterator[Limit]:
    """Yield the limits that scoring rules state, by the name of their indicator."""
    for name, rule in rules.items():
        for key, (finding, breaks) in STATED.items():
            if (limit := getattr(rule, key)) is not None:
                yield Limit(finding, "warning", (name,), breaks, limit, "any")
