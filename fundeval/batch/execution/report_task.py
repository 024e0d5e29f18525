"""One report: papermill executes the notebook of a unit, the report room renders it."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
import traceback
from contextlib import chdir, suppress
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import raise_for_execution_errors
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from traitlets import default
from traitlets.config import Config

from fundeval.batch.execution.normalize_notebook import scrub, scrub_text
from fundeval.batch.files import write_whole
from fundeval.batch.jobs import Job, Setting, names
from fundeval.engine.fork import is_fork
from fundeval.engine.shell import warm_shell
from fundeval.report import warm_up
from fundeval.report.pages.notebook_page import render

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# What no other report would fare better with.
DISK = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EPERM}
# The same numbers by chance in every run of a unit's report, however it is executed: seeded when
# the first cell runs, since a kernel draws some before.
SEED = """get_ipython().events.register(
    "pre_run_cell",
    lambda _, seeded=[]: seeded
    or seeded.extend([__import__("random").seed({0}), __import__("numpy").random.seed({0})]),
)
"""


class OwnKernel(AsyncKernelManager):
    """A kernel of this very interpreter, whatever kernels the user has installed."""

    @default("kernel_spec_manager")
    def _native_only(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[])


def prepare(evaluation: str, lang: str) -> None:
    """Make this process warm: what every report needs and no report changes."""
    # What is wrong with the evaluation is said by each report.
    with suppress(Exception):
        warm_up(evaluation, lang)
    warm_shell()
    nbformat.validate(nbformat.v4.new_notebook())


def execute(job: dict[str, str], setting: dict[str, Any]) -> dict[str, Any]:
    """Write the notebook and the report of one job, or say why there is none.

    Takes and returns what JSON can hold: fields of `Job` and `Setting`, then of `Outcome`.
    """
    notebooks = {name: Path(path) for name, path in setting["notebooks"].items()}
    shared = {**setting, "output": Path(setting["output"]), "notebooks": notebooks}
    return _execute(Job(**job), Setting(**shared))


def _execute(job: Job, setting: Setting) -> dict[str, Any]:
    error = details = unwritable = ""
    try:
        return {"files": _write(job, setting)}
    except PapermillExecutionError as failure:
        error = f"{failure.ename}: {failure.evalue}".strip()
        details = COLOURS.sub("", "\n".join(failure.traceback))
    except Exception as failure:  # whatever fails, the other units go on
        error = f"{type(failure).__name__}: {failure}".strip()
        details = traceback.format_exc()
        if isinstance(failure, OSError) and failure.errno in DISK:
            unwritable = os.strerror(failure.errno)
    return {
        "error": scrub_text(error, setting.output),
        "details": details,
        "unwritable": unwritable,
    }


def _write(job: Job, setting: Setting) -> dict[str, str]:
    notebook_path, report_path = (setting.output / name for name in names(job))
    notebook = _executed(job, setting, notebook_path.parent)
    scrub(notebook, setting.output)
    page = render(notebook, setting.lang)
    written = write_whole({notebook_path: nbformat.writes(notebook) + "\n", report_path: page})
    return dict(zip(names(job), written.values(), strict=True))


def _executed(job: Job, setting: Setting, folder: Path) -> Any:
    """Execute in the folder where the notebook will lie, so that it can be run there again."""
    # The parts of `papermill.execute_notebook` without its writing, which checks and formats the
    # whole notebook twice more, outputs and all.
    kernel = {"engine_name": setting.engine, "kernel_name": "python3"}
    parameters = {"evaluation": "../evaluation", "unit_id": job.unit_id, "lang": setting.lang}
    source = load_notebook_node(str(setting.notebooks[job.notebook]))
    notebook = parameterize_notebook(source, parameters, **kernel)
    scratch = tempfile.TemporaryDirectory(prefix="fundeval-", ignore_cleanup_errors=True)
    with scratch as place, chdir(folder):
        _seed(job.stem, Path(place))
        notebook = papermill_engines.execute_notebook_with_engine(
            nb=notebook, progress_bar=False, **kernel, **_own_kernel(Path(place))
        )
    raise_for_execution_errors(notebook, output_path=None)
    return notebook


def _seed(stem: str, scratch: Path) -> None:
    """Seed what the notebook may draw: here, or in the kernel as it starts."""
    seed = SEED.format(int.from_bytes(hashlib.sha256(stem.encode()).digest()[:4]))
    if is_fork():
        exec(seed, warm_shell().user_ns)
        return
    startup = scratch / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "seed.py").write_text(seed, encoding="utf-8")
    os.environ["IPYTHONDIR"] = str(scratch)


def _own_kernel(scratch: Path) -> dict[str, Any]:
    """Return options of nbclient: sockets in files where possible, as free ports may clash."""
    config = Config()
    if os.name == "posix":
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = str(scratch / "kernel")
    return {
        "kernel_manager_class": OwnKernel,
        "config": config,
        "coalesce_streams": True,
        "record_timing": False,
        "shutdown_kernel": "immediate",
    }
