"""Values of the parameters that move next year's budget, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from fundeval.policy.known import DIFFERING
from fundeval.policy.model import SHARES
from fundeval.policy.varying import OTHER
from fundeval.report.format.indicator_formats import number_format_of, plain
from fundeval.report.format.messages import Messages
from fundeval.tables.schemas import columns_of
from fundeval.words import has

Words = Callable[[float], str]
Points = Sequence[tuple[float, float]]
# Where the catalogue has the names of a parameter's codes.
CODES_OF = {
    "restriction_exempt_reasons": "cause.", "project_category_order": "project_category.",
    "project_category_shares": "project_category.",
}  # fmt: skip


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
        titles = known[name]["description"] or {}
        source = messages.code("source.", known[name]["source"]["kind"])
        title = messages.code("parameter.", name, titles.get(messages.lang))
        stated.append(messages.say("report.stated", name=title, value=value, source=source))
    return messages.join(stated)


def state_driver(messages: Messages, name: str) -> str:
    """Return a driver of growth of the policy in force in words, with the kind of its source."""
    entry = messages.parameters["growth_drivers"]
    source = messages.code("source.", entry["source"]["kind"])
    value = _driver(messages, entry["value"][name])
    return messages.say("report.stated", name=messages.step(name), value=value, source=source)


def value_in_words(messages: Messages, entry: Mapping[str, Any], kind: str) -> str:
    """Return the value of a parameter in words; for a kind of unit where it has one for each.

    It is an empty text where the parameter has no value for the kind.
    """
    name, value = entry["name"], entry["value"]
    if entry["unit"] in SHARES:
        return name_share(messages, value)
    if entry["unit"] == "codes":
        named = name_codes(messages, name, value)
        return messages.join(named) or messages.say("value.no_codes")
    if entry["unit"] == "text":
        value = messages.value(value)
    if isinstance(value, dict) and entry["unit"] in {
        "choices_by_kind", "fractions_by_kind", "returns",
    }:  # fmt: skip
        value = value.get(kind)
    if value is None:
        return ""
    if isinstance(value, dict) and name in DIFFERING:
        return messages.by_code(
            value, lambda one: value_in_words(messages, {**entry, "value": one}, kind)
        )
    if isinstance(value, str):
        message = f"value.{name}.{value}"
        message = message if has(message) else f"value.{value}"
        return messages.say(message) if has(message) else value
    return _of_unit(messages, entry["unit"], value)


def name_codes(messages: Messages, name: str, codes: Sequence[str]) -> list[str]:
    """Return the names of the codes that a parameter lists; one without a name stays as it is."""
    own = CODES_OF.get(name, f"value.{name}.")
    return [messages.code(own if has(own + code) else "care_level.", code) for code in codes]


def _of_unit(messages: Messages, unit: str, value: Any) -> str:
    """Return a value in words as its unit of measure has it."""
    match unit:
        case "fraction" | "fractions_by_kind" | "fraction_or_none":
            words = percent(value)
        case "factor":
            words = messages.say("value.times", value=f"{value:.12g}")
        case "years":
            words = messages.say("value.years", value=value)
        case "rates":
            words = _by_grade(messages, value, lambda rate: added(messages, rate))
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
            other = messages.say("value.other")
            each = (f"{other if code == OTHER else code} {value[code]:g}" for code in value)
            words = messages.join(each)
        case "deductions":
            each = (_deduction(messages, incident, value[incident]) for incident in value)
            words = messages.join(each) or messages.say("value.no_deductions")
        case "returns":
            words = _returned(messages, value)
        case _:
            words = plain(value)
    return words


def _domain(messages: Messages, domain: str, rule: Mapping[str, Any]) -> str:
    """Return how a domain counts: weight, what it needs, what becomes of it without."""

    def weigh(weight: Any) -> str:
        return messages.by_code(weight, weigh) if isinstance(weight, dict) else f"{weight:.12g}"

    stated = [messages.say("value.domain.needs", count=rule["minimum_judged"]),
              messages.say(f"value.domain.{rule['missing']}")]  # fmt: skip
    if rule.get("weight") is not None:
        stated.insert(0, messages.say("value.domain.weight", weight=weigh(rule["weight"])))
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
        case {"from": start, "to": end, "result": result}:
            span = f"[{start:g}, {'∞' if end is None else f'{end:g}'})"
            words = f"{span} → {name_share(messages, result)}"
        case dict():
            words = messages.by_code(share, lambda inner: name_share(messages, inner))
        case _:
            words = percent(share)
    return words


def percent(fraction: float) -> str:
    """Return a fraction as percent with the digits that it was typed with."""
    return f"{fraction * 100:.10g}%"


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
        if low == high:
            parts.append(messages.say("value.band", **ends, rate=rate(low)))
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
