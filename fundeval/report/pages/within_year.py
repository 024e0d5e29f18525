"""What the index of a run within the year lists of each unit: its level, progress, alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from fundeval.report.pages.unit_table import Cell
from fundeval.report.sections.early_warning import SHAPES, level_words
from fundeval.report.sections.periods import bands_in_words
from fundeval.report.unit_view import View
from fundeval.results.rows import PurchaseAlertRow, WarningRow

COLUMNS = ("unit", "parent", "kind", "warning", "progress", "alerts", "report")
FILTERS = ("within", "kind", "warning", "report")
# What a gravity is counted by, the gravest first.
GRAVITY = list(SHAPES)


class WithinYear:
    """The levels of all units in the latest month that any of them reported."""

    def __init__(self, view: View) -> None:
        self.view = view
        rows = view.everyone(WarningRow)
        self.month = max((row.month for row in rows), default=None)
        self.latest: dict[str, list[WarningRow]] = {}
        for row in rows:
            if row.month == self.month:
                self.latest.setdefault(row.unit_id, []).append(row)
        self.alerts = Counter(
            (row.unit_id, row.check) for row in view.everyone(PurchaseAlertRow)
            if row.level == "yellow"
        )  # fmt: skip
        self.judged = {
            row.unit_id for row in view.everyone(PurchaseAlertRow) if row.level != "undetermined"
        }

    def level(self, unit_id: str) -> str:
        """Return the gravest level of the unit's schemes; without data it is undetermined."""
        levels = [row.level for row in self.latest.get(unit_id, [])]
        return min(levels, key=GRAVITY.index, default="undetermined")

    def cells(self, unit_id: str) -> dict[str, Cell]:
        """Return the cells of a unit by column: level, progress by scheme, alerts on purchases."""
        view, rows = self.view, self.latest.get(unit_id, [])
        level = self.level(unit_id)
        limits = view.policy.limits("warning_bands")
        progress = view.messages.join(
            f"{view.messages.code('scheme.', row.scheme)} {SHAPES[row.level]} "
            + view.numbers.percent(row.progress, *limits)
            for row in rows
        )
        # Of the schemes with the gravest level the one that is furthest.
        known = [row.progress for row in rows if row.level == level and row.progress is not None]
        gravest = max(known, default=None)
        return {
            "warning": Cell(level_words(view, level), GRAVITY.index(level), level),
            "progress": Cell(progress or view.messages.cannot("no_data"), gravest),
            "alerts": self._alerts(unit_id),
        }

    def _alerts(self, unit_id: str) -> Cell:
        """Return how many purchase alerts there are and how many had no check in time."""
        if unit_id not in self.judged:
            return Cell(self.view.messages.say("report.missing"))
        counts = {check: self.alerts[unit_id, check] for check in ("unchecked", "late")}
        total = sum(count for (unit, _), count in self.alerts.items() if unit == unit_id)
        text = self.view.messages.say("index.alerts", count=total, **counts)
        return Cell(text, total)

    def sentences(self, ids: Iterable[str]) -> list[str]:
        """Return how many of these units have each level, and where the levels begin."""
        say = self.view.messages.say
        if self.month is None:
            return [say("none.months"), bands_in_words(self.view)]
        counts = Counter(map(self.level, ids))
        levels = self.view.messages.join(
            say("purchases.state", state=level_words(self.view, level), count=counts[level])
            for level in GRAVITY
            if counts[level]
        )
        return [say("index.levels_of_month", month=self.month, levels=levels),
                bands_in_words(self.view)]  # fmt: skip
