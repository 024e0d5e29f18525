"""What a run does not make stays, marked as stale, until it is told to prune; and whose folder."""

import shutil
from pathlib import Path

import pytest

from tests.e2e.places import Ended, Place, tree
from tests.messages import says, word

pytestmark = pytest.mark.slow
H2 = "___H2-70b86a8baa57"


@pytest.fixture
def place(light_run: Path, tmp_path: Path) -> Place:
    """Return a place where a run was made, whose data then changed for one hospital."""
    place = Place(tmp_path / "copy")
    shutil.copytree(light_run, place.folder)
    budgets = place.folder / "data" / "budgets.csv"
    text = budgets.read_text(encoding="utf-8")
    changed = text.replace("H1-D1,2024,employee,800", "H1-D1,2024,employee,801")
    budgets.write_text(changed, encoding="utf-8")
    return place


def reports(place: Place) -> set[str]:
    return {path.name for path in (place.folder / "outputs/small/reports").iterdir()}


def some(place: Place, *options: str) -> Ended:
    return place.run("run", "run.yaml", "--only", "../H2", "--lang", "en", *options)


def test_reports_that_are_not_selected_stay_and_are_marked(place: Place) -> None:
    before = reports(place)
    ahead = some(place, "--dry-run")
    assert says(ahead.output, "cli.would_stay", "en", unit="H1")
    ended = some(place)
    assert says(ended.output, "cli.stale", "en", count=2)
    assert reports(place) == before
    index = (place.folder / "outputs/small/index.html").read_text(encoding="utf-8")
    assert says(index, "index.stale.count", "en", count=2)
    assert index.count(word("index.state.stale", "en")) >= 2
    files = tree(place.folder / "outputs/small")
    # Nothing more to do; making all of them leaves none that is stale.
    assert says(some(place).output, "cli.made", "en", done=0, kept=2)
    assert tree(place.folder / "outputs/small")["manifest.json"] == files["manifest.json"]
    assert place.run("run", "run.yaml").status == 0
    again = (place.folder / "outputs/small/index.html").read_text(encoding="utf-8")
    assert word("index.state.stale") not in again


def test_pruning_removes_what_the_dry_run_named(place: Place) -> None:
    foreign = place.folder / "outputs/small/reports/FOREIGN.html"
    foreign.touch()
    before = tree(place.folder / "outputs/small")
    ahead = some(place, "--prune", "--dry-run")
    assert tree(place.folder / "outputs/small") == before
    named = {name for name in before if says(ahead.output, "cli.would_remove", "en", file=name)}
    assert named == {
        "reports/FOREIGN.html", "reports/H1.html", "reports/990100.html",
        "notebooks/H1.ipynb", "notebooks/990100.ipynb",
    }  # fmt: skip
    assert some(place).status == 0
    assert foreign.exists()
    assert some(place, "--prune").status == 0
    after = tree(place.folder / "outputs/small")
    assert named.isdisjoint(after)
    assert {name for name in before if name.startswith("reports/")} - named <= set(after)


def test_reports_on_units_that_are_gone_stay_too(place: Place) -> None:
    (place.folder / "run.yaml").write_text(
        "name: small\ndataset: data\nyear: 2024\nunits: [hospital]\n", encoding="utf-8"
    )
    units = place.folder / "data/units.csv"
    lines = units.read_text(encoding="utf-8").splitlines(keepends=True)
    budgets = place.folder / "data/budgets.csv"
    units.write_text("".join(x for x in lines if not x.startswith("../H2")), encoding="utf-8")
    rows = budgets.read_text(encoding="utf-8").splitlines(keepends=True)
    budgets.write_text("".join(x for x in rows if not x.startswith("../H2")), encoding="utf-8")
    assert place.run("run", "run.yaml").status == 0
    assert {f"{H2}.html", "990100.html"} <= reports(place)
    index = (place.folder / "outputs/small/index.html").read_text(encoding="utf-8")
    assert index.count(word("todo.gone")) >= 2
    assert f'href="reports/{H2}.html"' in index


def test_the_folder_of_another_data_set_is_left_alone(place: Place) -> None:
    shutil.copytree(place.folder / "data", place.folder / "data2")
    (place.folder / "other.yaml").write_text(
        "name: small\ndataset: data2\nyear: 2024\n", encoding="utf-8"
    )
    before = tree(place.folder / "outputs/small")
    ended = place.run("run", "other.yaml")
    assert (ended.status, says(ended.errors, "run.other_data")) == (2, True)
    assert tree(place.folder / "outputs/small") == before
    # As is one of the same name with another title, and not a copy of the same.
    shutil.copytree(place.folder / "data", place.folder / "city" / "data")
    (place.folder / "other.yaml").write_text(
        "name: small\ndataset: city/data\nyear: 2024\n", encoding="utf-8"
    )
    assert place.run("run", "other.yaml", "--dry-run").status == 0
    description = place.folder / "city/data/dataset.yaml"
    text = description.read_text(encoding="utf-8")
    description.write_text(text.replace("测试数据", "另一座城市"), encoding="utf-8")
    ended = place.run("run", "other.yaml", "--dry-run")
    assert (ended.status, says(ended.errors, "run.other_data")) == (2, True)
