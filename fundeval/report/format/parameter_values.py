"""What a policy states in words: values of parameters and rules of scores, for whoever reads.

Reports, derivations, the page of the policy, `policy show` and the workbook all say it as here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from fundeval.policy.curves import Figure
from fundeval.policy.known import DIFFERING
from fundeval.policy.model import SHARES, IndicatorRule, ProjectPart
from fundeval.policy.varying import OTHER
from fundeval.report.format.curve_words import describe, name_figure
from fundeval.report.format.indicator_formats import NumberFormat, number_format_of
from fundeval.report.format.messages import Messages
from fundeval.tables.schemas import columns_of
from fundeval.words import has

Words = Callable[[float], str]
Points = Sequence[tuple[float, float]]
# Where the catalogue has the names of a parameter's codes.
CODES_OF = {
    "restriction_exempt_reasons": "cause.", "project_category_order": "project_category.",
    "project_category_shares": "project_category.", "projection_scenarios": "scenario.",
}  # fmt: skip
# Units of parameters with a value for each kind of unit.
BY_KIND = ("choices_by_kind", "fractions_by_kind", "returns")


def state_parameters(messages: Messages, names: Sequence[str], kind: str) -> str:
    """Return parameters with their values in words and the kind of their sources.

    Parameters
    ----------
    names
        Parameters of the policy in force; one that has no value for the kind is left out.
    kind
        The kind of unit whose values are told, where a parameter has one for each.
    """
    known = messages.parameters
    stated = []
    for name in names:
        if name not in known or not (value := value_in_words(messages, known[name], kind)):
            continue
        source = messages.code("source.", known[name]["source"]["kind"])
        title = name_parameter(messages, name)
        stated.append(messages.say("report.stated", name=title, value=value, source=source))
    return messages.join(stated)


def state_driver(messages: Messages, name: str) -> str:
    """Return a driver of growth of the policy in force in words, with the kind of its source."""
    entry = messages.parameters["growth_drivers"]
    source = messages.code("source.", entry["source"]["kind"])
    value = _driver(messages, entry["value"][name])
    return messages.say("report.stated", name=messages.step(name), value=value, source=source)


def value_in_words(messages: Messages, entry: Mapping[str, Any], kind: str = "") -> str:
    """Return what a policy states of a parameter or of an indicator's score, in words.

    Parameters
    ----------
    entry
        With the keys name, unit and value, as `Policy.describe` gives it.
    kind
        The kind of unit whose value is told, where there is one for each; without it, of all.

    Returns
    -------
    str
        An empty text where there is no value for the kind.

    Examples
    --------
    >>> entry = {"name": "onsite_check_hours", "unit": "count", "value": 24}
    >>> value_in_words(Messages("en"), entry)
    '24 hours'
    """
    name, unit, value = entry["name"], entry["unit"], entry["value"]
    if isinstance(value, dict) and "curve" in value and "domain" in value:
        return state_rule(messages, name, IndicatorRule.model_validate(value), kind)
    if unit in BY_KIND:
        stated = {one: _of_unit(messages, name, unit, value[one])
                  for one in value if kind in ("", one)}  # fmt: skip
        if kind:
            return stated.get(kind, "")
        return messages.join(
            messages.say("value.named", name=messages.code("kind.", one), value=words)
            for one, words in stated.items()
        )
    if isinstance(value, dict) and name in DIFFERING:
        return messages.by_code(
            value, lambda one: value_in_words(messages, {**entry, "value": one})
        )
    return "" if value is None else _of_unit(messages, name, unit, value)


def name_parameter(messages: Messages, name: str) -> str:
    """Return the short name of a parameter."""
    return messages.code("parameter.", name)


def cite(messages: Messages, *names: str) -> str:
    """Return parameters with their values in words and the kinds of their sources, joined.

    Raises
    ------
    KeyError
        If the policy has no such parameter, or there is no policy.
    """
    entries = (messages.parameters[name] for name in names)
    return messages.join(
        messages.say(
            "report.stated",
            name=name_parameter(messages, entry["name"]),
            value=value_in_words(messages, entry),
            source=messages.code("source.", entry["source"]["kind"]),
        )
        for entry in entries
    )


def state_rule(messages: Messages, name: str, rule: IndicatorRule, kind: str = "") -> str:
    """Return how an indicator is scored: domain, weights, curve, limits, missing values."""

    def figure(x: Figure) -> str:
        return say_figure(messages, name, x)

    weights = {one: weight for one, weight in rule.weight.items() if kind in ("", one)}
    stated = [
        messages.say("policy_text.domain", domain=messages.domain(rule.domain)),
        messages.say(
            "policy_text.weights",
            weights=messages.listed(
                messages.say("value.graded", grade=messages.code("kind.", one), value=words)
                for one, weight in weights.items()
                for words in [_weight(messages, weight)]
            )
            or messages.say("policy_text.not_scored"),
        ),
        messages.code("better.", rule.direction),
        messages.say(
            "policy_text.curve", curve=describe(messages, rule.curve, rule.direction, figure)
        ),
        messages.say("policy_text.missing", missing=messages.code("when_missing.", rule.missing)),
    ]
    for side in ("at_least", "at_most"):
        if (limit := getattr(rule, side)) is not None:
            stated.append(messages.say(f"policy_text.{side}", limit=figure(limit)))
    return messages.join(stated)


def _weight(messages: Messages, weight: Any) -> str:
    """Return a weight, or weights by level, with the digits that they were typed with."""
    if isinstance(weight, Mapping):
        return messages.by_code(weight, lambda inner: _weight(messages, inner))
    return f"{weight:.12g}"


def say_figure(messages: Messages, indicator: str, figure: Figure) -> str:
    """Return a figure of a curve in the indicator's unit of measure, a parameter by its name."""
    if isinstance(figure, Mapping):
        return messages.by_code(figure, lambda inner: say_figure(messages, indicator, inner))
    if isinstance(figure, str) and figure in messages.parameters:
        entry = messages.parameters[figure]
        named = {"name": name_parameter(messages, figure)}
        return messages.say("value.of_name", value=value_in_words(messages, entry), **named)
    if isinstance(figure, int | float):
        return measured(messages, number_format_of(indicator, messages.units), figure)
    return name_figure(messages, figure)


