"""The parts in words: how it was done, findings, advice, what could not be judged, sources."""

from __future__ import annotations

from typing import Any

import pandas as pd

from fundeval.report.forms import FINDING_FORMS, INDICATOR_FORMS, Form, show
from fundeval.report.numbers import missing, plain_unit
from fundeval.report.pieces import Column, Html, paragraph, render, table, together
from fundeval.report.view import View, each
from fundeval.words import has

SHAPES = {"severe": "■", "warning": "▲", "note": "○"}


def basics(view: View) -> Html:
    """Return what the unit is: name, id, kind, level, who is above it, how many below."""
    unit = view.unit
    facts = [
        (view.say("basics.name"), unit["name"]),
        (view.say("basics.id"), unit["unit_id"]),
        (view.say("basics.kind"), view.say(f"kind.{unit['kind']}")),
    ]
    if isinstance(unit["level"], str) and unit["level"]:
        facts.append((view.say("basics.level"), view.say(f"level.{unit['level']}")))
    if view.ancestors():
        facts.append((view.say("basics.above"), " › ".join(view.ancestors())))
    if isinstance(unit["flags"], str) and unit["flags"]:
        flags = ", ".join(view.say(f"flag.{flag}") for flag in unit["flags"].split(";"))
        facts.append((view.say("basics.flags"), flags))
    for kind, count in view.children["kind"].value_counts().sort_index().items():
        facts.append((view.say("basics.below", kind=view.say(f"kind.{kind}")), count))
    columns = [Column(view.say("column.item")), Column(view.say("column.content"))]
    return table(view.say("basics.caption"), columns, facts)


def work(view: View) -> Html:
    """Return how the evaluation was done: period, policy, data, coverage, rounding."""
    dataset, grade = view.evaluation.about["dataset"], view.grade()
    covered = grade is not None and pd.notna(grade["coverage"])
    sentences = [
        view.say("work.period", year=view.year, policy=view.policy["title"][view.lang]),
        view.say("work.data", title=dataset["title"][view.lang], source=dataset["source"]),
        view.say("work.rounding"),
    ]
    if covered and grade is not None:
        share = show("percent", grade["coverage"], view.lang, view.currency)
        sentences.insert(2, view.say("work.coverage", coverage=share))
    return render("list.html.j2", items=sentences)


def findings(view: View) -> Html:
    """Return the findings of the unit and its children, the most severe first."""
    rows = view.evaluation.findings
    groups = []
    for severity, shape in SHAPES.items():
        found = rows[rows["severity"] == severity]
        if not found.empty:
            title = view.say(
                "findings.group", severity=view.say(f"severity.{severity}"), count=len(found)
            )
            sentences = [_finding(view, row) for row in each(found)]
            groups.append(
                {"severity": severity, "shape": shape, "title": title, "findings": sentences}
            )
    if not groups:
        return paragraph(view.say("findings.none"))
    return render("findings.html.j2", groups=groups)


def advice(view: View) -> Html:
    """Return what to do, one sentence a kind of finding, the most severe first."""
    rows = view.evaluation.findings
    order = rows.assign(rank=rows["severity"].map(list(SHAPES).index))
    kinds = order.sort_values(["rank", "finding"])["finding"].drop_duplicates()
    items = [
        view.say(
            "advice.line", title=view.say(f"finding.{k}"), advice=view.say(f"finding.{k}.advice")
        )
        for k in kinds
    ]
    return render("list.html.j2", items=items) if items else paragraph(view.say("advice.none"))


def other_matters(view: View) -> Html:
    """Return what could not be judged, with the reason of each."""
    rows = view.own("scores")
    rows = rows[rows["status"] != "ok"].sort_values("indicator")
    items = [
        view.say(
            "other.line",
            name=view.indicator(row.indicator),
            status=view.say(f"status.{row.status}"),
            reason=view.reason(row.reason),
        )
        for row in each(rows)
    ]
    return render("list.html.j2", items=items) if items else paragraph(view.say("other.none"))


def sources(view: View) -> Html:
    """Return every parameter and scoring rule in force, with its value and its source."""
    columns = [
        Column(view.say(f"column.{name}"))
        for name in ("parameter", "value_of", "since", "source", "cite", "checked_on", "origin")
    ]
    entries = [*view.policy["parameters"], *view.policy["indicators"]]
    body = [_parameter(view, entry) for entry in entries]
    return table(view.say("sources.caption", policy=view.policy["title"][view.lang]), columns, body)


