"""Statements and signatures put together by hand: none makes one person two, or a name a key."""

import datetime as dt
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fundeval.batch.files import sha256
from fundeval.batch.manifest import MANIFEST, to_sealed_json
from fundeval.batch.signing import Act, Signer, Signers, sign
from fundeval.batch.signoff import (
    SIGNATURES,
    Role,
    Statement,
    mixes_scripts,
    same_person,
    signoff_state,
    standing_signoffs,
    state_in_words,
    write_state_picture,
)
from fundeval.batch.ssh_signature import public_key
from fundeval.batch.verify import Asked, verify
from fundeval.problems import BadInputError
from tests.messages import word

needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs OpenSSH")
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
# A sign that nobody sees, of each kind that Unicode has.
UNSEEN = "\ufe00\u034f\u3164\u115f\u1160\uffa0\u2800\u200b\u202e\U000e0100\u180b"


def keygen(*arguments: str | Path, **more: bytes) -> None:
    command = ["ssh-keygen", "-q", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True, **more)  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with keys of two people and of the bureau, and a certificate of the first."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("zhang", "li", "bureau"):
        keygen("-t", "ed25519", "-N", "", "-f", folder / name)
    shutil.copy(folder / "zhang", folder / "certified")
    shutil.copy(folder / "zhang.pub", folder / "certified.pub")
    keygen("-s", folder / "bureau", "-I", "1", "-n", "li", folder / "certified.pub")
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / MANIFEST).write_text(to_sealed_json({"run": {"lang": "zh"}}), encoding="utf-8")
    write_state_picture(folder, "zh")
    return folder


def listed(keys: Path, **who: str) -> Path:
    """Write a list of signers; each says by which key, a certificate of the bureau's after `ca`."""
    lines = [
        f"{name.replace('_', ',')} {'cert-authority ' * (key == 'bureau')}"
        f"{(keys / f'{key}.pub').read_text()}"
        for name, key in who.items()
    ]
    path = keys / "allowed_signers"
    path.write_text("".join(lines), encoding="utf-8")
    return path


class Forger:
    """Writes statements in a row by hand, signed by whatever key."""

    def __init__(self, run: Path, keys: Path | None = None) -> None:
        self.run, self.keys, self.last, self.count = run, keys, "", 0

    def put(self, role: Role, name: str, key: str = "", **more: object) -> Path:
        """Write a statement, by default by name; return where its signature lies."""
        self.count += 1
        values = {"identity": name.lower() if key else "", "signed": NOW, **more}
        values |= {"manifest": sha256(self.run / MANIFEST), "previous": self.last}
        made = Statement.model_validate(
            {"number": self.count, "role": role, "name": name, **values}
        )
        self.last = made.sha256
        (self.run / SIGNATURES).mkdir(exist_ok=True)
        path = self.run / SIGNATURES / made.file
        path.write_text(made.text(), encoding="utf-8")
        if key and self.keys:
            keygen("-Y", "sign", "-n", "fundeval", "-f", self.keys / key, path)
        write_state_picture(self.run, "zh")
        return path.with_name(f"{path.name}.sig")


def told(run: Path, signers: Path | None = None) -> set[str]:
    """Return the kinds of differences, but for what lies outside the folder."""
    found = verify(run, Asked(0, signers=signers))
    return {each.kind for each in found if not each.is_note} - {"library", "manifest"}


def state(run: Path) -> str:
    return signoff_state(standing_signoffs(run))


@needs_ssh
def test_a_name_written_beside_a_key_is_no_review(run: Path, keys: Path) -> None:
    forger, signers = Forger(run, keys), listed(keys, zhang="zhang")
    forger.put("evaluator", "Zhang", "zhang")
    forger.put("reviewer", "Li")
    assert (state(run), told(run, signers)) == ("evaluated", {"void", "needs_key"})
    # Nor do two names take the place of the key.
    forger.put("evaluator", "Wang")
    forger.put("reviewer", "Li")
    assert (state(run), "void" in told(run, signers)) == ("evaluated", True)


