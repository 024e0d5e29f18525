"""A frame as people read it: names beside ids, codes in words, percent and 万元."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd

from fundeval.indicator_registry import DERIVED_COLUMNS
from fundeval.report.format.indicator_formats import number_format_of, number_formats_of_finding
from fundeval.report.format.messages import Messages
from fundeval.report.format.numbers import MoneyScale, NumberFormatter
from fundeval.report.sections.findings import DETAILS
from fundeval.results.frames import FRAMES, Column, columns_of_frame
from fundeval.tables.schemas import TABLES, columns_of
from fundeval.words import has, say

# Columns of comparisons and tables that no model of a frame describes.
OTHERS: dict[str, Column] = {
    "below_id": Column("id"),
    "care_level": Column("code", "care_level."),
    "other_score": Column("number"),
    "other_grade": Column("code", "grade."),
    "other_state": Column("code", "path."),
    "other_next_budget": Column("money"),
    "change": Column("money"),
    **dict.fromkeys(("gained", "lost"), Column("money")),
    **dict.fromkeys(("restricted", "states", "scores", "grades", "budgets"), Column("count")),
}
# Frames of counts and sums over units.
COUNTS = ("swept", "counts")
# Where a name in short reads better than the whole one.
SHORT = {"state": "path."}
# Figures whose unit of measure is that of the indicator or finding of their row.
BY_ROW = (
    "value",
    "expected",
    "low",
    "high",
    "minimum",
    "p10",
    "p25",
    "p50",
    "p75",
    "p90",
    "maximum",
)
# Roles of columns of tables that those of results call otherwise.
ROLES = {"rate": "fraction"}


def in_words(
    frame: pd.DataFrame, names: pd.Series, messages: Messages, numbers: NumberFormatter
) -> pd.DataFrame:
    """Return a frame with names beside ids, codes in words, and figures as people read them.

    Parameters
    ----------
    frame
        A frame of an evaluation, a table of its data set, or rows and columns of one.
    names
        Names of units by id.
    messages, numbers
        In the language wanted.

    Returns
    -------
    pandas.DataFrame
        The same rows. Amounts and fractions stay numbers, so that they sort and add up: in a
        scale named in the header, such as 万元 or %. Where a column holds figures of several
        kinds, each is a text with its unit. Headers are those of `field_name`.
    """
    whole = frame_of(frame)
    columns: dict[str, pd.Series] = {}
    for name in frame.columns:
        for title, column in _column(frame, str(name), whole, names, messages, numbers):
            columns[_apart(title, columns)] = column
    return pd.DataFrame(columns, index=frame.index)


def with_words(frame: pd.DataFrame, names: pd.Series, messages: Messages) -> pd.DataFrame:
    """Return a frame with codes in words; columns and figures stay as they are.

    The column `name` has the names of units; it is added where there are ids.
    """
    whole = _columns_of(frame_of(frame))
    said = {
        name: frame[name].map(word, na_action="ignore")
        for name in map(str, frame.columns)
        if (word := _words_of(name, whole.get(name) or _anywhere(name), messages))
    }
    named = "unit_id" in frame and "name" not in frame
    return frame.assign(**said, **({"name": frame["unit_id"].map(names)} if named else {}))


def _anywhere(name: str) -> Column:
    """Return what a column of any frame or comparison holds; text where none has it."""
    found = (columns_of_frame(frame).get(name) for frame in FRAMES)
    return OTHERS.get(name) or next(filter(None, found), Column("text"))


def frame_of(frame: pd.DataFrame) -> str:
    """Return the name of the frame or table that a frame was taken from, else by its columns."""
    named = str(frame.attrs.get("frame"))
    if named in FRAMES or named in TABLES or named in COUNTS:
        return named
    columns = set(map(str, frame.columns))
    return max(FRAMES, key=lambda name: len(columns & set(FRAMES[name])))


def field_name(messages: Messages, column: str) -> str:
    """Return what a column is called: as in results, as in the forms that people fill in."""
    headers = (columns_of(table).get(column) for table in TABLES)
    header = next((found.zh for found in headers if found), column)
    plain = column.replace("_", " ").capitalize() if header != column else column
    return messages.code("field.", column, header if messages.lang == "zh" else plain)


def _columns_of(whole: str) -> dict[str, Column]:
    """Return what the columns of a frame or of a table of the data set hold."""
    if whole in COUNTS:
        return {}
    if whole in FRAMES:
        return dict(columns_of_frame(whole))
    # The unit of a supplied value is that of its measure.
    kept = {"money", "id", "code", *(["rate"] if whole != "measures" else [])}
    derived = {
        column.name: Column("money")
        for column in DERIVED_COLUMNS.values()
        if column.table == whole and column.is_money
    }
    return derived | {
        name: Column(ROLES.get(column.role, column.role), f"{name}.")  # type: ignore[arg-type]
        if column.role in kept
        else Column("text")
        for name, column in columns_of(whole).items()
    }


def _column(  # noqa: PLR0913, PLR0917
    frame: pd.DataFrame, name: str, whole: str, names: pd.Series, messages: Messages,
    numbers: NumberFormatter,
) -> list[tuple[str, pd.Series]]:  # fmt: skip
    """Return a column with its header; an id of the row is followed by the name of the unit."""
    values, title = frame[name], field_name(messages, name)
    column = _columns_of(whole).get(name) or _anywhere(name)
    role = column.role
    match role:
        case "id" if name == "unit_id":
            named = [] if "name" in frame else [(field_name(messages, "name"), values.map(names))]
            return [(title, values), *named]
        case "id":
            return [(title, values.map(names).fillna(values))]
        case "figure" if name in BY_ROW and ("indicator" in frame or "finding" in frame):
            return [(title, _figures(frame, name, numbers))]
        case "money":
            return [_scaled(title, values, numbers)]
        case "fraction":
            return [(messages.say("heading.percent", name=title), (values * 100).round(4))]
    word = _words_of(name, column, messages)
    return [(title, values if word is None else values.map(word, na_action="ignore"))]


def _words_of(  # noqa: PLR0911
    name: str, column: Column, messages: Messages
) -> Callable[[object], str] | None:
    """Return how the codes of a column are said, None for a column without codes."""
    if name == "step":
        return messages.step
    if name == "domain":
        return messages.domain
    if name in ("indicator", "subject", "measure"):
        return lambda code: messages.indicator(str(code)) if code else ""
    if name == "flags":
        return lambda flags: messages.listed(
            messages.code("flag.", flag) for flag in str(flags).split(";") if flag
        )
    if name == "detail":
        return lambda code: next(
            (messages.say(f"{group}{code}") for group in DETAILS if has(f"{group}{code}")),
            messages.code("incident.", code),
        )
    if column.role == "reason":
        return lambda code: messages.reason(code) if has(f"reason.{code}") else str(code)
    group = SHORT.get(name, column.group)
    if not group:
        return None
    return lambda code: messages.code(group, code)


def _figures(frame: pd.DataFrame, name: str, numbers: NumberFormatter) -> pd.Series:
    """Return figures in the number format of the indicator or finding of their row."""
    if "finding" in frame:
        place = 1 if name == "expected" else 0
        formats = [
            number_formats_of_finding(finding, subject, numbers.units)[place]
            for finding, subject in zip(frame["finding"], frame["subject"], strict=True)
        ]
    else:
        formats = [number_format_of(each, numbers.units) for each in frame["indicator"]]
    shown = [
        "" if pd.isna(value) else numbers.format_as(form, value)
        for form, value in zip(formats, frame[name], strict=True)
    ]
    return pd.Series(shown, frame.index, dtype="str")


class Unscaled(NumberFormatter):
    """Numbers whose amounts stay in the currency itself, to add up elsewhere."""

    def __init__(self, numbers: NumberFormatter) -> None:
        super().__init__(numbers.lang, numbers.currency, numbers.units)

    @property
    def scale(self) -> MoneyScale:
        """The currency itself."""
        return self.plain_scale


def _scaled(title: str, values: pd.Series, numbers: NumberFormatter) -> tuple[str, pd.Series]:
    """Return amounts in the scale of reports, and the header with its name."""
    scale = numbers.scale
    header = say("heading.in_scale", numbers.lang, name=title, scale=scale.name)
    # To the 分 in any scale.
    return header, (values / scale.factor).round(2 + round(math.log10(scale.factor)))


def _apart(title: str, columns: dict[str, pd.Series]) -> str:
    """Return a header that no earlier column has."""
    number = 2
    header = title
    while header in columns:
        header, number = f"{title} {number}", number + 1
    return header