def provenance(view: View) -> Html:
    """Return the files that were read: rows and sha256 of each, and the program's version."""
    about = view.evaluation.about
    columns = [Column(view.say(f"column.{n}"), n == "rows") for n in ("file", "rows", "sha256")]
    files = [(i["name"], _rows(view, i.get("rows", {})), i["sha256"]) for i in about["inputs"]]
    files += [(f["name"], view.say("report.missing"), f["sha256"]) for f in view.policy["files"]]
    version = view.say("provenance.version", version=about["version"])
    licence = view.say("provenance.licence", licence=about["dataset"]["licence"])
    return together(
        table(view.say("provenance.caption"), columns, files),
        paragraph(version),
        paragraph(licence),
    )


def signoff(view: View) -> Html:
    """Return lines to sign, for the evaluator and for the reviewer."""
    lines = [
        {"role": view.say(f"signoff.{role}"), "rule": view.say("signoff.line")}
        for role in ("evaluator", "reviewer")
    ]
    return render("signoff.html.j2", lines=lines)


def _finding(view: View, row: Any) -> dict[str, str]:
    value, expected = _compared(view, row)
    text = view.say(
        f"finding.{row.finding}.text",
        scheme=_scheme(view, row.scheme),
        subject=_subject(view, row.subject),
        value=value,
        expected=expected,
        detail=_detail(view, row.detail),
    )
    own = row.unit_id in ("", view.unit_id)
    who = "" if own else view.say("findings.who", name=view.name(row.unit_id))
    return {"title": view.say(f"finding.{row.finding}"), "who": who, "text": text}


def _compared(view: View, row: Any) -> tuple[str, str]:
    """Return what was found and what was expected; amounts that look alike, to the 分."""
    form: Form = INDICATOR_FORMS.get(str(row.subject), "percent")
    forms = FINDING_FORMS.get(row.finding, (form, form))
    value = show(forms[0], row.value, view.lang, view.currency, [row.expected])
    expected = show(forms[1], row.expected, view.lang, view.currency)
    if value == expected and not missing(row.value) and row.value != row.expected:
        unit = plain_unit(view.lang, view.currency)
        value = f"{unit.show(row.value, view.lang)} {unit.name}"
        expected = f"{unit.show(row.expected, view.lang)} {unit.name}"
    return value, expected


def _scheme(view: View, scheme: object) -> str:
    return view.say(f"scheme.{scheme}") if isinstance(scheme, str) and scheme else ""


def _subject(view: View, subject: object) -> str:
    """Return the name of what a finding is about: an indicator, a unit, a step, a parameter."""
    if not isinstance(subject, str):
        return ""
    for message in (f"indicator.{subject}", f"step.{subject}", f"total.{subject}"):
        if has(message):
            return view.say(message)
    return view.indicator(subject)


def _detail(view: View, detail: object) -> str:
    if not isinstance(detail, str) or not detail:
        return view.say("report.not_stated")
    return view.reason(detail) if has(f"reason.{detail}") else detail


def _rows(view: View, rows: dict[str, int]) -> str:
    return view.say("report.semicolon").join(
        f"{name} {count}" for name, count in sorted(rows.items())
    )


def _parameter(view: View, entry: dict[str, Any]) -> list[object]:
    name, source = entry["name"], entry["source"]
    described = entry["description"] or {}
    checked = str(source["checked_on"])
    return [
        view.say("sources.name", title=described.get(view.lang) or view.indicator(name), id=name),
        _plain(entry["value"]),
        entry["since"],
        view.say(f"source.{source['kind']}"),
        source["cite"],
        view.say("sources.stale", date=checked) if entry["stale"] else checked,
        entry["origin"],
    ]


def _plain(value: object) -> str:
    """Return a parameter's value as the policy file writes it, nested values in one line."""
    if isinstance(value, dict):
        return ", ".join(
            f"{key}: {_plain(inner)}" for key, inner in value.items() if inner is not None
        )
    if isinstance(value, list | tuple):
        return "; ".join(_plain(inner) for inner in value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)
