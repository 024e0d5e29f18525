"""Write the reference pages of the documentation site: what `make docs` does before it builds.

python -m tools.make_reference [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.reference import write

DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    """Write the pages below `docs/`, or below the folder that is named."""
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS)


if __name__ == "__main__":
    main()
