"""What a notebook leaves behind: processes that outlive it, in whatever session they hide.

On Linux the warm process adopts what its forks lose (`man 2 PR_SET_CHILD_SUBREAPER`), so that all
of it stays below one process and is found there. Elsewhere nothing more is done than killing the
group of processes.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")
# What is killed may have started more in the meantime.
_ROUNDS = 100


def adopt_orphans() -> None:
    """Make this process the parent of whatever is lost below it, where the system can do so."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def kill_descendants(process: int) -> None:
    """Kill everything below a process; it must have adopted the orphans, or they are not found."""
    for _ in range(_ROUNDS):
        below = descendants(process)
        if not below:
            return
        for each in below:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(each, signal.SIGKILL)
        if process == os.getpid():
            _reap(len(below))


def kill_own_descendants() -> None:
    """Kill everything below this process, which waits for none of it."""
    while True:
        try:
            # To look for them costs something; mostly there are none.
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                kill_descendants(os.getpid())
                return
        except ChildProcessError:
            return


def descendants(process: int) -> list[int]:
    """Return the running processes below a process, nearest first; none where this is unknown."""
    children: dict[int, list[int]] = {}
    for place in _PROC.glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            # The name, in brackets, may hold anything.
            state, parent, *_ = (place / "stat").read_text().rpartition(")")[2].split()
            if state not in ("Z", "X"):
                children.setdefault(int(parent), []).append(int(place.name))
    found: list[int] = []
    waiting = [process]
    while waiting:
        below = children.get(waiting.pop(0), [])
        found += below
        waiting += below
    return found


def _reap(most: int) -> None:
    """Let go of the children of this process that were killed."""
    with suppress(ChildProcessError):
        for _ in range(most):
            os.waitpid(-1, 0)
