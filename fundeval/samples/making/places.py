"""The units of the invented city: regions, hospitals, departments, alliances."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from fundeval.samples.making import cases
from fundeval.samples.making.draws import draw

YEARS = (2020, 2021, 2022, 2023, 2024)
SCHEMES = ("employee", "resident")
CITY = "990100"
CITY_NAME = "望澜市(虚构)"
# County -> name, inhabitants of 2020, share of employees among the insured in percent.
COUNTIES = {
    "990101": ("映川区(虚构)", 520_000, 38),
    "990102": ("云汀区(虚构)", 450_000, 33),
    "990103": ("青禾县(虚构)", 380_000, 19),
    "990104": ("白蘅县(虚构)", 360_000, 18),
    "990105": ("禾浦县(虚构)", 340_000, 17),
    "990106": ("霁山县(虚构)", 300_000, 14),
    "990107": ("石麓县(虚构)", 330_000, 16),
    "990108": ("柳沂县(虚构)", 280_000, 13),
}
ALLIANCES = {
    "A990101": ("青禾县医共体", "990103"),
    "A990102": ("白蘅县医共体", "990104"),
    "A990103": ("禾浦县医共体", "990105"),
}
# Department -> percent of its fund payments that inpatients take.
TERTIARY_DEPARTMENTS = {
    "心血管内科": 80, "呼吸与危重症医学科": 80, "消化内科": 75, "神经内科": 82, "内分泌科": 60,
    "肾内科": 65, "血液内科": 82, "普通外科": 85, "骨科": 85, "泌尿外科": 78, "胸外科": 88,
    "神经外科": 90, "妇产科": 72, "儿科": 60, "肿瘤科": 82, "重症医学科": 100, "急诊医学科": 0,
    "眼科": 55, "耳鼻咽喉科": 55, "口腔科": 0, "皮肤科": 0, "感染性疾病科": 66, "康复医学科": 100,
    "中医科": 45, "老年医学科": 80, "风湿免疫科": 60, "介入科": 100, "甲状腺外科": 75,
    "新生儿科": 100, "全科医学科": 35,
}  # fmt: skip
SECONDARY_DEPARTMENTS = {
    "内科一病区": 80, "内科二病区": 80, "心血管内科": 78, "神经内科": 80, "普通外科": 84,
    "骨科": 84, "妇产科": 72, "儿科": 62, "急诊科": 0, "重症医学科": 100, "眼耳鼻喉科": 55,
    "口腔科": 0, "中医科": 50, "康复医学科": 100, "肿瘤科": 82, "血液净化中心": 0,
}  # fmt: skip
PRIMARY_DEPARTMENTS = {
    "全科": 55, "内科": 65, "外科": 65, "妇产科": 65, "儿科": 50, "中医科": 40,
}  # fmt: skip
TERTIARY = {
    "第一人民医院": 550_000_000,
    "中心医院": 400_000_000,
    "中医医院": 270_000_000,
    "妇幼保健院": 180_000_000,
}
SMALL_HOSPITAL_SIZE = 1_100
OPTIONAL = ("alliance_id", "level", "flags", "valid_from", "valid_to", "successor_id")


@dataclass(frozen=True)
class Hospital:
    """A hospital: its place and the size of its budget of 2020 in 元."""

    unit_id: str
    name: str
    region: str
    level: str
    care_level: str
    size: int
    employee_percent: int


@dataclass(frozen=True)
class Department:
    """A department, its hospital and the percent of its payments that inpatients take."""

    unit_id: str
    name: str
    hospital: Hospital
    inpatient_percent: int


def hospitals() -> list[Hospital]:
    """Return the 60 hospitals: 4 tertiary of the city, 2 secondary and 5 primary a county."""
    found = []
    for number, (name, size) in enumerate(TERTIARY.items(), start=1):
        unit = f"H{CITY}{number:05d}"
        full_name = CITY_NAME.removesuffix("(虚构)") + name
        found.append(Hospital(unit, full_name, CITY, "tertiary", "tertiary", size, 55))
    for region, (region_name, inhabitants, _) in COUNTIES.items():
        place = region_name.removesuffix("(虚构)")
        for number in range(1, 8):
            found.append(_county_hospital(region, place, number, inhabitants))
    return found


def departments() -> list[Department]:
    """Return all departments; special cases may add one to a hospital."""
    found = []
    for hospital in hospitals():
        for number, (name, percent) in enumerate(_staff(hospital).items(), start=1):
            unit = f"{hospital.unit_id}-D{number:02d}"
            found.append(Department(unit, name, hospital, percent))
    return found


def units() -> pd.DataFrame:
    """Return the table `units`; empty text is a blank cell."""
    rows = [_row(CITY, CITY_NAME, "region", "")]
    for region, (name, _, _) in COUNTIES.items():
        stress = "economic_stress" if region in cases.STRESSED else ""
        rows.append(_row(region, name, "region", CITY, flags=stress))
    for alliance, (name, region) in ALLIANCES.items():
        flags = "" if alliance == cases.NOT_UNIFIED else "six_unified"
        rows.append(_row(alliance, name, "alliance", region, flags=flags))
    members = {region: alliance for alliance, (_, region) in ALLIANCES.items()}
    for hospital in hospitals():
        alliance = members.get(hospital.region, "")
        rows.append(
            _row(
                hospital.unit_id,
                hospital.name,
                "hospital",
                hospital.region,
                alliance_id=alliance,
                level=hospital.level,
            )
        )
    for department in departments():
        row = _row(department.unit_id, department.name, "department", department.hospital.unit_id)
        rows.append(row | cases.LIFE.get(department.unit_id, {}))
    return pd.DataFrame(rows)


def _county_hospital(region: str, place: str, number: int, inhabitants: int) -> Hospital:
    unit = f"H{region}{number:05d}"
    if number <= 2:
        name = place + ("人民医院", "中医医院")[number - 1]
        size = inhabitants * (230, 150)[number - 1] * draw(90, 115, unit, "size") // 100
        return Hospital(unit, name, region, "secondary", "secondary", size, 40)
    urban = place.endswith("区")
    kind = "社区卫生服务中心" if urban else "镇卫生院"
    name = place + "东西南北中"[number - 3] + kind
    size = inhabitants * 25 * draw(75, 130, unit, "size") // 100
    if unit == cases.SMALL:
        size = SMALL_HOSPITAL_SIZE
    care_level = "community_center" if urban else "township_center"
    return Hospital(unit, name, region, "primary", care_level, size, 20)


def _staff(hospital: Hospital) -> dict[str, int]:
    if hospital.unit_id == cases.SMALL:
        return {"全科": 0, "中医科": 0}
    if hospital.level == "tertiary":
        return TERTIARY_DEPARTMENTS
    if hospital.level == "primary":
        return PRIMARY_DEPARTMENTS
    count = 16 if f"{hospital.unit_id}-D16" in cases.RATES else 15
    return dict(list(SECONDARY_DEPARTMENTS.items())[:count])


def _row(unit: str, name: str, kind: str, parent: str, **more: str) -> dict[str, str]:
    row = {"unit_id": unit, "name": name, "kind": kind, "parent_id": parent}
    return row | dict.fromkeys(OPTIONAL, "") | more
