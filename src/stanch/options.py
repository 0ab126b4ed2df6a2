"""What a scan is asked to do."""

from __future__ import annotations

from pathlib import Path

from stanch.model import Confidence
from stanch.values import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """What a scan does; nothing is optional."""

    targets: tuple[str, ...]
    history: bool | None
    """None: when a target is a repository's root."""
    staged: bool
    revisions: str | None
    """`A..B`: only the objects that it introduces."""
    reachable_only: bool
    """Leave out the objects that no ref leads to."""
    alternates: bool
    """Read the object stores outside of a repository that it names."""
    incremental: Path | None
    """Where this scan's result is kept, so that the next one reads what is new."""
    secrets: bool
    """Are the secrets themselves wanted? What is kept for the next scan holds none."""
    min_confidence: Confidence
    explain: bool
    engine: str
    """`auto`, or a key of `prefilter.ENGINES`."""
    jobs: int
    max_size: int | None
    """Larger content is not scanned, and the scan says so. None: no limit."""
    timeout: float | None
    """Seconds after which the scan stops, incomplete. None: no limit."""
    ignore_allows: bool
    """Take inline allows as if they were not there."""
    archives: bool
    """Open archives and compressed files."""


USUAL = Options(
    targets=(".",),
    history=None,
    staged=False,
    revisions=None,
    reachable_only=False,
    alternates=False,
    incremental=None,
    secrets=False,
    min_confidence=Confidence.MEDIUM,
    explain=False,
    engine="auto",
    jobs=1,
    max_size=None,
    timeout=None,
    ignore_allows=False,
    archives=True,
)
"""What a scan does when nothing else is said."""
