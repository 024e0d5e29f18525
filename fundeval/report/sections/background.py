"""The parts in words: what is evaluated, how it was done, what could not be judged, sources."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fundeval.report.format.html_fragments import Html, paragraph, render, together
from fundeval.report.format.indicator_formats import plain
from fundeval.report.unit_view import View


def basics(view: View) -> Html:
    """Return what the unit is: name, id, kind, level, who is above it, how many below."""
    unit = view.unit
    flags = view.join(view.code("flag.", flag) for flag in (unit.flags or "").split(";") if flag)
    facts = {
        view.say("basics.name"): unit.name,
        view.say("basics.id"): unit.unit_id,
        view.say("basics.kind"): view.code("kind.", unit.kind),
        view.say("basics.level"): unit.level and view.code("level.", unit.level),
        view.say("basics.above"): " › ".join(view.ancestors()),
        view.say("basics.flags"): flags,
    }
    for kind, count in sorted(Counter(child.kind for child in view.children).items()):
        facts[view.say("basics.below", kind=view.code("kind.", kind))] = count
    known = [(name, fact) for name, fact in facts.items() if fact]
    return view.table("basics", known, {"item": lambda row: row[0], "content": lambda row: row[1]})


def work(view: View) -> Html:
    """Return how the evaluation was done: period, policy, data, coverage, rounding, method."""
    dataset, grade = view.evaluation.about["dataset"], view.grade()
    sentences = [
        view.say("work.period", year=view.year, policy=view.policy["title"][view.lang]),
        view.say("work.data", title=dataset["title"][view.lang], source=dataset["source"]),
        view.say("work.rounding"),
        view.say("work.method"),
    ]
    if grade is not None and grade.coverage is not None:
        sentences.insert(2, view.say("work.coverage", coverage=view.percent(grade.coverage, 1)))
    return view.bullets("work", sentences)


def other(view: View) -> Html:
    """Return what could not be judged, with the reason of each."""
    rows = sorted(view.own("scores"), key=lambda row: row.indicator)
    lines = [
        view.say(
            "other.line",
            name=view.indicator(row.indicator),
            status=view.code("status.", row.status),
            reason=view.reason(row.reason),
        )
        for row in rows
        if row.status != "ok"
    ]
    return view.bullets("other", lines)


def sources(view: View) -> Html:
    """Return every parameter and scoring rule in force, with its value and its source."""
    entries = [*view.policy["parameters"], *view.policy["indicators"]]
    return view.table("sources", entries, {
        "parameter": lambda entry: _named(view, entry),
        "value_of": lambda entry: plain(entry["value"]),
        "since": lambda entry: entry["since"],
        "source": lambda entry: view.code("source.", entry["source"]["kind"]),
        "cite": lambda entry: entry["source"]["cite"],
        "checked_on": lambda entry: _checked(view, entry),
        "origin": lambda entry: entry["origin"],
    }, policy=view.policy["title"][view.lang])  # fmt: skip


def provenance(view: View) -> Html:
    """Return what was read: of each file the rows of the unit and their sha256, and the version.

    An overview of all units has the rows and the hash of the whole files.
    """
    about = view.evaluation.about
    return together(
        view.table("provenance", [*about["inputs"], *view.policy["files"]], {
            "file": lambda file: file["name"],
            "rows": lambda file: _rows(view, file.get("rows", {})),
            "sha256": lambda file: file["sha256"],
        }),
        paragraph(view.say("provenance.rows")) if "slice" in about else None,
        paragraph(view.say("provenance.version", version=about["version"])),
        paragraph(view.say("provenance.licence", licence=about["dataset"]["licence"])),
    )  # fmt: skip


def signoff(view: View) -> Html:
    """Return lines to sign, for the evaluator and for the reviewer."""
    return render("signoff.html.j2", say=view.say)


def _rows(view: View, rows: dict[str, int]) -> str:
    counts = (f"{name} {count}" for name, count in sorted(rows.items()))
    return view.join(counts) or view.say("report.missing")


def _named(view: View, entry: dict[str, Any]) -> str:
    title = (entry["description"] or {}).get(view.lang) or view.indicator(entry["name"])
    return view.say("sources.name", title=title, id=entry["name"])


def _checked(view: View, entry: dict[str, Any]) -> str:
    date = str(entry["source"]["checked_on"])
    return view.say("sources.stale", date=date) if entry["stale"] else date
