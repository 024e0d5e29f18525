"""The parts in words: what is evaluated, how it was done, what could not be judged, sources."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fundeval.report.format.html_fragments import Html, paragraph, render, together
from fundeval.report.format.indicator_formats import plain
from fundeval.report.tables.view_table import bullets, table
from fundeval.report.unit_view import View
from fundeval.results.rows import ScoreRow


def basics(view: View) -> Html:
    """Return what the unit is: name, id, kind, level, who is above it, how many below."""
    unit = view.unit
    flags = view.messages.join(
        view.messages.code("flag.", flag) for flag in (unit.flags or "").split(";") if flag
    )
    facts = {
        view.messages.say("basics.name"): unit.name,
        view.messages.say("basics.id"): unit.unit_id,
        view.messages.say("basics.kind"): view.messages.code("kind.", unit.kind),
        view.messages.say("basics.level"): unit.level and view.messages.code("level.", unit.level),
        view.messages.say("basics.above"): " › ".join(view.ancestors()),
        view.messages.say("basics.flags"): flags,
    }
    for kind, count in sorted(Counter(child.kind for child in view.children).items()):
        facts[view.messages.say("basics.below", kind=view.messages.code("kind.", kind))] = str(
            count
        )
    known = [(name, fact) for name, fact in facts.items() if fact]
    return table(view, "basics", known, {"item": lambda row: row[0], "content": lambda row: row[1]})


def work(view: View) -> Html:
    """Return how the evaluation was done: period, policy, data, coverage, rounding, method."""
    dataset, grade = view.evaluation.about["dataset"], view.grade()
    sentences = [
        view.messages.say(
            "work.period", year=view.year, policy=view.policy.title[view.messages.lang]
        ),
        view.messages.say(
            "work.data", title=dataset["title"][view.messages.lang], source=dataset["source"]
        ),
        view.messages.say("work.rounding"),
        view.messages.say("work.method"),
    ]
    if grade is not None and grade.coverage is not None:
        sentences.insert(
            2, view.messages.say("work.coverage", coverage=view.numbers.percent(grade.coverage, 1))
        )
    return bullets(view, "work", sentences)


def other(view: View) -> Html:
    """Return what could not be judged, with the reason of each."""
    rows = sorted(view.own(ScoreRow), key=lambda row: row.indicator)
    if not rows:
        return paragraph(view.messages.say("none.scorecard"))
    lines = [
        view.messages.say(
            "other.line",
            name=view.messages.indicator(row.indicator),
            status=view.messages.code("status.", row.status),
            reason=view.messages.reason(row.reason),
        )
        for row in rows
        if row.status != "ok"
    ]
    return bullets(view, "other", lines)


def sources(view: View) -> Html:
    """Return every parameter and scoring rule in force, with its value and its source."""
    return table(view, "sources", view.policy.cited(), {
        "parameter": lambda entry: _named(view, entry),
        "value_of": lambda entry: view.messages.value(entry["value"])
                    if entry.get("unit") == "text" else plain(entry["value"]),
        "since": lambda entry: entry["since"],
        "source": lambda entry: view.messages.code("source.", entry["source"]["kind"]),
        "cite": lambda entry: entry["source"]["cite"],
        "checked_on": lambda entry: _checked(view, entry),
        "origin": lambda entry: entry["origin"],
    }, policy=view.policy.title[view.messages.lang])  # fmt: skip


def provenance(view: View) -> Html:
    """Return what was read: of each file the rows of the unit and their sha256, and the version.

    An overview of all units has the rows and the hash of the whole files.
    """
    about = view.evaluation.about
    return together(
        table(view, "provenance", [*about["inputs"], *view.policy.files], {
            "file": lambda file: file["name"],
            "rows": lambda file: _rows(view, file.get("rows", {})),
            "sha256": lambda file: file["sha256"],
        }),
        paragraph(view.messages.say("provenance.rows")) if "slice" in about else None,
        paragraph(view.messages.say("provenance.version", version=about["version"])),
        paragraph(view.messages.say("provenance.licence", licence=about["dataset"]["licence"])),
    )  # fmt: skip


def signoff(view: View) -> Html:
    """Return lines to sign, for the evaluator and for the reviewer."""
    return render("signoff.html.j2", say=view.messages.say)


def _rows(view: View, rows: dict[str, int]) -> str:
    counts = (f"{name} {count}" for name, count in sorted(rows.items()))
    return view.messages.join(counts) or view.messages.say("report.missing")


def _named(view: View, entry: dict[str, Any]) -> str:
    title = (entry["description"] or {}).get(view.messages.lang) or view.messages.indicator(
        entry["name"].rpartition(".")[2]
    )
    return view.messages.say("sources.name", title=title, id=entry["name"])


def _checked(view: View, entry: dict[str, Any]) -> str:
    date = str(entry["source"]["checked_on"])
    return view.messages.say("sources.stale", date=date) if entry["stale"] else date
