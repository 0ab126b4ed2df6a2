"""Files and folders: what is read, what is passed over, and what is a fault."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from repositories import Repo
from scans import found, paths, scan, token
from stanch.errors import UsageError
from stanch.model import Batch, Chunk, Fault
from stanch.sources import files
from stanch.sources.files import Files, FileShard

KEY = b"key = " + token(1) + b"\n"


def plant(folder: Path, *names: str) -> None:
    """Write a file with a credential under each name."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(KEY)


def contents(shard: FileShard) -> list[Chunk | Batch | Fault]:
    """Return what a shard yields beside the names of its files."""
    return [item for item in shard.chunks() if not (isinstance(item, Batch) and item.names)]


NAMED = ["a.txt", "sub/b.txt", "sub/deeper/.hidden", "Größe 1.txt", "sub/new\nline", ".github/x.yml", "git/c"]


def test_a_folder(tmp_path: Path) -> None:
    """Every file below a folder is scanned, hidden ones too, in one fixed order."""
    plant(tmp_path, *NAMED)
    result = scan(tmp_path)
    assert paths(found(result)[token(1)]) == sorted(NAMED)
    assert result.stats.blobs == len(NAMED)
    assert result.stats.bytes == len(KEY) * len(NAMED)
    assert {at.at_head for at in found(result)[token(1)].locations} == {None}  # there is no HEAD to stand at


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    """A file name that is no UTF-8 is scanned as any other."""
    with open(os.fsencode(tmp_path) + b"/\xff\xfe.txt", "wb") as file:
        file.write(KEY)
    [finding] = scan(tmp_path).findings
    assert os.fsencode(finding.locations[0].path or "") == b"\xff\xfe.txt"


def test_a_file(tmp_path: Path) -> None:
    """A file alone is scanned under its name."""
    plant(tmp_path, "sub/a.txt")
    [finding] = scan(tmp_path / "sub" / "a.txt").findings
    assert (finding.locations[0].path, finding.locations[0].line, finding.locations[0].column) == ("a.txt", 1, 7)


def test_two_targets(tmp_path: Path) -> None:
    """One credential in two targets is one finding."""
    plant(tmp_path, "a/x", "b/y")
    [finding] = scan(tmp_path / "a", tmp_path / "b").findings
    assert [(at.target, at.path) for at in finding.locations] == [
        (str(tmp_path / "a"), "x"), (str(tmp_path / "b"), "y")
    ]  # fmt: skip


def test_git_folders_are_not_files(tmp_path: Path) -> None:
    """What is called .git is never read as files, at any depth."""
    plant(tmp_path, ".git/config", "vendor/lib/.git/hooks/pre-commit", "vendor/lib/a.txt")
    assert paths(found(scan(tmp_path))[token(1)]) == ["vendor/lib/a.txt"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Of a link to a file, to a folder, to nowhere or in a circle only the text is read."""
    plant(tmp_path, "outside/a.txt")
    inside = tmp_path / "inside"
    inside.mkdir()
    for name, to in [("file", "../outside/a.txt"), ("folder", "../outside"), ("nowhere", "gone"), ("circle", ".")]:
        (inside / name).symlink_to(to)
    result = scan(inside)
    assert (result.findings, result.faults, result.stats.blobs) == ((), (), 4)


def test_a_folder_that_became_a_link(repo: Repo, tmp_path: Path) -> None:
    """git still lists the files of a folder that a link has taken the place of; what the link leads to is not read."""
    repo.commit({"sub/a.txt": b"x"})
    plant(tmp_path, "outside/a.txt")
    (repo.path / "sub" / "a.txt").unlink()
    (repo.path / "sub").rmdir()
    (repo.path / "sub").symlink_to(tmp_path / "outside")
    assert scan(repo.path).findings == ()


def test_a_link_that_the_user_named(tmp_path: Path) -> None:
    """A target that is a link is followed."""
    plant(tmp_path, "outside/a.txt")
    (tmp_path / "link").symlink_to("outside")
    assert set(found(scan(tmp_path / "link"))) == {token(1)}


def test_what_is_no_file(tmp_path: Path) -> None:
    """A pipe, a socket and a device do not hang a scan, nor do they once stood where a file was listed."""
    import socket

    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        assert scan(tmp_path).complete
    shard = FileShard("t", str(tmp_path), ("pipe",), 1)
    assert contents(shard) == [Fault("t", "changed", "pipe: no longer a file")]


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    """A file that vanished after it was listed is a fault, and the rest is scanned."""
    plant(tmp_path, "b.txt")
    first, second = contents(FileShard("t", str(tmp_path), ("a.txt", "b.txt"), 1))
    assert first == Fault("t", "unreadable", "a.txt: No such file or directory")
    assert isinstance(second, Chunk)


def test_an_unreadable_file(tmp_path: Path) -> None:
    """A file that may not be read makes a scan incomplete, and costs nothing but itself."""
    plant(tmp_path, "a.txt", "b.txt")
    (tmp_path / "a.txt").chmod(0)
    if os.access(tmp_path / "a.txt", os.R_OK):
        pytest.skip("root reads everything")
    result = scan(tmp_path)
    assert [fault.kind for fault in result.faults] == ["unreadable"]
    assert paths(found(result)[token(1)]) == ["b.txt"]


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    """A folder that cannot be listed is a fault."""
    [fault] = Files("t", tmp_path, listed=("a",))._walk("gone")
    assert fault == Fault("t", "unreadable", "gone: No such file or directory")


def test_too_large(tmp_path: Path) -> None:
    """What is larger than --max-size is left out, and the scan says so."""
    plant(tmp_path, "small.txt")
    (tmp_path / "large.txt").write_bytes(KEY * 10)
    result = scan(tmp_path, max_size=len(KEY))
    assert result.faults == (Fault(str(tmp_path), "too-large", f"large.txt: {10 * len(KEY)} bytes"),)
    assert paths(found(result)[token(1)]) == ["small.txt"]
    assert not result.complete


def test_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many files are several pieces of work, each file in one of them, in order."""
    plant(tmp_path, *(f"{number:03}" for number in range(50)))
    monkeypatch.setattr(files, "SHARD", 10 * len(KEY))
    shards = [shard for shard in Files("t", tmp_path).shards() if isinstance(shard, FileShard)]
    assert [path for shard in shards for path in shard.paths] == [f"{number:03}" for number in range(50)]
    assert {shard.weight for shard in shards} == {10 * len(KEY)}


def test_nothing_there(tmp_path: Path) -> None:
    """An empty folder is clean; a target that does not exist is an error."""
    assert scan(tmp_path).complete
    with pytest.raises(UsageError, match="gone: no such file or folder"):
        scan(tmp_path / "gone")


def test_worktree_of_a_repository(repo: Repo) -> None:
    """Of a worktree, tracked and untracked files are scanned; ignored ones are not, unless named."""
    repo.commit({".gitignore": b"ignored/\n", "tracked": b"x\n"})
    plant(repo.path, "untracked", "ignored/file")
    (repo.path / "tracked").write_bytes(b"changed " + token(2))
    assert {secret: paths(finding) for secret, finding in found(scan(repo.path, history=False)).items()} == {
        token(1): ["untracked"], token(2): ["tracked"]
    }  # fmt: skip
    assert paths(found(scan(repo.path / "ignored"))[token(1)]) == ["file"]
