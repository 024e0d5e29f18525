"""Sign-offs: two people, in order, by keys or by name, bound to the manifest, and what ends them.

Keys are real: `ssh-keygen` makes them, signs with them, and checks them.
"""

import datetime as dt
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from fundeval.batch.files import sha256
from fundeval.batch.manifest import MANIFEST, to_sealed_json
from fundeval.batch.plan import Signing
from fundeval.batch.signing import Act, Signer, Signers, find_signers, sign
from fundeval.batch.signoff import (
    PICTURE,
    SIGNATURES,
    read_signoffs,
    signoff_state,
    standing_signoffs,
    write_state_picture,
)
from fundeval.batch.verify import Asked, verify
from fundeval.problems import BadInputError
from fundeval.report.charts.text_width import width_of

needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs OpenSSH")
WANG, LI = Signer("王芳"), Signer("李强", "抽查三份")
NOBODY = Signers(None)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the folder of a run with one report."""
    folder = tmp_path / "run"
    (folder / "reports").mkdir(parents=True)
    report = folder / "reports" / "H1.html"
    report.write_text("a report", encoding="utf-8")
    plan = {"H1": ["hospital", "H1", "hospital.ipynb"]}
    settings = {"lang": "zh", "keep_notebooks": False}
    content = {"plan": plan, "files": {"reports/H1.html": sha256(report)}, "run": settings}
    (folder / MANIFEST).write_text(to_sealed_json(content), encoding="utf-8")
    write_state_picture(folder, "zh")
    return folder


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the keys of three people, and the list of the first two."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("wang", "li", "stranger"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    lines = [f"{name}@ybj {(folder / f'{name}.pub').read_text()}" for name in ("wang", "li")]
    (folder / "allowed_signers").write_text("".join(lines), encoding="utf-8")
    return folder


def by_key(keys: Path, name: str, **more: object) -> Signer:
    shown = {"wang": "王芳", "li": "李强"}.get(name, name)
    return Signer(shown, key=keys / name, identity=f"{name}@ybj", **more)  # type: ignore[arg-type]


def signers(keys: Path) -> Signers:
    return Signers(keys / "allowed_signers")


def both(run: Path, keys: Path) -> None:
    sign(run, Act("evaluator"), by_key(keys, "wang"), signers(keys), "zh")
    sign(run, Act("reviewer"), by_key(keys, "li"), signers(keys), "zh")


def state(run: Path) -> str:
    return signoff_state(standing_signoffs(run))


def refusal(run: Path, act: Act, signer: Signer, by: Signers = NOBODY) -> list[str]:
    before = sorted(path.name for path in run.rglob("*"))
    with pytest.raises(BadInputError) as caught:
        sign(run, act, signer, by, "en")
    assert sorted(path.name for path in run.rglob("*")) == before
    return [problem.rule for problem in caught.value.problems]


def told(run: Path, keys: Path | None = None) -> set[tuple[str, str]]:
    """Return kind and name of what a verification tells, before it looks outside the folder."""
    asked = Asked(0, signers=keys / "allowed_signers" if keys else None)
    found = {(each.kind, each.name) for each in verify(run, asked) if each.kind != "library"}
    return found - {("manifest", MANIFEST)}


def test_two_people_sign_one_after_the_other(run: Path) -> None:
    assert state(run) == "draft"
    assert sign(run, Act("evaluator"), WANG, NOBODY, "zh") == "evaluated"
    assert sign(run, Act("reviewer"), LI, NOBODY, "zh") == "reviewed"
    assert [each.note for each in read_signoffs(run).statements] == ["", "抽查三份"]
    picture = (run / PICTURE).read_text(encoding="utf-8")
    assert "状态：已复核；评价人 王芳（仅署名" in picture
    assert told(run) == {("by_name", "王芳"), ("by_name", "李强")}


@needs_ssh
def test_keys_sign_and_anybody_checks_them_with_ssh_keygen(run: Path, keys: Path) -> None:
    both(run, keys)
    assert state(run) == "reviewed"
    listed = ("signers", str(keys / "allowed_signers"))
    assert told(run, keys) == {listed, ("holds_sign", "wang@ybj"), ("holds_sign", "li@ybj")}
    for name, identity in (("0001-evaluator", "wang@ybj"), ("0002-reviewer", "li@ybj")):
        statement = run / SIGNATURES / f"{name}.json"
        command = ["ssh-keygen", "-Y", "verify", "-n", "fundeval", "-I", identity,
                   "-f", str(keys / "allowed_signers"), "-s", f"{statement}.sig"]  # fmt: skip
        content = statement.read_bytes()
        assert subprocess.run(command, input=content, check=False).returncode == 0
        assert subprocess.run(command, input=content + b" ", check=False).returncode != 0
        assert json.loads(content)["manifest"] == sha256(run / MANIFEST)
    assert "密钥签名" in (run / PICTURE).read_text(encoding="utf-8")


@needs_ssh
def test_a_key_that_is_not_in_the_list_signs_nothing(run: Path, keys: Path) -> None:
    stranger = by_key(keys, "stranger")
    assert refusal(run, Act("evaluator"), stranger, signers(keys)) == ["sign.not_accepted"]
    other = Signer("王芳", key=keys / "li", identity="wang@ybj")
    assert refusal(run, Act("evaluator"), other, signers(keys)) == ["sign.not_accepted"]
    assert refusal(run, Act("evaluator"), stranger) == ["sign.no_list"]


@needs_ssh
def test_one_person_or_one_key_does_not_sign_twice(run: Path, keys: Path, tmp_path: Path) -> None:
    sign(run, Act("evaluator"), by_key(keys, "wang"), signers(keys), "zh")
    twice = tmp_path / "signers"
    key = (keys / "wang.pub").read_text()
    twice.write_text(f"wang@ybj {key}other@ybj {key}", encoding="utf-8")
    other = Signer("另一人", key=keys / "wang", identity="other@ybj")
    assert refusal(run, Act("reviewer"), other, Signers(twice)) == ["sign.same_key"]
    renamed = Signer("另一人", key=keys / "wang", identity="wang@ybj")
    assert refusal(run, Act("reviewer"), renamed, signers(keys)) == ["sign.same_person"]
    assert refusal(run, Act("reviewer"), Signer("李强")) == ["sign.needs_key"]


@needs_ssh
@pytest.mark.parametrize("how", ["statement", "signature", "absent", "replayed", "unlisted"])
def test_a_forged_signature_is_told(run: Path, keys: Path, tmp_path: Path, how: str) -> None:
    both(run, keys)
    statement = run / SIGNATURES / "0002-reviewer.json"
    signature = statement.with_name("0002-reviewer.json.sig")
    listed = keys / "allowed_signers"
    if how == "statement":
        content = json.loads(statement.read_text(encoding="utf-8"))
        del content["seal"]
        statement.write_text(to_sealed_json({**content, "note": "另一句"}), encoding="utf-8")
    elif how == "signature":
        signature.write_bytes(signature.read_bytes().replace(b"A", b"B"))
    elif how == "absent":
        signature.unlink()
    elif how == "replayed":
        shutil.copy(run / SIGNATURES / "0001-evaluator.json.sig", signature)
    else:
        listed = tmp_path / "signers"
        listed.write_text(f"wang@ybj {(keys / 'wang.pub').read_text()}", encoding="utf-8")
    write_state_picture(run, "zh")
    kinds = {(each.kind, each.name) for each in verify(run, Asked(0, signers=listed))}
    assert ("signature", f"{SIGNATURES}/0002-reviewer.json") in kinds


@needs_ssh
def test_the_list_of_signers_lies_outside_the_run(run: Path, keys: Path) -> None:
    shutil.copy(keys / "allowed_signers", run / "allowed_signers")
    for place, rule in (
        (run / "allowed_signers", "sign.signers_inside"),
        (run / "no", "sign.no_signers"),
    ):
        with pytest.raises(BadInputError) as caught:
            find_signers(run, Signing(), place)
        assert caught.value.problems[0].rule == rule
    both(run, keys)
    assert ("no_signers", SIGNATURES) in told(run)


@needs_ssh
def test_signatures_expire(run: Path, keys: Path, tmp_path: Path) -> None:
    today = dt.datetime.now(dt.UTC).date()
    yesterday = today - dt.timedelta(days=1)
    past = by_key(keys, "wang", until=yesterday)
    assert refusal(run, Act("evaluator"), past, signers(keys)) == ["sign.past"]
    sign(run, Act("evaluator"), by_key(keys, "wang", until=today), signers(keys), "zh")
    assert ("expired", "王芳") not in told(run, keys)
    # A key that the list held valid until some day has not signed after it.
    old = tmp_path / "signers"
    key = (keys / "li.pub").read_text()
    old.write_text(f'li@ybj valid-before="20200101" {key}', encoding="utf-8")
    assert refusal(run, Act("reviewer"), by_key(keys, "li"), Signers(old)) == ["sign.not_accepted"]


def test_a_sign_off_that_expired_is_told(run: Path) -> None:
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    sign(run, Act("evaluator"), Signer("王芳", until=dt.datetime.now(dt.UTC).date()), NOBODY, "zh")
    path = run / SIGNATURES / "0001-evaluator.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["seal"]
    content["until"] = str(yesterday.date())
    path.write_text(to_sealed_json(content), encoding="utf-8")
    write_state_picture(run, "zh")
    assert ("expired", "王芳") in told(run)


def test_who_signs_again_takes_the_place_of_the_former(run: Path) -> None:
    sign(run, Act("evaluator"), Signer("王芳", "first"), NOBODY, "zh")
    sign(run, Act("reviewer"), LI, NOBODY, "zh")
    # The review is to be repeated.
    assert sign(run, Act("evaluator"), Signer("王芳", "second"), NOBODY, "zh") == "evaluated"
    assert standing_signoffs(run)["evaluator"].note == "second"
    assert sign(run, Act("reviewer"), LI, NOBODY, "zh") == "reviewed"


@needs_ssh
def test_a_sign_off_is_withdrawn_by_who_gave_it(run: Path, keys: Path) -> None:
    both(run, keys)
    away = Act("reviewer", withdraw=True)
    assert refusal(run, away, by_key(keys, "wang"), signers(keys)) == ["sign.withdraw_other"]
    assert refusal(run, away, LI) == ["sign.withdraw_other"]
    assert sign(run, away, by_key(keys, "li"), signers(keys), "zh") == "evaluated"
    assert refusal(run, away, by_key(keys, "li"), signers(keys)) == ["sign.nothing_to_withdraw"]
    assert ("holds_withdraw", "li@ybj") in told(run, keys)
    whole = Act("evaluator", withdraw=True)
    assert sign(run, whole, by_key(keys, "wang"), signers(keys), "zh") == "draft"


def test_a_reviewer_does_not_sign_first(run: Path) -> None:
    assert refusal(run, Act("reviewer"), LI) == ["sign.not_evaluated"]


@pytest.mark.parametrize("name", ["Wang Fang", "wang  fang", "Ｗａｎｇ Fang", " Wang Fang "])
def test_one_name_does_not_sign_twice(run: Path, name: str) -> None:
    sign(run, Act("evaluator"), Signer("Wang Fang"), NOBODY, "en")
    assert refusal(run, Act("reviewer"), Signer(name)) == ["sign.same_person"]


@pytest.mark.parametrize(
    ("signer", "rule"),
    [
        (Signer("  "), "sign.no_name"),
        (Signer("王\u202e芳"), "sign.unseen"),
        (Signer("王芳\n已复核"), "sign.unseen"),
        (Signer("王芳", "note\x1b[31m"), "sign.unseen"),
        (Signer("王\u200b芳"), "sign.unseen"),
        (Signer("王" * 81), "sign.too_long"),
    ],
)
def test_a_name_is_a_name(run: Path, signer: Signer, rule: str) -> None:
    assert rule in refusal(run, Act("evaluator"), signer)


def test_a_name_is_kept_in_one_form(run: Path) -> None:
    sign(run, Act("evaluator"), Signer("  Zoe\u0308   Li "), NOBODY, "en")
    assert read_signoffs(run).statements[0].name == "Zoë Li"


def test_another_manifest_voids_the_sign_off(run: Path) -> None:
    sign(run, Act("evaluator"), WANG, NOBODY, "en")
    (run / MANIFEST).write_text(to_sealed_json({"files": {}}), encoding="utf-8")
    assert state(run) == "draft"
    assert ("void", "王芳") in told(run)
    write_state_picture(run, "en")
    assert "draft" in (run / PICTURE).read_text(encoding="utf-8")


@pytest.mark.parametrize("how", ["altered", "renamed", "first removed", "moved here"])
def test_an_altered_row_of_sign_offs_counts_for_nothing(run: Path, how: str) -> None:
    sign(run, Act("evaluator"), WANG, NOBODY, "zh")
    sign(run, Act("reviewer"), LI, NOBODY, "zh")
    first, second = sorted((run / SIGNATURES).iterdir())
    if how == "altered":
        text = first.read_text(encoding="utf-8")
        first.write_text(text.replace("王芳", "王方"), encoding="utf-8")
    elif how == "renamed":
        second.rename(second.with_name("0002-evaluator.json"))
    elif how == "first removed":
        first.unlink()
    else:
        shutil.copy(first, second.with_name("0003-evaluator.json"))
    damaged = {name for kind, name in told(run) if kind == "signature_damaged"}
    assert damaged
    assert state(run) != "reviewed" or how == "moved here"
    assert refusal(run, Act("evaluator"), Signer("赵六"))[0] == "sign.damaged"


def test_a_forged_picture_is_told(run: Path) -> None:
    forged = (run / PICTURE).read_text(encoding="utf-8").replace("草稿", "已复核")
    (run / PICTURE).write_text(forged, encoding="utf-8")
    assert ("picture", PICTURE) in told(run)


def test_a_name_with_markup_is_escaped_in_the_picture(run: Path) -> None:
    sign(run, Act("evaluator"), Signer("<script>alert`1`</script>"), NOBODY, "en")
    assert "<script" not in (run / PICTURE).read_text(encoding="utf-8")


def test_what_failed_is_accepted_inside_the_statement(run: Path) -> None:
    manifest = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
    del manifest["seal"]
    manifest["plan"]["H2"] = ["hospital", "H2", "hospital.ipynb"]
    manifest["failed"] = {"H2": "RuntimeError: spoilt"}
    (run / MANIFEST).write_text(to_sealed_json(manifest), encoding="utf-8")
    assert ("failed", "H2") in told(run)
    sign(run, Act("evaluator"), WANG, NOBODY, "zh")
    assert ("failed", "H2") in told(run)
    accepted = {"H2": "RuntimeError: spoilt"}
    sign(run, Act("evaluator", accepted), WANG, NOBODY, "zh")
    assert ("accepted_failed", "H2") in told(run)
    assert read_signoffs(run).statements[-1].incomplete == accepted


def test_a_seal_of_another_make_signs_too(run: Path, tmp_path: Path) -> None:
    seal = tmp_path / "seal"
    seal.write_text(
        '#!/bin/sh\nif [ "$1" = sign ]; then sha256sum < "$2" > "$3"; '
        'else sha256sum | cmp -s - "$2"; fi\n',
        encoding="utf-8",
    )
    seal.chmod(0o755)
    listed = tmp_path / "list"
    listed.touch()
    signing = Signing(
        signers=str(listed),
        sign=(str(seal), "sign", "{file}", "{signature}"),
        check=(str(seal), "check", "{signature}"),
    )
    own = tmp_path / "own.yaml"
    stated = {"name": "ours", "dataset": "data", "year": 2024, "signing": signing.model_dump()}
    own.write_text(json.dumps(stated), encoding="utf-8")
    who = Signer("王芳", key=listed, identity="公章")
    sign(run, Act("evaluator"), who, Signers(listed, signing), "zh")
    kinds = {(each.kind, each.name) for each in verify(run, Asked(0, run_file=own))}
    assert ("holds_sign", "公章") in kinds
    path = run / SIGNATURES / "0001-evaluator.json.sig"
    path.write_text("0\n", encoding="utf-8")
    kinds = {(each.kind, each.name) for each in verify(run, Asked(0, run_file=own))}
    assert ("signature", f"{SIGNATURES}/0001-evaluator.json") in kinds


def test_the_picture_is_legible_on_a_telephone(run: Path) -> None:
    sign(run, Act("evaluator"), Signer("a very long name " * 4), NOBODY, "en")
    picture = (run / PICTURE).read_text(encoding="utf-8")
    lines = re.findall("<text[^>]*>([^<]*)</text>", picture)
    assert 'width="340"' in picture
    assert len(lines) > 3
    assert max(map(width_of, lines)) * 15 <= 340
