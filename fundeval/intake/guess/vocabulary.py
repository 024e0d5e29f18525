"""What columns and items are called in tables that do not follow the template."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from fundeval.codes import KINDS
from fundeval.tables.parsing.header import FORM_MARK, normalize_header
from fundeval.tables.parsing.units_of_measure import split_header
from fundeval.tables.schemas import TABLES, columns_of, key_of

# Headers of the column that names what a row is about.
UNIT_NAMES = {
    "单位", "单位名称", "预算单位", "预算单位名称", "填报单位", "医疗机构", "医疗机构名称", "机构",
    "机构名称", "医院", "医院名称", "定点医疗机构", "定点医疗机构名称", "定点机构", "科室",
    "科室名称", "部门", "部门名称", "地区", "地区名称", "统筹地区", "统筹区", "县(市、区)",
    "县市区", "县区", "区县", "县", "市县", "市", "市州", "地市", "省份", "省", "省(区、市)",
    "省市", "行政区划", "名称", "region", "province", "county", "hospital", "provider",
    "department", "unit", "name", "organisation", "organization",
}  # fmt: skip
UNIT_IDS = {
    "单位编码",
    "编码",
    "代码",
    "机构编号",
    "行政区划代码",
    "区划代码",
    "id",
    "code",
    "unitid",
}
# Names of columns beside those of the template, by table; the first of a meaning is the usual one.
FURTHER: dict[str, dict[str, tuple[str, ...]]] = {
    "budgets": {
        "initial": ("预算数", "预算", "预算金额", "年初批复数", "批复数", "初始预算", "budget"),
        "adjusted": ("调整预算金额", "预算调整后数", "全年预算金额"),
        "executed": (
            "决算数", "决算", "实际执行数", "实际执行", "预计执行数", "完成数", "执行", "支出数",
            "实际支出", "实际支出数", "支付数", "支付金额", "拨付数", "拨付金额", "累计执行数",
            "累计支出", "预算执行数", "实际数", "actual", "spent",
        ),
        "carried_over": ("年初结转", "上年结转数", "结转资金"),
    },
    "funds": {
        "opening": (
            "上年结余", "上年末滚存结余", "上年末累计结余", "年初结余", "年初滚存结余", "期初结余",
            "上年累计结余",
        ),
        "income": (
            "本年收入合计", "收入合计", "基金收入合计", "本年收入", "本年收入小计", "收入",
            "总收入",
        ),
        "expenditure": (
            "本年支出合计", "支出合计", "基金支出合计", "本年支出", "本年支出小计", "支出",
            "总支出",
        ),
        "closing": (
            "年末累计结余", "滚存结余", "累计结余", "年末结余", "期末结余", "累计结存",
            "年末累计结存",
        ),
        "personal_closing": ("个人账户累计结余", "个人账户滚存结余"),
        "premiums": (
            "基本医疗保险费收入", "医疗保险费收入", "保险费收入", "社会保险费收入", "保险费",
        ),
        "subsidy": ("财政补贴收入", "财政补贴", "财政补助"),
        "insured": ("年末参保人数", "参保人员", "期末参保人数"),
    },
}  # fmt: skip
# What numbers an item: 一、 （二） 3. and the words of a part.
NUMBERING = re.compile(
    r"^(?:[一二三四五六七八九十]+[、.]|\d+[、.]|\([一二三四五六七八九十\d]+\)|其中[:、]?)+"
)
PART = re.compile(r"其\s*中\s*[:：、]?.*|(?i:of which\b.*)")
TOTAL = re.compile(r".*(?:合\s*计|小\s*计|总\s*计|共\s*计)[:：]?|(?i:total|subtotal|grand total)")
REGION = re.compile(r".*(?:省|市|县|区|旗|州|盟|兵团|地区|全国|统筹区)")
PROVINCES = {
    "北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "上海", "江苏", "浙江",
    "安徽", "福建", "江西", "山东", "河南", "湖北", "湖南", "广东", "广西", "海南", "重庆",
    "四川", "贵州", "云南", "西藏", "陕西", "甘肃", "青海", "宁夏", "新疆",
}  # fmt: skip
HOSPITAL = re.compile(r".*(?:医院|卫生院|卫生服务中心|卫生服务站|卫生室|诊所|门诊部|保健院|防治院)")
DEPARTMENT = re.compile(r".*(?:科|病区|室|病房)")


def plain_header(header: str) -> str:
    """Return a header without its unit, its mark such as (A), spaces and stars."""
    label = FORM_MARK.sub("", normalize_header(header))
    return split_header(label)[0].strip(":：-/")


def item_core(text: str) -> str:
    """Return the name of an item without its number.

    Examples
    --------
    >>> item_core("八、本年收入合计"), item_core("其中：财政 补助")
    ('本年收入合计', '财政补助')
    """
    return NUMBERING.sub("", normalize_header(text)).strip(":：")


@cache
def names_of(table: str) -> dict[str, str]:
    """Return what means a column of a table: its own headers, then further ones."""
    own = {
        normalize_header(label): name
        for name, column in columns_of(table).items()
        for label in (name, column.zh, *column.also)
    }
    further = {
        normalize_header(label): name
        for name, labels in FURTHER.get(table, {}).items()
        for label in labels
    }
    return further | own


def figures_of(table: str) -> set[str]:
    """Return the columns of a table that hold figures, not what its rows are known by."""
    known = columns_of(table)
    return {
        name
        for name in known
        if known[name].role in ("money", "number", "rate") and name not in key_of(table)
    }


@cache
def figure_tables() -> tuple[str, ...]:
    """Return the tables that a sheet of units may be, the commonest first."""
    first = ("budgets", "funds")
    return (*first, *(name for name in TABLES if name not in (*first, "units")))


def is_unit_name(header: str) -> bool:
    """Tell whether a header names the column of units."""
    return plain_header(header) in UNIT_NAMES


def is_unit_id(header: str) -> bool:
    """Tell whether a header names the column of the ids of units."""
    label = plain_header(header)
    also = columns_of("units")["unit_id"].also
    return label in UNIT_IDS or label in map(normalize_header, also) or label == "unit_id"


def kind_of(name: str) -> str | None:
    """Return the kind of unit that a name tells; None if it does not.

    Examples
    --------
    >>> [kind_of(name) for name in ("甲县", "县人民医院", "内科", "H1")]
    ['region', 'hospital', 'department', None]
    """
    if HOSPITAL.fullmatch(name):
        return "hospital"
    if REGION.fullmatch(name) or name in PROVINCES:
        return "region"
    return "department" if DEPARTMENT.fullmatch(name) else None


def kinds_of(names: Iterable[str], header: str) -> dict[str, str | None]:
    """Return the kind of each unit by its name, or else by what the header says of all."""
    said = plain_header(header)
    by_header = {
        "科室": KINDS["科室"], "医院": KINDS["定点医疗机构"], "医疗机构": KINDS["定点医疗机构"],
        "定点": KINDS["定点医疗机构"], "县": KINDS["统筹地区"], "地区": KINDS["统筹地区"],
        "省": KINDS["统筹地区"], "市": KINDS["统筹地区"], "区划": KINDS["统筹地区"],
        "统筹": KINDS["统筹地区"],
    }  # fmt: skip
    of_all = next((kind for word, kind in by_header.items() if word in said), None)
    return {name: of_all or kind_of(name) for name in names}
