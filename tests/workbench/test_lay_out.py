"""A workspace laid out for a data set: its run file and overlay hold what the data have."""

import csv
import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from fundeval import policy
from fundeval.batch.plan import read_run_file
from fundeval.cli import app
from fundeval.tables import load
from tests.report.small_city import UNITS

CITY = Path(__file__).parents[2] / "fundeval" / "samples" / "city"


def laid_out(tmp_path: Path, data: str, *options: str) -> Path:
    folder = tmp_path / "work"
    made = CliRunner().invoke(app, ["init", str(folder), "--data", data, *options])
    assert made.exit_code == 0, made.output
    return folder


def small_copy(folder: Path) -> Path:
    """Write the city as files with a few of its units."""
    shutil.copytree(CITY, folder)
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        kept = [row for row in rows if row[header.index("unit_id")] in UNITS]
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *kept])
    return folder


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_folder_of_tables(tmp_path: Path, lang: str) -> None:
    source = small_copy(tmp_path / "某市 2024")
    folder = laid_out(tmp_path, str(source), "--lang", lang)
    run = read_run_file(folder / "params" / "某市_2024.yaml")
    assert (run.year, run.units, run.lang) == (2024, ("region", "hospital"), lang)
    assert run.policy == "local"
    assert load(folder / run.dataset).info == load(source).info
    overlay = folder / "params" / "policy" / "local.yaml"
    assert policy.load(str(overlay)).parameters == policy.load("national").parameters


def test_what_is_proposed_can_be_used(tmp_path: Path) -> None:
    """Without a # before them the lines are an overlay that drops and sets what they name."""
    folder = laid_out(tmp_path, "sample:public")
    run = read_run_file(folder / "params" / "sample_public.yaml")
    assert run.dataset == "sample:public"
    overlay = folder / "params" / "policy" / "local.yaml"
    lines = overlay.read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("# drop:"))
    stated = [line.removeprefix("# ").removeprefix("#") for line in lines[start:]]
    stated = [line for line in stated if line.startswith((" ", "drop", "parameters"))]
    found = YAML(typ="safe", pure=True).load("\n".join(stated))
    known = policy.load("national")
    assert {f"indicators.{name}" for name in known.indicators} > set(found["drop"])
    assert set(found["parameters"]) <= set(known.parameters)
    assert found["parameters"]["minimum_volume"]["values"][0]["value"] == 100


def test_data_that_cannot_be_used_lay_out_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    folder = tmp_path / "work"
    refused = CliRunner().invoke(app, ["init", str(folder), "--data", str(tmp_path / "bad.csv")])
    assert refused.exit_code == 2
    assert not folder.exists()
