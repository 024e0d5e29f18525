"""Domains, grades, the firmness of a grade, intervals, and the parts of a change of cost."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from build import budget, dataset, decide, unit
from hypothesis import given, settings
from hypothesis import strategies as st

from fundeval.evaluation.scoring.bands import find_bands
from fundeval.evaluation.scoring.scores import add_effective_weights, grade_units, sum_domains
from fundeval.evaluation.scoring.sensitivity import add_stability
from fundeval.policy import load
from fundeval.workbench.suppose import suppose

POLICY = load("national")
RULES = POLICY.on(dt.date(2024, 12, 31))
YEAR = 2024


def scores(**points):
    """Scores of one hospital: execution 20, and of output growth 15 + 15, stay 10."""
    weights = {
        "execution_rate": ("execution", 20), "outpatient_cost_growth": ("output", 15),
        "inpatient_cost_growth": ("output", 15), "average_stay": ("output", 10),
    }  # fmt: skip
    return pd.DataFrame(
        [
            {"unit_id": "H", "indicator": name, "domain": domain, "max": float(most),
             "points": points.get(name, np.nan)}
            for name, (domain, most) in weights.items()
        ]
    )  # fmt: skip


def test_a_score_of_exactly_90_is_excellent_whatever_its_domains_round_to():
    """100 / 9, 490 / 9 and 220 / 9 of three domains make 810 / 9 = 90."""
    parts = {"execution": 10, "output": 49, "effect": 22}
    rows = pd.DataFrame(
        [
            {"unit_id": "H", "indicator": name, "domain": name, "points": points, "max": most}
            for (name, points), most in zip(parts.items(), (10.0, 50.0, 30.0), strict=True)
        ]
    )
    domains = sum_domains(rows.assign(effective=rows["max"]))
    none = pd.DataFrame(columns=["unit_id", "incident", "points", "grade_cap"])
    row = grade_units(rows, domains, rows[["unit_id"]].drop_duplicates(), RULES, none).iloc[0]
    assert (row["score"], row["grade"]) == (90.0, "excellent")


def test_a_missing_value_leaves_its_weight_to_its_domain():
    found = sum_domains(
        add_effective_weights(
            scores(execution_rate=10, outpatient_cost_growth=15, average_stay=5), RULES
        )
    )
    # Output keeps 40 of 60: what was judged there, 20 of 25, counts for all of it.
    assert found.set_index("domain")["max"].round(9).to_dict() == {
        "execution": round(100 / 3, 9), "output": round(200 / 3, 9),
    }  # fmt: skip
    assert found["points"].sum() == pytest.approx(10 / 20 * 100 / 3 + 20 / 25 * 200 / 3)


def test_a_domain_without_any_judged_value_leaves_its_weight_to_the_others():
    found = sum_domains(add_effective_weights(scores(execution_rate=10), RULES))
    assert found[["domain", "points", "max"]].to_numpy().tolist() == [["execution", 50.0, 100.0]]


def test_grades_are_half_open_bands_of_the_unrounded_score():
    values = pd.Series([100, 90, 89.999999, 80, 60, 59.999, 0, np.nan])
    found = find_bands(values, RULES.value("grade_bands")).tolist()
    assert found[:7] == ["excellent", "excellent", "good", "good", "fair", "poor", "poor"]
    assert pd.isna(found[7])


def services(visits, costs, case_mix=(None, None)):
    return [
        {"unit_id": "D", "year": year, "setting": "inpatient", "care_level": "tertiary",
         "visits": v, "cost": c, "case_mix": m}
        for year, v, c, m in zip((2023, YEAR), visits, costs, case_mix, strict=True)
    ]  # fmt: skip


def department(**tables):
    return decide(dataset(units=[unit("D")], **tables), POLICY, YEAR)


def test_a_grade_in_the_middle_of_its_band_is_firm_and_one_at_the_edge_is_not():
    tables = {"units": [], "budgets": [], "services": []}
    for name, executed in (("edge", 90.0), ("middle", 97.0)):
        tables["units"].append(unit(name))
        tables["budgets"].append(budget(name, YEAR, executed))
        rows = services((1000, 1000), (1e6, 1e6))
        tables["services"] += [row | {"unit_id": name, "exam_cost": 2e5 * 100 / executed * 1.05}
                               for row in rows]  # fmt: skip
    grades = decide(dataset(**tables), POLICY, YEAR).grades.set_index("unit_id")
    assert grades.loc["middle", "stability"] > grades.loc["edge", "stability"]
    assert grades["stability"].between(0, 1).all()


@pytest.mark.parametrize(
    ("points", "deducted", "grade"),
    [((50.0, 40.01), 0.0, "excellent"), ((0.0, 30.2), 0.0, "poor"), ((50.0, 40.01), 30.0, "fair")],
)
def test_how_firm_a_grade_is_by_draws(points, deducted, grade):
    """Of two indicators of 50 points each. A draw moves each weight by its factor and each share
    by its shift, but none below nothing or above all of its points; what is deducted stays."""
    names, score = ["exam_share", "execution_rate"], sum(points) - deducted
    weighted = pd.DataFrame(
        {"unit_id": "A", "indicator": names, "points": points, "max": 50.0, "effective": 50.0}
    )
    row = {"unit_id": "A", "score": score, "grade": grade, "deducted": deducted, "veto": "",
           "coverage": 1.0, "status": "ok", "reason": ""}  # fmt: skip
    off = pd.DataFrame(
        [{"unit_id": "A", "incident": "late", "points": deducted, "grade_cap": None}]
    )
    found = add_stability(pd.DataFrame([row]), weighted, RULES, off)["stability"].iloc[0]
    random = np.random.default_rng(RULES.value("sensitivity_seed"))
    of_weights, of_curves = RULES.value("sensitivity_weights"), RULES.value("sensitivity_curves")
    kept, draws = 0, RULES.value("sensitivity_draws")
    for _ in range(draws):
        factors = 1 + random.uniform(-of_weights, of_weights, 2)
        shifts = random.uniform(-of_curves, of_curves, 2)
        shares = [min(max(p / 50 + shift, 0), 1) for p, shift in zip(points, shifts, strict=True)]
        drawn = 100 * (shares @ factors) / factors.sum() - deducted
        kept += find_bands(pd.Series([max(drawn, 0.0)]), RULES.value("grade_bands"))[0] == grade
    assert 0 < kept < draws or grade == "poor"
    assert found == kept / draws


def indicator(evaluation, name):
    frame = evaluation.indicators
    rows = frame[(frame["indicator"] == name) & (frame["scheme"] == "all")]
    return rows[rows["year"] == YEAR].iloc[0]


def test_no_score_lies_above_a_hundred():
    """Of three domains that make up all, each is rounded up: 33.3333333334 × 3 > 100."""
    row = {"unit_id": "A", "indicator": "exam_share", "max": 100 / 3, "points": 33.0}
    scores = pd.DataFrame([row | {"domain": each} for each in ("output", "execution", "cost")])
    domains = pd.DataFrame({"unit_id": ["A"] * 3, "points": [33.3333333334] * 3})
    none = pd.DataFrame(columns=["unit_id", "incident", "points", "grade_cap"])
    graded = grade_units(scores, domains, scores[["unit_id"]].drop_duplicates(), RULES, none)
    assert graded["score"].tolist() == [100.0]


def test_wilsons_interval_of_81_in_263():
    """Newcombe, Statist. Med. 17 (1998), table I: 0.2553 to 0.3662."""
    rows = [
        {"unit_id": "U", "year": YEAR, "setting": "outpatient", "care_level": level, "visits": n}
        for level, n in (("village_clinic", 81), ("tertiary", 182))
    ]
    region = dataset(units=[unit("U", "region")], services=rows)
    row = indicator(decide(region, POLICY, YEAR), "primary_share")
    assert (round(row["low"], 4), round(row["high"], 4)) == (0.2553, 0.3662)


def test_the_interval_of_a_growth_narrows_with_volume():
    few = indicator(department(services=services((50, 50), (5e4, 6e4))), "inpatient_cost_growth")
    many = indicator(
        department(services=services((50_000, 50_000), (5e7, 6e7))), "inpatient_cost_growth"
    )
    assert few["value"] == many["value"] == 0.2
    assert few["low"] < 0 < many["low"] < 0.2 < many["high"] < few["high"]
    assert (few["status"], many["status"]) == ("uncertain", "ok")


def test_an_indicator_improves_on_its_own_value_of_the_year_before():
    """0.3 after 0.2, where 0.6 is the benchmark: a quarter of the way, of 90 % at most."""
    curve = {"kind": "benchmark", "threshold": 0.5, "benchmark": 0.6, "improvement_percent": 90}
    rule = {"weight": {"department": 100}, "direction": "higher", "curve": curve}
    others = {f"indicators.{name}": {"weight": {}} for name in RULES.indicators}
    policy = suppose(POLICY, others | {"indicators.exam_share": rule}, RULES.date)
    rows = services((1000, 1000), (1e6, 1e6))
    rows = [row | {"exam_cost": cost} for row, cost in zip(rows, (2e5, 3e5), strict=True)]
    found = decide(dataset(units=[unit("D")], services=rows), policy, YEAR).scores
    [row] = found[found["indicator"] == "exam_share"].to_dict("records")
    assert row["percent_of_weight"] == pytest.approx(22.5)


def test_real_growth_takes_the_price_level_off():
    """−5.0 % nominal at a CPI of 0.2 % is −5.2 % real."""
    evaluation = department(
        services=services((1000, 1000), (100_000.0, 95_000.0)),
        context=[{"unit_id": "D", "year": YEAR, "cpi": 0.002}],
    )
    assert indicator(evaluation, "inpatient_cost_growth")["value"] == -0.05
    assert round(indicator(evaluation, "inpatient_cost_growth_real")["value"] * 100, 1) == -5.2


def test_growth_adjusted_for_case_mix_takes_graver_cases_off():
    evaluation = department(services=services((100, 100), (1e5, 1.1e5), (1.0, 1.1)))
    assert indicator(evaluation, "inpatient_cost_growth")["value"] == 0.1
    assert indicator(evaluation, "case_mix_cost_growth")["value"] == 0


def parts(evaluation):
    rows = evaluation.cost_changes[evaluation.cost_changes["scheme"] == "all"]
    return rows.set_index("part")["amount"]


@pytest.mark.parametrize("visits", [(0, 100), (100, 0)])
def test_a_year_without_visits_is_compared_with_none(visits):
    changes = department(services=services(visits, (1e5, 1e5), (1.0, 1.0))).cost_changes
    assert set(changes["reason"]) == {"zero_denominator"}
    assert changes["amount"].isna().all()


def test_a_change_of_cost_by_hand():
    """100 visits at 1 000 with index 1.0, then 110 at 1 100 with 1.05: volume 10 × 1 000,
    mix 110 × 0.05 × 1 000, price the rest of 21 000."""
    found = parts(department(services=services((100, 110), (1e5, 1.21e5), (1.0, 1.05))))
    assert found.to_dict() == {"mix": 5500, "price": 5500, "total": 21000, "volume": 10000}


@settings(max_examples=8)
@given(
    st.lists(
        st.tuples(
            *[st.integers(1, 10**6)] * 2, *[st.integers(1, 10**9)] * 2, *[st.floats(0.3, 3)] * 2
        ),
        min_size=20,
        max_size=40,
    )
)
def test_the_parts_of_a_change_sum_exactly(rows):
    tables = {"units": [], "services": []}
    for number, (v0, v1, c0, c1, m0, m1) in enumerate(rows):
        tables["units"].append(unit(f"D{number}"))
        tables["services"] += [
            row | {"unit_id": f"D{number}"}
            for row in services((v0, v1), (c0 / 100, c1 / 100), (m0, m1))
        ]
    changes = decide(dataset(**tables), POLICY, YEAR).cost_changes
    fen = changes.assign(fen=(changes["amount"] * 100).round())
    whole = fen[fen["scheme"] == "all"]
    table = whole.pivot_table(index="unit_id", columns="part", values="fen")
    assert len(table) == len(rows)
    assert (table[["volume", "mix", "price"]].sum(axis=1) == table["total"]).all()


def test_what_loses_more_than_half_of_its_points_is_noted_once():
    """Satisfaction earns 10 from 95 % on, nothing at 70 %: 82.5 % half of it, 80 % four points.
    Of exams at 60 % (limit 20 %) the limit is what is told."""
    units = [unit(h, "hospital", level="secondary") for h in ("H1", "H2")]
    measures = [
        {"unit_id": h, "year": 2024, "measure": "satisfaction", "value": value}
        for h, value in (("H1", 0.825), ("H2", 0.80))
    ]
    services = [
        {"unit_id": h, "year": 2024, "setting": setting, "care_level": "secondary",
         "visits": 10_000, "cost": 100.0,
         "exam_cost": 60.0}
        for h in ("H1", "H2") for setting in ("inpatient", "outpatient")
    ]  # fmt: skip
    budgets = [budget(h, 2024, 98.0) for h in ("H1", "H2")]
    data = dataset(units=units, budgets=budgets, measures=measures, services=services)
    found = decide(data, load("national"), 2024)
    points = found.scores.set_index(["unit_id", "indicator"])["points"]
    assert points["H1", "satisfaction"] == 5.0
    assert points["H1", "exam_share"] < 5.0
    lost = found.findings.query("finding == 'points_lost'")
    assert lost[["unit_id", "subject", "value", "expected"]].to_numpy().tolist() == [
        ["H2", "satisfaction", 4.0, 10.0]
    ]
    told = found.findings.query("subject == 'exam_share' and unit_id == 'H1'")["finding"]
    assert told.tolist() == ["exam_share_above_limit"]
