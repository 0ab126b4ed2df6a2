"""Constants of source code, folded as a compiler would: what an expression's value is, and where its literals stand."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from stanch.readers.code.calls import (
    DECODERS,
    DEFAULTS,
    ENCODERS,
    FALLBACKS,
    RECEIVING,
    TAKEN,
    Called,
    called,
)  # fmt: skip
from stanch.readers.code.nodes import BINARY, CALLS, JUXTAPOSED, LISTS, NAMES, STRINGS, TERNARY, WRAPPERS, nth, second
from stanch.regexes import lazy

if TYPE_CHECKING:
    from tree_sitter import Node

DEEPEST = 24
"""How deep an expression is followed into its parts."""
LONGEST = 4_096
"""A longer constant is a file, not a credential."""


class Constant(NamedTuple):
    """What an expression's value is known to be, and the spans of the literals that it is made of."""

    value: bytes
    parts: tuple[tuple[int, int], ...]
    dynamic: bool = False
    """Is something in it that is not known?"""
    local: bool = False
    """Do its literals stand elsewhere, where a variable got them?"""
    encoded: bool = False
    """Is it what base64 was made of? That is a header's value; elsewhere it is no secret that needs one."""


def part_of(found: Constant, start: int, end: int) -> Constant:
    """Return `value[start:end]` of a constant, where it stands; one that was decoded keeps its whole place."""
    value = found.value[start:end]
    if sum(last - first for first, last in found.parts) != len(found.value):
        return found._replace(value=value, parts=((found.parts[0][0], found.parts[-1][1]),))
    parts = []
    for first, last in found.parts:
        a, b = max(0, start), min(end, last - first)
        if a < b:
            parts.append((first + a, first + b))
        start, end = start - (last - first), end - (last - first)
    return found._replace(value=value, parts=tuple(parts))


_JOINS = frozenset((b"+", b".", b"++", b"<<", b"<>", b"&"))
_OTHERWISE = frozenset((b"||", b"??", b"or", b"?:", b"//", b"|"))
_EMPTY = Constant(b"", ())
_QUOTES = b"\"'`"
_SPECIAL = lazy(rb"""[\\${#"'`\n]""")
"""What a literal with nothing but text in it does not hold."""
_OPENING = lazy(rb"""([A-Za-z@$]{0,3}\#*)("{3,}|'{3}|["'`])""")
_PERCENT = lazy(rb"%[qQ]?[(\[{<|!]")
_UNQUOTED = frozenset(("heredoc_body", "nowdoc_body", "bare_string"))
_LITERAL = lazy(r".*(?:content|fragment|escape|start|end|delimiter|quote|character|text)\w*|string_literal_\w+")
"""Types of a literal's children that are text of it; another one is something put into it."""
_ESCAPE = lazy(
    rb"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(\r?\n)|(.))",
    re.DOTALL,
)
_SIMPLE = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"v": b"\v", b"a": b"\a", b"e": b"\x1b"}
_FILLED = lazy(rb"\$[A-Za-z_{]")
"""What is put into a literal, where the grammar takes it for text."""
_RAW_QUOTES = {"go": b"`", "php": b"'", "ruby": b"'"}

_HEX = lazy(rb"(?:[0-9a-fA-F]{2})+")


