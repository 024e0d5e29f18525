"""How a figure came about: rows, sums, formula, curve, points, parameter and source.

Each line with an equals sign is a sum that a calculator can do again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import fsum, nan
from typing import Any

from fundeval.indicator_registry import (
    FORMULAS,
    Amount,
    Definition,
    plain,
)
from fundeval.policy.varying import pick
from fundeval.report.format.numbers import missing
from fundeval.report.text.cited_rules import citation, cite_entry, cite_rule
from fundeval.report.text.curve_sums import write_points
from fundeval.report.text.explain_effects import explain_effects
from fundeval.report.text.indicator_definitions import ADJUSTED_BY, state_formula
from fundeval.report.text.source_cells import cite_column, sheet_of
from fundeval.report.text.used_rules import parameters_of
from fundeval.report.unit_view import ALL, SCHEMES, TableRow, View
from fundeval.results.rows import (
    FRAME_OF,
    BudgetInput,
    ContextInput,
    GroupValueRow,
    IndicatorRow,
    MeasureInput,
    ScoreRow,
)
from fundeval.words import has

# What a row is about, and where its codes stand in the catalogue.
PREFIXES = {
    "month": "", "measure": "", "incident": "incident.", "scheme": "scheme.", "setting": "setting.",
    "care_level": "care_level.", "group": "", "disease": "", "dimension": "dimension.",
    "segment": "", "rule": "screen.",
}  # fmt: skip


def explain(view: View, indicator: str) -> list[str]:
    """Return the derivation of an indicator of the unit in the evaluated year, line by line.

    First the rows it rests on, each with file and row, and their sums; then the value; for a
    scored one the percent of the curve, the points and the source of the rule; then each
    parameter used, with its source. Kept by scheme, the scheme that was scored comes alone,
    else each scheme.
    """
    lines = [view.messages.indicator(indicator)]
    scored = view.own(ScoreRow, indicator=indicator)
    rows = view.own(IndicatorRow, indicator=indicator, year=view.year)
    chosen = {score.scheme for score in scored} or {ALL}
    if view.card in SCHEMES:
        chosen = {view.card}
    for row in [row for row in rows if row.scheme in chosen] or rows:
        lines += [*_inputs(view, row), *_adjustment(view, row), state_value(view, row)]
    for score in scored:
        lines += _score(view, score)
    effects = explain_effects(view) if indicator == "execution_rate" else []
    return lines + effects + cite_declared(view, indicator) + cite_parameters(view, indicator)


def _inputs(view: View, row: IndicatorRow) -> list[str]:
    definition = view.policy.definitions.get(row.indicator)
    if definition is None:
        rows = view.own(MeasureInput, measure=row.indicator)
        return [input_line(view, supplied, ("value", "baseline")) for supplied in rows]
    level = definition.level(view.policy.definitions)
    if definition.is_level:
        return sum_level(view, level, row.scheme, view.year)[0]
    lines = []
    for year in (view.year, view.year - 1):
        summed, sums = sum_level(view, level, row.scheme, year)
        lines += summed
        value = view.value(level.id, year, row.scheme)
        if value is not None and level.denominator:
            shown = FORMULAS[level.formula].format(n=plain(sums[0]), d=plain(sums[-1]))
            lines.append(f"{view.messages.indicator(level.id)} {year}: {shown} = {plain(value)}")
    return lines


def _adjustment(view: View, row: IndicatorRow) -> list[str]:
    """Return the row of CPI or GDP growth that a growth is adjusted by, where it is."""
    definition = view.policy.definitions.get(row.indicator)
    column = ADJUSTED_BY.get(definition.formula) if definition else None
    found = view.nearest(ContextInput, column, row.year, scheme=ALL) if column else None
    return [input_line(view, found, (column,))] if column and found else []


def sum_level(
    view: View, definition: Definition, scheme: str, year: int, group: str | None = None
) -> tuple[list[str], list[float]]:
    """Return the rows of a year that a level is summed from with their sums, and the sums.

    Of one by groups, those of a group.
    """
    lines, sums = [], []
    for place, amount in enumerate(definition.sums):
        kept = None if place and definition.of_all_groups else group
        rows = summed_rows(
            view, amount, scheme, year, {} if kept is None else {definition.by: kept}
        )
        amount = _as_read(amount, rows)  # noqa: PLW2901
        columns = (*amount.plus, *amount.minus)
        if "yearly_budget" in columns:
            budgets = summed_rows(view, Amount("budgets", ("adjusted",)), scheme, year)
            lines += [input_line(view, row, ("adjusted",)) for row in budgets]
        lines += [input_line(view, row, columns) for row in rows]
        added = [getattr(row, column) for column in amount.plus for row in rows]
        taken = [getattr(row, column) for column in amount.minus for row in rows]
        if not rows or None in {*added, *taken}:
            sums.append(nan)
            continue
        sums.append(float((fsum(added) - fsum(taken)) / amount.divisor))
        terms = " + ".join(map(plain, added)) + "".join(f" - {plain(value)}" for value in taken)
        shown = f"({terms}) / {amount.divisor}" if amount.divisor > 1 else terms
        name = _label(view, amount, definition.sums)
        lines.append(f"{name} {year}: {shown} = {plain(sums[-1])}")
    return lines, sums


def _as_read(amount: Amount, rows: Sequence[TableRow]) -> Amount:
    """Return an amount over the column of the file where what counts of it is all of it."""
    budgets = [row for row in rows if isinstance(row, BudgetInput)]
    if "budgeted" in amount.plus and all(row.budgeted == row.executed for row in budgets):
        plus = tuple("executed" if column == "budgeted" else column for column in amount.plus)
        return replace(amount, plus=plus)
    return amount


def summed_rows(
    view: View, amount: Amount, scheme: str, year: int, equal: Mapping[str, object] | None = None
) -> list[TableRow]:
    """Return the rows that an amount of the unit is summed from, of a scheme and year."""
    rows = view.of_table(amount.table, year=year, **(equal or {}))
    for column, codes in amount.conditions(lambda name: view.policy.parameters[name]["value"]):
        rows = [row for row in rows if getattr(row, column) in codes]
    # A measure holds for all schemes together.
    if scheme != ALL or any(getattr(row, "scheme", ALL) == ALL for row in rows):
        rows = [row for row in rows if getattr(row, "scheme", ALL) == scheme]
    return rows


def input_line(view: View, row: TableRow, columns: Sequence[str]) -> str:
    """Return a row that was read: its file and place, what it is about, and these columns."""
    kept = [view.name(row.unit_id)] if row.unit_id != view.unit_id else []
    kept += [_code(view, column, row) for column in PREFIXES if hasattr(row, column)]
    table = FRAME_OF[type(row)]
    places = {"year": row.year, "keys": " ".join(kept), "sheet": ""}
    if sheet := sheet_of(view, table):
        places["sheet"] = view.messages.say("explain.sheet", sheet=sheet)
    place = (
        view.messages.say("explain.row", file=row.file, row=row.row, **places)
        if row.row and row.file
        else view.messages.say("explain.keys", file=row.file, **places)
        if row.file
        else view.messages.say("explain.derived", **places)
    )
    cells = (
        f"{header(view, column)} {_cell(view, row, column)}{cite_column(view, table, row, column)}"
        for column in columns
    )
    return f"  {place}: " + ", ".join(cells)


def _code(view: View, column: str, row: TableRow) -> str:
    code = str(getattr(row, column))
    if column == "measure":
        return view.messages.indicator(code)
    return view.messages.code(PREFIXES[column], code) if PREFIXES[column] else code


def _cell(view: View, row: TableRow, column: str) -> str:
    value = getattr(row, column)
    if missing(value):
        return view.messages.say("report.missing")
    return plain(value)


def _label(view: View, amount: Amount, sums: Sequence[Amount]) -> str:
    """Name a sum: its columns, those taken off after a minus sign; a measure by its title.

    Where several of the sums are over the same columns, it is told which rows this one keeps.
    """
    if amount.table == "measures":
        return view.messages.join(map(view.messages.indicator, amount.where["measure"]))
    added = " + ".join(header(view, column) for column in amount.plus)
    name = added + "".join(f" - {header(view, column)}" for column in amount.minus)
    if [(each.plus, each.minus) for each in sums].count((amount.plus, amount.minus)) == 1:
        return name
    kept = (view.messages.say(f"parameter.{code[1:]}") if code.startswith("@")
            else view.messages.code(f"{column}.", code)
            for column, codes in amount.where.items() for code in codes)  # fmt: skip
    chosen = ", ".join(kept)
    return f"{name} ({chosen})" if chosen else name


def header(view: View, column: str) -> str:
    """Name a column: its Chinese header, or its name; derived ones are in the catalogue."""
    if has(f"derived.{column}"):
        return view.messages.say(f"derived.{column}")
    headers: dict[str, str] = view.evaluation.about["headers"]
    return headers[column] if view.messages.lang == "zh" else column.replace("_", " ")


def state_value(view: View, row: IndicatorRow | GroupValueRow) -> str:
    """Return the value as its formula makes it from its parts, or why there is none."""
    if row.value is None:
        return view.messages.cannot(row.reason)
    definition = view.policy.definitions.get(row.indicator)
    formula = FORMULAS[definition.formula] if definition else "{n}"
    parts = {"n": row.numerator, "d": row.denominator, "c": row.adjusted_by}
    known = {name: plain(part) for name, part in parts.items() if part is not None}
    shown = formula.format(**known)
    doubt = f" ({view.messages.reason(row.reason)})" if row.status != "ok" else ""
    name = view.messages.indicator(row.indicator)
    scheme = view.messages.code("scheme.", row.scheme)
    return f"{name} {row.year} {scheme}: {shown} = {plain(row.value)}{doubt}"


def _score(view: View, score: ScoreRow) -> list[str]:
    """Return the steps from the value to the points, and where their numbers come from."""
    cited = _cited(view, "indicators", view.policy.rules[score.indicator])
    if score.points is None:
        return [view.messages.cannot(score.reason), cited]
    rule = view.policy.rule(score.indicator)
    steps = write_points(score, rule, view.messages) | _weight(view, score)
    return [
        *(f"{view.messages.say(f'explain.{step}')}: {sums}" for step, sums in steps.items()),
        cited,
    ]


def _weight(view: View, score: ScoreRow) -> dict[str, str]:
    """Return how the weight follows from that of the domain, where it has one of its own."""
    kind, level = view.unit.kind, view.unit.level
    own = pick(view.policy.domain(score.domain).weight, kind=kind, level=level)
    if own is None:
        return {}
    sharing = [view.policy.rule(row.indicator).weight_of(kind, level)
               for row in view.own(ScoreRow, domain=score.domain)]  # fmt: skip
    mine = view.policy.rule(score.indicator).weight_of(kind, level)
    share = f"{plain(own)} * {plain(mine)} / {plain(sum(sharing))}"
    return {"weight": f"{share} = {plain(score.max)}"}


def cite_parameters(view: View, indicator: str) -> list[str]:
    """Return each parameter that the indicator or its curve uses, with value and source."""
    used = parameters_of(view.policy, indicator)
    entries = [entry for entry in view.policy.parameters.values() if entry["name"] in used]
    return [_cited(view, "parameters", entry) for entry in entries]


def cite_declared(view: View, indicator: str) -> list[str]:
    """Return the formulas that the policy declares for an indicator and its level, as cited."""
    known = view.policy.definitions
    found = known.get(indicator)
    named = dict.fromkeys((found.id, found.level(known).id)) if found else ()
    lines = []
    for each in (known[name] for name in named):
        if not each.source:
            continue
        kind = view.messages.code("source.", each.source.kind)
        # An equals sign between blanks is one of a sum to do again.
        formula = state_formula(each, view.messages).replace(" = ", "=")
        if caveat := each.caveat.get(view.messages.lang):
            lines.append(f"{view.messages.say('definition.caveat')}: {caveat}")
        lines.append(
            view.messages.say(
                "explain.declared",
                name=view.messages.indicator(each.id),
                origin=view.policy.set_by(each.origin, view.messages.lang),
                formula=formula,
                kind=kind,
                cite=citation(view.messages, each.source.model_dump()),
            )
        )
    return lines


def _cited(view: View, group: str, entry: dict[str, Any]) -> str:
    """Return where a rule or a parameter, with its value, stands and what it goes back to."""
    if group == "parameters":
        return cite_entry(view, entry)
    of_card = view.card and view.card not in SCHEMES
    rule = view.messages.say(
        "explain.rule_of_card" if of_card else "explain.rule_of_score",
        card=view.messages.card(view.card) if of_card else "",
        name=view.messages.indicator(entry["name"]),
    )
    return cite_rule(view, rule, entry, "")
