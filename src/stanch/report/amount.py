"""How much was scanned, in words."""

from __future__ import annotations

from stanch.model import Stats


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


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    size = count / 1000
    for unit in ("kB", "MB"):
        if size < 999.95:
            return f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"
