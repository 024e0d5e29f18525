"""The parts in words: what is evaluated, how it was done, what could not be judged, sources."""

from __future__ import annotations

from typing import Any

from fundeval.report.forms import plain
from fundeval.report.numbers import missing
from fundeval.report.pieces import Html, paragraph, render, together
from fundeval.report.view import View, each


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
        flags = view.join(view.say(f"flag.{flag}") for flag in unit["flags"].split(";"))
        facts.append((view.say("basics.flags"), flags))
    for kind, count in view.children["kind"].value_counts().sort_index().items():
        facts.append((view.say("basics.below", kind=view.say(f"kind.{kind}")), count))
    return view.table("basics", ("item", "content"), facts)


def work(view: View) -> Html:
    """Return how the evaluation was done: period, policy, data, coverage, rounding."""
    dataset, grade = view.evaluation.about["dataset"], view.grade()
    sentences = [
        view.say("work.period", year=view.year, policy=view.policy["title"][view.lang]),
        view.say("work.data", title=dataset["title"][view.lang], source=dataset["source"]),
        view.say("work.rounding"),
    ]
    if grade is not None and not missing(grade["coverage"]):
        coverage = view.percent(grade["coverage"], 1)
        sentences.insert(2, view.say("work.coverage", coverage=coverage))
    return view.bullets("work", sentences)


def other(view: View) -> Html:
    """Return what could not be judged, with the reason of each."""
    rows = view.own("scores")
    rows = rows[rows["status"] != "ok"].sort_values("indicator")
    lines = [
        view.say(
            "other.line",
            name=view.indicator(row.indicator),
            status=view.say(f"status.{row.status}"),
            reason=view.reason(row.reason),
        )
        for row in each(rows)
    ]
    return view.bullets("other", lines)


def sources(view: View) -> Html:
    """Return every parameter and scoring rule in force, with its value and its source."""
    columns = ("parameter", "value_of", "since", "source", "cite", "checked_on", "origin")
    entries = [*view.policy["parameters"], *view.policy["indicators"]]
    body = [_parameter(view, entry) for entry in entries]
    return view.table("sources", columns, body, policy=view.policy["title"][view.lang])


def provenance(view: View) -> Html:
    """Return the files that were read: rows and sha256 of each, and the program's version."""
    about = view.evaluation.about
    files = [
        (file["name"], _rows(view, file.get("rows", {})), file["sha256"])
        for file in (*about["inputs"], *view.policy["files"])
    ]
    return together(
        view.table("provenance", ("file", "rows", "sha256"), files),
        paragraph(view.say("provenance.version", version=about["version"])),
        paragraph(view.say("provenance.licence", licence=about["dataset"]["licence"])),
    )


def signoff(view: View) -> Html:
    """Return lines to sign, for the evaluator and for the reviewer."""
    lines = [
        {"role": view.say(f"signoff.{role}"), "rule": view.say("signoff.line")}
        for role in ("evaluator", "reviewer")
    ]
    return render("signoff.html.j2", lines=lines)


def _rows(view: View, rows: dict[str, int]) -> str:
    counts = (f"{name} {count}" for name, count in sorted(rows.items()))
    return view.join(counts) or view.say("report.missing")


def _parameter(view: View, entry: dict[str, Any]) -> list[object]:
    name, source = entry["name"], entry["source"]
    described = entry["description"] or {}
    checked = str(source["checked_on"])
    return [
        view.say("sources.name", title=described.get(view.lang) or view.indicator(name), id=name),
        plain(entry["value"]),
        entry["since"],
        view.say(f"source.{source['kind']}"),
        source["cite"],
        view.say("sources.stale", date=checked) if entry["stale"] else checked,
        entry["origin"],
    ]
