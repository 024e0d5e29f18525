"""What was judged and how: grade, domains, scorecard, place among peers, each calculation."""

from __future__ import annotations

from functools import partial

from fundeval.report.charts import peer_comparison, score_curve
from fundeval.report.charts.peer_comparison import QUANTILES
from fundeval.report.format.html_fragments import Html, paragraph, render, together
from fundeval.report.indicator_targets import shown, target, targets
from fundeval.report.tables.cells import capped, score_text, value_or_reason
from fundeval.report.tables.view_table import PART, TOTAL, Adds, definitions, table, why_missing
from fundeval.report.text.explain import explain
from fundeval.report.text.explain_score import (
    counted_rows,
    domain_names,
    explain_score,
    left_out,
    scored_domains,
)
from fundeval.report.unit_view import ALL, View
from fundeval.results.rows import DeductionRow, DomainRow, PeerGroupRow, ScoreRow

YEARS_SHOWN = 3


def grade(view: View) -> Html | None:
    """Return the grade in a sentence, and how firm it is."""
    row = view.grade()
    if row is None or row.reason == "not_scored":
        return None
    if row.grade is None:
        return why_missing(view, "grade", [row])
    if row.stability is None:
        return None
    stated = {
        name: view.numbers.percent(view.policy.limit(f"sensitivity_{name}"), digits=1)
        for name in ("weights", "curves")
    }
    firmness = view.messages.say(
        "grade.firmness",
        grade=view.messages.code("grade.", row.grade),
        score=score_text(view, row.score),
        draws=view.numbers.number(view.policy.limit("sensitivity_draws"), 0),
        stability=view.numbers.percent(row.stability, 0, 1, digits=0),
        **stated,
    )
    cap = capped(view, row.veto)
    told = [firmness, view.messages.sentence(cap[0].upper() + cap[1:])] if cap else [firmness]
    return paragraph(view.messages.sentences(told))


def by_weight(view: View) -> list[ScoreRow]:
    """Return the unit's rows of `scores`, the heaviest first."""
    return sorted(view.own(ScoreRow), key=lambda row: (-row.max, row.indicator))


def domains(view: View) -> Html | None:
    """Return points and weight of each domain and their sum, where it is the unit's score.

    Domains that do not count for too few judged indicators are named below.
    """
    known = {row.domain: row for row in view.own(DomainRow)}
    if not known:
        scored = view.own(ScoreRow)
        return why_missing(view, "domains", scored) if scored else None
    rows: list[tuple[str, float, float | None]]
    rows = [(title, known[domain].points, known[domain].max)
            for domain, title in domain_names(view).items() if domain in known]  # fmt: skip
    graded = view.grade()
    if graded is not None and graded.score is not None:
        sums: tuple[float, float | None]
        sums = sum(row.points for row in known.values()), sum(row.max for row in known.values())
        if graded.deducted:
            rows.append((view.messages.say("domains.before"), *sums))
            rows.append((view.messages.say("domains.deducted"), -graded.deducted, None))
            sums = graded.score, None
        rows.append((view.messages.say("domains.sum"), *sums))
    counted = sum(domain in known for domain in domain_names(view))
    # What is deducted from the sum, and what is left, come below it.
    signs = dict(zip((row[0] for row in rows), [*counted * [PART], TOTAL], strict=False))
    adds = Adds[tuple[str, float, float | None]](lambda row: signs.get(row[0], ""))
    shown = table(view, "domains", rows, {
        "domain": lambda row: row[0],
        "points": lambda row: score_text(view, row[1]),
        "max": lambda row: view.numbers.number(row[2]),
        "share": lambda row: view.numbers.percent(row[1] / row[2] if row[2] else None),
    }, adds)  # fmt: skip
    own = deductions(view) if not view.card else None
    return together(provisional(view), shown, *_left_out(view), own)


def provisional(view: View) -> Html | None:
    """Say of points without a grade that they are no score, and why there is none."""
    graded = view.grade()
    if graded is not None and graded.grade is not None:
        return None
    if all(row.points is None for row in view.own(ScoreRow)):
        return None
    reason = view.messages.reason((graded.reason if graded else "") or "no_data")
    return paragraph(view.messages.say("domains.provisional", reason=reason), "note")


def deductions(view: View) -> Html | None:
    """Return the incidents that count against the unit; that none was reported where some would."""
    rows = view.own(DeductionRow, card=view.card)
    if not rows:
        if not view.policy.parameters["deductions"]["value"]:
            return None
        stated = view.evaluation.about["inputs"]
        given = any("incidents" in file["rows"] for file in stated)
        return paragraph(view.messages.say(f"none.incidents{'' if given else '_table'}"), "note")
    return table(view, "incidents", rows, {
        "incident": lambda row: view.messages.code("incident.", row.incident),
        "incident_years": lambda row: _years(view, row),
        "times": lambda row: view.numbers.number(row.times, 0),
        "repaired": lambda row: view.numbers.number(row.repaired, 0),
        "deducted": lambda row: view.messages.cannot(row.reason) if row.points is None
        else view.numbers.number(row.points),
        "grade_cap": lambda row: view.messages.code("grade.", row.grade_cap)
        if row.grade_cap else view.messages.say("report.missing"),
    })  # fmt: skip


