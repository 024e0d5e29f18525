"""The papermill engine `fundeval`: each notebook runs in a fork of a warm process.

Papermill finds it by its entry point and imports it eagerly, so this file stays light. Only
papermill may import it first: it needs papermill's classes.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from papermill.engines import Engine, NBClientEngine

from fundeval.engine.fork import can_fork, is_fork

if TYPE_CHECKING:
    from fundeval.engine.worker import Worker

KERNEL = "python3"


class ForkingEngine(Engine):  # type: ignore[misc]
    """Runs Python notebooks in a fork of a warm process, others in a kernel.

    The outputs are those that a kernel gives.
    """

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Execute the notebook of papermill's manager, which receives the outputs.

        Raises
        ------
        BadInputError
            If it was given a parameter that it does not have.
        """
        if is_fork():
            from fundeval.engine.shell import execute_in_process  # noqa: PLC0415

            execute_in_process(nb_man, kernel_name, options.get("allow_error_names", ()))
            return
        from fundeval.engine.parameters import check_parameters  # noqa: PLC0415

        check_parameters(nb_man.nb, kernel_name)
        if kernel_name == KERNEL and can_fork():
            _execute_in_fork(nb_man)
        else:
            NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **options)


def _execute_in_fork(nb_man: Any) -> None:
    import nbformat  # noqa: PLC0415
    from nbclient.exceptions import DeadKernelError  # noqa: PLC0415

    arguments = {"notebook": nbformat.writes(nb_man.nb), "kernel_name": KERNEL}
    reply = _worker().call("fundeval.engine.shell:execute_json", arguments, Path.cwd())
    if reply.ending != "returned":
        raise DeadKernelError(f"{reply.ending} {reply.detail}")
    nb_man.nb = nbformat.reads(reply.result, as_version=4)


@cache
def _worker() -> Worker:
    from fundeval.engine.worker import Worker  # noqa: PLC0415

    return Worker("fundeval.engine.shell:get_shell")
