"""The project's notebooks, run as a kernel would run them; pages and their tables read back."""

import ast
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup

from fundeval import policy
from fundeval.batch.execution.local_pool import make_reports
from fundeval.batch.jobs import JobSettings, file_stem, notebook_text
from fundeval.batch.plan import RunFile, plan_jobs
from fundeval.batch.signoff import write_state_picture
from fundeval.evaluation import evaluate
from fundeval.report.pages.run_index import render_index
from fundeval.results import parquet as store
from tests.report.small_city import YEAR, small_city

FOLDER = Path(__file__).parents[2] / "notebooks"


def executed(name, folder, unit_id, lang):
    """Run a notebook's cells as a kernel would and keep what each shows."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    names = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        *statements, last = ast.parse(cell.source).body
        shows = isinstance(last, ast.Expr)
        body = statements if shows else [*statements, last]
        exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
        shown = (
            eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if shows else None
        )
        if shown is not None:
            data = {"text/html": shown._repr_html_(), "text/plain": repr(shown)}
            cell.outputs = [nbformat.v4.new_output("execute_result", data=data)]
        if "parameters" in cell.metadata.get("tags", []):
            names |= {"evaluation": folder, "unit_id": unit_id, "lang": lang}
    return notebook


def rows_of(page, place):
    """Return the cells of the rows of all tables at a place of a page."""
    return [
        [" ".join(cell.get_text().split()) for cell in row.find_all(["th", "td"])]
        for row in BeautifulSoup(page, "html.parser").find(id=place).select("tbody tr")
    ]


def text_at(page, place):
    """Return the text at a place of a page."""
    return " ".join(BeautifulSoup(page, "html.parser").find(id=place).get_text().split())


def index_page(evaluation, entries, lang, within_year=False):
    """Return the index of units that all stand on its first page."""
    pages = render_index(evaluation, entries, lang, within_year, stem=file_stem)
    assert list(pages) == ["index.html"]
    return pages["index.html"]


def make_run(folder: Path, **choices: object) -> Path:
    """Make all reports of a run of the small city; return the folder of the run."""
    run = RunFile.model_validate({"name": "small", "dataset": "small", "year": YEAR, **choices})
    evaluation = evaluate(small_city(), policy.load("national"), YEAR)
    store.write(evaluation, folder / "evaluation")
    write_state_picture(folder, run.lang)
    jobs = plan_jobs(evaluation.units, run)
    notebooks = {job.notebook: notebook_text(FOLDER / job.notebook) for job in jobs}
    for name in ("reports", "notebooks"):
        (folder / name).mkdir()
    ended = list(make_reports(jobs, JobSettings(folder, notebooks, run.lang, kinds=run.units), 1))
    assert [outcome.error for outcome in ended] == [""] * len(jobs)
    return folder
