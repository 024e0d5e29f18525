"""Throw many spoilt inputs at the readers and loaders; run by hand.

    PYTHONPATH=tests/tables .venv/bin/python tests/benchmarks/fuzz.py [EXAMPLES] [TARGET ...]

prints, for each target, how many inputs there were, how many were refused, and the most
CPU seconds that one took, processes of its own included. Anything but a refusal in our words
ends the run with the input that did it.
"""

import os
import sys
import tempfile
from pathlib import Path

from fuzz_targets import TARGETS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st


def attack(name: str, examples: int) -> str:
    """Run one target; return a line of counts."""
    seconds: list[float] = []
    refusals: list[bool] = []

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def once(data: st.DataObject) -> None:
        started = sum(os.times()[:4])
        with tempfile.TemporaryDirectory() as folder:
            refusals.append(TARGETS[name](data, Path(folder)))
        seconds.append(sum(os.times()[:4]) - started)

    once()
    return f"{name}: {len(refusals)} inputs, {sum(refusals)} refused, at most {max(seconds):.1f} s"


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    for target in sys.argv[2:] or TARGETS:
        print(attack(target, count), flush=True)
