"""The cache: used when it is ours and whole, made again when not, and never in the way."""

from __future__ import annotations

import logging
import marshal
import os
import stat
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from scans import chunk, token
from stanch import cache
from stanch.engine import Engine
from stanch.prefilter import hyperscan
from stanch.rules import Ruleset
from strategies import ruleset

FEW = Ruleset(tuple(rule for rule in ruleset().rules if rule.provider == "GitHub" and rule.is_token), "few")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give this test a cache of its own."""
    monkeypatch.setenv("STANCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Record each time that a database is compiled."""
    calls: list[Path] = []
    real = hyperscan._compile

    def compile_(path: Path, *rest: object) -> object:
        calls.append(path)
        return real(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(hyperscan, "_compile", compile_)
    return calls


def works() -> bool:
    """Build the engine, and tell whether it finds a token."""
    return len(Engine(FEW, "hyperscan").scan(chunk(b"x " + token(1)))) == 1


def test_made_once(folder: Path, compiled: list[Path]) -> None:
    """A database is compiled once, kept readable for its owner alone, and loaded from then on."""
    assert works()
    assert works()
    assert len(compiled) == 1
    [file] = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert hyperscan.is_cached(FEW)


def test_other_rules_have_their_own(folder: Path, compiled: list[Path]) -> None:
    """Another ruleset has another database."""
    assert works()
    Engine(Ruleset(FEW.rules[:1], "fewer"), "hyperscan")
    assert len(list(folder.iterdir())) == len(compiled) == 2


def half(file: Path) -> None:
    """Cut the file in half."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def holding(table: object, database: bytes) -> Callable[[Path], object]:
    """Return what puts another table and database into the file, whole by its checksum."""
    packed = cache.packed(table)
    content = len(packed).to_bytes(4) + packed + database
    return lambda file: file.write_bytes(zlib.crc32(content).to_bytes(4) + content)


def flipped(file: Path) -> None:
    """Change a byte in the middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


BROKEN: dict[str, Callable[[Path], object]] = {
    "empty": lambda file: file.write_bytes(b""),
    "truncated": half,
    "garbage": lambda file: file.write_bytes(b"garbage"),
    "a byte that changed": flipped,
    "no table": holding(3, b""),
    "no database": holding(([5], ["github-pat-classic"], [b""], [0], b""), b"garbage"),
    "fewer probes": holding(([5, 5], ["github-pat-classic"], [b""], [0], b""), b"garbage"),
    "group may write": lambda file: file.chmod(0o620),
    "all may write": lambda file: file.chmod(0o602),
}


@pytest.mark.parametrize("how", BROKEN)
def test_not_to_be_trusted(folder: Path, compiled: list[Path], how: str) -> None:
    """A cache that does not load, or that others can have written, is passed over and made again."""
    assert works()
    [file] = folder.iterdir()
    BROKEN[how](file)
    assert works()
    assert len(compiled) == 2
    assert works()
    assert len(compiled) == 2


def test_somebody_elses(folder: Path, compiled: list[Path], caplog: pytest.LogCaptureFixture) -> None:
    """A cache file that belongs to somebody else is not used, and a warning says so."""
    if os.geteuid():
        pytest.skip("only root can give files away")
    assert works()
    [file] = folder.iterdir()
    os.chown(file, 12_345, 12_345)
    with caplog.at_level(logging.WARNING):
        assert works()
    assert len(compiled) == 2
    assert "not used" in caplog.text


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be kept, everything works as before."""
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("STANCH_CACHE", str(tmp_path / "file" / "cache"))
    assert works()
    assert not hyperscan.is_cached(FEW)


def test_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written whole leaves nothing behind."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    cache.write(folder / "x", b"content")
    assert list(folder.iterdir()) == []


FOLDERS = [
    ({"STANCH_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/a"),
    ({"XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/b/stanch"),
    ({"HOME": "/c"}, "/c/.cache/stanch"),
]


@pytest.mark.parametrize(("environment", "wanted"), FOLDERS)
def test_folder(environment: dict[str, str], wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own variable comes first, then the desktop's, then the home folder."""
    for name in ("STANCH_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert cache.folder() == Path(wanted)


class Source:
    """A file that something is made of, and how often that was made."""

    def __init__(self, file: Path) -> None:
        self.file, self.made = file, 0
        file.write_bytes(b"one")

    def kept(self, label: str = "") -> object:
        """Return the file's content, from the cache where it may come from there."""
        return cache.kept("copy", label, [str(self.file)], self._make)

    def _make(self) -> object:
        self.made += 1
        return (self.file.read_bytes(), {"more": [1, None, True]})


@pytest.fixture
def source(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    """Return a file that is taken to be old enough."""
    monkeypatch.setattr(cache, "SETTLED", 0)
    made = Source(tmp_path / "source")
    time.sleep(0.02)
    return made


def test_kept(source: Source, folder: Path) -> None:
    """What was made of a file comes from the cache from then on; what another label stands for does not."""
    assert source.kept() == source.kept() == (b"one", {"more": [1, None, True]})
    assert source.made == 1
    source.kept("another")
    assert source.made == 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def rewritten(file: Path) -> None:
    """Write as many bytes in place, and give the file its old time back."""
    before = file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(file: Path) -> None:
    """Put another file of the same length and time in its place."""
    other = file.with_name("other")
    other.write_bytes(b"two")
    os.utime(other, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    other.replace(file)


CHANGES: dict[str, Callable[[Path], object]] = {
    "longer": lambda file: file.write_bytes(b"longer"),
    "rewritten": rewritten,
    "replaced": replaced,
}


@pytest.mark.parametrize("how", CHANGES)
def test_a_changed_file_is_noticed(source: Source, folder: Path, how: str) -> None:
    """Whatever way a file changes, what was made of the old one is not used, and makes room for the new one."""
    source.kept()
    time.sleep(0.02)
    CHANGES[how](source.file)
    wanted = source.file.read_bytes()
    time.sleep(0.02)
    assert [source.kept()[0] for _ in range(2)] == [wanted] * 2  # type: ignore[index]
    assert (source.made, len(list(folder.iterdir()))) == (2, 1)


def test_a_file_changed_a_moment_ago(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its next change may not show in its times, so nothing is kept of it yet."""
    monkeypatch.setattr(cache, "SETTLED", 10**12)
    assert source.kept() == source.kept()
    assert source.made == 2


def test_a_file_that_is_missing(source: Source) -> None:
    """The error is that of whoever reads it."""
    source.kept()
    source.file.unlink()
    with pytest.raises(FileNotFoundError):
        source.kept()


def forged(file: Path) -> None:
    """Write something else with a right checksum."""
    content = marshal.dumps(3)
    file.write_bytes(zlib.crc32(content).to_bytes(4, "big") + content)


UNTRUSTED: dict[str, Callable[[Path], object]] = {
    **{how: BROKEN[how] for how in ("empty", "truncated", "garbage", "group may write", "all may write")},
    "no pair": forged,
    "one byte": lambda file: file.write_bytes(file.read_bytes()[:-1] + b"?"),
    "three bytes": lambda file: file.write_bytes(b"abc"),
}


@pytest.mark.parametrize("how", UNTRUSTED)
def test_kept_and_damaged(source: Source, folder: Path, how: str) -> None:
    """What is damaged, or others can have written, is made again."""
    source.kept()
    [file] = folder.iterdir()
    UNTRUSTED[how](file)
    assert source.kept() == source.kept() == (b"one", {"more": [1, None, True]})
    assert source.made == 2


def test_kept_by_somebody_else(source: Source, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What somebody else wrote is not loaded."""
    if os.geteuid():
        pytest.skip("only root can give files away")
    source.kept()
    [file] = folder.iterdir()
    os.chown(file, 12_345, 12_345)
    with caplog.at_level(logging.WARNING):
        source.kept()
    assert source.made == 2
    assert "not used" in caplog.text
