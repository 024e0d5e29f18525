"""The evaluation that a run keeps in its folder, and what it was made from.

A later call that would make the same again plans from it and leaves it alone.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundeval import policy, tables, workspace
from fundeval.batch import ledger as ledgers
from fundeval.batch.cache_keys import hash_program
from fundeval.batch.files import sha256
from fundeval.batch.ledger import Ledger, StoredEvaluation
from fundeval.problems import BadInputError, Problem
from fundeval.results import parquet
from fundeval.strict_yaml import read_bytes

if TYPE_CHECKING:
    from fundeval.batch.pipeline import PreparedRun

FOLDER = "evaluation"
# How a policy usually names the one that it extends.
EXTENDS = re.compile(rb"^extends:[ \t]+([\w.-]+)[ \t]*(?:#.*)?\r?$", re.MULTILINE)
# Where a workspace keeps its runs.
OUTPUTS = "outputs"


def key_of(dataset: str, rules: str | policy.Policy, year: int) -> str | None:
    """Return a hash of all that an evaluation is made from: data, policy, year and program.

    None for a database, and for files that cannot be used: reading them says what is wrong.
    """
    try:
        data = tables.hash_files(dataset)
        files = hash_policy(rules) if isinstance(rules, str) else dict(rules.files)
    except (BadInputError, OSError):
        return None
    return None if data is None else _key(data, files, year)


def hash_policy(name: str) -> dict[str, str]:
    """Hash the files of a policy and of those it extends, by name, as `policy.load` does.

    What they say is read only where it does not show which one is extended: that takes longer
    than the rest of a run with nothing to do. What is wrong with them is told by who loads them:
    where an evaluation of the same files is stored, they were right.

    Raises
    ------
    BadInputError
        If a file is missing or cannot be read.

    Examples
    --------
    >>> list(hash_policy("retrospective")), hash_policy("national").keys()
    (['national.yaml', 'retrospective.yaml'], dict_keys(['national.yaml']))
    """
    hashed: dict[str, str] = {}
    path: Path | None = policy.find_file(name)
    while path:
        data = read_bytes(path)
        extended = EXTENDS.findall(data)
        if len(extended) != data.count(b"extends") or len(extended) > 1 or path.name in hashed:
            return dict(policy.load(name).files)
        hashed[path.name] = hashlib.sha256(data).hexdigest()
        path = policy.find_file(extended[0].decode(), beside=path) if extended else None
    return dict(reversed(hashed.items()))


def confirmed(key: str | None, dataset: str, about: Mapping[str, Any]) -> str | None:
    """Return a key if what was read after it was made is what it stands for, else None.

    A file may have changed in between: then the evaluation is of other contents.
    """
    if key is None:
        return None
    files = {each["name"]: each["sha256"] for each in about["policy"]["files"]}
    read = {each["name"]: each["sha256"] for each in about["inputs"]}
    try:
        data = {**(tables.hash_files(dataset) or {}), **read}
    except (BadInputError, OSError):
        return None
    return key if _key(data, files, about["year"]) == key else None


def check_unchanged(
    about: Mapping[str, Any], dataset: tables.Dataset, rules: policy.Policy, told: str
) -> None:
    """Raise BadInputError with the problem `told` for each file that is not what it was.

    `about` is that of an evaluation, data set and policy are what was read now.
    """
    entries = [*about["inputs"], *about["policy"]["files"]]
    then = {each["name"]: each["sha256"] for each in entries}
    now = {file.name: file.sha256 for file in dataset.inputs} | dict(rules.files)
    names = sorted(then.keys() | now.keys())
    changed = [name for name in names if then.get(name) != now.get(name)]
    if changed:
        raise BadInputError([Problem(told, name) for name in changed])


def _key(data: Mapping[str, str], policy_files: Mapping[str, str], year: int) -> str:
    text = json.dumps([data, policy_files, year, hash_program()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def find(output: Path, key: str | None) -> StoredEvaluation | None:
    """Return the stored evaluation of a folder if it was made from the same, and is unchanged."""
    if key is None or not (output / ledgers.LEDGER).is_file():
        return None
    with ledgers.open_ledger(output) as ledger:
        stored = ledger.evaluation()
    return stored if is_current(output, key, stored) else None


def find_below(key: str) -> Path | None:
    """Return the evaluation with a key in any output folder of the workspace, None for none."""
    try:
        outputs = workspace.find(OUTPUTS)
    except FileNotFoundError:
        return None
    for folder in sorted(path.parent for path in outputs.glob(f"*/{ledgers.LEDGER}")):
        with suppress(BadInputError):
            if find(folder, key):
                return folder / FOLDER
    return None


def is_current(output: Path, key: str | None, stored: StoredEvaluation | None) -> bool:
    """Tell whether an evaluation was made from what has the key, and its files are unchanged."""
    return stored is not None and stored.key == key and stored.files == hash_files(output)


def write(prepared: PreparedRun, ledger: Ledger) -> Mapping[str, str]:
    """Write the evaluation of a run, unless it is there already; return the hashes of its files."""
    output = prepared.settings.output
    stored = ledger.evaluation()
    if stored is not None and is_current(output, prepared.key, stored):
        return stored.files
    ledger.forget_evaluation()
    parquet.write(prepared.evaluation, output / FOLDER)
    files = hash_files(output)
    if prepared.key is not None:
        ledger.record_evaluation(StoredEvaluation(prepared.key, files, prepared.hashes))
    return files


def hash_files(output: Path) -> Mapping[str, str]:
    """Return the SHA-256 of each file of the evaluation of a run."""
    folder = output / FOLDER
    return {
        path.relative_to(folder).as_posix(): sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
