"""Whole pages: a report, the index of a run, PDF."""
