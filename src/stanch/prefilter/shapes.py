"""What a rule's anchor looks like in text: the literal, what must follow it, and how far into the match it stands.

The shape is derived from the rule's own pattern, so that the two cannot disagree: the pattern's parse tree is
spread into the sequences of character sets that it can begin with, and the anchor is looked for in each.
A shape over-approximates: text that the pattern matches always holds one of its shapes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from re import _constants as ops  # type: ignore[attr-defined]  # the parser has no public name
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from stanch.errors import RuleError
from stanch.prefilter import Anchor
from stanch.values import dataclass, replace

Charset = frozenset[int]
ANY: Charset = frozenset(range(256))
GAP: Charset = frozenset()
"""Stands in a sequence for a run of unknown length."""

TAIL = 8
"""How many characters after the anchor a shape asks for."""
_SHORT, _LONG_TAIL = 4, 16
"""After an anchor of so few characters it asks for more, where that leaves its alternatives few: `ion_` is in many
words, with eight letters behind it."""
_LONGEST = 96
_MOST_BRANCHES = 256
_MOST_TAILS = 4
_SMALL = 10
"""A set of so few characters is spread into its members."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An anchor and its surroundings."""

    literal: bytes
    """The anchor in lower case."""
    caseless: bool
    tail: tuple[Charset, ...]
    """One set for each character that must follow the anchor."""
    offset: int | None
    """How many bytes into the match the anchor begins; None when that varies."""
    mark: bytes = b""
    """A character that stands in the match, after the anchor; empty when none is sure."""
    reach: int = 0
    """Length of the longest match, in bytes: no further must the mark be looked for."""

    @property
    def width(self) -> int:
        """Length of the text that the shape covers, in bytes."""
        return len(self.literal) + len(self.tail)


@lru_cache(maxsize=4096)
def shapes(pattern: str, keywords: tuple[str, ...]) -> tuple[Shape, ...]:
    """Return shapes of which every match of `pattern` holds at least one.

    Raises RuleError when some match of the pattern need not hold any of `keywords`, or when it is too involved to
    tell.
    """
    try:
        return _shapes(pattern, keywords, _LONG_TAIL)
    except _TooManyError:
        return _shapes(pattern, keywords, TAIL)


class _TooManyError(RuleError):
    """A pattern has too many alternatives."""


def _shapes(pattern: str, keywords: tuple[str, ...], after_short: int) -> tuple[Shape, ...]:
    """Return the shapes, with up to so many characters after a short anchor."""
    tree = _parser.parse(pattern.encode())
    marked = any(op is ops.LITERAL and argument == MARK for op, argument in _flat(tree))
    words = tuple(keyword.lower().encode() for keyword in keywords)
    found: dict[Shape, None] = {}
    for number, shape in enumerate(_spread(list(tree), tree.state.flags, [], None, words, after_short)):
        if shape is None:
            raise RuleError(f"pattern can match without any of its keywords {', '.join(keywords)}")
        if number > _MOST_BRANCHES:
            raise _TooManyError("pattern has too many alternatives before its keyword")
        found[shape] = None
    reach = tree.getwidth()[1] if marked else 0
    anchors: dict[tuple[bytes, bool, int | None, bytes], list[Shape]] = {}
    for shape in found:
        mark = shape.mark if marked else b""
        anchors.setdefault((shape.literal, shape.caseless, shape.offset, mark), []).append(shape)
    return tuple(
        replace(alike[0], tail=tail, mark=mark, reach=reach)
        for (_, _, _, mark), alike in anchors.items()
        for tail in _few([shape.tail for shape in alike])
    )


def _few(tails: Iterable[tuple[Charset, ...]]) -> Iterable[tuple[Charset, ...]]:
    """Return what may follow one anchor, shorter the more it is: each costs a database time and room."""
    kept = dict.fromkeys(tails)
    for length in range(_LONG_TAIL - 1, -1, -1):
        if len(kept) <= _MOST_TAILS:
            break
        kept = dict.fromkeys(tail[:length] for tail in kept)
    return kept


MARK = ord("@")
"""Looked for beyond an anchor: that is ten times as fast as a try of an expression, and most `https://` have none."""


