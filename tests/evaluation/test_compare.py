"""What would follow if the policy were another."""

from __future__ import annotations

import datetime as dt

import pytest
from build import budget, dataset, unit

from fundeval.evaluation import measure
from fundeval.evaluation.pipeline import judge_outcomes
from fundeval.policy import load
from fundeval.problems import BadInputError
from fundeval.results.compare import compare, count_moved
from fundeval.workbench.suppose import suppose

POLICY = load("national")
DATE = dt.date(2024, 12, 31)
STEEP = [{"from": 0, "to": 0.95, "result": -0.10}, {"from": 0.95, "result": 0}]
UNITS = [unit("H", "hospital"), unit("D", parent="H")]
ROWS = [budget(u, y, 87.0 + y - 2020) for u in ("H", "D") for y in (2022, 2023, 2024)]


def compared(changes, policy=POLICY):
    data = dataset(units=UNITS, budgets=ROWS)
    return judged(data, policy, suppose(policy, changes, DATE)).set_index("unit_id")


def judged(data, *policies):
    """Compare what two policies make of a data set, as a what-if does."""
    measured = measure(data, 2024)
    return compare(*(judge_outcomes(measured, policy) for policy in policies))


def linked(balance, **more):
    """Return the policy with one way of moving money for hospitals and departments."""
    kinds = {"region": "neutral", "hospital": balance, "department": balance}
    return suppose(POLICY, {"evaluation_link": kinds} | more, DATE)


def test_nothing_changed_changes_nothing():
    found = compared({})
    assert (found["change"] == 0).all()
    assert (found["state"].fillna("") == found["other_state"].fillna("")).all()


def test_another_floor_and_another_link_move_state_and_money():
    found = compared({"execution_floor": 0.95, "execution_link": STEEP}, linked("add"))
    department = found.loc["D"]
    assert (department["state"], department["other_state"]) == ("clear", "restricted")
    assert department["change"] == pytest.approx(-0.10 * department["next_budget"], abs=0.01)


def test_what_moves_is_counted_by_kind():
    """At 91 % the floor and the link of 95 % bind; E, which stands alone, executed 99 %."""
    data = dataset(
        units=[*UNITS, unit("E")],
        budgets=[*ROWS, *(budget("E", y, 99.0) for y in (2022, 2023, 2024))],
    )
    steep = {"execution_floor": 0.95, "execution_link": STEEP}
    rules = linked("add")
    found = judged(data, rules, suppose(rules, steep, DATE))
    change = found.set_index("unit_id")["change"]
    assert change["E"] == 0 > change["D"]
    department, hospital = count_moved(found)
    assert (department.kind, hospital.kind) == ("department", "hospital")
    assert (department.units, department.states, department.budgets) == (2, 1, 1)
    assert (hospital.units, hospital.states, hospital.grades, hospital.budgets) == (1, 0, 0, 1)
    assert (department.gained, department.lost) == (0, -change["D"])
    # A budget that only one of the two can draw up is one moved, and no money.
    alone = found.assign(other_next_budget=found["other_next_budget"].mask(found["unit_id"] == "E"))
    alone["change"] = alone["change"].mask(alone["unit_id"] == "E")
    department, _ = count_moved(alone)
    assert (department.budgets, department.gained, department.lost) == (2, 0, -change["D"])


def test_another_link_takes_its_share_of_the_envelope_where_money_is_withheld():
    """91 points return 31/40 of the three percent withheld: the department gets 99.325 %."""
    found = compared({"execution_link": STEEP}, linked("within", minimum_coverage=0.1))
    department = found.loc["D"]
    envelope = round(department["next_budget"] / 0.99325, 2)
    assert department["change"] == pytest.approx(-0.10 * envelope, abs=0.011)
    # A lone department is compared with nobody: under `neutral` nothing moves.
    still = compared({"execution_link": STEEP}, linked("neutral", minimum_coverage=0.1))
    assert still.loc["D", "change"] == 0


def test_another_curve_of_an_indicator_moves_the_score():
    found = compared(
        {"indicators.execution_rate": {"curve": {"kind": "target", "target": 2.0}},
         "minimum_coverage": 0.1}
    )  # fmt: skip
    unchanged = compared({"minimum_coverage": 0.1})
    assert found.loc["D", "other_score"] == pytest.approx(unchanged.loc["D", "other_score"] / 2)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"execution_flor": 0.8}, "execution_flor"),
        ({"execution_floor": 80}, "execution_floor"),
        ({"indicators.execution_rate": {"weight": {"hospital": 101}}}, "indicators"),
        ({"indicators.execution_rte": {"weight": {"hospital": 10}}}, "execution_rate"),
    ],
)
def test_what_a_policy_file_could_not_hold_cannot_be_supposed_either(changes, place):
    with pytest.raises(BadInputError) as error:
        suppose(POLICY, changes, DATE)
    assert place in error.value.text("zh")
