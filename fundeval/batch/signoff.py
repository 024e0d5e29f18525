"""Sign-offs of a run: who says what of which manifest, one after the other.

Each is a statement, `signatures/NUMBER-ROLE.json`, with the signature of a key beside it, or none.
They lie beside the results, so that signing changes no hash. A statement holds the SHA-256 of the
manifest, which lists the plan and every product, and that of the statement before it: so none is
put between two others, nor moved to another run. What a signature proves, `signing` checks.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from fundeval import invisible_signs
from fundeval.batch.files import sha256, write_atomically
from fundeval.batch.manifest import MANIFEST, from_sealed_json, to_sealed_json
from fundeval.batch.ssh_signature import PublicKey, is_armoured, public_key
from fundeval.report.charts.text_width import wrap
from fundeval.report.format.html_fragments import render
from fundeval.words import say

SIGNATURES, PICTURE = "signatures", "signoff.svg"
SUFFIX, SIGNATURE_SUFFIX = ".json", ".json.sig"
STATEMENT = re.compile(r"(\d{4})-(evaluator|reviewer)\.json")
Role = Literal["evaluator", "reviewer"]
ROLES: tuple[Role, ...] = ("evaluator", "reviewer")


def _utc(moment: dt.datetime) -> dt.datetime:
    if moment.utcoffset() != dt.timedelta(0):
        raise ValueError("not UTC")
    return moment


# One way of writing each moment, which commands for signatures are told in too.
Utc = Annotated[AwareDatetime, AfterValidator(_utc)]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
MOST_NAME, MOST_NOTE = 80, 500
# Of the picture, in the height of its letters: 340 pixels at 15.
LINE_WIDTH = 22
# A certificate has a few thousand bytes; a seal of another make may have more.
MOST_SIGNATURE = 2**20
# The reports of a large run that somebody accepts as incomplete may all be listed.
MOST_STATEMENT = 2**26
# Controls, signs that turn the direction of writing, and those that stand for no character.
NO_CHARACTER = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Scripts that stand beside any other in a name; of the others, a name has one.
BESIDE_ANY = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "KATAKANA-HIRAGANA"}
# Letters of small print that look like Latin ones, beside those that fonts do not tell apart.
LOOK_ALIKE = str.maketrans(
    "аеорсухіјѕԁԛԝһкмтвнαορντυικχεηβγℓl1|0", "aeopcyxijsdqwhkmtbhaopvtuikxenbyiiiio"
)


class Statement(BaseModel):
    """What somebody says of a run.

    Attributes
    ----------
    number, role, action
        The place in the row of statements; in which role; whether it signs, or withdraws what the
        same person signed.
    identity
        Who signs, as the list of signers calls them; "" for a name without a key.
    name, note
        Name and note as people read them.
    signed, until
        When, as the person says; the last day on which it counts, None for no end.
    manifest
        SHA-256 of `manifest.json`.
    incomplete
        The reports that failed, are stale or were not made, and that the person accepts, with
        what is wrong with each.
    previous
        SHA-256 of the statement before, "" for the first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["fundeval sign-off 1"] = "fundeval sign-off 1"
    number: int = Field(ge=1)
    role: Role
    action: Literal["sign", "withdraw"] = "sign"
    identity: str = Field(default="", max_length=MOST_NAME)
    name: str = Field(min_length=1, max_length=MOST_NAME)
    note: str = Field(default="", max_length=MOST_NOTE)
    signed: Utc
    until: dt.date | None = None
    manifest: Hash
    incomplete: dict[str, str] = Field(default_factory=dict)
    previous: Hash | Literal[""] = ""

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.number:04d}-{self.role}{SUFFIX}"

    @property
    def sha256(self) -> str:
        """SHA-256 of what is signed."""
        return hashlib.sha256(self.text().encode()).hexdigest()

    def text(self) -> str:
        """Return what is signed."""
        return to_sealed_json(self.model_dump(mode="json"))


