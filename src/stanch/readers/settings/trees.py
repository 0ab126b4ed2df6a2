"""Trees of named values, as JSON and YAML hold them: which name a value has, whatever shape says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from stanch.readers import Assignment, lines
from stanch.readers.settings import embedded, leaves, literals
from stanch.readers.settings.entries import SHORTEST, is_group, joined
from stanch.readers.settings.leaves import Leaf
from stanch.readers.settings.literals import Literal
from stanch.regexes import lazy

DEEPEST = 200
"""What is nested deeper is taken as if it stood on this level."""
LONGEST_KEY = 160
"""Of the key of a collection, so many bytes are told."""
LONGEST_SECTION = 240
"""Of the names around a value, so many bytes are told: the innermost."""


class Mapping(list[tuple[bytes, "Node"]]):
    """Keys and what they hold, in their order."""


class Sequence(list["Node"]):
    """Values without names of their own."""


Node: TypeAlias = Literal | Mapping | Sequence

_VALUES = (b"value", b"default", b"defaultvalue", b"default_value", b"val")
"""Keys, in lower case, that say nothing of what they hold: its name stands beside them, or around."""
_NAMES = (b"Name", b"Key", b"name", b"key")
_TITLES = (
    *_NAMES, b"parameterName", b"OptionName", b"variable", b"option", b"parameter", b"setting", b"field", b"property",
    b"keyName",
)  # fmt: skip
"""Keys of the name of what stands beside it."""
_OWN_TITLE = lazy(rb"(?!(?:default|Default)_?Value\Z)(.*[a-z]_?)(?:Value|(?<=_)value)")
_ABOUT = (b"kind", b"type", b"provider", b"service", b"host", b"name", b"id")
"""Keys of what an object is about, or is called."""
_IDENTIFIER = lazy(rb"[\w$@:./-][\w.:$@/-]{1,79}")
_TAGS = frozenset((b"Tags", b"tags", b"TagSet", b"tagSet", b"labels"))
_OPTION = lazy(rb"--?[A-Za-z][\w.-]*")
_VARIABLE = lazy(rb"""(?s)(?:-D|--)?(?P<name>[A-Za-z_][\w.-]{0,79})=(?P<quote>["']?)(?P<value>.+)(?P=quote)""")


class _Around(NamedTuple):
    """What a collection stands in."""

    key: bytes = b""
    """The nearest key that says something."""
    outer: bytes = b""
    """The one around that."""
    section: bytes = b""
    secret: bool = False
    """Does it hold the data of a Kubernetes Secret?"""

    def within(self, key: bytes, about: bytes = b"", *, secret: bool = False) -> _Around:
        """Return what stands around a collection that has this key in one that is about something."""
        section = joined(self.section, about, key)[-LONGEST_SECTION:]
        if not key or key.lower() in _VALUES:
            return self._replace(section=section, secret=secret)
        return _Around(key[:LONGEST_KEY], self.key, section, secret)


def assignments(roots: Iterable[Node], *, deep: bool = True) -> Iterator[Assignment]:
    """Yield every value in trees with its name. `deep`: texts that hold another format are read as that."""
    for leaf in _leaves(roots):
        if isinstance(leaf, Assignment):
            yield leaf
            continue
        literal = leaves.decoded(leaf)
        yield from leaves.assignment(leaf, literal)
        yield from embedded.read(leaf, literal, deep=deep)


def _leaves(roots: Iterable[Node]) -> Iterator[Leaf | Assignment]:
    waiting: list[tuple[Mapping | Sequence, _Around]] = [
        (Sequence([root]) if isinstance(root, Literal) else root, _Around()) for root in roots
    ][::-1]
    while waiting:
        node, around = waiting.pop()
        inner: list[tuple[Mapping | Sequence, _Around]] = []
        if isinstance(node, Mapping):
            yield from _members(node, around, inner)
        else:
            yield from _items(node, around, inner)
        waiting.extend(reversed(inner))


def _members(node: Mapping, around: _Around, inner: list[tuple[Mapping | Sequence, _Around]]) -> Iterator[Leaf]:
    beside = {key: held.value for key, held in node if isinstance(held, Literal)}
    about = _about(node, beside) if beside else b""
    section = joined(around.section, about)[-LONGEST_SECTION:]
    tagged = around.key in _TAGS
    group = is_group(around.key)
    for key, held in node:
        general = not tagged and key.lower().endswith(_VALUES)
        title = _title(key, beside) if general else b""
        if not isinstance(held, Literal):
            secret = key == b"data" and beside.get(b"kind") == b"Secret"
            outer = around._replace(key=title) if title else around
            inner.append((held, outer.within(key, about, secret=secret)))
        elif len(held.value) >= SHORTEST:
            name = around.key + b"." + key if group else key
            if general and key.lower() in _VALUES:
                name = around.key or key
            told = around.section if title else section
            yield Leaf(title or name, held, told, key, around.key, around.outer, around.secret, beside)


def _title(key: bytes, beside: dict[bytes, bytes]) -> bytes:
    """Return the name that stands beside a value's key: under `name`, or `ParameterKey` of a `ParameterValue`."""
    own = _OWN_TITLE.fullmatch(key)
    if own is None and key.lower() not in _VALUES:
        return b""
    titles = [own[1] + last for last in _NAMES] if own else _TITLES
    title = next((beside[title] for title in titles if title in beside), b"")
    return title if _IDENTIFIER.fullmatch(title) and title.lower() not in _VALUES else b""


def _about(node: Mapping, beside: dict[bytes, bytes]) -> bytes:
    """Return what an object says that it is, and how it is called: in brackets, for it is no group of what it holds."""
    names = [beside[key] for key in _ABOUT if key in beside]
    if b"kind" in beside:  # Kubernetes names a resource in its metadata
        for key, held in node:
            if key == b"metadata" and isinstance(held, Mapping):
                names += [told.value for inner, told in held if inner == b"name" and isinstance(told, Literal)]
    return joined(
        *(name if name in lines.KINDS else b"(" + name + b")" for name in names if _IDENTIFIER.fullmatch(name))
    )


def _items(
    node: Sequence, around: _Around, inner: list[tuple[Mapping | Sequence, _Around]]
) -> Iterator[Leaf | Assignment]:
    key, section = around.key, around.section
    texts = [held for held in node if isinstance(held, Literal)]
    inner.extend((held, around) for held in node if not isinstance(held, Literal))
    if len(texts) > 1 and all(text.value.endswith(b"\n") for text in texts[:-1]):
        texts = [literals.joined(texts)]  # a text told by its lines
    commanded = list(embedded.command(texts, section)) if len(texts) > 2 else []
    yield from commanded
    told = {found.parts[0][0] for found in commanded}
    option = b""
    for literal in texts:
        if told and literal.pieces[0][1] in told:
            continue
        found = _VARIABLE.fullmatch(literal.value)
        name = option if option and not literal.value.startswith(b"-") else key
        if found:
            name, literal = found["name"], literal.cut(*found.span("value"))
        option = literal.value if not found and _OPTION.fullmatch(literal.value) else b""
        if len(literal.value) >= SHORTEST:
            yield Leaf(name, literal, section, b"", key, around.outer, around.secret, {})
