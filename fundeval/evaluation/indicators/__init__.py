"""Indicators: sums of columns, ratios, growth, and how far chance may move them."""
