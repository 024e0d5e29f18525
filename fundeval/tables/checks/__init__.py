"""Checks across rows and tables: keys, references, amounts counted twice."""
