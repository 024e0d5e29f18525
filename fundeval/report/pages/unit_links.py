"""Names of units on a page as links to their reports."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from markupsafe import escape

from fundeval.report.format.html_fragments import UNIT

# Of a unit, by id and kind: the address of its report from the page, None if it has none.
Address = Callable[[str, str], str | None]


def no_address(unit_id: str, kind: str) -> str | None:
    """Return None: the address of any report for a page that stands alone."""


def link_units(part: str, address: Address) -> str:
    """Return a part of a page in which the names of units that have a report link to it.

    Parameters
    ----------
    part
        HTML in which names stand as `html_fragments.unit_name` writes them.
    address
        Where the report of a unit is.

    Examples
    --------
    >>> from fundeval.report.format.html_fragments import unit_name
    >>> named = unit_name("H1", "hospital", "First").markup
    >>> link_units(named, lambda unit_id, kind: f"{unit_id}.html")
    '<a href="H1.html">First</a>'
    >>> link_units(named, no_address)
    'First'
    """

    def link(found: re.Match[str]) -> str:
        unit_id, kind, name = found.groups()
        href = address(unescape(unit_id), unescape(kind)) if kind else None
        return name if href is None else f'<a href="{escape(href)}">{name}</a>'

    return UNIT.sub(link, part)
