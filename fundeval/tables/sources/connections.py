"""Connect to a database for reading; passwords never appear in a name or a message."""

from __future__ import annotations

import re
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from threading import Event, Timer
from typing import Any
from urllib.parse import unquote

from fundeval.extras import require_extra
from fundeval.problems import BadInputError, Problem, refusal
from fundeval.tables.sources import limits

DUCKDB_URL = "duckdb:///"
YAML = (".yaml", ".yml")
# How the address of a folder on another machine begins.
SHARES = ("//", "\\\\")
URL = re.compile("[a-z][a-z0-9+.]*://.*", re.DOTALL)
# So that a file made by others can reach nothing but itself.
DUCKDB: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": limits.DATABASE_MEMORY,
}
# What DuckDB says of a file, and the cause that it means.
CAUSES = {
    "Could not set lock": "database_locked",
    "being used by another process": "database_locked",
    "not a valid DuckDB database file": "not_duckdb",
}
# What stands in a file of DuckDB after a checksum, and how its name may end.
DUCKDB_AT, DUCKDB_MARK = 8, b"DUCK"
DUCKDB_SUFFIXES = (".duckdb", ".ddb")
# How a file of SQLite begins, and the URL of one.
SQLITE = b"SQLite format 3\0"
SQLITE_SUFFIXES = (".sqlite", ".sqlite3")
SQLITE_URL = ("sqlite:", "sqlite3:")
# Values are written alike whatever the server is set to.
POSTGRESQL = (
    "set local datestyle to iso",
    "set local timezone to utc",
    "set local extra_float_digits to 1",
    "set local lc_monetary to 'C'",
)


@dataclass(frozen=True, eq=False)
class Database:
    """An open database: the name to show, and a function that opens a cursor for each query.

    Within `attempt()` a query may fail without affecting those that follow.
    """

    name: str
    cursor: Callable[[], Any]
    attempt: Callable[[], AbstractContextManager[Any]]
    error: type[Exception]
    interrupt: Callable[[], object] | None = None

    def columns(self, table: str, place: str) -> list[tuple[str, str]]:
        """Return name and type of the columns of a table or of a query in brackets."""
        with self._executed(f"select * from {table} as given limit 0", place) as cursor:
            return [
                (str(column[0]), str(getattr(column, "type_display", column[1])))
                for column in cursor.description
            ]

    def blocks(self, query: str, place: str) -> Iterator[list[tuple[str | None, ...]]]:
        """Yield the rows of a query block by block."""
        with self._executed(query, place) as cursor:
            while rows := self._timed(partial(cursor.fetchmany, limits.BLOCK_ROWS), place):
                yield rows

    def _executed(self, query: str, place: str) -> closing[Any]:
        cursor = self.cursor()
        self._timed(partial(cursor.execute, query), place)
        return closing(cursor)

    def _timed(self, call: Callable[[], Any], place: str) -> Any:
        """Call the database, which has `limits.QUERY_SECONDS` to answer.

        A server counts for itself; one inside this process is interrupted.
        """
        late = Event()
        timer = Timer(limits.QUERY_SECONDS, self._interrupt, [late])
        timer.daemon = True
        if self.interrupt is not None:
            timer.start()
        try:
            return call()
        except self.error as error:
            if late.is_set() or type(error).__name__ == "QueryCanceled":
                raise refusal("tables.query_too_long", place, most=limits.QUERY_SECONDS) from None
            raise refusal("tables.no_query", place, detail=_first_line(error)) from None
        finally:
            timer.cancel()
            if timer.is_alive():
                # Its thread holds this database, which could not be opened again while it lives.
                timer.join()

    def _interrupt(self, late: Event) -> None:
        late.set()
        if self.interrupt is not None:
            self.interrupt()


def is_url(location: str) -> bool:
    """Tell whether a location is the URL of a database, and not a file."""
    return URL.fullmatch(location) is not None


def database_at(path: Path) -> Problem | None:
    """Return what to say of a file that is a database given by its path, None if it is none."""
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError:
        return None
    if head.startswith(SQLITE) or path.suffix.lower() in SQLITE_SUFFIXES:
        return Problem("tables.sqlite", path.name)
    if head.startswith(DUCKDB_MARK, DUCKDB_AT) or path.suffix.lower() in DUCKDB_SUFFIXES:
        # From the root a path begins with a slash of its own.
        return Problem("tables.database_file", path.name, {"url": f"{DUCKDB_URL}{path}"})
    return None


def names_server(location: str) -> bool:
    """Tell whether to read a location may be to call another machine.

    That is a URL of anything but a DuckDB file, a YAML file, which may name such a URL, or a share.

    Examples
    --------
    >>> [names_server(place) for place in ("data", "duckdb:///a", "postgresql://a/b", "a.yaml")]
    [False, False, True, True]
    """
    if is_url(location):
        return not location.startswith(DUCKDB_URL)
    return location.lower().endswith(YAML) or location[:2] in SHARES


def short_name(location: str) -> str:
    """Return only the name of the file or database at a location."""
    return Path(without_password(location).partition("?")[0]).name


