"""Open the report of one unit and show its parts in any order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from html import unescape
from pathlib import Path

from fundeval.problems import BadInputError, Problem, told_in
from fundeval.report.charts.lean_style import lean_style
from fundeval.report.charts.text_width import shorten
from fundeval.report.format.html_fragments import Html, render, together
from fundeval.report.sections import (
    background,
    by_rule,
    deviations,
    early_warning,
    evaluation_link,
    execution_effects,
    figures,
    findings,
    fund_accounts,
    group_values,
    in_brief,
    next_budget,
    no_data,
    payment,
    periods,
    projections,
    projects,
    purchases,
    restrictions,
    scorecards,
    scores,
    self_evaluation_form,
    settlement,
    summary,
    trends,
    unit_comparison,
)
from fundeval.report.unit_view import View
from fundeval.results import parquet
from fundeval.results.unit_ids import unit_id_of
from fundeval.words import DEFAULT_LANGUAGE, LANGUAGES

# The file that messages name for a wrong parameter of a notebook.
NOTEBOOK = "notebook"

# The level of a chapter's heading.
CHAPTER = 2
# Chapters that are counted by themselves and may be left out on paper.
ANNEXES = {"form", "settlement", "derivations", "sources", "provenance", "signoff"}

# What stands folded below its heading: details that few readers ask for, and what is long.
FOLDED = {
    "form", "settlement", "derivations", "sources", "provenance", "shares", "group", "groups_below",
    "scorecards", "funds_graded", "deviations", "basics",
    "growth", "cost_changes", "primary", "declared", "pathways", "funding", "projection",
    "supervision", "payment", "groups_of_care", "screening", "projects", "purchases", "heat",
    "funnel", "figures", "execution_effects",
}  # fmt: skip
# Chinese signs of a title that a fold quotes.
MOST_TITLE = 36
TITLES = re.compile(
    r'<p class="found">(.*?)</p>|<caption>(.*?)</caption>|<figcaption><strong>(.*?)</strong>',
    re.DOTALL,
)
SUMMARY = re.compile(r"<summary>(.*?)</summary>()()", re.DOTALL)

# The parts that a notebook can show, by name. A part that does not apply to the unit is None.
PARTS: dict[str, Callable[[View], Html | None]] = {
    part.__name__: part
    for part in (
        summary.verdict, summary.overview, in_brief.in_brief, in_brief.overview_in_brief,
        in_brief.monitor_in_brief, in_brief.quarter_in_brief, deviations.deviations,
        settlement.alliance, next_budget.bridge, next_budget.shares,
        evaluation_link.group, evaluation_link.groups_below,
        by_rule.by_rule, evaluation_link.use_of_results, execution_effects.execution_effects,
        evaluation_link.actions, background.basics,
        next_budget.budgets, background.work,
        scores.grade, scores.domains, scores.scorecard, scores.peers, scores.derivations,
        scorecards.scorecards, scorecards.funds_graded, scorecards.grades_counted,
        trends.execution, trends.growth, trends.cost_changes, trends.primary, trends.declared,
        trends.pathways, fund_accounts.fund_accounts, trends.funds,
        trends.funding, trends.supervision,
        projections.projection, projections.adjustment,
        payment.payment, group_values.groups_of_care, group_values.screening,
        restrictions.departments, restrictions.views, restrictions.restricted,
        restrictions.conflicts, projects.projects,
        unit_comparison.children, unit_comparison.regions, unit_comparison.hospitals,
        unit_comparison.heat, unit_comparison.funnel,
        figures.score_and_change, figures.budget_parts, figures.rates_by_year, figures.spread,
        figures.points, figures.department_years,
        findings.practices, findings.findings, findings.advice,
        settlement.settlement, settlement.inside,
        early_warning.monitor_verdict, early_warning.progress, early_warning.months,
        periods.month_statistics, periods.progress_bands, periods.quarter_verdict,
        periods.quarters, periods.off_course,
        purchases.checks, early_warning.warnings_below, early_warning.standing,
        self_evaluation_form.form,
        background.other, background.sources, background.provenance, background.signoff,
    )
}  # fmt: skip


@dataclass(frozen=True)
class Report:
    """The report of one unit; its methods return HTML that a notebook displays.

    Attributes
    ----------
    view
        The rows of the unit and the formatters for its reader.
    """

    view: View

    def show(self, *parts: str) -> Html:
        """Return parts one after the other.

        Parameters
        ----------
        *parts
            Keys of `PARTS`, such as `"verdict"` or `"scorecard"`.

        Raises
        ------
        KeyError
            If there is no such part.
        """
        made = [PARTS[part] for part in parts]
        with lean_style():
            if self.view.years_elsewhere is None:
                return together(*(part(self.view) for part in made))
            first = summary.overview if self.view.of_run else summary.verdict
            kept = [part for part in made if part in {first, background.provenance}]
            screen = no_data.no_data(self.view) if first in kept else None
            return together(*(part(self.view) for part in kept), screen)

    def chapter(self, key: str, *parts: str) -> Html:
        """Return a chapter: the heading `heading.KEY`, then the parts.

        If none of the parts applies to the unit, the chapter is empty.
        """
        return self._headed(CHAPTER, key, parts)

    def section(self, key: str, *parts: str) -> Html:
        """Return a section: the heading `heading.KEY`, then the parts (default: the part `key`).

        If none of the parts applies to the unit, the section is empty.
        """
        return self._headed(CHAPTER + 1, key, parts or (key,))

    def sections(self, *keys: str) -> Html:
        """Return one section for each of these parts."""
        return together(*map(self.section, keys))

    def _headed(self, level: int, key: str, parts: tuple[str, ...]) -> Html:
        """Return a heading and the parts; nothing if none of them applies to the unit."""
        body = self.show(*parts)
        if not body.markup and (parts or self.view.years_elsewhere is not None):
            return body
        text = self.view.messages.say(f"heading.{key}")
        kind = "section" if level > CHAPTER else "annex" if key in ANNEXES else "chapter"
        fold = self._fold(body) if key in FOLDED else ""
        return render(
            "headed.html.j2", level=level, key=key, text=text, kind=kind, body=body, fold=fold
        )

    def _fold(self, body: Html) -> str:
        """Say what a folded body holds: the titles of its charts and tables; "" for neither."""
        titles = TITLES.findall(body.markup) or SUMMARY.findall(body.markup)
        found = [unescape("".join(title)) for title in titles]
        if not found:
            return ""
        first = shorten(found[0], MOST_TITLE)
        return self.view.messages.say("fold.summary", title=first, count=len(found))


def open_unit(
    unit_id: str | int,
    evaluation: str | Path,
    lang: str = DEFAULT_LANGUAGE,
    month: int | None = None,
) -> Report:
    """Open the report of a unit from a written evaluation.

    Parameters
    ----------
    unit_id
        The unit, by its id, which may be a number; an empty text opens the overview of all units,
        at the root region.
    evaluation
        Folder of the written evaluation.
    lang
        Language of the report, `zh` or `en`.
    month
        The month of an early-warning report; None for the latest reported.

    Raises
    ------
    BadInputError
        If there is no evaluation, or it has no such unit, or for an unknown language.
    """
    if lang not in LANGUAGES:
        expected = {"expected": ", ".join(LANGUAGES)}
        raise BadInputError([Problem("yaml.not_allowed", NOTEBOOK, expected, column="lang")])
    with told_in(lang):
        unit_id = unit_id_of(unit_id, lambda: parquet.read_units(evaluation)["unit_id"], NOTEBOOK)
        root = unit_id or parquet.root(evaluation)
        part, descendants = parquet.read_slice(evaluation, root, everything=not unit_id)
    below = partial(parquet.read_below, evaluation, unit_id or None)
    return Report(View(part, descendants, root, lang, month, below, of_run=not unit_id))
