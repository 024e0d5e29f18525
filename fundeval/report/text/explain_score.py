"""How a score and its grade came about: points of domains, shares of 100, coverage, band.

Each line with an equals sign is a sum that a calculator can do again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import fsum
from typing import NamedTuple

from fundeval.indicator_registry import plain
from fundeval.money import exact
from fundeval.policy.curves import FULL, SCORE_DECIMALS
from fundeval.policy.model import DomainRule
from fundeval.report.text.arithmetic import number
from fundeval.report.text.cited_rules import cite_entry
from fundeval.report.text.explain import input_line
from fundeval.report.text.explain_actions import CARD, explain_actions
from fundeval.report.unit_view import SCHEMES, View, certain
from fundeval.results.rows import DeductionRow, DomainRow, GradeRow, IncidentInput, ScoreRow

# The rules that a score rests on beside those of its indicators.
PARAMETERS = (
    "domain_rules", "minimum_coverage", "minimum_domains", "deductions", "grade_bands",
)  # fmt: skip
# The incident that the two-year rule makes, of the year alone and in no table.
RESTRICTED = "restricted"


class ScoredDomain(NamedTuple):
    """A domain that the unit is scored by: its indicators, and the policy's rule for it."""

    id: str
    title: str
    rows: list[ScoreRow]
    rule: DomainRule

    @property
    def judged(self) -> list[ScoreRow]:
        """Its indicators that have points."""
        return [row for row in self.rows if row.points is not None]

    @property
    def has_enough(self) -> bool:
        """Whether as many of its indicators are judged as the policy asks."""
        return len(self.judged) >= self.rule.minimum_judged

    @property
    def earns_nothing(self) -> bool:
        """Whether it keeps its weight with 0 points, for too few judged indicators."""
        return not self.has_enough and self.rule.missing == "zero"

    def staying(self, view: View) -> list[ScoreRow]:
        """Return its indicators without points whose weight stays with the others here."""
        if not self.has_enough:
            return []
        return [row for row in self.rows
                if row.points is None and _when_missing(view, row) == "spread_domain"]  # fmt: skip


def explain_score(view: View) -> list[str]:
    """Return how the unit's score in the evaluated year came about, line by line.

    Returns
    -------
    list of str
        A title; for each domain its indicators with their points and, summed, points and weight;
        then what each has of the unit's 100 after spreading, the points out of that, the score
        as their sum, coverage and grade band; the rules used with their sources. A domain that
        does not count is told with its reason. Without a score there is the reason, and no sum
        of the domains.
    """
    say = view.messages.say
    title = say("explain.score_of", year=view.year)
    if view.card:
        title = say("explain.score_of_card", card=view.messages.card(view.card), title=title)
    domains, graded = scored_domains(view), view.grade()
    if graded is None or not domains:
        return [title, view.messages.cannot(graded.reason if graded else "not_scored")]
    lines = [line for domain in domains for line in _indicators(view, domain)]
    lines += [*_shares(view, domains), *_total(view, graded)]
    lines += [*_coverage(view, domains, graded), *_grade(view, graded)]
    return [title, *lines, *_calls(view, graded), *_sources(view)]


def _calls(view: View, graded: GradeRow) -> list[str]:
    """Return what the grade calls for where it is the lowest; that of a single fund, nothing."""
    if graded.grade != view.policy.lowest_grade or view.card in SCHEMES:
        return []
    return explain_actions(view, CARD if view.card else "lowest_grade")


def domain_names(view: View) -> dict[str, str]:
    """Return the titles of the domains in the order of the policy."""
    named = view.policy.domains
    order = dict.fromkeys(view.policy.rule(name).domain for name in view.policy.rules)
    return {domain: named[domain][view.messages.lang] for domain in order}


def scored_domains(view: View) -> list[ScoredDomain]:
    """Return the domains that the unit is scored by, in the order of the policy."""
    return [
        ScoredDomain(domain, title, rows, view.policy.domain(domain))
        for domain, title in domain_names(view).items()
        if (rows := view.own(ScoreRow, domain=domain))
    ]


