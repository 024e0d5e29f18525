"""From the cells of a sheet to typed columns."""
