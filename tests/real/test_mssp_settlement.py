"""The programme's settlement rules, stated as a policy, give what was published to the dollar.

Benchmark and expenditure are published in whole dollars, what they settle is not: a balance may
be off by a dollar, which a sharing rate of r passes on as r, and half a dollar is rounded.
"""

from dataclasses import replace

import pytest

from fundeval import policy
from fundeval.evaluation import evaluate
from tests.real.published import read_settlement

RULE = "examples/medicare-shared-savings"
EARNED = {2021: 274, 2022: 304}
LOST = {2021: 15, 2022: 15}
HALF_A_DOLLAR = 0.5
# Its savings rate and its minimum savings rate are both printed as 2.98 %; unrounded, the
# first is the lower.
AT_THE_EDGE = {2021: {"A2833"}, 2022: set()}
# What they bear is limited by a share of their revenue, which is not published.
LIMITED_BY_REVENUE = {2021: {"A1515", "A2820", "A4627"}, 2022: {"A1070"}}


@pytest.fixture(scope="module", params=EARNED)
def settled(request, dataset, mssp_source):
    """The year, what was published, and the amounts of the settlement by item."""
    year = request.param
    published = read_settlement(mssp_source, year)
    # An organisation may change its track from year to year.
    flags = dataset.units["unit_id"].map(published["flags"]).astype(dataset.units["flags"].dtype)
    of_year = replace(dataset, units=dataset.units.assign(flags=flags))
    settlement = evaluate(of_year, policy.load(RULE), year).settlement
    assert (settlement["lacking"] == "").all()
    return year, published, settlement.set_index(["item", "unit_id"])


@pytest.mark.slow
def test_every_organisation_that_earned_gets_what_was_paid(settled):
    year, published, steps = settled
    awards = steps.loc["surplus_award"]
    earned = published.loc[published["earned"] > 0, "earned"]
    assert len(earned) == EARNED[year]
    assert set(awards.index) - set(earned.index) == AT_THE_EDGE[year]
    rate = awards["rate"].reindex(earned.index)
    off = (awards["amount"].reindex(earned.index) - earned).abs()
    assert (off <= rate + HALF_A_DOLLAR).all()


def test_every_organisation_that_lost_bears_what_was_published(settled):
    year, published, steps = settled
    borne = steps.loc["overrun_borne", "amount"]
    borne = borne[borne > 0]
    lost = published.loc[published["lost"] > 0, "lost"]
    assert len(lost) == LOST[year]
    assert set(borne.index) == set(lost.index)
    off = borne - lost
    limited = off.index.isin(LIMITED_BY_REVENUE[year])
    assert (off[~limited].abs() <= 1).all()
    assert (off[limited] > 1).all()
