"""Documents of YAML and JSON as nodes that know where they stand, so that single spans of a file can be changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from stanch.remediate.model import CannotPatch
from stanch.remediate.patches.layout import BOM

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node as Composed


class Scalar(NamedTuple):
    """A text, a number or a word: `data[start:end]`, with its quotes, without a tag or an anchor."""

    start: int
    end: int
    value: str
    style: str = ""
    """The quote, `|` or `>` of a block, or nothing."""
    tag: str = ""

    def __repr__(self) -> str:
        return f"Scalar({self.start}, {self.end})"


class Mapping(NamedTuple):
    """Keys and what they hold, in their order."""

    start: int
    end: int
    entries: tuple[tuple[Scalar, Node], ...]
    flow: bool

    def get(self, *keys: str) -> Node | None:
        """Return what stands under a key, in that under the next, and so on."""
        found: Node | None = self
        for key in keys:
            if not isinstance(found, Mapping):
                return None
            found = next((value for name, value in found.entries if name.value == key), None)
        return found

    def text(self, *keys: str) -> str:
        """Return the text that stands there; nothing where there is none."""
        found = self.get(*keys)
        return found.value if isinstance(found, Scalar) else ""


class Sequence(NamedTuple):
    """Values in their order."""

    start: int
    end: int
    items: tuple[Node, ...]
    flow: bool


Node: TypeAlias = Scalar | Mapping | Sequence
Step = tuple[Mapping | Sequence, str]
"""A collection, and the key in it or the number."""


def yaml(data: bytes) -> list[Node]:
    """Return the documents of a file. Raises CannotPatch when it is no YAML, as a template of some is not."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        text = data.decode()
        composed = [document for document in YAML(pure=True).compose_all(text) if document is not None]
    except (YAMLError, UnicodeDecodeError) as error:
        where = getattr(getattr(error, "problem_mark", None), "line", None)
        raise CannotPatch("it cannot be read as YAML" + (f", line {where + 1}" if where is not None else "")) from None
    return [_node(document, data, _Offsets(text)) for document in composed]


class _Offsets:
    """Where the characters of a text stand in its bytes."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._wide = [(at, len(char.encode()) - 1) for at, char in enumerate(text) if char > "\x7f"]

    def __call__(self, index: int) -> int:
        return index + sum(more for at, more in self._wide if at < index)


_BEFORE = re.compile(rb"(?:[!&]\S*[ \t]*(?:\r?\n[ \t]*)?)+")


def _node(node: Composed, data: bytes, offset: _Offsets) -> Node:
    from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

    start, end = offset(node.start_mark.index), offset(node.end_mark.index)
    if isinstance(node, MappingNode):
        entries = tuple((_node(key, data, offset), _node(value, data, offset)) for key, value in node.value)
        known = tuple((key, value) for key, value in entries if isinstance(key, Scalar))
        return Mapping(start, end, known, bool(node.flow_style))
    if isinstance(node, SequenceNode):
        return Sequence(start, end, tuple(_node(item, data, offset) for item in node.value), bool(node.flow_style))
    before = _BEFORE.match(data, start, end)
    tag = str(node.tag or "")
    style = (node.style or "") if isinstance(node, ScalarNode) else ""
    return Scalar(before.end() if before else start, end, node.value, style,
                  tag if tag.startswith("!") else "")  # fmt: skip


_JSON = re.compile(
    rb"""(?xs) (?P<skip>(?:[\s,:]+ | //[^\r\n]* | /\*.*?\*/)+)
    | (?P<text>"(?:[^"\\]|\\.)*") | (?P<open>[\[{]) | (?P<close>[\]}]) | (?P<word>[^\s,:\[\]{}"/]+)"""
)


def json(data: bytes) -> list[Node]:
    """Return the document of a file, which may have comments. Raises CannotPatch when it is no JSON."""
    from json import loads

    stack: list[tuple[bytes, int, list[Node]]] = [(b"", 0, [])]
    at = len(BOM) if data.startswith(BOM) else 0
    while at < len(data):
        found = _JSON.match(data, at)
        if found is None:
            raise _unread(data, at)
        at = found.end()
        kind = found.lastgroup
        if kind == "open":
            stack.append((found[0], found.start(), []))
        elif kind == "close":
            if len(stack) < 2:
                raise CannotPatch("it cannot be read as JSON: a bracket is closed that is not open")
            bracket, start, held = stack.pop()
            stack[-1][2].append(_collection(bracket, start, at, held))
        elif kind in ("text", "word"):
            try:
                value = loads(found[0], strict=False) if kind == "text" else found[0].decode()
            except ValueError:
                raise _unread(data, at) from None
            stack[-1][2].append(Scalar(found.start(), at, value, '"' if kind == "text" else ""))
    if len(stack) > 1:
        raise CannotPatch("it cannot be read as JSON: a bracket is not closed")
    return stack[0][2]


def _unread(data: bytes, at: int) -> CannotPatch:
    return CannotPatch(f"it cannot be read as JSON, line {data[:at].count(10) + 1}")


def _collection(bracket: bytes, start: int, end: int, held: list[Node]) -> Node:
    if bracket == b"[":
        return Sequence(start, end, tuple(held), True)
    if len(held) % 2:
        raise CannotPatch("it cannot be read as JSON: a key has no value")
    pairs = zip(held[::2], held[1::2], strict=True)
    return Mapping(start, end, tuple((key, value) for key, value in pairs if isinstance(key, Scalar)), True)


def is_readable(read: Callable[[bytes], list[Node]], data: bytes) -> bool:
    """Can a file be read as what its name says that it is?"""
    try:
        read(data)
    except CannotPatch:
        return False
    return True


def find(documents: list[Node], start: int, end: int) -> tuple[list[Step], Scalar] | None:
    """Return the way to the scalar that holds `data[start:end]`, outermost first; None where it is in none."""
    steps: list[Step] = []
    nodes: list[tuple[str, Node]] = [("", document) for document in documents]
    while True:
        inner = next(((key, node) for key, node in nodes if node.start <= start and end <= node.end), None)
        if inner is None:
            return None
        key, node = inner
        if steps and key:
            steps[-1] = steps[-1][0], key
        if isinstance(node, Scalar):
            return steps, node
        steps.append((node, ""))
        nodes = (
            [(name.value, value) for name, value in node.entries]
            if isinstance(node, Mapping)
            else [(str(number), item) for number, item in enumerate(node.items)]
        )


def last(node: Node) -> int:
    """Return where the last thing in a node ends, without what follows it up to the next."""
    while not isinstance(node, Scalar):
        if node.flow:
            return node.end
        inner = node.entries[-1][1] if isinstance(node, Mapping) and node.entries else None
        if isinstance(node, Sequence) and node.items:
            inner = node.items[-1]
        if inner is None:
            return node.end
        node = inner
    return node.end
