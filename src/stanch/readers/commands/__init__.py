"""Scripts of POSIX shells, bash, zsh and fish, and commands wherever else they stand: what they are told by name,
and by the place of a program's option (`programs`).

`read(data)` is for a whole script or for what another format has of one, such as the text of a step in CI: hand it the
script's bytes and move what it yields; `lines=True` for text whose lines have nothing to do with each other.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from stanch import readers
from stanch.readers import Assignment, formats
from stanch.readers.commands import expect, usage
from stanch.readers.commands.arguments import CREDENTIAL, option, pair
from stanch.readers.commands.shell import commands
from stanch.readers.commands.words import Command, Word, cut, within
from stanch.regexes import lazy

DEEPEST = 3
"""How many scripts may stand in each other: `ssh host "sudo sh -c '…'"`."""
_LONGEST = 65_536

_NAMED = lazy(rb"(?:(?P<dashes>--?|/)(?:[DP](?=[a-zA-Z][\w-]*\.)|X:)?)?(?P<name>[A-Za-z_/$][\w.:/\[\]@$-]{0,120})\+?=.")
_OPTION = lazy(rb"(?:--|-(?=\w[\w-]))(?P<name>[A-Za-z][\w.-]{1,60})\Z")
_SLASHED = lazy(rb"[/-](?P<name>[A-Za-z]\w{1,40}):(?!//)(?=[^\x00])")
_SETS = frozenset((b"set", b"setenv"))
_INTERPRETERS = frozenset(
    b"bash sh zsh dash ash ksh mksh fish su ssh eval watch runuser vagrant script wsl busybox sudo alias gcloud fly"
    b" flyctl plink timeout nohup parallel run cmd healthcheck entrypoint".split()
)
"""A word of theirs that has a blank is a command."""
_SCRIPTS = frozenset(["commands", "dockerfile", "makefile", "powershell", "batch", "markdown", "pipelines"])
"""Formats whose readers come back here: of what is written to a file only a shell's script is read, so deep."""


def read(data: bytes, *, lines: bool = False) -> Iterator[Assignment]:
    """Yield what the commands of a script are given.

    With `lines` each line is a script of its own, apart from those that end in a backslash: a quote that does not
    close on it is a character.
    """
    told: set[tuple[int, int]] = set()
    spans = _separate(data) if lines else ((0, len(data)),)
    for start, end in spans:
        for found in scripted(data, start, end):
            if found.parts[0] not in told:
                told.add(found.parts[0])
                yield found


def _separate(data: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(data):
        end = line_end(data, at)
        yield at, end
        at = end + 1


def line_end(data: bytes, start: int) -> int:
    """Return where the line of `start` ends, with those that a backslash continues it with."""
    end = data.find(b"\n", start)
    while end > 0 and data[max(start, end - 2) : end].rstrip(b"\r").endswith(b"\\"):
        end = data.find(b"\n", end + 1)
    return end if end >= 0 else len(data)


def scripted(data: bytes, start: int, end: int, depth: int = 0) -> Iterator[Assignment]:
    """Yield what the commands in `data[start:end]` are given, the surer ones first; one span may be told twice."""
    for item in commands(data, start, end):
        if isinstance(item, Assignment):
            yield item
        else:
            yield from meant(item, data, depth)


def meant(command: Command, data: bytes, depth: int = 0) -> Iterator[Assignment]:
    """Yield what one command of `data` is given; `depth` is how many scripts it stands in."""
    words = command.words
    section = usage.section(words)
    flags: set[int] = set()
    placed = list(usage.given(command, data, section, flags))
    yield from placed
    spans = sorted(span for found in placed for span in found.parts)
    for found in _by_name(words, section, flags):
        if not placed or not _overlaps(found, spans):
            yield found
    if command.targets or command.documents:
        yield from _written(command, data, depth)
    if depth < DEEPEST and (len(words) > 1 or command.documents):
        yield from _inner(command, data, depth)


def _overlaps(found: Assignment, spans: list[tuple[int, int]]) -> bool:
    number = bisect_left(spans, (found.parts[-1][1],)) - 1
    return number >= 0 and spans[number][1] > found.parts[0][0]


def _by_name(words: list[Word], section: bytes, flags: set[int]) -> Iterator[Assignment]:
    """Yield what stands beside a name of its own: `NAME=value`, `--name value`, `/name:value`, `set NAME value`."""
    for number, word in enumerate(words if section != b"alias" else ()):
        mask = word.mask
        found = _NAMED.match(mask) if b"=" in mask else None
        if found:
            start = found.start("name")
            yield from (option if found["dashes"] else pair)(word, start, section if number else b"")
            continue
        if mask[:1] not in (b"-", b"/"):
            continue
        found = _OPTION.match(mask)
        if found and number + 1 < len(words) and CREDENTIAL.search(found["name"]):
            value = words[number + 1]
            if value.mask[:1] != b"-" and word.start not in flags:
                yield from cut(value, found["name"], section=section)
            continue
        found = _SLASHED.match(mask)
        if found and CREDENTIAL.search(found["name"]):
            yield from cut(word, found["name"], found.end(), section=section)
    if len(words) > 2 and words[0].value in _SETS:
        rest = [word for word in words[1:] if word.mask[:1] != b"-"]
        if len(rest) == 2:
            yield from cut(rest[1], rest[0].value)


def _inner(command: Command, data: bytes, depth: int) -> Iterator[Assignment]:
    """Yield what is said in the scripts that a command is given to run."""
    called = [usage.program(word.value) for word in command.words]
    if b"expect" in called:
        yield from _read_in(command, data, expect.read)
    elif not _INTERPRETERS.isdisjoint(called):
        for word in command.words[1:]:
            if b" " in word.value and len(word.value) < _LONGEST:
                start = word.mask.find(b"=") + 1 if called[0] == b"alias" else 0
                for found in scripted(word.value, start, len(word.value), depth + 1):
                    yield from within(word, found)
        for start, end in command.documents:
            yield from scripted(data, start, end, depth + 1)


def _read_in(command: Command, data: bytes, read: Callable[[bytes], Iterable[Assignment]]) -> Iterator[Assignment]:
    """Yield what a reader finds in a command's words and in its heredocs."""
    for word in command.words[1:]:
        if b" " in word.value:
            for found in read(word.value):
                yield from within(word, found)
    for start, end in command.documents:
        for found in read(data[start:end]):
            yield found.moved(start)


def _written(command: Command, data: bytes, depth: int) -> Iterator[Assignment]:
    """Yield what is said in a file that a command writes, as that file's own reader understands it."""
    targets = command.targets or [word for word in command.words[1:] if word.mask[:1] != b"-"]
    for target in targets:
        format = formats.by_path(target.value.decode("utf-8", "replace"))
        if format is None or format.code:
            continue
        if format.name in _SCRIPTS:
            for start, end in command.documents if format.name == "commands" and depth < DEEPEST else ():
                yield from scripted(data, start, end, depth + 1)
            continue
        yield from _read_in(command, data, partial(readers.read, format))
