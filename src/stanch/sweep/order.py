"""The order of a sweep: the largest first, forks after what they were forked from, within the room on the disk."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable

from stanch.sweep.model import Listed

MARGIN = 16 << 20
"""Bytes that a clone may take beyond one and a half times what the forge says."""


class Order:
    """Repositories that wait. A network of forks begins with one of them, and goes on when that is done.

    So the objects that they share are read once; what the others have of their own they may then read side by side.
    """

    def __init__(self, listed: Iterable[Listed]) -> None:
        by_name = {one.name: one for one in listed}
        networks: dict[str, list[Listed]] = defaultdict(list)
        for one in by_name.values():
            networks[_root(one, by_name)].append(one)
        self._networks: dict[str, str] = {}
        self._waiting: dict[str, list[Listed]] = {}
        self._ready: list[tuple[bool, int, int, Listed]] = []
        self._number = 0
        for root, members in networks.items():
            largest = max(members, key=lambda one: (one.size or 0, one.name))
            leader = next((one for one in members if one.name == root), largest)
            others = [one for one in members if one is not leader]
            if others:
                self._waiting[root] = others
                self._networks |= dict.fromkeys((one.name for one in members), root)
            self._push(leader, sum(one.size or 0 for one in members), first=False)

    def __len__(self) -> int:
        """How many repositories have not been taken."""
        return len(self._ready) + sum(map(len, self._waiting.values()))

    def first(self) -> Listed | None:
        """Return the one that is next; None where all that is left waits for something that is under way."""
        return self._ready[0][-1] if self._ready else None

    def take(self) -> Listed:
        """Return the one that is next, and take it out."""
        return heapq.heappop(self._ready)[-1]

    def again(self, listed: Listed) -> None:
        """Put back one that was taken: it is next."""
        self._push(listed, listed.size or 0, first=True)

    def done(self, listed: Listed) -> None:
        """Let those begin that wait for it; they come next, so that few networks are open at a time."""
        root = self._networks.pop(listed.name, None)
        for one in self._waiting.pop(root, ()) if root else ():
            self._push(one, one.size or 0, first=True)

    def network(self, listed: Listed) -> str | None:
        """Return the name of the network that a repository is in; None where it has none of its kind beside it."""
        return self._networks.get(listed.name)

    def _push(self, listed: Listed, weight: int, *, first: bool) -> None:
        self._number += 1
        heapq.heappush(self._ready, (not first, -weight, self._number, listed))


class Budget:
    """The room on the disk for clones, shared by those that are under way."""

    def __init__(self, total: int | None, at_once: int) -> None:
        """`total` is in bytes, None for no limit; `at_once` is how many clones there may be at a time."""
        self._total, self._at_once = total, at_once
        self._taken: dict[str, int] = {}
        self._whole: set[str] = set()

    def room(self, listed: Listed) -> int | None:
        """Return how many bytes a clone may take: what the forge says and some more, else its share."""
        if self._total is None or listed.forge == "folder":
            return None
        if listed.name in self._whole:
            return self._total
        share = self._total // self._at_once if listed.size is None else listed.size * 3 // 2 + MARGIN
        return min(share, self._total)

    def fits(self, listed: Listed) -> bool:
        """Is there room for it now?"""
        needed = self.room(listed)
        return needed is None or self._total is None or sum(self._taken.values()) + needed <= self._total

    def take(self, listed: Listed) -> int | None:
        """Set its room aside, and return it."""
        room = self.room(listed)
        if room is not None:
            self._taken[listed.name] = room
        return room

    def give_back(self, listed: Listed) -> None:
        """Its clone is gone."""
        self._taken.pop(listed.name, None)

    def widen(self, listed: Listed) -> bool:
        """Let it have all there is the next time; return False when that is what it had."""
        had = self.room(listed)
        self._whole.add(listed.name)
        return had is not None and self._total is not None and had < self._total


def _root(listed: Listed, by_name: dict[str, Listed]) -> str:
    """Return the name of what a fork comes from in the end; its own where it is none, or nobody tells."""
    passed = {listed.name}
    while listed.parent is not None:
        if listed.parent in passed:
            return min(passed)  # a circle, which forges' answers of different times may make
        if listed.parent not in by_name:
            return listed.parent
        listed = by_name[listed.parent]
        passed.add(listed.name)
    return listed.name
