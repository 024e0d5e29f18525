"""The same data from a database as from files, and what is said of one that cannot be read."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import psycopg
import pytest
from database_servers import PASSWORD, Server, programs, running
from pandas.testing import assert_frame_equal
from table_files import (
    DESCRIPTION,
    Tables,
    in_chinese,
    refusal,
    refused,
    small,
    with_chinese_names,
    write_folder,
)

from fundeval.intake.plausibility import check_plausibility
from fundeval.tables import Dataset, absolute_location, examine, load, short_name
from fundeval.tables.schemas import TABLES

TYPES = {
    "年度": "bigint", "year": "integer", "initial": "numeric(18, 4)", "adjusted": "numeric",
    "executed": "double precision", "valid_from": "date", "adjusted_on": "timestamp",
}  # fmt: skip
WORDS = [
    ["标题", "测试数据"], ["title.en", "Test data"], ["source", "invented for a test"],
    ["money_unit", "万元"], ["period.first_year", "2022"], ["period.last_year", "2023"],
    ["synthetic", "true"], ["licence", "Apache-2.0"],
]  # fmt: skip
Execute = Callable[[str], object]


def fill(execute: Execute, tables: Tables, types: dict[str, str] = TYPES) -> None:
    """Create the tables, numbers and dates typed, blanks as NULL."""
    for name, (header, *rows) in tables.items():
        columns = ", ".join(f'"{label}" {types.get(str(label), "text")}' for label in header)
        execute(f'create table "{name}" ({columns})')
        for row in rows:
            values = ", ".join("null" if cell == "" else f"'{cell}'" for cell in row)
            execute(f'insert into "{name}" values ({values})')


def described(tables: Tables) -> Tables:
    return {**tables, "dataset": [["key", "value"], *WORDS]}


def in_duckdb(path: Path, tables: Tables, types: dict[str, str] = TYPES) -> str:
    with duckdb.connect(path) as connection:
        fill(connection.execute, tables, types)
    return f"duckdb:///{path}"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL's programs are not installed, or there is no account to run them")
    with running(folder) as server:
        yield server


@pytest.fixture
def schema(server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """A schema of its own for a test, which `reader` may read."""
    name = f"Schema {request.node.name[:40]}"
    server.execute(
        f'create schema "{name}"',
        f'grant usage on schema "{name}" to reader',
        f'alter default privileges in schema "{name}" grant select on tables to reader',
    )
    yield name
    server.execute(f'drop schema "{name}" cascade')


def in_postgresql(
    server: Server, schema: str, tables: Tables, types: dict[str, str] = TYPES
) -> str:
    with psycopg.connect(server.admin) as connection:
        connection.execute(f'set search_path to "{schema}"')
        fill(connection.execute, tables, types)
    return server.url(options=f"?schema={schema.replace(' ', '%20')}")


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)


def assert_same(data: Dataset, other: Dataset) -> None:
    for name in TABLES:
        one, two = getattr(data, name), getattr(other, name)
        assert_frame_equal(one.reset_index(drop=True), two.reset_index(drop=True))


def test_databases_give_the_same_as_files(tmp_path: Path, server: Server, schema: str) -> None:
    files = load(write_folder(tmp_path / "folder", small()))
    tables = described(small())
    for url in (
        in_duckdb(tmp_path / "county.duckdb", tables),
        in_postgresql(server, schema, tables),
    ):
        data = load(url)
        assert data.info == files.info
        assert_same(data, files)
        assert [file.name.partition("/")[2] for file in data.inputs] == [
            "budgets", "dataset", "units",
        ]  # fmt: skip


def test_chinese_tables_and_headers(tmp_path: Path) -> None:
    tables = with_chinese_names(in_chinese(small())) | {"数据集说明": [["项目", "内容"], *WORDS]}
    assert_same(
        load(in_duckdb(tmp_path / "县.duckdb", tables)),
        load(write_folder(tmp_path / "folder", small())),
    )


def test_a_yaml_file_tells_of_a_database_and_its_queries(tmp_path: Path) -> None:
    tables = small()
    tables["accounts of 2023"] = tables.pop("budgets")
    in_duckdb(tmp_path / "county.duckdb", tables)
    said = DESCRIPTION + (
        "connection: duckdb:///county.duckdb\n"
        "tables:\n"
        "  units: main.units\n"
        '  budgets: select *, null as reason from "accounts of 2023" -- of every year\n'
    )
    (tmp_path / "funds.yaml").write_text(said, encoding="utf-8")
    data = load(tmp_path / "funds.yaml")
    assert_same(data, load(write_folder(tmp_path / "folder", small())))
    assert [file.name for file in data.inputs] == [
        "funds.yaml", "county.duckdb/units", "county.duckdb/budgets",
    ]  # fmt: skip


def test_a_folder_that_somebody_sent_connects_to_nothing(tmp_path: Path) -> None:
    url = "postgresql://reader:secret@localhost/funds"
    folder = write_folder(tmp_path / "folder", small(), DESCRIPTION + f"connection: {url}\n")
    said = refusal(folder)
    assert "connection" in said
    assert "secret" not in said


def test_the_hash_is_of_the_rows_whatever_their_order(
    tmp_path: Path, server: Server, schema: str
) -> None:
    tables = described(small())
    in_duckdb(tmp_path / "a.duckdb", tables)
    turned = {name: [header, *reversed(rows)] for name, (header, *rows) in tables.items()}
    (tmp_path / "b").mkdir()
    in_duckdb(tmp_path / "b" / "a.duckdb", turned)
    one, two = (load(f"duckdb:///{tmp_path / name}") for name in ("a.duckdb", "b/a.duckdb"))
    assert one.inputs == two.inputs
    url = in_postgresql(server, schema, tables)
    before = load(url)
    server.execute(f"""update "{schema}".budgets set initial = 100.6 where year = 2022""")
    changed = {f.name for f, g in zip(load(url).inputs, before.inputs, strict=True) if f != g}
    assert changed == {"funds/budgets"}


def test_a_database_stays_as_it_was_while_it_is_read(server: Server, schema: str) -> None:
    url = in_postgresql(server, schema, described(small()))
    found = examine(url)
    server.execute(f'delete from "{schema}".units')
    rows = sum(len(block) for block in found.sheets["units"].blocks())
    assert rows == 1 + len(found.tables["units"].frame)


def test_decimals_are_exact_and_ids_stay_text(tmp_path: Path, server: Server, schema: str) -> None:
    tables = described(small())
    tables["budgets"][1][3] = "0.10000000000000000555"
    tables["budgets"][2][3] = "9007199254.740993"
    types = {**TYPES, "initial": "numeric(38, 20)"}
    for url in (
        in_duckdb(tmp_path / "county.duckdb", tables, types),
        in_postgresql(server, schema, tables, types),
    ):
        data = load(url)
        assert data.budgets["initial"].tolist()[:2] == [100000, 9007199254740993]
        assert data.units["unit_id"].tolist() == ["007", "010203", "H00000000001"]


def test_ids_that_lost_their_zeros_are_told_with_the_key_of_their_row(
    tmp_path: Path, server: Server, schema: str
) -> None:
    tables = described(small())
    tables["budgets"] = [
        row if row[0] == "unit_id" else ["7", *row[1:]] for row in tables["budgets"]
    ]
    for url in (
        in_duckdb(tmp_path / "county.duckdb", tables),
        in_postgresql(server, schema, tables),
    ):
        lost = [p for p in refused(url) if p.rule == "tables.lost_zeros"]
        assert lost[0].key == "unit_id 7, year 2022, scheme employee"
        assert lost[0].file.endswith("/budgets")
        assert lost[0].values["whole"] == "007"


def test_numbers_that_are_none_are_refused(tmp_path: Path, server: Server, schema: str) -> None:
    tables = described(small())
    tables["budgets"][1][5], tables["budgets"][2][5] = "NaN", "Infinity"
    for url in (
        in_duckdb(tmp_path / "county.duckdb", tables),
        in_postgresql(server, schema, tables),
    ):
        found = refused(url)
        assert [problem.rule for problem in found] == ["tables.money"] * 2
        assert "unit_id 007, year 2023, scheme employee" in {problem.key for problem in found}


def test_slips_name_the_key_too(tmp_path: Path) -> None:
    tables = described(small())
    tables["budgets"] += [
        ["007", year, "resident", "1", "", "28839.2", ""] for year in ("2021", "2022")
    ]
    found = examine(in_duckdb(tmp_path / "county.duckdb", tables))
    slips = check_plausibility(found)
    assert slips
    assert all(slip.key.startswith("unit_id 007, year ") for slip in slips if slip.row)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("mysql://root@localhost/funds", "unknown_database"),
        ("sqlite:///funds.sqlite", "sqlite"),
        ("duckdb:///nowhere.duckdb", "database_missing"),
        ("duckdb:////tmp", "database_folder"),
        ("postgresql://reader:p%zz@localhost/funds", "bad_url"),
        ("postgresql://reader:p@ss@localhost/funds", "bad_url"),
        ("postgresql://reader:p/ss@localhost/funds", "bad_url"),
        ("postgresql://reader:pass@127.0.0.1:1/funds", "no_connection"),
        ("postgresql://reader@127.0.0.1:1/funds?password=pass", "no_connection"),
    ],
)
def test_a_url_that_leads_nowhere(url: str, rule: str) -> None:
    for lang in ("zh", "en"):
        text = refusal(url, lang)
        assert not any(part in text for part in ("p%zz", "ss@", "pass@", "=pass", ":p"))
    assert [problem.rule for problem in refused(url)] == [f"tables.{rule}"]


def test_postgresql_without_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    # None in the list of modules is how Python itself says that one cannot be imported.
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert 'pip install "fundeval[postgresql]"' in refusal("postgresql://reader@localhost/funds")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "county.duckdb").write_text("unit_id,year" * 1000, encoding="utf-8")
    [problem] = refused(f"duckdb:///{tmp_path}/county.duckdb")
    assert problem.rule == "tables.not_duckdb"
    (tmp_path / "county.duckdb").write_bytes(b"SQLite format 3\0" + bytes(84))
    [problem] = refused(f"duckdb:///{tmp_path}/county.duckdb")
    assert problem.rule == "tables.sqlite"


def test_a_file_that_another_program_has_open(tmp_path: Path) -> None:
    url = in_duckdb(tmp_path / "county.duckdb", described(small()))
    script = f"import duckdb; c = duckdb.connect({str(tmp_path / 'county.duckdb')!r}); input(c)"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdin
        assert other.stdout
        # What it asks is written once it has the file.
        other.stdout.read(1)
        [problem] = refused(url)
        other.stdin.close()
    assert problem.rule == "tables.database_locked"


@pytest.mark.parametrize("kind", ["text[]", "timestamptz", "real"])
@pytest.mark.parametrize("engine", ["duckdb", "postgresql"])
def test_types_that_lose_something_are_told(
    tmp_path: Path, request: pytest.FixtureRequest, engine: str, kind: str
) -> None:
    """An array holds several values, a zone moves the day, a float of four bytes drops digits."""
    tables = described(small())
    column, cell = {
        "text[]": ("adjusted_on", "{2023-07-01}" if engine == "postgresql" else "[2023-07-01]"),
        "timestamptz": ("adjusted_on", "2023-07-01 00:00:00+08"),
        "real": ("initial", "16777217"),
    }[kind]
    place = tables["budgets"][0].index(column)
    tables["budgets"][2][place] = cell
    types = {**TYPES, column: kind}
    if engine == "duckdb":
        url = in_duckdb(tmp_path / "county.duckdb", tables, types)
    else:
        server, schema = (request.getfixturevalue(name) for name in ("server", "schema"))
        url = in_postgresql(server, schema, tables, types)
    rule = {"text[]": "type_of_several", "timestamptz": "type_with_zone", "real": "single_float"}
    [problem] = refused(url)
    assert (problem.rule, problem.column) == (f"tables.{rule[kind]}", column)


def test_a_single_float_of_few_digits_is_read_with_a_note(tmp_path: Path) -> None:
    tables = described(small())
    url = in_duckdb(tmp_path / "county.duckdb", tables, {**TYPES, "initial": "real"})
    assert load(url).budgets["initial"].tolist() == [100_500_000, 110_000_000, 23_793_020_000]
    assert ("intake.single_float", "initial") in {(n.rule, n.column) for n in examine(url).notes}


def test_tables_that_are_passed_over_are_named(tmp_path: Path, server: Server, schema: str) -> None:
    """One is known by its headers; the others, and those of another schema, are told."""
    tables = described(small())
    tables["accounts"] = tables.pop("budgets")
    tables["budgets_old"] = tables["log"] = [["moment", "text"], ["2024", "x"]]
    path = tmp_path / "county.duckdb"
    url = in_duckdb(path, tables)
    with duckdb.connect(path) as connection:
        connection.execute("create schema other; create table other.budgets (unit_id text)")
    for place, elsewhere in (
        (url, "other.budgets"), (in_postgresql(server, schema, tables), None),
    ):  # fmt: skip
        found = examine(place)
        assert found.problems == []
        assert len(found.tables["budgets"].frame) == 3
        [told] = [note for note in found.notes if note.rule == "intake.tables_passed_over"]
        assert str(told.values["tables"]).startswith("budgets_old, log")
        assert elsewhere is None or str(told.values["tables"]).endswith(elsewhere)


def test_of_two_tables_with_the_same_headers_the_named_one_is_read(tmp_path: Path) -> None:
    tables = described(small())
    tables["copy"] = tables["budgets"]
    found = examine(in_duckdb(tmp_path / "county.duckdb", tables))
    assert found.problems == []
    told = {n.rule: n.values.get("tables") for n in found.notes}
    assert told["intake.tables_passed_over"] == "copy"


def test_rows_of_a_database_are_told_without_numbers(tmp_path: Path) -> None:
    tables = described(small())
    tables["budgets"].append(tables["budgets"][1])
    tables["dataset"] = [["title" if key == "标题" else key, text] for key, text in WORDS[:-1]]
    told = {p.rule: p for p in refused(in_duckdb(tmp_path / "county.duckdb", tables))}
    assert told["tables.repeated"].key.startswith("unit_id ")
    [lacking] = [p for rule, p in told.items() if rule != "tables.repeated"]
    assert (lacking.file, lacking.sheet, lacking.column) == ("county.duckdb/dataset", "", "licence")


def test_the_path_of_a_database_is_no_location_but_its_url_is(tmp_path: Path) -> None:
    in_duckdb(tmp_path / "county.db", described(small()))
    [problem] = refused(tmp_path / "county.db")
    assert problem.rule == "tables.database_file"
    assert load(str(problem.values["url"])).info.synthetic
    (tmp_path / "county.bin").write_bytes(b"SQLite format 3\0" + bytes(84))
    assert [p.rule for p in refused(tmp_path / "county.bin")] == ["tables.sqlite"]


def test_a_wrong_password_is_not_shown(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGPASSWORD")
    said = refusal(server.url(password="wr0ng"))
    assert "password authentication failed" in said
    assert "wr0ng" not in said


def test_a_password_in_the_url_is_used_and_stands_in_no_output(
    server: Server, schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGPASSWORD")
    in_postgresql(server, schema, described(small()))
    url = server.url(password=PASSWORD.replace("@", "%40"))
    report = tmp_path / "report.html"
    ran = subprocess.run(
        [sys.executable, "-m", "fundeval", "check", url + f"?schema={schema.replace(' ', '%20')}",
         "--report", report],
        capture_output=True, text=True, check=False, encoding="utf-8",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    shown = ran.stdout + ran.stderr + report.read_text(encoding="utf-8")
    assert "s3cret" not in shown


@pytest.mark.parametrize(
    ("location", "short", "kept"),
    [
        ("sample:city", "sample:city", "sample:city"),
        ("duckdb:////data/county.duckdb", "county.duckdb", "duckdb:////data/county.duckdb"),
        (
            "postgresql://reader:p%40ss@host:5432/funds?schema=a&password=b",
            "funds",
            "postgresql://reader@host:5432/funds?schema=a",
        ),
        ("postgresql://host/funds?password=b", "funds", "postgresql://host/funds"),
    ],
)
def test_what_is_shown_and_kept_of_a_location(location: str, short: str, kept: str) -> None:
    assert short_name(location) == short
    assert absolute_location(location) == kept


def test_tables_that_cannot_be_read(server: Server, schema: str, tmp_path: Path) -> None:
    in_postgresql(server, schema, small())
    server.execute(f'revoke select on "{schema}".budgets from reader')
    (tmp_path / "funds.yaml").write_text(
        DESCRIPTION
        + f"connection: {server.url()}\n"
        + "tables:\n"
        + f"""  budgets: '"{schema}".budgets'\n"""
        + "  monthly: select 1 / (length('x') - 1)\n"
        + "  funds: nowhere.funds\n"
        + "  context: delete from context\n"
        + f"""  units: select * from "{schema}".units\n""",
        encoding="utf-8",
    )
    found = examine(tmp_path / "funds.yaml")
    assert {problem.rule for problem in found.problems} == {"tables.no_query"}
    said = {problem.file: str(problem.values["detail"]) for problem in found.problems}
    assert said["funds/budgets"] == "permission denied for table budgets"
    assert said["funds/monthly"] == "division by zero"
    assert said["funds/funds"] == 'relation "nowhere.funds" does not exist'
    assert said["funds/context"].startswith("syntax error")
    assert len(found.problems) == 4
    assert len(found.tables["units"].frame) == 3


def test_a_database_without_description(tmp_path: Path) -> None:
    [problem] = refused(in_duckdb(tmp_path / "county.duckdb", small()))
    assert problem.rule == "dataset.no_table"


def test_an_unfinished_yaml_file(tmp_path: Path) -> None:
    said = DESCRIPTION + "password: secret\n"
    (tmp_path / "funds.yaml").write_text(said, encoding="utf-8")
    found = {(p.rule, p.column) for p in refused(tmp_path / "funds.yaml")}
    assert found == {("yaml.missing_key", "connection"), ("yaml.unknown_key", "password")}
    assert "secret" not in refusal(tmp_path / "funds.yaml")


def test_a_view_of_a_duckdb_file_reaches_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("unit_id\n1\n", encoding="utf-8")
    with duckdb.connect(tmp_path / "county.duckdb") as connection:
        connection.execute(f"create view units as from '{tmp_path}/secret.csv'")
    rules = {problem.rule for problem in refused(f"duckdb:///{tmp_path}/county.duckdb")}
    assert "tables.no_query" in rules


def test_nothing_is_written_to_the_database(tmp_path: Path, server: Server, schema: str) -> None:
    in_postgresql(server, schema, small())
    server.execute(f'grant all on all tables in schema "{schema}" to reader')
    wipe = f'select * from x) as y; delete from "{schema}".units; select (1'
    (tmp_path / "funds.yaml").write_text(
        DESCRIPTION + f"connection: {server.url()}\ntables:\n  units: >-\n    {wipe}\n",
        encoding="utf-8",
    )
    refusal(tmp_path / "funds.yaml")
    with psycopg.connect(server.admin) as connection:
        [(count,)] = connection.execute(f'select count(*) from "{schema}".units').fetchall()
    assert count == 3
