"""`fundeval list`: the units of a run by what operators look for."""

import csv
import io

import pytest
from typer.testing import CliRunner

from fundeval.batch import ledger as ledgers
from fundeval.batch.jobs import Job, Outcome
from fundeval.cli import app
from fundeval.results import parquet as store
from tests.messages import says, word


@pytest.fixture
def run(evaluation, tmp_path):
    """A run in which one report was made and one failed."""
    folder = tmp_path / "run"
    folder.mkdir()
    store.write(evaluation, folder / "evaluation")
    with ledgers.lock_folder(folder) as ledger:
        for unit, error in (("H1", ""), ("H2", "ValueError: bad")):
            ledger.record_outcome(Outcome(Job(unit, "hospital", "hospital.ipynb", unit), error), {})
    return folder


def listed(run, *options):
    """Return the rows that the command writes as CSV, by unit id, and their headings."""
    ended = CliRunner().invoke(app, ["list", str(run), "--csv", "-", "--lang", "en", *options])
    assert ended.exit_code == 0, ended.output
    headings, *rows = csv.reader(io.StringIO(ended.stdout))
    return headings, {row[0]: row for row in rows}


def test_every_unit_with_raw_figures_codes_and_words(run, evaluation):
    headings, rows = listed(run)
    assert {"010000", "H1", "H2", "H1-1"} <= set(rows)
    first = dict(zip(headings, rows["H1"], strict=True))
    assert first[word("list.grade", "en")] == "good"
    assert first[word("list.grade_name", "en")] == word("grade.good", "en")
    assert float(first[word("list.execution_rate", "en")]) == 0.89996
    budget = evaluation.budget.query("unit_id == 'H1' and step == 'next_budget'")["amount"]
    assert float(first[word("list.next_budget", "en")]) == budget.iloc[0]
    assert first[word("list.address", "en")] == "reports/H1.html"
    second = dict(zip(headings, rows["H2"], strict=True))
    assert second[word("list.error", "en")] == "ValueError: bad"
    assert second[word("list.address", "en")] == ""
    missing = dict(zip(headings, rows["R1"], strict=True))
    assert missing[word("list.next_budget", "en")] == ""


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--failed"], {"H2"}),
        (["--restricted"], {"H1-1"}),
        (["--kind", "department"], {"H1-1", "H1-2", "H2-1"}),
        (["--kind", "科室", "--restricted"], {"H1-1"}),
        (["--kind", "Region", "--kind", "alliance"], {"010000", "R1", "R2", "A1"}),
        (["--failed", "--restricted"], set()),
    ],
)
def test_conditions_narrow_together(run, options, found):
    assert set(listed(run, *options)[1]) == found


def test_a_grade_is_named_by_code_or_in_either_language(run):
    by = [set(listed(run, "--grade", name)[1]) for name in ("good", "良", "GOOD")]
    assert by[0] == by[1] == by[2]
    assert "H1" in by[0]


def test_a_name_near_a_wrong_one_is_suggested(run):
    ended = CliRunner().invoke(app, ["list", str(run), "--grade", "goood", "--lang", "en"])
    assert ended.exit_code == 2
    assert says(ended.stderr, "list.unknown.remedy", "en", known="good")
    ended = CliRunner().invoke(app, ["list", str(run), "--warning", "purple"])
    assert ended.exit_code == 2


@pytest.mark.parametrize("kept", [(), ("evaluation",)])
def test_a_folder_that_is_no_run_is_refused_and_left_alone(run, tmp_path, kept):
    folder = tmp_path / "other"
    folder.mkdir()
    for name in kept:
        (run / name).rename(folder / name)
    before = sorted(folder.rglob("*"))
    ended = CliRunner().invoke(app, ["list", str(folder)])
    assert ended.exit_code == 2
    assert says(ended.stderr, "list.no_run")
    assert sorted(folder.rglob("*")) == before


def test_a_file_for_a_spreadsheet_has_its_mark(run, tmp_path):
    file = tmp_path / "units.csv"
    ended = CliRunner().invoke(app, ["list", str(run), "--csv", str(file)])
    assert ended.exit_code == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert b"\r\r\n" not in file.read_bytes()
    assert "内科" in file.read_text(encoding="utf-8-sig")
    ended = CliRunner().invoke(app, ["list", str(run), "--csv", str(tmp_path / "no" / "file")])
    assert ended.exit_code == 2
    assert says(ended.stderr, "list.not_written")


def test_a_table_for_people(run):
    ended = CliRunner().invoke(app, ["list", str(run), "--failed"])
    heading, row = (line.split("\t") for line in ended.stdout.splitlines())
    assert heading[0] == word("list.unit_id")
    assert (row[0], row[-1]) == ("H2", "ValueError: bad")
    assert says(ended.stderr, "cli.listed", count=1)
