"""Real data that stands beside the repository, where it is present."""

from pathlib import Path

import pytest

from fundeval.intake.convert import convert
from fundeval.intake.write import write_examination
from fundeval.tables import load

MAPPING = Path(__file__).parents[2] / "docs" / "examples" / "mssp-mapping.yaml"
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
def folder(mssp_source, tmp_path_factory):
    """The data set that the example mapping makes."""
    made = tmp_path_factory.mktemp("mssp") / "data"
    write_examination(made, convert(mssp_source, MAPPING).examination, "en")
    return made


@pytest.fixture(scope="session")
def dataset(folder):
    return load(folder)
