"""Tamper with a finished run in many ways, and count what `fundeval verify` finds. Run by hand:

    python -m tests.benchmarks.tamper [TIMES]

Each way is tried TIMES times (3 by default) on a copy of a small run, first as it is, then with the
manifest sealed anew, as somebody would who knows how. A way counts as found if `verify` ends with
a difference that is no note.
"""

import hashlib
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

from fundeval.batch.manifest import to_sealed_json
from fundeval.batch.signoff import PICTURE
from fundeval.batch.verify import Asked, verify
from tests.e2e.places import Place, create_workspace, write_light_notebooks

DRAW = random.Random(20)
OTHER = ("index.html", "policy.html", "workbook.xlsx", "reports/overview.html")


def flip(output: Path, name: str) -> None:
    content = bytearray((output / name).read_bytes())
    content[DRAW.randrange(len(content))] ^= 1 << DRAW.randrange(8)
    (output / name).write_bytes(content)


def forge_picture(output: Path) -> None:
    text = (output / PICTURE).read_text(encoding="utf-8")
    (output / PICTURE).write_text(text.replace("草稿", "已复核"), encoding="utf-8")


def link(output: Path) -> None:
    target = output.parent / "policy.html"
    shutil.move(output / "policy.html", target)
    (output / "policy.html").symlink_to(target)


def invent(output: Path) -> None:
    shutil.copy(output / "reports/H1.html", output / "reports/H9.html")


def forge_signature(output: Path) -> None:
    (output / "signatures").mkdir()
    (output / "signatures" / "0001-evaluator.json").write_text("{}", encoding="utf-8")


WAYS: dict[str, Callable[[Path], object]] = {
    **{f"a bit of {name}": lambda output, name=name: flip(output, name) for name in OTHER},
    "a bit of a frame": lambda output: flip(output, "evaluation/grades.parquet"),
    "a report removed": lambda output: (output / "reports/H1.html").unlink(),
    "a report invented": invent,
    "a hidden file": lambda output: (output / ".note").write_text("x", encoding="utf-8"),
    "a link": link,
    "the picture of the state": forge_picture,
    "a statement": forge_signature,
}


def seal(output: Path) -> None:
    """List the files of reports and of the run as they are now, and seal the manifest."""
    path = output / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["seal"]
    for file in [*output.glob("reports/*.html"), *(output / name for name in content["files"])]:
        name = file.relative_to(output).as_posix()
        content["files"].pop(name, None)
        if file.is_file():
            content["files"][name] = hashlib.sha256(file.read_bytes()).hexdigest()
    path.write_text(to_sealed_json(content), encoding="utf-8")


def main(times: int = 3) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = Place(create_workspace(Path(folder) / "made"))
        write_light_notebooks(made.folder)
        assert made.run("run", "run.yaml").status == 0
        tried = found = 0
        for name, change in WAYS.items():
            for sealed in (False, True):
                seen = 0
                for number in range(times):
                    place = Path(folder) / f"{name} {sealed} {number}"
                    shutil.copytree(made.folder, place)
                    output = place / "outputs" / "small"
                    change(output)
                    if sealed:
                        seal(output)
                    with chdir(place):
                        seen += any(not each.is_note for each in verify(output, Asked(int(sealed))))
                tried, found = tried + times, found + seen
                how = "sealed anew" if sealed else "as it is"
                print(f"{name}, {how}: tried {times}, found {seen}", flush=True)
        print(f"tried {tried}, found {found}, survived unseen {tried - found}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
