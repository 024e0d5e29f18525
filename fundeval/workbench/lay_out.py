"""Lay out a run file and a policy overlay for a data set, ready for `fundeval run`."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from pathlib import Path

from fundeval import policy, tables
from fundeval.codes import KINDS
from fundeval.intake.declared_units import units_of_measures
from fundeval.policy import Policy
from fundeval.problems import BadInputError
from fundeval.tables import Dataset
from fundeval.words import say

NATIONAL, RETROSPECTIVE = "national", "retrospective"
OVERLAY = "local"
# Kinds that get a report of their own by default, as in the demonstration.
REPORTED = ("region", "hospital")


def lay_out(folder: Path, data: str, given: Dataset, lang: str) -> Path:
    """Write a run file and a policy overlay for a data set into a workspace.

    Parameters
    ----------
    folder
        The workspace, with `params/`. Files of the data set are copied to its `data/`.
    data
        A folder, file, URL or `sample:NAME`, as in a run file.
    given
        The data set that was read there.
    lang
        Language of the reports and of the comments.

    Returns
    -------
    The run file, as seen from the workspace.
    """
    year = _year(given)
    of_year = policy.load(NATIONAL)
    try:
        of_year.on(dt.date(year, 12, 31))
    except BadInputError:
        # Its values are not in force in so early a year.
        of_year = policy.load(RETROSPECTIVE)
    there = given.units["kind"].value_counts()
    kinds = {code: int(there[code]) for code in KINDS.values() if code in there.index}
    named = re.sub(r"[^\w.-]", "_", Path(tables.short_name(data)).stem).lstrip(".-") or "run"
    # One of the run files that every workspace has keeps its name.
    shipped = (folder / "params" / f"{named}.yaml").exists()
    name = f"{named}-run" if shipped else named[:80]
    place = _copied(folder, data)
    period = given.info.period
    found = {
        "first": period.first_year,
        "last": period.last_year,
        "kinds": "、".join(f"{say(f'kind.{code}', lang)} {n}" for code, n in kinds.items()),
        "unit": given.info.money_unit,
        "year": year,
    }
    reported = [kind for kind in kinds if kind in REPORTED] or list(kinds)
    run = [
        "# yaml-language-server: $schema=schema/run.json",
        f"# {say('init.found', lang, **found)}",
        f"name: {_quoted(name)}",
        f"dataset: {_quoted(place)}",
        f"policy: {OVERLAY}",
        f"year: {year}",
        f"units: [{', '.join(reported)}]",
        f"lang: {lang}",
    ]
    written = folder / "params" / f"{name}.yaml"
    written.write_text("\n".join(run) + "\n", encoding="utf-8")
    title = str(given.info.title.get("zh") or name)
    overlay = _overlay(title, of_year, year, _lacking(given, of_year), lang)
    (folder / "params" / "policy" / f"{OVERLAY}.yaml").write_text(overlay, encoding="utf-8")
    return written.relative_to(folder)


def _year(given: Dataset) -> int:
    """Return the latest year that has been executed, else the latest of any figures."""
    executed = given.budgets.dropna(subset="executed")
    for frame in (executed, given.measures, given.funds, given.budgets):
        if len(frame):
            return int(frame["year"].max())
    return given.info.period.last_year


def _copied(folder: Path, data: str) -> str:
    """Copy what is at a path into the workspace; return how its run file names it."""
    source = Path(data)
    if not source.exists():
        return data
    target = folder / "data"
    target.mkdir(exist_ok=True)
    if source.is_dir():
        name = source.resolve().name
        shutil.copytree(source, target / name, ignore=shutil.ignore_patterns(".*", "~$*"))
        return f"data/{name}"
    shutil.copy(source, target)
    described = source.with_suffix(".yaml")
    if described.exists() and described != source:
        shutil.copy(described, target)
    return f"data/{source.name}"


def _lacking(given: Dataset, rules: Policy) -> list[str]:
    """Return the supplied measures that the policy scores and no row of the data has."""
    supplied = set(given.measures["measure"])
    own = {*rules.definitions}
    return [name for name in units_of_measures(rules) if name in rules.indicators
            and name not in own and name not in supplied]  # fmt: skip


def _overlay(title: str, of_year: Policy, year: int, lacking: list[str], lang: str) -> str:
    lines = [
        "# yaml-language-server: $schema=../schema/policy.json",
        *(f"# {line}" for line in say("init.overlay", lang).split("\n")),
        f"id: {OVERLAY}",
        "title: {zh: " + _quoted(title) + ', en: "Local policy"}',
        f"extends: {of_year.id}",
    ]
    if lacking:
        lines += [f"# {say('init.lacking', lang)}", "# drop:"]
        lines += [f"#   - indicators.{name}" for name in lacking]
    lines += [f"# {say('init.local', lang)}", "# parameters:"]
    for name, entry in of_year.on(dt.date(year, 12, 31)).parameters.items():
        described = {
            str(of): text for of, text in (of_year.parameters[name].description or {}).items()
        }
        if entry.source.kind != "local" or not isinstance(entry.value, int | float):
            continue
        lines += [
            f"#   {name}:    # {described.get(lang, '')}",
            "#     values:",
            f"#       - from: {year}-01-01",
            f"#         value: {entry.value}",
            f'#         source: {{kind: document, cite: "", checked_on: {year}-12-31}}',
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return text as YAML has it between quotes."""
    return json.dumps(text, ensure_ascii=False)
