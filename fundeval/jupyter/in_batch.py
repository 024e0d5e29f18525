"""How a notebook that makes a report runs commands and ends: the same by every engine."""

from __future__ import annotations

import codecs
import subprocess
import sys
from typing import Any

BLOCK_BYTES = 2**16


class EndedEarlyError(BaseException):
    """A notebook that asks to end before its last cell: its report would be a part of one.

    A cell that catches errors does not catch this one.
    """


def set_up(shell: Any) -> None:
    """Let a shell run `!command` without a terminal, and refuse to end."""
    shell.system = lambda command: _run_command(shell, command)
    shell.ask_exit = _refuse


def _refuse() -> None:
    raise EndedEarlyError("exit")


def _run_command(shell: Any, command: str) -> None:
    """Run a command and print what it prints, errors too, in the order in which it does.

    IPython gives it a terminal, of which it reads in pieces: a letter of several bytes may be
    torn, lines end otherwise, and a command that reads waits for ever.
    """
    if command.rstrip().endswith("&"):
        raise OSError("Background processes not supported.")
    command = shell.var_expand(command, depth=2)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with subprocess.Popen(
        ["/bin/sh", "-c", command] if sys.platform != "win32" else command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdout is not None
        try:
            while block := process.stdout.read1(BLOCK_BYTES):  # type: ignore[attr-defined]
                if text := decoder.decode(block):
                    print(text, end="")
        except BaseException:
            process.kill()
            raise
    if text := decoder.decode(b"", final=True):
        print(text, end="")
    status = process.returncode
    # As IPython has it: a signal is negative, by whichever shell it was told.
    shell.user_ns["_exit_code"] = 128 - status if status > 128 else status