def left_out(view: View, domain: ScoredDomain) -> str:
    """Say that a domain has too few judged indicators, and what becomes of it."""
    return view.messages.say(
        "domains.left_out",
        name=domain.title,
        judged=len(domain.judged),
        least=domain.rule.minimum_judged,
        after=view.messages.say(f"value.domain.{domain.rule.missing}"),
    )


def _when_missing(view: View, row: ScoreRow) -> str:
    return view.policy.rule(row.indicator).missing


def _indicators(view: View, domain: ScoredDomain) -> list[str]:
    """Return the indicators of a domain, its sums, or why it does not count."""
    lines = [domain.title, *(_indicator(view, domain, row) for row in domain.rows)]
    if domain.earns_nothing:
        lines += [left_out(view, domain), _added(view, domain, "kept", domain.rows)]
    elif not domain.has_enough:
        lines.append(left_out(view, domain))
    else:
        earned = [certain(row.points) for row in domain.judged]
        lines.append(_line(view, domain, "earned", earned))
        lines.append(_added(view, domain, "judged", domain.judged))
        if staying := domain.staying(view):
            lines.append(_added(view, domain, "kept", [*domain.judged, *staying]))
    return lines


def _indicator(view: View, domain: ScoredDomain, row: ScoreRow) -> str:
    told = {"name": view.messages.indicator(row.indicator), "weight": plain(row.max)}
    if row.points is not None:
        return view.messages.say("explain.score.points", points=plain(row.points), **told)
    why = view.messages.cannot(row.reason)
    if domain.has_enough:
        after = view.messages.say(f"when_missing.{_when_missing(view, row)}")
        why = view.messages.join([why, after])
    return view.messages.say("explain.score.missing", why=why, **told)


def _added(view: View, domain: ScoredDomain, what: str, rows: Iterable[ScoreRow]) -> str:
    return _line(view, domain, what, [row.max for row in rows])


def _line(view: View, domain: ScoredDomain, what: str, terms: Sequence[float]) -> str:
    label = view.messages.say(f"explain.score.{what}", name=domain.title)
    return f"{label}: {_sum(terms)} = {plain(fsum(terms))}"


def _sum(terms: Iterable[float]) -> str:
    return " + ".join(map(plain, terms))


def _shares(view: View, domains: list[ScoredDomain]) -> list[str]:
    """Return what each domain that counts has of the unit's 100, and its points out of that."""
    found = {row.domain: row for row in view.own(DomainRow)}
    counting = [domain for domain in domains if domain.id in found]
    if not counting:
        return []
    kept = {domain.id: _kept(view, domain) for domain in counting}
    whole = plain(fsum(kept.values()))
    say = view.messages.say
    lines = [f"{say('explain.score.whole')}: {_sum(kept.values())} = {whole}"]
    for domain in counting:
        row = found[domain.id]
        share = f"{plain(kept[domain.id])} / {whole} * {FULL:g} = {plain(row.max)}"
        lines.append(f"{say('explain.score.share', name=domain.title)}: {share}")
        # A domain of weight 0, or with too few judged indicators, earns nothing.
        earned = "0"
        if domain.has_enough and kept[domain.id] > 0:
            points = plain(fsum(certain(each.points) for each in domain.judged))
            weight = plain(fsum(each.max for each in domain.judged))
            earned = f"{points} / {weight} * {plain(row.max)}"
        lines.append(
            f"{say('explain.score.domain', name=domain.title)}: {earned} = {plain(row.points)}"
        )
    return lines


def _kept(view: View, domain: ScoredDomain) -> float:
    """Return the weight that a domain keeps: of what is judged, and of what stays with it."""
    rows = domain.rows if domain.earns_nothing else [*domain.judged, *domain.staying(view)]
    return fsum(row.max for row in rows)


