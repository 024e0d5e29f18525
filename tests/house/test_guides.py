"""What stands in the README and the guides to be copied: it runs, page by page.

A block that names its file is written there; a policy or mapping without a file is read; blocks of
`sh` and `python` are run in a workspace as `fundeval init` lays it out: the first pages, and then
each group of the others on from there. What sets a machine up is a
block of `console`: continuous integration runs the two commands of the README, and the names of
files, extras and options in the others are looked up. `text` shows what something looks like.
"""

import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from contextlib import chdir
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from fundeval import policy
from fundeval.cli import app
from fundeval.intake.mapping import read_mapping_file
from tests.house.doc_pages import (
    FIRST_GUIDES,
    GUIDES,
    NEXT_GUIDES,
    PAGES,
    READMES,
    ROOT,
    Block,
    blocks_of,
    path_of,
)
from tools.reference.commands_page import commands

RUN = ("sh", "python")
LANGUAGES = {*RUN, "yaml", "csv", "console", "text", "{toctree}"}
# What a console block may call: it sets up a machine or starts what waits for somebody.
SETS_UP = {
    "make", "uv", "conda", "pip", "py", "jupyter", ".venv/bin/jupyter", ".venv/bin/pip",
    r".venv\Scripts\python", r".venv\Scripts\fundeval", "fundeval", "dask",
}  # fmt: skip
# A command of the package that needs no shell.
PLAIN = re.compile(r"fundeval [^|&<>$`;\\*?~]+")


def written_pages() -> dict[str, tuple[Path, Path]]:
    """Return every page in both languages, Chinese first."""
    pages = {page: (path_of(page, "zh"), path_of(page, "en")) for page in PAGES}
    return {**pages, "README": (READMES["zh"], READMES["en"])}


class Workspace:
    """A folder as `fundeval init` lays it out, in which the blocks of pages are run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            "PYTHONIOENCODING": "utf-8",
            "FUNDEVAL_LANG": "zh",
        }

    def follow_pages(self, pages: Sequence[str]) -> None:
        """Do what a reader of the Chinese pages does; the English ones have the same blocks."""
        for page in pages:
            for block in blocks_of(path_of(page, "zh")):
                self.follow(block, page)

    def follow(self, block: Block, page: str) -> None:
        """Do what a reader of the page does with a block."""
        if block.language in ("yaml", "csv"):
            self.write(block, page)
        elif block.language == "sh":
            if all(PLAIN.fullmatch(line) for line in block.text.splitlines()):
                for line in block.text.splitlines():
                    self.command(page, line)
            else:
                # What a block starts beside it ends with it.
                script = f"trap 'kill $(jobs -p) 2>/dev/null || :' EXIT\n{block.text}"
                self.call(page, block.text, "bash", "-euc", script)
        elif block.language == "python":
            script = self.folder / "copied.py"
            script.write_text(block.text, encoding="utf-8")
            with chdir(self.folder), matplotlib.rc_context():
                runpy.run_path(script.name)
                plt.close("all")

    def write(self, block: Block, page: str) -> None:
        path = self.folder / (block.file or "unnamed.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        content = YAML(typ="safe").load(block.text) if block.language == "yaml" else {}
        if "parameters" in content or "indicators" in content:
            assert policy.load(path).id == content["id"], page
        elif {"sources", "tables"} <= set(content):
            assert read_mapping_file(path).tables, page
        else:
            # Whoever reads a block has to know where it goes.
            assert block.file, f"{page}: no file is named for\n{block.text}"

    def command(self, page: str, line: str) -> None:
        """Call a command of the package in this process, as a shell would start it."""
        arguments = shlex.split(line, comments=True)[1:]
        with chdir(self.folder):
            ended = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert ended.exit_code == 0, f"{page}:\n{line}\n{ended.output[-2000:]}"

    def call(self, page: str, text: str, *command: str) -> None:
        ended = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=300,
        )
        said = f"{page}:\n{text}\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}"
        assert ended.returncode == 0, said


@pytest.fixture(scope="session")
def begun(make_once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """A workspace in which the first pages were followed, only to copy."""

    def begin(made: Path) -> None:
        place = Workspace(made / "work")
        ended = CliRunner().invoke(app, ["init", str(place.folder)], catch_exceptions=False)
        assert ended.exit_code == 0, ended.output
        place.follow_pages(FIRST_GUIDES)

    return make_once("guides", begin) / "work"


@pytest.mark.slow
@pytest.mark.parametrize("pages", NEXT_GUIDES, ids="+".join)
def test_whoever_follows_the_guides_gets_what_they_say(
    begun: Path, tmp_path: Path, pages: tuple[str, ...]
) -> None:
    place = Workspace(tmp_path / "work")
    shutil.copytree(begun, place.folder)
    place.follow_pages(pages)


@pytest.mark.parametrize("page", ["README", "installing", *GUIDES])
def test_both_languages_have_the_same_blocks(page: str) -> None:
    zh, en = (blocks_of(path) for path in written_pages()[page])
    asked = [[b for b in found if b.language in (*RUN, "yaml", "csv")] for found in (zh, en)]
    shown = [[(b.language, b.file, b.bare) for b in found] for found in asked]
    assert shown[0] == shown[1]


@pytest.mark.parametrize("page", written_pages())
def test_every_block_says_what_it_is(page: str) -> None:
    for path in written_pages()[page]:
        assert {block.language for block in blocks_of(path)} <= LANGUAGES, path


def console_lines() -> list[tuple[str, str]]:
    """Return each line that sets up a machine, with the page that it stands on."""
    return [
        (page, line.partition(" #")[0].strip())
        for page, paths in written_pages().items()
        for path in paths
        for block in blocks_of(path)
        if block.language == "console"
        for line in block.text.splitlines()
    ]


def test_what_sets_up_a_machine_names_files_targets_and_extras_that_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    for page, line in console_lines():
        program, *words = line.split()
        assert program in SETS_UP, (page, line)
        for word in words:
            if word.endswith((".lock", ".yml", ".yaml")):
                assert (ROOT / word.replace("\\", "/")).is_file(), (page, line)
            if extra := re.search(r"fundeval\[(.+)\]", word):
                assert extra[1] in project["project"]["optional-dependencies"], (page, line)
        if program == "make":
            assert words[0] in targets, (page, line)


def commands_in(path: Path) -> list[str]:
    """Return each command that a page speaks of, in a sentence or a block."""
    text = path.read_text(encoding="utf-8")
    lines = [line for block in blocks_of(path) for line in block.text.splitlines()]
    return re.findall(r"`(fundeval [^`\n]+)`", text) + [
        line for line in lines if line.startswith("fundeval ")
    ]


@pytest.mark.parametrize("page", written_pages())
def test_commands_and_options_that_a_page_speaks_of_exist(page: str) -> None:
    known = {
        name: {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
        for name, command in commands()
    }
    for path in written_pages()[page]:
        for line in commands_in(path):
            words = line.split()
            name = next(" ".join(words[:n]) for n in (3, 2, 1) if " ".join(words[:n]) in known)
            options = {word.partition("=")[0] for word in words if re.fullmatch(r"--[a-z-]+", word)}
            assert options <= known[name] | {"--help"}, (page, line)
