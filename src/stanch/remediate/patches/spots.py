"""The place of a secret in a document of settings, and the changes that can be made there."""

from __future__ import annotations

import re
from collections.abc import Callable
from json import dumps
from typing import NamedTuple

from stanch.remediate.model import CannotPatch, Edit, Patch, Place, Reference
from stanch.remediate.patches import documents, layout
from stanch.remediate.patches.documents import Mapping, Node, Scalar, Sequence, Step

_PLAIN = re.compile(r"(?![\s\-?:,\[\]{}#&*!|>'\"%@`])(?:(?!:(?:\s|$)| #)[^\r\n])+(?<!\s)|-(?! )\S+")
_IN_FLOW = re.compile(r"[,\[\]{}]")
_RESERVED = re.compile(r"(?i)null|~|true|false|yes|no|on|off|[-+.\d][\d_.eE+:-]*|0x[\da-f]+")


class Spot(NamedTuple):
    """A secret in a scalar of YAML or JSON."""

    place: Place
    reference: Reference
    files: Callable[[str], bytes | None]
    roots: list[Node]
    steps: list[Step]
    """The collections around it, outermost first, each with the key in it that leads on."""
    scalar: Scalar
    is_json: bool

    @property
    def keys(self) -> list[str]:
        """The keys and numbers that lead to it."""
        return [key for _, key in self.steps]

    @property
    def path(self) -> str:
        """The same in words."""
        return ".".join(self.keys)

    @property
    def root(self) -> Mapping | Sequence:
        """The document's outermost collection."""
        return self.steps[0][0]

    @property
    def around(self) -> Mapping | Sequence:
        """The collection that it is directly in."""
        return self.steps[-1][0]

    @property
    def whole(self) -> bool:
        """Is the secret all of its scalar?"""
        if self.scalar.style not in ("|", ">"):
            return _inside(self.scalar) == (self.place.start, self.place.end)
        body = self.place.data[self.scalar.start : self.scalar.end].partition(b"\n")[2]
        return body.strip() == self.place.data[self.place.start : self.place.end].strip()

    @property
    def end(self) -> int:
        """Where its scalar ends, without the line end that a block has."""
        data = self.place.data[: self.scalar.end]
        return len(data.rstrip(b"\r\n")) if self.scalar.style in ("|", ">") else self.scalar.end

    def beside(self, key: str) -> str:
        """Return the text of a key beside it."""
        return self.around.text(key) if isinstance(self.around, Mapping) else ""

    def put(self, text: str, tag: str = "") -> list[Edit]:
        """Return the edits that write `text` for the secret, quoted as its scalar asks for; `tag` goes before that."""
        edits = written(self.place, self.scalar, text, is_json=self.is_json, flow=self.in_flow)
        if tag:
            edits.insert(0, self.insert(self.scalar.start, tag.encode() + b" "))
        return edits

    def replace(self, text: str) -> list[Edit]:
        """Return the edit that writes `text` for the whole scalar, as it stands."""
        return [Edit(self.place.path, self.scalar.start, self.end, text.encode())]

    def insert(self, at: int, text: bytes) -> Edit:
        """Return the edit that puts `text` before `data[at]`."""
        return Edit(self.place.path, at, at, text)

    @property
    def in_flow(self) -> bool:
        """Does it stand in braces or brackets?"""
        return self.around.flow

    def removed(self) -> list[Edit]:
        """Return the edit that takes away the entry, or the item, that it is the value of.

        Raises CannotPatch where more stands on that line.
        """
        data, path = self.place.data, self.place.path
        if not self.whole:
            raise CannotPatch(f"{self.path} holds more than the secret, and cannot be filled in")
        if isinstance(self.around, Mapping) and self.in_flow:
            return [Edit(path, *_entry(self.around, self.scalar), b"")]
        start, end = layout.line_start(data, self.scalar.start), layout.line_end(data, self.scalar.end - 1)
        rest = data[self.scalar.end : end].strip()
        if self.in_flow or (rest and not rest.startswith(b"#")):
            raise CannotPatch(f"{self.path} cannot be taken out by its line")
        key = data[start : self.scalar.start].strip()
        if key.startswith(b"- ") and isinstance(self.around, Mapping):
            raise CannotPatch(f"{self.path} is the first of an item's keys, and cannot be taken out by its line")
        return [Edit(path, start, end, b"")]

    def patch(self, edits: list[Edit], note: str, *left: str, complete: bool = True) -> Patch:
        """Return the patch with these edits."""
        return Patch(tuple(edits), note, complete, left)


