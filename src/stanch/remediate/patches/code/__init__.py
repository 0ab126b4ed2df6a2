"""Patches of source code: the literal becomes a read of the environment, or of the store where that is better."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from stanch.readers.code.languages import GRAMMARS
from stanch.remediate.model import CannotPatch, Edit, Patch, Place, Reference
from stanch.remediate.patches import deployment
from stanch.remediate.patches.code import csharp, go, java, javascript, python, scripts
from stanch.remediate.patches.code.literals import Writing, around, cut
from stanch.remediate.patches.code.reading import Reading, Source
from stanch.remediate.patches.references import source

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

Files = Callable[[str], bytes | None]


class Language(Protocol):
    """What a module of this package knows of its language."""

    @property
    def WRITING(self) -> Writing:
        """How it writes literals."""

    def reading(self, at: Source, literal: Node) -> Reading:
        """Return what takes the place of a secret in `literal`, and what else must change for it.

        Raises CannotPatch where nothing can be read at that place.
        """


LANGUAGES: dict[str, Language] = {
    "javascript": javascript.JAVASCRIPT,
    "typescript": javascript.TYPESCRIPT,
    "tsx": javascript.TYPESCRIPT,
    "python": python.PYTHON,
    "java": java.JAVA,
    "go": go.GO,
    "c-sharp": csharp.CSHARP,
    "kotlin": scripts.KOTLIN,
    "ruby": scripts.RUBY,
    "php": scripts.PHP,
}


def patch(place: Place, reference: Reference, language: str, files: Files) -> Patch:
    """Return the patch of a literal in source code. Raises CannotPatch with the reason where there is none."""
    root = parsed(place.data, language)
    node = root.descendant_for_byte_range(place.start, place.end)
    if node is not None and _is_said(node):
        return redacted(place, reference)
    known = LANGUAGES[language]
    first, last = around(root, place, known.WRITING)
    platform = deployment.platform(place, files)
    reading = known.reading(Source(place, reference, root, language, platform, files), first)
    edits = [*reading.edits, *(cut(place, first, last, reading.expression, known.WRITING) if reading.cuts else ())]
    made = deployment.settings(place, reference, files, reading.kind, platform)
    return Patch(
        (*edits, *made.edits),
        f"{reading.note}{made.note}.",
        reading.complete and made.complete,
        (*reading.left, *made.left),
    )


def redacted(place: Place, reference: Reference) -> Patch:
    """Return the patch of text that nothing reads, as a comment: a placeholder takes the secret's place."""
    edit = Edit(place.path, place.start, place.end, b"<" + reference.env.encode() + b">")
    note = f"Writes <{reference.env}> instead, since only people read this; it is in {source(reference)}."
    return Patch((edit,), note, True, ())


def _is_said(node: Node) -> bool:
    """Is it a comment, or a literal that is a statement of its own, as a docstring is?"""
    at: Node | None = node
    while at is not None:
        if "comment" in at.type:
            return True
        parent = at.parent
        if at.type == "string" and parent is not None and parent.type == "expression_statement":
            return parent.named_child_count == 1
        at = parent
    return False


@cache
def _parser(language: str) -> Parser:
    from tree_sitter import Language as Grammar
    from tree_sitter import Parser

    found = GRAMMARS[language]
    return Parser(Grammar(getattr(import_module(found.package), found.entry)()))


def parsed(data: bytes, language: str) -> Node:
    """Return the root of a file's syntax tree."""
    return _parser(language).parse(data).root_node


def faults(data: bytes, language: str) -> int:
    """Return how many nodes of a file could not be read."""
    waiting, count = [parsed(data, language)], 0
    while waiting:
        node = waiting.pop()
        count += node.is_error or node.is_missing
        if node.has_error:
            waiting.extend(node.children)
    return count


def check(before: bytes, after: bytes, language: str) -> None:
    """Raise CannotPatch when a patch left more that cannot be read than there was."""
    if faults(after, language) > faults(before, language):
        raise CannotPatch("the file could not be read any more afterwards")
