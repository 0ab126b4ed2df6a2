"""Make the repositories that are scanned."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

WHEN = 1_700_000_000
"""Seconds since 1970 of every commit: the same objects every time."""


def git(repository: Path, *arguments: str, stdin: bytes | None = None) -> str:
    """Run git in a repository and return what it prints."""
    done = subprocess.run(["git", "-C", repository, *arguments], input=stdin, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def bare(repository: Path) -> Path:
    """Make an empty bare repository."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", repository], check=True)
    return repository


def copy(source: Path, target: Path) -> Path:
    """Copy a repository with every reference; its objects are linked where the file system allows."""
    subprocess.run(["git", "clone", "-q", "--mirror", source, target], check=True)
    return target


def commit(branch: str, files: Iterable[tuple[str, bytes]], parent: str | None = None) -> Iterable[bytes]:
    """Yield the `git fast-import` stream of one commit."""
    yield b"commit refs/heads/%s\ncommitter bench <bench@example.org> %d +0000\ndata 5\nbench\n" % (
        branch.encode(),
        WHEN,
    )
    if parent:
        yield b"from %s\n" % parent.encode()
    for path, data in files:
        yield b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data)


def put(repository: Path, stream: Iterable[bytes]) -> None:
    """Import a stream. Raises CalledProcessError when git refuses it."""
    command = ["git", "-C", str(repository), "-c", "core.compression=1", "fast-import", "--quiet"]
    importer = subprocess.Popen(command, stdin=subprocess.PIPE)
    assert importer.stdin
    with importer.stdin:
        importer.stdin.writelines(stream)
    if status := importer.wait():
        raise subprocess.CalledProcessError(status, command)


def plant(repository: Path, files: dict[str, bytes]) -> None:
    """Commit `files` on the side branch `planted`, from the head where there is one."""
    known = subprocess.run(["git", "-C", repository, "rev-parse", "-q", "--verify", "HEAD"], stdout=subprocess.PIPE)
    put(repository, commit("planted", files.items(), known.stdout.decode().strip() or None))


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Write files by their paths."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def unpack(repository: Path, folder: Path, number: int) -> int:
    """Write at least so many files of a repository's versions, each version into a folder; return how many there are.

    The versions stand evenly apart on the way to the head, so that neighbours differ.
    """
    commits = git(repository, "rev-list", "--first-parent", "HEAD").split()
    written, step = 0, 1
    while written < number:
        if step > 64:
            raise ValueError(f"{repository}: it has too few files for {number}")
        commit = commits[min(len(commits) - 1, (step - 1) * len(commits) // 64)]
        version = folder / f"version-{step:02}"
        version.mkdir(parents=True)
        archive = subprocess.run(
            ["git", "-C", repository, "archive", commit], stdout=subprocess.PIPE, check=True
        ).stdout
        subprocess.run(["tar", "-x", "-C", version], input=archive, check=True)
        written += sum(1 for path in version.rglob("*") if path.is_file())
        step += 1
    return written