def _years(view: View, row: DeductionRow) -> str:
    """Return the years of incidents of a kind, each with the last year in which it counts."""
    more = view.policy.deduction(row.incident).years - 1
    years = sorted({each.year for each in counted_rows(view, row)})
    return view.messages.join(
        view.messages.say("incidents.until", year=year, until=year + more) for year in years
    ) or str(view.year)


def _left_out(view: View) -> list[Html]:
    """Name the domains that have fewer judged indicators than the policy asks."""
    return [
        paragraph(left_out(view, domain), "note")
        for domain in scored_domains(view)
        if not domain.has_enough
    ]


def scorecard(view: View) -> Html:
    """Return the scored indicators: value, the years before, target, points and peers."""
    rows = by_weight(view)
    earlier = range(view.year - 1, view.year - YEARS_SHOWN, -1)

    def before(year: int, row: ScoreRow) -> str:
        return shown(view, row.indicator, view.value(row.indicator, year, row.scheme))

    card = table(view, "scorecard", rows, {
        "indicator": lambda row: scored_name(view, row),
        str(view.year): lambda row: scored_value(view, row),
        **{str(year): partial(before, year) for year in earlier},
        "rule": lambda row: target(view, row),
        "points": lambda row: view.numbers.number(row.points),
        "max": lambda row: _weight(view, row),
        "peers": lambda row: _peers(view, row),
    })  # fmt: skip
    if not rows:
        return card
    note = paragraph(view.messages.say("scorecard.note"), "note")
    beside = any(view.peers(row.indicator, row.scheme) for row in rows)
    read = paragraph(view.messages.say("scorecard.quantiles"), "note") if beside else None
    return together(card, note, read, definitions(view, (row.indicator for row in rows)))


def peers(view: View) -> Html:
    """Return where the unit stands among units of its kind and level."""
    judged = [row for row in by_weight(view) if row.status == "ok" and row.value is not None]
    pairs = [(row, view.peers(row.indicator, row.scheme)) for row in judged]
    known = [(row, among) for row, among in pairs if among]
    if not judged:
        return why_missing(view, "compared", view.own(ScoreRow))
    if not known:
        return paragraph(
            view.messages.say("none.peers", few=int(view.policy.limit("minimum_peers")))
        )
    return peer_comparison.peer_ranges(view, known)


def derivations(view: View) -> Html:
    """Return the calculation of the score, then that of each indicator's points, folded."""
    parts: list[tuple[str, list[str], Html | None]] = [
        (
            view.messages.say(
                "derivation.summary",
                name=scored_name(view, row),
                points=view.numbers.number(row.points),
                maximum=_weight(view, row),
            ),
            explain(view, row.indicator),
            score_curve.score_curve(view, row),
        )
        for row in by_weight(view)
    ]
    if not parts:
        return paragraph(view.messages.say("none.scorecard"))
    graded = view.grade()
    score = score_text(view, graded.score if graded else None)
    whole = (view.messages.say("derivation.score", score=score), explain_score(view), None)
    return render("derivations.html.j2", parts=[whole, *parts])


def _weight(view: View, row: ScoreRow) -> str:
    """Return a weight with the decimals that it has, two at most: 10, 2.5, 4.17."""
    shown = view.numbers.number(row.max)
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def scored_name(view: View, row: ScoreRow) -> str:
    """Return the name of a scored indicator, with its scheme where it is of one."""
    name = view.messages.indicator(row.indicator)
    if row.scheme == ALL:
        return name
    return view.messages.say(
        "scorecard.by_scheme", name=name, scheme=view.messages.code("scheme.", row.scheme)
    )


def scored_value(view: View, row: ScoreRow) -> str:
    """Return the value; one that rests on too few cases with its interval, and marked."""
    if row.value is None or row.reason == "deficit":
        return value_or_reason(view, row)
    value = shown(view, row.indicator, row.value, *targets(view, row))
    if row.status == "ok":
        return value
    found = view.row(row.indicator, view.year, row.scheme)
    if found is not None and found.low is not None:
        low, high = (view.numbers.indicator(row.indicator, end) for end in (found.low, found.high))
        value = f"{value} [{low}, {high}]"
    return view.messages.because(value, row.reason)


def _peers(view: View, row: ScoreRow) -> str:
    """Return median and spread of the peers, and between which of their quantiles this lies."""
    found = view.peers(row.indicator, row.scheme)
    if found is None:
        return view.messages.say("report.missing")
    ends = {name: view.numbers.indicator(row.indicator, getattr(found, name)) for name in QUANTILES}
    place = (
        ""
        if row.value is None
        else view.messages.say("scorecard.place", place=_place(found, row.value))
    )
    return view.messages.say("scorecard.peers", count=found.count, **ends) + place


def _place(found: PeerGroupRow, value: float) -> str:
    names = QUANTILES[1:-1]
    above = [name.upper() for name in names if getattr(found, name) <= value]
    beyond = [name.upper() for name in names if getattr(found, name) > value]
    if not above:
        return f"< {beyond[0]}"
    return f"{above[-1]}–{beyond[0]}" if beyond else f"≥ {above[-1]}"
