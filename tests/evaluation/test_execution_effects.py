"""One low or high execution acts in several places: each with its sum, worked by hand."""

from __future__ import annotations

import datetime as dt

import pytest
from build import budget, dataset, decide, unit

from fundeval.policy import load
from fundeval.report.report import PARTS, Report
from fundeval.report.text.explain import explain
from fundeval.workbench.suppose import suppose
from tests.messages import says

YEAR = 2024
UNITS = [unit("H", "hospital", level="tertiary"), unit("D", parent="H"), unit("E", parent="H")]


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    """The national policy with departments scored by execution alone."""
    path = tmp_path_factory.mktemp("policy") / "execution.yaml"
    source = "source: {kind: local, cite: test, checked_on: 2026-11-26}"
    path.write_text(
        "id: execution\ntitle: {zh: 执行, en: Execution}\nextends: national\n"
        "drop: [indicators.*]\nindicators:\n  execution_rate:\n    values:\n"
        "      - from: 2023-01-01\n        value: {domain: execution, weight: {department: 100}, "
        "direction: higher, curve: {kind: target, target: 1.0}, missing: void}\n"
        f"        {source}\n",
        encoding="utf-8",
    )
    return load(path)


def evaluated(policy, executed, before=100.0, beside=100.0, **tables):
    """Evaluate D, which spent so much of 100 in two years, beside E, all by default."""
    rows = [budget("D", 2023, before), budget("D", YEAR, executed),
            budget("E", 2023, 100.0), budget("E", YEAR, beside),
            budget("H", 2023, 200.0, 200.0), budget("H", YEAR, 200.0, 200.0)]  # fmt: skip
    return decide(dataset(units=UNITS, budgets=rows, **tables), policy, YEAR)


def effects(found, unit_id="D"):
    rows = found.execution_effects
    return rows[rows["unit_id"] == unit_id].set_index("place")


def settled(found):
    return found.allocations.set_index("unit_id").loc["D"]


def test_a_low_execution_acts_in_three_places(policy):
    """85 of 100, 100 the year before; history is the only driver known and has all weight.

    History: 85 / 100 − 1 = −15 % where spending all is 0 %: −15 of a base of 100.
    Deduction: 85 % lies in [80 %, 90 %), −1 % of what the envelope settles.
    Score: 85 points return (85 − 60) / 40 = 0.625 of the 3 % withheld, 100 return all:
    −0.375 × 3 % × λ of what the envelope settles.
    """
    found = evaluated(policy, 85.0)
    rows, budgets = effects(found), settled(found)
    assert list(rows.index) == ["execution_link", "history", "score"]
    assert rows.loc["history", ["base", "rate", "amount"]].tolist() == [100.0, -0.15, -15.0]
    envelope = budgets["envelope"]
    assert rows.loc["execution_link", "rate"] == -0.01
    assert rows.loc["execution_link", "amount"] == pytest.approx(-0.01 * envelope, abs=0.005)
    top, _, bottom = budgets["factor"].partition("/")
    rate = -0.375 * 0.03 * int(top) / int(bottom or 1)
    assert rows.loc["score", "points"] == pytest.approx(15.0)
    assert rows.loc["score", "rate"] == pytest.approx(rate)
    assert rows.loc["score", "amount"] == pytest.approx(rate * envelope, abs=0.005)
    assert set(rows["left"]) == {15.0}
    # E spent what it had: nothing acts on it.
    assert effects(found, "E").empty
    view = found.view("D", "en")
    page = Report(view).show("execution_effects").markup
    loss = round(rows["amount"].sum(), 2)
    amount = view.numbers.amount
    stated = {"left": amount(15.0, sign=True), "loss": amount(-loss)}
    assert says(page, "effects.sums", "en", **stated, gain=amount(0.0))
    assert says(page, "effects.redrawn", "en")
    assert any(says(line, "explain.effect", "en") for line in explain(view, "execution_rate"))


def test_over_execution_has_a_price_and_raises_needs(policy):
    """110 of 100: history +10 % of the base; 110 % lies in [105 %, 120 %), −1 % deducted; the
    points are capped, none lost."""
    rows = effects(evaluated(policy, 110.0))
    assert rows.loc["history", ["rate", "amount"]].tolist() == [0.1, 10.0]
    assert rows.loc["execution_link", "rate"] == -0.01
    assert rows.loc["execution_link", "amount"] < 0
    assert "score" not in rows.index
    assert set(rows["left"]) == {-10.0}


def test_a_restriction_takes_what_the_deduction_would_have_given_back(policy):
    """85 of 100 in both years restricts: what is returned may not make up for the deduction.

    Its history falls by nothing (85 / 85), where spending all is 100 / 85 − 1 = +17.647 %.
    """
    found = evaluated(policy, 85.0, before=85.0)
    rows = effects(found)
    assert rows.loc["history", "amount"] == pytest.approx(-17.65, abs=0.005)
    assert settled(found)["capped"]
    # Free of the limit it would have ended with more, by λ × 0.625 × 3 % − 4 %, at most.
    taken = rows["amount"].get("restriction", 0.0)
    factor = settled(found)["factor"]
    top, _, bottom = factor.partition("/")
    envelope, withheld = settled(found)[["envelope", "withheld"]]
    free = int(top) / int(bottom or 1) * 0.625 * 0.03 * envelope - withheld
    assert taken == pytest.approx(min(0.0, settled(found)["net"] - free), abs=0.01)


def capped_by_grade(policy, **changes):
    """Return the policy in which a restriction leaves the grade fair at most, and returns by it."""
    shares = {"poor": 0.0, "fair": 0.5, "good": 0.8, "excellent": 1.0}
    changes = {
        "deductions": {
            "restricted": {"title": {"zh": "受限", "en": "Restricted"}, "grade_cap": "fair"}
        },
        "returned": {"department": {"by": "grade", "grades": shares}},
    } | changes  # fmt: skip
    return suppose(policy, changes, dt.date(YEAR, 12, 31))


