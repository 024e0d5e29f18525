"""What a report costs, by several ways of making it, side by side. Run by hand, on Unix:

    python tests/benchmarks/reports.py [--reports 8] [--slow 3] [--many 0]

The same hospital notebook for the same units of the sample city, from one written evaluation:
papermill's and nbconvert's command lines; papermill's function and one exporter; ploomber-engine
and one exporter (skipped unless installed: tests/benchmarks/requirements.lock); fundeval with one
and with two processes; the floor, which is the plain `exec` of the cells and the page, warm.
`--slow` is the number of reports by the slow ways. `--many N` then makes the reports of N units
of the city enlarged with two processes: reports a second, memory of parent and child.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import nbformat
from evaluate import enlarge
from nbconvert import HTMLExporter

from fundeval import policy, workspace
from fundeval.batch.execution.local_pool import make_reports
from fundeval.batch.jobs import Job, JobSettings, notebook_text
from fundeval.engine.worker import ENVIRONMENT
from fundeval.evaluation import evaluate
from fundeval.results import parquet as store
from fundeval.results.frames import Evaluation
from fundeval.tables import load

NOTEBOOK = workspace.find("notebooks/hospital.ipynb")
KILOBYTE = 1024
Make = Callable[[Path, Sequence[str]], Iterator[float]]


def used() -> float:
    """Return the CPU seconds of this process and of its children that have ended."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, kinds))


def parameters(folder: Path, unit_id: str) -> dict[str, str]:
    return {"evaluation": str(folder / "evaluation"), "unit_id": unit_id}


def by_command_lines(folder: Path, units: Sequence[str]) -> Iterator[float]:
    for unit_id in units:
        start = used()
        made = folder / f"{unit_id}.ipynb"
        given = [part for item in parameters(folder, unit_id).items() for part in ("-p", *item)]
        for module in (["papermill", NOTEBOOK, made, *given], ["nbconvert", "--to", "html", made]):
            command = [sys.executable, "-m", *module]
            subprocess.run(command, check=True, capture_output=True)
        yield used() - start


def by_papermill(folder: Path, units: Sequence[str]) -> Iterator[float]:
    from papermill import execute_notebook  # noqa: PLC0415

    exporter = HTMLExporter()
    for unit_id in units:
        start = used()
        node = execute_notebook(
            NOTEBOOK, None, parameters(folder, unit_id), progress_bar=False, kernel_name="python3"
        )
        (folder / f"{unit_id}.html").write_text(exporter.from_notebook_node(node)[0], "utf-8")
        yield used() - start


def by_ploomber(folder: Path, units: Sequence[str]) -> Iterator[float]:
    from ploomber_engine import execute_notebook  # noqa: PLC0415

    exporter = HTMLExporter()
    for unit_id in units:
        start = used()
        node = execute_notebook(
            NOTEBOOK, None, parameters=parameters(folder, unit_id), progress_bar=False
        )
        (folder / f"{unit_id}.html").write_text(exporter.from_notebook_node(node)[0], "utf-8")
        yield used() - start


def by_exec(folder: Path, units: Sequence[str]) -> Iterator[float]:
    """Yield the cost of the cells alone and the page, in a process that is warm."""
    from fundeval.batch.execution.report_task import warm_up_process  # noqa: PLC0415

    warm_up_process(str(folder / "evaluation"), "zh")
    source = nbformat.read(NOTEBOOK, as_version=4)
    for unit_id in (units[0], *units):
        start = used()
        made = _exec_cells(source, parameters(folder, unit_id))
        (folder / f"{unit_id}.html").write_text(made, "utf-8")
        if unit_id != units[0]:
            yield used() - start


def _exec_cells(source: nbformat.NotebookNode, given: dict[str, str]) -> str:
    from fundeval.report.pages.notebook_page import render  # noqa: PLC0415

    names: dict[str, object] = {}
    node = nbformat.from_dict(source)
    for cell in (cell for cell in node.cells if cell.cell_type == "code"):
        lines = cell.source.strip()
        try:
            value = eval(lines, names)
        except SyntaxError:
            exec(lines, names)
            value = None
        names |= given if "parameters" in cell.metadata.get("tags", []) else {}
        if value is not None:
            data = {"text/html": value._repr_html_()}
            cell.outputs = [nbformat.v4.new_output("display_data", data)]
    return render(node, "zh")


