"""The warm process: imports once, then answers each request in a fork of itself.

`worker.Worker` starts it as `python -m fundeval.engine.warm fork|stay BYTES [MODULE:FUNCTION
[ARGUMENT …]]`: how to answer, the most memory, what to call before the first request. A request is
a line of JSON on standard input: function, arguments, working folder. To each it writes a line
with what the function returned, unless the fork died, and then a line with how the fork ended.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import IO, Any

from fundeval.engine.address_space import limit_memory
from fundeval.engine.fork import die_with_parent, fork
from fundeval.engine.leftovers import adopt_orphans, kill_own_descendants

# Thresholds of Python's garbage collector: new objects before it runs, 700 by default.
GC_THRESHOLDS = (100_000, 20, 20)


def main(mode: str, memory: int, prepare: str = "", *arguments: str) -> None:
    """Answer requests until standard input ends."""
    requests, answers = _take_channels()
    die_with_parent()
    adopt_orphans()
    _limit(memory)
    if prepare:
        _function(prepare)(*arguments)
    answer = _answer_in_fork if mode == "fork" else _answer_here
    gc.collect()
    gc.freeze()
    for line in requests:
        answer(json.loads(line), answers)


def _take_channels() -> tuple[IO[str], IO[str]]:
    """Reserve standard input and output for requests: no other code here can write there."""
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return requests, answers


def _limit(memory: int) -> None:
    """Limit the memory of this process, its forks and its kernels; write no core dumps."""
    if os.name == "posix":
        import resource  # noqa: PLC0415  # not on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        limit_memory(resource.RLIMIT_DATA, memory)


def _answer_in_fork(request: dict[str, Any], answers: IO[str]) -> None:
    process = fork()
    if process == 0:
        # A fork is too short-lived to gain from frequent garbage collection.
        gc.set_threshold(*GC_THRESHOLDS)
        status = 1
        try:
            _write(answers, _call(request))
            status = 0
        finally:
            os._exit(status)
    _, status, used = os.wait4(process, 0)
    kill_own_descendants()
    _write(
        answers,
        {
            "status": os.waitstatus_to_exitcode(status),
            "cpu": used.ru_utime + used.ru_stime,
            "memory": used.ru_maxrss * 1024,
        },
    )


def _answer_here(request: dict[str, Any], answers: IO[str]) -> None:
    _write(answers, _call(request))
    kill_own_descendants()
    _write(answers, {"status": 0, "cpu": 0.0, "memory": 0})


def _call(request: dict[str, Any]) -> dict[str, Any]:
    try:
        os.chdir(request["folder"])
        result = _function(request["function"])(**request["arguments"])
    except Exception as error:  # reported to the caller
        return {"ending": "error", "detail": f"{type(error).__name__}: {error}"}
    return {"ending": "returned", "result": result}


def _function(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def _write(answers: IO[str], content: dict[str, Any]) -> None:
    answers.write(json.dumps(content) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
