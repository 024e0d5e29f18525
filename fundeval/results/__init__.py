"""The frames of an evaluation, their storage as Parquet, and summaries of descendants."""
