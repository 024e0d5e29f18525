"""Pages on paper: a browser of this machine prints them to PDF.

A PDF depends on the browser's version and on the fonts of the machine, so it is no part of
what a run promises to reproduce; made twice by one browser it has the same bytes.
"""

from __future__ import annotations

import base64
import io
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf
from bs4 import BeautifulSoup, Tag

from fundeval.problems import BadInputError, Problem
from fundeval.report.pages.paper import Heading, drop_proofs, headings
from fundeval.report.pages.print_fonts import font_style
from fundeval.report.pages.style_texts import quoted
from fundeval.words import say

BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "microsoft-edge", "msedge",
    # Where installers put them without telling PATH.
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)  # fmt: skip
MOST_SECONDS = 180
# What style sheets write: numbers, marks of lists and folds.
SIGNS = "0123456789 /…•◦▪–—.·▼▶›#"
NO_DATE = "D:19800101000000Z"
# As wide as any number, so that the contents take the same room before they are known.
WIDE = "000"
PAPER_STYLE = """
@page { @top-right { content: HEADER; font-size: 8pt; } }
@media screen { .paper-contents { display: none; } }
.paper-contents { break-before: page; break-after: page; }
.paper-contents .paper-title { font-size: 1.3rem; font-weight: 700; text-align: center; }
.paper-contents a { display: flex; color: inherit; text-decoration: none; padding: .12rem 0; }
.paper-contents .level3 { padding-left: 1.5rem; }
.paper-contents .text { flex: 1; border-bottom: 1px dotted #999; }
.paper-contents .number { min-width: 2.5rem; text-align: right; }
"""


@dataclass(frozen=True)
class Paper:
    """How reports are printed: the language, the state of the run in words, and what is left out.

    `annexes` says whether the annexes stay that show how each number came about.
    """

    lang: str
    state: str
    annexes: bool = True


def find_browser() -> str:
    """Return a browser of this machine; raises BadInputError if there is none."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise BadInputError([Problem("pdf.no_browser", "PATH")])
    return browser


def print_pdf(pages: Sequence[Path], output_folder: Path, paper: Paper) -> list[Path]:
    """Print each page to `output_folder`, under its own name with `.pdf`; return the files.

    A PDF has bookmarks, contents with page numbers behind the first screen, and the id of the
    unit and the state of the run on each page.

    Raises BadInputError where there is no browser, or with every page that it did not print.
    """
    browser = find_browser()
    output_folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = list(pool.map(partial(_print, browser, output_folder, paper), pages))
    refused = [problem for problem in problems if problem]
    if refused:
        raise BadInputError(refused)
    return [output_folder / f"{page.stem}.pdf" for page in pages]


def _print(browser: str, folder: Path, paper: Paper, page: Path) -> Problem | None:
    """Print one page; return what went wrong."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "lxml")
    listed = _prepare(soup, page, paper)
    with TemporaryDirectory(prefix="fundeval-", ignore_cleanup_errors=True) as scratch:
        try:
            made = _browse(browser, Path(scratch), str(soup))
            if listed:
                # The contents know their numbers once everything has been printed.
                _number(soup, _pages_of(made, listed))
                made = _browse(browser, Path(scratch), str(soup))
            content = _settled(made)
        except (OSError, subprocess.SubprocessError, pikepdf.PdfError) as error:
            return Problem("pdf.not_printed", page.name, {"reason": type(error).__name__})
    part = folder / f".{page.stem}.pdf.part"
    part.write_bytes(content)
    part.replace(folder / f"{page.stem}.pdf")
    return None


def _browse(browser: str, scratch: Path, html: str) -> Path:
    """Let the browser print a page, with bookmarks."""
    source, made = scratch / "page.html", scratch / "page.pdf"
    source.write_text(html, encoding="utf-8")
    command = [
        browser, "--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer",
        "--generate-pdf-document-outline", f"--user-data-dir={scratch}",
        f"--print-to-pdf={made}", source.absolute().as_uri(),
    ]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.insert(1, "--no-sandbox")  # or it does not start for root
    made.unlink(missing_ok=True)
    subprocess.run(command, capture_output=True, timeout=MOST_SECONDS, check=True)
    return made


