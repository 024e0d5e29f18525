"""Write docs/static/report.png: the top of a report on the sample city, as a browser shows it.

    python -m tools.make_picture

It needs Chromium and a Chinese font. Make it again when reports look different.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "static" / "report.png"
UNIT = "990103"
WIDTH, HEIGHT, COLOURS = 1000, 1040, 64


def main() -> None:
    """Make the report, and write the picture in few colours: half the bytes, the same look."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "fundeval", "run", str(ROOT / "params" / "demo.yaml")]
        subprocess.run([*command, "--only", UNIT, "--out", folder], cwd=ROOT, check=True)
        with sync_playwright() as playwright:
            program = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.goto((Path(folder) / "reports" / f"{UNIT}.html").as_uri())
            shown = page.screenshot()
            browser.close()
    with Image.open(io.BytesIO(shown)) as picture:
        picture.convert("RGB").quantize(COLOURS).save(TARGET, optimize=True)


if __name__ == "__main__":
    main()
