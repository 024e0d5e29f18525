"""The groups of units whose results are compared, and what became of each.

All groups of a depth at once, in whole numbers of Python (dtype object), so that none overflows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np
import pandas as pd

from fundeval.arrays import Array, Truths, Whole
from fundeval.evaluation.budget.returns import Balance, Member, settle_group
from fundeval.evaluation.budget.sharing import round_to_sum
from fundeval.evaluation.budget.standing import JUDGED
from fundeval.evaluation.inputs import case_when
from fundeval.money import Integers, divide, exact
from fundeval.policy import Rules

# Figures of a group that each of its rows bears, in 分 but the first two.
FIGURES = (
    "group_count", "group_judged", "group_envelope", "group_withheld", "group_wanted",
    "group_retained",
)  # fmt: skip


@dataclass
class Groups:
    """The members of all groups, group after group, their figures as `Member` names them.

    Who is not counted neither gives nor takes: all of its figures are 0. `of` is the group of each,
    `first` where each group begins. λ is `numerator` over `denominator`, a place a group; `settle`
    finds it, with the `nets` of members and what groups have `retained`, and why (`reason`).
    """

    withheld: Integers
    wanted: Integers
    lowest: Integers
    highest: Integers
    scale: int
    of: Whole

    def __post_init__(self) -> None:
        self.first = np.flatnonzero(np.diff(self.of, prepend=-1))
        self.end = np.append(self.first[1:], len(self.of))
        self.numerator, self.denominator, self.retained, self.reason = (
            np.full(len(self.first), at_first, "object") for at_first in (1, 1, 0, "")
        )
        self.nets = np.zeros(len(self.of), "object")

    def add_up(self, figures: Array) -> Array:
        """Return the sum of each group."""
        sums: Array = np.add.reduceat(figures, self.first)
        return sums

    def changes(self) -> tuple[Integers, Integers]:
        """Return the change of each at λ, in whole parts of a 分, and the parts of a group's."""
        parts = self.denominator * self.scale
        whole = parts[self.of]
        change = self.numerator[self.of] * self.wanted - self.withheld * whole
        return np.clip(change, self.lowest * whole, self.highest * whole), parts

    def settle(self, moving: Truths, balance: Array) -> None:
        """Settle what is `moving`, as `settle_group` does; it does so alone where members stand at
        their bounds, so that λ must be looked for."""
        wanted, held = self.add_up(self.wanted), self.add_up(self.withheld)
        at_one = (balance == "within") & (self.add_up(self.changes()[0]) <= 0)
        balanced = ~at_one & (wanted > 0)
        common = np.gcd(held * self.scale, wanted)
        self.numerator[balanced] = (held * self.scale)[balanced] // common[balanced]
        self.denominator[balanced] = wanted[balanced] // common[balanced]
        changes, parts = self.changes()
        found = at_one | (balanced & (self.add_up(changes) == 0))
        totals = divide(self.add_up(changes), parts)
        self._round(changes, parts, totals, moving & found)
        for group in np.flatnonzero(moving & ~found):
            self._settle_alone(int(group), balance[group])

    def _round(self, changes: Integers, parts: Integers, totals: Integers, groups: Truths) -> None:
        """Round the changes of each group to whole 分 with their sum."""
        self.nets = changes // parts[self.of]
        for group in np.flatnonzero(groups & (totals > self.add_up(self.nets))):
            rows = slice(self.first[group], self.end[group])
            of_group = changes[rows].tolist()
            self.nets[rows] = round_to_sum(of_group, parts[group], totals[group])
        self.nets[~groups[self.of]] = 0
        self.retained = np.where(groups, -totals, 0)

    def _settle_alone(self, group: int, balance: Balance) -> None:
        rows = slice(self.first[group], self.end[group])
        figures = (self.withheld, self.wanted, self.lowest, self.highest)
        members = [*map(Member, *(of[rows].tolist() for of in figures))]
        factor, self.nets[rows], self.retained[group], self.reason[group] = settle_group(
            members, balance, self.scale
        )
        self.numerator[group], self.denominator[group] = factor.as_integer_ratio()


