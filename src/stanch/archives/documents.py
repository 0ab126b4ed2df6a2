"""The text of office documents: XML in which a word may be in pieces, each in an element of its own.

Word processing, spreadsheets and presentations of ECMA-376 (docx, xlsx, pptx) and of OpenDocument 1.3. Paragraphs,
rows and shared strings become lines, cells are divided by tabs, and addresses of links stand where the link does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stanch.archives.stream import Stream

HEAD = 1_024
"""How much of its beginning tells what content is, in bytes."""
_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?"
    rb"<(?:\w+:)?(?:document|hdr|ftr|footnotes|endnotes|comments|sst|worksheet|sld|notes|cmLst|document-content)\s[^>]*"
    rb"(?:openxmlformats|oasis:names:tc:opendocument|purl\.oclc\.org/ooxml)",
    re.DOTALL,
)
_TOKEN = re.compile(rb"<(/?(?:[\w.-]++:)?)([\w.-]++)([^<>]*+)>|([^<]+)|<(?:[?!][^<>]*+>)?")
_LINES = frozenset((b"p", b"h", b"si", b"row", b"table-row", b"tr", b"br", b"cr", b"line-break", b"comment"))
_TABS = frozenset((b"c", b"tc", b"tab", b"table-cell"))
_TOLD = re.compile(rb"""\b(?:href|descr|title|tooltip|value|string-value|instr)\s*=\s*["']([^"']*)""")
_MOST = 1 << 20
"""So many bytes without the end of an element are read as they stand."""


def is_document(head: bytes) -> bool:
    """Tell whether content is the text of an office document."""
    return bool(_ROOT.match(head))


def text(stream: Stream) -> Iterator[bytes]:
    """Yield what such content says; none of the pieces is empty."""
    rest = b""
    for piece in stream.pieces():
        rest += piece
        end = len(rest) if len(rest) > _MOST else rest.rfind(b">") + 1
        if end and (said := b"".join(_said(rest[:end]))):
            yield said
        rest = rest[end:]
    if said := b"".join(_said(rest)):
        yield said


def _said(xml: bytes) -> Iterator[bytes]:
    from html import unescape

    for found in _TOKEN.finditer(xml):
        prefix, name, attributes, said = found.groups()
        if said is not None:
            plain = said.replace(b"\n", b" ") if said.strip() else b""
            yield unescape(plain.decode("utf-8", "replace")).encode() if b"&" in plain else plain
        elif name is not None:
            closes = prefix.startswith(b"/") or attributes.endswith(b"/")
            if closes and name in _LINES:
                yield b"\n"
            elif closes and name in _TABS:
                yield b"\t"
            elif closes and name == b"s":
                yield b" "
            if b"=" in attributes:
                yield from (
                    b' "%s" ' % unescape(value.decode("utf-8", "replace")).encode()
                    for value in _TOLD.findall(attributes)
                )
