"""R24: which records stand out. Limits come from the policy; what equals one is not over it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import narwhals as nw

from fundeval.detail.columns import INPATIENT, OUTPATIENT, SCALES, Frame
from fundeval.detail.exact import amount
from fundeval.policy import Policy

FREQUENT = "frequent_stays"
# What each screen must know of a record.
NEEDS = {
    FREQUENT: ("person_id",),
    "single_purchase": ("drug_cost",),
    "drug_share": ("drug_cost",),
    "long_stay": ("disease_group", "bed_days"),
}
LIMITS = (
    "screening_yearly_stays", "screening_purchase", "screening_drug_share",
    "screening_stay_groups", "screening_stay_days",
)  # fmt: skip
ValueOf = Callable[[str], Any]


def looked(policy: Policy) -> dict[str, nw.Expr]:
    """Return, by screen, which records can be judged."""
    stay = _of(INPATIENT)
    known = ~nw.col("person_id").is_null() & (nw.col("person_id") != "")
    return {
        FREQUENT: stay & known,
        "single_purchase": _of(OUTPATIENT) & _given("drug_cost"),
        "drug_share": stay & _given("drug_cost") & (amount("cost") > 0),
        "long_stay": stay & _given("bed_days") & _in_force(policy, _short_group),
    }


def flagged(policy: Policy) -> dict[str, nw.Expr]:
    """Return, by screen of single records, which of them stand out.

    An outpatient visit does by what is paid for drugs at once, a stay by the share of drugs in
    its cost, or by its days in a disease group that needs few.
    """
    over = {
        "single_purchase": _costly_purchase,
        "drug_share": _high_drug_share,
        "long_stay": _long_stay,
    }
    judged = looked(policy)
    return {name: judged[name] & _in_force(policy, condition) for name, condition in over.items()}


def frequent_stays(records: Frame, policy: Policy) -> Frame:
    """Return the stays, of `exact` records, of persons with too many in the year, wherever."""
    stays = records.filter(looked(policy)[FREQUENT])
    person = ["person_id", "year"]
    often = stays.group_by(person).agg(stays=nw.len()).filter(_in_force(policy, _many_stays))
    return stays.join(often.select(person), on=person, how="semi")


def flagged_records(records: Frame, policy: Policy) -> Frame:
    """Return record_id, unit_id, year and rule of every `exact` record that stands out."""
    found = {name: records.filter(condition) for name, condition in flagged(policy).items()}
    found[FREQUENT] = frequent_stays(records, policy)
    columns = ("record_id", "unit_id", "year")
    return nw.concat([rows.select(*columns, rule=nw.lit(name)) for name, rows in found.items()])


def _in_force(policy: Policy, condition: Callable[[ValueOf], nw.Expr]) -> nw.Expr:
    """Return a condition by the values in force on the last day of a record's year."""
    dates = sorted({value.since for name in LIMITS for value in policy.parameters[name].values})
    result = condition(partial(_value, policy, dates[0]))
    for date in dates[1:]:
        later = condition(partial(_value, policy, date))
        result = nw.when(nw.col("year") >= date.year).then(later).otherwise(result)
    return result


def _value(policy: Policy, date: dt.date, name: str) -> Any:
    return policy.parameters[name].on(date).value


def _of(setting: tuple[str, ...]) -> nw.Expr:
    return nw.col("setting").is_in(setting)


def _given(name: str) -> nw.Expr:
    return ~amount(name).is_null()


def _many_stays(value: ValueOf) -> nw.Expr:
    most: int = value("screening_yearly_stays")
    return nw.col("stays") > most


def _costly_purchase(value: ValueOf) -> nw.Expr:
    return amount("drug_cost") > _scaled("screening_purchase", "drug_cost", value)


def _high_drug_share(value: ValueOf) -> nw.Expr:
    share = Fraction(str(value("screening_drug_share")))
    return amount("drug_cost") * share.denominator > amount("cost") * share.numerator


def _short_group(value: ValueOf) -> nw.Expr:
    group = nw.col("disease_group")
    starts = [group.str.starts_with(code) for code in value("screening_stay_groups")]
    return nw.any_horizontal(nw.lit(False), *starts, ignore_nulls=True)


def _long_stay(value: ValueOf) -> nw.Expr:
    return amount("bed_days") > _scaled("screening_stay_days", "bed_days", value)


def _scaled(limit: str, name: str, value: ValueOf) -> int:
    return int(Fraction(str(value(limit))) * SCALES[name])
