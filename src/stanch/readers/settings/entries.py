"""What the readers of configuration formats yield of a name and a value that they have found.

A value may be a text with assignments of its own, as a command or a connection string is. Since a reader's word on a
span replaces the line's, those are told too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stanch.readers import Assignment, lines
from stanch.regexes import lazy

SHORTEST = 4
"""Bytes of a value that is worth telling."""
Span = tuple[int, int]
_HOLDS = lazy(rb"[=:>( ]")
_LINE = lazy(rb"[^\r\n]+")
_SCRIPT = lazy(rb"\s*#!/")
_COMMAND = lazy(rb"(?i)(?:.*[_.-])?(?:exec\w*|command|cmd|run|script|shell|entrypoint|helper|hook|alias)")
"""Names of what a shell runs."""
_GROUP = lazy(
    rb"(?i)(?:[\w.-]*[_.-])?(?:passwords|secrets|tokens|(?:api|access)[_-]?keys)|[a-z]+(?-i:Passwords|Secrets|Tokens)"
)
_SHORTEST_PAIR = 9
_ESCAPE = lazy(
    rb"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|(\r?\n[ \t]*)|(.))", re.S
)
_MEANT = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"f": b"\f", b"b": b"\b"}
_DEFAULT = lazy(rb"\$\{(?:\w[\w.-]*:-|(?:[A-Z][A-Z0-9_]*|\w+(?:[.-]\w+)+):)([^${}?][^${}]{3,})\}")
"""What stands for a variable that is not set: in a shell's `${X:-value}`, in Spring's `${some.key:value}`."""
_VAGUE = frozenset(b"key keys id value val string str code phrase access hash text default literal".split())


def leaf(
    data: bytes,
    name: bytes,
    value: bytes,
    *parts: Span,
    section: bytes = b"",
    quoted: bool = True,
    dynamic: bool = False,
    sure: bool = False,
) -> Iterator[Assignment]:
    """Yield the assignment of `value`, which stands at `parts` of `data`, and those that stand in it."""
    if len(value) < SHORTEST or not value.strip():
        return
    whole = Assignment(name, value, parts, quoted, dynamic, section, sure)
    default = _DEFAULT.fullmatch(value)
    if default:
        yield _part(data, whole, Assignment(name, default[1], (default.span(1),), quoted, False, section, sure))
        return
    yield whole
    if len(value) >= _SHORTEST_PAIR and _HOLDS.search(value):
        yield from _inside(data, whole, joined(section, name))


def text(data: bytes, start: int, end: int, section: bytes = b"", *, script: bool = False) -> Iterator[Assignment]:
    """Yield what stands in `data[start:end]`: a shell's script, or lines of anything."""
    if script or _SCRIPT.match(data, start, end):
        from stanch.readers import commands  # it asks for other formats, so that it cannot be imported before them

        told = list(commands.read(data[start:end]))
        yield from (_within(found.moved(start), section) for found in told)
        if told:
            return
    for line in _LINE.finditer(data, start, end):
        for found in lines.read(line[0]):
            yield _within(found.moved(line.start()), section)


def _within(found: Assignment, section: bytes) -> Assignment:
    return found.at(found.parts, joined(section, found.section))


def member(group: bytes, name: bytes) -> bytes:
    """Return the name of what stands under `name` in a group, which tells what it is when that is of credentials.

    >>> member(b"api_keys", b"partner"), member(b"database", b"host")
    (b'api_keys.partner', b'host')
    """
    return group + b"." + name if is_group(group) else name


def is_group(key: bytes) -> bool:
    """Is it the key of what has a credential under each name?"""
    return bool(key) and _GROUP.fullmatch(key) is not None


def joined(*names: bytes) -> bytes:
    """Return a section: names, outermost first, with blanks between.

    >>> joined(b"", b"resource", b"main")
    b'resource main'
    """
    return b" ".join(name for name in names if name)


def qualified(dotted: bytes) -> tuple[bytes, bytes]:
    """Return the name that a dotted key ends with, and the section before it. What is vague takes more with it.

    >>> qualified(b"spring.datasource.password"), qualified(b"aws.secret.access.key"), qualified(b"api-key")
    ((b'password', b'spring datasource'), (b'secret.access.key', b'aws'), (b'api-key', b''))
    """
    keys = dotted.split(b".")
    first = len(keys) - 1
    while first > 0 and keys[first].lower() in _VAGUE:
        first -= 1
    return b".".join(keys[first:]), joined(*keys[:first])


def unescaped(written: bytes) -> bytes:
    r"""Return a literal's value: `\n`, `\"`, `\u0041`, `\u{41}`; an escape that nobody knows means its character.

    >>> unescaped(rb"a\u0042\"\\")
    b'aB"\\'
    """
    return _ESCAPE.sub(_meant, written) if b"\\" in written else written


def _meant(found: re.Match[bytes]) -> bytes:
    code = found[1] or found[2] or found[3] or found[4]
    if code is None:
        return b"" if found[5] else _MEANT.get(found[6], found[6])
    number = int(code, 16)
    return chr(number).encode("utf-8", "replace") if number <= 0x10FFFF else found[0]


def _inside(data: bytes, whole: Assignment, section: bytes) -> Iterator[Assignment]:
    script = _COMMAND.fullmatch(whole.name) is not None
    for found in text(whole.value, 0, len(whole.value), section, script=script):
        yield _part(data, whole, found)


def _part(data: bytes, whole: Assignment, found: Assignment) -> Assignment:
    """Return for `data` what was found in the value of `whole`."""
    start, end = whole.parts[0][0], whole.parts[-1][1]
    if sum(last - first for first, last in whole.parts) == len(whole.value):
        parts: tuple[Span, ...] = (whole.span(found.parts[0][0], found.parts[-1][1]),)
    else:
        at = data.find(found.value, start, end)  # which fails where it is written with escapes
        parts = ((at, at + len(found.value)),) if at >= 0 else ((start, end), (end, end))
    return found.at(parts, found.section)
