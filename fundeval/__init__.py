"""Reproducible performance evaluation of medical-insurance fund budgets."""

__version__ = "0.1.0"
