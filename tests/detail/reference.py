"""The tables and the screening of settlement records, worked out in pandas for comparison.

Written against the rules as docs/detail.md states them, for records as `records.invented` makes
them; it shares no code with `fundeval.detail`.
"""

from __future__ import annotations

import pandas as pd

KEYS = ["unit_id", "year", "scheme"]
CARE = [*KEYS, "setting", "care_level"]
AMOUNTS = ["cost", "fund_paid", "bed_days", "drug_cost", "exam_cost"]
RULES = ["drug_share", "frequent_stays", "long_stay", "single_purchase"]


def tables(records: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return `services`, `settlements` and `screening`, sorted by their keys."""
    counted = count_for_departments(records)
    stays = counted[counted["setting"] == "inpatient"]

    services = sum_if_complete(counted, CARE, AMOUNTS)
    services.insert(len(CARE), "visits", counted.groupby(CARE).size())
    services["case_mix"] = stays.groupby(CARE)["weight"].mean().round(6)

    settlements = counted.groupby(KEYS).size().to_frame("cases")
    settlements["fee_for_service"] = sum_if_complete(counted, KEYS, ["fund_paid"])["fund_paid"]
    settlements["points"] = sum_if_complete(stays, KEYS, ["weight"], places=4)["weight"]
    return {
        "services": services.reset_index(),
        "settlements": settlements.reset_index(),
        "screening": screen(counted),
    }


def flagged_ids(records: pd.DataFrame) -> dict[str, set[str]]:
    """Return the ids of the flagged records by rule."""
    judged = judge(records)
    return {rule: set(records.loc[judged[rule] == True, "record_id"]) for rule in RULES}  # noqa: E712


def count_for_departments(records: pd.DataFrame) -> pd.DataFrame:
    """Return the records of the units, and those of a department once more for it."""
    of_departments = records.dropna(subset=["department_id"])
    of_departments = of_departments.assign(unit_id=of_departments["department_id"])
    judged = judge(records)
    return pd.concat([rows.join(judged) for rows in (records, of_departments)], ignore_index=True)


def judge(records: pd.DataFrame) -> pd.DataFrame:
    """Return by rule whether a record is flagged, missing where it cannot be judged."""
    stay = records["setting"] == "inpatient"
    visit = ~stay
    # Comparisons in 分, since 0.6 has no exact value in floating point.
    cost, drugs = ((records[name] * 100).round().astype("Int64") for name in ("cost", "drug_cost"))
    person = [records["person_id"], records["year"]]
    stays = stay.astype("int64").groupby(person).transform("sum")
    short = records["disease_group"].str.slice(0, 3).isin(["K35", "K36", "K37"])
    return pd.DataFrame(
        {
            "drug_share": (drugs * 10 > cost * 6).where(stay),
            "frequent_stays": (stays > 6).astype("boolean").where(stay),
            "long_stay": (records["bed_days"] > 10).astype("boolean").where(stay & short),
            "single_purchase": (drugs > 5000 * 100).where(visit),
        }
    )


def screen(counted: pd.DataFrame) -> pd.DataFrame:
    """Return the records that can be judged and those flagged, by unit, year and rule."""
    parts = []
    for rule in RULES:
        rows = counted.assign(flag=counted[rule], rule=rule)
        rows["cost_flagged"] = rows["cost"].where(rows["flag"].fillna(False).astype(bool), 0.0)
        by = rows.groupby(["unit_id", "year", "rule"])
        part = by["flag"].agg(records="count", flagged="sum")
        part["cost_flagged"] = by["cost_flagged"].sum().round(2)
        part.loc[part["records"] == 0, ["flagged", "cost_flagged"]] = pd.NA
        part["share"] = part["flagged"] / part["records"].where(part["records"] > 0)
        parts.append(part.reset_index())
    return pd.concat(parts).sort_values(["unit_id", "year", "rule"], ignore_index=True)


def sum_if_complete(
    rows: pd.DataFrame, keys: list[str], amounts: list[str], places: int = 2
) -> pd.DataFrame:
    """Return sums by the keys; a sum is missing where one of its values is."""
    groups = rows.groupby(keys)[amounts]
    return groups.sum().round(places).where(groups.count().eq(rows.groupby(keys).size(), axis=0))
