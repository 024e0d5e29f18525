"""One screen for a unit that has no figures of the year: when it has some, and what is lacking."""

from __future__ import annotations

from fundeval.report.format.html_fragments import Html, paragraph, together
from fundeval.report.tables.view_table import table
from fundeval.report.unit_view import View
from fundeval.tables.schemas import CHINESE_NAMES, REQUIRED_TABLES


def no_data(view: View) -> Html | None:
    """Return which years the unit has figures of and what is lacking; None where it has some."""
    years = view.years_elsewhere
    if years is None:
        return None
    name = view.messages.say("no_data.all") if view.of_run else view.unit.name
    stated = {"name": name, "year": view.year}
    lacking = view.messages.join(_table_name(view, n) for n in REQUIRED_TABLES if n != "units")
    told = "elsewhere" if years else "nowhere"
    return together(
        paragraph(view.messages.say(f"no_data.{told}", **stated, lacking=lacking)),
        _years(view, years) if years else None,
    )


def _years(view: View, years: dict[str, list[int]]) -> Html:
    return table(view, "no_data", list(years), {
        "table": lambda name: _table_name(view, name),
        "years_with_data": lambda name: view.messages.say("report.comma").join(
            map(str, years[name])
        ),
    })  # fmt: skip


def _table_name(view: View, name: str) -> str:
    return CHINESE_NAMES[name] if view.messages.lang == "zh" else name.replace("_", " ")
