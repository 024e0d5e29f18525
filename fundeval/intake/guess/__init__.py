"""Propose a mapping for files of an unknown layout: what is recognised, and what to ask."""
