"""Shared by all tests: the builders of small data sets are importable by name."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "evaluate"))
