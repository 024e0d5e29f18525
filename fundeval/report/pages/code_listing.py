"""The code of a report as it was run, cell by cell: each parameter once, with its value."""

from __future__ import annotations

import ast
import re
from typing import Any

DEFAULTS, GIVEN = "parameters", "injected-parameters"
# A line that gives a name a value: name, type, value, and the comment behind it.
ASSIGNED = re.compile(r"(?P<name>\w+)(?P<type>: [^=]+?)? = (?P<value>.*?)(?P<note>\s+#.*)?")


def list_code(notebook: Any) -> list[str]:
    """Return the code of the cells; values that a run gave stand in place of the defaults.

    What a run gave stands in a cell of its own below the defaults, which would otherwise show
    those of another unit. A cell that is not lines of assignments is left as it is.

    Examples
    --------
    >>> import nbformat.v4 as v4
    >>> own, given = ({"tags": [tag]} for tag in (DEFAULTS, GIVEN))
    >>> cells = [v4.new_code_cell('unit: str = "H1"  # id', metadata=own),
    ...          v4.new_code_cell('# Parameters\\nunit = "H2"', metadata=given)]
    >>> list_code(v4.new_notebook(cells=cells))
    ['unit: str = "H2"  # id']
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    given = next((cell for cell in cells if GIVEN in _tags(cell)), None)
    values = _assigned(given.source) if given else None
    defaults = next((cell for cell in cells if DEFAULTS in _tags(cell)), None)
    if values is None or defaults is None or given is None:
        return [cell.source for cell in cells]
    lines = []
    for line in defaults.source.splitlines():
        found = ASSIGNED.fullmatch(line)
        if found and found["name"] in values:
            value = values.pop(found["name"])
            line = f"{found['name']}{found['type'] or ''} = {value}{found['note'] or ''}"  # noqa: PLW2901
        lines.append(line)
    lines += [f"{name} = {value}" for name, value in values.items()]
    shown = {id(defaults): "\n".join(lines)}
    return [shown.get(id(cell), cell.source) for cell in cells if cell is not given]


def _tags(cell: Any) -> list[str]:
    tags: list[str] = cell.get("metadata", {}).get("tags", [])
    return tags


def _assigned(source: str) -> dict[str, str] | None:
    """Return what each name of a cell is given, as written; None where it does anything else."""
    try:
        lines = ast.parse(source).body
    except SyntaxError:
        return None
    found = {}
    for line in lines:
        if not isinstance(line, ast.Assign) or not isinstance(line.targets[0], ast.Name):
            return None
        found[line.targets[0].id] = ast.get_source_segment(source, line.value) or ""
    return found
