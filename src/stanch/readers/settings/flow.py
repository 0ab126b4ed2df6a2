"""Braces and brackets: JSON with all that people add to it, and the flow collections of YAML."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from stanch.readers.settings.literals import Literal
from stanch.readers.settings.trees import DEEPEST, Mapping, Node, Sequence


class Grammar(NamedTuple):
    """What the texts between the braces look like."""

    token: re.Pattern[bytes]
    """Its groups are `open`, `close`, `stop`, `tag`, `text` and after that `colon`, which makes the text a key; what
    has none of them is skipped."""
    literal: Callable[[bytes, int, int], Literal | None]
    """Takes the content and a text's span; returns None for what is no constant."""


class _Tree:
    """What was read so far. Names and values outside of any braces make a mapping: the content may be cut."""

    def __init__(self) -> None:
        self._loose = Mapping()
        self.roots: list[Node] = [self._loose]
        self.stack: list[Mapping | Sequence] = []
        self._top: Mapping | Sequence = self._loose
        self._beyond = 0

    def add(self, key: bytes, node: Node) -> None:
        if not key and self._top is self._loose:
            self.roots.append(node)
        elif isinstance(self._top, Mapping):
            self._top.append((key, node))
        else:
            self._top.append(Mapping([(key, node)]) if key else node)

    def open(self, key: bytes, node: Mapping | Sequence) -> None:
        self.add(key, node)
        if len(self.stack) < DEEPEST:
            self.stack.append(self._top)
            self._top = node
        else:
            self._beyond += 1

    def close(self) -> None:
        if self._beyond:
            self._beyond -= 1
        elif self.stack:
            self._top = self.stack.pop()
        elif self._loose:
            self._top = self._loose = Mapping()
            self.roots.append(self._loose)


def scan(data: bytes, grammar: Grammar, start: int = 0, *, one: bool = False) -> tuple[list[Node], int]:
    """Return what stands in `data` from `start` on, and where that ends.

    `one`: only the collection that begins there, or what there is of it up to a `stop` where it does not close.
    """
    tree = _Tree()
    key = tag = b""
    for token in grammar.token.finditer(data, start):
        kind = token.lastgroup
        if kind == "text":
            node = grammar.literal(data, *token.span("text"))
            if node is not None:
                tree.add(key, node._replace(tag=tag) if tag else node)
            key = tag = b""
        elif kind == "colon":
            literal = grammar.literal(data, *token.span("text"))
            key, tag = literal.value if literal else b"", b""
        elif kind == "open":
            tree.open(key, Mapping() if token[0] == b"{" else Sequence())
            key = tag = b""
        elif kind == "close":
            tree.close()
            key = tag = b""
            if one and not tree.stack:
                return tree.roots, token.end()
        elif kind == "tag":
            tag = token[0]
        elif kind == "stop" and one:
            return tree.roots, token.start()
    return tree.roots, len(data)
