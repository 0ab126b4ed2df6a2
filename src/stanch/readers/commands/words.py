"""The words of commands: what a shell makes of quotes and escapes, and where each byte of it stands in the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from stanch.readers import Assignment

UNKNOWN = b"\0"
"""Stands in `Word.mask` for each byte of what a shell fills in."""

Piece = tuple[bytes, int, int, bool]
"""A part of a word: its value, its start and end in the text, and whether it is what it says, not a reference."""


class Word:
    """A word of a command, after its quotes."""

    __slots__ = ("end", "mask", "pieces", "start", "value")

    def __init__(self, pieces: list[Piece], start: int, end: int) -> None:
        """`start` and `end` are the word's own, quotes included."""
        self.pieces = pieces
        self.start, self.end = start, end
        if len(pieces) == 1 and pieces[0][3]:
            self.value = self.mask = pieces[0][0]
        else:
            self.value = b"".join([piece[0] for piece in pieces])
            self.mask = b"".join([piece[0] if piece[3] else UNKNOWN * len(piece[0]) for piece in pieces])

    def spans(self, start: int, end: int) -> tuple[tuple[tuple[int, int], ...], bool]:
        """Return where `value[start:end]` stands in the text, and whether all of it is constant.

        There is one span for each run of bytes that stand as they are, or one for all if some of them are escaped.
        """
        found: list[tuple[int, int]] = []
        position, constant, plain = 0, True, True
        for value, first, last, fixed in self.pieces:
            low, high = max(start - position, 0), min(end - position, len(value))
            position += len(value)
            if low >= high:
                continue
            constant = constant and fixed
            if len(value) != last - first:
                plain = False
            else:
                first, last = first + low, first + high
            if found and found[-1][1] == first:
                found[-1] = found[-1][0], last
            else:
                found.append((first, last))
        return (tuple(found) if plain or not found else ((found[0][0], found[-1][1]),)), constant


class Command:
    """A simple command: its words, and what comes in and goes out."""

    __slots__ = ("documents", "piped", "stdin", "targets", "words")

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.stdin: list[Word] = []
        """Here-strings."""
        self.documents: list[tuple[int, int]] = []
        """The spans of its heredocs' bodies."""
        self.targets: list[Word] = []
        """Files that it writes."""
        self.piped: Command | None = None
        """The command before it in a pipeline."""


class Assembly:
    """Puts commands together from pieces, where none stands inside of another: in batch files and in PowerShell."""

    __slots__ = ("command", "pieces", "start")

    def __init__(self) -> None:
        self.command = Command()
        self.pieces: list[Piece] = []
        """Of the word that is open."""
        self.start = 0

    def add(self, pieces: Iterable[Piece], at: int) -> None:
        """Add to the open word, or begin one at `at`."""
        self.start = self.start if self.pieces else at
        self.pieces.extend(pieces)

    def end_word(self, end: int, *, dropped: bool = False) -> None:
        """End the open word, if there is any. `dropped`: it is no word of the command."""
        if self.pieces and not dropped:
            self.command.words.append(Word(self.pieces, self.start, end))
        self.pieces = []

    def end_command(self, sign: bytes = b"") -> Iterator[Command]:
        """Yield the open command, if there is any; what follows the sign of a pipe has it before itself."""
        done, self.command = self.command, Command()
        if done.words:
            self.command.piped = done if sign == b"|" else None
            yield done


def cut(
    word: Word, name: bytes, start: int = 0, end: int | None = None, *, section: bytes = b"", sure: bool = False
) -> Iterable[Assignment]:
    """Yield `word.value[start:end]` as the value of `name`, unless it is too short for a credential.

    What a shell fills in makes it dynamic.
    """
    stop = len(word.value) if end is None else end
    if stop - start < 4 or not name:
        return
    parts, constant = word.spans(start, stop)
    if parts:
        yield Assignment(name, word.value[start:stop], parts, True, not constant, section, sure)


def within(word: Word, inner: Assignment) -> Iterable[Assignment]:
    """Yield an assignment that was read in a word's value as one of the text."""
    parts: list[tuple[int, int]] = []
    constant = True
    for start, end in inner.parts:
        spans, fixed = word.spans(start, end)
        parts.extend(spans)
        constant = constant and fixed
    if parts:
        if sum(end - start for start, end in parts) != len(inner.value):
            parts = [(parts[0][0], parts[-1][1])]
        yield Assignment(
            inner.name,
            inner.value,
            tuple(parts),
            inner.quoted,
            inner.dynamic or not constant,
            inner.section,
            inner.sure,
        )


def unquoted(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Return where a value stands without the quotes around it, if there are any."""
    if end - start > 1 and data[start] == data[end - 1] and data[start] in b"\"'":
        return start + 1, end - 1
    return start, end


def literal(data: bytes, start: int, end: int, sign: bytes = b"\\", filled: re.Pattern[bytes] | None = None) -> Word:
    """Return what stands between quotes, where `sign` makes the next byte what it is, and `filled` is a reference."""
    pieces: list[Piece] = []
    at = start
    while at < end:
        stop = data.find(sign, at, end)
        stop = stop if stop >= 0 else end
        pieces.extend(_filled(data, at, stop, filled))
        if stop < end - 1:
            value = data[stop + 1 : stop + 2]
            pieces.append((_SIGNS.get(value, value) if sign == b"\\" else value, stop, stop + 2, True))
        elif stop < end:
            pieces.append((sign, stop, end, True))
        at = stop + 2
    return Word(pieces, start, end)


_SIGNS = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def _filled(data: bytes, start: int, end: int, filled: re.Pattern[bytes] | None) -> Iterable[Piece]:
    at = start
    for found in filled.finditer(data, start, end) if filled else ():
        if found.start() > at:
            yield data[at : found.start()], at, found.start(), True
        at = found.end()
        yield found[0], found.start(), at, False
    if end > at:
        yield data[at:end], at, end, True
