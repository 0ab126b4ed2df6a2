"""A view of a repository: its refs and objects, without its configuration, hooks, attributes and foreign object stores.

git is run on a temporary folder that links to what may be read and holds a configuration of our own. So nothing that
the repository says can make git run, include or fetch anything, whatever a later git learns to read there.
"""

from __future__ import annotations

import atexit
import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from stanch import stopping
from stanch.errors import UsageError
from stanch.values import dataclass, field

_CONFIG = """\
[core]
	repositoryFormatVersion = 1
	bare = {bare}
	fsmonitor = false
	hooksPath = {null}
	attributesFile = {null}
	excludesFile = {null}
	packedGitWindowSize = 16m
	packedGitLimit = 64m
	warnAmbiguousRefs = false
[protocol]
	allow = never
[extensions]
{extensions}"""
_COMMON = ("refs", "packed-refs", "reftable", "logs", "shallow", "worktrees")
"""What is shared by all worktrees of a repository. (A linked worktree's own reflog is in `worktrees`.)"""
_EXTENSION = re.compile(rb"^\s*(objectformat|refstorage)\s*=\s*\"?(\w+)", re.IGNORECASE | re.MULTILINE)
_DEEPEST = 5
"""How many object stores git follows from one to the next."""

_open: dict[tuple[Path, bool], View] = {}


@dataclass(frozen=True, slots=True)
class View:
    """A folder that git takes for the repository."""

    folder: Path
    common: Path
    """The repository's own folder, which its linked worktrees share."""
    refused: tuple[str, ...]
    """Object stores outside of the repository that are not read."""
    owner: int = field(default_factory=os.getpid)

    def remove(self) -> None:
        """Remove the folder. One that a fork inherited is left to its owner."""
        if self.owner == os.getpid():
            _remove(self.folder)


def viewed(git_dir: Path, *, bare: bool, alternates: bool) -> View:
    """Return the view of the repository whose (worktree's) git folder is `git_dir`; it is removed when Python ends.

    Raises UsageError when no temporary folder can be made.
    """
    known = _open.get((git_dir, alternates))
    if known is None or not known.folder.exists():
        known = stopping.wholly(_made, git_dir, bare, alternates)
    return known


def common_dir(git_dir: Path) -> Path:
    """Return the folder that holds the objects and refs of `git_dir`, which may be a linked worktree's."""
    try:
        named = os.fsdecode((git_dir / "commondir").read_bytes().strip())
    except OSError:
        return git_dir
    return (git_dir / named).resolve()


def stores(objects: Path, depth: int = _DEEPEST) -> Iterator[Path]:
    """Yield an object store, and those that it leads to."""
    yield objects
    if depth:
        for other in stores_named(objects):
            yield from stores(other, depth - 1)


def close() -> None:
    """Remove all views of this process."""
    for made in _open.values():
        made.remove()
    _open.clear()


def _made(git_dir: Path, bare: bool, alternates: bool) -> View:
    common = common_dir(git_dir)
    refused = () if alternates else tuple(sorted(str(path) for path in _outside(common / "objects", common, _DEEPEST)))
    folder = Path(os.environ.get("TMPDIR") or "/tmp") / f"stanch-{os.getpid()}-{os.urandom(6).hex()}"  # noqa: S108  # 0700, and a name that nobody guesses
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise UsageError(f"{folder.parent}: no temporary folder: {error.strerror}; set TMPDIR to one") from error
    if not _open:
        _remove_at_end()
    made = _open[git_dir, alternates] = View(folder, common, refused)
    try:
        _fill(folder, git_dir, common, bare, refused)
    except OSError:
        _open.pop((git_dir, alternates)).remove()
        raise
    return made


def _fill(folder: Path, git_dir: Path, common: Path, bare: bool, refused: tuple[str, ...]) -> None:
    """Put into a view what git may read."""
    for name in _COMMON:
        if (common / name).exists():
            (folder / name).symlink_to(common / name)
    for name in os.listdir(git_dir):
        if name.startswith("sharedindex."):
            (folder / name).symlink_to(git_dir / name)
    (folder / "HEAD").write_bytes(_head(git_dir / "HEAD"))
    (folder / "config").write_text(_config(common, bare), "utf-8")
    if (common / "info" / "exclude").exists():
        (folder / "info").mkdir()
        (folder / "info" / "exclude").symlink_to(common / "info" / "exclude")
    if refused:
        _mirror(common / "objects", folder / "objects", common)
    else:
        (folder / "objects").symlink_to(common / "objects")


def _head(path: Path) -> bytes:
    """Return what HEAD says; git takes no link for it but one to a ref."""
    with suppress(OSError):
        if path.is_symlink() and (ref := os.readlink(path)).startswith("refs/"):
            return b"ref: %s\n" % os.fsencode(ref)
        with path.open("rb") as file:
            return file.read(4096)
    return b""


def _config(common: Path, bare: bool) -> str:
    try:
        theirs = (common / "config").read_bytes()[: 1 << 20]
    except OSError:
        theirs = b""
    extensions = {key.decode().lower(): value.decode("ascii", "replace") for key, value in _EXTENSION.findall(theirs)}
    lines = "".join(f"\t{key} = {value}\n" for key, value in extensions.items())
    return _CONFIG.format(bare="true" if bare else "false", null=os.devnull, extensions=lines)


def _outside(objects: Path, common: Path, depth: int) -> Iterator[Path]:
    """Yield the object stores that `objects` names or links to, which do not lie in the repository's folder."""
    links = (Path(entry.path) for entry in _entries(objects) if entry.is_symlink())
    for path in (objects, *links):
        if not is_inside(path, common):
            yield path.resolve()
    for other in stores_named(objects):
        if not is_inside(other, common):
            yield other.resolve()
        elif depth:
            yield from _outside(other, common, depth - 1)


def stores_named(objects: Path) -> Iterator[Path]:
    """Yield the object stores that `objects` names."""
    with suppress(OSError):
        for line in (objects / "info" / "alternates").read_bytes().splitlines():
            if line and not line.startswith(b"#"):
                yield objects / os.fsdecode(line)


def _entries(objects: Path) -> Iterator[os.DirEntry[str]]:
    """Yield what stands in an object store, and in its folder of packs."""
    for folder in (objects, objects / "pack"):
        with suppress(OSError), os.scandir(folder) as entries:
            yield from entries


def is_inside(path: Path, common: Path) -> bool:
    """Does it lie in the repository's folder `common`, wherever links lead?"""
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(common), ""))


def _mirror(source: Path, target: Path, common: Path) -> None:
    """Link to what stands in an object store, but to nothing outside of the repository, and to no other store."""
    target.mkdir()
    (target / "pack").mkdir()
    for entry in _entries(source):
        path = Path(entry.path)
        if entry.name not in ("pack", "info") and is_inside(path, common):
            (target / path.relative_to(source)).symlink_to(path)


def _remove(folder: Path) -> None:
    """Remove a view: its links, its files, its few folders."""
    with suppress(OSError):  # somebody cleaned up the temporary folder
        with os.scandir(folder) as entries:
            listed = list(entries)
        for entry in listed:
            if entry.is_dir(follow_symlinks=False):
                _remove(Path(entry.path))
            else:
                os.unlink(entry.path)
        os.rmdir(folder)


def _remove_at_end() -> None:
    atexit.register(close)
    if "multiprocessing" in sys.modules:  # a worker ends without looking at what atexit was told
        from multiprocessing.util import Finalize

        Finalize(None, close, exitpriority=0)
