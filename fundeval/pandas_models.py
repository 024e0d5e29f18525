"""Pandera for frames of pandas alone: the one place where pandera is imported.

Where Dask, Modin, PySpark or GeoPandas are installed, pandera imports them as it makes the first
schema, only to accept their frames as well, and Hypothesis, to invent frames. Nothing here has
such frames, and Dask alone costs half a second of each start. So these libraries cannot be found
while pandera looks for them, and can be afterwards: Dask runs reports, PySpark reads settlement
records.

What was imported before stays as it is; pandera then finds it, which costs nothing more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

# The names that pandera tries to import: a package, and its part with frames.
LOOKED_FOR = (
    "dask", "dask.dataframe", "geopandas", "hypothesis", "modin", "modin.pandas", "pyspark",
    "pyspark.pandas", "pyspark.sql",
)  # fmt: skip
# The modules of pandera that look for them, each once.
LOOKING = (
    "strategies.pandas_strategies", "typing.dask", "typing.geopandas", "typing.modin",
    "typing.pyspark", "typing.pyspark_sql",
)  # fmt: skip


@contextmanager
def _not_found(names: tuple[str, ...]) -> Iterator[None]:
    """Let imports of these modules fail as if they were not installed, unless already there."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None: not to be found
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


with _not_found(LOOKED_FOR):
    import pandera.pandas as pa
    from pandera.api.base.checks import BaseCheck
    from pandera.errors import SchemaErrors
    from pandera.typing import DataFrame, Series

    for _module in LOOKING:
        import_module(f"pandera.{_module}")

__all__ = ["BaseCheck", "DataFrame", "SchemaErrors", "Series", "pa"]
