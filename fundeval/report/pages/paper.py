"""What a report leaves out on paper, and the headings that its contents list."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bs4 import Tag

# Annexes that a reader of paper may do without: how each number came about.
PROOFS = ("derivations", "sources", "provenance")


@dataclass(frozen=True)
class Heading:
    """A chapter (level 2) or section (level 3) of a page, with the id that leads to it."""

    level: int
    text: str
    key: str


def drop_proofs(main: Tag) -> None:
    """Take the annexes that show how each number came about, and all derivations, off a page."""
    for annex in main.find_all("section", class_="annex"):
        heading = annex.find("h2")
        if isinstance(heading, Tag) and heading.get("id") in PROOFS:
            annex.decompose()
    for derivation in main.find_all("pre", class_="derivation"):
        if derivation.decomposed:
            continue
        folded = derivation.find_parent("details")
        if folded is None:
            continue
        # What folds a whole section holds more than the derivation.
        is_section = "fold" in folded.get_attribute_list("class")
        (derivation if is_section else folded).decompose()


def headings(main: Tag) -> list[Heading]:
    """Return the chapters and sections of a page in their order.

    Examples
    --------
    >>> from bs4 import BeautifulSoup
    >>> page = BeautifulSoup('<main><h2 id="a">One <a class="anchor">#</a></h2></main>', "lxml")
    >>> headings(page.main)
    [Heading(level=2, text='One', key='a')]
    """
    found = []
    for tag in main.find_all(["h2", "h3"]):
        signs = "".join(anchor.get_text() for anchor in tag.select(".anchor"))
        text = re.sub(r"\s+", " ", tag.get_text()).strip().removesuffix(signs).strip()
        found.append(Heading(int(tag.name[1]), text, str(tag.get("id", ""))))
    return found
