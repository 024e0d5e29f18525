"""The first screen: who, which year, by which rules, and what came out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest

from fundeval.report.format.html_fragments import Html, render
from fundeval.report.sections.ways import ways
from fundeval.report.tables.cells import capped, grade_text, score_text
from fundeval.report.text.explain_actions import lowest_cards
from fundeval.report.unit_view import ALL, View
from fundeval.results.frames import STATES
from fundeval.results.rows import BudgetStepRow, StatesRow

# The chapter or section that says more of a fact.
PLACES = {
    "grade": "conclusion",
    "execution": "execution",
    "restriction": "restriction",
    "budget": "bridge",
}
# What the first screen says of one question: a figure, and a detail or nothing.
Said = tuple[str, str]


def verdict(view: View) -> Html:
    """Return the heading of the report, the banner, the verdict in a sentence and in figures."""
    unit = view.unit
    said = {
        "grade": _grade(view), "execution": _execution(view),
        "restriction": _restriction(view), "budget": _budget(view),
    }  # fmt: skip
    words = {key: _words(view, *answer) for key, answer in said.items()}
    return first_screen(
        view,
        [
            (view.messages.say(f"fact.{key}", year=view.year + 1), *answer)
            for key, answer in said.items()
        ],
        places=[PLACES[key] for key in said],
        title=view.messages.say("verdict.title", name=unit.name, year=view.year),
        sentence=view.messages.sentences(
            [view.messages.say("verdict.sentence", year=view.year, **words), *_lowest(view)]
        ),
        subject=view.messages.say(
            "verdict.subject",
            kind=view.messages.code("kind.", unit.kind),
            level=f"{view.messages.code('level.', unit.level)} " if unit.level else "",
            unit_id=unit.unit_id,
            above=" › ".join([*view.ancestors(), unit.name]),
        ),
    )


def overview(view: View) -> Html:
    """Return the first screen over all units: how many were judged, with which grade."""
    grades, units = view.evaluation.grades, view.evaluation.units.set_index("unit_id")
    scored = grades[grades["reason"] != "not_scored"].fillna({"grade": "none"})
    kinds = scored["unit_id"].map(units["kind"])
    facts = []
    for kind in ("region", "hospital", "department"):
        counts = Counter(scored.loc[kinds == kind, "grade"])
        # The grades from the best down, and those without one.
        names = {
            grade: view.messages.code("grade.", grade) for grade in [*view.policy.grades][::-1]
        }
        names["none"] = view.messages.say("grade.none")
        detail = view.messages.say("report.comma").join(
            f"{name} {counts[grade]}" for grade, name in names.items()
        )
        facts.append((view.messages.code("kind.", kind), str(counts.total()), detail))
    return first_screen(
        view,
        facts,
        title=view.messages.say("overview.title", name=view.run_name, year=view.year),
        sentence=view.messages.say("overview.sentence"),
        of_run=True,
    )


def first_screen(  # noqa: PLR0913
    view: View,
    facts: Sequence[tuple[str, str, str]],
    title: str,
    sentence: str,
    subject: str = "",
    *,
    places: Sequence[str] = (),
    of_run: bool = False,
) -> Html:
    """Return the banner, the title, the verdict in a sentence, the facts, and by what rules.

    A fact is its name, a figure, and a detail or nothing. `places` are the ids of the headings
    that the facts lead to; `of_run` tells that the report is on the whole run, not on a unit.
    """
    dataset = view.evaluation.about["dataset"]
    about = view.messages.say(
        "verdict.about",
        policy=view.policy.title[view.messages.lang],
        dataset=dataset["title"][view.messages.lang],
        year=view.year,
    )
    return render(
        "verdict.html.j2",
        synthetic=dataset["synthetic"],
        banner=view.messages.say("verdict.invented" if dataset["synthetic"] else "verdict.real"),
        title=title,
        sentence=sentence,
        facts=[(*fact, place) for fact, place in zip_longest(facts, places, fillvalue="")],
        ways=ways(view, of_run),
        about=" ".join(part for part in (subject, about) if part),
    )


def _words(view: View, figure: str, detail: str) -> str:
    return view.messages.say("verdict.detail", figure=figure, detail=detail) if detail else figure


def _unknown(view: View, reason: str | None) -> Said:
    return view.messages.say("grade.none"), view.messages.reason(reason)


def _grade(view: View) -> Said:
    row = view.grade()
    if row is None or row.grade is None:
        return _unknown(view, row.reason if row else "no_data")
    score = view.messages.say("fact.score", score=score_text(view, row.score))
    if row.coverage is not None and row.coverage < 1:
        coverage = view.numbers.percent(row.coverage, 1)
        score = view.messages.say("fact.partial", score=score, coverage=coverage)
    cap = capped(view, row.veto)
    detail = view.messages.say("report.comma").join([score, cap] if cap else [score])
    if row.stability is not None:
        stability = view.numbers.percent(row.stability, 0, 1, digits=0)
        detail = view.messages.say("fact.firm_score", score=detail, stability=stability)
    return view.messages.code("grade.", row.grade), detail


def _lowest(view: View) -> list[str]:
    """Return a sentence for each further scorecard that gives the unit the lowest grade."""
    return [
        view.messages.say(
            "scorecards.verdict",
            card=view.messages.card(row.card),
            score=score_text((of := view.of_card(row.card)), row.score),
            grade=grade_text(of, row),
        )
        for row in lowest_cards(view, view.unit_id)
    ]


def _execution(view: View) -> Said:
    floor = view.policy.limit("execution_floor")
    row = view.row("execution_rate", view.year)
    if row is None or row.value is None:
        return _unknown(view, row.reason if row else "no_data")
    against = "below" if row.value < floor else "over" if row.value > 1 else "within"
    detail = view.messages.say(
        f"fact.execution.{against}", floor=view.numbers.percent(floor, digits=0)
    )
    return view.numbers.percent(row.value, floor, 1.0), detail


def _restriction(view: View) -> Said:
    known = view.own(StatesRow)
    if not known:
        return view.messages.say("fact.no_departments"), ""
    counts = {state: getattr(known[0], state) for state in STATES}
    if view.unit.kind == "department":
        return view.messages.code("state.", max(counts, key=counts.__getitem__)), ""
    judged = sum(counts.values()) - counts["undetermined"]
    detail = view.messages.say("fact.departments", count=sum(counts.values()), **counts)
    figure = "fact.restricted" if judged else "grade.none"
    return view.messages.say(figure, count=counts["restricted"]), detail


def _budget(view: View) -> Said:
    """Return next year's budget over all schemes and its change on the base, or why not."""
    rows = {row.step: row for row in view.own(BudgetStepRow, scheme=ALL)}
    following, base = rows.get("next_budget"), rows.get("base")
    if following is None or following.amount is None:
        return _unknown(view, following.reason if following else "no_data")
    change = following.amount / base.amount - 1 if base and base.amount else None
    return view.numbers.money(following.amount), view.messages.say(
        "fact.change", change=view.numbers.change(change)
    )
