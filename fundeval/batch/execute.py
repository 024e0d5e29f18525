"""One report: papermill executes the notebook of a unit, the report room renders it."""

from __future__ import annotations

import os
import re
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from papermill.exceptions import PapermillExecutionError
from traitlets import default
from traitlets.config import Config

from fundeval.batch.files import write_whole
from fundeval.batch.jobs import Job, Outcome, Setting, paths
from fundeval.batch.scrub import scrub, scrub_text
from fundeval.report.html import render

# Inherited by every kernel: no difference by hash seed, no threads that fight for the cores.
ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class OwnKernel(AsyncKernelManager):
    """A kernel of this very interpreter, whatever kernels the user has installed."""

    @default("kernel_spec_manager")
    def _native_only(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[])


def execute(job: Job, setting: Setting) -> Outcome:
    """Write the notebook and the report of one job, or say why there is none."""
    started = time.perf_counter()
    error = details = ""
    try:
        _write(job, setting)
    except PapermillExecutionError as failure:
        error = f"{failure.ename}: {failure.evalue}".strip()
        details = COLOURS.sub("", "\n".join(failure.traceback))
    except Exception as failure:  # whatever fails, the other units go on
        error = f"{type(failure).__name__}: {failure}".strip()
        details = traceback.format_exc()
    if error:
        for path in paths(setting.output, job):
            path.unlink(missing_ok=True)
    seconds = time.perf_counter() - started
    return Outcome(job, scrub_text(error, setting.output), details, seconds)


def _write(job: Job, setting: Setting) -> None:
    notebook_path, report_path = paths(setting.output, job)
    notebook = _executed(job, setting, notebook_path.parent)
    scrub(notebook, setting.output)
    page = render(notebook, setting.lang)
    write_whole({notebook_path: nbformat.writes(notebook) + "\n", report_path: page})


def _executed(job: Job, setting: Setting, folder: Path) -> Any:
    """Execute in the folder where the notebook will lie, so that it can be run there again."""
    source = nbformat.read(setting.notebooks[job.notebook], as_version=4)
    parameters = {"evaluation": "../evaluation", "unit_id": job.unit_id, "lang": setting.lang}
    with tempfile.TemporaryDirectory(prefix="fundeval-", ignore_cleanup_errors=True) as scratch:
        os.environ |= {**ENVIRONMENT, "IPYTHONDIR": scratch}
        return papermill.execute_notebook(
            source,
            None,
            parameters=parameters,
            engine_name=setting.engine,
            kernel_name="python3",
            progress_bar=False,
            cwd=folder,
            **_own_kernel(Path(scratch)),
        )


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
