"""Tables with a header: what password managers, browsers and cloud consoles export, and any other in the same shape.

The header names the columns; each cell of a row is an assignment. The columns of a known export are credentials for
sure, whatever their rows say. The format: RFC 4180, with the separators of spreadsheets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.settings.entries import joined, leaf
from stanch.regexes import lazy

_HEADER = lazy(rb"(?:\xef\xbb\xbf)?(?:sep=.\r?\n)?(?:#[^\n]*\n){0,4}([^\r\n]{3,2000})(?:\r?\n|\Z)")
_SEPARATORS = (b"\t", b";", b"|", b",")
_CELL = {
    sign: lazy(
        rb"""(?s)[ ]*(?:"((?:[^"]|"")*+)"[ ]*(?=%b|\r?\n|\Z)|([^%b\r\n]*))(%b|\r?\n|\Z)""" % ((re.escape(sign),) * 3)
    )
    for sign in _SEPARATORS
}  # fmt: skip
_SECRETS = {
    title: name
    for name, titles in (
        (b"password", b"password,login_password,passwd,pwd,passphrase"),
        (b"secret_key", b"secret access key,secret_access_key,secret key,secret_key,accesskeysecret,accesskey secret"),
        (b"secret", b"secret,client secret,client_secret,totp,login_totp,otp,otpauth,otpsecret"),
        (b"token", b"token,access token,access_token"),
        (b"api_key", b"api key,api_key,apikey"),
        (b"private_key", b"private key,private_key"),
        (b"recovery_code", b"recovery_code,recovery code"),
    )
    for title in titles.split(b",")
}
"""Columns of credentials, and what they are called elsewhere."""
_OWNERS = frozenset(
    b"username,user name,user,login,login_username,login_uri,url,web site,website,account,title,email,e-mail"
    b",access key id,accesskeyid,accesskey id,access_key,access key,httprealm,formactionorigin,client id,client_id"
    b",console login link,grouping,host,hostname,loginname".split(b",")
)
"""Columns of whose they are: one beside a secret's makes a table an export of credentials."""
_ABOUT = (b"name", b"title", b"url", b"login_uri", b"web site", b"website", b"user name")
_COLUMNS = 60


def read(data: bytes) -> Iterator[Assignment]:
    """Yield the cells of a table, when one of its columns is a credential's."""
    header = _HEADER.match(data)
    if header is None:
        return
    sign = max(_SEPARATORS, key=header[1].count)
    rows = _rows(data, header.start(1), sign)
    titles = [data[start:end].strip() for start, end in next(rows, [])]
    keys = [title.lower() for title in titles]
    secrets = [_SECRETS.get(key, b"") for key in keys]
    if not any(secrets):
        return
    owned = not _OWNERS.isdisjoint(keys)
    about = next((keys.index(key) for key in _ABOUT if key in keys), None)
    for row in rows:
        section = data[slice(*row[about])][:80] if about is not None and about < len(row) else b""
        for title, secret, (start, end) in zip(titles, secrets, row, strict=False):
            sure = bool(secret and owned)
            name = secret if sure else title
            value = data[start:end]
            value = value.replace(b'""', b'"') if data[start - 1 : start] == b'"' else value
            if name:
                around = joined(section if b"\n" not in section else b"", title if sure else b"")
                yield from leaf(data, name, value, (start, end), section=around, sure=sure)


def _rows(data: bytes, position: int, sign: bytes) -> Iterator[list[tuple[int, int]]]:
    """Yield each row's cells, as spans."""
    cell = _CELL[sign]
    row: list[tuple[int, int]] = []
    while position < len(data):
        found = cell.match(data, position)
        if found is None:  # cannot be: a cell may be empty
            return
        start, end = found.span(1 if found[1] is not None else 2)
        if found[1] is None:
            end = start + len(data[start:end].rstrip())
        if len(row) < _COLUMNS:
            row.append((start, end))
        position = found.end()
        if found[3] != sign:
            yield row
            row = []
    if row:
        yield row
