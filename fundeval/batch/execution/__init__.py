"""Make reports in local processes or on a Dask cluster, with the same bytes."""
