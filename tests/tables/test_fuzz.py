"""A few of the inputs that tests/benchmarks/fuzz.py makes by the thousand."""

from pathlib import Path

import pytest
from fuzz_targets import TARGETS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FEW = {
    "text": 15, "parquet": 15, "workbook": 8, "cells": 15, "numbers": 15, "layouts": 6, "yaml": 15,
    "database": 6,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_no_input_ends_in_anything_but_a_refusal(target: str, tmp_path: Path) -> None:
    @settings(
        max_examples=FEW[target],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def attack(data: st.DataObject) -> None:
        TARGETS[target](data, tmp_path)

    attack()
