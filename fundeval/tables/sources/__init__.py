"""Where cells come from: CSV, Parquet, workbooks, databases."""
