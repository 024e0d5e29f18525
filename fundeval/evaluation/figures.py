"""Figures of a policy as they hold for each row: a number, or one that differs between units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from fundeval.evaluation.cells import Floats, Truths
from fundeval.policy import Rules
from fundeval.policy.varying import DIMENSIONS, FLAG, OTHER, dimension_of, pick


@dataclass(frozen=True)
class Figures:
    """What figures are looked up in: rows with kind, level and scheme, and the policy.

    Where figures may differ by flags the rows have them too.
    """

    frame: pd.DataFrame
    rules: Rules

    def look_up(self, figure: Any, otherwise: float = np.nan) -> Floats:
        """Return a figure for each row: missing where the data do not have it, `otherwise` where
        no key of a map by code is for the row."""
        match figure:
            case str() if figure in self.rules.parameters:
                return self.look_up(self.rules.value(figure), otherwise)
            case Mapping():
                found, left = np.full(len(self.frame), otherwise), np.ones(len(self.frame), "bool")
                for code in sorted(figure, key=OTHER.__eq__):
                    held = left & self._has(dimension_of(figure), code)
                    part = replace(self, frame=self.frame[held])
                    found[held] = part.look_up(figure[code], otherwise)
                    left &= ~held
                return found
            case int() | float():
                return np.full(len(self.frame), float(figure))
            case _:
                return self.find(figure)

    def find(self, figure: Any) -> Floats:
        """Return what the data hold for each row."""
        raise NotImplementedError

    def _has(self, dimension: str, code: str) -> Truths:
        """Tell which rows a key of a map is for; `other`, the last, is for all that are left."""
        if code == OTHER:
            return np.ones(len(self.frame), "bool")
        if dimension == "flag":
            flags = self.frame["flags"].fillna("").astype("str").str.split(";")
            return np.array([code.removeprefix(FLAG) in of for of in flags], "bool")
        held: Truths = (self.frame[dimension] == code).to_numpy("bool", na_value=False)
        return held


def spread(value: Any, frame: pd.DataFrame) -> Floats:
    """Return a number, or what a map by code has, for each row with kind, level and scheme.

    NaN where no key is for the row; a dimension that the rows lack is covered by `other` alone.

    Examples
    --------
    >>> rows = pd.DataFrame({"kind": ["hospital", "region"], "level": ["tertiary", None]})
    >>> spread({"tertiary": 0.8, "other": 0.7}, rows).tolist(), spread(0.9, rows).tolist()
    ([0.8, 0.7], [0.9, 0.9])
    """
    if not isinstance(value, Mapping):
        return np.full(len(frame), float(value))
    columns = [dimension for dimension in DIMENSIONS if dimension in frame]
    rows = zip(*(frame[column] for column in columns), strict=True)
    picked = [pick(value, **dict(zip(columns, row, strict=True))) for row in rows]
    return np.array([np.nan if one is None else one for one in picked], "float64")
