"""SQL: the rows that a dump or a migration puts into a table, told by the names of their columns.

Only columns with a credential's name are told; a literal in a call (`MD5('…')`) belongs to its column. PostgreSQL's
`COPY` from the dump itself is read too. Sources: the manuals of MySQL, PostgreSQL and SQLite on INSERT and COPY.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stanch import names
from stanch.readers import Assignment
from stanch.regexes import lazy

_NAME = rb"""[\w.`"\[\]$-]{1,128}"""
_STATEMENT = lazy(
    rb"(?i)\b(?:(?P<create>CREATE[ \t]+(?:TEMP(?:ORARY)?[ \t]+)?TABLE[ \t]+(?:IF[ \t]+NOT[ \t]+EXISTS[ \t]+)?)"
    rb"|(?P<copy>COPY[ \t]+)"
    rb"|(?:INSERT|REPLACE)[ \t]+(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE|OR[ \t]+\w{1,20})[ \t]+)?INTO[ \t]+)"
    rb"(?P<table>%s)\s{0,8}(?:\((?P<columns>[^()]{0,4096}))?" % _NAME
)
_VALUES = lazy(rb"\)?\s*(?:OVERRIDING\s+\w+\s+VALUE\s*)?VALUES?\s*(?=\()", 2)
_FROM = lazy(rb"\)[ \t]*FROM[ \t]+stdin\b[^\n]*\n", 2)
_TOKEN = lazy(
    rb"""'(?P<single>(?:[^'\\]|\\.|'')*)' | "(?P<double>(?:[^"\\]|\\.|"")*)" | (?P<sign>[(),;]) | [^'"(),;]+ | ['"]""",
    0x50,  # verbose, a dot is any byte
)
_COLUMN = lazy(rb"(?:\A|,)[ \t\r\n]*(?P<name>[`\"\[]?\w+[`\"\]]?)[ \t]+(?=[A-Za-z])")
_ESCAPED = lazy(rb"\\(.)|''|\"\"", 16)


def read(data: bytes, kind: str = "") -> Iterator[Assignment]:
    """Yield the values of credential columns, with the table as their section."""
    tables: dict[bytes, list[bytes]] = {}
    for found in _STATEMENT.finditer(data):
        table = found["table"].rpartition(b".")[2].strip(b'`"[]')
        given = found["columns"] or b""
        if found["create"]:
            tables[table] = _declared(data, found.start("columns"))
            continue
        columns = [name.strip(b' \t\r\n`"[]') for name in given.split(b",")] if given else tables.get(table, [])
        rows = _copied if found["copy"] else _inserted
        if any(_is_credential(name) for name in columns):
            yield from _told(rows(data, found.end()), columns, table)
        elif len(columns) > 1 and _SETTING.fullmatch(b" ".join(columns)):
            yield from _settings(rows(data, found.end()), columns, table)
    for found in _ACCOUNT.finditer(data):
        yield Assignment(b"password", found["value"], (found.span("value"),), quoted=True, sure=True)


def _declared(data: bytes, at: int) -> list[bytes]:
    """Return the columns that a CREATE TABLE declares from `at` on."""
    end = data.find(b";", at, at + _WIDEST)
    text = _NESTED.sub(b"", data[at : end if end >= 0 else at + _WIDEST])
    return [column["name"].strip(b'`"[]') for column in _COLUMN.finditer(text)]


_WIDEST = 16_384
"""How long the text of a table's columns is, in bytes."""
_NESTED = lazy(rb"\([^()]*\)")


Field = tuple[int, bytes, tuple[int, int]]
"""The number of a column, the value in it, and where it stands."""


_ACCOUNT = lazy(
    rb"(?i)\b(?:IDENTIFIED[ ]BY(?:[ ]PASSWORD)?|IDENTIFIED[ ]WITH[ ]\S{1,40}[ ]BY|PASSWORD)[ ]?[=(]?[ ]?N?"
    rb"(?P<quote>['\"])(?P<value>(?![*$]|md5[0-9a-f]{32}|SCRAM)[^'\"\\\r\n]{4,128})(?P=quote)(?=[\s;,)]|\Z)"
)
"""The password of an account or of another server, as CREATE USER, ALTER ROLE, GRANT and CREATE SERVER take it."""
_NAMING = rb"(?:name|key|setting|option|variable|\w+_(?:name|key)|conf\w*)"
_SETTING = lazy(rb"(?i)(?:.* )?" + _NAMING + rb" (?:.* )?(?:\w+_)?(?:value|val|data|content)(?: .*)?")
"""The columns of a table whose rows are a name and a value."""
_NAMES = lazy(rb"(?i)" + _NAMING)


def _told(rows: Iterator[Field], columns: Sequence[bytes], table: bytes) -> Iterator[Assignment]:
    wanted = [_is_credential(name) for name in columns]
    for number, value, span in rows:
        if number < len(columns) and wanted[number] and len(value) >= 4:
            yield Assignment(columns[number], value, (span,), quoted=True, section=table)


def _settings(rows: Iterator[Field], columns: Sequence[bytes], table: bytes) -> Iterator[Assignment]:
    """Yield the values of a table whose rows are a name and a value."""
    named = next(at for at, column in enumerate(columns) if _NAMES.fullmatch(column))
    name = b""
    for number, value, span in rows:
        if number == named:
            name = value
        elif number > named and number < len(columns) and _is_credential(name) and len(value) >= 4:
            yield Assignment(name, value, (span,), quoted=True, section=table)


def _is_credential(name: bytes) -> bool:
    lower = name.lower()
    return any(word in lower for word in _WORDS)


_WORDS = tuple(word.encode() for word in names.WORDS)


def _inserted(data: bytes, at: int) -> Iterator[Field]:
    """Yield the literals of the rows behind VALUES."""
    values = _VALUES.match(data, at)
    if values is None:
        return
    depth = number = 0
    for found in _TOKEN.finditer(data, values.end()):
        sign = found["sign"]
        if found.lastgroup in ("single", "double"):
            if depth:
                value = found[found.lastgroup]
                plain = _ESCAPED.sub(lambda escaped: escaped[1] or escaped[0][:1], value)
                yield number, plain, found.span(found.lastgroup)
        elif sign == b"(":
            depth += 1
            number = 0 if depth == 1 else number
        elif sign == b")":
            depth -= 1
        elif sign == b"," and depth == 1:
            number += 1
        elif sign == b";" or (not sign and depth <= 0 and found[0].strip()):
            return


def _copied(data: bytes, at: int) -> Iterator[Field]:
    """Yield the fields of the lines behind a COPY, up to its end."""
    head = _FROM.match(data, at)
    at = head.end() if head else len(data)
    while at < len(data) and not data.startswith(b"\\.", at):
        end = data.find(b"\n", at)
        end = end if end >= 0 else len(data)
        start = at
        for number, value in enumerate(data[at:end].split(b"\t")):
            yield number, value, (start, start + len(value))
            start += len(value) + 1
        at = end + 1
