"""The log of what a public page hides and why: for the evaluator, never in the public folder."""

from __future__ import annotations

import csv
import io

from fundeval.report.public.disclosure import Disclosed
from fundeval.report.public.figures import Figure
from fundeval.results.frames import Evaluation
from fundeval.tables.cells import escape_formula
from fundeval.words import say

COLUMNS = ("unit_id", "unit", "scheme", "year", "column", "amount", "people", "low", "high", "why")


def log_text(evaluation: Evaluation, disclosed: Disclosed, lang: str) -> str:
    """Return the log as CSV, a row for each hidden figure.

    `amount` and `people` are what is hidden; `low` and `high` how far down and up the amount may
    lie for all that a reader knows, at least as far as was asked.
    """
    units = evaluation.units
    names = dict(zip(units["unit_id"], units["name"], strict=True))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([say(f"hidden.{name}", lang) for name in COLUMNS])
    for cell, reason in disclosed.reasons.items():
        amount = disclosed.amounts[cell]
        bounds = disclosed.bounds.get(cell)
        because = "" if reason.because is None else _name(reason.because, names, lang)
        why = say(f"hidden.why.{reason.code}", lang, figure=because)
        writer.writerow([
            *_place(cell, names, lang), _number(amount), _number(disclosed.people.get(cell)),
            _number(amount - bounds.down if bounds else None),
            _number(amount + bounds.up if bounds else None), why,
        ])  # fmt: skip
    return "\ufeff" + file.getvalue()


def _place(cell: Figure, names: dict[str, str], lang: str) -> list[object]:
    scheme, column = say(f"scheme.{cell.scheme}", lang), say(f"column.{cell.column}", lang)
    return [
        escape_formula(cell.unit_id),
        escape_formula(names.get(cell.unit_id, "")),
        scheme,
        cell.year,
        column,
    ]


def _name(cell: Figure, names: dict[str, str], lang: str) -> str:
    if cell.unit_id not in names:
        return cell.unit_id
    _, unit, scheme, year, column = _place(cell, names, lang)
    return say("hidden.figure", lang, unit=unit, scheme=scheme, year=year, column=column)


def _number(value: float | None) -> str:
    return "" if value is None else f"{round(value, 6) + 0.0:.6f}".rstrip("0").rstrip(".")
