"""English names of the invented city's units, by their Chinese names."""

from __future__ import annotations

REGIONS = {
    "望澜市": "Wanglan City", "映川区": "Yingchuan District", "云汀区": "Yunting District",
    "青禾县": "Qinghe County", "白蘅县": "Baiheng County", "禾浦县": "Hepu County",
    "霁山县": "Jishan County", "石麓县": "Shilu County", "柳沂县": "Liuyi County",
}  # fmt: skip
INSTITUTIONS = {
    "第一人民医院": "First People's Hospital", "中心医院": "Central Hospital",
    "中医医院": "Hospital of Traditional Chinese Medicine",
    "妇幼保健院": "Maternity and Child Health Hospital", "人民医院": "People's Hospital",
    "东镇卫生院": "East Township Health Centre", "西镇卫生院": "West Township Health Centre",
    "南镇卫生院": "South Township Health Centre", "北镇卫生院": "North Township Health Centre",
    "中镇卫生院": "Central Township Health Centre", "医共体": "Medical Alliance",
    "(虚构)": "(invented)",
}  # fmt: skip
DEPARTMENTS = {
    "全科医学科": "General Practice", "普通内科": "General Medicine",
    "普通外科": "General Surgery", "妇产科": "Obstetrics and Gynaecology", "儿科": "Paediatrics",
    "中医科": "Traditional Chinese Medicine", "骨科": "Orthopaedics",
    "急诊科": "Emergency Department", "心血管内科": "Cardiology", "神经内科": "Neurology",
    "重症医学科": "Intensive Care", "眼科": "Ophthalmology", "口腔科": "Dentistry",
    "康复医学科": "Rehabilitation", "肿瘤科": "Oncology", "血液净化中心": "Blood Purification",
    "呼吸与危重症医学科": "Respiratory and Critical Care", "消化内科": "Gastroenterology",
    "内分泌科": "Endocrinology", "肾内科": "Nephrology", "血液内科": "Haematology",
    "泌尿外科": "Urology", "胸外科": "Thoracic Surgery", "神经外科": "Neurosurgery",
    "耳鼻咽喉科": "Otolaryngology", "皮肤科": "Dermatology",
    "感染性疾病科": "Infectious Diseases", "老年医学科": "Geriatrics",
    "风湿免疫科": "Rheumatology", "介入科": "Interventional Therapy",
}  # fmt: skip


def name_in_english(name: str) -> str:
    """Return the English name of a unit.

    Raises
    ------
    KeyError
        If a part of the name has no English one.

    Examples
    --------
    >>> name_in_english("霁山县人民医院")
    "Jishan County People's Hospital"
    """
    for region, english in REGIONS.items():
        if name.startswith(region):
            return f"{english} {INSTITUTIONS[name.removeprefix(region)]}"
    return DEPARTMENTS[name]
