"""Git: every object once, whatever holds it; nothing of the repository runs, and nothing of it changes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from repositories import ANN, BOB, Repo, snapshot
from scans import cli, found, paths, scan, token
from stanch.errors import UsageError
from stanch.model import Fault, Surface
from stanch.sources.git import Repository, discover, history
from stanch.sources.git.history import History
from stanch.sources.git.objects import GitShard

KEY = b"key = " + token(1) + b"\n"
TEXT = token(1).decode()


def deleted_file(repo: Repo) -> None:
    """A file that a later commit deletes."""
    repo.commit({"a.txt": KEY})
    repo.commit({"a.txt": None})


def other_branch(repo: Repo) -> None:
    """A file on a branch that HEAD does not see."""
    repo.commit({"a.txt": b"x"})
    repo.git("switch", "--quiet", "--create", "other")
    repo.commit({"b.txt": KEY})
    repo.git("switch", "--quiet", "main")


def merge_only(repo: Repo) -> None:
    """Content that neither parent of a merge has."""
    repo.commit({"a.txt": b"x"})
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit({"b.txt": b"y"})
    repo.git("switch", "--quiet", "main")
    repo.merge("side", {"c.txt": KEY})
    repo.commit({"c.txt": None})


def amended(repo: Repo) -> None:
    """A commit that an amended one replaced: only the reflog knows it."""
    repo.commit({"a.txt": KEY})
    repo.put("a.txt", b"x")
    repo.git("commit", "--quiet", "--all", "--amend", "--message", "Amended")


def stashed(repo: Repo) -> None:
    """A change that was put aside."""
    repo.commit({"a.txt": b"x"})
    repo.put("a.txt", KEY)
    repo.git("stash")


def dangling(repo: Repo) -> None:
    """An object that nothing refers to."""
    repo.commit({"a.txt": b"x"})
    repo.git("hash-object", "-w", "--stdin", stdin=KEY)


def packed(repo: Repo) -> None:
    """A deleted file in a pack."""
    deleted_file(repo)
    repo.git("gc", "--quiet")


def commit_message(repo: Repo) -> None:
    """The message of a commit."""
    repo.commit({"a.txt": b"x"}, message=f"Use {TEXT}")


def author(repo: Repo) -> None:
    """The name of an author."""
    repo.commit({"a.txt": b"x"}, author=f"{TEXT} <ann@example.test>")


def tag_message(repo: Repo) -> None:
    """The message of a tag."""
    repo.commit({"a.txt": b"x"})
    repo.git("tag", "--annotate", "v1", "--message", f"With {TEXT}")


def note(repo: Repo) -> None:
    """A note on a commit."""
    repo.commit({"a.txt": b"x"})
    repo.git("notes", "add", "--message", f"With {TEXT}")


def staged(repo: Repo) -> None:
    """What stands in the index alone."""
    repo.commit({"a.txt": b"x"})
    repo.put("a.txt", KEY)
    repo.git("add", "a.txt")
    repo.put("a.txt", b"x")


HELD: list[tuple[Callable[[Repo], None], Surface, str | None, bool | None]] = [
    # what holds it, surface, path, is it at HEAD
    (deleted_file, Surface.BLOB, "a.txt", False),
    (other_branch, Surface.BLOB, "b.txt", False),
    (merge_only, Surface.BLOB, "c.txt", False),
    (amended, Surface.BLOB, "a.txt", False),
    (stashed, Surface.BLOB, "a.txt", False),
    (dangling, Surface.BLOB, None, None),
    (packed, Surface.BLOB, "a.txt", False),
    (commit_message, Surface.COMMIT_MESSAGE, None, None),
    (author, Surface.AUTHOR, None, None),
    (tag_message, Surface.TAG, None, None),
    (staged, Surface.BLOB, "a.txt", True),
]


@pytest.mark.parametrize(("make", "surface", "path", "at_head"), HELD, ids=[case[0].__name__ for case in HELD])
def test_found_wherever_it_is(
    repo: Repo, make: Callable[[Repo], None], surface: Surface, path: str | None, at_head: bool | None
) -> None:
    """A credential is found in whatever object holds it, with its place."""
    make(repo)
    result = scan(repo.path)
    assert result.complete
    [finding] = result.findings
    location, *others = finding.locations
    assert {at.blob for at in others} <= {location.blob}  # who wrote a commit also committed it
    assert (finding.secret, location.surface, location.path) == (token(1), surface, path)
    assert location.at_head is at_head


def test_found_in_a_note(repo: Repo) -> None:
    """A note on a commit is scanned."""
    note(repo)
    assert set(found(scan(repo.path))) == {token(1)}


def test_bare(repo: Repo, tmp_path: Path) -> None:
    """A bare repository's history is scanned, and the path is the repository's."""
    deleted_file(repo)
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    [location] = found(scan(tmp_path / "bare.git"))[token(1)].locations
    assert (location.path, location.at_head) == ("a.txt", False)
    with pytest.raises(UsageError, match="nothing but history"):
        scan(tmp_path / "bare.git", history=False)


def test_linked_worktree(repo: Repo, tmp_path: Path) -> None:
    """A linked worktree has its own files and index, and the whole history."""
    deleted_file(repo)
    repo.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
    (tmp_path / "linked" / "new.txt").write_bytes(token(2))
    result = scan(tmp_path / "linked")
    assert {secret: paths(finding) for secret, finding in found(result).items()} == {
        token(1): ["a.txt"], token(2): ["new.txt"]
    }  # fmt: skip
    assert result.complete


def test_submodule(repo: Repo, tmp_path: Path) -> None:
    """A submodule's .git is a file that names its folder; the outer repository does not hold its content."""
    inner = Repo(tmp_path / "inner")
    deleted_file(inner)
    inner.commit({"b.txt": token(2)})
    repo.git("submodule", "--quiet", "add", str(inner.path), "vendor")
    repo.commit()
    assert (repo.path / "vendor" / ".git").is_file()
    result = scan(repo.path / "vendor")
    assert set(found(result)) == {token(1), token(2)}
    outer = scan(repo.path)
    assert outer.complete
    assert token(1) not in found(outer)
    assert scan(repo.path, staged=True).complete


