"""Values of a JavaScript module's top level that become functions, so that who uses them can wait for a store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from stanch.readers.code.nodes import kinds, walk
from stanch.remediate.model import Edit
from stanch.remediate.patches.code.reading import Source

if TYPE_CHECKING:
    from tree_sitter import Node

_FUNCTIONS = kinds(
    "arrow_function function_expression function_declaration method_definition generator_function function"
    " generator_function_declaration"
)
_IMPURE = kinds("new_expression await_expression yield_expression class assignment_expression update_expression")
_PURE = re.compile(rb"(?:Buffer\.from|btoa|atob|encodeURIComponent|\.(?:toString|trim|join|concat|toLowerCase))\Z")
_IDENTIFIERS = kinds("identifier shorthand_property_identifier shorthand_property_identifier_pattern")
_BINDS = kinds("variable_declarator formal_parameters rest_pattern catch_clause required_parameter optional_parameter")
_TIGHT = kinds("member_expression subscript_expression call_expression non_null_expression unary_expression")


def waits(node: Node) -> bool:
    """Can an expression at this place await something: is the nearest function around it an async one?"""
    at: Node | None = node.parent
    inner: Node = node
    while at is not None:
        if at.type in ("field_definition", "public_field_definition", "class_static_block"):
            return False
        if at.type in _FUNCTIONS:
            body = at.child_by_field_name("body")
            return body == inner and any(child.type == "async" for child in at.children)
        inner = at
        at = at.parent
    return False


def declaration(at: Source, literal: Node) -> list[Edit] | None:
    """Return the edits that make the module's constant around a literal a function, and call it where it is used.

    None where that changes what the module does: it is exported or assigned again, made by a call, or used where
    nothing can wait.
    """
    declarator = _declarator(literal)
    if declarator is None:
        return None
    name, value = declarator.child_by_field_name("name"), declarator.child_by_field_name("value")
    if name is None or value is None or name.type != "identifier" or not _pure(at, value):
        return None
    path, wrapped = at.place.path, value.type == "object"
    edits = [at.insert(value.start_byte, b"async () => " + b"(" * wrapped)]
    if wrapped:
        edits.append(at.insert(value.end_byte, b")"))
    annotation = declarator.child_by_field_name("type")
    if annotation is not None:
        edits.append(Edit(path, annotation.start_byte, annotation.end_byte, b""))
    called = at.text(name)
    for use in _named(at, called):
        if use == name:
            continue
        if use.parent is None or (use.parent.type in _BINDS and use.parent.child_by_field_name("value") != use):
            return None
        if not waits(use) or _assigned(use):
            return None
        edits.append(_awaited(path, use, called))
    return edits


def _awaited(path: str, use: Node, called: bytes) -> Edit:
    text = b"await " + called + b"()"
    if use.type == "shorthand_property_identifier":
        text = called + b": " + text
    elif use.parent is not None and use.parent.type in _TIGHT:
        text = b"(" + text + b")"
    return Edit(path, use.start_byte, use.end_byte, text)


def _declarator(literal: Node) -> Node | None:
    """Return the declarator of the module's top level that a literal is in the value of."""
    node: Node | None = literal
    while node is not None and node.type != "variable_declarator":
        if node.type in _FUNCTIONS or node.type in _IMPURE:
            return None
        node = node.parent
    declared = node.parent if node is not None else None
    outer = declared.parent if declared is not None else None
    return node if outer is not None and outer.type == "program" else None


def _pure(at: Source, value: Node) -> bool:
    """Is nothing done where the value is made, so that it may be made again?"""
    for node in walk(value):
        if node.type in _IMPURE:
            return False
        if node.type == "call_expression":
            called = node.child_by_field_name("function")
            if called is None or not _PURE.search(at.text(called)):
                return False
    return True


def _assigned(use: Node) -> bool:
    parent = use.parent
    if parent is None or use.type == "shorthand_property_identifier_pattern" or parent.type == "update_expression":
        return True
    return "assignment" in parent.type and parent.child_by_field_name("left") == use


def _named(at: Source, name: bytes) -> Iterator[Node]:
    for node in walk(at.root):
        if node.type in _IDENTIFIERS and at.text(node) == name:
            yield node
