"""Source code, read with tree-sitter: assignments, entries, arguments and defaults, with their constants folded.

A region of a file is parsed, perhaps cut in the middle of something: what is whole in it is read. Where nothing can be
told, nothing is yielded, and what the line reader said stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from stanch.readers import Assignment, Spans
from stanch.readers.code import calls
from stanch.readers.code.calls import DEFAULTS, Called, called
from stanch.readers.code.folding import Constant, Folding, part_of
from stanch.readers.code.held import ASSIGNMENT, held
from stanch.readers.code.languages import Grammar, Pair, tools
from stanch.readers.code.naming import credential, named, strong
from stanch.readers.code.nodes import (
    BODIES,
    CALLS,
    LISTS,
    NAMES,
    OPENS,
    PLAIN_NAMES,
    STRINGS,
    TARGETS,
    at,
    in_order,
    is_torn,
    nth,
    second,
)  # fmt: skip
from stanch.regexes import lazy
from stanch.values import replace

if TYPE_CHECKING:
    from tree_sitter import Node

LEAST = 4
"""A shorter constant is no credential, in bytes."""
_MOST = 4_000
"""So many nodes of a region are looked at."""
_OPTION = lazy(rb"[\"'`]--?([A-Za-z][\w.-]+)[\"'`]")
_MOST_WORDS = 64
_LISTED = 6
"""A longer list of constants under one name is a list of words."""

_BEFORE_BLANK = lazy(rb"[^\s\"'`({\[]{1,200}")
"""What the line reader may have taken for a value without quotes."""
_TYPE = lazy(rb"\s*:\s*")
_WORD = lazy(rb"[\w.\-]+")
_SEVERAL = lazy(rb"(?i)(?:passwords|secrets|tokens|credentials|keys)\Z")
"""`SECRETS = dict(mail="…")`."""
_KEY = lazy(rb"[\w.$ :/\-\x80-\xff]{2,80}")
_PAIRED = lazy(rb"(?i)(?:\w+[_.-])?(?:basic|http|proxy)?_?(?:auth|credentials?|creds)")
_HEADER = lazy(rb"(?i)auth")
_BASIC = lazy(rb"(?i)basic[ ][^\s:]{1,64}:[^\s]{4}")
_DEFAULT = frozenset((b"default", b"default_value", b"defaultValue", b"fallback"))
"""Arguments that give the value of the setting that the call is about."""
"""A constant that may hold assignments itself: a connection string, a query, a command."""
_PLACEHOLDER = lazy(rb"\$\{(?P<name>[\w.\-]+):(?P<value>[^{}]*)\}")
"""Spring's reference to a property, with what counts where that is missing."""


def read(data: bytes, language: str, near: Spans = ()) -> Iterable[Assignment]:
    """Yield the names and constant values of a region of source code in a language of `languages.GRAMMARS`.

    `near`: only of what reaches into these parts of it.
    """
    return _Region(data, language).read(near)


_PLAIN, _CREDENTIAL, _USED, _SURE, _SAID = range(5)
"""How good a reading of a literal is: by a name, a credential's name, such a use of it, a known place, a known text."""


class _Around(NamedTuple):
    """What encloses a node: from where to where, what it is called, and the setting that it is about."""

    start: int
    end: int
    name: bytes
    about: bytes = b""


