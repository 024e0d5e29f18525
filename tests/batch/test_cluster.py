"""The same run on a Dask cluster: a real scheduler, two workers over TCP, one of them killed."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from tests.e2e.places import Place, create_workspace, write_light_notebooks
from tests.e2e.test_resume import COMMAND, result

pytestmark = pytest.mark.slow

MORE = 16


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, protocol="tcp", dashboard_address=None
    ) as started:
        yield started


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a place with some hospitals more, whose reports take a moment."""
    place = Place(create_workspace(tmp_path))
    for table, line in (
        ("units", "M{0:02d},第{0}医院,hospital,990100,secondary\n"),
        ("budgets", "M{0:02d},2024,employee,100,100,9{0:02d}e-1\n"),
    ):
        with (place.folder / "data" / f"{table}.csv").open("a", encoding="utf-8") as file:
            file.writelines(line.format(number) for number in range(MORE))
    write_light_notebooks(place.folder, "import time; time.sleep(0.3)")
    return place


def run_locally(place: Place) -> dict[str, bytes]:
    assert place.run("run", "run.yaml", "--out", "outputs/local").status == 0
    local = place.folder / "outputs" / "local"
    local.rename(place.folder / "outputs" / "small")
    expected = result(place)
    (place.folder / "outputs" / "small").rename(local)
    return expected


def test_a_cluster_that_loses_a_worker_gives_the_bytes_of_a_local_run(
    place: Place, cluster: LocalCluster
) -> None:
    expected = run_locally(place)
    address = cluster.scheduler_address
    storage = (place.folder / "storage").as_uri()
    run = subprocess.Popen(
        [*COMMAND, "--scheduler", address, "--storage", storage], cwd=place.folder
    )
    log = place.folder / "outputs" / "small" / "run.log"
    while run.poll() is None and not (log.exists() and "完成 M" in log.read_text("utf-8")):
        time.sleep(0.1)
    with Client(address) as client:
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
    assert run.wait(timeout=120) == 0
    assert result(place) == expected


@pytest.mark.campaign
def test_on_a_shared_file_system_no_storage_is_named(place: Place, cluster: LocalCluster) -> None:
    ended = place.run("run", "run.yaml", "--scheduler", cluster.scheduler_address, "--limit", "3")
    assert (ended.status, "新做报告 4 份" in ended.output) == (0, True)


def test_a_scheduler_that_does_not_answer_is_told(place: Place) -> None:
    ended = place.run("run", "run.yaml", "--scheduler", "tcp://127.0.0.1:9", "--lang", "en")
    assert ended.status == 2
    assert "tcp://127.0.0.1:9" in ended.errors
    assert "Traceback" not in ended.errors
