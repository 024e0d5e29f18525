"""What a process costs before it has done anything: versions side by side. Run by hand, on Unix:

    python tests/benchmarks/start.py TREE [TREE ...] [--times 3]

Each TREE is a checkout. In a process of its own, CPU seconds of: loading the sample city; opening
a region of it in a notebook, first where nothing was made of it, then beside a run of the same
data; a run with nothing to do (the overview and one hospital, made first).
Trees take turns; the least of the times is printed, and its ratio to that of the first tree.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

RUN = "from fundeval.cli import app; app()", "run", "run.yaml", "--only", "H99010400002"
RUN_FILE = "name: city\ndataset: sample:city\nyear: 2024\n"
# By the door that a version has.
OPEN = """
try:
    from fundeval import Run, evaluate
    Run.report
except (ImportError, AttributeError):
    from fundeval import report
    opened = report.open_unit("990103", None, "sample:city", "national", 2024)
else:
    opened = evaluate("sample:city", "national", 2024).report("990103")
opened.show("verdict")
"""
STARTS = {
    "load": ("from fundeval import tables; tables.load('sample:city')",),
    "open": (OPEN,),
    "open, after a run": (OPEN,),
    "nothing to do": RUN,
}
# Where nothing was made before.
ALONE = "open"


def spent(tree: str, folder: Path, command: Sequence[str]) -> float:
    """Return the CPU seconds of a command with the package of a tree."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": tree},
        check=True,
        capture_output=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trees", nargs="+", type=os.path.abspath)
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folders = {tree: Path(place) / str(number) for number, tree in enumerate(given.trees)}
        for tree, folder in folders.items():
            folder.mkdir()
            (folder / "run.yaml").write_text(RUN_FILE, encoding="utf-8")
            spent(tree, folder, RUN)
        for name, command in STARTS.items():
            rounds = [
                [
                    spent(tree, folder.parent if name == ALONE else folder, command)
                    for tree, folder in folders.items()
                ]
                for _ in range(given.times)
            ]
            least = [min(times) for times in zip(*rounds, strict=True)]
            ratios = ", ".join(f"{each:.2f} ({each / least[0]:.2f})" for each in least)
            print(f"{name:18} {ratios}")


if __name__ == "__main__":
    main()
