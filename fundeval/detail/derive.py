"""Derive tables of a data set, and the screening by R24, from files of settlement records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import narwhals as nw
import pandas as pd
import pyarrow as pa

from fundeval.detail.aggregate import (
    KEYS,
    SERVICES,
    SETTLEMENTS,
    build_services,
    build_settlements,
    sum_frequent_stays,
    sum_records,
)
from fundeval.detail.by_disease import GROUPED, sum_refills, sum_stays
from fundeval.detail.by_disease import KEYS as DISEASE_KEYS
from fundeval.detail.check import (
    MAX_GROUPS,
    check_record_ids,
    check_records,
    check_sums,
    with_places,
)
from fundeval.detail.columns import CODES, COLUMNS, SCALES, Frame
from fundeval.detail.engines import collect
from fundeval.detail.notes import (
    check_twins,
    notes_of_blanks,
    notes_of_columns,
    notes_of_single_floats,
)
from fundeval.detail.readings import named_as_written, read_keys, read_numbers
from fundeval.detail.scan import OpenRecords, RecordFiles, headers_of, open_records
from fundeval.detail.screen import REQUIRED_COLUMNS, select_flagged
from fundeval.policy import Policy
from fundeval.problems import BadInputError, Problem, refusal

# Notes with which the records cannot be used.
ERRORS = ("detail.doubled", "tables.single_float")
BY = ["unit_id", "year", "rule"]
TEXT = pd.ArrowDtype(pa.string())
FLAGGED = [("rule", pa.string()), ("record_id", pa.string()), ("unit_id", pa.string()),
           ("year", pa.int64())]  # fmt: skip


@dataclass(frozen=True)
class DetailTables:
    """Tables derived from settlement records.

    Attributes
    ----------
    services, settlements, measures, disease_groups, refills
        Tables of a data set, money in 元, sorted by their keys; the last two are empty where
        records do not tell the disease, or for how many days drugs were supplied.
    screening
        One row per unit, year and rule of R24: `records` that the rule can judge, `flagged`
        ones, `cost_flagged` in 元, `share`, or the `reason` why there is none.
    flagged
        Rule, id, unit and year of each flagged record, if asked for.
    records
        The number of all records.
    screened
        By rule, the numbers of records judged and flagged.
    absent
        Columns that no file of the records has.
    notes
        What is to be known: blanks, records alike, texts read otherwise than they stand, columns.
    """

    services: pd.DataFrame
    settlements: pd.DataFrame
    screening: pd.DataFrame
    measures: pd.DataFrame
    disease_groups: pd.DataFrame
    refills: pd.DataFrame
    flagged: pa.Table | None
    records: int
    screened: dict[str, tuple[int, int]]
    absent: tuple[str, ...]
    notes: tuple[Problem, ...]


@dataclass(frozen=True)
class DetailOptions:
    """How to derive tables from settlement records.

    Attributes
    ----------
    policy
        Policy with the screening limits.
    engine
        Name of one of `ENGINES`: `duckdb` or `spark`.
    memory
        Memory limit of the engine, such as "4GB".
    money_unit
        Unit of the money amounts in the records: 元, 万元 or 亿元.
    units
        Known units with `unit_id`, `parent_id` and `alliance_id`: ids are checked against them,
        and records are summed for parents and alliances too.
    list_flagged
        Whether to list the ids of the flagged records.
    """

    policy: Policy
    engine: str = "duckdb"
    memory: str = "4GB"
    money_unit: str = "元"
    units: pd.DataFrame | None = None
    list_flagged: bool = False


def derive_tables(
    groups: Sequence[RecordFiles], options: DetailOptions, scratch: Path
) -> DetailTables:
    """Check settlement records, sum them and screen them.

    Parameters
    ----------
    groups
        Files of records, as `group_files` returns them.
    options
        Policy, engine, units and so on.
    scratch
        Folder in which DuckDB may spill what exceeds its memory.

    Returns
    -------
    DetailTables

    Raises
    ------
    BadInputError
        With all problems of the records, or if the engine is missing or fails.
    """
    given = frozenset.intersection(*(frozenset(group.columns) for group in groups))
    somewhere = frozenset(name for group in groups for name in group.columns)
    files = [file.name for group in groups for file in group.files]
    file = files[0] if len(files) == 1 else f"{files[0]} …"
    headers = headers_of(groups)
    with open_records(
        groups, options.engine, options.money_unit, options.memory, scratch
    ) as opened:
        frames, sums, read = _read_records(opened, options, file)
        records = nw.concat(frames)
        problems = list(check_sums(sums, file, options.units))
        if sums["wrong"].sum():
            problems += check_records(records, file)
        if "record_id" in somewhere:
            problems += check_record_ids(records, file, "record_id" in given)
        problems = list(with_places(problems, groups))
        problems += _check_policy_dates(options.policy, sums["year"])
        notes = [*notes_of_columns(groups), *read, *notes_of_single_floats(opened, frames)]
        if "record_id" not in given and not problems and (twins := check_twins(records, file)):
            notes.append(twins)
        notes += notes_of_blanks(sums, file, sorted(somewhere), headers)
        problems += [note for note in notes if note.rule in ERRORS]
        if problems:
            raise BadInputError(problems)
        frequent = _to_pandas(sum_frequent_stays(records, options.policy))
        sums = _concat_sums([sums, frequent])
        stays = _coded(_to_pandas(sum_stays(records).head(MAX_GROUPS + 1)))
        refills = [
            _coded(_to_pandas(sum_refills(records, unit).head(MAX_GROUPS + 1)))
            for unit in ("unit_id", "department_id")
        ]
        if max(map(len, (stays, *refills))) > MAX_GROUPS:
            raise refusal("detail.too_many_groups", file, most=MAX_GROUPS)
        flagged = None
        if options.list_flagged and "record_id" in given:
            flagged = _sort_flagged(collect(select_flagged(records, options.policy)))
    numbers = sums.drop(columns=KEYS).sum()
    sums = expand_to_parents(sums, options.units)
    screening = _build_screening(sums, given)
    return DetailTables(
        _build_table(build_services(_to_lazy(sums)), SERVICES),
        _build_table(build_settlements(_to_lazy(sums)), SETTLEMENTS),
        screening,
        _build_measures(screening),
        _build_disease_groups(expand_to_parents(stays, options.units)),
        _build_refills(refills, options.units),
        flagged,
        int(numbers["records"]),
        {
            rule: (int(numbers[f"{rule}_eligible"]), int(numbers[f"{rule}_flagged"]))
            for rule in REQUIRED_COLUMNS
        },
        tuple(name for name in COLUMNS if name not in somewhere),
        tuple(notes),
    )


def expand_to_parents(sums: pd.DataFrame, units: pd.DataFrame | None) -> pd.DataFrame:
    """Repeat the sums for every unit they count for.

    Parameters
    ----------
    sums
        Sums by `KEYS`.
    units
        Known units with `parent_id` and `alliance_id`, or None.

    Returns
    -------
    DataFrame
        The sums of the units of the records, of their departments under the department's id and,
        if `units` are given, of their alliances and all units above, once for each; without the
        column `department_id`.
    """
    named = sums.dropna(subset=["department_id"])
    levels = [sums, named.assign(unit_id=named["department_id"])]
    if units is not None:
        above = sums.merge(_pair_ancestors(units), on="unit_id", validate="many_to_many")
        levels.append(above.drop(columns="unit_id").rename(columns={"ancestor_id": "unit_id"}))
    return pd.concat(levels, ignore_index=True).drop(columns="department_id")


def _pair_ancestors(units: pd.DataFrame) -> pd.DataFrame:
    """Pair each unit with each unit that it is part of, once: `unit_id`, `ancestor_id`."""
    pair = ["unit_id", "ancestor_id"]
    links = pd.concat(
        units[["unit_id", link]].set_axis(pair, axis="columns").dropna()
        for link in ("parent_id", "alliance_id")
    )
    known, pairs = 0, links.drop_duplicates()
    while len(pairs) > known:
        known = len(pairs)
        next_up = pairs.merge(
            links,
            left_on="ancestor_id",
            right_on="unit_id",
            suffixes=("", "_next"),
            validate="many_to_many",
        )
        farther = next_up[["unit_id", "ancestor_id_next"]].set_axis(pair, axis="columns")
        pairs = pd.concat([pairs, farther]).drop_duplicates()
    return pairs[pairs["unit_id"] != pairs["ancestor_id"]].astype(TEXT)


def _read_records(
    opened: OpenRecords, options: DetailOptions, file: str
) -> tuple[list[Frame], pd.DataFrame, list[Problem]]:
    """Return the records of each group, their sums, and notes of what was not read literally.

    Only where the sums show texts that are irregular are the records gone over again.
    """
    frames = opened.of_each()
    sums = _collect_sums(nw.concat(frames), options, file)
    keys, notes = read_keys(sums, file)
    notes = list(named_as_written(notes, headers_of(opened.groups)))
    readings = [keys for _ in frames]
    if sums["wrong"].sum() or (sums["year"] == 0).any():
        for place, (group, frame) in enumerate(zip(opened.groups, frames, strict=True)):
            commas = group.separator == ";"
            numbers, told = read_numbers(frame, opened.units_of(group), group.name, commas)
            notes += named_as_written(told, group.header_of)
            readings[place] = replace(keys, numbers=numbers.numbers, missing=numbers.missing)
    if any(readings):
        frames = opened.of_each(readings)
        sums = _collect_sums(nw.concat(frames), options, file)
    return frames, sums, notes


def _collect_sums(records: Frame, options: DetailOptions, file: str) -> pd.DataFrame:
    """Compute the sums of all records; blank ids become missing."""
    sums = _to_pandas(sum_records(records, options.policy).head(MAX_GROUPS + 1))
    if sums.empty:
        raise refusal("detail.empty", file)
    if len(sums) > MAX_GROUPS:
        raise refusal("detail.too_many_groups", file, most=MAX_GROUPS)
    ids = ["unit_id", "department_id"]
    return sums.assign(**{name: sums[name].mask(sums[name] == "") for name in ids})


def _concat_sums(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Concatenate sums with codes for Chinese words; sums that a part lacks are 0."""
    stacked = pd.concat(parts, ignore_index=True)
    numbers = stacked.columns.difference(KEYS)
    return _coded(stacked).fillna(dict.fromkeys(numbers, 0))


