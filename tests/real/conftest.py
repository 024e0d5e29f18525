"""Real data that stands beside the repository, where it is present."""

from pathlib import Path

import pytest

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
