"""What the tests of the command line share."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.places import Place, create_workspace


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a folder with a small data set and a run file."""
    return Place(create_workspace(tmp_path))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium; where there is none, what needs it is skipped."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("needs Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()
