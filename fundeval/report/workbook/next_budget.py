"""Next year's budget as a calculation to follow: inputs as values, results as Excel formulas.

One sheet has a row for each unit and scheme, the other a row for each group of units that are
compared. The values that the formulas show before anybody recalculates are those of the
evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from fundeval.policy.known import WITHHOLDING
from fundeval.report.unit_view import View
from fundeval.report.workbook.result_sheet import FIRST_ROW, ResultSheet
from fundeval.results.frames import NO_GROUP

# More rows keep their values but no formulas: Excel would take minutes to compute them.
MOST_FORMULA_ROWS = 200_000
FLOAT = "regional_float"
# Before the name of a step that is a rate of the base: the columns of its rate and its amount.
RATE, GROWTH = "next.rate.", "next.growth."
KEYS = ["unit_id", "scheme"]
GROUP = ["parent_id", "kind", "scheme", "level"]
# Added, in 分, before a figure is cut to whole 分: a float may lie just below a whole number.
NOISE = 0.001


# `{column}` is the cell of the row, `{column|all}` the whole column.
UNIT_FORMULAS = {
    "next.envelope_step": "=ROUND({next.envelope}-{next.needs}-{next.added},2)",
    "next.withheld": "=ROUND({next.envelope}*({next.share}-{next.link}),2)",
    "next.wanted": (
        "={next.envelope}*{next.share}*{next.returned_numerator}/{next.returned_denominator}"
    ),
    "next.top": (
        "=IF({next.restricted}=1,"
        "MAX({next.floor},"
        f"MIN({{next.cap}},INT({{next.envelope}}*100*(1+{{next.link}})+{NOISE})/100)),"
        "{next.cap})"
    ),
    "next.factor": "=INDEX({groups.factor|all},{next.group_row})",
    "next.net_exact": (
        "=MIN(MAX({next.factor}*{next.wanted}-{next.withheld},{next.floor}-{next.envelope}),"
        "{next.top}-{next.envelope})"
    ),
    "next.net": f"=ROUND(INT({{next.net_exact}}*100+{NOISE})/100+{{next.cent}},2)",
    "next.award": "=ROUND({next.net}+{next.withheld},2)",
    "next.next_budget": "=ROUND({next.envelope}+{next.net},2)",
    "next.check": "=ROUND({next.next_budget}-{next.ours},2)",
}
MEMBERS = "SUM(INDEX({{{0}|all}},{{groups.first_row}}):INDEX({{{0}|all}},{{groups.last_row}}))"
GROUP_FORMULAS = {
    "groups.envelope": f"=ROUND({MEMBERS.format('next.part')},2)",
    "groups.withheld": f"=ROUND({MEMBERS.format('next.withheld')},2)",
    "groups.wanted": f"={MEMBERS.format('next.wanted')}",
    "groups.factor": (
        '=IF({groups.numerator}<>"",{groups.numerator}/{groups.denominator},'
        "IF({groups.wanted}=0,1,MIN({groups.most},{groups.withheld}/{groups.wanted})))"
    ),
    "groups.retained": f"=ROUND(-{MEMBERS.format('next.net')},2)",
    "groups.check": "=ROUND({groups.retained}-{groups.ours},2)",
}
# The envelope of those that take part: what Σ E of a group adds up.
UNIT_FORMULAS["next.part"] = "=IF({next.group_row}>0,{next.envelope},0)"
UNIT_COLUMNS = (
    "unit", "unit_id", "kind", "above", "scheme", "next.base",
    "next.ratchet_relief", "next.needs", "next.added", "next.envelope_step", "next.envelope",
    "next.part", "score", "grade", "next.share", "next.execution_rate", "next.link",
    "next.returned_numerator", "next.returned_denominator", "next.withheld", "next.wanted",
    "next.floor", "next.cap", "next.restricted", "next.top", "next.group_row", "next.factor",
    "next.net_exact", "next.cent", "next.net", "next.award", "next.next_budget", "next.ours",
    "next.check", "next.limit", "note",
)  # fmt: skip
GROUP_COLUMNS = (
    "above", "groups.parent_id", "kind", "scheme", "groups.level", "groups.rule",
    "groups.first_row", "groups.last_row", "groups.count", "groups.judged", "groups.envelope",
    "groups.withheld", "groups.wanted", "groups.most", "groups.numerator", "groups.denominator",
    "groups.factor", "groups.fraction", "groups.retained", "groups.ours", "groups.check", "note",
)  # fmt: skip
MONEY = (
    "next.base", "next.ratchet_relief", "next.needs",
    "next.added", "next.envelope_step", "next.envelope", "next.part", "next.withheld",
    "next.floor", "next.cap", "next.top", "next.cent", "next.net", "next.award",
    "next.next_budget", "next.ours", "next.check", "groups.envelope", "groups.withheld",
    "groups.retained", "groups.ours", "groups.check",
)  # fmt: skip
NUMBER_FORMATS = {
    **dict.fromkeys(MONEY, "money"),
    **dict.fromkeys(("next.wanted", "next.net_exact", "groups.wanted"), "exact_money"),
    **dict.fromkeys(("next.share", "next.link"), "rate"),
    "next.execution_rate": "percent",
    **dict.fromkeys(("next.factor", "groups.factor"), "exact"),
    **dict.fromkeys(
        ("next.returned_numerator", "next.returned_denominator", "next.restricted",
         "next.group_row", "groups.first_row", "groups.last_row", "groups.count", "groups.judged",
         "groups.most", "groups.numerator", "groups.denominator"),
        "count",
    ),
}  # fmt: skip


def next_budget_sheets(view: View) -> tuple[ResultSheet, ResultSheet]:
    """Return the sheet of budgets, and that of the groups they are compared in."""
    units, groups = _frames(view)
    say, money = view.messages.say, view.numbers.plain_scale.name
    titles = say("sheet.next_budget"), say("sheet.budget_groups")
    steps = (*view.policy.drivers, FLOAT)
    columns = [_unit_columns(steps), list(GROUP_COLUMNS)]
    if (units["next.added"].fillna(0) == 0).all():
        columns[0].remove("next.added")
    written = len(units) <= MOST_FORMULA_ROWS
    grown = "" if view.policy.drivers else say("bridge.no_growth")
    notes = [
        say("sheet.next_budget.note", money=money) + grown,
        say("sheet.budget_groups.note", money=money),
    ]
    if not written:
        notes = [f"{note} {say('sheet.no_formulas', most=MOST_FORMULA_ROWS)}" for note in notes]
    formulas = [
        _formulas(given, own, dict(zip(titles, columns, strict=True))) if written else {}
        for given, own in zip((_unit_formulas(steps), GROUP_FORMULAS), titles, strict=True)
    ]
    return (
        ResultSheet(titles[0], notes[0], units[columns[0]], formulas[0], _headings(view, steps)),
        ResultSheet(titles[1], notes[1], groups[columns[1]], formulas[1]),
    )


def _unit_columns(steps: Sequence[str]) -> list[str]:
    """Return the columns of the sheet of budgets, those of each step on the base among them."""
    place = UNIT_COLUMNS.index("next.ratchet_relief")
    grown = [f"{prefix}{step}" for step in steps for prefix in (RATE, GROWTH)]
    return [*UNIT_COLUMNS[:place], *grown, *UNIT_COLUMNS[place:]]


def _unit_formulas(steps: Sequence[str]) -> dict[str, str]:
    """Return the formulas of the sheet of budgets, those of each step on the base among them."""
    added = "".join(f"+{{{GROWTH}{step}}}" for step in steps)
    return {
        **{f"{GROWTH}{step}": f"=ROUND({{next.base}}*{{{RATE}{step}}},2)" for step in steps},
        "next.needs": f"=ROUND({{next.base}}{added}+{{next.ratchet_relief}},2)",
        **UNIT_FORMULAS,
    }


def _headings(view: View, steps: Sequence[str]) -> dict[str, str]:
    """Return the headings of the steps on the base, which the policy names."""
    say, money = view.messages.say, view.numbers.plain_scale.name
    return {
        f"{prefix}{step}": say(message, step=view.messages.step(step), money=money)
        for step in steps
        for prefix, message in (
            (RATE, "next.float_rate" if step == FLOAT else "next.driver_rate"),
            (GROWTH, "next.driver"),
        )
    }


def _formulas(
    templates: Mapping[str, str], own: str, sheets: Mapping[str, list[str]]
) -> dict[str, str]:
    """Put cells in place of the names of columns; `{row}` stays for the number of the row."""
    places = {"+{next.added}": "", "-{next.added}": ""} if "next.added" not in sheets[own] else {}
    for title, columns in sheets.items():
        for number, name in enumerate(columns):
            letters = xl_col_to_name(number)
            sheet = "" if title == own else f"'{title}'!"
            places[f"{{{name}|all}}"] = f"{sheet}${letters}:${letters}"
            if title == own:
                places[f"{{{name}}}"] = f"${letters}{{row}}"
    found = {}
    for column, template in templates.items():
        text = template
        for name, place in places.items():
            text = text.replace(name, place)
        found[column] = text
    return found


def _frames(view: View) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the columns of both sheets, each with the values that its formulas compute."""
    rows = view.evaluation.allocations
    rows = rows[rows["next_budget"].notna()]
    by_level = view.policy.parameters.get("evaluation_groups", {}).get("value", {})
    level = rows["level"].astype("str").where(rows["kind"].map(by_level) == "level").fillna("")
    rows = rows.assign(level=level, parent_id=rows["parent_id"].fillna(""))
    # The members of a group lie below each other.
    rows = rows.sort_values([*GROUP, "unit_id"], ignore_index=True)
    rows = rows.assign(row=range(FIRST_ROW + 1, FIRST_ROW + 1 + len(rows)))
    took_part = (rows["factor"].fillna("") != "") & rows["returned"].notna()
    rows = rows.assign(took_part=took_part & ~rows["reason"].isin(NO_GROUP))
    groups = _groups(rows)
    rows = rows.merge(groups[[*GROUP, "group_row"]], on=GROUP, how="left", validate="many_to_one")
    rows["group_row"] = rows["group_row"].where(rows["took_part"])
    units = _units(view, rows)
    # Not cut to the 分: λ is computed from it.
    wanted = units.groupby("next.group_row", dropna=True)["next.wanted"].sum()
    groups = groups.assign(group_wanted=groups["group_row"].map(wanted))
    return units, _named_groups(view, groups)


