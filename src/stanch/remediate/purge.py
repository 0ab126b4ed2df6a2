"""Purging a history: what git-filter-repo is to replace, the commands, and what no rewrite reaches.

The plan is made of findings and of the objects that hold them. Nothing is rewritten here: whoever owns the repository
does that, in a fresh clone, and pushes.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from stanch import whole
from stanch.errors import GitError, UsageError
from stanch.model import Finding, Location, Reach, Surface
from stanch.remediate.places import bounds
from stanch.values import dataclass, field

if TYPE_CHECKING:
    from stanch.sources.git import Repository

REMOVED = b"***REMOVED***"
"""What stands in a secret's place; git-filter-repo's own default."""
IN_NAMES = b"REMOVED"
"""And in names of files, refs and people: Windows has no file with a star in its name, git no ref."""
BINARY = 8192
"""Bytes among which a NUL makes git-filter-repo leave a blob as it is (`is_binary` in its source, 2.47.0)."""
SURE = 16
"""Bytes from which any secret is replaced wherever it stands."""
SHORT = 8
"""A shorter one is replaced in its places only, and so is one up to SURE that is a word or a number."""
BEFORE, AFTER = 24, 3
"""Bytes of a line around such a secret that tell its place."""
EXPRESSIONS, BLOBS = "expressions.txt", "blobs.txt"
_LOCAL = {Reach.STASH: "in a stash", Reach.REFLOG: "in a reflog", Reach.DANGLING: "in objects that nothing leads to"}
_PLAIN = re.compile(rb"[A-Za-z]+|[0-9]+")
_CALLBACKS: dict[Surface, tuple[str, ...]] = {Surface.PATH: ("filename", "refname"), Surface.AUTHOR: ("name", "email")}


@dataclass(frozen=True, slots=True)
class Purge:
    """What takes secrets out of a history. The files hold them: only their owner may read them, and nobody for long."""

    folder: Path
    files: Mapping[str, bytes] = field(repr=False)
    """Their contents, by their names in `folder`; none where no commit holds any of the secrets."""
    commands: tuple[str, ...]
    """What to run, in this order, in a shell of POSIX."""
    left: tuple[str, ...]
    """What these commands do not do, a sentence each."""


class _Text(NamedTuple):
    """Bytes to replace: everywhere, or between those around them."""

    data: bytes
    before: bytes = b""
    after: bytes | None = None
    """None: everywhere. Empty: at the end of a line."""
    place: tuple[int, int] = (0, 0)

    @property
    def is_regex(self) -> bool:
        return b"\n" in self.data or self.after is not None

    def expression(self, *, regex: bool) -> bytes:
        """Return the line for git-filter-repo: it takes what stands behind the last `==>` for the replacement."""
        if not regex:
            return b"literal:" + self.data + b"==>" + REMOVED
        # Line ends and indentation of a private key are another in each format, and escaped in some.
        body = rb"(?:\\+[rn]|\s)+".join(re.escape(line.strip()) for line in self.data.split(b"\n") if line.strip())
        if self.after is not None:
            before = b"(?<=" + re.escape(self.before) + b")" if self.before else b"(?m:^)"
            body = before + body + (b"(?=" + re.escape(self.after) + b")" if self.after else rb"(?=\r?(?:\n|\Z))")
        return b"regex:" + body + b"==>" + REMOVED


def plan(findings: Sequence[Finding], repository: Repository, folder: Path) -> Purge:
    """Return how to purge the findings from a repository's history; the files are to be written to `folder`.

    A finding's locations name the repository by its `target`. Raises UsageError for findings without their secrets,
    as a report has them that was written without `--show-secrets`.
    """
    held = [(finding, at) for finding in findings for at in _in_history(finding, repository.target)]
    if any(not finding.secret for finding, _ in held):
        raise UsageError("a purge needs the secrets themselves, and the report has none: name the repository instead")
    if not held:
        return Purge(folder, {}, (), ("No commit holds any of it, so there is nothing to purge.",))
    texts: dict[_Text, None] = {}
    blobs: dict[str, None] = {}
    left: list[str] = []
    for finding, at in held:
        found, oids, words = _place(finding, at, repository)
        texts.update(dict.fromkeys(found))
        blobs.update(dict.fromkeys(oids))
        left += words
    files = {EXPRESSIONS: _expressions(list(texts))} if texts else {}
    if blobs:
        files[BLOBS] = "".join(f"{oid}\n" for oid in blobs).encode()
    for surface, names in _CALLBACKS.items():
        if secrets := {secret for finding, at in held if at.surface is surface for secret in _secrets(finding)}:
            files |= {f"{name}.py": _callback(name, secrets) for name in names}
    remote = _remote(repository)
    unpushed = f"There is no remote, so nothing is pushed: {folder / 'mirror.git'} has the new history."
    words = [*left, *([] if remote else [unpushed]), *_unreached(held, findings, bool(blobs))]
    return Purge(folder, files, tuple(_commands(repository, folder, files, remote)), tuple(dict.fromkeys(words)))


def write(purge: Purge) -> list[Path]:
    """Write the files, readable for their owner alone, and return their paths. Raises OSError."""
    purge.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in purge.files.items():
        whole.write(purge.folder / name, content, private=True)
    return [purge.folder / name for name in purge.files]


def _in_history(finding: Finding, target: str) -> Iterator[Location]:
    """Yield the places of a finding and of its ids that an object of the repository is."""
    for at in (*finding.locations, *(companion.location for companion in finding.companions)):
        if at.target == target and (at.blob or at.commit) and finding.dropped is None:
            yield at


def _secrets(finding: Finding) -> tuple[bytes, ...]:
    """Return what a finding is to lose: its secret, and the ids that go with it, which are findings without it."""
    return (finding.secret, *(companion.secret for companion in finding.companions))


def _place(finding: Finding, at: Location, repository: Repository) -> tuple[list[_Text], list[str], list[str]]:
    """Return what to replace for one place, the blobs to drop for it, and what cannot be done."""
    everywhere = [_Text(secret) for secret in _secrets(finding) if not is_word(secret)]
    if at.surface not in (Surface.BLOB, Surface.NOTE) or at.blob is None:
        weak = at.surface in (Surface.COMMIT_MESSAGE, Surface.TAG) and len(everywhere) < len(_secrets(finding))
        return everywhere, [], [_word_left(finding, at)] if weak else []
    try:
        data = repository.run("cat-file", "blob", at.blob)
    except GitError:
        return everywhere, [], [f"{at.path or at.blob}: the object cannot be read; what stands in it is not purged."]
    packed = any(":" in layer or layer in _PACKED for layer in at.layers)
    if packed or b"\0" in data[:BINARY]:
        return everywhere, [at.blob], []
    span = bounds(data, at)
    raw = data[slice(*span)] if span else b""
    if not span or raw == finding.secret or raw in _secrets(finding):
        if span and is_word(raw):
            return [*everywhere, _in_place(data, span, at)], [], [_word_left(finding, at)]
        return everywhere, [], []
    return [*everywhere, _in_place(data, span, at) if is_word(raw) else _Text(raw)], [], []


_PACKED = frozenset(
    {"gzip", "bzip2", "xz", "lzma", "zstd", "zip", "tar", "rpm", "cpio", "ar", "sqlite", "class", "pyc"}
)
"""Layers that no replacement of bytes reaches into."""


def is_word(secret: bytes) -> bool:
    """Is a secret one that stands elsewhere too, where it means nothing? Then it is replaced in its places only."""
    return len(secret) < SHORT or (len(secret) < SURE and _PLAIN.fullmatch(secret) is not None)


def _word_left(finding: Finding, at: Location) -> str:
    where = at.path or f"the {at.surface.value.replace('-', ' ')} of {at.blob or at.commit}"
    return (
        f"{finding.name} in {where} is a short or plain word: it is replaced where the report names it in a file, and"
        " other versions and messages may hold it still. Scan again, and look for it by hand."
    )


def _in_place(data: bytes, span: tuple[int, int], at: Location) -> _Text:
    """Return bytes to replace between those that stand around them on their lines."""
    start, end = span
    first = max(data.rfind(b"\n", 0, start) + 1, start - BEFORE)
    newline = data.find(b"\n", end)
    last = len(data) if newline < 0 else newline
    after = data[end : min(end + AFTER, last)].rstrip(b"\r")
    return _Text(data[start:end], data[first:start], after, (at.line, at.column))


def _expressions(texts: list[_Text]) -> bytes:
    """Return the file: the longest first, so that no part of a secret is taken out of it before the whole is.

    git-filter-repo replaces all literals before the first regular expression, which then would not find its text any
    more; so where there is one, all are. Those that are known by their surroundings come first, from back to front.
    """
    regex = any(text.is_regex for text in texts)

    def key(text: _Text) -> tuple[object, ...]:
        back, forth = text.place
        return text.after is None, -len(text.data) if text.after is None else 0, -back, -forth, text.data

    lines = (text.expression(regex=regex) for text in sorted(texts, key=key))
    return b"".join(line + b"\n" for line in dict.fromkeys(lines))


def _callback(name: str, secrets: Iterable[bytes]) -> bytes:
    """Return the body of one of git-filter-repo's callbacks: it takes the secrets out of what it is named after."""
    longest = sorted(secrets, key=lambda secret: (-len(secret), secret))
    lines = [f"for old in {tuple(longest)!r}:", f"    {name} = {name}.replace(old, {IN_NAMES!r})", f"return {name}"]
    return "".join(f"{line}\n" for line in lines).encode()


