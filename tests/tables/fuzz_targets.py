"""What fuzzing throws at the readers and loaders, and what must hold of their answer.

Each target takes hypothesis data and a folder of its own; it returns whether the input was
refused. Anything raised but BadInputError is a finding.
"""

import io
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import duckdb
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from table_files import DESCRIPTION, in_chinese, small, write_folder, write_parquet, write_workbook
from written_layouts import MONEY, write_layout

from fundeval import policy, workspace
from fundeval.intake.mapping import read_mapping_file
from fundeval.intake.plausibility import check_plausibility
from fundeval.money import FEN, half_up
from fundeval.problems import BadInputError
from fundeval.tables import examine, load

FILES = Path(__file__).with_name("files")
REPOSITORY = Path(__file__).parents[2]
TOKENS = [
    text.encode()
    for text in (
        "\0", '"', ",", "\n", "\r", "\t", ";", ": ", "- ", "  ", "{", "[", "&a", "*a", "<<: ", "!!",
        "合计", "—", "示例", "1e999", "-1e-999", "nan", "inf", "=1+1", "０１２", "%", "万", "亿元",
        "(元)", "\u202e", "2024-02-30", "1_000", "0x1F", "9" * 40, "null", "~", "🏥", "\ufeff",
        "<!DOCTYPE x>", "</row>", '<c r="XFD1048576"/>', "&#0;", "unit_id", "年度",
    )
] + [b"\xff", b"\x80", b"\xd6\xd0", b"\xef\xbb\xbf"]  # fmt: skip
GOOD = ["", "—", "暂无", "1,000", "12.5", "３万", "2021", "职工", "007", "2024年5月1日", "合计"]
WORDS = (
    st.sampled_from(GOOD)
    | st.text(max_size=12)
    | st.sampled_from([token.decode("utf-8", "ignore") for token in TOKENS])
)
Target = Callable[[st.DataObject, Path], bool]


@st.composite
def spoilt(draw: st.DrawFn, content: bytes) -> bytes:
    """Return content with some places overwritten, cut out, doubled or added to."""
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(content)))
        end = start + draw(st.integers(0, 30))
        added = draw(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=12)))
        content = draw(
            st.sampled_from([
                content[:start] + added + content[end:],
                content[:start] + content[end:],
                content[:end] + content[start:],
                content[:start],
            ])
        )  # fmt: skip
    return content


def refused(read: Callable[[], object]) -> bool:
    """Tell whether the input was refused, with something to say in both languages."""
    told: BadInputError | None = None
    try:
        read()
    except BadInputError as error:
        # Its frames would hold what it was read from, such as a database, open.
        told = error.with_traceback(None)
    if told is not None:
        assert told.problems
        assert told.text("zh")
        assert told.text("en")
    return told is not None


def check(location: Path) -> bool:
    """Load what is at a location, and look for slips, as `fundeval check` does."""

    def read() -> None:
        found = examine(location)
        for told in (*found.notes, *check_plausibility(found)):
            assert told.text("zh")
        found.dataset()

    return refused(read)