def _flat(tree: Iterable[Any]) -> Iterator[Any]:
    """Yield the nodes that every match goes through."""
    for op, argument in tree:
        if op is ops.SUBPATTERN:
            yield from _flat(argument[3])
        else:
            yield op, argument


def expression(shape: Shape | Anchor) -> str:
    """Return what is looked for as a regular expression, to be matched without regard to case when it is caseless."""
    runs = (f"{_class(frozenset(charset))}{{{len(list(run))}}}" for charset, run in groupby(shape.tail))
    return "".join(_escape(byte) for byte in shape.literal) + "".join(runs)


def _spread(
    nodes: list[tuple[Any, Any]],
    flags: int,
    head: list[Charset],
    anchor: slice | None,
    words: tuple[bytes, ...],
    more: int,
) -> Iterator[Shape | None]:
    """Yield a shape for each sequence of character sets that text matching `nodes` can begin with, after `head`.

    `anchor` is where a keyword stands in `head`. Each sequence goes on until it holds an anchor and what follows
    it, no further: that bounds the alternatives. One that holds none gives None.
    """
    while (
        nodes
        and len(head) < _LONGEST
        and not (anchor and (head[-1] is GAP or len(head) - anchor.stop >= _tail(anchor, more)))
    ):
        (op, argument), *nodes = nodes
        if op in (ops.AT, ops.ASSERT, ops.ASSERT_NOT):
            continue
        if op is ops.SUBPATTERN:
            _, add, remove, inner = argument
            flags, nodes = (flags | add) & ~remove, [*inner, *nodes]
        elif op is ops.ATOMIC_GROUP:
            nodes = [*argument, *nodes]
        elif op in _ALTERNATIVES:
            for inner in _ALTERNATIVES[op](argument):
                yield from _spread([*inner, *nodes], flags, head, anchor, words, more)
            return
        elif op is _GAP_NODE:
            head = [*head, GAP]
        else:
            charset = charset_of(op, argument, flags)
            parts = [charset] if anchor else _parts(head, charset, words)
            for part in parts[1:]:
                longer = [*head, part]
                yield from _spread(nodes, flags, longer, anchor or _ending(longer, words), words, more)
            head = [*head, parts[0]]
            anchor = anchor or _ending(head, words)
    yield _shape(head, anchor, more) if anchor else None


def _tail(anchor: slice, more: int) -> int:
    return TAIL if anchor.stop - anchor.start > _SHORT else more


def _shape(sequence: list[Charset], anchor: slice, more: int) -> Shape:
    span = sequence[anchor]
    caseless = any(len(charset) > 1 for charset in span)
    literal = bytes(max(charset) for charset in span)
    if caseless:
        literal = literal.lower()
    tail = sequence[anchor.stop : anchor.stop + _tail(anchor, more)]
    known = tail[: tail.index(GAP)] if GAP in tail else tail
    before = sequence[: anchor.start]
    offset = None if GAP in before else anchor.start
    beyond = offset is not None and not any(MARK in charset for charset in before)
    return Shape(literal, caseless, tuple(known), offset, bytes((MARK,)) if beyond else b"")


def _ending(head: list[Charset], words: tuple[bytes, ...]) -> slice | None:
    """Return where a keyword stands that ends with the last set of `head`."""
    last = head[-1]
    for word in words:
        start = len(head) - len(word)
        if start >= 0 and _folds_to(last, word[-1]) and _begins(head[start:], word):
            return slice(start, len(head))
    return None


def _begins(sets: list[Charset], word: bytes) -> bool:
    """Does every text that matches `sets` begin like `word`, in any case?"""
    return all(
        _folds_to(charset, byte) for charset, byte in zip(reversed(sets), reversed(word[: len(sets)]), strict=True)
    )


def _folds_to(charset: Charset, lower: int) -> bool:
    if not 1 <= len(charset) <= 2:
        return False
    return all(byte == lower or (65 <= byte <= 90 and byte + 32 == lower) for byte in charset)


