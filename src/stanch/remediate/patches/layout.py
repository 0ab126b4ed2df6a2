"""How a file is laid out: its line ends, the indentation of its lines, and its byte order mark."""

from __future__ import annotations

import re

BOM = b"\xef\xbb\xbf"
_INDENT = re.compile(rb"^([ \t]+)[^\s*#/]", re.MULTILINE)


def newline(data: bytes) -> bytes:
    r"""Return the line end that a file uses: `\r\n` where most of its lines end so."""
    return b"\r\n" if data.count(b"\r\n") * 2 > data.count(b"\n") else b"\n"


def lines(text: str, data: bytes, unit: bytes = b"") -> bytes:
    """Return `text`, which is indented by four blanks a level, with the line ends of `data` and levels of `unit`."""
    unit = unit or indentation(data)
    rows = []
    for row in text.split("\n"):
        bare = row.lstrip(" ")
        rows.append(unit * ((len(row) - len(bare)) // 4) + bare.encode())
    return newline(data).join(rows)


def indentation(data: bytes, usual: bytes = b"    ") -> bytes:
    """Return one level of indentation: a tab, or the blanks of the least indented line."""
    found = [match[1] for match in _INDENT.finditer(data)]
    if not found:
        return usual
    tabs = [one for one in found if one[:1] == b"\t"]
    return b"\t" if len(tabs) * 2 > len(found) else min((one for one in found if one[:1] == b" "), key=len)


def line_start(data: bytes, position: int) -> int:
    """Return where the line begins that `position` stands on; behind a byte order mark."""
    start = data.rfind(b"\n", 0, position) + 1
    return len(BOM) if not start and data.startswith(BOM) and position >= len(BOM) else start


def line_end(data: bytes, position: int) -> int:
    """Return where the next line begins, or the data ends."""
    end = data.find(b"\n", position)
    return len(data) if end < 0 else end + 1


def margin(data: bytes, position: int) -> bytes:
    """Return the blanks that the line of `position` begins with."""
    start = line_start(data, position)
    end = start
    while data[end : end + 1] in (b" ", b"\t"):
        end += 1
    return data[start:end]
