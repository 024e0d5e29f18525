"""The special cases of the invented city, read from its README."""

import re
from pathlib import Path

import fundeval.samples

SHIPPED = Path(fundeval.samples.__file__).with_name("city")
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \|", re.MULTILINE)
# Case -> the units that show it.
CASES: dict[str, list[str]] = {
    case: units.split(", ")
    for case, units in ROW.findall((SHIPPED / "README.md").read_text(encoding="utf-8"))
}
