"""Credential files of each kind, through the whole scanner: what is found where, and what stays silent."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from credential_files import Sample, samples

import scans

HOLDS, SILENT = samples("holds"), samples("silent")


@cache
def scanned() -> dict[str, set[tuple[int, bytes]]]:
    """Return line and secret of each finding, by folder: each file stands in one of its own."""
    found: dict[str, set[tuple[int, bytes]]] = {}
    with TemporaryDirectory() as folder:
        for title, files in (("holds", HOLDS), ("silent", SILENT)):
            for number, sample in enumerate(files):
                path = Path(folder, f"{title}{number}", sample.path)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(sample.data)
        for finding in scans.scan(Path(folder)).findings:
            for location in finding.locations:
                found.setdefault((location.path or "").partition("/")[0], set()).add((location.line, finding.secret))
    return found


@pytest.mark.parametrize(("number", "sample"), list(enumerate(HOLDS)), ids=[sample.path for sample in HOLDS])
def test_what_a_kind_of_file_holds(number: int, sample: Sample) -> None:
    """A secret is found on its line, decoded where the program only obscures it, and nothing else is."""
    assert scanned().get(f"holds{number}", set()) == sample.expected


@pytest.mark.parametrize("number", range(len(SILENT)), ids=[sample.path for sample in SILENT])
def test_what_only_looks_like_one(number: int) -> None:
    """Files without a secret, hashes, ciphertext and public keys stay silent."""
    assert scanned().get(f"silent{number}", set()) == set()
