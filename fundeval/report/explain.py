"""How a figure came about: rows, sums, formula, curve, points, parameter and source.

Each line with an equals sign is a sum that a calculator can do again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from fundeval.registry import FORMULAS, REGISTRY, Amount, Definition, plain
from fundeval.report.numbers import missing
from fundeval.report.view import View, each
from fundeval.words import has

# What a row is about, and where its codes stand in the catalogue.
PREFIXES = {
    "month": "", "measure": "", "scheme": "scheme.", "setting": "setting.",
    "care_level": "care_level.",
}  # fmt: skip
# Derived columns that a parameter decides on.
DECIDED_BY = {
    "balance": "payable_months_balance",
    "yearly_spending": "payable_months_spending",
}
MONTHS = 12
ALL = "all"


def explain(view: View, indicator: str) -> list[str]:
    """Return the derivation of an indicator of the unit in the evaluated year, line by line.

    First the rows it rests on, each with file and row, and their sums; then the value; for a
    scored one the percent of the curve, the points and the source of the rule; then each
    parameter used, with its source. Kept by scheme, the scheme that was scored comes alone,
    else each scheme.
    """
    lines = [f"{view.indicator(indicator)} ({indicator})"]
    scores = view.own("scores")
    scored = scores[scores["indicator"] == indicator]
    rows = view.own("indicators")
    rows = rows[(rows["indicator"] == indicator) & (rows["year"] == view.year)]
    chosen = scored["scheme"] if len(scored) else [ALL]
    if rows["scheme"].isin(chosen).any():
        rows = rows[rows["scheme"].isin(chosen)]
    for row in each(rows):
        lines += _inputs(view, row)
        lines.append(_value(view, row))
    for score in each(scored):
        lines += _score(view, score)
    return lines + _parameters(view, indicator)


def _inputs(view: View, row: Any) -> list[str]:
    definition = REGISTRY.get(row.indicator)
    if definition is None:
        return _supplied(view, row.indicator)
    if not definition.of:
        return _level(view, definition, row.scheme, view.year)
    level = REGISTRY[definition.of]
    lines = []
    for year in (view.year, view.year - 1):
        lines += _level(view, level, row.scheme, year)
        value = view.value(level.id, year, row.scheme)
        if value is not None and level.denominator:
            sums = [_total(view, part, row.scheme, year) for part in _parts(level)]
            shown = FORMULAS[level.form].format(n=plain(sums[0]), d=plain(sums[-1]))
            lines.append(f"{view.indicator(level.id)} {year}: {shown} = {plain(value)}")
    return lines


def _level(view: View, definition: Definition, scheme: str, year: int) -> list[str]:
    lines = []
    for amount in _parts(definition):
        rows = _rows(view, amount, scheme, year)
        columns = [*amount.plus, *amount.minus]
        if "elapsed_budget" in columns:
            budgets = _rows(view, Amount("budgets", ("adjusted",)), scheme, year)
            lines += [
                f"  {_place(view, b)}: {_cells(view, b, ['adjusted'])}" for b in each(budgets)
            ]
        lines += [f"  {_place(view, row)}: {_cells(view, row, columns)}" for row in each(rows)]
        if len(rows) and rows[columns].notna().all(axis=None):
            terms = " + ".join(plain(v) for column in amount.plus for v in rows[column])
            terms += "".join(f" - {plain(v)}" for column in amount.minus for v in rows[column])
            shown = f"({terms}) / {amount.divisor}" if amount.divisor > 1 else terms
            total = _total(view, amount, scheme, year)
            lines.append(f"{_label(view, amount)} {year}: {shown} = {plain(total)}")
    return lines


def _parts(definition: Definition) -> list[Amount]:
    return [part for part in (definition.numerator, definition.denominator) if part]


def _rows(view: View, amount: Amount, scheme: str, year: int) -> pd.DataFrame:
    rows = view.evaluation.tables[amount.table]
    rows = rows[(rows["unit_id"] == view.unit_id) & (rows["year"] == year)]
    for column, code in amount.where.items():
        codes = view.parameter(code[1:])["value"] if code.startswith("@") else [code]
        rows = rows[rows[column].isin(codes)]
    if scheme != ALL or (rows["scheme"] == ALL).any():
        rows = rows[rows["scheme"] == scheme]
    return rows


def _total(view: View, amount: Amount, scheme: str, year: int) -> float:
    rows = _rows(view, amount, scheme, year)
    added = rows[list(amount.plus)].to_numpy().sum() - rows[list(amount.minus)].to_numpy().sum()
    return float(added / amount.divisor)


def _place(view: View, row: Any) -> str:
    kept = [_code(view, column, row) for column in PREFIXES if hasattr(row, column)]
    places = {"year": row.year, "keys": " ".join(kept)}
    if not (row.row and row.file):
        return view.say("explain.derived", **places)
    return view.say("explain.row", file=row.file, row=row.row, **places)


def _code(view: View, column: str, row: Any) -> str:
    code = str(getattr(row, column))
    prefix = PREFIXES[column]
    if column == "measure":
        return view.indicator(code)
    return view.say(prefix + code) if prefix else code


def _cells(view: View, row: Any, columns: list[str]) -> str:
    return ", ".join(f"{_header(view, c)} {_cell(view, row, c)}" for c in columns)


def _cell(view: View, row: Any, column: str) -> str:
    value = getattr(row, column)
    if missing(value):
        return view.say("report.missing")
    if column == "elapsed_budget":
        return f"{plain(value * MONTHS)} / {MONTHS} = {plain(value)}"
    return plain(value)


def _label(view: View, amount: Amount) -> str:
    """Name a sum: its columns, those taken off after a minus sign."""
    added = " + ".join(_header(view, column) for column in amount.plus)
    return added + "".join(f" - {_header(view, column)}" for column in amount.minus)


def _header(view: View, column: str) -> str:
    """Name a column: its Chinese header, or its name; derived ones are in the catalogue."""
    if has(f"derived.{column}"):
        return view.say(f"derived.{column}")
    headers: dict[str, str] = view.evaluation.about["headers"]
    return headers[column] if view.lang == "zh" else column.replace("_", " ")


def _supplied(view: View, measure: str) -> list[str]:
    rows = view.evaluation.tables["measures"]
    own = (rows["unit_id"] == view.unit_id) & (rows["measure"] == measure)
    columns = ["value", "baseline"]
    return [f"  {_place(view, row)}: {_cells(view, row, columns)}" for row in each(rows[own])]


def _value(view: View, row: Any) -> str:
    if pd.isna(row.value):
        return view.cannot(row.reason)
    definition = REGISTRY.get(row.indicator)
    formula = FORMULAS[definition.form] if definition else "{n}"
    parts = {"n": row.numerator, "d": row.denominator, "c": row.adjusted_by}
    shown = formula.format(**{name: plain(part) for name, part in parts.items()})
    doubt = f" ({view.reason(row.reason)})" if row.status != "ok" else ""
    name = view.indicator(row.indicator)
    scheme = view.say(f"scheme.{row.scheme}")
    return f"{name} {row.year} {scheme}: {shown} = {plain(row.value)}{doubt}"


def _score(view: View, score: Any) -> list[str]:
    """Return the steps from the value to the points, and where their numbers come from."""
    cited = _cited(view, "indicators", _rule(view, score.indicator))
    if not score.derivation:
        return [view.cannot(score.reason), cited]
    steps = dict(line.split(": ", 1) for line in score.derivation.splitlines())
    return [*(f"{view.say(f'explain.{step}')}: {sums}" for step, sums in steps.items()), cited]


def _rule(view: View, indicator: str) -> dict[str, Any]:
    """Return how the policy scores an indicator, nothing where it does not."""
    rules: list[dict[str, Any]] = view.policy["indicators"]
    return next((rule for rule in rules if rule["name"] == indicator), {})


def _parameters(view: View, indicator: str) -> list[str]:
    """Return each parameter that the indicator or its curve uses, with value and source."""
    used = set(_texts(_rule(view, indicator).get("value")))
    definition = REGISTRY.get(indicator)
    if definition is not None:
        level = REGISTRY[definition.of] if definition.of else definition
        used |= {"minimum_volume"} if level.volume else set()
        for amount in _parts(level):
            used |= {code[1:] for code in amount.where.values() if code.startswith("@")}
            used |= {DECIDED_BY[column] for column in amount.plus if column in DECIDED_BY}
    entries = [entry for entry in view.policy["parameters"] if entry["name"] in used]
    return [_cited(view, "parameters", entry) for entry in entries]


def _texts(value: object) -> Iterator[str]:
    """Yield every text within a rule: among them the names of the parameters it uses."""
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else ():
        yield from _texts(part)
    for part in value if isinstance(value, list) else ():
        yield from _texts(part)


def _cited(view: View, group: str, entry: dict[str, Any]) -> str:
    """Return where a rule or a parameter, with its value, stands and what it goes back to."""
    place, value = f"{group}.{entry['name']}", entry["value"]
    if group == "parameters":
        shown = ", ".join(value) if isinstance(value, list) else value
        place += f": {plain(shown) if isinstance(shown, int | float) else shown}"
    return view.say(
        "explain.source",
        place=place,
        origin=entry["origin"],
        since=entry["since"],
        kind=view.say(f"source.{entry['source']['kind']}"),
        cite=entry["source"]["cite"],
    )
