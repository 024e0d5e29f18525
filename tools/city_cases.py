"""What the invented city contains on purpose: one table of overrides; see the city's README."""

from __future__ import annotations

SAVING = "节约:集中带量采购降低药品费用"
FEWER_PATIENTS = "服务量不足:医师调离"

# Table, unit, first year, column, values of that year and the following ones. A hospital or a
# region stands for all that lies in it; `/` narrows a unit down to a scheme or a level.
# Rates and shifts are in 1/100000, None is a row left out; other fractions are in 1/10000.
OVERRIDES: tuple[tuple[str, str, int, str, *tuple[str | float | None, ...]], ...] = (
    # Departments below 90 % two years running, exactly there, or only just not.
    ("ledger", "H99010000001-D05", 2020, "rate", 95_000, 94_000, 92_000, 88_000, 86_000),
    ("ledger", "H99010000002-D11", 2020, "rate", 96_000, 95_000, 93_000, 87_000, 89_000),
    ("ledger", "H99010100001-D03", 2020, "rate", 97_000, 93_000, 94_000, 85_000, 84_000),
    ("ledger", "H99010200001-D09", 2020, "rate", 95_000, 93_000, 89_000, 88_000, 87_000),
    ("ledger", "H99010300002-D07", 2020, "rate", 94_000, 96_000, 95_000, 89_000, 88_000),
    ("ledger", "H99010500001-D02", 2020, "rate", 98_000, 96_000, 93_000, 86_000, 85_000),
    ("ledger", "H99010700004-D02", 2020, "rate", 93_000, 95_000, 94_000, 82_000, 80_000),
    ("ledger", "H99010000003-D04", 2020, "rate", 95_000, 93_000, 91_000, 90_000, 90_000),
    ("ledger", "H99010000003-D08", 2020, "rate", 96_000, 94_000, 93_000, 89_996, 89_996),
    ("ledger", "H99010000001-D12", 2020, "rate", 95_000, 93_000, 88_000, 87_000, 95_000),
    ("ledger", "H99010000004-D09", 2020, "rate", 95_000, 97_000, 95_000, 96_000, 88_000),
    ("budgets", "H99010000001-D05", 2023, "reason", SAVING, SAVING),
    ("budgets", "H99010000002-D11", 2023, "reason", FEWER_PATIENTS, FEWER_PATIENTS),
    ("budgets", "H99010000001-D05", 2023, "reason_code", "saving", "saving"),
    ("budgets", "H99010000002-D11", 2023, "reason_code", "low_volume", "low_volume"),
    # Missing, merged and new departments.
    ("ledger", "H99010400001-D06", 2020, "rate", 92_000, 91_000, 88_000, None, 87_000),
    ("ledger", "H99010200002-D12", 2020, "rate", 94_000, 92_000, 93_000, 87_000, None),
    ("ledger", "H99010200002-D16", 2020, "rate", None, None, None, None, 86_000),
    ("ledger", "H99010800001-D14", 2020, "rate", 93_000, 95_000, 94_000, None, None),
    ("ledger", "H99010100002-D16", 2020, "rate", None, None, None, None, 85_000),
    ("units", "H99010200002-D12", 0, "valid_to", "2023-12-31"),
    ("units", "H99010200002-D12", 0, "successor_id", "H99010200002-D16"),
    ("units", "H99010200002-D16", 0, "valid_from", "2024-01-01"),
    ("units", "H99010800001-D14", 0, "valid_to", "2022-12-31"),
    ("units", "H99010800001-D14", 0, "successor_id", "H99010800001-D13"),
    ("units", "H99010100002-D16", 0, "valid_from", "2024-01-01"),
    # Above the budget, far below it, adjusted in mid-year, carried over, reported too high.
    ("ledger", "H99010000004-D06", 2020, "rate", 98_000, 100_000, 102_000, 105_000, 112_000),
    ("ledger", "H99010500002", 2024, "shift", 8_500),
    ("ledger", "H99010600001", 2024, "shift", -11_000),
    ("budgets", "H99010600001", 2024, "reason", SAVING),
    ("ledger", "H99010000002-D02", 2020, "rate", 96_000, 95_000, 97_000, 96_000, 85_000),
    ("ledger", "H99010000002-D02", 2024, "adjustment", 11_200),
    ("ledger", "H99010300001-D04", 2020, "rate", 95_000, 94_000, 96_000, 95_000, 94_000),
    ("ledger", "H99010300001-D04", 2024, "adjustment", 9_000),
    ("ledger", "H99010600002-D10", 2024, "adjustment", 0),
    ("ledger", "H99010700001", 2024, "adjustment", 10_900),
    ("ledger", "H99010400002", 2021, "carried", 500, 500, 500, 500),
    ("budgets", "H99010400001/employee", 2024, "too_much", 5_000),
    ("budgets", "990107/employee", 2024, "too_much", 30_000),
    # Care: a hospital too small to judge, patients who go past primary care, another basis.
    ("ledger", "H99010800007", 2020, "size", 110, 110, 110, 110, 110),
    ("ledger", "H99010800007", 2020, "inpatient_percent", 0, 0, 0, 0, 0),
    ("ledger", "990105/secondary", 2024, "cost_growth", -300),
    ("ledger", "990105/primary", 2024, "cost_growth", 350),
    ("ledger", "990103/primary", 2024, "cost_growth", -400),
    ("ledger", "990108/primary", 2024, "cost_growth", 800),
    ("services", "990104", 2024, "basis", "参保地(2024年起)"),
    # Funds, surroundings and surveys.
    ("funds", "990102", 2024, "basis", "2024年起含生育保险"),
    ("funds", "990108/resident", 2020, "months", 25),
    ("funds", "990108/resident", 2020, "surplus", -800, -750, -850, -800, -750),
    ("funds", "990105/employee", 2020, "months", 30),
    ("context", "990103", 2025, "project_envelope", 3_000_000),
    ("units", "990106", 0, "flags", "economic_stress"),
    ("units", "H99010700002", 0, "flags", "economic_stress"),
    ("context", "990106/all", 2025, "budget_float", 200),
    ("context", "990105/all", 2025, "aged_share", None),
    ("units", "990108", 0, "flags", "economic_stress"),
    ("units", "A990103", 0, "flags", None),
    ("supervision", "990107", 2024, "share", 6_000),
    ("measures", "H99010600003", 2024, "value", None),
    # Settlement: a county that clears by points, heads, and a member without a quota.
    ("settlements", "990107/resident", 2024, "quota", 136_000_000),
    ("settlements", "H99010700001/resident", 2024, "reasonable_overrun", 5_000_000),
    ("settlements", "H99010700006/resident", 2024, "deposit", None),
    ("settlements", "H99010800006/resident", 2024, "payment", "capitation"),
    ("settlements", "H99010800006/resident", 2024, "heads", 17_000),
    ("settlements", "H99010400007/resident", 2024, "quota", None),
    ("satisfaction", "990108", 2024, "value", 0.70),
    ("records", "H99010400001-D01", 2024, "value", 0.83),
)

