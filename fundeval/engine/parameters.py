"""The parameters that a notebook is given, against those that it has."""

from __future__ import annotations

from typing import Any

from papermill.translators import papermill_translators
from papermill.utils import find_first_tagged_cell_index

from fundeval.near import near
from fundeval.problems import BadInputError, Problem

TAG = "parameters"


def check_parameters(notebook: Any, kernel_name: str) -> None:
    """Refuse parameters that a notebook does not have, after papermill has put them in.

    A notebook without a cell tagged `parameters`, or in another language than Python, takes any.

    Parameters
    ----------
    notebook
        The notebook with the injected cell.
    kernel_name
        The kernel that it asks for.

    Raises
    ------
    BadInputError
        Naming what is near each wrong name.
    """
    place = find_first_tagged_cell_index(notebook, TAG)
    given = notebook.metadata.get("papermill", {}).get("parameters", {})
    if place < 0 or not given:
        return
    language = notebook.metadata.get("kernelspec", {}).get("language", "python")
    try:
        translator = papermill_translators.find_translator(kernel_name, language)
        known = [parameter.name for parameter in translator.inspect(notebook.cells[place])]
    except NotImplementedError:
        return
    wrong = [name for name in given if name not in known]
    if wrong:
        raise BadInputError(
            Problem("run.unknown_parameter", TAG, {"near": near(name, known)}, value=name)
            for name in wrong
        )
