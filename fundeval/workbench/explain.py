"""How scores, settlement, next year's budget and restriction of a unit came about, as text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fundeval.problems import BadInputError, Problem
from fundeval.report.report import open_unit
from fundeval.report.sections.projects import reviewed
from fundeval.report.sections.settlement import why_no_settlement
from fundeval.report.text.explain import explain
from fundeval.report.text.explain_budget import explain_budget
from fundeval.report.text.explain_groups import explain_groups
from fundeval.report.text.explain_periods import explain_periods
from fundeval.report.text.explain_project import explain_project
from fundeval.report.text.explain_purchases import explain_purchases
from fundeval.report.text.explain_restriction import explain_restriction
from fundeval.report.text.explain_score import explain_score
from fundeval.report.text.explain_settlement import explain_settlement
from fundeval.report.unit_view import View
from fundeval.results.parquet import read_with_group
from fundeval.results.rows import (
    CardGradeRow,
    GroupValueRow,
    IndicatorRow,
    ProjectReviewRow,
    PurchaseAlertRow,
    ScoreRow,
)
from fundeval.words import LANGUAGES, say

SETTLEMENT, SCORE, NEXT_BUDGET, RESTRICTION, PURCHASES, QUARTERS = PARTS = (
    "settlement", "score", "next_budget", "restriction", "purchases", "quarters",
)  # fmt: skip


class Explanation(str):
    """A text of several lines, which a notebook shows as it stands."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the text itself."""
        return str(self)


def explain_unit(folder: Path, unit_id: str, what: str | None, lang: str) -> Explanation:
    """Explain a unit of a written evaluation.

    Parameters
    ----------
    folder
        The written evaluation.
    unit_id
        The unit, departments too.
    what
        An indicator, `score`, `settlement`, `next_budget`, `restriction`, `purchases` or
        `quarters`, a further scorecard such as `credit`, a scheme for the score of its fund, or
        `project ID`; or these in words. None for the score, all that is scored, then the others but
        projects and quarters.
    lang
        Language of the text.

    Raises
    ------
    BadInputError
        If there is no such unit, indicator or project.
    """
    view = _view_with_group(folder, unit_id, lang)
    if (project := _project(view, what)) is not None:
        return Explanation("\n".join(explain_project(view, project)))
    part = _part(what)
    blocks = []
    card = _card(view, what)
    if card is not None:
        of_card = view.of_card(card)
        scored = [row.indicator for row in of_card.own(ScoreRow)]
        blocks = [explain_score(of_card), *(explain(of_card, name) for name in scored)]
        return _joined(blocks)
    if part == SCORE or what is None:
        blocks.append(explain_score(view))
    if part is None:
        for name in _select_indicators(view, what):
            of_groups = name in view.policy.grouped
            blocks.append(explain_groups(view, name) if of_groups else explain(view, name))
    if part == SETTLEMENT or what is None:
        found = explain_settlement(view)
        blocks += found if found or what is None else [[why_no_settlement(view)]]
    if part == NEXT_BUDGET or what is None:
        blocks += explain_budget(view) or [[say("none.bridge", lang)]]
    if part == RESTRICTION or what is None:
        blocks.append(explain_restriction(view))
    if part == PURCHASES or (what is None and view.own(PurchaseAlertRow)):
        blocks.append(explain_purchases(view))
    if part == QUARTERS:
        blocks.append(explain_periods(view))
    return _joined(blocks)


def _joined(blocks: Iterable[Iterable[str]]) -> Explanation:
    return Explanation("\n\n".join("\n".join(block) for block in blocks))


def _card(view: View, what: str | None) -> str | None:
    """Return the further scorecard or the fund that is asked for, by its name or in words."""
    cards = {row.card for row in view.own(CardGradeRow)}
    return next((card for card in sorted(cards) if what in (card, view.messages.card(card))), None)


def _view_with_group(folder: Path, unit_id: str, lang: str) -> View:
    """Open a unit with what its next budget was settled with."""
    view = open_unit(unit_id, folder, lang).view
    evaluation = read_with_group(folder, view.unit_id, view.evaluation)
    return View(evaluation, view.descendants, view.unit_id, lang)


def _project(view: View, what: str | None) -> ProjectReviewRow | None:
    """Return the project asked for, as `project ID`; refuse an unknown one.

    A hospital is asked about those of its departments too.
    """
    word, _, asked = (what or "").strip().replace(":", " ", 1).partition(" ")
    if not asked.strip() or word.lower() not in _words("cli.part.project"):
        return None
    rows = {row.project_id: row for row in reviewed(view)}
    if asked.strip() not in rows:
        told = {"known": ", ".join(sorted(rows)) or say("report.missing", view.messages.lang)}
        raise BadInputError([Problem("explain.unknown_project", view.unit_id, told, value=asked)])
    return rows[asked.strip()]


def _part(what: str | None) -> str | None:
    """Return which part of a derivation a word in either language asks for, if it does."""
    asked = (what or "").strip().lower().replace(" ", "_").replace("-", "_")
    words = {part: _words(f"cli.part.{part}") for part in PARTS}
    return next((part for part, known in words.items() if asked in known), None)


def _words(message: str) -> set[str]:
    return {word for language in LANGUAGES for word in say(message, language).split("|")}


def _select_indicators(view: View, indicator: str | None) -> list[str]:
    """Return the indicator asked for, by id or name, or all scored; refuse an unknown one."""
    scored = [row.indicator for row in view.own(ScoreRow)]
    if indicator is None:
        return scored
    values = view.own(IndicatorRow, year=view.year)
    by_group = (row.indicator for row in view.own(GroupValueRow))
    known = sorted({*scored, *(row.indicator for row in values), *by_group})
    chosen = [name for name in known if indicator in (name, view.messages.indicator(name))]
    if chosen:
        return chosen
    cards = dict.fromkeys(row.card for row in view.own(CardGradeRow))
    told = {"known": ", ".join([*known, *PARTS, *cards])}
    problem = Problem("explain.unknown_indicator", view.unit_id, told, value=indicator)
    raise BadInputError([problem])
