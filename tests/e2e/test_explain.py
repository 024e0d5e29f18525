"""`fundeval explain`: departments too, an indicator of the user's own, and what it refuses."""

import sys
from pathlib import Path

import pytest

from tests.e2e.places import Place, create_workspace
from tests.messages import word

MEASURES = """unit_id,year,measure,value,baseline
H1,2023,chronic_control,0.6,
H1,2024,chronic_control,0.7,0.6
"""
SOURCE = '{kind: document, cite: "Notice 7 of the bureau", checked_on: 2024-06-01}'
# A user's indicator takes half of the weight for hospitals; no Python is written for it.
OVERLAY = f"""id: ours
title: {{zh: 本地政策, en: Local policy}}
extends: national
indicators:
  execution_rate:
    values:
      - from: 2024-01-01
        value:
          domain: execution
          weight: {{region: 10, hospital: 10, department: 40}}
          direction: higher
          curve: {{kind: target, target: 1.0}}
          missing: void
        source: {SOURCE}
  chronic_control:
    title: {{zh: 慢病控制率, en: Chronic-disease control}}
    values:
      - from: 2024-01-01
        value:
          domain: effect
          weight: {{hospital: 10}}
          direction: higher
          curve: {{kind: segments, points: [[0.5, 0], [0.9, 100]]}}
          missing: spread
        other_weights: [self_paid_share]
        source: {SOURCE}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Return a place where a run by the overlay has ended."""
    folder = create_workspace(tmp_path_factory.mktemp("made"))
    (folder / "data" / "measures.csv").write_text(MEASURES, encoding="utf-8")
    (folder / "ours.yaml").write_text(OVERLAY, encoding="utf-8")
    (folder / "run.yaml").write_text(
        "name: small\ndataset: data\npolicy: ours.yaml\nyear: 2024\n", encoding="utf-8"
    )
    place = Place(folder)
    ended = place.run("run", "run.yaml", "--only", "H1")
    assert ended.status == 0, ended.errors
    return place


def test_an_indicator_written_in_yaml_is_scored_and_explained(made: Place) -> None:
    ended = made.run("explain", "outputs/small", "H1", "chronic_control", "--lang", "en")
    assert ended.status == 0, ended.errors
    assert ended.output.splitlines() == [
        "Chronic-disease control",
        "  measures.csv row 2 (2023 Chronic-disease control): "
        "value 0.6 (column D), baseline — (column E)",
        "  measures.csv row 3 (2024 Chronic-disease control): "
        "value 0.7 (column D), baseline 0.6 (column E)",
        "Chronic-disease control 2024 All schemes: 0.7 = 0.7",
        "scoring curve: 0.5 earns 0%, 0.9 earns 100%, straight lines between",
        "percentage of the weight: 0 + (0.7 - 0.5) / (0.9 - 0.5) * (100 - 0) = 50",
        "points: 50 / 100 * 10 = 5",
        "source: scoring rule of Chronic-disease control (Local policy, from 2024-01-01): "
        "[document] Notice 7 of the bureau",
        "",
    ]
    report = (made.folder / "outputs/small/reports/H1.html").read_text(encoding="utf-8")
    assert "慢病控制率" in report


def test_without_an_indicator_all_scored_ones_are_explained(made: Place) -> None:
    ended = made.run("explain", "outputs/small", "H1")
    assert ended.status == 0
    titles = ended.output.splitlines()
    for name in (
        word("indicator.execution_rate"),
        "慢病控制率",
        "满意度",
        word("indicator.exam_share"),
    ):
        assert name in titles
    assert "执行数 2024: 47500000 = 47500000" in ended.output


def test_a_department_has_no_report_but_an_explanation(made: Place) -> None:
    folder = Path("outputs/small/evaluation")
    ended = made.run("explain", str(folder), "H1-D1", "execution_rate", "--lang", "en")
    assert ended.status == 0
    assert "points: 85 / 100 * 40 = 34" in ended.output


def test_long_lines_are_not_wrapped(made: Place) -> None:
    started = (sys.executable, "-m", "fundeval")
    narrow = Place(made.folder, started, {"COLUMNS": "20", "FORCE_COLOR": "1"})
    plain = made.run("explain", "outputs/small", "H1")
    assert narrow.run("explain", "outputs/small", "H1").output == plain.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("outputs", "H1"), "The folder contains no evaluation"),
        (("nowhere", "H1"), "The folder contains no evaluation"),
        (("outputs/small", "H1-D2"), "near ids or names: H1-D1"),
        (("outputs/small", "somebody"), "near ids or names: ../H2, 990100, "),
        (("outputs/small", "H1", "executionrate"), "available: adjustment_rate, average_stay"),
        (("outputs/small", "H1", "surplus_rate"), "The unit has no such indicator"),
    ],
)
def test_what_cannot_be_explained_is_refused(
    made: Place, arguments: tuple[str, ...], told: str
) -> None:
    ended = made.run("explain", *arguments, "--lang", "en")
    assert (ended.status, ended.output) == (2, "")
    assert told in ended.errors
    assert "Traceback" not in ended.errors
