"""A small hand-made evaluation: a region, an alliance, two hospitals, three departments."""

from __future__ import annotations

import pandas as pd
import pytest

from fundeval.policy.known import KNOWN
from fundeval.report.pages import notebook_page
from fundeval.results.frames import FRAMES, Evaluation
from fundeval.tables.schemas import Context, Funds, Measures, Settlements
from tests.report.pages import executed

SCRIPT = "<script>alert(1)</script>"
YEAR = 2024
STEPS = {"base": 1e7, "history": 400_500.0, "envelope": -100_400.0, "next_budget": 10_300_100.0}


def frame(name: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(FRAMES[name]))


def unit(
    unit_id: str, name: str, kind: str, parent: str | None, level: str | None, *, alliance: str = ""
) -> dict:
    return {
        "unit_id": unit_id, "name": name, "kind": kind, "parent_id": parent, "level": level,
        "alliance_id": alliance or None,
        "valid_from": pd.NaT, "valid_to": pd.NaT, "name_en": None,
    }  # fmt: skip


UNITS = [
    unit("010000", "甲市", "region", None, None),
    unit("R1", "甲县", "region", "010000", None),
    unit("R2", "乙县", "region", "010000", None),
    unit("A1", "甲医共体", "alliance", "010000", None),
    unit("H1", f"甲医院{SCRIPT}", "hospital", "010000", "tertiary", alliance="A1"),
    unit("H2", "乙医院", "hospital", "010000", "tertiary"),
    unit("H1-1", "内科", "department", "H1", None),
    unit("H1-2", "外科 & 骨科", "department", "H1", None),
    unit("H2-1", "儿科", "department", "H2", None),
]
RATES = {"010000": 0.97, "H1": 0.89996, "H2": 1.02, "H1-1": 0.85, "H1-2": 0.9, "H2-1": 0.95}


def indicator_rows(unit_id: str, rate: float) -> list[dict[str, object]]:
    shared = {"unit_id": unit_id, "scheme": "all", "status": "ok", "reason": ""}
    rows = [
        {**shared, "year": year, "indicator": name, "value": rate, "numerator": rate * 1e6,
         "denominator": 1e6}
        for year in (YEAR - 1, YEAR)
        for name in ("execution_rate", "execution_rate_initial", "execution_rate_with_carryover")
    ]  # fmt: skip
    growth = {"year": YEAR, "indicator": "inpatient_cost_growth", "value": 0.05}
    return [*rows, {**shared, **growth, "numerator": 105.0, "denominator": 100.0}]


def score_rows(unit_id: str, rate: float) -> list[dict[str, object]]:
    return [
        {"unit_id": unit_id, "indicator": "execution_rate", "scheme": "all", "value": rate,
         "points": 20 * min(rate, 1), "max": 20.0, "status": "ok", "reason": "",
         "domain": "execution", "percent_of_weight": 100 * min(rate, 1), "figures": "1"},
        {"unit_id": unit_id, "indicator": "exam_share", "scheme": "all", "max": 15.0,
         "status": "not_judged", "reason": "zero_denominator", "figures": "0.2"},
    ]  # fmt: skip


# What the policy of the region says of the tie between evaluation and budget.
LINKED = {"hospital": "within", "department": "neutral", "region": "neutral"}
WITHHELD = {"hospital": 0.1, "department": 0.03, "region": 0.02}
RETURNED = {
    "hospital": {"by": "grade", "grades": {"excellent": 1.5, "fair": 1, "good": 1, "poor": 0}},
    "department": {"by": "score", "points": [[60.0, 0.0], [100.0, 1.0]], "rank": None},
    "region": {"by": "score", "points": [[60.0, 0.0], [100.0, 1.0]], "rank": None},
}
LINK = [[0.0, -0.03], [0.8, -0.03], [0.8, -0.01], [0.9, -0.01], [0.9, 0.0], [1.05, 0.0]]


def parameter(name: str, value: object, stale: bool = False, unit: str = "") -> dict[str, object]:
    return {
        "name": name, "unit": unit or KNOWN.get(name), "value": value, "stale": stale,
        "since": "2023-01-01",
        "description": {"zh": f"参数 {name}", "en": f"Parameter {name}"}, "origin": "national",
        "source": {"kind": "local", "cite": "本地设定", "checked_on": "2026-01-01"},
    }  # fmt: skip


