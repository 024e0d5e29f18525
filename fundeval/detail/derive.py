"""From files of records to the tables of a data set and the screening of R24."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import narwhals as nw
import pandas as pd
import pyarrow as pa

from fundeval.detail.aggregate import (
    KEYS,
    SERVICES,
    SETTLEMENTS,
    frequent,
    services,
    settlements,
    totals,
)
from fundeval.detail.check import MOST_GROUPS, repeated_records, wrong_records, wrong_sums
from fundeval.detail.columns import CODES, COLUMNS, SCALES, Frame
from fundeval.detail.engines import collect
from fundeval.detail.scan import Records, opened
from fundeval.detail.screen import NEEDS, flagged_records
from fundeval.policy import Policy
from fundeval.problems import BadInputError, Problem, refusal

BY = ["unit_id", "year", "rule"]
TEXT = pd.ArrowDtype(pa.string())
FLAGGED = [("rule", pa.string()), ("record_id", pa.string()), ("unit_id", pa.string()),
           ("year", pa.int64())]  # fmt: skip


@dataclass(frozen=True)
class Derived:
    """The tables `services`, `settlements` and `measures`, money in 元, sorted by their keys.

    `screening` has a row a unit, year and rule of R24: how many `records` could be judged, how
    many were `flagged` and their `cost_flagged`, the `share`, or the `reason` why there is none.
    `flagged` names the records, if that was asked for; `absent` are the columns not given.
    `records` counts all records, `screened` those judged and those flagged by each rule.
    """

    services: pd.DataFrame
    settlements: pd.DataFrame
    screening: pd.DataFrame
    measures: pd.DataFrame
    flagged: pa.Table | None
    records: int
    screened: dict[str, tuple[int, int]]
    absent: tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """What is to be done with records: by which rules, in which engine, for whom."""

    policy: Policy
    engine: str = "duckdb"
    memory: str = "4GB"
    money_unit: str = "元"
    units: pd.DataFrame | None = None
    list_flagged: bool = False


def derive(kinds: Sequence[Records], task: Task, scratch: Path) -> Derived:
    """Return what the records make; raises BadInputError with all that is wrong with them."""
    given = frozenset.intersection(*(frozenset(kind.columns) for kind in kinds))
    files = [file.name for kind in kinds for file in kind.files]
    file = files[0] if len(files) == 1 else f"{files[0]} …"
    with opened(kinds, task.engine, task.money_unit, task.memory, scratch) as records:
        sums = _sums(records, task, file)
        problems = list(wrong_sums(sums, file, task.units))
        if sums["wrong"].sum():
            problems += wrong_records(records, file, task.money_unit)
        if "record_id" in given:
            problems += repeated_records(records, file)
        problems += _not_in_force(task.policy, sums["year"])
        if problems:
            raise BadInputError(problems)
        sums = _stacked([sums, _frame(frequent(records, task.policy))])
        flagged = None
        if task.list_flagged and "record_id" in given:
            flagged = _sorted(collect(flagged_records(records, task.policy)))
    numbers = sums.drop(columns=KEYS).sum()
    sums = counted_for(sums, task.units)
    screening = _screening(sums, given)
    return Derived(
        _made(services(_lazy(sums)), SERVICES),
        _made(settlements(_lazy(sums)), SETTLEMENTS),
        screening,
        _measures(screening),
        flagged,
        int(numbers["records"]),
        {name: (int(numbers[f"{name}_looked"]), int(numbers[f"{name}_flagged"])) for name in NEEDS},
        tuple(name for name in COLUMNS if name not in given),
    )


def counted_for(sums: pd.DataFrame, units: pd.DataFrame | None) -> pd.DataFrame:
    """Return the sums once for each unit that they count for, `unit_id`.

    That is the unit of the records, its department where they name one, and, as far as
    `units` tells, the alliance that it belongs to and every unit above.
    """
    named = sums.dropna(subset=["department_id"])
    levels = [sums, named.assign(unit_id=named["department_id"])]
    if units is not None:
        levels.append(sums.merge(_above(units), on="unit_id").drop(columns="unit_id"))
        levels[-1] = levels[-1].rename(columns={"above": "unit_id"})
    return pd.concat(levels, ignore_index=True).drop(columns="department_id")


def _above(units: pd.DataFrame) -> pd.DataFrame:
    """Return each pair of a unit and one that it is part of, once: unit_id, above."""
    links = pd.concat(
        units[["unit_id", link]].set_axis(["unit_id", "above"], axis="columns").dropna()
        for link in ("parent_id", "alliance_id")
    )
    known, pairs = 0, links.drop_duplicates()
    while len(pairs) > known:
        known = len(pairs)
        next_up = pairs.merge(links, left_on="above", right_on="unit_id", suffixes=("", "_next"))
        farther = next_up[["unit_id", "above_next"]].set_axis(pairs.columns, axis="columns")
        pairs = pd.concat([pairs, farther]).drop_duplicates()
    return pairs[pairs["unit_id"] != pairs["above"]].astype(TEXT)


def _sums(records: Frame, task: Task, file: str) -> pd.DataFrame:
    """Return the totals of the records; a blank id is a missing one."""
    sums = _frame(totals(records, task.policy).head(MOST_GROUPS + 1))
    if sums.empty:
        raise refusal("detail.empty", file)
    if len(sums) > MOST_GROUPS:
        raise refusal("detail.too_many_groups", file, most=MOST_GROUPS)
    ids = ["unit_id", "department_id"]
    return sums.assign(**{name: sums[name].mask(sums[name] == "") for name in ids})


def _stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return sums under each other, with the codes of words; what a part has not summed is 0."""
    stacked = pd.concat(parts, ignore_index=True)
    coded = {name: stacked[name].replace(dict(codes)) for name, codes in CODES.items()}
    numbers = stacked.columns.difference(KEYS)
    return stacked.assign(**coded).fillna(dict.fromkeys(numbers, 0))


