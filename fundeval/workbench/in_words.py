"""A frame as people read it: names beside ids, codes in words, percent and 万元."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from fundeval.report.format.indicator_formats import number_format_of, number_formats_of_finding
from fundeval.report.format.messages import Messages
from fundeval.report.format.numbers import NumberFormatter
from fundeval.results.frames import FRAMES, MONEY
from fundeval.words import has

IDS = ("unit_id", "parent_id", "alliance_id", "successor_id", "below_id")
# Column -> the group of the catalogue that its codes stand in.
CODES = {
    "kind": "kind.", "scheme": "scheme.", "setting": "setting.", "care_level": "care_level.",
    "grade": "grade.", "other_grade": "grade.", "state": "path.", "other_state": "path.",
    "step": "step.", "finding": "finding.", "severity": "severity.", "item": "settlement.",
    "scenario": "scenario.", "status": "status.", "limit": "at_limit.",
    "floor_by": "explain.limit.",
    "cap_by": "explain.limit.", "balance_rule": "value.evaluation_link.", "parameter": "parameter.",
}  # fmt: skip
REASONS = (
    "reason", "envelope_by", "income_reason", "gdp_reason", "group_reason", "standing",
)  # fmt: skip
# Fractions, shown as percent.
PERCENTS = {
    "rate", "previous_rate", "previous_floor", "coverage", "stability", "execution_rate",
    "link_rate", "progress",
}  # fmt: skip
# Columns that hold fractions in one frame and amounts in another.
MONEY_OF = {"compared": ("next_budget", "other_next_budget", "change")}
PERCENTS_OF = {"restrictions": {"floor"}}
# Figures whose unit of measure is that of the row's indicator.
BY_INDICATOR = ("value", "low", "high", "minimum", "p10", "p25", "p50", "p75", "p90", "maximum")
LISTED = "、"


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


def frame_of(frame: pd.DataFrame) -> str:
    """Return the name of the frame that a frame was taken from, by its columns."""
    named = frame.attrs.get("frame")
    if named:
        return str(named)
    columns = set(map(str, frame.columns))
    return max(FRAMES, key=lambda name: len(columns & set(FRAMES[name])))


def field_name(messages: Messages, column: str) -> str:
    """Return what a column is called; one without a name keeps its own."""
    return messages.code("field.", column)


def _column(  # noqa: PLR0913, PLR0917
    frame: pd.DataFrame, name: str, whole: str, names: pd.Series, messages: Messages,
    numbers: NumberFormatter,
) -> list[tuple[str, pd.Series]]:  # fmt: skip
    """Return a column with its header; an id is followed by the name of the unit."""
    values, title = frame[name], field_name(messages, name)
    if name in IDS:
        known = values.map(names)
        if name == "unit_id" and "name" not in frame:
            return [(title, values), (field_name(messages, "name"), known)]
        return [(title, values)] if name == "unit_id" else [(title, known.fillna(values))]
    of_row = name in BY_INDICATOR and "indicator" in frame
    if of_row or (name in ("value", "expected") and "finding" in frame):
        return [(title, _figures(frame, name, numbers))]
    if name in MONEY.get(whole, ()) or name in MONEY_OF.get(whole, ()):
        return [_scaled(title, values, numbers)]
    if name in PERCENTS or name in PERCENTS_OF.get(whole, set()):
        return [(f"{title}（%）" if numbers.lang == "zh" else f"{title} (%)", _percent(values))]
    word = _words_of(name, whole, messages)
    return [(title, values if word is None else values.map(word, na_action="ignore"))]


def _words_of(name: str, whole: str, messages: Messages) -> Callable[[object], str] | None:
    """Return how a code of a column is said, None for a column without codes."""
    if name == "level":
        group = "warning." if whole == "warnings" else "level."
        return lambda code: messages.code(group, code)
    if name == "domain":
        return messages.domain
    if name in CODES:
        return lambda code: messages.code(CODES[name], code)
    if name in REASONS:
        return lambda code: messages.reason(code) if has(f"reason.{code}") else str(code)
    if name in ("indicator", "subject"):
        return lambda code: messages.indicator(str(code)) if code else ""
    return None


def _figures(frame: pd.DataFrame, name: str, numbers: NumberFormatter) -> pd.Series:
    """Return figures in the number format of the indicator or finding of their row."""
    if "finding" in frame:
        place = 1 if name == "expected" else 0
        formats = [
            number_formats_of_finding(finding, subject)[place]
            for finding, subject in zip(frame["finding"], frame["subject"], strict=True)
        ]
    else:
        formats = list(map(number_format_of, frame["indicator"]))
    shown = [
        "" if pd.isna(value) else numbers.format_as(form, value)
        for form, value in zip(formats, frame[name], strict=True)
    ]
    return pd.Series(shown, frame.index, dtype="str")


def _scaled(title: str, values: pd.Series, numbers: NumberFormatter) -> tuple[str, pd.Series]:
    """Return amounts in the scale that suits the largest, and the header with its name."""
    scale = numbers.scale_for_largest(values.dropna())
    header = f"{title}（{scale.name}）" if numbers.lang == "zh" else f"{title} ({scale.name})"
    return header, (values / scale.factor).round(4 if scale.factor > 1 else 2)


def _percent(values: pd.Series) -> pd.Series:
    return (values * 100).round(4)


def _apart(title: str, columns: dict[str, pd.Series]) -> str:
    """Return a header that no earlier column has."""
    number = 2
    header = title
    while header in columns:
        header, number = f"{title} {number}", number + 1
    return header
