"""Figures of a policy as they hold for each row: a number, or one that differs between units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from fundeval.arrays import Floats, Truths
from fundeval.policy import Rules
from fundeval.policy.varying import FLAG, OTHER, dimension_of


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

        def read(one: Any, rows: pd.DataFrame) -> Floats:
            part = replace(self, frame=rows)
            match one:
                case str() if one in self.rules.parameters:
                    return part.look_up(self.rules.value(one), otherwise)
                case int() | float():
                    return np.full(len(rows), float(one))
                case _:
                    return part.find(one)

        return by_code(figure, self.frame, read, otherwise)

    def find(self, figure: Any) -> Floats:
        """Return what the data hold for each row."""
        raise NotImplementedError


def by_code(
    value: Any, frame: pd.DataFrame, read: Callable[[Any, pd.DataFrame], Floats], otherwise: float
) -> Floats:
    """Return what `read` makes of a value, or of a map by code for the rows that a key is for.

    `otherwise` where no key is for a row; a dimension that the rows lack is covered by `other`
    alone, which is for all that are left.
    """
    if not isinstance(value, Mapping):
        return read(value, frame)
    found, left = np.full(len(frame), otherwise), np.ones(len(frame), "bool")
    for code in sorted(value, key=OTHER.__eq__):
        held = left & _has(frame, dimension_of(value), code)
        found[held] = by_code(value[code], frame[held], read, otherwise)
        left &= ~held
    return found


def spread(value: Any, frame: pd.DataFrame) -> Floats:
    """Return a number, or what a map by code has, for each row with kind, level and scheme.

    NaN where no key is for the row.

    Examples
    --------
    >>> rows = pd.DataFrame({"kind": ["hospital", "region"], "level": ["tertiary", None]})
    >>> spread({"tertiary": 0.8, "other": 0.7}, rows).tolist(), spread(0.9, rows).tolist()
    ([0.8, 0.7], [0.9, 0.9])
    """
    return by_code(value, frame, lambda one, rows: np.full(len(rows), float(one)), np.nan)


def _has(frame: pd.DataFrame, dimension: str, code: str) -> Truths:
    """Tell which rows a key of a map is for."""
    if code == OTHER or dimension not in {*frame, "flag"}:
        return np.full(len(frame), code == OTHER)
    if dimension == "flag":
        flags = frame["flags"].fillna("").astype("str").str.split(";")
        return np.array([code.removeprefix(FLAG) in of for of in flags], "bool")
    held: Truths = (frame[dimension] == code).to_numpy("bool", na_value=False)
    return held