def _total(view: View, graded: GradeRow) -> list[str]:
    """Return the sum of the domains and what incidents take off it, where there is a score."""
    if graded.score is None:
        return []
    own = {row.domain: row.points for row in view.own(DomainRow)}
    points = [own[domain] for domain in domain_names(view) if domain in own]
    summed = _sum(points)
    # The sum of rounded points may lie a hair above.
    shown = summed if fsum(points) <= FULL else f"min({FULL:g}, {summed})"
    say, total = view.messages.say, min(FULL, round(fsum(points), SCORE_DECIMALS))
    deductions = [row for row in view.own(DeductionRow, card=view.card) if row.points]
    if not deductions:
        return [f"{say('explain.score.total')}: {shown} = {plain(graded.score)}"]
    lines = [f"{say('explain.score.before')}: {shown} = {plain(total)}"]
    lines += [line for row in deductions for line in _deduction(view, row)]
    less = f"max(0, {plain(total)} - {plain(certain(graded.deducted))})"
    return [*lines, f"{say('explain.score.total')}: {less} = {plain(graded.score)}"]


def _deduction(view: View, row: DeductionRow) -> list[str]:
    """Return the rows of incidents of a kind, how often they count, the points they take off."""
    rule = view.policy.deduction(row.incident)
    times, repaired, counting = map(certain, (row.times, row.repaired, row.counting))
    left = f"{plain(times)} - {plain(repaired)} * (1 - {plain(rule.repaired)})"
    shown = f"({left}) * {plain(rule.points)}"
    if rule.most is not None:
        shown = f"min({plain(rule.most)}, {shown})"
    name = view.messages.code("incident.", row.incident)
    told = view.messages.say("explain.score.deducted", name=name, times=plain(counting))
    lines = [input_line(view, each, ("times", "repaired")) for each in counted_rows(view, row)]
    return [*lines, f"{told}: {shown} = {plain(certain(row.points))}"]


def counted_rows(view: View, row: DeductionRow) -> list[IncidentInput]:
    """Return the rows of incidents of a kind that count in the year; none of a restriction."""
    if row.incident == RESTRICTED:
        return []
    years = view.policy.deduction(row.incident).years
    stated = view.own(IncidentInput, incident=row.incident)
    return [each for each in stated if 0 <= view.year - each.year < years]


def _coverage(view: View, domains: list[ScoredDomain], graded: GradeRow) -> list[str]:
    """Return the judged share of the weight and the judged domains, with what is asked."""
    judged = fsum(row.max for domain in domains if domain.has_enough for row in domain.judged)
    stated = fsum(row.max for domain in domains for row in domain.rows)
    asked, least = (view.policy.limit(f"minimum_{name}") for name in ("coverage", "domains"))
    share = view.numbers.percent(graded.coverage, asked)
    told = {"judged": plain(judged), "weight": plain(stated), "share": share}
    lines = [
        view.messages.say("explain.score.coverage", least=f"{number(exact(asked) * 100)}%", **told)
    ]
    if least > 0:
        found = sum(domain.has_enough for domain in domains)
        lines.append(view.messages.say("explain.score.domains", found=found, least=plain(least)))
    return lines


def _grade(view: View, graded: GradeRow) -> list[str]:
    """Return the grade with its band, or why there is no score."""
    say = view.messages.say
    if graded.score is None:
        return [say("explain.score.none", why=view.messages.cannot(graded.reason))]
    score = plain(graded.score)
    if graded.veto:
        name = view.messages.code("incident.", graded.veto)
        grade = view.messages.code("grade.", graded.grade)
        return [say("explain.score.capped", score=score, name=name, grade=grade)]
    for band in view.policy.parameters["grade_bands"]["value"]:
        start, end = band["from"], band.get("to")
        if start <= graded.score and (end is None or graded.score < end):
            grade = view.messages.code("grade.", band["result"])
            told = {"grade": grade, "score": score, "start": plain(start)}
            if end is None:
                return [say("explain.score.top_grade", **told)]
            return [say("explain.score.grade", end=plain(end), **told)]
    return [say("explain.score.no_grade", score=score)]


def _sources(view: View) -> list[str]:
    """Return the rules that a score rests on, each in words with its source."""
    stated = view.policy.parameters
    return [
        cite_entry(view, entry)
        for name in PARAMETERS
        if (entry := stated.get(name)) and entry["value"]
    ]
