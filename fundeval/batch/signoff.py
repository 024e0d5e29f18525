"""Sign-offs of a run, bound to its manifest: they become void once a byte changes.

They are kept beside the results, in `signoff.json`, so that signing changes no hash. Pages show
the state by the picture `signoff.svg`.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from fundeval.batch.files import sha256, write_atomically
from fundeval.batch.manifest import MANIFEST, to_sealed_json
from fundeval.problems import BadInputError, Problem
from fundeval.report.format.html_fragments import render
from fundeval.words import say

SIGNOFFS, PICTURE = "signoff.json", "signoff.svg"
Role = Literal["evaluator", "reviewer"]
ROLES: tuple[Role, ...] = ("evaluator", "reviewer")


class Signoff(BaseModel):
    """A sign-off: role, name, note, time, and the SHA-256 of the manifest it is bound to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    name: str
    note: str
    signed: datetime
    manifest: str


def sign(folder: Path, role: Role, name: str, note: str, lang: str) -> str:
    """Add a sign-off to a run, or replace an earlier one of the same role.

    The evaluator signs first and the reviewer must be another person. Whether the files match
    the manifest is for the caller to check.

    Parameters
    ----------
    folder
        Output folder of the run.
    role
        Role in which the person signs.
    name, note
        Name of the person, and a note that may be empty.
    lang
        Language of the picture that shows the state.

    Returns
    -------
    str
        The new state: `evaluated` or `reviewed`.

    Raises
    ------
    BadInputError
        If the name is blank, the evaluator has not signed yet, or both would be one person.
    """
    present = valid_signoffs(folder)
    problems = []
    if not name.strip():
        problems.append(Problem("sign.no_name", SIGNOFFS, value=name))
    if role == "reviewer" and signoff_state(present) == "draft":
        problems.append(Problem("sign.not_evaluated", SIGNOFFS, value=name))
    others = [other for other in present if other.role != role]
    if any(_comparable_name(other.name) == _comparable_name(name) for other in others):
        problems.append(Problem("sign.same_person", SIGNOFFS, value=name))
    if problems:
        raise BadInputError(problems)
    new = Signoff(
        role=role,
        name=name.strip(),
        note=note,
        signed=datetime.now(UTC).replace(microsecond=0),
        manifest=sha256(folder / MANIFEST),
    )
    kept = [*others, new]
    text = to_sealed_json({"signoffs": [signoff.model_dump(mode="json") for signoff in kept]})
    write_atomically({folder / SIGNOFFS: text})
    write_state_picture(folder, lang)
    return signoff_state(kept)


def read_signoffs(folder: Path) -> list[Signoff] | None:
    """Read the sign-offs of a run, void ones too; None if the file was altered."""
    path = folder / SIGNOFFS
    if not path.exists():
        return []
    text = path.read_bytes().decode(errors="replace")
    try:
        entries = json.loads(text)["signoffs"]
        signoffs = [Signoff.model_validate(entry) for entry in entries]
    except (ValueError, KeyError, TypeError, ValidationError):
        return None
    return signoffs if to_sealed_json({"signoffs": entries}) == text else None


def valid_signoffs(folder: Path) -> list[Signoff]:
    """Return the sign-offs that are bound to the current manifest."""
    path = folder / MANIFEST
    manifest = sha256(path) if path.exists() else ""
    return [signoff for signoff in read_signoffs(folder) or [] if signoff.manifest == manifest]


def signoff_state(signoffs: Sequence[Signoff]) -> str:
    """Return the state that sign-offs lead to: `draft`, `evaluated` or `reviewed`."""
    roles = {signoff.role for signoff in signoffs}
    if "evaluator" not in roles:
        return "draft"
    return "reviewed" if "reviewer" in roles else "evaluated"


def write_state_picture(folder: Path, lang: str) -> None:
    """Write the picture that shows the state on the pages of a run."""
    signoffs = valid_signoffs(folder)
    state = say(f"sign.{signoff_state(signoffs)}", lang)
    people = [
        say(f"sign.{signoff.role}", lang, name=signoff.name, day=signoff.signed.date())
        for signoff in signoffs
    ]
    text = say("sign.separator", lang).join([state, *people])
    picture = render("signoff.svg.j2", text=text)
    write_atomically({folder / PICTURE: picture.markup})


def _comparable_name(name: str) -> str:
    """Normalize a name for comparison: without case, spaces and width of characters."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
