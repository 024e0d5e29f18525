"""Repeatable whole numbers: no random state, so the bytes do not depend on order or machine."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise

SEED = "fundeval-city-1"
MYRIAD = 10_000


def draw(low: int, high: int, *key: object) -> int:
    """Return the whole number from `low` to `high` (both included) that belongs to the key."""
    text = "|".join(str(part) for part in (SEED, *key))
    digest = blake2b(text.encode(), digest_size=8).digest()
    return low + int.from_bytes(digest, "big") % (high - low + 1)


def scale(amount: int, rate: int, whole: int = MYRIAD) -> int:
    """Return amount × rate / whole, rounded half up."""
    return (2 * amount * rate + whole) // (2 * whole)


def tidy(amount: int) -> int:
    """Round an amount of 元 to 0.01 万元, unless it is too small for that."""
    return scale(amount, 1, 100) * 100 if amount >= 100_000 else amount


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Cut a total into whole parts by weight that add up to it exactly."""
    edges = [0]
    for index in range(len(weights)):
        edges.append(scale(total, sum(weights[: index + 1]), sum(weights)))
    return [after - before for before, after in pairwise(edges)]
