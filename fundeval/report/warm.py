"""What a process does once, so that each report that a fork of it makes costs less."""

from __future__ import annotations

import io
from functools import cache

import nbformat
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fundeval.report import html, numbers
from fundeval.report.drawing import Plane, draw
from fundeval.report.pieces import TEMPLATES, environment
from fundeval.report.view import to_rows
from fundeval.words import LANGUAGES


@cache
def warm_up() -> None:
    """Load templates, words and forms of figures, and draw and read something of every kind.

    It starts no thread and leaves nothing that a later report could differ by.
    """
    for template in TEMPLATES.glob("*.html.j2"):
        if template.name != html.TEMPLATE:
            environment().get_template(template.name)
    for lang in LANGUAGES:
        numbers.money(1.0, lang)
        html.render(nbformat.v4.new_notebook(), lang)
    _draw()
    _read()


def _draw() -> None:
    plane = Plane((0, 1), (0, 1))
    plane.heights()
    plane.widths()
    for mark in "os^DvD":
        plane.line((0, 1), (0, 1), marker=mark, linestyle="--")
    plane.box((0, 1), (0, 1), marked=True)
    plane.band((0, 1), (0, 0), (1, 1))
    plane.tiles([(0, 0)])
    plane.key({"": {"linestyle": ":"}})
    draw(plane, "warm")


def _read() -> None:
    frame = pd.DataFrame({"unit_id": ["a", None], "year": [1, 2], "value": [0.5, None]})
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame, nthreads=1), file)
    read = pq.ParquetFile(pa.BufferReader(file.getvalue())).read_row_groups([0], use_threads=False)
    again = read.to_pandas(use_threads=False)
    to_rows(again[again["unit_id"] == "a"].set_index("unit_id").join(again[["value"]], rsuffix="_"))
