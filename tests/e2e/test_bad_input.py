"""Input that cannot be used: one message with place and remedy, status 2, nothing written."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fundeval import workspace
from fundeval.cli import app
from tests.e2e.places import Place

Spoiler = Callable[[Path], None]


def replace(file: str, old: str, new: str) -> Spoiler:
    def spoil(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


def remove(file: str) -> Spoiler:
    return lambda folder: (folder / file).unlink()


def weigh_wrongly(folder: Path) -> None:
    national = workspace.find("params/policy/national.yaml").read_text(encoding="utf-8")
    assert "region: 10," in national
    (folder / "wrong.yaml").write_text(national.replace("region: 10,", "region: 9,", 1))
    replace("run.yaml", "dataset: data", "dataset: data\npolicy: wrong.yaml")(folder)


def keep_in_an_empty_workbook(folder: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(folder / "data.xlsx") as workbook:
        workbook.add_worksheet("单位")
    (folder / "data.yaml").write_bytes((folder / "data/dataset.yaml").read_bytes())
    replace("run.yaml", "dataset: data", "dataset: data.xlsx")(folder)


CASES: dict[str, tuple[Spoiler, list[str]]] = {
    "no run file": (remove("run.yaml"), ["run.yaml"]),
    "no data": (replace("run.yaml", "data\n", "absent\n"), ["absent"]),
    "no table": (remove("data/budgets.csv"), ["budgets"]),
    "no sheet": (keep_in_an_empty_workbook, ["data.xlsx", "budgets"]),
    "unknown header": (replace("data/budgets.csv", "executed", "spent"), ["budgets.csv", "spent"]),
    "text in a number column": (
        replace("data/budgets.csv", "4750.00", "about 4750"),
        ["budgets.csv", "row 5", "executed", "about 4750"],
    ),
    "duplicate key": (
        replace("data/budgets.csv", "H1,2023", "H1,2022"),
        ["budgets.csv", "row 6", "row 5"],
    ),
    "own ancestor": (
        replace("data/units.csv", "示范市,region,,", "示范市,region,H1,"),
        ["units.csv", "parent_id"],
    ),
    "year without budget": (replace("run.yaml", "2024", "2019"), ["2019", "2022, 2023, 2024"]),
    "no money unit": (
        replace("data/dataset.yaml", "money_unit: 万元\n", ""),
        ["dataset.yaml", "money_unit"],
    ),
    "weights of 99": (weigh_wrongly, ["wrong.yaml", "99"]),
    "unknown key": (replace("run.yaml", "year", "units: [region]\nyaer: 1\nyear"), ["yaer"]),
    "name with a folder": (replace("run.yaml", "small", "../small"), ["run.yaml", "name"]),
}


def run_in(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.chdir(folder)
    return CliRunner().invoke(app, ["run", "run.yaml", *arguments])


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_told_and_nothing_is_written(
    case: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil, told = CASES[case]
    spoil(place.folder)
    before = sorted(place.folder.rglob("*"))
    result = run_in(place.folder, monkeypatch, "--lang", "en")
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert [part for part in told if part not in result.stderr] == []
    assert " in the input; nothing was written" in result.stderr
    assert "Remedy: " in result.stderr
    assert sorted(place.folder.rglob("*")) == before


def test_several_problems_are_told_at_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    replace("data/budgets.csv", "4750.00", "about 4750")(place.folder)
    replace("data/units.csv", "secondary", "middling")(place.folder)
    result = run_in(place.folder, monkeypatch, "--lang", "en")
    assert "2 problems" in result.stderr
    assert "about 4750" in result.stderr
    assert "middling" in result.stderr


def test_an_unknown_unit_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run_in(place.folder, monkeypatch, "--only", "H9")
    assert (result.exit_code, "H9" in result.stderr) == (2, True)
    assert not (place.folder / "outputs").exists()


def test_a_folder_with_other_notebooks_is_not_cleared(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place.folder / "notebooks").mkdir()
    (place.folder / "notebooks" / "mine.ipynb").write_text("{}")
    result = run_in(place.folder, monkeypatch, "--out", ".")
    assert result.exit_code == 2
    assert (place.folder / "notebooks" / "mine.ipynb").exists()


def test_a_folder_that_cannot_be_made_is_told(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place.folder / "outputs").write_text("a file where the folder should be")
    result = run_in(place.folder, monkeypatch, "--lang", "en")
    assert (result.exit_code, "cannot be written" in result.stderr) == (2, True)


DESCRIPTIONS = {
    "no truth": ("synthetic: true", "synthetic: maybe", "“maybe”. The value must be true or false"),
    "no year": ("first_year: 2022", "first_year: then", "“then”. The value must be a whole number"),
    "no such day": (
        "licence: Apache-2.0",
        "licence: Apache-2.0\npublished_on: 2024-13-01",
        "row 7: “2024-13-01”. This is not a valid date",
    ),
    "no unit": ("万元", "万", "The value must be one of '元', '万元', '亿元'"),
}


@pytest.mark.parametrize("case", DESCRIPTIONS)
def test_a_mistake_in_a_description_is_told_in_our_words(
    case: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, told = DESCRIPTIONS[case]
    replace("data/dataset.yaml", old, new)(place.folder)
    result = run_in(place.folder, monkeypatch, "--lang", "en")
    assert (result.exit_code, "1 problem " in result.stderr) == (2, True)
    assert told in result.stderr


def test_a_notebook_shows_the_problems_without_a_traceback(place: Place) -> None:
    code = (
        "from IPython.core.interactiveshell import InteractiveShell as Shell\n"
        "Shell().run_cell('from fundeval import tables; tables.load(\"absent\")')"
    )
    ended = Place(place.folder, (sys.executable, "-c", code)).run()
    assert ended.output.startswith("输入有 1 处问题")
    assert "Traceback" not in ended.output + ended.errors


def test_messages_are_chinese_unless_told_otherwise(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove("data/budgets.csv")(place.folder)
    assert "处理：" in run_in(place.folder, monkeypatch).stderr
    ended = Place(place.folder, settings={"FUNDEVAL_LANG": "en"}).run("run", "run.yaml")
    assert (ended.status, "Remedy: " in ended.errors) == (2, True)
    assert "Traceback" not in ended.errors