def measured(messages: Messages, number_format: NumberFormat, value: float) -> str:
    """Return a number with its unit, with the digits that it was typed with."""
    if number_format == "percent":
        return percent(value)
    if number_format == "points":
        value = value * 100
    message = f"value.{number_format}_of"
    number = f"{float(f'{value:.12g}'):,.12g}"
    return messages.say(message, value=number) if has(message) else number


def name_codes(messages: Messages, name: str, codes: Sequence[str]) -> list[str]:
    """Return the names of the codes that a parameter lists; one without a name stays as it is."""
    own = CODES_OF.get(name, f"value.{name}.")
    return [messages.code(own if has(own + code) else "care_level.", code) for code in codes]


def _choice(messages: Messages, name: str, value: str) -> str:
    """Return what a choice of a parameter is called."""
    message = f"value.{name}.{value}"
    return messages.code("choice.", value) if not has(message) else messages.say(message)


def _of_unit(messages: Messages, name: str, unit: str, value: Any) -> str:  # noqa: PLR0912
    """Return a value in words as its unit of measure has it."""
    match unit:
        case "choice" | "choices_by_kind":
            words = _choice(messages, name, value)
        case _ if unit in SHARES:
            words = name_share(messages, value)
        case "fraction" | "fractions_by_kind" | "fraction_or_none":
            words = messages.say("value.none") if value == "none" else percent(value)
        case "text":
            words = messages.value(value)
        case "measure":
            words = messages.code("supplied.", value, messages.indicator(value))
        case "codes":
            words = messages.listed(name_codes(messages, name, value))
            words = words or messages.say("value.no_codes")
        case "bands":
            by_score = name == "grade_bands"
            place = (lambda x: measured(messages, "score", x)) if by_score else percent
            words = state_bands(messages, value, place, lambda x: _result(messages, x))
        case "choices":
            chosen = {choice: [why for why in value if value[why] == choice]
                      for choice in dict.fromkeys(value.values())}  # fmt: skip
            words = messages.join(
                messages.say(
                    "value.named",
                    name=_choice(messages, name, choice),
                    value=messages.listed(
                        messages.code("standing.", why) for why in chosen[choice]
                    ),
                )
                for choice in chosen
            )
        case "project_parts":
            words = messages.join(_part(messages, part, value[part]) for part in value)
        case "rates":
            words = _rates(messages, name, value)
        case "schedule":
            execution = messages.say("value.execution")
            points = value["points"]
            link = describe_schedule(messages, points, percent, lambda rate: added(messages, rate))
            words = messages.say("value.by", name=execution, value=link)
        case "drivers":
            each = (_driver_with_name(messages, driver, value[driver]) for driver in sorted(value))
            words = messages.join(each) or messages.say("value.no_growth")
        case "domains":
            each = (_domain(messages, domain, value[domain]) for domain in value)
            words = messages.join(each) or messages.say("value.no_domain_rules")
        case "number_by_code":
            words = _by_beginning(messages, value)
        case "deductions":
            each = (_deduction(messages, incident, value[incident]) for incident in value)
            words = messages.join(each) or messages.say("value.no_deductions")
        case "returns":
            words = _returned(messages, value)
        case _:
            own = f"number.{name}"
            message = own if has(own) else f"value.{unit}"
            number = f"{value:,.12g}" if unit == "money" else f"{value:.12g}"
            words = messages.say(message, value=number) if has(message) else number
    return words


