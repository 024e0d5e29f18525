"""The first screen: who, which year, by which rules, and what came out."""

from __future__ import annotations

import pandas as pd

from fundeval.report import numbers
from fundeval.report.numbers import missing
from fundeval.report.pieces import Html, render
from fundeval.report.view import View

ALL = "all"
GRADES = ("excellent", "good", "fair", "poor", "none")


def verdict(view: View) -> Html:
    """Return the heading of the report, the banner, the verdict in a sentence and in figures."""
    unit, dataset = view.unit, view.evaluation.about["dataset"]
    facts = [_grade(view), _execution(view), _restriction(view), _budget(view)]
    return render(
        "verdict.html.j2",
        synthetic=dataset["synthetic"],
        banner=view.say("verdict.invented" if dataset["synthetic"] else "verdict.real"),
        title=view.say("verdict.title", name=unit["name"], year=view.year),
        sentence=view.say(
            "verdict.sentence",
            **{fact["key"]: _words(view, fact) for fact in facts},
            year=view.year,
        ),
        facts=facts,
        about=view.say(
            "verdict.about",
            kind=view.say(f"kind.{unit['kind']}"),
            level="" if pd.isna(unit["level"]) else view.say(f"level.{unit['level']}") + " ",
            unit_id=unit["unit_id"],
            above=" › ".join([*view.ancestors(), str(unit["name"])]),
            policy=view.policy["title"][view.lang],
            dataset=dataset["title"][view.lang],
            year=view.year,
        ),
    )


def overview_verdict(view: View) -> Html:
    """Return the first screen over all units: how many were judged, with which grade."""
    dataset, grades = view.evaluation.about["dataset"], view.evaluation.grades
    scored = grades[grades["reason"] != "not_scored"].fillna({"grade": "none"})
    scored = scored.merge(view.evaluation.units[["unit_id", "kind"]], on="unit_id")
    facts = []
    for kind in ("region", "hospital", "department"):
        counts = scored.loc[scored["kind"] == kind, "grade"].value_counts()
        each = {grade: counts.get(grade, 0) for grade in GRADES}
        detail = view.say("overview.grades", **each)
        facts.append(_fact(kind, view.say(f"kind.{kind}"), str(counts.sum()), detail))
    return render(
        "verdict.html.j2",
        synthetic=dataset["synthetic"],
        banner=view.say("verdict.invented" if dataset["synthetic"] else "verdict.real"),
        title=view.say("overview.title", name=view.unit["name"], year=view.year),
        sentence=view.say("overview.sentence"),
        facts=facts,
        about=view.say(
            "overview.about",
            policy=view.policy["title"][view.lang],
            dataset=dataset["title"][view.lang],
            year=view.year,
        ),
    )


def next_budget(rows: pd.DataFrame) -> tuple[float | None, float | None, str | None]:
    """Return next year's budget over all schemes, its change on the base, or the reason why not.

    `rows` are one unit's rows of `budget`.
    """
    rows = rows[rows["scheme"] == ALL].set_index("step")
    if "next_budget" not in rows.index:
        return None, None, "no_data"
    amounts = rows["amount"]
    if missing(amounts["next_budget"]):
        return None, None, str(rows.loc["next_budget", "reason"])
    amount, base = float(amounts["next_budget"]), float(amounts["base"])
    return amount, amount / base - 1 if base else None, None


def _fact(key: str, name: str, figure: str, detail: str = "") -> dict[str, str]:
    return {"key": key, "name": name, "figure": figure, "detail": detail}


def _words(view: View, fact: dict[str, str]) -> str:
    if not fact["detail"]:
        return fact["figure"]
    return view.say("verdict.detail", figure=fact["figure"], detail=fact["detail"])


def _grade(view: View) -> dict[str, str]:
    name, row = view.say("fact.grade"), view.grade()
    if row is None:
        return _fact("grade", name, view.say("grade.none"), view.say("reason.no_data"))
    if pd.isna(row["grade"]):
        return _fact("grade", name, view.say("grade.none"), view.reason(row["reason"]))
    shown = view.say(
        "fact.score", score=numbers.score(row["score"], view.lang, view.grade_limits())
    )
    return _fact("grade", name, view.say(f"grade.{row['grade']}"), shown)


def _execution(view: View) -> dict[str, str]:
    floor = view.limit("execution_floor")
    rate = view.value("execution_rate", view.year)
    name = view.say("fact.execution")
    if rate is None:
        return _fact("execution", name, view.say("grade.none"))
    against = "below" if rate < floor else "over" if rate > 1 else "within"
    return _fact(
        "execution",
        name,
        numbers.percent(rate, view.lang, (floor, 1.0)),
        view.say(f"fact.execution.{against}", floor=numbers.percent(floor, view.lang, digits=0)),
    )


def _restriction(view: View) -> dict[str, str]:
    name = view.say("fact.restriction")
    states = view.states[view.states["unit_id"] == view.unit_id]
    if states.empty:
        return _fact("restriction", name, view.say("fact.no_departments"))
    counts = states.iloc[0].drop("unit_id")
    if view.unit["kind"] == "department":
        state = str(counts.astype(int).idxmax())
        return _fact("restriction", name, view.say(f"state.{state}"))
    return _fact(
        "restriction",
        name,
        view.say("fact.restricted", count=counts["restricted"]),
        view.say(
            "fact.departments",
            count=int(counts.sum()),
            watch=counts["watch"],
            undetermined=counts["undetermined"],
        ),
    )


def _budget(view: View) -> dict[str, str]:
    name = view.say("fact.next_budget", year=view.year + 1)
    amount, change, reason = next_budget(view.own("budget"))
    if amount is None:
        return _fact("budget", name, view.say("grade.none"), view.reason(reason))
    detail = view.say(
        "fact.change", change=numbers.percent(change, view.lang, limits=(0,), sign=True)
    )
    return _fact("budget", name, numbers.money(amount, view.lang, view.currency), detail)
