"""Publishing takes no option that it would not heed, and knows of what is published meanwhile."""

import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fundeval.batch.pipeline import prepare_run
from fundeval.batch.plan import read_run_file
from fundeval.batch.publishing import lock_registers, log_of, publish
from fundeval.cli import app
from fundeval.problems import BadInputError
from fundeval.report.public.releases import RELEASES, read_register
from tests.e2e.places import create_workspace
from tests.report.small_county import county, write


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = create_workspace(tmp_path)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("option", [["--dry-run"], ["--only", "H1"], ["--limit", "1"], ["--prune"]])
def test_an_option_that_publishing_cannot_heed_is_refused(place: Path, option: list[str]) -> None:
    ended = CliRunner().invoke(app, ["run", "run.yaml", "--profile", "public", *option])
    assert ended.exit_code == 2
    assert option[0] in ended.output
    assert not (place / "outputs").exists()


def test_the_log_lies_beside_the_public_folder_however_that_is_written(place: Path) -> None:
    write(place / "data", county(rest=0.0))
    (place / "web" / "old").mkdir(parents=True)
    output = Path("web/old/..")
    publish(prepare_run(read_run_file(place / "run.yaml"), output, public=True))
    assert log_of(output) == Path("web-hidden.csv")
    assert (place / "web-hidden.csv").is_file()
    assert not list((place / "web").rglob("*hidden*"))


@pytest.mark.slow
def test_of_two_pages_made_at_once_the_second_knows_the_first(place: Path) -> None:
    """The second waits for the first, and so finds its register."""
    write(place / "data", county(rest=0.0))
    run = read_run_file(place / "run.yaml")
    first, second = (prepare_run(run, place / "outputs" / n, public=True) for n in ("a", "b"))
    (place / "outputs").mkdir()
    waiting = threading.Thread(target=publish, args=[second])
    with lock_registers(place / "outputs"):
        waiting.start()
        waiting.join(3)
        assert waiting.is_alive()
        assert not (place / "outputs" / "b").exists()
    waiting.join()
    publish(first)
    hidden = [read_register(place / "outputs" / n).releases[0].hidden for n in ("a", "b")]
    assert hidden[0] == hidden[1]
    assert (place / "outputs" / "b" / RELEASES).is_file()


def test_who_waits_too_long_is_told(tmp_path: Path) -> None:
    with ExitStack() as held:
        held.enter_context(lock_registers(tmp_path))
        with pytest.raises(BadInputError) as caught:
            held.enter_context(lock_registers(tmp_path, seconds=0.0))
    assert [problem.rule for problem in caught.value.problems] == ["run.held_unnamed"]
