"""What a hook is to scan: git says it by arguments, standard input and the environment, pre-commit by variables."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from stanch.errors import UsageError
from stanch.model import Finding, Result, Stats
from stanch.sources.git import Repository, discover
from stanch.sources.git.command import scratch
from stanch.sources.git.history import History, resolved
from stanch.sources.git.index import Indexed, staged, tracked
from stanch.sources.text import Message
from stanch.values import dataclass, replace

STAGES = {"pre-commit": 0, "pre-push": 2, "pre-receive": 0, "commit-msg": 1}
"""The hooks of git that stanch can be, and how many arguments git gives each.

A pre-merge-commit hook is given what a pre-commit hook is.
"""

_IN_FILES = "take the value out of the file, `git add` the file, and commit again"
_IN_COMMITS = "take the value out of the commits that add it (`git commit --amend`, `git rebase -i`)"
_IN_MESSAGE = "take the value out of the message, and commit again"

_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PRE_COMMIT = re.compile(rb"pre[-_]commit(?:\.pyz?)?$")
_MANY = re.compile(rb"-v*a|--a|--fi")
"""The options of `pre-commit run` that name files, -a, --all-files and --files, and what they may be shortened to."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to scan, and the words for it."""

    part: Indexed | History | Message
    what: str
    """What is counted: `staged file`, `pushed object` …"""
    mend: str
    """What to do about a finding."""
    bypass: str | None = None
    """The command that goes on without the hook; None where there is none."""

    def amount(self, stats: Stats) -> str:
        """Return how much was scanned, as in `5 staged files`."""
        count = len(self.part.paths) if isinstance(self.part, Indexed) else stats.blobs
        return f"{count:,} {self.what}{'' if count == 1 else 's'}"

    def settled(self, result: Result) -> Result:
        """Return `result` without what is not true yet: while git keeps a push apart, no ref has moved."""
        if not (isinstance(self.part, History) and self.part.repository.quarantine):
            return result
        return replace(result, findings=tuple(map(_unmoved, result.findings)))


def _unmoved(finding: Finding) -> Finding:
    places = tuple(replace(at, at_head=None, reachability=None) for at in finding.locations)
    companions = (
        replace(item, location=replace(item.location, at_head=None, reachability=None)) for item in finding.companions
    )
    return replace(finding, locations=places, companions=tuple(companions))


def asked(
    stage: str | None, arguments: Sequence[str], stdin: Callable[[], bytes], environment: Mapping[str, str]
) -> Asked:
    """Return what a hook is to scan that git, or pre-commit, has called in the current folder.

    `stage` is one of STAGES, or None when the hook was not told; `arguments` are those that git gave it.
    Raises UsageError when they do not fit together, or git cannot read what it should.
    """
    repository = _repository(environment)
    if "PRE_COMMIT" in environment and not arguments and stage in (None, "pre-commit", "pre-push"):
        return _by_pre_commit(repository, environment)
    if len(arguments) != STAGES[stage or "pre-commit"]:
        name = stage or "pre-push"
        raise UsageError(f'let a {name} hook pass on what git gives it: exec stanch hook --stage {name} "$@"')
    if stage == "pre-push":
        return _by_git(repository, stdin(), *arguments)
    if stage == "pre-receive":
        return _received(repository, stdin())
    if stage == "commit-msg":
        return Asked(Message(repository.target, arguments[0]), "commit message", _IN_MESSAGE, "git commit --no-verify")
    return _next_commit(staged(repository))


def _repository(environment: Mapping[str, str]) -> Repository:
    """Return the repository that the hook runs for: the one around this folder, unless GIT_DIR names another.

    git works with the object stores that it names outside of itself, so they are read.
    """
    found = discover(".", parents=True)
    named = environment.get("GIT_DIR")
    if named and not (found and os.path.exists(named) and os.path.samefile(named, found.git_dir)):
        found = Repository(".", Path(named).resolve(), Path(environment.get("GIT_WORK_TREE", ".")).resolve())
    if found is None:
        raise UsageError("not inside a git repository, which a hook is for; `stanch scan` takes files and folders")
    return replace(found, target=os.path.relpath(found.cwd), alternates=True)


