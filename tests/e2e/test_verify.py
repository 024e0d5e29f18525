"""`fundeval verify`: whatever was changed in a run is found and named, and what was not checked."""

import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fundeval.batch.jobs import Job
from fundeval.batch.manifest import to_sealed_json
from fundeval.batch.verify import NOT_COMPARED, Asked, Coverage, draw, verify
from tests.e2e.places import Place
from tests.messages import says, word

pytestmark = pytest.mark.slow

DRAW = random.Random(1259)


@pytest.fixture
def made(light_run: Path, tmp_path: Path) -> Place:
    """Return a place where a run has ended."""
    shutil.copytree(light_run, tmp_path / "copy")
    return Place(tmp_path / "copy")


@pytest.fixture
def output(made: Place, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the run of the place, and work there."""
    monkeypatch.chdir(made.folder)
    return made.folder / "outputs" / "small"


def found(output: Path, *kinds: str, sample: int = 0) -> set[str]:
    """Return the names of differences of these kinds."""
    return {each.name for each in verify(output, Asked(sample, 7)) if each.kind in kinds}


def differs(output: Path, sample: int = 0) -> set[tuple[str, str]]:
    told = verify(output, Asked(sample, 7))
    return {(each.kind, each.name) for each in told if not each.is_note}


def reseal(output: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a manifest as somebody would who knows how it is sealed, hashes of files included."""
    path = output / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["seal"]
    for name in content["files"]:
        if (output / name).is_file():
            content["files"][name] = hashlib.sha256((output / name).read_bytes()).hexdigest()
    change(content)
    path.write_text(to_sealed_json(content), encoding="utf-8")


def test_an_untouched_run_comes_out_again_and_says_what_was_covered(made: Place) -> None:
    ended = made.run("verify", "outputs/small", "--sample", "2", "--seed", "5", "--lang", "en")
    assert ended.status == 0, ended.output
    *_, same, covered = ended.output.splitlines()
    assert same == word("verify.same", "en")
    assert says(covered, "verify.covered.reports", "en", remade=3, made=4, planned=4, seed=5)
    assert says(covered, "verify.covered.whole", "en")
    assert says(ended.output, "verify.unchecked", "en", name="ledger.sqlite")


def test_the_sample_is_another_each_time_and_that_of_a_seed(output: Path) -> None:
    coverage = Coverage()
    assert all(each.is_note for each in verify(output, Asked(1, 4), coverage))
    stems = ["overview", *(f"H{number}" for number in range(50))]
    jobs = [Job(stem * (stem != "overview"), "", "", stem) for stem in stems]
    assert draw(jobs, 1, 4)[0].stem == coverage.remade[0] == "overview"
    drawn = [tuple(draw(jobs, 3, seed)) for seed in (1, 1, 2, 3)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 3
    assert draw(jobs, 0, 1) == []


def test_a_flipped_bit_anywhere_is_found_and_named(output: Path) -> None:
    files = sorted(path for path in output.rglob("*") if path.is_file())
    altered = [path for path in files if path.name not in NOT_COMPARED]
    for path in altered:
        content = bytearray(path.read_bytes())
        content[DRAW.randrange(len(content))] ^= 1 << DRAW.randrange(8)
        path.write_bytes(content)
    assert found(output, "altered") == {path.relative_to(output).as_posix() for path in altered}


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_of_the_manifest_is_found(output: Path, bit: int) -> None:
    path = output / "manifest.json"
    original = path.read_bytes()
    for _ in range(50):
        content = bytearray(original)
        content[DRAW.randrange(len(content))] ^= 1 << bit
        path.write_bytes(content)
        assert [difference.kind for difference in verify(output, Asked(0))] == ["manifest"]


@pytest.mark.parametrize(
    "name", ["index.html", "policy.html", "workbook.xlsx", "evaluation/grades.parquet"]
)
def test_what_covers_the_run_is_made_again_though_the_manifest_was_sealed_anew(
    output: Path, name: str
) -> None:
    path = output / name
    path.write_bytes(path.read_bytes() + b" ")
    reseal(output, dict)
    assert differs(output) == {("otherwise", name)}


def test_the_overview_is_always_among_the_sample(output: Path) -> None:
    path = output / "reports/overview.html"
    path.write_bytes(path.read_bytes() + b" ")
    reseal(output, dict)
    assert ("otherwise", "reports/overview.html") in differs(output, sample=1)


def test_a_report_left_out_of_a_run_is_found(output: Path) -> None:
    for name in ("reports/H1.html", "notebooks/H1.ipynb"):
        (output / name).unlink()

    def forget(content: dict[str, Any]) -> None:
        for name in ("reports/H1.html", "notebooks/H1.ipynb"):
            del content["files"][name]

    reseal(output, forget)
    assert ("not_made", "H1") in differs(output)
    reseal(output, lambda content: content["plan"].pop("H1"))
    assert ("left_out", "H1") in differs(output)


def test_an_invented_report_is_found(output: Path) -> None:
    shutil.copy(output / "reports/H1.html", output / "reports/H9.html")
    assert found(output, "unlisted") == {"reports/H9.html"}
    name = "reports/H9.html"
    reseal(output, lambda content: content["files"].update({name: "0" * 64}))
    reseal(output, dict)
    assert ("invented", name) in differs(output)
    reseal(output, lambda content: content["plan"].update(H9=["hospital", "H9", "hospital.ipynb"]))
    assert ("not_planned", "H9") in differs(output)
    (output / "extra.html").write_text("x", encoding="utf-8")
    reseal(output, lambda content: content["files"].update({"extra.html": ""}))
    reseal(output, dict)
    assert ("invented", "extra.html") in differs(output)


def test_what_lies_there_besides_is_named(output: Path) -> None:
    (output / "reports" / "H1.html").rename(output / "reports" / "other.html")
    (output / ".hidden").write_text("x", encoding="utf-8")
    (output / "pdf").mkdir()
    (output / "pdf" / "990100.pdf").write_text("x", encoding="utf-8")
    (output / "pdf" / "note.html").write_text("x", encoding="utf-8")
    (output / "elsewhere").symlink_to(output.parent)
    policy = output / "policy.html"
    policy.rename(output.parent / "policy.html")
    policy.symlink_to(output.parent / "policy.html")
    named: dict[str, set[str]] = {}
    for each in verify(output, Asked(0, 7)):
        named.setdefault(each.kind, set()).add(each.name)
    assert named["missing"] == {"reports/H1.html"}
    assert named["unlisted"] == {"reports/other.html", ".hidden", "pdf/note.html"}
    assert named["link"] == {"elsewhere", "policy.html"}
    assert "pdf/" in named["unchecked"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFO")
def test_a_fifo_is_named_and_not_waited_for(output: Path) -> None:
    (output / "workbook.xlsx").unlink()
    os.mkfifo(output / "workbook.xlsx")
    assert found(output, "special") == {"workbook.xlsx"}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{}", '{"seal": 1}', "[" * 100_000, "\x00\xff", '{"seal": "a", "files": 3}'],
)
def test_a_damaged_manifest_is_told(output: Path, text: str) -> None:
    (output / "manifest.json").write_text(text, encoding="utf-8")
    assert [each.kind for each in verify(output, Asked(0))] == ["manifest"]


@pytest.mark.parametrize(
    "content",
    [{}, {"files": []}, {"files": {"a": 1}}, {"run": {"year": "x"}}, {"plan": {"a": 1}},
     {"files": {"../../etc/passwd": "0"}}],
)  # fmt: skip
def test_a_manifest_of_another_shape_is_told(output: Path, content: dict[str, Any]) -> None:
    (output / "manifest.json").write_text(to_sealed_json(content), encoding="utf-8")
    assert "manifest" in {each.kind for each in verify(output, Asked(0))}


def test_changed_data_policy_and_notebook_are_named(made: Place) -> None:
    changes = {
        "data/budgets.csv": (
            "990100,2022,employee,9000,9000,8730.00",
            "990100,2022,employee,1,1,1",
        ),
        "notebooks/region.ipynb": ("print(unit_id)", "print(lang)"),
    }
    for name, (old, new) in changes.items():
        text = (made.folder / name).read_text("utf-8")
        assert old in text
        (made.folder / name).write_text(text.replace(old, new), "utf-8")
    ended = made.run("verify", "outputs/small")
    assert ended.status == 1
    assert says(ended.output, "verify.data", name="budgets.csv")
    assert says(ended.output, "verify.notebook", name="region.ipynb")
    assert says(ended.output, "verify.covered.not_whole")


def test_a_signed_run_stops_what_would_change_it(made: Place) -> None:
    place = made
    signed = place.run("sign", "outputs/small", "--role", "evaluator", "--name", "王芳")
    assert signed.status == 0, signed.errors
    assert place.run("run", "run.yaml").status == 0
    ended = place.run("run", "run.yaml", "--fresh")
    assert (ended.status, says(ended.errors, "run.signed", who="王芳")) == (2, True)
    away = ("sign", "outputs/small", "--role", "evaluator", "--name", "王芳", "--withdraw")
    assert place.run(*away).status == 0
    assert place.run("run", "run.yaml", "--fresh", "--only", "H1").status == 0


def test_an_incomplete_run_is_not_signed_by_oversight(made: Place, tmp_path: Path) -> None:
    out = str(tmp_path / "some")
    assert made.run("run", "run.yaml", "--only", "H1", "--out", out).status == 0
    sign = ("sign", out, "--role", "evaluator", "--name", "王芳")
    refused = made.run(*sign)
    assert (refused.status, says(refused.errors, "sign.incomplete", count=2)) == (2, True)
    assert made.run("verify", out, "--sample", "0").status == 1
    assert made.run(*sign, "--accept-incomplete").status == 0
    accepted = made.run("verify", out, "--sample", "0")
    assert (accepted.status, says(accepted.output, "verify.accepted_not_made")) == (0, True)


def test_a_folder_without_a_complete_run_is_told(tmp_path: Path) -> None:
    ended = Place(tmp_path).run("verify", str(tmp_path))
    assert (ended.status, "manifest.json" in ended.errors) == (2, True)
