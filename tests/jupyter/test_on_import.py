"""What waits for a library: done once it is imported, and not before."""

import importlib
import sys
from collections.abc import Iterator

import pytest

from fundeval.jupyter.on_import import after_import

# Of the standard library, small, in Python, and needed by nothing that tests import.
MODULE = "wsgiref.simple_server"


@pytest.fixture(autouse=True)
def _not_imported(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    yield
    sys.modules.pop(MODULE, None)


def test_it_is_called_with_the_whole_module_when_that_is_imported() -> None:
    seen = []
    after_import(MODULE, lambda module: seen.append((module.__name__, hasattr(module, "demo_app"))))
    assert seen == []
    assert MODULE not in sys.modules
    module = importlib.import_module(MODULE)
    assert seen == [(MODULE, True)]
    # Nothing of the detour is left: resources and reloading find the loader that belongs to it.
    assert module.__spec__.loader is module.__loader__
    assert module.__loader__.get_source(MODULE)
    importlib.reload(module)
    assert len(seen) == 1


def test_what_is_imported_already_is_not_waited_for() -> None:
    seen = []
    after_import("json", lambda module: seen.append(module.__name__))
    assert seen == ["json"]


def test_a_module_that_is_not_there_fails_as_ever() -> None:
    after_import("no_such_module_at_all", lambda _: None)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("no_such_module_at_all")
