"""Float of regions, structure of the population and usable balance, worked by hand (R7-R9)."""

from __future__ import annotations

import datetime as dt

import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load
from fundeval.problems import BadInputError
from fundeval.report.text.explain_budget import explain_budget
from fundeval.workbench.suppose import suppose

POLICY = load("national")
YEAR = 2024
DATE = dt.date(YEAR, 12, 31)
STRESS = "economic_stress"


def region(flags=None, now=None, following=None, forecasts=(), of_hospital=None):
    """A base of 110 000 000 (executed 100 → 105 million) and a population of 1 000 000, then
    1 010 000; what is more of each year's context, and further rows of it."""
    rows = [budget("R", YEAR - 1 + n, amount * 1e6, 110e6) for n, amount in enumerate((100, 105))]
    context = [
        {"unit_id": "R", "year": YEAR, "population": 1_000_000, **(now or {})},
        {"unit_id": "R", "year": YEAR + 1, "population": 1_010_000, **(following or {})},
    ]
    units = [unit("R", "region", flags=flags), unit("H", "hospital", "R", flags=of_hospital)]
    data = dataset(units=units, budgets=rows, context=[*context, *forecasts])
    return decide(data, POLICY, YEAR)


def step_of(evaluation, step):
    rows = evaluation.budget.query("unit_id == 'R' and scheme == 'all'")
    return rows.set_index("step").loc[step]


def told(evaluation, *findings):
    rows = evaluation.findings
    rows = rows[rows["finding"].isin(findings)]
    return rows[["unit_id", "finding", "detail"]].to_numpy().tolist()


def printed(evaluation, unit_id="R"):
    view = evaluation.view(unit_id, "en")
    return [line for block in explain_budget(view) for line in block]


AGEING = {"now": {"aged_share": 0.2}, "following": {"aged_share": 0.22}}


def test_an_ageing_population_grows_by_its_structure():
    """One aged counts as 2.5: 1 000 000 × (1 + 1.5 × 0.2) = 1 300 000, then
    1 010 000 × (1 + 1.5 × 0.22) = 1 343 300, up 3.3307…%. Technology is missing, so the weight of
    30 % becomes 30 / 70; of 110 000 000 that is 1 570 219.78."""
    found = region(**AGEING)
    assert step_of(found, "population")["amount"] == 1_570_219.78
    assert step_of(found, "population")["rate"] == pytest.approx(43.3 / 1300 * 3 / 7, abs=1e-12)
    lines = printed(found)
    assert any("1,000,000 × (1 + (2.5 - 1) × 0.2) = 1,300,000" in line for line in lines)
    assert any("1,010,000 × (1 + (2.5 - 1) × 0.22) = 1,343,300" in line for line in lines)
    assert any("1,343,300 ÷ 1,300,000 - 1" in line for line in lines)


@pytest.mark.parametrize("known", ["now", "following"])
def test_without_the_share_of_a_year_heads_alone_count_and_it_is_told(known):
    """1 % × 30 / 70 of 110 000 000 is 471 428.57."""
    found = region(**{known: AGEING[known]})
    assert step_of(found, "population")["amount"] == 471_428.57
    assert told(found, "structure_unknown") == [["R", "structure_unknown", ""]]
    assert not told(region(**AGEING), "structure_unknown")


def test_the_weight_is_the_policys():
    """An aged person counts as any other: the growth of the head count."""
    alike = suppose(POLICY, {"aged_cost_weight": 1.0}, DATE)
    context = [
        {"unit_id": "R", "year": YEAR, "population": 1_000_000, "aged_share": 0.2},
        {"unit_id": "R", "year": YEAR + 1, "population": 1_010_000, "aged_share": 0.22},
    ]
    rows = [budget("R", YEAR - 1 + n, amount * 1e6, 110e6) for n, amount in enumerate((100, 105))]
    data = dataset(units=[unit("R", "region")], budgets=rows, context=context)
    assert step_of(decide(data, alike, YEAR), "population")["amount"] == 471_428.57


