"""How much is opened of one outer content, so that no bomb takes more than its share of time or memory."""

from __future__ import annotations

from stanch.archives.trouble import BOUND, Trouble

DEPTH = 8
"""Layers: a jar in a war in a tar of a container image has six. A zip that holds itself has no end."""
MEMBERS = 250_000
"""Members, at all depths: three times the files of Linux, and ten seconds' work."""
RATIO = 200
"""Times its size that one compressed content may expand to. Text has 5 to 20, and logs up to 100."""
ALONE = 64 << 20
"""Bytes that it may expand to at any ratio: zeros have 1,000, and stand in images of disks and fixtures of tests."""
LEAST = 128 << 20
"""Bytes that an outer content of any size may expand to, all together: a second's work or two."""
MOST = 4 << 30
"""Bytes that it may expand to at most …"""
USUAL = 10
"""… unless that is not even so many times its size: then it is large, and no bomb."""
MEMORY = 160 << 20
"""Bytes held at a time: zips that do not lie on the disk, since a zip is read from its end, and dictionaries of xz.
The large hosts take files of 100 MB into a repository. With what a process has anyway, it stays below 250 MB."""
DICTIONARY = 66 << 20
"""Bytes that xz may take to expand: `xz -9` needs 65 MB."""
STEP = 16 << 10
"""Bytes of compressed content that are expanded at a time."""
PIECE = 128 << 10
"""Bytes of any other content that are in hand at a time, windows aside."""
NAMES = 256 << 10
"""Bytes of members' names that are one text."""
HEADER = 1 << 20
"""Bytes of a name or of other headers in a tar; Linux ends a path at 4,096."""


class Budget:
    """What is left of the bounds for one outer content; `size` is its own, as far as that is known."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.spent = False
        """True once a bound is reached that ends everything."""
        self._expanded = self._members = self._held = 0

    def expand(self, size: int) -> None:
        """Count bytes that came out of an archive. Raises Trouble when it is too much altogether."""
        self._expanded += size
        if self._expanded > LEAST:
            most = max(LEAST, min(RATIO * self.size, MOST), USUAL * self.size)
            if self._expanded > most:
                self.spent = True
                raise Trouble(BOUND, f"expands to more than {most:,} bytes; the rest is not scanned")

    def count(self) -> None:
        """Count a member. Raises Trouble when there are too many."""
        self._members += 1
        if self._members > MEMBERS:
            self.spent = True
            raise Trouble(BOUND, f"holds more than {MEMBERS:,} members; the rest is not scanned")

    @property
    def memory(self) -> int:
        """How many bytes may be held yet."""
        return MEMORY - self._held

    def hold(self, size: int) -> None:
        """Take so many bytes of memory; a negative number gives them back."""
        self._held += size
