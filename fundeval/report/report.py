"""The report of one unit: open it, then show its chapters in the order you like."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundeval.problems import BadInputError, Problem
from fundeval.report.format.html_fragments import Html, render, together
from fundeval.report.sections import (
    background,
    early_warning,
    evaluation_link,
    findings,
    next_budget,
    projections,
    restrictions,
    scores,
    self_evaluation_form,
    settlement,
    summary,
    trends,
    unit_comparison,
)
from fundeval.report.unit_view import View
from fundeval.results import parquet
from fundeval.words import LANGUAGES

# Where a wrong parameter is said to stand.
NOTEBOOK = "notebook"

if TYPE_CHECKING:
    from fundeval.report.sections.what_if import Source

# What a notebook can show, by name. A part returns None where it does not apply to the unit.
PARTS: dict[str, Callable[[View], Html | None]] = {
    part.__name__: part
    for part in (
        summary.verdict, summary.overview, settlement.alliance, next_budget.bridge,
        next_budget.shares, evaluation_link.group, evaluation_link.groups_below,
        evaluation_link.use_of_results, background.basics, next_budget.budgets, background.work,
        scores.grade, scores.domains, scores.scorecard, scores.peers, scores.derivations,
        trends.execution, trends.growth, trends.cost_changes, trends.primary, trends.funds,
        projections.projection, projections.adjustment,
        restrictions.departments, restrictions.restricted, restrictions.conflicts,
        unit_comparison.children, unit_comparison.regions, unit_comparison.hospitals,
        unit_comparison.heat, unit_comparison.funnel,
        findings.practices, findings.findings, findings.advice,
        settlement.settlement, settlement.inside,
        early_warning.monitor_verdict, early_warning.progress, early_warning.months,
        early_warning.checks, early_warning.warnings_below, early_warning.standing,
        self_evaluation_form.form,
        background.other, background.sources, background.provenance, background.signoff,
    )
}  # fmt: skip


@dataclass(frozen=True)
class Report:
    """The parts of a report; each is a piece of HTML that a notebook shows."""

    view: View
    source: Source | None = None

    def show(self, *parts: str) -> Html:
        """Return the parts of these names (see `PARTS`), one after the other."""
        return together(*(PARTS[part](self.view) for part in parts))

    def chapter(self, key: str, *parts: str) -> Html:
        """Return a chapter: the heading of that key, then the parts."""
        return self._headed(2, key, parts)

    def section(self, key: str, *parts: str) -> Html:
        """Return a section of a chapter; nothing where none of its parts applies to the unit."""
        return self._headed(3, key, parts or (key,))

    def sections(self, *keys: str) -> Html:
        """Return a section for each part of these names."""
        return together(*map(self.section, keys))

    def what_if(self, changes: Mapping[str, Any]) -> Html | None:
        """Return what other values of the policy would change; None for no change.

        `changes` has the name of a parameter with its value, or `indicators.NAME` with the keys
        of its rule that change. It needs a report opened on a data set.
        """
        if not changes:
            return None
        # Only here: it evaluates, which a written evaluation must not pay for.
        from fundeval.report.sections.what_if import what_if  # noqa: PLC0415

        return together(self.chapter("what_if"), what_if(self.view, self.source, changes))

    def _headed(self, level: int, key: str, parts: tuple[str, ...]) -> Html:
        body = self.show(*parts)
        if parts and not body.markup:
            return body
        text = self.view.messages.say(f"heading.{key}")
        return together(render("heading.html.j2", level=level, key=key, text=text), body)


def open_unit(  # noqa: PLR0913, PLR0917  # the parameters of a notebook
    unit_id: str,
    evaluation: str | Path | None = None,
    dataset: str | None = None,
    policy: str | None = None,
    year: int | None = None,
    lang: str = "zh",
    month: int | None = None,
) -> Report:
    """Open the report of a unit, from a written evaluation or by evaluating a data set now.

    An empty `unit_id` opens the overview of all units: it stands at the root region. `month` is
    for what is shown within the year; None is the latest.
    Raises BadInputError for unusable input, also for a unit, year or language there is not.
    """
    if lang not in LANGUAGES:
        expected = {"expected": ", ".join(LANGUAGES)}
        raise BadInputError([Problem("yaml.not_allowed", NOTEBOOK, expected, column="lang")])
    if evaluation is None:
        with tempfile.TemporaryDirectory(prefix="fundeval-") as folder:
            source = _evaluate(dataset, policy, year)
            parquet.write(source.evaluation, folder)
            return Report(open_unit(unit_id, folder, lang=lang, month=month).view, source)
    root = unit_id or parquet.root(evaluation)
    part, descendants = parquet.read_slice(evaluation, root, everything=not unit_id)
    return Report(View(part, descendants, root, lang, month))


def _evaluate(dataset: str | None, policy: str | None, year: int | None) -> Source:
    # Only here: reading a written evaluation must not pay for the intake and its checks.
    from fundeval import tables  # noqa: PLC0415
    from fundeval.evaluation import evaluate  # noqa: PLC0415
    from fundeval.policy import load as load_policy  # noqa: PLC0415
    from fundeval.report.sections.what_if import Source  # noqa: PLC0415

    if dataset is None or policy is None or year is None:
        raise TypeError("open_unit needs an evaluation, or a dataset, a policy and a year")
    given, rules = tables.load(dataset), load_policy(policy)
    tables.check_year(given, year)
    return Source(given, rules, evaluate(given, rules, year))