def settle_groups(frame: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Settle all groups of a depth: withhold, and return by result.

    `frame` are budgets, one at least, of groups whose `balance_rule` withholds. Returns of each
    `withheld`, `award`, `net`, `top` (the most it may end with) and `next_budget`, in 分; the
    `limit` that it stands at and the `reason` why it did not move; `factor`, `group_reason` and
    `FIGURES` of its group.
    """
    unit, group = (pd.factorize(frame[key], sort=True)[0] for key in ("unit_id", "group"))
    order = np.lexsort((unit, group))
    return _settle(frame.iloc[order], group[order], rules).iloc[np.argsort(order)]


def _settle(frame: pd.DataFrame, of: Whole, rules: Rules) -> pd.DataFrame:
    """Settle budgets in the order of their groups and, in these, of their units."""
    given = [rate or 0 for rate in frame["returned"]]
    counted = np.array([rate is not None for rate in frame["returned"]])
    judged = counted & (frame["standing"] == JUDGED).to_numpy()
    envelope, floor, cap = (
        frame[name].to_numpy("int64").astype("object") for name in ("envelope", "floor", "cap")
    )
    returned, parts = _over_one(given)
    link, links = _over_one(frame["link_rate"])
    kinds = {kind: exact(float(rules.by_kind("withheld_share", str(kind)) or 0))
             for kind in frame["kind"].unique()}  # fmt: skip
    share, shares = _over_one(kinds[kind] for kind in frame["kind"])
    capped = frame["capped"].to_numpy("bool")
    # Restricted, a unit may get what its link leaves above its floor.
    left = np.maximum(floor, np.minimum(cap, envelope * (links + link) // links))
    top = np.where(capped, left, cap)
    groups = Groups(
        withheld=divide(envelope * (share * links - link * shares), shares * links) * counted,
        wanted=envelope * share * returned * counted,
        lowest=(floor - envelope) * counted,
        highest=(top - envelope) * counted,
        scale=shares * parts,
        of=of,
    )
    count, sure = (groups.add_up(which.astype("int64")) for which in (counted, judged))
    balance = frame["balance_rule"].to_numpy("object")[groups.first]
    # Groups in which nothing moves: it takes a difference between two results.
    wanted = groups.add_up(groups.wanted)
    same = _are_alike((returned, link, capped), counted, groups)
    still = {
        "": (balance != "neutral") | (count == 0), "only_unit": sure < 2,
        "none_above_start": wanted == 0, "all_equal": same,
    }  # fmt: skip
    why = case_when(dict(pd.DataFrame(still))).to_numpy("object")
    moving = (count > 0) & (why == "")
    groups.settle(moving, balance)
    moved, nets = counted & moving[of], groups.nets
    withheld = groups.withheld * moved
    bound = {
        "": ~moved | (envelope == 0), "floor": nets == groups.lowest,
        "link": (nets == groups.highest) & (top != cap), "cap": nets == groups.highest,
    }  # fmt: skip
    reason = case_when({
        "": pd.Series(~counted), "counted_as_poor": ~judged,
        "equal_returns": _are_of_several(frame["result"], returned, judged, of),
    })  # fmt: skip
    alone = frame["standing"].mask(frame["standing"] == JUDGED, "only_unit")
    reason = alone.where(~counted, reason.array).mask(counted & (why != "")[of], why[of])
    whole = {
        "withheld": withheld, "award": nets + withheld, "net": nets, "top": top,
        "next_budget": envelope + nets,
    }  # fmt: skip
    figures = (
        count, sure, groups.add_up(envelope * counted), groups.add_up(groups.withheld),
        divide(wanted, groups.scale), groups.retained,
    )  # fmt: skip
    texts = {"limit": case_when(dict(pd.DataFrame(bound))).array, "reason": reason.array}
    whole |= {name: figure[of] for name, figure in zip(FIGURES, figures, strict=True)}
    ratios = zip(groups.numerator, groups.denominator, moving, strict=True)
    factor = [str(Fraction(*ratio)) if moves else "" for *ratio, moves in ratios]
    reasons = pd.Index(np.where(moving, groups.reason, why), dtype="str")
    texts |= {"factor": pd.Index(factor, dtype="str").take(of).array,
              "group_reason": reasons.take(of).array}  # fmt: skip
    columns = {name: figure.astype("int64") for name, figure in whole.items()}
    return pd.DataFrame(columns | texts, frame.index)


def _over_one(rates: Iterable[Fraction | int]) -> tuple[Integers, int]:
    """Return fractions as numerators over one denominator."""
    held = [*rates]
    common = lcm(*{rate.denominator for rate in held})
    numbers = [rate.numerator * (common // rate.denominator) for rate in held]
    return np.array(numbers, "object"), common


def _are_alike(figures: Iterable[Array], counted: Truths, groups: Groups) -> Truths:
    """Tell in which groups all that are counted have the same figures."""
    place = np.where(counted, np.arange(len(counted)), len(counted) - 1)
    model = np.minimum.reduceat(place, groups.first)[groups.of]
    differs = np.logical_or.reduce([of != of[model] for of in figures]) & counted
    alike: Truths = groups.add_up(differs.astype("int64")) == 0
    return alike


def _are_of_several(results: pd.Series, returned: Integers, judged: Truths, of: Whole) -> Truths:
    """Tell which judged units are returned as much as another result of their group is."""
    rows = pd.DataFrame({"group": of, "returned": returned, "result": results.array})[judged]
    counts = rows.groupby(["group", "returned"], sort=False, dropna=True)["result"].nunique()
    several = pd.MultiIndex.from_frame(rows[["group", "returned"]])
    found = np.zeros(len(of), "bool")
    found[judged] = counts.reindex(several).to_numpy() > 1
    return found
