"""The example policies say what their programmes compute, to the last digit."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from math import floor
from pathlib import Path
from statistics import median
from typing import Any, get_args

import pytest
from build import budget, dataset, unit
from ruamel.yaml import YAML
from typer.testing import CliRunner

from fundeval import policy
from fundeval.cli import app
from fundeval.evaluation import evaluate
from fundeval.policy.curves import AnyCurve, Found
from fundeval.problems import BadInputError
from fundeval.report.text.explain_budget import explain_budget
from fundeval.report.unit_view import View
from fundeval.results.descendants import summarize_descendants

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
            # A score has ten decimals.
            assert found[hospital] == pytest.approx(float(expected), abs=1e-10), hospital
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


def test_a_missing_domain_gives_its_weight_as_the_programme_published(tmp_path):
    """QualityNet, scoring of FY 2016: 10, 25, 40 and 25; without efficiency 13.3, 33.3, 53.3."""
    path = tmp_path / "fy2016.yaml"
    rules = {"clinical": 10, "engagement": 25, "safety": 40, "efficiency": 25}
    weights = ", ".join(f"{name}: {{weight: {{hospital: {w}}}}}" for name, w in rules.items())
    path.write_text(
        "id: fy2016\ntitle: {zh: 权重, en: Weights}\n"
        "extends: examples/hospital-value-based-purchasing\nparameters:\n  domain_rules:\n"
        f"    values: [{{from: 2023-01-01, change: {{{weights}}}, source: "
        "{kind: document, cite: QualityNet, checked_on: 2026-11-26}}]\n",
        encoding="utf-8",
    )
    rows = [
        {"unit_id": "A", "year": YEAR, "measure": name,
         "value": float(value), "baseline": float(baseline)}
        for (hospital, name), (value, baseline) in REPORTED.items() if hospital == "A"
    ]  # fmt: skip
    one = dataset(units=[unit("A", "hospital")], budgets=[budget("A", YEAR, 1.0)], measures=rows)
    found = evaluate(one, policy.load(path), YEAR).domains.set_index("domain")["max"]
    assert found.round(1).to_dict() == {"clinical": 13.3, "engagement": 33.3, "safety": 53.3}


# --- Medicare Shared Savings Program -----------------------------------------------------------
#
# Performance year 2022, from the public use file of the Centers for Medicare & Medicaid Services
# (`Performance_Year_Financial_and_Quality_Results_2022`; US federal government work): ACO_ID,
# track, ABtotBnchmk, ABtotExp, MinSavPerc, QualScore, and what was published: EarnSaveLoss, or
# DisAdj where the public health emergency took the loss off again.

ORGANISATIONS = [
    ("A1001", "enhanced", 966_116_777, 903_712_089, 0.0200, 0.8941, 45_867_446, 0),
    ("A1027", "basic_e", 105_115_708, 98_507_168, 0.0321, 0.7860, 3_238_185, 0),
    ("A1032", "basic_b;one_sided", 89_238_432, 81_439_748, 0.0367, 0.7299, 3_057_084, 0),
    # Savings of 0.58 % lie below the minimum of 2.40 %.
    ("A1006", "basic_b;one_sided", 427_696_841, 425_214_479, 0.0240, 0.8328, 0, 0),
    # It bears 40 % at least, the other 1 − 75 % × 76.67 %.
    ("A1494", "enhanced", 52_354_587, 53_108_722, 0.0000, 0.9244, 0, 301_654),
    ("A4588", "enhanced", 199_552_940, 203_603_316, 0.0100, 0.7667, 0, 1_721_309),
]


def test_shared_savings_and_losses_are_those_that_were_published():
    year, units, settlements, measures = 2022, [unit("MSSP", "region")], [], []
    for name, flags, benchmark, spent, least, quality, *_ in ORGANISATIONS:
        units.append(unit(name, "department", "MSSP", flags=flags))
        settlements.append({"unit_id": name, "year": year, "fee_for_service": spent,
                            "paid": spent, "quota": benchmark})  # fmt: skip
        for measure, value in (("minimum_savings_rate", least), ("quality", quality)):
            row = {"unit_id": name, "year": year, "measure": measure, "value": value}
            measures.append(row)
    programme = dataset(units=units, settlements=settlements, measures=measures)
    rules = policy.load("examples/medicare-shared-savings")
    found = evaluate(programme, rules, year).settlement.set_index(["item", "unit_id"])["amount"]
    for name, *_, earned, lost in ORGANISATIONS:
        assert round(found.get(("surplus_award", name), 0)) == earned
        assert round(found.get(("overrun_borne", name), 0)) == lost


# --- A county ----------------------------------------------------------------------------------

# Statistics, names of measures that no county reports here, and rules that this county takes over:
# as in the national example.
KEPT = {
    "cost_variation", "disclosed_protection", "disclosed_share", "disclosed_step",
    "grade_budget_rates",
    "interval_z", "outcome_measure", "project_category_order",
    "project_category_shares", "project_envelope_share", "project_last", "project_minimum_score",
    "project_parts", "purchase_check_from", "purchase_threshold_measure", "restriction_by",
    "restriction_exempt_reasons",
    "restriction_lifted_after", "restriction_lifted_by",
    "screening_stay_groups", "year_end_forecast",
    "sensitivity_curves", "sensitivity_draws", "sensitivity_seed", "sensitivity_weights",
}  # fmt: skip
TERTIARY, SECONDARY, NO_SURVEY = "H99010000001", "H99010100001", "H99010600003"
LIMITED = "H99010100007"


@pytest.fixture(scope="module")
def county(city):
    return evaluate(city, policy.load("examples/county"), YEAR)


def test_the_county_fills_in_what_the_national_policy_leaves_to_it():
    held = policy.load("examples/county").on(dt.date(YEAR, 12, 31)).parameters
    local = {name for name, value in held.items() if value.source.kind == "local"}
    own = {name for name, value in held.items() if value.origin == "county"}
    assert local - own == KEPT
    assert all(held[name].source.cite.startswith("示例：") for name in own)


def test_limits_and_weights_of_the_county_differ_by_level(county, evaluated_city):
    """A tertiary limit of 3 %, full marks there and none from 10 %; national 5 %."""
    key = (TERTIARY, "outpatient_cost_growth")
    rows = [found.scores.set_index(["unit_id", "indicator"]) for found in (county, evaluated_city)]
    value = rows[0].loc[key, "value"]
    expected = [(0.10 - value) / (0.10 - limit) * 100 for limit in (0.03, 0.05)]
    assert [frame.loc[key, "percent_of_weight"] for frame in rows] == pytest.approx(expected)
    weights = [frame.loc[(name, "exam_share"), "max"] for frame in rows[:1]
               for name in (TERTIARY, SECONDARY)]  # fmt: skip
    assert weights == [20, 10]
    assert (TERTIARY, "average_stay") not in rows[0].index


def test_who_asks_no_patients_earns_nothing_for_it_in_the_county(county, evaluated_city):
    def domains(found):
        return found.domains.query("unit_id == @NO_SURVEY").set_index("domain")["points"]

    assert domains(county)["satisfaction"] == 0
    assert "satisfaction" not in domains(evaluated_city)


def test_the_county_settles_by_level(county, evaluated_city):
    """Surpluses of 10 365 970 and 1 123 433: 20 % and 25 % of them, less a deposit of 5 %."""

    def settled(found):
        rows = found.settlement.query("scheme == 'employee'").set_index(["item", "unit_id"])
        return rows["amount"]

    ours, national = settled(county), settled(evaluated_city)
    assert ours["surplus_award", TERTIARY] == 1_969_534.30
    assert ours["surplus_award", SECONDARY] == 266_815.34
    assert national["surplus_award", TERTIARY] == 2_591_492.50
    # An overrun of 303 679 on a quota of 3 335 000: a primary hospital bears five percent of it.
    assert ours["overrun_borne", LIMITED] == 166_750


def test_needs_of_the_county_grow_by_four_drivers_from_an_average_base(county, city):
    steps = county.budget.set_index(["unit_id", "scheme", "step"]).loc[(TERTIARY, "employee")]
    of_year = city.budgets.query("unit_id == @TERTIARY and year == @YEAR")
    paid = of_year[of_year["scheme"] == "employee"].iloc[0]
    assert steps.loc["base", "amount"] == (paid["adjusted"] + paid["executed"]) / 2 / 100
    drivers = steps[steps["parameter"] == "growth_drivers"]
    assert list(drivers.index) == ["history", "population", "technology", "visits"]
    growth = drivers["rate"] * steps.loc["base", "amount"]
    assert (drivers["amount"] - growth).abs().max() <= 0.01


def test_every_example_is_listed_in_the_guide():
    docs = EXAMPLES.parents[2] / "docs"
    for page in (docs / "own-policy.md", docs / "en" / "own-policy.md"):
        text = page.read_text(encoding="utf-8")
        for path in EXAMPLES.glob("*.yaml"):
            assert f"examples/{path.stem}" in text


def test_the_guide_says_how_to_write_every_curve_and_figure():
    docs = EXAMPLES.parents[2] / "docs"
    kinds = {kind for curve in get_args(AnyCurve) for kind in kinds_of(curve)}
    for page in (docs / "own-policy.md", docs / "en" / "own-policy.md"):
        table = page.read_text(encoding="utf-8").rpartition("###")[2]
        for kind in kinds:
            assert f"`{kind}`" in table or f"kind: {kind}" in table
        for figure in Found.model_fields:
            assert f"{{{figure}: " in table


def kinds_of(curve: Any) -> tuple[str, ...]:
    """Return what a curve's `kind` may be, of composed ones the alias of it."""
    kind = curve.model_fields["kind"].annotation
    return get_args(getattr(kind, "__value__", kind))


