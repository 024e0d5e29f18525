"""How scores, next year's budget and the restriction of a unit came about, as text."""

from __future__ import annotations

from pathlib import Path

from fundeval.problems import BadInputError, Problem
from fundeval.report.report import open_unit
from fundeval.report.text.explain import explain
from fundeval.report.text.explain_budget import explain_budget
from fundeval.report.text.explain_purchases import explain_purchases
from fundeval.report.text.explain_restriction import explain_restriction
from fundeval.report.text.explain_score import explain_score
from fundeval.report.unit_view import View
from fundeval.results.parquet import read_with_group
from fundeval.results.rows import IndicatorRow, PurchaseAlertRow, ScoreRow
from fundeval.words import LANGUAGES, say

SCORE, NEXT_BUDGET, RESTRICTION, PURCHASES = PARTS = (
    "score", "next_budget", "restriction", "purchases",
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
        An indicator, `score`, `next_budget`, `restriction` or `purchases`, or these in words;
        None for the score, all that is scored, then the others as far as there are data.
    lang
        Language of the text.

    Raises
    ------
    BadInputError
        If there is no such unit or indicator.
    """
    view = _view_with_group(folder, unit_id, lang)
    part = _part(what)
    blocks = []
    if part == SCORE or what is None:
        blocks.append(explain_score(view))
    if part is None:
        blocks += [explain(view, name) for name in _select_indicators(view, what)]
    if part == NEXT_BUDGET or what is None:
        blocks += explain_budget(view) or [[say("none.bridge", lang)]]
    if part == RESTRICTION or what is None:
        blocks.append(explain_restriction(view))
    if part == PURCHASES or (what is None and view.own(PurchaseAlertRow)):
        blocks.append(explain_purchases(view))
    return Explanation("\n\n".join("\n".join(block) for block in blocks))


def _view_with_group(folder: Path, unit_id: str, lang: str) -> View:
    """Open a unit with what its next budget was settled with."""
    view = open_unit(unit_id, folder, lang).view
    evaluation = read_with_group(folder, view.unit_id, view.evaluation)
    return View(evaluation, view.descendants, view.unit_id, lang)


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
    known = sorted({*scored, *(row.indicator for row in values)})
    chosen = [name for name in known if indicator in (name, view.messages.indicator(name))]
    if chosen:
        return chosen
    told = {"known": ", ".join([*known, *PARTS])}
    problem = Problem("explain.unknown_indicator", view.unit_id, told, value=indicator)
    raise BadInputError([problem])
