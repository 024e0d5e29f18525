"""Page, derivation and workbook of the settlement, each figure checked against the evaluation."""

from __future__ import annotations

import re
from fractions import Fraction

import pandas as pd
import pytest
from build import dataset, unit

import fundeval
from fundeval.evaluation import evaluate
from fundeval.money import round_half_up
from fundeval.report import Report
from fundeval.report.text.explain_settlement import explain_settlement
from fundeval.report.unit_view import View
from fundeval.report.workbook.sheets import settlement
from fundeval.results.descendants import summarize_descendants
from fundeval.words import say
from tests.evaluation.test_settlement import policy
from tests.messages import says
from tests.report.pages import rows_of
from tests.report.test_explain_budget import calculate

SUM = re.compile(r"(?P<label>.+?)[:：] (?P<left>[-\d(][^=]*) = (?P<result>-?[\d,.]+)[^\d]*")
POOLED, BLANK, BY_HEADS = "H99010700001", "H99010700006", "H99010800006"
ALLIANCE, WITHOUT_QUOTA, COUNTY = "A990102", "H99010400007", "990107"


@pytest.fixture(scope="module")
def descendants(evaluated_city):
    return summarize_descendants(evaluated_city)


def view_of(evaluated_city, descendants, unit_id, lang="zh"):
    return View(evaluated_city, descendants, unit_id, lang)


def lines_of(view):
    return [line for block in explain_settlement(view) for line in block]


