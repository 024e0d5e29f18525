"""Reproducible performance evaluation of medical-insurance fund budgets.

    import fundeval

    run = fundeval.open("outputs/demo")                                # a finished run
    run = fundeval.evaluate("data/ours.xlsx", policy="ours", year=2024)

What is heavy loads when it is used: `import fundeval` alone is light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fundeval.workbench import Run, Unit, evaluate
    from fundeval.workbench import open_run as open
    from fundeval.workbench.show import show
    from fundeval.workbench.what_if import WhatIf

__version__ = "0.2.0"
__all__ = ["Run", "Unit", "WhatIf", "evaluate", "open", "show"]

# What a person may ask for -> where it is.
DOORS = {
    "Run": "fundeval.workbench:Run",
    "Unit": "fundeval.workbench:Unit",
    "WhatIf": "fundeval.workbench.what_if:WhatIf",
    "evaluate": "fundeval.workbench:evaluate",
    "open": "fundeval.workbench:open_run",
    "show": "fundeval.workbench.show:show",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for; a wrong name says what is near."""
    if name in DOORS:
        module, _, found = DOORS[name].partition(":")
        return getattr(import_module(module), found)
    message = f"module 'fundeval' has no attribute {name!r}"
    if not name.startswith("_"):
        from difflib import get_close_matches  # noqa: PLC0415

        near = get_close_matches(name, DOORS, n=2) or sorted(DOORS)
        message += f"; near: {', '.join(near)}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    """List what a person may ask for."""
    return sorted(__all__)