def test_names_alone_are_a_difference_where_a_list_of_signers_is_given(
    run: Path, tmp_path: Path
) -> None:
    forger, signers = Forger(run), tmp_path / "signers"
    signers.touch()
    forger.put("evaluator", "Zhang")
    assert (told(run), told(run, signers)) == (set(), {"needs_key"})
    with pytest.raises(BadInputError) as caught:
        sign(run, Act("reviewer"), Signer("Li"), Signers(signers), "zh")
    assert caught.value.problems[0].rule == "sign.key_asked"


@needs_ssh
def test_an_evaluator_by_name_is_not_reviewed_by_key(run: Path, keys: Path) -> None:
    forger, signers = Forger(run, keys), Signers(listed(keys, li="li"))
    forger.put("evaluator", "Zhang")
    with pytest.raises(BadInputError) as caught:
        sign(run, Act("reviewer"), Signer("Li", key=keys / "li", identity="li"), signers, "zh")
    assert caught.value.problems[0].rule == "sign.needs_key"
    forger.put("reviewer", "Li", "li")
    assert (state(run), "void" in told(run, signers.path)) == ("draft", True)


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "untouched": lambda content: content,
    "a line after": lambda content: content + b"see minutes!\n",
    "a line before": lambda content: b"see minutes!\n" + content,
    "a space": lambda content: content.replace(b"\n", b" \n", 3),
    "one line": lambda content: content.replace(b"\n", b"").replace(b"-----B", b"-----B"),
    "no end of line": lambda content: content[:-1],
    "twice": lambda content: content * 2,
    "another fold": lambda content: content.replace(b"\n", b"\n\n", 2),
}


@needs_ssh
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("names", ["zhang_li", "*"])
def test_one_key_is_not_two_whatever_its_file_looks_like(
    run: Path, keys: Path, change: str, names: str
) -> None:
    forger, signers = Forger(run, keys), listed(keys, **{names: "zhang"})
    forger.put("evaluator", "Zhang", "zhang")
    path = forger.put("reviewer", "Li", "zhang")
    path.write_bytes(CHANGES[change](path.read_bytes()))
    write_state_picture(run, "zh")
    assert state(run) == "evaluated"
    expected = "same_key" if change == "untouched" else "signature"
    assert {"void", expected} <= told(run, signers)


@needs_ssh
def test_one_key_is_not_two_bare_and_in_a_certificate(run: Path, keys: Path) -> None:
    forger, signers = Forger(run, keys), listed(keys, zhang="zhang", li="bureau")
    forger.put("evaluator", "Zhang", "zhang")
    forger.put("reviewer", "Li", "certified-cert.pub")
    assert (state(run), told(run, signers)) == ("evaluated", {"void", "same_key"})
    (run / SIGNATURES / "0002-reviewer.json").unlink()
    (run / SIGNATURES / "0002-reviewer.json.sig").unlink()
    who = Signer("Li", key=keys / "certified-cert.pub", identity="li")
    with pytest.raises(BadInputError) as caught:
        sign(run, Act("reviewer"), who, Signers(signers), "zh")
    assert caught.value.problems[0].rule == "sign.same_key"


@needs_ssh
@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
def test_the_key_of_a_signature_is_that_of_its_certificate(tmp_path: Path, kind: str) -> None:
    keygen("-t", kind, "-N", "", "-f", tmp_path / "key")
    keygen("-t", kind, "-N", "", "-f", tmp_path / "other")
    text = tmp_path / "text"
    text.write_text("text", encoding="utf-8")

    def key_of(name: str) -> object:
        text.with_name("text.sig").unlink(missing_ok=True)
        keygen("-Y", "sign", "-n", "fundeval", "-f", tmp_path / name, text)
        return public_key(text.with_name("text.sig").read_bytes())

    bare = key_of("key")
    keygen("-s", tmp_path / "other", "-I", "1", "-n", "li", tmp_path / "key.pub")
    assert bare == key_of("key-cert.pub") != key_of("other")
    text.with_name("text.sig").unlink()
    keygen("-Y", "sign", "-n", "file", "-f", tmp_path / "key", text)
    assert public_key(text.with_name("text.sig").read_bytes()) is None