def _not_in_force(policy: Policy, years: pd.Series) -> Iterator[Problem]:
    """Yield which parameters have no value yet in the first of the years."""
    if (years > 0).any():
        try:
            policy.on(dt.date(int(years[years > 0].min()), 12, 31))
        except BadInputError as error:
            yield from error.problems


def _screening(sums: pd.DataFrame, given: frozenset[str]) -> pd.DataFrame:
    parts = []
    for name, needs in NEEDS.items():
        columns = [f"{name}_{of}" for of in ("looked", "flagged", "cost")]
        rows = sums.groupby(["unit_id", "year"])[columns].sum().reset_index()
        rows = rows.set_axis(["unit_id", "year", "records", "flagged", "cost_flagged"], axis=1)
        judged = rows["records"] > 0
        rows["cost_flagged"] = (rows["cost_flagged"] / SCALES["cost"]).where(judged)
        rows["flagged"] = rows["flagged"].where(judged)
        rows["share"] = rows["flagged"] / rows["records"]
        missing = "no_records" if given.issuperset(needs) else "no_column"
        parts.append(rows.assign(rule=name, reason=pd.Series(missing, rows.index).mask(judged)))
    columns = [*BY, "records", "flagged", "cost_flagged", "share", "reason"]
    return pd.concat(parts)[columns].sort_values(BY, ignore_index=True)


def _measures(screening: pd.DataFrame) -> pd.DataFrame:
    """Return the shares as supplied values, which a policy may score."""
    judged = screening.dropna(subset=["share"])
    return pd.DataFrame(
        {
            "unit_id": judged["unit_id"],
            "year": judged["year"],
            "measure": "screened_" + judged["rule"],
            "value": judged["share"],
        }
    )


def _sorted(flagged: pa.Table) -> pa.Table:
    typed = flagged.select([name for name, _ in FLAGGED]).cast(pa.schema(FLAGGED))
    return typed.sort_by([(name, "ascending") for name, _ in FLAGGED]).combine_chunks()


def _frame(frame: Frame) -> pd.DataFrame:
    """Return what a frame comes to in pandas, missing apart from not a number."""
    made: pd.DataFrame = collect(frame).to_pandas(types_mapper=pd.ArrowDtype)
    return made


def _lazy(frame: pd.DataFrame) -> Frame:
    return nw.from_native(frame).lazy()


def _made(frame: Frame, key: list[str]) -> pd.DataFrame:
    return _frame(frame).sort_values(key, ignore_index=True)
