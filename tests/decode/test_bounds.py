"""Whatever stands in a layer, reading it raises nothing, takes no more than its time, and maps into the text."""

from __future__ import annotations

import base64
import time

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decode.written import WRITTEN
from packing import gzipped_zeros
from scans import BOTH, chunk, detect, engine, token
from stanch import decode
from stanch.decode import values
from stanch.model import Batch, Chunk, Detection, Fault, Origin

SNIPPETS = [
    b"password", b"%3D", b"%22",
    b"&quot;", b"&#61;", b"\\u003d", b"\\x22", b"\\\\\\\"", b"\\\"", b"\\n", b"\n", b" ",
    b"=", b"cGFzc3dvcmQ", b"70617373776f7264",
    b"p\0a\0s\0s\0w\0o\0r\0d\0", b"\0", b"H4sIAAAAAAAA", b"UEsDBBQAAAAI", b"'",
    b'"', b"/", b"+", b"%", b"&", b"\\", b"\\u", b"\\ud83d\\ude00", b"A" * 64, b"abcdef0123456789",
    b"\xff", b"\xc3\xa4",
]  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(SNIPPETS), st.binary(max_size=12)), max_size=24).map(b"".join)
PLACES = st.integers(0, 300)


@given(TEXTS, PLACES, st.integers(0, 6))
def test_any_text_around_any_place(data: bytes, position: int, form: int) -> None:
    """What is decoded around a place is bounded by the text, and every part of it maps into the text, in order."""
    run = decode.around(data, min(position, len(data)), form)
    if run is None or not run.data:
        return
    size = len(run.data)
    spans = [run.outer(at, at + 1) for at in range(size)]
    assert all(0 <= start < end <= len(data) for start, end in spans)
    assert spans == sorted(spans)
    assert run.outer(0, size) == (spans[0][0], spans[-1][1])


@given(TEXTS)
def test_any_value(value: bytes) -> None:
    """A value is peeled without harm, and what is in it has a place in it."""
    peeled = values.peeled(value)
    if peeled.text:
        start, end = peeled.outer(0, len(peeled.text))
        assert 0 <= start < end <= max(len(value), 1)


@given(TEXTS)
@hypothesis.example(b"\\ud83d\\ude00password\\u003d")
def test_engines_agree_on_layers(data: bytes) -> None:
    """Both engines find the same in encoded text of any kind."""
    first, second = (detect(data, name) for name in BOTH)
    assert first == second


@given(st.sampled_from(sorted(WRITTEN)), st.integers(0, 400), st.integers(0, 400), st.binary(max_size=4))
def test_damaged_layers(what: str, start: int, end: int, instead: bytes) -> None:
    """Encoded text that is cut off or overwritten anywhere raises nothing, and its places are in the text."""
    data = b"x: " + WRITTEN[what][1](b'{"user": "ada", "password": "n0t 4 w0rd", "more": "of it, and more"}')
    data = data[:start] + instead + data[end:]
    for found in detect(data):
        assert isinstance(found, Detection)
        assert 1 <= found.location.line <= data.count(b"\n") + 1


HOSTILE = {
    "names with escapes": b"password&quot;:&quot;" * 5_000,
    "names with escapes on one line": b'{\\\\\\"password\\\\\\":\\\\\\"abcdefgh\\\\\\"},' * 2_500,
    "escapes of escapes": b"token%25252525252522%253d" * 4_000,
    "all escapes at once": b"password%22&quot;\\u0022\\\\\\\\\\\\" * 3_000,
    "anchors in base64": b"cGFzc3dvcmQ9" * 8_000,
    "anchors in base64, at two phases": b"cGFzc3dvcmQ9A" * 7_000,
    "base64 of base64 of base64": base64.b64encode(base64.b64encode(base64.b64encode(b"password: abcdefg1\n" * 2_000))),
    "lines of base64": b"cGFzc3dvcmQ9cGFzc3dvcmQ9cGFzc3dvcmQ9\n" * 2_700,
    "anchors in hexadecimal digits": b"70617373776f7264" * 6_000,
    "anchors in wide text": b"".join(b"%c\0" % sign for sign in b"password=") * 5_500,
    "gzip in base64, everywhere": b"H4sIAAAAAAAA" * 8_000,
    "zip in base64, everywhere": b"UEsDBBQAAAAI" * 8_000,
    "values in base64": b"password='cGFzc3dvcmQ6IGFiY2RlZmdo'\n" * 2_700,
    "breaks of lines": b"cGFzc3dvcmQ9cGFzc3dvcmQ9" + b"\\\\\\\\n" * 20_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("what", HOSTILE)
def test_time(what: str, name: str) -> None:
    """Some 100 kB of anchors in layers take seconds at most."""
    began = time.process_time()
    assert engine(name).scan(chunk(HOSTILE[what])) is not None
    assert time.process_time() - began < 10


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("before", [b"x: ", b'password = "'], ids=["anchors lead to it", "a value's name leads to it"])
def test_a_bomb_in_base64(before: bytes, name: str) -> None:
    """What expands to too much in encoded text is a fault, each time that it is met; alone, and in a batch, in which no
    other content is told to hold it."""
    data = before + base64.b64encode(gzipped_zeros(20)) + b'"\n'
    for _ in range(2):
        [fault] = engine(name).scan(chunk(data))
        assert isinstance(fault, Fault)
        assert fault.kind == "archive-bound"
    alone = b'token = "' + token() + b'"'
    contents = (alone, data, alone)
    origins = [Origin(f"content {number}") for number in range(3)]
    starts = (0, len(alone) + 1, len(alone) + len(data) + 2)
    batch = Batch(b"\n".join(contents), starts, lambda part: (Chunk(origins[part], contents[part]),))
    found = [item for item in engine(name).scan_batch(batch) if isinstance(item, Fault)]
    assert [(fault.kind, fault.target) for fault in found] == [("archive-bound", "content 1")]
