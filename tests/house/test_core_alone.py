"""The core runs alone: the evaluation and the policy need a few libraries only."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fundeval import policy
from fundeval.evaluation import evaluate
from tests.evaluation.build import budget, dataset, unit

# And what these need. Pandas and pandera use pyarrow if it is there, and do without.
NEEDED = ("numpy", "pandas", "pandera", "pydantic", "ruamel.yaml", "pyyaml")
FRAMES = ("units", "indicators", "scores", "grades", "restrictions", "budget", "findings")
ROOT = Path(__file__).parents[2]
# Nothing else of what is installed can be imported; the package itself can.
ALONE = """
import json
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {refused}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refuse())
from tests.house.test_core_alone import evaluated

print(json.dumps(evaluated()))
"""


def evaluated() -> dict[str, str]:
    """Return the frames of a small evaluation as text."""
    years = (2022, 2023, 2024)
    given = dataset(
        units=[
            unit("R", "region"),
            unit("H", "hospital", "R", level="tertiary"),
            unit("D", "department", "H"),
        ],
        budgets=[
            budget(name, year, executed)
            for name, executed in (("R", 97.0), ("H", 95.0), ("D", 70.0))
            for year in years
        ],
    )
    evaluation = evaluate(given, policy.load("national"), 2024)
    return {name: getattr(evaluation, name).to_csv(index=False) for name in FRAMES}


def needed_distributions() -> set[str]:
    """Return the distributions that `NEEDED` are and need, without extras."""
    found: set[str] = set()
    following = list(NEEDED)
    while following:
        name = canonicalize_name(following.pop())
        if name in found:
            continue
        found.add(name)
        try:
            wanted = map(Requirement, requires(name) or [])
        except PackageNotFoundError:  # Needed on other systems only.
            continue
        following += [
            each.name
            for each in wanted
            if each.marker is None or each.marker.evaluate({"extra": ""})
        ]
    return found


def refused_modules() -> set[str]:
    """Return the modules of all that is installed beside the package and what it may need."""
    allowed = needed_distributions() | {"fundeval"}
    return {
        module
        for module, distributions in packages_distributions().items()
        if not allowed & set(map(canonicalize_name, distributions))
    }


def test_the_core_needs_a_few_libraries_only() -> None:
    refused = refused_modules()
    assert {"pyarrow", "papermill", "babel", "xlsxwriter", "python_calamine", "dask"} <= refused
    command = [sys.executable, "-c", ALONE.format(refused=refused)]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    alone = json.loads(ended.stdout)
    assert alone == evaluated()
    assert "restricted" in alone["restrictions"]
    assert "next_budget" in alone["budget"]
