"""The input tables: one pandera model each, the single home of columns, headers and codes.

`columns_of` tells how the columns of a table are written and read, `key_of` what its rows are
known by; types, limits and codes are pandera's to check.
"""

# ruff: noqa: RUF012  (pandera reads plain class attributes of Config)
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

import pandas as pd

from fundeval.codes import KIND_WORDS, KINDS, LEVELS, SCHEME_WORDS, SCHEMES
from fundeval.money import FEN
from fundeval.pandas_models import Series, pa
from fundeval.words import Named

SETTINGS = {"门诊": "outpatient", "住院": "inpatient"}
CARE_LEVELS = {
    "三级医院": "tertiary",
    "二级医院": "secondary",
    "一级医院": "primary_hospital",
    "未定级医院": "ungraded",
    "社区卫生服务机构": "community_center",
    "乡镇卫生院": "township_center",
    "村卫生室": "village_clinic",
    "门诊部和诊所": "clinic",
    "基层合计": "primary_total",
    "医院合计": "hospital_total",
    "其他机构": "other",
}
# Total -> what it is the total of. `primary_care_levels` of the policy names the details or
# the total; `other` belongs to neither.
CARE_TOTALS = {
    "primary_total": ("community_center", "township_center", "village_clinic", "clinic"),
    "hospital_total": ("tertiary", "secondary", "primary_hospital", "ungraded"),
}
# Groups of codes by column, which a policy may name in place of a list.
CODE_GROUPS = {
    "care_level": {"hospitals": (*CARE_TOTALS["hospital_total"], "hospital_total")},
}
PAYMENTS = {
    "总额": "package",
    "DRG": "drg",
    "DIP": "dip",
    "按人头": "capitation",
    "按疗效": "outcome",
}
# `both` is drugs and consumables together, as their supplier reports them.
PURCHASES = {"药品": "drugs", "耗材": "consumables", "合计": "both"}
# Why a budget was not spent, beside the text that is given.
CAUSES = {"节约": "saving", "服务量不足": "low_volume", "停诊": "suspended", "其他": "other"}
PROJECT_CATEGORIES = {"保基本": "basic", "补短板": "gaps", "促创新": "innovation"}
PROJECT_STAGES = {"新增": "new", "延续": "continued"}
# What a table of parts of the insured tells apart: bands of their cost, or groups of people.
DIMENSIONS = {"费用段": "cost_band", "人群": "population"}
# The screening rules of settlement records (R24).
SCREENING_RULES = {
    "频繁住院": "frequent_stays",
    "单次购药": "single_purchase",
    "药品占比": "drug_share",
    "长期住院": "long_stay",
}
FLAGS = {"经济压力": "economic_stress", "六统一": "six_unified"}
ALL_SCHEMES = "all"
# Where pandera keeps the description of a column.
_COLUMN = "column"
# In 元: from here on a float no longer tells one 分 from the next; so much is a wrong unit, and
# no number of people or visits either.
LIMIT = 10**14


Role = Literal[
    "id", "text", "code", "flags", "date", "datetime", "year", "money", "number", "rate",
]  # fmt: skip


@dataclass(frozen=True)
class Column:
    """How a column is written and read.

    Attributes
    ----------
    zh
        The Chinese header that is accepted beside the English name.
    role
        How a cell is read: `money` is whole 分 from here on, `rate` is a fraction, `id` stays text.
        `datetime` is a day and a time; midnight stands for a day without a time, which is how a
        spreadsheet keeps one.
    codes
        Chinese cell values -> the codes used in the package.
    words
        What else a cell may hold -> the code that it means.
    also
        Further Chinese headers that mean the column, as the official forms have them.
    default
        What fills a column that the file leaves out, None for nothing.
    nullable
        A nullable column may be left out and is then missing throughout.
    """

    zh: str
    role: Role
    codes: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    nullable: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """Tell whether every file must have the column."""
        return not self.nullable and self.default is None


def _column(
    zh: str,
    role: Role,
    codes: Mapping[str, str] | None = None,
    default: str | None = None,
    **more: Any,
) -> Any:
    """Describe a column; `more` are its `words` and `also`, as in `Column`, and its checks."""
    checks = {key: value for key, value in more.items() if key not in ("words", "also")}
    if codes and role == "code":
        checks["isin"] = list(codes.values())
    # Read as a number that may be missing, kept as a whole one.
    checks["coerce"] = role == "year"
    spoken = {key: more[key] for key in ("words", "also") if key in more}
    column = Column(zh, role, codes or {}, default, **spoken)
    return pa.Field(metadata={_COLUMN: column}, **checks)


