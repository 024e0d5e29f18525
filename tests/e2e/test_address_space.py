"""Too little address space is told at once, in one line."""

import subprocess
import sys

import pytest

from tests.e2e.places import Ended
from tests.messages import says

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="ulimit -v holds on Linux only")


def under(kilobytes: int, *arguments: str) -> Ended:
    """Run a command with so much address space."""
    program = [sys.executable, "-c", "from fundeval.cli import app; app()", *arguments]
    command = ["bash", "-c", f'ulimit -v {kilobytes}; exec "$@"', "bash", *program]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize("kilobytes", [100_000, 600_000, 2_000_000])
def test_too_little_is_told_before_anything_starts(kilobytes: int) -> None:
    ended = under(kilobytes, "run", "params/demo.yaml", "--jobs", "1")
    assert ended.status == 2
    values = {"megabytes": kilobytes // 1024, "needed": 2048}
    assert says(ended.errors, "cli.memory_limit", "zh", **values)
    assert len(ended.errors.splitlines()) == 1


def test_enough_is_enough() -> None:
    assert under(4_000_000, "check", "sample:public").status == 0
