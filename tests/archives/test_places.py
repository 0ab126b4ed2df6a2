"""Archives are opened wherever content is read, and what lies in them is found where it is."""

from __future__ import annotations

import gzip
import lzma
from pathlib import Path
from random import Random
from typing import Any

import pytest

from packing import ARCHIVES, COMPRESSED, LONG, encrypted, tarred, zipped
from project.documents import ROOT
from repositories import Repo
from scans import Input, cli, found, scan, token
from stanch.archives import bounds
from stanch.model import Confidence, Fault, Location, Surface
from stanch.report.place import spot
from stanch.sources.git import objects

TOKEN = token(1)
KEY = b"# a file\nkey = " + TOKEN + b"\n"
MUCH = b"x = 1\n" * 200_000


def only(*targets: Path | str, **changes: Any) -> Location:
    """Return the only place of the only finding of a scan that was complete."""
    result = scan(*targets, **changes)
    assert result.faults == ()
    [finding] = result.findings
    [location] = finding.locations
    assert finding.secret == TOKEN
    return location


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_archive(tmp_path: Path, name: str) -> None:
    """A member is found by its name, with its own lines and columns, whatever the file is called."""
    (tmp_path / "data.bin").write_bytes(ARCHIVES[name]({"x.txt": b"x", LONG: KEY, "größe.txt": b"x"}))
    at = only(tmp_path)
    kind = name[:3]
    assert (at.path, at.layers, at.line, at.column) == ("data.bin", (f"{kind}:{LONG}",), 2, 7)
    assert spot(at).endswith(f"data.bin!{LONG}:2")


@pytest.mark.parametrize("name", COMPRESSED)
@pytest.mark.parametrize("much", [b"", MUCH], ids=["small", "large"])
def test_every_compression(tmp_path: Path, name: str, much: bytes) -> None:
    """A compressed file is read, and a compressed tar opened."""
    (tmp_path / "a").write_bytes(COMPRESSED[name](much + KEY))
    at = only(tmp_path)
    assert (at.layers, at.line, at.column) == ((name,), much.count(b"\n") + 2, 7)
    (tmp_path / "a").write_bytes(COMPRESSED[name](tarred({"x": b"x", "etc/a": much + KEY})))
    at = only(tmp_path)
    assert (at.layers, at.line, at.column) == ((name, "tar:etc/a"), much.count(b"\n") + 2, 7)


def test_each_in_the_other(tmp_path: Path) -> None:
    """What lies in an archive is opened too, and the way to it is told."""
    jar = zipped({"app.properties": KEY})
    war = zipped({"WEB-INF/lib/a.jar": jar})
    layer = gzip.compress(tarred({"srv/app.war": war}))
    (tmp_path / "image.tar").write_bytes(tarred({"layer.tar.gz": layer}))
    at = only(tmp_path)
    assert at.layers == (
        "tar:layer.tar.gz", "gzip", "tar:srv/app.war", "zip:WEB-INF/lib/a.jar", "zip:app.properties"
    )  # fmt: skip
    assert spot(at).endswith("/image.tar!layer.tar.gz!srv/app.war!WEB-INF/lib/a.jar!app.properties:2")


HOLDING = {"zip": zipped({"lib/a.txt": KEY}), "tar.gz": gzip.compress(tarred({"lib/a.txt": KEY}))}
LARGE = {
    "zip": zipped({"x": MUCH, "lib/a.txt": KEY}, 0),
    "tar": tarred({"x": MUCH, "lib/a.txt": KEY}),
    "program": zipped({"x": MUCH, "lib/a.txt": KEY}, 0, prefix=b"MZ"),
}
SOME = {**HOLDING, **{f"large {name}": data for name, data in LARGE.items()}}


@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("how", [{}, {"revisions": "HEAD~1..HEAD"}, {"jobs": 2}], ids=["history", "range", "jobs"])
def test_in_history(repo: Repo, name: str, how: dict[str, Any]) -> None:
    """An archive that was committed and deleted again is opened; the finding says in which commit, and where."""
    repo.commit({"x.txt": b"x"})
    commit = repo.commit({"a.bin": SOME[name]})
    if "revisions" not in how:
        repo.commit({"a.bin": None})
    places = found(scan(repo.path, **how))[TOKEN].locations
    at = places[0]
    assert (at.path, at.commit, at.blob, at.line) == ("a.bin", commit, repo.oid(SOME[name]), 2)
    assert at.layers[-1].partition(":")[2] == "lib/a.txt"