def _coded(sums: pd.DataFrame) -> pd.DataFrame:
    """Return sums with codes for Chinese words; blank departments become missing."""
    coded = {c: sums[c].replace(dict(codes)) for c, codes in CODES.items() if c in sums}
    if "department_id" in sums:
        coded["department_id"] = sums["department_id"].mask(sums["department_id"] == "")
    return sums.assign(**coded)


def _check_policy_dates(policy: Policy, years: pd.Series) -> Iterator[Problem]:
    """Report the parameters that have no value yet in the first of the years."""
    if (years > 0).any():
        try:
            policy.on(dt.date(int(years[years > 0].min()), 12, 31))
        except BadInputError as error:
            yield from error.problems


def _build_screening(sums: pd.DataFrame, given: frozenset[str]) -> pd.DataFrame:
    """Build the screening of `DetailTables`; a rule that judged no record gets the reason."""
    parts = []
    for rule, required in REQUIRED_COLUMNS.items():
        columns = [f"{rule}_{of}" for of in ("eligible", "flagged", "cost")]
        rows = sums.groupby(["unit_id", "year"])[columns].sum().reset_index()
        rows = rows.set_axis(["unit_id", "year", "records", "flagged", "cost_flagged"], axis=1)
        judged = rows["records"] > 0
        rows["cost_flagged"] = (rows["cost_flagged"] / SCALES["cost"]).where(judged)
        rows["flagged"] = rows["flagged"].where(judged)
        rows["share"] = rows["flagged"] / rows["records"]
        missing = "no_records" if given.issuperset(required) else "no_column"
        parts.append(rows.assign(rule=rule, reason=pd.Series(missing, rows.index).mask(judged)))
    columns = [*BY, "records", "flagged", "cost_flagged", "share", "reason"]
    return pd.concat(parts)[columns].sort_values(BY, ignore_index=True)


