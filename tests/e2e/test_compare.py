"""`fundeval compare`: two policies over a whole region."""

from pathlib import Path

from typer.testing import CliRunner

from fundeval.cli import app

OVERLAY = """id: stricter
title: {zh: 更严的政策, en: A stricter policy}
extends: national
parameters:
  returned:
    values:
      - from: 2024-01-01
        value: {hospital: {by: grade, grades: {excellent: 1.5, good: 1, fair: 0.5, poor: 0}}}
        source: {kind: local, cite: "No. 8", checked_on: 2024-01-01}
"""


def test_the_change_of_every_hospital_and_their_sum(tmp_path: Path) -> None:
    other = tmp_path / "stricter.yaml"
    other.write_text(OVERLAY, encoding="utf-8")
    arguments = ["compare", "sample:city", "national", str(other), "--year", "2024", "--lang", "en"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    heading, *rows, total = [line.split("\t") for line in result.stdout.splitlines()]
    assert len(rows) == 60
    change, grade = heading.index("Change"), heading.index("Grade (first)")
    changes = {row[0]: round(float(row[change]) * 100) for row in rows}
    assert sum(changes.values()) == round(float(total[change]) * 100)
    assert result.stderr.startswith("Hospital (60): ")
    # What is not returned to the fair ones goes to others of their group, or is retained.
    fair = [changes[row[0]] for row in rows if row[grade].lower() == "fair"]
    assert fair
    assert sum(fair) < 0


def test_a_policy_that_is_not_there_is_refused() -> None:
    arguments = ["compare", "sample:city", "national", "atlantis", "--year", "2024"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "atlantis" in result.output
