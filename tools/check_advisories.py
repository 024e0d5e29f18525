"""Look up known vulnerabilities of the locked libraries in OSV, where it can be reached.

    python -m tools.check_advisories [LOCK]

prints each library with an advisory and ends with 1; it ends with 0 where there is none, and where
the source cannot be reached, which it says: then nothing was checked.
"""

from __future__ import annotations

import json
import re
import sys
import urllib.request
from pathlib import Path

SOURCE = "https://api.osv.dev/v1/querybatch"
SECONDS = 20
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pins_of(text: str) -> list[tuple[str, str]]:
    """Return name and version of each library in a lock.

    Examples
    --------
    >>> pins_of("pandas==2.2.0 \\\\\\n    --hash=sha256:0\\nnumpy==1.0 ; x\\n")
    [('numpy', '1.0'), ('pandas', '2.2.0')]
    """
    return sorted(set(PIN.findall(text)))


def main(lock: str = "requirements-dev.lock") -> int:
    """Print what is known; return the exit status."""
    pins = pins_of(Path(lock).read_text(encoding="utf-8"))
    queries = [
        {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}
        for name, version in pins
    ]
    request = urllib.request.Request(
        SOURCE, json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            results = json.loads(answer.read())["results"]
    except (OSError, ValueError, KeyError) as error:
        print(f"advisories: not checked, {SOURCE} cannot be reached ({error})")
        return 0
    found = [
        f"{name} {version}: {', '.join(each['id'] for each in result['vulns'])}"
        for (name, version), result in zip(pins, results, strict=True)
        if result.get("vulns")
    ]
    print("\n".join([*found, f"advisories: {len(found)} of {len(pins)} libraries have any"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
