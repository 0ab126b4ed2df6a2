"""Languages whose grammar is not among the dependencies: a literal in plain quotes on one line gives way to a read."""

from __future__ import annotations

import re
from typing import NamedTuple

from stanch.remediate.model import CannotPatch, Edit, Patch, Place, Reference
from stanch.remediate.patches import layout
from stanch.remediate.patches.references import provide
from stanch.remediate.patches.settings import notes


class Language(NamedTuple):
    """How a language reads its environment."""

    read: str
    join: str = ""
    """What joins texts; nothing: only whole literals give way."""
    comment: str = "//"


_LANGUAGES = {
    "groovy gradle": Language('System.getenv("NAME")', " + "),
    "scala sc sbt": Language('sys.env("NAME")', " + "),
    "pl pm": Language("$ENV{NAME}", " . ", "#"),
    "lua": Language('os.getenv("NAME")', " .. ", "--"),
    "ex exs": Language('System.fetch_env!("NAME")', " <> ", "#"),
    "vb": Language('Environment.GetEnvironmentVariable("NAME")', " & ", "'"),
    "r": Language('Sys.getenv("NAME")', "", "#"),
    "jl": Language('ENV["NAME"]', " * ", "#"),
    "swift": Language('ProcessInfo.processInfo.environment["NAME"]!', " + "),
    "dart": Language("Platform.environment['NAME']!", " + "),
    "clj cljs cljc": Language('(System/getenv "NAME")', "", ";"),
}
"""By the endings of their files' names."""
_LITERAL = re.compile(rb"""(?P<quote>["'])(?:\\.|(?!(?P=quote))[^\\\r\n])*(?P=quote)""")
_DECLARED = re.compile(rb"(?:private |public |internal )*const |case |@\w+\(")


def language(path: str) -> Language | None:
    """Return the language of a file by its name; None where it is none of these."""
    ending = path.rpartition(".")[2].lower()
    return next((found for endings, found in _LANGUAGES.items() if ending in endings.split()), None)


def patch(place: Place, reference: Reference, found: Language) -> Patch:
    """Return the patch of a literal; of a comment a placeholder. Raises CannotPatch where it is neither."""
    data = place.data
    start, end = layout.line_start(data, place.start), layout.line_end(data, place.end)
    line = data[start:end].lstrip()
    if line.startswith(found.comment.encode()):
        return notes.patch(place, reference, lambda _path: None)
    if _DECLARED.match(line.lower()):
        raise CannotPatch("a constant is declared there, which the language does not let the environment be")
    literal = next((at for at in _LITERAL.finditer(data, start, end) if at.start() < place.start < at.end()), None)
    if literal is None or place.end >= literal.end():
        raise CannotPatch("it is not the text of a literal on one line")
    quote, text = literal["quote"].decode(), found.read.replace("NAME", reference.env)
    before, after = place.start - literal.start() > 1, literal.end() - place.end > 1
    if (before or after) and not found.join:
        raise CannotPatch("it is a part of a literal, and the language joins texts by a function only")
    text = (quote + found.join) * before + text + (found.join + quote) * after
    first, last = place.start if before else literal.start(), place.end if after else literal.end()
    edit = Edit(place.path, first, last, text.encode())
    note = f"Reads the environment variable {reference.env}."
    return Patch((edit,), note, reference.store in ("none", "github-actions"), (provide(reference),))
