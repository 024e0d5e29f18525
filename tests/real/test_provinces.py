"""Twenty years of provincial expenditure: blank years stay blank, provinces make the nation."""

import pandas as pd
import pytest

from fundeval import policy
from fundeval.evaluation import evaluate
from fundeval.money import FEN
from fundeval.tables import load

EXPENDITURE = "城镇基本医疗保险基金支出_万元"
DATASET = """\
title: {zh: 分省城镇基本医疗保险基金支出, en: Provincial expenditure of medical insurance}
source: 国家统计局分省年度数据
money_unit: 万元
period: {first_year: 2002, last_year: 2021}
synthetic: false
licence: public statistics
"""


@pytest.fixture(scope="session")
def dataset(provinces_source, tmp_path_factory):
    """Every province as a region; its expenditure as that of its fund, and as executed."""
    folder = tmp_path_factory.mktemp("provinces")
    file = provinces_source / "province_year_fund_expenditure_wanyuan.csv"
    given = pd.read_csv(file, dtype=str, keep_default_na=False)
    provinces = given["province"].drop_duplicates()
    pd.DataFrame({"unit_id": provinces, "name": provinces, "kind": "region"}).to_csv(
        folder / "units.csv", index=False
    )
    rows = pd.DataFrame({"unit_id": given["province"], "year": given["year"], "scheme": "all"})
    rows.assign(expenditure=given[EXPENDITURE]).to_csv(folder / "funds.csv", index=False)
    rows.assign(executed=given[EXPENDITURE]).to_csv(folder / "budgets.csv", index=False)
    (folder / "dataset.yaml").write_text(DATASET, encoding="utf-8")
    return load(folder)


@pytest.fixture(scope="session")
def growth(dataset):
    """Growth of expenditure by year (rows) and province (columns), with its reasons."""
    indicators = evaluate(dataset, policy.load("retrospective"), 2021).indicators
    return indicators[indicators["indicator"] == "expenditure_growth"]


@pytest.mark.parametrize(("year", "total"), [(2016, "10767.09"), (2021, "24048.19")])
def test_provinces_add_up_to_the_nation(dataset, year, total):
    of_year = dataset.funds[dataset.funds["year"] == year]
    assert len(of_year) == 31
    assert f"{of_year['expenditure'].sum() / FEN / 1e8:.2f}" == total


def test_blank_years_are_missing_and_not_zero(dataset):
    by_year = dataset.funds.groupby("year")["expenditure"]
    missing = by_year.apply(lambda column: column.isna().sum())
    assert missing[missing > 0].to_dict() == {2002: 1, 2007: 31, 2008: 31, 2009: 31, 2010: 31}
    assert dataset.funds["expenditure"].min() > 0


def test_blank_years_give_no_growth(growth):
    beside_a_gap = growth[growth["year"].between(2007, 2011)]
    assert len(beside_a_gap) == 31 * 5
    assert beside_a_gap["value"].isna().all()
    assert (beside_a_gap["status"] == "not_judged").all()
    assert (beside_a_gap["reason"] != "").all()


def test_whole_years_give_growth(growth):
    after = growth[growth["year"].between(2012, 2021)]
    assert len(after) == 31 * 10
    assert after["value"].notna().all()
