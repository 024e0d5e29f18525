"""The example policies say what their programmes compute, to the last digit."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from build import budget, dataset, unit
from ruamel.yaml import YAML

from fundeval import policy
from fundeval.evaluation import evaluate

EXAMPLES = Path(__file__).parents[2] / "params" / "policy" / "examples"
YEAR = 2024


# --- Hospital Value-Based Purchasing -----------------------------------------------------------
#
# Invented hospitals; the rules are those of 42 CFR 412.160 to 412.165, computed here apart from
# the package, in fractions.

PURCHASING = "examples/hospital-value-based-purchasing"
# Base operating DRG payments in dollars.
PAYMENTS = {"A": "41250000.17", "B": "18400000.29", "C": "9999999.99", "D": "77000000.01",
            "E": "23500000.55", "F": "12345678.90", "G": "5000000.00"}  # fmt: skip
WEIGHT_OF_DOMAINS = 25
NEEDED = {"clinical": 2, "engagement": 9, "safety": 2, "efficiency": 1}
# A is without spending per beneficiary, F has one measure of safety, G scores in two domains.
NOT_REPORTED = {
    "A": {"mspb"},
    "F": {"clabsi", "mrsa", "cdi", "ssi_points"},
    "G": {"mspb", "cauti", "clabsi", "mrsa", "cdi", "ssi_points"},
}


def measures_of_purchasing() -> dict[str, dict[str, Any]]:
    """Return domain, weight, direction and curve of each measure, numbers as they are typed."""
    text = (EXAMPLES / "hospital-value-based-purchasing.yaml").read_text(encoding="utf-8")
    found = YAML(typ="safe", pure=True).load(text)["indicators"]
    return {name: entry["values"][0]["value"] for name, entry in found.items()}


MEASURES = measures_of_purchasing()


def typed(number: Any) -> Fraction:
    return Fraction(str(number))


def reported() -> dict[tuple[str, str], tuple[Fraction, Fraction]]:
    """Return value and baseline by hospital and measure: below, at, between and above the ends."""
    found = {}
    for place, (name, rule) in enumerate(MEASURES.items()):
        for row, hospital in enumerate(PAYMENTS):
            if name in NOT_REPORTED.get(hospital, ()):
                continue
            now, before = (3 * place + 5 * row) % 13 - 2, (place + 2 * row) % 7 - 2
            if name == "mspb":
                value, baseline = Fraction(90 + now, 100), Fraction(93 + before, 100)
            elif name == "ssi_points":
                value = baseline = Fraction(now % 11)
            elif name == "consistency":
                value = baseline = Fraction(now % 11, 10)
            else:
                low, high = typed(rule["curve"]["threshold"]), typed(rule["curve"]["benchmark"])
                value, baseline = (low + (high - low) * Fraction(k, 8) for k in (now, before))
            found[hospital, name] = value, baseline
    return found


REPORTED = reported()


def points_of_ten(name: str, value: Fraction, baseline: Fraction) -> int:
    """Return 10 at the benchmark, else the better of achievement and improvement."""
    sign = -1 if MEASURES[name]["direction"] == "lower" else 1
    threshold, benchmark = standards(name)
    if sign * value >= sign * benchmark:
        return 10
    achieved = improved = Fraction(0)
    if sign * value >= sign * threshold:
        achieved = 9 * (value - threshold) / (benchmark - threshold) + Fraction(1, 2)
    if sign * value > sign * baseline:
        improved = 10 * (value - baseline) / (benchmark - baseline) - Fraction(1, 2)
    return max(floor(points + Fraction(1, 2)) for points in (achieved, improved))


def standards(name: str) -> tuple[Fraction, Fraction]:
    curve = MEASURES[name]["curve"]
    if name != "mspb":
        return typed(curve["threshold"]), typed(curve["benchmark"])
    # The median of all hospitals, and the mean of the lowest tenth: of six, the lowest.
    ratios = [value for (_, measure), (value, _) in REPORTED.items() if measure == "mspb"]
    return median(ratios), min(ratios)


def earned(name: str, value: Fraction, baseline: Fraction) -> tuple[Fraction, int]:
    """Return the points that a measure earns, and how many it may."""
    if name == "consistency":
        return Fraction(20 if value >= 1 else max(floor(20 * value), 0)), 20
    if name == "ssi_points":
        return value, 10
    return Fraction(points_of_ten(name, value, baseline)), 10


def total_score(hospital: str) -> Fraction | None:
    """Return the Total Performance Score: of three domains at least, weighted in proportion."""
    scores = []
    for domain, least in NEEDED.items():
        of_domain = [
            earned(name, *REPORTED[hospital, name])
            for name, rule in MEASURES.items()
            if rule["domain"] == domain and (hospital, name) in REPORTED
        ]
        if len(of_domain) >= least:
            points, possible = (sum(column) for column in zip(*of_domain, strict=True))
            scores.append(Fraction(points) / possible * 100)
    if len(scores) < 3:
        return None
    return sum(score * WEIGHT_OF_DOMAINS for score in scores) / (WEIGHT_OF_DOMAINS * len(scores))


@pytest.fixture(scope="module")
def purchasing():
    """The example policy over seven hospitals, settled."""
    total = float(sum(map(Fraction, PAYMENTS.values())))
    rows = [
        {"unit_id": hospital, "year": YEAR, "measure": name,
         "value": float(value), "baseline": float(baseline)}
        for (hospital, name), (value, baseline) in REPORTED.items()
    ]  # fmt: skip
    programme = dataset(
        units=[unit("US", "region"), *(unit(name, "hospital", "US") for name in PAYMENTS)],
        budgets=[
            budget("US", YEAR, total, total),
            *(budget(name, YEAR, float(paid), float(paid)) for name, paid in PAYMENTS.items()),
        ],
        measures=rows,
    )
    return evaluate(programme, policy.load(PURCHASING), YEAR)


def test_every_measure_earns_the_points_of_the_regulation(purchasing):
    scores = purchasing.scores.set_index(["unit_id", "indicator"])["percent_of_weight"]
    for (hospital, name), values in REPORTED.items():
        points, possible = earned(name, *values)
        assert scores[hospital, name] == pytest.approx(float(points / possible * 100), abs=0), (
            hospital, name,
        )  # fmt: skip
    # Each number of points of ten occurs.
    assert {points_of_ten(n, *v) for (_, n), v in REPORTED.items() if n[0] == "m"} == {*range(11)}


def test_the_total_is_that_of_the_domains_which_have_enough_measures(purchasing):
    found = purchasing.grades.set_index("unit_id")["score"]
    for hospital in PAYMENTS:
        expected = total_score(hospital)
        if expected is None:
            assert found.isna()[hospital]
        else:
            # The points of a measure have twelve decimals.
            assert found[hospital] == pytest.approx(float(expected), abs=1e-11), hospital
    assert [h for h in PAYMENTS if total_score(h) is None] == ["G"]


def test_two_percent_are_withheld_and_all_of_it_is_returned_by_score(purchasing):
    fen = {name: Fraction(paid) * 100 for name, paid in PAYMENTS.items()}
    scores = {h: score for h in PAYMENTS if (score := total_score(h)) is not None}
    withheld = {h: floor(fen[h] * 2 / 100 + Fraction(1, 2)) for h in scores}
    wanted = {h: fen[h] * 2 / 100 * score / 100 for h, score in scores.items()}
    slope = sum(withheld.values()) / sum(wanted.values())
    changes = {h: slope * wanted[h] - withheld[h] for h in scores}
    # To whole cents, the largest remainders up, so that they sum to nothing.
    cents = {h: floor(change) for h, change in changes.items()}
    for h in sorted(changes, key=lambda h: cents[h] - changes[h])[: -sum(cents.values())]:
        cents[h] += 1
    assert sum(cents.values()) == 0
    found = purchasing.allocations.set_index("unit_id")
    expected = {h: float((fen[h] + cents.get(h, 0)) / 100) for h in PAYMENTS}
    assert found["next_budget"].drop("US").to_dict() == expected
    assert min(cents.values()) < 0 < max(cents.values())
