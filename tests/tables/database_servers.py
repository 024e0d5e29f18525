"""A PostgreSQL server of its own for tests, where its programs are installed."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

PASSWORD = "s3cret@word"


@dataclass(frozen=True)
class Server:
    """A running server: `admin` as a connection string; readers come by TCP with a password."""

    admin: str
    port: int

    def url(self, user: str = "reader", password: str = "", options: str = "") -> str:
        with_password = f":{password}" if password else ""
        return f"postgresql://{user}{with_password}@127.0.0.1:{self.port}/funds{options}"

    def execute(self, *statements: str) -> None:
        waiting = f"{self.admin} options='-c lock_timeout=5s'"
        with psycopg.connect(waiting, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, None where it is not installed."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places = [place for place in places if (place / "initdb").exists()]
    if not places or (os.geteuid() == 0 and not _account()):
        return None
    return places[0]


def _account() -> str | None:
    """Return the account under which a superuser must start the server."""
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return None


@contextmanager
def running(programs: Path) -> Iterator[Server]:
    """Start a server with a database `funds` and a user `reader` with PASSWORD; end it after."""
    account = _account() if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg") as scratch:
        folder = Path(scratch)
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        if account:
            shutil.chown(folder, account)
            shutil.chown(folder / "password", account)
        data = folder / "data"
        subprocess.run(
            [
                programs / "initdb", "-D", data, "-U", "admin", "--encoding=UTF8", "--no-sync",
                "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=scram-sha-256",
                "--pwfile", folder / "password",
            ],
            check=True, capture_output=True, user=account, cwd=folder,
        )  # fmt: skip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = subprocess.Popen(
            [
                programs / "postgres", "-D", data, "-k", folder, "-p", str(port),
                "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=account, cwd=folder,
        )  # fmt: skip
        try:
            _wait(f"host={folder} port={port} user=admin dbname=postgres", process)
            server = Server(f"host={folder} port={port} user=admin dbname=funds", port)
            with psycopg.connect(
                f"host={folder} port={port} user=admin dbname=postgres", autocommit=True
            ) as connection:
                connection.execute("create database funds")
                connection.execute(f"create user reader password '{PASSWORD}'")
            yield server
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _wait(admin: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            psycopg.connect(admin).close()
        except psycopg.OperationalError:
            assert process.poll() is None, "the server did not start"
            time.sleep(0.1)
        else:
            return
    message = "the server does not answer"
    raise AssertionError(message)
