"""A hostile archive: no bomb takes more than its share, nothing of it leaves memory, and what was not read is said."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from random import Random

import pytest

import packing
from packing import gzipped_zeros, overlapping, tarred, zipped
from repositories import Repo, snapshot
from scans import Input, cli, found, scan, token
from stanch.archives import bounds, compressed, tar
from stanch.model import Result

TOKEN = token(1)
KEY = b"key = " + TOKEN + b"\n"


def told(result: Result) -> list[tuple[str, str]]:
    """Return the faults: kind and detail."""
    return [(fault.kind, fault.detail) for fault in result.faults]


def scanned(folder: Path, data: bytes) -> Result:
    """Scan a folder with this one file."""
    (folder / "a").write_bytes(data)
    return scan(folder)


def nested(depth: int, pack: Callable[[bytes], bytes]) -> bytes:
    """Return content in so many layers."""
    data = KEY
    for _ in range(depth):
        data = pack(data)
    return data


PACKS: dict[str, Callable[[bytes], bytes]] = {
    "zip": lambda data: zipped({"a": data}),
    "tar": lambda data: tarred({"a": data}),
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


@pytest.mark.parametrize("name", PACKS)
def test_depth(tmp_path: Path, name: str) -> None:
    """What is in as many layers as may be is found; a layer more is a fault, as is a zip that never ends."""
    result = scanned(tmp_path, nested(bounds.DEPTH, PACKS[name]))
    assert (set(found(result)), result.faults) == ({TOKEN}, ())
    for depth in (bounds.DEPTH + 1, 3 * bounds.DEPTH):
        result = scanned(tmp_path, nested(depth, PACKS[name]))
        inner = "!a" * bounds.DEPTH if name in ("zip", "tar") else ""
        assert told(result) == [("archive-bound", f"a{inner}: in more than 8 layers; it is not opened")]


def test_an_archive_that_holds_many_like_itself(tmp_path: Path) -> None:
    """Two in each of two in each of two: opened as far as the bounds go, and not named one by one."""
    data = KEY
    for _ in range(2 * bounds.DEPTH):
        data = zipped({"a": data, "b": data})
    (tmp_path / "a").write_bytes(data)
    result = scan(tmp_path)
    assert len(result.faults) == 11
    assert result.faults[-1].detail == f"a: and {2**bounds.DEPTH - 10:,} more"


def test_the_count_of_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Members count at all depths; those that came before there were too many are read."""
    monkeypatch.setattr(bounds, "MEMBERS", 50)
    many = {f"{number:03}": b"key = " + token(number) for number in range(60)}
    for data in (zipped(many), tarred(many), gzip.compress(tarred(many)), zipped({"a": tarred(many)})):
        result = scanned(tmp_path, data)
        [(kind, detail)] = told(result)
        assert (kind, detail[-52:]) == ("archive-bound", " holds more than 50 members; the rest is not scanned")
        assert token(40) in found(result)


def test_a_directory_of_nothing_but_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory whose entries are all one and the same member is not read for ever."""
    monkeypatch.setattr(bounds, "MEMBERS", 1_000)
    content = zlib.compress(KEY, wbits=-15)
    result = scanned(tmp_path, overlapping(20_000, content, len(KEY), zlib.crc32(KEY)))
    assert told(result) == [("archive-bound", "a: holds more than 1,000 members; the rest is not scanned")]
    assert set(found(result)) == {TOKEN}


def test_members_that_overlap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is within its bounds, together they are not: a small file that says gigabytes is read for a while."""
    monkeypatch.setattr(bounds, "LEAST", 4 << 20)
    crc = zlib.crc32(bytes(1 << 20))
    result = scanned(tmp_path, overlapping(100, packing.zeros(1), 1 << 20, crc))
    assert told(result) == [("archive-bound", "a!x: expands to more than 4,194,304 bytes; the rest is not scanned")]
    assert result.stats.bytes < 6 << 20


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_stored_members_that_overlap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: int) -> None:
    """The total counts what is stored too: the same megabyte, named a hundred times."""
    monkeypatch.setattr(bounds, "LEAST", 4 << 20)
    monkeypatch.setattr(bounds, "RATIO", 1)
    single = zipped({"a": os.urandom(1 << 20)}, method)
    end = single.rfind(b"PK\5\6")
    start = struct.unpack_from("<L", single, end + 16)[0]
    entry = single[start:end]
    record = bytearray(single[end:])
    struct.pack_into("<HHL", record, 8, 100, 100, 100 * len(entry))
    result = scanned(tmp_path, single[:start] + entry * 100 + bytes(record))
    assert [kind for kind, _ in told(result)] == ["archive-bound"]
    assert result.stats.bytes < 16 << 20


