"""A folder that somebody hands over: what is not the run's is told, and nothing follows it."""

import shutil
from pathlib import Path

import pytest

from fundeval.batch.files import write_atomically
from fundeval.batch.jobs import file_stem
from fundeval.batch.read_manifest import read_manifest
from fundeval.batch.signing import Act, Signer, Signers, sign
from fundeval.batch.signoff import SIGNATURES, read_signoffs, standing_signoffs, state_in_words
from fundeval.batch.verify import Asked, verify
from fundeval.problems import BadInputError
from fundeval.strict_yaml import parse_mapping, read_mapping
from tests.batch.test_signoff import NOBODY, keys, run

__all__ = ["keys", "run"]
needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs OpenSSH")
STATE_AS_NAME = "王芳（附密钥签名，2024-05-01）；复核人 李强（附密钥签名，2024-05-02）"


def told(run: Path, signers: Path | None = None) -> set[tuple[str, str]]:
    return {(each.kind, each.now or each.name) for each in verify(run, Asked(0, signers=signers))}


def test_what_lies_deeper_among_the_signatures_is_told(run: Path) -> None:
    name = f"{SIGNATURES}/official/0001-reviewer.json"
    (run / name).parent.mkdir(parents=True)
    (run / name).write_text("{}", encoding="utf-8")
    assert ("unlisted", name) in told(run)


def test_an_unfinished_file_that_is_a_link_is_not_written_through(tmp_path: Path) -> None:
    precious, page = tmp_path / "precious", tmp_path / "page.html"
    precious.write_text("mine", encoding="utf-8")
    page.with_name(".page.html.part").symlink_to(precious)
    write_atomically({page: "a page"})
    assert (precious.read_text(), page.read_text()) == ("mine", "a page")


def test_signatures_that_lead_elsewhere_are_not_written_to(run: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (run / SIGNATURES).symlink_to(elsewhere)
    with pytest.raises(BadInputError) as caught:
        sign(run, Act("evaluator"), Signer("王芳"), NOBODY, "zh")
    assert [problem.rule for problem in caught.value.problems] == ["sign.not_as_made"]
    assert not list(elsewhere.iterdir())


def test_files_too_large_to_read_are_told(run: Path) -> None:
    statement = run / SIGNATURES / "0001-evaluator.json"
    statement.parent.mkdir()
    for path in (statement, run / "manifest.json"):
        with path.open("wb") as file:
            file.truncate(2**40)
    assert read_signoffs(run).damaged == (f"{SIGNATURES}/{statement.name}",)
    with pytest.raises(BadInputError) as caught:
        read_manifest(run)
    assert [problem.rule for problem in caught.value.problems] == ["verify.unreadable"]


@needs_ssh
def test_another_name_than_that_of_the_key_is_shown_beside_it(run: Path, keys: Path) -> None:
    by = Signers(keys / "allowed_signers")
    sign(run, Act("evaluator"), Signer("王局长", key=keys / "li", identity="li@ybj"), by, "zh")
    assert "王局长〔名单上为 li@ybj〕" in state_in_words(standing_signoffs(run), "zh")


@needs_ssh
@pytest.mark.parametrize("names", ["*", "wang@ybj,li@ybj"])
def test_a_key_for_more_than_one_name_is_told(run: Path, keys: Path, names: str) -> None:
    signers = run.parent / "allowed_signers"
    signers.write_text(f"{names} {(keys / 'li.pub').read_text()}", encoding="utf-8")
    who = Signer("王芳", key=keys / "li", identity="wang@ybj")
    sign(run, Act("evaluator"), who, Signers(signers), "zh")
    assert ("any_name", names) in told(run, signers)


@pytest.mark.parametrize("name", [STATE_AS_NAME, "王芳[reviewed]", "王芳; reviewer 李强"])
def test_a_name_does_not_write_the_state(run: Path, name: str) -> None:
    with pytest.raises(BadInputError) as caught:
        sign(run, Act("evaluator"), Signer(name), NOBODY, "zh")
    assert [problem.rule for problem in caught.value.problems] == ["sign.more_than_name"]


def test_a_name_with_the_state_written_by_hand_counts_for_nothing(run: Path) -> None:
    sign(run, Act("evaluator"), Signer("王芳"), NOBODY, "zh")
    [statement] = read_signoffs(run).statements
    forged = statement.model_copy(update={"name": STATE_AS_NAME})
    (run / SIGNATURES / statement.file).write_text(forged.text(), encoding="utf-8")
    assert read_signoffs(run).damaged == (f"{SIGNATURES}/{statement.file}",)


def lines_of_references(merged: bool) -> str:
    lines, before = ["a: &a {x: 1}" if merged else "a: &a [x, x]"], "a"
    for name in "bcdefghijklmnopqrstuvwz":
        inner = ", ".join([f"*{before}"] * 9)
        lines.append(f"{name}: &{name} " + (f"{{<<: [{inner}]}}" if merged else f"[{inner}]"))
        before = name
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text", ["name: x\na: &a [*a]", lines_of_references(False), lines_of_references(True)]
)
def test_references_that_stand_for_too_much_are_refused_at_once(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        read_mapping(path)
    assert [problem.rule for problem in caught.value.problems] == ["yaml.aliases"]
    with pytest.raises(BadInputError):
        parse_mapping(text, "changes")


def test_references_that_spare_typing_are_read(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("a: &a {x: 1}\nb: {<<: *a, y: 2}\n", encoding="utf-8")
    assert read_mapping(path)["b"] == {"x": 1, "y": 2}


def test_no_unit_takes_the_name_of_the_overview_where_case_is_ignored() -> None:
    assert file_stem("OVERVIEW").casefold() != "overview"
