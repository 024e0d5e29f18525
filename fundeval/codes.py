"""The codes by which units differ, with the Chinese words of the forms."""

from __future__ import annotations

KINDS = {
    "统筹地区": "region",
    "定点医疗机构": "hospital",
    "科室": "department",
    "医共体": "alliance",
}
LEVELS = {"三级": "tertiary", "二级": "secondary", "一级": "primary", "未定级": "ungraded"}
SCHEMES = {
    "职工": "employee",
    "居民": "resident",
    "职工补充": "supplementary",
    "医疗救助": "assistance",
    "全部": "all",
}