def test_differences_by_level_are_written_in_words():
    """As `fundeval policy diff national examples/county` prints them."""
    shown = CliRunner().invoke(
        app, ["policy", "diff", "national", "examples/county", "--lang", "en"]
    )
    assert shown.exit_code == 0
    rows = {line.split("\t")[0]: line.split("\t")[4] for line in shown.stdout.splitlines()[1:]}
    assert rows["cost_growth_limit"] == "Tertiary 3%; others 5%"
    least = "Hospital Primary 50 visits; others 200 visits; others 100 visits"
    assert rows["minimum_volume"] == least


def test_the_derivation_reads_the_line_at_the_decimals_of_the_policy(purchasing):
    """B scores 64 2/3: not at the hundredths that are printed."""
    view = View(purchasing, summarize_descendants(purchasing), "B", "en")
    text = "\n".join(line for block in explain_budget(view) for line in block)
    assert "Score (to 10 decimals): 64.6666666667" in text
    assert "64.67" not in text


@pytest.mark.parametrize("more", ["by: grade, grades: {good: 1}", "by: quality, points: [[0, 1]]"])
def test_decimals_are_of_the_score_alone(tmp_path, more):
    path = tmp_path / "test.yaml"
    path.write_text(
        "id: test\ntitle: {zh: 测试, en: Test}\nextends: national\nparameters:\n  returned:\n"
        f"    values: [{{from: 2024-01-01, value: {{hospital: {{{more}, decimals: 4}}}}, "
        "source: {kind: local, cite: test, checked_on: 2026-11-26}}]\n",
        encoding="utf-8",
    )
    with pytest.raises(BadInputError) as error:
        policy.load(path)
    assert "policy.returned_decimals" in {problem.rule for problem in error.value.problems}
