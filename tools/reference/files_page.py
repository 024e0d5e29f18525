"""The page of files beside policies: run file, description of a data set, mapping."""

from __future__ import annotations

from typing import Any

from fundeval.batch.plan import RunFile
from fundeval.intake.mapping import MappingFile
from fundeval.strict_yaml import StrictModel
from fundeval.tables.dataset import DatasetInfo
from fundeval.tables.sources.databases import Connection
from tools.reference.markdown import page, say
from tools.reference.value_shapes import keys, models, schema_of

MODELS: dict[str, type[StrictModel]] = {
    "run": RunFile,
    "dataset": DatasetInfo,
    "database": Connection,
    "mapping": MappingFile,
}


def write(lang: str) -> str:
    """Return the page in a language."""
    parts: list[str] = []
    for name, model in MODELS.items():
        schema = schema_of(model)
        parts += [say(f"files.{name}", lang), keys(schema, lang)]
        parts += models(_without_told(schema, name), lang, "###")
    return page("files", lang, *parts)


def _without_told(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """Leave out of a mapping's models what the part on `dataset.yaml` tells already."""
    found = schema.get("$defs", {})
    told = {DatasetInfo.__name__, *schema_of(DatasetInfo).get("$defs", {})}
    return {"$defs": {k: v for k, v in found.items() if name != "mapping" or k not in told}}
