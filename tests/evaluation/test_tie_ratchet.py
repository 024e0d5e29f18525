"""The ratchet on a group of two, by hand: U spent 850 000 of 1 000 000, V all of it.

History alone drives the needs: U's fall by 15 % to 850 000. Their region grows by −7.5 %, to
1 850 000, which is what the two get. Had U spent all, it would need 1 000 000; the two bases of
2 000 000 are cut to 1 850 000 at equal shares of the way from floor to base: U gets 925 000.
"""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from build import budget, dataset, decide, unit
from tie_cases import DATE, LINE, YEAR, policy

from fundeval.workbench.suppose import suppose

HISTORY = {"growth": {"history": 1, "technology": 0}, "history_years": 1}


def data(visits=(1000, 1000), under_region=True, spent=850_000.0, scores=(100, 80)):
    units = [unit("U", parent="R" if under_region else None)]
    rows = [budget("U", YEAR - 1, 1e6, 1e6), budget("U", YEAR, spent, 1e6)]
    services = [
        {"unit_id": "U", "year": year, "setting": "inpatient", "care_level": "secondary",
         "visits": count, "cost": 1e6, "exam_cost": scores[0] * 1e4}
        for year, count in zip((YEAR - 1, YEAR), visits, strict=True)
    ]  # fmt: skip
    if under_region:
        units += [unit("R", "region"), unit("V", parent="R")]
        rows += [budget("V", year, 1e6, 1e6) for year in (YEAR - 1, YEAR)]
        rows += [budget("R", YEAR - 1, 2e6, 2e6), budget("R", YEAR, spent + 1e6, 2e6)]
        services += [row | {"unit_id": "V", "exam_cost": scores[1] * 1e4} for row in services]
    return dataset(units=units, budgets=rows, services=services)


def found(given, balance="none", **changes):
    linked = {"evaluation_link": balance, "withheld_share": 0.02,
              "returned": {"by": "score", "points": LINE}}  # fmt: skip
    rules = policy("department", **(HISTORY | linked | changes))
    return decide(given, rules, YEAR)


def of_u(evaluation):
    return evaluation.allocations.set_index("unit_id").loc["U"]


def test_alone_a_yuan_unspent_costs_a_yuan():
    row = of_u(found(data(under_region=False)))
    assert (row["next_budget"], row["unspent"], row["ratchet"]) == (850_000, 150_000, 1.0)


def test_within_the_budget_of_the_region_it_costs_half():
    row = of_u(found(data()))
    assert (row["envelope"], row["ratchet"]) == (850_000, 0.5)


def test_the_link_is_lost_as_well():
    """Within: 2 % back, 1 % link: 841 500; had it spent all 925 000."""
    row = of_u(found(data(scores=(100, 100)), "within"))
    assert row["next_budget"] == 841_500
    assert row["ratchet"] == pytest.approx((925_000 - 841_500) / 150_000, abs=5e-5)


def test_where_the_policy_withholds_no_share_of_a_kind_only_the_link_is_lost():
    """Departments without a share: 1 % of 850 000 is taken, and no score gives anything back."""
    linked = {"evaluation_link": "within", "returned": {"by": "score", "points": LINE}}
    rules = policy("department", **(HISTORY | linked))
    rules = suppose(rules, {"withheld_share": {"department": None}}, DATE)
    row = of_u(decide(data(scores=(80, 100)), rules, YEAR))
    assert (row["returned"], row["next_budget"]) == ("1/2", 841_500)
    assert row["ratchet"] == pytest.approx((925_000 - 841_500) / 150_000, abs=5e-5)


def test_the_factor_of_the_group_is_drawn_up_again():
    """Neutral: λ = 45 500 / 27 000 now, 38 500 / 28 500 had it spent all."""
    row = of_u(found(data(), "neutral"))
    assert row["factor"] == "91/54"
    assert row["next_budget"] == pytest.approx(853_148.15, abs=0.001)
    spent = 925_000 - 18_500 + 18_500 * 38_500 / 28_500
    assert row["ratchet"] == pytest.approx((spent - 853_148.15) / 150_000, abs=5e-5)


def test_who_spent_all_has_no_ratchet():
    rows = found(data()).allocations.set_index("unit_id")
    assert pd.isna(rows.loc["V", "ratchet"])
    assert rows.loc["V", "unspent"] == 0
    assert pd.isna(of_u(found(data(spent=1_000_000.0)))["ratchet"])


def test_the_cap_gives_back_what_saving_took_beyond_it():
    """30 % of 150 000 may be lost: 105 000 come back, as a step of their own."""
    evaluation = found(data(under_region=False), ratchet_cap=0.30)
    steps = evaluation.budget.query("scheme == 'all'").set_index("step")["amount"]
    assert (steps["ratchet_relief"], steps["next_budget"]) == (105_000, 955_000)
    assert of_u(evaluation)["ratchet"] == 0.3


@pytest.mark.parametrize("visits", [(1000, 999), (1000, None)])
def test_no_relief_where_services_fell_or_are_not_known(visits):
    evaluation = found(data(visits, under_region=False), ratchet_cap=0.30)
    steps = evaluation.budget.set_index("step")["amount"]
    assert "ratchet_relief" not in steps.index
    assert steps["next_budget"] == 850_000


def test_no_relief_where_saving_took_less_than_the_cap():
    """History weighs 20 % beside a technology without growth: 30 000 lost, 45 000 allowed."""
    given = data(under_region=False)
    context = [{"unit_id": "U", "year": YEAR + 1, "technology_growth": 0.0}]
    given = dataclasses.replace(given, context=dataset(context=context).context)
    weights = {"growth": {"history": 0.2, "technology": 0.8}}
    evaluation = found(given, ratchet_cap=0.30, **weights)
    steps = evaluation.budget.set_index("step")["amount"]
    assert "ratchet_relief" not in steps.index
    assert (steps["history"], steps["next_budget"]) == (-30_000, 970_000)
    assert of_u(evaluation)["ratchet"] == 0.2


def test_what_is_not_returned_is_not_earned_by_others_had_more_been_spent():
    """Within: λ stays 1 though V's 80 points leave 10 000 that nobody gets."""
    row = of_u(found(data(scores=(100, 80)), "within"))
    assert (row["factor"], row["next_budget"]) == ("1", 841_500)
    assert row["ratchet"] == pytest.approx((925_000 - 841_500) / 150_000, abs=5e-5)


def test_who_overspent_left_nothing_unspent():
    row = of_u(found(data(spent=1_010_000.0)))
    assert row["unspent"] == 0
    assert pd.isna(row["ratchet"])


def test_a_link_that_holds_at_full_execution_is_taken_there_too():
    """One percent at any rate: nothing of it is due to what was left unspent."""
    always = {"execution_link": [{"from": 0, "result": -0.01}]}
    row = of_u(found(data(scores=(100, 100)), "within", **always))
    assert row["next_budget"] == 841_500
    # Had it spent all: 925 000 less one percent.
    assert row["ratchet"] == pytest.approx((915_750 - 841_500) / 150_000, abs=5e-5)
