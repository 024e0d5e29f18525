"""A notebook executed in this very process, with the outputs that a kernel would give.

Papermill's own client runs the cells and makes outputs of messages. What it talks to here is not
a kernel behind sockets but `_Channel`: it runs a cell in IPython's shell for kernels and keeps the
messages that the shell sends. So both ways share the code that decides about every byte.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

import nbformat
from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from jupyter_client.session import Session
from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import papermill_engines
from traitlets.config import Config

# Text a report never needs; what prints more is stopped before it fills memory and disk.
MOST_TEXT = 4 * 2**20
_BUFFER = 64 * 2**10


class TooMuchOutputError(Exception):
    """A notebook printed more than a page can hold."""


class _Messages(Session):
    """Keeps the messages that a kernel would send."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.kept: deque[dict[str, Any]] = deque()
        self.request: dict[str, Any] = {}
        # The file where the bare descriptors lead, and how much of it is taken over.
        self.written = self.taken = 0
        self.characters = 0

    def send(  # type: ignore[override]
        self, _: Any, msg_or_type: Any, content: Any = None, *__: Any, **___: Any
    ) -> Any:
        """Keep a message, given whole or by its type and content; there is no stream to send to."""
        given = isinstance(msg_or_type, dict)
        message = msg_or_type if given else self.msg(msg_or_type, content)
        self.take_written()
        self._keep(message)
        return message

    def take_written(self) -> None:
        """Take over what was written past Python's streams, by other programs for instance."""
        content = os.pread(self.written, MOST_TEXT + 1, self.taken)
        if content:
            self.taken += len(content)
            self.count(len(content))
            text = content.decode(errors="replace")
            self._keep(self.msg("stream", {"name": "stdout", "text": text}))

    def count(self, characters: int) -> None:
        """Count what is printed; raises TooMuchOutputError once it is too much."""
        self.characters += characters
        if self.characters > MOST_TEXT:
            raise TooMuchOutputError(f"more than {MOST_TEXT} characters printed")

    def _keep(self, message: dict[str, Any]) -> None:
        message["parent_header"] = self.request
        self.kept.append(message)


class _Stream(io.TextIOBase):
    """Standard output or error as messages."""

    encoding = "utf-8"

    def __init__(self, name: str, messages: _Messages) -> None:
        self.name = name
        self.messages = messages
        self.waiting: list[str] = []
        self.size = 0

    def write(self, text: str) -> int:
        self.size += len(text)
        self.messages.count(len(text))
        self.waiting.append(text)
        if self.size > _BUFFER:
            self.flush()
        return len(text)

    def flush(self) -> None:
        if self.waiting:
            text, self.waiting = "".join(self.waiting), []
            self.size = 0
            self.messages.send(None, "stream", {"name": self.name, "text": text})

    def writable(self) -> bool:
        return True


class _Channel:
    """Stands for the kernel: runs a cell when asked to, then hands out its messages."""

    allow_stdin = False

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.messages: _Messages = shell.displayhook.session
        self.reply: dict[str, Any] = {}
        self.iopub_channel = SimpleNamespace(get_msg=self._next_message)
        self.shell_channel = SimpleNamespace(get_msg=self._get_reply)

    def is_alive(self) -> bool:
        return True

    async def execute(self, code: str, **_: Any) -> str:
        """Run a cell as ipykernel's `do_execute` does, `await` at top level included."""
        if self.shell.exit_now:
            raise DeadKernelError("Kernel died")
        request = self.messages.msg("execute_request")
        self.messages.request = request["header"]
        self.shell.set_parent(request)
        result = await self._run(code)
        sys.stdout.flush()
        sys.stderr.flush()
        self.messages.count(0)  # whatever the cell did about the error
        error = result.error_before_exec or result.error_in_exec
        content: dict[str, Any] = {"status": "ok"}
        if error is not None or self.shell._last_traceback_during_displayhook:
            content = {
                "status": "error",
                "ename": type(error).__name__,
                "evalue": str(error),
                "traceback": self.shell._last_traceback or [],
            }
        self.messages.send(None, "status", {"execution_state": "idle"})
        self.reply = {"parent_header": request["header"], "content": content}
        return str(request["header"]["msg_id"])

    async def _run(self, code: str) -> Any:
        shell = self.shell
        self.messages.send(None, "execute_input", {"execution_count": shell.execution_count})
        try:
            transformed, failure = shell.transform_cell(code), None
        except Exception:  # shown by the shell, as an error of the cell
            transformed, failure = code, sys.exc_info()
        how = {"transformed_cell": transformed, "preprocessing_exc_tuple": failure}
        if not shell.should_run_async(code, **how):
            return shell.run_cell(code, store_history=True)
        try:
            result = await shell.run_cell_async(code, store_history=True, **how)
        finally:
            shell.events.trigger("post_execute")
        shell.events.trigger("post_run_cell", result)
        return result

    def _next_message(self, **_: Any) -> dict[str, Any]:
        return self.messages.kept.popleft()

    def _get_reply(self, **_: Any) -> dict[str, Any]:
        return self.reply


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """Papermill's client, without a kernel to start."""

    def execute(self, channel: _Channel) -> None:
        self.reset_execution_trackers()
        self.kc = channel
        self.papermill_execute_cells()
        self.set_widgets_metadata()


def execute_here(nb_man: Any, kernel_name: str) -> None:
    """Execute the notebook of papermill's manager in the working directory, in this process.

    Only for a process of its own: the shell takes standard output and keeps its variables.
    """
    shell = warm_shell()
    with _captured(shell.displayhook.session):
        client = _Client(
            nb_man, kernel_name=kernel_name, coalesce_streams=True, record_timing=False
        )
        client.execute(_Channel(shell))


def execute_text(notebook: str, kernel_name: str) -> str:
    """Execute a notebook, given and returned as JSON; an error of a cell is left in it."""
    node = nbformat.reads(notebook, as_version=4)
    node = papermill_engines.execute_notebook_with_engine(
        "fundeval", node, kernel_name, progress_bar=False
    )
    return str(nbformat.writes(node))


@cache
def warm_shell() -> Any:
    """Return the shell of this process; made once, before the fork, since that takes a while."""
    config = Config()
    config.HistoryManager.enabled = False
    messages = _Messages()
    with tempfile.TemporaryDirectory(prefix="fundeval-") as folder:
        shell: Any = ZMQInteractiveShell.instance(
            config=config,
            ipython_dir=folder,
            kernel=SimpleNamespace(eventloop=None),
            compiler_class=XCachingCompiler,
        )
    shell.displayhook.session = shell.display_pub.session = messages
    shell.displayhook.topic = b"execute_result"
    return shell


@contextmanager
def _captured(messages: _Messages) -> Iterator[None]:
    """Make messages of what is printed, also by other programs."""
    with tempfile.TemporaryFile() as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
        sys.stdout, sys.stderr = _Stream("stdout", messages), _Stream("stderr", messages)
        messages.written = file.fileno()
        yield
