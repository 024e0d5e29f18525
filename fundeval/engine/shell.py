"""Execute a notebook in this process, with the outputs that a kernel would give.

Papermill's own client runs the cells and turns messages into outputs. It talks to no kernel behind
sockets but to `_InProcessKernel`, which runs a cell in IPython's shell for kernels and collects the
messages that the shell sends. So both ways share the code that determines the outputs.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
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

from fundeval.engine.streams import coalesce_streams

# Characters; no report needs as many, and a cell that prints more could fill memory and disk.
MAX_OUTPUT = 4 * 2**20
_BUFFER = 64 * 2**10


class TooMuchOutputError(Exception):
    """A notebook printed more than `MAX_OUTPUT`."""


class _MessageLog(Session):
    """Session that collects the messages that a kernel would send."""

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
        """Collect a message, given as a whole or by type and content; there is no stream."""
        given = isinstance(msg_or_type, dict)
        message = msg_or_type if given else self.msg(msg_or_type, content)
        self.take_written()
        self._keep(message)
        return message

    def take_written(self) -> None:
        """Collect what was written past Python's streams, for instance by other programs."""
        content = os.pread(self.written, MAX_OUTPUT + 1, self.taken)
        if content:
            self.taken += len(content)
            self.count(len(content))
            text = content.decode(errors="replace")
            self._keep(self.msg("stream", {"name": "stdout", "text": text}))

    def count(self, characters: int) -> None:
        """Count printed characters; raises TooMuchOutputError beyond `MAX_OUTPUT`."""
        self.characters += characters
        if self.characters > MAX_OUTPUT:
            raise TooMuchOutputError(f"more than {MAX_OUTPUT} characters printed")

    def _keep(self, message: dict[str, Any]) -> None:
        message["parent_header"] = self.request
        self.kept.append(message)


class _Stream(io.TextIOBase):
    """Standard output or error as messages."""

    encoding = "utf-8"

    def __init__(self, name: str, messages: _MessageLog) -> None:
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
            # A kernel sends no message without text.
            if text:
                self.messages.send(None, "stream", {"name": self.name, "text": text})

    def writable(self) -> bool:
        return True


class _InProcessKernel:
    """Takes the place of a kernel: runs a cell when asked to, then returns its messages."""

    allow_stdin = False

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.messages: _MessageLog = shell.displayhook.session
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

    def execute(self, channel: _InProcessKernel) -> None:
        self.reset_execution_trackers()
        self.kc = channel
        self.papermill_execute_cells()
        self.set_widgets_metadata()


def execute_in_process(
    nb_man: Any, kernel_name: str, allow_error_names: Sequence[str] = ()
) -> None:
    """Execute a notebook in this process and its working directory.

    Only for a process that does nothing else: the shell captures standard output and keeps the
    variables of the notebook.

    Parameters
    ----------
    nb_man
        Papermill's manager of the notebook, which receives the outputs.
    kernel_name
        Name of the kernel that the notebook asks for.
    allow_error_names
        Errors that end a cell, but not the notebook.
    """
    shell = get_shell()
    with _captured(shell.displayhook.session):
        client = _Client(
            nb_man,
            kernel_name=kernel_name,
            coalesce_streams=False,
            record_timing=False,
            allow_error_names=list(allow_error_names),
        )
        try:
            client.execute(_InProcessKernel(shell))
        finally:
            coalesce_streams(nb_man.nb)


def execute_json(notebook: str, kernel_name: str) -> str:
    """Execute a notebook given as JSON and return it with outputs, errors of cells included."""
    node = nbformat.reads(notebook, as_version=4)
    node = papermill_engines.execute_notebook_with_engine(
        "fundeval", node, kernel_name, progress_bar=False
    )
    return str(nbformat.writes(node))


@cache
def get_shell() -> Any:
    """Return the shell of this process, created at the first call: it is slow, so before a fork."""
    config = Config()
    config.HistoryManager.enabled = False
    messages = _MessageLog()
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
def _captured(messages: _MessageLog) -> Iterator[None]:
    """Capture what is printed as messages, by other programs too."""
    with tempfile.TemporaryFile() as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
        sys.stdout, sys.stderr = _Stream("stdout", messages), _Stream("stderr", messages)
        messages.written = file.fileno()
        yield