# Projects asked for the budget year: id, unit, name, category, stage; requested, approved and
# executed of the year before in 元; benefit expected and measured with its unit, or its rate of
# achievement; score of the appraisal in advance; the project it overlaps with.
PROJECTS: tuple[tuple[str | float | None, ...], ...] = (
    ("A01", "H99010000001-D01", "慢病门诊随访", "basic", "continued",
     1_200_000, 1_000_000, 980_000, 5_000, 5_200, "人次", None, None, None),
    ("A02", "H99010000001-D02", "日间诊疗", "basic", "continued",
     1_500_000, 1_400_000, 1_260_000, 2_000, 1_800, "人次", None, None, None),
    ("A03", "H99010000001-D05", "儿童雾化中心", "gaps", "new",
     800_000, None, None, 1_500, None, "人次", None, 85, None),
    ("A04", "H99010000001-D09", "胸痛中心", "gaps", "continued",
     900_000, 900_000, 900_000, None, None, None, 0.95, None, None),
    ("A05", "H99010000001-D14", "康复机器人", "innovation", "new",
     2_600_000, None, None, 600, None, "人次", None, 88, None),
    ("A06", "H99010000001-D20", "血液透析信息平台", "innovation", "new",
     700_000, None, None, 300, None, "人次", None, 76, None),
    ("A07", "H99010000001-D28", "老年综合评估", "basic", "continued",
     600_000, 500_000, 300_000, 1_000, 400, "人次", None, None, None),
    ("A08", "H99010000001-D07", "骨科术后居家随访", "basic", "new",
     500_000, None, None, 2_000, None, "人次", None, 70, "A01"),
    ("A09", "H99010000001-D08", "急诊分诊改造", "gaps", "continued",
     400_000, 350_000, 340_000, 1_000, None, "人次", None, None, None),
    ("B01", "H99010000002-D11", "卒中随访", "basic", "new",
     300_000, None, None, 500, None, "人次", None, 90, None),
    ("B02", "H99010000002-D11", "卒中筛查", "basic", "continued",
     450_000, 400_000, 380_000, 2_000, 1_900, "人次", None, None, None),
    ("B03", "H99010000002-D01", "全科培训", "gaps", "continued",
     250_000, 250_000, 250_000, None, None, None, 0.4, None, None),
    ("R01", "990103", "乡村两病用药保障", "basic", "continued",
     1_800_000, 1_600_000, 1_600_000, 12_000, 12_600, "人", None, None, None),
    ("R02", "990103", "县域影像中心", "gaps", "continued",
     1_000_000, 900_000, 870_000, 20_000, 19_000, "人次", None, None, None),
    ("R03", "990103", "智能审核", "innovation", "new",
     600_000, None, None, 3_000, None, "条", None, 82, None),
)  # fmt: skip
