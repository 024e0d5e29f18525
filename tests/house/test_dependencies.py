"""The locks, the conda environment and pyproject.toml say the same."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNNING, DEVELOPING = "requirements.lock", "requirements-dev.lock"
DOCUMENTING = "docs/requirements.lock"
LOCKS = {
    name: (ROOT / name).read_text(encoding="utf-8") for name in (RUNNING, DEVELOPING, DOCUMENTING)
}
EXTRAS = PROJECT["project"]["optional-dependencies"]


def pins(lock: str) -> list[str]:
    """Return the pins of a lock, with their markers.

    A pin starts its line; hashes and comments are indented below it. A library may be pinned
    twice, for different versions of Python.
    """
    lines = [line.removesuffix(" \\") for line in LOCKS[lock].splitlines()]
    return [line for line in lines if re.match(r"[A-Za-z0-9]", line)]


def versions(lock: str) -> set[str]:
    return {pin.partition(" ;")[0] for pin in pins(lock)}


def names(requirements: list[str]) -> list[str]:
    return [canonicalize_name(Requirement(entry).name) for entry in requirements]


def group(name: str) -> list[str]:
    """Return the libraries of a dependency group, included groups left out."""
    return [entry for entry in PROJECT["dependency-groups"][name] if isinstance(entry, str)]


def direct_dependencies() -> list[tuple[str, str]]:
    """Return each lock with each library that it has to pin."""
    running = PROJECT["project"]["dependencies"] + group("build")
    tested = [entry for extra in ("cluster", "disclosure", "postgresql") for entry in EXTRAS[extra]]
    developing = running + group("dev") + tested
    wanted = {RUNNING: running, DEVELOPING: developing, DOCUMENTING: group("docs")}
    return [(lock, name) for lock, entries in wanted.items() for name in names(entries)]


def test_the_conda_environment_has_the_pins_of_the_running_lock() -> None:
    content = YAML(typ="safe").load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = content["dependencies"]
    assert conda == ["python=3.11", "pip"]
    assert pip["pip"] == pins(RUNNING)


@pytest.mark.parametrize(("lock", "name"), direct_dependencies())
def test_each_direct_dependency_is_locked_by_hash(lock: str, name: str) -> None:
    pattern = rf"^{re.escape(name)}==[^\n]* \\\n +--hash=sha256:[0-9a-f]{{64}}"
    assert re.search(pattern, LOCKS[lock], re.MULTILINE)


def test_the_development_lock_adds_to_the_running_lock() -> None:
    assert versions(RUNNING) < versions(DEVELOPING)


def test_what_builds_the_documentation_changes_no_version_of_what_is_installed() -> None:
    theirs = versions(DEVELOPING)
    names_there = {pin.partition("==")[0] for pin in theirs}
    shared = {pin for pin in versions(DOCUMENTING) if pin.partition("==")[0] in names_there}
    assert any(pin.startswith("jinja2==") for pin in shared)
    assert shared <= theirs


def test_who_runs_reports_installs_neither_test_tools_nor_extras() -> None:
    extras = [entry for extra in EXTRAS.values() for entry in extra]
    unwanted = {*names(group("dev")), *names(group("docs")), *names(extras), "dask", "polars"}
    assert unwanted & {pin.partition("==")[0] for pin in pins(RUNNING)} == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_package_index(lock: str) -> None:
    lines = [line for line in LOCKS[lock].splitlines() if "://" in line or "--index" in line]
    assert lines == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", LOCKS[lock])
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert len(pins(lock)) == len(entries)
