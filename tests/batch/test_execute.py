"""One job: what is written, what is not, and what a failure leaves."""

from pathlib import Path

import nbformat
import pytest

from fundeval.batch.execute import execute
from fundeval.batch.jobs import Job, Outcome, Setting

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
PARAMETERS = 'evaluation = None\nunit_id = ""\nlang = "zh"'
# What varies between two runs of one notebook, or between two folders.
AWKWARD = [
    "import os, sys, warnings, tempfile, fundeval",
    'print(os.getcwd()); print("out"); print("err", file=sys.stderr); print("out again")',
    'warnings.warn("a warning with the path of its cell")',
    "object()",
    "fundeval.__file__, sys.executable",
    "sorted({'b', 'a'}), list({'水', '火', '木'})",
]


def notebook(path: Path, cells: list[str]) -> Path:
    content = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL})
    content.cells = [nbformat.v4.new_code_cell(cell) for cell in [PARAMETERS, *cells]]
    content.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(content, path)
    return path


def execute_in(folder: Path, cells: list[str], unit_id: str = "H1") -> Outcome:
    for name in ("notebooks", "reports"):
        (folder / "out" / name).mkdir(parents=True, exist_ok=True)
    source = notebook(folder / "hospital.ipynb", cells)
    job = Job(unit_id, "hospital", "hospital.ipynb", "H1")
    return execute(job, Setting(folder / "out", {"hospital.ipynb": source}, "en"))


def written(folder: Path) -> dict[str, bytes]:
    files = (path for path in (folder / "out").rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_job_writes_its_notebook_and_its_report(tmp_path: Path) -> None:
    outcome = execute_in(tmp_path, ["print(evaluation, unit_id, lang)"], unit_id='H"1\n')
    assert outcome.error == ""
    assert set(written(tmp_path)) == {"out/notebooks/H1.ipynb", "out/reports/H1.html"}
    cells = nbformat.read(tmp_path / "out/notebooks/H1.ipynb", as_version=4).cells
    assert cells[-1].outputs[0].text == '../evaluation H"1\n en\n'


def test_the_bytes_depend_on_neither_folder_nor_process(tmp_path: Path) -> None:
    trees = []
    for name in ("first", "second folder"):
        folder = tmp_path / name
        folder.mkdir()
        assert execute_in(folder, AWKWARD).error == ""
        trees.append(written(folder))
    assert trees[0] == trees[1]
    for content in trees[0].values():
        assert str(tmp_path).encode() not in content
        assert b"ipykernel_" not in content


def test_an_executed_notebook_can_be_executed_again_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "out" / "evaluation").mkdir(parents=True)
    cells = ["from pathlib import Path", "print(Path(evaluation).resolve().is_dir())"]
    execute_in(tmp_path, cells)
    assert b"True" in written(tmp_path)["out/notebooks/H1.ipynb"]


@pytest.mark.parametrize(
    ("cell", "error"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import os; os._exit(3)", "DeadKernelError: Kernel died"),
        ("open(os.getcwd() + '/absent')", "NameError: name 'os' is not defined"),
    ],
)
def test_a_failing_notebook_is_told_and_leaves_no_report(
    tmp_path: Path, cell: str, error: str
) -> None:
    execute_in(tmp_path, ["pass"])
    outcome = execute_in(tmp_path, [cell])
    assert outcome.error.startswith(error)
    assert written(tmp_path) == {}


def test_an_error_names_no_absolute_path(tmp_path: Path) -> None:
    outcome = execute_in(tmp_path, ["import os", "open(os.getcwd() + '/absent')"])
    assert "<output>/notebooks/absent" in outcome.error
    assert str(tmp_path) not in outcome.error
