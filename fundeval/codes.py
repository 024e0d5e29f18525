"""The codes by which units differ, with the Chinese words of the forms."""

from __future__ import annotations

KINDS = {
    "统筹地区": "region",
    "定点医疗机构": "hospital",
    "科室": "department",
    "医共体": "alliance",
}
# How forms call them besides.
KIND_WORDS = {
    **dict.fromkeys(("统筹区", "地区", "参保地区"), "region"),
    **dict.fromkeys(("医疗机构", "医院", "定点机构"), "hospital"),
    **dict.fromkeys(("临床科室", "医技科室", "职能科室"), "department"),
    **dict.fromkeys(("县域医共体", "紧密型医共体", "紧密型县域医共体"), "alliance"),
}
LEVELS = {"三级": "tertiary", "二级": "secondary", "一级": "primary", "未定级": "ungraded"}
SCHEMES = {
    "职工": "employee",
    "居民": "resident",
    "职工补充": "supplementary",
    "医疗救助": "assistance",
    "全部": "all",
}
# How forms and statistics call the schemes besides; 基金 may follow each of them.
SCHEME_WORDS = {
    **dict.fromkeys(
        (
            "职工医保", "城镇职工", "城镇职工医保", "职工基本医保", "职工医疗保险",
            "职工基本医疗保险", "城镇职工基本医保", "城镇职工基本医疗保险",
            "职工基本医疗保险(含生育保险)", "城镇职工基本医疗保险(含生育保险)",
        ),
        "employee",
    ),
    **dict.fromkeys(
        (
            "居民医保", "城乡居民", "城乡居民医保", "居民基本医保", "居民医疗保险",
            "居民基本医疗保险", "城乡居民基本医保", "城乡居民基本医疗保险",
        ),
        "resident",
    ),
    **dict.fromkeys(("职工补充医保", "职工补充医疗保险"), "supplementary"),
    "城乡医疗救助": "assistance",
    "全部险种": "all",
}  # fmt: skip
