"""YAML 1.2 (https://yaml.org/spec/1.2.2/): all documents of a stream, by their indentation.

An alias is not a second place and says nothing; lines of a template around and in it are passed over, as is what is
no YAML: there the reading of each line stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.settings import trees
from stanch.readers.settings.flow import Grammar, scan
from stanch.readers.settings.literals import ESCAPE, Literal, Piece, decoded, meaning, plain
from stanch.readers.settings.trees import DEEPEST, Mapping, Node, Sequence
from stanch.regexes import lazy

_FOLD = rb"(?P<fold>(?<![ \t])[ \t]*+\r?\n(?:[ \t]*+\r?\n)*+[ \t]*+)"
_DOUBLE = rb'"(?:[^"\\\n]|\\.|\n(?=[ \t\r\n]))*+"?'
_SINGLE = rb"'(?:[^'\n]|''|\n(?=[ \t\r\n]))*+'?"
_LINE = lazy(
    rb"""(?xs) (?P<indent>[ \t]*+)
    (?: (?P<skipped> \#[^\n]*+ | %[^\n]*+ | \{[{%\#][^\n]*+ | \r?(?=\n|\Z) )
      | (?P<document> (?:---|\.\.\.)(?=\s|\Z) [ \t]*+ ) )?
    """
)
_SIMPLE = lazy(
    rb"""(?x) (?P<indent>[ ]*+) (?P<dash>-[ ]++)? (?P<key>[A-Za-z_][\w./\-]*+):
    (?: [ ]++ (?: "(?P<double>[^"\\\r\n]*+)" | '(?P<single>[^'\r\n]*+)'
        | (?P<plain>[\w./$][^\r\n\#]*+)(?=\r?\n[ ]*+(?:-[ ]|[\w./\-]++:[ \r\n]|\#|\r?\n|\Z)) ) )? [ ]*+ \r?\n"""
)
"""Most lines of most files: a key, and a value that does not go on."""
_ITEM = lazy(rb"-(?:[ \t]++|(?=\r?\n|\r?\Z))")
_PROPERTY = lazy(rb"(?:(?P<tag>![^\s,\[\]{}]*+)|&[^\s,\[\]{}]++|\?(?=[ \t]))(?:[ \t]++|(?=\r?\n|\r?\Z))")
_ASKED = lazy(rb"\?[ ]+[\"']?(?P<key>[A-Za-z_][\w./\-]*+)[\"']?[ ]*\r?\n[ ]*:[ ]+")
_KEY = lazy(
    rb"""(?xs) (?P<key> "(?:[^"\\\r\n]|\\[^\r\n])*+" | '(?:[^'\r\n]|'')*+'
      | (?:[^\s\-?:,\[\]{}\#&*!|>'"%@`] | [?:\-](?=\S)) (?:[^\r\n:\#] | :(?!\s|\Z) | (?<!\s)\#)*+ )
    [ \t]*+ : (?=\s|\Z) [ \t]*+
    """
)
_BLOCK = lazy(rb"(?P<style>[|>])[+-]?(?P<indent>[1-9]?)[+-]?[ \t]*+(?:\#[^\n]*+)?\r?(?:\n|\Z)")
_QUOTED = {b'"': lazy(rb"(?s)" + _DOUBLE), b"'": lazy(rb"(?s)" + _SINGLE)}
_ESCAPES = {
    b'"': lazy(rb"(?s)" + ESCAPE + rb"|" + _FOLD),
    b"'": lazy(rb"(?s)(?P<one>'')|" + _FOLD),
    b"": lazy(_FOLD),
}
_FLOW = lazy(
    rb"""(?xs)
      (?P<stop> (?m:^)(?:[A-Za-z_][\w.\-]*+:(?=\s) | ---(?=\s)) )
    | (?P<text> %s | %s
        | [^\s,\[\]{}"'\#&*!:] (?:[^,\[\]{}\r\n:\#] | :(?![\s,\[\]{}]|\Z) | (?<!\s)\#)*+ )
      (?P<colon> \s*+ : (?: (?<=["']:) | (?=[\s,\[\]{}]|\Z) ) )?
    | (?P<open>[\[{]) | (?P<close>[\]}]) | (?P<tag>!(?=[\w!<])[^\s,\[\]{}]*+) | [&*][^\s,\[\]{}]++ | (?<!\S)\#[^\r\n]*+
    """
    % (_DOUBLE, _SINGLE)
)
_WORDS = frozenset((b"true", b"false", b"null", b"~", b"True", b"False", b"yes", b"no"))


def _meaning(escape: re.Match[bytes]) -> bytes:
    """Return what an escape stands for, or the fold of a line: a blank, or the empty lines in it."""
    fold = escape.groupdict().get("fold")
    if fold:
        return b"\n" * (fold.count(b"\n") - 1) or b" "
    if escape[0] == b"''":
        return b"'"
    return _MORE.get(escape["one"]) or meaning(escape)


_MORE = {
    b"a": b"\a", b"e": b"\x1b", b"N": b"\xc2\x85", b"_": b"\xc2\xa0", b"L": b"\xe2\x80\xa8", b"P": b"\xe2\x80\xa9",
}  # fmt: skip
"""Escapes that JSON does not have."""


def _literal(data: bytes, start: int, end: int) -> Literal | None:
    """Return what a scalar of any style but a block's stands for; None for no text and no number."""
    quote = data[start : start + 1]
    if quote in (b'"', b"'"):
        closed = end - 1 > start and data[end - 1 : end] == quote
        start, end = start + 1, end - closed
        special = b"\\" if quote == b'"' else b"''"
    else:
        while end > start and data[end - 1] in b" \t\r":
            end -= 1
        if data[start:end] in _WORDS:
            return None
        quote = special = b""
    if data.find(b"\n", start, end) < 0 and (not special or data.find(special, start, end) < 0):
        return plain(data, start, end, quoted=bool(quote))
    return decoded(data, start, end, _ESCAPES[quote], _meaning, quoted=bool(quote))


_GRAMMAR = Grammar(_FLOW, _literal)


class _Level:
    """A collection that may go on."""

    __slots__ = ("indent", "key", "node")

    def __init__(self, indent: int, node: Mapping | Sequence) -> None:
        self.indent, self.node, self.key = indent, node, b""


class _Stream:
    """Reads a stream line by line; the last of `_levels` is what a line belongs to, unless it stands further left."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._levels = [_Level(-1, Sequence())]
        self.roots: list[Node] = [self._levels[0].node]
        position = 0
        while position < len(data):
            found = _SIMPLE.match(data, position)
            position = self._simple(found) if found else self._line(position)

    def _simple(self, found: re.Match[bytes]) -> int:
        """Read a line of a key; return where the next one begins."""
        column = found.end("indent") - found.start()
        if found["dash"]:
            self._item(column)
            column = found.end("dash") - found.start()
        self._key(column, found["key"])
        kind = found.lastgroup
        if kind == "plain":
            node = _literal(self._data, *found.span("plain"))
            if node:
                self._add(node)
        elif kind in ("double", "single"):
            self._add(plain(self._data, *found.span(kind)))
        return found.end()

    def _line(self, start: int) -> int:
        """Read the line at `start` and what goes on from it; return where the next one begins."""
        data = self._data
        found = _LINE.match(data, start)
        if found is None or found["skipped"] is not None:
            return self._next(found.end() if found else start)
        if found["document"]:
            self._levels = [_Level(-1, Sequence())]
            self.roots.append(self._levels[-1].node)
        position, tag = found.end(), b""
        asked = _ASKED.match(data, position)
        if asked:  # `? key` on one line, `: value` on the next
            self._key(position - start, asked["key"])
            return self._value(asked.end(), b"")
        while True:
            column = position - start
            if item := _ITEM.match(data, position):
                self._item(column)
                position = item.end()
            elif properties := _PROPERTY.match(data, position):
                tag, position = properties["tag"] or tag, properties.end()
            else:
                break
        key = _KEY.match(data, position)
        if key:
            named = _literal(data, *key.span("key"))
            self._key(column, named.value if named else key["key"])
            position = key.end()
            while properties := _PROPERTY.match(data, position):
                tag, position = properties["tag"] or tag, properties.end()
        else:  # the value of a key or an item on a line before
            while self._levels[-1].indent >= column and len(self._levels) > 1:
                self._levels.pop()
        return self._value(position, tag)

    def _next(self, position: int) -> int:
        """Return where the line after the one of `position` begins."""
        found = self._data.find(b"\n", position)
        return found + 1 if found >= 0 else len(self._data)

    def _add(self, node: Node) -> None:
        top = self._levels[-1]
        if isinstance(top.node, Mapping):
            top.node.append((top.key, node))
        else:
            top.node.append(node)

    def _open(self, indent: int, node: Mapping | Sequence) -> None:
        self._add(node)
        if len(self._levels) < DEEPEST:
            self._levels.append(_Level(indent, node))

    def _item(self, column: int) -> None:
        """Begin an entry of a sequence, which may stand as far left as the key that it belongs to."""
        while self._levels[-1].indent > column:
            self._levels.pop()
        if self._levels[-1].indent < column or isinstance(self._levels[-1].node, Mapping):
            self._open(column, Sequence())

    def _key(self, column: int, key: bytes) -> None:
        """Begin an entry of a mapping."""
        while self._levels[-1].indent > column or (
            self._levels[-1].indent == column and isinstance(self._levels[-1].node, Sequence)
        ):
            self._levels.pop()
        if self._levels[-1].indent < column:
            self._open(column, Mapping())
        self._levels[-1].key = key

    def _value(self, position: int, tag: bytes) -> int:
        """Read what stands at `position`, of the innermost collection; return where the next line begins."""
        data = self._data
        first = data[position : position + 1]
        if not first.strip() or first in b"#*":
            return self._next(position)
        block = _BLOCK.match(data, position)
        node: Literal | None
        if block:
            node, end = self._block(block)
        elif first in b"[{" and data[position : position + 2] not in (b"{{", b"{%"):
            nodes, end = scan(data, _GRAMMAR, position, one=True)
            for collection in nodes:
                if collection:
                    self._add(collection)
            return end if data[end - 1 : end] == b"\n" else self._next(end)
        else:
            end = self._quoted_end(position, first) if first in _QUOTED else self._plain_end(position)
            node = _literal(data, position, end)
        if node is not None:
            self._add(node._replace(tag=tag) if tag else node)
        return end if block else self._next(end)

    def _quoted_end(self, position: int, quote: bytes) -> int:
        found = _QUOTED[quote].match(self._data, position)
        end = found.end() if found else position + 1
        line = self._data.find(b"\n", position, end)
        if line >= 0 and (end < position + 2 or self._data[end - 1 : end] != quote):
            return line  # it does not close
        behind = self._data[end : self._next(end)].strip()
        if line >= 0 and behind and behind[:1] not in b"#,]}:":
            return line  # it closes where another one opens
        return end

    def _plain_end(self, position: int) -> int:
        """Return where a plain scalar ends, which goes on over the lines that are indented further."""
        data, indent = self._data, self._levels[-1].indent
        while True:
            last = self._next(position) - 1
            last += last < len(data) and data[last : last + 1] != b"\n"
            comments = [at for mark in (b" #", b"\t#") if (at := data.find(mark, position, last)) >= 0]
            if comments:
                return min(comments)
            found = _LINE.match(data, last + 1)
            if last + 1 >= len(data) or found is None or found.lastgroup != "indent":
                return last
            start = found.end()
            if start - last - 1 <= indent or _ITEM.match(data, start) or _KEY.match(data, start):
                return last
            position = start

    def _block(self, header: re.Match[bytes]) -> tuple[Literal | None, int]:
        """Return a block scalar's text, without the line ends that close it, and where the next line begins."""
        data, at = self._data, 0
        values: list[bytes] = []
        pieces: list[Piece] = []
        indent = max(self._levels[-1].indent, 0) + int(header["indent"]) if header["indent"] else 0
        gap = b" " if header["style"] == b">" else b"\n"
        position = end = header.end()
        while position < len(data):
            found = _INDENTED.match(data, position)
            following = self._next(position)
            width = found.end() - position if found else 0
            if found and data[found.end() : found.end() + 1].strip():
                indent = indent or width
                if width < indent or width <= self._levels[-1].indent:
                    break
            elif not values:
                position = following
                continue
            line = data[position + indent : following].rstrip(b"\r\n")
            if values:
                values.append(gap if line else b"\n")
                pieces.append((at, position - 1, position))
                at += 1
            if line:
                values.append(line)
                pieces.append((at, position + indent, position + indent + len(line)))
                at += len(line)
                end = following
            position = following
        value = b"".join(values).rstrip()
        kept = tuple(piece for piece in pieces if piece[0] < len(value))
        return (Literal(value, kept) if value else None), end if value else header.end()


_INDENTED = lazy(rb"[ \t]*+")


def documents(data: bytes) -> list[Node]:
    """Return what a stream holds, a root for each document."""
    return _Stream(data).roots


def read(data: bytes) -> Iterator[Assignment]:
    """Yield the entries of all mappings, with the keys around each as its section."""
    return trees.assignments(documents(data))
