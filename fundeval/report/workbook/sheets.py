"""What the workbook holds: one frame a sheet, words for codes, the format of each figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from fundeval.report.format.indicator_formats import number_format_of, number_formats_of_finding
from fundeval.report.pages.unit_table import BETWEEN, Listing
from fundeval.report.sections.advice import advice_on, kind_of_case
from fundeval.report.sections.findings import SHAPES, detail_text, of_subject, subject_name
from fundeval.report.sections.group_values import disclosed, group_name, judged_in_words
from fundeval.report.sections.periods import period_name
from fundeval.report.sections.projects import note
from fundeval.report.sections.purchases import last_moment, moment
from fundeval.report.sections.restrictions import causes_in_words
from fundeval.report.sections.self_evaluation_form import (
    EXECUTION,
    INITIAL,
    budget_row,
    indicator_rows,
)
from fundeval.report.sections.settlement import settlement_item, what_lacks
from fundeval.report.tables.cells import capped
from fundeval.report.text.explain_effects import place_name
from fundeval.report.text.explain_score import domain_names
from fundeval.report.unit_view import ALL, View, rows_of
from fundeval.report.workbook.next_budget import GROWTH, NUMBER_FORMATS, RATE, next_budget_sheets
from fundeval.report.workbook.result_sheet import ResultSheet
from fundeval.results.rows import (
    FindingRow,
    GroupValueRow,
    IndicatorRow,
    ProjectReviewRow,
    RestrictionRow,
    UnitRow,
)

# The number format of a column; what is not listed is text. A column `X_format` is not shown: it
# holds the format of each row of `X`.
COLUMNS_BY_FORMAT = {
    "score": ("score", "points", "points_lost", "max", "form_points", "form_max", "deducted",
              "times", "repaired", "counting"),
    "percent": (
        "execution", "form_rate", "rate_of", "previous_rate", "floor_of",
        "previous_floor", "coverage", "stability", "change", "purchase", "growth_on_year",
        "progress_to_date", "growth_to_date", "forecast_rate",
    ),
    "money": (
        "base", "next_budget", "form_initial", "form_adjusted", "form_executed", "settled_on",
        "amount", "left_unspent", "submitted", "recomputed", "difference", "requested", "granted",
        "purchased", "threshold", "executed_alone", "phased_alone", "deviation",
        "executed_to_date", "phased", "deviation_to_date", "forecast_amount",
    ),
    "factor": ("factor",),
    "count": ("restricted", "row", "rows", "rank", "card_year"),
    "year": ("until",),
}  # fmt: skip
COLUMN_FORMATS = {
    column: number_format
    for number_format, columns in COLUMNS_BY_FORMAT.items()
    for column in columns
} | NUMBER_FORMATS
# The columns of the steps of the bridge, which the policy names, begin like this.
STEP = "step."
PREFIXES = {STEP: "money", GROWTH: "money", RATE: "rate"}


def format_of(column: str) -> str:
    """Return the number format of a column, "" where none is listed."""
    found = next((form for start, form in PREFIXES.items() if column.startswith(start)), "")
    return COLUMN_FORMATS.get(column, found)


def sheets(view: View) -> Iterator[ResultSheet]:
    """Yield the sheets of tables, in order, over all units of the evaluation."""
    steps = {f"{STEP}{step}": view.messages.step(step) for step in view.policy.steps}
    for table in (
        results,
        scores,
        scorecards,
        deductions,
        form_of_execution,
        form_of_indicators,
        bridge,
        restrictions,
        projects,
        execution_effects,
        actions,
        declared,
        settlement,
        groups,
        quarters,
        purchase_alerts,
        findings,
        differences,
    ):
        name = f"sheet.{table.__name__}"
        if table is bridge:
            yield from next_budget_sheets(view)
        yield ResultSheet(
            view.messages.say(name),
            view.messages.say(f"{name}.note", money=view.numbers.plain_scale.name),
            table(view),
            headings=steps if table is bridge else {},
        )


def results(view: View) -> pd.DataFrame:
    """Return grade, score, execution, restricted departments and next budget of each unit."""
    listing = Listing(view)
    order = [unit_id for unit_id, _ in listing.tree(set(listing.units.index))]
    grades = view.evaluation.grades.set_index("unit_id")[["coverage", "stability"]]
    frame = listing.units.join(grades).loc[order].rename_axis("unit_id").reset_index()
    frame["above"] = frame["unit_id"].map(listing.paths).str.rpartition(BETWEEN)[0]
    frame["grade"] = frame["grade"].fillna("none")
    caps = [capped(view, veto) if isinstance(veto, str) else "" for veto in frame["veto"]]
    frame = _translate_codes(view, frame.drop(columns=["name", "kind", "reason"]))
    frame["why"] = [cap or why for cap, why in zip(caps, frame["why"], strict=True)]
    return frame[[
        "unit", "unit_id", "kind", "above", "grade", "score", "execution", "restricted", "base",
        "next_budget", "change", "coverage", "stability", "why",
    ]].rename(columns={"why": "note"})  # fmt: skip


def scores(view: View) -> pd.DataFrame:
    """Return value, points and weight of each scored indicator of each unit."""
    rows, units = view.evaluation.scores, view.policy.units
    formats = [number_format_of(indicator, units) for indicator in rows["indicator"]]
    frame = _translate_codes(view, rows.assign(value_format=formats))
    return frame[[
        "unit", "unit_id", "kind", "domain", "indicator", "scheme", "value", "points", "max",
        "status", "reason", "value_format",
    ]].rename(columns={"status": "judged", "reason": "note"})  # fmt: skip


def scorecards(view: View) -> pd.DataFrame:
    """Return score and grade of each unit by further scorecards and of each fund, by year."""
    rows = view.evaluation.card_grades.assign(card_year=lambda rows: rows["year"])
    return _translate_codes(view, rows)[[
        "unit", "unit_id", "kind", "card", "card_year", "score", "deducted", "grade", "coverage",
        "veto", "reason",
    ]].rename(columns={"reason": "note"})  # fmt: skip


def deductions(view: View) -> pd.DataFrame:
    """Return what incidents take off the scores of each unit."""
    rows = view.evaluation.deductions.rename(columns={"points": "deducted"})
    return _translate_codes(view, rows)[[
        "unit", "unit_id", "kind", "card", "incident", "times", "repaired", "counting", "deducted",
        "grade_cap", "reason",
    ]].rename(columns={"reason": "note"})  # fmt: skip


def form_of_execution(view: View) -> pd.DataFrame:
    """Return the first part of the self-evaluation form, a row a unit."""
    # Not all rows of all units as tuples: the rates of many years are most of an evaluation.
    rates = view.evaluation.indicators
    rates = rates[rates["indicator"].isin([EXECUTION, INITIAL]) & (rates["year"] == view.year)]
    narrow = View(
        replace(view.evaluation, indicators=rates), view.descendants, "", view.messages.lang
    )
    rows = narrow.everyone(IndicatorRow, indicator=EXECUTION, scheme=ALL)
    columns = (
        "unit", "unit_id", "form_initial", "form_adjusted", "form_executed", "form_max",
        "form_rate", "form_points",
    )  # fmt: skip
    units = (_named(view, row) | budget_row(narrow.at(row.unit_id)) for row in rows)
    return pd.DataFrame(units, columns=columns)


def form_of_indicators(view: View) -> pd.DataFrame:
    """Return the second part of the form, a row a unit and indicator but execution."""
    units = view.everyone(UnitRow)
    rows = (_named(view, u) | row for u in units for row in indicator_rows(view.at(u.unit_id)))
    columns = (
        "unit", "unit_id", "form_first", "form_second", "form_third", "form_target",
        "form_actual", "form_max", "form_points", "form_cause", "form_actual_format",
    )  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def bridge(view: View) -> pd.DataFrame:
    """Return the bridge of each unit and scheme, a step a column: together the next budget."""
    rows = view.evaluation.budget
    keys = ["unit_id", "scheme"]
    steps = rows.pivot_table("amount", index=keys, columns="step", aggfunc="first", dropna=False)
    steps = steps.reindex(columns=[*view.policy.steps]).add_prefix("step.")
    bound = rows[rows["step"] == "envelope"].set_index(keys)["reason"].rename("note")
    columns = ["unit", "unit_id", "kind", "scheme", *steps.columns, "note"]
    return _translate_codes(view, steps.join(bound).reset_index())[columns]


def restrictions(view: View) -> pd.DataFrame:
    """Return the state of each department in the evaluated year, the restricted first."""
    rows = view.evaluation.restrictions
    rows = rows[rows["year"] == view.year].sort_values(
        ["state", "unit_id"],
        key=lambda column: column != "restricted" if column.name == "state" else column,
    )
    frame = _translate_codes(view, rows.assign(cause=[
        causes_in_words(view, row) for row in rows_of(rows, RestrictionRow)]))  # fmt: skip
    units = view.evaluation.units.set_index("unit_id")
    frame["hospital"] = frame["unit_id"].map(units["parent_id"]).map(units["name"])
    frame = frame.rename(columns={
        "unit": "department", "rate": "rate_of", "floor": "floor_of", "reason": "note",
    }).drop(columns="given").rename(columns={"cause": "given"})  # fmt: skip
    return frame[[
        "hospital", "department", "unit_id", "scheme", "previous_rate", "previous_floor", "rate_of",
        "floor_of", "state", "until", "given", "note",
    ]]  # fmt: skip


def projects(view: View) -> pd.DataFrame:
    """Return the projects asked for next year: score, rank, decision and grant of each."""
    rows = view.evaluation.project_reviews
    notes = [note(view, row) for row in rows_of(rows, ProjectReviewRow)]
    frame = _translate_codes(view, rows)
    for column in ("category", "stage", "decision"):
        group = f"project_{column}."
        frame[column] = frame[column].map(partial(view.messages.code, group))
    frame["given"], frame["asked_by"] = notes, frame["asked_by"].map(view.in_language)
    return frame.rename(columns={"reason": "note", "asked_by": "project_unit"})[[
        "unit", "unit_id", "kind", "project_unit", "project_id", "project", "category", "stage",
        "requested", "score", "rank", "decision", "granted", "duplicate_of", "until", "given",
        "note",
    ]]  # fmt: skip


def execution_effects(view: View) -> pd.DataFrame:
    """Return where the execution of each unit and scheme acts, with base, rate and sum."""
    rows = view.evaluation.execution_effects
    places = {place: place_name(view, place) for place in rows["place"].unique()}
    frame = _translate_codes(view, rows.assign(place=rows["place"].map(places)))
    named = {
        "base": "settled_on", "rate": "factor", "points": "points_lost", "left": "left_unspent",
    }  # fmt: skip
    return frame.rename(columns=named)[
        ["unit", "unit_id", "kind", "scheme", "place", "left_unspent", "points_lost", "settled_on",
         "factor", "amount"]
    ]  # fmt: skip


def actions(view: View) -> pd.DataFrame:
    """Return what results call for, the first due first."""
    rows = view.evaluation.actions.sort_values(["due", "unit_id", "action"])
    shown = rows.drop(columns="why")
    frame = _translate_codes(view, shown.assign(due=[f"{due:%Y-%m-%d}" for due in rows["due"]]))
    for column, group in (("action", "action."), ("note", "action_why."), ("who", "action_who.")):
        of = "why" if column == "note" else column
        frame[column] = rows[of].map(partial(view.messages.code, group)).to_numpy()
    columns = ["unit", "unit_id", "kind", "action", "due", "who", "note"]
    return frame[columns].rename(columns={"due": "due_by"})


def declared(view: View) -> pd.DataFrame:
    """Return what the policy declares of each unit and scheme, beside the year before.

    Units for which an indicator has no data at all are left out.
    """
    names = {each.id for each in view.policy.declared}
    rates = view.evaluation.indicators
    rows = rates[rates["indicator"].isin(names) & (rates["reason"] != "no_data")]
    keys = ["unit_id", "scheme", "indicator"]
    texts = rows.astype(dict.fromkeys([*keys, "reason"], "str"))
    before = texts.loc[texts["year"] == view.year - 1, [*keys, "value"]]
    before = before.rename(columns={"value": "value_before"})
    now = texts.loc[texts["year"] == view.year, [*keys, "value", "reason"]]
    both = now.merge(before, on=keys, how="left", validate="one_to_one")
    formats = [number_format_of(name, view.policy.units) for name in both["indicator"]]
    frame = _translate_codes(view, both.assign(value_format=formats, value_before_format=formats))
    return frame[[
        "unit", "unit_id", "kind", "scheme", "indicator", "value", "value_before", "reason",
        "value_format", "value_before_format",
    ]].rename(columns={"reason": "note"})  # fmt: skip


def settlement(view: View) -> pd.DataFrame:
    """Return the steps of settlement of each unit and scheme: amount = base × rate."""
    frame = _translate_codes(view, view.evaluation.settlement)
    return frame.rename(columns={"base": "settled_on", "rate": "factor"})[
        ["unit", "unit_id", "kind", "scheme", "item", "settled_on", "factor", "amount", "lacking"]
    ]


def purchase_alerts(view: View) -> pd.DataFrame:
    """Return the alerts on daily purchases and their checks, and what cannot be judged (R13)."""
    rows = view.evaluation.purchase_alerts
    rows = rows[rows["level"] != "none"].sort_values(["unit_id", "date", "goods"])
    times = {
        "purchased_on": rows["date"].map(moment),
        "check_due": rows["deadline"].map(last_moment),
        "checked_at": rows["checked_at"].map(moment),
    }
    frame = _translate_codes(view, rows.assign(**times))
    return frame.rename(columns={
        "amount": "purchased", "share": "purchase", "level": "warning", "check": "check_state",
        "reason": "note",
    })[[
        "unit", "unit_id", "kind", "purchased_on", "goods", "purchased", "threshold", "purchase",
        "warning", "check_due", "check_state", "checked_at", "checked_by", "check_result", "note",
    ]]  # fmt: skip


def quarters(view: View) -> pd.DataFrame:
    """Return each quarter alone and from January on: deviation, growth, forecast, level (R22)."""
    rows = view.evaluation.periods.query("span == 'quarter'")
    spans = zip(rows["number"], rows["months"], strict=True)
    names = [period_name(view, int(number), int(months)) for number, months in spans]
    frame = _translate_codes(view, rows.assign(period=names))
    return frame.rename(columns={
        "executed": "executed_alone", "phased": "phased_alone", "phased_to_date": "phased",
        "growth": "growth_on_year", "forecast": "forecast_amount", "level": "warning",
        "reason": "note",
    })[[
        "unit", "unit_id", "kind", "scheme", "period", "executed_alone", "phased_alone",
        "deviation", "growth_on_year", "executed_to_date", "phased", "progress_to_date",
        "deviation_to_date", "growth_to_date", "forecast_amount", "forecast_rate", "warning",
        "note",
    ]]  # fmt: skip


def groups(view: View) -> pd.DataFrame:
    """Return what each indicator is in each group of a unit, held against its limit."""
    shown = disclosed(rows_of(view.evaluation.group_values, GroupValueRow))
    rows, formats = pd.DataFrame(shown, columns=GroupValueRow._fields), view.policy.units
    of = {each.id: each.by for each in view.policy.grouped.values()}
    named = [
        group_name(view, of.get(indicator, ""), group, name)
        for indicator, group, name in zip(
            rows["indicator"], rows["group"], rows["group_name"], strict=True
        )
    ]
    figures = [number_format_of(indicator, formats) for indicator in rows["indicator"]]
    judged = [judged_in_words(view, row) for row in shown]
    rows = rows.assign(
        of_group=named, judged=judged, last_year=rows["previous"], limit=rows["threshold"],
        value_format=figures, last_year_format=figures, limit_format=figures,
    )  # fmt: skip
    return _translate_codes(view, rows)[[
        "unit", "unit_id", "kind", "scheme", "indicator", "of_group", "value", "last_year",
        "limit", "judged", "value_format", "last_year_format", "limit_format",
    ]]  # fmt: skip


def findings(view: View) -> pd.DataFrame:
    """Return all findings, the most severe first, with what to do about each."""
    rows = view.evaluation.findings
    units = view.policy.units
    formats = [
        number_formats_of_finding(finding, subject, units)
        for finding, subject in zip(rows["finding"], rows["subject"], strict=True)
    ]
    told = rows_of(rows, FindingRow)
    rows = rows.assign(
        rank=rows["severity"].map(list(SHAPES).index),
        advice=[advice_on(view, row) for row in told],
        finding=[kind_of_case(row) for row in told],
        of_balance=rows["finding"] == "deficit",
    )
    rows[["value_format", "expected_format"]] = pd.DataFrame(formats, rows.index, ["a", "b"])
    rows = rows.sort_values(["rank", "finding", "unit_id", "scheme", "subject"])
    shown = _translate_codes(view, rows)
    # What a deficit states is the balance itself, no number of months.
    shown["subject"] = shown["subject"].mask(
        shown["of_balance"], view.messages.say("column.closing")
    )
    return shown[[
        "severity", "unit", "unit_id", "kind", "finding", "scheme", "subject", "value",
        "expected", "detail", "advice", "value_format", "expected_format",
    ]].rename(columns={"detail": "note"})  # fmt: skip


def differences(view: View) -> pd.DataFrame:
    """Return where submitted and recomputed figures differ, with the row they stand in."""
    rows = view.evaluation.findings
    rows = rows[rows["finding"] == "submitted_differs"]
    rows = rows.assign(
        table=rows["subject"].str.split(".").str[0],
        difference=(rows["value"] - rows["expected"]).round(2),
    )
    held = view.evaluation.tables
    places = pd.concat(
        held[name][["unit_id", "year", "scheme", "file", "row"]].assign(table=name)
        for name in ("budgets", "funds", "settlements")
        if name in held
    )
    keys = ["unit_id", "year", "scheme", "table"]
    places = places.drop_duplicates(keys)
    placed = rows.merge(places, on=keys, how="left", validate="many_to_one")
    frame = _translate_codes(view, placed)
    frame = frame.rename(columns={"value": "submitted", "expected": "recomputed", "detail": "note"})
    return frame[[
        "unit", "unit_id", "kind", "scheme", "subject", "submitted", "recomputed", "difference",
        "note", "file", "row",
    ]]  # fmt: skip


def _named(view: View, row: IndicatorRow | UnitRow) -> dict[str, Any]:
    return {"unit": view.name(row.unit_id), "unit_id": row.unit_id}


def _translate_codes(view: View, rows: pd.DataFrame) -> pd.DataFrame:
    """Add the name (`unit`) and `kind` of each row's unit, and replace codes by their names.

    Rows about no unit keep blanks.
    """
    units = view.evaluation.units[["unit_id", "name", "kind"]].rename(columns={"name": "unit"})
    frame = rows.merge(units, on="unit_id", how="left", validate="many_to_one")
    nothing = pd.Series("", frame.index)
    owners = frame.get("card", frame.get("subject", nothing))
    owners = owners.where(owners.isin(view.policy.scorecards), "").astype("str")
    words = {owner: _words(of_subject(view, owner)) for owner in {"", *owners}}
    for column in frame.columns.intersection([*words[""]]):
        pairs = list(zip(owners, frame[column], strict=True))
        named = {
            (owner, code): words[owner][column](code)
            for owner, code in set(pairs)
            if isinstance(code, str) and code
        }
        frame[column] = [named.get(pair) for pair in pairs]
    return frame


def _words(view: View) -> Mapping[str, Callable[[str], str]]:
    """Return what names the codes of each column, by column."""
    domains = domain_names(view)
    return {
        "domain": lambda code: domains.get(code, ""),
        "indicator": view.messages.indicator,
        "item": lambda code: settlement_item(view, code),
        "subject": lambda code: subject_name(view, code),
        "detail": lambda code: detail_text(view, code),
        "card": view.messages.card,
        "incident": partial(view.messages.code, "incident."),
        "veto": partial(view.messages.code, "incident."),
        "grade_cap": partial(view.messages.code, "grade."),
        "lacking": lambda code: what_lacks(view, code),
        "level": partial(view.messages.code, "warning."),
        **dict.fromkeys(("reason", "why", "note"), view.messages.reason),
        **{name: partial(view.messages.code, f"{name}.")
           for name in ("goods", "check", "kind", "scheme", "grade", "status", "state", "severity",
                        "finding")},
    }  # fmt: skip