@pytest.mark.parametrize(
    "heavier", [{"share": "no_such", "times": 2}, {"share": "aged_share", "times": "no_such"}]
)
def test_a_share_or_a_weight_that_is_none_is_refused(heavier):
    with pytest.raises(BadInputError):
        suppose(POLICY, {"growth_drivers": {"population": {"heavier": heavier}}}, DATE)


def test_a_region_states_its_float_up_or_down():
    """−2 points of 110 000 000; without a statement the policy's 3 points."""
    for stated, amount in ((-0.02, -2_200_000.0), (0.015, 1_650_000.0), (None, 3_300_000.0)):
        found = region(STRESS, following={"budget_float": stated})
        assert step_of(found, "regional_float")["amount"] == amount
        assert not told(found, "float_without_effect", "float_beyond_limit")
    assert any("(-0.020000000000) = -2,200,000.00" in line
               for line in printed(region(STRESS, following={"budget_float": -0.02})))  # fmt: skip


@pytest.mark.parametrize(("stated", "amount"), [(0.05, 3_300_000.0), (-0.04, -3_300_000.0)])
def test_a_float_beyond_the_limit_is_cut_and_told(stated, amount):
    found = region(STRESS, following={"budget_float": stated})
    assert step_of(found, "regional_float")["amount"] == amount
    rows = found.findings.query("finding == 'float_beyond_limit'")
    assert rows[["unit_id", "value", "expected"]].to_numpy().tolist() == [["R", stated, 0.03]]


def test_a_flag_or_a_float_without_effect_is_told():
    for more, detail, unit_id in (
        ({"flags": STRESS, "following": {"budget_float": 0.0}}, "float_zero", "R"),
        ({"following": {"budget_float": 0.02}}, "float_not_stressed", "R"),
        ({"of_hospital": STRESS}, "stress_not_region", "H"),
    ):  # fmt: skip
        found = region(**more)
        assert step_of(found, "regional_float")["amount"] == 0.0
        assert told(found, "float_without_effect") == [[unit_id, "float_without_effect", detail]]


def test_a_flag_is_a_whole_word():
    assert step_of(region("no_economic_stress"), "regional_float")["amount"] == 0.0


def forecast(**more):
    return {"unit_id": "R", "year": YEAR + 1, "reserve_rate": 0.05} | more


def test_the_usable_balance_raises_the_ceiling_of_its_scheme_and_is_printed():
    """100 million × (1 − 0.05) + 8 million = 103 million, less than the base of 110 million."""
    following = {"income_forecast": 100e6, "reserve_rate": 0.05, "usable_balance": 8e6}
    found = region(following=following)
    assert found.allocations["income_limit"].tolist() == [103e6]
    assert step_of(found, "next_budget")["amount"] == 103e6
    left = "100,000,000.00 × (1 - 0.05) + 8,000,000.00 = 103,000,000.00"
    assert any(left in line for line in printed(found))


@pytest.mark.parametrize(("balance", "told"), [(8e6, True), (0.01, True), (0.0, False)])
def test_a_balance_for_all_schemes_is_none_of_a_scheme_and_is_told(balance, told):
    """The residents' forecast of 100 million less 5 %; the 8 million belong to no scheme."""
    rows = [budget("R", YEAR - 1 + n, amount * 1e6, 110e6, scheme="resident")
            for n, amount in enumerate((100, 105))]  # fmt: skip
    context = [
        forecast(usable_balance=balance), forecast(scheme="resident", income_forecast=100e6),
        {"unit_id": "R", "year": YEAR, "population": 1_000_000},
    ]  # fmt: skip
    data = dataset(units=[unit("R", "region")], budgets=rows, context=context)
    found = decide(data, POLICY, YEAR)
    assert found.allocations["income_limit"].tolist() == [95e6]
    rows = found.findings.query("finding == 'balance_not_by_scheme'")
    assert rows[["unit_id", "value"]].to_numpy().tolist() == [["R", balance]] * told


def test_without_a_forecast_income_sets_no_ceiling_and_that_is_a_finding():
    rows = region().findings.query("finding == 'ceiling_unknown'")
    assert ["R", "no_forecast"] in rows[["unit_id", "detail"]].to_numpy().tolist()
