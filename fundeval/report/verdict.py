"""The first screen: who, which year, by which rules, and what came out."""

from __future__ import annotations

import pandas as pd

from fundeval.report.numbers import missing
from fundeval.report.pieces import Html, render
from fundeval.report.view import ALL, View

GRADES = ("excellent", "good", "fair", "poor", "none")
# What the first screen says of one question: a figure, and a detail or nothing.
Said = tuple[str, str]


def verdict(view: View) -> Html:
    """Return the heading of the report, the banner, the verdict in a sentence and in figures."""
    unit = view.unit
    answers = {
        "grade": _grade, "execution": _execution, "restriction": _restriction, "budget": _budget,
    }  # fmt: skip
    facts = [
        _fact(key, view.say(f"fact.{key}", year=view.year + 1), answer(view))
        for key, answer in answers.items()
    ]
    level = "" if pd.isna(unit["level"]) else view.say(f"level.{unit['level']}") + " "
    return first_screen(
        view,
        facts,
        title=view.say("verdict.title", name=unit["name"], year=view.year),
        sentence=view.say(
            "verdict.sentence", year=view.year, **{f["key"]: _words(view, f) for f in facts}
        ),
        subject=view.say(
            "verdict.subject",
            kind=view.say(f"kind.{unit['kind']}"),
            level=level,
            unit_id=unit["unit_id"],
            above=" › ".join([*view.ancestors(), str(unit["name"])]),
        ),
    )


def overview(view: View) -> Html:
    """Return the first screen over all units: how many were judged, with which grade."""
    grades = view.evaluation.grades
    scored = grades[grades["reason"] != "not_scored"].fillna({"grade": "none"})
    scored = scored.merge(view.evaluation.units[["unit_id", "kind"]], on="unit_id")
    facts = []
    for kind in ("region", "hospital", "department"):
        counts = scored.loc[scored["kind"] == kind, "grade"].value_counts()
        detail = view.say("overview.grades", **{grade: counts.get(grade, 0) for grade in GRADES})
        facts.append(_fact(kind, view.say(f"kind.{kind}"), (str(counts.sum()), detail)))
    return first_screen(
        view,
        facts,
        title=view.say("overview.title", name=view.unit["name"], year=view.year),
        sentence=view.say("overview.sentence"),
        subject="",
    )


def first_screen(
    view: View, facts: list[dict[str, str]], title: str, sentence: str, subject: str
) -> Html:
    """Return the banner, the title, the verdict in a sentence, the facts, and by what rules."""
    dataset = view.evaluation.about["dataset"]
    about = view.say(
        "verdict.about",
        policy=view.policy["title"][view.lang],
        dataset=dataset["title"][view.lang],
        year=view.year,
    )
    return render(
        "verdict.html.j2",
        synthetic=dataset["synthetic"],
        banner=view.say("verdict.invented" if dataset["synthetic"] else "verdict.real"),
        title=title,
        sentence=sentence,
        facts=facts,
        about=" ".join(part for part in (subject, about) if part),
    )


def _fact(key: str, name: str, said: Said) -> dict[str, str]:
    return {"key": key, "name": name, "figure": said[0], "detail": said[1]}


def _words(view: View, fact: dict[str, str]) -> str:
    return view.say("verdict.detail", **fact) if fact["detail"] else fact["figure"]


def _grade(view: View) -> Said:
    row = view.grade()
    if row is None or missing(row["grade"]):
        reason = "no_data" if row is None else row["reason"]
        return view.say("grade.none"), view.reason(reason)
    detail = view.say("fact.score", score=view.score(row["score"]))
    if not missing(row["stability"]):
        stability = view.percent(row["stability"], 0, 1, digits=0)
        detail = view.say("fact.firm_score", score=detail, stability=stability)
    return view.say(f"grade.{row['grade']}"), detail


def _execution(view: View) -> Said:
    floor = view.limit("execution_floor")
    rate = view.value("execution_rate", view.year)
    if rate is None:
        row = view.row("execution_rate", view.year)
        return view.say("grade.none"), view.reason("no_data" if row is None else row["reason"])
    against = "below" if rate < floor else "over" if rate > 1 else "within"
    detail = view.say(f"fact.execution.{against}", floor=view.percent(floor, digits=0))
    return view.percent(rate, floor, 1.0), detail


def _restriction(view: View) -> Said:
    states = view.below.of(view.unit_id).states
    if states.empty:
        return view.say("fact.no_departments"), ""
    counts = states.iloc[0].drop("unit_id").astype(int)
    if view.unit["kind"] == "department":
        return view.say(f"state.{counts.idxmax()}"), ""
    detail = view.say("fact.departments", count=counts.sum(), **counts)
    return view.say("fact.restricted", count=counts["restricted"]), detail


def _budget(view: View) -> Said:
    """Return next year's budget over all schemes and its change on the base, or why not."""
    rows = view.own("budget")
    rows = rows[rows["scheme"] == ALL].set_index("step")
    if "next_budget" not in rows.index:
        return view.say("grade.none"), view.reason("no_data")
    amount, base = (rows["amount"].get(step) for step in ("next_budget", "base"))
    if missing(amount):
        return view.say("grade.none"), view.reason(rows.loc["next_budget", "reason"])
    change = amount / base - 1 if base else None
    return view.money(amount), view.say("fact.change", change=view.change(change))