def _rates(messages: Messages, name: str, value: Mapping[str, float]) -> str:
    """Return rates by grade, or by the codes of the parameter."""
    if name not in CODES_OF:
        return _by_grade(messages, value, lambda rate: added(messages, rate))
    group = CODES_OF[name]
    is_change = min(value.values(), default=0) < 0
    stated = {messages.code(group, code): percent(value[code], is_change) for code in value}
    parts = (messages.say("value.graded", grade=code, value=stated[code]) for code in stated)
    return messages.listed(parts) or messages.say("value.none")


def _by_beginning(messages: Messages, value: Mapping[str, float]) -> str:
    """Return days by how codes begin, codes with the same number together."""
    codes: dict[float, list[str]] = {}
    for code, number in value.items():
        codes.setdefault(number, []).append(code)
    return messages.join(
        messages.say(
            "value.graded",
            grade=messages.listed(_in_language(messages, named)),
            value=measured(messages, "days", number),
        )
        for number, named in codes.items()
    )


def _in_language(messages: Messages, codes: Sequence[str]) -> list[str]:
    """Leave out words of the other language where those of the reader's stand beside them.

    A policy names a disease by its codes and by its name in every language that a file may have.
    """
    words = [code for code in codes if code != OTHER and not any(map(str.isdigit, code))]
    read = [word for word in words if word.isascii() == (messages.lang == "en")]
    kept = [code for code in codes if code not in words or code in read or not read]
    return [messages.say("value.other") if code == OTHER else code for code in kept]


def state_bands(
    messages: Messages, bands: Sequence[Mapping[str, Any]], place: Words, result: Callable[..., str]
) -> str:
    """Return half-open bands in words, each with what it results in.

    Examples
    --------
    >>> bands = [{"from": 0, "to": 0.9, "result": 1}, {"from": 0.9, "to": None, "result": 2}]
    >>> state_bands(Messages("en"), bands, percent, str)
    'below 90% 1; 90% and more 2'
    """
    parts = []
    for number, band in enumerate(bands):
        start, end, rate = band["from"], band.get("to"), result(band["result"])
        if end is None:
            message = "value.from" if number or start > 0 else "value.always"
            ends = {"start": place(start)} if message == "value.from" else {}
        elif number == 0 and start <= 0:
            message, ends = "value.under", {"end": place(end)}
        else:
            message, ends = "value.band", {"start": place(start), "end": place(end)}
        parts.append(messages.say(message, rate=rate, **ends))
    return messages.join(parts)


def _result(messages: Messages, result: float | str) -> str:
    """Return what a band results in: a level of warning, a grade, or an amount a head."""
    if isinstance(result, str):
        return messages.code("warning." if has(f"warning.{result}") else "grade.", result)
    return measured(messages, "money", result)


