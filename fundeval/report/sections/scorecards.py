"""Further scorecards such as credit (R17), and each fund by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from fundeval.report.format.html_fragments import Html, paragraph, render, together
from fundeval.report.sections import scores
from fundeval.report.tables.cells import grade_text, score_text
from fundeval.report.tables.view_table import table, why_missing
from fundeval.report.text.explain_score import explain_score, scored_domains
from fundeval.report.unit_view import ALL, SCHEMES, View
from fundeval.results.rows import CardGradeRow, DomainRow, GradeRow, ScoreRow, UnitRow

# Of a scorecard and kind of unit: how many units have which grade, by its title, "" for none.
Graded = tuple[str, str, Counter[str]]


def scorecards(view: View) -> Html | None:
    """Return each further scorecard of the unit: grade and history, domains, indicators,
    incidents, derivations; of a unit whose parts are graded by it, theirs, the worst first."""
    parts = [part for card in view.policy.scorecards for part in _of_card(view, card)]
    return together(*parts) if parts else None


def _is_for(view: View, card: str) -> bool:
    """Tell whether a scorecard scores units of this kind, or of a kind that its parts have."""
    policy = view.policy.scorecard(card)
    kinds = {kind for name in policy.rules for kind in policy.rule(name).weight}
    return bool(kinds & {view.unit.kind, *(unit.kind for unit in view.parts)})


def grades_counted(view: View) -> Html:
    """Return how many units have which grade, by scorecard and fund, and how many have none."""
    kinds = {unit.unit_id: unit.kind for unit in view.everyone(UnitRow)}
    groups: dict[tuple[str, str], list[CardGradeRow]] = {}
    for row in view.everyone(CardGradeRow, year=view.year):
        groups.setdefault((row.card, kinds[row.unit_id]), []).append(row)
    if not groups:
        return paragraph(view.messages.say("none.grades_counted"))
    order = [*view.policy.scorecards, *SCHEMES]
    alike: dict[tuple[str, ...], list[Graded]] = {}
    for (card, kind), rows in sorted(
        groups.items(), key=lambda item: (order.index(item[0][0]), item[0][1])
    ):
        of = view.of_card(card)
        titles = {grade: of.messages.code("grade.", grade) for grade in of.messages.grades}
        counts = Counter(titles[row.grade] if row.grade else "" for row in rows)
        alike.setdefault(tuple(dict.fromkeys(titles.values())), []).append((card, kind, counts))
    return together(*(_counted(view, titles, rows) for titles, rows in alike.items()))


def _counted(view: View, titles: Sequence[str], rows: Sequence[Graded]) -> Html:
    """Return how many units have which grade, of scorecards that have the same grades."""

    def count(title: str) -> Callable[[Graded], str]:
        return lambda row: str(row[2][title])

    return table(view, "grades_counted", rows, {
        "card": lambda row: view.messages.card(row[0]),
        "kind": lambda row: view.messages.code("kind.", row[1]),
        **{title: count(title) for title in titles},
        "no_grade": count(""),
    })  # fmt: skip


def funds_graded(view: View) -> Html:
    """Return score and grade of each fund beside the joint ones, and how they came about."""
    graded = {row.card: row for row in view.own(CardGradeRow, year=view.year)}
    funds = [scheme for scheme in SCHEMES if scheme in graded]
    if not funds:
        return why_missing(view, "funds_graded", view.own(GradeRow))
    views = [view.of_card(fund) for fund in funds]
    say = view.messages.say
    shown = table(view, "funds_graded", [*views, view], {
        "scheme": lambda of: view.messages.code("scheme.", of.card or ALL),
        "execution": lambda of: view.numbers.percent(
            view.value("execution_rate", view.year, of.card or ALL),
            view.policy.limit("execution_floor"),
        ),
        **{title: _points_of(domain) for domain, title in _domains(view)},
        "score": _score,
        "grade": _grade,
    })  # fmt: skip
    sums = [(say("scorecards.fund_sums", name=view.messages.card(of.card), score=_score(of)),
             explain_score(of), None) for of in views]  # fmt: skip
    return together(
        shown,
        paragraph(say("scorecards.funds_note"), "note"),
        paragraph(beyond, "note") if (beyond := _beyond(view, views)) else None,
        render("derivations.html.j2", parts=sums),
    )


def _beyond(view: View, funds: Sequence[View]) -> str:
    """Say why the score of all schemes is above or below that of each, "" where it is neither.

    It is made from indicators over all schemes together: one of them may be beyond those of each
    scheme, or count in the one and not in the others.
    """
    score = (grade := view.grade()) and grade.score
    known = [row.score for of in funds if (row := of.grade()) and row.score is not None]
    if score is None or not known or min(known) <= score <= max(known):
        return ""
    sign, shares = 1 if score > max(known) else -1, [_shares(of) for of in funds]
    say = view.messages.say
    joint = _shares(view)
    beyond = [
        name
        for name, share in joint.items()
        if all(name in own and sign * share > sign * own[name] for own in shares)
    ]
    apart = [name for name in joint if any(name not in own for own in shares)]
    apart += [name for name in {**shares[0], **shares[-1]} if name not in joint]
    parts = [
        say(f"scorecards.beyond.{what}", indicators=view.messages.listed(
            view.messages.indicator(name) for name in names))
        for what, names in (("above" if sign > 0 else "below", beyond), ("apart", apart))
        if names
    ]  # fmt: skip
    why = "".join(parts) or say("scorecards.beyond.weights")
    return say(f"scorecards.beyond.{'higher' if sign > 0 else 'lower'}", why=why)


def _shares(view: View) -> dict[str, float]:
    """Return the share of its weight that each judged indicator earns."""
    rows = view.own(ScoreRow)
    return {row.indicator: row.points / row.max for row in rows
            if row.points is not None and row.max}  # fmt: skip


def _of_card(view: View, card: str) -> list[Html | None]:
    years = sorted(view.own(CardGradeRow, card=card), key=lambda row: -row.year)
    below = _graded_below(view, card)
    of, title = view.of_card(card), view.messages.card(card)
    if not years and not below:
        said = view.messages.say("none.scorecards", card=title)
        return [paragraph(said)] if _is_for(view, card) else []
    if not years:
        return [below]
    verdict = view.messages.say(
        "scorecards.verdict", card=title, score=_score(of), grade=_grade(of)
    )
    history = table(of, "card_years", years, {
        "card_year": lambda row: row.year,
        "score": lambda row: score_text(of, row.score),
        "deducted": lambda row: of.numbers.number(row.deducted),
        "grade": lambda row: grade_text(of, row),
    }, card=title)  # fmt: skip
    return [
        paragraph(verdict),
        history,
        scores.domains(of),
        scores.scorecard(of),
        scores.deductions(of),
        scores.derivations(of),
        below,
    ]


def _graded_below(view: View, card: str) -> Html | None:
    """Return score and grade of the parts of a unit, the worst first, those without last."""
    ids = {unit.unit_id for unit in view.parts}
    rows = [row for row in view.everyone(CardGradeRow, card=card, year=view.year)
            if row.unit_id in ids]  # fmt: skip
    if not rows:
        return None
    of = view.of_card(card)
    rows.sort(key=lambda row: (row.score is None, row.score, row.unit_id))
    return table(of, "graded_below", rows, {
        "unit": lambda row: view.link(row.unit_id),
        "score": lambda row: score_text(of, row.score),
        "deducted": lambda row: of.numbers.number(row.deducted),
        "grade": lambda row: grade_text(of, row._replace(veto="")),
        "veto": lambda row: of.messages.code("incident.", row.veto)
        if row.veto else of.messages.say("report.missing"),
    }, card=view.messages.card(card))  # fmt: skip


def _domains(view: View) -> list[tuple[str, str]]:
    return [(domain.id, domain.title) for domain in scored_domains(view)]


def _points_of(domain: str) -> Callable[[View], str]:
    def cell(of: View) -> str:
        for row in of.own(DomainRow, domain=domain):
            return f"{of.numbers.number(row.points)} / {of.numbers.number(row.max)}"
        return of.messages.say("report.missing")

    return cell


def _score(view: View) -> str:
    row = view.grade()
    return score_text(view, row.score if row else None)


def _grade(view: View) -> str:
    row = view.grade()
    return grade_text(view, row) if row else view.messages.cannot("no_data")
