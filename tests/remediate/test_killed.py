"""A process that applies a plan, or undoes it, is killed at any step: no secret is lost, no file half patched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from remediate.servers import ENVIRONMENT


@pytest.mark.parametrize("kills", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_killed_at_any_step(moto: str, tmp_path: Path, kills: int) -> None:
    """A secret is always in its files or readable in the store, and the next process finishes what was begun."""
    done = subprocess.run(
        [sys.executable, "-m", "remediate.killing", moto, str(tmp_path / "runs"), str(kills), str(kills)],
        capture_output=True, text=True, timeout=500, check=False,
        env={**os.environ, **ENVIRONMENT, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3_000:]
    told = json.loads(done.stdout)
    assert told["problems"] == []
    assert told["killed"] >= kills