def spot(place: Place, reference: Reference, files: Callable[[str], bytes | None], *, is_json: bool) -> Spot:
    """Return the spot of a place. Raises CannotPatch where it stands in no scalar, as in a comment or a key."""
    roots = documents.json(place.data) if is_json else documents.yaml(place.data)
    found = documents.find(roots, place.start, place.end)
    if found is None:
        raise CannotPatch("it is not a value of the file: it stands in a key, or over several values")
    steps, scalar = found
    if not steps:
        raise CannotPatch("the file holds nothing but this value")
    first, last = _inside(scalar)
    if not first <= place.start <= place.end <= last and scalar.style not in ("|", ">"):
        raise CannotPatch("it is not the text of a value")
    return Spot(place, reference, files, roots, steps, scalar, is_json)


def _entry(mapping: Mapping, scalar: Scalar) -> tuple[int, int]:
    """Return the span of an entry in braces, with the comma before or behind it."""
    number = next(at for at, (_, value) in enumerate(mapping.entries) if value == scalar)
    if number:
        return mapping.entries[number - 1][1].end, scalar.end
    if len(mapping.entries) > 1:
        return mapping.entries[0][0].start, mapping.entries[1][0].start
    return mapping.entries[0][0].start, scalar.end


def _inside(scalar: Scalar) -> tuple[int, int]:
    quote = scalar.style in ("'", '"')
    return scalar.start + quote, scalar.end - quote


def written(place: Place, scalar: Scalar, text: str, *, is_json: bool, flow: bool) -> list[Edit]:
    """Return the edits that write `text` for the secret in a scalar, and quote what was not where it must be."""
    if is_json and not scalar.style:
        return [Edit(place.path, scalar.start, scalar.end, dumps(text, ensure_ascii=False).encode())]
    if scalar.style == '"':
        text = dumps(text, ensure_ascii=False)[1:-1]
    elif scalar.style == "'":
        text = text.replace("'", "''")
    edit = Edit(place.path, place.start, place.end, text.encode())
    if scalar.style:
        return [edit]
    before, after = place.data[scalar.start : place.start].decode(), place.data[place.end : scalar.end].decode()
    if is_plain(before + text + after, flow=flow):
        return [edit]
    quote = next((one for one in "'\"" if one not in before + text + after), "")
    if not quote or (quote == '"' and "\\" in before + text + after) or "\n" in before + after:
        raise CannotPatch("the value would need quotes, and holds both kinds")
    mark = quote.encode()
    first, last = Edit(place.path, scalar.start, scalar.start, mark), Edit(place.path, scalar.end, scalar.end, mark)
    return [first, edit, last]


def is_plain(text: str, *, flow: bool = False) -> bool:
    """May a text stand in YAML without quotes, and mean a text?"""
    return bool(_PLAIN.fullmatch(text)) and not _RESERVED.fullmatch(text) and not (flow and _IN_FLOW.search(text))


def quoted(text: str) -> str:
    """Return a text as YAML takes it."""
    return text if is_plain(text) else "'" + text.replace("'", "''") + "'"


def added(path: str, data: bytes, mapping: Mapping, rows: list[str], *, is_json: bool) -> list[Edit]:
    """Return the edits that add an entry to a mapping, behind the others.

    `rows`: its lines, each indented by four blanks a level; of JSON and in braces it is one row.
    """
    if mapping.flow:
        return _in_braces(path, data, mapping, rows[0], is_json=is_json)
    newline = layout.newline(data)
    first = mapping.entries[0][0].start
    margin = b" " * (first - layout.line_start(data, first))
    unit = layout.indentation(data, b"  ")
    end = documents.last(mapping)
    at = end if data[end - 1 : end] == b"\n" else layout.line_end(data, end)
    before = b"" if data[at - 1 : at] == b"\n" else newline
    edits = [Edit(path, at, at, before)] if before else []
    for row in rows:
        bare = row.lstrip(" ")
        level = (len(row) - len(bare)) // 4
        edits.append(Edit(path, at, at, margin + unit * level + bare.encode() + (b"" if before else newline)))
    if before:
        edits = [*edits[:1], Edit(path, at, at, newline.join(edit.text for edit in edits[1:]))]
    return edits


def _in_braces(path: str, data: bytes, mapping: Mapping, row: str, *, is_json: bool) -> list[Edit]:
    text = row.encode()
    if not mapping.entries:
        return [Edit(path, mapping.start + 1, mapping.start + 1, text)]
    end = mapping.entries[-1][1].end
    key = mapping.entries[-1][0].start
    alone = is_json and not data[layout.line_start(data, key) : key].strip()
    separator = b"," + (layout.newline(data) + layout.margin(data, key) if alone else b" ")
    return [Edit(path, end, end, separator + text)]
