"""Read a policy and the policies it extends."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from fundeval import workspace
from fundeval.policy.check import check
from fundeval.policy.model import PolicyFile
from fundeval.policy.overlay import lay_over
from fundeval.policy.policy import Policy
from fundeval.problems import BadInputError, Problem, refusal
from fundeval.strict_yaml import mapping_of, parse, read_bytes


def load(name: str | Path) -> Policy:
    """Load a policy, its overlays merged, and check it whole.

    Parameters
    ----------
    name
        Name of a policy (`params/policy/NAME.yaml`) or path of a YAML file.

    Returns
    -------
    Policy
        Parameters and scoring rules with all their dated values.

    Raises
    ------
    BadInputError
        With every mistake found, each with its file and key.

    Examples
    --------
    >>> policy = load("national")
    >>> import datetime as dt
    >>> policy.parameters["execution_floor"].on(dt.date(2024, 12, 31)).value
    0.9
    """
    policy = _load(find_file(str(name)), seen=())
    check(policy)
    return policy


def find_file(name: str, beside: Path | None = None) -> Path:
    """Return the file of a policy by its name or path; `beside` the one that extends it first."""
    if beside and (near := beside.parent / f"{name}.yaml").exists():
        return near
    if name.endswith((".yaml", ".yml")):
        return Path(name)
    try:
        return workspace.find(f"params/policy/{name}.yaml")
    except FileNotFoundError as error:
        raise refusal("policy.not_found", f"{name}.yaml", places=str(error)) from None


def _load(path: Path, seen: tuple[str, ...]) -> Policy:
    data = read_bytes(path)
    file = _parsed(path, data)
    if path.name in seen:
        raise refusal("policy.extends_itself", path.name, chain=" → ".join((*seen, path.name)))
    base = _base_of(file, path, (*seen, path.name))
    return lay_over(base, file, path.name, hashlib.sha256(data).hexdigest())


@lru_cache(maxsize=16)
def _parsed(path: Path, data: bytes) -> PolicyFile:
    """Parse a file with these contents, once: what is returned cannot be changed."""
    return parse(PolicyFile, mapping_of(data, path), path.name)


def _base_of(file: PolicyFile, path: Path, seen: tuple[str, ...]) -> Policy:
    if file.extends is None:
        if file.check_again_after_years is None:
            raise BadInputError(
                [Problem("yaml.missing_key", path.name, column="check_again_after_years")]
            )
        return Policy("", {}, file.check_again_after_years, {}, {}, {}, {}, ())
    return _load(find_file(file.extends, beside=path), seen)
