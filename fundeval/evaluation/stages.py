"""Stages of an evaluation that are kept, so that another policy computes only what it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from fundeval.policy import InForce, Rules
from fundeval.policy.policy import Entry

Result = TypeVar("Result")


class Watched(Mapping[str, InForce]):
    """Entries of a policy that remember which of them were read."""

    def __init__(self, entries: Mapping[str, InForce]) -> None:
        self.entries, self.read, self.all_read = dict(entries), set[str](), False

    def __getitem__(self, name: str) -> InForce:
        self.read.add(name)
        return self.entries[name]

    def __iter__(self) -> Iterator[str]:
        self.all_read = True
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def agrees_with(self, others: Mapping[str, InForce]) -> bool:
        """Tell whether what was read is the same among others."""
        if self.all_read:
            return self.entries == others
        return all(self.entries.get(name) == others.get(name) for name in self.read)


class Stages:
    """Runs the stages of an evaluation, and keeps what each returned.

    A stage, a pure function, is not run again on the same and on rules that agree in what it read.

    Examples
    --------
    >>> stages = Stages()
    >>> stages.run(len, "abc"), stages.run(len, "abc")
    (3, 3)
    """

    def __init__(self) -> None:
        # What each stage was given, of rules what it read, and what it made of that.
        self.kept: dict[Callable[..., Any], tuple[list[Any], Any]] = {}

    def run(self, stage: Callable[..., Result], *given: Any) -> Result:
        """Return what a stage makes of what it is given."""
        kept = self.kept.get(stage)
        if kept is None or not all(map(_is_same, kept[0], given)):
            watched = [_watch(one) if isinstance(one, Rules) else one for one in given]
            kept = self.kept[stage] = (watched, stage(*watched))
        result: Result = kept[1]
        return result


class Once(Stages):
    """Stages that are run for one evaluation alone: nothing is kept."""

    def run(self, stage: Callable[..., Result], *given: Any) -> Result:
        """Return what a stage makes of what it is given."""
        return stage(*given)


def _watch(rules: Rules) -> Rules:
    return replace(
        rules,
        parameters=Watched(rules.parameters),
        indicators=Watched(rules.indicators),
        scorecards={name: _watch(card) for name, card in rules.scorecards.items()},
    )


def _agree(kept: Rules, given: Rules) -> bool:
    """Tell whether rules agree in all that was read of the kept ones."""
    cards, others = kept.scorecards, given.scorecards
    return (
        (kept.definitions, kept.grouped) == (given.definitions, given.grouped)
        and kept.parameters.agrees_with(given.parameters)  # type: ignore[attr-defined]
        and kept.indicators.agrees_with(given.indicators)  # type: ignore[attr-defined]
        and cards.keys() == others.keys()
        and all(_agree(card, others[name]) for name, card in cards.items())
    )


def _is_same(kept: Any, given: Any) -> bool:
    if isinstance(kept, Rules):
        return _agree(kept, given)
    if isinstance(kept, dict):
        return kept.keys() == given.keys() and all(kept[name] is given[name] for name in kept)
    return kept is given or (isinstance(kept, Entry) and kept == given)
