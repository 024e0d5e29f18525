"""Messages, codes, reasons and parameters in the language of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fundeval.report.format.indicator_formats import plain
from fundeval.report.policy_in_force import PolicyInForce
from fundeval.words import has, say


class Messages:
    """The message catalogue in one language.

    Parameters
    ----------
    lang
        A language of the catalogue.
    policy
        Names supplied measures and gives the values of cited parameters. Without it, indicators
        have the names of the catalogue.
    """

    def __init__(self, lang: str, policy: PolicyInForce | None = None) -> None:
        self.lang, self._policy = lang, policy

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """The parameters of the policy in force, none without a policy."""
        return self._policy.parameters if self._policy else {}

    def say(self, message: str, **values: object) -> str:
        """Return a message of the catalogue, filled in."""
        return say(message, self.lang, **values)

    def code(self, group: str, code: object, default: str | None = None) -> str:
        """Return the name of a code, for instance of the group `scheme.`.

        A code without a name is returned as `default`, or as it is.
        """
        message = f"{group}{code}"
        return self.say(message) if has(message) else default or str(code or "")

    def join(self, parts: Iterable[str]) -> str:
        """Join parts with semicolons."""
        return self.say("report.semicolon").join(parts)

    def sentence(self, text: str) -> str:
        """Return a text with the full stop of the language."""
        return self.say("report.sentence", text=text)

    def sentences(self, sentences: Iterable[str]) -> str:
        """Return sentences one after the other."""
        return self.say("report.between_sentences").join(sentences)

    def indicator(self, indicator: str) -> str:
        """Return the name of an indicator; that of a supplied measure comes from the policy."""
        rule = self._policy.rules.get(indicator, {}) if self._policy else {}
        titles = rule.get("description") or {}
        return self.code("indicator.", indicator, titles.get(self.lang))

    def reason(self, code: object) -> str:
        """Return a reason code in words, an empty text for none."""
        return self.say(f"reason.{code}") if isinstance(code, str) and code else ""

    def because(self, what: str, reason: str | None) -> str:
        """Return `what`, followed by the reason if there is one."""
        why = self.reason(reason)
        return self.say("report.because", what=what, reason=why) if why else what

    def cannot(self, code: object) -> str:
        """Return what stands in place of a missing value: the reason, or a dash."""
        reason = self.reason(code)
        return self.say("report.cannot", reason=reason) if reason else self.say("report.missing")

    def cited(self, *names: str) -> str:
        """Return parameters with their values and the kind of their sources."""
        parameters = self.parameters
        return self.join(
            self.say(
                "report.cited",
                name=name,
                value=plain(parameters[name]["value"]),
                source=self.code("source.", parameters[name]["source"]["kind"]),
            )
            for name in names
        )

    def total(self, kind: str, count: int) -> str:
        """Return the heading of the sum over units of a kind, `count` of which have a budget."""
        return self.say("report.total_of", kind=self.code("kind.", kind), count=count)
