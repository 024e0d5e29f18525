"""Values by groups on pages, in derivations and the workbook, as the sample city has them."""

from __future__ import annotations

import re
from typing import Any

import pytest

import fundeval
from fundeval.evaluation import evaluate
from fundeval.policy import load
from fundeval.report.report import Report, open_unit
from fundeval.report.text.explain_groups import explain_groups
from fundeval.report.unit_view import View
from fundeval.report.workbook.sheets import groups, sheets
from fundeval.results.descendants import summarize_descendants
from fundeval.words import say
from tests.evaluation import build
from tests.evaluation.build import budget, dataset
from tests.messages import says, word
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
    shown = page(city_run, "H99010000001", "payment", "en")
    # All three columns that differ: that there are too few peers is said once, below.
    now, before, change = rows_of(shown)[say("indicator.entry_rate", "en")]
    assert (now, before) == ("99.64%", "99.23%")
    assert change.startswith("+0.41")
    assert say("reason.too_few_peers", "en") in shown
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
    assert word("parameter.disease_cost_growth_limit") in text
    assert word("parameter.minimum_group_volume", "zh") in text


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


def few_of_one_scheme() -> View:
    """Return hospital H in the region R. Group X: 5 employees and 100 residents; group Y: 60
    employees. Diabetes: 400 refills of 5 patients. Bands of cost of R: 5 persons in A, 1 000 in B.
    """

    def row(**values: Any) -> dict[str, Any]:
        return {"unit_id": "H", "year": 2024, "scheme": "employee"} | values

    data = dataset(
        units=[build.unit("R", "region"), build.unit("H", "hospital", "R", level="tertiary")],
        budgets=[budget("H", 2024, 90.0)],
        disease_groups=[
            row(group="X", cases=5, cost=4_444.0), row(group="Y", cases=60, cost=60_000.0),
            row(group="X", cases=100, cost=90_000.0, scheme="resident"),
        ],
        refills=[row(disease="E11", patients=5, fills=400, days_supplied=20_000, longest_days=60)],
        populations=[
            row(unit_id="R", dimension="cost_band", segment=band, persons=persons, cost=paid,
                fund_paid=paid)
            for band, persons, paid in (("A", 5, 66_666.0), ("B", 1_000, 1_000_000.0))
        ],
    )  # fmt: skip
    found = evaluate(data, load("national"), 2024)
    return View(found, summarize_descendants(found), "H", "en")


def test_a_sum_over_schemes_does_not_tell_of_one_with_too_few_cases():
    """105 cases less 100 residents would be the 5 employees."""
    view = few_of_one_scheme()
    few = say("report.cannot", "en", reason=say("reason.few_cases", "en"))
    shown = rows_of(Report(view).show("groups_of_care")._repr_html_())
    assert (shown["X"][0], shown["X Employees"][0], shown["X Residents"][0]) == (few, few, "100")
    assert shown["Y"][:2] == ["60", "1,000.00 CNY"]
    # The average of 400 refills is of 5 patients.
    assert shown["E11 Employees"] == [few] * len(shown["E11 Employees"])
    sheet = groups(view).query("indicator == 'Cases of a disease group'")
    sheet = sheet[sheet["scheme"] == "All schemes"]
    assert sheet.set_index("of_group")["value"].fillna(-1).to_dict() == {"X": -1, "Y": 60.0}


def test_a_derivation_does_not_show_rows_of_few_cases():
    """Of X the residents' rows alone; of the share of band B neither its whole, 1 066 666, nor
    that of A, which together with B makes it up."""
    view = few_of_one_scheme()
    lines = explain_groups(view, "disease_cost")
    text = "\n".join(lines)
    assert "4444" not in text
    assert "94444" not in text
    assert "90000 / 100 = 900" in text
    assert "60000 / 60 = 1000" in text
    text = "\n".join(explain_groups(view.at("R"), "band_fund_share"))
    assert says(text, "explain.few_rows", "en")
    assert f"{view.messages.indicator('band_fund_share')} 2024: 93.75%" in text
    assert not re.search("66666|1000000|1066666", text)
