"""A warm process seen from the one that uses it: call a function there, learn how it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock, Timer
from typing import Any, Literal

from fundeval.engine.fork import can_fork

# The same for every process that runs a notebook: no difference by hash seed, place or language,
# no threads that fight for the cores or forbid a fork.
ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
MEMORY = 2 * 2**30
How = Literal["returned", "error", "signal", "exit", "time"]


@dataclass(frozen=True)
class Reply:
    """What became of a call.

    `result` is what the function returned, where it did. `how` it ended otherwise, with its
    `detail`: the error in words, the name of the signal, the exit status, the seconds allowed.
    Seconds, CPU seconds and the most memory in bytes are those of the call.
    """

    how: How
    detail: str = ""
    result: Any = None
    seconds: float = 0.0
    cpu: float = 0.0
    memory: int = 0


class Worker:
    """A warm process that answers one call at a time.

    With `forks` each call runs in a fork of its own, which may die without harm to the next.
    Before the first fork `prepare` is called once, a `module:function` with its arguments after
    it; `memory` limits the process in bytes.
    The process starts with the first call, and again after it was lost.
    """

    def __init__(self, *prepare: str, forks: bool = True, memory: int = MEMORY) -> None:
        how = ["fork", str(memory), *prepare] if forks and can_fork() else ["stay", str(memory)]
        self.command = [sys.executable, "-m", "fundeval.engine.warm", *how]
        self.process: subprocess.Popen[str] | None = None
        self.closed = False
        self.starting = Lock()

    def call(
        self,
        function: str,
        arguments: dict[str, Any],
        folder: Path = Path(),
        seconds: float | None = None,
    ) -> Reply:
        """Call `module:function` in the folder, with arguments and result that JSON can hold.

        After `close` every call ends at once, as if by a signal.
        """
        request = {"function": function, "arguments": arguments, "folder": str(folder.absolute())}
        with self.starting:
            if self.closed:
                return Reply("signal", signal.SIGTERM.name)
            process = self._started()
        timer = Timer(seconds or 0, self.stop)
        started = time.perf_counter()
        if seconds:
            timer.start()
        lines = _exchange(process, request)
        timer.cancel()
        took = time.perf_counter() - started
        if lines is None:
            self.stop()  # a fork may outlive the process it came from
            process.wait()
            if seconds and took >= seconds:
                return Reply("time", f"{seconds:g}", seconds=took)
            return Reply(*_ending(process.returncode), seconds=took)
        answer, end = lines
        ended = Reply(*_ending(end["status"])) if not answer else Reply(**answer)
        return replace(ended, seconds=took, cpu=end["cpu"], memory=end["memory"])

    def stop(self) -> None:
        """End the process and what runs in it, at once."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            if os.name == "posix":
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()

    def close(self) -> None:
        """End the process for good, also one that is just being started by another thread."""
        with self.starting:
            self.closed = True
            self.stop()

    def _started(self) -> subprocess.Popen[str]:
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
                env={**os.environ, **ENVIRONMENT},
                start_new_session=True,
            )
        return self.process


def _exchange(
    process: subprocess.Popen[str], request: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return answer (empty from a fork that died) and end; None when the process is lost."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        line = json.loads(process.stdout.readline())
        return ({}, line) if "status" in line else (line, json.loads(process.stdout.readline()))
    except (OSError, ValueError):  # no one reads, or the last line was cut off
        return None


def _ending(status: int) -> tuple[How, str]:
    """Return how a process with this exit status ended: a negative one is a signal."""
    return ("signal", signal.Signals(-status).name) if status < 0 else ("exit", str(status))
