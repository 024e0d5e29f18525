"""Make one report: execute the notebook of a unit by papermill and render it."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
import traceback
from contextlib import chdir, suppress
from functools import partial
from importlib import import_module
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

import fundeval
from fundeval.batch.execution.normalize_notebook import normalize, normalize_text
from fundeval.batch.files import write_atomically
from fundeval.batch.jobs import (
    OFFICIAL,
    Job,
    JobSettings,
    WhatIfInReportError,
    file_stem,
    kept_files,
    report_files,
)
from fundeval.engine.fork import is_fork
from fundeval.engine.parameters import check_parameters
from fundeval.engine.shell import get_shell
from fundeval.engine.streams import coalesce_streams
from fundeval.jupyter import prepare_batch
from fundeval.jupyter.in_batch import EndedEarlyError
from fundeval.problems import BadInputError
from fundeval.report import warm_up
from fundeval.report.pages.notebook_page import render
from fundeval.report.sections.ways import INDEX, OVERVIEW, POLICY
from fundeval.results import parquet
from fundeval.words import say

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# Errors of the disk, which every other report would meet too.
DISK_ERRORS = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EPERM}
# What a notebook is given before its first cell, by every engine. Random numbers are the same in
# every run of a unit's report: seeded when the first cell runs, since a kernel draws some before.
START = """__import__("fundeval.jupyter").jupyter.prepare_batch({1!r})
get_ipython().events.register(
    "pre_run_cell",
    lambda _, seeded=[]: seeded
    or seeded.extend([__import__("random").seed({0}), __import__("numpy").random.seed({0})]),
)
"""


# Where a report finds what covers the whole run.
RUN_PAGES = {INDEX: "../index.html", OVERVIEW: "overview.html", POLICY: "../policy.html"}


class UnfinishedError(Exception):
    """A notebook that ended before its last cell."""


class InterpreterKernelManager(AsyncKernelManager):
    """Starts kernels of this interpreter only, whatever kernels the user has installed."""

    @default("kernel_spec_manager")
    def _native_only(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[])


def warm_up_process(evaluation: str, lang: str, *libraries: str) -> None:
    """Load in this process what every report needs and no report changes.

    Parameters
    ----------
    evaluation
        Folder of the written evaluation.
    lang
        Language of the reports.
    *libraries
        Modules that notebooks of the run import.
    """
    # Each report reports by itself what is wrong with the evaluation.
    with suppress(Exception):
        warm_up(evaluation, lang)
        fundeval.open(evaluation, lang)
    with suppress(Exception):
        parquet.hold(evaluation)
    get_shell()
    prepare_batch(lang)
    for library in libraries:
        with suppress(ImportError):
            import_module(library)
    nbformat.validate(nbformat.v4.new_notebook())


def make_report(job: dict[str, str], settings: dict[str, Any]) -> dict[str, Any]:
    """Make one report and write it with its notebook.

    Arguments and result are JSON, since another process calls this.

    Parameters
    ----------
    job, settings
        The fields of `Job` and `JobSettings`.

    Returns
    -------
    dict
        The fields of `Outcome` for success or failure, but for the job and what it used.
    """
    shared = JobSettings(**{**settings, "output": Path(settings["output"])})
    return _make_report(Job(**job), shared)


def _make_report(job: Job, settings: JobSettings) -> dict[str, Any]:
    error = details = unwritable = ""
    executed: list[Any] = []
    try:
        files, left_out = _write(job, settings, executed)
        return {"files": files, "left_out": left_out}
    except PapermillExecutionError as failure:
        error = f"{failure.ename}: {failure.evalue}".strip()
        details = COLOURS.sub("", "\n".join(failure.traceback))
    except UnfinishedError as failure:
        error = str(failure)
    except BadInputError as failure:
        error = failure.text(settings.lang)
    except Exception as failure:  # whatever fails, the other units go on
        error = f"{type(failure).__name__}: {failure}".strip()
        details = traceback.format_exc()
        if isinstance(failure, OSError) and failure.errno in DISK_ERRORS:
            unwritable = os.strerror(failure.errno)
    return {
        "error": normalize_text(error, settings.output),
        "details": details,
        "unwritable": unwritable,
        "files": {} if unwritable else _keep_failed(executed, job, settings),
    }


def _write(
    job: Job, settings: JobSettings, executed: list[Any]
) -> tuple[dict[str, str], list[str]]:
    """Write a report and its notebook; return their hashes, and which cells it leaves out.

    The notebook is put into `executed` as soon as there is one, however it ends.
    """
    notebook_path, report_path = (settings.output / name for name in report_files(job))
    notebook, left_out = _run_notebook(job, settings, notebook_path.parent, executed)
    ids = [cell.id for cell in notebook.cells]
    normalize(notebook, settings.output)
    page = render(
        notebook, settings.lang, ids=ids, address=partial(_address, job, settings),
        objections=settings.objections,
    )  # fmt: skip
    contents = {notebook_path: nbformat.writes(notebook) + "\n", report_path: page}
    names = kept_files(job, settings.keep_notebooks)
    written = write_atomically({settings.output / n: contents[settings.output / n] for n in names})
    return dict(zip(names, written.values(), strict=True)), left_out


def _keep_failed(executed: list[Any], job: Job, settings: JobSettings) -> dict[str, str]:
    """Write the notebook of a report that failed, if that is asked for and there is one.

    It shows how far the report got; of an error only what the index tells of it, which is the same
    by every engine.
    """
    if not executed or settings.keep_notebooks != "failed":
        return {}
    (notebook,) = executed
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                output.evalue = normalize_text(output.evalue, settings.output)
                output.traceback = [f"{output.ename}: {output.evalue}"]
    with suppress(Exception):
        normalize(notebook, settings.output)
        name, _ = report_files(job)
        text = nbformat.writes(notebook) + "\n"
        (digest,) = write_atomically({settings.output / name: text}).values()
        return {name: digest}
    return {}


def _address(job: Job, settings: JobSettings, unit_id: str, kind: str) -> str | None:
    """Return where a report of the run is, from that of another unit; all are in one folder."""
    if kind in RUN_PAGES:
        return RUN_PAGES[kind] if job.unit_id or kind != job.kind else None
    linked = kind in settings.kinds and unit_id != job.unit_id
    return f"{file_stem(unit_id)}.html" if linked else None


def _run_notebook(
    job: Job, settings: JobSettings, folder: Path, executed: list[Any]
) -> tuple[Any, list[str]]:
    """Execute the notebook of a job in the folder it is written to, where it can be rerun.

    Returns it with the ids of the cells that it leaves out.
    """
    # The parts of `papermill.execute_notebook` without its writing, which checks and formats the
    # whole notebook twice more, outputs and all.
    kernel = {"engine_name": settings.engine, "kernel_name": "python3"}
    parameters = {"evaluation": "../evaluation", "unit_id": job.unit_id, "lang": settings.lang}
    source = load_notebook_node(nbformat.reads(settings.notebooks[job.notebook], as_version=4))
    notebook = parameterize_notebook(source, parameters, **kernel)
    check_parameters(notebook, kernel["kernel_name"])
    scratch = tempfile.TemporaryDirectory(prefix="fundeval-", ignore_cleanup_errors=True)
    with scratch as place, chdir(folder):
        _start(job.stem, settings.lang, Path(place))
        os.environ[OFFICIAL] = "1"
        notebook = papermill_engines.execute_notebook_with_engine(
            nb=notebook, progress_bar=False, **kernel, **_kernel_options(Path(place))
        )
    executed.append(notebook)
    coalesce_streams(notebook)
    left_out = _leave_out_what_ifs(notebook)
    _check_that_it_ended(notebook, settings.lang)
    raise_for_execution_errors(notebook, output_path=None)
    return notebook, left_out


def _check_that_it_ended(notebook: Any, lang: str) -> None:
    """Raise UnfinishedError if a notebook asked to end, or ended before its last cell."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    for number, cell in enumerate(cells, start=1):
        names = {each.ename for each in cell.get("outputs", []) if each.output_type == "error"}
        # papermill takes `sys.exit(0)` for a good end.
        asked = names & {SystemExit.__name__, EndedEarlyError.__name__}
        if asked or (not names and cell.execution_count is None):
            values = {"cell": number, "cells": len(cells)}
            raise UnfinishedError(say("ended.early", lang, **values))
        if names - {WhatIfInReportError.__name__}:
            return  # the error tells


