"""Fork this process safely, and tie forks to their parent."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_state = {"fork": False}


def can_fork() -> bool:
    """Return whether this system forks safely; macOS and Windows do not."""
    return hasattr(os, "fork") and sys.platform != "darwin"


def is_fork() -> bool:
    """Return whether this process is a fork made for one notebook."""
    return _state["fork"]


def fork() -> int:
    """Fork this process; the fork dies with its parent.

    Returns
    -------
    int
        The process id of the fork; 0 in the fork itself.

    Raises
    ------
    RuntimeError
        If other threads are running: their locks would stay locked in the fork.
    """
    tasks = Path("/proc/self/task")
    threads = len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()
    if threads > 1:
        raise RuntimeError(f"cannot fork: {threads} threads run in the warm process")
    process = os.fork()
    if process == 0:
        _state["fork"] = True
        die_with_parent()
    return process


def die_with_parent() -> None:
    """Ask the system to kill this process when its parent dies, where it can do so."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
