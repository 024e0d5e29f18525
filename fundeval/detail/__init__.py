"""Detail data at scale: settlement records → services, settlements and the screening of R24."""

from fundeval.detail.aggregate import services, settlements, totals
from fundeval.detail.derive import Derived, Task, derive
from fundeval.detail.engines import ENGINES
from fundeval.detail.exact import exact
from fundeval.detail.scan import find, identify_table
from fundeval.detail.screen import flagged_records, frequent_stays
from fundeval.detail.write import write

__all__ = [
    "ENGINES", "Derived", "Task", "derive", "exact", "find", "flagged_records",
    "frequent_stays", "identify_table", "services", "settlements", "totals", "write",
]  # fmt: skip
