"""Values by groups on pages, in derivations and the workbook, as the sample city has them."""

from __future__ import annotations

import re

import pytest

import fundeval
from fundeval.report.report import Report, open_unit
from fundeval.report.workbook.sheets import groups, sheets
from fundeval.words import say
from tests.messages import says
from tests.samples.cases import CASES

DEARER, DRUGS, REFILLS = "H99010000002", "H99010200001", "H99010100001"


def opened(run, unit_id: str, lang: str = "zh") -> Report:
    return open_unit(unit_id, run / "evaluation", lang)


def rows_of(page: str) -> dict[str, list[str]]:
    """Return the cells of each row of the tables of a page by its heading."""
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL):
        head, *cells = [
            re.sub(r"<[^>]+>", "", cell).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        found[head] = cells
    return found


def page(run, unit_id: str, part: str, lang: str = "zh") -> str:
    return opened(run, unit_id, lang).show(part)._repr_html_()


def test_a_dearer_group_is_marked_in_shape_and_words(city_run):
    shown = rows_of(page(city_run, DEARER, "groups_of_care", "en"))
    beyond = say("groups.beyond_above", "en", limit="20.00%")
    assert [
        f"29.93% ▲ {beyond}" in cells for cells in (shown["G02 脑梗死"], shown["G01 肺炎"])
    ] == [
        True,
        False,
    ]
    assert next(iter(shown)) == "Group"


def test_a_group_of_six_cases_is_not_shown(city_run):
    hospital = CASES["group_few"][1]
    few = say("report.cannot", "zh", reason=say("reason.few_cases", "zh"))
    assert few in rows_of(page(city_run, hospital, "groups_of_care"))["G06 白内障手术 职工"]
    explained = str(fundeval.open(city_run).unit(hospital).explain("disease_cost"))
    assert few in explained
    assert " 5\n" not in explained


def test_screening_reaches_the_page_of_the_institution(city_run):
    """Of 206 480 stays 9 in a thousand were flagged."""
    shown = rows_of(page(city_run, "990100", "screening"))
    judged, flagged, share, _ = shown[say("screen.drug_share", "zh")]
    assert judged.startswith("206,480")
    assert flagged.startswith("1,")
    assert share.startswith("0.90%")


def test_departments_have_no_data_and_it_is_said(city_run):
    shown = page(city_run, "H99010000001-D05", "groups_of_care")
    names = "；".join(say(f"groups.of.{name}", "zh") for name in
                     ("disease_groups", "refills", "cost_band", "population"))  # fmt: skip
    assert says(shown, "none.groups", names=names)


def test_payment_by_case_shows_both_years_and_the_median_of_peers(city_run):
    """Of 37 160 cases 37 028 entered a group: 99.64 %; the year before 99.23 %: +0.41 points."""
    shown = rows_of(page(city_run, "H99010000001", "payment", "en"))
    now, before, change, median = shown[say("indicator.entry_rate", "en")]
    assert (now, before) == ("99.64%", "99.23%")
    assert change.startswith("+0.41")
    assert median == say("reason.too_few_peers", "en")
    secondary = rows_of(page(city_run, "H99010100001", "payment", "en"))
    assert "(n = 16)" in secondary[say("indicator.entry_rate", "en")][3]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_way_of_payment_that_is_not_stated_is_not_said(city_run, lang):
    assert says(page(city_run, "H99010100001", "payment", lang), "payment.not_stated", lang)
    heads = page(city_run, "H99010800006", "payment", lang)
    assert says(heads, "payment.stated", lang, ways=say("payment_way.capitation", lang))


def test_what_is_not_scored_has_peers_among_departments(city_run):
    shown = rows_of(page(city_run, "H99010000001-D05", "payment"))
    assert shown[say("indicator.average_stay", "zh")][3].endswith("（543 家）")


@pytest.mark.parametrize("part", ["payment", "groups_of_care", "screening"])
def test_an_alliance_points_to_its_members(city_run, part):
    assert says(page(city_run, "A990101", part), "none.of_members")


def test_an_explained_growth_names_its_cells_and_can_be_done_again(city_run):
    text = str(fundeval.open(city_run).unit(DEARER).explain("disease_cost_growth"))
    first = text.split("【")[1]
    assert first.startswith("G02 脑梗死")
    assert "disease_groups.csv" in first
    sums = re.findall(r": ([\d.]+ / [\d.]+(?: - 1)?) = ([\d.]+)$", first, re.MULTILINE)
    assert len(sums) == 3
    for sum_, value in sums:
        assert eval(sum_) == pytest.approx(float(value), abs=1e-9)
    assert "disease_cost_growth_limit" in text
    assert "minimum_group_volume" in text


def test_an_explained_share_has_its_whole(city_run):
    text = str(fundeval.open(city_run).unit("990101").explain("band_fund_share"))
    written, value = re.findall(r": ([\d.]+ / [\d.]+) = ([\d.]+)$", text, re.MULTILINE)[0]
    assert eval(written) == pytest.approx(float(value), abs=1e-9)


def test_the_workbook_has_every_group_with_its_limit(city_run):
    view = opened(city_run, "", "en").view
    frame = groups(view)
    assert len(frame) == len(view.evaluation.group_values)
    dear = frame[(frame["unit_id"] == DEARER) & (frame["limit"] == 0.2)]
    assert dear.loc[dear["of_group"] == "G02 脑梗死", "judged"].str.startswith("▲").all()
    assert say("sheet.groups", "en") in [sheet.title for sheet in sheets(view)]


def test_the_finding_tells_the_worst_group(city_run):
    shown = page(city_run, DRUGS, "findings", "en")
    assert says(
        shown,
        "finding.group_beyond_limit.text",
        lang="en",
        subject="Drug share of the cost of a disease group",
        scheme=say("scheme.all", "en"),
        value="64.60%",
        expected="60.00%",
        detail="G01 肺炎",
    )


def test_refills_beyond_their_days_are_marked(city_run):
    shown = rows_of(page(city_run, REFILLS, "groups_of_care", "en"))
    cells = next(cells for head, cells in shown.items() if head.startswith("E11"))
    assert sum("▲" in cell for cell in cells) == 2
