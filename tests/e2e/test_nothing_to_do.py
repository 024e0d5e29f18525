"""A run whose files are there as it would write them leaves them alone; any other writes them."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fundeval.batch import stored_evaluation
from tests.e2e.places import Place, create_workspace, tree, write_light_notebooks

# Times are kept in these.
pytestmark = pytest.mark.slow
CLOCKS = ("ledger.sqlite", "run.lock", "run.log")
WATCH = (
    "import atexit, sys\n"
    "atexit.register(lambda: print('evaluated', 'fundeval.evaluation' in sys.modules))\n"
    "from fundeval.cli import app; app()"
)


@pytest.fixture
def made(small_run: Path, tmp_path: Path) -> tuple[Place, dict[str, bytes]]:
    """Return a place with a run that was made, and its files."""
    place = Place(tmp_path / "place")
    shutil.copytree(small_run / "place", place.folder)
    return place, files_of(place)


def output_of(place: Place) -> Path:
    return place.folder / "outputs" / "small"


def files_of(place: Place) -> dict[str, bytes]:
    """Return the files of the run but those with times."""
    return {name: each for name, each in tree(output_of(place)).items() if name not in CLOCKS}


def written_at(place: Place) -> dict[str, int]:
    return {name: (output_of(place) / name).stat().st_mtime_ns for name in files_of(place)}


def run_again(place: Place) -> None:
    ended = place.run("run", "run.yaml")
    assert ended.status == 0, ended.errors


def test_a_run_with_nothing_to_do_evaluates_nothing_and_touches_no_file(
    made: tuple[Place, dict[str, bytes]],
) -> None:
    place, files = made
    before = written_at(place)
    ended = Place(place.folder, (sys.executable, "-c", WATCH)).run("run", "run.yaml")
    assert (ended.status, "evaluated False" in ended.output) == (0, True)
    assert written_at(place) == before
    assert files_of(place) == files


def alter(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("index.html", Path.unlink),
        ("manifest.json", alter),
        ("reports/H1.html", alter),
        *(
            pytest.param(*each, marks=pytest.mark.campaign)
            for each in (
                ("index.html", alter),
                ("policy.html", alter),
                ("evaluation/grades.parquet", alter),
                ("workbook.xlsx", alter),
                ("manifest.json", Path.unlink),
                ("signoff.svg", Path.unlink),
                ("evaluation/evaluation.json", Path.unlink),
            )
        ),
    ],
)
def test_what_was_altered_is_written_again_once(
    made: tuple[Place, dict[str, bytes]], name: str, change: Callable[[Path], None]
) -> None:
    place, files = made
    change(output_of(place) / name)
    run_again(place)
    assert files_of(place) == files
    before = written_at(place)
    run_again(place)
    assert written_at(place) == before


def test_other_data_are_evaluated(light_run: Path, tmp_path: Path) -> None:
    place = Place(shutil.copytree(light_run, tmp_path / "place"))
    files = files_of(place)
    budgets = place.folder / "data" / "budgets.csv"
    changed = budgets.read_text(encoding="utf-8").replace(
        "H1-D1,2024,employee,800", "H1-D1,2024,employee,801"
    )
    budgets.write_text(changed, encoding="utf-8")
    run_again(place)
    assert files_of(place) != files
    fresh = Place(create_workspace(tmp_path / "fresh"))
    write_light_notebooks(fresh.folder)
    (fresh.folder / "data" / "budgets.csv").write_text(changed, encoding="utf-8")
    assert fresh.run("run", "run.yaml").status == 0
    assert files_of(place) == files_of(fresh)


def test_the_key_is_that_of_data_policy_and_year(tmp_path: Path) -> None:
    data = create_workspace(tmp_path / "place") / "data"
    key = stored_evaluation.key_of(str(data), "national", 2024)
    assert key is not None
    assert stored_evaluation.key_of(str(data), "national", 2024) == key
    assert stored_evaluation.key_of(str(data), "national", 2023) != key
    assert stored_evaluation.key_of(str(data), "retrospective", 2024) != key
    (data / "dataset.yaml").write_text("title: other\n", encoding="utf-8")
    assert stored_evaluation.key_of(str(data), "national", 2024) != key


@pytest.mark.parametrize("dataset", ["nowhere", "postgresql://reader@localhost/funds"])
def test_what_cannot_be_hashed_has_no_key(dataset: str) -> None:
    assert stored_evaluation.key_of(dataset, "national", 2024) is None
