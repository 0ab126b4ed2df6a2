"""How much was scanned and found, in words."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from stanch.model import Confidence, Stats, Status


def scanned(stats: Stats) -> tuple[str, str, str]:
    """Return objects, size and time, as in `48,081 objects`, `566.2 MB`, `4.1 s`."""
    return (
        f"{stats.blobs:,} {'object' if stats.blobs == 1 else 'objects'}",
        _size(stats.bytes),
        f"{stats.seconds:.1f} s",
    )


def clean(stats: Stats) -> str:
    """Return the one line of a scan that found nothing."""
    objects, size, time = scanned(stats)
    return f"No credentials found in {objects} ({size}, {time})"


def found(levels: Sequence[Confidence], statuses: Sequence[Status] = ()) -> str:
    """Return how many findings there are of each level and verdict, as in `3 findings (3 high; 1 live, 2 dead)`."""
    parts = [
        _counted(levels, (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)),
        _counted(statuses, (Status.LIVE, Status.DEAD, Status.UNKNOWN)),
    ]
    return f"{len(levels):,} {'finding' if len(levels) == 1 else 'findings'} ({'; '.join(filter(None, parts))})"


def _counted(items: Sequence[StrEnum], kinds: Sequence[StrEnum]) -> str:
    return ", ".join(f"{items.count(kind):,} {kind.value}" for kind in kinds if kind in items)


def unscanned(faults: int) -> str:
    """Return how many things are missing, as in `2 things could not be scanned`."""
    return f"{'1 thing' if faults == 1 else f'{faults:,} things'} could not be scanned"


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    size = count / 1000
    for unit in ("kB", "MB"):
        if size < 999.95:
            return f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"
