"""The command line of stanch, which touches the file $NOTED as soon as something was found."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from stanch import scan
from stanch.cli import main

_Progress = scan.Progress


def _noted(*amounts: Any) -> scan.Progress:
    progress = _Progress(*amounts)
    if progress.found:
        Path(os.environ["NOTED"]).touch()
    return progress


if __name__ == "__main__":
    scan.Progress = _noted  # type: ignore[assignment,misc]  # called for its effect
    main()
