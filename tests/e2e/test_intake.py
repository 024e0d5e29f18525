"""The intake from the command line: template, check, convert, merge."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fundeval.cli import app
from tests.e2e.places import Place
from tests.messages import says

MAPPING = """\
dataset: {title: 甲, source: 乙, money_unit: 万元, synthetic: true, licence: Apache-2.0,
  period: {first_year: 2022, last_year: 2024}}
sources: {form: {file: budgets.csv}}
tables:
  - {table: units, rows: [{unit_id: H1, name: 某院, kind: hospital}]}
  - table: budgets
    set: {scheme: 居民}
    columns: {unit_id: unit_id, year: year, initial: initial}
    drop: [{column: unit_id, matching: ["990100", "*H2", "*D1"]}]
"""


@pytest.fixture
def folder(place: Place, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(place.folder)
    return place.folder


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--lang", "en"])


def test_a_template_can_be_checked(folder: Path) -> None:
    assert call("template", "out.xlsx", "--tables", "基金收支").exit_code == 0
    checked = call("check", "out.xlsx")
    assert checked.exit_code == 2
    assert "5 errors; the data set cannot be used" in checked.stderr
    assert "3 warnings; the data set can be used, but please review" in checked.stderr
    again = call("template", "out.xlsx")
    assert (again.exit_code, "was not overwritten" in again.stderr) == (2, True)
    assert sorted(path.name for path in folder.iterdir()) == ["data", "out.xlsx", "run.yaml"]


def test_a_template_is_a_workbook(folder: Path) -> None:
    refused = call("template", "out.csv")
    assert (refused.exit_code, "This kind of file cannot be written" in refused.stderr) == (2, True)
    assert not (folder / "out.csv").exists()


@pytest.mark.parametrize("suffix", ["html", "xlsx"])
def test_check_writes_a_report_of_errors_and_warnings(folder: Path, suffix: str) -> None:
    budgets = folder / "data/budgets.csv"
    good = budgets.read_text(encoding="utf-8")
    budgets.write_text(good.replace("4750.00", "4750.00万", 1), encoding="utf-8")
    checked = call("check", "data", "--report", f"report.{suffix}")
    assert (checked.exit_code, "1 warning;" in checked.stderr) == (0, True)
    assert "The data set can be used." in checked.stdout
    budgets.write_text(good.replace("4750.00", "about", 1), encoding="utf-8")
    before = (folder / f"report.{suffix}").read_bytes()
    checked = call("check", "data", "--report", f"report.{suffix}")
    assert (checked.exit_code, "1 error;" in checked.stderr) == (2, True)
    assert (folder / f"report.{suffix}").read_bytes() != before


def test_check_writes_no_other_kind_of_report(folder: Path) -> None:
    refused = call("check", "data", "--report", "report.pdf")
    assert (refused.exit_code, "written as .html or .xlsx" in refused.stderr) == (2, True)
    assert not (folder / "report.pdf").exists()


@pytest.mark.parametrize("out", ["made", "made.xlsx"])
def test_convert_makes_a_data_set(folder: Path, out: str) -> None:
    (folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    converted = call("convert", "data", out, "--mapping", "mapping.yaml")
    assert converted.exit_code == 0
    assert says(converted.stderr, "convert.files_left", lang="en", names="dataset.yaml, units.csv")
    assert "table budgets, 3 rows" in converted.stdout
    assert call("check", out).exit_code == 0


def test_convert_writes_nothing_when_it_does_not_fit(folder: Path) -> None:
    (folder / "mapping.yaml").write_text(MAPPING.replace("unit_id, year:", "id, year:"))
    before = sorted(folder.rglob("*"))
    refused = call("convert", "data", "made", "--mapping", "mapping.yaml")
    assert (refused.exit_code, "There is no header “id”" in refused.stderr) == (2, True)
    assert sorted(folder.rglob("*")) == before


def test_merge_makes_one_of_many_with_a_ledger(folder: Path) -> None:
    for name in ("a", "b"):
        shutil.copytree(folder / "data", folder / "in" / name)
    merged = call("merge", "in", "all.xlsx")
    assert (merged.exit_code, merged.stderr) == (0, "")
    assert "16 rows taken, 16 duplicate, 0 blanks filled, 0 conflicts, 0 missing" in merged.stdout
    assert call("check", "all.xlsx").exit_code == 0


def test_merge_leaves_the_ledger_when_files_disagree(folder: Path) -> None:
    for name in ("a", "b"):
        shutil.copytree(folder / "data", folder / "in" / name)
    budgets = folder / "in/b/budgets.csv"
    budgets.write_text(budgets.read_text(encoding="utf-8").replace("4750.00", "4751", 1))
    refused = call("merge", "in", "all")
    assert (refused.exit_code, "1 error;" in refused.stderr) == (2, True)
    assert "differs from “4,751 万元” of “executed” in b/budgets.csv, row 5" in refused.stderr
    assert (folder / "all-ledger.csv").exists()
    assert not (folder / "all").exists()
