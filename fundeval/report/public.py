"""The public page: 三公开 (R22), the plan of allocation, execution, and the balance."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd

from fundeval.evaluation import Evaluation
from fundeval.report.below import look_below
from fundeval.report.disclosure import FUND_COLUMNS, HIDDEN, KEY, disclose, keys
from fundeval.report.pieces import Html, render
from fundeval.report.speech import missing
from fundeval.report.view import SCHEMES, View, to_rows

# Columns of plans, which rest on nobody and are never hidden.
PLANS = ("adjusted", "next_budget")


def render_public(evaluation: Evaluation, lang: str) -> str:
    """Return the public page: one file that loads nothing and runs nothing.

    Raises BadInputError where a small number would be left or could be worked out.
    """
    minimum = int(View(evaluation, look_below(evaluation), "", lang).limit("minimum_disclosed"))
    disclosed = disclose(evaluation, minimum)
    view = View(disclosed, look_below(disclosed), "", lang)
    dataset = disclosed.about["dataset"]
    page = render(
        "public.html.j2",
        lang=lang,
        say=view.say,
        title=view.say("public.title", dataset=dataset["title"][lang], year=view.year),
        synthetic=dataset["synthetic"],
        parts=[
            (view.say(f"public.{part.__name__}"), part(view))
            for part in (allocation, execution, balance)
        ],
        notes=[
            view.say("public.hidden", minimum=minimum, source=view.cited("minimum_disclosed")),
            view.say("public.source", source=dataset["source"], licence=dataset["licence"]),
            view.say("public.policy", policy=view.policy["title"][lang]),
        ],
    )
    return page.markup


def allocation(view: View) -> Html:
    """Return this year's adjusted and next year's budget of each unit and scheme."""
    rates = view.evaluation.indicators
    now = rates[rates["indicator"] == "execution_rate"].set_index(KEY)["denominator"]
    following = view.evaluation.budget.set_index(KEY)["amount"]
    frame = pd.DataFrame({"adjusted": now, "next_budget": following})
    return _table(view, "allocation", frame, dict.fromkeys(frame, view.cents))


def execution(view: View) -> Html:
    """Return budget, executed and execution rate of each unit and scheme."""
    rates = view.evaluation.indicators
    frame = rates[rates["indicator"] == "execution_rate"].set_index(KEY)
    frame = frame[["denominator", "numerator", "value"]]
    frame.columns = pd.Index(["adjusted", "executed", "execution"])
    floor = view.limit("execution_floor")
    forms = {"adjusted": view.cents, "executed": view.cents}
    return _table(
        view, "execution", frame, forms | {"execution": lambda rate: view.percent(rate, floor, 1.0)}
    )


def balance(view: View) -> Html:
    """Return income, expenditure, closing balance and payable months of each fund."""
    rows = view.evaluation.indicators
    months = rows[rows["indicator"] == "payable_months"].set_index(KEY)["value"]
    frame = view.evaluation.tables["funds"].set_index(KEY)[FUND_COLUMNS]
    frame = frame.join(months.rename("months")).rename(columns={"balance": "closing"})
    forms = dict.fromkeys(("income", "expenditure", "closing"), view.cents)
    return _table(view, "balance", frame, forms | {"months": view.number})


def _table(
    view: View, name: str, frame: pd.DataFrame, forms: dict[Any, Callable[[Any], str]]
) -> Html:
    """Return a table of units and schemes; what is hidden shows a mark, never a number."""
    names = view.evaluation.units.set_index("unit_id")["name"]
    rates = view.evaluation.indicators
    hidden = set(keys(rates[rates["reason"] == HIDDEN]))
    frame = frame.reset_index().sort_values(
        KEY, key=lambda column: column.map(SCHEMES.index) if column.name == "scheme" else column
    )

    def show(column: str, row: Any) -> str:
        value = getattr(row, column)
        if missing(value) and column not in PLANS and (row.unit_id, row.scheme) in hidden:
            return view.say("public.mark")
        return str(forms[column](value))

    columns: dict[str, Callable[[Any], object]] = {
        "unit": lambda row: names[row.unit_id],
        "scheme": lambda row: view.say(f"scheme.{row.scheme}"),
        **{column: partial(show, column) for column in forms},
    }
    return view.table(f"public_{name}", to_rows(frame), columns)
