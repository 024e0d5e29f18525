"""绩效自评表 of all units at once, in the columns and the order of the official form."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pandas as pd

from fundeval.report.forms import INDICATOR_FORMS
from fundeval.report.scores import domain_names
from fundeval.report.self_evaluation import EXECUTION, FORM_MONEY
from fundeval.report.target import target
from fundeval.report.translate import each, reasons, with_unit, words
from fundeval.report.view import ALL, View


def form_of_execution(view: View) -> pd.DataFrame:
    """Return the first part of the form, a row a unit; amounts in 万元."""
    rows = view.evaluation.indicators
    rows = rows[(rows["year"] == view.year) & (rows["scheme"] == ALL)]
    now, initial = (
        rows[rows["indicator"] == name].set_index("unit_id")
        for name in (EXECUTION, "execution_rate_initial")
    )
    scores = view.evaluation.scores
    scored = scores[scores["indicator"] == EXECUTION].set_index("unit_id")
    frame = pd.DataFrame(
        {
            "form_initial": initial["denominator"].reindex(now.index) / FORM_MONEY,
            "form_adjusted": now["denominator"] / FORM_MONEY,
            "form_executed": now["numerator"] / FORM_MONEY,
            "form_max": scored["max"].reindex(now.index),
            "form_rate": now["value"],
            "form_points": scored["points"].reindex(now.index),
        }
    )
    columns = ["unit", "unit_id", *frame.columns]
    return with_unit(view, frame.rename_axis("unit_id").reset_index())[columns]


def form_of_indicators(view: View) -> pd.DataFrame:
    """Return the second part of the form, a row a unit and indicator but execution.

    The cause of a deviation is the reason or the finding there is; else it is left blank.
    """
    scores = view.evaluation.scores
    frame = with_unit(view, scores[scores["indicator"] != EXECUTION]).merge(
        _targets(view), on=["unit_id", "indicator"], how="left"
    )
    found = view.evaluation.findings.groupby(["unit_id", "subject"])["finding"].first()
    found = frame.join(found, on=["unit_id", "indicator"])["finding"]
    frame["form_first"] = frame["domain"].map(domain_names(view))
    frame["form_second"] = each(frame["indicator"], lambda code: view.code("form.second.", code))
    frame["form_second"] = frame["form_second"].where(frame["form_second"] != frame["indicator"])
    frame["form_third"] = each(frame["indicator"], view.indicator)
    frame["form_actual_form"] = frame["indicator"].map(INDICATOR_FORMS).fillna("percent")
    frame["form_cause"] = reasons(view, frame["reason"]).fillna(words(view, found, "finding"))
    named = {"value": "form_actual", "max": "form_max", "points": "form_points"}
    return frame.rename(columns=named)[[
        "unit", "unit_id", "form_first", "form_second", "form_third", "form_target",
        "form_actual", "form_max", "form_points", "form_cause", "form_actual_form",
    ]]  # fmt: skip


def _targets(view: View) -> pd.DataFrame:
    """Return unit_id, indicator and `form_target`, worked out once a kind and level of unit."""
    evaluation = view.evaluation
    units = evaluation.units.fillna({"level": ""})
    peers = evaluation.peers.fillna({"level": ""})
    parts = []
    for (kind, level), group in units.groupby(["kind", "level"]):
        ids = group["unit_id"]
        scored = evaluation.scores[evaluation.scores["unit_id"].isin(ids)]
        own = peers[(peers["kind"] == kind) & (peers["level"] == level)]
        one = View(
            replace(evaluation, units=group.head(1), peers=own),
            view.below,
            str(ids.iloc[0]),
            view.lang,
        )
        found = scored[["unit_id", "indicator"]].copy()
        found["form_target"] = each(found["indicator"], partial(target, one))
        parts.append(found)
    return pd.concat(parts)
