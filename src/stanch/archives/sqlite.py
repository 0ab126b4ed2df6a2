"""Databases of SQLite, by their pages: https://www.sqlite.org/fileformat2.html.

A row becomes a line of JSON with the names of its columns, so that a password beside a name keeps its border. Pages of
no table, or of one whose definition was not found, give rows without names, also deleted ones; what is no page of rows
is read as it stands. Nothing is believed: a page that says what cannot be is read as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stanch.archives.bounds import Budget
from stanch.archives.stream import Content

MAGIC = b"SQLite format 3\0"
_TABLE_LEAF, _TABLE_INNER = 13, 5
_OF_TREES = (b"\2", b"\5", b"\n")
"""How pages begin that lead to rows, or repeat them in the order of an index."""
_LONGEST = 1 << 20
"""A value is read so far, in bytes."""
_COLUMN = 16
"""A column counts like so many bytes, or a record of nothing but columns would take long."""
_DEFINITION = 64 << 10
"""And the definition of a table."""
_DEEPEST = 32
_NUMBERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0}
"""How long a number of each kind is, in bytes."""
_COLUMNS = re.compile(r"\s*CREATE\s+(?:TEMP\w*\s+|VIRTUAL\s+)?TABLE[^(]*\((.*)\)", re.IGNORECASE | re.DOTALL)
_NAME = re.compile(r"""\s*(?:"([^"]+)"|`([^`]+)`|\[([^\]]+)\]|'([^']+)'|([^\s,()]+))""")
_NO_COLUMN = frozenset(("primary", "unique", "foreign", "check", "constraint"))
Row = list[bytes | int | None]
"""A record. What SQLite calls a float is None here, like what it calls NULL."""


def is_header(head: bytes) -> bool:
    """Tell whether content begins as a database does: with sizes that it may have, and three that are fixed."""
    size = int.from_bytes(head[16:18])
    usual = size == 1 or (512 <= size <= 32768 and size.bit_count() == 1)
    return head.startswith(MAGIC) and len(head) >= 100 and usual and head[20] <= 32 and head[21:24] == b"@  "