ABOUT = {
    "year": YEAR,
    "version": "0.0.0",
    "dataset": {
        "title": {"zh": "示例", "en": "Example"}, "source": "手工编写", "currency": "CNY",
        "synthetic": True, "licence": "CC0",
    },
    "headers": {"executed": "执行数", "adjusted": "调整预算"},
    "inputs": [{"name": "units.csv", "sha256": "ab" * 32, "rows": {"units": 6}}],
    "policy": {
        "id": "national",
        "title": {"zh": "示范政策", "en": "Example policy"},
        "files": [{"name": "national.yaml", "sha256": "cd" * 32}],
        "parameters": [
            parameter("execution_floor", 0.9),
            parameter("cost_growth_limit", 0.05),
            parameter("exam_share_limit", 0.2),
            parameter("minimum_peers", 2, stale=True),
            parameter("minimum_volume", 100),
            parameter("minimum_coverage", 0.6),
            parameter("minimum_domains", 0),
            parameter("interval_z", 1.96),
            parameter("payable_months_warning", 7),
            parameter("sensitivity_draws", 200),
            parameter("sensitivity_weights", 0.2),
            parameter("sensitivity_curves", 0.05),
            parameter("growth_drivers", {
                "history": {"weight": 0.4, "growth_of": "budgets.executed",
                            "years": "history_years"},
                "population": {"weight": 0.3, "growth_of": "context.population"},
                "technology": {"weight": 0.3, "rate": "context.technology_growth"},
            }, unit="drivers"),
            parameter("regional_float", 0.03),
            parameter("budget_base", "adjusted"),
            parameter("budget_floor", 0.5, unit="factor"),
            parameter("budget_cap", 1.2, unit="factor"),
            parameter("evaluation_link", LINKED, unit="choices_by_kind"),
            parameter("withheld_share", WITHHELD, unit="fractions_by_kind"),
            parameter("returned", RETURNED, unit="returns"),
            parameter("execution_link", {"points": LINK}, unit="schedule"),
            parameter("execution_link_by", "scheme"),
            parameter("restricted_units", "capped"),
            parameter("history_years", 3, unit="years"),
            parameter("projection_scenarios", {"trend": 0, "higher": 0.02}),
            parameter("projection_years", 2, unit="years"),
            parameter("purchase_warning", 0.8),
            parameter("onsite_check_hours", 24),
            parameter("purchase_check_from", "day_end"),
            parameter("year_end_forecast", "pace"),
            parameter("surplus_rate_adjustment", 0.05),
            parameter("surplus_rate_warning", 0.15),
            parameter("adjustment_share", 0.5),
            parameter("alliance_gate", "precondition"),
            parameter("deductions", {}, unit="deductions"),
            parameter("warning_bands", [{"from": 0, "to": 0.9, "result": "blue"},
                                        {"from": 0.9, "to": 1.05, "result": "none"},
                                        {"from": 1.05, "to": None, "result": "red"}],
                      unit="bands"),
            parameter("grade_bands", [{"from": 0, "to": 60, "result": "poor"},
                                      {"from": 60, "to": 80, "result": "fair"},
                                      {"from": 80, "to": 90, "result": "good"},
                                      {"from": 90, "to": None, "result": "excellent"}]),
        ],
        "indicators": [
            parameter("execution_rate", {"domain": "execution", "direction": "higher",
                                         "weight": {"department": 20}, "missing": "spread",
                                         "curve": {"kind": "target", "target": 1.0}}),
            parameter("exam_share", {"domain": "output", "direction": "lower",
                                     "weight": {"department": 15}, "missing": "spread",
                                     "curve": {"kind": "target", "target": "exam_share_limit"}}),
        ],
        "grades": {grade: {} for grade in ("excellent", "fair", "good", "poor")},
        "domains": {
            "execution": {"zh": "预算执行", "en": "Execution"},
            "output": {"zh": "产出", "en": "Output"},
        },
    },
}  # fmt: skip