def _build_disease_groups(stays: pd.DataFrame) -> pd.DataFrame:
    """Build the table `disease_groups`: an amount is missing where one of its stays lacks it."""
    keys = ["unit_id", *DISEASE_KEYS]
    sums = stays.groupby(keys, dropna=False).sum(numeric_only=True).reset_index()
    amounts = {
        name: (sums[name] / SCALES[name]).where(sums[f"{name}_count"] == sums["records"])
        for name in GROUPED
    }
    table = sums.assign(cases=sums["records"], **amounts)
    table = table.rename(columns={"disease_group": "group"})
    columns = ["unit_id", "year", "scheme", "group", "cases", *GROUPED]
    return table[columns].sort_values(columns[:4], ignore_index=True)


def _build_refills(parts: list[pd.DataFrame], units: pd.DataFrame | None) -> pd.DataFrame:
    """Build the table `refills` of units, departments and all units above.

    A patient of two units counts twice above them. Patients are missing where one of the refills
    names none.
    """
    own, of_departments = parts
    above = expand_to_parents(own.assign(department_id=None), units)
    rows = pd.concat([above, of_departments], ignore_index=True)
    keys = ["unit_id", *DISEASE_KEYS]
    counts = dict.fromkeys(("fills", "named", "patients", "days_supplied"), "sum")
    rows = rows.groupby(keys, dropna=False).agg(counts | {"longest_days": "max"}).reset_index()
    rows["patients"] = rows["patients"].where(rows["named"] == rows["fills"])
    for name in ("days_supplied", "longest_days"):
        rows[name] = rows[name] / SCALES["days_supplied"]
    columns = ["unit_id", "year", "scheme", "disease", "patients", "fills", "days_supplied",
               "longest_days"]  # fmt: skip
    table = rows.rename(columns={"disease_group": "disease"})[columns]
    return table.sort_values(columns[:4], ignore_index=True)


def _build_measures(screening: pd.DataFrame) -> pd.DataFrame:
    """Build the table `measures` from the shares, so that a policy may score them."""
    judged = screening.dropna(subset=["share"])
    return pd.DataFrame(
        {
            "unit_id": judged["unit_id"],
            "year": judged["year"],
            "measure": "screened_" + judged["rule"],
            "value": judged["share"],
        }
    )


def _sort_flagged(flagged: pa.Table) -> pa.Table:
    typed = flagged.select([name for name, _ in FLAGGED]).cast(pa.schema(FLAGGED))
    return typed.sort_by([(name, "ascending") for name, _ in FLAGGED]).combine_chunks()


def _to_pandas(frame: Frame) -> pd.DataFrame:
    """Compute a frame as a DataFrame of Arrow types, which keep null apart from NaN."""
    computed: pd.DataFrame = collect(frame).to_pandas(types_mapper=pd.ArrowDtype)
    return computed


def _to_lazy(frame: pd.DataFrame) -> Frame:
    return nw.from_native(frame).lazy()


def _build_table(frame: Frame, key: list[str]) -> pd.DataFrame:
    return _to_pandas(frame).sort_values(key, ignore_index=True)
