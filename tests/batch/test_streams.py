"""Streams are put together as nbclient does it, in a time that grows with their length."""

import re

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundeval.engine.streams import coalesce_streams, without_overwritten


@given(st.text(alphabet="ab\r\n", max_size=30))
def test_what_a_carriage_return_goes_over_is_left_out_as_by_nbclient(text: str) -> None:
    assert without_overwritten(text) == re.sub(r".*\r(?=[^\n])", "", text)


def test_a_line_of_three_million_characters_stays_whole() -> None:
    line = "x" * 3_000_000
    assert without_overwritten(f"gone\r{line}\n{line}") == f"{line}\n{line}"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["err:a", "out:b", "err:c"], ["out:b", "err:ac"]),
        (["out:a", "out:b"], ["out:ab"]),
        (["out:a", "=1", "out:b"], ["out:ab", "=1"]),
        (["err:a", "=1", "out:b"], ["err:a", "=1", "out:b"]),
    ],
)
def test_each_stream_is_one_output(given: list[str], expected: list[str]) -> None:
    def output(text: str) -> nbformat.NotebookNode:
        if text.startswith("="):
            return nbformat.v4.new_output("execute_result", {"text/plain": text})
        name = {"out": "stdout", "err": "stderr"}[text[:3]]
        return nbformat.v4.new_output("stream", name=name, text=text[4:])

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("")])
    notebook.cells[0].outputs = [output(text) for text in given]
    coalesce_streams(notebook)
    assert notebook.cells[0].outputs == [output(text) for text in expected]
