"""Sums and counts of the evaluated samples, for `expected_totals.yaml`.

`python -m tests.samples.totals` writes that file again; its change is reviewed like code.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from fundeval import policy
from fundeval.evaluation import evaluate
from fundeval.results.frames import FRAMES, MONEY, Evaluation
from fundeval.tables import load

EXPECTED = Path(__file__).with_name("expected_totals.yaml")
# Sample: policy and evaluated year.
SAMPLES = {"city": ("national", 2024), "public": ("retrospective", 2015)}
# What rows of a frame of amounts are summed by.
BY = {
    "budget": ("step", "scheme"),
    "allocations": ("scheme",),
    "project_reviews": ("category", "decision"),
    "settlement": ("item", "scheme"),
    "cost_changes": ("part", "setting"),
    "adjustments": ("scheme",),
    "execution_effects": ("place", "scheme"),
    "warnings": ("month", "scheme"),
    "projections": ("scenario", "year"),
}
# What rows of other frames are counted by.
COUNTED = {
    "indicators": ("indicator", "status"),
    "scores": ("indicator", "status"),
    "grades": ("kind", "grade", "status", "reason"),
    "restrictions": ("year", "state", "reason"),
    "restriction_views": ("scheme", "state"),
    "project_reviews": ("stage", "decision", "reason"),
    "project_parts": ("part", "reason"),
    "warnings": ("month", "level", "reason"),
    "budget": ("step", "status", "reason", "parameter"),
    "allocations": ("kind", "reason", "standing", "limit", "floor_by", "cap_by", "envelope_by"),
    "findings": ("finding", "severity"),
}
# Sums of figures that are no money, by the columns named first; to nine significant digits.
FIGURES = {
    "indicators": (("indicator",), ("value", "low", "high")),
    "scores": (("indicator",), ("points", "max")),
    "domains": (("domain",), ("points", "max")),
    "grades": (("kind",), ("score", "coverage", "stability")),
    "restrictions": (("year",), ("rate", "floor", "previous_rate", "previous_floor")),
    "project_reviews": (("category",), ("score", "rank", "achievement", "execution")),
    "settlement": (("item",), ("base", "rate")),
    "allocations": (("kind",), ("execution_rate", "link_rate", "ratchet")),
    "warnings": (("month",), ("executed", "phased", "progress")),
    "adjustments": (("scheme",), ("rate",)),
    "projections": (("scenario",), ("payable_months",)),
    "findings": (("finding",), ("value", "expected")),
    "peers": (("indicator",), ("count", "minimum", "p10", "p25", "p50", "p75", "p90", "maximum")),
}
HEAD = """\
# Sums and counts of the evaluated samples, amounts in 元, as tests/samples/totals.py makes them;
# `python -m tests.samples.totals` writes this file again. A change of it is a change of results.
"""


def totals(evaluation: Evaluation) -> dict[str, Any]:
    """Return sums of amounts to the 分 and counts of rows, as plain values."""
    kinds = evaluation.units.set_index("unit_id")["kind"]
    frames = evaluation.frames()
    frames["grades"] = frames["grades"].assign(kind=frames["grades"]["unit_id"].map(kinds))
    found: dict[str, Any] = {"rows": {name: len(frames[name]) for name in FRAMES}}
    found["rows of tables"] = {
        name: {int(year): int(n) for year, n in sorted(table["year"].value_counts().items())}
        for name, table in sorted(evaluation.tables.items())
    }
    found["rows by year"] = {
        name: {int(year): int(n) for year, n in sorted(frame["year"].value_counts().items())}
        for name, frame in frames.items()
        if "year" in frame
    }
    for name, columns in MONEY.items():
        if not columns:
            continue
        found[f"sums of {name}"] = {
            column: _sums(frames[name], column, BY[name]) for column in columns
        }
    for name, by in COUNTED.items():
        found[f"counts of {name}"] = _counts(frames[name], by)
    for name, (by, columns) in FIGURES.items():
        found[f"figures of {name}"] = {
            column: _figures(frames[name], column, by) for column in columns
        }
    return found


def _keys(frame: pd.DataFrame, by: Iterable[str]) -> pd.Series:
    """Return the key of each row as a text such as `award, employee`; missing is `none`."""
    parts = [frame[column].astype("object").where(frame[column].notna(), "none") for column in by]
    texts = [part.map(lambda v: f"{v:g}" if isinstance(v, float) else str(v)) for part in parts]
    return texts[0].str.cat(texts[1:], sep=", ") if len(texts) > 1 else texts[0]


def _sums(frame: pd.DataFrame, column: str, by: Iterable[str]) -> dict[str, str]:
    known = frame.dropna(subset=column)
    fen = known[column].mul(100).round().astype("int64")
    sums = fen.groupby(_keys(known, by)).sum() if len(known) else fen
    return {key: f"{amount / 100:.2f}" for key, amount in sorted(sums.items())}


def _figures(frame: pd.DataFrame, column: str, by: Iterable[str]) -> dict[str, str]:
    known = frame.dropna(subset=column)
    figures = known[column].astype("float64")
    sums = figures.groupby(_keys(known, by)).sum() if len(known) else figures
    return {key: f"{figure:.9g}" for key, figure in sorted(sums.items())}


def _counts(frame: pd.DataFrame, by: Iterable[str]) -> dict[str, int]:
    counts = _keys(frame, by).value_counts() if len(frame) else pd.Series(dtype="int64")
    return {key: int(count) for key, count in sorted(counts.items())}


def evaluated(sample: str) -> Evaluation:
    """Return the evaluation of a sample under the policy that its totals are of."""
    name, year = SAMPLES[sample]
    return evaluate(load(f"sample:{sample}"), policy.load(name), year)


if __name__ == "__main__":
    made = {sample: totals(evaluated(sample)) for sample in SAMPLES}
    text = yaml.safe_dump(made, allow_unicode=True, sort_keys=False, width=100)
    EXPECTED.write_text(HEAD + text, encoding="utf-8")
