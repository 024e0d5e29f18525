"""What the invented city contains on purpose: special cases and the units that show them."""

from __future__ import annotations

SMALL = "H99010800007"
STRESSED = ("990106", "990108")
NOT_UNIFIED = "A990103"
OVERSPENT = "H99010500002"
ADJUSTED_HOSPITAL = "H99010700001"
CARRY_OVER = "H99010400002"
SAVING_HOSPITAL = "H99010600001"
DIFFERING_HOSPITAL = "H99010400001"
DIFFERING_COUNTY = "990107"
SHIFTING_COUNTY = "990105"
CARE_BASIS_COUNTY = "990104"
FUND_BASIS_COUNTY = "990102"
DEFICIT_COUNTY = "990108"
UNASKED_HOSPITAL = "H99010600003"

SAVING = "节约:集中带量采购降低药品费用"
LOW_VOLUME = "服务量不足:医师调离"

# Department -> execution rate of 2020 to 2024 in 1/100000; None is a year without a row.
RATES: dict[str, tuple[int | None, ...]] = {
    "H99010000001-D05": (95_000, 94_000, 92_000, 88_000, 86_000),
    "H99010000002-D11": (96_000, 95_000, 93_000, 87_000, 89_000),
    "H99010100001-D03": (97_000, 93_000, 94_000, 85_000, 84_000),
    "H99010200001-D09": (95_000, 93_000, 89_000, 88_000, 87_000),
    "H99010300002-D07": (94_000, 96_000, 95_000, 89_000, 88_000),
    "H99010500001-D02": (98_000, 96_000, 93_000, 86_000, 85_000),
    "H99010700004-D02": (93_000, 95_000, 94_000, 82_000, 80_000),
    "H99010000003-D04": (95_000, 93_000, 91_000, 90_000, 90_000),
    "H99010000003-D08": (96_000, 94_000, 93_000, 89_996, 89_996),
    "H99010400001-D06": (92_000, 91_000, 88_000, None, 87_000),
    "H99010600002-D10": (94_000, 95_000, 93_000, 95_000, 0),
    "H99010200002-D12": (94_000, 92_000, 93_000, 87_000, None),
    "H99010200002-D16": (None, None, None, None, 86_000),
    "H99010800001-D14": (93_000, 95_000, 94_000, None, None),
    "H99010800001-D13": (95_000, 94_000, 96_000, 97_000, 96_000),
    "H99010100002-D16": (None, None, None, None, 85_000),
    "H99010000004-D06": (98_000, 100_000, 102_000, 105_000, 112_000),
    "H99010000002-D02": (96_000, 95_000, 97_000, 96_000, 85_000),
    "H99010300001-D04": (95_000, 94_000, 96_000, 95_000, 94_000),
    "H99010000001-D12": (95_000, 93_000, 88_000, 87_000, 95_000),
    "H99010000004-D09": (95_000, 97_000, 95_000, 96_000, 88_000),
}
# Hospital -> lowest and highest rate of its departments in 2024, in 1/100000.
HOSPITAL_RATES = {OVERSPENT: (103_000, 108_000), SAVING_HOSPITAL: (84_000, 88_500)}
# Department or hospital -> adjusted / initial budget of 2024 in 1/10000, day, reason.
ADJUSTMENTS = {
    "H99010000002-D02": (11_200, "2024-06-28", "年中追加:承担区域诊疗中心任务"),
    "H99010300001-D04": (9_000, "2024-08-15", "年中核减:部分病种下沉基层"),
    "H99010600002-D10": (0, "2024-02-01", "停诊改造,全年预算收回"),
    ADJUSTED_HOSPITAL: (10_900, "2024-07-01", "年中追加:新病区启用"),
}
REASONS = {
    ("H99010000001-D05", 2023): SAVING,
    ("H99010000001-D05", 2024): SAVING,
    ("H99010000002-D11", 2023): LOW_VOLUME,
    ("H99010000002-D11", 2024): LOW_VOLUME,
    ("H99010100001-D03", 2024): LOW_VOLUME,
    (SAVING_HOSPITAL, 2024): SAVING,
}
LIFE = {
    "H99010200002-D12": {"valid_to": "2023-12-31", "successor_id": "H99010200002-D16"},
    "H99010200002-D16": {"valid_from": "2024-01-01"},
    "H99010800001-D14": {"valid_to": "2022-12-31", "successor_id": "H99010800001-D13"},
    "H99010100002-D16": {"valid_from": "2024-01-01"},
}

