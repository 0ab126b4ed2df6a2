"""Text as it is written inside of other text, and back: the layers, each with how a piece of it is read."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote_from_bytes, unquote_to_bytes

Turn = Callable[[bytes], bytes]


def folded(width: int, before: bytes = b"", behind: bytes = b"", end: bytes = b"\n") -> Turn:
    """Return what writes base64 over lines of so many characters."""

    def encode(text: bytes) -> bytes:
        run = base64.b64encode(text)
        return end.join(before + run[at : at + width] + behind for at in range(0, len(run), width))

    return encode


def from_base64(piece: bytes) -> bytes:
    """Return what whole groups of base64 say, over lines or not."""
    kept = re.sub(rb'\\n|" \+|[^A-Za-z0-9+/_-]', b"", piece).translate(bytes.maketrans(b"-_", b"+/"))
    return base64.b64decode(kept + b"=" * (-len(kept) % 4))


def from_hex(piece: bytes) -> bytes:
    """Return what hexadecimal digits say."""
    return bytes.fromhex(piece.decode())


def in_url(text: bytes) -> bytes:
    """Return a text as a URL's query has it."""
    return quote_from_bytes(text, "").encode()


def in_html(text: bytes) -> bytes:
    """Return a text as an attribute of HTML has it."""
    return html.escape(text.decode()).encode()


def from_html(piece: bytes) -> bytes:
    """Return what HTML says."""
    return html.unescape(piece.decode()).encode()


def in_string(text: bytes) -> bytes:
    """Return a text as a string of JSON has it."""
    return json.dumps(text.decode()).encode()[1:-1]


def numbered(text: bytes) -> bytes:
    r"""Return a text with `\u0022` for each sign, as in JSON that shall stand in HTML."""
    return re.sub(rb"[^\w ]", lambda found: b"\\u%04x" % ord(found[0]), text)


def from_string(piece: bytes) -> bytes:
    """Return what a piece of a string in JSON says."""
    return str(json.loads(b'"' + piece + b'"')).encode()


def from_wide(piece: bytes) -> bytes:
    """Return the characters of ASCII in UTF-16, in either order, that begin with the first byte."""
    return piece[::2]


WRITTEN: dict[str, tuple[str, Turn, Turn]] = {
    # what it is: its layer, how it is written, how a piece of it is read
    "base64": ("base64", base64.b64encode, from_base64),
    "URL-safe base64": ("base64", lambda text: base64.urlsafe_b64encode(b"\xfb\xff" + text), from_base64),
    "base64 over lines of 64": ("base64", folded(64), from_base64),
    "over lines of 76, with CR": ("base64", folded(76, end=b"\r\n"), from_base64),
    "over indented lines": ("base64", folded(76, before=b"      "), from_base64),
    "over lines of a comment": ("base64", folded(64, before=b"# "), from_base64),
    "over lines in a string of JSON": ("base64", folded(64, end=b"\\n"), from_base64),
    "over literals of Python": ("base64", folded(60, b'    "', b'"'), from_base64),
    "over literals of Java": ("base64", folded(60, b'    "', b'" +'), from_base64),
    "over lines of a shell": ("base64", folded(60, b"", b"\\"), from_base64),
    "hexadecimal digits": ("hex", lambda text: text.hex().encode(), from_hex),
    "hexadecimal digits in upper case": ("hex", lambda text: text.hex().upper().encode(), from_hex),
    "percent signs": ("percent", in_url, unquote_to_bytes),
    "HTML": ("html", in_html, from_html),
    "HTML with numbers": ("html", lambda text: text.replace(b'"', b"&#34;").replace(b"@", b"&#64;"), from_html),
    "HTML with hexadecimal numbers": ("html", lambda text: text.replace(b'"', b"&#x22;"), from_html),
    "signs by number": ("escaped", numbered, from_string),
    "UTF-16": ("utf-16-le", lambda text: b"\x90" + text.decode().encode("utf-16-le"), from_wide),
    "UTF-16, the high byte first": ("utf-16-be", lambda text: b"\x90" + text.decode().encode("utf-16-be"), from_wide),
}
