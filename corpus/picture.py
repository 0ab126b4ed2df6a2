"""Draw the report of the demo repository, as a terminal shows it: docs/scan.svg, the picture in README.md."""

from __future__ import annotations

import argparse
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

import demo

COLUMNS = 96
FONT = re.compile(r"@font-face \{.*?\n    \}\n", re.DOTALL)
"""rich's way to fetch a font from another host; a picture in a README must load nothing."""


def draw() -> str:
    """Return the SVG."""
    console = Console(file=io.StringIO(), width=COLUMNS, record=True, highlight=False)
    console.print(Text("$ stanch scan\n"), Text.from_ansi(report()), sep="\n")
    svg = console.export_svg(title="stanch", unique_id="scan")
    return re.sub(r"[ \t]+\n", "\n", FONT.sub("", svg).replace("Fira Code, monospace", "ui-monospace, monospace"))


def report() -> str:
    """Return the coloured report of a scan in the demo repository."""
    with TemporaryDirectory() as folder:
        demo.make(Path(folder) / "repo")
        done = subprocess.run(
            [sys.executable, "-m", "stanch", "scan"],
            cwd=Path(folder) / "repo",
            env={**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "NO_COLOR": ""},
            stdout=subprocess.PIPE,
            text=True,
        )
    if done.returncode != 1:
        raise SystemExit(f"picture: the scan of the demo ended with status {done.returncode}, not 1")
    return done.stdout


def main(arguments: list[str] | None = None) -> int:
    """Draw the picture into a file."""
    options = argparse.ArgumentParser(description=main.__doc__)
    options.add_argument("file", type=Path, metavar="FILE")
    options.parse_args(arguments).file.write_text(draw(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
