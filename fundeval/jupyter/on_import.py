"""Do something once a library is imported, without importing it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

Then = Callable[[Any], None]


def after_import(name: str, then: Then) -> None:
    """Call `then` with a module as soon as it is imported; now, if it is already.

    What is asked for a second time for a module that is still awaited takes the place of the
    first.

    Examples
    --------
    >>> after_import("json", lambda module: print(module.__name__))
    json
    """
    module = sys.modules.get(name)
    if module is not None:
        then(module)
        return
    _AWAITED.awaited[name] = then
    if _AWAITED not in sys.meta_path:
        sys.meta_path.insert(0, _AWAITED)


class _Awaited(MetaPathFinder):
    """Finds awaited modules as all others do, and tells when one has run."""

    def __init__(self) -> None:
        self.awaited: dict[str, Then] = {}

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        then = self.awaited.pop(name, None)
        if then is None:
            return None
        # Taken off the list before: this asks all finders, this one among them.
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, then)
        return spec


class _Loader(Loader):
    """The loader of a module, which calls what waits for it."""

    def __init__(self, loader: Loader, then: Then) -> None:
        self.loader, self.then = loader, then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # From now on the module has the loader it would have had: it is asked for resources.
        module.__loader__ = self.loader
        if module.__spec__ is not None:
            module.__spec__.loader = self.loader
        self.loader.exec_module(module)
        self.then(module)


_AWAITED = _Awaited()
