"""The published figures: what they are, where they come from, and what follows from them."""

import re
from pathlib import Path

import pandas as pd
import pytest

import fundeval.samples
from fundeval import policy
from fundeval.evaluation import evaluate
from fundeval.money import FEN
from fundeval.tables import Dataset, load

SHIPPED = Path(fundeval.samples.__file__).with_name("public")


@pytest.fixture(scope="module")
def public() -> Dataset:
    return load("sample:public")


@pytest.fixture(scope="module")
def in_2015(public):
    return evaluate(public, policy.load("retrospective"), 2015)


def indicator(evaluation, unit, year, name):
    frame = evaluation.indicators
    rows = frame[(frame["unit_id"] == unit) & (frame["year"] == year)]
    return rows[(rows["indicator"] == name) & (rows["scheme"] != "all")].squeeze()


def percent(value: float) -> str:
    return f"{value * 100:.2f}"


def test_headers_are_chinese():
    headers = (SHIPPED / "funds.csv").read_text(encoding="utf-8").splitlines()[0]
    assert headers.startswith("单位编码,年度,险种,上年滚存结余")


def test_it_is_not_invented_and_cites_its_sources(public):
    assert not public.info.synthetic
    assert public.budgets["reason"].str.startswith("来源:").all()
    assert public.measures["note"].str.contains("来源:").all()
    assert public.funds["basis"].notna().all()
    readme = (SHIPPED / "README.md").read_text(encoding="utf-8")
    assert [unit for unit in public.units["unit_id"] if unit not in readme] == []


@pytest.mark.parametrize(
    ("year", "expenditure", "income"),
    [(2013, "121.21", "122.90"), (2014, "115.10", "96.40"), (2015, "111.38", "100.53")],
)
def test_huaian_actuals_against_budgets(public, in_2015, year, expenditure, income):
    assert percent(indicator(in_2015, "320800", year, "execution_rate")["value"]) == expenditure
    measures = public.measures.set_index(["unit_id", "year", "measure"])["value"]
    assert percent(measures["320800", year, "income_execution_resident"]) == income


def test_national_income_2013(public):
    measures = public.measures.set_index(["unit_id", "year", "measure"])["value"]
    employees = measures["000000", 2013, "income_execution_employee"]
    residents = measures["000000", 2013, "income_execution_resident"]
    assert (round(employees * 100), round(residents * 100)) == (111, 104)


def test_ratios_are_those_of_the_figures_in_their_notes(public):
    printed = public.measures["note"].str.extract(r"([\d.]+)/([\d.]+) ").astype(float)
    given = printed[0].notna()
    ratio = (printed[0] / printed[1])[given]
    assert ratio.round(6).tolist() == public.measures["value"][given].tolist()
    assert given.sum() == 8


def test_visits_by_level(public):
    visits = public.services.pivot_table("visits", "care_level", "year", aggfunc="sum")
    total = visits.sum()
    growth = visits[2019] / visits[2018] - 1
    assert round(total[2019] / total[2018] * 100 - 100, 1) == 2.8
    assert round(growth["primary_total"] * 100, 1) == 0.4
    assert round(growth["tertiary"] * 100, 1) == 7.4
    share = visits.loc["primary_total"] / total
    assert [percent(share[2018]), percent(share[2019])] == ["53.41", "52.17"]


def test_the_countys_balances_roll_forward(public):
    rows = public.funds[public.funds["unit_id"] == "COUNTY-2023"].set_index("year")
    closing = rows["opening"] + rows["income"] - rows["expenditure"]
    assert closing.tolist() == rows["closing"].tolist()
    assert rows.loc[2024, "opening"] == rows.loc[2023, "closing"]
    assert rows.loc[2023, "basis"] != rows.loc[2024, "basis"]


def test_qingyang_first_half_of_2025(public):
    rows = public.funds[public.funds["unit_id"] == "621000"].set_index("year")
    growth = rows.loc[2025, ["income", "expenditure"]] / rows.loc[2024, ["income", "expenditure"]]
    assert [percent(value - 1) for value in growth] == ["22.99", "11.28"]
    settlement = public.settlements.squeeze()
    assert percent(settlement["paid"] / settlement["fee_for_service"]) == "97.56"
    balance = (settlement["paid"] - settlement["fee_for_service"]) / FEN
    assert balance / 10_000 == pytest.approx(-1256.52)
    measures = public.measures.set_index(["unit_id", "measure"])["value"]
    assert percent(measures["621000", "published_positive_balance_share"]) == "73.53"
    assert percent(measures["621000", "cost_per_admission_ratio"] - 1) == "-2.92"
    assert {part.year for part in public.info.period.part_years if "621000" in part.units} == {
        2024,
        2025,
    }


def test_what_the_sources_do_not_say_is_not_judged(public, in_2015):
    ungraded = in_2015.grades.set_index("unit_id")
    assert (ungraded["status"] == "not_judged").all()
    assert set(ungraded.index) == set(public.units["unit_id"])
    stay = indicator(in_2015, "320800", 2015, "payable_months")
    assert (stay["status"], stay["reason"]) == ("not_judged", "missing_numerator")
    assert pd.isna(stay["value"])


def test_the_run_file_names_it():
    text = Path(__file__).parents[2].joinpath("params", "public.yaml").read_text(encoding="utf-8")
    assert re.search(r"^dataset: sample:public$", text, re.MULTILINE)
