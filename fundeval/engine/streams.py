"""Put together what a cell printed, as nbclient does, in a time that grows with its length only.

nbclient looks for carriage returns by a pattern whose time grows with the square of a line.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any


def coalesce_streams(notebook: Any) -> None:
    """Join the outputs of each stream of a cell, stdout before stderr, in place.

    What a carriage return wiped out on a terminal is left out.
    """
    for cell in notebook.cells:
        if cell.get("outputs"):
            cell.outputs = _joined(cell.outputs)


def without_overwritten(text: str) -> str:
    r"""Return a text without what a carriage return in its line goes over.

    Examples
    --------
    >>> without_overwritten("10 %\r20 %\r30 %\nend\r\n")
    '30 %\nend\r\n'
    """
    if "\r" not in text:
        return text
    return "\n".join(line[line.rfind("\r", 0, -1) + 1 :] for line in text.split("\n"))


def _joined(outputs: list[Any]) -> list[Any]:
    streams: dict[str, list[str]] = {}
    kept = []
    for output in outputs:
        if output.output_type != "stream":
            kept.append(output)
            continue
        if output.name not in streams:
            kept.append(output)
        streams.setdefault(output.name, []).append(output.text)
    for output in kept:
        if output.output_type == "stream":
            output.text = without_overwritten("".join(streams[output.name]))
    kept = [o for o in kept if o.output_type != "stream" or o.text]
    # They come in no certain order.
    for place, (first, second) in enumerate(pairwise(kept)):
        names = [each.name if each.output_type == "stream" else "" for each in (first, second)]
        if names == ["stderr", "stdout"]:
            kept[place : place + 2] = [second, first]
    return kept
