"""Which files a run writes, by what its manifest says of plan, settings and outcomes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from fundeval.batch.jobs import Job, kept_files, report_files
from fundeval.batch.papers import DOCX, PDF, paper_files
from fundeval.batch.read_manifest import Manifest
from fundeval.batch.signoff import SIGNATURES
from fundeval.batch.whole_run import INDEX, INDEX_FOLDER, POLICY, WORKBOOK
from fundeval.report.public.releases import RELEASES
from fundeval.results import parquet as store

PAPERS = (PDF, DOCX)
# As `file_stem` makes them, in one folder.
STEM = re.compile(r"[0-9A-Za-z_-]+")
# What is made from the whole evaluation, which making it again compares name by name.
SHARED = re.compile(
    rf"evaluation/(({store.TABLES}|{store.BELOW})/)?\w+\.parquet|evaluation/{re.escape(store.ABOUT)}"
    rf"|{INDEX_FOLDER}/[^/]+\.html"
)
FOLDERS = {
    "reports", "notebooks", "evaluation", f"evaluation/{store.TABLES}", f"evaluation/{store.BELOW}",
    INDEX_FOLDER, SIGNATURES, "pdf", "docx",
}  # fmt: skip


@dataclass(frozen=True)
class FilesOfRun:
    """The files of reports that a run has written, those that it may have, and the others."""

    required: set[str] = field(default_factory=set)
    possible: set[str] = field(default_factory=set)
    whole: tuple[str, ...] = (INDEX, POLICY, WORKBOOK)
    shared: bool = True

    def has(self, name: str) -> bool:
        """Tell whether the run writes a file of that name."""
        if name in self.required or name in self.possible or name in self.whole:
            return True
        return self.shared and SHARED.fullmatch(name) is not None


def files_of_run(manifest: Manifest) -> FilesOfRun:
    """Return the files that a run writes by its manifest; nothing else belongs into its folder.

    Of a stale report nobody knows by which settings it was made: on paper too, or with a notebook.
    """
    if manifest.public:
        return FilesOfRun(whole=(INDEX, POLICY, RELEASES), shared=False)
    keep = manifest.run.get("keep_notebooks", True)
    papers = tuple(suffix for suffix in PAPERS if manifest.run.get(suffix[1:]) is True)
    made, found = manifest.reports(), FilesOfRun()
    for stem in filter(STEM.fullmatch, {*manifest.plan, *manifest.stale}):
        job = Job("", "", "", stem)
        if stem in manifest.stale:
            found.possible.update(report_files(job), paper_files(job, PAPERS))
        elif stem in manifest.failed:
            found.possible.update(report_files(job)[:1] if keep == "failed" else ())
        elif stem in made:
            found.required.update(kept_files(job, keep))
            found.possible.update(paper_files(job, papers))
    return found
