"""Source code, read with tree-sitter: assignments, entries, arguments and defaults, with their constants folded.

A region of a file is parsed, perhaps cut in the middle of something: what is whole in it is read. Where nothing can be
told, nothing is yielded, and what the line reader said stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from stanch.readers import Assignment, lines
from stanch.readers.code import calls
from stanch.readers.code.calls import DEFAULTS, Called, called
from stanch.readers.code.folding import Constant, Folding
from stanch.readers.code.languages import Grammar, Pair, tools
from stanch.readers.code.naming import credential, named, strong
from stanch.readers.code.nodes import CALLS, LISTS, NAMES, OPENS, PLAIN_NAMES, STRINGS, TARGETS
from stanch.regexes import lazy

if TYPE_CHECKING:
    from tree_sitter import Node

LEAST = 4
"""A shorter constant is no credential, in bytes."""
_MOST = 4_000
"""So many nodes of a region are looked at."""
_LISTED = 6
"""A longer list of constants under one name is a list of words."""

_BEFORE_BLANK = lazy(rb"[^\s\"'`({\[]{1,200}")
"""What the line reader may have taken for a value without quotes."""
_TYPE = lazy(rb"\s*:\s*")
_KEY = lazy(rb"[\w.$ :/\-\x80-\xff]{2,80}")
_PAIRED = lazy(rb"(?i)(?:\w+[_.-])?(?:basic|http|proxy)?_?(?:auth|credentials?|creds)")
_DEFAULT = frozenset((b"default", b"default_value", b"defaultValue", b"fallback"))
"""Arguments that give the value of the setting that the call is about."""
_INNER = lazy(rb"[\w\-][\"']?\s{0,4}[=:]\s{0,4}\S")
"""A constant that may hold assignments itself: a connection string, a query, a command."""
_PLACEHOLDER = lazy(rb"\$\{[\w.\-]+:([^{}]*)\}")
"""Spring's reference to a property, with what counts where that is missing."""


def read(data: bytes, language: str) -> Iterable[Assignment]:
    """Yield the names and constant values of a region of source code in a language of `languages.GRAMMARS`."""
    return _Region(data, language).read()


_PLAIN, _CREDENTIAL, _USED, _SURE, _SAID = range(5)
"""How good a reading of a literal is: by a name, a credential's name, such a use of it, a known place, a known text."""


