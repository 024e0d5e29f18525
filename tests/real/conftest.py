"""Real data that stands beside the repository, where it is present."""

import importlib.util
from pathlib import Path

import pytest

from fundeval.tables import load

SHARED_DATA = Path(__file__).parents[2].parent / "shared" / "data"


def folder_or_skip(name: str) -> Path:
    folder = SHARED_DATA / name
    if not folder.is_dir():
        pytest.skip(f"real data not present: ../shared/data/{name} beside the repository")
    return folder


@pytest.fixture(scope="session")
def mssp_source() -> Path:
    return folder_or_skip("mssp")


@pytest.fixture(scope="session")
def provinces_source() -> Path:
    return folder_or_skip("cn_province_expenditure")


@pytest.fixture(scope="session")
def mssp():
    """The example script, which is no module of the package."""
    specification = importlib.util.spec_from_file_location(
        "mssp_example", Path(__file__).with_name("mssp.py")
    )
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def folder(mssp, mssp_source, tmp_path_factory):
    """The data set that the example makes."""
    made = tmp_path_factory.mktemp("mssp")
    mssp.write(mssp_source, made)
    return made


@pytest.fixture(scope="session")
def dataset(folder):
    return load(folder)
