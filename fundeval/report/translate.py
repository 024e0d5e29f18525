"""Codes of whole frames in words, each code said once however many rows have it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from fundeval.report.view import View


def with_unit(view: View, rows: pd.DataFrame) -> pd.DataFrame:
    """Add `unit`, the name, and `kind` in words; rows about no unit keep blanks."""
    units = view.evaluation.units[["unit_id", "name", "kind"]].rename(columns={"name": "unit"})
    frame = rows.merge(units, on="unit_id", how="left")
    return frame.assign(kind=words(view, frame["kind"], "kind"))


def words(view: View, codes: pd.Series, prefix: str) -> pd.Series:
    """Return the words of codes of one group: `prefix` is that of their messages."""
    return each(codes, lambda code: view.say(f"{prefix}.{code}"))


def reasons(view: View, codes: pd.Series) -> pd.Series:
    """Return reason codes in words."""
    return each(codes, view.reason)


def each(codes: pd.Series, name: Callable[[str], str]) -> pd.Series:
    """Return the name of each code, blank for none; each code is named once."""
    known = [code for code in codes.unique() if isinstance(code, str) and code]
    return codes.map({code: name(code) for code in known})
