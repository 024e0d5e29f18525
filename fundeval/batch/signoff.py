"""Sign-offs of a run: who answers for it, bound to its manifest, void once a byte changes.

They lie beside the result, in `signoff.json`, so that signing changes no hash. What pages show of
the state is the picture `signoff.svg`, which they refer to.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from fundeval.batch.files import sha256, write_whole
from fundeval.batch.manifest import MANIFEST, sealed
from fundeval.problems import BadInputError, Problem
from fundeval.report.format.html_fragments import render
from fundeval.words import say

SIGNOFFS, PICTURE = "signoff.json", "signoff.svg"
Role = Literal["evaluator", "reviewer"]
ROLES: tuple[Role, ...] = ("evaluator", "reviewer")


class Signoff(BaseModel):
    """One person's word for a run: role, name, note, the time, and the manifest it is bound to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    name: str
    note: str
    signed: datetime
    manifest: str


def sign(folder: Path, role: Role, name: str, note: str, lang: str) -> str:
    """Add a sign-off and return the state it leads to: `evaluated` or `reviewed`.

    The evaluator signs first, the reviewer is somebody else; who signs again replaces what they
    said. Raises BadInputError otherwise. That the files are as the manifest says is for the
    caller to check.
    """
    present = valid_signoffs(folder)
    problems = []
    if not name.strip():
        problems.append(Problem("sign.no_name", SIGNOFFS, value=name))
    if role == "reviewer" and state_of(present) == "draft":
        problems.append(Problem("sign.not_evaluated", SIGNOFFS, value=name))
    others = [other for other in present if other.role != role]
    if any(_plain(other.name) == _plain(name) for other in others):
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
    text = sealed({"signoffs": [signoff.model_dump(mode="json") for signoff in kept]})
    write_whole({folder / SIGNOFFS: text})
    show_state(folder, lang)
    return state_of(kept)


def read_signoffs(folder: Path) -> list[Signoff] | None:
    """Return the sign-offs of a run, bound to whatever manifest; None for an altered file."""
    path = folder / SIGNOFFS
    if not path.exists():
        return []
    text = path.read_bytes().decode(errors="replace")
    try:
        entries = json.loads(text)["signoffs"]
        signoffs = [Signoff.model_validate(entry) for entry in entries]
    except (ValueError, KeyError, TypeError, ValidationError):
        return None
    return signoffs if sealed({"signoffs": entries}) == text else None


def valid_signoffs(folder: Path) -> list[Signoff]:
    """Return the sign-offs that are bound to the present manifest."""
    path = folder / MANIFEST
    manifest = sha256(path) if path.exists() else ""
    return [signoff for signoff in read_signoffs(folder) or [] if signoff.manifest == manifest]


def state_of(signoffs: Sequence[Signoff]) -> str:
    """Return how far a run is: `draft`, `evaluated` or `reviewed`."""
    roles = {signoff.role for signoff in signoffs}
    if "evaluator" not in roles:
        return "draft"
    return "reviewed" if "reviewer" in roles else "evaluated"


def show_state(folder: Path, lang: str) -> None:
    """Draw the state for the pages of the run."""
    signoffs = valid_signoffs(folder)
    state = say(f"sign.{state_of(signoffs)}", lang)
    people = [
        say(f"sign.{signoff.role}", lang, name=signoff.name, day=signoff.signed.date())
        for signoff in signoffs
    ]
    text = say("sign.separator", lang).join([state, *people])
    picture = render("signoff.svg.j2", text=text)
    write_whole({folder / PICTURE: picture.markup})


def _plain(name: str) -> str:
    """Return a name as it is compared: width, case and spaces make nobody another person."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
