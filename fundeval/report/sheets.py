"""What the workbook holds: one frame a sheet, words for codes, the form of each figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from fundeval.report.budget import STEPS, settlement_item
from fundeval.report.findings import SHAPES, detail_text, subject_name
from fundeval.report.form_sheets import form_of_execution, form_of_indicators
from fundeval.report.forms import FINDING_FORMS, INDICATOR_FORMS
from fundeval.report.listing import Listing
from fundeval.report.scores import domain_names
from fundeval.report.translate import each, reasons, with_unit, words
from fundeval.report.view import View

# The form of a figure by its column; what is not listed is text. A column `X_form` is not
# shown: it holds the form of each row of `X`.
COLUMNS_OF_FORMS = {
    "score": ("score", "points", "max", "form_points", "form_max"),
    "percent": (
        "execution", "form_rate", "rate_of", "previous_rate", "coverage", "stability", "change",
    ),
    "money": (
        "base", "next_budget", "form_initial", "form_adjusted", "form_executed", "settled_on",
        "amount", "submitted", "recomputed", "difference",
        *(f"step.{step}" for step in (*STEPS, "next_budget")),
    ),
    "factor": ("factor",),
    "count": ("restricted", "row"),
}  # fmt: skip
COLUMN_FORMS = {column: form for form, columns in COLUMNS_OF_FORMS.items() for column in columns}


@dataclass(frozen=True)
class Sheet:
    """A sheet: `name` ends the messages `sheet.…` and `sheet.….note`; columns are in order.

    `part` counts from 1 where a frame is too long for one sheet.
    """

    name: str
    frame: pd.DataFrame
    part: int = 1


def sheets(view: View) -> Iterator[Sheet]:
    """Yield the sheets of tables, in order, over all units of the evaluation."""
    for table in (
        results, scores, form_of_execution, form_of_indicators, bridge, restrictions,
        settlement, findings, differences,
    ):  # fmt: skip
        yield Sheet(table.__name__, table(view))


def results(view: View) -> pd.DataFrame:
    """Return grade, score, execution, restricted departments and next budget of each unit."""
    listing = Listing(view)
    units = listing.units
    grades = view.evaluation.grades.set_index("unit_id")[["coverage", "stability"]]
    frame = units.join(grades).rename_axis("unit_id").reset_index()
    order = {unit_id: place for place, (unit_id, _) in enumerate(listing.tree(set(units.index)))}
    frame = frame.sort_values("unit_id", key=lambda column: column.map(order))
    frame["above"] = frame["unit_id"].map(listing.paths).str.rpartition(" › ")[0]
    frame["change"] = frame["next_budget"] / frame["base"].where(frame["base"] != 0) - 1
    frame["kind"] = words(view, frame["kind"], "kind")
    frame["grade"] = words(view, frame["grade"].fillna("none"), "grade")
    frame["note"] = reasons(view, frame["why"])
    return frame[[
        "name", "unit_id", "kind", "above", "grade", "score", "execution", "restricted", "base",
        "next_budget", "change", "coverage", "stability", "note",
    ]].rename(columns={"name": "unit"})  # fmt: skip


def scores(view: View) -> pd.DataFrame:
    """Return value, points and weight of each scored indicator of each unit."""
    frame = with_unit(view, view.evaluation.scores)
    frame["value_form"] = frame["indicator"].map(INDICATOR_FORMS).fillna("percent")
    frame["indicator"] = each(frame["indicator"], view.indicator)
    frame["domain"] = frame["domain"].map(domain_names(view))
    frame["scheme"] = words(view, frame["scheme"], "scheme")
    frame["judged"] = words(view, frame["status"], "status")
    frame["note"] = reasons(view, frame["reason"])
    return frame[[
        "unit", "unit_id", "kind", "domain", "indicator", "scheme", "value", "points", "max",
        "judged", "note", "value_form",
    ]]  # fmt: skip


def bridge(view: View) -> pd.DataFrame:
    """Return the bridge of each unit and scheme, a step a column: together the next budget."""
    rows = view.evaluation.budget
    keys = ["unit_id", "scheme"]
    steps = rows.pivot_table("amount", index=keys, columns="step", aggfunc="first", dropna=False)
    steps = steps.reindex(columns=[*STEPS, "next_budget"])
    bound = rows[rows["step"] == "envelope"].set_index(keys)["reason"]
    frame = with_unit(view, steps.join(bound).reset_index())
    frame["scheme"] = words(view, frame["scheme"], "scheme")
    frame["note"] = reasons(view, frame["reason"])
    named = {step: f"step.{step}" for step in steps.columns}
    frame = frame.rename(columns=named)
    return frame[["unit", "unit_id", "kind", "scheme", *named.values(), "note"]]


def restrictions(view: View) -> pd.DataFrame:
    """Return the state of each department in the evaluated year, the restricted first."""
    rows = view.evaluation.restrictions
    frame = with_unit(view, rows[rows["year"] == view.year])
    frame["restricted_first"] = frame["state"] != "restricted"
    frame = frame.sort_values(["restricted_first", "unit_id"])
    names = view.evaluation.units.set_index("unit_id")
    frame["hospital"] = frame["unit_id"].map(names["parent_id"]).map(names["name"])
    frame["state"] = words(view, frame["state"], "state")
    frame["note"] = reasons(view, frame["reason"])
    frame = frame.rename(columns={"unit": "department", "rate": "rate_of"})
    return frame[["hospital", "department", "unit_id", "previous_rate", "rate_of", "state", "note"]]


def settlement(view: View) -> pd.DataFrame:
    """Return the steps of settlement of each unit and scheme: amount = base × rate."""
    frame = with_unit(view, view.evaluation.settlement)
    frame["scheme"] = words(view, frame["scheme"], "scheme")
    frame["item"] = each(frame["item"], lambda item: settlement_item(view, item))
    return frame.rename(columns={"base": "settled_on", "rate": "factor"})[
        ["unit", "unit_id", "kind", "scheme", "item", "settled_on", "factor", "amount"]
    ]


def findings(view: View) -> pd.DataFrame:
    """Return all findings, the most severe first, with what to do about each."""
    frame = with_unit(view, view.evaluation.findings)
    order = list(SHAPES)
    frame["rank"] = frame["severity"].map(order.index)
    frame = frame.sort_values(["rank", "finding", "unit_id", "scheme", "subject"])
    own = frame["subject"].map(INDICATOR_FORMS).fillna("percent")
    for place, column in enumerate(("value", "expected")):
        forms = {finding: pair[place] for finding, pair in FINDING_FORMS.items()}
        frame[f"{column}_form"] = frame["finding"].map(forms).fillna(own)
    frame["advice"] = frame["finding"].map(
        {code: view.say(f"finding.{code}.advice") for code in frame["finding"].unique()}
    )
    frame["finding"] = words(view, frame["finding"], "finding")
    frame["severity"] = words(view, frame["severity"], "severity")
    frame["scheme"] = words(view, frame["scheme"], "scheme")
    frame["subject"] = each(frame["subject"], lambda code: subject_name(view, code))
    frame["note"] = each(frame["detail"], lambda code: detail_text(view, code))
    return frame[[
        "severity", "unit", "unit_id", "kind", "finding", "scheme", "subject", "value",
        "expected", "note", "advice", "value_form", "expected_form",
    ]]  # fmt: skip


def differences(view: View) -> pd.DataFrame:
    """Return where submitted and recomputed figures differ, with the row they stand in."""
    rows = view.evaluation.findings
    frame = with_unit(view, rows[rows["finding"] == "submitted_differs"])
    frame["table"] = frame["subject"].str.split(".").str[0]
    places = [
        view.evaluation.tables[name][["unit_id", "year", "scheme", "file", "row"]].assign(
            table=name
        )
        for name in ("budgets", "funds")
        if name in view.evaluation.tables
    ]
    keys = ["unit_id", "year", "scheme", "table"]
    frame = frame.merge(pd.concat(places).drop_duplicates(keys), on=keys, how="left")
    frame["scheme"] = words(view, frame["scheme"], "scheme")
    frame["subject"] = each(frame["subject"], lambda code: subject_name(view, code))
    frame["note"] = each(frame["detail"], lambda code: detail_text(view, code))
    frame = frame.rename(columns={"value": "submitted", "expected": "recomputed"})
    frame["difference"] = (frame["submitted"] - frame["recomputed"]).round(2)
    return frame[[
        "unit", "unit_id", "kind", "scheme", "subject", "submitted", "recomputed", "difference",
        "note", "file", "row",
    ]]  # fmt: skip
