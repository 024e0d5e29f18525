"""The page of the Python API: what each public module offers, from its docstrings."""

from __future__ import annotations

import inspect
from importlib import import_module
from types import ModuleType

from tools.reference.markdown import code, paragraphs, say

# In the order in which somebody meets them.
MODULES = (
    "fundeval", "fundeval.tables", "fundeval.policy", "fundeval.evaluation",
    "fundeval.results.frames", "fundeval.results.parquet", "fundeval.batch.plan",
    "fundeval.batch.pipeline", "fundeval.batch.verify", "fundeval.detail", "fundeval.money",
    "fundeval.problems",
)  # fmt: skip


def write() -> str:
    """Return the page; its texts are the docstrings, in English."""
    parts = [_module(import_module(name)) for name in MODULES]
    return "\n\n".join([say("api.title", "zh"), say("api.about", "zh"), *parts]) + "\n"


def public_names(module: ModuleType) -> list[str]:
    """Return what a module offers: what it says it does, else what it defines."""
    stated = getattr(module, "__all__", None)
    if stated is not None:
        return list(stated)
    return [
        name
        for name, held in vars(module).items()
        if not name.startswith("_") and getattr(held, "__module__", "") == module.__name__
    ]


def _module(module: ModuleType) -> str:
    name = module.__name__
    documented = [each for each in public_names(module) if _is_documented(getattr(module, each))]
    about = paragraphs((inspect.getdoc(module) or "").split("\n\n")[0])
    listed = "\n\n".join(_directive(name, each, getattr(module, each)) for each in documented)
    return (
        f"## {code(name)}\n\n{about}\n\n```{{eval-rst}}\n.. currentmodule:: {name}\n\n{listed}\n```"
    )


def _is_documented(held: object) -> bool:
    return inspect.isclass(held) or inspect.isfunction(held)


def _directive(module: str, name: str, held: object) -> str:
    if inspect.isclass(held):
        return f".. autoclass:: {module}.{name}\n   :members:"
    return f".. autofunction:: {module}.{name}"