def _money(zh: str, **checks: Any) -> Any:
    return _column(zh, "money", nullable=True, lt=LIMIT * FEN, **checks)


def _number(zh: str, **checks: Any) -> Any:
    return _column(zh, "number", nullable=True, lt=LIMIT, **checks)


def _rate(zh: str, **checks: Any) -> Any:
    return _column(zh, "rate", nullable=True, **checks)


def _text(zh: str) -> Any:
    return _column(zh, "text", nullable=True)


def _unit_id() -> Any:
    also = ("单位代码", "机构编码", "机构代码", "医疗机构编码", "医疗机构代码")
    return _column("单位编码", "id", also=also, str_length={"min_value": 1, "max_value": 64})


def _year() -> Any:
    return _column("年度", "year", also=("年份", "预算年度", "评价年度"), ge=1990, le=2100)


def _scheme(default: str | None = None) -> Any:
    fund = {f"{word}基金": code for word, code in SCHEME_WORDS.items()}
    words = {**SCHEME_WORDS, **fund}
    return _column("险种", "code", SCHEMES, default, words=words, also=("险种类型",))


class Units(pa.DataFrameModel):
    """The evaluated units and how they depend on each other; one row per unit."""

    unit_id: Series[str] = _unit_id()
    name: Series[str] = _column("单位名称", "text", also=("机构名称", "医疗机构名称"))
    kind: Series[str] = _column("单位类别", "code", KINDS, words=KIND_WORDS)
    parent_id: Series[str] = _column("上级单位编码", "id", nullable=True)
    alliance_id: Series[str] = _column("所属医共体编码", "id", nullable=True)
    level: Series[str] = _column("机构等级", "code", LEVELS, nullable=True)
    flags: Series[str] = _column("标记", "flags", FLAGS, nullable=True)
    valid_from: Series[pd.Timestamp] = _column("启用日期", "date", nullable=True)
    valid_to: Series[pd.Timestamp] = _column("停用日期", "date", nullable=True)
    successor_id: Series[str] = _column("承接单位编码", "id", nullable=True)
    name_en: Series[str] = _column("英文名称", "text", nullable=True)

    class Config:
        """Key of the table."""

        name = "units"
        unique = ["unit_id"]


class Budgets(pa.DataFrameModel):
    """Budget and execution of a unit, year and scheme; money.

    `retained` is what an earlier evaluation withheld and did not return: it stands in the
    budget of the unit that holds it, and in none of its parts. What is executed may be negative:
    an entry that cancels more than was spent.
    """

    unit_id: Series[str] = _unit_id()
    year: Series[int] = _year()
    scheme: Series[str] = _scheme()
    initial: Series[pd.Int64Dtype] = _money("年初预算", also=("年初预算数", "年初预算金额"), ge=0)
    # Column A of the official form of self-evaluation, which execution is divided by.
    adjusted: Series[pd.Int64Dtype] = _money(
        "调整预算",
        also=("全年预算", "全年预算数", "调整预算数", "调整后预算", "调整后预算数"),
        ge=0,
    )
    carried_over: Series[pd.Int64Dtype] = _money("上年结转", ge=0)
    executed: Series[pd.Int64Dtype] = _money("执行数", also=("全年执行", "全年执行数", "执行金额"))
    retained: Series[pd.Int64Dtype] = _money("考核留存", ge=0)
    adjusted_on: Series[pd.Timestamp] = _column("调整日期", "date", nullable=True)
    reason: Series[str] = _text("原因说明")
    reason_code: Series[str] = _column("原因类别", "code", CAUSES, nullable=True)

    class Config:
        """Key of the table."""

        name = "budgets"
        unique = ["unit_id", "year", "scheme"]


class Monthly(pa.DataFrameModel):
    """Execution within the year; money."""

    unit_id: Series[str] = _unit_id()
    year: Series[int] = _year()
    month: Series[int] = _column("月份", "year", ge=1, le=12)
    scheme: Series[str] = _scheme()
    executed: Series[pd.Int64Dtype] = _money("执行数")
    phased_budget: Series[pd.Int64Dtype] = _money("序时预算", ge=0)

    class Config:
        """Key of the table."""

        name = "monthly"
        unique = ["unit_id", "year", "month", "scheme"]


