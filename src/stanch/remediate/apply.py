"""Carries a plan out, and back: a secret is put in its store and read back there before a file loses it.

So at any moment it is still in its file or readable in the store, whenever the process is killed.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from stanch.errors import StanchError
from stanch.remediate.journal import Begun, File, Journal
from stanch.remediate.model import Move
from stanch.remediate.plan import ready
from stanch.remediate.stores import Address, Store, StoreError, stored
from stanch.remediate.worktree import FileError, Worktree

Opener = Callable[[Address], Store]
"""Opens the store at an address; raises StoreError."""


class State(StrEnum):
    """How far a move is."""

    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"
    DROPPED = "dropped"
    """It was interrupted before anything was changed, and is to be planned anew."""


class Outcome(NamedTuple):
    """What has become of a move."""

    state: State
    rule: str
    name: str
    """Its name in the store."""
    address: Address
    files: tuple[str, ...]
    why: str = ""
    arn: str = ""
    """How the store calls the secret in full."""
    fingerprint: str = ""
    """The finding's; empty for a move that an earlier process began."""


class Stores:
    """The stores that a run uses, each opened once."""

    def __init__(self, journal: Journal, opener: Opener) -> None:
        self._journal = journal
        self._opener = opener
        self._opened: dict[Address, Store] = {}

    def at(self, address: Address) -> Store:
        """Return the store at an address. Raises StoreError."""
        if address not in self._opened:
            self._opened[address] = self._opener(address)
        return self._opened[address]

    def value(self, begun: Begun) -> bytes:
        """Return the value of a move from its store; it must be the one that was put there. Raises StoreError."""
        held = self.at(begun.address).get(begun.name, begun.version)
        if held is None:
            raise StoreError(f"{begun.name} is not in the store any more")
        if not hmac.compare_digest(self._journal.seal(held.value), begun.value):
            raise StoreError(f"{begun.name} does not hold what was put there any more")
        return held.value


class Applying:
    """What is done to a worktree, noted in a journal."""

    def __init__(self, worktree: Worktree, journal: Journal, opener: Opener) -> None:
        self._worktree = worktree
        self.journal = journal
        self._stores = Stores(journal, opener)

    def dirty(self, moves: Iterable[Move]) -> list[str]:
        """Return the files of moves that differ from what git has of them, those apart that we left so ourselves."""
        ours = {
            (file.path, file.after)
            for begun in self.journal.moves.values() if begun.ended in (None, "done")
            for file in begun.files
        }  # fmt: skip
        paths = dict.fromkeys(change.path for move in moves for change in move.changes if change.before is not None)
        return [
            path
            for path in paths
            if self._worktree.is_dirty(path) and (path, self.journal.mark(self._worktree.read(path) or b"")) not in ours
        ]

    def resume(self) -> Iterator[Outcome]:
        """Finish what an earlier process has begun."""
        for begun in [move for move in self.journal.moves.values() if move.ended is None and move.live is None]:
            self._sweep(begun)
            if begun.version is None:  # no file is touched before that
                self.journal.write("dropped", begun.number)
                yield _outcome(begun, State.DROPPED)
                continue
            try:
                self._stores.value(begun)
                self._patch(begun)
            except StanchError as error:
                yield _outcome(begun, State.FAILED, str(error))
            else:
                yield _outcome(begun, State.DONE)

    def run(self, moves: Sequence[Move], address: Callable[[str], Address], *, overwrite: bool) -> Iterator[Outcome]:
        """Make the moves that stanch can make by itself; `address` says where a store of that name is.

        Where one fails, those that change the same files are left for another run.
        """
        left: set[str] = set()
        for move in filter(ready, moves):
            reference = move.reference
            if reference is None:
                continue
            at = address(reference.store)
            files = tuple(change.path for change in move.changes)
            outcome = Outcome(State.FAILED, move.finding.rule, reference.name, at, files)
            outcome = outcome._replace(fingerprint=move.finding.fingerprint)
            try:
                if left.intersection(files):
                    raise FileError("another move of the same file has failed; run the command again after that")
                arn = self._make(move, at, overwrite)
            except StanchError as error:
                left.update(files)
                yield outcome._replace(why=str(error))
            else:
                yield outcome._replace(state=State.DONE, arn=arn)

    def _make(self, move: Move, address: Address, overwrite: bool) -> str:
        store = self._stores.at(address)
        begun = self.journal.begin(move, address)
        try:
            self._states(begun)
            held = stored(store, begun.name, move.value, overwrite=overwrite)
        except StanchError:
            self.journal.write("dropped", begun.number)
            raise
        self.journal.write("stored", begun.number, version=held.version)
        self._patch(begun)
        return held.arn

    def _patch(self, begun: Begun) -> None:
        """Take the secret out of the files that still have it. All of them are as they were, or none is touched."""
        for file, data, is_after in self._states(begun):
            if not is_after:
                self._worktree.replace(file.path, data, file.forth(data or b"") or b"")
                self.journal.write("patched", begun.number, path=file.path)
        self.journal.write("done", begun.number)

    def undo(self, run: int | None = None) -> Iterator[Outcome]:
        """Take a run back, the last one unless it is said which, its last move first: the literals return to the files.

        They come from the store, and what is in it stays there.
        """
        left: set[str] = set()
        for begun in [move for move in self.journal.undoable(run) if move.live is None]:
            self._sweep(begun)
            paths = {file.path for file in begun.files}
            try:
                if left & paths:
                    raise FileError("a later move of the same file could not be undone")
                self._restore(begun)
            except StanchError as error:
                left |= paths
                yield _outcome(begun, State.FAILED, str(error))
            else:
                yield _outcome(begun, State.UNDONE)

    def _restore(self, begun: Begun) -> None:
        states = self._states(begun)
        value = self._stores.value(begun) if any(is_after for _, _, is_after in states) else b""
        for file, data, is_after in reversed(states):
            if not is_after or data is None:
                continue
            if file.made:
                self._worktree.remove(file.path, data)
                continue
            before = file.back(data, value)
            if before is None or file.forth(before) != data:
                raise FileError(f"{file.path} cannot be taken back: the journal does not fit it")
            self._worktree.replace(file.path, data, before)
            self.journal.write("restored", begun.number, path=file.path)
        self.journal.write("undone", begun.number)

    def _states(self, begun: Begun) -> list[tuple[File, bytes | None, bool]]:
        """Return the files of a move with what they hold, and whether that is what the move makes of them.

        Raises FileError when one holds neither that nor what it held before.
        """
        found = []
        for file in begun.files:
            data = self._worktree.read(file.path)
            is_after = data is not None and self.journal.mark(data) == file.after
            if not is_after and not self._is_before(file, data):
                raise FileError(
                    f"{file.path} has changed since: neither what it held before nor what was made of it; the value is"
                    f" in the store as {begun.name}"
                    if begun.version
                    else f"{file.path} has changed in the meantime"
                )
            found.append((file, data, is_after))
        return found

    def _is_before(self, file: File, data: bytes | None) -> bool:
        if data is None or file.made:
            return data is None and file.made
        made = file.forth(data)
        return made is not None and self.journal.mark(made) == file.after

    def _sweep(self, begun: Begun) -> None:
        for file in begun.files:
            self._worktree.sweep(file.path)


def _outcome(begun: Begun, state: State, why: str = "") -> Outcome:
    return Outcome(state, begun.rule, begun.name, begun.address, tuple(file.path for file in begun.files), why)
