"""What must never matter: the order of rows, the unit of money, an unrelated unit."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import numpy as np
import pandas as pd
from build import budget, frame, unit
from hypothesis import given, settings
from hypothesis import strategies as st

from fundeval.evaluation import evaluate
from fundeval.policy import load
from fundeval.results.frames import FRAMES
from fundeval.tables import load as load_tables
from fundeval.tables.schemas import TABLES, columns_of_role

POLICY = load("national")
CITY = load_tables("sample:city")
RESULT = evaluate(CITY, POLICY, 2024)


def frames_of(dataset):
    return {name: getattr(dataset, name) for name in TABLES}


def with_frames(dataset, change):
    return replace(dataset, **{n: change(f) for n, f in frames_of(dataset).items()})


def assert_same(left, right, names=None):
    for name, expected in left.frames().items():
        if names is None or name in names:
            pd.testing.assert_frame_equal(right.frames()[name], expected, check_exact=True)


@settings(max_examples=3)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing(seed):
    shuffled = with_frames(CITY, lambda table: table.sample(frac=1, random_state=seed))
    assert_same(RESULT, evaluate(shuffled, POLICY, 2024))


def test_a_larger_unit_of_money_changes_no_score():
    money = {name: columns_of_role(name, "money") for name in TABLES}
    scaled = {
        name: table.assign(**{column: table[column] * 1024 for column in money[name]})
        for name, table in frames_of(CITY).items()
    }
    grades = evaluate(replace(CITY, **scaled), POLICY, 2024).grades
    pd.testing.assert_frame_equal(grades, RESULT.grades, check_exact=True)


def as_text(found):
    """Ids held as categories know that there is another unit."""
    return found.astype(dict.fromkeys(found.select_dtypes("category"), "str"))


def test_an_unrelated_unit_changes_nothing_for_the_others():
    more = {
        "units": pd.concat([CITY.units, frame("units", [unit("X", "alliance")])]),
        "budgets": pd.concat([CITY.budgets, frame("budgets", [budget("X", 2024, 1.0)])]),
    }
    result = evaluate(replace(CITY, **more), POLICY, 2024)
    for name, expected in RESULT.frames().items():
        actual = result.frames()[name]
        if "unit_id" in actual:
            actual = actual[actual["unit_id"] != "X"].reset_index(drop=True)
            pd.testing.assert_frame_equal(as_text(actual), as_text(expected), check_exact=True)


def test_splitting_rows_in_halves_changes_no_value():
    hospitals = CITY.units.loc[CITY.units["kind"] != "region", "unit_id"]
    rows = CITY.services[CITY.services["unit_id"].isin(hospitals)]
    amounts = ["visits", "cost", "fund_paid", "bed_days", "drug_cost", "consumable_cost"]
    amounts.append("exam_cost")
    half = rows.assign(**{column: rows[column] / 2 for column in amounts})
    split = pd.concat([half, half.assign(care_level="other")])
    result = evaluate(replace(CITY, services=split), POLICY, 2024)
    own = RESULT.indicators[RESULT.indicators["unit_id"].isin(hospitals)]
    new = result.indicators[result.indicators["unit_id"].isin(hospitals)]
    pd.testing.assert_series_equal(
        new["value"].reset_index(drop=True), own["value"].reset_index(drop=True), rtol=1e-12
    )


def test_spending_more_of_a_budget_never_lowers_the_points_for_it():
    budgets = CITY.budgets.assign(executed=CITY.budgets["executed"] * 1.01)
    more = evaluate(replace(CITY, budgets=budgets), POLICY, 2024).scores
    before, after = (
        frame[frame["indicator"] == "execution_rate"].set_index("unit_id")["points"]
        for frame in (RESULT.scores, more)
    )
    judged = before.dropna().index
    assert (after[judged] >= before[judged]).all()
    assert (after[judged] > before[judged]).any()


def test_every_frame_has_its_documented_columns_and_no_value_goes_without_reason():
    for name, columns in FRAMES.items():
        assert tuple(RESULT.frames()[name].columns) == columns
    silent = RESULT.indicators["value"].isna() & (RESULT.indicators["reason"] == "")
    assert not silent.any()
    assert not (RESULT.scores["points"].isna() & (RESULT.scores["reason"] == "")).any()
    assert [f.name for f in dataclasses.fields(RESULT)][:-2] == list(FRAMES)


def test_points_lie_between_zero_and_their_maximum_and_domains_make_up_the_score():
    for rows in (RESULT.scores.dropna(subset="points"), RESULT.domains):
        assert rows["points"].between(0, rows["max"] + 1e-9).all()
    sums = RESULT.domains.groupby("unit_id")[["points", "max"]].sum()
    grades = RESULT.grades.set_index("unit_id")["score"].dropna()
    assert np.allclose(sums["points"].reindex(grades.index), grades, rtol=0, atol=1e-9)
    assert np.allclose(sums["max"], 100, rtol=0, atol=1e-9)


def test_where_everything_is_judged_the_score_is_the_sum_of_the_points():
    """Out of 100: a level without a target of its own is scored by the other indicators."""
    scores = RESULT.scores
    whole = scores.groupby("unit_id")["points"].agg(["count", "size", "sum"])
    whole["sum"] *= 100 / scores.groupby("unit_id")["max"].sum()
    whole = whole[whole["count"] == whole["size"]]
    grades = RESULT.grades.set_index("unit_id")["score"].reindex(whole.index)
    assert len(whole) > 100
    assert np.allclose(whole["sum"], grades, rtol=0, atol=1e-9)