class Purchases(pa.DataFrameModel):
    """Purchases of a day against the threshold of that day, and the check of an alert; money.

    A blank threshold is that of the year, a supplied measure (`purchase_threshold_measure`).
    """

    unit_id: Series[str] = _unit_id()
    date: Series[pd.Timestamp] = _column("采购日期", "date")
    goods: Series[str] = _column("采购类别", "code", PURCHASES)
    amount: Series[pd.Int64Dtype] = _money("采购额", ge=0)
    threshold: Series[pd.Int64Dtype] = _money("采购阈值", ge=0)
    alerted_at: Series[pd.Timestamp] = _column("预警时间", "datetime", nullable=True)
    checked_at: Series[pd.Timestamp] = _column("核查时间", "datetime", nullable=True)
    checked_by: Series[str] = _text("核查人")
    check_result: Series[str] = _text("核查结果")

    class Config:
        """Key of the table."""

        name = "purchases"
        unique = ["unit_id", "date", "goods"]


class Services(pa.DataFrameModel):
    """Volume and cost of care by setting and level of institution."""

    unit_id: Series[str] = _unit_id()
    year: Series[int] = _year()
    scheme: Series[str] = _scheme()
    setting: Series[str] = _column("就医类型", "code", SETTINGS)
    care_level: Series[str] = _column("机构类型", "code", CARE_LEVELS)
    visits: Series[float] = _number("人次", ge=0)
    cost: Series[pd.Int64Dtype] = _money("医疗费用", ge=0)
    fund_paid: Series[pd.Int64Dtype] = _money("基金支付", ge=0)
    bed_days: Series[float] = _number("住院床日", ge=0)
    drug_cost: Series[pd.Int64Dtype] = _money("药品费用", ge=0)
    consumable_cost: Series[pd.Int64Dtype] = _money("耗材费用", ge=0)
    exam_cost: Series[pd.Int64Dtype] = _money("检查检验费用", ge=0)
    case_mix: Series[float] = _number("病例组合指数", gt=0)
    basis: Series[str] = _text("统计口径")

    class Config:
        """Key of the table."""

        name = "services"
        unique = ["unit_id", "year", "scheme", "setting", "care_level"]


class Funds(pa.DataFrameModel):
    """Income, expenditure and balance of a fund; money. Balances may be negative.

    `premiums` and `subsidy` are parts of `income`.
    """

    unit_id: Series[str] = _unit_id()
    year: Series[int] = _year()
    scheme: Series[str] = _scheme()
    opening: Series[pd.Int64Dtype] = _money("上年滚存结余")
    income: Series[pd.Int64Dtype] = _money("基金收入", ge=0)
    expenditure: Series[pd.Int64Dtype] = _money("基金支出", ge=0)
    closing: Series[pd.Int64Dtype] = _money("年末滚存结余")
    personal_closing: Series[pd.Int64Dtype] = _money("个人账户结余")
    premiums: Series[pd.Int64Dtype] = _money("缴费收入", ge=0)
    subsidy: Series[pd.Int64Dtype] = _money("财政补助收入", ge=0)
    transfer_in: Series[pd.Int64Dtype] = _money("调剂收入", ge=0)
    transfer_out: Series[pd.Int64Dtype] = _money("调剂支出", ge=0)
    insured: Series[float] = _number("参保人数", ge=0)
    basis: Series[str] = _text("统计口径")

    class Config:
        """Key of the table."""

        name = "funds"
        unique = ["unit_id", "year", "scheme"]


class Settlements(pa.DataFrameModel):
    """Year-end settlement between fund and institution; money, cases, points and heads.

    `heads` are the people of the year that capitation and pay by outcome are for. Of the cases
    submitted for payment by DRG or DIP `grouped_cases` entered a group; operations of grades 3 and
    4 are `major_operations`.
    """

    unit_id: Series[str] = _unit_id()
    year: Series[int] = _year()
    scheme: Series[str] = _scheme()
    cases: Series[float] = _number("结算人次", ge=0)
    heads: Series[float] = _number("签约人数", ge=0)
    fee_for_service: Series[pd.Int64Dtype] = _money("按项目应支付", ge=0)
    paid: Series[pd.Int64Dtype] = _money("实际结付", ge=0)
    points: Series[float] = _number("点数", ge=0)
    prepaid: Series[pd.Int64Dtype] = _money("月预付合计", ge=0)
    deposit: Series[pd.Int64Dtype] = _money("质量保证金扣减", ge=0)
    violations: Series[pd.Int64Dtype] = _money("违规扣款", ge=0)
    quota: Series[pd.Int64Dtype] = _money("总额指标", ge=0)
    reasonable_overrun: Series[pd.Int64Dtype] = _money("合理超支", ge=0)
    payment: Series[str] = _column("付费方式", "code", PAYMENTS, nullable=True)
    submitted_cases: Series[float] = _number("上传病例数", ge=0)
    grouped_cases: Series[float] = _number("入组病例数", ge=0)
    operations: Series[float] = _number("手术台次", ge=0)
    major_operations: Series[float] = _number("三四级手术台次", ge=0)

    class Config:
        """Key of the table."""

        name = "settlements"
        unique = ["unit_id", "year", "scheme"]


