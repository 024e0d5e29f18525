"""The public page: 三公开 (R22), the plan of allocation, execution, and the balance."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any

import pandas as pd

from fundeval.report.format.html_fragments import Html
from fundeval.report.format.numbers import missing
from fundeval.report.format.parameter_values import cite
from fundeval.report.pages.standalone import standalone_page
from fundeval.report.policy_in_force import PolicyInForce
from fundeval.report.public.adopted import Recompute
from fundeval.report.public.disclosure import Disclosed, disclose
from fundeval.report.public.figures import Figure
from fundeval.report.public.knowledge import Terms
from fundeval.report.public.people import KEY
from fundeval.report.public.quarters import disclose_quarters, months_of_quarters, reasons_to_date
from fundeval.report.public.releases import Release
from fundeval.report.public.rounding import Rounding
from fundeval.report.sections.periods import QUARTER, period_name
from fundeval.report.tables.view_table import table
from fundeval.report.unit_view import SCHEMES, View
from fundeval.results.descendants import summarize_descendants
from fundeval.results.frames import Evaluation


def terms_of(policy: PolicyInForce) -> Terms:
    """Return what the policy asks of a public page."""
    rounding = Rounding(
        step=float(policy.limit("disclosed_step")), share=float(policy.limit("disclosed_share"))
    )
    protection = float(policy.limit("disclosed_protection"))
    return Terms(int(policy.limit("minimum_disclosed")), protection, rounding)


def select(
    evaluation: Evaluation,
    quarterly: bool = False,
    releases: Sequence[Release] = (),
    recompute: Recompute | None = None,
) -> Disclosed:
    """Return what may be published of an evaluation, by the terms of its policy.

    Parameters
    ----------
    evaluation
        The whole evaluation.
    quarterly
        Whether execution is published by quarter, not for the year.
    releases
        What was published before.
    recompute
        Makes the page of an earlier year again, see `adopted`.

    Raises
    ------
    BadInputError
        If a small number would be published or could be worked out.
    """
    terms = terms_of(PolicyInForce(evaluation.about["policy"]))
    return (disclose_quarters if quarterly else disclose)(evaluation, terms, releases, recompute)


def render_public(evaluation: Evaluation, lang: str, disclosed: Disclosed) -> str:
    """Return the public page as one HTML file without scripts or external resources.

    Parameters
    ----------
    evaluation
        The whole evaluation.
    lang
        Language of the page, `zh` or `en`.
    disclosed
        What may be published, see `select`.
    """
    view = View(evaluation, summarize_descendants(evaluation), "", lang)
    terms = terms_of(view.policy)
    source = cite(view.messages, "minimum_disclosed")
    dataset = evaluation.about["dataset"]
    kind = "quarterly_" if disclosed.release.report == "quarterly" else ""
    return standalone_page(
        view,
        "public.html.j2",
        view.messages.say(f"public.{kind}title", dataset=dataset["title"][lang], year=view.year),
        parts=[
            (view.messages.say(f"public.{name}"), _table(view, f"{kind}{name}", disclosed, frame))
            for name, frame in disclosed.tables.items()
        ],
        notes=[
            *([view.messages.say("public.quarterly")] if kind else []),
            view.messages.say("public.hidden", minimum=terms.minimum, source=source),
            view.messages.say(
                "public.protected", protection=view.numbers.percent(terms.protection)
            ),
            view.messages.say("public.estimates"),
            *_rounding_notes(view, terms.rounding),
            view.messages.say(
                "public.source",
                source=view.of_dataset("source"),
                licence=view.of_dataset("licence"),
            ),
            view.messages.say("public.policy", policy=view.policy.title[lang]),
        ],
    )


def _rounding_notes(view: View, rounding: Rounding) -> list[str]:
    """Return what is said of rounding, where amounts are rounded."""
    if not rounding:
        return []
    step = view.numbers.to_the_cent(rounding.step)
    share = view.numbers.percent(rounding.share)
    to = "both" if rounding.step and rounding.share else "step" if rounding.step else "share"
    return [view.messages.say(f"public.rounded_{to}", step=step, share=share)]


def _table(view: View, name: str, disclosed: Disclosed, frame: pd.DataFrame) -> Html:
    """Return a table of units and schemes; what is hidden shows a mark, never a number."""
    names = view.evaluation.units.set_index("unit_id")["name"]
    floor = view.policy.limit("execution_floor")

    of_quarters = name == "quarterly_execution"
    months = months_of_quarters(view.evaluation) if of_quarters else {}
    reasons = reasons_to_date(view.evaluation) if of_quarters else {}

    def why(column: str, row: dict[Hashable, Any]) -> str:
        if column in months:
            return "quarter_unreported"
        lacks_budget = column == "left" and not missing(row["to_date"])
        return "no_budget" if lacks_budget else reasons[row["unit_id"], row["scheme"]]

    def title(column: str) -> str:
        begun = months.get(column, QUARTER) < QUARTER
        return period_name(view, int(column[-1]), months[column]) if begun else column

    def show(column: str, row: dict[Hashable, Any]) -> str:
        value = row[column]
        if Figure(row["unit_id"], row["scheme"], view.year, column) in disclosed.hidden:
            return view.messages.say("public.mark")
        if missing(value) and of_quarters:
            return view.messages.cannot(why(column, row))
        if column == "execution":
            return view.numbers.percent(value, floor, 1.0)
        if column == "progress":
            return view.numbers.percent(value, *view.policy.limits("warning_bands"))
        if column == "months":
            return view.numbers.number(value)
        return view.numbers.amount(value)

    columns: dict[str, Callable[[dict[Hashable, Any]], object]] = {
        "unit": lambda row: names[row["unit_id"]],
        "scheme": lambda row: view.messages.say(f"scheme.{row['scheme']}"),
        **{title(column): partial(show, column) for column in frame.columns.drop("hidden")},
    }
    ordered = frame.reset_index().sort_values(
        KEY, key=lambda column: column.map(SCHEMES.index) if column.name == "scheme" else column
    )
    rows = ordered.to_dict("records")
    return table(view, f"public_{name}", rows, columns)