def allocation(unit_id: str, parent: str | None, kind: str, **values: object) -> dict[str, object]:
    """How a budget was settled: the unit stands alone, and nothing moved, unless values say so."""
    amounts = dict.fromkeys(
        ("parent_effect", "withheld", "award", "net", "retained_below", "unspent",
         "group_withheld", "group_wanted", "group_retained", "link_rate"), 0.0,
    )  # fmt: skip
    by = "grade" if kind == "hospital" else "score"
    return {
        "unit_id": unit_id, "year": YEAR + 1, "scheme": "all", "parent_id": parent, "kind": kind,
        "base": 1000.0, "retained_in_base": 0.0, "returned": "1",
        "needs": 10_400_500.0, "desired": 10_400_500.0, "floor": 5e6,
        "floor_by": "floor", "cap": 1.2e7,
        "cap_by": "cap", "top": 1.2e7, "envelope": 10_300_100.0, "envelope_by": "gdp",
        "next_budget": 10_300_100.0,
        "balance_rule": "neutral", "score": 89.99, "grade": "good", "result_by": by,
        "result": "good" if by == "grade" else "89.99", "standing": "judged",
        "restricted_unit": False, "capped": False,
        "execution_rate": RATES.get(unit_id), "group_count": 0, "group_judged": 0,
        "group_envelope": 0.0, "income_reason": "", "gdp_reason": "", "limit": "", "reason": "",
        "factor": "", "group_reason": "", **amounts, **values,
    }  # fmt: skip


ALLOCATIONS = [
    allocation("010000", None, "region", reason="root"),
    *(allocation(u, "010000", "hospital", reason="all_equal", group_reason="all_equal",
                 group_count=2, group_judged=2, group_envelope=2060.02) for u in ("H1", "H2")),
    *(allocation(u, "H1", "department", reason="all_equal", group_reason="all_equal",
                 group_count=2, group_judged=2, group_envelope=2060.02,
                 restricted_unit=u == "H1-1", capped=u == "H1-1") for u in ("H1-1", "H1-2")),
    allocation("H2-1", "H2", "department", reason="only_unit", group_reason="only_unit",
               group_count=1, group_judged=1, group_envelope=1030.01),
]  # fmt: skip
BUDGETS = [
    {"unit_id": u, "year": YEAR, "scheme": "all", "executed": rate * 1e6, "adjusted": 1e6,
     "file": "budgets.csv", "row": row}
    for row, (u, rate) in enumerate(RATES.items(), start=2)
]  # fmt: skip
SERVICES = [
    "unit_id", "year", "scheme", "setting", "care_level", "exam_cost", "cost", "file", "row",
]  # fmt: skip


