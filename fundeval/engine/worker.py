"""Call functions in a warm process, see `warm`, and learn how the call ended."""

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
from fundeval.engine.leftovers import kill_descendants

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
Ending = Literal["returned", "error", "signal", "exit", "time"]


@dataclass(frozen=True)
class Reply:
    """Result of a call.

    Attributes
    ----------
    ending
        `returned`, or how the call failed: `error`, `signal`, `exit`, `time`.
    detail
        The error, the name of the signal, the exit status, or the seconds allowed.
    result
        What the function returned.
    seconds, cpu, memory
        Time, CPU time and peak memory in bytes of the call.
    """

    ending: Ending
    detail: str = ""
    result: Any = None
    seconds: float = 0.0
    cpu: float = 0.0
    memory: int = 0


class Worker:
    """A warm process that runs one call at a time.

    It starts with the first call, and again if it was lost.

    Parameters
    ----------
    *prepare
        A `module:function` to call once before the first call, and its arguments.
    forks
        Whether each call runs in a fork, which may die without affecting the next call.
    memory
        Memory limit of the process in bytes.
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
        """Call a function in the process.

        Parameters
        ----------
        function
            The function as `module:function`.
        arguments
            Its keyword arguments; they and its result must be JSON.
        folder
            Working directory of the call.
        seconds
            Time limit, None for none.

        Returns
        -------
        Reply
            After `close` it is that of a call ended by SIGTERM.
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
        """Kill the process and what runs in it, in whatever session that hides."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            if os.name == "posix":
                if self.process.returncode is None:
                    # Stopped, it answers nothing and still adopts what is lost below it.
                    os.kill(self.process.pid, signal.SIGSTOP)
                    kill_descendants(self.process.pid)
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()

    def close(self) -> None:
        """Kill the process for good, even if another thread is just starting it."""
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
    """Return answer (empty if the fork died) and ending; None if the process was lost."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        line = json.loads(process.stdout.readline())
        return ({}, line) if "status" in line else (line, json.loads(process.stdout.readline()))
    except (OSError, ValueError):  # no one reads, or the last line was cut off
        return None


def _ending(status: int) -> tuple[Ending, str]:
    """Return ending and detail for an exit status; a negative one is a signal."""
    return ("signal", signal.Signals(-status).name) if status < 0 else ("exit", str(status))