def absolute_location(location: str) -> str:
    """Return a location as an absolute path, or as a URL without its password."""
    if location.startswith(DUCKDB_URL):
        return f"{DUCKDB_URL}{_duckdb_file(location, Path()).absolute()}"
    return str(Path(location).absolute()) if Path(location).exists() else without_password(location)


def without_password(location: str) -> str:
    """Return a location without the password of a URL."""
    if not is_url(location):
        return location
    plain = re.sub("(?<=://)(.*)(?=@)", lambda user: user[1].partition(":")[0], location)
    address, mark, options = plain.partition("?")
    kept = [option for option in options.split("&") if "password" not in option.lower()]
    return address + mark + "&".join(kept) if kept[0:1] != [""] and kept else address


def connect(url: str, folder: Path) -> Database:
    """Open a database for reading; it is closed once nothing refers to it.

    Parameters
    ----------
    url
        `duckdb:///FILE`, relative to `folder` or with a fourth slash from the root, or a URL
        of PostgreSQL, whose parameter `schema` names the schema of the tables.
    folder
        Where a relative path of a DuckDB file starts.

    Raises
    ------
    BadInputError
        If the URL is wrong, or the database cannot be opened.
    """
    if url.startswith(DUCKDB_URL):
        return _duckdb(url, folder)
    if url.startswith(("postgresql://", "postgres://")):
        return _postgresql(url)
    rule = "tables.sqlite" if url.startswith(SQLITE_URL) else "tables.unknown_database"
    raise refusal(rule, without_password(url))


def _duckdb(url: str, folder: Path) -> Database:
    import duckdb  # noqa: PLC0415  (not for those who read files)

    path = _duckdb_file(url, folder)
    if problem := _no_file(path):
        raise BadInputError([problem])
    # A folder of its own: whatever lies in it can be read.
    scratch = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    config = {**DUCKDB, "temp_directory": scratch.name}
    try:
        connection = duckdb.connect(path, read_only=True, config=config)
    except duckdb.Error as error:
        detail = _first_line(error)
        rule = next((rule for said, rule in CAUSES.items() if said in detail), "no_connection")
        raise refusal(f"tables.{rule}", path.name, detail=detail) from None
    cursors: list[Any] = []

    def cursor() -> Any:
        cursors[:] = [connection.cursor()]
        return cursors[0]

    def interrupt() -> None:
        for each in cursors:
            each.interrupt()

    database = Database(path.name, cursor, nullcontext, duckdb.Error, interrupt)
    weakref.finalize(database, _end, connection, scratch)
    return database


def _no_file(path: Path) -> Problem | None:
    """Return why a path is no file of DuckDB, as far as can be told without opening it."""
    if path.is_dir():
        return Problem("tables.database_folder", path.name)
    if not path.exists():
        return Problem("tables.database_missing", path.name)
    try:
        with path.open("rb") as file:
            is_sqlite = file.read(len(SQLITE)) == SQLITE
    except OSError as error:
        detail = error.strerror or type(error).__name__
        return Problem("tables.unreadable", path.name, {"detail": detail})
    return Problem("tables.sqlite", path.name) if is_sqlite else None


def _duckdb_file(url: str, folder: Path) -> Path:
    return folder / unquote(url.removeprefix(DUCKDB_URL))


def _end(connection: Any, scratch: tempfile.TemporaryDirectory[str]) -> None:
    connection.close()
    scratch.cleanup()


def _postgresql(url: str) -> Database:
    """Return a database in one read-only transaction, so that every read sees the same data."""
    with require_extra("postgresql", without_password(url)):
        import psycopg  # noqa: PLC0415
    address, _, options = url.partition("?")
    given = [option.partition("=") for option in options.split("&")]
    schema = next((unquote(value) for name, _, value in given if name == "schema"), "")
    others = "&".join("".join(option) for option in given if option[0] not in ("schema", ""))
    try:
        known = psycopg.conninfo.conninfo_to_dict(f"{address}?{others}", client_encoding="utf8")
    except psycopg.Error:
        known = {"host": "@"}
    # A sign in a password that should be written as %40 moves the rest of it to the host.
    if any("@" in str(known.get(part, "")) for part in ("host", "port", "dbname")):
        raise refusal("tables.bad_url", without_password(url))
    try:
        known = {"connect_timeout": limits.CONNECT_SECONDS, **known}
        connection = psycopg.connect(psycopg.conninfo.make_conninfo("", **known))
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for setting in (*POSTGRESQL, f"set local statement_timeout to '{limits.QUERY_SECONDS}s'"):
            connection.execute(setting)
        if schema:
            connection.execute("select set_config('search_path', quote_ident(%s), true)", [schema])
    except psycopg.Error as error:
        raise refusal(
            "tables.no_connection", without_password(url), detail=_first_line(error)
        ) from None
    numbers = count()
    database = Database(
        connection.info.dbname,
        # A cursor with a name is kept by the server, which sends a block of rows at a time.
        lambda: connection.cursor(f"fundeval_{next(numbers)}"),
        connection.transaction,
        psycopg.Error,
    )
    weakref.finalize(database, connection.close)
    return database


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