def test_a_grade_that_a_restriction_caps_returns_less(policy):
    """80 of 100 twice: 80 points are good and return 0.8 of the 3 % withheld, but restricted D is
    fair at most: 0.5. It took 0.3 × 3 % × λ, whether its return has a limit of its own or not;
    that limit takes nothing more where what comes back lies below the share withheld."""
    for limit in ("as_others", "capped"):
        found = evaluated(capped_by_grade(policy, restricted_units=limit), 80.0, before=80.0)
        rows, budgets = effects(found), settled(found)
        assert budgets[["grade", "restricted_unit"]].tolist() == ["fair", True]
        top, _, bottom = budgets["factor"].partition("/")
        factor, envelope, withheld = int(top) / int(bottom or 1), *budgets[["envelope", "withheld"]]
        good, fair = (factor * share * 0.03 * envelope - withheld for share in (0.8, 0.5))
        assert rows.loc["restricted_grade", "amount"] == pytest.approx(fair - good, abs=0.011)
        assert rows.loc["restricted_grade", "parameter"] == "deductions"
        taken = rows["amount"].get("restriction", 0.0)
        assert taken == pytest.approx(budgets["net"] - fair, abs=0.011)
        assert (taken == 0) is (limit == "as_others" or factor * 0.5 <= 1)
        view = found.view("D", "en")
        page = Report(view)
        assert says(page.show("execution_effects").markup, "effect.restricted_grade", "en")
        free = says(page.show("use_of_results").markup, "apply.restricted_free", "en")
        assert free is (limit == "as_others")


def test_without_what_was_executed_no_effect_is_judged(policy):
    """Blank is not "nothing left": of D it cannot be judged; E spent all, and nothing acts."""
    growth = [{"unit_id": u, "year": YEAR + 1, "technology_growth": 0.02} for u in ("D", "E")]
    found = evaluated(policy, None, context=growth)
    assert effects(found).empty
    assert settled(found)["next_budget"] > 0
    for unit_id in ("D", "E"):
        view = found.view(unit_id, "en")
        page = Report(view).show("execution_effects").markup
        assert says(page, "effects.unknown", "en") is (unit_id == "D")
        assert says(page, "none.execution_effects", "en") is (unit_id == "E")


def test_points_lost_move_nothing_where_the_return_is_full(policy):
    """89 of 100 twice restricts D: 89 points return 0.725 of the 3 % withheld, times λ. E spent 90
    after 100 and takes what D leaves, so that λ × 0.725 lies above 1, where a restricted
    unit's return ends. All points would return no more: 0. The restriction took the rest:
    what the deduction leaves, −1 %, less λ × 0.725 × 3 % − 4 %.
    """
    found = evaluated(policy, 89.0, before=89.0, beside=90.0)
    rows, budgets = effects(found), settled(found)
    top, _, bottom = budgets["factor"].partition("/")
    returned = int(top) / int(bottom or 1) * 0.725
    assert returned > 1
    assert rows.loc["score", ["points", "rate", "amount"]].tolist() == pytest.approx([11, 0, 0])
    envelope = budgets["envelope"]
    taken = (-0.01 - (returned * 0.03 - 0.04)) * envelope
    assert rows.loc["restriction", "amount"] == pytest.approx(taken, abs=0.02)


def test_a_surplus_award_is_no_effect_of_execution():
    """A quota of 100 with fees of 80 earns 25 % of 20 = 5, at most 3 % of the quota: 3. It is told
    beside the sums, for it comes of quota less fees: the same award follows where all was spent."""
    units = [unit("R", "region"), unit("H", "hospital", "R", level="tertiary")]
    settlement = {"unit_id": "H", "year": YEAR, "quota": 100.0, "paid": 80.0, "prepaid": 80.0,
                  "deposit": 0.0, "violations": 0.0, "fee_for_service": 80.0, "cases": 500,
                  "payment": "package"}  # fmt: skip
    for executed, is_low in ((80.0, True), (100.0, False)):
        rows = [budget(u, y, executed) for u in ("R", "H") for y in (2023, YEAR)]
        data = dataset(units=units, budgets=rows, settlements=[settlement])
        found = decide(data, load("national"), YEAR)
        assert "surplus_award" not in effects(found, "H").index
        assert ("execution_link" in effects(found, "H").index) is is_low
        view = found.view("H", "en")
        page = Report(view).show("execution_effects").markup
        award = view.numbers.amount(3.0)
        assert says(page, "effects.settled", "en", item="Surplus award", amount=award)
        assert says(page, "effects.sums", "en") is is_low
        assert says(page, "none.execution_effects", "en") is not is_low


def test_what_a_yuan_takes_is_known_to_four_decimals_and_told_so(policy):
    """Of 15 left unspent the next budget lacks 15 × ratchet, whole yuan at the most known."""
    found = evaluated(policy, 85.0)
    view = found.view("D", "en")
    page = Report(view).show("execution_effects").markup
    ratchet = settled(found)["ratchet"]
    amount = view.numbers.money(-round(15 * ratchet), sign=True)
    assert says(page, "effects.redrawn", "en", amount=amount)
    lines = explain(view, "execution_rate")
    assert not any("growth_drivers" in line or "(returned)" in line for line in lines)


def test_a_unit_without_a_budget_is_told_why_nothing_is_known(policy):
    found = decide(dataset(units=UNITS, budgets=[budget("E", YEAR, 90.0)]), policy, YEAR)
    view = found.view("D", "en")
    page = PARTS["execution_effects"](view).markup
    assert says(page, "none.execution_effects_unknown", "en")
