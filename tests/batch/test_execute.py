"""One job, by either engine: what is written, what is not, and what a failure leaves."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbformat
import pytest

from fundeval.batch.execution.local_pool import WorkerPool
from fundeval.batch.jobs import (
    FORK,
    KERNEL,
    Job,
    JobSettings,
    KeepNotebooks,
    Outcome,
    notebook_text,
)
from fundeval.engine.fork import can_fork
from tests.batch.full_disk import small_disk

KERNEL_SPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}
PARAMETERS = 'evaluation = None\nunit_id = ""\nlang = "zh"'
# What varies between two runs of one notebook, or between two folders.
AWKWARD = [
    "import os, sys, warnings, tempfile, fundeval",
    'print(os.getcwd()); print("out"); print("err", file=sys.stderr); print("out again")',
    'warnings.warn("a warning with the path of its cell")',
    "object()",
    "fundeval.__file__, sys.executable",
    "sorted({'b', 'a'}), list({'水', '火', '木'})",
    "import random, numpy; random.random(), numpy.random.rand()",
    "import time; time.tzname, os.environ['LC_ALL']",
    "from IPython.display import HTML, clear_output, display, update_display",
    'display(HTML("<b>first</b>"), display_id="shown");',
    'update_display(HTML("<i>then</i>"), display_id="shown")',
    'print("gone"); clear_output(); print("stays")',
    "!echo out of a shell; echo error of a shell >&2",
    "!printf '医保\\r\\n基金'; cat; tty; exit 3",
    "_exit_code",
    "!true",
    "print('x' * 3_000_000)",
    "for part in range(1000): print(part, end='\\r')",
    "import pandas; pandas.DataFrame({'a': [1, 2]})",
    "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()",
    "import asyncio; await asyncio.sleep(0); 1 + 1;",
    "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    print(repr(error))",
]
ENGINES = [FORK, KERNEL] if can_fork() else [KERNEL]


def notebook(path: Path, cells: list[str]) -> Path:
    content = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL_SPEC})
    content.cells = [nbformat.v4.new_code_cell(cell) for cell in [PARAMETERS, *cells]]
    content.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(content, path)
    return path


@cache
def pool_of(engine: str) -> WorkerPool:
    """Return the processes of an engine; they are warm after the first test."""
    return WorkerPool(JobSettings(Path(), {}, "en", engine), 1)


@pytest.fixture(scope="module", autouse=True)
def _stop_processes() -> Iterator[None]:
    yield
    for engine in ENGINES:
        pool_of(engine).stop()
    # With several processes of tests this one may come back to the module.
    pool_of.cache_clear()


def execute_in(
    folder: Path,
    cells: list[str],
    unit_id: str = "H1",
    engine: str = FORK,
    seconds: float = 60,
    keep: KeepNotebooks = True,
) -> Outcome:
    for name in ("notebooks", "reports"):
        (folder / "out" / name).mkdir(parents=True, exist_ok=True)
    source = notebook(folder / "hospital.ipynb", cells)
    pool = pool_of(engine)
    pool.settings = JobSettings(
        folder / "out",
        {"hospital.ipynb": notebook_text(source)},
        "en",
        engine,
        seconds,
        keep_notebooks=keep,
    )
    return pool.make(Job(unit_id, "hospital", "hospital.ipynb", "H1"))


def written(folder: Path) -> dict[str, bytes]:
    files = (path for path in (folder / "out").rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_job_writes_its_notebook_and_its_report(tmp_path: Path) -> None:
    outcome = execute_in(tmp_path, ["print(evaluation, unit_id, lang)"], unit_id='H"1\n')
    assert outcome.error == ""
    assert set(written(tmp_path)) == {"out/notebooks/H1.ipynb", "out/reports/H1.html"}
    cells = nbformat.read(tmp_path / "out/notebooks/H1.ipynb", as_version=4).cells
    assert cells[-1].outputs[0].text == '../evaluation H"1\n en\n'


@pytest.mark.slow
def test_the_bytes_depend_on_neither_folder_nor_engine(tmp_path: Path) -> None:
    trees = []
    for number, engine in enumerate([*ENGINES, FORK]):
        folder = tmp_path / f"folder {number}"
        folder.mkdir()
        assert execute_in(folder, AWKWARD, engine=engine).error == ""
        trees.append(written(folder))
    assert all(tree == trees[0] for tree in trees)
    for content in trees[0].values():
        assert str(tmp_path).encode() not in content
        assert b"ipykernel_" not in content


def test_an_executed_notebook_can_be_executed_again_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "out" / "evaluation").mkdir(parents=True)
    cells = ["from pathlib import Path", "print(Path(evaluation).resolve().is_dir())"]
    execute_in(tmp_path, cells)
    assert b"True" in written(tmp_path)["out/notebooks/H1.ipynb"]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("cell", "error"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("exit()", "the notebook asked to end in code cell 3 of 5"),
        ("raise SystemExit(0)", "the notebook asked to end in code cell 3 of 5"),
        ("try: quit()\nexcept Exception: pass", "the notebook asked to end in code cell 3 of 5"),
        ("open(os.getcwd() + '/absent')", "NameError: name 'os' is not defined"),
        ("all_of_it = bytearray(4 * 2**30)", "exceeded 2048 MB of memory"),
    ],
)
def test_a_failing_notebook_is_told_and_leaves_no_report(
    tmp_path: Path, cell: str, error: str, engine: str
) -> None:
    outcome = execute_in(tmp_path, [cell, "import time; time.sleep(1)", "1"], engine=engine)
    assert outcome.error.startswith(error)
    assert written(tmp_path) == {}


@pytest.mark.parametrize("keep", [True, False, "failed"])
def test_which_notebooks_stay_is_a_choice(tmp_path: Path, keep: KeepNotebooks) -> None:
    notebook, report = "out/notebooks/H1.ipynb", "out/reports/H1.html"
    outcome = execute_in(tmp_path, ["1 + 1"], keep=keep)
    made = {report, *([notebook] if keep is True else [])}
    assert set(written(tmp_path)) == made
    assert {f"out/{name}" for name in outcome.files} == made
    outcome = execute_in(tmp_path, ["print('so far')", "1 / 0"], keep=keep)
    left = {notebook} if keep == "failed" else set()
    assert set(written(tmp_path)) == left
    assert {f"out/{name}" for name in outcome.files} == left
    if left:
        text = written(tmp_path)[notebook].decode()
        assert "so far" in text
        assert "ZeroDivisionError: division by zero" in text
        assert str(tmp_path) not in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "error"),
    [
        ("import os; os._exit(3)", "the process making the report exited with status 3"),
        ("import os; os.kill(os.getpid(), 11)", "ended by signal SIGSEGV"),
        ("import os; os.kill(os.getppid(), 9)", "ended by signal SIGKILL"),
        ("while True: pass", "exceeded the time limit of 4 seconds"),
        ("for _ in range(1024): print('x' * 2**20)", "TooMuchOutputError"),
        ("import os\nfor _ in range(1024): os.write(1, b'x' * 2**20)", "TooMuchOutputError"),
    ],
)
def test_a_fork_that_ends_badly_is_told_and_leaves_no_report(
    tmp_path: Path, cell: str, error: str
) -> None:
    if not can_fork():
        pytest.skip("this system does not fork")
    outcome = execute_in(tmp_path, [cell], seconds=4 if "while" in cell else 60)
    assert error in outcome.error
    assert written(tmp_path) == {}


def test_a_process_goes_on_after_a_job_that_ended_badly(tmp_path: Path) -> None:
    cells = ["import os; unit_id == 'BAD' and os._exit(1)"]
    outcomes = [execute_in(tmp_path, cells, unit_id) for unit_id in ("BAD", "GOOD")]
    assert [bool(outcome.error) for outcome in outcomes] == [True, False]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("wait", "error"), [("1", ""), ("time.sleep(60)", "time limit")])
def test_processes_left_behind_end_with_the_report(
    tmp_path: Path, engine: str, wait: str, error: str
) -> None:
    hidden = f"setsid sh -c 'sleep 99 & echo $! > {tmp_path}/pid; sleep 99' &"
    start = f"import os, time; os.system({hidden!r})"
    outcome = execute_in(tmp_path, [start, "time.sleep(1)", wait], engine=engine, seconds=15)
    assert error in outcome.error
    assert bool(error) == bool(outcome.error)
    process = (tmp_path / "pid").read_text(encoding="utf-8").strip()
    state = Path(f"/proc/{process}/stat")
    assert not state.exists() or state.read_text(encoding="utf-8").split()[2] in ("Z", "X")


def test_an_error_names_no_absolute_path(tmp_path: Path) -> None:
    outcome = execute_in(tmp_path, ["import os", "open(os.getcwd() + '/absent')"])
    assert "<output>/notebooks/absent" in outcome.error
    assert str(tmp_path) not in outcome.error


def test_a_full_disk_is_told_as_such_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    reports = tmp_path / "out" / "reports"
    reports.mkdir(parents=True)
    with small_disk(reports, 4096):
        outcome = execute_in(tmp_path, ["print(1)"])
        assert outcome.unwritable == "No space left on device"
        assert written(tmp_path) == {}


def test_processes_that_were_stopped_start_for_no_further_job(tmp_path: Path) -> None:
    pool = WorkerPool(JobSettings(tmp_path, {}, "en", KERNEL), 1)
    pool.stop()
    outcome = pool.make(Job("U1", "hospital", "no.ipynb", "U1"))
    assert "ended by signal SIGTERM" in outcome.error
    assert pool.workers[0].process is None


@pytest.mark.parametrize(
    "engine", [pytest.param(each, marks=[pytest.mark.slow] * (each == KERNEL)) for each in ENGINES]
)
@pytest.mark.parametrize("line", ['x = "{}"\nlen(x)', "# {}\n3000000"])
def test_a_source_line_of_millions_of_signs_is_executed_and_shown(
    tmp_path: Path, engine: str, line: str
) -> None:
    outcome = execute_in(tmp_path, [line.format("a" * 3_000_000)], engine=engine)
    assert outcome.error == ""
    page = (tmp_path / "out/reports/H1.html").read_text(encoding="utf-8")
    assert "3000000" in page
