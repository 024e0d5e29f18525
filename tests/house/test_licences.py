"""The licence of every library that is installed with the program, and that none forbids its use.

The program is under Apache-2.0. What it imports may be under a permissive licence, or under one
that asks only for changes of the library itself (LGPL, MPL); a copyleft that would reach the
program (GPL, AGPL), a licence for some uses only, or none, fails here.
"""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import pytest

from tests.house.test_dependencies import DEVELOPING, RUNNING, pins

ALLOWED = re.compile(
    r"\b(MIT|MIT-CMU|BSD|[023]-Clause|ISC|Apache|PSF|Python Software Foundation|HPND|Zlib|CC0|"
    r"Unlicense|MPL|Mozilla|LGPL|Lesser General Public|Public Domain|BSL|Boost|0BSD|CNRI|OFL)",
    re.IGNORECASE,
)
FORBIDDEN = re.compile(
    r"\b(AGPL|Affero|(?<!L)GPL|(?<!Lesser )General Public|SSPL|Business Source|Commons Clause|"
    r"Non-?Commercial|Proprietary)",
    re.IGNORECASE,
)
# Whose metadata name no licence, or a choice; each was looked up in its sources.
KNOWN = {"axe-playwright-python": "MIT", "resvg-py": "MIT"}


def names(lock: str) -> set[str]:
    return {re.split(r"[=\[ ;@]", pin, maxsplit=1)[0] for pin in pins(lock)}


def licence_of(found: Distribution) -> str:
    """Return what a library says of its licence: the expression, the classifiers, or the text."""
    given = found.metadata
    classifiers = [
        entry.rpartition("::")[2].strip()
        for entry in given.get_all("Classifier") or ()
        if entry.startswith("License ::")
    ]
    stated = given.get("License-Expression") or " / ".join(classifiers)
    return stated or (given.get("License") or "").split("\n")[0]


@pytest.mark.parametrize("lock", [RUNNING, DEVELOPING])
def test_every_library_has_a_licence_that_allows_its_use(lock: str) -> None:
    wrong = {}
    seen = 0
    for name in sorted(names(lock)):
        try:
            found = distribution(name)
        except PackageNotFoundError:  # for another system or version of Python
            continue
        seen += 1
        licence = KNOWN.get(name) or licence_of(found)
        # Of a choice, such as "GPL or BSD", one that is allowed is enough.
        choices = re.split(r"\s+OR\s+", licence)
        if not any(ALLOWED.search(each) and not FORBIDDEN.search(each) for each in choices):
            wrong[name] = licence
    assert seen > 30
    assert wrong == {}


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [("MIT", True), ("LGPL-3.0-only", True), ("GNU Lesser General Public License v3", True),
     ("GPL-3.0-only", False), ("GNU Affero General Public License", False), ("", False),
     ("Proprietary", False), ("GNU General Public License v2 (GPLv2)", False)],
)  # fmt: skip
def test_what_is_allowed(licence: str, allowed: bool) -> None:
    assert (bool(ALLOWED.search(licence)) and not FORBIDDEN.search(licence)) == allowed
