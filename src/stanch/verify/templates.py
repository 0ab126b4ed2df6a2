"""Templates in a rule's `[rules.verify]`: `{name}` stands for a value, `{name|filter}` for what a filter makes of it.

A literal brace is doubled. What a value must look like where it goes is the caller's to say, as a quoting.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote

from stanch.model import mask

SECRET = "secret"  # noqa: S105  # the name of a value
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[a-z0-9]+(?:-[a-z0-9]+)*")


class Hole(NamedTuple):
    """A place in a template where a value goes."""

    name: str
    filter: str = ""


class Missing(Exception):
    """No value of that name is known; the text is the name."""


class Unfit(Exception):
    """A value that cannot stand where it should go; the text says why, without it."""


Quoting = Callable[[bytes], str]
"""Makes text of a value as the place that it goes to demands. Raises Unfit where that cannot be."""


def text(value: bytes) -> str:
    """Return a value as the text that it is."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Unfit("it is no UTF-8 text") from None


def header(value: bytes) -> str:
    """Return a value for a header, where a line end or a control character would begin another one."""
    if not all(0x20 <= byte < 0x7F for byte in value):
        raise Unfit("it cannot stand in a header")
    return value.decode("ascii")


def path(value: bytes) -> str:
    """Return a value for one segment of a URL's path (RFC 3986, section 3.3)."""
    if value in (b"", b".", b".."):
        raise Unfit("it cannot stand in a path")
    return quote(value, safe="-._~!$&'()*+,;=:@")


def query(value: bytes) -> str:
    """Return a value for a URL's query, or a form."""
    return quote(value, safe="")


_LABELS = re.compile(rb"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


def host(value: bytes) -> str:
    """Return a value for a host's name: labels alone, so that it ends neither the name nor the scheme before it."""
    if not _LABELS.fullmatch(value):
        raise Unfit("it cannot stand in a host's name")
    return value.decode("ascii").lower()


def _segments(value: bytes) -> str:
    return "/".join(map(path, value.split(b"/")))


FILTERS: dict[str, Callable[[bytes, Quoting], str]] = {
    "": lambda value, quoting: quoting(value),
    "base64": lambda value, quoting: quoting(base64.b64encode(value)),
    "path": lambda value, _: _segments(value),
}
"""What a filter makes of a value, given the quoting of the place: `path` keeps the slashes of several segments."""


def parsed(template: str) -> Iterator[str | Hole]:
    """Yield the literal texts and the holes of a template. Raises ValueError, which says what is wrong."""
    at = 0
    for found in _TOKEN.finditer(template):
        if found.start() > at:
            yield template[at : found.start()]
        at = found.end()
        if found[0] in ("{{", "}}"):
            yield found[0][0]
        elif found[1] is None:
            raise ValueError(f"a lone {found[0]} in {template!r}; a literal brace is doubled")
        else:
            yield _hole(found[1])
    if at < len(template):
        yield template[at:]


def _hole(inside: str) -> Hole:
    name, bar, filter = inside.partition("|")
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{{{inside}}}: neither secret, nor a group's name, nor a rule's id; a literal brace is doubled"
        )
    if bar and (not filter or filter not in FILTERS):
        raise ValueError(f"{{{inside}}}: no such filter; there are {', '.join(name for name in FILTERS if name)}")
    return Hole(name, filter)


def holes(template: str) -> Iterator[Hole]:
    """Yield the holes of a template. Raises ValueError."""
    return (part for part in parsed(template) if isinstance(part, Hole))


def filled(template: str, values: Mapping[str, bytes], quoting: Quoting, *, whole: bool = False) -> str:
    """Return a template with values in its holes; `whole` says that its own text is quoted too.

    Raises Missing and Unfit.
    """
    return "".join(
        FILTERS[part.filter](_value(part.name, values), quoting)
        if isinstance(part, Hole)
        else quoting(part.encode())
        if whole
        else part
        for part in parsed(template)
    )


def masked(template: str, values: Mapping[str, bytes]) -> str:
    """Return a template as it may be shown: with masked values. What a filter made is not shown at all."""
    return "".join(
        part if isinstance(part, str) else "…" if part.filter else mask(_value(part.name, values))
        for part in parsed(template)
    )


def _value(name: str, values: Mapping[str, bytes]) -> bytes:
    if name not in values:
        raise Missing(name)
    return values[name]
