"""`python -m fundeval` is the command `fundeval`."""

from fundeval.cli import app

app(prog_name="fundeval")