def _prepare(soup: BeautifulSoup, page: Path, paper: Paper) -> list[Heading]:
    """Make a page ready for paper; return the headings that its contents list."""
    main, head = soup.find("main"), soup.find("head")
    if not isinstance(main, Tag) or not isinstance(head, Tag):
        return []
    if not paper.annexes:
        drop_proofs(main)
    for script in soup.find_all("script"):
        script.decompose()
    for folded in soup.find_all("details"):
        folded["open"] = ""
    for image in soup.select(".state img"):
        picture = page.parent / str(image.get("src", ""))
        if picture.is_file():
            content = base64.b64encode(picture.read_bytes()).decode()
            image["src"] = f"data:image/svg+xml;base64,{content}"
    header = " · ".join((page.stem, paper.state))
    style = soup.new_tag("style")
    fonts = font_style(f"{main.get_text()}{header}{SIGNS}")
    style.string = PAPER_STYLE.replace("HEADER", quoted(header)) + fonts
    # Of the page itself; it allows no font.
    for policy in head.select('meta[http-equiv="Content-Security-Policy"]'):
        policy.decompose()
    head.append(style)
    first = main.find("header", class_="verdict")
    listed = [each for each in headings(main) if each.key]
    if not isinstance(first, Tag) or not listed:
        return []
    contents = soup.new_tag("section", attrs={"class": "paper-contents"})
    title = soup.new_tag("p", attrs={"class": "paper-title"})
    title.string = say("paper.contents", paper.lang)
    contents.append(title)
    for each in listed:
        line = soup.new_tag("a", attrs={"href": f"#{each.key}", "class": f"level{each.level}"})
        for name, text in (("text", each.text), ("number", WIDE)):
            word = soup.new_tag("span", attrs={"class": name})
            word.string = text
            line.append(word)
        contents.append(line)
    first.insert_after(contents)
    return listed


def _pages_of(made: Path, listed: Sequence[Heading]) -> list[int | None]:
    """Return the number of the page that each heading stands on, by the bookmarks in order."""
    with pikepdf.open(made) as pdf, pdf.open_outline() as outline:
        pages = enumerate(pdf.pages, start=1)
        numbers: dict[object, int] = {page.objgen: number for number, page in pages}
        marks = list(_marks(outline.root))
        places: list[int | None] = []
        for each in listed:
            plain = re.sub(r"\s+", "", each.text)
            found = next((n for n, mark in enumerate(marks) if mark[0].startswith(plain)), None)
            target = None if found is None else marks[found][1]
            places.append(None if target is None else numbers.get(target.objgen))
            marks = marks if found is None else marks[found + 1 :]
    return places


def _marks(items: Sequence[pikepdf.OutlineItem]) -> Iterator[tuple[str, pikepdf.Object | None]]:
    """Yield the text, without spaces, and the page of each bookmark, a parent first."""
    for item in items:
        target: object = item.destination
        if target is None and item.action is not None:
            target = item.action.get("/D")
        page = target[0] if isinstance(target, pikepdf.Array) and len(target) else None
        yield re.sub(r"\s+", "", item.title), page
        yield from _marks(item.children)


def _number(soup: BeautifulSoup, places: Sequence[int | None]) -> None:
    spans = soup.select(".paper-contents .number")
    for span, number in zip(spans, places, strict=True):
        span.string = "" if number is None else str(number)


def _settled(made: Path) -> bytes:
    """Return a PDF without clock and chance, as small as it goes without loss."""
    pikepdf.settings.set_flate_compression_level(9)
    with pikepdf.open(made) as pdf:
        for name in ("/CreationDate", "/ModDate"):
            pdf.docinfo[name] = NO_DATE
        written = io.BytesIO()
        pdf.save(
            written,
            deterministic_id=True,
            compress_streams=True,
            recompress_flate=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return written.getvalue()
