"""Run files, and which reports a run makes."""

from dataclasses import replace
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundeval.batch.cache_keys import hash_inputs
from fundeval.batch.jobs import Job, JobSettings, file_stem, notebook_text
from fundeval.batch.plan import (
    RunFile,
    Selection,
    check_selection,
    plan_jobs,
    read_run_file,
    report_page,
)
from fundeval.problems import BadInputError
from fundeval.report.format.html_fragments import Html
from fundeval.report.pages.notebook_page import render
from tests.messages import pattern, says

GOOD = "name: demo\ndataset: sample:city\nyear: 2024\n"


def units(*rows: tuple[str, str, str | None, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["unit_id", "kind", "valid_from", "valid_to"])
    return frame.assign(
        valid_from=pd.to_datetime(frame["valid_from"]), valid_to=pd.to_datetime(frame["valid_to"])
    )


def run_file(**values: object) -> RunFile:
    return RunFile.model_validate({"name": "demo", "dataset": "d", "year": 2024, **values})


CITY = units(
    ("H2", "hospital", None, None),
    ("H1", "hospital", "2020-01-01", None),
    ("D1", "department", None, None),
    ("350900", "region", None, None),
    ("OLD", "hospital", None, "2023-12-31"),
    ("NEW", "hospital", "2025-01-01", None),
    ("LAST", "hospital", None, "2024-03-31"),
)


def test_a_run_file_needs_only_name_data_and_year(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(GOOD)
    run = read_run_file(path)
    assert (run.policy, run.units, run.lang) == ("national", ("region", "hospital"), "zh")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (GOOD + "unit: [region]\n", "unit"),
        (GOOD + "units: [ward]\n", "units[0]"),
        (GOOD + "lang: fr\n", "lang"),
        (GOOD + "notebooks: {ward: monitor.ipynb}\n", "notebooks.ward"),
        (GOOD + "notebooks: {region: ../region.ipynb}\n", "notebooks.region"),
        (GOOD + "year: 2023\n", "year"),
        (GOOD.replace("2024", "next year"), "year"),
        (GOOD.replace("demo", "../demo"), "name"),
        (GOOD.replace("demo", "a/b"), "name"),
        (GOOD.replace("dataset: sample:city", ""), "dataset"),
    ],
)
def test_a_bad_run_file_is_refused_by_file_and_key(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(text)
    with pytest.raises(BadInputError) as refusal:
        read_run_file(path)
    assert [(p.file, p.column) for p in refusal.value.problems] == [("run.yaml", place)]


def test_the_overview_comes_first_then_kinds_in_order_then_ids() -> None:
    jobs = plan_jobs(CITY, run_file(units=["hospital", "region"]))
    assert [job.unit_id for job in jobs] == ["", "H1", "H2", "LAST", "350900"]
    assert jobs[0] == Job("", "overview", "overview.ipynb", "overview")
    assert jobs[-1] == Job("350900", "region", "region.ipynb", "350900")


def test_a_department_gets_the_hospital_notebook() -> None:
    (_, job) = plan_jobs(CITY, run_file(units=["department"]))
    assert job == Job("D1", "department", "hospital.ipynb", "D1")


def test_a_run_may_name_another_notebook_for_a_kind() -> None:
    run = run_file(notebooks={"region": "monitor.ipynb"})
    named = {job.kind: job.notebook for job in plan_jobs(CITY, run)}
    assert (named["region"], named["hospital"]) == ("monitor.ipynb", "hospital.ipynb")


@pytest.mark.parametrize("report", ["monitor", "monthly", "quarterly"])
def test_a_report_within_the_year_is_made_of_every_kind_and_of_the_overview(report: str) -> None:
    run = run_file(report=report, notebooks={"region": "region.ipynb"})
    named = {job.kind: job.notebook for job in plan_jobs(CITY, run)}
    assert named == {
        "overview": f"{report}.ipynb", "region": "region.ipynb", "hospital": f"{report}.ipynb",
    }  # fmt: skip


def test_a_notebook_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadInputError) as refusal:
        plan_jobs(CITY, run_file(notebooks={"region": "nowhere.ipynb"}))
    (problem,) = refusal.value.problems
    assert (problem.column, problem.value) == ("notebooks.region", "nowhere.ipynb")


