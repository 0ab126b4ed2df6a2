"""XML configuration: attributes and texts of elements, under the names that they, their parents or neighbours give.

.NET's `<add key= value=>`, Maven's `<server><password>`, `<property name=>`, Hadoop's `<name>` and `<value>`, the
`<key>` and `<string>` of property lists. There is no tree and no grammar: broken files are read as far as they go.
Comments are left to the lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.settings.entries import Span, joined, leaf
from stanch.regexes import lazy

_TOKEN = lazy(
    rb"""(?xs) <!--.*?(?:-->|\Z) | <!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|(?P<lost>\Z)) | <\?.*?(?:\?>|\Z) | <![A-Z][^<>\[]*+
    | </(?P<end>[\w:.-]+)\s*+>
    | <(?P<start>[\w:.-]+)(?P<attributes>(?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+)>
    | (?P<text>[^<]++)"""
)
_ATTRIBUTE = lazy(rb"""(?x) ([\w:.-]++) \s*+ = \s*+ (?: "(?P<double>[^"<]*+)" | '(?P<single>[^'<]*+)' )""")
_ENTITY = lazy(rb"&(?:#[xX]([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));")
_CHARACTERS = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}
_TITLES = tuple(b"key name property var variable id alias n".split())
"""Attributes, and elements inside, that name what their element says."""
_VALUES = frozenset(b"value val default defaultvalue v".split())
"""Attributes that say it."""
_SAYING = frozenset(
    b"value val default defaultvalue string text data integer literal str plaintext initialvalue testvalue".split()
)
"""Elements inside that say it."""
_BEARING = frozenset(
    b"property properties entry setting string item param parameter arg argument const constant env variable field"
    b" data add option prop attribute constructor-arg init-param context-param systemproperty config pref"
    b" preference resource bool int secret value".split()
)
"""Elements whose text is what their attribute names; the text of others has their own name."""
_SUFFIXED = lazy(rb"(?i)(?:[\w-]+-)?(?:name|key)\Z")
_SAYS = lazy(rb"(?i)[\w-]+-value\Z")
_DEEPEST = 200
_LONGEST_SECTION = 200


class _Element:
    """An element that is open."""

    __slots__ = ("label", "name", "section", "texts", "title")

    def __init__(self, name: bytes, section: bytes, title: bytes) -> None:
        self.name = name
        self.section = section[:_LONGEST_SECTION]
        """The names around it, and its own; what it is called stands in `title`."""
        self.title = title
        self.label = b""
        """What the last `<key>` or `<name>` inside said, for what follows that."""
        self.texts: list[Span] = []


def read(data: bytes) -> Iterator[Assignment]:
    """Yield the values of attributes and the texts of elements."""
    opened = [_Element(b"", b"", b"")]
    beyond = 0
    for token in _TOKEN.finditer(data):
        kind = token.lastgroup
        if kind in ("text", "cdata"):
            _add(data, opened[-1], token.span(kind), whole=kind == "cdata")
        elif kind == "attributes":
            yield from _said(data, opened)
            name = token["start"].rpartition(b":")[2]
            element = _Element(name, joined(opened[-1].section, opened[-1].title, name), b"")
            yield from _attributes(data, token, element)
            if token["attributes"].endswith(b"/"):
                continue
            if len(opened) < _DEEPEST:
                opened.append(element)
            else:
                beyond += 1
        elif kind == "end":
            if beyond:
                beyond -= 1
                continue
            yield from _said(data, opened)
            _close(opened, token["end"].rpartition(b":")[2])
    yield from _said(data, opened)


def _close(opened: list[_Element], name: bytes) -> None:
    """Close the innermost element of this name, and what in it was left open; none when there is no such."""
    for number in range(len(opened) - 1, max(0, len(opened) - 6), -1):
        if opened[number].name == name:
            del opened[number:]
            return


def _add(data: bytes, element: _Element, span: Span, *, whole: bool) -> None:
    start, end = span
    if not whole:
        written = data[start:end]
        start += len(written) - len(written.lstrip())
        end -= len(written) - len(written.rstrip())
    if start < end and len(element.texts) < 64:
        element.texts.append((start, end))


def _said(data: bytes, opened: list[_Element]) -> Iterator[Assignment]:
    """Yield the text of the innermost element, which ends here, or goes on behind another one."""
    element, around = opened[-1], opened[-2] if len(opened) > 1 else opened[-1]
    parts, element.texts = element.texts, []
    if not parts:
        return
    value = b"".join(_plain(data[start:end]) for start, end in parts)
    lower = element.name.lower()
    name, section = element.name, joined(around.section, around.title)
    if not element.title and _SUFFIXED.match(lower) and len(value) <= 200:
        around.label = value
        if lower != b"key":  # each of a list has its own
            around.title = around.title or value
    elif element.title and lower in _BEARING:
        name, section = element.title, element.section
    elif lower == b"string" and around.name == b"entry" and not around.label:
        around.label = value  # the first of two: a map, as XStream writes it
        return
    elif lower in _SAYING or _SAYS.match(lower):
        if around.label or around.title:
            name, section = around.label or around.title, around.section
        elif around.name:
            name, section = around.name, around.section.rpartition(b" ")[0]
        around.label = b""
    elif lower == b"id":
        around.title = around.title or value
    if name:
        yield from leaf(data, name, value, *parts, section=section)


def _attributes(data: bytes, token: re.Match[bytes], element: _Element) -> Iterator[Assignment]:
    """Yield the values of a tag's attributes; what names the element is kept in it."""
    found: dict[bytes, Span] = {}
    for attribute in _ATTRIBUTE.finditer(data, *token.span("attributes")):
        if not attribute[1].startswith(b"xmlns"):
            found[attribute[1].rpartition(b":")[2]] = attribute.span(attribute.lastgroup or 0)
    lower = {name.lower(): span for name, span in found.items()}
    title = next((lower[name] for name in _TITLES if name in lower), None)
    element.title = _plain(data[title[0] : title[1]]) if title else b""
    section = joined(element.section, element.title)
    for name, (start, end) in found.items():
        value = _plain(data[start:end])
        if name.lower() in _VALUES and element.title:
            yield from leaf(data, element.title, value, (start, end), section=element.section)
        elif name.lower() in _VALUES:
            yield from leaf(data, element.name, value, (start, end), section=element.section.rpartition(b" ")[0])
        else:
            yield from leaf(data, name, value, (start, end), section=section)


def _plain(written: bytes) -> bytes:
    """Return a text with its entities replaced: XML 1.0, section 4.6."""
    return _ENTITY.sub(_character, written) if b"&" in written else written


def _character(found: re.Match[bytes]) -> bytes:
    if found[3]:
        return _CHARACTERS[found[3]]
    code = int(found[1], 16) if found[1] else int(found[2])
    return chr(code).encode("utf-8", "replace") if code < 0x110000 else found[0]
