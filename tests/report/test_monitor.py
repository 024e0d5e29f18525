"""The monitoring notebook: levels in shape and word, checks that are due, nothing hidden."""

import re
from pathlib import Path

import pytest

from fundeval import report
from fundeval.batch.execution.local_pool import make_reports
from fundeval.batch.jobs import Job, JobSettings, notebook_text
from fundeval.results import parquet as store
from fundeval.words import say
from fundeval.workbench.explain import explain_unit
from tests.messages import says, word

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "monitor.ipynb"
REGION, HOSPITAL = "990106", "H99010600001"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, evaluated_city):
    """Return the invented city as it was evaluated and written."""
    folder = tmp_path_factory.mktemp("city") / "evaluation"
    for name in ("notebooks", "reports"):
        (folder.parent / name).mkdir()
    store.write(evaluated_city, folder)
    return folder


WORDS = {
    lang: (
        f"◆ {word('warning.blue', lang)}", f"▲ {say('purchases.fact', lang, count=3)}",
        f"▲ {word('check.late', lang)}", f"■ {word('check.unchecked', lang)}",
    )
    for lang in ("zh", "en")
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("unit_id", "lang"), zip([REGION, HOSPITAL], WORDS, strict=True))
def test_the_notebook_renders_with_a_shape_beside_every_level(folder, unit_id, lang):
    job = Job(unit_id, "", NOTEBOOK.name, unit_id)
    [ended] = make_reports(
        [job], JobSettings(folder.parent, {NOTEBOOK.name: notebook_text(NOTEBOOK)}, lang), 1
    )
    assert ended.error == ""
    page = (folder.parent / "reports" / f"{unit_id}.html").read_text(encoding="utf-8")
    body = page[page.index("<h1>") :]
    assert body.count("<h2") == (6 if unit_id == REGION else 5)
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
    shown = report.open_unit("990104", folder).show("checks").markup
    assert says(shown, "none.purchases")


def test_alerts_are_listed_the_gravest_first_with_who_checked_and_what_came_of_it(folder):
    """Of 21 days 2 cannot be judged; of 3 alerts 1 is unchecked, 1 late, 1 has no time: 0 / 2."""
    shown = report.open_unit(HOSPITAL, folder).show("checks").markup
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', shown)
    states = [re.findall(r">([^<]*)<", row)[-2].strip() for row in rows]
    assert [re.search(r"2024-12-\d\d", row)[0] for row in rows] == [
        "2024-12-18", "2024-12-13", "2024-12-23", "2024-12-26", "2024-12-27",
    ]  # fmt: skip
    assert "2024-12-14 15:01" in rows[1]
    assert "高值耗材超量备货" in rows[1]
    assert states
    assert says(shown, "purchases.share", due=2, in_time=0, share="0.00%")
    assert says(shown, "purchases.unjudged", count=2)
    assert "<svg" in shown


@pytest.mark.parametrize(("unit_id", "judged", "alerts"), [("990100", 103, 7), ("990103", 21, 2)])
def test_a_region_has_the_alerts_of_all_below_it(folder, unit_id, judged, alerts):
    """Five kinds of goods of four hospitals on 21 days, less 2 that cannot be judged, are 103."""
    shown = report.open_unit(unit_id, folder).show("checks").markup
    assert says(shown, "purchases.counts", judged=judged, alerts=alerts)
    assert word("check.in_time") in shown


def test_a_region_counts_what_was_due_and_was_checked_in_time(folder):
    """Three in time, one late, one never: 3 / 5; what is pending or without time stays out."""
    shown = report.open_unit("990100", folder).show("checks").markup
    assert says(shown, "purchases.share", due=5, in_time=3, share="60.00%")


def test_the_derivation_of_an_alert_names_cells_share_and_deadline(folder):
    text = explain_unit(folder, HOSPITAL, "purchases", "en")
    assert "165,600.00 / 180,000.00 = 0.92" in text
    assert says(text, "explain.purchase_check", "en", due="2024-12-14 15:00", hours="24")
    assert explain_unit(folder, HOSPITAL, "采购", "en") == text
    assert says(explain_unit(folder, "990104", "purchases", "en"), "none.purchases", "en")


def test_standing_warnings_are_those_of_the_funds(folder):
    shown = report.open_unit("990100", folder).show("standing").markup
    assert word("finding.payable_months_low") in shown
    assert word("finding.below_floor") not in shown


PRODUCTS = {"monthly": "month_statistics", "quarterly": "quarters"}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "lang"), zip(PRODUCTS, ["zh", "en"], strict=True))
def test_the_monthly_and_the_quarterly_notebook_render_whole(folder, name, lang):
    notebook = NOTEBOOK.with_name(f"{name}.ipynb")
    job = Job("990103", "", notebook.name, f"{name}-{lang}")
    [ended] = make_reports(
        [job], JobSettings(folder.parent, {notebook.name: notebook_text(notebook)}, lang), 1
    )
    assert ended.error == ""
    page = (folder.parent / "reports" / f"{name}-{lang}.html").read_text(encoding="utf-8")
    assert word(f"heading.{PRODUCTS[name]}", lang) in page
    assert says(page, "periods.last_band", lang, level=f"■ {word('warning.red', lang)}")
    assert "<svg" in page


def rows_of_table(markup):
    """Return the cells of each row of the first table."""
    body = markup[markup.index("<tbody>") : markup.index("</tbody>")]
    return [
        [re.sub(r"<.*?>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)]
        for row in re.findall(r"<tr>.*?</tr>", body)
    ]


def test_a_quarter_alone_and_to_date_stand_as_they_were_computed(folder):
    """Quarter 2 of the employees: 50 425 784 / 52 917 199 = 95.29 %, +4.71 % on 48 159 345.

    To date 97 235 377 / 101 634 620 = 95.67 %; 209 988 885 × that = 200 899 539.93.
    """
    shown = report.open_unit("990103", folder, month=6).show("quarters").markup
    alone, to_date = (rows_of_table(part) for part in shown.split("</table>")[:2])
    assert len(alone) == len(to_date) == 4
    assert alone[2][1:7] == [
        "5,042.58", "5,291.72", "95.29%", "-249.14", "+4.71%", "95.67%",
    ]  # fmt: skip
    assert to_date[2][1:4] == ["9,723.54", "10,163.46", "95.67%"]
    assert says(to_date[2][-1], "periods.forecast", amount="20,089.95", rate="95.67%")


def test_units_off_their_plan_come_with_their_deviation_and_what_to_do(folder):
    shown = report.open_unit("990106", folder).show("off_course").markup
    rows = rows_of_table(shown)
    assert [row[2] for row in rows] == [f"◆ {word('warning.blue')}"] * 2
    assert [row[4] for row in rows] == ["-864.59", "-596.30"]
    assert {row[-1] for row in rows} == {word("measure.blue")}
    assert says(shown, "periods.judged", count=14, off=2, unknown=0)


def test_a_unit_without_months_is_not_called_on_course(folder):
    department = report.open_unit(f"{HOSPITAL}-D01", folder)
    shown = department.show("quarter_verdict", "quarters", "month_statistics", "progress_bands")
    for message in ("quarter.without", "none.quarters", "none.month_statistics"):
        assert says(shown.markup, message)
    assert says(
        report.open_unit(HOSPITAL, folder).show("off_course").markup, "none.off_course_data"
    )