def _parts(head: list[Charset], charset: Charset, words: tuple[bytes, ...]) -> list[Charset]:
    """Return `charset`, or the members of a small one when one of them could be the next letter of a keyword.

    The parser makes `(?:at|rt)` into `[ar]t`, and a keyword needs letters.
    """
    if not 1 < len(charset) <= 2 * _SMALL:
        return [charset]
    lower = sorted({byte + 32 if 65 <= byte <= 90 else byte for byte in charset})
    if not 1 < len(lower) <= _SMALL:
        return [charset]
    for word in words:
        for place, byte in enumerate(word[: len(head) + 1]):
            if byte in lower and _begins(head[len(head) - place :], word):
                return [frozenset(other for other in charset if _folds_to(frozenset((other,)), one)) for one in lower]
    return [charset]


_GAP_NODE = object()


def _repeat(low: int, high: int, inner: Any) -> Iterator[list[tuple[Any, Any]]]:
    """Yield a repetition's alternatives as nodes.

    A run of varying length is a gap between its certain characters: `x{8,}` is four x, a gap, four x, so that an
    anchor on either side of it keeps certain neighbours. One that may be empty is apart from one that is not.
    """
    once = list(inner)
    if low == high:
        yield once * min(low, _LONGEST)
        return
    if low == 0:
        yield []
        yield once if high == 1 else [*once, (_GAP_NODE, None)]
        return
    kept = min(low, _LONGEST // 2)
    yield [*once * (kept - kept // 2), (_GAP_NODE, None), *once * (kept // 2)]


_ALTERNATIVES: dict[Any, Callable[[Any], Iterable[Any]]] = {
    ops.BRANCH: lambda argument: argument[1],
    ops.MAX_REPEAT: lambda argument: _repeat(*argument),
    ops.MIN_REPEAT: lambda argument: _repeat(*argument),
    ops.POSSESSIVE_REPEAT: lambda argument: _repeat(*argument),
}


def charset_of(op: Any, argument: Any, flags: int) -> Charset:
    """Return the bytes that a single-character node matches; all of them when in doubt."""
    if op is ops.LITERAL:
        return _cases(frozenset((argument,)), flags)
    if op is ops.NOT_LITERAL:
        return ANY - _cases(frozenset((argument,)), flags)
    if op is ops.ANY:
        return ANY
    if op is ops.IN:
        return _members(tuple(argument), flags)
    raise RuleError(f"pattern uses {op}, which no anchor can be found through")


@lru_cache(maxsize=1024)  # a repetition asks for the same one again and again
def _members(items: tuple[tuple[Any, Any], ...], flags: int) -> Charset:
    negated = items[0][0] is ops.NEGATE
    found: set[int] = set()
    for op, argument in items[1:] if negated else items:
        if op is ops.LITERAL:
            found.add(argument)
        elif op is ops.RANGE:
            found.update(range(argument[0], argument[1] + 1))
        else:
            found.update(_CATEGORIES[argument])
    charset = _cases(frozenset(found), flags)
    return ANY - charset if negated else charset


def _cases(charset: Charset, flags: int) -> Charset:
    if not flags & re.IGNORECASE:
        return charset
    return frozenset(other for byte in charset for other in (*bytes((byte,)).lower(), *bytes((byte,)).upper()))


_DIGIT = frozenset(b"0123456789")
_SPACE = frozenset(b" \t\n\r\f\v")
_WORD = _DIGIT | frozenset(b"_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CATEGORIES = {
    ops.CATEGORY_DIGIT: _DIGIT,
    ops.CATEGORY_NOT_DIGIT: ANY - _DIGIT,
    ops.CATEGORY_SPACE: _SPACE,
    ops.CATEGORY_NOT_SPACE: ANY - _SPACE,
    ops.CATEGORY_WORD: _WORD,
    ops.CATEGORY_NOT_WORD: ANY - _WORD,
}


def _escape(byte: int) -> str:
    char = chr(byte)
    return char if char.isascii() and (char.isalnum() or char in "_ ") else f"\\x{byte:02x}"


@lru_cache(maxsize=1024)
def _class(charset: Charset) -> str:
    if charset == ANY:
        return r"[\x00-\xff]"
    spans: list[tuple[int, int]] = []
    for byte in sorted(charset):
        if spans and spans[-1][1] == byte - 1:
            spans[-1] = (spans[-1][0], byte)
        else:
            spans.append((byte, byte))
    return "[" + "".join(_escape(a) if a == b else f"{_escape(a)}-{_escape(b)}" for a, b in spans) + "]"
