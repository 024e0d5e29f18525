"""What `--help` prints at a terminal of 80 columns: all of it, in one language."""

import re

import pytest
from rich.cells import cell_len
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from fundeval.cli import app
from tests.messages import word

ROOT = get_command(app)


def commands(group=ROOT, *above):
    for name, command in group.commands.items():
        yield (*above, name), command
        if isinstance(command, TyperGroup):
            yield from commands(command, *above, name)


def squeezed(text):
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("name", ["", *ROOT.commands])
def test_help_is_whole_at_80_columns(name):
    for path, command in [((), ROOT)] if not name else commands():
        if name and path[0] != name:
            continue
        done = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "80", "NO_COLOR": "1"})
        assert done.exit_code == 0
        assert max(map(cell_len, done.output.splitlines())) <= 80
        said = squeezed(done.output)
        assert squeezed(command.help) in said
        for param in command.params:
            # A name that folds stands between two lines of its text.
            if sum(map(len, [*param.opts, *param.secondary_opts])) < 20:
                assert squeezed(param.help or "") in said, param.name
        assert squeezed(word("help.help", "zh")) in said
        assert not re.search(r"Options|Arguments|Showthismessage|<\w+>|…$", said)


def test_each_command_is_listed_with_all_that_it_does():
    done = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "80", "NO_COLOR": "1"})
    said = squeezed(done.output)
    for name, command in ROOT.commands.items():
        assert squeezed(name + command.help) in said