def _remote(repository: Repository) -> str | None:
    """Return the remote to rewrite: `origin`, or else the first that there is; None without any."""
    config = str(repository.view.common / "config")
    try:
        listed = repository.run("config", "--file", config, "-z", "--name-only", "--get-regexp", r"^remote\..*\.url$")
    except GitError:  # none is named there
        return None
    names = [os.fsdecode(key)[len("remote.") : -len(".url")] for key in listed.split(b"\0") if key]
    return "origin" if "origin" in names else names[0]


def _commands(repository: Repository, folder: Path, files: Mapping[str, bytes], remote: str | None) -> Iterator[str]:
    """Yield the commands. The remote's URL, which may hold a credential, is asked for when they run."""
    mirror, own = shlex.quote(str(folder / "mirror.git")), shlex.quote(str(repository.cwd))
    paths = {name: shlex.quote(str(folder / name)) for name in files}
    yield "python3 -m pip install 'git-filter-repo>=2.47'"
    source = own if remote is None else f'"$(git -C {own} remote get-url {shlex.quote(remote)})"'
    yield f"git clone --mirror {source} {mirror}"
    options = ["--sensitive-data-removal"]
    if EXPRESSIONS in paths:
        options += [f"--replace-text {paths[EXPRESSIONS]}", f"--replace-message {paths[EXPRESSIONS]}"]
    if BLOBS in paths:
        options.append(f"--strip-blobs-with-ids {paths[BLOBS]}")
    options += [f"--{name.removesuffix('.py')}-callback {path}" for name, path in paths.items() if name.endswith(".py")]
    yield f"git -C {mirror} filter-repo {' '.join(options)}"
    yield f"stanch scan {mirror}"
    if remote is not None:
        yield f"git -C {mirror} push --force --mirror origin"
    listed = " ".join(paths.values())
    yield f"shred --remove {listed} || rm -f {listed}"


