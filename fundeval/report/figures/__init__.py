"""Figures over many units, drawn with seaborn: for reports of regions and for notebooks.

Importing a module of this package loads seaborn, which takes longer than the report of a
hospital: parts of a report import one only where they draw.
"""
