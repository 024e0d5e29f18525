"""What the tests of the command line share."""

from pathlib import Path

import pytest

from tests.e2e.places import Place, create_workspace


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a folder with a small data set and a run file."""
    return Place(create_workspace(tmp_path))