@cache
def samples() -> dict[str, bytes]:
    """Return a good file of each kind, by its suffix."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_parquet(folder, small())
        write_folder(folder, in_chinese(small()))
        write_workbook(folder / "book.xlsx", small())
        files = {path.suffix: path.read_bytes() for path in folder.glob("budgets.*")}
        files[".xlsx"] = (folder / "book.xlsx").read_bytes()
    return files | {suffix: (FILES / f"small{suffix}").read_bytes() for suffix in (".xls", ".ods")}


def text_files(data: st.DataObject, folder: Path) -> bool:
    """Spoil a CSV file, in UTF-8 or GB18030."""
    content = samples()[".csv"].decode().encode(data.draw(st.sampled_from(["utf-8", "gb18030"])))
    write_folder(folder, small())
    (folder / "budgets.csv").write_bytes(data.draw(spoilt(content)))
    return check(folder)


def parquet_files(data: st.DataObject, folder: Path) -> bool:
    """Spoil a Parquet file."""
    write_folder(folder, {"units": small()["units"]})
    (folder / "budgets.parquet").write_bytes(data.draw(spoilt(samples()[".parquet"])))
    return check(folder)


def workbooks(data: st.DataObject, folder: Path) -> bool:
    """Spoil the bytes of a workbook, or a part within it."""
    suffix = data.draw(st.sampled_from([".xlsx", ".xls", ".ods"]))
    content = samples()[suffix]
    if suffix != ".xls" and data.draw(st.booleans()):
        content = _spoil_part(data, content)
    else:
        content = data.draw(spoilt(content))
    folder.mkdir(exist_ok=True)
    (folder / f"book{suffix}").write_bytes(content)
    (folder / "book.yaml").unlink(missing_ok=True)
    if suffix == ".xlsx":
        (folder / "book.yaml").write_text(DESCRIPTION, encoding="utf-8")
    return check(folder / f"book{suffix}")


def _spoil_part(data: st.DataObject, content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    chosen = data.draw(st.sampled_from(sorted(parts)))
    parts[chosen] = data.draw(spoilt(parts[chosen]))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return made.getvalue()


def cells(data: st.DataObject, folder: Path) -> bool:
    """Put any text into any cell: an amount that is plain digits is read as that amount."""
    tables = small()
    rows = tables["budgets"]
    for _ in range(data.draw(st.integers(1, 3))):
        row, column = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 6))
        rows[row][column] = data.draw(WORDS)
    amount = data.draw(st.decimals(0, 10**9, places=data.draw(st.integers(0, 4))))
    rows.append(["007", "2099", "all", str(amount), "", "", ""])
    write_folder(folder, tables)
    told = check(folder)
    if not told:
        budgets = load(folder).budgets
        if rows[0][3] == "initial":
            read = budgets.loc[budgets["year"] == 2099, "initial"].iloc[0]
            assert read == amount * 10_000 * FEN
    return told


def numbers(data: st.DataObject, folder: Path) -> bool:
    """Write a number in any of the ways that are read: it is never another number."""
    number = data.draw(st.decimals(0, 10**5, places=data.draw(st.integers(0, 4))))
    unit, factor = data.draw(
        st.sampled_from([("", 10**4), ("元", 1), ("万", 10**4), ("万元", 10**4), ("亿", 10**8)])
    )
    text = f"{number:,}" if data.draw(st.booleans()) else f"{number:f}"
    if data.draw(st.booleans()):
        text = "".join(unicodedata.lookup(f"FULLWIDTH {unicodedata.name(c)}") for c in text)
    tables = small()
    tables["budgets"] = [
        ["unit_id", "year", "scheme", "executed"],
        ["007", 2023, "all", text + unit],
    ]
    write_folder(folder, tables)
    exact = half_up(number * factor, 2) * FEN
    assert load(folder).budgets["executed"].iloc[0] == exact
    return False


def layouts(data: st.DataObject, folder: Path) -> bool:
    """Write a table as people do: it is refused, or has the values that were written."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        place = write_layout(data, Path(scratch))
        told = check(place)
        if not told:
            read, meant = (load(each) for each in (place, write_folder(folder / "meant", small())))
            key = ["unit_id", "year", "scheme"]
            frames = [each.budgets.sort_values(key)[[*key, *MONEY, "adjusted_on"]]
                      for each in (read, meant)]  # fmt: skip
            assert_frame_equal(*(frame.reset_index(drop=True) for frame in frames))
    return told


def databases(data: st.DataObject, folder: Path) -> bool:
    """Put any text into a cell of a database, or spoil what is said of it: as from a file."""
    tables = small()
    row, column = data.draw(st.integers(1, 3)), data.draw(st.integers(0, 6))
    tables["budgets"][row][column] = data.draw(WORDS)
    file = folder / "county.duckdb"
    folder.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    with duckdb.connect(file) as connection:
        for name, (header, *rows) in tables.items():
            connection.execute(f"create table {name} ({', '.join(f'{n} text' for n in header)})")
            connection.executemany(f"insert into {name} values ({', '.join('?' * 7)})", rows)
    said = "connection: duckdb:///county.duckdb\ntables: {units: units, budgets: with a as"
    said += " (select * from budgets) select * from a}\n"
    (folder / "funds.yaml").write_text(DESCRIPTION + said, encoding="utf-8")
    told = check(folder / "funds.yaml")
    write_folder(folder / "files", tables)
    if not told and not check(folder / "files"):
        budgets = [load(place).budgets for place in (folder / "funds.yaml", folder / "files")]
        assert_frame_equal(*(frame.reset_index(drop=True) for frame in budgets))
    (folder / "funds.yaml").write_bytes(DESCRIPTION.encode() + data.draw(spoilt(said.encode())))
    check(folder / "funds.yaml")
    return told


def yaml_files(data: st.DataObject, folder: Path) -> bool:
    """Spoil a description, a mapping or a policy."""
    kind = data.draw(st.sampled_from(["dataset", "mapping", "national", "retrospective"]))
    if kind == "dataset":
        content = DESCRIPTION.encode()
    elif kind == "mapping":
        content = (REPOSITORY / "docs/examples/mssp-mapping.yaml").read_bytes()
    else:
        content = workspace.find(f"params/policy/{kind}.yaml").read_bytes()
    # A whole policy takes a second to read: its head has all that a loader does.
    content = data.draw(spoilt(content[: data.draw(st.integers(200, 3000))]))
    write_folder(folder, small())
    (folder / "dataset.yaml").write_bytes(content if kind == "dataset" else DESCRIPTION.encode())
    if kind == "dataset":
        return check(folder)
    (folder / "rules.yaml").write_bytes(content)
    load_rules = read_mapping_file if kind == "mapping" else policy.load
    return refused(lambda: load_rules(folder / "rules.yaml"))


TARGETS: dict[str, Target] = {
    "text": text_files,
    "parquet": parquet_files,
    "workbook": workbooks,
    "cells": cells,
    "numbers": numbers,
    "layouts": layouts,
    "database": databases,
    "yaml": yaml_files,
}
