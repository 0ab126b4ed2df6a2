"""A secret in the literals of an expression: what is cut out of them, and how the rest is joined to what is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from stanch.readers.code.nodes import kinds
from stanch.remediate.model import CannotPatch, Edit, Place

if TYPE_CHECKING:
    from tree_sitter import Node


class Expression(NamedTuple):
    """What takes a secret's place."""

    text: bytes
    primary: bool = True
    """Can a member be asked of it, and an operator put before it, without parentheses?"""
    whole: bytes = b""
    """What to write instead where it is the whole value."""


class Writing(NamedTuple):
    """How a language writes literals and joins them."""

    literals: frozenset[str]
    """Node types of the literals that can be cut."""
    delimiters: Callable[[bytes, Node], tuple[bytes, bytes] | None]
    """Takes the file and a literal, returns what opens and closes it, or None when it cannot be cut."""
    join: bytes = b" + "
    filled: Callable[[bytes, bytes], bytes | None] = lambda _opening, _text: None
    """Takes what opens a literal, and an expression; returns how that is put into it, None where it cannot be."""


_TIGHT = kinds(
    "member_expression subscript_expression attribute subscript field_access member_access_expression"
    " selector_expression index_expression navigation_expression call method_invocation call_expression"
    " unary_expression not_operator unary_operator await_expression await cast_expression element_access_expression"
    " non_null_expression as_expression conditional_access_expression conditional_expression_access call_suffix"
)
"""What takes its operand before an operator does."""
_BINARY = kinds(
    "binary_expression binary_operator binary multiplicative_expression additive_expression infix_expression"
    " elvis_expression"
)
_JUXTAPOSED = kinds("concatenated_string chained_string")
_JOIN = re.compile(rb"""\[[\s,]*\]\.join\((?:''|""|``)\)|b?(?:''|"")\.join\([\[(][\s,]*[\])][\s,]*\)""")
_OTHERWISE = frozenset((b"||", b"??", b"?:"))
_STRONGER = frozenset((b"*", b"/", b"%", b"**", b"&", b"<<", b">>"))


def around(root: Node, place: Place, writing: Writing) -> tuple[Node, Node]:
    """Return the literals that a secret begins and ends in, which are one where it is not folded from several.

    Raises CannotPatch where it does not stand in literals.
    """
    ends = [_literal(root, at, writing) for at in (place.start, place.end - 1)]
    first, last = ends
    if first is None or last is None:
        raise CannotPatch("it is not the text of a literal here, so that no expression can take its place")
    if first != last and (call := _join(place, first, last)) is not None:
        return call, call
    if first != last and _expression(first) != _expression(last):
        raise CannotPatch("it is put together from literals of several expressions")
    return first, last


def _join(place: Place, first: Node, last: Node) -> Node | None:
    """Return the call that does nothing but put the literals of a list together: `['…', '…'].join('')`."""
    call: Node | None = first
    while call is not None and not call.type.startswith("call"):
        call = call.parent
    if call is None or call.end_byte < last.end_byte:
        return None
    rest = place.data[call.start_byte : first.start_byte] + place.data[last.end_byte : call.end_byte]
    inside = place.start - first.start_byte < 3 and last.end_byte - place.end < 3
    return call if inside and _JOIN.fullmatch(rest) else None


def _literal(root: Node, at: int, writing: Writing) -> Node | None:
    node = root.descendant_for_byte_range(at, at + 1)
    while node is not None and node.type not in writing.literals:
        node = node.parent
    return node


def _expression(node: Node) -> Node:
    """Return the outermost join that a literal is an operand of."""
    while node.parent is not None and node.parent.type in _BINARY | _JUXTAPOSED:
        node = node.parent
    return node


