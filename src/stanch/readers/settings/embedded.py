"""What stands inside of the texts in a tree: lines of scripts and settings, and other formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module

from stanch import pointers, readers
from stanch.readers import Assignment, formats, lines
from stanch.readers.settings.entries import joined
from stanch.readers.settings.leaves import Leaf
from stanch.readers.settings.literals import Literal
from stanch.regexes import lazy

_TREES = ("stanch.readers.settings.json", "stanch.readers.settings.yaml")
_ASSIGNS = lazy(rb"[=:>(,]|--?\w")
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
    if pointers.LINE.search(text):
        from stanch.readers import commands  # which reads texts itself

        yield from commands.read(text)
    start = 0
    while start <= len(text):
        end = text.find(b"\n", start)
        end = end if end >= 0 else len(text)
        for assignment in lines.read(text[start:end]):
            yield assignment.moved(start) if start else assignment
        start = end + 1
