"""A run whose index is divided: in the manifest, verified, the same when resumed, never stale."""

import json
import re
import sys
from pathlib import Path

import pytest

from tests.e2e.places import Place, create_workspace, tree, write_light_notebooks
from tests.e2e.test_nothing_to_do import files_of, output_of
from tests.messages import says

pytestmark = pytest.mark.slow

# A limit that the small data set passes.
DIVIDED = (
    "from fundeval.report.pages import run_index; run_index.MOST_ROWS = 2\n"
    "from fundeval.cli import app; app()"
)


def names_of(place: Place) -> set[str]:
    return {name for name in files_of(place) if name.startswith("index")}


@pytest.mark.campaign
def test_a_divided_index_is_part_of_the_run(tmp_path: Path) -> None:
    whole = Place(create_workspace(tmp_path))
    write_light_notebooks(whole.folder)
    place = Place(whole.folder, (sys.executable, "-c", DIVIDED))
    ended = place.run("run", "run.yaml")
    assert ended.status == 0, ended.errors
    assert names_of(place) == {
        "index.html", "index/990100.1.html", "index/search.html",
    }  # fmt: skip
    made = files_of(place)
    listed = json.loads(made["manifest.json"])["files"]
    assert names_of(place) <= set(listed)
    leads = re.findall('href="(index/[^"#]+)"', made["index.html"].decode())
    assert set(leads) == {"index/990100.1.html", "index/search.html"}
    assert 'href="../reports/H1.html"' in made["index/990100.1.html"].decode()
    verified = place.run("verify", "outputs/small", "--sample", "0")
    assert says(verified.output, "verify.same")

    assert place.run("run", "run.yaml").status == 0
    assert files_of(place) == made
    page = output_of(place) / "index" / "990100.1.html"
    page.write_bytes(page.read_bytes() + b" ")
    (page.parent / "STALE.html").touch()
    verified = place.run("verify", "outputs/small", "--sample", "0")
    assert says(verified.output, "verify.altered", name="index/990100.1.html")
    assert says(verified.output, "verify.unlisted", name="index/STALE.html")
    assert place.run("run", "run.yaml").status == 0
    assert files_of(place) == made

    # Where fewer units leave it in one page, none of the others stays.
    assert whole.run("run", "run.yaml", "--fresh").status == 0
    assert names_of(whole) == {"index.html"}
    assert not (output_of(whole) / "index").exists()
    assert "index/" not in "".join(json.loads(files_of(whole)["manifest.json"])["files"])
    assert tree(output_of(whole))