@pytest.mark.parametrize("content", [b"", b"gitdir: gone\n", b"not a link\n", b"\xff\xfe"])
def test_a_broken_link_to_a_repository(tmp_path: Path, content: bytes) -> None:
    """A .git file that names no repository is an error, in one line."""
    (tmp_path / ".git").write_bytes(content)
    with pytest.raises(UsageError, match=r"its \.git"):
        scan(tmp_path)


@pytest.mark.parametrize("how", [{}, {"history": True}, {"staged": True}, {"history": False}])
def test_empty_repository(repo: Repo, how: dict[str, bool]) -> None:
    """A repository without a commit is clean, and complete."""
    result = scan(repo.path, **how)
    assert (result.findings, result.faults) == ((), ())


def test_before_the_first_commit(repo: Repo) -> None:
    """What is staged for the first commit, and what is not even staged, is found."""
    repo.put("a.txt", KEY)
    assert set(found(scan(repo.path))) == {token(1)}
    assert not scan(repo.path, staged=True).findings
    repo.git("add", "a.txt")
    assert set(found(scan(repo.path, staged=True))) == {token(1)}


def test_staged_content(repo: Repo) -> None:
    """`--staged` reads the index: not the worktree, not what HEAD has already, not what is deleted."""
    repo.commit({"old.txt": token(5), "deleted.txt": token(6), "a.txt": b"x\n", "mode.sh": token(7)})
    repo.put("a.txt", b"one\ntwo " + token(1))
    repo.put("new file.txt", token(2))
    repo.git("add", "--all")
    repo.put("a.txt", token(3))
    repo.put("untracked.txt", token(4))
    repo.git("rm", "--quiet", "--cached", "deleted.txt")
    result = scan(repo.path, staged=True)
    assert {secret: paths(finding) for secret, finding in found(result).items()} == {
        token(1): ["a.txt"], token(2): ["new file.txt"]
    }  # fmt: skip
    [location] = found(result)[token(1)].locations
    assert (location.line, location.column, location.at_head, location.commit) == (2, 5, None, None)


