"""A plan as a unified diff that `git apply` takes: git's own form, whatever the files' bytes and paths are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from stanch.remediate import own
from stanch.remediate.model import Edit, Plan
from stanch.remediate.pieces import Pieces

CONTEXT = 3
"""Lines around a change."""


class FileDiff(NamedTuple):
    """What becomes of one file, as lines with their ends."""

    path: str
    made: bool
    hunks: tuple[tuple[bytes, ...], ...]
    """Each begins with its `@@` line."""


def diffs(plan: Plan) -> list[FileDiff]:
    """Return what all moves together make of each file."""
    texts: dict[str, Pieces] = {}
    made: set[str] = set()
    for change in (change for move in plan.moves for change in move.changes):
        if change.path not in texts:
            texts[change.path] = Pieces(change.path, change.before or b"")
            made.update([change.path] if change.before is None else [])
        texts[change.path].edit(change.edits)
    return [FileDiff(path, path in made, tuple(_hunks(text))) for path, text in texts.items() if text.edits()]


def write(plan: Plan) -> bytes:
    """Return the diff of all files. It holds the secrets, in the lines that it takes out."""
    files = [header(file) + b"".join(b"".join(hunk) for hunk in file.hunks) for file in diffs(plan)]
    return b"".join([own.PATCH, *files]) if files else b""


def header(file: FileDiff) -> bytes:
    """Return what stands before the hunks of a file."""
    old, new = _quoted("a/", file.path), _quoted("b/", file.path)
    mode = b"new file mode 100644\n" if file.made else b""
    before = b"/dev/null" if file.made else old
    return b"diff --git %b %b\n%b--- %b\n+++ %b\n" % (old, new, mode, before + _tab(file.path), new + _tab(file.path))


def _tab(path: str) -> bytes:
    """git ends a name with a blank in it by a tab."""
    return b"\t" if " " in path else b""


def _quoted(prefix: str, path: str) -> bytes:
    """Return a name as git writes it: in quotes, with octal escapes, where it has more than plain characters."""
    name = f"{prefix}{path}".encode("utf-8", "surrogateescape")
    if all(0x20 <= byte < 0x7F and byte not in b'"\\' for byte in name):
        return name
    return b'"%b"' % b"".join(
        b"\\%c" % byte if byte in b'"\\' else b"%c" % byte if 0x20 <= byte < 0x7F else b"\\%03o" % byte for byte in name
    )


class _Region(NamedTuple):
    """Whole lines that change: their numbers in the original, from 0, and what they become."""

    first: int
    last: int
    new: list[bytes]


def _hunks(text: Pieces) -> Iterator[tuple[bytes, ...]]:
    lines = _lines(text.original)
    groups: list[list[_Region]] = []
    for region in _regions(text, lines):
        if groups and region.first - groups[-1][-1].last <= 2 * CONTEXT:
            groups[-1].append(region)
        else:
            groups.append([region])
    shift = 0
    for group in groups:
        first, last = max(group[0].first - CONTEXT, 0), min(group[-1].last + CONTEXT, len(lines))
        body: list[bytes] = []
        at, grown = first, 0
        for region in group:
            body += [b" " + line for line in lines[at : region.first]]
            body += [b"-" + line for line in lines[region.first : region.last]]
            body += [b"+" + line for line in region.new]
            grown += len(region.new) - (region.last - region.first)
            at = region.last
        body += [b" " + line for line in lines[at:last]]
        old, new = last - first, last - first + grown
        head = b"@@ -%b +%b @@\n" % (_range(first, old), _range(first + shift, new))
        shift += grown
        yield (head, *(line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in body))


def _range(first: int, count: int) -> bytes:
    """Return a range of lines as a hunk's head has it: one of none names the line before it."""
    return b"%d,%d" % (first + 1 if count else first, count)


def _lines(data: bytes) -> list[bytes]:
    """Return the lines of `data` with their ends, which are line feeds alone."""
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _regions(text: Pieces, lines: list[bytes]) -> Iterator[_Region]:
    """Yield the whole lines that the edits change, those of edits to the same line together."""
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    spans: list[tuple[int, int, list[Edit]]] = []
    for edit in text.edits():
        first = _line(starts, lines, edit.start)
        whole = edit.text.endswith(b"\n") or (not edit.text and edit.start == starts[first])
        last = _line(starts, lines, edit.end)
        last += 0 if edit.end == starts[last] and whole else 1
        last = min(last, len(lines))
        if spans and first < spans[-1][1]:
            before = spans.pop()
            spans.append((before[0], max(last, before[1]), [*before[2], edit]))
        else:
            spans.append((first, last, [edit]))
    for first, last, edits in spans:
        at, new = starts[first], b""
        for edit in edits:
            new += text.original[at : edit.start] + edit.text
            at = edit.end
        yield _trimmed(first, lines[first:last], _lines(new + text.original[at : starts[last]]))


def _line(starts: list[int], lines: list[bytes], position: int) -> int:
    """Return the number of the line that a position is on; behind a last line with its end, of the line to come."""
    number = bisect_right(starts, position) - 1
    return number - (number == len(lines) and bool(lines) and not lines[-1].endswith(b"\n"))


def _trimmed(first: int, old: list[bytes], new: list[bytes]) -> _Region:
    """Leave out the lines at both ends that stay as they are."""
    before = 0
    while before < min(len(old), len(new)) and old[before] == new[before]:
        before += 1
    after = 0
    while after < min(len(old), len(new)) - before and old[-1 - after] == new[-1 - after]:
        after += 1
    return _Region(first + before, first + len(old) - after, new[before : len(new) - after])