class Supervision(pa.DataFrameModel):
    """What the supervision of a fund did and found in a year; institutions, checks and money.

    What checks find (`violations_found`, of which `recovered` came back), what institutions
    return of themselves before (`self_returned`), and what the audit of claims keeps from being
    paid (`refused`) or has returned (`audit_returned`) stand apart: none is a part of another.
    """

    unit_id: Series[str] = _unit_id()
    year: Series[int] = _year()
    scheme: Series[str] = _scheme(default=ALL_SCHEMES)
    institutions: Series[float] = _number("定点机构数", ge=0)
    institutions_checked: Series[float] = _number("受检机构数", ge=0)
    checks: Series[float] = _number("检查次数", ge=0)
    institutions_violating: Series[float] = _number("违规机构数", ge=0)
    violations_found: Series[pd.Int64Dtype] = _money("查出违规金额", ge=0)
    recovered: Series[pd.Int64Dtype] = _money("追回金额", ge=0)
    self_returned: Series[pd.Int64Dtype] = _money("自查退回金额", ge=0)
    refused: Series[pd.Int64Dtype] = _money("审核拒付金额", ge=0)
    audit_returned: Series[pd.Int64Dtype] = _money("审核退回金额", ge=0)
    disputes: Series[float] = _number("争议件数", ge=0)
    disputes_upheld: Series[float] = _number("争议成立件数", ge=0)

    class Config:
        """Key of the table."""

        name = "supervision"
        unique = ["unit_id", "year", "scheme"]


class DiseaseGroups(pa.DataFrameModel):
    """Cases and cost of each disease group (DRG, DIP or diagnosis); money.

    `basis` names the version of the grouper: groups of two versions are not compared.
    """

    unit_id: Series[str] = _unit_id()
    year: Series[int] = _year()
    scheme: Series[str] = _scheme()
    group: Series[str] = _column("病组编码", "id", str_length={"min_value": 1, "max_value": 64})
    group_name: Series[str] = _text("病组名称")
    cases: Series[float] = _number("病例数", ge=0)
    cost: Series[pd.Int64Dtype] = _money("医疗费用", ge=0)
    fund_paid: Series[pd.Int64Dtype] = _money("基金支付", ge=0)
    drug_cost: Series[pd.Int64Dtype] = _money("药品费用", ge=0)
    bed_days: Series[float] = _number("住院床日", ge=0)
    basis: Series[str] = _text("统计口径")

    class Config:
        """Key of the table."""

        name = "disease_groups"
        unique = ["unit_id", "year", "scheme", "group"]


class Refills(pa.DataFrameModel):
    """Refills of chronic patients by disease: how often, and for how many days at once (R4)."""

    unit_id: Series[str] = _unit_id()
    year: Series[int] = _year()
    scheme: Series[str] = _scheme()
    disease: Series[str] = _column("病种编码", "id", str_length={"min_value": 1, "max_value": 64})
    disease_name: Series[str] = _text("病种名称")
    patients: Series[float] = _number("慢病患者数", ge=0)
    fills: Series[float] = _number("配药次数", ge=0)
    days_supplied: Series[float] = _number("配药天数", ge=0)
    longest_days: Series[float] = _number("单次最长天数", ge=0)

    class Config:
        """Key of the table."""

        name = "refills"
        unique = ["unit_id", "year", "scheme", "disease"]


