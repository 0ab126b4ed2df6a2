"""Layers: what is peeled off, and where the inner text stands in the outer one."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scans import BOTH, chunk, detect, engine, place, span, token
from stanch.decode import Decoded, printable_base64, utf16
from stanch.decode.runs import base64_run
from stanch.model import Detection
from strategies import rules, tokens

ALPHABETS = {"standard": base64.b64encode, "url-safe": base64.urlsafe_b64encode}

WHOLE = [
    # text, is decoded
    (b"user:" + b"p4ssw0rd!", True),
    (b"0123456789ab", True),
    (b"two\nlines of text", True),
    (b"short", False),
    (b"\x00binary at first", False),
    ("größer als vorher".encode(), False),
]


@pytest.mark.parametrize(("text", "is_decoded"), WHOLE)
def test_whole_value(text: bytes, is_decoded: bool) -> None:
    """A whole value in base64 is decoded when it is plain text of some length."""
    assert printable_base64(base64.b64encode(text)) == (text if is_decoded else None)


@pytest.mark.parametrize("value", [b"", b"abc", b"not base64!", b"abcd" * 3 + b"=", b"YWJjZGVmZ2g"])
def test_what_is_no_base64(value: bytes) -> None:
    """What is no base64, or lacks its padding, is not decoded."""
    assert printable_base64(value) is None


@given(
    st.binary(max_size=80),
    st.binary(min_size=16, max_size=80),
    st.binary(max_size=80),
    st.sampled_from(sorted(ALPHABETS)),
)
def test_offsets_map_back(before: bytes, piece: bytes, after: bytes, alphabet: str) -> None:
    """The outer span of a decoded one is the groups of four that hold it, at every alignment."""
    text = before + piece + after
    run = ALPHABETS[alphabet](text)
    hit = len(before) // 3 * 4
    decoded = base64_run(b"data: " + run + b";", len(b"data: ") + hit, 0)
    assert decoded
    assert decoded.data == text
    start, end = decoded.outer(len(before), len(before) + len(piece))
    outer = (b"data: " + run + b";")[start:end]
    assert piece in base64.urlsafe_b64decode(outer.translate(bytes.maketrans(b"+/", b"-_")))
    assert len(outer) <= -(-(len(piece) + 4) // 3) * 4


@given(st.integers(0, 100), st.integers(1, 100), st.integers(0, 1_000))
def test_outer_span_is_the_smallest(start: int, length: int, offset: int) -> None:
    """The outer span begins and ends on groups of four, and one group less would not hold the inner one."""
    first, last = Decoded(b"", "base64", (0, 8_000), ((offset, offset + 8_000),), (3, 4)).outer(start, start + length)
    groups = ((first - offset) // 4, (last - offset) // 4)
    assert (first - offset) % 4 == (last - offset) % 4 == 0
    assert groups[0] * 3 <= start < groups[0] * 3 + 3
    assert groups[1] * 3 - 3 < start + length <= groups[1] * 3


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("shift", range(3))
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_embedded_token(name: str, shift: int, alphabet: str) -> None:
    """A token inside base64 is found at each alignment; its location is the encoded bytes that hold it."""
    secret = token(7)
    text = b"%s{ %s }?>?" % (b" " * shift, secret)
    start = text.index(secret)
    data = b"first line\ndata " + ALPHABETS[alphabet](text) + b"\n"
    [found] = detect(data, name)
    assert isinstance(found, Detection)
    assert (found.secret, found.location.layers) == (secret, ("base64",))
    run = data.index(b"data ") + len(b"data ")
    assert span(found) == place(data, run + start // 3 * 4, run + -(-(start + len(secret)) // 3) * 4)


@pytest.mark.parametrize("name", BOTH)
@given(data=st.data())
def test_embedded_examples(name: str, data: st.DataObject) -> None:
    """Where a rule's example is found, so it is in base64, unless its anchor is too short to be looked for."""
    rule = data.draw(rules(token=True).filter(lambda rule: min(map(len, rule.keywords)) >= 8))
    text, secret = data.draw(tokens(rule))
    text = b" " * data.draw(st.integers(0, 2)) + text + b" "
    plain = {item.secret for item in detect(text, name) if isinstance(item, Detection)}
    inner = [item for item in detect(b"data " + base64.b64encode(text), name) if isinstance(item, Detection)]
    exact = any(word.encode() in text for word in rule.keywords)  # base64 of other cases is not looked for
    if exact and secret in plain:  # a private key in base64 is a kind of its own, whose rule stands for it
        assert secret in {item.secret for item in inner} or b"PRIVATE KEY" in secret
        assert inner


def test_layers_have_a_limit() -> None:
    """Base64 in base64 is followed three layers deep, and no further."""
    text = b" " + token(3, "github-pat-fine-grained") + b" "
    deep = []
    for _ in range(5):
        text = base64.b64encode(text)
        deep.append([item.location.layers for item in detect(b"data " + text) if isinstance(item, Detection)])
    assert deep[0] == [("base64",)]
    assert all(len(layers) <= 3 for level in deep for layers in level)


ENCODINGS = [("utf-16", "utf-16-le"), ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be")]


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(("encoding", "layer"), ENCODINGS)
def test_utf16(name: str, encoding: str, layer: str) -> None:
    """Text in UTF-16, with or without a byte order mark, is scanned, and its lines are counted."""
    data = b"first\r\n  x " + token(2) + b"\r\n"
    [found] = detect(data.decode().encode(encoding), name)
    assert isinstance(found, Detection)
    assert (found.secret, found.location.layers, found.location.line) == (token(2), (layer,), 2)


@pytest.mark.parametrize("data", [b"", b"plain", b"\0\1\2", bytes(600), b"a\0b" * 300, "größe".encode()])
def test_what_is_no_utf16(data: bytes) -> None:
    """Other content is left as it is."""
    assert utf16(data) is None


ZEROS = {
    "this Python": Path(sys.executable).read_bytes()[:4_096],
    "a tar": b"a.txt" + bytes(95) + b"0000644\0",
    "an icon": b"\0\0\1\0\2\0\x10\x10\0\0\1\0\x20\0" + bytes(50),
    "numbers": b"\1\0\2\0\3\0\4\0" * 8,
    "nothing": bytes(64),
}


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("what", ZEROS)
def test_binaries_that_begin_with_zeros(name: str, what: str) -> None:
    """A credential in a program is found: content that begins with many zeros is no UTF-16 for that."""
    data = ZEROS[what] + b"\0key=" + token(2) + b"\0"
    [found] = detect(data, name)
    assert isinstance(found, Detection)
    assert (found.secret, found.location.layers) == (token(2), ())


@given(st.binary(max_size=300), st.sampled_from([b"\xff\xfe", b"\xfe\xff"]))
def test_broken_utf16(data: bytes, mark: bytes) -> None:
    """Broken UTF-16, half a surrogate or half a character, raises nothing."""
    assert engine().scan(chunk(mark + data)) is not None
