"""Screen settlement records (R24). Limits come from the policy; a value at a limit passes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import narwhals as nw

from fundeval.detail.columns import INPATIENT, OUTPATIENT, SCALES, Frame, is_told
from fundeval.detail.exact_amounts import exact_amount
from fundeval.detail.readings import without_unseen
from fundeval.policy import Policy

FREQUENT = "frequent_stays"
# The optional columns that each rule needs.
REQUIRED_COLUMNS = {
    FREQUENT: ("person_id",),
    "single_purchase": ("drug_cost",),
    "drug_share": ("drug_cost",),
    "long_stay": ("disease_group", "bed_days"),
}
LIMIT_PARAMETERS = (
    "screening_yearly_stays", "screening_purchase", "screening_drug_share",
    "screening_stay_groups", "screening_stay_days",
)  # fmt: skip
ValueOf = Callable[[str], Any]


def eligible(policy: Policy) -> dict[str, nw.Expr]:
    """Return the condition under which a rule can judge a record, by rule."""
    stay = _in_setting(INPATIENT)
    return {
        FREQUENT: stay & is_told("person_id"),
        "single_purchase": _in_setting(OUTPATIENT) & _is_given("drug_cost"),
        "drug_share": stay & _is_given("drug_cost") & (exact_amount("cost") > 0),
        "long_stay": stay & _is_given("bed_days") & _limits_by_year(policy, _is_short_group),
    }


def flagged(policy: Policy) -> dict[str, nw.Expr]:
    """Return the condition under which a rule flags a record, by rule that judges single records.

    `single_purchase` flags outpatient visits by their drug cost, `drug_share` stays by the share
    of drugs in their cost, `long_stay` stays by their days in the disease groups listed.
    """
    over = {
        "single_purchase": _is_costly_purchase,
        "drug_share": _is_high_drug_share,
        "long_stay": _is_long_stay,
    }
    judged = eligible(policy)
    return {name: judged[name] & _limits_by_year(policy, limit) for name, limit in over.items()}


def select_frequent_stays(records: Frame, policy: Policy) -> Frame:
    """Select the stays of persons with too many stays in a year, in whichever unit they were.

    Parameters
    ----------
    records
        Records as `with_exact_amounts` returns them.
    policy
        Policy with the parameter `screening_yearly_stays`.

    Returns
    -------
    Frame
        The records flagged by the rule `frequent_stays`, with all their columns.
    """
    stays = records.filter(eligible(policy)[FREQUENT])
    stays = stays.with_columns(person_id=without_unseen(nw.col("person_id")))
    person = ["person_id", "year"]
    counts = stays.group_by(person).agg(stays=nw.len())
    often = counts.filter(_limits_by_year(policy, _is_frequent))
    return stays.join(often.select(person), on=person, how="semi")


def select_flagged(records: Frame, policy: Policy) -> Frame:
    """Select the records that any rule flags.

    Parameters
    ----------
    records
        Records as `with_exact_amounts` returns them.
    policy
        Policy with the screening limits.

    Returns
    -------
    Frame
        `record_id`, `unit_id`, `year` and `rule`: one row per record and rule that flags it.
    """
    found = {name: records.filter(condition) for name, condition in flagged(policy).items()}
    found[FREQUENT] = select_frequent_stays(records, policy)
    columns = ("record_id", "unit_id", "year")
    return nw.concat([rows.select(*columns, rule=nw.lit(name)) for name, rows in found.items()])


def _limits_by_year(policy: Policy, condition: Callable[[ValueOf], nw.Expr]) -> nw.Expr:
    """Build a condition with the limits in force on the last day of a record's year."""
    dates = sorted(
        {value.since for name in LIMIT_PARAMETERS for value in policy.parameters[name].values}
    )
    result = condition(partial(_value, policy, dates[0]))
    for date in dates[1:]:
        later = condition(partial(_value, policy, date))
        result = nw.when(nw.col("year") >= date.year).then(later).otherwise(result)
    return result


def _value(policy: Policy, date: dt.date, name: str) -> Any:
    return policy.parameters[name].on(date).value


def _in_setting(setting: tuple[str, ...]) -> nw.Expr:
    return nw.col("setting").is_in(setting)


def _is_given(name: str) -> nw.Expr:
    return ~exact_amount(name).is_null()


def _is_frequent(value: ValueOf) -> nw.Expr:
    limit: int = value("screening_yearly_stays")
    return nw.col("stays") > limit


def _is_costly_purchase(value: ValueOf) -> nw.Expr:
    return exact_amount("drug_cost") > _scaled_limit("screening_purchase", "drug_cost", value)


def _is_high_drug_share(value: ValueOf) -> nw.Expr:
    share = Fraction(str(value("screening_drug_share")))
    return exact_amount("drug_cost") * share.denominator > exact_amount("cost") * share.numerator


def _is_short_group(value: ValueOf) -> nw.Expr:
    group = nw.col("disease_group")
    starts = [group.str.starts_with(code) for code in value("screening_stay_groups")]
    return nw.any_horizontal(nw.lit(False), *starts, ignore_nulls=True)


def _is_long_stay(value: ValueOf) -> nw.Expr:
    return exact_amount("bed_days") > _scaled_limit("screening_stay_days", "bed_days", value)


def _scaled_limit(limit: str, name: str, value: ValueOf) -> int:
    """Return a limit in the integer scale of an amount."""
    return int(Fraction(str(value(limit))) * SCALES[name])
