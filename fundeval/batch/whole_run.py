"""What covers a whole run beside its reports: the index, the page of the policy, the workbook."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fundeval.batch.files import write_atomically
from fundeval.batch.jobs import file_stem, report_files
from fundeval.words import say

# What evaluates and draws is imported where it is used: a run with nothing to do needs none of it.
if TYPE_CHECKING:
    from fundeval.batch.manifest import Stale
    from fundeval.batch.pipeline import PreparedRun
    from fundeval.report.pages.run_index import Entry

INDEX, INDEX_FOLDER = "index.html", "index"
POLICY, WORKBOOK = "policy.html", "workbook.xlsx"


def write_whole_run(
    prepared: PreparedRun,
    output: Path,
    made: Collection[str],
    failed: Mapping[str, str],
    stale: Mapping[str, Stale],
) -> None:
    """Write what covers a whole run.

    Parameters
    ----------
    prepared
        The run.
    output
        The folder to write to.
    made
        Stems of the reports that were made.
    failed
        Errors of those that failed, by stem.
    stale
        The unit of each stale report and why it is stale, by stem, see `run_plan.plan_run`.
    """
    from fundeval.report.pages.policy_page import render_policy  # noqa: PLC0415
    from fundeval.report.pages.run_index import render_index  # noqa: PLC0415
    from fundeval.report.workbook.writer import write_workbook  # noqa: PLC0415

    evaluation, lang = prepared.evaluation, prepared.run.lang
    pages = render_index(
        evaluation,
        _entries(prepared, made, failed, stale),
        lang,
        prepared.run.report != "yearly",
        stem=file_stem,
    )
    if len(pages) > 1:
        (output / INDEX_FOLDER).mkdir(exist_ok=True)
    pages = {**pages, POLICY: render_policy(evaluation, lang)}
    write_atomically({output / name: page for name, page in pages.items()})
    write_workbook(evaluation, output / WORKBOOK, lang)


def whole_run_files(output: Path) -> list[Path]:
    """Return what of these files is in a folder."""
    files = [output / name for name in (INDEX, POLICY, WORKBOOK)]
    return [path for path in (*files, *(output / INDEX_FOLDER).glob("*.html")) if path.is_file()]


def reason_in_words(reason: str, lang: str) -> str:
    """Return why a report is made or stale.

    Examples
    --------
    >>> reason_in_words("data,peers", "en")
    "this unit's data changed; its peers changed"
    """
    return say("sign.separator", lang).join(say(f"todo.{part}", lang) for part in reason.split(","))


def _entries(
    prepared: PreparedRun,
    made: Collection[str],
    failed: Mapping[str, str],
    stale: Mapping[str, Stale],
) -> dict[str, Entry]:
    """Return an entry of the index for every unit of the kinds that get a report."""
    from fundeval.report.pages.run_index import Entry  # noqa: PLC0415

    units, lang = prepared.evaluation.units, prepared.run.lang
    kinds = units["kind"].isin(prepared.run.units)
    entries = {unit_id: Entry(skipped="not_existing") for unit_id in units.loc[kinds, "unit_id"]}
    for job in prepared.jobs:
        page = report_files(job)[1]
        if job.stem in failed:
            entry = Entry(error=failed[job.stem])
        elif job.stem in made:
            entry = Entry(href=page)
        else:
            entry = Entry(skipped="not_selected")
        entries[job.unit_id] = entry
    for stem, (unit_id, reason) in sorted(stale.items()):
        words = reason_in_words(reason, lang)
        entries[unit_id] = Entry(href=f"reports/{stem}.html", stale=words)
    return entries
