"""The other commands, and the package as someone gets it who installed the wheel."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fundeval import __version__
from fundeval.cli import app
from tests.e2e.places import Place, tree

ROOT = Path(__file__).parents[2]
PROGRAMS = "Scripts" if os.name == "nt" else "bin"


def call(*command: object) -> None:
    ended = subprocess.run(
        [str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the command of the wheel in an environment that borrows the locked libraries."""
    folder = tmp_path_factory.mktemp("installed")
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    call(sys.executable, "-m", "venv", folder / "venv")
    python = folder / "venv" / PROGRAMS / "python"
    (wheel,) = folder.glob("*.whl")
    call(python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel)
    borrowed = subprocess.check_output(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    )
    libraries = Path(borrowed.strip()) / "borrowed.pth"
    libraries.write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    call(python, "-I", "-c", "import fundeval, sys; assert sys.prefix in fundeval.__file__")
    return folder / "venv" / PROGRAMS / "fundeval"


def test_the_wheel_lays_out_a_workspace_and_runs_the_sample_there(
    installed: Path, tmp_path: Path
) -> None:
    program = (str(installed),)
    assert Place(tmp_path, program).run("init", "work").status == 0
    work = Place(tmp_path / "work", program)
    assert {path.name for path in work.folder.iterdir()} == {"params", "notebooks", "outputs"}
    ended = work.run("run", "params/demo.yaml", "--only", "990101", "--lang", "en")
    assert ended.status == 0, ended.errors
    report = work.folder / "outputs" / "demo" / "reports" / "990101.html"
    assert "<h1" in report.read_text(encoding="utf-8")


def test_init_copies_what_the_repository_has(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["init", str(tmp_path / "work")]).exit_code == 0
    files = tree(tmp_path / "work")
    assert files.pop("outputs/README.md") == (ROOT / "outputs/README.md").read_bytes()
    assert files == {
        f"{folder}/{name}": content
        for folder in ("params", "notebooks")
        for name, content in tree(ROOT / folder).items()
        if not name.startswith(".")
    }


def test_init_leaves_a_folder_with_content_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    result = CliRunner().invoke(app, ["init", str(tmp_path), "--lang", "en"])
    assert result.exit_code == 2
    assert "new or empty folder" in result.stderr
    assert set(tree(tmp_path)) == {"notes.txt"}


def test_check_counts_the_rows_of_a_good_data_set(place: Place) -> None:
    result = CliRunner().invoke(app, ["check", str(place.folder / "data"), "--lang", "en"])
    assert result.exit_code == 0
    assert "units.csv: table units, 4 rows" in result.stdout
    assert "budgets.csv: table budgets, 12 rows" in result.stdout


def test_check_names_blank_columns_and_absent_tables(place: Place) -> None:
    budgets = place.folder / "data" / "budgets.csv"
    lines = budgets.read_text(encoding="utf-8").splitlines()
    budgets.write_text("\n".join(line.rpartition(",")[0] for line in lines), encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(place.folder / "data"), "--lang", "en"])
    assert result.exit_code == 0
    assert (
        "columns without any value: carried_over, executed, retained, adjusted_on, reason"
        in result.stdout
    )
    assert "tables not supplied: monthly, purchases, services, funds" in result.stdout


def test_check_tells_what_is_wrong(place: Place) -> None:
    (place.folder / "data" / "dataset.yaml").unlink()
    result = CliRunner().invoke(app, ["check", str(place.folder / "data"), "--lang", "en"])
    assert (result.exit_code, "dataset.yaml" in result.stderr) == (2, True)


def test_the_version_is_that_of_the_package() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout.strip() == __version__


def test_help_imports_nothing_slow() -> None:
    code = (
        "import sys; from fundeval.cli import app\n"
        "try: app(['--help'])\n"
        "finally: print('loaded', {'pandas', 'nbformat', 'papermill'} & set(sys.modules))"
    )
    shown = subprocess.check_output([sys.executable, "-c", code], encoding="utf-8")
    assert "loaded set()" in shown
