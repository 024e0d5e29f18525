"""The small table of budgets, written in one of the many ways that people write a table."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from hypothesis import strategies as st
from table_files import DESCRIPTION, Rows, small, write_csv, write_workbook

MONEY = {"initial": "年初预算数", "adjusted": "全年预算数(A)", "executed": "全年执行数(B)"}
HEADERS = {
    "unit_id": "单位编码",
    "year": "年度",
    "scheme": "险种",
    "adjusted_on": "调整日期",
} | MONEY
# 元 in a unit.
UNITS = {"元": 1, "千元": 1_000, "万元": 10_000, "亿元": 100_000_000}
SCHEMES = {
    "employee": ["employee", "职工", "城镇职工基本医疗保险", "职工医保"],
    "resident": ["resident", "居民", "城乡居民基本医疗保险", "居民医保"],
}
YEARS = ["{}", "{}年", "{}年度"]
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
REMARKS = ["", "已核对", "见附件 2"]


def write_layout(data: st.DataObject, folder: Path) -> Path:
    """Write the tables of `small`, the budgets in a layout that is drawn; return the place."""
    tables = small()
    header, *body = tables["budgets"]
    order = data.draw(st.permutations(header))
    rows = [dict(zip(header, row, strict=True)) for row in data.draw(st.permutations(body))]
    stated = data.draw(st.sampled_from(["header", "above", "description"]))
    unit = "万元" if stated == "description" else data.draw(st.sampled_from(sorted(UNITS)))
    lines = [[_cell(data, row, column, unit) for column in order] for row in rows]
    top = [_header(column, unit if stated == "header" else "") for column in order]
    top, lines = _further_columns(data, top, lines)
    above: Rows = []
    if data.draw(st.booleans()):
        above.append(["2023 年医保基金预算执行情况表"])
    if stated == "above":
        above.append([f"单位：{unit}"])
    above += [[""]] * (data.draw(st.integers(0, 2)) if above else 0)
    below = [["注：数据为虚构。"]] if data.draw(st.booleans()) else []
    below += [["填表人：张三"]] if data.draw(st.booleans()) else []
    width = len(top)
    written = [[*line, *[""] * (width - len(line))] for line in [*above, top, *lines, *below]]
    if data.draw(st.booleans()):
        return write_workbook(folder / "book.xlsx", {**tables, "budgets": written})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.yaml").write_text(DESCRIPTION, encoding="utf-8")
    for name, content in {**tables, "budgets": written}.items():
        write_csv(folder / f"{name}.csv", content)
    return folder


def _header(column: str, unit: str) -> str:
    return f"{HEADERS[column]}（{unit}）" if unit and column in MONEY else HEADERS[column]


def _cell(data: st.DataObject, row: dict[str, str], column: str, unit: str) -> str:
    text = row[column]
    if column == "scheme":
        return data.draw(st.sampled_from(SCHEMES[text]))
    if column == "year":
        text = data.draw(st.sampled_from(YEARS)).format(text)
        return text.translate(FULL_WIDTH) if data.draw(st.booleans()) else text
    if column not in MONEY:
        return text
    if not text:
        return data.draw(st.sampled_from(["", "—", "/"]))
    number = Decimal(text) * UNITS["万元"] / UNITS[unit]
    return f"{number:,f}" if data.draw(st.booleans()) else f"{number:f}"


def _further_columns(data: st.DataObject, top: list[str], lines: Rows) -> tuple[list[str], Rows]:
    """Return header and rows with columns that say nothing new."""
    if data.draw(st.booleans()):
        top = ["序号", *top]
        lines = [[str(n), *line] for n, line in enumerate(lines, 1)]
    if data.draw(st.booleans()):
        top = [*top, "备注"]
        lines = [[*line, data.draw(st.sampled_from(REMARKS))] for line in lines]
    if data.draw(st.booleans()):
        top = ["", *top]
        lines = [["", *line] for line in lines]
    return top, lines
