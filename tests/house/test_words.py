"""The message catalogue: both languages, nothing missing, nothing left over."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from ruamel.yaml import YAML

from fundeval.words import LANGUAGES, catalogue, say

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "fundeval"
MESSAGE = r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+"
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
# Templates and notebooks name messages too.
TEXTS = [
    path.read_text(encoding="utf-8")
    for folder, pattern in (
        (PACKAGE / "report", "*.j2"),
        (PACKAGE / "report", "*.html"),
        (ROOT / "notebooks", "*.ipynb"),
    )
    for path in folder.rglob(pattern)
]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("message", catalogue())
def test_every_message_says_the_same_in_both_languages(message: str) -> None:
    texts = catalogue()[message]
    assert set(texts) == set(LANGUAGES)
    assert all(text is not None for text in texts.values())
    assert placeholders(texts["zh"]) == placeholders(texts["en"])


def test_no_message_stands_in_two_files() -> None:
    ids = [
        message
        for path in (PACKAGE / "words").glob("*.yaml")
        for message in YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    ]
    assert len(ids) == len(set(ids))


def named_messages() -> Iterator[tuple[str, str]]:
    """Yield the literal messages that the code says, and the remedies of its problems."""
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            if name in ("say", "Problem") and isinstance(first, ast.Constant):
                yield path.name, first.value
                if name == "Problem":
                    yield path.name, f"{first.value}.remedy"


def test_every_message_named_in_the_code_exists() -> None:
    missing = [(file, message) for file, message in named_messages() if message not in catalogue()]
    assert missing == []


def used_patterns() -> set[str]:
    """Return patterns of all texts in the code that look like a message or the start of one."""
    patterns = set()
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if re.fullmatch(MESSAGE, node.value):
                    patterns.add(re.escape(node.value))
                elif re.fullmatch(r"([a-z0-9_]+\.)+", node.value):
                    patterns.add(re.escape(node.value) + ".+")
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                parts = [
                    re.escape(part.value) if isinstance(part, ast.Constant) else ".+"
                    for part in node.values
                ]
                if re.match(r"[a-z0-9_]+\\\.", parts[0]):
                    patterns.add("".join(parts))
    return patterns


def test_no_message_is_left_unused() -> None:
    used = re.compile("|".join(f"({pattern})" for pattern in sorted(used_patterns())))
    texts = "\n".join(TEXTS)
    unused = [
        message
        for message in catalogue()
        if not used.fullmatch(message)
        and not used.fullmatch(message.removesuffix(".remedy"))
        and message not in texts
    ]
    assert unused == []


def test_a_count_has_its_noun_in_the_number_that_fits():
    """One, none and several, also where the count is already a text."""
    shown = [say("purchases.fact", "en", count=count) for count in (1, "1", 0, 2, "1,000")]
    nouns = [text.partition(" ")[2] for text in shown]
    assert nouns == ["yellow alert"] * 2 + ["yellow alerts"] * 3


@pytest.mark.parametrize("message", ["fact.departments", "group.all_take_part", "purchases.fact"])
def test_no_message_says_one_departments(message):
    named = {name for _, name, _, _ in Formatter().parse(catalogue()[message]["en"]) if name}
    assert not re.search(r"\b1 \w+s\b", say(message, "en", **dict.fromkeys(named, 1)))


HAN = "\u4e00-\u9fff"
HALF_WIDTH = re.compile(
    rf"[{HAN}][,;?!]|[,;?!][{HAN}]|[{HAN}]:(?!//)|\([{HAN}]|[{HAN}][()]|\)[{HAN}]"
)
# What these messages show is a form in which something is to be written.
FORMS = {
    "intake.header_means.remedy", "convert.header_twice.remedy", "policy.bands_none.remedy",
    "declared.no_sum.remedy", "declared.no_condition.remedy", "tables.bad_url.remedy",
    "convert.header_mixed.remedy", "guess.note.left", "convert.blank_in_sum.missing.remedy",
    "cli.scheduler", "workbench.no_ledger.remedy", "yaml.not_mapping", "yaml.not_map",
    "yaml.not_map.remedy", "yaml.not_list.remedy",
}  # fmt: skip


def test_punctuation_is_that_of_the_language():
    """Full width beside Chinese signs, half width in English."""
    half = {name for name, texts in catalogue().items() if HALF_WIDTH.search(texts["zh"])}
    assert half <= FORMS
    assert not [
        name for name, texts in catalogue().items() if re.search("[，。；：（）]", texts["en"])
    ]
