"""The examples in docstrings give what they say."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import fundeval

# They need pyspark or a database, which come with the extras.
NEED_EXTRAS = {"fundeval.extras"}


def modules_with_examples() -> list[str]:
    """Return the names of the modules of fundeval whose source holds a prompt of doctest."""
    names = []
    for module in pkgutil.walk_packages(fundeval.__path__, "fundeval."):
        spec = module.module_finder.find_spec(module.name, None)
        source = Path(str(spec and spec.origin)).read_text(encoding="utf-8")
        if re.search(r"^\s*>>> ", source, re.MULTILINE):
            names.append(module.name)
    return sorted(set(names) - NEED_EXTRAS)


def test_the_examples_in_docstrings_hold() -> None:
    results = {
        name: doctest.testmod(importlib.import_module(name)) for name in modules_with_examples()
    }
    assert "fundeval.money" in results
    assert {name: result for name, result in results.items() if result.failed} == {}
    assert all(result.attempted for result in results.values())