@pytest.mark.parametrize("name", SOME)
def test_in_the_index(repo: Repo, name: str) -> None:
    """What is staged is opened."""
    repo.commit({"x.txt": b"x"})
    repo.put("a.bin", SOME[name])
    repo.git("add", "a.bin")
    repo.put("a.bin", b"x")
    assert found(scan(repo.path, staged=True))[TOKEN].locations[0].path == "a.bin"


@pytest.mark.parametrize("name", SOME)
def test_a_target(tmp_path: Path, name: str) -> None:
    """A file that is an archive can be named."""
    (tmp_path / "a.bin").write_bytes(SOME[name])
    at = next(at for at in found(scan(tmp_path / "a.bin"))[TOKEN].locations if at.layers)
    assert (at.target, at.path, at.line) == (str(tmp_path), "a.bin", 2)


@pytest.mark.parametrize("name", SOME)
def test_on_standard_input(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """So is what comes on standard input."""
    monkeypatch.setattr("sys.stdin", Input(SOME[name]))
    result = scan("-")
    assert result.faults == ()
    at = next(at for at in found(result)[TOKEN].locations if at.layers)
    assert spot(at) == "standard input!lib/a.txt:2"


@pytest.mark.parametrize("where", ["file", "history", "stdin"])
def test_not_opened(repo: Repo, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """With --no-archives they are files like any other."""
    repo.commit({"a.zip": HOLDING["zip"]})
    monkeypatch.setattr("sys.stdin", Input(HOLDING["zip"]))
    target = {"file": repo.path / "a.zip", "history": repo.path, "stdin": "-"}[where]
    assert scan(target).findings
    result = scan(target, archives=False)
    assert (result.findings, result.faults) == ((), ())
    assert cli("scan", "--no-archives", "a.zip", cwd=repo.path).returncode == 0


def test_too_large(tmp_path: Path) -> None:
    """--max-size is about the file, not about what lies in it."""
    data = zipped({"a.txt": MUCH + KEY})
    (tmp_path / "a.zip").write_bytes(data)
    assert only(tmp_path, max_size=len(data)).layers
    [fault] = scan(tmp_path, max_size=len(data) - 1).faults
    assert fault.kind == "too-large"


def test_a_member_of_several_windows(tmp_path: Path) -> None:
    """A member larger than a window is read in windows, each credential told once, at its line."""
    lines = [b"# nothing here %d\n" % number for number in range(600_000)]
    for number in range(40):
        lines[number * 15_000 + 7] = b"key = " + token(number) + b"\n"
    (tmp_path / "a.tar.xz").write_bytes(lzma.compress(tarred({"a.log": b"".join(lines)}), preset=0))
    result = scan(tmp_path, engine="hyperscan")
    assert {finding.secret: [at.line for at in finding.locations] for finding in result.findings} == {
        token(number): [number * 15_000 + 8] for number in range(40)
    }


def test_other_encodings_in_a_member(tmp_path: Path) -> None:
    """What is done for files is done for members: UTF-16, base64, allows."""
    (tmp_path / "a.zip").write_bytes(
        zipped({"a.txt": KEY.decode().encode("utf-16"), "b.txt": b"key = " + token(2) + b"  # stanch:allow\n"})
    )
    assert only(tmp_path).layers == ("zip:a.txt", "utf-16-le")


def test_the_role_of_a_member(tmp_path: Path) -> None:
    """The name of a member counts as a path does: a test's is doubted where the program's is not."""
    letters = "abcdefghkmnpqrstuvwxyzABCDEFGH23456789"
    word = b'db_password = "%s"\n' % "".join(Random(3).choices(letters, k=13)).encode()
    levels = {}
    for name in ("app/settings.py", "tests/test_settings.py"):
        (tmp_path / "a.zip").write_bytes(zipped({name: word}))
        [finding] = scan(tmp_path, min_confidence=Confidence.LOW).findings
        levels[name] = finding.score
    assert levels["tests/test_settings.py"] < levels["app/settings.py"]


NAMED = [
    ("zip", zipped({"x": b"x", f"backup/{TOKEN.decode()}.sql": b"x"}), 2, 8),
    ("zip", zipped({"x": b"x"}, comment=b"made with\n" + TOKEN), 2, 11),
    ("tar", tarred({"x": b"x"}, links={"latest": f"/srv/{TOKEN.decode()}"}), 2, 13),
]


@pytest.mark.parametrize(("kind", "data", "line", "column"), NAMED, ids=["name", "comment", "link"])
def test_names_of_members(tmp_path: Path, kind: str, data: bytes, line: int, column: int) -> None:
    """A secret in a member's name, in a comment or in a link is found: the line is the member's number."""
    (tmp_path / "a").write_bytes(data)
    at = only(tmp_path)
    assert (at.path, at.surface, at.layers, at.line, at.column) == ("a", Surface.BLOB, (kind,), line, column)


def test_many_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are looked at some at a time, and keep their numbers."""
    monkeypatch.setattr("stanch.archives.opening.NAMES", 100)
    files = {f"{number:03}/{token(number).decode() if number % 20 == 0 else 'x'}": b"" for number in range(100)}
    (tmp_path / "a.zip").write_bytes(zipped(files))
    result = scan(tmp_path)
    assert sorted(at.line for finding in result.findings for at in finding.locations) == [1, 21, 41, 61, 81]


def test_encrypted_members(tmp_path: Path) -> None:
    """Ciphertext is no fault: what can be read is read, and a line on standard error says what was not."""
    (tmp_path / "a.zip").write_bytes(encrypted({"a.txt": KEY, "b.txt": KEY}))
    done = cli("scan", ".", cwd=tmp_path)
    assert (done.returncode, done.stdout.count(b"incomplete")) == (0, 0)
    assert b"stanch: a.zip: encrypted members are not scanned\n" in done.stderr
    (tmp_path / "b.zip").write_bytes(zipped({"a.zip": encrypted({"a.txt": KEY}), f"{TOKEN.decode()}/b": b"x"}))
    assert b"a.zip, b.zip: encrypted members are not scanned\n" in cli("scan", ".", cwd=tmp_path).stderr
    assert set(found(scan(tmp_path))) == {TOKEN}


def test_the_next_scan_of_a_corrupt_archive(repo: Repo, tmp_path: Path) -> None:
    """What could not be opened is a fault in every incremental scan, and keeps none from being incremental."""
    repo.commit({"a.gz": gzip.compress(MUCH + KEY)[:-9], "b.txt": b"key = " + token(2)})
    repo.commit({"a.gz": None})
    kept = tmp_path / "kept.json"
    first = scan(repo.path, incremental=kept)
    assert [fault.kind for fault in first.faults] == ["corrupt-archive"]
    repo.commit({"c.txt": b"key = " + token(3)})
    second = scan(repo.path, incremental=kept)
    assert second.faults == first.faults
    assert second.stats.blobs < first.stats.blobs + 4
    assert set(found(second)) == {TOKEN, token(2), token(3)}


def test_how_much_was_scanned(tmp_path: Path) -> None:
    """Each member counts as a content, and the list of their names."""
    (tmp_path / "a.zip").write_bytes(zipped({"a": b"x" * 10, "b": b"y" * 10}))
    assert scan(tmp_path).stats.blobs == 3


def test_a_batch_does_not_matter(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Archives between other small objects disturb neither."""
    monkeypatch.setattr(objects, "BATCH", 300)
    repo.commit({f"{number}.{kind}": data for number in range(9) for kind, data in _files(number)})
    result = scan(repo.path)
    assert {finding.secret for finding in result.findings} == {token(number) for number in range(18)}
    assert result.faults == ()


def _files(number: int) -> list[tuple[str, bytes]]:
    return [
        ("txt", b"key = " + token(2 * number) + b"\n"),
        ("zip", zipped({"a.txt": b"key = " + token(2 * number + 1) + b"\n"})),
    ]


def test_a_fault_names_the_archive(repo: Repo) -> None:
    """A fault tells the way to what was not read."""
    repo.commit({"a.zip": zipped({"x.txt": b"x", "logs/b.gz": gzip.compress(MUCH)[:-20]})})
    result = scan(repo.path, history=False)
    assert result.faults == (Fault(str(repo.path), "corrupt-archive", "a.zip!logs/b.gz: gzip: it is cut off"),)


def test_the_bounds_in_the_document() -> None:
    """docs/git.md names the bounds as they are."""
    text = (ROOT / "docs/git.md").read_text("utf-8").partition("| bound |")[2]
    rows = [row.split("|")[2].strip() for row in text.splitlines()[2:7]]
    alone, least, most, memory = (
        f"{size >> 20:,} MB" for size in (bounds.ALONE, bounds.LEAST, bounds.MOST, bounds.MEMORY)
    )
    total = f"{bounds.RATIO} times its size up to {most}, or {bounds.USUAL} times, or {least}: the largest of these"
    assert rows == [
        f"{bounds.DEPTH} layers", f"{bounds.MEMBERS:,}", f"{bounds.RATIO} times its size, or {alone}", total, memory
    ]  # fmt: skip
