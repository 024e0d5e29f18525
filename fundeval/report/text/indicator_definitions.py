"""The registry in words: what each indicator is, what it needs and how to read it."""

from __future__ import annotations

from collections.abc import Mapping

from fundeval.indicator_registry import DERIVED_COLUMNS, FORMULAS, Amount, Definition, Formula
from fundeval.report.format.messages import Messages
from fundeval.tables.schemas import CHINESE_NAMES, TABLES, columns_of
from fundeval.words import has, say

# What a formula takes from the context, of the unit or of a region above it.
ADJUSTED_BY: dict[Formula, str] = {"real_growth": "cpi", "growth_over_gdp": "gdp_growth"}
HEADERS = {name: column.zh for table in TABLES for name, column in columns_of(table).items()}


def describe(definition: Definition, definitions: Mapping[str, Definition], lang: str) -> list[str]:
    """Return an indicator's lines: name, formula in words and symbols, and what else is known.

    `definitions` are those of the policy, which the indicator is one of.
    """
    level, messages = definition.level(definitions), Messages(lang, definitions=definitions)
    facts = {
        "formula": state_formula(definition, messages),
        "symbols": state_formula(definition, None),
        "unit": say(f"unit.{definition.unit_of_measure}", lang),
        "better": say(f"better.{definition.direction}", lang),
        "needs": _needs(definition, level, lang),
        "kinds": ", ".join(say(f"kind.{kind}", lang) for kind in definition.kinds),
        "volume": _column(level.volume, lang) if level.volume else "",
        "rule": definition.rule,
    }
    lines = [f"{messages.indicator(definition.id)} ({definition.id})"]
    lines += [f"  {say(f'definition.{key}', lang)}: {text}" for key, text in facts.items() if text]
    return lines + [
        f"  {say('definition.caveat', lang)}: {text}" for text in _caveats(definition, lang)
    ]


def define(
    definition: Definition,
    messages: Messages,
    known: Mapping[str, Definition],
    direction: str | None = None,
) -> str:
    """Return what an indicator is in one line: formula, unit, direction, and what to mind.

    Parameters
    ----------
    known
        The indicators of the policy, which this one is one of.
    direction
        Which values the policy calls better; None for what holds without a policy.
    """
    lang = messages.lang
    named = Messages(lang, definitions=known)
    parts = [
        state_formula(definition, named),
        say(f"unit.{definition.unit_of_measure}", lang),
        say(f"better.{direction or definition.direction}", lang),
        *_caveats(definition, lang),
    ]
    # Parts of one sentence, some of which are sentences where they stand alone.
    return messages.join(part.rstrip("。.") for part in parts if part)


def state_formula(definition: Definition, messages: Messages | None) -> str:
    """Return the formula in words, or without them in the names that the code has."""
    adjusted_by, lang = ADJUSTED_BY.get(definition.formula, ""), messages.lang if messages else ""
    sums = [_amount(part, messages) for part in definition.sums]
    if definition.is_level:
        n, d = sums[0], sums[-1]
    else:
        named = messages.indicator(definition.of) if messages and definition.of else definition.of
        n, d = (f"{named or sums[0]}[{year}]" for year in _years(lang))
    context = _column(adjusted_by, lang) if lang else f"context.{adjusted_by}"
    return FORMULAS[definition.formula].format(n=n, d=d, c=context)


def _years(lang: str) -> tuple[str, str]:
    if not lang:
        return "t", "t-1"
    return say("definition.this_year", lang), say("definition.year_before", lang)


def _amount(amount: Amount, messages: Messages | None) -> str:
    lang = messages.lang if messages else ""
    if amount.table == "measures":
        [name] = amount.where["measure"]
        text = messages.indicator(name) if messages else f"measures.{name}"
        return f"({text} / {amount.divisor})" if amount.divisor > 1 else text
    chosen = ", ".join(
        "/".join(_choice(column, code, lang) for code in codes)
        if lang
        else f"{column}={'|'.join(codes)}"
        for column, codes in amount.where.items()
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
    if code.startswith("@"):
        return say(f"parameter.{code[1:]}", lang)
    message = f"{column}.{code}"
    return say(message, lang) if has(message) else f"{_column(column, lang)} {code}"


def _column(column: str, lang: str) -> str:
    if has(f"derived.{column}"):
        return say(f"derived.{column}", lang)
    return HEADERS.get(column, column) if lang == "zh" else column.replace("_", " ")


def _needs(definition: Definition, level: Definition, lang: str) -> str:
    """Return the tables with the columns that must be filled for a value."""
    needed: dict[str, dict[str, None]] = {}
    for part in level.sums:
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
    own = [text for each, text in definition.caveat.items() if each == lang]
    return own + [say(message, lang) for message in messages if has(message)]
