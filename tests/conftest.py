"""Shared by all tests: one evaluation of the sample city for a whole run, and hypothesis."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from fundeval import policy
from fundeval.evaluation import evaluate
from fundeval.results import parquet
from fundeval.results.frames import Evaluation
from fundeval.tables import load

# A busy machine is no defect of what a property says, so an example has no deadline.
settings.register_profile("fundeval", deadline=None)
settings.load_profile("fundeval")

# Fixtures that start a server or a browser, or install the package: what uses one is slow.
SLOW_FIXTURES = {"browser", "cluster", "installed", "server"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a slow fixture as slow, which `make test` leaves out; the longest begin."""
    for item in items:
        if SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
    # One that takes minutes and runs at the end keeps a single process busy.
    items.sort(key=lambda item: item.path.name != "test_guides.py")


@pytest.fixture(scope="session")
def city_run(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder whose `evaluation` is that of the sample city, as a run leaves it.

    It is made once: workers of xdist share the folder above their own. Only read it.
    """
    shared = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        shared = shared.parent
    folder = shared / "city-run"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            made = tmp_path_factory.mktemp("city")
            city = evaluate(load("sample:city"), policy.load("national"), 2024)
            parquet.write(city, made / "evaluation")
            (made / "evaluation.pickle").write_bytes(pickle.dumps(city))
            made.rename(folder)
    return folder


@pytest.fixture(scope="session")
def evaluated_city(city_run: Path) -> Evaluation:
    """The evaluation of the sample city. It is shared: a test that changes it works on a copy."""
    return pickle.loads((city_run / "evaluation.pickle").read_bytes())
