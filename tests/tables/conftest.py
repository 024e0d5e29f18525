"""The small data set, as a folder of plain files gives it."""

from pathlib import Path

import pytest
from table_files import small, write_folder

from fundeval.tables import Dataset, load


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return load(write_folder(tmp_path / "plain", small()))