class Populations(pa.DataFrameModel):
    """Persons, cost and fund payments by band of cost and by group of people; money.

    `dimension` says which of the two a row is of; the segments of one dimension make up a whole.
    """

    unit_id: Series[str] = _unit_id()
    year: Series[int] = _year()
    scheme: Series[str] = _scheme()
    dimension: Series[str] = _column("分析维度", "code", DIMENSIONS)
    segment: Series[str] = _column("分段", "id", str_length={"min_value": 1, "max_value": 64})
    persons: Series[float] = _number("人数", ge=0)
    cost: Series[pd.Int64Dtype] = _money("医疗费用", ge=0)
    fund_paid: Series[pd.Int64Dtype] = _money("基金支付", ge=0)
    basis: Series[str] = _text("统计口径")

    class Config:
        """Key of the table."""

        name = "populations"
        unique = ["unit_id", "year", "scheme", "dimension", "segment"]


class Screening(pa.DataFrameModel):
    """Settlement records that each screening rule judged and flagged (R24); money."""

    unit_id: Series[str] = _unit_id()
    year: Series[int] = _year()
    scheme: Series[str] = _scheme(default=ALL_SCHEMES)
    rule: Series[str] = _column("筛查规则", "code", SCREENING_RULES)
    records: Series[float] = _number("可判断记录数", ge=0)
    flagged: Series[float] = _number("筛出记录数", ge=0)
    cost_flagged: Series[pd.Int64Dtype] = _money("筛出费用", ge=0)

    class Config:
        """Key of the table."""

        name = "screening"
        unique = ["unit_id", "year", "scheme", "rule"]


class Measures(pa.DataFrameModel):
    """Supplied values that a policy may score like any indicator; fractions, not percent."""

    unit_id: Series[str] = _unit_id()
    year: Series[int] = _year()
    measure: Series[str] = _column("指标代码", "id")
    value: Series[float] = _rate("指标值")
    baseline: Series[float] = _rate("基线值")
    note: Series[str] = _text("备注")

    class Config:
        """Key of the table."""

        name = "measures"
        unique = ["unit_id", "year", "measure"]


class Incidents(pa.DataFrameModel):
    """What counts against a unit in a scorecard: how often it happened, and was put right since.

    What an incident takes off a score, or how long it counts, the policy says (`deductions`).
    """

    unit_id: Series[str] = _unit_id()
    year: Series[int] = _year()
    incident: Series[str] = _column("事项代码", "id")
    times: Series[float] = _number("次数", ge=0)
    repaired: Series[float] = _number("已修复次数", ge=0)
    note: Series[str] = _text("备注")

    class Config:
        """Key of the table."""

        name = "incidents"
        unique = ["unit_id", "year", "incident"]


class Context(pa.DataFrameModel):
    """Economic conditions of a unit: growth as fractions, the income forecast as money.

    `scheme` is `all` for what holds for every scheme; income is earmarked, so a forecast
    may stand on a row of its scheme.

    `usable_balance` is the part of a fund's balance that may be spent in the year (R9);
    `budget_float` is what the growth of a region under economic stress moves up or down by in
    that year, in percentage points as a fraction (R8); `project_envelope` is what the
    unit's projects may take of the year's budget (R25).
    """

    unit_id: Series[str] = _unit_id()
    year: Series[int] = _year()
    scheme: Series[str] = _scheme(default=ALL_SCHEMES)
    gdp_growth: Series[float] = _rate("GDP增速", ge=-1, le=1)
    cpi: Series[float] = _rate("CPI涨幅", ge=-1, le=1)
    population: Series[float] = _number("人口", ge=0)
    aged_share: Series[float] = _rate("老龄人口占比", ge=0, le=1)
    technology_growth: Series[float] = _rate("技术成本增速", ge=-1, le=1)
    income_forecast: Series[pd.Int64Dtype] = _money("预计收入", ge=0)
    reserve_rate: Series[float] = _rate("风险储备率", ge=0, lt=1)
    usable_balance: Series[pd.Int64Dtype] = _money("可动用结余", ge=0)
    budget_float: Series[float] = _rate("增幅浮动", ge=-1, le=1)
    project_envelope: Series[pd.Int64Dtype] = _money("项目预算总额", ge=0)

    class Config:
        """Key of the table."""

        name = "context"
        unique = ["unit_id", "year", "scheme"]