def cut(place: Place, first: Node, last: Node, read: Expression, writing: Writing) -> list[Edit]:
    """Return the edits that put `read` where the secret is, joined to what is left of its literals."""
    data = place.data
    if first.type not in writing.literals:
        return [
            Edit(
                place.path,
                first.start_byte,
                first.end_byte,
                _wrapped(read.whole or read.text, first, data, bare=read.primary),
            )
        ]
    opened, closed = _delimiters(data, first, writing), _delimiters(data, last, writing)
    before = data[first.start_byte + len(opened[0]) : place.start]
    after = data[place.end : last.end_byte - len(closed[1])]
    if not before and not after:
        text = read.whole or read.text
        return _joined(place, first, last, _wrapped(text, first, data, bare=read.primary))
    hole = writing.filled(opened[0], read.text) if first == last else None
    if hole is not None:
        return [Edit(place.path, place.start, place.end, hole)]
    text, start, end = read.text, place.start, place.end
    if before:
        text = opened[1] + writing.join + text
    else:
        start = first.start_byte
    if after:
        text = text + writing.join + closed[0]
    else:
        end = last.end_byte
    edits = _joined(place, first, last, text, start, end, joined=not before, follows=not after)
    if _tight(_outer(first), data):
        outer = _outer(first)
        edits = [Edit(place.path, outer.start_byte, outer.start_byte, b"("), *edits]
        edits.append(Edit(place.path, outer.end_byte, outer.end_byte, b")"))
    return edits


def is_whole(place: Place, literal: Node, writing: Writing) -> bool:
    """Is the secret all that a literal says?"""
    opening, closing = _delimiters(place.data, literal, writing)
    return literal.start_byte + len(opening) == place.start and literal.end_byte - len(closing) == place.end


def fallback(place: Place, literal: Node, writing: Writing, reads: tuple[bytes, ...]) -> Edit | None:
    """Return the edit that takes the literal from `read || "literal"`, where one of `reads` stands before it."""
    parent = literal.parent
    if parent is None or parent.type not in _BINARY or not is_whole(place, literal, writing):
        return None
    left = parent.child_by_field_name("left") or parent.named_child(0)
    operator = parent.child_by_field_name("operator") or parent.child(1)
    if left is None or left == literal or operator is None:
        return None
    sign, read = (place.data[node.start_byte : node.end_byte] for node in (operator, left))
    if sign not in _OTHERWISE or read not in reads:
        return None
    return Edit(place.path, left.end_byte, literal.end_byte, b"")


def _delimiters(data: bytes, node: Node, writing: Writing) -> tuple[bytes, bytes]:
    found = writing.delimiters(data, node)
    if found is None:
        raise CannotPatch("it stands in a kind of literal that cannot be taken apart")
    return found


def _joined(
    place: Place,
    first: Node,
    last: Node,
    text: bytes,
    start: int | None = None,
    end: int | None = None,
    *,
    joined: bool = True,
    follows: bool = True,
) -> list[Edit]:
    """Return the edit, with a sign between it and literals that only stand beside it: `"a" "b"`."""
    beside = first.parent is not None and first.parent.type in _JUXTAPOSED
    if beside and joined and first.prev_named_sibling is not None:
        text = b"+ " + text
    if beside and follows and last.next_named_sibling is not None:
        text += b" +"
    start = first.start_byte if start is None else start
    return [Edit(place.path, start, last.end_byte if end is None else end, text)]


def _outer(literal: Node) -> Node:
    parent = literal.parent
    return parent if parent is not None and parent.type in _JUXTAPOSED else literal


def _wrapped(text: bytes, literal: Node, data: bytes, *, bare: bool) -> bytes:
    return text if bare or not _tight(_outer(literal), data) else b"(" + text + b")"


def _tight(node: Node, data: bytes) -> bool:
    """Does something take the literal before a join of it would be made?"""
    parent = node.parent
    if parent is None:
        return False
    if parent.type in _BINARY:
        operator = parent.child_by_field_name("operator") or (parent.child(1) if parent.child_count > 1 else None)
        return operator is not None and data[operator.start_byte : operator.end_byte] in _STRONGER
    if parent.type not in _TIGHT:
        return False
    arguments = parent.child_by_field_name("arguments")
    return arguments is None or not arguments.start_byte <= node.start_byte < arguments.end_byte
