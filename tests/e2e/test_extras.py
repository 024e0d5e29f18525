"""Libraries that are extras: a run needs none, and a command that needs one says how to get it."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.detail.make import STAY, numbered, write_csv
from tests.e2e.places import Place, create_workspace

pytestmark = pytest.mark.slow

LIBRARIES = ("dask", "distributed", "fsspec", "psycopg", "pyspark")
# Python runs a module of this name as it starts, also in the processes that a run starts.
BLOCK = "import sys\nsys.modules.update(dict.fromkeys({names}))\n"


def place_without(folder: Path, libraries: Sequence[str]) -> Place:
    """Return a place where Python does not find the libraries."""
    start = folder / "start"
    start.mkdir()
    (start / "sitecustomize.py").write_text(BLOCK.format(names=libraries), encoding="utf-8")
    path = os.pathsep.join([str(start), *(entry for entry in sys.path if entry)])
    return Place(create_workspace(folder / "place"), settings={"PYTHONPATH": path})


@pytest.mark.parametrize(
    ("extra", "library", "arguments"),
    [
        ("cluster", "distributed", ("run", "run.yaml", "--scheduler", "tcp://127.0.0.1:9")),
        ("cluster", "fsspec", ("run", "run.yaml", "--scheduler", "tcp://127.0.0.1:9")),
        ("postgresql", "psycopg", ("check", "postgresql://reader@localhost/funds")),
        ("spark", "pyspark", ("detail", "records.csv", "out", "--engine", "spark")),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    tmp_path: Path, extra: str, library: str, arguments: tuple[str, ...], lang: str
) -> None:
    place = place_without(tmp_path, [library])
    write_csv(place.folder / "records.csv", numbered(STAY))
    ended = place.run(*arguments, "--lang", lang)
    assert ended.status == 2
    said = {"zh": f"需要附加项 {extra}", "en": f"needs the extra {extra}"}[lang]
    assert said in ended.errors
    assert library in ended.errors
    assert f'pip install "fundeval[{extra}]"' in ended.errors
    assert "Traceback" not in ended.errors
    assert not (place.folder / "outputs").exists()
    assert not (place.folder / "out").exists()


def test_a_run_needs_no_extra(tmp_path: Path) -> None:
    place = place_without(tmp_path, LIBRARIES)
    ended = place.run("run", "run.yaml", "--lang", "en")
    assert ended.status == 0, ended.errors
    assert (place.folder / "outputs" / "small" / "reports" / "H1.html").exists()


def test_a_run_does_not_import_the_extras_that_are_installed(place: Place) -> None:
    # Where dask, with fsspec, or pyspark are installed, pandera imports them for its models.
    code = (
        "import atexit, sys\n"
        "names = {'distributed', 'psycopg'}\n"
        "atexit.register(lambda: print('loaded', names & set(sys.modules)))\n"
        "from fundeval.cli import app; app()"
    )
    ended = Place(place.folder, (sys.executable, "-c", code)).run("run", "run.yaml")
    assert ended.status == 0, ended.errors
    assert "loaded set()" in ended.output
