"""Photograph the HTML report of the demo repository: docs/report.png. Needs Chromium; `make servers` installs it."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

import demo

SIZE = {"width": 1360, "height": 860}


def photograph(file: Path) -> None:
    """Write the picture."""
    browser = shutil.which("chromium")
    if browser is None:
        raise SystemExit("photograph: no chromium here; `make servers` installs it")
    with TemporaryDirectory() as folder:
        page = report(Path(folder))
        with sync_playwright() as playwright:
            opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
            tab = opened.new_page(viewport=SIZE)  # type: ignore[arg-type]
            tab.goto(page.as_uri())
            tab.screenshot(path=str(file))
            opened.close()


def report(folder: Path) -> Path:
    """Return the page of a scan of the demo repository."""
    demo.make(folder / "shop")
    page = folder / "report.html"
    command = [sys.executable, "-m", "stanch", "scan", "shop", "-f", "html", "-o", str(page)]
    status = subprocess.run(command, cwd=folder).returncode
    if status != 1:
        raise SystemExit(f"photograph: the scan of the demo ended with status {status}, not 1")
    return page


def main(arguments: list[str] | None = None) -> int:
    """Photograph the report into a file."""
    options = argparse.ArgumentParser(description=main.__doc__)
    options.add_argument("file", type=Path, metavar="FILE")
    photograph(options.parse_args(arguments).file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
