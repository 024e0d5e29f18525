"""The columns of the template: header, note, number format and validation of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fundeval.money import FEN
from fundeval.pandas_models import BaseCheck
from fundeval.tables.parsing.column_roles import NUMERIC
from fundeval.tables.schemas import LIMIT, TABLES, Column, Role, columns_of
from fundeval.words import say

FORMATS = {
    "id": "@", "text": "@", "code": "@", "flags": "@", "date": "yyyy-mm-dd", "year": "0",
    "datetime": "yyyy-mm-dd hh:mm",
}  # fmt: skip


@dataclass(frozen=True)
class TemplateColumn:
    """A column of a template sheet; `validation` has the options of xlsxwriter."""

    name: str
    role: Role
    header: str
    note: str
    required: bool
    number_format: str
    validation: dict[str, Any] = field(default_factory=dict)


def template_columns(table: str, money_unit: str, lang: str) -> list[TemplateColumn]:
    """Return the template columns of a table, amounts in `money_unit`, texts in `lang`."""
    checks = {name: each.checks for name, each in TABLES[table].to_schema().columns.items()}
    return [
        _template_column(name, column, checks[name], money_unit, lang)
        for name, column in columns_of(table).items()
    ]


def _template_column(
    name: str, column: Column, checks: Sequence[BaseCheck], money_unit: str, lang: str
) -> TemplateColumn:
    role, codes, required = column.role, column.codes, column.required
    labels = list(codes) if lang == "zh" else list(codes.values())
    unit = {"zh": f"（{money_unit}）", "en": f" ({money_unit})"}[lang] if role == "money" else ""
    header = (column.zh if lang == "zh" else name) + unit + "*" * required
    need = say("template.required" if required else "template.optional", lang)
    guidance = say(f"template.{role}", lang, unit=money_unit, codes=", ".join(labels))
    return TemplateColumn(
        name=name,
        role=role,
        header=header,
        note=f"{name} {column.zh}\n{need}{guidance}",
        required=required,
        number_format=FORMATS.get(role, "General"),
        validation=_validation(role, checks, labels, lang),
    )


def _validation(
    role: Role, checks: Sequence[BaseCheck], labels: list[str], lang: str
) -> dict[str, Any]:
    refused = {"error_message": say("template.refused", lang)}
    if role == "code":
        return {"validate": "list", "source": labels, **refused}
    if role in ("date", "datetime"):
        span = {"minimum": dt.date(1990, 1, 1), "maximum": dt.date(2100, 12, 31)}
        return {"validate": "date", "criteria": "between", **span, **refused}
    if role not in (*NUMERIC, "year"):
        return {}
    limits = {key: value for check in checks for key, value in (check.statistics or {}).items()}
    scale = FEN if role == "money" else 1
    span = {
        "minimum": limits.get("min_value", -LIMIT * scale) / scale,
        "maximum": limits.get("max_value", LIMIT * scale) / scale,
    }
    kind = "integer" if role == "year" else "decimal"
    return {"validate": kind, "criteria": "between", **span, **refused}