def _part(messages: Messages, name: str, part: Mapping[str, Any]) -> str:
    """Return a part of the score of projects: its weight by stage, and its curve."""
    stated = ProjectPart.model_validate(part)
    titles: Mapping[Any, str] = stated.title or {}
    weights = messages.listed(
        messages.say(
            "value.graded",
            grade=messages.code("project_stage.", stage),
            value=f"{weight:.12g}",
        )
        for stage, weight in stated.weight.items()
    )

    number_format: NumberFormat = "score" if stated.figure == "appraisal" else "percent"

    def figure(x: Figure) -> str:
        if isinstance(x, int | float):
            return measured(messages, number_format, x)
        return name_figure(messages, x)

    curve = describe(messages, stated.curve, stated.direction, figure)
    title = titles.get(messages.lang, name)
    return messages.say("value.project_part", title=title, weights=weights, curve=curve)


def _domain(messages: Messages, domain: str, rule: Mapping[str, Any]) -> str:
    """Return how a domain counts: weight, what it needs, what becomes of it without."""
    stated = [messages.say("value.domain.needs", count=rule["minimum_judged"]),
              messages.say(f"value.domain.{rule['missing']}")]  # fmt: skip
    if rule.get("weight") is not None:
        weight = _weight(messages, rule["weight"])
        stated.insert(0, messages.say("value.domain.weight", weight=weight))
    name = messages.domain(domain)
    return messages.say("value.named", name=name, value=messages.say("report.comma").join(stated))


def _deduction(messages: Messages, incident: str, rule: Mapping[str, Any]) -> str:
    """Return what an incident takes off: points each and at most, for how long, what is left."""
    stated = []
    if rule["points"]:
        stated.append(messages.say("value.deduction.each", points=f"{rule['points']:g}"))
    if rule.get("most") is not None:
        stated.append(messages.say("value.deduction.most", points=f"{rule['most']:g}"))
    if rule["years"] > 1:
        stated.append(messages.say("value.deduction.years", years=rule["years"]))
    stated.append(messages.say("value.deduction.repaired", share=percent(rule["repaired"])))
    if rule.get("grade_cap"):
        grade = messages.code("grade.", rule["grade_cap"])
        stated.append(messages.say("value.deduction.cap", grade=grade))
    name = rule["title"].get(messages.lang) or incident
    return messages.say("value.named", name=name, value=messages.say("report.comma").join(stated))


def name_share(messages: Messages, share: Any) -> str:
    """Return a share of settlement in words, as it differs by unit, of each band or limit."""
    match share:
        case [{"result": _}, *_]:
            words = state_bands(messages, share, percent, lambda x: name_share(messages, x))
        case list():
            parts = [name_share(messages, part) for part in share]
            words = messages.join(parts) or messages.say("value.none")
        case str():
            words = messages.code("parameter.", share, messages.indicator(share))
        case {"points": points, "by": by}:
            place = (lambda at: f"{at:.10g}") if by == "score" else percent
            line = describe_schedule(messages, points, place, percent)
            name = messages.say("value.score") if by == "score" else messages.indicator(by)
            words = messages.say("value.by", name=name, value=line)
        case {"share": of_amount, "of": amount}:
            name = messages.code("value.amount.", amount, messages.indicator(amount))
            words = messages.say("value.of", name=name, value=name_share(messages, of_amount))
        case dict():
            words = messages.by_code(share, lambda inner: name_share(messages, inner))
        case _:
            words = percent(share)
    return words


def percent(fraction: float, sign: bool = False) -> str:
    """Return a fraction as percent with the digits that it was typed with."""
    return f"{fraction * 100:{'+' if sign and fraction else ''}.10g}%"


def added(messages: Messages, rate: float) -> str:
    """Return what a rate adds to a budget or takes off."""
    if rate == 0:
        return messages.say("value.no_cut")
    if rate < 0:
        return messages.say("value.cut", value=percent(-rate))
    return messages.say("value.added", value=percent(rate))