class _Region:
    """One text, and what its nodes have told so far."""

    def __init__(self, data: bytes, language: str) -> None:
        self._data = data
        self._language = language
        self._folding = Folding(data, language)
        self._tools = tools("php-only" if language == "php" and b"<?" not in data else language)
        self._told: dict[tuple[tuple[int, int], ...], tuple[int, Assignment]] = {}
        """What is known of the literals at some places, with how good a reading it is."""
        self._around: list[_Around] = []
        self._place = 0
        """Where what is looked at begins."""
        self._later: list[tuple[bytes, bytes, bytes, bool]] = []
        """Uses of variables that are not known yet: the variable's name, the use's, its section, and is it sure."""

    def read(self, near: Spans) -> Iterator[Assignment]:
        from tree_sitter import QueryCursor

        _, query, grammar = self._tools
        tree = self._tools.parser.parse(self._data)
        if is_torn(tree.root_node):
            yield from self._apart(near)
            return
        cursor = QueryCursor(query)
        nodes: dict[int, Node] = {}
        for first, last in near or ((0, len(self._data)),):
            cursor.set_byte_range(first, last)
            nodes.update((node.id, node) for node in cursor.captures(tree.root_node).get("node", []))
        for node in sorted(list(nodes.values())[:_MOST], key=in_order):
            self._visit(node, grammar)
        for variable, name, section, sure in self._later:
            found = self._folding.variables.get(variable)
            if found:
                self._tell(name, found, section=section, sure=sure, used=True)
        for _, assignment in self._told.values():
            yield assignment
            yield from held(assignment, self._data)

    def _apart(self, near: Spans) -> Iterator[Assignment]:
        """Yield what is in the parts that are wanted, each read without the rest."""
        for first, last in near:
            if last - first < len(self._data):
                inner = _Region(self._data[first:last], self._language)
                yield from (assignment.moved(first) for assignment in inner.read(()))

    def _visit(self, node: Node, grammar: Grammar) -> None:
        kind, self._place = node.type, node.start_byte
        while self._around and self._around[-1].end <= self._place:
            self._around.pop()
        pair = grammar.pairs.get(kind)
        if pair:
            self._pair(node, pair)
        elif kind in CALLS or kind in grammar.calls:
            self._call(node)
        elif kind in grammar.lists:
            self._options(node.named_children)
        elif kind in grammar.scopes:
            name = node.child_by_field_name("name")
            if name is not None:
                self._around.append(_Around(node.start_byte, node.end_byte, self._folding.text(name)))
        else:
            self._compared(node)

    def _section(self, inner: bytes = b"") -> bytes:
        """Return what encloses the node at hand, and `inner`."""
        around = [it.name for it in self._around[-8:] if it.start <= self._place and it.name]
        inner = b" ".join(_WORD.findall(inner))  # of `config['smtp']['password']`
        return b" ".join([*around, inner] if inner else around)

    def _pair(self, node: Node, pair: Pair) -> None:
        name, value = at(node, pair.name), at(node, pair.value)
        if pair.behind:
            sign = node.next_sibling
            value = node.next_named_sibling if sign is not None and sign.type == "=" else value
        if name is None or name == value:
            return
        if pair.within and (node.parent is None or node.parent.type != pair.within):
            return
        if value is None:
            type_ = node.child_by_field_name(pair.type)
            if type_ is not None and credential(text := self._folding.text(name)):
                blank = _TYPE.match(self._data, type_.start_byte)
                self._deny(text, blank.end() if blank else type_.start_byte, type_.end_byte)
            return
        several = name.named_children if name.type in TARGETS else []
        if value.type in LISTS and isinstance(pair.name, str) and name.type in NAMES:
            several = node.children_by_field_name(pair.name)
            several = several if len(several) == value.named_child_count > 1 else []
        if several and value.type in LISTS:
            for one, its in zip(several, value.named_children, strict=False):
                self._assign(one, its)
        elif name.type not in TARGETS:
            self._assign(name, value)

    def _assign(self, name: Node, value: Node) -> None:
        """Tell what a value gives to a name."""
        if name.type == "variable_declaration":
            name = nth(name, 0) or name
        inner, key = named(self._folding.text(name)[-200:])
        if not key:
            return
        if key in _DEFAULT:
            key = next((it.about for it in reversed(self._around) if it.about), key)
        if value.type == "expression_list" and value.named_child_count == 1:
            value = nth(value, 0) or value
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
            if run and not run[0][:1].isdigit():
                self._deny(key, *run.span())
        if not found:
            called = value.type in CALLS and not _SEVERAL.search(key)
            shown = key + b"()" if called else key  # the arguments of a call are no members of a group
            self._around.append(_Around(value.start_byte, value.end_byte, shown, key))

    def _listed(self, name: bytes, value: Node, inner: bytes) -> None:
        """Tell the constants of a list: `auth=(user, password)`, or several credentials of one name."""
        last = nth(value, -1)
        items = (last if last is not None and last.type in BODIES else value).named_children
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
        key = self._folding.constant(arguments[0]) if arguments and arguments[0].type in STRINGS else None
        about = key.value.strip(b":-") if key and not key.dynamic and _KEY.fullmatch(key.value) else b""
        about = name if node.type == "enum_constant" else about
        shown = b"" if calls.says(name) or _TESTS.match(name) else _shown(call.path)
        self._place = call.listed.start_byte
        self._around.append(_Around(self._place, node.end_byte, shown, about))
        if not arguments or not name:
            return
        if calls.says(name):
            self._said(name, arguments)
            return
        for place in calls.places(name, call.path, len(arguments)):
            self._given(place.role, arguments[place.position], sure=place.sure)
        if name.lower() in calls.EQUALS:
            self._equal(call)
        if len(arguments) > 2:
            self._options(arguments)
        if len(arguments) >= 2 and (calls.SETS.fullmatch(name) or name.lower() in DEFAULTS):
            self._entries(name, arguments)
        elif len(arguments) == 3 and self._folding.text(arguments[1]) in calls.OPTIONS:
            found = self._folding.constant(arguments[2])
            if found and b":" in found.value:
                self._tell(b"password", part_of(found, found.value.index(b":") + 1, len(found.value)), sure=True)
        elif name == b"Value" and key:
            self._placeholder(key)
        elif about and (block := node.child_by_field_name("block")) is not None:
            self._block(about, block)
        elif len(arguments) == 1 and strong(name) and not calls.ASKS.match(name):
            self._given(name, arguments[0])

    def _options(self, words: Sequence[Node]) -> None:
        """Tell the words of a command that follow an option: `["--password", "…"]`."""
        for option, word in pairwise(words[:_MOST_WORDS]):
            name = _OPTION.fullmatch(self._folding.text(option)[:80])
            if name and strong(name[1]):
                self._given(name[1], word)

    def _entries(self, name: bytes, arguments: Sequence[Node]) -> None:
        """Tell the second argument under the name that the first one is, and so on where there may be more of them."""
        last = len(arguments) - 1 if name.lower() in (b"of", b"mapof") else 1
        for position in range(0, last, 2):
            key = self._folding.constant(arguments[position]) if arguments[position].type in STRINGS else None
            if key and not key.dynamic and _KEY.fullmatch(key.value):
                self._given(key.value.strip(b":-"), arguments[position + 1])

    def _block(self, name: bytes, block: Node) -> None:
        """Tell what a block gives to the name that its call is about: `let(:password) { "…" }`."""
        body = block.child_by_field_name("body")
        if body is not None and body.named_child_count == 1 and (value := nth(body, 0)) is not None:
            self._given(name, value)

    def _placeholder(self, found: Constant) -> None:
        """Tell what `@Value("${name:constant}")` says that a property is, where it is not set."""
        match = _PLACEHOLDER.search(found.value)
        if match:
            self._tell(match["name"], part_of(found, *match.span("value")))

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
        operator = node.child_by_field_name("operator") or second(node)
        if operator is None or operator.type not in _COMPARISONS:
            return
        if left is None or right is None:
            left, right = nth(node, 0), nth(node, 1)
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
        basic = _BASIC.match(found.value) is not None
        if found.encoded and not (basic or _HEADER.search(name)):
            return
        if basic and not credential(name):
            name = b"authorization"  # whose values alone begin so
        section = self._section(inner) if section is None else section
        known = credential(name)
        if not (known or sure or (strong(section) and not ASSIGNMENT.search(found.value))):
            return  # nothing led here but what stands beside it, or what stands in it
        rank = _SURE if sure else (_USED if known else -1) if used or found.local else _CREDENTIAL if known else _PLAIN
        parts = found.parts
        if len(parts) > 1 and sum(end - start for start, end in parts) != len(found.value):
            parts = ((parts[0][0], parts[-1][1]),)  # what was decoded has one place
        self._put(rank, Assignment(name, found.value, parts, True, found.dynamic, section, sure))

    def _deny(self, name: bytes, start: int, end: int) -> None:
        """Tell that `data[start:end]` is an expression, no value."""
        if end - start >= LEAST:
            self._put(_PLAIN, Assignment(name, self._data[start:end], ((start, end),), False, True))

    def _put(self, rank: int, assignment: Assignment) -> None:
        """Keep the better of two readings of the same literals; the other's name tells whose it is, as `githubCred`."""
        known, other = self._told.get(assignment.parts, (-1, None))
        if rank > known:
            if other and not other.dynamic and other.name != assignment.name:
                assignment = replace(assignment, section=(assignment.section + b" " + other.name).lstrip())
            self._told[assignment.parts] = rank, assignment


_COMPARISONS = frozenset(("==", "===", "!=", "!==", "<>"))
_TESTS = lazy(rb"(?i)assert|expect|should|to(?:be|equal|throw|eq|match)")


def _shown(path: bytes) -> bytes:
    """Return the names that a call is written with, of a chain the last ones."""
    found = path.rpartition(b")")[2].split()
    return found[-1].lstrip(b".?->:!@$")[-60:] if found else b""
