"""What a notebook has without asking for it, in a real kernel and in papermill's hands."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

from fundeval import workspace
from fundeval.engine.parameters import check_parameters
from fundeval.jupyter.static_tables import MOST_ROWS, static_table
from fundeval.problems import BadInputError
from fundeval.results.unit_ids import unit_id_of
from tests.messages import says

SPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}
LOOK = """
import matplotlib.pyplot as plt, seaborn as sns
sns.set_theme()
fig, ax = plt.subplots()
ax.set(title="映川区的执行率", xlabel="年度", ylabel="率")
plt.show()
"""


def executed(*cells: str) -> list:
    """Return the outputs of each cell in a new kernel."""
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": SPEC})
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    NotebookClient(notebook, timeout=120).execute()
    return [cell.outputs for cell in notebook.cells]


@pytest.mark.slow
def test_a_chart_with_chinese_names_is_an_svg_with_text_and_gives_no_warning() -> None:
    pieces = [executed("from fundeval import report", LOOK)[1] for _ in range(2)]
    assert [output.output_type for output in pieces[0]] == ["display_data"]
    (shown,) = pieces[0]
    assert ">映川区的执行率</text>" in shown.data["image/svg+xml"]
    assert "<dc:date>" not in shown.data["image/svg+xml"]
    assert shown.metadata["image/svg+xml"]["alt"] == "映川区的执行率: 年度 × 率"
    assert pieces[1] == pieces[0]


@pytest.mark.slow
def test_importing_draws_in_nothing_and_workbooks_are_read_with_calamine(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    pd.DataFrame({"执行率": [0.97]}).to_excel(book, index=False)
    loaded = "sorted({'matplotlib', 'seaborn', 'pandas', 'itables'} & set(sys.modules))"
    # A format that the notebook chose keeps the texts of its figures.
    retina = "%config InlineBackend.figure_formats = ['retina']"
    first, *_, read, drawn = executed(
        f"import sys, fundeval; dir(fundeval); {loaded}",
        "from fundeval import report; import pandas as pd",
        f"pd.read_excel({str(book)!r}), pd.get_option('io.excel.xlsx.reader')",
        f"{retina}\n{LOOK}",
    )
    assert first[0].data["text/plain"] == "[]"
    assert [output.output_type for output in read] == ["execute_result"]
    assert "0.97" in read[0].data["text/plain"]
    assert "calamine" in read[0].data["text/plain"]
    assert drawn[0].metadata["image/png"]["alt"] == "映川区的执行率: 年度 × 率"
    assert drawn[0].metadata["image/png"]["width"] > 0


@pytest.mark.slow
def test_a_table_that_sorts_needs_no_network() -> None:
    frame = "import pandas as pd; frame = pd.DataFrame({'单位': ['甲', '乙'], '分': [1, 2]})"
    first, second = executed(
        f"import fundeval\n{frame}\nfundeval.show(frame, caption='得分')", "fundeval.show(frame)"
    )
    assert any("application/javascript" in str(output.data) for output in first)
    (table,) = second
    html = table.data["text/html"]
    assert "unpkg.com" not in html.partition("<script")[2]
    assert len(html) < 50_000
    assert "搜索".encode("unicode_escape").decode() in html


def test_a_long_table_says_how_many_rows_there_are() -> None:
    frame = pd.DataFrame({"单位": [f"单位{n}" for n in range(250)]})
    html = static_table(frame, "zh", "都在 <这里>")
    assert html.count("<td>") == MOST_ROWS
    assert "<script" not in html
    assert "<caption>都在 &lt;这里&gt;</caption>" in html
    assert says(html, "own.first_rows", shown=MOST_ROWS, count=250)
    assert "<p" not in static_table(frame.head(MOST_ROWS), "zh")
    series = pd.Series([1, 2], index=["甲", "乙"], name="分")
    assert static_table(series, "zh").count("<th>") == 4


def test_an_id_may_be_a_number_but_its_zeros_are_missed() -> None:
    ids = ["990103", "000123", "000456", "123456"]
    assert unit_id_of("000123", lambda: pytest.fail("not asked"), "notebook") == "000123"
    assert unit_id_of(990103, lambda: ids, "notebook") == "990103"
    # What there is none of is told by whoever looks for it.
    assert unit_id_of(7, lambda: ids, "notebook") == "7"
    with pytest.raises(BadInputError) as refused:
        unit_id_of(123, lambda: ids, "notebook")
    (problem,) = refused.value.problems
    assert (problem.rule, problem.column, problem.value) == ("report.lost_zero", "unit_id", 123)
    assert says(problem.text("zh"), "report.lost_zero.remedy", first="000123")


def parameterized(given: dict, source: str = "unit_id = ''\nyear: int = 2024  # 年度"):
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": SPEC})
    cell = nbformat.v4.new_code_cell(source)
    cell.metadata["tags"] = ["parameters"]
    notebook.cells = [cell] if source else []
    notebook.metadata["papermill"] = {"parameters": given}
    return notebook


def test_a_misspelt_parameter_is_told_with_what_is_near() -> None:
    with pytest.raises(BadInputError) as refused:
        check_parameters(parameterized({"unit_di": "1", "year": 2024}), "python3")
    (problem,) = refused.value.problems
    assert (problem.rule, problem.value) == ("run.unknown_parameter", "unit_di")
    assert problem.values["near"] == "unit_id"
    check_parameters(parameterized({"unit_id": "1", "year": 2024}), "python3")
    check_parameters(parameterized({"anything": 1}, source=""), "python3")


def papermill(made: Path, *given: str) -> subprocess.CompletedProcess:
    source = workspace.find("notebooks/region.ipynb")
    command = [sys.executable, "-m", "papermill", str(source), str(made), "--no-progress-bar"]
    return subprocess.run([*command, *given], capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_papermill_makes_a_report_by_any_engine_and_tells_what_is_misspelt(tmp_path: Path) -> None:
    pages = []
    for number, engine in enumerate([[], ["--engine", "fundeval"]]):
        made = tmp_path / f"{number}.ipynb"
        ended = papermill(made, "-p", "unit_id", "990103", "-p", "year", "2024", *engine)
        assert ended.returncode == 0, ended.stderr
        cells = json.loads(made.read_text(encoding="utf-8"))["cells"]
        pages.append([output for cell in cells for output in cell.get("outputs", [])])
    assert "青禾县" in str(pages[0])
    texts = [[output.get("data", {}).get("text/html") for output in page] for page in pages]
    assert texts[0] == texts[1]
    wrong = ("-p", "unit_di", "990103")
    ended = papermill(tmp_path / "wrong.ipynb", *wrong, "--engine", "fundeval")
    assert ended.returncode != 0
    assert says(ended.stderr, "run.unknown_parameter.remedy", near="unit_id")
    assert "Passed unknown parameter: unit_di" in papermill(tmp_path / "plain.ipynb", *wrong).stderr