# Case -> units that show it and what to look for, in Chinese and English.
CASES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "two_years_below": (
        (
            "H99010000001-D05", "H99010000002-D11", "H99010100001-D03", "H99010200001-D09",
            "H99010300002-D07", "H99010500001-D02", "H99010700004-D02",
        ),
        "科室2023、2024年执行率均低于90%(D09自2022年起)",
        "Departments below 90 % in 2023 and 2024 (D09 since 2022)",
    ),
    "exactly_90": (
        ("H99010000003-D04",),
        "2023、2024年恰为90.00%:不算低于",
        "Exactly 90.00 % in 2023 and 2024: not below",
    ),
    "shown_as_90": (
        ("H99010000003-D08",),
        "2023、2024年为89.996%:显示为90.00%,实际低于",
        "89.996 % in 2023 and 2024: displays as 90.00 %, is below",
    ),
    "missing_year": (
        ("H99010400001-D06",),
        "缺2023年数据,2022、2024年均低于90%:无法判定",
        "No 2023; below 90 % in 2022 and 2024: cannot be judged",
    ),
    "merged_into_new": (
        ("H99010200002-D12", "H99010200002-D16"),
        "D12于2023年末并入新设的D16;并入前后均低于90%",
        "D12 merged at the end of 2023 into the new D16; below 90 % before and after",
    ),
    "merged_into_existing": (
        ("H99010800001-D14", "H99010800001-D13"),
        "D14于2022年末并入已有的D13",
        "D14 merged at the end of 2022 into D13, which has a history of its own",
    ),
    "new_in_2024": (
        ("H99010100002-D16",),
        "2024年新设,执行率85%:没有上年",
        "New in 2024, 85 %: there is no year before",
    ),
    "above_budget": (
        ("H99010000004-D06", OVERSPENT),
        "科室2022至2024年、医院2024年超预算",
        "A department above its budget 2022 to 2024, a hospital in 2024",
    ),
    "adjusted_up": (
        ("H99010000002-D02", ADJUSTED_HOSPITAL),
        "2024年年中追加;科室按调整预算85.00%,按年初预算95.20%",
        "Raised in mid-2024; the department is at 85.00 % of adjusted, 95.20 % of initial",
    ),
    "adjusted_down": (
        ("H99010300001-D04",),
        "2024年年中核减;按调整预算94.00%,按年初预算84.60%",
        "Cut in mid-2024; 94.00 % of adjusted, 84.60 % of initial",
    ),
    "carry_over": (
        (CARRY_OVER,),
        "2021年起有上年结转(为调整预算的5%)",
        "Carried-over budget since 2021 (5 % of the adjusted budget)",
    ),
    "zero_denominator": (
        ("H99010600002-D10",),
        "2024年预算调整为0,执行数为0",
        "Adjusted to 0 in 2024, nothing executed",
    ),
    "released": (
        ("H99010000001-D12",),
        "2022、2023年低于90%,2024年95%:解除限制",
        "Below 90 % in 2022 and 2023, 95 % in 2024: released",
    ),
    "watch": (
        ("H99010000004-D09",),
        "仅2024年低于90%",
        "Below 90 % in 2024 only",
    ),
    "saving_or_low_volume": (
        ("H99010000001-D05", "H99010000002-D11", SAVING_HOSPITAL),
        "执行率低且写明原因:节约或服务量不足",
        "Low execution with its reason: saving, or low volume",
    ),
    "small_volume": (
        (SMALL,),
        "每年约20人次,不足以判定",
        "About 20 visits a year, too few to judge",
    ),
    "basis_changed": (
        (CARE_BASIS_COUNTY, FUND_BASIS_COUNTY),
        "2024年统计口径变更:前者医疗服务,后者基金收支",
        "The basis changes in 2024: of services in the first, of funds in the second",
    ),
    "volume_up_share_down": (
        (SHIFTING_COUNTY,),
        "2024年基层诊疗量上升而占比下降,该县最明显",
        "In 2024 the volume of primary care rises and its share falls, here most clearly",
    ),
    "deficit": (
        (DEFICIT_COUNTY,),
        "居民医保累计结余自2023年起为负",
        "The residents' fund closes below zero since 2023",
    ),
    "submitted_differs": (
        ("990100", DIFFERING_COUNTY, DIFFERING_HOSPITAL),
        "2024年职工预算:石麓县多报3.00万元,各县之和与全市不等;该医院比各科室之和多0.50万元",
        "Employees' budget 2024: the county reports 3.00 万元 too much, so that the counties do "
        "not add up to the city; the hospital reports 0.50 万元 more than its departments",
    ),
    "economic_stress": (STRESSED, "经济压力地区", "Regions under economic stress"),
    "not_unified": (
        (NOT_UNIFIED,),
        "未做到“六统一”的医共体",
        "An alliance that is not unified in all six",
    ),
    "missing_measure": (
        (UNASKED_HOSPITAL,),
        "2024年没有满意度数据",
        "No satisfaction survey in 2024",
    ),
}  # fmt: skip
