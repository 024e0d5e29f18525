"""What people read: numbers, charts, the parts of a report, its HTML and the index."""

from fundeval.report.report import Report, open_unit

__all__ = ["Report", "open_unit"]
