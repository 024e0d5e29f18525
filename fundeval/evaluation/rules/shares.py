"""Shares, rates and limits as they hold for each row: one number, or one that differs by unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fundeval.evaluation.budget.schedules import Schedule
from fundeval.evaluation.inputs import Inputs
from fundeval.money import to_fen
from fundeval.policy import Rules
from fundeval.policy.model import RateBy
from fundeval.policy.varying import FLAG, OTHER, dimension_of

SCORE = "score"
AMOUNTS = ("quota", "fee_for_service", "paid", "prepaid", "reasonable_overrun")


@dataclass(frozen=True)
class Shares:
    """What shares are looked up in: units and measures, the units' scores, and the policy."""

    inputs: Inputs
    scores: pd.Series
    rules: Rules

    def of(self, name: str, rows: pd.DataFrame, otherwise: float) -> pd.Series:
        """Return a parameter for each row; see `read`."""
        return self.read(self.rules.value(name), rows, otherwise)

    def read(self, share: Any, rows: pd.DataFrame, otherwise: float) -> pd.Series:
        """Return a share for each row: NaN where the measure or score that it names has no value
        for the unit, `otherwise` where no key of a map by code is for the row."""
        match share:
            case Mapping():
                found, left = pd.Series(otherwise, rows.index), np.ones(len(rows), "bool")
                for code in sorted(share, key=OTHER.__eq__):
                    held = left & self._has(code, dimension_of(share), rows)
                    found[held] = self.read(share[code], rows[held], otherwise)
                    left &= ~held
                return found
            case str() if share in self.rules.parameters:
                return self.of(share, rows, otherwise)
            case str():
                return self.supplied(share, rows)
            case RateBy():
                places = self.supplied(share.by, rows)
                return Schedule(share.points).at_each(places).astype("float64")
            case _:
                return pd.Series(float(share), rows.index)

    def amount(self, name: str, rows: pd.DataFrame) -> pd.Series:
        """Return an amount in 分: one of settlements, or a supplied measure in 元."""
        return rows[name] if name in AMOUNTS else to_fen(self.supplied(name, rows))

    def supplied(self, measure: str, rows: pd.DataFrame) -> pd.Series:
        """Return the value of a supplied measure, or the score, of the unit of each row."""
        given = self.inputs.measures[self.inputs.measures["measure"] == measure]
        values = self.inputs.rows_of_year(given).set_index("unit_id")["value"]
        return rows["unit_id"].map(self.scores if measure == SCORE else values).astype("float64")

    def _has(self, code: str, dimension: str, rows: pd.DataFrame) -> Any:
        """Tell which rows a key of a map is for; `other`, the last, is for all that are left."""
        units = self.inputs.units.set_index("unit_id")
        if code == OTHER:
            return np.ones(len(rows), "bool")
        if dimension == "flag":
            flags = ";" + rows["unit_id"].map(units["flags"]).fillna("").astype("str") + ";"
            return flags.str.contains(f";{code.removeprefix(FLAG)};", regex=False).to_numpy("bool")
        codes = rows[dimension] if dimension in rows else rows["unit_id"].map(units[dimension])
        return (codes == code).fillna(False).to_numpy("bool")
