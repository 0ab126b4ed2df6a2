"""One move in the making: patches are asked for, one after the other, each for what those before it have left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from stanch.remediate.forms import FORMS
from stanch.remediate.model import CannotPatch, Change, Edit, Patch, Place, Read, Reference, Unpatched
from stanch.remediate.pieces import Pieces
from stanch.remediate.places import Found

Patcher = Callable[[Place, Reference, Read], Patch]
"""Returns the patch for a place; raises CannotPatch. Its last argument reads the project's other files."""


class Project:
    """The project's files as the moves so far leave them. `secrets` are all that were found, with what to call each."""

    def __init__(self, read: Read, secrets: Mapping[bytes, str]) -> None:
        self.secrets = secrets
        self._read = read
        self._passed: dict[str, list[Pieces]] = {}
        self._now: dict[str, bytes | None] = {}
        self._values: list[tuple[bytes, Reference]] = []

    def move(self, value: bytes, reference: Reference) -> None:
        """Note what a store is to hold for the moves so far."""
        self._values.append((value, reference))

    def holder(self, secret: bytes) -> Reference | None:
        """Return what holds a secret as a part of it: a connection string with two of them moves once."""
        return next((reference for value, reference in self._values if secret in value), None)

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes after the moves so far."""
        if path not in self._now:
            self._now[path] = self._read(path)
        return self._now[path]

    def at(self, path: str, start: int, end: int) -> tuple[int, int] | None:
        """Return where a span of the file, as it was before all moves, stands now; None where a move took it away."""
        span: tuple[int, int] | None = (start, end)
        for pieces in self._passed.get(path, ()):
            span = pieces.at(*span) if span else None
        return span

    def keep(self, pieces: Pieces) -> None:
        """Take over what a move makes of a file."""
        self._passed.setdefault(pieces.path, []).append(pieces)
        self._now[pieces.path] = pieces.data


class Moving:
    """What one move changes, and what it could not."""

    def __init__(self, project: Project, reference: Reference, patcher: Patcher) -> None:
        self.patches: list[Patch] = []
        self.unpatched: list[Unpatched] = []
        self.covered = False
        """Did one stand in what another patch replaces?"""
        self._project = project
        self._reference = reference
        self._patcher = patcher
        self._texts: dict[str, Pieces] = {}

    def patch(self, found: Found) -> None:
        """Patch one place, or note why that cannot be done."""
        try:
            patch, texts = self._tried(found)
        except CannotPatch as error:
            self.unpatched.append(Unpatched(found.place.path, found.line, str(error)))
        else:
            self._texts |= texts
            self.patches.append(patch)

    def _tried(self, found: Found) -> tuple[Patch, dict[str, Pieces]]:
        """Return the patch of a place, and the files that it changes with all its edits. Raises CannotPatch."""
        path = found.place.path
        text = self._text(path)
        before = self._project.at(path, found.place.start, found.place.end)
        span = text.at(*before) if before else None
        if before is None or span is None:
            self.covered = True
            raise CannotPatch("the patch of another place replaces what it stands in; plan again once that is done")
        place = found.place._replace(data=text.data, start=span[0], end=span[1])
        patch = self._patcher(place, self._reference, self._read)
        texts = {edit.path: self._text(edit.path).copy() for edit in patch.edits}
        for changed, pieces in texts.items():
            try:
                pieces.edit(edit for edit in patch.edits if edit.path == changed)
            except ValueError as error:
                raise CannotPatch(str(error)) from error
        raw = FORMS[found.form](found.value)
        if path not in texts or texts[path].at(*before) or any(raw in edit.text for edit in patch.edits):
            raise CannotPatch("the patch for it leaves it where it is")
        for pieces in texts.values():
            self._spare(pieces, raw)
        return patch, texts

    def _spare(self, text: Pieces, raw: bytes) -> None:
        """Raise CannotPatch where the edits take away another secret than the one that the store then holds."""
        for edit in text.edits():
            gone = text.original[edit.start : edit.end].replace(raw, b"")
            for secret, called in self._project.secrets.items():
                if secret in gone and secret not in edit.text and secret not in raw:
                    raise CannotPatch(f"what would be replaced holds another credential, too: {called}")

    def _text(self, path: str) -> Pieces:
        return self._texts.get(path) or Pieces(path, self._project.read(path) or b"")

    def _read(self, path: str) -> bytes | None:
        return self._texts[path].data if path in self._texts else self._project.read(path)

    def changes(self) -> Iterator[Change]:
        """Yield what becomes of each file, and hand it to the moves that follow."""
        for path, text in self._texts.items():
            edits: tuple[Edit, ...] = text.edits()
            if edits:
                made = self._project.read(path) is None
                yield Change(path, None if made else text.original, edits, text.data)
                self._project.keep(text)
