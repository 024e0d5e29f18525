"""What a verification tells: a difference from what a run should be, or what was not checked."""

from __future__ import annotations

from dataclasses import dataclass

# Kinds that tell what was found or not looked at, and are no difference.
NOTES = {
    "unchecked", "hard_link", "open_to_all", "earlier_releases",
    "run_file", "data_place", "policy_place",
    "by_name", "signers", "any_name", "holds_sign", "holds_withdraw",
    "accepted_failed", "accepted_stale", "accepted_not_made",
}  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """A difference of a run from its manifest; `kind` names a message `verify.KIND`."""

    kind: str
    name: str
    was: str = ""
    now: str = ""

    @property
    def is_note(self) -> bool:
        """Whether it is no difference, but something to know."""
        return self.kind in NOTES