class Projects(pa.DataFrameModel):
    """The project library (R25): what is asked for a budget year, and what came of the last one.

    `approved`, `spent` and the benefits are those of the year before, in `benefit_unit`; in
    place of two figures the rate of `achievement` may be stated. `appraisal` is the score, 0 to
    100, of the review that precedes a new project. `overlaps_with` is another project of the year.
    """

    unit_id: Series[str] = _unit_id()
    year: Series[int] = _year()
    project_id: Series[str] = _column(
        "项目编码", "id", str_length={"min_value": 1, "max_value": 64}
    )
    project: Series[str] = _column("项目名称", "text")
    category: Series[str] = _column("项目类别", "code", PROJECT_CATEGORIES)
    stage: Series[str] = _column("项目性质", "code", PROJECT_STAGES)
    requested: Series[pd.Int64Dtype] = _money("申报金额", ge=0)
    approved: Series[pd.Int64Dtype] = _money("上年批复数", ge=0)
    spent: Series[pd.Int64Dtype] = _money("上年执行数", ge=0)
    expected_benefit: Series[float] = _number("预期效益", ge=0)
    measured_benefit: Series[float] = _number("实际效益", ge=0)
    benefit_unit: Series[str] = _text("效益单位")
    achievement: Series[float] = _rate("效益达成率", ge=0)
    appraisal: Series[float] = _number("事前评估得分", ge=0, le=100)
    overlaps_with: Series[str] = _column("重复项目编码", "id", nullable=True)

    class Config:
        """Key of the table."""

        name = "projects"
        unique = ["year", "project_id"]


Table = type[pa.DataFrameModel]
TABLES: dict[str, Table] = {
    "units": Units,
    "budgets": Budgets,
    "monthly": Monthly,
    "purchases": Purchases,
    "services": Services,
    "funds": Funds,
    "settlements": Settlements,
    "supervision": Supervision,
    "disease_groups": DiseaseGroups,
    "refills": Refills,
    "populations": Populations,
    "screening": Screening,
    "measures": Measures,
    "incidents": Incidents,
    "context": Context,
    "projects": Projects,
}
REQUIRED_TABLES = ("units", "budgets")

CHINESE_NAMES = {
    "units": "单位",
    "budgets": "预算执行",
    "monthly": "月度执行",
    "purchases": "采购日报",
    "services": "医疗服务",
    "funds": "基金收支",
    "settlements": "年度清算",
    "supervision": "基金监管",
    "disease_groups": "病组",
    "refills": "慢病续方",
    "populations": "费用段与人群",
    "screening": "筛查结果",
    "measures": "补充指标",
    "incidents": "扣分事项",
    "context": "环境参数",
    "projects": "项目库",
}
# Headers of everyday forms that hold nothing to evaluate, and why; a table that has such a
# column itself reads it.
NOT_READ = {
    **dict.fromkeys(("序号", "行次", "编号", "no."), "number"),
    **dict.fromkeys(("备注", "remark", "remarks"), "remark"),
    **dict.fromkeys(("单位名称", "机构名称", "医疗机构名称", "科室名称", "name"), "name"),
    **dict.fromkeys(("执行率", "预算执行率", "执行进度", "execution_rate"), "computed"),
    **dict.fromkeys(("分值", "得分"), "computed"),
}
# What a sheet or a file may be called -> the table it holds.
TABLE_NAMES = {name: name for name in TABLES} | {zh: name for name, zh in CHINESE_NAMES.items()}


@cache
def columns_of(table: str) -> Mapping[str, Column]:
    """Return the columns of a table by name, in their order.

    Examples
    --------
    >>> columns_of("budgets")["executed"].zh
    '执行数'
    """
    fields = TABLES[table].to_schema().columns.items()
    return {
        name: replace((each.metadata or {})[_COLUMN], nullable=each.nullable)
        for name, each in fields
    }


@cache
def key_of(table: str) -> list[str]:
    """Return the columns by which the rows of a table are told apart.

    Examples
    --------
    >>> key_of("budgets")
    ['unit_id', 'year', 'scheme']
    """
    return list(TABLES[table].to_schema().unique or ())


def called_table(*tables: str) -> Named:
    """Return what each language calls some tables.

    Examples
    --------
    >>> called_table("units", "budgets")
    Named(zh='单位、预算执行', en='units, budgets')
    """
    return Named("、".join(CHINESE_NAMES[name] for name in tables), ", ".join(tables))


def called_column(table: str, *names: str) -> Named:
    """Return what each language calls some columns of a table.

    Examples
    --------
    >>> called_column("budgets", "executed")
    Named(zh='执行数', en='executed')
    """
    columns = columns_of(table)
    zh = (columns[name].zh if name in columns else name for name in names)
    return Named("、".join(zh), ", ".join(names))


def columns_of_role(table: str, *roles: Role) -> list[str]:
    """Return the columns of a table whose role is one of those given, such as `money`."""
    return [name for name, column in columns_of(table).items() if column.role in roles]
