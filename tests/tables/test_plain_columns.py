"""Columns read without a second look are read as all others are, and have nothing to tell."""

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fundeval.tables.cells import matching
from fundeval.tables.parsing.column_roles import NUMERIC, doubtful_commas, read_cells
from fundeval.tables.parsing.doubtful_cells import DITTO, IN_BRACKETS
from fundeval.tables.parsing.plain_columns import read_plain
from fundeval.tables.schemas import columns_of

# A column of each role.
COLUMNS = {
    column.role: (table, name)
    for table in ("units", "budgets", "measures", "purchases", "incidents", "services", "funds")
    for name, column in columns_of(table).items()
}
# Cells that people write; some mean more than one thing, or what no sign of theirs shows.
WRITTEN = (
    "12.5", "-3", "1e5", "inf", "nan", "1,234", "0,875", "(12)", "1万", "12%", "１２", "5\u200b",
    "2024", "2024年", "1905-07-16", "2024-02-30", "2024-05-01", "2024/5/1", "2024-05-01 9:30",
    "H001", "H0\u200b01", "1.23457E+11", "同上", "ditto", "—", "暂无", "N/A", "职工", "employee",
    "其他", "三级", "tertiary", "医保局\n二处", "映川（虚构）", "a;b", "是", "合计",
)  # fmt: skip
CELLS = st.lists(st.none() | st.sampled_from(WRITTEN) | st.text(min_size=1, max_size=6), max_size=5)


@pytest.mark.parametrize("role", COLUMNS)
@given(cells=CELLS, factor=st.sampled_from([1.0, 1e4, 0.01]))
@example(cells=["12.5", None], factor=1e4)
@example(cells=["2024-05-01"], factor=1.0)
@example(cells=["H001", "职工"], factor=1.0)
def test_what_is_read_plainly_is_what_a_second_look_finds(
    role: str, cells: list[str | None], factor: float
) -> None:
    table, name = COLUMNS[role]
    column = columns_of(table)[name]
    factor = max(factor, 1.0) if role == "money" else factor
    column_of_cells = pd.Series(cells, dtype="str").str.strip()
    column_of_cells = column_of_cells.mask(column_of_cells == "")
    plain = read_plain(column_of_cells, column, factor)
    if plain is None:
        return
    reading = read_cells(column_of_cells, column.role, column.codes, factor, column.words)
    pd.testing.assert_series_equal(plain, reading.typed, check_exact=True)
    assert not (reading.missing | reading.converted | reading.meant).any()
    assert plain.notna().tolist() == column_of_cells.notna().tolist()
    if role != "text":
        assert not matching(column_of_cells, DITTO).any()
    if role in NUMERIC:
        assert not matching(column_of_cells, IN_BRACKETS).any()
        assert not doubtful_commas(column_of_cells, doubtful=True).any()


@pytest.mark.parametrize(
    ("name", "cells"),
    [("executed", ["12.5", None]), ("year", ["2024"]), ("unit_id", ["H001"]), ("scheme", ["职工"])],
)
def test_usual_columns_need_no_second_look(name: str, cells: list[str | None]) -> None:
    column = columns_of("budgets")[name]
    assert read_plain(pd.Series(cells, dtype="str"), column, 1.0) is not None
