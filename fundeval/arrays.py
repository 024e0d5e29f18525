"""Arrays of numbers, and columns of few distinct texts: looked up, numbered and compared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, np.dtype[Any]]
Whole = np.ndarray[Any, np.dtype[np.int64]]
Truths = np.ndarray[Any, np.dtype[np.bool_]]
Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]


def coded(places: Whole, names: Iterable[str]) -> pd.Categorical:
    """Return texts by their places among names: each text is held once, not in every row."""
    held: pd.Index = names if isinstance(names, pd.Index) else pd.Index([*names], dtype="str")
    codes = places.astype(np.min_scalar_type(-len(held) - 1))
    return pd.Categorical.from_codes(codes, held, validate=False)


def are_named(values: pd.Series, names: Collection[str]) -> Truths:
    """Tell which values are among a few names; of categories each is looked up once."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return values.isin(names).to_numpy()
    named: Truths = np.append(values.cat.categories.isin(names), False)[values.cat.codes]
    return named


def read_each(texts: pd.Series, read: Callable[[str], Any]) -> pd.Series:
    """Return what is read of each text, of each distinct one once; none is missing."""
    codes, distinct = pd.factorize(texts)
    return pd.Series(np.array([read(str(text)) for text in distinct])[codes], texts.index)


def places_of(texts: pd.Series) -> Iterator[tuple[str, Whole]]:
    """Yield each text with the places of its rows."""
    for text, places in texts.groupby(texts, dropna=True).indices.items():
        yield str(text), np.asarray(places)


def first_case(cases: Mapping[str, Truths], among: Mapping[str, int], otherwise: str = "") -> Whole:
    """Return for each row the number, among names, of the first case that holds for it."""
    found = np.full(len(next(iter(cases.values()))), among[otherwise], "int8")
    for name, holds in reversed([*cases.items()]):
        found[holds] = among[name]
    return found


def find(wanted: Whole, known: Whole) -> Whole:
    """Return where each number stands among rising ones, -1 where it does not."""
    if not len(known):
        return np.full(len(wanted), -1)
    place = np.searchsorted(known, wanted).clip(max=len(known) - 1)
    return np.where(known[place] == wanted, place, -1)


def number_sets(owners: Whole, members: Whole) -> Whole:
    """Return one number for the set of members of each owner, equal where the sets are.

    In the order of the distinct owners.
    """
    kinds = int(members.max(initial=0)) + 1
    pairs = np.sort(owners * kinds + members, kind="stable")
    owner, member = np.divmod(pairs[_starts(pairs)], kinds)
    first = np.flatnonzero(_starts(owner))
    size = np.diff(np.append(first, len(owner)))
    sets = np.zeros(len(first), "int64")
    for place in range(size.max(initial=0)):
        has = size > place
        more = np.zeros(len(first), "int64")
        more[has] = 1 + member[first[has] + place]
        sets = pd.factorize(sets * (kinds + 1) + more)[0]
    return sets


def _starts(rising: Whole) -> Truths:
    """Tell where a run of equal numbers begins."""
    starts = np.ones(len(rising), "bool")
    starts[1:] = rising[1:] != rising[:-1]
    return starts
