"""What must never matter: the order of rows, the unit of money, an unrelated unit."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from build import budget, decide, frame, unit

from fundeval.evaluation import evaluate
from fundeval.policy import load
from fundeval.results.frames import FRAMES, MODELS
from fundeval.tables.schemas import TABLES, columns_of_role

POLICY = load("national")


def frames_of(dataset):
    return {name: getattr(dataset, name) for name in TABLES}


def with_frames(dataset, change):
    return replace(dataset, **{n: change(f) for n, f in frames_of(dataset).items()})


def assert_same(left, right, names=None):
    for name, expected in left.frames().items():
        if names is None or name in names:
            pd.testing.assert_frame_equal(right.frames()[name], expected, check_exact=True)


# One order in the fast tier, others in the campaign.
@pytest.mark.parametrize(
    "seed", [14, *(pytest.param(n, marks=pytest.mark.campaign) for n in range(9))]
)
def test_the_order_of_rows_changes_nothing(city, evaluated_city, seed):
    shuffled = with_frames(city, lambda table: table.sample(frac=1, random_state=seed))
    assert_same(evaluated_city, evaluate(shuffled, POLICY, 2024))


def test_a_larger_unit_of_money_changes_no_score(city, evaluated_city):
    money = {name: columns_of_role(name, "money") for name in TABLES}
    scaled = {
        name: table.assign(**{column: table[column] * 1024 for column in money[name]})
        for name, table in frames_of(city).items()
    }
    grades = decide(replace(city, **scaled), POLICY, 2024).grades
    pd.testing.assert_frame_equal(grades, evaluated_city.grades, check_exact=True)


def as_text(found):
    """Ids held as categories know that there is another unit."""
    return found.astype(dict.fromkeys(found.select_dtypes("category"), "str"))


@pytest.mark.slow
def test_an_unrelated_unit_changes_nothing_for_the_others(city, evaluated_city):
    more = {
        "units": pd.concat([city.units, frame("units", [unit("X", "alliance")])]),
        "budgets": pd.concat([city.budgets, frame("budgets", [budget("X", 2024, 1.0)])]),
    }
    result = evaluate(replace(city, **more), POLICY, 2024)
    for name, expected in evaluated_city.frames().items():
        actual = result.frames()[name]
        if "unit_id" in actual:
            actual = actual[actual["unit_id"] != "X"].reset_index(drop=True)
            pd.testing.assert_frame_equal(as_text(actual), as_text(expected), check_exact=True)


def test_splitting_rows_in_halves_changes_no_value(city, evaluated_city):
    hospitals = city.units.loc[city.units["kind"] != "region", "unit_id"]
    rows = city.services[city.services["unit_id"].isin(hospitals)]
    amounts = ["visits", "cost", "fund_paid", "bed_days", "drug_cost", "consumable_cost"]
    amounts.append("exam_cost")
    half = rows.assign(**{column: rows[column] / 2 for column in amounts})
    split = pd.concat([half, half.assign(care_level="other")])
    result = evaluate(replace(city, services=split), POLICY, 2024)
    own = evaluated_city.indicators[evaluated_city.indicators["unit_id"].isin(hospitals)]
    new = result.indicators[result.indicators["unit_id"].isin(hospitals)]
    pd.testing.assert_series_equal(
        new["value"].reset_index(drop=True), own["value"].reset_index(drop=True), rtol=1e-12
    )


def test_spending_more_of_a_budget_never_lowers_the_points_for_it(city, evaluated_city):
    budgets = city.budgets.assign(executed=city.budgets["executed"] * 1.01)
    more = decide(replace(city, budgets=budgets), POLICY, 2024).scores
    before, after = (
        frame[frame["indicator"] == "execution_rate"].set_index("unit_id")["points"]
        for frame in (evaluated_city.scores, more)
    )
    judged = before.dropna().index
    assert (after[judged] >= before[judged]).all()
    assert (after[judged] > before[judged]).any()


def test_every_frame_has_its_documented_columns_and_no_value_goes_without_reason(evaluated_city):
    for name, columns in FRAMES.items():
        assert tuple(evaluated_city.frames()[name].columns) == columns
    for rows, column in ((evaluated_city.indicators, "value"), (evaluated_city.scores, "points")):
        assert not (rows[column].isna() & (rows["reason"] == "")).any()
    assert [f.name for f in dataclasses.fields(evaluated_city)][:-2] == list(FRAMES)


# Budgets stand in the order of their steps and of the hierarchy, projects in that of their pool.
OTHER_ORDER = {
    "budget", "allocations", "project_reviews", "project_parts", "warnings", "findings",
}  # fmt: skip


def test_rows_stand_in_the_order_of_what_identifies_them(evaluated_city):
    for name in MODELS.keys() - OTHER_ORDER:
        keys = evaluated_city.frames()[name][list(MODELS[name].to_schema().unique)]
        in_order = keys.sort_values([*keys], ignore_index=True)
        pd.testing.assert_frame_equal(keys, in_order, obj=name)


def test_points_lie_between_zero_and_their_maximum_and_domains_make_up_the_score(evaluated_city):
    for rows in (evaluated_city.scores.dropna(subset="points"), evaluated_city.domains):
        assert rows["points"].between(0, rows["max"] + 1e-9).all()
    sums = evaluated_city.domains.groupby("unit_id")[["points", "max"]].sum()
    grades = evaluated_city.grades.set_index("unit_id")["score"].dropna()
    assert np.allclose(sums["points"].reindex(grades.index), grades, rtol=0, atol=1e-9)
    assert np.allclose(sums["max"], 100, rtol=0, atol=1e-9)


def test_where_everything_is_judged_the_score_is_the_sum_of_the_points(evaluated_city):
    """Out of 100: a level without a target of its own is scored by the other indicators."""
    scores = evaluated_city.scores
    whole = scores.groupby("unit_id")["points"].agg(["count", "size", "sum"])
    whole["sum"] *= 100 / scores.groupby("unit_id")["max"].sum()
    whole = whole[whole["count"] == whole["size"]]
    grades = evaluated_city.grades.set_index("unit_id")["score"].reindex(whole.index)
    assert len(whole) > 100
    assert np.allclose(whole["sum"], grades, rtol=0, atol=1e-9)
