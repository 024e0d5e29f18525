"""Purchases by day: the line at 80 % of the threshold, and the check within 24 hours (R13)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from build import dataset, decide, unit

from fundeval.policy import load
from fundeval.report.sections.purchases import checks
from fundeval.report.text.explain_purchases import explain_purchases
from fundeval.report.workbook.sheets import purchase_alerts
from fundeval.results.frames import FRAMES
from fundeval.workbench.suppose import suppose
from tests.messages import says

POLICY = load("national")
YEAR = 2024
TIMES = ("alerted_at", "checked_at")


def bought(day: str, amount: Any = 90.0, threshold: Any = 100.0, **more: Any) -> dict[str, Any]:
    row = {"unit_id": "H", "date": pd.Timestamp(day), "goods": "both"} | more
    times = {name: pd.Timestamp(row[name]) for name in TIMES if name in row}
    return row | {"amount": amount, "threshold": threshold} | times


def judged(*rows, measures=(), policy=POLICY):
    data = dataset(
        units=[unit("H", "hospital")], purchases=list(rows),
        measures=[{"unit_id": "H", "year": YEAR, **measure} for measure in measures],
    )  # fmt: skip
    frame = decide(data, policy, YEAR).purchase_alerts
    assert list(frame) == list(FRAMES["purchase_alerts"])
    return frame


def states(*rows, **more):
    """Return the check and its reason of each row."""
    return judged(*rows, **more)[["check", "reason"]].apply(tuple, axis=1).tolist()


@pytest.mark.parametrize(
    ("amount", "threshold", "share", "level", "reason"),
    [
        (80.0, 100.0, 0.8, "none", ""),
        (80.01, 100.0, 0.8001, "yellow", ""),
        (0.56, 0.7, 0.8, "none", ""),
        (987654321.04, 1234567901.3, 0.8, "none", ""),
        (0.0, 100.0, 0.0, "none", ""),
        (None, 100.0, None, "undetermined", "purchase_amount_missing"),
        (90.0, None, None, "undetermined", "purchase_threshold_missing"),
        (90.0, 0.0, None, "undetermined", "purchase_threshold_zero"),
        (0.0, 0.0, None, "undetermined", "purchase_threshold_zero"),
    ],
)
def test_more_than_80_percent_of_the_threshold_is_yellow(amount, threshold, share, level, reason):
    """80 / 100 = 0.8 is not above 0.8; 80.01 / 100 = 0.8001 is; what is missing is not 0."""
    (row,) = judged(bought("2024-03-05", amount, threshold)).to_dict("records")
    assert (row["level"], row["reason"]) == (level, reason)
    assert pd.isna(row["share"]) if share is None else row["share"] == share


@pytest.mark.parametrize(
    ("more", "check", "reason"),
    [
        # The alert is timed: 24 hours from 15:00 end at 15:00 on the next day, which is in time.
        ({"alerted_at": "2024-03-05 15:00", "checked_at": "2024-03-06 15:00"}, "in_time", ""),
        ({"alerted_at": "2024-03-05 15:00", "checked_at": "2024-03-06 15:01"}, "late", ""),
        # It is not: 24 hours from the end of 5 March end with 6 March.
        ({"checked_at": "2024-03-06 23:59"}, "in_time", ""),
        ({"checked_at": "2024-03-07 00:01"}, "late", ""),
        # Only the day of the check is known: all of it lies before the deadline, none, or part.
        ({"checked_at": "2024-03-06"}, "in_time", ""),
        ({"checked_at": "2024-03-07"}, "late", ""),
        ({"alerted_at": "2024-03-05 15:00", "checked_at": "2024-03-06"},
         "undetermined", "check_time_unclear"),
        ({"alerted_at": "2024-03-05 15:00", "checked_at": "2024-03-07"}, "late", ""),
        ({"checked_by": "甲", "check_result": "正常"}, "undetermined", "check_time_missing"),
        ({"checked_at": "2024-03-04 10:00"}, "undetermined", "check_before_purchase"),
        ({"alerted_at": "2024-03-05 15:00", "checked_at": "2024-03-05 14:00"},
         "undetermined", "check_before_purchase"),
        ({"alerted_at": "2024-03-04 15:00"}, "undetermined", "alert_before_purchase"),
        # Only the day of the alert is known: its end is where the hours begin.
        ({"alerted_at": "2024-03-06", "checked_at": "2024-03-07 20:00"}, "in_time", ""),
        ({}, "unchecked", ""),
    ],
)  # fmt: skip
def test_the_check_of_an_alert(more, check, reason):
    later = bought("2024-03-20", 10.0)
    assert states(bought("2024-03-05", **more), later)[0] == (check, reason)
    assert states(later) == [("not_due", "")]


@pytest.mark.parametrize(
    ("last", "check"), [("2024-03-05", "pending"), ("2024-03-06", "pending"),
                        ("2024-03-07", "unchecked")],
)  # fmt: skip
def test_not_checked_is_overdue_only_if_the_data_reach_beyond_the_deadline(last, check):
    """The deadline is 7 March 0:00; data of 6 March reach just there, of 7 March beyond."""
    assert states(bought("2024-03-05"), bought(last, 1.0, goods="drugs"))[0] == (check, "")


def test_a_later_check_of_another_unit_also_tells_how_far_the_data_reach():
    other = bought("2024-03-06", goods="drugs", checked_at="2024-03-08 08:00")
    assert states(bought("2024-03-05"), other)[0] == ("unchecked", "")


def test_where_the_hours_begin_is_a_choice_of_the_policy():
    """From the start of 5 March 24 hours end with it; 6 March 9:00 is late."""
    from_start = suppose(POLICY, {"purchase_check_from": "day_start"}, dt.date(YEAR, 12, 31))
    row = bought("2024-03-05", checked_at="2024-03-06 09:00")
    assert states(row) == [("in_time", "")]
    assert states(row, policy=from_start) == [("late", "")]


def test_a_blank_threshold_is_that_of_the_year_by_kind_of_goods():
    """90 / 112.5 = 0.8: none; 90 / 100 = 0.9: yellow; consumables have none of either kind."""
    measures = [
        {"measure": "daily_purchase_threshold", "value": 112.5},
        {"measure": "daily_purchase_threshold_drugs", "value": 100.0},
    ]
    goods = ("both", "consumables", "drugs")
    rows = [bought("2024-03-05", threshold=None, goods=each) for each in goods]
    own = bought("2024-03-06", threshold=200.0)
    found = judged(*rows, own, measures=measures)
    assert found[["goods", "threshold_from", "level"]].to_numpy().tolist() == [
        ["both", "year", "none"], ["consumables", "", "undetermined"],
        ["drugs", "year", "yellow"], ["both", "day", "none"],
    ]  # fmt: skip
    assert found["threshold"].tolist()[::2] == [112.5, 100.0]


def test_only_days_of_the_year_and_units_that_exist_are_judged():
    found = judged(bought("2023-12-31"), bought("2024-01-01"), bought("2024-01-01", unit_id="X"))
    assert found["date"].tolist() == [pd.Timestamp("2024-01-01")]


def test_purchases_of_a_merged_unit_stand_under_its_successor():
    """G merged into H on 30 June. Alone its 90 of 100 are an alert of H, by its own threshold of
    the year 95 of 100 too; of two of one day and kind the unchecked one stands before the one
    that was checked, and an alert before what is none, whatever the sums would be."""
    units = [unit("G", "hospital", valid_to="2024-06-30", successor_id="H"), unit("H", "hospital")]
    rows = [
        bought("2024-03-01", unit_id="G"),
        bought("2024-03-02", unit_id="G", checked_at="2024-03-02 09:00"), bought("2024-03-02"),
        bought("2024-03-03", unit_id="G"), bought("2024-03-03", 1.0),
        bought("2024-03-04", 95.0, None, unit_id="G", goods="drugs"), bought("2024-03-20", 1.0),
    ]  # fmt: skip
    measures = [{"unit_id": "G", "year": YEAR, "measure": "daily_purchase_threshold_drugs",
                 "value": 100.0}]  # fmt: skip
    for given in (rows, rows[::-1]):
        found = decide(dataset(units=units, purchases=given, measures=measures), POLICY, YEAR)
        alerts = found.purchase_alerts
        assert set(alerts["unit_id"]) == {"H"}
        assert alerts[["amount", "level", "check"]].to_numpy().tolist() == [
            [90.0, "yellow", "unchecked"], [90.0, "yellow", "unchecked"],
            [90.0, "yellow", "unchecked"], [95.0, "yellow", "unchecked"], [1.0, "none", "not_due"],
        ]  # fmt: skip
        told = found.findings.set_index("finding")
        columns = ["unit_id", "value", "detail"]
        assert told.loc["purchases_of_merged", columns].tolist() == ["H", 2.0, "2024-03-02"]
        assert told.loc["purchase_unchecked", columns].tolist() == ["H", 4.0, "2024-03-01"]
    view = found.view("H", "en")
    assert says(checks(view).markup, "purchases.bought_by", "en", name="H", bought_by="G")
    lines = explain_purchases(view)
    assert sum(says(line, "explain.purchase_check", "en") for line in lines) == 4


def test_a_deadline_at_midnight_is_shown_as_the_end_of_the_day_before():
    """24 hours from the end of 5 March end with 6 March; a check on 7 March is late."""
    data = dataset(units=[unit("H", "hospital")],
                   purchases=[bought("2024-03-05", checked_at="2024-03-07")])  # fmt: skip
    found = decide(data, POLICY, YEAR)
    view = found.view("H", "en")
    for shown in (checks(view).markup, "\n".join(explain_purchases(view))):
        assert "2024-03-06 24:00" in shown
        assert "2024-03-07" in shown
    assert purchase_alerts(view)["check_due"].tolist() == ["2024-03-06 24:00"]


def test_findings_count_what_was_late_never_checked_or_cannot_be_judged():
    rows = [
        bought("2024-03-01"), bought("2024-03-02"),
        bought("2024-03-03", checked_at="2024-03-09 09:00"),
        bought("2024-03-04", checked_at="2024-03-04 09:00"),
        bought("2024-03-05", checked_by="甲"), bought("2024-03-06", None), bought("2024-03-20", 1),
    ]  # fmt: skip
    data = dataset(units=[unit("H", "hospital")], purchases=rows)
    found = decide(data, POLICY, YEAR).findings
    found = found[found["finding"].str.startswith("purchase")].set_index("finding")
    columns = ["severity", "value", "expected", "detail"]
    assert found[columns].T.to_dict("list") == {
        "purchase_check_late": ["warning", 1.0, 5.0, "2024-03-03"],
        "purchase_unchecked": ["warning", 2.0, 5.0, "2024-03-01"],
        "purchase_check_unjudged": ["note", 1.0, 5.0, "2024-03-05"],
        "purchase_unjudged": ["note", 1.0, 7.0, "2024-03-06"],
    }


def test_a_measure_of_former_versions_raises_nothing():
    shares = [{"measure": "daily_purchase_share", "value": 0.95}]
    assert judged(measures=shares).empty
