"""How a report speaks: figures, codes and tables in the language and the money of its reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from fundeval.evaluation import Evaluation
from fundeval.report import numbers
from fundeval.report.forms import INDICATOR_FORMS, indicator_name, plain, show
from fundeval.report.numbers import MoneyUnit, missing
from fundeval.report.pieces import Html, paragraph, render, table
from fundeval.words import has, say

# A row of a frame, with a name for each column; what is missing is None.
Row = Any


class Wording:
    """Words and figures for an evaluation in a language."""

    evaluation: Evaluation
    lang: str

    @property
    def year(self) -> int:
        """The evaluated year."""
        return int(self.evaluation.about["year"])

    @property
    def currency(self) -> str:
        """The currency of the amounts, an ISO code."""
        return str(self.evaluation.about["dataset"].get("currency", "CNY"))

    @property
    def policy(self) -> dict[str, Any]:
        """What `about` says of the policy."""
        policy: dict[str, Any] = self.evaluation.about["policy"]
        return policy

    def limit(self, parameter: str) -> float:
        """Return a parameter that is a number."""
        return float(self.parameter(parameter)["value"])

    def parameter(self, name: str) -> dict[str, Any]:
        """Return a parameter in force: value, unit, description, source, since, origin, stale."""
        entries: list[dict[str, Any]] = self.policy["parameters"]
        return next(entry for entry in entries if entry["name"] == name)

    def rule(self, indicator: str) -> dict[str, Any]:
        """Return how the policy scores an indicator, nothing where it does not."""
        entries: list[dict[str, Any]] = self.policy["indicators"]
        return next((entry for entry in entries if entry["name"] == indicator), {})

    def cited(self, *names: str) -> str:
        """Return parameters with their values and the kind of their sources."""
        return self.join(
            self.say(
                "report.cited",
                name=entry["name"],
                value=plain(entry["value"]),
                source=self.code("source.", entry["source"]["kind"]),
            )
            for entry in map(self.parameter, names)
        )

    def code(self, group: str, code: object) -> str:
        """Return a code in words, for instance of the group `scheme.`; one without words as is."""
        message = f"{group}{code}"
        return self.say(message) if has(message) else str(code or "")

    def scenario(self, name: str) -> str:
        """Return the name of a scenario; one that only the policy knows has its own."""
        return self.code("scenario.", name)

    def total(self, kind: str, count: int) -> str:
        """Return the heading of the sum over units of a kind, of which so many have a budget."""
        return self.say("report.total_of", kind=self.code("kind.", kind), count=count)

    def indicator(self, indicator: str) -> str:
        """Return the name of an indicator; a supplied measure has its title from the policy."""
        described = self.rule(indicator).get("description")
        return indicator_name(
            indicator, self.lang, {indicator: described[self.lang]} if described else None
        )

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

    def say(self, message: str, **values: object) -> str:
        """Return a message in the language of the report."""
        return say(message, self.lang, **values)

    def join(self, parts: Iterable[str]) -> str:
        """Return the parts as one enumeration."""
        return self.say("report.semicolon").join(parts)

    def percent(self, value: float | None, *limits: float, digits: int = 2) -> str:
        """Return a fraction as percent, on its side of the limits it is judged by."""
        return numbers.percent(value, self.lang, limits, digits)

    def change(self, value: float | None) -> str:
        """Return a change as percent, with its sign."""
        return numbers.percent(value, self.lang, (0,), sign=True)

    def money(self, amount: float | None) -> str:
        """Return an amount in the unit of its size."""
        return numbers.money(amount, self.lang, self.currency)

    @property
    def coin(self) -> MoneyUnit:
        """The unit of amounts to the 分, whose sums can be checked."""
        return numbers.plain_unit(self.lang, self.currency)

    def cents(self, amount: float | None, sign: bool = False) -> str:
        """Return an amount to the 分, without its unit."""
        return self.coin.show(amount, self.lang, sign)

    def cents_or(self, row: Row | None, sign: bool = False) -> str:
        """Return the amount of a row to the 分, or why there is none."""
        if row is None or row.amount is None:
            return self.cannot(row and row.reason)
        return self.cents(row.amount, sign)

    def unit_for(self, amounts: Iterable[float | None]) -> MoneyUnit:
        """Return the unit of money in which all of the amounts can be told apart."""
        return numbers.fine_unit(amounts, self.lang, self.currency)

    def number(self, value: float | None, digits: int = 2) -> str:
        """Return a plain number."""
        return numbers.number(value, self.lang, digits)

    def score(self, value: float | None) -> str:
        """Return a score, on its side of the limits of the grades."""
        limits = [float(band["from"]) for band in self.parameter("grade_bands")["value"]]
        return numbers.score(value, self.lang, limits)

    def figure(self, row: Row) -> str:
        """Return the value of a row, the reason where there is none, or that it is a deficit."""
        if row.reason == "deficit":
            return self.reason(row.reason)
        return (
            self.cannot(row.reason) if missing(row.value) else self.show(row.indicator, row.value)
        )

    def show(self, indicator: str, value: float | None, *limits: float) -> str:
        """Return an indicator's value in its form."""
        form = INDICATOR_FORMS.get(indicator, "percent")
        return show(form, value, self.lang, self.currency, limits)

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
