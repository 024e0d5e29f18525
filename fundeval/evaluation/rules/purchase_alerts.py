"""Alerts on purchases of drugs and consumables by day, and the check that must follow (R13)."""

from __future__ import annotations

import pandas as pd

from fundeval.evaluation.cells import is_among
from fundeval.evaluation.inputs import Inputs, case_when
from fundeval.money import to_fen
from fundeval.policy import Rules
from fundeval.results.frames import CHECKS

KEYS = ["unit_id", "date", "goods"]
DAY = pd.Timedelta(days=1)


def judge_purchases(inputs: Inputs, rules: Rules) -> pd.DataFrame:
    """Judge each day's purchases against their threshold, and whether a check followed in time.

    More than `purchase_warning` of the threshold is a yellow alert; exactly so much is none. The
    hours of `onsite_check_hours` run from the time of the alert; where that is not known to the
    hour, from the end or the start of its day (`purchase_check_from`). There is no clock: a check
    that nobody reported is overdue only if the table reaches beyond its deadline, else pending.
    What a unit bought that was merged is judged by itself, and stands under its successor: where
    both bought on one day, the row is of the one that is graver.

    Returns
    -------
    DataFrame
        The frame `purchase_alerts`, a row for each reported day and kind of goods of the year,
        money in 分.

    Examples
    --------
    >>> from fundeval import evaluation, policy, tables
    >>> city, rules = tables.load("sample:city"), policy.load("national")
    >>> alerts = evaluation.evaluate(city, rules, 2024).purchase_alerts
    >>> sorted(alerts.loc[alerts["level"] == "yellow", "check"].unique())
    ['in_time', 'late', 'pending', 'unchecked', 'undetermined']
    """
    rows = inputs.purchases
    rows = rows[rows["date"].dt.year == inputs.year]
    rows = rows[is_among(rows["unit_id"], inputs.units["unit_id"])].reset_index(drop=True)
    yearly = _yearly_thresholds(inputs, rules, rows)
    threshold, amount = rows["threshold"].fillna(yearly), rows["amount"]
    # Of 分: a quotient of 元, which are rounded, might not meet the limit that it is equal to.
    share = amount.astype("float64") / threshold.where(threshold > 0).astype("float64")
    unknown = case_when({
        "purchase_amount_missing": amount.isna(), "purchase_threshold_missing": threshold.isna(),
        "purchase_threshold_zero": (threshold <= 0).fillna(False),
    })  # fmt: skip
    yellow = share > rules.value("purchase_warning")
    judged = rows.assign(
        year=inputs.year,
        bought_by=rows["bought_by"].map(inputs.every_unit.set_index("unit_id")["name"]),
        threshold=threshold,
        threshold_from=case_when({"": threshold.isna(), "day": rows["threshold"].notna()}, "year"),
        share=share,
        level=case_when({"undetermined": unknown != "", "yellow": yellow}, "none"),
        deadline=_deadlines(rows, rules).where(yellow),
    )
    judged = _judge_checks(judged, unknown, _reached(inputs.purchases))
    judged["calm"], judged["below"] = judged["level"] != "yellow", -judged["share"]
    judged["gravity"] = judged["check"].map({check: place for place, check in enumerate(CHECKS)})
    judged = judged.sort_values([*KEYS, "calm", "gravity", "below", "bought_by"])
    return judged.drop_duplicates(KEYS, ignore_index=True)


def _yearly_thresholds(inputs: Inputs, rules: Rules, rows: pd.DataFrame) -> pd.Series:
    """Return the threshold of a day that is stated for the whole year, in 分; missing if none.

    That of drugs and consumables together is the measure itself, in 元 a day; that of one
    of them the measure with its code behind.
    """
    code = rules.value("purchase_threshold_measure")
    measure = (code + "_" + rows["goods"]).mask(rows["goods"] == "both", code)
    stated = inputs.rows_of_year(inputs.measures).set_index(["unit_id", "measure"])["value"]
    found = stated.reindex(pd.MultiIndex.from_arrays([rows["bought_by"], measure]))
    return to_fen(found.set_axis(rows.index))


def _deadlines(rows: pd.DataFrame, rules: Rules) -> pd.Series:
    """Return when a check must have been made at the latest."""
    at_end = DAY if rules.value("purchase_check_from") == "day_end" else pd.Timedelta(0)
    alerted = rows["alerted_at"].fillna(rows["date"])
    start = alerted.where(~_is_day(alerted), alerted + at_end)
    return start + pd.Timedelta(hours=rules.value("onsite_check_hours"))


def _reached(purchases: pd.DataFrame) -> pd.Timestamp:
    """Return up to when the table tells of anything: the latest day's end, or a later time."""
    latest = [purchases[column].max() for column in ("date", "alerted_at", "checked_at")]
    ends = [time + DAY if time == time.normalize() else time for time in latest if pd.notna(time)]
    return max(ends, default=pd.Timestamp.min)


def _judge_checks(rows: pd.DataFrame, unknown: pd.Series, reached: pd.Timestamp) -> pd.DataFrame:
    """Add the state of the check of each alert, and why it or the alert cannot be judged.

    A check of which only the day is known is in time if all of that day is, and late if none is.
    """
    checked, deadline, alerted = rows["checked_at"], rows["deadline"], rows["alerted_at"]
    latest = checked.where(~_is_day(checked), checked + DAY)
    told = rows["checked_by"].notna() | rows["check_result"].notna()
    late = (checked > deadline) | (_is_day(checked) & (checked >= deadline))
    reason = case_when({
        **{name: unknown == name for name in unknown.unique() if name},
        "": rows["level"] != "yellow",
        "alert_before_purchase": alerted < rows["date"],
        "check_before_purchase": latest <= alerted.fillna(rows["date"]),
        "check_time_missing": checked.isna() & told,
        "check_time_unclear": ~late & (latest > deadline),
    })  # fmt: skip
    state = case_when({
        "undetermined": reason != "",
        "not_due": rows["level"] == "none",
        "late": late,
        "in_time": checked.notna(),
        "unchecked": deadline < reached,
    }, "pending")  # fmt: skip
    return rows.assign(check=state, reason=reason)


def _is_day(times: pd.Series) -> pd.Series:
    """Tell which times are a day alone: midnight is how a day without a time is kept."""
    alone: pd.Series = times == times.dt.normalize()
    return alone