@pytest.fixture
def evaluation() -> Evaluation:
    rates = RATES.items()
    grades = [
        {"unit_id": u, "score": 89.996, "grade": "good", "coverage": 0.6, "stability": 0.785,
         "status": "ok", "reason": ""}
        for u in RATES
    ]  # fmt: skip
    states = {"H1-1": "restricted", "H1-2": "clear", "H2-1": "undetermined"}
    restrictions = [
        {"unit_id": u, "year": YEAR, "rate": RATES[u], "previous_rate": RATES[u], "state": state,
         "floor": 0.9, "previous_floor": 0.9, "reason": "gap" if state == "undetermined" else ""}
        for u, state in states.items()
    ]  # fmt: skip
    budget = [
        {"unit_id": u, "year": YEAR + 1, "scheme": "all", "step": step, "amount": amount,
         "status": "ok", "reason": "gdp" if step == "envelope" else "",
         "parameter": "growth_drivers" if step in {"history", "population", "technology"} else ""}
        for u in RATES
        for step, amount in STEPS.items()
    ]  # fmt: skip
    finding = {"year": YEAR, "scheme": "all", "detail": ""}
    findings = [
        {**finding, "unit_id": "H1", "finding": "below_floor", "severity": "warning",
         "subject": "execution_rate", "value": 0.89996, "expected": 0.9},
        {**finding, "unit_id": "H1-1", "finding": "restricted", "severity": "severe",
         "subject": "execution_rate", "value": 0.85, "expected": 0.85},
        {**finding, "unit_id": "H1", "finding": "submitted_differs", "severity": "warning",
         "subject": "budgets.adjusted", "value": 281000000.0, "expected": 281000000.01,
         "detail": "parts"},
        {**finding, "unit_id": "", "finding": "stale_parameter", "severity": "note",
         "subject": "minimum_peers", "detail": "2020-01-01"},
    ]  # fmt: skip
    findings += [
        {**finding, "unit_id": "H1", "finding": "conflict_surplus_award", "severity": "warning",
         "subject": "surplus_award", "value": 250_000.0},
        *({**finding, "unit_id": u, "finding": "exam_share_above_limit", "severity": "warning",
           "subject": "exam_share", "value": value, "expected": 0.2}
          for u, value in (("H1-1", 0.21), ("H1-2", 0.35))),
    ]  # fmt: skip
    spread = dict.fromkeys(("minimum", "p10", "p25"), 0.89996)
    spread |= dict.fromkeys(("p50", "p75", "p90", "maximum"), 1.02)
    peers = [
        {
            "indicator": "execution_rate",
            "kind": kind,
            "level": level,
            "tier": tier,
            "scheme": "all",
            "count": 2,
            **spread,
        }
        for kind, level, tier in (
            ("hospital", "tertiary", 0),
            ("region", "", 1),
            ("department", "", 0),
        )
    ]
    domains = [
        {"unit_id": "H1", "domain": "output", "points": 59.996, "max": 70.0},
        {"unit_id": "H1", "domain": "execution", "points": 30.0, "max": 30.0},
    ]
    parts = {"volume": 1e5, "mix": float("nan"), "price": -45_000.0, "total": 55_000.0}
    cost_changes = [
        {"unit_id": "H1", "year": YEAR, "scheme": "all", "setting": "inpatient", "part": part,
         "amount": amount, "reason": "missing_case_mix" if part == "mix" else ""}
        for part, amount in parts.items()
    ]  # fmt: skip
    settlement = [
        {"unit_id": "H1", "year": YEAR, "scheme": "employee", "item": item, "base": 1e6,
         "rate": 0.25, "amount": 250_000.0}
        for item in ("surplus_award", "balance", "overrun_band_1", "clearing", "alliance_award")
    ]  # fmt: skip
    settlement.append({**settlement[1], "unit_id": "A1"})
    adjustments = [
        {"unit_id": u, "year": YEAR, "scheme": "employee", "rate": 0.1, "short": 0.0,
         "spare": 0.0, "amount": amount}
        for u, amount in (("R1", 125_000.0), ("R2", -125_000.0))
    ]  # fmt: skip
    projections = [
        {"unit_id": "010000", "scheme": "employee", "scenario": scenario, "year": YEAR + n,
         "income": 1e6, "expenditure": 1e6 + step * n, "closing": 150_000.0 - step * n,
         "payable_months": 1.0}
        for scenario, step in (("trend", 5e4), ("higher", 1e5), ("gdp_line", 1e4))
        for n in range(3)
    ]  # fmt: skip
    given = {
        "units": UNITS,
        "indicators": [row for u, rate in rates for row in indicator_rows(u, rate)],
        "scores": [row for u, rate in rates for row in score_rows(u, rate)],
        "grades": grades,
        "restrictions": restrictions,
        "settlement": settlement,
        "adjustments": adjustments,
        "projections": projections,
        "budget": budget,
        "allocations": ALLOCATIONS,
        "findings": findings,
        "domains": domains,
        "cost_changes": cost_changes,
        "peers": peers,
    }
    context = [*Context.to_schema().columns, "file", "row"]
    tables = {
        "budgets": pd.DataFrame(BUDGETS),
        "services": pd.DataFrame(columns=SERVICES),
        "context": pd.DataFrame(columns=context),
        "measures": pd.DataFrame(columns=[*Measures.to_schema().columns, "file", "row"]),
        "funds": pd.DataFrame(columns=[*Funds.to_schema().columns, "file", "row"]),
        "settlements": pd.DataFrame(columns=[*Settlements.to_schema().columns, "file", "row"]),
    }
    frames = {name: frame(name, given.get(name, [])) for name in FRAMES}
    return Evaluation(**frames, tables=tables, about=ABOUT)


@pytest.fixture(scope="session")
def hospital_run(city_run, tmp_path_factory):
    """A folder with the report of a hospital of the sample city, as a run writes it. Only read."""
    folder = tmp_path_factory.mktemp("hospital")
    (folder / "reports").mkdir()
    notebook = executed("hospital", city_run / "evaluation", "H99010600001", "zh")
    page = folder / "reports" / "H99010600001.html"
    page.write_text(notebook_page.render(notebook, "zh"), encoding="utf-8")
    return folder
