"""How a project of the library was scored and decided on, each step checkable (R25)."""

from __future__ import annotations

from typing import Any

from fundeval.indicator_registry import plain
from fundeval.report.sections.projects import note, rule
from fundeval.report.text.arithmetic import amount, to_fen
from fundeval.report.text.cited_rules import cite_entry
from fundeval.report.text.source_cells import cite_cell
from fundeval.report.unit_view import ALL, View
from fundeval.results.rows import (
    BudgetStepRow,
    ContextInput,
    ProjectInput,
    ProjectPartRow,
    ProjectReviewRow,
)

# The cells that a decision rests on.
CELLS = (
    "requested", "approved", "spent", "expected_benefit", "measured_benefit", "achievement",
    "appraisal",
)  # fmt: skip


def explain_project(view: View, row: ProjectReviewRow) -> list[str]:
    """Derive the score, the rank and the grant of a project that the unit asks for or reviews.

    Returns
    -------
    list of str
        A title; the cells it rests on; each part of the score with value, percent, weight and
        points, or why it has none; the rank; the envelope and what better ranked projects took of
        it; the decision; the rule and the source of the parts.
    """
    say, messages = view.messages.say, view.messages
    pool, asker = view.in_language(row.pool), view.in_language(row.asked_by)
    category = messages.code("project_category.", row.category)
    stage = messages.code("project_stage.", row.stage)
    lines = [
        say("explain.project_of", id=row.project_id, project=row.project, year=row.year),
        say(
            "explain.project_asked",
            unit=asker,
            category=category,
            stage=stage,
        ),
    ]
    for cells in view.everyone(ProjectInput, year=row.year, project_id=row.project_id):
        known = [column for column in CELLS if getattr(cells, column) is not None]
        lines += [cite_cell(view, "projects", cells, column) for column in known]
    lines += _score(view, row)
    if row.rank is not None:
        lines.append(say("explain.project_rank", pool=pool, category=category, rank=int(row.rank)))
    lines += _envelope(view, row, pool)
    granted = messages.cannot(row.reason) if row.granted is None else amount(to_fen(row.granted))
    decision = messages.code("project_decision.", row.decision)
    lines.append(say("explain.project_decision", decision=decision, granted=granted))
    lines += [text] if (text := note(view, row)) else []
    lines.append(rule(view))
    for name in ("project_parts", "project_minimum_score", "project_envelope_share"):
        entry = view.policy.parameters[name]
        lines.append(cite_entry(view, entry))
    return lines


def _score(view: View, row: ProjectReviewRow) -> list[str]:
    """Return each part of the score, and their sum where all are known."""
    say = view.messages.say
    parts: dict[str, Any] = view.policy.parameters["project_parts"]["value"]
    lines, points = [], []
    for part in view.everyone(ProjectPartRow, year=row.year, project_id=row.project_id):
        title = (parts.get(part.part, {}).get("title") or {}).get(view.messages.lang, part.part)
        if part.value is None or part.percent is None or part.points is None:
            reason = view.messages.reason(part.reason)
            lines.append(say("explain.project_part_missing", part=title, reason=reason))
            continue
        infinite = part.value == float("inf")
        lines.append(
            say(
                "explain.project_part",
                part=title,
                value=say("explain.project_infinite") if infinite else plain(part.value),
                percent=plain(part.percent),
                weight=plain(part.weight),
                points=plain(part.points),
            )
        )
        points.append(plain(part.points))
    if row.score is not None and points:
        terms = " + ".join(points)
        lines.append(say("explain.project_score", terms=terms, score=plain(row.score)))
    return lines


def _envelope(view: View, row: ProjectReviewRow, pool: str) -> list[str]:
    """Return what the pool may spend, and what better ranked projects took of it."""
    say = view.messages.say
    if row.envelope is None:
        return []
    envelope, limit = to_fen(row.envelope), to_fen(row.category_limit)
    shown = say(
        "explain.project_envelope", pool=pool, envelope=amount(envelope), limit=amount(limit)
    )
    if row.decision not in {"kept", "part", "cut_envelope"}:
        return [*_stated(view, row), shown]
    order: list[str] = view.policy.parameters["project_category_order"]["value"]
    rivals = [r for r in view.everyone(ProjectReviewRow, pool_id=row.pool_id) if r.granted]
    own = [r for r in rivals if r.category == row.category and (r.rank or 0) < (row.rank or 0)]
    at = order.index(row.category)
    before = [*own, *(r for r in rivals if order.index(r.category) < at)]
    total, in_category = (sum(to_fen(r.granted) for r in rows) for rows in (before, own))
    room = min(envelope - total, limit - in_category)
    lines = [
        *_stated(view, row),
        shown,
        say(
            "explain.project_before",
            total=amount(total), own=amount(in_category), room=amount(room),
        ),
    ]  # fmt: skip
    behind = row.decision == "cut_envelope" and room > 0
    if behind and row.requested is not None and to_fen(row.requested) <= room:
        lines.append(say("explain.project_closed"))
    return lines


def _stated(view: View, row: ProjectReviewRow) -> list[str]:
    """Return where the envelope comes from: a cell, or the share of next year's budget."""
    stated = [
        context
        for context in view.everyone(ContextInput, unit_id=row.pool_id, year=row.year, scheme=ALL)
        if context.project_envelope is not None
    ]
    if stated:
        return [cite_cell(view, "context", stated[0], "project_envelope")]
    share = view.policy.parameters["project_envelope_share"]["value"]
    return [
        f"{view.messages.step('next_budget')}: {amount(to_fen(step.amount))} × {plain(share)}"
        for step in view.everyone(
            BudgetStepRow, unit_id=row.pool_id, scheme=ALL, step="next_budget"
        )
    ]
