"""Where the files of a workspace are: params/ and notebooks/, the reader's own or the shipped."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent


def shipped() -> Path:
    """Return the folder with the shipped params/ and notebooks/.

    A wheel carries a copy of them; in a source checkout they stand in the repository.
    """
    packaged = PACKAGE / "workspace_files"
    return packaged if packaged.is_dir() else PACKAGE.parent


def find(relative: str) -> Path:
    """Return the file or folder `relative` of the workspace, for example `params/policy`.

    The current folder and those above it are tried first, then the shipped copy, so that
    a user's own file comes before ours. Raises FileNotFoundError naming the places tried.
    """
    here = Path.cwd()
    places = [here, *here.parents, shipped()]
    for place in places:
        found = place / relative
        if found.exists():
            return found
    raise FileNotFoundError(f"{relative}: {', '.join(str(place) for place in places)}")