def _leave_out_what_ifs(notebook: Any) -> list[str]:
    """Clear what the cells that ended at a what-if gave; return their ids."""
    left_out = []
    for cell in notebook.cells:
        errors = [each for each in cell.get("outputs", []) if each.output_type == "error"]
        if any(error.ename == WhatIfInReportError.__name__ for error in errors):
            cell.outputs = []
            left_out.append(str(cell.id))
    return left_out


def _start(stem: str, lang: str, scratch: Path) -> None:
    """Prepare what runs the notebook, and seed its random generators: here, or in the kernel."""
    start = START.format(int.from_bytes(hashlib.sha256(stem.encode()).digest()[:4]), lang)
    if is_fork():
        exec(start, get_shell().user_ns)
        return
    startup = scratch / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "start.py").write_text(start, encoding="utf-8")
    os.environ["IPYTHONDIR"] = str(scratch)


def _kernel_options(scratch: Path) -> dict[str, Any]:
    """Return options of nbclient: sockets in files where possible, as free ports may clash."""
    config = Config()
    if os.name == "posix":
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = str(scratch / "kernel")
    return {
        "kernel_manager_class": InterpreterKernelManager,
        "config": config,
        "allow_error_names": [WhatIfInReportError.__name__],
        "coalesce_streams": False,
        "record_timing": False,
        "shutdown_kernel": "immediate",
    }
