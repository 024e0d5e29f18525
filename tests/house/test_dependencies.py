"""The lock, the conda environment and pyproject.toml say the same."""

import re
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
# A pin is a line that starts with a name; hashes and comments are indented below it. A library
# may be pinned twice, for different versions of Python.
PINS = [line.removesuffix(" \\") for line in LOCK.splitlines() if re.match(r"[A-Za-z0-9]", line)]


def direct_dependencies() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = [re.match(r"[A-Za-z0-9._-]+", entry) for entry in wanted]
    return [re.sub(r"[._-]+", "-", name.group()).lower() for name in names if name]


def test_the_conda_environment_has_the_pins_of_the_lock() -> None:
    content = YAML(typ="safe").load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = content["dependencies"]
    assert conda == ["python=3.11", "pip"]
    assert pip["pip"] == PINS


@pytest.mark.parametrize("name", direct_dependencies())
def test_each_direct_dependency_is_locked_by_hash(name: str) -> None:
    assert re.search(rf"^{re.escape(name)}==[^\n]* \\\n +--hash=sha256:[0-9a-f]{{64}}", LOCK, re.M)


def test_the_lock_names_no_package_index() -> None:
    lines = [line for line in LOCK.splitlines() if "://" in line or "--index" in line]
    assert lines == []


def test_every_pin_has_hashes() -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", LOCK)
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert len(PINS) == len(entries)