BOMBS = {
    "gzip": lambda: gzipped_zeros(400),
    "gzip of a gzip": lambda: gzip.compress(gzipped_zeros(400)),
    "tar.gz": lambda: gzip.compress(tarred({"a": gzipped_zeros(400)})),
    "bzip2": lambda: bz2.compress(bytes(8 << 20)) * 50,
    "xz": lambda: lzma.compress(bytes(80 << 20), preset=0),
    "zip, bzip2": lambda: zipped({"a": bytes(80 << 20)}, zipfile.ZIP_BZIP2),
    "zip": lambda: overlapping(1, packing.zeros(400), 400 << 20),
}


@pytest.mark.parametrize("name", BOMBS)
def test_the_ratio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Compressed content that expands to hundreds of times its size is read as far as that is cheap."""
    monkeypatch.setattr(compressed, "ALONE", 1 << 20)
    monkeypatch.setattr(bounds, "LEAST", 8 << 20)
    result = scanned(tmp_path, BOMBS[name]())
    assert {kind for kind, _ in told(result)} == {"archive-bound"}
    assert result.stats.bytes < 16 << 20


def test_what_comes_beside_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb ends itself alone: the other members are read."""
    monkeypatch.setattr(compressed, "ALONE", 1 << 20)
    result = scanned(tmp_path, zipped({"a": gzipped_zeros(100), "b": KEY}, zipfile.ZIP_STORED))
    assert told(result) == [
        ("archive-bound", "a!a: gzip: expands to more than 200 times its size; the rest is not scanned")
    ]
    assert set(found(result)) == {TOKEN}


def test_zips_are_held_in_memory_within_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zip in another archive that is too large to hold is read as it stands; on the disk it need not be held."""
    monkeypatch.setattr(bounds, "MEMORY", 100_000)
    large = zipped({"x": os.urandom(200_000), "a": KEY}, zipfile.ZIP_STORED)
    assert scanned(tmp_path, large).complete
    result = scanned(tmp_path, tarred({"b.zip": large, "c.zip": zipped({"a": b"key = " + token(2)})}))
    assert told(result) == [("archive-bound", "a!b.zip: zip: of more than 100,000 bytes, which are not held in memory")]
    assert set(found(result)) == {TOKEN, token(2)}


def test_the_dictionary_of_xz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs more memory to expand than there is for it is a fault; what `xz -9` made is read."""
    assert set(found(scanned(tmp_path, lzma.compress(KEY, preset=9)))) == {TOKEN}
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 28}]
    [(kind, detail)] = told(scanned(tmp_path, lzma.compress(KEY, filters=filters)))
    assert (kind, detail) == ("archive-bound", "a: xz: takes more memory to expand than there is for it")


