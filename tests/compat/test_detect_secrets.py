"""The baseline of detect-secrets."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from repositories import Repo
from scans import token
from stanch.cli.commands import stanch
from stanch.compat import sniff
from stanch.errors import UsageError

KEY, OTHER, JWT = token(1), token(2), token(3, "jwt")
PASSWORD = Random(7).randbytes(9).hex().encode()


def sha1(secret: bytes) -> str:
    """Return the digest that detect-secrets keeps."""
    return hashlib.sha1(secret, usedforsecurity=False).hexdigest()


def baseline(path: str = "src/a.txt", secret: bytes = KEY, **more: Any) -> bytes:
    """Return a baseline with one entry."""
    item = {"type": "x", "filename": path, "hashed_secret": sha1(secret), "is_verified": False, "line_number": 9}
    document = {
        "version": "1.5.0", "plugins_used": [{"name": "AWSKeyDetector"}], "filters_used": [],
        "results": {path: [{**item, **more}]}, "generated_at": "2024-01-01T00:00:00Z",
    }  # fmt: skip
    return json.dumps(document, indent=2).encode()


def scan(*arguments: object) -> set[str]:
    """Return the paths of what is found."""
    done = CliRunner().invoke(stanch, ["scan", "-f", "json", *map(str, arguments)], standalone_mode=False)
    assert done.exception is None, done.exception
    return {at["path"] for f in json.loads(done.stdout)["findings"] for at in f["locations"]}


@pytest.fixture
def leaky(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Stand in a repository with the same credential in two files, and a JSON Web Token in a third."""
    monkeypatch.chdir(repo.path)
    repo.commit({"src/a.txt": b"one\nkey = " + KEY + b"\n", "b.txt": b"key = " + KEY, "c.txt": JWT})
    return repo


ALL = {"src/a.txt", "b.txt", "c.txt"}
ENTRIES = [
    # the entry, what is still reported
    (baseline(), ALL - {"src/a.txt"}),
    (baseline("src\\a.txt"), ALL - {"src/a.txt"}),
    (baseline("./src/a.txt"), ALL - {"src/a.txt"}),
    (baseline("a.txt"), ALL),
    (baseline(secret=OTHER), ALL),
    (baseline(is_secret=False), ALL - {"src/a.txt"}),
    (baseline(is_secret=None), ALL - {"src/a.txt"}),
    (baseline(is_secret=True), ALL),
    (baseline("c.txt", JWT), ALL - {"c.txt"}),
    (baseline("c.txt", JWT.rpartition(b".")[0] + b"."), ALL - {"c.txt"}),
]


@pytest.mark.parametrize(("content", "left"), ENTRIES)
def test_accepted(content: bytes, left: set[str], leaky: Repo, tmp_path: Path) -> None:
    """An entry accepts the secret with its digest at its path, unless somebody audited it as real."""
    (tmp_path / "b.json").write_bytes(content)
    assert scan("--baseline", tmp_path / "b.json") == left


def test_it_is_used_only_when_it_is_named(leaky: Repo) -> None:
    """A baseline at the root is not taken unasked; in the configuration it is."""
    leaky.put(".secrets.baseline", baseline())
    assert "src/a.txt" in scan("--no-history")
    leaky.put("stanch.toml", b"baseline = ['.secrets.baseline']\n")
    assert "src/a.txt" not in scan("--no-history")


def test_its_own_digests_are_no_secrets(leaky: Repo) -> None:
    """A baseline in what is scanned is full of digests, which are no secrets, whether it counts or not."""
    leaky.put(".secrets.baseline", baseline("b.txt"))
    assert scan() == ALL
    assert scan("--baseline", ".secrets.baseline") == ALL - {"b.txt"}


BROKEN = [
    ({"hashed_secret": 3}, "hashed_secret must be a string"),
    ({"hashed_secret": "x"}, "hashed_secret must be a SHA-1 digest"),
    ({"is_secret": "no"}, "is_secret must be true or false"),
]


@pytest.mark.parametrize(("more", "says"), BROKEN)
def test_broken(more: dict[str, Any], says: str) -> None:
    """A value of another type is an error that names file and path."""
    with pytest.raises(UsageError, match=rf"b.json: 'src/a.txt': {says}"):
        sniff(Path("b.json"), baseline(**more))
