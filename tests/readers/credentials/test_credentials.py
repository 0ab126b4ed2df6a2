"""Credential files of each kind, through the whole scanner: what is found where, and what stays silent."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

import scans
from credential_files import FILES, SILENT, Sample, sample


def drawn(files: tuple[tuple[str, str], ...]) -> list[Sample]:
    """Return the files with values of their own."""
    return [sample(path, text, Random(number)) for number, (path, text) in enumerate(files)]


@cache
def scanned() -> dict[str, set[tuple[int, bytes]]]:
    """Return line and secret of each finding, by folder: each file stands in one of its own."""
    found: dict[str, set[tuple[int, bytes]]] = {}
    with TemporaryDirectory() as folder:
        for files, top in ((FILES, "file"), (SILENT, "silent")):
            for number, it in enumerate(drawn(files)):
                path = Path(folder, f"{top}{number}", it.path)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(it.data)
        for finding in scans.scan(Path(folder)).findings:
            for location in finding.locations:
                top = (location.path or "").partition("/")[0]
                found.setdefault(top, set()).add((location.line, finding.secret))
    return found


@pytest.mark.parametrize(("number", "it"), list(enumerate(drawn(FILES))), ids=[path for path, _ in FILES])
def test_what_a_kind_of_file_holds(number: int, it: Sample) -> None:
    """A secret is found on its line, decoded where the program only obscures it, and nothing else is."""
    assert scanned().get(f"file{number}", set()) == it.expected


@pytest.mark.parametrize("number", range(len(SILENT)), ids=[path for path, _ in SILENT])
def test_what_only_looks_like_one(number: int) -> None:
    """Files without a secret, hashes, ciphertext and public keys stay silent."""
    assert scanned().get(f"silent{number}", set()) == set()