def test_a_header_of_a_tar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name of gigabytes is not read into memory."""
    monkeypatch.setattr(tar, "HEADER", 1_000)
    data = tarred({"x": KEY, "y" * 2_000: b"x"}, tarfile.GNU_FORMAT)
    result = scanned(tmp_path, data)
    assert told(result) == [("archive-bound", "a: tar: a header of 2,001 bytes; the rest is not scanned")]
    assert set(found(result)) == {TOKEN}


def lying(**fields: int) -> bytes:
    """Return a zip whose directory and local header lie about a member."""
    data = bytearray(zipped({"a": KEY, "b": b"key = " + token(2)}))
    entry = data.find(b"PK\1\2")
    for name, value in fields.items():
        place, form = {"crc": (16, "<L"), "packed": (20, "<L"), "size": (24, "<L"), "offset": (42, "<L")}[name]
        struct.pack_into(form, data, entry + place, value)
    return bytes(data)


LIES = {
    "a size that is too small": lying(size=1),
    "a size that is too large": lying(size=4_000_000_000),
    "a checksum": lying(crc=1),
    "a packed size that is too small": lying(packed=5),
    "a packed size that is too large": lying(packed=4_000_000_000, crc=1),
    "a place in the middle": lying(offset=7),
    "a place behind the end": lying(offset=4_000_000_000),
}


@pytest.mark.parametrize("name", LIES)
def test_lying_headers(tmp_path: Path, name: str) -> None:
    """A member that is not what its headers say is a fault; what there is of it is read, and the rest of the zip."""
    result = scanned(tmp_path, LIES[name])
    assert {kind for kind, _ in told(result)} == {"corrupt-archive"}
    assert token(2) in found(result)
    assert (TOKEN in found(result)) is ("place" not in name and "packed size that is too small" not in name)


FILES = {"a": b"x = 1\n" * 3_000 + KEY, "b": Random(3).randbytes(20_000), "c": b"key = " + token(2)}
CUT = {
    "zip": zipped(FILES, zipfile.ZIP_STORED),
    "tar": tarred(FILES).rstrip(b"\0"),
    "gzip": gzip.compress(tarred(FILES)),
    "bz2": bz2.compress(tarred(FILES)),
    "xz": lzma.compress(tarred(FILES)),
    "gzip in zip": zipped({"a": gzip.compress(tarred(FILES))[:-700]}),
}


@pytest.mark.parametrize("name", CUT)
@pytest.mark.parametrize("left", [0.5, 0.9, 0.999])
def test_cut_off(tmp_path: Path, name: str, left: float) -> None:
    """An archive that is cut off is one fault, and is read up to there."""
    data = CUT[name] if "in" in name.split() else CUT[name][: int(len(CUT[name]) * left)]
    result = scanned(tmp_path, data)
    assert [kind for kind, _ in told(result)] == ["corrupt-archive"]
    assert (TOKEN in found(result)) or name in ("bz2", "xz")
    assert not result.complete


@pytest.mark.parametrize("name", ["tar", "gzip", "bz2", "xz"])
def test_damaged(tmp_path: Path, name: str) -> None:
    """A damaged archive is a fault, and is read up to there; of a tar also what stands behind the damage."""
    data = bytearray(CUT[name])
    place = data.find(b"ustar", 20_000) if name == "tar" else len(data) * 3 // 4
    data[place : place + 8] = b"\xff" * 8
    result = scanned(tmp_path, bytes(data))
    assert {kind for kind, _ in told(result)} == {"corrupt-archive"}  # the gzip's, and the tar's in it
    assert name not in ("tar", "gzip") or TOKEN in found(result)
    assert name != "tar" or token(2) in found(result)


NO_ARCHIVES = [
    b"PK\3\4 is how a zip begins\n",
    b"PK\3\4" + KEY * 20,
    b"PK\5\6" + KEY * 20,
    b"\x1f\x8b\x08",
    b"\x1f\x8b\x08\xff" + KEY * 20,
    b"BZh",
    b"BZh9 is how bzip2 begins\n",
    b"\xfd7zXZ\0" + KEY * 20,
    b"]\0\0" + KEY * 20,
    b"]\0\0\x80\0" + b"\xff" * 8 + KEY,
    b"#!/bin/sh\nprintf 'PK\5\6'\n" + KEY * 3,
    b"x" * 257 + b"ustar" + KEY * 20,
    b"MZ" + KEY,
]


@pytest.mark.parametrize("data", NO_ARCHIVES)
def test_what_merely_begins_like_one(tmp_path: Path, data: bytes) -> None:
    """It is no fault, and is scanned as any other file."""
    result = scanned(tmp_path, data + KEY)
    assert result.faults == ()
    assert {at.layers for at in found(result)[TOKEN].locations} == {()}


def test_a_method_that_nobody_here_knows(tmp_path: Path) -> None:
    """A member of a zip that is compressed in a way we cannot expand is a fault."""
    data = zipped({"a": b"x", "b": KEY}).replace(b"PK\1\2\x14\x03\x14\0\0\0\x08", b"PK\1\2\x14\x03\x14\0\0\0\x09", 1)
    result = scanned(tmp_path, data)
    detail = "a!a: zip: compressed by method 9, which is not supported"
    assert told(result) == [("unsupported-archive", detail)]
    assert set(found(result)) == {TOKEN}


NAMES = ["../../ran", "/ran", "{canary}", "a/../../../ran", "C:\\ran", "\x1b[2Jran", "a\nran", "\u202enar", "x" * 5_000]


def hostile_tar(folder: Path) -> bytes:
    """Return a tar of members that would be somewhere else, or something else, if they were unpacked."""
    file = BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name in NAMES:
            member = tarfile.TarInfo(name.format(canary=folder / "ran"))
            member.size = len(KEY)
            archive.addfile(member, BytesIO(KEY))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE):
            member = tarfile.TarInfo("link")
            member.type, member.linkname, member.devmajor = kind, str(folder / "secret"), 1
            archive.addfile(member)
            member = tarfile.TarInfo("link/ran")
            member.size = len(KEY)
            archive.addfile(member, BytesIO(KEY))
    return file.getvalue()


def hostile_zip(folder: Path) -> bytes:
    """Return the same as a zip."""
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(link, str(folder / "secret"))
        for name in [*NAMES, "link/ran"]:
            archive.writestr(name.format(canary=folder / "ran"), KEY)
    return file.getvalue()


@pytest.mark.parametrize("make", [hostile_tar, hostile_zip])
@pytest.mark.parametrize("how", ["file", "history", "stdin"])
def test_no_path_leaves_memory(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], bytes], how: str
) -> None:
    """Nothing is written, whatever members are called and wherever links lead, and no link is followed."""
    (tmp_path / "secret").write_bytes(b"key = " + token(2))
    (tmp_path / "tmp").mkdir()
    data = make(tmp_path)
    repo.commit({"deep/a": data})
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("sys.stdin", Input(data))
    monkeypatch.chdir(repo.path)
    before = snapshot(tmp_path / "repo"), sorted(os.listdir(tmp_path))
    result = scan({"file": repo.path / "deep", "history": repo.path, "stdin": "-"}[how])
    assert (set(found(result)), result.faults) == ({TOKEN}, ())
    assert (snapshot(tmp_path / "repo"), sorted(os.listdir(tmp_path))) == before
    assert os.listdir(tmp_path / "tmp") == []


def test_names_that_steer_a_terminal(tmp_path: Path) -> None:
    """A member's name reaches no output with what steers a terminal, in a finding or in a fault."""
    hostile = {f"\x1b[2J{text}\r\u202e\x07.txt": KEY + text.encode() for text in "ab"}
    (tmp_path / "a.zip").write_bytes(zipped(hostile))
    (tmp_path / "b.tgz").write_bytes(gzip.compress(tarred(hostile))[:-30])
    (tmp_path / "c.zip").write_bytes(packing.encrypted(hostile))
    for name in ("text", "json", "sarif"):
        done = cli("scan", "-f", name, "--explain", ".", cwd=tmp_path)
        assert done.returncode == 1
        assert not set((done.stdout + done.stderr).decode()) & set("\x1b\x07\r\u202e")


