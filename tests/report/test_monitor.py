"""The monitoring notebook: levels in shape and word, checks that are due, nothing hidden."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from fundeval import policy, report, tables
from fundeval.batch.execution.local_pool import make_reports
from fundeval.batch.jobs import Job, JobSettings
from fundeval.evaluation import evaluate
from fundeval.results import parquet as store
from fundeval.words import say
from tests.messages import says, word

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "monitor.ipynb"
REGION, HOSPITAL = "990106", "H99010600001"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the invented city, whose one hospital buys 85 % of its daily threshold."""
    city = tables.load("sample:city")
    bought = {
        "unit_id": HOSPITAL, "year": 2024, "measure": "daily_purchase_share", "value": 0.85,
    }  # fmt: skip
    measures = pd.concat([city.measures, pd.DataFrame([bought])], ignore_index=True)
    folder = tmp_path_factory.mktemp("city") / "evaluation"
    for name in ("notebooks", "reports"):
        (folder.parent / name).mkdir()
    evaluation = evaluate(replace(city, measures=measures), policy.load("national"), 2024)
    store.write(evaluation, folder)
    return folder


WORDS = {
    lang: (
        f"◆ {word('warning.blue', lang)}", f"▲ {word('warning.yellow', lang)}",
        say("monitor.due", lang, hours=24),
    )
    for lang in ("zh", "en")
}  # fmt: skip


@pytest.mark.parametrize("lang", WORDS)
@pytest.mark.parametrize("unit_id", [REGION, HOSPITAL])
def test_the_notebook_renders_with_a_shape_beside_every_level(folder, unit_id, lang):
    job = Job(unit_id, "", NOTEBOOK.name, unit_id)
    [ended] = make_reports([job], JobSettings(folder.parent, {NOTEBOOK.name: NOTEBOOK}, lang), 1)
    assert ended.error == ""
    page = (folder.parent / "reports" / f"{unit_id}.html").read_text(encoding="utf-8")
    body = page[page.index("<h1>") :]
    assert body.count("<h2") == (5 if unit_id == REGION else 4)
    assert "<svg" in body
    assert not [said for said in WORDS[lang] if said not in body]
    cells = re.findall(r"<(?:td|strong)>([^<]*)<", body)
    for said in WORDS[lang][:2]:
        levels = [cell for cell in cells if said[2:] in cell]
        assert levels
        assert all(said in level for level in levels)


def test_the_verdict_names_level_progress_and_that_the_bands_are_local(folder):
    shown = report.open_unit(HOSPITAL, folder, month=1).show("monitor_verdict").markup
    assert says(shown, "monitor.title", year=2024, month=1)
    assert f"◆ {word('warning.blue')}" in shown
    assert says(shown, "monitor.progress", progress="87.94%")
    assert says(shown, "monitor.rule", source=word("source.local"))


def test_months_end_with_the_one_asked_for(folder):
    shown = report.open_unit(HOSPITAL, folder, month=2).show("months").markup
    residents = word("scheme.resident")
    assert f"2 {residents}" in shown
    assert f"3 {residents}" not in shown


def test_a_unit_below_without_monthly_data_cannot_be_judged(folder):
    shown = report.open_unit(HOSPITAL, folder).show("warnings_below").markup
    level = f"? {word('warning.undetermined')}"
    assert says(shown, "report.because", what=level, reason=word("reason.no_data"))
    assert says(shown, "monitor.calm", count=0)


def test_a_month_without_data_is_said_not_called_calm(folder):
    shown = report.open_unit("990103", folder, month=13).show("monitor_verdict").markup
    assert says(shown, "monitor.without")
    assert "○" not in shown


def test_without_data_on_purchases_no_check_is_ruled_out(folder):
    shown = report.open_unit("990103", folder).show("checks").markup
    assert says(shown, "none.purchases")


def test_standing_warnings_are_those_of_the_funds(folder):
    shown = report.open_unit("990100", folder).show("standing").markup
    assert word("finding.payable_months_low") in shown
    assert word("finding.below_floor") not in shown
