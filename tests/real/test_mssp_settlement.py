"""The programme's settlement rule, stated as a policy, gives what was really paid."""

from pathlib import Path

import pytest

from fundeval import policy
from fundeval.evaluation import evaluate
from tests.real.published import read_year

RULE = Path(__file__).with_name("mssp-policy.yaml")
EARNED = {2021: 274, 2022: 304}
# Prepayments are rounded to the dollar on the way to what is published.
ROUNDING = 2.0
# Its savings rate and its minimum savings rate are both printed as 2.98 %; unrounded, the
# first is the lower.
AT_THE_EDGE = {2021: {"A2833"}, 2022: set()}


@pytest.mark.parametrize("year", EARNED)
def test_every_organisation_that_earned_gets_what_was_paid(dataset, mssp_source, year):
    published = read_year(mssp_source, year).set_index("unit_id")["EarnSaveLoss"]
    earned = published[published > 0]
    settlement = evaluate(dataset, policy.load(RULE), year).settlement
    awards = settlement[settlement["item"] == "surplus_award"].set_index("unit_id")["amount"]
    assert len(earned) == EARNED[year]
    assert (awards.reindex(earned.index) - earned).abs().max() <= ROUNDING
    assert set(awards.index) - set(earned.index) == AT_THE_EDGE[year]
