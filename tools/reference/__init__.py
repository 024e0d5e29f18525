"""The reference of the documentation site, written from what the code holds.

`pages` returns every page by its path below `docs/`: policies, files, tables, results, indicators,
commands and codes in Chinese and in English, and the Python API. Nothing of it is kept: each build
of the site writes it again, so that it says what this version does.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tools.reference import (
    api_page,
    codes_page,
    commands_page,
    files_page,
    indicators_page,
    policy_page,
    results_page,
    tables_page,
)

PAGES: dict[str, Callable[[str], str]] = {
    "policy": policy_page.write,
    "files": files_page.write,
    "tables": tables_page.write,
    "results": results_page.write,
    "indicators": indicators_page.write,
    "commands": commands_page.write,
    "codes": codes_page.write,
}
FOLDERS = {"zh": "reference", "en": "en/reference"}


def pages() -> dict[str, str]:
    """Return the text of every page by its path below the folder of the site."""
    made = {
        f"{folder}/{name}.md": write(lang)
        for lang, folder in FOLDERS.items()
        for name, write in PAGES.items()
    }
    return {**made, "reference/api.md": api_page.write()}


def write(site: Path) -> None:
    """Write every page below the folder of the site; one that is as written is left alone."""
    made = pages()
    for folder in FOLDERS.values():
        for path in (site / folder).glob("*.md"):
            if path.relative_to(site).as_posix() not in made:
                path.unlink()
    for name, text in made.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
