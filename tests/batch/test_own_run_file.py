"""A folder that was handed over says what it was made from; what is opened says one's own file."""

import hashlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from fundeval.batch.files import sha256
from fundeval.batch.ledger import Ledger
from fundeval.batch.manifest import MANIFEST, run_settings, to_sealed_json
from fundeval.batch.plan import Limits, RunFile
from fundeval.batch.signoff import write_state_picture
from fundeval.batch.verify import Asked, verify
from fundeval.problems import BadInputError
from fundeval.workbench.source import source_of_run
from tests.e2e.places import create_workspace

SMALL = RunFile(name="small", dataset="data", policy="national", year=2024)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a workspace of one's own, with a run file and its data, and work there."""
    monkeypatch.chdir(create_workspace(tmp_path))
    return tmp_path


@pytest.fixture
def stranger() -> Iterator[socket.socket]:
    """Return a server that notices whoever calls."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def url_of(server: socket.socket) -> str:
    return f"postgresql://127.0.0.1:{server.getsockname()[1]}/x"


def was_called(server: socket.socket) -> bool:
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def handed_over(place: Path, run: RunFile = SMALL, **more: object) -> Path:
    """Return a folder that says it is a run of a run file, and whose data its ledger names."""
    folder = place / "outputs" / "small"
    folder.mkdir(parents=True)
    ledger = Ledger(folder)
    ledger.start_run(run, 0)
    ledger.close()
    names = ("budgets.csv", "dataset.yaml", "units.csv")
    inputs = [{"name": name, "sha256": sha256(place / "data" / name)} for name in names]
    content = {"run": run_settings(run), "inputs": inputs, **more}
    (folder / MANIFEST).write_text(to_sealed_json(content), encoding="utf-8")
    write_state_picture(folder, "zh")
    return folder


def told(folder: Path, run_file: Path | None = None) -> set[tuple[str, str]]:
    found = {(each.kind, each.name) for each in verify(folder, Asked(0, run_file=run_file))}
    return {(kind, name) for kind, name in found if kind not in ("library", "policy", "unchecked")}


def test_a_database_that_the_folder_names_is_not_called(
    place: Path, stranger: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "secret")
    folder = handed_over(place, SMALL.model_copy(update={"dataset": url_of(stranger)}))
    (place / "run.yaml").unlink()
    assert told(folder) == {("no_run_file", "small")}
    # Nor is one that a file of the workspace names, which may have come with the folder.
    (place / "run.yaml").write_text(f"name: small\nyear: 2024\ndataset: {url_of(stranger)}\n")
    assert told(folder) == {("run_file", "run.yaml"), ("server", url_of(stranger))}
    with pytest.raises(BadInputError) as caught:
        source_of_run(lambda: folder / "evaluation", {})
    assert caught.value.problems[0].rule == "workbench.server"
    assert not was_called(stranger)


def test_a_database_is_called_where_the_run_file_is_given(
    place: Path, stranger: socket.socket
) -> None:
    folder = handed_over(place, SMALL.model_copy(update={"dataset": url_of(stranger)}))
    own = place / "own.yaml"
    own.write_text(
        f"name: small\nyear: 2024\ndataset: {url_of(stranger)}?connect_timeout=2\n", "utf-8"
    )
    kinds = {kind for kind, _ in told(folder, own)}
    assert ("data" in kinds, was_called(stranger)) == (True, True)


def test_data_lie_where_ones_own_run_file_says_and_are_named(place: Path) -> None:
    doctored = create_workspace(place / "elsewhere") / "data"
    budgets = doctored / "budgets.csv"
    budgets.write_text(budgets.read_text("utf-8").replace("4750.00", "5000.00"), "utf-8")
    hashes = {path.name: sha256(path) for path in doctored.iterdir()}
    inputs = [{"name": name, "sha256": hashes[name]} for name in sorted(hashes)]
    folder = handed_over(
        place, SMALL.model_copy(update={"dataset": "elsewhere/data"}), inputs=inputs
    )
    assert told(folder) == {
        ("run_file", "run.yaml"), ("data_place", str(place / "data")),
        ("policy_place", policy_of(folder)), ("data", "budgets.csv"),
    }  # fmt: skip
    listed = "".join(
        f"{sha256(path)}  {path.name}\n" for path in sorted((place / "data").iterdir())
    )
    [data] = [each for each in verify(folder, Asked(0)) if each.kind == "data_place"]
    assert data.now == hashlib.sha256(listed.encode()).hexdigest()
    # Two that are called alike: which one is meant is for the person to say.
    (place / "other.yaml").write_text("name: small\nyear: 2024\ndataset: elsewhere/data\n", "utf-8")
    assert told(folder) == {("many_run_files", "small")}
    assert ("data", "budgets.csv") not in told(folder, place / "other.yaml")


def policy_of(folder: Path) -> str:
    return next(each.name for each in verify(folder, Asked(0)) if each.kind == "policy_place")


@pytest.mark.parametrize("given", [True, False])
def test_a_setting_that_the_run_file_has_not_is_told(place: Path, given: bool) -> None:
    folder = handed_over(place, SMALL.model_copy(update={"limits": Limits(seconds=1)}))
    assert ("setting", "limits") in told(folder, place / "run.yaml" if given else None)


def test_a_run_file_in_the_folder_of_the_run_is_not_ones_own(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = handed_over(place)
    (place / "run.yaml").rename(folder / "run.yaml")
    monkeypatch.chdir(folder)
    assert ("no_run_file", "small") in told(folder)
    with pytest.raises(BadInputError) as caught:
        told(folder, folder / "run.yaml")
    assert caught.value.problems[0].rule == "verify.run_file_inside"


@pytest.mark.parametrize(
    ("more", "run"), [({"approved": True}, {}), ({}, {"year": "2024"}), ({}, {"approved": True})]
)
def test_a_manifest_says_what_a_run_writes_and_no_more(
    place: Path, more: dict[str, object], run: dict[str, object]
) -> None:
    folder = handed_over(place)
    content = json.loads((folder / MANIFEST).read_text("utf-8"))
    del content["seal"]
    content["run"] |= run
    (folder / MANIFEST).write_text(to_sealed_json({**content, **more}), encoding="utf-8")
    assert ("manifest", MANIFEST) in told(folder)
