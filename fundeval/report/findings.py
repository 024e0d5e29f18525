"""What a reviewer must see, and what to do about it: one line a kind of finding."""

from __future__ import annotations

from typing import Any

import pandas as pd

from fundeval.report.forms import FINDING_FORMS, INDICATOR_FORMS, Form, show
from fundeval.report.numbers import missing, plain_unit
from fundeval.report.pieces import Html, paragraph, render
from fundeval.report.view import ALL, View, each
from fundeval.words import has

SHAPES = {"severe": "■", "warning": "▲", "note": "○"}
MOST_NAMED = 30


def findings(view: View) -> Html:
    """Return the findings of the unit, then of its children, the most severe first."""
    rows = view.evaluation.findings
    own = rows["unit_id"].isin(["", view.unit_id])
    # The unit's own of one kind come together; those of its children by what they are about.
    rows = rows.assign(below=~own, about=rows["subject"].where(~own, ""))
    groups = []
    for severity, shape in SHAPES.items():
        found = rows[rows["severity"] == severity]
        if found.empty:
            continue
        kinds = found.groupby(["below", "finding", "about"], dropna=False)
        title = view.say(
            "findings.group", severity=view.say(f"severity.{severity}"), count=len(found)
        )
        lines = [_line(view, kind) for _, kind in kinds]
        groups.append({"severity": severity, "shape": shape, "title": title, "findings": lines})
    if not groups:
        return paragraph(view.say("none.findings"))
    return render("findings.html.j2", groups=groups)


def advice(view: View) -> Html:
    """Return what to do, one sentence a kind of finding, the most severe first."""
    rows = view.evaluation.findings
    order = rows.assign(rank=rows["severity"].map(list(SHAPES).index))
    kinds = order.sort_values(["rank", "finding"])["finding"].drop_duplicates()
    lines = [
        view.say(
            "advice.line", title=view.say(f"finding.{k}"), advice=view.say(f"finding.{k}.advice")
        )
        for k in kinds
    ]
    return view.bullets("advice", lines)


def _line(view: View, rows: pd.DataFrame) -> dict[str, str]:
    """Return the title and the text of findings of one kind: a sentence, or each in short."""
    first = next(each(rows))
    title = view.say(f"finding.{first.finding}")
    if len(rows) == 1:
        return {"title": title, "text": _sentence(view, first)}
    subject = subject_name(view, first.subject) if (rows["subject"] == first.subject).all() else ""
    # The farthest from what was expected are named first.
    rows = rows.assign(far=(rows["value"] - rows["expected"]).abs())
    rows = rows.sort_values(["far", "unit_id"], ascending=[False, True])
    items = [_item(view, row, subject) for row in each(rows.head(MOST_NAMED))]
    if len(rows) > MOST_NAMED:
        items.append(view.say("findings.more", count=len(rows) - MOST_NAMED))
    shared = [subject] if subject and first.below else []
    shared.append(view.say("findings.count", count=len(rows)))
    if (rows["expected"] == first.expected).all():
        shared.append(view.say("findings.expected", expected=_compared(view, first)[1]))
    return {
        "title": title,
        "text": view.say("findings.line", shared=view.join(shared), items=view.join(items)),
    }


def _sentence(view: View, row: Any) -> str:
    """Return a finding in a sentence, with the name of a unit below."""
    name = _name(view, row)
    value, expected = _compared(view, row)
    text = view.say(
        f"finding.{row.finding}.text",
        scheme=_scheme(view, row.scheme),
        subject=subject_name(view, row.subject),
        value=value,
        expected=expected,
        detail=detail_text(view, row.detail),
    )
    return view.say("findings.who", name=name, text=text) if name else text


def _item(view: View, row: Any, subject: str) -> str:
    """Return one of several findings of a kind: whose, of what, and the figure or the reason."""
    value, expected = _compared(view, row)
    about = "" if subject else subject_name(view, row.subject)
    scheme = "" if row.scheme == ALL else _scheme(view, row.scheme)
    message = f"finding.{row.finding}.item"
    detail = detail_text(view, row.detail)
    if has(message):
        figure = view.say(message, value=value, expected=expected, detail=detail)
    else:
        figure = detail if missing(row.value) and row.detail else value
    return " ".join(part for part in (_name(view, row), scheme, about, figure) if part)


def _name(view: View, row: Any) -> str:
    """Return the name of a unit below, nothing for the unit itself and the run as a whole."""
    return view.name(row.unit_id) if row.below else ""


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


def subject_name(view: View, subject: object) -> str:
    """Return the name of what a finding is about: an indicator, a step, a total, a parameter."""
    if not isinstance(subject, str):
        return ""
    for message in (f"step.{subject}", f"total.{subject}"):
        if has(message):
            return view.say(message)
    return view.indicator(subject)


def detail_text(view: View, detail: object) -> str:
    """Return the detail of a finding in words: a reason code, a text given, or that none was."""
    if not isinstance(detail, str) or not detail:
        return view.say("report.not_stated")
    return view.reason(detail) if has(f"reason.{detail}") else detail
