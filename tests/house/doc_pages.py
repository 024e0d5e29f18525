"""The pages of the documentation, and the blocks of code that stand in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
READMES = {"zh": ROOT / "README.zh-CN.md", "en": ROOT / "README.md"}
# Pages that are followed in this order: after the first ones each group goes on by itself.
FIRST_GUIDES = ("own-data", "own-policy")
NEXT_GUIDES = (
    ("indicator", "notebooks"), ("running", "cluster"),
    ("within-year", "sign-off", "paper", "disclosure"), ("intake", "from-mail", "detail"),
)  # fmt: skip
GUIDES = (*FIRST_GUIDES, *(page for group in NEXT_GUIDES for page in group))
EXPLANATIONS = ("score", "next-budget", "settlement", "projects", "cannot-judge", "architecture")
PAGES = ("index", "installing", "overlays", *GUIDES, *EXPLANATIONS)
FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The line above a block may name the file that the block is.
FILE = re.compile(r"`([^`]+\.(?:csv|yaml))`\s*[：:]\s*$")


@dataclass(frozen=True)
class Block:
    """A block of code: its language, what stands in it, and the file that it is, "" for none."""

    language: str
    text: str
    file: str = ""

    @property
    def bare(self) -> str:
        """The block without its comments, in which alone two languages may differ."""
        lines = [re.sub(r"(^|\s+)#.*$", "", line) for line in self.text.splitlines()]
        return "\n".join(line for line in lines if line.strip())


def path_of(page: str, lang: str) -> Path:
    return DOCS / f"{page}.md" if lang == "zh" else DOCS / "en" / f"{page}.md"


def blocks_of(path: Path) -> list[Block]:
    text = path.read_text(encoding="utf-8")
    found = []
    for fence in FENCE.finditer(text):
        above = text[: fence.start()].rstrip().rpartition("\n")[2]
        named = FILE.search(above)
        found.append(Block(fence[1], fence[2], named[1] if named else ""))
    return found
