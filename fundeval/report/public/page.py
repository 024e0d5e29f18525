"""The public page: 三公开 (R22), the plan of allocation, execution, and the balance."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd

from fundeval.report.format.html_fragments import Html
from fundeval.report.format.labels import Wording
from fundeval.report.format.numbers import missing
from fundeval.report.public.disclosure import KEY, PLANS, disclose
from fundeval.report.unit_view import SCHEMES, Row, to_rows
from fundeval.results.frames import Evaluation


def render_public(evaluation: Evaluation, lang: str) -> str:
    """Return the public page: one file that loads nothing and runs nothing.

    Raises BadInputError where a small number would be left or could be worked out.
    """
    wording = Wording(evaluation, lang)
    minimum = int(wording.limit("minimum_disclosed"))
    source = wording.cited("minimum_disclosed")
    dataset = evaluation.about["dataset"]
    return wording.page(
        "public.html.j2",
        wording.say("public.title", dataset=dataset["title"][lang], year=wording.year),
        parts=[
            (wording.say(f"public.{name}"), _table(wording, name, frame))
            for name, frame in disclose(evaluation, minimum).items()
        ],
        notes=[
            wording.say("public.hidden", minimum=minimum, source=source),
            wording.say("public.source", source=dataset["source"], licence=dataset["licence"]),
            wording.say("public.policy", policy=wording.policy["title"][lang]),
        ],
    )


def _table(wording: Wording, name: str, frame: pd.DataFrame) -> Html:
    """Return a table of units and schemes; what is hidden shows a mark, never a number."""
    names = wording.evaluation.units.set_index("unit_id")["name"]
    floor = wording.limit("execution_floor")

    def show(column: str, row: Row) -> str:
        value = getattr(row, column)
        if missing(value) and row.hidden and column not in PLANS:
            return wording.say("public.mark")
        if column == "execution":
            return wording.percent(value, floor, 1.0)
        return wording.number(value)

    columns: dict[str, Callable[[Row], object]] = {
        "unit": lambda row: names[row.unit_id],
        "scheme": lambda row: wording.say(f"scheme.{row.scheme}"),
        **{column: partial(show, column) for column in frame.columns.drop("hidden")},
    }
    rows = frame.reset_index().sort_values(
        KEY, key=lambda column: column.map(SCHEMES.index) if column.name == "scheme" else column
    )
    return wording.table(f"public_{name}", to_rows(rows), columns)