@dataclass(frozen=True)
class Signoffs:
    """The statements of a run in their order, and the files that are none.

    `keys` has the key that each statement by key was signed with, by its number; None where a
    seal of another make was used. One without an entry has no signature that could hold.
    """

    statements: tuple[Statement, ...] = ()
    damaged: tuple[str, ...] = ()
    keys: Mapping[int, PublicKey | None] = field(default_factory=dict)

    def standing(self, manifest: str) -> dict[Role, Statement]:
        """Return by role what counts of the manifest with a hash.

        A later statement of the same role takes the place of an earlier one. What the evaluator
        signs or withdraws ends the review before it. One person, or one key, does not do both.
        Where anybody signed with a key, a name alone counts for nothing.
        """
        by_key = any(each.identity for each in self.statements)
        counted = [each for each in self.statements if not by_key or each.number in self.keys]
        held: dict[Role, Statement] = {}
        for each in counted:
            before = held.get(each.role)
            if each.action == "withdraw":
                if before is None or before.identity != each.identity:
                    continue  # of what another signed, or of nothing
                del held[each.role]
            else:
                held[each.role] = each
            if each.role == "evaluator":
                held.pop("reviewer", None)
        evaluator, reviewer = held.get("evaluator"), held.get("reviewer")
        if evaluator is None or evaluator.manifest != manifest:
            return {}
        if reviewer is None or reviewer.manifest != manifest:
            return {"evaluator": evaluator}
        if same_person(evaluator, reviewer) or self.same_key(evaluator, reviewer):
            return {"evaluator": evaluator}
        return {"evaluator": evaluator, "reviewer": reviewer}

    def same_key(self, one: Statement, other: Statement) -> bool:
        """Tell whether two statements were signed with one key."""
        key = self.keys.get(one.number)
        return key is not None and key == self.keys.get(other.number)


def read_signoffs(folder: Path) -> Signoffs:
    """Read the statements of a run, void ones too.

    What is no statement, or does not follow the one before it, is damaged, as is all after it.
    """
    statements: list[Statement] = []
    damaged: list[str] = []
    previous = ""
    for path in _files(folder):
        read = None if damaged else _read(path)
        if read is None or (read.number, read.previous) != (len(statements) + 1, previous):
            damaged.append(f"{SIGNATURES}/{path.name}")
            continue
        statements.append(read)
        previous = read.sha256
    found = {each.number: signature_of(folder, each) for each in statements if each.identity}
    keys = {number: public_key(each) for number, each in found.items() if each}
    held = {n: key for n, key in keys.items() if key is not None or not is_armoured(found[n])}
    return Signoffs(tuple(statements), tuple(damaged), held)


def standing_signoffs(folder: Path) -> dict[Role, Statement]:
    """Return by role what counts of a run as it is, whether or not the signatures hold."""
    path = folder / MANIFEST
    return read_signoffs(folder).standing(sha256(path)) if path.is_file() else {}


def signoff_state(standing: Mapping[Role, Statement]) -> str:
    """Return the state that sign-offs lead to: `draft`, `evaluated` or `reviewed`."""
    if "evaluator" not in standing:
        return "draft"
    return "reviewed" if "reviewer" in standing else "evaluated"


def state_in_words(standing: Mapping[Role, Statement], lang: str) -> str:
    """Return the state of a run, and who signed how."""
    return say("sign.separator", lang).join(_parts(standing, lang))


def _parts(standing: Mapping[Role, Statement], lang: str) -> list[str]:
    return [
        say(f"sign.{signoff_state(standing)}", lang),
        *(_in_words(standing[role], lang) for role in ROLES if role in standing),
    ]


def state_picture(folder: Path, lang: str) -> str:
    """Return the picture that shows the state on the pages of a run: as wide as a telephone's."""
    standing = standing_signoffs(folder)
    text = state_in_words(standing, lang)
    parts = (wrap(part, LINE_WIDTH, within_words=True) for part in _parts(standing, lang))
    lines = "\n".join(parts).split("\n")
    return render("signoff.svg.j2", text=text, lines=lines).markup


def write_state_picture(folder: Path, lang: str) -> None:
    """Write the picture that shows the state on the pages of a run."""
    write_atomically({folder / PICTURE: state_picture(folder, lang)})


