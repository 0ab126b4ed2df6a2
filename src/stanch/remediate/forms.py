"""Forms: how a file writes a value, which a store holds as it is. Each can be told from the file, and made again."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import accumulate


def _plain(value: bytes) -> bytes:
    return value


def _newlines(value: bytes) -> bytes:
    """As in a private key on one line of `.env`."""
    return value.replace(b"\n", b"\\n")


def _json(value: bytes) -> bytes:
    return json.dumps(value.decode("utf-8"))[1:-1].encode()


def _json_unicode(value: bytes) -> bytes:
    return json.dumps(value.decode("utf-8"), ensure_ascii=False)[1:-1].encode()


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain": _plain,
    "newlines": _newlines,
    "json": _json,
    "json-unicode": _json_unicode,
    "base64": b64encode,
}
"""How to write a value. UnicodeDecodeError where it is not text and the form is one of texts."""


def written(value: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield each form that a value has, with how it is written then."""
    for name, write in FORMS.items():
        with suppress(UnicodeDecodeError):
            yield name, write(value)


def pieces(value: bytes, cuts: tuple[int, ...]) -> list[bytes]:
    """Return the literals of these lengths that a value is put together from."""
    ends = list(accumulate(cuts))
    return [value[end - length : end] for end, length in zip(ends, cuts, strict=True)]


def form(raw: bytes, value: bytes) -> str | None:
    """Return the form in which `raw` is `value`, the plainest first; None when it is in none."""
    for name, write in FORMS.items():
        try:
            if write(value) == raw:
                return name
        except UnicodeDecodeError:
            continue
    return None
