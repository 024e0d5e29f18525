"""Messages, codes, reasons and cited parameters in the language of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fundeval.indicator_registry import REGISTRY, Definition, UnitOfMeasure
from fundeval.policy.varying import CODES, FLAG, OTHER, dimension_of
from fundeval.report.format.indicator_formats import UNITS, plain
from fundeval.report.policy_in_force import PolicyInForce
from fundeval.words import LANGUAGES, has, say


class Messages:
    """The message catalogue in one language.

    Parameters
    ----------
    lang
        A language of the catalogue, `zh` or `en`.
    policy
        Gives the titles of supplied measures and the values of cited parameters. Without it,
        indicators have the names of the catalogue.
    definitions
        What each indicator is, where there is no `policy` that says it.
    units
        The unit of measure of each indicator, likewise.

    Examples
    --------
    >>> messages = Messages("en")
    >>> messages.code("scheme.", "no_such_code")
    'no_such_code'
    >>> messages.reason(None)
    ''
    """

    def __init__(
        self,
        lang: str,
        policy: PolicyInForce | None = None,
        definitions: Mapping[str, Definition] = REGISTRY,
        units: Mapping[str, UnitOfMeasure] = UNITS,
    ) -> None:
        self.lang, self._policy = lang, policy
        self.definitions = policy.definitions if policy else definitions
        self.units = policy.units if policy else units

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """The parameters of the policy in force, none without a policy."""
        return self._policy.parameters if self._policy else {}

    @property
    def grades(self) -> list[str]:
        """The grades of the policy in force, the best first; none without a policy."""
        return [*self._policy.grades][::-1] if self._policy else []

    def say(self, message: str, **values: object) -> str:
        """Return a message of the catalogue with its placeholders filled in.

        Parameters
        ----------
        message
            Id of the message.
        **values
            Values of its placeholders.
        """
        return say(message, self.lang, **values)

    def code(self, group: str, code: object, default: str | None = None) -> str:
        """Return the name of a code of a group, such as `scheme.` or `kind.`.

        A grade, an incident and a further scorecard have the title that the policy states. A code
        without a name becomes `default`, or is returned unchanged.
        """
        if group == "grade." and self._policy and (titles := self._policy.grades.get(str(code))):
            return titles.get(self.lang, str(code))
        if group in {"incident.", "card."} and self._policy:
            known = self._policy.incidents if group == "incident." else self._policy.scorecards
            default = known.get(str(code), {}).get(self.lang, default)
        message = f"{group}{code}"
        return self.say(message) if has(message) else default or str(code or "")

    def join(self, parts: Iterable[str]) -> str:
        """Join texts with the semicolon of the language."""
        return self.say("report.semicolon").join(parts)

    def listed(self, parts: Iterable[str]) -> str:
        """Join texts with the comma of a list in the language."""
        return self.say("report.list").join(parts)

    def sentence(self, text: str) -> str:
        """Return a text with the full stop of the language."""
        return self.say("report.sentence", text=text)

    def sentences(self, sentences: Iterable[str]) -> str:
        """Return sentences one after the other."""
        return self.say("report.between_sentences").join(sentences)

    def indicator(self, indicator: str) -> str:
        """Return the name of an indicator; one not built in has its title from the policy."""
        return self.code("indicator.", indicator, self._titles(indicator).get(self.lang))

    def measure(self, measure: str) -> str:
        """Return the name of a supplied measure; one that has none is quoted as it was typed.

        Examples
        --------
        >>> Messages("en").measure("no_such_measure")
        '“no_such_measure”'
        """
        named = self.code("supplied.", measure, self.say("value.typed", text=measure))
        return self.code("indicator.", measure, self._titles(measure).get(self.lang, named))

    def _titles(self, indicator: str) -> Mapping[Any, str]:
        """Return the titles that the policy gives to what it declares, or to a supplied measure."""
        if indicator in self.definitions:
            return self.definitions[indicator].title
        rule = self._policy.rules.get(indicator, {}) if self._policy else {}
        return rule.get("description") or {}

    def card(self, card: object) -> str:
        """Return the title of a further scorecard, or the name of the fund whose score it is."""
        return self.code("card.", card, self.code("scheme.", card))

    def of_card(self, card: object) -> Messages:
        """Return the messages in which grades and incidents have the names of a further scorecard.

        They stay as they are where `card` is none.
        """
        if self._policy is None or card not in self._policy.scorecards:
            return self
        return Messages(self.lang, self._policy.scorecard(str(card)))

    def step(self, step: object) -> str:
        """Return the name of a step of the bridge; a driver of growth may have its own title."""
        driver = self._policy.drivers.get(str(step)) if self._policy else None
        titles: Mapping[Any, str] = (driver.title if driver else None) or {}
        return titles.get(self.lang) or self.code("step.", step)

    def domain(self, domain: object) -> str:
        """Return the title of a scoring domain; without a policy, its name."""
        titles = self._policy.domains.get(str(domain), {}) if self._policy else {}
        return titles.get(self.lang, str(domain))

    def reason(self, code: object) -> str:
        """Return the sentence for a reason code, or an empty text if there is no code."""
        return self.say(f"reason.{code}") if isinstance(code, str) and code else ""

    def because(self, what: str, reason: str | None) -> str:
        """Return a text, followed by the reason if there is one."""
        why = self.reason(reason)
        return self.say("report.because", what=what, reason=why) if why else what

    def cannot(self, code: object) -> str:
        """Return the text of a missing value: the reason, or a dash if none is known."""
        reason = self.reason(code)
        return self.say("report.cannot", reason=reason) if reason else self.say("report.missing")

    @property
    def authority(self) -> str:
        """Who lifts a restriction, in the policy's words."""
        stated = self.parameters.get("restriction_lifted_by", {}).get("value", {})
        return str(stated.get(self.lang) or self.say("restriction.authority_unknown"))

    def value(self, value: object) -> str:
        """Return a value as it is typed; of one that differs between units, by whose it is."""
        if isinstance(value, Mapping) and value.keys() == {*LANGUAGES}:
            return str(value[self.lang])
        if not isinstance(value, Mapping) or not value.keys() & {*CODES, OTHER}:
            return plain(value)
        return self.by_code(value, self.value)

    def by_code(self, value: Mapping[str, Any], name: Callable[[Any], str]) -> str:
        """Return a map by code in words: each code with what `name` makes of its value."""
        group = f"{dimension_of(value)}."
        of = {
            code: self.say("value.other")
            if code == OTHER
            else self.code(group, code.removeprefix(FLAG))
            for code in value
        }
        return self.join(f"{of[code]} {name(inner)}" for code, inner in value.items())

    def total(self, kind: str, count: int) -> str:
        """Return the row title of a sum over `count` units of a kind."""
        return self.say("report.total_of", kind=self.code("kind.", kind), count=count)
