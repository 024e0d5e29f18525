"""Whether a run may write to a folder: not over what another program, data set or signature has."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from fundeval.batch import ledger as ledgers
from fundeval.batch import stored_evaluation
from fundeval.batch.plan import RunFile
from fundeval.batch.run_plan import REPORT_FOLDERS
from fundeval.batch.signoff import standing_signoffs
from fundeval.batch.whole_run import INDEX, INDEX_FOLDER
from fundeval.problems import BadInputError, Problem
from fundeval.report.public.releases import RELEASES
from fundeval.results import parquet as store
from fundeval.tables import absolute_location, short_name
from fundeval.words import say


def check_output_folder(output: Path, public: bool = False) -> None:
    """Raise BadInputError if a folder is another program's, or for a run that of the public."""
    ours = (output / "evaluation" / store.ABOUT).exists() or (output / ledgers.LEDGER).exists()
    ours |= public and (output / RELEASES).exists()
    taken = any((output / name).exists() for name in (*REPORT_FOLDERS, INDEX, INDEX_FOLDER))
    # A link leads to what is not ours, whatever else lies here.
    linked = any((output / name).is_symlink() for name in (*REPORT_FOLDERS, INDEX_FOLDER))
    if output.is_file() or linked or (taken and not ours):
        raise BadInputError([Problem("run.foreign_folder", str(output))])


def check_same_data(output: Path, run: RunFile, about: Mapping[str, Any]) -> None:
    """Raise BadInputError if a folder holds a run of another data set.

    A data set at another place is the same if it has the same name and title: it was moved or
    copied, as its folder was.
    """
    if not (output / ledgers.LEDGER).exists():
        return
    with ledgers.open_ledger(output) as ledger:
        last = ledger.last_run()
    asked = absolute_location(run.dataset)
    if last is None or last.dataset == asked:
        return
    titled = None
    with suppress(Exception):  # no evaluation yet, or a damaged one, which is made again
        titled = store.read_about(output / stored_evaluation.FOLDER)["dataset"]["title"]
    named = short_name(last.dataset) == short_name(asked)
    if named and titled in (None, about["dataset"]["title"]):
        return
    values = {"there": last.dataset, "asked": asked}
    raise BadInputError([Problem("run.other_data", str(output), values)])


def check_unsigned(output: Path, lang: str) -> None:
    """Raise BadInputError if a run is signed; for what is about to change it."""
    if signed := standing_signoffs(output):
        who = say("sign.separator", lang).join(each.name for each in signed.values())
        raise BadInputError([Problem("run.signed", str(output), {"who": who, "folder": output})])
