"""Libraries that are extras: no run looks for them, and a command that does says how to get it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.detail.make import STAY, numbered, write_csv
from tests.e2e.places import Place, create_workspace

pytestmark = pytest.mark.slow

LIBRARIES = ("dask", "distributed", "fsspec", "highspy", "psycopg", "pyspark")
# Python runs a module of this name as it starts, also in the processes that a run starts.
BLOCK = "import sys\nsys.modules.update(dict.fromkeys({names}))\n"
WATCH = """
import sys

def note(text):
    with open({file!r}, "a", encoding="utf-8") as file:
        file.write(text + "\\n")

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names}:
            note(name)

sys.meta_path.insert(0, Watch())
note("started")
"""


def place_without(folder: Path, libraries: Sequence[str]) -> Place:
    """Return a place where Python does not find the libraries."""
    start = folder / "start"
    start.mkdir()
    (start / "sitecustomize.py").write_text(BLOCK.format(names=libraries), encoding="utf-8")
    path = os.pathsep.join([str(start), *(entry for entry in sys.path if entry)])
    return Place(create_workspace(folder / "place"), settings={"PYTHONPATH": path})


@pytest.mark.parametrize(
    ("extra", "library", "arguments", "lang"),
    [
        ("cluster", "distributed", ("run", "run.yaml", "--scheduler", "tcp://127.0.0.1:9"), "zh"),
        ("cluster", "fsspec", ("run", "run.yaml", "--scheduler", "tcp://127.0.0.1:9"), "en"),
        ("postgresql", "psycopg", ("check", "postgresql://reader@localhost/funds"), "zh"),
        ("spark", "pyspark", ("detail", "records.csv", "out", "--engine", "spark"), "en"),
    ],
)
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


def test_a_public_page_with_something_to_protect_needs_its_extra(tmp_path: Path) -> None:
    place = place_without(tmp_path, ["highspy"])
    asked = ("run", "run.yaml", "--profile", "public", "--lang", "en")
    assert place.run(*asked, "--out", "elsewhere/public").status == 0
    rows = "unit_id,year,scheme,setting,care_level,visits\nH1,2024,employee,门诊,三级医院,6\n"
    (place.folder / "data" / "services.csv").write_text(rows, encoding="utf-8")
    ended = place.run(*asked, "--out", "outputs/small")
    assert ended.status == 2
    assert 'pip install "fundeval[disclosure]"' in ended.errors
    assert "Traceback" not in ended.errors
    assert not (place.folder / "outputs" / "small").exists()


def test_a_run_looks_for_no_extra(tmp_path: Path) -> None:
    start, looked_for = tmp_path / "start", tmp_path / "looked_for"
    start.mkdir()
    code = WATCH.format(names=LIBRARIES, file=str(looked_for))
    (start / "sitecustomize.py").write_text(code, encoding="utf-8")
    path = os.pathsep.join([str(start), *(entry for entry in sys.path if entry)])
    place = Place(create_workspace(tmp_path / "place"), settings={"PYTHONPATH": path})
    ended = place.run("run", "run.yaml")
    assert ended.status == 0, ended.errors
    assert (place.folder / "outputs" / "small" / "reports" / "H1.html").exists()
    # Every process of the run told the watch that it had started; none looked for an extra, so
    # none is needed.
    assert set(looked_for.read_text(encoding="utf-8").split()) == {"started"}


def test_pandera_leaves_the_extras_to_others() -> None:
    code = (
        "import sys\n"
        "from fundeval import tables\n"
        "tables.load('sample:city')\n"
        "assert 'dask' not in sys.modules\n"
        "import dask.dataframe\n"
        "print(dask.dataframe.DataFrame.__name__)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert (ended.stdout, ended.stderr) == ("DataFrame\n", "")
