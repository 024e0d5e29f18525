"""What is to be known of records that can be used: blanks, twins, files, columns, digits lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import narwhals as nw
import pandas as pd

from fundeval.detail.columns import COLUMNS, IDS_AND_CODES, INPATIENT, OF_SERVICES, SCALES, Frame
from fundeval.detail.engines import TEXTS, collect
from fundeval.detail.exact_amounts import exact_amount, scale_factor
from fundeval.detail.noted_files import NotedFile
from fundeval.detail.scan import GB18030, SHOWN, OpenRecords, RecordFiles, headers_of
from fundeval.problems import BadInputError, Problem
from fundeval.tables.sources.column_types import of_single_float
from fundeval.tables.sources.data_source import first_names

SERVICES = ["unit_id", "year", "scheme", "setting", "care_level"]
# Only stays have them.
OF_STAYS = ("bed_days", "weight")
EXAMPLES = 3


def check_copies(noted: Sequence[NotedFile]) -> None:
    """Raise BadInputError with each file of records that has the bytes of another one."""
    first: dict[str, Path] = {}
    problems = []
    for file in noted:
        other = first.setdefault(file.sha256, file.path)
        if other is not file.path and not _has_header_alone(file.path):
            problems.append(Problem("detail.same_file", file.path.name, {"other": other.name}))
    if problems:
        raise BadInputError(problems)


def _has_header_alone(path: Path) -> bool:
    if path.suffix.lower() not in TEXTS:
        return False
    with path.open("rb") as file:
        return not b"".join(list(file.readlines(2**16))[1:2]).strip()


def notes_of_columns(groups: Sequence[RecordFiles]) -> Iterator[Problem]:
    """Yield what is to be known of files by their headers: columns unknown, lacking, stated."""
    headers = headers_of(groups)
    for group in groups:
        unknown = [
            was for name, was in zip(group.columns, group.headers, strict=True) if was and not name
        ]
        absent = headers.keys() - {*group.columns}
        lacking = [headers[name] for name in COLUMNS if name in absent]
        for rule, names in (("unknown_columns", unknown), ("lacking_columns", lacking)):
            if names:
                values = {"count": len(names), "names": first_names(names, SHOWN)}
                yield Problem(f"detail.{rule}", group.name, values)
        for name, unit in group.units.items():
            yield Problem(
                "detail.stated_unit", group.name, {"unit": unit}, column=group.header_of[name]
            )
        if group.encoding == GB18030:
            yield Problem("intake.encoding", group.name)


def notes_of_single_floats(opened: OpenRecords, frames: Sequence[Frame]) -> Iterator[Problem]:
    """Yield what is told of columns of single floats, by the largest figure in each."""
    for group, frame in zip(opened.groups, frames, strict=True):
        for name, was in group.header_of.items():
            if was in group.singles and name in SCALES:
                [largest] = collect(frame.select(exact_amount(name).max()))[0].to_pylist()
                factor = scale_factor(name, opened.units_of(group).get(name, "元"))
                figure = None if largest is None else largest / factor
                yield of_single_float(group.name, was, "float", figure)


def notes_of_blanks(
    sums: pd.DataFrame, file: str, columns: Sequence[str], headers: dict[str, str]
) -> Iterator[Problem]:
    """Yield by amount how many records leave it blank, and which sums are blank for that.

    `sums` are as `sum_records` returns them, `columns` those that some file has. Of what only
    stays have the stays count.
    """
    stay = sums["setting"].isin(INPATIENT)
    for name in (*OF_SERVICES, "weight"):
        if name not in columns:
            continue
        rows = sums[stay] if name in OF_STAYS else sums
        counts = rows.groupby(SERVICES, dropna=False)[["records", f"{name}_count"]].sum()
        blank = counts[counts["records"] > counts[f"{name}_count"]]
        # A sum of blanks alone hides no figure, unless nothing else is there.
        partial = blank[blank[f"{name}_count"] > 0]
        for rule, found in (("blanks", partial), ("all_blank", blank.drop(partial.index))):
            if found.empty:
                continue
            keys = [" ".join(map(str, key)) for key in found.index[:EXAMPLES]]
            values = {
                "count": int((found["records"] - found[f"{name}_count"]).sum()),
                "rows": len(found),
                "examples": "; ".join(keys),
            }
            yield Problem(f"detail.{rule}", file, values, column=headers.get(name, name))
    if "disease_group" in columns and (count := int(sums["ungrouped"].sum())):
        yield Problem("detail.ungrouped", file, {"count": count}, column=headers["disease_group"])


def check_twins(records: Frame, file: str) -> Problem | None:
    """Return what is told of records that are equal in every column, None if there are none.

    Without ids nobody can tell a visit that was exported twice from two that are alike; where every
    record has a twin, the export stands there twice.
    """
    exact = [f"{name}_exact" for name in SCALES]
    counts = records.group_by([*IDS_AND_CODES, "year", *exact]).agg(times=nw.len())
    more = nw.col("times").cast(nw.Int64) - 1
    found = collect(
        counts.with_columns(
            alone=nw.when(nw.col("times") == 1).then(1),
            more=more,
            stays=nw.when(nw.col("setting").is_in(INPATIENT)).then(more),
            cost=more * exact_amount("cost"),
        ).select(
            groups=nw.len(),
            alone=nw.col("alone").count(),
            more=nw.col("more").sum(),
            stays=nw.col("stays").sum(),
            cost=nw.col("cost").sum(),
        )
    ).to_pylist()[0]
    if not found["more"]:
        return None
    values = {
        "count": int(found["more"]),
        "stays": int(found["stays"] or 0),
        "cost": f"{int(found['cost'] or 0) / SCALES['cost']:,.2f}",
    }
    every = found["groups"] > 1 and not found["alone"]
    return Problem("detail.doubled" if every else "detail.twins", file, values)
