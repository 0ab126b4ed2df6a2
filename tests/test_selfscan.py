"""This repository is clean, its history too: no credential-shaped literal stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scans import scan
from stanch.model import Finding

ROOT = Path(__file__).parents[1]


def told(finding: Finding) -> str:
    """Return what a person needs to find it."""
    places = ", ".join(f"{at.path or at.surface}:{at.line} ({at.blob or 'worktree'})" for at in finding.locations[:3])
    return f"{finding.confidence} {finding.rule} {finding.masked} {places}"


@pytest.mark.slow
def test_this_repository_is_clean() -> None:
    """`stanch scan .` on this repository reports nothing, and is complete."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout: an unpacked source distribution has no history")
    result = scan(ROOT, engine="auto", jobs=2)
    assert [told(finding) for finding in result.findings] == []
    assert result.complete