def test_staged_in_a_subfolder(repo: Repo) -> None:
    """From a subfolder, the whole index counts: a commit takes it all."""
    repo.commit({"sub/a.txt": b"x", "b.txt": b"y"})
    repo.put("b.txt", KEY)
    repo.git("add", "--all")
    assert paths(found(scan(repo.path / "sub", staged=True))[token(1)]) == ["b.txt"]


def test_staged_with_another_index(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """`git commit FILE` gives its hook an index of its own, and that one is read."""
    repo.commit({"a.txt": b"x"})
    repo.put("a.txt", KEY)
    other = repo.path / ".git" / "next-index"
    other.write_bytes((repo.path / ".git" / "index").read_bytes())
    monkeypatch.setenv("GIT_INDEX_FILE", str(other))
    assert not scan(repo.path, staged=True).findings
    subprocess.run(["git", "add", "a.txt"], cwd=repo.path, check=True)
    assert set(found(scan(repo.path, staged=True))) == {token(1)}
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert not scan(repo.path, staged=True).findings


def test_range(repo: Repo) -> None:
    """`--range` scans what its commits introduce, messages too, and nothing older or younger."""
    first = repo.commit({"a.txt": token(1)})
    second = repo.commit({"b.txt": token(2)}, message=f"Add {token(3).decode()}")
    repo.commit({"c.txt": token(4), "b.txt": None})
    assert set(found(scan(repo.path, revisions=f"{first}..{second}"))) == {token(2), token(3)}
    assert set(found(scan(repo.path, revisions=f"{first}..HEAD"))) == {token(2), token(3), token(4)}
    assert set(found(scan(repo.path, revisions="HEAD~1.."))) == {token(4)}
    assert set(found(scan(repo.path / ".", revisions="HEAD..HEAD"))) == set()


def test_range_knows_its_paths(repo: Repo) -> None:
    """What a range introduces has its path, its commit and its author."""
    repo.commit({"a.txt": b"x"})
    commit = repo.commit({"sub/größe b.txt": KEY}, author=BOB)
    [location] = found(scan(repo.path, revisions="HEAD~1..HEAD"))[token(1)].locations
    assert (location.path, location.commit, location.author) == ("sub/größe b.txt", commit, BOB)


@pytest.mark.parametrize("revisions", ["gone..HEAD", "HEAD..gone", "HEAD", "A...B", "--all..HEAD", "..", ""])
def test_bad_range(repo: Repo, revisions: str) -> None:
    """A revision that is none is an error that names it; an option is no revision."""
    repo.commit({"a.txt": b"x"})
    if revisions == "..":  # the same as HEAD..HEAD
        assert scan(repo.path, revisions=revisions).complete
        return
    with pytest.raises(UsageError) as caught:
        scan(repo.path, revisions=revisions)
    assert "\n" not in str(caught.value)


def test_missing_object(repo: Repo) -> None:
    """An object that the repository lacks makes the scan incomplete; the rest is scanned."""
    repo.commit({"a.txt": KEY, "b.txt": token(2)})
    repo.commit({"a.txt": None, "b.txt": None})
    repo.loose(repo.oid(KEY)).unlink()
    result = scan(repo.path, revisions=f"{_empty(repo)}..HEAD")
    assert [(fault.kind, fault.detail.split(":")[0]) for fault in result.faults] == [("missing-object", repo.oid(KEY))]
    assert not result.complete
    assert set(found(result)) == {token(2)}


def _empty(repo: Repo) -> str:
    """Return a commit that shares nothing with the history."""
    tree = repo.git("hash-object", "-t", "tree", "-w", "--stdin")
    return repo.git("commit-tree", tree, "-m", "Empty")


def broken(repo: Repo, kind: str) -> str:
    """Break one object among others, and return its id."""
    repo.commit({"a.txt": KEY, **{f"{number}.txt": token(number) for number in range(2, 8)}})
    repo.commit({"a.txt": None, **{f"{number}.txt": None for number in range(2, 8)}})
    oid = repo.oid(KEY)
    file = repo.loose(oid)
    file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    content = file.read_bytes()
    file.write_bytes({"empty": b"", "garbage": b"garbage", "truncated": content[: len(content) // 2]}[kind])
    return oid


@pytest.mark.parametrize("kind", ["empty", "garbage", "truncated"])
def test_corrupt_object(repo: Repo, kind: str) -> None:
    """A broken object costs itself alone, and the scan is incomplete."""
    oid = broken(repo, kind)
    result = scan(repo.path)
    assert set(found(result)) == {token(number) for number in range(2, 8)}
    assert result.faults
    assert any(oid in fault.detail for fault in result.faults)


@pytest.mark.parametrize("size", [1, 200, 90_000])
def test_an_object_that_lies_about_its_size(repo: Repo, size: int) -> None:
    """An object whose header tells another size than it has neither hangs a scan nor hides what follows it."""
    oid = broken(repo, "empty")
    repo.loose(oid).write_bytes(zlib.compress(b"blob %d\0%s" % (size, KEY)))
    done = cli("scan", str(repo.path), "-f", "jsonl", "--jobs", "1", "--show-secrets", timeout=20)
    told = {json.loads(line).get("secret") for line in done.stdout.splitlines()}
    assert {token(number).decode() for number in range(2, 8)} <= told


def test_git_that_fails(repo: Repo) -> None:
    """A git process that fails while it lists is a fault."""
    repo.commit({"a.txt": b"x"})
    (repo.path / ".git" / "HEAD").write_bytes(b"garbage\n")
    repository = Repository("t", repo.path / ".git", repo.path)
    kinds = [item.kind for item in History(repository).shards() if isinstance(item, Fault)]
    assert kinds == ["git-failed"]


def test_shard_with_objects_that_are_not_there(repo: Repo) -> None:
    """A shard answers for each of its objects."""
    repo.commit({"a.txt": KEY})
    repository = discover(str(repo.path))
    assert repository
    oids = ("0" * 39 + "1", repo.oid(KEY), "0" * 39 + "2")
    answers = list(GitShard(repository, oids, 1).chunks())
    assert sorted(getattr(answer, "kind", "content") for answer in answers) == ["content", *["missing-object"] * 2]


def test_too_large(repo: Repo) -> None:
    """An object over --max-size is left out, and the scan says so."""
    repo.commit({"a.txt": KEY * 9, "b.txt": token(2)})
    repo.commit({"a.txt": None})
    result = scan(repo.path, max_size=len(KEY) * 5)
    assert [fault.kind for fault in result.faults] == ["too-large"]
    assert set(found(result)) == {token(2)}


def test_shards_are_pieces_of_the_whole(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every object is in one shard, and the shards are of about one size."""
    for number in range(30):
        repo.commit({f"{number}.txt": b"%d\n" % number * 50})
    monkeypatch.setattr(history, "SHARD", 1_200)
    repository = discover(str(repo.path))
    assert repository
    shards = [shard for shard in History(repository).shards() if isinstance(shard, GitShard)]
    ids = [oid for shard in shards for oid in shard.oids]
    assert len(ids) == len(set(ids)) == 90
    assert all(shard.weight <= 1_200 for shard in shards)


CANARIES = {
    "core.fsmonitor": "{canary}",
    "core.pager": "{canary}",
    "core.sshCommand": "{canary}",
    "core.editor": "{canary}",
    "core.hooksPath": "{hooks}",
    "core.alternateRefsCommand": "{canary}",
    "diff.external": "{canary}",
    "diff.canary.textconv": "{canary}",
    "diff.canary.command": "{canary}",
    "filter.canary.clean": "{canary}",
    "filter.canary.smudge": "{canary}",
    "filter.canary.process": "{canary}",
    "filter.canary.required": "true",
    "gpg.program": "{canary}",
    "log.showSignature": "true",
    "credential.helper": "{canary}",
    "alias.log": "!{canary}",
    "pager.log": "{canary}",
    "uploadpack.packObjectsHook": "{canary}",
}


@pytest.mark.parametrize(
    "how", [{}, {"staged": True}, {"revisions": "HEAD~1..HEAD"}, {"jobs": 2}], ids=["all", "staged", "range", "jobs"]
)
def test_nothing_of_the_target_runs(repo: Repo, tmp_path: Path, how: dict[str, object]) -> None:
    """No command that the target's own configuration, attributes or hooks name is run."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    canary = tmp_path / "canary"
    canary.write_text(f"#!/bin/sh\necho ran >> {tmp_path}/ran\ncat\n", "utf-8")
    canary.chmod(0o755)
    repo.commit({".gitattributes": b"* diff=canary\n", "a.txt": KEY})
    repo.commit({"a.txt": token(2), "b.txt": token(3)})
    for name in ("post-index-change", "pre-commit", "fsmonitor-watchman", "reference-transaction"):
        (hooks / name).write_bytes(canary.read_bytes())
        (hooks / name).chmod(0o755)
    for name, value in CANARIES.items():
        repo.git("config", name, value.format(canary=canary, hooks=hooks))
    repo.put(".gitattributes", b"* diff=canary filter=canary\n")
    repo.put("c.txt", token(4))
    result = scan(repo.path, **how)
    assert result.complete
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "how", [{}, {"staged": True}, {"revisions": "HEAD~1..HEAD"}, {"history": False}],
    ids=["all", "staged", "range", "worktree"],
)  # fmt: skip
def test_nothing_of_the_target_changes(repo: Repo, how: dict[str, object]) -> None:
    """A scan leaves the target byte for byte as it was, its index and its times too."""
    repo.commit({"a.txt": KEY})
    repo.commit({"a.txt": token(2), "b.txt": token(3)})
    repo.git("tag", "v1")
    repo.put("c.txt", token(4))
    repo.git("add", "c.txt")
    os.utime(repo.path / "a.txt", (1, 1))  # git would like to refresh its index
    before = snapshot(repo.path)
    assert scan(repo.path, **how).findings
    assert snapshot(repo.path) == before


def test_replaced_objects(repo: Repo) -> None:
    """A replace ref hides nothing: the object itself is read."""
    repo.commit({"a.txt": KEY})
    innocent = repo.git("hash-object", "-w", "--stdin", stdin=b"innocent")
    repo.git("replace", repo.oid(KEY), innocent)
    repo.put("a.txt", b"x")
    assert set(found(scan(repo.path))) == {token(1)}


def test_users_configuration(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own git configuration changes nothing, and the folder's owner is nobody's business."""
    config = tmp_path / "config"
    config.write_text("[log]\n\tshowSignature = true\n[diff]\n\tnoprefix = true\n[core]\n\tquotePath = true\n", "utf-8")
    repo.commit({"größe.txt": KEY})
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    assert paths(found(scan(repo.path))[token(1)]) == ["größe.txt"]


def test_another_users_repository(repo: Repo) -> None:
    """A repository that belongs to somebody else is scanned: nothing of it runs."""
    repo.commit({"a.txt": KEY})
    if os.geteuid():
        pytest.skip("only root can give files away")
    for path in (repo.path, *repo.path.rglob("*")):
        os.chown(path, 12_345, 12_345)
    result = scan(repo.path)
    assert result.complete
    assert found(result)[token(1)].locations[0].author == ANN


@pytest.mark.parametrize("sub", ["", "sub"])
def test_history_of_what_is_no_repository(repo: Repo, tmp_path: Path, sub: str) -> None:
    """Only a repository's root has a history to scan."""
    repo.commit({"sub/a.txt": b"x"})
    with pytest.raises(UsageError, match="not the root of a git repository"):
        scan(repo.path / sub if sub else tmp_path, history=True)


def test_detached_head(repo: Repo) -> None:
    """A detached HEAD that no ref names is still where things stand."""
    repo.commit({"a.txt": b"x"})
    repo.git("checkout", "--quiet", "--detach")
    commit = repo.commit({"b.txt": KEY})
    [location] = found(scan(repo.path))[token(1)].locations
    assert (location.commit, location.at_head) == (commit, True)


def test_sha256(tmp_path: Path) -> None:
    """A repository whose object ids are SHA-256 is scanned."""
    repo = Repo(tmp_path / "new", "--object-format=sha256")
    commit = repo.commit({"a.txt": KEY})
    [location] = found(scan(repo.path))[token(1)].locations
    assert (location.commit, location.author, len(commit)) == (commit, ANN, 64)
