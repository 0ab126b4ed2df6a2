"""Credential files, from the table `files.txt`: a path and a content, whose marks become values.

`=== holds PATH` or `=== silent PATH` begins a file. `{{kind}}` is a secret of this kind (DRAWN) that is to be found,
`{{way kind}}` one that is written in this way (hiding.ENCODERS), and `{{-kind}}` not to be found. `{{return}}` stands
for a carriage return, `{{end}}` for the end without a newline.
"""

from __future__ import annotations

import re
import string
from pathlib import Path
from random import Random
from typing import NamedTuple

from hiding import ENCODERS

WORDS = string.ascii_letters + string.digits
DRAWN = {
    # a kind of secret: its characters, its length, what stands around them
    "password": (WORDS + "!*+", 16, "{}"),
    "short": (WORDS, 8, "{}"),
    "token": (WORDS, 40, "{}"),
    "des": (WORDS + "./", 13, "{}"),
    "hex32": ("0123456789abcdef", 32, "{}"),
    "HEX32": ("0123456789ABCDEF", 32, "{}"),
    "HEX300": ("0123456789ABCDEF", 300, "{}"),
    "hex64": ("0123456789abcdef", 64, "{}"),
    "letters": (string.ascii_uppercase, 20, "{}"),
    "b64": (WORDS + "+/", 43, "{}"),
    "b64e": (WORDS + "+/", 43, "{}="),
    "salted": (WORDS + "./", 22, "{}"),
    "crypt": (WORDS + "./", 86, "{}"),
    "sha512crypt": (WORDS + "./", 86, "$6$saltsalt${}"),
    "apr1": (WORDS + "./", 22, "$apr1$saltsalt${}"),
    "sha": (WORDS + "+/", 27, "{{SHA}}{}="),
    "code": ("0123456789abcdef", 10, "{}"),
    "gitcookie": (WORDS, 40, "git-ada.acme.test={}"),
}
_HEAD = re.compile("^=== (holds|silent) (.+)\n", re.MULTILINE)
_MARK = re.compile(r"\{\{(-?)(?:(\w+) )?(\w+)\}\}")


class Sample(NamedTuple):
    """A file, and what is to be found in it: line and secret."""

    path: str
    data: bytes
    expected: frozenset[tuple[int, bytes]]


def samples(heading: str) -> list[Sample]:
    """Return the files of the table under `heading`, with values of their own."""
    _, *parts = _HEAD.split(Path(__file__).with_name("files.txt").read_text("utf-8"))
    files = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return [_sample(path, text, Random(path)) for title, path, text in files if title == heading]


def _sample(path: str, text: str, random: Random) -> Sample:
    text = text.replace("{{end}}\n", "").replace("{{return}}", "\r")
    data, at, expected = b"", 0, set()
    for found in _MARK.finditer(text):
        data += text[at : found.start()].encode()
        at = found.end()
        secret = drawn(found[3], random)
        if not found[1]:
            expected.add((data.count(b"\n") + 1, secret))
        data += ENCODERS[found[2]](secret) if found[2] else secret
    return Sample(path, data + text[at:].encode(), frozenset(expected))


def drawn(kind: str, random: Random) -> bytes:
    """Return a secret: random characters, where there are many some of each sort."""
    if kind == "codes":
        return b"\n".join(drawn("code", random) for _ in range(8))
    letters, size, frame = DRAWN[kind]
    while True:
        text = "".join(random.choice(letters) for _ in range(size))
        if len(letters) < 60 or all(re.search(sort, text) for sort in ("[a-z]", "[A-Z]", "[0-9]")):
            return frame.format(text).encode()
