"""What a patched file must still be: readable by whoever reads its format, as well as before."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from xml.parsers import expat

from stanch.remediate.model import CannotPatch, Edit
from stanch.remediate.patches import documents


def edited(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Return a file's bytes after edits, of which the same one counts once. Raises CannotPatch where two overlap."""
    parts, at = [], 0
    for edit in sorted(dict.fromkeys(edits), key=lambda edit: (edit.start, edit.end)):
        if not at <= edit.start <= edit.end <= len(data):
            raise CannotPatch("what would have to be changed overlaps")
        parts += [data[at : edit.start], edit.text]
        at = edit.end
    return b"".join([*parts, data[at:]])


def _yaml(data: bytes) -> None:
    documents.yaml(data)


def _json(data: bytes) -> None:
    documents.json(data)


def _toml(data: bytes) -> None:
    tomllib.loads(data.decode("utf-8-sig"))


def _xml(data: bytes) -> None:
    expat.ParserCreate().Parse(data, True)


_PAIRS = {b"}": b"{", b"]": b"[", b")": b"("}
_HCL = re.compile(rb"""(?xs) (?:\#|//)[^\n]* | /\*.*?\*/ | <<[-~]?(\w+)\r?\n.*?^[ \t]*\1[ \t]*$
    | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | (?P<lone>") | [{}\[\]()]""", re.MULTILINE)  # fmt: skip


def _hcl(data: bytes) -> None:
    """Raise ValueError where a bracket or a quote has no other; no parser of HCL is among the dependencies."""
    stack: list[bytes] = []
    for token in _HCL.finditer(data):
        if token["lone"]:
            raise ValueError("a quote is not closed")
        if token[0] in _PAIRS.values():
            stack.append(token[0])
        elif token[0] in _PAIRS and (not stack or stack.pop() != _PAIRS[token[0]]):
            raise ValueError("a bracket is closed that is not open")
    if stack:
        raise ValueError("a bracket is not closed")


_READERS: dict[str, Callable[[bytes], None]] = {
    "yaml": _yaml, "json": _json, "toml": _toml, "xml": _xml, "hcl": _hcl, "bicep": _hcl,
}  # fmt: skip


def settings(before: bytes, after: bytes, format: str) -> None:
    """Raise CannotPatch when a file can be read no more that could be read before."""
    read = _READERS.get(format)
    if read is None or _refuses(read, before):
        return
    why = _refuses(read, after)
    if why:
        raise CannotPatch(f"the file could not be read any more afterwards: {why}")


def _refuses(read: Callable[[bytes], None], data: bytes) -> str | None:
    try:
        read(data)
    except (CannotPatch, ValueError, expat.ExpatError) as error:
        return type(error).__name__ if isinstance(error, ValueError) else str(error)
    return None
