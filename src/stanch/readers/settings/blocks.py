"""Walks statements in braces: names, signs and literals of HCL, Bicep and TOML, each with tokens of its own.

There is no grammar: a stack of open brackets and the words before a sign are all that is kept, so that a file which no
compiler takes is read as far as it goes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from stanch.readers import Assignment
from stanch.readers.settings.entries import joined, leaf, member, qualified, text, unescaped

Words = Sequence[bytes]


def plain(words: Words) -> tuple[bytes, bytes]:
    """Return the name that the words before a sign are, and its section."""
    return words[-1], b""


class Dialect(NamedTuple):
    """What a language's tokens are, and what it makes of the words between them.

    Groups of `tokens` tell their kinds: `line` (an end of line), `word`, `text` (a literal with escapes), `multi` (the
    same over lines), `raw` and `literal` (without escapes), `heredoc` (its opening, with the closing word in `tag`),
    `open`, `close`, `sign`, `comma`, `compare`, `table`. What has no group, as a comment, is passed over.
    """

    tokens: re.Pattern[bytes]
    filled: re.Pattern[bytes] | None = None
    """What a literal holds that is no constant."""
    key: Callable[[Words], tuple[bytes, bytes]] = plain
    declaring: frozenset[bytes] = frozenset()
    """First words of a block whose `default` or `value` is what its last word names."""
    transparent: frozenset[bytes] = frozenset()
    """Functions whose argument is the value, or nearly so."""


_CLOSES = {b"}": b"{", b"]": b"[", b")": b"("}
_LABELS = frozenset((b"name", b"key"))
_LONGEST_SECTION = 200
_HEREDOC = 1 << 16
_MISSES = 50
"""So many heredocs may be without an end before no more are looked for."""


class _Frame:
    """An open bracket."""

    __slots__ = ("dynamic", "group", "held", "kind", "label", "name", "outer", "section")

    def __init__(self, kind: bytes, section: bytes, name: bytes = b"", label: bytes = b"") -> None:
        self.kind = kind
        self.section = section[:_LONGEST_SECTION]
        self.name = name
        """Whose list, or whose arguments."""
        self.label = label
        """What `name` says, for a `value` beside it."""
        self.dynamic = False
        self.group = b""
        """What a block, an object or a table is called."""
        self.held: list[tuple[bytes, tuple[int, int], bytes, bool]] = []
        self.outer: tuple[bytes, bytes, list[bytes]] = b"", b"", []


def walk(data: bytes, dialect: Dialect) -> Iterator[Assignment]:
    """Yield the assignments of a text."""
    return _Walk(data, dialect).run()


class _Walk:
    def __init__(self, data: bytes, dialect: Dialect) -> None:
        self._data = data
        self._dialect = dialect
        self._frames = [_Frame(b"", b"")]
        self._open = dict.fromkeys(_CLOSES.values(), 0)
        self._words: list[bytes] = []
        self._name = self._section = b""
        self._last = b""
        self._after = -1
        self._compared = False
        self._misses = 0
        self._position = 0

    def run(self) -> Iterator[Assignment]:
        handlers: dict[str, Callable[[re.Match[bytes]], Iterable[Assignment] | None]] = {
            "line": self._line, "comma": self._line, "word": self._word, "text": self._text,
            "raw": self._text, "literal": self._text,
            "multi": self._text, "heredoc": self._heredoc, "open": self._opened, "close": self._closed,
            "sign": self._sign, "compare": self._compare, "table": self._table,
        }  # fmt: skip
        search, data = self._dialect.tokens.search, self._data
        token = search(data)
        while token:
            self._position = token.end()
            kind = token.lastgroup
            if kind and kind in handlers:
                told = handlers[kind](token)
                if told:
                    yield from told
            token = search(data, self._position)
        while self._frames:
            yield from self._let_go(self._frames.pop())

    def _line(self, _: re.Match[bytes]) -> None:
        if self._frames[-1].kind in (b"", b"{"):
            self._name = self._section = b""
            self._words.clear()
        self._compared = False

    def _word(self, token: re.Match[bytes]) -> None:
        self._last, self._after, self._compared = token["word"], token.end(), False
        self._say(token["word"])

    def _say(self, word: bytes) -> None:
        if not self._name and self._frames[-1].kind in (b"", b"{") and len(self._words) < 16:
            self._words.append(word)

    def _sign(self, _: re.Match[bytes]) -> None:
        if self._words and not self._name:
            self._name, self._section = self._dialect.key(self._words)
            self._words.clear()

    def _compare(self, _: re.Match[bytes]) -> None:
        self._compared = True

    def _text(self, token: re.Match[bytes]) -> Iterator[Assignment]:
        if self._compared:
            self._compared = False
            return
        frame, kind = self._frames[-1], token.lastgroup or ""
        name = self._name or frame.name
        if not name:
            self._say(token[kind])
            return
        dialect, written = self._dialect, token[kind]
        dynamic = frame.dynamic or bool(dialect.filled and dialect.filled.search(written))
        value = written if kind in ("raw", "literal") else unescaped(written)
        if frame.kind in (b"", b"{"):
            if self._name.lower() in _LABELS and not frame.label:
                frame.label = value
            elif self._name.lower() == b"value" or (frame.label and self._name == b"default"):
                frame.held.append((value, token.span(kind), self._name, dynamic))
                return
        yield from self._leaf(frame, name, self._section, value, token.span(kind), dynamic)

    def _leaf(
        self, frame: _Frame, name: bytes, section: bytes, value: bytes, span: tuple[int, int], dynamic: bool
    ) -> Iterator[Assignment]:
        name = member(frame.group, name)
        return leaf(self._data, name, value, span, section=joined(frame.section, section), dynamic=dynamic)

    def _heredoc(self, token: re.Match[bytes]) -> Iterator[Assignment]:
        """Read the text up to a line that is the closing word alone: a value of one line, or lines of any format."""
        start, tag, frame = token.end(), token["tag"], self._frames[-1]
        end = start
        while end < len(self._data) and self._misses < _MISSES:
            stop = self._data.find(b"\n", end)
            stop = stop if stop >= 0 else len(self._data)
            if self._data[end:stop].strip() == tag:
                break
            end = stop + 1
            if end - start > _HEREDOC:
                end = len(self._data)
        if self._misses >= _MISSES or end >= len(self._data):
            self._misses += 1
            return
        self._position = end + len(tag)
        name = self._name or frame.name
        written = self._data[start:end].strip()
        if name and written and b"\n" not in written:
            first = self._data.index(written, start)
            dynamic = bool(self._dialect.filled and self._dialect.filled.search(written))
            yield from self._leaf(frame, name, self._section, written, (first, first + len(written)), dynamic)
        else:
            yield from text(self._data, start, end, joined(frame.section, self._section, name))

    def _opened(self, token: re.Match[bytes]) -> None:
        kind, outer, name = token["open"], self._frames[-1], self._name or self._frames[-1].name
        adjacent, section = self._after == token.start(), joined(outer.section, self._section)
        if kind == b"{":
            label = b""
            if not name:
                section = joined(section, *self._words)
                label = self._words[-1] if self._words and self._words[0] in self._dialect.declaring else b""
            frame = _Frame(kind, joined(section, name), label=label)
            frame.group = name or b"".join(self._words[-1:])
        elif kind == b"[":
            frame = _Frame(kind, section, b"" if adjacent else name)
            frame.dynamic = outer.dynamic
        else:
            frame = _Frame(kind, section, name)
            frame.dynamic = outer.dynamic or (adjacent and self._last not in self._dialect.transparent)
        frame.outer = self._name, self._section, self._words
        self._frames.append(frame)
        self._open[kind] += 1
        self._name, self._section, self._words, self._compared = b"", b"", [], False

    def _closed(self, token: re.Match[bytes]) -> Iterator[Assignment]:
        kind = _CLOSES[token["close"]]
        while self._open[kind]:
            frame = self._frames.pop()
            self._open[frame.kind] -= 1
            self._name, self._section, self._words = frame.outer
            yield from self._let_go(frame)
            if frame.kind == kind:
                break
        self._after, self._last, self._compared = token.end(), b"", False

    def _let_go(self, frame: _Frame) -> Iterator[Assignment]:
        """Yield the values that waited for what the bracket's `name` says."""
        for value, span, called, dynamic in frame.held:
            name, section = qualified(frame.label) if frame.label else (called, b"")
            yield from self._leaf(frame, name or called, section, value, span, dynamic)

    def _table(self, token: re.Match[bytes]) -> Iterator[Assignment]:
        for frame in self._frames:
            yield from self._let_go(frame)
        names = token["table"].translate(bytes.maketrans(b".\"'", b"   ")).split()
        self._frames = [_Frame(b"", joined(*names))]
        self._frames[-1].group = names[-1]
        self._open = dict.fromkeys(self._open, 0)
        self._name, self._section, self._words, self._after = b"", b"", [], -1
