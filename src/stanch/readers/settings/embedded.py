"""What stands inside of the texts in a tree: lines of scripts and settings, and other formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module

from stanch import readers
from stanch.readers import Assignment, formats, lines
from stanch.readers.settings.entries import joined
from stanch.readers.settings.leaves import Leaf
from stanch.readers.settings.literals import Literal
from stanch.regexes import lazy

_TREES = ("stanch.readers.settings.json", "stanch.readers.settings.yaml")
_ASSIGNS = lazy(rb"[=:>(,]|--?\w")
_FIRST = 3
"""Among so many words the program stands: `CMD-SHELL`, `sudo`."""
_PROGRAM = lazy(rb"(?:/[\w./-]*/)?[a-z][a-z0-9_-]{2,24}(?:\.exe)?")
_OBJECT = lazy(rb"""(?s)\s*(?:\{\s*["'][^{}%]|\[\s*(?:["'{])).*[\]}]\s*""")


def read(leaf: Leaf, literal: Literal, *, deep: bool) -> Iterator[Assignment]:
    """Yield the assignments inside of a leaf's text. `deep`: those of another format, too, as its reader tells them."""
    value = literal.value
    if len(value) < 8:
        return
    found = _nested(leaf.key, value) if deep else None
    if found is None and not _ASSIGNS.search(value):
        return
    section = joined(leaf.section, leaf.name)
    for inner in _lines(value) if found is None else found:
        yield inner.at(literal.outer(inner.parts, len(inner.value)), joined(section, inner.section))


def _nested(key: bytes, value: bytes) -> Iterable[Assignment] | None:
    """Return what a text holds that is of another format, by its key or its braces; None when it is of none."""
    if _OBJECT.fullmatch(value):
        return _tree(_TREES[0], value)
    format = formats.by_path(key.decode("utf-8", "replace")) if b"." in key and b"\n" in value else None
    if format is None or format.code:
        return None
    if format.module in _TREES:
        return _tree(format.module, value)
    return readers.read(format, value)


def _tree(module: str, value: bytes) -> Iterable[Assignment]:
    from stanch.readers.settings import trees

    return trees.assignments(import_module(module).documents(value), deep=False)


def _lines(text: bytes) -> Iterator[Assignment]:
    if lines.is_pointed_at(text):
        from stanch.readers import commands  # which reads texts itself

        yield from commands.read(text)
    start = 0
    while start <= len(text):
        end = text.find(b"\n", start)
        end = end if end >= 0 else len(text)
        for assignment in lines.read(text[start:end]):
            yield assignment.moved(start) if start else assignment
        start = end + 1


def command(words: Sequence[Literal], section: bytes) -> Iterator[Assignment]:
    """Yield what the words of a command, given as a list, hold in the places of its program's credentials."""
    if not any(_PROGRAM.fullmatch(literal.value) for literal in words[:_FIRST]):
        return
    from stanch.readers.commands import usage  # which reads texts, and they trees
    from stanch.readers.commands.words import Command, Word

    run = Command()
    for literal in words:
        start, end = literal.pieces[0][1], literal.pieces[-1][2]
        run.words.append(Word([(literal.value, start, end, True)], start, end))
    yield from usage.given(run, b"", section)
