"""The readers of credential files alone: where values stand, and what damaged or hostile files do."""

from __future__ import annotations

import time
from typing import Any

import pytest
from credential_files import Sample, samples
from hypothesis import given
from hypothesis import strategies as st

from stanch.readers import formats
from stanch.readers.credentials import files, obscured, places, sealed, sql, whole

SAMPLES = [sample for sample in samples("holds") if (files.kind(sample.path) or [""])[0].startswith("credentials.")]
READERS: dict[str, Any] = {module.__name__: module for module in (places, whole, sql, sealed)}
KINDS = sorted({kind for module, kind in files.KINDS.values() if module == "credentials.places"})


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.path for sample in SAMPLES])
def test_where_a_value_stands(sample: Sample) -> None:
    """A span holds the value, or what the value was decoded from; a file without its end is read as far as it goes."""
    format = formats.by_path(sample.path)
    assert format is not None
    reader = READERS[format.module]
    secrets = {secret for _, secret in sample.expected}
    for assignment in reader.read(sample.data, format.name):
        (start, end) = assignment.parts[0]
        written = sample.data[start:end]
        assert 0 <= start < end <= len(sample.data)
        assert written == assignment.value or assignment.value in secrets
    for cut in range(0, len(sample.data), 7):
        list(reader.read(sample.data[:cut], format.name))


@given(st.sampled_from(KINDS), st.binary(max_size=400))
def test_any_bytes(kind: str, data: bytes) -> None:
    """Whatever a file holds, what is read of it stands in it."""
    for assignment in places.read(data, kind):
        assert 0 <= assignment.parts[0][0] < assignment.parts[0][1] <= len(data)


LONG = 20_000
"""A reader whose time grows with the square of a text is seen at this length, in bytes."""
PIECES = (b" ", b"a", b":", b"\n", b'"', b"\\", b"a ", b"\n ", b"a:", b"<a>")


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.path for sample in SAMPLES])
def test_hostile_ends(sample: Sample) -> None:
    """A file that goes on with the same for ever, from anywhere in it, is read in a time that grows with its length."""
    format = formats.by_path(sample.path)
    assert format is not None
    reader = READERS[format.module]
    for cut in range(0, min(len(sample.data), 400), 19):
        for piece in PIECES:
            started = time.process_time()
            list(reader.read(sample.data[:cut] + piece * (LONG // len(piece)), format.name))
            assert time.process_time() - started < 0.5, (sample.data[:cut][-40:], piece)


@given(st.sampled_from(sorted(obscured.DECODERS)), st.binary(max_size=90))
def test_what_nobody_wrote(kind: str, value: bytes) -> None:
    """A value that is none of a program's decodes to text or to nothing."""
    plain = obscured.decoded(kind, value, b"")
    assert plain is None or plain.decode("utf-8", "replace").isprintable()


@given(st.sampled_from(["dbeaver", "mylogin", "stash"]), st.binary(max_size=200))
def test_a_sealed_file_of_nobody(kind: str, data: bytes) -> None:
    """Random bytes are no sealed file: hardly a password is in them, and none outside."""
    for assignment in sealed.read(data, kind):
        assert assignment.parts[0][1] <= len(data)
