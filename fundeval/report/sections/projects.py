"""The project library: what is asked for next year, what the review kept, and why (R25)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.tables.view_table import table
from fundeval.report.unit_view import View
from fundeval.results.rows import ProjectReviewRow

PARAMETERS = (
    "project_minimum_score", "project_category_order", "project_category_shares", "project_last",
)  # fmt: skip


def projects(view: View) -> Html | None:
    """Return the review of the projects that the unit asks for, or that it reviews.

    A hospital reviews those of its departments, a region those that it asks for itself.
    """
    rows = reviewed(view)
    following = view.year + 1
    if not rows:
        if view.unit.kind == "alliance":
            return None
        of_region = "_of_region" if view.unit.kind == "region" else ""
        given = any("projects" in file["rows"] for file in view.evaluation.about["inputs"])
        message = f"none.projects{of_region}" if given else "none.projects_no_table"
        return paragraph(view.messages.say(message, next=following))
    of_others = any(view.in_language(row.asked_by) != view.unit.name for row in rows)
    asked_by = {"project_unit": lambda row: view.in_language(row.asked_by)} if of_others else {}
    listed = table(view, "projects", rows, {
        "project": name_project,
        **asked_by,
        "category": lambda row: view.messages.code("project_category.", row.category),
        "stage": lambda row: view.messages.code("project_stage.", row.stage),
        "requested": lambda row: view.numbers.amount(row.requested),
        "score": lambda row: view.numbers.number(row.score),
        "rank": lambda row: view.numbers.number(row.rank, 0),
        "decision": lambda row: view.messages.because(
            view.messages.code("project_decision.", row.decision), row.reason),
        "granted": lambda row: view.numbers.amount(row.granted),
        "note": lambda row: note(view, row),
    }, next=following)  # fmt: skip
    told = [_sums(view, rows), *_envelopes(view, rows), rule(view)]
    return together(listed, *(paragraph(view.messages.sentence(line), "note") for line in told))


def reviewed(view: View) -> list[ProjectReviewRow]:
    """Return the projects that a unit asks for or reviews, by category and rank."""
    order: Sequence[str] = view.policy.parameters.get("project_category_order", {}).get("value", ())
    found = [
        row for row in view.rows(ProjectReviewRow) if view.unit_id in {row.unit_id, row.pool_id}
    ]
    place = {category: at for at, category in enumerate(order)}
    return sorted(
        found,
        key=lambda row: (
            place.get(row.category, len(place)), row.rank is None, row.rank or 0, row.project_id,
        ),
    )  # fmt: skip


def name_project(row: ProjectReviewRow) -> str:
    """Return id and name of a project."""
    return f"{row.project_id} {row.project}"


def note(view: View, row: ProjectReviewRow) -> str:
    """Say what else decides on a project: who lifts the restriction and when, what it repeats."""
    say, notes = view.messages.say, []
    if row.decision == "refused_restricted" and row.until is not None:
        notes.append(
            say(
                "projects.restricted",
                department=view.in_language(row.asked_by),
                until=int(row.until),
                authority=view.messages.authority,
            )
        )
    if row.stage == "new" and row.state == "undetermined":
        notes.append(say("projects.state_unknown"))
    if row.duplicate_of:
        notes.append(say("projects.duplicate", other=row.duplicate_of))
    elif row.overlaps_with:
        notes.append(say("projects.overlap_open", other=row.overlaps_with))
    return view.messages.join(notes)


def rule(view: View) -> str:
    """Return by what the projects were kept or cut, with the values of the policy."""
    say, known = view.messages.say, view.policy.parameters
    if not known.keys() >= {*PARAMETERS}:
        return say("report.missing")
    value = {name: known[name]["value"] for name in PARAMETERS}
    categories = {code: view.messages.code("project_category.", code)
                  for code in value["project_category_order"]}  # fmt: skip
    limits = [
        say(
            "projects.limit", category=categories[code], share=view.numbers.percent(share, digits=0)
        )
        for code, share in sorted(value["project_category_shares"].items())
    ]
    sources = dict.fromkeys(
        view.messages.code("source.", known[name]["source"]["kind"]) for name in PARAMETERS
    )
    return say(
        "projects.rule",
        minimum=view.numbers.number(value["project_minimum_score"], 0),
        order=" → ".join(categories.values()),
        limits=view.messages.join(limits) or say("projects.no_limit"),
        last=say(f"projects.last.{value['project_last']}"),
        source=view.messages.join(sources),
    )


def _sums(view: View, rows: Sequence[ProjectReviewRow]) -> str:
    """Return how many projects ask for how much, and what they are granted."""
    stated = [row.requested for row in rows if row.requested is not None]
    told = view.messages.say(
        "projects.sums",
        count=len(rows),
        requested=view.numbers.money(_sum(stated)),
        granted=view.numbers.money(_sum(row.granted or 0 for row in rows)),
    )
    counts = {
        "undetermined": sum(row.decision == "undetermined" for row in rows),
        "unstated": len(rows) - len(stated),
    }
    rest = (view.messages.say(f"projects.sums_{name}", count=n) for name, n in counts.items() if n)
    return view.messages.join([told, *rest])


def _sum(amounts: Iterable[float]) -> float:
    """Return a sum of amounts in 元, to the 分."""
    return round(sum(amounts), 2)


def _envelopes(view: View, rows: Sequence[ProjectReviewRow]) -> list[str]:
    """Return what the projects of each reviewing unit may take, and what is left of it."""
    lines = []
    for pool in dict.fromkeys(row.pool_id for row in rows):
        own = [row for row in rows if row.pool_id == pool]
        name, envelope = view.in_language(own[0].pool), own[0].envelope
        if envelope is None:
            lines.append(view.messages.say("projects.envelope_unknown", pool=name))
            continue
        shown = view.numbers.money(envelope)
        # A department sees its own projects, not those that share the envelope.
        if pool != view.unit_id:
            lines.append(view.messages.say("projects.envelope_part", pool=name, envelope=shown))
            continue
        granted = _sum(row.granted or 0 for row in own)
        lines.append(
            view.messages.say(
                "projects.envelope",
                pool=name,
                envelope=shown,
                granted=view.numbers.money(granted),
                left=view.numbers.money(round(envelope - granted, 2)),
            )
        )
    return lines
