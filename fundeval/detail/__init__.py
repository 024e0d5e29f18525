"""Settlement records at scale: build services and settlements from them and screen them (R24)."""

from fundeval.detail.aggregate import build_services, build_settlements, sum_records
from fundeval.detail.derive import DetailOptions, DetailTables, derive_tables
from fundeval.detail.engines import ENGINES
from fundeval.detail.exact_amounts import with_exact_amounts
from fundeval.detail.noted_files import note_files
from fundeval.detail.notes import check_copies
from fundeval.detail.scan import find_files, group_files, passed_over, shown_names
from fundeval.detail.screen import select_flagged, select_frequent_stays
from fundeval.detail.write import write_tables

__all__ = [
    "ENGINES", "DetailOptions", "DetailTables", "build_services", "build_settlements",
    "check_copies", "derive_tables", "find_files", "group_files", "note_files", "passed_over",
    "select_flagged", "select_frequent_stays", "shown_names", "sum_records", "with_exact_amounts",
    "write_tables",
]  # fmt: skip
