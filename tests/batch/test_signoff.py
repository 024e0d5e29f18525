"""Sign-offs: two people, in order, bound to the manifest, void once a byte changes."""

from pathlib import Path

import pytest

from fundeval.batch.files import sha256
from fundeval.batch.manifest import MANIFEST, to_sealed_json
from fundeval.batch.signoff import (
    PICTURE,
    SIGNOFFS,
    Role,
    read_signoffs,
    sign,
    signoff_state,
    valid_signoffs,
    write_state_picture,
)
from fundeval.batch.verify import verify
from fundeval.problems import BadInputError


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the folder of a run with one report."""
    (tmp_path / "reports").mkdir()
    report = tmp_path / "reports" / "H1.html"
    report.write_text("a report", encoding="utf-8")
    content = {"files": {"reports/H1.html": sha256(report)}}
    (tmp_path / MANIFEST).write_text(to_sealed_json(content), encoding="utf-8")
    return tmp_path


def state(run: Path) -> str:
    return signoff_state(valid_signoffs(run))


def refusal(run: Path, role: Role, name: str) -> str:
    with pytest.raises(BadInputError) as caught:
        sign(run, role, name, "", "en")
    return caught.value.text("en")


def voided(run: Path) -> set[str]:
    # Stops before what a manifest without inputs cannot tell.
    found = set()
    try:
        for difference in verify(run, 0):
            found |= {difference.name} if difference.kind == "void" else set()
    except KeyError:
        pass
    return found


def test_two_people_sign_one_after_the_other(run: Path) -> None:
    assert state(run) == "draft"
    assert sign(run, "evaluator", "王芳", "", "zh") == "evaluated"
    assert sign(run, "reviewer", "李强", "抽查三份", "zh") == "reviewed"
    assert [signoff.note for signoff in valid_signoffs(run)] == ["", "抽查三份"]
    picture = (run / PICTURE).read_text(encoding="utf-8")
    assert "状态：已复核；评价人 王芳" in picture


def test_who_signs_again_replaces_what_they_said(run: Path) -> None:
    sign(run, "evaluator", "Wang", "first", "en")
    sign(run, "evaluator", "Wang", "second", "en")
    assert [signoff.note for signoff in valid_signoffs(run)] == ["second"]


def test_a_reviewer_does_not_sign_first(run: Path) -> None:
    assert "The evaluator has not signed" in refusal(run, "reviewer", "Li")
    assert not (run / SIGNOFFS).exists()


@pytest.mark.parametrize("name", ["Wang Fang", "wang  fang", "Ｗａｎｇ Fang"])
def test_one_person_does_not_sign_twice(run: Path, name: str) -> None:
    sign(run, "evaluator", "Wang Fang", "", "en")
    assert "cannot be the same person" in refusal(run, "reviewer", name)


def test_a_sign_off_has_a_name(run: Path) -> None:
    assert "There is no name" in refusal(run, "evaluator", "  ")


def test_another_manifest_voids_the_sign_off(run: Path) -> None:
    sign(run, "evaluator", "Wang", "", "en")
    (run / MANIFEST).write_text(to_sealed_json({"files": {}}), encoding="utf-8")
    assert state(run) == "draft"
    assert voided(run) == {"Wang"}
    write_state_picture(run, "en")
    assert "draft" in (run / PICTURE).read_text(encoding="utf-8")


def test_a_changed_report_voids_the_sign_off(run: Path) -> None:
    sign(run, "evaluator", "Wang", "", "en")
    (run / "reports" / "H1.html").write_text("another report", encoding="utf-8")
    assert voided(run) == {"Wang"}


def test_an_altered_sign_off_counts_for_nothing(run: Path) -> None:
    sign(run, "evaluator", "Wang", "", "en")
    text = (run / SIGNOFFS).read_text(encoding="utf-8")
    (run / SIGNOFFS).write_text(text.replace("Wang", "Wong"), encoding="utf-8")
    assert read_signoffs(run) is None
    assert state(run) == "draft"
    assert voided(run) == {SIGNOFFS}


def test_a_name_with_markup_is_escaped_in_the_picture(run: Path) -> None:
    sign(run, "evaluator", "<script>alert(1)</script>", "", "en")
    assert "<script" not in (run / PICTURE).read_text(encoding="utf-8")