def normalized(text: str) -> str:
    """Return a name or note as it is kept: one form of each letter, single spaces.

    Examples
    --------
    >>> normalized("  Wang   Fang ")
    'Wang Fang'
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def has_unseen(text: str) -> bool:
    """Tell whether a text has controls, signs that nobody sees, or that turn its direction.

    Examples
    --------
    >>> has_unseen("Wang"), has_unseen("Wang\u202e")
    (False, True)
    """
    controls = any(unicodedata.category(sign) in NO_CHARACTER for sign in text)
    return controls or invisible_signs.has_unseen(text)


def mixes_scripts(name: str) -> bool:
    """Tell whether a name has letters of two scripts that look alike, Latin and Cyrillic say.

    Examples
    --------
    >>> mixes_scripts("王芳 Wang"), mixes_scripts("W\u0430ng")
    (False, True)
    """
    letters = filter(str.isalpha, unicodedata.normalize("NFKC", name))
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in letters}
    return len(scripts - BESIDE_ANY) > 1


def writes_more(name: str) -> bool:
    """Tell whether a name has signs that part what is said of who signed: brackets, semicolons.

    Examples
    --------
    >>> writes_more("王芳"), writes_more("王芳（附密钥签名）；复核人 李强")
    (False, True)
    """
    plain = unicodedata.normalize("NFKC", name)
    return ";" in plain or any(unicodedata.category(sign) in ("Ps", "Pe") for sign in plain)


def same_person(one: Statement, other: Statement) -> bool:
    """Tell whether two statements are of one person, by identity or by name."""
    if one.identity and comparable(one.identity) == comparable(other.identity):
        return True
    return comparable(one.name) == comparable(other.name)


def comparable(name: str) -> str:
    """Return a name without case, spaces, width of characters, and what only looks otherwise."""
    plain = unicodedata.normalize("NFKC", name).casefold().translate(LOOK_ALIKE)
    return "".join(plain.split())


def signature_file(folder: Path, statement: Statement) -> Path:
    """Return where the signature of a statement is."""
    return folder / SIGNATURES / statement.file.replace(SUFFIX, SIGNATURE_SUFFIX)


def signature_of(folder: Path, statement: Statement) -> bytes:
    """Return the signature of a statement; nothing if there is none, or it is no file."""
    path = signature_file(folder, statement)
    if path.is_symlink() or not path.is_file():
        return b""
    with suppress(OSError), path.open("rb") as file:
        content = file.read(MOST_SIGNATURE + 1)
        return content if len(content) <= MOST_SIGNATURE else b""
    return b""


def signoff_files(statements: Sequence[Statement]) -> set[str]:
    """Return the files of statements by their place in the folder of a run."""
    names = {f"{SIGNATURES}/{each.file}" for each in statements}
    by_key = {f"{SIGNATURES}/{each.file}.sig" for each in statements if each.identity}
    return names | by_key


def _files(folder: Path) -> list[Path]:
    place = folder / SIGNATURES
    found = place.iterdir() if place.is_dir() else ()
    return sorted(path for path in found if path.suffix == SUFFIX)


def _read(path: Path) -> Statement | None:
    if not STATEMENT.fullmatch(path.name) or path.is_symlink() or not path.is_file():
        return None
    try:
        if path.stat().st_size > MOST_STATEMENT:
            return None
        text = path.read_bytes().decode()
        statement = Statement.model_validate(from_sealed_json(text))
    except (OSError, ValueError, RecursionError):
        return None
    unseen = any(map(has_unseen, (statement.name, statement.note, statement.identity)))
    names = (statement.name, statement.identity)
    unseen = unseen or any(mixes_scripts(name) or writes_more(name) for name in names)
    kept = statement.text() == text and statement.file == path.name and not unseen
    return statement if kept else None


def _in_words(statement: Statement, lang: str) -> str:
    how, name = "by_key" if statement.identity else "by_name", statement.name
    if statement.identity and comparable(statement.identity) != comparable(name):
        # The key proves the name of the list only; the other is the person's own account.
        name = say("sign.listed_as", lang, name=name, identity=statement.identity)
    values = {"name": name, "day": statement.signed.date()}
    words = say(f"sign.{statement.role}", lang, **values, how=say(f"sign.{how}", lang))
    if statement.until:
        words += say("sign.until", lang, until=statement.until)
    return words
