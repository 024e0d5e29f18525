"""Pages on paper: a browser of this machine prints them to PDF.

A PDF depends on the browser's version and on the fonts of the machine, so it is no part of
what a run promises to reproduce; made twice by one browser it has the same bytes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from fundeval.problems import BadInputError, Problem

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
DATE = re.compile(rb"\(D:\d{14}")
# As long as any other date, since a PDF holds the places of its parts.
NO_DATE = b"(D:19800101000000"


def print_pdf(pages: Sequence[Path], output_folder: Path) -> list[Path]:
    """Print each page to `output_folder`, under its own name with `.pdf`; return the files.

    Raises BadInputError where there is no browser, or with every page that it did not print.
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise BadInputError([Problem("pdf.no_browser", "PATH")])
    output_folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = list(pool.map(partial(_print, browser, output_folder), pages))
    refused = [problem for problem in problems if problem]
    if refused:
        raise BadInputError(refused)
    return [output_folder / f"{page.stem}.pdf" for page in pages]


def _print(browser: str, folder: Path, page: Path) -> Problem | None:
    """Print one page; return what went wrong."""
    with TemporaryDirectory(prefix="fundeval-", ignore_cleanup_errors=True) as scratch:
        made = Path(scratch) / "page.pdf"
        command = [
            browser, "--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer",
            f"--user-data-dir={scratch}", f"--print-to-pdf={made}", page.absolute().as_uri(),
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # or it does not start for root
        try:
            subprocess.run(command, capture_output=True, timeout=MOST_SECONDS, check=True)
            content = made.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            return Problem("pdf.not_printed", page.name, {"reason": type(error).__name__})
        part = folder / f".{page.stem}.pdf.part"
        part.write_bytes(DATE.sub(NO_DATE, content))
        part.replace(folder / f"{page.stem}.pdf")
    return None
