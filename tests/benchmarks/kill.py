"""Kill a run at random moments, go on, compare bytes. Run by hand, on Unix, from the repository:

    python -m tests.benchmarks.kill [KILLS [A_CHAIN]]

Each of the KILLS (200 by default) ends the whole process group of a run of 64 reports with
SIGKILL, at a moment drawn from the time an undisturbed run takes. After each A_CHAIN kills (4 by
default) the same command runs to its end, and every file but log and ledger is compared with the
undisturbed run; then it starts anew.
"""

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.e2e.places import Place, create_workspace, write_light_notebooks
from tests.e2e.test_resume import kill_after, result

HOSPITALS = 60


def enlarged(folder: Path) -> Place:
    place = Place(create_workspace(folder))
    for table, line in (
        ("units", "M{0:02d},第{0}医院,hospital,990100,secondary\n"),
        ("budgets", "M{0:02d},2024,employee,100,100,90\n"),
    ):
        with (folder / "data" / f"{table}.csv").open("a", encoding="utf-8") as file:
            file.writelines(line.format(number) for number in range(HOSPITALS))
    write_light_notebooks(folder, "import time; time.sleep(0.05)")
    return place


def main(kills: int = 200, chain: int = 4) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = enlarged(Path(folder) / "place")
        started = time.monotonic()
        assert place.run("run", "run.yaml").status == 0
        whole = time.monotonic() - started
        undisturbed = result(place)
        draw = random.Random(kills)
        same = 0
        for start in range(0, kills, chain):
            shutil.rmtree(place.folder / "outputs")
            for _ in range(min(chain, kills - start)):
                kill_after(place, draw.uniform(0, whole))
            ended = place.run("run", "run.yaml")
            equal = ended.status == 0 and result(place) == undisturbed
            same += min(chain, kills - start) * equal
            print(
                f"{start + chain} kills: {'the same bytes' if equal else ended.errors}", flush=True
            )
        print(f"{same} of {kills} kills left a run that ended with the bytes of an undisturbed one")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
