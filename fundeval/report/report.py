"""Open the report of one unit and show its parts in any order."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundeval.problems import BadInputError, Problem
from fundeval.report.format.html_fragments import Html, render, together
from fundeval.report.sections import (
    background,
    early_warning,
    evaluation_link,
    figures,
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

# The file that messages name for a wrong parameter of a notebook.
NOTEBOOK = "notebook"

if TYPE_CHECKING:
    from fundeval.report.sections.what_if import Source

# The parts that a notebook can show, by name. A part that does not apply to the unit is None.
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
        figures.score_and_change, figures.budget_parts, figures.rates_by_year, figures.spread,
        figures.points, figures.department_years,
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
    """The report of one unit; its methods return HTML that a notebook displays.

    Attributes
    ----------
    view
        The rows of the unit and the formatters for its reader.
    source
        Data set, policy and evaluation; None for a report of a written evaluation.
    """

    view: View
    source: Source | None = None

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
        return together(*(PARTS[part](self.view) for part in parts))

    def chapter(self, key: str, *parts: str) -> Html:
        """Return a chapter: the heading `heading.KEY`, then the parts.

        If none of the parts applies to the unit, the chapter is empty.
        """
        return self._headed(2, key, parts)

    def section(self, key: str, *parts: str) -> Html:
        """Return a section: the heading `heading.KEY`, then the parts (default: the part `key`).

        If none of the parts applies to the unit, the section is empty.
        """
        return self._headed(3, key, parts or (key,))

    def sections(self, *keys: str) -> Html:
        """Return one section for each of these parts."""
        return together(*map(self.section, keys))

    def what_if(self, changes: Mapping[str, Any]) -> Html | None:
        """Compare the evaluation with one under other values of the policy.

        Parameters
        ----------
        changes
            New values by parameter name, or changed keys of a scoring rule by
            `indicators.NAME`.

        Returns
        -------
        Html or None
            The table and chart of changes; None for no changes. For a report of a written
            evaluation, a sentence that it has to be opened on a data set.
        """
        if not changes:
            return None
        # Imported here: a report of a written evaluation does not need the evaluation code.
        from fundeval.report.sections.what_if import what_if  # noqa: PLC0415

        return together(self.chapter("what_if"), what_if(self.view, self.source, changes))

    def _headed(self, level: int, key: str, parts: tuple[str, ...]) -> Html:
        """Return a heading and the parts; nothing if none of them applies to the unit."""
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

    Parameters
    ----------
    unit_id
        The unit; an empty text opens the overview of all units, at the root region.
    evaluation
        Folder of a written evaluation. Without it, `dataset`, `policy` and `year` are needed.
    dataset, policy
        Location of the data set (`sample:city` or a folder) and the name or path of the policy.
    year
        The year to evaluate.
    lang
        Language of the report, `zh` or `en`.
    month
        The month of an early-warning report; None for the latest reported.

    Raises
    ------
    BadInputError
        If the input is unusable, or has no such unit, year or language.
    TypeError
        If neither an evaluation nor data set, policy and year are given.

    Examples
    --------
    >>> report = open_unit("990101", dataset="sample:city", policy="national", year=2024)
    >>> report.view.unit.kind
    'region'
    >>> report.show("verdict")  # doctest: +ELLIPSIS
    <Html, ... characters>
    """
    if lang not in LANGUAGES:
        expected = {"expected": ", ".join(LANGUAGES)}
        raise BadInputError([Problem("yaml.not_allowed", NOTEBOOK, expected, column="lang")])
    if evaluation is None:
        with tempfile.TemporaryDirectory(prefix="fundeval-") as folder:
            source = _evaluate(dataset, policy, year)
            parquet.write(source.evaluation, folder)
            view = open_unit(unit_id, folder, lang=lang, month=month).view
            # Before the folder goes.
            if view.unit.kind == "region":
                view.below  # noqa: B018
            return Report(view, source)
    root = unit_id or parquet.root(evaluation)
    part, descendants = parquet.read_slice(evaluation, root, everything=not unit_id)
    below = partial(parquet.read_below, evaluation, unit_id or None)
    return Report(View(part, descendants, root, lang, month, below))


def _evaluate(dataset: str | None, policy: str | None, year: int | None) -> Source:
    """Load the data set and the policy, and evaluate the year."""
    # Imported here: a report of a written evaluation does not need intake and checks.
    from fundeval import tables  # noqa: PLC0415
    from fundeval.evaluation import judge, measure  # noqa: PLC0415
    from fundeval.policy import load as load_policy  # noqa: PLC0415
    from fundeval.report.sections.what_if import Source  # noqa: PLC0415

    if dataset is None or policy is None or year is None:
        raise TypeError("open_unit needs an evaluation, or a dataset, a policy and a year")
    given, rules = tables.load(dataset), load_policy(policy)
    tables.check_year(given, year)
    measured = measure(given, year)
    return Source(measured, rules, judge(measured, rules))