class Folding:
    """Folds the expressions of one text, with what its variables are known to hold."""

    def __init__(self, data: bytes, language: str) -> None:
        self._data = data
        self._raw = _RAW_QUOTES.get(language, b"")
        self._filled = _FILLED if language == "kotlin" else None
        self.variables: dict[bytes, Constant] = {}

    def text(self, node: Node) -> bytes:
        """Return what a node is written as."""
        return self._data[node.start_byte : node.end_byte]

    def choices(self, node: Node, depth: int = 0) -> list[Constant]:
        """Return the constants that an expression may have as its value: both of `a ? "x" : "y"`."""
        if depth > DEEPEST:
            return []
        kind = node.type
        if kind in TERNARY:
            skipped = node.child_by_field_name("condition") or nth(node, 1)
            branches = [child for child in node.named_children if child != skipped]
            return [found for child in branches for found in self.choices(child, depth + 1)]
        if kind in BINARY and self._operator(node) in _OTHERWISE:
            sides = [side for side in self._spine(node, _OTHERWISE) if side.type not in NAMES]
            return [found for child in sides for found in self.choices(child, depth + 1)]
        if kind in WRAPPERS:
            inner = _inner(node)
            return self.choices(inner, depth + 1) if inner is not None else []
        found = self.constant(node, depth)
        return [found] if found and found.value else []

    def constant(self, node: Node, depth: int = 0) -> Constant | None:
        """Return the constant that an expression is, or None when nothing of it is known."""
        if depth > DEEPEST:
            return None
        kind = node.type
        if kind in STRINGS:
            return self._string(node, depth)
        if kind in NAMES:
            found = self.variables.get(self.text(node).lstrip(b"$"))
            return found._replace(local=True) if found else None
        if kind in JUXTAPOSED:
            return _joined([self.constant(child, depth + 1) for child in node.named_children])
        if kind in BINARY:
            return self._binary(node, depth)
        if kind in WRAPPERS:
            inner = _inner(node)
            return self.constant(inner, depth + 1) if inner is not None else None
        if kind in CALLS:
            return self._call(node, depth)
        return None

    def _operator(self, node: Node) -> bytes:
        operator = node.child_by_field_name("operator")
        if operator is not None:
            return self.text(operator)
        if node.type in ("elvis_expression", "nil_coalescing_expression"):
            return b"??"
        return self.text(middle) if node.child_count == 3 and (middle := second(node)) else b""

    def _spine(self, node: Node, operators: frozenset[bytes]) -> list[Node]:
        """Return the operands of `a + b + c`, from the left: a loop, since there may be thousands."""
        found: list[Node] = []
        at: Node | None = node
        while at is not None and at.type in BINARY and self._operator(at) in operators:
            right = at.child_by_field_name("right") or nth(at, -1)
            if right is not None:
                found.append(right)
            at = at.child_by_field_name("left") or nth(at, 0)
        if at is not None:
            found.append(at)
        return found[::-1]

    def _binary(self, node: Node, depth: int) -> Constant | None:
        operator = self._operator(node)
        if operator in _JOINS:
            return _joined([self.constant(side, depth + 1) for side in self._spine(node, _JOINS)])
        if operator in _OTHERWISE:
            return next(iter(self.choices(node, depth + 1)), None)
        left = node.child_by_field_name("left") if operator == b"%" else None
        found = self.constant(left, depth + 1) if left is not None else None
        return found._replace(dynamic=True) if found else None

    def _string(self, node: Node, depth: int) -> Constant | None:
        """Return a literal's value: what is put into it may be known too."""
        start, end = node.start_byte, node.end_byte
        data = self._data
        text = data[start + 1 : end - 1]
        if data[start] in _QUOTES and data[end - 1] == data[start] and not _SPECIAL.search(text):
            return Constant(text, ((start + 1, end - 1),)) if text else _EMPTY
        opening = _OPENING.match(data, start, end)
        raw = False
        if opening:
            prefix, quote = opening.groups()
            closing = quote + b"#" * prefix.count(b"#")
            start = opening.end()
            if end - start < len(closing) or not data.startswith(closing, end - len(closing)):
                return None
            end -= len(closing)
            raw = b"r" in prefix.lower() or b"@" in prefix or b"#" in prefix or quote in self._raw
        elif node.type == "simple_symbol":
            start += 1
        elif node.type in ("heredoc", "nowdoc"):
            body = node.child_by_field_name("value")
            return self._string(body, depth + 1) if body is not None else _EMPTY
        elif percent := _PERCENT.match(data, start, end):
            start, end = percent.end(), end - 1
        elif node.type not in _UNQUOTED:
            return None
        elif node.type.endswith("body") and data[start] == 10:
            start += 1
        if end - start > LONGEST:
            return None
        pieces: list[Constant | None] = []
        for child in node.named_children if node.named_child_count else ():
            if _LITERAL.fullmatch(child.type) and child.type != "interpolation":
                continue
            pieces += [self._piece(start, child.start_byte, raw), self._put_in(child, depth)]
            start = child.end_byte
        last = self._piece(start, end, raw)
        if self._filled and self._filled.search(last.value):
            return last._replace(dynamic=True)
        return _joined([*pieces, last]) if pieces else last

    def _piece(self, start: int, end: int, raw: bool) -> Constant:
        text = self._data[start:end]
        value = _ESCAPE.sub(_unescaped, text) if not raw and b"\\" in text else text
        return Constant(value, ((start, end),) if end > start else ())

    def _put_in(self, node: Node, depth: int) -> Constant | None:
        inner = nth(node, 0)
        return self.constant(inner, depth + 1) if inner is not None else None

    def _call(self, node: Node, depth: int) -> Constant | None:
        call = called(self._data, node)
        if call is None:
            return None
        name, arguments = call.name.lower(), call.arguments
        if name == b"join":
            return self._join(call, depth)
        receiver = call.receiver() if name in RECEIVING else None
        passed = self.constant(receiver, depth + 1) if receiver is not None and name != b"format" else None
        if passed:
            return passed
        if name in DECODERS or (name == b"decode" and b"64" in call.path):
            return self._decoded(name, arguments, receiver, depth)
        if name == b"from" and len(arguments) == 2 and call.path.endswith(b"Buffer.from"):
            return self._buffer(arguments, depth)
        if name in ENCODERS or (name == b"encode" and arguments and b"64" in call.path):
            found = self.constant(arguments[0], depth + 1) if arguments else None
            return found._replace(encoded=True) if found else None
        if name in DEFAULTS and (default := self._default(call)) is not None:
            return self.constant(default, depth + 1)
        if name == b"format" and receiver is not None:
            found = self.constant(receiver, depth + 1)
            return found._replace(dynamic=True) if found else None
        takes = name in TAKEN or (node.type == "implicit_object_creation_expression" and len(arguments) == 1)
        return self.constant(arguments[0], depth + 1) if takes and arguments else None

    def _default(self, call: Called) -> Node | None:
        """Return what is taken when the setting that a call asks for is missing."""
        name, arguments = call.name.lower(), call.arguments
        if name in FALLBACKS and len(arguments) == 1:
            return arguments[0]
        position = DEFAULTS[name]
        return arguments[position] if len(arguments) > position else None

    def _join(self, call: Called, depth: int) -> Constant | None:
        """Return `"".join(["a", "b"])` of Python, `["a", "b"].join("")` of others."""
        receiver, arguments = call.receiver(), call.arguments
        if receiver is not None and receiver.type in LISTS:
            items, separator = receiver, arguments[0] if arguments else None
        elif arguments and arguments[0].type in LISTS:
            items, separator = arguments[0], receiver
        else:
            return None
        between = self.constant(separator, depth + 1) if separator is not None else Constant(b"", ())
        folded: list[Constant | None] = []
        for item in items.named_children[:64]:
            folded += [between, self.constant(item, depth + 1)] if folded else [self.constant(item, depth + 1)]
        found = _joined(folded)
        if found is None or found.local or (between and not between.parts):
            return found
        return _whole(found, found.value, items)

    def _decoded(self, name: bytes, arguments: Sequence[Node], receiver: Node | None, depth: int) -> Constant | None:
        nodes = arguments[:1] or ([receiver] if receiver is not None else [])
        found = self.constant(nodes[0], depth + 1) if nodes else None
        if found is None or found.dynamic:
            return found
        return _whole(found, _readable((_unhex if b"hex" in name else _unbase64)(found.value)))

    def _buffer(self, arguments: Sequence[Node], depth: int) -> Constant | None:
        found, encoding = (self.constant(argument, depth + 1) for argument in arguments[:2])
        if found is None or encoding is None or found.dynamic:
            return found
        if encoding.value.lower() == b"hex":
            return _whole(found, _readable(_unhex(found.value)))
        return _whole(found, _readable(_unbase64(found.value))) if b"64" in encoding.value else found


