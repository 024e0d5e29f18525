"""What hospitals of the invented city buy each day of its last weeks, and who checked alerts."""

from __future__ import annotations

from typing import Any

import pandas as pd

YEAR, MONTH, FIRST_DAY, LAST_DAY = 2024, 12, 11, 31
# Hospital -> goods -> threshold of a day in 元; None where the year's threshold is to stand in.
THRESHOLDS: dict[str, dict[str, int | None]] = {
    "H99010000001": {"drugs": 600_000, "consumables": 400_000},
    "H99010100001": {"both": None},
    "H99010300001": {"both": 200_000},
    "H99010600001": {"both": 180_000},
}
OF_YEAR = ("H99010100001", 250_000)
# Shares of the threshold, in 1/10000, one after the other.
SHARES = (5_200, 6_100, 4_700, 7_000, 6_600, 5_800, 7_400, 5_500, 6_900)
TEAM = "县医保局稽核组"
# Hospital, goods, day -> what differs on it.
CASES: dict[tuple[str, str, int], dict[str, Any]] = {
    # Exactly at the limit; checked within 24 hours of the alert; checked on the day after.
    ("H99010300001", "both", 12): {"share": 8_000},
    ("H99010300001", "both", 16): {
        "share": 8_550, "alerted_at": "2024-12-16 16:40", "checked_at": "2024-12-17 10:15",
        "checked_by": TEAM, "check_result": "集中补货,票货相符",
    },
    ("H99010300001", "both", 20): {
        "share": 8_001, "checked_at": "2024-12-21", "checked_by": TEAM,
        "check_result": "正常",
    },
    # Late; never; with a result but no time; without a threshold; without an amount.
    ("H99010600001", "both", 13): {
        "share": 9_200, "alerted_at": "2024-12-13 15:00", "checked_at": "2024-12-14 15:01",
        "checked_by": TEAM, "check_result": "高值耗材超量备货,责令退货",
    },
    ("H99010600001", "both", 18): {"share": 12_500},
    ("H99010600001", "both", 23): {
        "share": 8_400, "checked_by": TEAM, "check_result": "正常",
    },
    ("H99010600001", "both", 26): {"threshold": None},
    ("H99010600001", "both", 27): {"amount": None},
    # By the threshold of the year; on the last day of the data, whose check is not yet due.
    ("H99010100001", "both", 19): {
        "share": 8_800, "checked_at": "2024-12-20 09:00", "checked_by": TEAM,
        "check_result": "季节性备货",
    },
    ("H99010000001", "consumables", 31): {"share": 8_700},
}  # fmt: skip


def purchases() -> pd.DataFrame:
    """Return the table of purchases, by plain sums: nothing is drawn."""
    rows = []
    for place, (unit_id, by_goods) in enumerate(THRESHOLDS.items()):
        for goods, threshold in by_goods.items():
            for day in range(FIRST_DAY, LAST_DAY + 1):
                case = CASES.get((unit_id, goods, day), {})
                share = case.get("share", SHARES[(day + 2 * place + len(goods)) % len(SHARES)])
                whole = threshold or OF_YEAR[1]
                rows.append({
                    "unit_id": unit_id, "date": f"{YEAR}-{MONTH}-{day}", "goods": goods,
                    "amount": whole * share // 10_000, "threshold": threshold,
                    **{name: value for name, value in case.items() if name != "share"},
                })  # fmt: skip
    return pd.DataFrame(rows).astype({"amount": "Int64", "threshold": "Int64"})


def thresholds_of_year() -> pd.DataFrame:
    """Return the supplied measure that stands in where no day has a threshold."""
    unit_id, value = OF_YEAR
    row = {"unit_id": unit_id, "year": YEAR, "measure": "daily_purchase_threshold"}
    return pd.DataFrame([row | {"value": float(value)}])
