"""How one report is made: in a local process, or on a Dask cluster, always with the same bytes."""
