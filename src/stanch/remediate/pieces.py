"""A file while it is patched more than once: what is left of its bytes, what is new, and where each came from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from stanch.remediate.model import Edit


class _Piece(NamedTuple):
    """Bytes of the original, `data[start:end]`, or new ones."""

    start: int
    end: int
    new: bytes | None = None

    @property
    def length(self) -> int:
        return self.end - self.start if self.new is None else len(self.new)


class Pieces:
    """The bytes of one file, `original`, after all the edits so far."""

    def __init__(self, path: str, original: bytes) -> None:
        self.path = path
        self.original = original
        self._pieces = [_Piece(0, len(original))]

    def copy(self) -> Pieces:
        """Return one that is edited apart from this one."""
        other = Pieces(self.path, self.original)
        other._pieces = list(self._pieces)
        return other

    @property
    def data(self) -> bytes:
        """What the file holds now."""
        return b"".join(self.original[p.start : p.end] if p.new is None else p.new for p in self._pieces)

    def at(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where `original[start:end]` stands now, or None when an edit took some of it away."""
        position = 0
        for piece in self._pieces:
            if piece.new is None and piece.start <= start and end <= piece.end:
                return position + start - piece.start, position + end - piece.start
            position += piece.length
        return None

    def edit(self, edits: Iterable[Edit]) -> None:
        """Apply edits whose positions are those of `data`; the same one twice counts once.

        Raises ValueError where two overlap or one reaches behind the end; nothing is changed then.
        """
        wanted = sorted(dict.fromkeys(edits), key=lambda edit: (edit.start, edit.end))
        length, last = sum(piece.length for piece in self._pieces), 0
        for edit in wanted:
            if not last <= edit.start <= edit.end <= length:
                raise ValueError(f"edits of {self.path} overlap, or reach behind its end")
            last = edit.end
        made: list[_Piece] = []
        at = 0
        for edit in wanted:
            made += [*self._cut(at, edit.start), _Piece(0, 0, edit.text)]
            at = edit.end
        self._pieces = [piece for piece in (*made, *self._cut(at, length)) if piece.length]

    def _cut(self, start: int, end: int) -> list[_Piece]:
        """Return the pieces of `data[start:end]`."""
        found, position = [], 0
        for piece in self._pieces:
            first, last = max(start - position, 0), min(end - position, piece.length)
            if first < last:
                new = None if piece.new is None else piece.new[first:last]
                found.append(_Piece(piece.start + first, piece.start + last, new))
            position += piece.length
        return found

    def edits(self) -> tuple[Edit, ...]:
        """Return the edits that lead from `original` to `data` at once."""
        found: list[Edit] = []
        at, text = 0, b""
        for piece in (*self._pieces, _Piece(len(self.original), len(self.original))):
            if piece.new is not None:
                text += piece.new
                continue
            if text or piece.start != at:
                found.append(Edit(self.path, at, piece.start, text))
            at, text = piece.end, b""
        return tuple(found)