def test_every_printed_sum_of_every_unit_is_right(evaluated_city, descendants):
    """A calculator reaches each result, half-up to the 分, and each is a step of the settlement."""
    steps = evaluated_city.settlement
    checked = 0
    for unit_id, rows in steps.groupby("unit_id", dropna=False):
        known = {round(abs(amount) * 100) for amount in rows["amount"].dropna()}
        for line in lines_of(view_of(evaluated_city, descendants, unit_id)):
            if line.startswith("  ") or not (found := SUM.fullmatch(line)):
                continue
            result = calculate(found["result"]) * 100
            assert round_half_up(calculate(found["left"]) * 100) == result, line
            assert abs(result) in known, line
            checked += 1
    # The others state an amount as it is, or one that a group shares.
    assert checked > 0.5 * steps["amount"].notna().sum()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_of_a_hospital_in_a_pool_leads_to_its_clearing(evaluated_city, descendants, lang):
    """Of a reasonable overrun of 5 000 000 the fund bears 75 %: 3 750 000."""
    view = view_of(evaluated_city, descendants, POOLED, lang)
    shown = Report(view).show("settlement").markup
    assert says(shown, "settlement.overrun_compensation", lang)
    assert "3,750,000.00" in shown
    assert says(shown, "settlement.already", lang, name=say("lacking.by_points", lang))
    steps = evaluated_city.settlement.query("unit_id == @POOLED and scheme == 'resident'")
    amounts = steps.set_index("item")["amount"]
    parts = [item for item in amounts.index if item.startswith("less_")]
    parts += ["points_payable", "overrun_compensation"]
    assert round(amounts[parts].sum(), 2) == amounts["clearing"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_blank_deduction_is_named_on_the_page(evaluated_city, descendants, lang):
    view = view_of(evaluated_city, descendants, BLANK, lang)
    lacks = say("lacking.deposit", lang)
    assert says(Report(view).show("settlement").markup, "settlement.lacking", lang, name=lacks)
    assert any(lacks in line for line in lines_of(view))
    assert lacks in Report(view).show("findings").markup


def test_a_hospital_paid_by_heads_says_that_its_quota_pays_nothing(evaluated_city, descendants):
    """17 000 heads at 400 are 6 800 000, less 6 684 739 of care: 115 261 is kept."""
    view = view_of(evaluated_city, descendants, BY_HEADS)
    shown = Report(view).show("settlement").markup
    assert {"6,800,000.00", "115,261.00"} <= {*re.findall(r"[\d,]+\.\d\d", shown)}
    assert says(shown, "settlement.already", name=say("lacking.by_per_head", "zh"))
    assert any("17,000 × 400 = 6,800,000.00" in line for line in lines_of(view))


def test_the_page_of_an_alliance_shows_its_execution_and_who_lacks_a_quota(
    evaluated_city, descendants
):
    """Executed amounts of its members ÷ their adjusted budgets."""
    view = view_of(evaluated_city, descendants, ALLIANCE)
    members = evaluated_city.units.query("alliance_id == @ALLIANCE")["unit_id"]
    rows = evaluated_city.tables["budgets"].query("year == 2024")
    rows = rows[rows["unit_id"].isin(members)]
    rate = rows["executed"].sum() / rows["adjusted"].sum()
    shown = Report(view).show("alliance").markup
    assert says(shown, "alliance.execution", year=2024, rate=f"{rate:.2%}")
    name = view.name(WITHOUT_QUOTA)
    lacks = say("lacking.quota", "zh")
    member = say("alliance.who_lacks", "zh", name=name, lacking=lacks)
    assert says(shown, "alliance.not_settled", scheme=say("scheme.resident", "zh"), members=member)
    own = Report(view).show("settlement").markup
    assert says(own, "settlement.lacking", name=lacks)


def test_members_add_up_only_where_none_lacks_figures(evaluated_city, descendants):
    """Employees: their sum, −5 050 393; residents: a member lacks its quota, so there is none."""
    shown = Report(view_of(evaluated_city, descendants, ALLIANCE)).show("inside").markup
    assert "505.04" in shown
    balances = evaluated_city.settlement.query("item == 'balance' and scheme == 'resident'")
    members = evaluated_city.units.query("alliance_id == @ALLIANCE")["unit_id"]
    known = balances[balances["unit_id"].isin(members)]["amount"].sum()
    assert f"{abs(known) / 1e4:,.2f}" not in shown
    assert say("inside.no_total", "zh") in shown


def test_the_point_value_is_derived_from_the_pool(evaluated_city, descendants):
    """136 000 000 less 5 % over 2 018 334 points is 64.0132 a point."""
    view = view_of(evaluated_city, descendants, POOLED)
    shown = Report(view).show("settlement").markup
    assert {"136,000,000.00", "129,200,000.00", "2,018,334.00", "64.0132"} <= {
        *re.findall(r"[\d,]+\.\d+", shown)
    }
    assert any("136,000,000.00 × 0.95 = 129,200,000.00" in line for line in lines_of(view))


def test_a_region_shows_what_becomes_of_its_reserve(evaluated_city, descendants):
    """5 % of 136 000 000 is 6 800 000; 3 750 000 compensates, the rest is kept."""
    view = view_of(evaluated_city, descendants, COUNTY)
    shown = Report(view).show("settlement").markup
    assert {"6,800,000.00", "-3,750,000.00", "3,050,000.00"} <= {
        *re.findall(r"-?[\d,]+\.\d\d", shown.replace("−", "-"))
    }  # fmt: skip
    assert any("6,800,000.00 - 3,750,000.00 = 3,050,000.00" in line for line in lines_of(view))


def test_the_workbook_names_what_is_lacking(evaluated_city, descendants):
    sheet = settlement(view_of(evaluated_city, descendants, "990100"))
    assert len(sheet) == len(evaluated_city.settlement)
    lacking = sheet.set_index("unit_id")["lacking"]
    assert say("lacking.deposit", "zh") in set(lacking[BLANK])
    assert say("lacking.quota", "zh") in set(lacking[ALLIANCE])


def test_the_settlement_may_be_asked_for_alone(city_run, evaluated_city, descendants):
    expected = lines_of(view_of(evaluated_city, descendants, BY_HEADS))
    for word in ("settlement", "清算"):
        text = fundeval.open(city_run, "zh").unit(BY_HEADS).explain(word)
        assert [line for line in text.splitlines() if line] == expected
    none = fundeval.open(city_run, "zh").unit("H99010000001-D02").explain("settlement")
    assert none == say("none.settlement", "zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_rows_without_what_settles_are_not_called_no_data(evaluated_city, descendants, lang):
    """The rows of 990103 have cases and payments, but neither quota, method nor heads."""
    shown = Report(view_of(evaluated_city, descendants, "990103", lang)).show("settlement").markup
    assert not says(shown, "none.settlement", lang)
    told = says(shown, "none.settlement_lacking", lang, year=2024)
    assert told
    for column in ("quota", "payment", "heads"):
        assert say(f"none.settlement_lacking.{column}", lang) in shown


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_share_of_nothing_is_named_and_not_multiplied_out(evaluated_city, descendants, lang):
    unit_id = "H99010100003"
    steps = evaluated_city.settlement.query("unit_id == @unit_id")
    none = steps.query("item == 'reasonable_overrun'")
    assert none[["base", "amount"]].to_numpy().tolist() == [[0, 0], [0, 0]]
    shown = Report(view_of(evaluated_city, descendants, unit_id, lang)).show("settlement").markup
    item = say("settlement.reasonable_overrun", lang)
    assert says(shown, "settlement.of_nothing", lang, items=item)
    assert len(rows_of(shown, "table-settlement")) == len(steps) - len(none)


def test_shares_of_the_surplus_are_explained_with_their_two_bases(evaluated_city, descendants):
    steps = evaluated_city.settlement.query("item == 'staff_and_capability'")
    row = steps.iloc[0]
    lines = lines_of(view_of(evaluated_city, descendants, row["unit_id"]))
    base, amount = (f"{row[column]:,.2f}" for column in ("base", "amount"))
    assert any(f"{base} × 0.5 = {amount}" in line for line in lines)
    retained = evaluated_city.settlement.query("item == 'surplus_retained'").set_index("unit_id")
    assert Fraction(row["base"]) in {Fraction(x) for x in retained["amount"]}
    assert pd.notna(row["rate"])


SAVED = {"year": 2024, "quota": 1000.0, "fee_for_service": 900.0}
MEMBERS = [unit("R", "region"), unit("A", "alliance", "R", flags="six_unified"),
           *(unit(name, "hospital", "R", alliance_id="A") for name in "HG")]  # fmt: skip


@pytest.mark.parametrize(
    ("order", "blank", "packaged"),
    [("[package, points, per_head, quota]", {}, True),
     ("[quota, package, points, per_head]", {}, False),
     ("[package, points, per_head, quota]", {"quota": None}, False)],
)  # fmt: skip
def test_an_alliance_is_said_to_be_settled_as_a_package_only_where_it_is(
    tmp_path, order, blank, packaged
):
    rows = [{"unit_id": "H"} | SAVED, {"unit_id": "G"} | SAVED | blank]
    data = dataset(units=MEMBERS, settlements=rows)
    evaluation = evaluate(data, policy(tmp_path, settlement_order=order), 2024)
    view = View(evaluation, summarize_descendants(evaluation), "A", "zh")
    shown = Report(view).show("alliance").markup
    assert says(shown, "alliance.packaged", schemes=say("scheme.all", "zh")) == packaged
    assert says(shown, "alliance.not_packaged", year=2024) == (not packaged)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_hospital_without_rows_of_its_own_explains_what_was_merged_into_it(lang):
    """10 heads at 400 are 4 000, of which care for 3 000 leaves 1 000."""
    units = [unit("H", "hospital"),
             unit("G", "hospital", valid_to="2024-06-30", successor_id="H")]  # fmt: skip
    row = {"unit_id": "G", "year": 2024, "payment": "capitation", "heads": 10,
           "fee_for_service": 3000.0}  # fmt: skip
    evaluation = evaluate(dataset(units=units, settlements=[row]), fundeval.policy.load("national"),
                          2024)  # fmt: skip
    view = View(evaluation, summarize_descendants(evaluation), "H", lang)
    assert any("1,000.00" in line for line in lines_of(view))


def test_a_settlement_that_lacks_a_quota_is_no_settlement():
    """Points without a pool: whether anything is awarded is not known."""
    row = {"unit_id": "H", "year": 2024, "points": 50.0}
    data = dataset(units=[unit("R", "region"), unit("H", "hospital", "R")], settlements=[row])
    evaluation = evaluate(data, fundeval.policy.load("national"), 2024)
    checks = summarize_descendants(evaluation).checks.set_index("unit_id")
    assert checks.loc["R", ["institution_count", "settled_count"]].tolist() == [1, 0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_findings_say_of_a_part_of_a_year_that_the_whole_is_lacking(lang):
    part = [{"year": 2024, "first_month": 1, "last_month": 6, "units": ["G"]}]
    rows = [{"unit_id": name} | SAVED for name in "HG"]
    data = dataset(units=MEMBERS, settlements=rows, part_years=part)
    evaluation = evaluate(data, fundeval.policy.load("national"), 2024)
    view = View(evaluation, summarize_descendants(evaluation), "G", lang)
    assert says(Report(view).show("findings").markup, "finding.not_settled.text", lang,
                scheme=say("scheme.all", lang), subject=say("settlement.balance", lang),
                detail=say("lacking.whole_year", lang))  # fmt: skip
