"""What leads to objects: refs, the index, the stash, a reflog, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

from stanch.model import Reach
from stanch.sources.git import Repository
from stanch.sources.git.command import scratch
from stanch.sources.git.refs import NOTES, STASH, reflogs, refs, tips

_REFS = (f"--exclude={STASH}", "--all")
"""All refs but the stash, and HEAD, as arguments of rev-list."""


class Reaches:
    """Answers for one repository; git is asked when it is needed, and once. Any answer may raise GitError."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def of_commit(self, commit: str) -> Reach:
        """Return what leads to a commit."""
        if commit in self._stash:
            return Reach.STASH
        if commit in self._reflog:
            return Reach.REFLOG
        return Reach.DANGLING if commit in self._dangling else Reach.REFS

    def of_objects(self, oids: Collection[str]) -> dict[str, Reach]:
        """Return what leads to objects of any kind: all of them are looked for in what refs lead to, then the rest."""
        answers: dict[str, Reach] = {}
        left = set(oids)
        for reach, options, named in (
            (Reach.REFS, _REFS, b""),
            (Reach.INDEX, ("--indexed-objects",), b""),
            (Reach.STASH, (), self._stash_tips),
            (Reach.REFLOG, ("--reflog",), tips(self._repository)),
        ):
            found = (
                left.intersection(self._walk("--objects", "--no-object-names", *options, named=named)) if left else ()
            )
            answers.update(dict.fromkeys(found, reach))
            left.difference_update(found)
        return {**answers, **dict.fromkeys(left, Reach.DANGLING)}

    def dangling_commits(self) -> set[str]:
        """Return the commits that nothing leads to."""
        check = "--batch-check=%(objecttype) %(objectname)"
        git = self._repository.start("cat-file", check, "--batch-all-objects", "--unordered")
        commits = {line[7:].decode() for line in git.records(b"\n") if line.startswith(b"commit ")}
        self._dangling = commits.difference(self._walk("--all", "--reflog", named=tips(self._repository)))
        return self._dangling

    def to_head(self) -> Iterator[str]:
        """Yield HEAD's commit and all that lead to it."""
        return self._walk("HEAD")

    @cached_property
    def notes(self) -> frozenset[str]:
        """The commits that hold notes and nothing else leads to."""
        if not any(name.startswith(NOTES) for name in refs(self._repository)):
            return frozenset()
        return frozenset(self._walk(f"--glob={NOTES}*", "--not", f"--exclude={NOTES}*", *_REFS))

    _dangling: Collection[str] = ()

    @cached_property
    def _stash(self) -> frozenset[str]:
        return frozenset(self._walk("--not", *_REFS, named=self._stash_tips)) if self._stash_tips else frozenset()

    @cached_property
    def _reflog(self) -> frozenset[str]:
        return frozenset(self._walk("--reflog", "--not", *_REFS, named=tips(self._repository)))

    @cached_property
    def _stash_tips(self) -> bytes:
        newest = refs(self._repository).get(STASH)
        return _lines({*reflogs(self._repository).get(STASH, ()), *([newest] if newest else [])})

    def _walk(self, *options: str, named: bytes = b"") -> Iterator[str]:
        """Yield what rev-list lists for `options`, and for the commits that `named` holds, a line each."""
        with scratch(named) as stdin:
            git = self._repository.start(
                "rev-list", "--ignore-missing", "--missing=allow-any", "--stdin", *options, stdin=stdin
            )
        return (line.decode() for line in git.records(b"\n"))


def _lines(oids: Iterable[str]) -> bytes:
    return "".join(f"{oid}\n" for oid in sorted(oids)).encode()
