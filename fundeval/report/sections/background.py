"""The parts in words: what is evaluated, how it was done, what could not be judged, sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from fundeval.report.format.html_fragments import Html, paragraph, render, together, unit_name
from fundeval.report.sections.stated_rules import (
    Stated,
    card_rules,
    state_definition,
    state_parameter,
    state_scoring,
    stated_table,
)
from fundeval.report.sections.ways import POLICY
from fundeval.report.tables.view_table import bullets, table
from fundeval.report.text.used_rules import (
    used_cards,
    used_definitions,
    used_parameters,
    used_rules,
)
from fundeval.report.unit_view import View
from fundeval.results.rows import ScoreRow
from fundeval.tables.schemas import CHINESE_NAMES, TABLES


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
            "work.data",
            title=dataset["title"][view.messages.lang],
            source=view.of_dataset("source"),
        ),
        view.messages.say("work.rounding"),
        view.messages.say("work.method"),
    ]
    if grade is not None and grade.coverage is not None:
        sentences.insert(
            2, view.messages.say("work.coverage", coverage=view.numbers.percent(grade.coverage, 1))
        )
    if view.messages.lang == "en":
        sentences.append(view.messages.say("work.as_stated"))
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
    """Return the parameters and scoring rules that the unit's figures rest on, with their sources.

    The whole policy, the same for all reports of a run, stands once on a page of its own.
    """
    say, kind = view.messages.say, view.unit.kind
    scoring = [state_scoring(view, entry, kind) for entry in used_rules(view)]
    cards = used_cards(view)
    further = [row for card in cards for row in _of_kind(view, card)]
    declared = [state_definition(view, name) for name in used_definitions(view)]
    return together(
        render("whole_policy.html.j2", say=say, page=unit_name("", POLICY, say("sources.whole"))),
        stated_table(
            view, "sources", [state_parameter(view, e, kind) for e in used_parameters(view)]
        ),
        stated_table(view, "sources_scoring", scoring) if scoring else None,
        stated_table(view, "sources_cards", further) if further else None,
        stated_table(view, "sources_declared", declared) if declared else None,
    )


def _of_kind(view: View, card: str) -> list[Stated]:
    """Return what a further scorecard states, each named as of it."""
    title = view.messages.card(card)
    return [
        row._replace(name=view.messages.say("value.named", name=title, value=row.name))
        for row in card_rules(view, card, view.unit.kind)
    ]


def provenance(view: View) -> Html:
    """Return what was read: of each file the rows of the unit and their sha256, and the version.

    An overview of all units has the rows and the hash of the whole files.
    """
    about = view.evaluation.about
    rows = "rows_used" if "slice" in about else "rows"
    return together(
        table(view, "provenance", [*about["inputs"], *view.policy.files], {
            "file": lambda file: file["name"],
            rows: lambda file: _rows(view, file.get("rows", {})),
            "sha256": lambda file: file["sha256"],
        }),
        _absent(view),
        paragraph(view.messages.say("provenance.rows")) if "slice" in about else None,
        paragraph(view.messages.say("provenance.version", version=about["version"])),
        paragraph(view.messages.say("provenance.licence", licence=view.of_dataset("licence"))),
    )  # fmt: skip


def _absent(view: View) -> Html | None:
    """Name the tables that no file has."""
    given = {name for file in view.evaluation.about["inputs"] for name in file.get("rows", {})}
    absent = [name for name in TABLES if name not in given]
    if not absent:
        return None
    named = view.messages.join(_named(view, absent).values())
    return paragraph(view.messages.say("provenance.absent", tables=named))


def signoff(view: View) -> Html:
    """Return lines to sign, for the evaluator and for the reviewer."""
    return render("signoff.html.j2", say=view.messages.say)


def _rows(view: View, rows: dict[str, int]) -> str:
    counts = (f"{name} {rows[table]}" for table, name in _named(view, sorted(rows)).items())
    return view.messages.join(counts) or view.messages.say("report.missing")


def _named(view: View, tables: Iterable[str]) -> dict[str, str]:
    """Return the names of tables in the language of the report."""
    chinese = CHINESE_NAMES if view.messages.lang == "zh" else {}
    return {name: chinese.get(name, name.replace("_", " ")) for name in tables}