def _groups(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the groups in which money moved, or why none did, with the rows of their members."""
    compared = rows[~rows["reason"].isin(NO_GROUP) & rows["balance_rule"].isin(WITHHOLDING)]
    groups = compared.groupby(GROUP, sort=False, as_index=False, dropna=False).agg(
        first_row=("row", "min"), last_row=("row", "max"),
        rule=("balance_rule", "first"), fraction=("factor", "first"),
        bound=("limit", lambda limits: bool((limits.fillna("") != "").any())),
        **{name: (name, "first") for name in (
            "group_count", "group_judged", "group_envelope", "group_withheld", "group_wanted",
            "group_retained", "group_reason",
        )},
    )  # fmt: skip
    return groups.assign(group_row=range(FIRST_ROW + 1, FIRST_ROW + 1 + len(groups)))


def _units(view: View, rows: pd.DataFrame) -> pd.DataFrame:
    steps = view.evaluation.budget
    steps = steps[steps["scheme"].notna()].set_index([*KEYS, "step"])
    keys = pd.MultiIndex.from_frame(rows[KEYS])
    unit_names = view.evaluation.units.set_index("unit_id")["name"]
    part, code = rows["took_part"], view.messages.code
    shares = view.policy.parameters.get("withheld_share", {}).get("value", {})
    returned = [Fraction(text) if there else None for text, there in
                zip(rows["returned"], part, strict=True)]  # fmt: skip
    frame = pd.DataFrame(
        {
            "unit": rows["unit_id"].map(unit_names),
            "unit_id": rows["unit_id"],
            "kind": [code("kind.", kind) for kind in rows["kind"]],
            "above": rows["parent_id"].map(unit_names).fillna(""),
            "scheme": [code("scheme.", scheme) for scheme in rows["scheme"]],
            "next.base": _of_step(steps, keys, "base", "amount"),
            **{
                f"{prefix}{step}": _of_step(steps, keys, step, column)
                for step in (*view.policy.drivers, FLOAT)
                for prefix, column in ((RATE, "rate"), (GROWTH, "amount"))
            },
            "next.ratchet_relief": _of_step(steps, keys, "ratchet_relief", "amount"),
            "next.needs": rows["needs"],
            "next.added": (rows["desired"] - rows["needs"]).round(2),
            "next.envelope_step": (rows["envelope"] - rows["desired"]).round(2),
            "next.envelope": rows["envelope"],
            "next.part": rows["envelope"].where(part, 0.0),
            "score": rows["score"],
            "grade": [code("grade.", grade) if isinstance(grade, str) else ""
                      for grade in rows["grade"]],
            "next.share": rows["kind"].map(shares).astype("float64").where(part, 0.0),
            "next.execution_rate": rows["execution_rate"],
            "next.link": rows["link_rate"].where(part, 0.0),
            "next.returned_numerator": [float(r.numerator) if r is not None else 0.0
                                        for r in returned],
            "next.returned_denominator": [float(r.denominator) if r is not None else 1.0
                                          for r in returned],
            "next.withheld": rows["withheld"].where(part, 0.0),
            "next.floor": rows["floor"],
            "next.cap": rows["cap"],
            "next.restricted": rows["capped"].astype("float64").where(part, 0.0),
            "next.group_row": rows["group_row"],
            "next.factor": _as_floats(rows["factor"].where(part, None)),
            "next.ours": rows["next_budget"],
            "next.limit": [code("next.at_", limit) if limit else ""
                           for limit in rows["limit"].fillna("")],
            "note": [view.messages.reason(reason) for reason in rows["reason"]],
        }
    )  # fmt: skip
    return _with_results(frame, rows["net"].where(part, 0.0))


def _of_step(steps: pd.DataFrame, keys: pd.MultiIndex, step: str, column: str) -> list[float]:
    rows = steps[steps.index.get_level_values("step") == step].droplevel("step")
    return rows[column].astype("float64").reindex(keys).tolist()


def _as_floats(fractions: pd.Series) -> list[float]:
    return [float(Fraction(text)) if isinstance(text, str) and text else np.nan
            for text in fractions]  # fmt: skip


def _with_results(frame: pd.DataFrame, net: pd.Series) -> pd.DataFrame:
    """Compute what the formulas compute, in floats as Excel does, and the 分 given by remainder."""
    value = {name.removeprefix("next."): frame[name] for name in frame.columns}
    envelope, link = value["envelope"], value["link"]
    wanted = envelope * value["share"] * value["returned_numerator"] / value["returned_denominator"]
    kept = pd.Series(np.floor(envelope * 100 * (1 + link) + NOISE) / 100, frame.index)
    top = value["cap"].where(
        value["restricted"] != 1, np.maximum(value["floor"], np.minimum(value["cap"], kept))
    )
    moved = value["factor"].fillna(0.0) * wanted - value["withheld"]
    exact = moved.clip(value["floor"] - envelope).clip(upper=top - envelope)
    exact = exact.where(value["group_row"].notna())
    whole = np.floor(exact * 100 + NOISE) / 100
    return frame.assign(
        **{
            "next.wanted": wanted,
            "next.top": top,
            "next.net_exact": exact,
            "next.cent": (net - whole).round(2),
            "next.net": net,
            "next.award": (net + value["withheld"]).round(2),
            "next.next_budget": value["ours"],
            "next.check": 0.0,
        }
    )


def _named_groups(view: View, groups: pd.DataFrame) -> pd.DataFrame:
    names = view.evaluation.units.set_index("unit_id")["name"]
    code = view.messages.code
    within = groups["rule"] == "within"
    factor = pd.Series(_as_floats(groups["fraction"]), groups.index, dtype="float64")
    moves = factor.notna()
    stated = [
        Fraction(text) if there else None
        for text, there in zip(
            groups["fraction"], moves & groups["bound"].astype("bool"), strict=True
        )
    ]
    return pd.DataFrame(
        {
            "above": groups["parent_id"].map(names).fillna(""),
            "groups.parent_id": groups["parent_id"],
            "kind": [code("kind.", kind) for kind in groups["kind"]],
            "scheme": [code("scheme.", scheme) for scheme in groups["scheme"]],
            "groups.level": [code("level.", level) for level in groups["level"]],
            "groups.rule": [code("next.rule_", rule) for rule in groups["rule"]],
            "groups.first_row": groups["first_row"],
            "groups.last_row": groups["last_row"],
            "groups.count": groups["group_count"],
            "groups.judged": groups["group_judged"],
            "groups.envelope": groups["group_envelope"].where(moves),
            "groups.withheld": groups["group_withheld"].where(moves),
            "groups.wanted": groups["group_wanted"].where(moves),
            "groups.most": np.where(within, 1.0, np.nan),
            "groups.numerator": [float(f.numerator) if f is not None else np.nan for f in stated],
            "groups.denominator": [
                float(f.denominator) if f is not None else np.nan for f in stated
            ],
            "groups.factor": factor,
            "groups.fraction": groups["fraction"].fillna(""),
            "groups.retained": groups["group_retained"].where(moves),
            "groups.ours": groups["group_retained"].where(moves),
            "groups.check": pd.Series(0.0, groups.index).where(moves),
            "note": [view.messages.reason(reason) for reason in groups["group_reason"]],
        }
    )
