"""Runs of base64 and of hexadecimal digits: followed from an anchor in both directions, over the ends of lines too.

Encoders break lines after the same number of characters, mostly 64 or 76, and who puts that into a program adds
quotes, signs and indentation, or writes each end of a line as `\\n`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import deque

from stanch.decode import Decoded
from stanch.regexes import lazy

_LONGEST = 12_288
"""How far a run is followed on either side of an anchor, in bytes."""
_LONGEST_PACKED = 1 << 20
"""And behind the beginning of compressed content, of which no part can be read alone."""
_SHORTEST = 16
_NARROWEST = 24
"""A line of so many characters, or more, may be one of several."""
_WIDEST_BREAK = 96
"""What may stand between two lines of a run, in bytes."""
_BREAK = (
    rb"""(?:["'`]?[ \t]{0,8}[+.&\\]?[ \t]{0,8}\r?\n[ \t]{0,48}(?:[+.&][ \t]{0,8})?(?:(?://|\#|\*|>|--)[ \t]{0,8})?"""
    rb"""["'`]?|(?:\\{1,4}r)?\\{1,4}n)"""
)
_GAP = lazy(_BREAK)
_LAST = lazy(rb"""={0,2}(?:["'`<\\]|[;,)]?[ \t]*(?:\r?\n|\Z))""")
"""What stands behind the last line of a run, which is no shorter line of something else."""
_GAP_BEFORE = lazy(_BREAK + rb"\Z")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_PACKED = (b"H4sI", b"UEsD", b"/Td6", b"_Td6", b"QlpoO", b"KLUv")
"""How compressed content begins in base64."""
Alphabet = tuple[re.Pattern[bytes], re.Pattern[bytes]]
_BASE64: Alphabet = lazy(rb"[A-Za-z0-9+/_-]*"), lazy(rb"[^A-Za-z0-9+/_-]")
_HEX: Alphabet = lazy(rb"[0-9A-Fa-f]*"), lazy(rb"[^0-9A-Fa-f]")


def base64_run(data: bytes, hit: int, phase: int) -> Decoded | None:
    """Decode the base64 around an anchor's piece at `hit`, `phase` characters into its group of four."""
    longest = _LONGEST_PACKED if phase == 0 and data.startswith(_PACKED, hit) else _LONGEST
    run = _run(data, hit, phase, 4, _BASE64, longest)
    if run is None:
        return None
    text, at, pieces, cut = run
    text = text[: len(text) - (len(text) % 4 == 1)].translate(_STANDARD)
    padding = -len(text) % 4
    first, last = pieces[-1]
    padded = re.compile(rb"={0,%d}" % padding).match(data, last)
    if padded and padded[0]:  # the padding is a part of the group that it ends
        pieces[-1] = first, padded.end()
        at[-1] += len(padded[0])
    try:
        return Decoded(base64.b64decode(text + b"=" * padding), "base64", at, pieces, (3, 4), cut)
    except binascii.Error:
        return None


def hex_run(data: bytes, hit: int) -> Decoded | None:
    """Decode the hexadecimal digits around an anchor at `hit`."""
    run = _run(data, hit, 0, 2, _HEX, _LONGEST)
    if run is None:
        return None
    text, at, pieces, cut = run
    return Decoded(bytes.fromhex(text[: len(text) // 2 * 2].decode("ascii")), "hex", at, pieces, (1, 2), cut)


_ESCAPE = lazy(rb"\\/|%2[BbFf]")


def is_escaped(data: bytes, run: Decoded) -> bool:
    """Do escapes interrupt a run: `\\/` in a string of JSON, `%2F` in a URL?"""
    start, end = run.pieces[0][0], run.pieces[-1][1]
    return bool(_ESCAPE.match(data, end) or _ESCAPE.search(data, max(0, start - 5), start + 2))


Run = tuple[bytes, list[int], list[tuple[int, int]], bool]
"""The characters, which one each piece begins with, the pieces, and whether it goes on."""


def _run(data: bytes, hit: int, phase: int, unit: int, alphabet: Alphabet, longest: int) -> Run | None:
    """Return the run around `hit`, from the first whole group of `unit` characters on."""
    pieces = _lines(data, hit, alphabet, longest)
    before = sum(min(end, hit) - start for start, end in pieces if start < hit)
    skipped = (before - phase) % unit
    while pieces and skipped >= pieces[0][1] - pieces[0][0]:
        start, end = pieces.popleft()
        skipped -= end - start
    if not pieces:
        return None
    pieces[0] = pieces[0][0] + skipped, pieces[0][1]
    if pieces[0][0] > hit:
        return None
    at = [0]
    for start, end in pieces:
        at.append(at[-1] + end - start)
    if at[-1] < _SHORTEST:
        return None
    return b"".join([data[start:end] for start, end in pieces]), at, list(pieces), pieces[-1][1] >= hit + longest


def _lines(data: bytes, hit: int, alphabet: Alphabet, longest: int) -> deque[tuple[int, int]]:
    """Return the parts of the run around `hit`, each on a line of its own."""
    low, high = max(0, hit - _LONGEST), hit + longest
    start, end = _start(data, hit, low, alphabet), _end(data, hit, high, alphabet)
    pieces = deque([(start, end)])
    width = end - start
    while width >= _NARROWEST and end < high and (gap := _GAP.match(data, end)):
        start, end = gap.end(), _end(data, gap.end(), high, alphabet)
        if end == start or (end - start > width and len(pieces) > 1):
            break
        if end - start < width and not _LAST.match(data, end):
            break
        pieces.append((start, end))
        if end - start < width:
            break
        width = end - start
    start, end = pieces[0]
    width, single = end - start, True
    while start > low and (gap := _GAP_BEFORE.search(data, max(low, start - _WIDEST_BREAK), start)):
        end = gap.start()
        start = _start(data, end, low, alphabet)
        fits = end - start == width or (single and end - start > width)
        first = not fits and not _GAP_BEFORE.search(data, max(low, start - _WIDEST_BREAK), start)
        if end - start < _NARROWEST or not (fits or (first and end - start < width)):
            break
        pieces.appendleft((start, end))
        if first:
            break
        width, single = end - start, False
    return pieces


def _start(data: bytes, end: int, low: int, alphabet: Alphabet) -> int:
    """Return where the characters begin that end at `end`; of a written `\\n` the letter is none of them."""
    breaks = alphabet[1].search(data[low:end][::-1])
    start = end - breaks.start() if breaks else low
    return start + 1 if start < end and data[start - 1 : start + 1] == b"\\n" else start


def _end(data: bytes, start: int, high: int, alphabet: Alphabet) -> int:
    found = alphabet[0].match(data, start, high)
    return found.end() if found else start