class _Region:
    """One text, and what its nodes have told so far."""

    def __init__(self, data: bytes, language: str) -> None:
        self._data = data
        self._folding = Folding(data, language)
        self._tools = tools("php-only" if language == "php" and b"<?" not in data else language)
        self._told: dict[tuple[tuple[int, int], ...], tuple[int, Assignment]] = {}
        """What is known of the literals at some places, with how good a reading it is."""
        self._around: list[tuple[int, bytes, bytes]] = []
        """What encloses the node at hand: where it ends, what it is called, and the setting that it is about."""
        self._later: list[tuple[bytes, bytes, bytes, bool]] = []
        """Uses of variables that are not known yet: the variable's name, the use's, its section, and is it sure."""

    def read(self) -> Iterator[Assignment]:
        from tree_sitter import QueryCursor

        _, query, grammar = self._tools
        tree = self._tools.parser.parse(self._data)
        nodes = QueryCursor(query).captures(tree.root_node).get("node", [])
        for node in sorted(nodes[:_MOST], key=_order):
            self._visit(node, grammar)
        for variable, name, section, sure in self._later:
            found = self._folding.variables.get(variable)
            if found:
                self._tell(name, found, section=section, sure=sure, used=True)
        for _, assignment in self._told.values():
            yield assignment
            yield from self._inside(assignment)

    def _visit(self, node: Node, grammar: Grammar) -> None:
        kind, start = node.type, node.start_byte
        while self._around and self._around[-1][0] <= start:
            self._around.pop()
        pair = grammar.pairs.get(kind)
        if pair:
            self._pair(node, pair)
        elif kind in CALLS or kind in grammar.calls:
            self._call(node)
        elif kind in grammar.scopes:
            name = node.child_by_field_name("name")
            if name is not None:
                self._around.append((node.end_byte, self._folding.text(name), b""))
        else:
            self._compared(node)

    def _section(self, inner: bytes = b"") -> bytes:
        """Return what encloses the node at hand, and `inner`."""
        around = [name for _, name, _ in self._around[-5:]]
        return b" ".join([*around, inner] if inner else around)

    def _pair(self, node: Node, pair: Pair) -> None:
        name, value = _at(node, pair.name), _at(node, pair.value)
        if name is None or name == value:
            return
        if value is None:
            type_ = node.child_by_field_name(pair.type)
            if type_ is not None and credential(text := self._folding.text(name)):
                blank = _TYPE.match(self._data, type_.start_byte)
                self._deny(text, blank.end() if blank else type_.start_byte, type_.end_byte)
            return
        if name.type not in TARGETS:
            self._assign(name, value)
        elif value.type in LISTS:
            for one, its in zip(name.named_children, value.named_children, strict=False):
                self._assign(one, its)

    def _assign(self, name: Node, value: Node) -> None:
        """Tell what a value gives to a name."""
        inner, key = named(self._folding.text(name)[-200:])
        if not key:
            return
        if key in _DEFAULT:
            key = next((about for *_, about in reversed(self._around) if about), key)
        found = self._folding.choices(value)
        if found:
            if len(found) == 1 and not found[0].local and not found[0].dynamic:
                self._folding.variables[self._folding.text(name).lstrip(b"$@")] = found[0]
            for constant in found:
                self._tell(key, constant, inner)
        elif value.type in LISTS:
            self._listed(key, value, inner)
        elif value.type in NAMES and credential(key):
            self._later.append((self._folding.text(value).lstrip(b"$@"), key, self._section(inner), False))
        if (not found or found[0].local) and credential(key) and value.type not in OPENS:
            run = _BEFORE_BLANK.match(self._data, value.start_byte, value.end_byte)
            if run:
                self._deny(key, *run.span())
        if not found:
            self._around.append((value.end_byte, key, key))

    def _listed(self, name: bytes, value: Node, inner: bytes) -> None:
        """Tell the constants of a list: `auth=(user, password)`, or several credentials of one name."""
        items = value.named_children
        if len(items) == 2 and _PAIRED.fullmatch(name):
            for constant in self._folding.choices(items[1]):
                self._tell(b"password", constant, name, sure=True)
        elif len(items) <= _LISTED and credential(name):
            for item in items:
                for constant in self._folding.choices(item):
                    self._tell(name, constant, inner)

    def _call(self, node: Node) -> None:
        call = called(self._data, node)
        if call is None:
            return
        name, arguments = call.name, call.arguments
        shown = call.path.rpartition(b")")[2].lstrip(b".?->:!")[-60:]
        if not arguments or not name:
            self._around.append((node.end_byte, shown, b""))
            return
        key = self._folding.constant(arguments[0]) if arguments[0].type in STRINGS else None
        about = key.value.strip(b":-") if key and not key.dynamic and _KEY.fullmatch(key.value) else b""
        self._around.append((node.end_byte, shown, about))
        if calls.says(name):
            self._said(name, arguments)
            return
        for place in calls.places(name, call.path, len(arguments)):
            self._given(place.role, arguments[place.position], sure=place.sure)
        if name.lower() in calls.EQUALS:
            self._equal(call)
        if len(arguments) >= 2 and (calls.SETS.fullmatch(name) or name.lower() in DEFAULTS):
            if about:
                self._given(about, arguments[1])
        elif len(arguments) == 1 and strong(name) and not calls.ASKS.match(name):
            self._given(name, arguments[0])

    def _given(self, name: bytes, argument: Node, *, sure: bool = False) -> None:
        """Tell an argument that is known to be the value of a name."""
        for constant in self._folding.choices(argument):
            self._tell(name, constant, sure=sure)
        if argument.type in NAMES:
            self._later.append((self._folding.text(argument).lstrip(b"$@"), name, self._section(), sure))

    def _equal(self, call: Called) -> None:
        receiver = call.receiver()
        sides = [*((receiver,) if receiver is not None and len(call.arguments) == 1 else ()), *call.arguments]
        if len(sides) >= 2:
            self._compare(sides[0], sides[1])

    def _compared(self, node: Node) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = node.child_by_field_name("operator") or node.child(1)
        if operator is None or operator.type not in _COMPARISONS:
            return
        if left is None or right is None:
            left, right = node.named_child(0), node.named_child(1)
        if left is not None and right is not None:
            self._compare(left, right)

    def _compare(self, left: Node, right: Node) -> None:
        """Tell a constant that something named after a credential is compared with."""
        for name, value in ((left, right), (right, left)):
            text = self._folding.text(name)
            if name.type in PLAIN_NAMES and len(text) < 200 and strong(text):
                inner, key = named(text)
                found = self._folding.constant(value)
                if found and not found.local and strong(key):
                    self._tell(key, found, inner)

    def _said(self, name: bytes, arguments: Iterable[Node]) -> None:
        """Tell that texts for people are no values, where the line reader would have seen one."""
        for argument in arguments:
            found = self._folding.constant(argument)
            if found and not found.local and strong(found.value):
                self._put(_SAID, Assignment(name, found.value, found.parts, True, True))

    def _tell(
        self,
        name: bytes,
        found: Constant,
        inner: bytes = b"",
        *,
        section: bytes | None = None,
        sure: bool = False,
        used: bool = False,
    ) -> None:
        """Tell a constant of a name; `inner` is the last part of its `section`, else that is what encloses it.

        `used`: its literals stand where a variable got them, and this is what the variable is used for.
        """
        if len(found.value) < LEAST or not found.parts:
            return
        known = credential(name)
        rank = _SURE if sure else (_USED if known else -1) if used or found.local else _CREDENTIAL if known else _PLAIN
        parts = found.parts
        if len(parts) > 1 and sum(end - start for start, end in parts) != len(found.value):
            parts = ((parts[0][0], parts[-1][1]),)  # what was decoded has one place
        section = self._section(inner) if section is None else section
        self._put(rank, Assignment(name, found.value, parts, True, found.dynamic, section, sure))

    def _deny(self, name: bytes, start: int, end: int) -> None:
        """Tell that `data[start:end]` is an expression, no value."""
        if end - start >= LEAST:
            self._put(_PLAIN, Assignment(name, self._data[start:end], ((start, end),), False, True))

    def _put(self, rank: int, assignment: Assignment) -> None:
        """Keep the better of two readings of the same literals."""
        if rank > self._told.get(assignment.parts, (-1, None))[0]:
            self._told[assignment.parts] = rank, assignment

    def _inside(self, outer: Assignment) -> Iterator[Assignment]:
        """Yield the assignments that a constant holds: `Server=…;Password=…`."""
        if outer.quoted and len(outer.value) > 8 and _INNER.search(outer.value) and b"\n" not in outer.value:
            if outer.dynamic and calls.says(outer.name):
                return
            for inner in lines.read(outer.value):
                start, end = inner.parts[0][0], inner.parts[-1][1]
                span = outer.span(start, end)
                if span != (outer.parts[0][0], outer.parts[-1][1]):
                    yield Assignment(inner.name, inner.value, (span,), inner.quoted, inner.dynamic, outer.section)


_COMPARISONS = frozenset(("==", "===", "!=", "!==", "<>"))


def _order(node: Node) -> tuple[int, int]:
    return node.start_byte, -node.end_byte


def _at(node: Node, place: str | int) -> Node | None:
    if isinstance(place, str):
        return node.child_by_field_name(place)
    count = node.named_child_count
    position = place if place >= 0 else count + place
    return node.named_child(position) if 0 <= position < count else None