class _Database:
    def __init__(self, content: Content, budget: Budget) -> None:
        head = content.at(0, 100)
        size = int.from_bytes(head[16:18])
        self.size = 65536 if size == 1 else size
        self.usable = self.size - head[20]
        self.content = content
        self._budget = budget
        self.continued: set[int] = set()
        """Pages that hold the end of a record elsewhere."""
        self.pages = -(-content.size // self.size)

    def page(self, number: int) -> bytes:
        """Return a page; the first one has number 1."""
        return self.content.at((number - 1) * self.size, self.size) if 0 < number <= self.pages else b""

    def rows(self, number: int) -> Iterator[Row] | None:
        """Return the records of a page of rows, or None when it is none."""
        page = self.page(number)
        start = 100 if number == 1 else 0
        if len(page) < 108 or page[start] != _TABLE_LEAF:
            return None
        places = _cells(page, start, 8)
        return (row for place in places if (row := self._row(page, place)) is not None)

    def children(self, number: int) -> list[int]:
        """Return the pages below an inner page of a table."""
        page, start = self.page(number), 100 if number == 1 else 0
        if len(page) < 112 or page[start] != _TABLE_INNER:
            return []
        below = [int.from_bytes(page[place : place + 4]) for place in _cells(page, start, 12)]
        return [*below, int.from_bytes(page[start + 8 : start + 12])]

    def _row(self, page: bytes, place: int) -> Row | None:
        size, at = _varint(page, place)
        _, at = _varint(page, at)
        payload = self._payload(page, at, min(size, _LONGEST))
        end, at = _varint(payload, 0)
        if end > len(payload):
            return None
        self._budget.expand(_COLUMN * end)
        row: Row = []
        value = end
        while at < end:
            kind, at = _varint(payload, at)
            length = (kind - 12) // 2 if kind >= 12 else _NUMBERS.get(kind, 0)
            told = payload[value : value + length]
            number = int.from_bytes(told, signed=True) if length else kind - 8
            row.append(told if kind >= 12 else number if kind in _NUMBERS and kind != 7 else None)
            value += length
        return row

    def _payload(self, page: bytes, at: int, size: int) -> bytes:
        """Return a record, which goes on in other pages when it is long. Raises Trouble when all are too much."""
        self._budget.expand(size)
        most = self.usable - 35
        if size <= most:
            return page[at : at + size]
        least = (self.usable - 12) * 32 // 255 - 23
        here = least + (size - least) % (self.usable - 4)
        here = here if here <= most else least
        parts, left = [page[at : at + here]], size - here
        following = int.from_bytes(page[at + here : at + here + 4])
        while left > 0 and (other := self.page(following)):
            self.continued.add(following)
            parts.append(other[4 : 4 + min(left, self.usable - 4)])
            left -= self.usable - 4
            following = int.from_bytes(other[:4])
        return b"".join(parts)


def _cells(page: bytes, start: int, header: int) -> list[int]:
    count = int.from_bytes(page[start + 3 : start + 5])
    first = start + header
    places = (int.from_bytes(page[at : at + 2]) for at in range(first, min(first + 2 * count, len(page) - 1), 2))
    return [place for place in places if first <= place < len(page)]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of one to nine bytes, and where it ends."""
    value = 0
    for byte in data[at : at + 8]:
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at
    return (value << 8 | data[at], at + 1) if at < len(data) else (value, at + 1)


def _columns(sql: bytes) -> list[bytes]:
    """Return the names of the columns that a definition makes."""
    found = _COLUMNS.match(sql[:_DEFINITION].decode("utf-8", "replace"))
    columns, depth, part = [], 0, ""
    for sign in (found[1] if found else "") + ",":
        depth += (sign == "(") - (sign == ")")
        if sign != "," or depth > 0:
            part += sign
            continue
        name = _NAME.match(part)
        if name and (name[5] or "").lower() not in _NO_COLUMN:
            columns.append(next(filter(None, name.groups())).encode())
        part = ""
    return columns


def text(content: Content, budget: Budget) -> Iterator[bytes]:
    """Yield what a database says, some lines at a time; none of them is empty. Raises Trouble when it is too much."""
    database = _Database(content, budget)
    tables: dict[int, list[bytes]] = {}
    for number in _leaves(database, 1, set()):
        for row in database.rows(number) or ():
            tables.update(_defined(row))
    seen: set[int] = set()
    names = {leaf: columns for root, columns in tables.items() for leaf in _leaves(database, root, seen)}
    others = []
    for number in range(1, database.pages + 1):
        rows = database.rows(number)
        if rows is None:
            others.append(number)
            continue
        yield from (line for row in rows if (line := _line(row, names.get(number, []))))
        yield from _left(database.page(number), 100 if number == 1 else 0)
    for number in others:
        page = database.page(number)
        if number not in database.continued and page[:1] not in _OF_TREES:
            yield page + b"\n"


def _defined(row: Row) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the first page and the columns of the table that a row of the schema defines."""
    if len(row) == 5 and row[0] == b"table" and isinstance(row[3], int) and isinstance(row[4], bytes):
        yield row[3], _columns(row[4])


def _line(row: Row, names: list[bytes]) -> bytes:
    """Return a row as a line: of JSON where the names of its columns are known."""
    if len(names) < len(row):
        texts = [value for value in row if isinstance(value, bytes) and value]
        return b"\t".join(texts) + b"\n" if texts else b""
    told = []
    for name, value in zip(names, row, strict=False):
        if isinstance(value, bytes) and value:
            told.append(b'"%s": "%s"' % (name, value.replace(b"\\", rb"\\").replace(b'"', rb"\"")))
        elif isinstance(value, int):
            told.append(b'"%s": %d' % (name, value))
    return b"{" + b", ".join(told) + b"}\n" if told else b""


def _left(page: bytes, start: int) -> Iterator[bytes]:
    """Yield what stands on a page of rows and in none of them: what was deleted."""
    first, count, content = (int.from_bytes(page[start + at : start + at + 2]) for at in (1, 3, 5))
    spans = [(start + 8 + 2 * count, content or len(page))]
    while spans[0][1] <= first <= len(page) - 4 and first > spans[-1][0]:
        following, size = (int.from_bytes(page[at : at + 2]) for at in (first, first + 2))
        spans.append((first + 4, first + size))
        first = following
    for begin, end in spans:
        if deleted := page[begin:end].strip(b"\0"):
            yield deleted + b"\n"


def _leaves(database: _Database, root: int, seen: set[int]) -> list[int]:
    """Return the pages of rows of a table, without those that were seen."""
    found, level = [], [root]
    for _ in range(_DEEPEST):
        following = []
        for number in level:
            below = sorted({child for child in database.children(number) if child not in seen})
            seen.update(below)
            following += below
            if not below:
                found.append(number)
        level = following
    return found