def test_only_and_limit_choose_among_the_units() -> None:
    jobs = plan_jobs(CITY, run_file())
    assert [job.unit_id for job in Selection(limit=2).select(jobs)] == ["", "350900", "H1"]
    assert [job.unit_id for job in Selection(("H2",)).select(jobs)] == ["", "H2"]


def test_the_overview_is_chosen_by_its_name() -> None:
    run = run_file()
    jobs = plan_jobs(CITY, run)
    chosen = Selection(("overview",))
    check_selection(chosen, jobs, run)
    assert [job.unit_id for job in chosen.select(jobs)] == [""]


def test_the_page_of_a_unit_is_found_and_so_is_the_overview(tmp_path: Path) -> None:
    assert report_page(tmp_path, "H1") == tmp_path / "reports" / "H1.html"
    assert report_page(tmp_path, "overview") == tmp_path / "reports" / "overview.html"
    own = tmp_path / "reports" / f"{file_stem('overview')}.html"
    own.parent.mkdir()
    own.touch()
    assert report_page(tmp_path, "overview") == own


def test_an_id_without_a_report_is_refused() -> None:
    run = run_file()
    with pytest.raises(BadInputError) as refusal:
        check_selection(Selection(("H2", "D1", "H9")), plan_jobs(CITY, run), run)
    assert [problem.value for problem in refusal.value.problems] == ["D1", "H9"]


@pytest.mark.parametrize("kinds", [["alliance"], []])
def test_a_run_without_units_is_refused(kinds: list[str]) -> None:
    with pytest.raises(BadInputError, match=pattern("run.no_units")):
        plan_jobs(CITY, run_file(units=kinds))


def test_usual_ids_keep_their_name_as_file() -> None:
    assert [file_stem(unit) for unit in ("350900", "H35090000001", "H1-D_02")] == [
        "350900",
        "H35090000001",
        "H1-D_02",
    ]


@pytest.mark.parametrize("unit", ["..", "/etc/passwd", "a\\b", "NUL", "COM1", "", "x.", "科室 1"])
def test_other_ids_get_a_safe_name_with_a_hash(unit: str) -> None:
    stem = file_stem(unit)
    assert Path(stem).name == stem
    assert stem.rpartition("-")[2].isalnum()
    assert stem.isascii()
    assert not stem.startswith(".")


@given(st.lists(st.text(min_size=1, max_size=64), min_size=2, max_size=2, unique=True))
def test_distinct_ids_have_distinct_names_where_case_does_not_count(ids: list[str]) -> None:
    first, second = (file_stem(unit).casefold() for unit in ids)
    assert first != second


@pytest.mark.parametrize(
    ("until", "message"),
    [
        ("", "report.objections_any_time"),
        (", until: 2025-03-31", "report.objections"),
        (", until: 收到后 30 日内", "report.objections"),
    ],
)
def test_to_whom_and_until_when_one_may_object(tmp_path: Path, until: str, message: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(GOOD + f"objections: {{contact: 基金处{until}}}\n")
    objections = read_run_file(path).objections
    assert objections is not None
    given = {"until": until.removeprefix(", until: ")} if until else {}
    assert says(objections.line("zh"), message, contact="基金处", **given)


def test_another_line_on_objections_makes_the_reports_again(tmp_path: Path) -> None:
    notebook = tmp_path / "n.ipynb"
    notebook.write_text("{}")
    job = Job("H", "hospital", notebook.name, "H")
    settings = JobSettings(tmp_path, {notebook.name: notebook_text(notebook)}, "zh")
    hashes = [
        hash_inputs([job], {"H": {}}, replace(settings, objections=line)) for line in ("", "a", "a")
    ]
    assert hashes[0] != hashes[1] == hashes[2]


def test_the_line_stands_at_the_foot_of_the_first_screen() -> None:
    output = nbformat.v4.new_output(
        "execute_result",
        data={"text/html": Html("<header><h1>R</h1></header><p>rest</p>")._repr_html_()},
    )
    cell = nbformat.v4.new_code_cell("r", outputs=[output])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    page = render(notebook, "en", objections="To <us>")
    foot = page.index("To &lt;us&gt;")
    assert page.index("<h1>R") < foot < page.index("</header>") < page.index("rest")
    assert "objections" not in render(notebook, "en")[page.index("<h1>") :]
