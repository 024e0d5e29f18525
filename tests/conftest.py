"""Shared by all tests: what is evaluated or run once for all of them, and hypothesis."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from fundeval import policy
from fundeval.evaluation import evaluate
from fundeval.results import parquet
from fundeval.results.frames import Evaluation
from fundeval.tables import Dataset, load
from tests.e2e.places import Place, create_workspace, write_light_notebooks

# A busy machine is no defect of what a property says, so an example has no deadline.
settings.register_profile("fundeval", deadline=None)
settings.load_profile("fundeval")

MakeOnce = Callable[[str, Callable[[Path], object]], Path]

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
def make_once(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> MakeOnce:
    """Return a function that makes a named folder: once, whichever worker of xdist asks first.

    Workers share the folder above their own. What was made is only read, or copied.
    """
    shared = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        shared = shared.parent

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        folder = shared / name
        with FileLock(f"{folder}.lock"):
            if not folder.exists():
                made = tmp_path_factory.mktemp(name)
                fill(made)
                made.rename(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def city_run(make_once: MakeOnce) -> Path:
    """A folder whose `evaluation` is that of the sample city, as a run leaves it."""

    def fill(made: Path) -> None:
        city = load("sample:city")
        evaluated = evaluate(city, policy.load("national"), 2024)
        parquet.write(evaluated, made / "evaluation")
        for name, each in (("city", city), ("evaluation", evaluated)):
            (made / f"{name}.pickle").write_bytes(pickle.dumps(each))

    return make_once("city-run", fill)


@pytest.fixture(scope="session")
def city(city_run: Path) -> Dataset:
    """The sample city. It is shared: a test that changes it works on a copy."""
    return pickle.loads((city_run / "city.pickle").read_bytes())


@pytest.fixture(scope="session")
def evaluated_city(city_run: Path) -> Evaluation:
    """The evaluation of the sample city. It is shared: a test that changes it works on a copy."""
    return pickle.loads((city_run / "evaluation.pickle").read_bytes())


@pytest.fixture(scope="session")
def small_run(make_once: MakeOnce) -> Path:
    """The small data set in `place`, with a run of all units by two processes; how it ended."""

    def fill(made: Path) -> None:
        place = Place(create_workspace(made / "place"))
        ended = place.run("run", "run.yaml", "--jobs", "2")
        (made / "ended.pickle").write_bytes(pickle.dumps(ended))

    return make_once("small-run", fill)


@pytest.fixture(scope="session")
def light_run(make_once: MakeOnce) -> Path:
    """The small data set with a run of all units whose notebooks only print the unit."""

    def fill(made: Path) -> None:
        create_workspace(made)
        write_light_notebooks(made)
        ended = Place(made).run("run", "run.yaml")
        assert ended.status == 0, ended.errors

    return make_once("light-run", fill)