def describe_schedule(messages: Messages, points: Points, place: Words, rate: Words) -> str:
    """Return a schedule of rates in words: lines between points, flat outside, right at jumps."""
    first, last = points[0], points[-1]
    parts = []
    if first[0] > 0:
        parts.append(messages.say("value.under", end=place(first[0]), rate=rate(first[1])))
    for (start, low), (end, high) in pairwise(points):
        if start == end:
            continue
        ends = {"start": place(start), "end": place(end)}
        if low == high and parts:
            parts.append(messages.say("value.band", **ends, rate=rate(low)))
        elif low == high:
            parts.append(messages.say("value.under", end=place(end), rate=rate(low)))
        else:
            way = messages.say("value.up" if high > low else "value.down")
            line = {**ends, "low": rate(low), "high": rate(high), "way": way}
            parts.append(messages.say("value.line", **line))
    parts.append(messages.say("value.from", start=place(last[0]), rate=rate(last[1])))
    return messages.join(parts)


def spans_without_cut(messages: Messages, points: Points) -> str:
    """Return where a schedule of rates takes nothing off, an empty text where it always does."""
    spans = [
        messages.say("value.span", start=percent(start), end=percent(end))
        for (start, low), (end, high) in pairwise(points)
        if start != end and low == high == 0
    ]
    return messages.join(spans)


def times(messages: Messages, share: float) -> str:
    """Return a share returned as so many times what was withheld."""
    return messages.say("value.times", value=f"{share:.10g}")


def _by_grade(messages: Messages, values: Mapping[str, float], rate: Words) -> str:
    return messages.join(
        messages.say(
            "value.graded", grade=messages.code("grade.", grade), value=rate(values[grade])
        )
        for grade in messages.grades or values
        if grade in values
    )


def name_of_result(messages: Messages, by: str) -> str:
    """Return the name of what money is returned by: an indicator, or a further scorecard."""
    return messages.code("card.", by, messages.indicator(by))


def _driver(messages: Messages, driver: Mapping[str, Any]) -> str:
    """Return the weight of a driver of growth, and what it grows by."""
    years = driver.get("years") or 1
    years = messages.parameters.get(str(years), {}).get("value", years)
    by = "rate" if driver.get("rate") else "growth_of"
    table, _, column = driver[by].partition(".")
    header = columns_of(table)[column].zh if table != "measures" else ""
    plain_name = header if messages.lang == "zh" else column.replace("_", " ")
    source = plain_name if header else messages.indicator(column)
    if heavier := driver.get("heavier"):
        times, share = heavier["times"], columns_of(table)[heavier["share"]].zh
        times = messages.parameters.get(str(times), {}).get("value", times)
        share = share if messages.lang == "zh" else heavier["share"].replace("_", " ")
        source = messages.say("value.driver_heavier", source=source, share=share, times=times)
    stated = {"weight": percent(driver["weight"]), "source": source}
    words = messages.say(f"value.driver_{by}", **stated)
    return words if years == 1 else messages.say("value.driver_mean", driver=words, years=years)


def _driver_with_name(messages: Messages, name: str, driver: Mapping[str, Any]) -> str:
    title = (driver.get("title") or {}).get(messages.lang) or messages.code("step.", name)
    return f"{title} {_driver(messages, driver)}"


def _returned(messages: Messages, value: Mapping[str, Any]) -> str:
    if value.get("grades"):
        of = messages.of_card(value["by"])
        shares = _by_grade(of, value["grades"], lambda share: times(messages, share))
        if value["by"] == "grade":
            return shares
        return messages.say("value.by", name=messages.card(value["by"]), value=shares)
    by_score = value["by"] == "score"
    name = messages.say("value.score") if by_score else name_of_result(messages, value["by"])
    if value.get("decimals"):
        name = messages.say("value.to_decimals", name=name, decimals=value["decimals"])

    def place(at: float) -> str:
        if value.get("rank"):
            return messages.say("value.rank", value=percent(at))
        if by_score:
            return messages.say("value.points", value=f"{at:.10g}")
        number_format = number_format_of(value["by"], messages.units)
        return percent(at) if number_format == "percent" else f"{at:.10g}"

    points = describe_schedule(
        messages, value["points"], place, lambda share: times(messages, share)
    )
    return messages.say("value.by", name=name, value=points)
