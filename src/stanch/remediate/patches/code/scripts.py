"""Kotlin, Ruby and PHP: a read of the environment, whatever the store; who runs the program fills that in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stanch.readers.code.nodes import kinds
from stanch.remediate.model import CannotPatch, Edit
from stanch.remediate.patches.code.literals import Writing, fallback
from stanch.remediate.patches.code.reading import Reading, Source, environment
from stanch.remediate.patches.references import AWS, Kind, provide

if TYPE_CHECKING:
    from tree_sitter import Node

_CONSTANT = "which must be a constant"
_OPENING = re.compile(rb"""["']{3}|["']""")


def _quotes(data: bytes, node: Node) -> tuple[bytes, bytes] | None:
    found = _OPENING.match(data, node.start_byte)
    return (found[0], found[0]) if found else None


def _in_kotlin(_opening: bytes, text: bytes) -> bytes:
    return b"${" + text + b"}"


def _in_ruby(opening: bytes, text: bytes) -> bytes | None:
    return b"#{" + text + b"}" if opening == b'"' else None


class Script:
    """One of these languages."""

    def __init__(self, writing: Writing, read: str, refused: dict[str, str]) -> None:
        self.WRITING = writing
        self._read = read
        self._refused = refused

    def reading(self, at: Source, literal: Node) -> Reading:
        """Return the read of the environment. Raises CannotPatch where a constant must stand."""
        node: Node | None = literal
        edits: tuple[Edit, ...] = ()
        while node is not None:
            if node.type in self._refused:
                raise CannotPatch(self._refused[node.type])
            if node.type == "property_declaration":
                edits = _no_constant(at, node)
            node = node.parent
        read = self._read.replace("NAME", at.reference.env).encode()
        found = environment(read, at.reference)
        default = fallback(at.place, literal, self.WRITING, (read, read.replace(b"'", b'"')))
        found = found._replace(edits=(default,), cuts=False) if default else found._replace(edits=edits)
        if at.kind == Kind.ENVIRONMENT:
            return found
        left = (provide(at.reference),) if at.reference.store in AWS else ()
        return found._replace(complete=False, left=left)


def _no_constant(at: Source, declaration: Node) -> tuple[Edit, ...]:
    """Return the edit that takes Kotlin's `const` away."""
    for modifiers in declaration.children:
        for one in modifiers.children if modifiers.type == "modifiers" else ():
            if at.text(one) == b"const":
                after = at.place.data[one.end_byte :]
                blanks = len(after) - len(after.lstrip())
                return (Edit(at.place.path, one.start_byte, one.end_byte + blanks, b""),)
    return ()


KOTLIN = Script(
    Writing(kinds("string_literal multiline_string_literal"), _quotes, filled=_in_kotlin),
    'System.getenv("NAME")',
    {"annotation": f"it is an argument of an annotation, {_CONSTANT}"},
)
RUBY = Script(Writing(kinds("string"), _quotes, filled=_in_ruby), 'ENV.fetch("NAME")', {})
PHP = Script(
    Writing(kinds("string encapsed_string"), _quotes, join=b" . "),
    "getenv('NAME')",
    {
        "const_declaration": f"it is the value of a const, {_CONSTANT}",
        "property_declaration": f"it is the default of a property, {_CONSTANT}",
        "simple_parameter": f"it is the default of a parameter, {_CONSTANT}",
        "attribute": f"it is an argument of an attribute, {_CONSTANT}",
        "static_variable_declaration": f"it is what a static variable begins with, {_CONSTANT}",
    },
)
