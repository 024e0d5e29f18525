"""The rule that is proposed for outpatient and inpatient care in columns: 门诊人次, 住院费用."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fundeval.intake.guess.comments import Comments
from fundeval.intake.guess.sheet_columns import SheetColumn
from fundeval.intake.guess.unit_rules import Key, Rule, figures_of_sheet
from fundeval.intake.guess.vocabulary import figures_of, names_of
from fundeval.intake.guess.yaml_lines import Comment, Line

# The first that a header begins with.
SETTING_WORDS = {
    "门急诊": "outpatient", "普通门诊": "outpatient", "门诊": "outpatient", "住院": "inpatient",
}  # fmt: skip
MEANINGS = {
    "人次": "visits", "人次数": "visits", "就诊人次": "visits", "就医人次": "visits",
    "出院人次": "visits", "费用": "cost", "总费用": "cost", "医疗总费用": "cost",
    "统筹支付": "fund_paid", "医保支付": "fund_paid", "基金支出": "fund_paid", "床日": "bed_days",
    "床日数": "bed_days", "药费": "drug_cost", "药品费": "drug_cost", "耗材费": "consumable_cost",
}  # fmt: skip
# So many of its columns make a table of care.
FEWEST = 2
BySetting = dict[str, dict[str, SheetColumn]]


def columns_by_setting(columns: Sequence[SheetColumn], key: Key) -> BySetting:
    """Return by setting what columns of care mean whose headers name it; {} if there are few."""
    known: Mapping[str, str] = {**names_of("services"), **MEANINGS}
    found: BySetting = {}
    for column in figures_of_sheet(columns, key):
        label = column.label.replace("/", "")
        word = next((word for word in SETTING_WORDS if label.startswith(word)), "")
        meant = known.get(label.removeprefix(word)) or known.get(label)
        if word and meant in figures_of("services") and not column.year:
            found.setdefault(SETTING_WORDS[word], {}).setdefault(str(meant), column)
    return found if sum(map(len, found.values())) >= FEWEST else {}


def rules_by_setting(
    name: str, of: BySetting, columns: Sequence[SheetColumn], key: Key, comments: Comments
) -> list[Rule]:
    """Return the rule on services, which asks for the kind of institution.

    Parameters
    ----------
    name
        The name of the source in the mapping.
    of
        What `columns_by_setting` found.
    columns
        The columns of the sheet.
    key
        Those that tell its rows apart.
    comments
        Writes the comments.
    """
    parts = [
        [
            Line("set", {"setting": setting}),
            Line("columns", [Line(each, column.name) for each, column in meant.items()]),
        ]
        for setting, meant in of.items()
    ]
    used = [column for meant in of.values() for column in meant.values()]
    left = [each.name for each in figures_of_sheet(columns, key) if each not in used]
    rule: Rule = [Line("table", "services"), Line("sources", [name])]
    rule.append(Line("set", {"care_level": "?"}, (comments.question("care_level"),)))
    rule += [Line("columns", key.lines(comments) or {}), Line("melt", parts)]
    if left:
        rule.append(Comment((comments.note("left", headers=comments.listed(left)),)))
    return [[*rule, *key.drop_lines(comments)]]