def _unreached(held: Sequence[tuple[Finding, Location]], findings: Sequence[Finding], stripped: bool) -> Iterator[str]:
    """Yield what no rewrite of the history reaches, in words."""
    yield "Revoke first: whoever has read it has it, whatever becomes of the history."
    yield (
        "Every commit from the first that held it on gets another id: open branches have to be made anew on top of the"
        " new history, and signatures of those commits and tags are gone."
    )
    yield "Every clone has to be cloned again: one push from an old clone brings all of it back."
    yield "Forks keep it: ask their owners, or the forge's support, to delete them."
    yield (
        "The forge refuses to change refs of pull and merge requests (refs/pull/*, refs/merge-requests/*), and keeps"
        " cached views of old commits: ask its support to collect garbage, naming the first changed commit, which"
        " filter-repo/first-changed-commits holds."
    )
    yield "Other copies are not in git: CI logs and caches, packages, container layers, backups, search engines."
    if stripped:
        yield (
            "Files that are packed or no text are dropped from the commits that hold them, in the versions that the"
            " report names: put a clean one back, then scan and plan again, since others may hold it too."
        )
    local = dict.fromkeys(_LOCAL[at.reachability] for _, at in held if at.reachability in _LOCAL)
    if local:
        yield (
            f"It is also {' and '.join(local)} of this clone alone, which no push reaches: delete the clone; or drop"
            " the stash, then `git reflog expire --expire=now --all && git gc --prune=now`."
        )
    targets = {at.target for _, at in held}
    elsewhere = sorted({at.target for finding in findings for at in finding.locations} - targets)
    if elsewhere:
        yield f"The report names places outside of this repository, which stay as they are: {', '.join(elsewhere)}."
