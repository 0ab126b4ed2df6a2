"""Standard input and the environment."""

from __future__ import annotations

import os

import pytest

from scans import Input, found, scan, token
from stanch import sources
from stanch.model import Surface
from stanch.sources.text import Environment


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes on standard input is scanned; it has lines, and no path."""
    monkeypatch.setattr("sys.stdin", Input(b"first\nkey = " + token(1) + b"\n"))
    [location] = found(scan("-"))[token(1)].locations
    assert (location.target, location.path, location.line, location.column) == ("-", None, 2, 7)


def test_much_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a window of it is read to the end."""
    monkeypatch.setattr(sources, "WINDOW", 10_000)
    monkeypatch.setattr(sources, "OVERLAP", 1_000)
    monkeypatch.setattr("sys.stdin", Input(b"line\n" * 50_000 + b"key = " + token(1) + b"\n"))
    [location] = found(scan("-"))[token(1)].locations
    assert (location.line, location.column) == (50_001, 7)


def test_empty_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing on standard input is clean."""
    monkeypatch.setattr("sys.stdin", Input(b""))
    assert scan("-").complete


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each variable is scanned with its name, which is its path."""
    for name in os.environ:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SOME_TOKEN", token(1).decode())
    monkeypatch.setenv("OTHER", f"a\nb {token(2).decode()}")
    result = scan("env:")
    assert {secret: finding.locations[0].path for secret, finding in found(result).items()} == {
        token(1): "SOME_TOKEN", token(2): "OTHER"
    }  # fmt: skip
    assert {location.surface for finding in result.findings for location in finding.locations} == {Surface.ENVIRONMENT}


def test_environment_does_not_print() -> None:
    """The variables are in no representation."""
    source = Environment({"A": token(1).decode()})
    assert token(1).decode() not in repr(source) + "".join(map(repr, source.shards()))
