"""Archives and compressed content that came out of text: a deployment package in base64, a release of Helm."""

from __future__ import annotations

from collections.abc import Iterator

from stanch.archives.opening import Member, opened
from stanch.archives.stream import in_memory
from stanch.archives.trouble import BOUND

_LEAST, _MOST, _RATIO = 256 << 10, 4 << 20, 50
"""Bytes that are read of what lies in so many times its bytes, together: as text holds, not as images of disks."""

Layers = tuple[str, ...]


def unpacked(data: bytes) -> Iterator[tuple[Layers, bytes | None]]:
    """Yield what lies in an archive with the way to it; None where the rest is over the bound.

    Damage is no news: text that looks like an archive may be a part of one, and was read as it stands.
    """
    left = max(_LEAST, min(_MOST, _RATIO * len(data)))
    for item in opened(in_memory(data)):
        if not isinstance(item, Member):
            if item.kind == BOUND:
                yield item.layers, None
        elif item.layers:
            content = item.stream.read(left + 1)
            left -= len(content)
            yield item.layers, content
            if left < 0:
                yield item.layers, None
                return
