"""Texts of charts shortened and broken at their widths, in widths of a Chinese character."""

from __future__ import annotations

import pytest

from fundeval.report.charts.text_width import cut, fit, fit_columns, width_of, wrap


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0), ("基金", 2), ("，", 1), ("ａ", 1), ("W", 0.9), ("m@M", 2.7), ("w", 0.6), ("i9", 1.2)],
)
def test_the_width_of_a_text_is_that_of_its_signs(text, expected):
    assert width_of(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        (6, "医疗保障基金"),
        # One of the places is for the ellipsis.
        (5.9, "医疗保障…"),
        (5, "医疗保障…"),
        (4.9, "医疗保…"),
        (1, "…"),
    ],
)
def test_a_text_that_fits_exactly_stays_whole(room, expected):
    assert cut("医疗保障基金", room) == expected


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("医疗保障", 4, "医疗保障"),
        ("医疗保障", 3, "医疗保\n障"),
        ("医疗 保障", 2, "医疗\n保障"),
        # A closing mark stays with its sign, a word is not broken, a hyphen may end a line.
        ("医疗，保障", 3, "医疗，\n保障"),
        ("reviewed", 2, "reviewed"),
        ("year-end budget", 4, "year-\nend\nbudget"),
        ("", 3, ""),
    ],
)
def test_lines_are_as_long_as_there_is_room(text, room, expected):
    assert wrap(text, room) == expected


@pytest.mark.parametrize(
    ("room", "expected"), [(2, "ab\ncd"), (1.9, "abc\nd"), (0.5, "a\nb\nc\nd")]
)
def test_a_word_may_break_where_it_must(room, expected):
    """It is broken into as many signs as have room if all are wide, at least into single ones."""
    assert wrap("abcd", room, within_words=True) == expected


def test_a_word_that_fits_is_not_broken():
    assert wrap("ab cd", 1.2, within_words=True) == "ab\ncd"


@pytest.mark.parametrize(
    ("room", "lines", "expected"),
    [
        (4, 1, (["医疗保障", "基金"], [])),
        (2, 2, (["医疗\n保障", "基金"], [])),
        # A line too few, or a line too long: numbers.
        (2, 1, (["1", "2"], ["医疗保障", "基金"])),
        (1, 4, (["医\n疗\n保\n障", "基\n金"], [])),
    ],
)
def test_titles_of_columns_are_broken_or_numbered(room, lines, expected):
    assert fit_columns(["医疗保障", "基金"], room, lines) == expected


def test_a_title_of_one_long_word_is_numbered():
    assert fit_columns(["Satisfaction", "a"], 7.1) == (["1", "2"], ["Satisfaction", "a"])
    assert fit_columns(["Satisfaction", "a"], 7.3) == (["Satisfaction", "a"], [])


@pytest.mark.parametrize(
    ("text", "room", "lines", "expected"),
    [
        ("医疗保障", 4, 2, "医疗保障"),
        ("医疗保障", 2, 2, "医疗\n保障"),
        ("医疗保障基", 2, 2, "医疗\n保…"),
        ("医疗保障基", 2, 1, "医…"),
        # What goes on in English is joined by a space again.
        ("fund of the year", 4.3, 2, "fund of\nthe y…"),
    ],
)
def test_the_last_line_of_a_name_is_shortened(text, room, lines, expected):
    assert fit(text, room, lines) == expected
