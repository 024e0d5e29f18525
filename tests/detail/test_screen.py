"""R24: what equals a limit is not over it; what is not known is not judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fundeval.policy import load
from tests.detail.make import ENGINES, STAY, VISIT, made, numbered, shares, skip_without

OVERLAY = """\
id: local
title: {zh: 本地, en: local}
extends: national
parameters:
  screening_purchase:
    values:
      - {from: 2023-01-01, value: 5000, source: {kind: local, cite: x, checked_on: 2026-01-01}}
      - {from: 2024-07-01, value: 100.5, source: {kind: local, cite: x, checked_on: 2026-01-01}}
  screening_stay_groups:
    values:
      - {from: 2023-01-01, value: [], source: {kind: local, cite: x, checked_on: 2026-01-01}}
"""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("rule", "row", "at_limit", "over"),
    [
        ("single_purchase", VISIT | {"cost": 9000}, {"drug_cost": 5000}, {"drug_cost": 5000.01}),
        # 0.6 × 10.05 is less than 6.03 in floating point.
        ("drug_share", STAY | {"cost": 10.05, "fund_paid": 0, "exam_cost": 0},
         {"drug_cost": 6.03}, {"drug_cost": 6.04}),
        ("long_stay", STAY, {"bed_days": 10}, {"bed_days": 10.5}),
    ],
)  # fmt: skip
def test_a_record_at_the_limit_passes(
    tmp_path: Path, *, engine: str, rule: str, row: dict[str, Any], at_limit: Any, over: Any
) -> None:
    skip_without(engine)
    derived = made(tmp_path, numbered(row | at_limit, row | over), engine=engine, list_flagged=True)
    assert shares(derived, rule) == [("H1", 2024, 2, 1)]
    assert derived.flagged is not None
    assert derived.flagged.filter(
        [name == rule for name in derived.flagged["rule"].to_pylist()]
    ).to_pylist() == [{"rule": rule, "record_id": "S2", "unit_id": "H1", "year": 2024}]


@pytest.mark.parametrize("engine", ENGINES)
def test_stays_of_a_person_are_counted_wherever_they_were(tmp_path: Path, engine: str) -> None:
    skip_without(engine)
    six = [STAY | {"person_id": "six"}] * 6
    seven = [STAY | {"person_id": "seven"}] * 4 + [
        STAY | {"person_id": "seven", "unit_id": "H2"}
    ] * 3
    other_year = [STAY | {"person_id": "six", "year": 2023}]
    nobody = [STAY | {"person_id": None}] * 9
    visits = [VISIT | {"person_id": "six"}] * 3
    derived = made(tmp_path, numbered(*six, *seven, *other_year, *nobody, *visits), engine=engine)
    assert shares(derived, "frequent_stays") == [
        ("H1", 2023, 1, 0), ("H1", 2024, 10, 4), ("H2", 2024, 3, 3),
    ]  # fmt: skip


def test_other_groups_may_stay_long_and_other_visits_hold_many_drugs(tmp_path: Path) -> None:
    rows = numbered(
        STAY | {"disease_group": "I10", "bed_days": 40},
        STAY | {"disease_group": None, "bed_days": 40},
        VISIT | {"drug_cost": 900.0, "exam_cost": 0},
    )
    derived = made(tmp_path, rows)
    assert shares(derived, "long_stay") == [("H1", 2024, 0, None)]
    assert shares(derived, "drug_share") == [("H1", 2024, 2, 0)]


def test_without_persons_frequent_stays_cannot_be_judged(tmp_path: Path) -> None:
    derived = made(tmp_path, numbered(*[STAY] * 9).drop(columns="person_id"))
    [row] = derived.screening[derived.screening["rule"] == "frequent_stays"].to_dict("records")
    assert (row["records"], row["reason"]) == (0, "no_column")
    assert pd.isna([row["flagged"], row["cost_flagged"], row["share"]]).all()
    assert "screened_frequent_stays" not in set(derived.measures["measure"])
    assert "person_id" in derived.absent


@pytest.mark.parametrize("engine", ENGINES)
def test_the_limit_is_that_of_the_year(tmp_path: Path, engine: str) -> None:
    skip_without(engine)
    (tmp_path / "local.yaml").write_text(OVERLAY, encoding="utf-8")
    row = VISIT | {"drug_cost": 100.51}
    rows = numbered(row | {"year": 2023}, row | {"year": 2024}, row | {"drug_cost": 100.5})
    derived = made(tmp_path, rows, policy=load(tmp_path / "local.yaml"), engine=engine)
    assert shares(derived, "single_purchase") == [("H1", 2023, 1, 0), ("H1", 2024, 2, 1)]
    measures = derived.measures.set_index(["year", "measure"])["value"]
    assert measures[2024, "screened_single_purchase"] == 0.5