def test_a_key_signature_that_nobody_checked_is_not_called_good(run: Path) -> None:
    forger = Forger(run)
    forger.put("evaluator", "Zhang", "none").write_bytes(b"garbage")
    write_state_picture(run, "en")
    shown = state_in_words(standing_signoffs(run), "en")
    assert word("sign.by_key", "en") in shown
    assert "fundeval verify" in word("sign.by_key", "en")


@pytest.mark.parametrize("sign_of_none", UNSEEN)
def test_a_sign_that_nobody_sees_makes_no_other_name(run: Path, sign_of_none: str) -> None:
    forger, name = Forger(run), f"张三{sign_of_none}"
    forger.put("evaluator", "张三")
    with pytest.raises(BadInputError) as caught:
        sign(run, Act("reviewer"), Signer(name), Signers(None), "zh")
    assert caught.value.problems[0].rule == "sign.unseen"
    forger.put("reviewer", name)
    assert (state(run), told(run)) == ("evaluated", {"signature_damaged"})


@pytest.mark.parametrize(("one", "other"), [("Wang", "W\u0430ng"), ("Aca", "\u0410\u0441\u0430"),
                                            ("Li", "Ii"), ("张三", "张 三")])  # fmt: skip
def test_a_letter_that_looks_alike_makes_no_other_name(run: Path, one: str, other: str) -> None:
    forger = Forger(run)
    forger.put("evaluator", one)
    with pytest.raises(BadInputError) as caught:
        sign(run, Act("reviewer"), Signer(other), Signers(None), "zh")
    mixed = mixes_scripts(other)
    assert caught.value.problems[0].rule == ("sign.mixed_scripts" if mixed else "sign.same_person")
    forger.put("reviewer", other)
    assert (state(run), told(run)) == ("evaluated", {"signature_damaged" if mixed else "void"})


def test_names_that_do_not_look_alike_are_two_people() -> None:
    values = {"number": 1, "role": "evaluator", "signed": NOW, "manifest": "0" * 64}
    names = ("王芳", "王方", "Wang Fang", "Ван Фан", "Zoë", "Zoe")
    made = [Statement.model_validate({**values, "name": name}) for name in names]
    assert not [1 for n, one in enumerate(made) for other in made[:n] if same_person(one, other)]


@pytest.mark.parametrize("time", [NOW.replace(year=2099), NOW - dt.timedelta(days=30)])
def test_a_time_that_cannot_be_is_told(run: Path, time: dt.datetime) -> None:
    forger = Forger(run)
    forger.put("evaluator", "Zhang")
    forger.put("reviewer", "Li", signed=time)
    assert told(run) == {"impossible_time"}


@pytest.mark.parametrize("time", ["2024-01-01T00:00:00", "2024-01-01T00:00:00+08:00"])
def test_a_time_says_its_zone(time: str) -> None:
    values = {"number": 1, "role": "evaluator", "name": "Li", "manifest": "0" * 64}
    with pytest.raises(ValueError, match="signed"):
        Statement.model_validate({**values, "signed": time})


def test_a_file_beside_a_name_is_no_signature_of_it(run: Path) -> None:
    Forger(run).put("evaluator", "Zhang").write_text("anything at all", encoding="utf-8")
    assert told(run) == {"unlisted"}


def test_what_is_accepted_is_what_the_run_lacks(run: Path) -> None:
    Forger(run).put("evaluator", "Zhang", incomplete={"H1": "ValueError"})
    assert told(run) == {"accepts_other"}