def measured(name: str, folder: Path, units: Sequence[str]) -> list[float]:
    """Return the CPU seconds of each report by one of the ways above, in a process of its own."""
    command = [sys.executable, __file__, "--way", name, "--folder", str(folder)]
    done = subprocess.run(
        [*command, *units], env={**os.environ, **ENVIRONMENT}, capture_output=True, check=False
    )
    if done.returncode:
        print(f"{name:14} skipped: {done.stderr.decode().strip().splitlines()[-1]}")
        return []
    return [float(line) for line in done.stdout.split()]


WAYS: dict[str, Make] = {
    "command lines": by_command_lines,
    "papermill": by_papermill,
    "ploomber": by_ploomber,
    "floor": by_exec,
}


def write(evaluation: Evaluation, folder: Path) -> None:
    store.write(evaluation, folder / "evaluation")
    for name in ("reports", "notebooks"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir()


def compare(folder: Path, units: Sequence[str], slow: int) -> None:
    medians: dict[str, float] = {}
    for name in WAYS:
        times = measured(name, folder, units if name == "floor" else units[:slow])
        if times:
            medians[name] = statistics.median(times)
    settings = JobSettings(folder, {NOTEBOOK.name: notebook_text(NOTEBOOK)}, "zh")
    jobs = [Job(unit_id, "hospital", NOTEBOOK.name, unit_id) for unit_id in units]
    for processes in (1, 2):
        start = time.perf_counter()
        outcomes = list(make_reports(jobs, settings, processes))
        took = time.perf_counter() - start
        assert not any(outcome.error for outcome in outcomes), outcomes
        name = f"fundeval, {processes}"
        medians[name] = statistics.median(outcome.cpu for outcome in outcomes)
        print(f"{name:14} {len(jobs) / took:5.2f} reports a second, the warm-up included")
    ours = medians["fundeval, 1"]
    for name, median in medians.items():
        print(f"{name:14} {median:7.3f} CPU s a report, {median / ours:6.2f} times fundeval's")
    print(f"fundeval is {ours / medians['floor']:.2f} times the floor")


def make_many(folder: Path, wanted: int) -> None:
    city = load("sample:city")
    large = enlarge(city, -(-wanted // len(city.units)))
    evaluation = evaluate(large, policy.load("national"), 2024)
    write(evaluation, folder)
    units = sorted(evaluation.units["unit_id"])[:wanted]
    jobs = [Job(unit_id, "hospital", NOTEBOOK.name, f"U{n}") for n, unit_id in enumerate(units)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    settings = JobSettings(folder, {NOTEBOOK.name: notebook_text(NOTEBOOK)}, "zh")
    outcomes = list(make_reports(jobs, settings, 2))
    took = time.perf_counter() - start
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / KILOBYTE
    tenth = max(1, len(outcomes) // 10)
    first, last = (
        statistics.median(outcome.memory for outcome in part) / KILOBYTE**2
        for part in (outcomes[:tenth], outcomes[-tenth:])
    )
    sizes = [path.stat().st_size / KILOBYTE for path in (folder / "reports").iterdir()]
    failed = sum(bool(outcome.error) for outcome in outcomes)
    rate = len(outcomes) / took
    print(f"{len(outcomes)} reports, {failed} failed: {rate:.2f} a second by two processes")
    print(f"parent grew by {grown:.0f} MB; a child {first:.0f} MB at first, {last:.0f} at last")
    print(f"page: median {statistics.median(sizes):.0f} KB, largest {max(sizes):.0f} KB")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--reports", type=int, default=8)
    parser.add_argument("--slow", type=int, default=3)
    parser.add_argument("--many", type=int, default=0)
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("units", nargs="*")
    asked = parser.parse_args()
    if asked.way:
        costs = list(WAYS[asked.way](asked.folder, asked.units))
        print(*costs)
        return
    with tempfile.TemporaryDirectory() as folder:
        evaluation = evaluate(load("sample:city"), policy.load("national"), 2024)
        write(evaluation, Path(folder))
        units = evaluation.units
        hospitals = sorted(units.loc[units["kind"] == "hospital", "unit_id"])
        compare(Path(folder), hospitals[: asked.reports], asked.slow)
        if asked.many:
            make_many(Path(folder), asked.many)


if __name__ == "__main__":
    main()
