"""The objects that an earlier scan has read: eight bytes of each id, in order, so that millions of them fit."""

from __future__ import annotations

import sys
from array import array
from binascii import a2b_base64, b2a_base64
from bisect import bisect_left
from collections.abc import Iterable
from typing import Protocol


class Choice(Protocol):
    """Tells which objects of a repository are read."""

    def wants(self, oid: str) -> bool:
        """Tell whether an object is to be read. Asked once for each that is not too large, when it is listed."""


class Known:
    """Tells which objects are to be read, and remembers those for the next scan.

    Two ids that share their first eight bytes count as one: among a billion objects that happens once in forty runs
    to some pair.
    """

    def __init__(self, objects: str = "", held: Iterable[str] = ()) -> None:
        """`objects` is what `written` returned. Those of `held` are read again: their findings are reported again."""
        self._known = array("Q", a2b_base64(objects))
        if sys.byteorder == "big":
            self._known.byteswap()
        self._held = frozenset(held)
        self._added = array("Q")

    def wants(self, oid: str) -> bool:
        """Tell whether an object is new, or held something."""
        prefix = int(oid[:16], 16)
        place = bisect_left(self._known, prefix)
        if place < len(self._known) and self._known[place] == prefix:
            return oid in self._held
        self._added.append(prefix)
        return True

    def written(self) -> str:
        """Return all objects that are known now, as text."""
        known = array("Q", sorted({*self._known, *self._added}))
        if sys.byteorder == "big":
            known.byteswap()
        return b2a_base64(known.tobytes(), newline=False).decode()
