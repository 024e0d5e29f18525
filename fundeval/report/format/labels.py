"""How a report speaks: its policy, codes and tables in the language of its reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fundeval.report.format.html_fragments import Html, paragraph, render, table
from fundeval.report.format.indicator_formats import form_of, plain
from fundeval.report.format.numbers import Speech, missing
from fundeval.results.frames import Evaluation
from fundeval.words import has

# A row of a frame, with a name for each column; what is missing is None.
Row = Any


class Wording(Speech):
    """Words and figures for an evaluation in a language."""

    def __init__(self, evaluation: Evaluation, lang: str) -> None:
        about = evaluation.about
        super().__init__(lang, about["dataset"].get("currency", "CNY"))
        self.evaluation = evaluation
        self.year = int(about["year"])
        self.policy: dict[str, Any] = about["policy"]
        # What is in force, by name: value, unit, description, source, since, origin, stale.
        self.parameters, self.rules = (
            {str(entry["name"]): entry for entry in self.policy[group]}
            for group in ("parameters", "indicators")
        )

    def limit(self, parameter: str) -> float:
        """Return a parameter that is a number."""
        return float(self.parameters[parameter]["value"])

    def limits(self, bands: str) -> list[float]:
        """Return where the bands of a parameter begin."""
        return [float(band["from"]) for band in self.parameters[bands]["value"]]

    def cited(self, *names: str) -> str:
        """Return parameters with their values and the kind of their sources."""
        return self.join(
            self.say(
                "report.cited",
                name=name,
                value=plain(self.parameters[name]["value"]),
                source=self.code("source.", self.parameters[name]["source"]["kind"]),
            )
            for name in names
        )

    def total(self, kind: str, count: int) -> str:
        """Return the heading of the sum over units of a kind, of which so many have a budget."""
        return self.say("report.total_of", kind=self.code("kind.", kind), count=count)

    def indicator(self, indicator: str) -> str:
        """Return the name of an indicator; a supplied measure has its title from the policy."""
        titles = self.rules.get(indicator, {}).get("description") or {}
        return self.code("indicator.", indicator, titles.get(self.lang))

    def reason(self, code: object) -> str:
        """Return a reason code in words, nothing for none."""
        return self.say(f"reason.{code}") if isinstance(code, str) and code else ""

    def because(self, what: str, reason: str | None) -> str:
        """Return what is said, with the reason after it if there is one."""
        why = self.reason(reason)
        return self.say("report.because", what=what, reason=why) if why else what

    def cannot(self, code: object) -> str:
        """Return what stands where a value is missing: the reason, or a dash."""
        reason = self.reason(code)
        return self.say("report.cannot", reason=reason) if reason else self.say("report.missing")

    def cents_or(self, row: Row | None, sign: bool = False) -> str:
        """Return the amount of a row to the 分, or why there is none."""
        if row is None or row.amount is None:
            return self.cannot(row and row.reason)
        return self.cents(row.amount, sign)

    def score(self, value: float | None) -> str:
        """Return a score, on its side of the limits of the grades."""
        return self.number(value, limits=self.limits("grade_bands"))

    def figure(self, row: Row) -> str:
        """Return the value of a row, the reason where there is none, or that it is a deficit."""
        if row.reason == "deficit":
            return self.reason(row.reason)
        return (
            self.cannot(row.reason) if missing(row.value) else self.show(row.indicator, row.value)
        )

    def show(self, indicator: str, value: float | None, *limits: float) -> str:
        """Return an indicator's value in its form."""
        return self.in_form(form_of(indicator), value, *limits)

    def page(self, template: str, title: str, **values: object) -> str:
        """Return a whole page from a template of the folder."""
        synthetic = self.evaluation.about["dataset"]["synthetic"]
        page = render(
            template, lang=self.lang, say=self.say, title=title, synthetic=synthetic, **values
        )
        return page.markup

    def table(
        self,
        name: str,
        rows: Sequence[Row],
        columns: Mapping[str, Callable[[Row], object]],
        **values: object,
    ) -> Html:
        """Return a table with the caption table.NAME, or the words none.NAME without rows.

        `columns` are what a row says under each title: a `column.` message or a text as it is.
        The first cell of each row is its heading; columns of figures are set flush right.
        """
        if not rows:
            return paragraph(self.say(f"none.{name}"))
        stated = {"unit": self.coin.name, "year": self.year, **values}
        caption = self.say(f"table.{name}", **stated)
        titles = [self.say(f"column.{c}") if has(f"column.{c}") else c for c in columns]
        return table(caption, titles, [[cell(row) for cell in columns.values()] for row in rows])

    def bullets(self, name: str, items: Sequence[str]) -> Html:
        """Return a list, or the words none.NAME for an empty one."""
        if not items:
            return paragraph(self.say(f"none.{name}"))
        return render("list.html.j2", items=items)