def _next_commit(index: Indexed) -> Asked:
    return Asked(index, "staged file", _IN_FILES, "git commit --no-verify")


def _by_git(repository: Repository, listed: bytes, remote: str, address: str) -> Asked:
    """Read what git tells a pre-push hook: for each ref its name and object here, its name and object there."""
    new: list[str] = []
    there: list[str] = []
    for line in listed.splitlines():
        words = os.fsdecode(line).rsplit(" ", 3)  # the first may be an expression that holds spaces
        new += _id(words[1:2])
        there += _id(words[3:4])
    return _pushed(repository, new, _had(repository, there), remote, address)


def _id(words: Sequence[str]) -> list[str]:
    """Return the one object id in `words`; that of zeros means that there is no object."""
    if len(words) != 1 or not _ID.fullmatch(words[0]):
        raise UsageError("standard input is not what git writes for this stage of hook")
    return [words[0]] if words[0].strip("0") else []


def _had(repository: Repository, ids: Sequence[str]) -> list[str]:
    """Return those of the objects that are here: what others pushed may not have been fetched."""
    if not ids:
        return []
    with scratch("".join(f"{oid}\n" for oid in ids).encode()) as named:
        git = repository.start("cat-file", "--batch-check", stdin=named)
    return [line.split()[0].decode() for line in git.records(b"\n") if not line.endswith(b" missing")]


def _pushed(repository: Repository, new: Iterable[str], known: Iterable[str], remote: str, address: str) -> Asked:
    """Return the objects that lead to `new` and are not known to be at the remote.

    That another remote has them does not count: the one may be private, the other public. A remote without a name
    (then git gives its address twice) has no refs here that could tell.
    """
    refs = [] if remote == address else ["--not", f"--remotes={remote}"]
    revisions = (*new, *(f"^{oid}" for oid in known), *refs)
    return Asked(
        History(repository, revisions), "pushed object", f"{_IN_COMMITS}, and push again", "git push --no-verify"
    )


def _received(repository: Repository, listed: bytes) -> Asked:
    """Read what git tells a pre-receive hook: old and new object of each ref, and its name. No ref has moved yet."""
    new: list[str] = []
    for line in listed.splitlines():
        words = os.fsdecode(line).split(" ", 2)
        _id(words[:1])
        new += _id(words[1:2])
    part = History(replace(repository, quarantine=True), (*new, "--not", "--all"))
    return Asked(part, "received object", f"{_IN_COMMITS}, and push again")


def _by_pre_commit(repository: Repository, environment: Mapping[str, str]) -> Asked:
    """Return what pre-commit is run for. It has variables for ends and remotes, but none for `--all-files`."""
    old, new, branch, remote, address = (
        environment.get(f"PRE_COMMIT_{name}", "")
        for name in ("FROM_REF", "TO_REF", "LOCAL_BRANCH", "REMOTE_NAME", "REMOTE_URL")
    )
    ends = resolved(repository, f"{old}..{new}") if old and new else ()
    if remote and branch:
        tip = ends[:1] or [repository.run("rev-parse", "--verify", "--end-of-options", branch).decode().strip()]
        return _pushed(repository, tip, (end.removeprefix("^") for end in ends[1:]), remote, address)
    if ends:
        return Asked(History(repository, ends), "new object", _IN_COMMITS)
    options = _options_of_run()
    if not any(map(_MANY.match, options or ())):
        index = staged(repository)
        committing = "GIT_INDEX_FILE" in environment  # set by `git commit`: then even nothing is what is meant
        if committing or (options is not None and (index.files or index.unmerged)):
            return _next_commit(index)
    return Asked(tracked(repository), "tracked file", _IN_FILES)


def _options_of_run() -> list[bytes] | None:
    """Return what stands behind `run` on the command line of pre-commit, our parent; None where that is not known."""
    try:
        words = Path(f"/proc/{os.getppid()}/cmdline").read_bytes().split(b"\0")
    except OSError:  # only Linux has it
        return None
    if not any(map(_PRE_COMMIT.search, words)):
        return None
    return words[words.index(b"run") + 1 :] if b"run" in words else []
