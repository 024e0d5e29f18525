"""Sign a run with a key, and check signatures.

Both are commands that a run file states, by default OpenSSH's `ssh-keygen -Y`, with which anybody
can check a signature without this program. Who may sign is a list of the bureau, the file
`allowed_signers` of `man ssh-keygen`, which lies outside the run.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from fundeval import workspace
from fundeval.batch.files import sha256, write_atomically
from fundeval.batch.manifest import MANIFEST
from fundeval.batch.plan import CHECK_BY_SSH, SIGN_BY_SSH, Signing
from fundeval.batch.signoff import (
    MOST_NAME,
    MOST_NOTE,
    SIGNATURES,
    Role,
    Signoffs,
    Statement,
    has_unseen,
    mixes_scripts,
    normalized,
    read_signoffs,
    same_person,
    signature_file,
    signature_of,
    signoff_state,
    write_state_picture,
    writes_more,
)
from fundeval.batch.ssh_signature import public_key
from fundeval.problems import BadInputError, Problem, refusal

# A person may have to type a passphrase or touch a key.
SIGN_SECONDS, CHECK_SECONDS = 600, 60


@dataclass(frozen=True)
class Signer:
    """Who signs: name, note, key (None for none), and the identity in the list of signers."""

    name: str
    note: str = ""
    key: Path | None = None
    identity: str = ""
    until: date | None = None


@dataclass(frozen=True)
class Signers:
    """The list of signers, its SHA-256, and the commands that sign and check."""

    path: Path | None
    signing: Signing = field(default_factory=Signing)

    @property
    def sha256(self) -> str:
        """SHA-256 of the list, "" without one."""
        return sha256(self.path) if self.path else ""


def names_of_many(signers: str) -> list[str]:
    """Return what in the text of a list of signers stands for more than one name.

    Examples
    --------
    >>> names_of_many("li KEY" + chr(10) + "*@ybj KEY")
    ['*@ybj']
    """
    lines = [line.split()[0] for line in signers.splitlines() if line.strip()]
    return [each for each in lines if each[0] != "#" and any(sign in each for sign in "*?!,")]


def find_signers(folder: Path, signing: Signing, given: Path | None = None) -> Signers:
    """Find the list of signers that a run file names, or the one that is given instead.

    Raises
    ------
    BadInputError
        If there is no such file, or it lies in the folder of the run, where whoever changes the
        run could change it too.
    """
    if given is None and signing.signers is None:
        return Signers(None, signing)
    place = str(given or signing.signers)
    try:
        path = given if given is not None else workspace.find(place)
    except FileNotFoundError:
        path = Path(place)
    if not path.is_file():
        raise refusal("sign.no_signers", place)
    if path.resolve().is_relative_to(folder.resolve()):
        raise refusal("sign.signers_inside", place)
    return Signers(path, signing)


@dataclass(frozen=True)
class Act:
    """What is signed: in which role, what is wrong with reports and accepted, or a withdrawal."""

    role: Role
    incomplete: Mapping[str, str] = field(default_factory=dict)
    withdraw: bool = False


def sign(folder: Path, act: Act, signer: Signer, signers: Signers, lang: str) -> str:
    """Add a statement to a run: a sign-off, or that one is withdrawn.

    The evaluator signs first, the reviewer must be another person with another key. Who signs
    again takes the place of what was signed before; where the evaluator does, the review is to be
    repeated. What was signed with a key is withdrawn with one of the same identity.

    Parameters
    ----------
    folder
        Output folder of the run. Whether its files match the manifest is for the caller to check.
    act
        What is signed.
    signer
        Who signs.
    signers
        Who may sign, and by which commands.
    lang
        Language of the picture that shows the state.

    Returns
    -------
    str
        The new state: `draft`, `evaluated` or `reviewed`.

    Raises
    ------
    BadInputError
        If it cannot be signed like this; nothing is written then.
    """
    signoffs, manifest = read_signoffs(folder), sha256(folder / MANIFEST)
    if (folder / SIGNATURES).is_symlink():
        raise BadInputError([Problem("sign.not_as_made", str(folder / SIGNATURES))])
    if signoffs.damaged:
        raise BadInputError([Problem("sign.damaged", name) for name in signoffs.damaged])
    statements = signoffs.statements
    new = Statement(
        number=len(statements) + 1,
        role=act.role,
        action="withdraw" if act.withdraw else "sign",
        identity=_checked(signer, signers),
        name=normalized(signer.name),
        note=normalized(signer.note),
        signed=datetime.now(UTC).replace(microsecond=0),
        until=signer.until,
        manifest=manifest,
        incomplete=dict(act.incomplete),
        previous=statements[-1].sha256 if statements else "",
    )
    _check_order(signoffs, manifest, new)
    if signers.path and not new.identity and new.action == "sign":
        raise refusal("sign.key_asked", str(signers.path))
    signature = _signature(new, signer, signers) if signer.key else None
    _check_other_key(signoffs, manifest, new, signature)
    place = folder / SIGNATURES
    place.mkdir(exist_ok=True)
    contents: dict[Path, str | bytes] = {}
    if signature is not None:
        contents[signature_file(folder, new)] = signature
    # The statement last: without its signature it would count as one by name.
    write_atomically(contents)
    write_atomically({place / new.file: new.text()})
    write_state_picture(folder, lang)
    return signoff_state(read_signoffs(folder).standing(manifest))


def check_signature(folder: Path, statement: Statement, signers: Signers) -> str:
    """Return why the signature of a statement does not hold, "" if it does.

    The key must have been valid, by the list of signers, when the person says to have signed.
    """
    signature = signature_of(folder, statement)
    return _check(statement, signature, signers) if signature else "no signature"


def _checked(signer: Signer, signers: Signers) -> str:
    """Check names and what signing needs; return the identity."""
    problems = []
    most = {"name": MOST_NAME, "identity": MOST_NAME, "note": MOST_NOTE}
    for option, length in most.items():
        text = getattr(signer, option)
        if has_unseen(text):
            problems.append(Problem("sign.unseen", f"--{option}", value=text))
        if option != "note" and writes_more(text):
            problems.append(Problem("sign.more_than_name", f"--{option}", value=text))
        if option != "note" and mixes_scripts(text):
            problems.append(Problem("sign.mixed_scripts", f"--{option}", value=text))
        if len(normalized(text)) > length:
            problems.append(Problem("sign.too_long", f"--{option}", {"most": length}, value=text))
    if not normalized(signer.name):
        problems.append(Problem("sign.no_name", "--name", value=signer.name))
    if signer.until and signer.until < datetime.now(UTC).date():
        problems.append(Problem("sign.past", "--until", value=signer.until))
    if signer.key and not signers.path:
        problems.append(Problem("sign.no_list", str(signer.key)))
    if signer.key and not signer.key.is_file():
        problems.append(Problem("sign.no_key", str(signer.key)))
    if problems:
        raise BadInputError(problems)
    return normalized(signer.identity or signer.name) if signer.key else ""


def _check_order(signoffs: Signoffs, manifest: str, new: Statement) -> None:
    standing, place = signoffs.standing(manifest), f"{SIGNATURES}/{new.file}"
    if new.action == "withdraw":
        before = standing.get(new.role)
        if before is None:
            raise refusal("sign.nothing_to_withdraw", place)
        if before.identity != new.identity:
            who = before.identity or before.name
            raise refusal("sign.withdraw_other", place, who=who)
        return
    if not new.identity and any(each.identity for each in signoffs.statements):
        raise BadInputError([Problem("sign.needs_key", place, value=new.name)])
    # Whoever evaluates anew ends the review, and may be the former reviewer.
    if new.role == "evaluator":
        return
    evaluator = standing.get("evaluator")
    if evaluator is None:
        raise BadInputError([Problem("sign.not_evaluated", place, value=new.name)])
    if same_person(evaluator, new):
        raise BadInputError([Problem("sign.same_person", place, value=new.name)])
    if new.identity and not evaluator.identity:
        raise BadInputError([Problem("sign.needs_key", place, value=evaluator.name)])


def _check_other_key(
    signoffs: Signoffs, manifest: str, new: Statement, signature: bytes | None
) -> None:
    evaluator = signoffs.standing(manifest).get("evaluator")
    key = public_key(signature) if signature else None
    if key is None or new.role != "reviewer" or evaluator is None:
        return
    if signoffs.keys.get(evaluator.number) == key:
        raise BadInputError([Problem("sign.same_key", SIGNATURES, value=new.identity)])


def _signature(statement: Statement, signer: Signer, signers: Signers) -> bytes:
    """Sign a statement and check the signature; return it."""
    with tempfile.TemporaryDirectory(prefix="fundeval-") as scratch:
        path = Path(scratch) / statement.file
        path.write_bytes(statement.text().encode())
        made = path.with_name(f"{path.name}.sig")
        values = {"key": str(signer.key), "file": str(path), "signature": str(made)}
        command = _filled(signers.signing.sign, {**values, "identity": statement.identity})
        # Its output is for the person, who may be asked for a passphrase.
        ended = _run(command, SIGN_SECONDS, ask=True)
        if ended.returncode or not made.is_file():
            raise refusal("sign.command_failed", command[0], status=ended.returncode)
        signature = made.read_bytes()
    if why := _check(statement, signature, signers):
        values = {"identity": statement.identity, "list": str(signers.path), "why": why}
        raise refusal("sign.not_accepted", str(signer.key), **values)
    return signature


def _check(statement: Statement, signature: bytes, signers: Signers) -> str:
    if is_default(signers.signing) and public_key(signature) is None:
        return f"not what {signers.signing.sign[0]} writes"
    values = {
        "signers": str(signers.path),
        "identity": statement.identity,
        "time": statement.signed.strftime("%Y%m%d%H%M%SZ"),
    }
    with tempfile.TemporaryDirectory(prefix="fundeval-") as scratch:
        path = Path(scratch) / statement.file
        path.write_bytes(statement.text().encode())
        # What was read is what is checked, whatever lies in the folder meanwhile.
        made = path.with_name(f"{path.name}.sig")
        made.write_bytes(signature)
        values |= {"file": str(path), "signature": str(made)}
        command = _filled(signers.signing.check, values)
        ended = _run(command, CHECK_SECONDS, given=statement.text().encode())
    if ended.returncode == 0:
        return ""
    said = (ended.stderr + b"\n" + ended.stdout).decode(errors="replace").split("\n")
    return next((line.strip() for line in said if line.strip()), str(ended.returncode))[:200]


def _filled(command: tuple[str, ...], values: Mapping[str, str]) -> list[str]:
    words = list(command)
    for name, value in values.items():
        words = [word.replace(f"{{{name}}}", value) for word in words]
    return words


def _run(
    command: list[str], seconds: int, *, given: bytes | None = None, ask: bool = False
) -> subprocess.CompletedProcess[bytes]:
    if shutil.which(command[0]) is None:
        raise refusal("sign.no_command", command[0])
    try:
        # Whoever is asked for a passphrase types it at the terminal.
        return subprocess.run(
            command,
            input=None if ask else given or b"",
            timeout=seconds,
            check=False,
            capture_output=not ask,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise refusal("sign.command_failed", command[0], status=str(error)) from error


def is_default(signing: Signing) -> bool:
    """Tell whether signatures are made and checked by OpenSSH."""
    return signing.sign == SIGN_BY_SSH and signing.check == CHECK_BY_SSH
