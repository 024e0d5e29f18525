"""The registry in words: what each indicator is, what it needs and how to read it."""

from __future__ import annotations

from fundeval.indicator_registry import DERIVED_COLUMNS, FORMULAS, REGISTRY, Amount, Definition
from fundeval.report.text.explain import ADJUSTED_BY
from fundeval.tables.schemas import CHINESE_NAMES, TABLES, columns_of
from fundeval.words import has, say

HEADERS = {name: column.zh for table in TABLES for name, column in columns_of(table).items()}


def describe(definition: Definition, lang: str) -> list[str]:
    """Return an indicator's lines: name, formula in words and symbols, and what else is known."""
    level = REGISTRY[definition.of] if definition.of else definition
    facts = {
        "formula": _formula(definition, lang),
        "symbols": _formula(definition, ""),
        "unit": say(f"unit.{definition.unit_of_measure}", lang),
        "better": say(f"better.{definition.direction}", lang),
        "needs": _needs(definition, level, lang),
        "kinds": ", ".join(say(f"kind.{kind}", lang) for kind in definition.kinds),
        "volume": _column(level.volume, lang) if level.volume else "",
        "rule": definition.rule,
    }
    lines = [f"{say(f'indicator.{definition.id}', lang)} ({definition.id})"]
    lines += [f"  {say(f'definition.{key}', lang)}: {text}" for key, text in facts.items() if text]
    return lines + [
        f"  {say('definition.caveat', lang)}: {text}" for text in _caveats(definition, lang)
    ]


def _formula(definition: Definition, lang: str) -> str:
    """Return the formula in words, or without a language in the names that the code has."""
    adjusted_by = ADJUSTED_BY.get(definition.formula, "")
    if definition.of:
        name = say(f"indicator.{definition.of}", lang) if lang else definition.of
        n, d = (f"{name}[{year}]" for year in _years(lang))
    else:
        parts = [definition.numerator, definition.denominator]
        n, d = (_amount(part, lang) if part else "" for part in parts)
    context = _column(adjusted_by, lang) if lang else f"context.{adjusted_by}"
    return FORMULAS[definition.formula].format(n=n, d=d, c=context)


def _years(lang: str) -> tuple[str, str]:
    if not lang:
        return "t", "t-1"
    return say("definition.this_year", lang), say("definition.year_before", lang)


def _amount(amount: Amount, lang: str) -> str:
    chosen = ", ".join(
        _choice(column, code, lang) if lang else f"{column}={code}"
        for column, code in amount.where.items()
    )
    rows = f"[{chosen}]" if chosen else ""
    sums = {
        column: f"Σ {_column(column, lang) if lang else f'{amount.table}.{column}'}{rows}"
        for column in (*amount.plus, *amount.minus)
    }
    text = " + ".join(sums[column] for column in amount.plus)
    text += "".join(f" - {sums[column]}" for column in amount.minus)
    if amount.divisor > 1:
        return f"({text} / {amount.divisor})"
    return f"({text})" if len(sums) > 1 else text


def _choice(column: str, code: str, lang: str) -> str:
    message = f"{column}.{code}"
    return say(message, lang) if has(message) else f"{_column(column, lang)} {code}"


def _column(column: str, lang: str) -> str:
    if has(f"derived.{column}"):
        return say(f"derived.{column}", lang)
    return HEADERS.get(column, column) if lang == "zh" else column.replace("_", " ")


def _needs(definition: Definition, level: Definition, lang: str) -> str:
    """Return the tables with the columns that must be filled for a value."""
    needed: dict[str, dict[str, None]] = {}
    for part in filter(None, (level.numerator, level.denominator)):
        for column in (*part.plus, *part.minus, *part.where):
            made = DERIVED_COLUMNS.get(column)
            table, columns = (made.source, made.made_from) if made else (part.table, (column,))
            needed.setdefault(table, {}).update(dict.fromkeys(columns))
    if definition.formula in ADJUSTED_BY:
        needed["context"] = {ADJUSTED_BY[definition.formula]: None}
    tables = CHINESE_NAMES if lang == "zh" else dict.fromkeys(TABLES, "")
    return "; ".join(
        f"{tables[table] or table} ({', '.join(_column(column, lang) for column in columns)})"
        for table, columns in needed.items()
    )


def _caveats(definition: Definition, lang: str) -> list[str]:
    """Return what to mind: of its own, of its level and formula, and of those kept by scheme."""
    kept = "by_scheme" if definition.by_scheme else ""
    topics = (definition.id, definition.of, definition.formula, kept)
    messages = [f"caveat.{topic}" for topic in topics]
    return [say(message, lang) for message in messages if has(message)]
