"""`fundeval verify`: a changed byte anywhere is found and named, and so is what changed outside."""

import random
import shutil
from pathlib import Path

import pytest

from fundeval.batch.verify import NOT_COMPARED, verify
from tests.e2e.places import Place, create_workspace
from tests.e2e.test_resume import write_light_notebooks
from tests.messages import says, word

pytestmark = pytest.mark.slow

DRAW = random.Random(1259)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Return a place where a run has ended."""
    place = Place(create_workspace(tmp_path_factory.mktemp("verified")))
    write_light_notebooks(place.folder)
    assert place.run("run", "run.yaml").status == 0
    return place


@pytest.fixture
def place(made: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Return a copy of it, and work there."""
    folder = tmp_path / "copy"
    shutil.copytree(made.folder, folder)
    monkeypatch.chdir(folder)
    return Place(folder)


def test_an_untouched_run_comes_out_again(made: Place) -> None:
    ended = made.run("verify", "outputs/small", "--sample", "2")
    assert (ended.status, ended.output) == (0, f"{word('verify.same')}\n")


def test_a_flipped_bit_anywhere_is_found_and_named(place: Place) -> None:
    output = place.folder / "outputs" / "small"
    files = sorted(path for path in output.rglob("*") if path.is_file())
    altered = [path for path in files if path.name not in NOT_COMPARED]
    for path in altered:
        content = bytearray(path.read_bytes())
        content[DRAW.randrange(len(content))] ^= 1 << DRAW.randrange(8)
        path.write_bytes(content)
    found = {difference.name for difference in verify(output, 0) if difference.kind == "altered"}
    assert found == {path.relative_to(output).as_posix() for path in altered}


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_of_the_manifest_is_found(place: Place, bit: int) -> None:
    path = place.folder / "outputs/small/manifest.json"
    original = path.read_bytes()
    for _ in range(50):
        content = bytearray(original)
        content[DRAW.randrange(len(content))] ^= 1 << bit
        path.write_bytes(content)
        assert [difference.kind for difference in verify(path.parent, 0)] == ["manifest"]


def test_what_is_missing_and_what_is_there_unlisted_is_named(place: Place) -> None:
    output = place.folder / "outputs" / "small"
    (output / "reports" / "H1.html").rename(output / "reports" / "other.html")
    ended = place.run("verify", "outputs/small", "--sample", "0", "--lang", "en")
    assert ended.output.splitlines() == [
        "the file reports/H1.html is missing",
        "the file reports/other.html is not in the manifest",
        "2 differences.",
    ]


def test_changed_data_policy_and_notebook_are_named(made: Place) -> None:
    changes = {
        "data/budgets.csv": (
            "990100,2022,employee,9000,9000,8730.00",
            "990100,2022,employee,1,1,1",
        ),
        "notebooks/region.ipynb": ("print(unit_id)", "print(lang)"),
    }
    originals = {name: (made.folder / name).read_text("utf-8") for name in changes}
    try:
        for name, (old, new) in changes.items():
            assert old in originals[name]
            (made.folder / name).write_text(originals[name].replace(old, new), "utf-8")
        ended = made.run("verify", "outputs/small")
        assert ended.status == 1
        assert says(ended.output, "verify.data", name="budgets.csv")
        assert says(ended.output, "verify.notebook", name="region.ipynb")
    finally:
        for name, text in originals.items():
            (made.folder / name).write_text(text, "utf-8")


def test_a_folder_without_a_complete_run_is_told(tmp_path: Path) -> None:
    ended = Place(tmp_path).run("verify", str(tmp_path))
    assert (ended.status, "manifest.json" in ended.errors) == (2, True)
