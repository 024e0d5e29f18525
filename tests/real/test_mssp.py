"""About 480 real organisations a year: the chain agrees with what their payer published."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from fundeval import policy
from fundeval.evaluation import evaluate
from tests.real.published import YEARS, read_year

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).parents[2]
REPORTS = 40
PRINTED = 0.00005  # savings rates are printed in percent with two decimals
BELOW_BOTH_YEARS = {
    "A1225", "A1252", "A1401", "A1557", "A2107", "A2551", "A2643", "A2671", "A2772", "A2918",
    "A3457", "A4709",
}  # fmt: skip


@pytest.fixture(scope="session")
def published(mssp_source):
    """Savings rates as fractions, by organisation and year, read from the payer's files."""
    years = pd.concat([read_year(mssp_source, year) for year in YEARS])
    return (years.set_index(["unit_id", "year"])["Sav_Rate"] / 100).sort_index()


@pytest.fixture(scope="session")
def evaluation(dataset):
    return evaluate(dataset, policy.load("retrospective"), 2022)


def test_every_organisation_is_there(dataset):
    by_year = dataset.budgets.groupby("year")["unit_id"].agg(set)
    assert (len(by_year[2021]), len(by_year[2022])) == (475, 482)
    assert len(by_year[2021] & by_year[2022]) == 416
    assert dataset.info.currency == "USD"


def test_budgets_agree_with_the_published_savings_rates(dataset, published):
    budgets = dataset.budgets.set_index(["unit_id", "year"]).sort_index()
    savings = 1 - budgets["executed"] / budgets["adjusted"]
    assert len(published) == 957
    assert (savings - published).abs().max() <= PRINTED


def test_twelve_are_below_90_in_both_years(dataset):
    rates = dataset.budgets["executed"] / dataset.budgets["adjusted"]
    below = dataset.budgets[rates < 0.9].groupby("unit_id").size()
    assert set(below.index[below == 2]) == BELOW_BOTH_YEARS


def test_execution_rates_are_one_less_the_savings_rate(evaluation, published):
    indicators = evaluation.indicators
    rates = indicators[(indicators["indicator"] == "execution_rate") & indicators["value"].notna()]
    rates = rates.set_index(["unit_id", "year"])["value"].sort_index()
    assert rates.index.equals(published.index)
    assert (rates - (1 - published)).abs().max() <= PRINTED


def test_exactly_those_twelve_are_restricted(evaluation):
    states = evaluation.restrictions.query("year == 2022").set_index("unit_id")["state"]
    assert set(states.index[states == "restricted"]) == BELOW_BOTH_YEARS


def test_cost_per_admission_grows_as_the_files_say(evaluation, mssp_source):
    before, now = (read_year(mssp_source, year).set_index("unit_id") for year in YEARS)
    expected = (now["CapAnn_INP_All"] / now["ADM"]) / (before["CapAnn_INP_All"] / before["ADM"]) - 1
    indicators = evaluation.indicators.query(
        "year == 2022 and indicator == 'inpatient_cost_growth'"
    )
    growth = indicators.set_index("unit_id")["value"].dropna()
    assert len(growth) == 416
    # Admissions are counts: rounding them moves the ratio by less than one in a thousand.
    assert (growth - expected[growth.index]).abs().max() < 0.001


def test_forty_organisations_get_a_report_each(folder, tmp_path):
    run_file = tmp_path / "mssp.yaml"
    lines = Path(__file__).with_name("mssp.yaml").read_text(encoding="utf-8").splitlines()
    lines = [f"dataset: {folder}" if line.startswith("dataset:") else line for line in lines]
    run_file.write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, "-c", "from fundeval.cli import app; app()", "run", str(run_file)]
    limits = ["--limit", str(REPORTS), "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [*command, *limits], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    reports = {file.stem: file for file in (tmp_path / "out" / "reports").glob("A*.html")}
    assert len(reports) == REPORTS
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    for unit, file in reports.items():
        assert unit in index
        assert unit in file.read_text(encoding="utf-8")
