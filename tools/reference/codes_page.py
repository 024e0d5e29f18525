"""The page of codes: findings, reasons, states and grades, and what may be wrong with an input."""

from __future__ import annotations

from fundeval.words import LANGUAGES, catalogue
from tools.reference.markdown import code, page, prose, say, table

# The groups of codes that results hold, by the prefix of their messages.
GROUPS = (
    "reason", "state", "status", "grade", "severity", "warning", "kind", "level", "scheme", "flag",
    "setting", "care_level", "step", "settlement", "scenario", "source",
)  # fmt: skip
# Texts of a finding beside its title.
PARTS = ("text", "advice")


def write(lang: str) -> str:
    """Return the page in a language."""
    parts = [say("codes.finding", lang), _findings(lang)]
    for group in GROUPS:
        if rows := _rows(group):
            headings = [say(f"heading.{each}", lang) for each in ("code", "zh", "en")]
            parts += [f"## {code(group)} {say(f'group.{group}', lang)}", table(headings, rows)]
    return page("codes", lang, *parts, say("codes.problems", lang), _problems(lang))


def _rows(group: str) -> list[tuple[str, ...]]:
    return [
        (code(name.removeprefix(f"{group}.")), *(prose(texts[each]) for each in LANGUAGES))
        for name, texts in catalogue().items()
        if name.startswith(f"{group}.") and name.count(".") == 1
    ]


def _findings(lang: str) -> str:
    messages = catalogue()
    rows = []
    for name, texts in messages.items():
        if not name.startswith("finding.") or name.count(".") > 1:
            continue
        told = (messages.get(f"{name}.{part}", {}).get(lang, "") for part in PARTS)
        titles = (prose(texts[each]) for each in LANGUAGES)
        rows.append((code(name.removeprefix("finding.")), *titles, *map(prose, told)))
    headings = ("code", "zh", "en", "text", "advice")
    return table([say(f"heading.{each}", lang) for each in headings], rows)


def _problems(lang: str) -> str:
    """Return the rules that an input may break: those that have a remedy."""
    messages = catalogue()
    rows = [
        (code(name), *(prose(messages[name][each]) for each in LANGUAGES),
         prose(messages[f"{name}.remedy"][lang]))
        for name in messages
        if f"{name}.remedy" in messages
    ]  # fmt: skip
    return table([say(f"heading.{each}", lang) for each in ("code", "zh", "en", "remedy")], rows)