def test_a_secret_that_is_a_member_s_name(tmp_path: Path) -> None:
    """It is masked in reports, where it names the place of another secret too, and in faults."""
    (tmp_path / "a.zip").write_bytes(zipped({TOKEN.decode(): b"key = " + token(2), "b.gz": b"x"}))
    (tmp_path / "b.zip").write_bytes(zipped({f"{TOKEN.decode()}.gz": gzip.compress(KEY)[:-1]}))
    done = cli("scan", ".", cwd=tmp_path)
    assert done.returncode == 1
    assert TOKEN not in done.stdout + done.stderr
    assert token(2) not in done.stdout + done.stderr


MEASURED = """
import re, sys
from stanch.cli import main
try:
    main()
finally:
    print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1], file=sys.stderr)
"""


def heavy(folder: Path) -> None:
    """Write what takes the most memory: bombs, large zips in others, xz in xz with large dictionaries."""
    much = os.urandom(1 << 20) * 60
    (folder / "a.tar").write_bytes(tarred({"b.zip": zipped({"c.zip": zipped({"x": much}, 0)}, 0)}))
    (folder / "b.xz").write_bytes(lzma.compress(lzma.compress(much[: 20 << 20], preset=9)))
    (folder / "c.gz").write_bytes(gzipped_zeros(200))
    (folder / "d.zip").write_bytes(zipped({"a": bytes(100 << 20)}, zipfile.ZIP_BZIP2))
    (folder / "e.zip").write_bytes(overlapping(20_000, packing.zeros(1), 1 << 20))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the most memory that a process had is read from /proc")
@pytest.mark.parametrize("how", ["files", "history"])
def test_memory(repo: Repo, how: str) -> None:
    """However an archive is made, a process stays below 250 MB."""
    heavy(repo.path)
    if how == "history":
        repo.commit()
        for file in repo.path.iterdir():
            file.is_file() and file.unlink()
    command = [sys.executable, "-c", MEASURED, "scan", "-j", "1", "--engine", "hyperscan", str(repo.path)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 3
    assert int(done.stderr.split()[-1]) < 250 << 10
