"""The report of one unit: open it, then show its parts in the order you like."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fundeval.report import judging, money, store, texts
from fundeval.report.pieces import Html, paragraph, render, together
from fundeval.report.summary import summarise
from fundeval.report.verdict import overview_verdict, verdict
from fundeval.report.view import View, count_states

if TYPE_CHECKING:
    from fundeval.evaluation import Evaluation

MOST_RANKED = 300


@dataclass(frozen=True)
class Report:
    """The parts of a report; each is a piece of HTML that a notebook shows."""

    view: View

    def heading(self, key: str) -> Html:
        """Return the heading of a chapter, in the language of the report."""
        return render("heading.html.j2", key=key, text=self.view.say(f"heading.{key}"))

    def verdict(self) -> Html:
        """Return the first screen: the verdict in words and figures."""
        return verdict(self.view)

    def bridge(self) -> Html:
        """Return the bridge to next year's budget."""
        return money.bridge(self.view)

    def basics(self) -> Html:
        """Return who is evaluated, and budget and execution by year."""
        return together(texts.basics(self.view), money.budgets(self.view))

    def work(self) -> Html:
        """Return how the evaluation was done."""
        return texts.work(self.view)

    def scorecard(self) -> Html:
        """Return the scorecard."""
        return judging.scorecard(self.view)

    def history(self) -> Html:
        """Return the charts over the years."""
        return judging.history(self.view)

    def peers(self) -> Html:
        """Return the place among peers."""
        return judging.peers(self.view)

    def departments(self) -> Html:
        """Return the restriction state of each department."""
        return judging.departments(self.view)

    def children(self) -> Html:
        """Return the table of the units one level down."""
        return judging.children(self.view)

    def heat(self) -> Html:
        """Return the heat map of points of the units one level down."""
        return judging.heat(self.view)

    def findings(self) -> Html:
        """Return the findings in order of severity."""
        return texts.findings(self.view)

    def advice(self) -> Html:
        """Return what to do about the findings."""
        return texts.advice(self.view)

    def settlement(self) -> Html:
        """Return the settlement."""
        return money.settlement(self.view)

    def other_matters(self) -> Html:
        """Return what could not be judged."""
        return texts.other_matters(self.view)

    def derivations(self) -> Html:
        """Return each score's calculation, folded."""
        return judging.derivations(self.view)

    def sources(self) -> Html:
        """Return every parameter in force with its source."""
        return texts.sources(self.view)

    def provenance(self) -> Html:
        """Return the files that were read."""
        return texts.provenance(self.view)

    def signoff(self) -> Html:
        """Return the lines to sign."""
        return texts.signoff(self.view)

    def overview(self) -> Html:
        """Return the first screen of the report on all units."""
        return overview_verdict(self.view)

    def ranking(self, kind: str) -> Html:
        """Return all units of a kind, the best score first, those not judged last."""
        units = summarise(self.view)
        units = units[units["kind"] == kind]
        units = units.sort_values(["score", "unit_id"], ascending=[False, True])
        caption = self.view.say(
            "ranking.caption", kind=self.view.say(f"kind.{kind}"), count=len(units)
        )
        ranked = judging.unit_table(self.view, units.head(MOST_RANKED), caption)
        if len(units) <= MOST_RANKED:
            return ranked
        left_out = self.view.say("ranking.left_out", count=len(units) - MOST_RANKED)
        return together(ranked, paragraph(left_out))


def open_unit(  # noqa: PLR0913, PLR0917  # the parameters of a notebook
    unit_id: str,
    evaluation: str | Path | None = None,
    dataset: str | None = None,
    policy: str | None = None,
    year: int | None = None,
    lang: str = "zh",
) -> Report:
    """Open the report of a unit, from a written evaluation or by evaluating a data set now.

    An empty `unit_id` opens the overview of all units: it reads everything and stands at the
    root region. Raises BadInputError for unusable input, KeyError for an unknown unit.
    """
    if evaluation is not None:
        whole = None if unit_id else store.read(evaluation)
        part = store.read(evaluation, unit_id) if whole is None else whole
        states = store.read_states(evaluation, part.units["unit_id"])
    else:
        whole = _evaluate(dataset, policy, year)
        part = store.slice_unit(whole, unit_id) if unit_id else whole
        states = count_states(whole.units, whole.restrictions, int(whole.about["year"]))
    return Report(View(part, states, unit_id or _root(part), lang))


def _evaluate(dataset: str | None, policy: str | None, year: int | None) -> Evaluation:
    # Only here: reading a written evaluation must not pay for the intake and its checks.
    from fundeval import policy as policies  # noqa: PLC0415
    from fundeval import tables  # noqa: PLC0415
    from fundeval.evaluate import evaluate  # noqa: PLC0415

    if dataset is None or policy is None or year is None:
        raise TypeError("open_unit needs an evaluation, or a dataset, a policy and a year")
    return evaluate(tables.load(dataset), policies.load(policy), year)


def _root(evaluation: Evaluation) -> str:
    """Return the first unit that has no unit above it, a region if there is one."""
    units = evaluation.units
    roots = units[units["parent_id"].isna()]
    roots = roots.assign(other=roots["kind"] != "region").sort_values(["other", "unit_id"])
    return str(roots["unit_id"].iloc[0])