def _inner(node: Node) -> Node | None:
    """Return the expression that a wrapper says the same as."""
    value = node.child_by_field_name("value") or node.child_by_field_name("expression")
    if value is not None:
        return value
    count = node.named_child_count
    if count > 1 and node.type == "expression_list":
        return None
    first = node.type in ("as_expression", "satisfies_expression", "non_null_expression")
    return nth(node, 0 if first else -1)


def _whole(found: Constant, value: bytes | None, node: Node | None = None) -> Constant:
    """Return a constant that was made into `value`: it has one place. One that cannot be is what it says."""
    if value is None:
        return found
    place = (node.start_byte + 1, node.end_byte - 1) if node else (found.parts[0][0], found.parts[-1][1])
    return found._replace(value=value, parts=(place,))


_BINARY = lazy(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\xc0-\xff](?![\x80-\xbf])|(?<![\x80-\xff])[\x80-\xbf]")


def _readable(value: bytes | None) -> bytes | None:
    """Return what was decoded if it is a text. Of other bytes the text that they were written as is the credential."""
    return value if value and not _BINARY.search(value) else None


def _unhex(text: bytes) -> bytes | None:
    return bytes.fromhex(text.decode("ascii")) if _HEX.fullmatch(text) else None


def _unbase64(text: bytes) -> bytes | None:
    plain = text.translate(bytes.maketrans(b"-_", b"+/"), b" \r\n\t").rstrip(b"=")
    try:
        return binascii.a2b_base64(plain + b"=" * (-len(plain) % 4), strict_mode=True)
    except binascii.Error:
        return None  # it says that it is base64, and is not


def _joined(items: Iterable[Constant | None]) -> Constant | None:
    """Return what constants, and what is not known for None, are together.

    Literals that a variable brought from elsewhere are then its only places: no span leads from one to the other.
    """
    pieces = list(items)
    known = [piece for piece in pieces if piece and piece.parts]
    value = b"".join(piece.value for piece in pieces if piece)
    if not known:
        return None if None in pieces else _EMPTY
    if len(value) > LONGEST:
        return None
    local = [piece for piece in known if piece.local]
    dynamic = any(piece is None or piece.dynamic for piece in pieces)
    parts = tuple(part for piece in local[:1] or known for part in piece.parts)
    return Constant(value, parts, dynamic, bool(local))


def _unescaped(found: re.Match[bytes]) -> bytes:
    last = found.lastindex or 0
    if last <= 3:
        number = int(found[last], 16)
        return chr(number).encode("utf-8", "surrogatepass") if number < 0x110000 else found[0]
    if last in (4, 5):
        return bytes((int(found[last], 16 if last == 4 else 8) & 255,))
    return b"" if last == 6 else _SIMPLE.get(found[7], found[7])
