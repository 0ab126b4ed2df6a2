"""Dockerfiles and Containerfiles: ENV in both forms, defaults of ARG, and the commands of RUN, CMD and ENTRYPOINT.

https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from stanch.readers import Assignment, commands
from stanch.readers.commands.shell import LONGEST_DOCUMENT, MOST_LOST
from stanch.readers.commands.shell import commands as split
from stanch.readers.commands.words import Command, cut, literal, unquoted
from stanch.regexes import lazy

_INSTRUCTION = lazy(
    rb"(?im)^[ \t]*(?:ONBUILD[ \t]+)?(?P<name>ENV|ARG|RUN|CMD|ENTRYPOINT|HEALTHCHECK|SHELL)[ \t]+(?=\S)"
)
_PAIR = lazy(rb"[\w.-]+=")
_OLD_FORM = lazy(rb"(?P<name>[A-Za-z_][\w.-]*)[ \t]+(?P<value>[^\r\n]*[^\s])")
_FILLED = lazy(rb"\$\{[^{}\r\n]{1,200}\}|\$\w+")
_EXEC = lazy(rb"(?:--\S+[ \t]+)*(?:CMD[ \t]+)?\[")
_FLAGS = lazy(rb"(?:--\S+[ \t]+)*(?:CMD[ \t]+)?")
_STRING = lazy(rb'"((?:[^"\\]|\\.){0,8192})"')
_DOCUMENT = lazy(rb"<<-?[\"']?([A-Za-z_]\w*)[\"']?")


def read(data: bytes) -> Iterator[Assignment]:
    """Yield what an image's variables are and its commands are given. Labels are not read: they are public."""
    at = lost = 0
    for found in _INSTRUCTION.finditer(data):
        if found.start() < at:
            continue  # in a heredoc, or a continued line
        at, start = _end(data, found.end()), found.end()
        if lost < MOST_LOST:
            behind = _documents_end(data, start, at)
            at, lost = behind or at, lost + (behind is None)
        name = found["name"].upper()
        if name == b"ENV" and not _PAIR.match(data, start):
            yield from _old_form(data, start, at)
        elif name in (b"ENV", b"ARG"):
            for item in split(data, start, at):
                for word in item.words if isinstance(item, Command) else ():
                    equals = word.mask.find(b"=")
                    if equals > 0:
                        yield from cut(word, word.value[:equals], equals + 1)
        else:
            yield from _run(data, found.start("name"), start, at)


def _end(data: bytes, start: int) -> int:
    """Return where an instruction ends that goes on at `start`: behind its last continued line.

    Comments between continued lines do not end it.
    """
    at, continued = start, True
    while continued and at < len(data):
        line, at = at, data.find(b"\n", at + 1)
        at = at if at >= 0 else len(data)
        text = data[line:at].strip()
        continued = text.endswith((b"\\", b"`")) or (line > start and text[:1] == b"#")
    return at


def _documents_end(data: bytes, start: int, at: int) -> int | None:
    """Return where the heredocs end that `data[start:at]` opens, or None when one does not."""
    for found in islice(_DOCUMENT.finditer(data, start, at), 10):
        line = at + 1
        while data[line : (stop := _line_end(data, line))].strip() != found[1]:
            line = stop + 1
            if line >= min(len(data), at + LONGEST_DOCUMENT):
                return None
        at = stop
    return at


def _line_end(data: bytes, start: int) -> int:
    end = data.find(b"\n", start)
    return end if end >= 0 else len(data)


def _old_form(data: bytes, start: int, end: int) -> Iterator[Assignment]:
    """Yield what `ENV NAME value` says: the value goes to the end of the line."""
    found = _OLD_FORM.match(data, start, end)
    if found:
        yield from cut(literal(data, *unquoted(data, *found.span("value")), filled=_FILLED), found["name"])


def _run(data: bytes, name: int, start: int, end: int) -> Iterator[Assignment]:
    """Yield what a command is given, in the form of a shell or as a list in JSON."""
    listed = _EXEC.match(data, start, end)
    if listed is None:
        flags = _FLAGS.match(data, start, end)
        begin = flags.end() if flags else start
        if data.startswith(b"<<", begin):
            begin = name  # a document needs a command that is given it
        yield from commands.scripted(data, begin, end)
        return
    command = Command()
    command.words = [
        literal(data, *found.span(1), filled=_FILLED) for found in _STRING.finditer(data, listed.end(), end)
    ]
    yield from commands.meant(command, data)
