"""The code of a function that a template declares: it asks the store itself, and the template names the secret only."""

from __future__ import annotations

import posixpath
import re

from stanch.readers.code.nodes import walk
from stanch.remediate.model import CannotPatch, Edit, Patch, Place
from stanch.remediate.patches import deployment
from stanch.remediate.patches.code import javascript, lazily, parsed, python
from stanch.remediate.patches.code.reading import Source
from stanch.remediate.patches.documents import Mapping, Node, Scalar
from stanch.remediate.patches.references import pointer, source
from stanch.remediate.patches.spots import Spot
from stanch.runtimes import Runtime

_ENDINGS = {".py": "python", ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".ts": "typescript"}
_READS = {
    "python": r"""os\.environ\[["']NAME["']\]|os\.environ\.get\(["']NAME["']\)|os\.getenv\(["']NAME["']\)""",
    "javascript": r"""process\.env\.NAME|process\.env\[["']NAME["']\]""",
}
_NODES = frozenset(("subscript", "call", "member_expression", "subscript_expression"))
_ASKING = {
    "python": python.asking, "javascript": javascript.JAVASCRIPT.asking, "typescript": javascript.TYPESCRIPT.asking,
}  # fmt: skip
_TIGHT = frozenset(("member_expression", "subscript_expression", "call_expression"))


def patch(spot: Spot) -> Patch | None:
    """Return the patch that has a function's code ask the store, and puts the secret's name where the secret was.

    None where the code is not there, or reads the variable in a way or at a place that cannot wait for the store.
    """
    key = next((name for name, value in _entries(spot) if value == spot.scalar), None)
    found = _code(spot)
    if key is None or found is None:
        return None
    path, data, language = found
    try:
        edits = _asking(spot, path, data, language)
    except CannotPatch:
        return None  # the template is patched in another way then, and says what that leaves
    if not edits:
        return None
    name = pointer(spot.reference)
    edits = [Edit(spot.place.path, key.start, key.end, _like(key.style, name)), *spot.put(spot.reference.name), *edits]
    note = f"Has {path} read {source(spot.reference)} at run time, by the name that {name} now holds."
    return spot.patch(edits, note, *deployment.grant(spot.reference))


def _like(quote: str, name: str) -> bytes:
    return f"{quote}{name}{quote}".encode()


def _entries(spot: Spot) -> tuple[tuple[Scalar, Node], ...]:
    return spot.around.entries if isinstance(spot.around, Mapping) else ()


def _code(spot: Spot) -> tuple[str, bytes, str] | None:
    """Return the file of the function whose environment this is: its path, its content and its language."""
    folder = posixpath.dirname(spot.place.path)
    for around, _ in reversed(spot.steps):
        if not isinstance(around, Mapping):
            continue
        handler = around.text("Handler") or around.text("handler")
        if not handler:
            continue
        stem = posixpath.join(folder, around.text("CodeUri") or ".", deployment.handler(handler))
        for ending, language in _ENDINGS.items():
            path = posixpath.normpath(stem) + ending
            data = spot.files(path)
            if data is not None:
                return path, data, language
    return None


def _asking(spot: Spot, path: str, data: bytes, language: str) -> list[Edit]:
    """Return the edits of the code for each read of the variable. Raises CannotPatch where one cannot be replaced."""
    name = re.escape(spot.keys[-1])
    reads = re.compile(_READS["python" if language == "python" else "javascript"].replace("NAME", name).encode())
    if len(re.findall(rb"\b" + name.encode() + rb"\b", data)) != len(reads.findall(data)):
        raise CannotPatch("the code uses the variable in another way, too")
    root, edits = parsed(data, language), []
    for node in walk(root):
        if node.type not in _NODES or not reads.fullmatch(data, node.start_byte, node.end_byte):
            continue
        if language != "python" and not lazily.waits(node):
            raise CannotPatch("the code reads the variable where nothing can wait for the store")
        place = Place(path, data, node.start_byte, node.end_byte, b"", Runtime.AWS_LAMBDA)
        at = Source(place, spot.reference, root, language, Runtime.AWS_LAMBDA, spot.files)
        read = _ASKING[language](at, node)
        text = read.expression.text
        if node.parent is not None and node.parent.type in _TIGHT and not read.expression.primary:
            text = b"(" + text + b")"
        edits += [*read.edits, Edit(path, node.start_byte, node.end_byte, text)]
    return edits
