"""Every place of a repository where a credential can lie is found, and named for what it is: docs/git.md's table."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest

from packing import zipped
from project.documents import ROOT
from repositories import Repo
from scans import found, scan, token
from stanch.model import Reach, Surface

TOKEN = token(1)
TEXT = TOKEN.decode()
KEY = b"key = " + TOKEN + b"\n"
BLOB, REFS = Surface.BLOB, Reach.REFS


def deleted_again(repo: Repo) -> None:
    """A file that was added and deleted again"""
    repo.commit({"a.txt": KEY})
    repo.commit({"a.txt": None})


def other_branch(repo: Repo) -> None:
    """Another branch"""
    repo.commit({"x.txt": b"x"})
    repo.git("switch", "--quiet", "--create", "other")
    repo.commit({"a.txt": KEY})
    repo.git("switch", "--quiet", "main")


def merge_commit(repo: Repo) -> None:
    """What only a merge commit has, and neither parent"""
    repo.commit({"x.txt": b"x"})
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit({"y.txt": b"y"})
    repo.git("switch", "--quiet", "main")
    repo.merge("side", {"a.txt": KEY})
    repo.commit({"a.txt": None})


def octopus_merge(repo: Repo) -> None:
    """What only an octopus merge has"""
    repo.commit({"x.txt": b"x"})
    for side in ("one", "two", "three"):
        repo.git("switch", "--quiet", "--create", side, "main")
        repo.commit({f"{side}.txt": side.encode()})
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--no-commit", "one", "two", "three")
    repo.commit({"a.txt": KEY}, "Octopus")
    repo.commit({"a.txt": None})


def second_parent(repo: Repo) -> None:
    """A merge's second parent, whose change the merge threw away"""
    repo.commit({"x.txt": b"x"})
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit({"a.txt": KEY})
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--strategy=ours", "side")
    repo.git("branch", "--quiet", "--delete", "--force", "side")


def renamed_and_edited(repo: Repo) -> None:
    """A rename with an edit"""
    lines = b"".join(b"line %d\n" % number for number in range(50))
    repo.commit({"old.txt": lines})
    repo.commit({"old.txt": None, "a.txt": lines + KEY})
    repo.commit({"a.txt": None})


def type_change(repo: Repo) -> None:
    """A symbolic link that was a file for one commit"""
    repo.put("x.txt", b"x")
    (repo.path / "a.txt").symlink_to("x.txt")
    repo.commit()
    (repo.path / "a.txt").unlink()
    repo.commit({"a.txt": KEY})
    (repo.path / "a.txt").unlink()
    (repo.path / "a.txt").symlink_to("x.txt")
    repo.commit()


def link_target(repo: Repo) -> None:
    """The text of a symbolic link"""
    (repo.path / "a.txt").symlink_to(f"/srv/{TEXT}/x")
    repo.commit()
    repo.commit({"a.txt": None})


def link_target_now(repo: Repo) -> None:
    """The text of a symbolic link in the worktree"""
    repo.commit({"x.txt": b"x"})
    (repo.path / "a.txt").symlink_to(f"/srv/{TEXT}/x")


def utf16le(repo: Repo) -> None:
    """UTF-16, little-endian, with a byte order mark"""
    repo.commit({"a.txt": b"\xff\xfe" + KEY.decode().encode("utf-16-le")})
    repo.commit({"a.txt": None})


def utf16be(repo: Repo) -> None:
    """UTF-16, big-endian, with a byte order mark"""
    repo.commit({"a.txt": b"\xfe\xff" + KEY.decode().encode("utf-16-be")})
    repo.commit({"a.txt": None})


def utf16le_bare(repo: Repo) -> None:
    """UTF-16, little-endian, without a byte order mark"""
    repo.commit({"a.txt": KEY.decode().encode("utf-16-le")})
    repo.commit({"a.txt": None})


def utf16be_bare(repo: Repo) -> None:
    """UTF-16, big-endian, without a byte order mark"""
    repo.commit({"a.txt": KEY.decode().encode("utf-16-be")})
    repo.commit({"a.txt": None})


def binary(repo: Repo) -> None:
    """A binary file, with NUL bytes"""
    repo.commit({"a.bin": bytes(range(256)) * 40 + b"\0" + TOKEN + b"\0" + bytes(range(256)) * 40})
    repo.commit({"a.bin": None})


def no_diff(repo: Repo) -> None:
    """A file that `.gitattributes` takes out of diffs (`-diff`, `binary`)"""
    repo.commit({".gitattributes": b"*.txt -diff\n", "a.txt": KEY})
    repo.commit({"a.txt": None})


def textconv(repo: Repo) -> None:
    """A file that diffs show converted (`textconv`)"""
    repo.git("config", "diff.hide.textconv", "true")
    repo.commit({".gitattributes": b"*.txt diff=hide\n", "a.txt": KEY})
    repo.commit({"a.txt": None})


def crlf(repo: Repo) -> None:
    """Lines that end in CR LF"""
    repo.commit({"a.txt": b"x = 1\r\nkey = " + TOKEN + b"\r\ny = 2\r\n"})
    repo.commit({"a.txt": None})


def unicode_path(repo: Repo) -> None:
    """A path in Unicode"""
    repo.commit({"größe/密码.txt": KEY})
    repo.commit({"größe/密码.txt": None})


def quoted_path(repo: Repo) -> None:
    """A path with quotes, backslashes and spaces"""
    repo.commit({'a "b" \\c.txt': KEY})
    repo.commit({'a "b" \\c.txt': None})


def newline_path(repo: Repo) -> None:
    """A path with a line break"""
    repo.commit({"a\nb.txt": KEY})
    repo.commit({"a\nb.txt": None})


def commit_message(repo: Repo) -> None:
    """A commit's message"""
    repo.commit({"x.txt": b"x"}, message=f"Use {TEXT}")


def author(repo: Repo) -> None:
    """A commit's author"""
    repo.commit({"x.txt": b"x"}, author=f"{TEXT} <ann@example.test>")


def committer(repo: Repo) -> None:
    """A commit's committer"""
    repo.commit({"x.txt": b"x"})
    _commit_object(repo, b"committer " + TOKEN + b" <ann@example.test> 1600000000 +0200\n", committer=b"")


def header(repo: Repo) -> None:
    """Another header of a commit"""
    repo.commit({"x.txt": b"x"})
    _commit_object(repo, b"HG:extra key:" + TOKEN + b"\n")


def merged_tag(repo: Repo) -> None:
    """A tag's message in the merge commit that merged it (`mergetag`)"""
    repo.commit({"x.txt": b"x"})
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit({"y.txt": b"y"})
    repo.git("tag", "--annotate", "v1", "--message", f"With {TEXT}")
    tag = repo.git("cat-file", "tag", "v1").encode()
    repo.git("switch", "--quiet", "main")
    folded = b"mergetag " + tag.replace(b"\n", b"\n ") + b"\n"
    repo.git("tag", "--delete", "v1")
    repo.git("gc", "--quiet", "--prune=now")
    _commit_object(repo, folded)


def _commit_object(repo: Repo, headers: bytes, committer: bytes | None = None) -> None:
    """Put a commit with these headers on main."""
    person = b"Ann Author <ann@example.test> 1600000000 +0200\n"
    by = b"committer " + person if committer is None else committer
    tree = repo.git("rev-parse", "HEAD^{tree}").encode()
    content = b"tree " + tree + b"\nauthor " + person + by + headers + b"\nChange\n"
    oid = repo.git("hash-object", "-w", "-t", "commit", "--stdin", "--literally", stdin=content)
    repo.git("update-ref", "refs/heads/main", oid)


def tag_message(repo: Repo) -> None:
    """An annotated tag's message"""
    repo.commit({"x.txt": b"x"})
    repo.git("tag", "--annotate", "v1", "--message", f"With {TEXT}")


def tagger(repo: Repo) -> None:
    """An annotated tag's tagger"""
    repo.commit({"x.txt": b"x"})
    repo.git("tag", "--annotate", "v1", "--message", "One", author=f"{TEXT} <ann@example.test>")


def tagged_blob(repo: Repo) -> None:
    """A blob that only a tag names"""
    repo.commit({"x.txt": b"x"})
    oid = repo.git("hash-object", "-w", "--stdin", stdin=KEY)
    repo.git("tag", "key", oid)


def tag_of_a_tag(repo: Repo) -> None:
    """A tag that only other tags name"""
    repo.commit({"x.txt": b"x"})
    repo.git("tag", "--annotate", "v1", "--message", f"With {TEXT}")
    for outer, inner in (("v2", "v1"), ("v3", "v2")):
        repo.git("tag", "--annotate", outer, "--message", "Outer", inner)
        repo.git("tag", "--delete", inner)


def note(repo: Repo) -> None:
    """A note on a commit"""
    repo.commit({"x.txt": b"x"})
    repo.git("notes", "add", "--message", f"With {TEXT}")


def stashed(repo: Repo) -> None:
    """The newest stash: the worktree"""
    repo.commit({"a.txt": b"x"})
    repo.put("a.txt", KEY)
    repo.git("stash", "push", "--quiet")


def older_stash(repo: Repo) -> None:
    """An older stash: the worktree"""
    stashed(repo)
    repo.put("a.txt", b"y")
    repo.git("stash", "push", "--quiet")
    repo.put("a.txt", b"z")
    repo.git("stash", "push", "--quiet")


def stashed_index(repo: Repo) -> None:
    """The newest stash: the index"""
    repo.commit({"a.txt": b"x"})
    repo.put("a.txt", KEY)
    repo.git("add", "a.txt")
    repo.put("a.txt", b"y")
    repo.git("stash", "push", "--quiet")


def older_stashed_index(repo: Repo) -> None:
    """An older stash: the index"""
    stashed_index(repo)
    repo.put("a.txt", b"z")
    repo.git("stash", "push", "--quiet")


def stashed_untracked(repo: Repo) -> None:
    """The newest stash: untracked files"""
    repo.commit({"x.txt": b"x"})
    repo.put("a.txt", KEY)
    repo.git("stash", "push", "--quiet", "--include-untracked")


def older_stashed_untracked(repo: Repo) -> None:
    """An older stash: untracked files"""
    stashed_untracked(repo)
    repo.put("x.txt", b"y")
    repo.git("stash", "push", "--quiet")


def amended(repo: Repo) -> None:
    """A commit that only a reflog names"""
    repo.commit({"a.txt": KEY})
    repo.put("a.txt", b"x")
    repo.git("commit", "--quiet", "--all", "--amend", "--message", "Amended")


def dangling_commit(repo: Repo) -> None:
    """A commit that nothing names"""
    amended(repo)
    repo.git("reflog", "expire", "--expire=now", "--all")


def dangling_message(repo: Repo) -> None:
    """The message of a commit that nothing names"""
    repo.commit({"x.txt": b"x"})
    repo.git("commit-tree", "HEAD^{tree}", "-m", f"Use {TEXT}")


def dangling_tag(repo: Repo) -> None:
    """A tag that was deleted"""
    tag_message(repo)
    repo.git("tag", "--delete", "v1")


def dangling_blob(repo: Repo) -> None:
    """A blob that nothing names"""
    repo.commit({"x.txt": b"x"})
    repo.git("hash-object", "-w", "--stdin", stdin=KEY)


def replaced(repo: Repo) -> None:
    """The original of what `git replace` replaced"""
    repo.commit({"a.txt": KEY})
    innocent = repo.git("hash-object", "-w", "--stdin", stdin=b"innocent")
    repo.git("replace", repo.oid(KEY), innocent)
    repo.commit({"a.txt": None})


def file_name(repo: Repo) -> None:
    """The name of a file"""
    repo.commit({f"sub/{TEXT}.txt": b"x"})
    repo.commit({f"sub/{TEXT}.txt": None, "x.txt": b"x"})


def renamed_to(repo: Repo) -> None:
    """The name of a file whose content had another name before"""
    repo.commit({"x.txt": b"x"})
    repo.commit({"x.txt": None, f"sub/{TEXT}.txt": b"x"})
    repo.commit({"x.txt": b"x", f"sub/{TEXT}.txt": None})


def folder_name(repo: Repo) -> None:
    """The name of a folder"""
    repo.commit({f"sub/{TEXT}/x.txt": b"x"})
    repo.commit({f"sub/{TEXT}/x.txt": None, "y.txt": b"x"})


def file_name_now(repo: Repo) -> None:
    """The name of a file in the worktree"""
    repo.commit({"x.txt": b"x"})
    repo.put(f"sub/{TEXT}.txt", b"x")


def branch_name(repo: Repo) -> None:
    """The name of a branch"""
    repo.commit({"x.txt": b"x"})
    repo.git("branch", f"fix/{TEXT}")


def submodule_url(repo: Repo) -> None:
    """A submodule's URL with a user and a password"""
    url = f"https://bot:{TEXT}@example.test/x.git"
    repo.commit({".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = {url}\n'.encode()})
    repo.commit({".gitmodules": None})


def index_only(repo: Repo) -> None:
    """What stands in the index alone"""
    repo.commit({"a.txt": b"x"})
    repo.put("a.txt", KEY)
    repo.git("add", "a.txt")
    repo.put("a.txt", b"x")


def packed(repo: Repo) -> None:
    """Packed objects, deltas among them"""
    lines = b"".join(b"line %d\n" % number for number in range(500))
    repo.commit({"a.txt": lines + KEY})
    repo.commit({"a.txt": lines})
    repo.git("repack", "-adq", "--depth=50", "--window=50")


def cruft(repo: Repo) -> None:
    """A pack of what nothing names (a cruft pack)"""
    dangling_blob(repo)
    repo.git("repack", "-dq", "--cruft")


def long_line(repo: Repo) -> None:
    """A line of 300 KB"""
    repo.commit({"a.txt": b"x = 1;" * 25_000 + KEY[:-1] + b";" + b"y = 2;" * 25_000})
    repo.commit({"a.txt": None})


def archived(repo: Repo) -> None:
    """A file in an archive"""
    repo.commit({"a.zip": zipped({"lib/a.txt": KEY})})
    repo.commit({"a.zip": None})


class Case(NamedTuple):
    """A place, and what a finding there says."""

    make: Callable[[Repo], None]
    surface: Surface = BLOB
    path: str | None = "a.txt"
    at_head: bool | None = False
    reach: Reach | None = REFS


CASES = [
    Case(deleted_again),
    Case(other_branch),
    Case(merge_commit),
    Case(octopus_merge),
    Case(second_parent),
    Case(renamed_and_edited),
    Case(type_change),
    Case(link_target),
    Case(link_target_now, at_head=True, reach=None),
    Case(utf16le),
    Case(utf16be),
    Case(utf16le_bare),
    Case(utf16be_bare),
    Case(binary, path="a.bin"),
    Case(no_diff),
    Case(textconv),
    Case(crlf),
    Case(unicode_path, path="größe/密码.txt"),
    Case(quoted_path, path='a "b" \\c.txt'),
    Case(newline_path, path="a\nb.txt"),
    Case(commit_message, Surface.COMMIT_MESSAGE, None, None),
    Case(author, Surface.AUTHOR, None, None),
    Case(committer, Surface.AUTHOR, None, None),
    Case(header, Surface.COMMIT_MESSAGE, None, None),
    Case(merged_tag, Surface.COMMIT_MESSAGE, None, None),
    Case(tag_message, Surface.TAG, None, None),
    Case(tagger, Surface.TAG, None, None),
    Case(tagged_blob, BLOB, None, None),
    Case(tag_of_a_tag, Surface.TAG, None, None),
    Case(note, Surface.NOTE, None, None),
    Case(stashed, reach=Reach.STASH),
    Case(older_stash, reach=Reach.STASH),
    Case(stashed_index, reach=Reach.STASH),
    Case(older_stashed_index, reach=Reach.STASH),
    Case(stashed_untracked, reach=Reach.STASH),
    Case(older_stashed_untracked, reach=Reach.STASH),
    Case(amended, reach=Reach.REFLOG),
    Case(dangling_commit, reach=Reach.DANGLING),
    Case(dangling_message, Surface.COMMIT_MESSAGE, None, None, Reach.DANGLING),
    Case(dangling_tag, Surface.TAG, None, None, Reach.DANGLING),
    Case(dangling_blob, BLOB, None, None, Reach.DANGLING),
    Case(replaced),
    Case(file_name, Surface.PATH, f"sub/{TEXT}.txt"),
    Case(renamed_to, Surface.PATH, f"sub/{TEXT}.txt"),
    Case(folder_name, Surface.PATH, f"sub/{TEXT}"),
    Case(file_name_now, Surface.PATH, f"sub/{TEXT}.txt", True, None),
    Case(branch_name, Surface.PATH, f"refs/heads/fix/{TEXT}", None, REFS),
    Case(submodule_url, path=".gitmodules"),
    Case(index_only, at_head=True, reach=Reach.INDEX),
    Case(packed),
    Case(cruft, BLOB, None, None, Reach.DANGLING),
    Case(long_line),
    Case(archived, path="a.zip"),
]
UNREACHED = (Reach.INDEX, Reach.STASH, Reach.REFLOG, Reach.DANGLING)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.make.__name__)
def test_found(repo: Repo, case: Case) -> None:
    """A credential is found once, with the kind of its place, its path, and what leads to it."""
    case.make(repo)
    result = scan(repo.path)
    assert result.faults == ()
    location, *others = found(result)[TOKEN].locations
    assert {at.blob for at in others} <= {location.blob}  # who wrote a commit also committed it
    assert (location.surface, location.path) == (case.surface, case.path)
    assert (location.at_head, location.reachability) == (case.at_head, case.reach)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.make.__name__)
def test_reachable_only(repo: Repo, case: Case) -> None:
    """`--reachable-only` leaves out what refs do not lead to; a stash's newest commit is a ref."""
    case.make(repo)
    result = scan(repo.path, reachable_only=True, history=True)
    assert result.complete
    newest = case.make in (stashed, stashed_index, stashed_untracked)
    assert (TOKEN in found(result)) is (case.reach not in UNREACHED or newest)


def test_where_a_name_stands(repo: Repo) -> None:
    """The columns of a secret in a path count from the path's begin."""
    file_name(repo)
    [location] = found(scan(repo.path))[TOKEN].locations
    assert (location.line, location.column, location.end_column) == (1, 5, 4 + len(TOKEN))


def test_the_table_of_the_document() -> None:
    """docs/git.md has a row for each of these places, and no other."""
    text = (ROOT / "docs/git.md").read_text("utf-8").partition("| place |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1].strip() for row in text.splitlines()[2:]]
    assert rows == [re.sub(r"\s+", " ", case.make.__doc__ or "") for case in CASES]


@pytest.mark.slow
def test_a_file_of_50_mb(repo: Repo) -> None:
    """A file of 50 MB is read in windows, in history and worktree; what stands at its end is found."""
    repo.commit({"a.txt": b"x = 1\n" * (50 << 20 >> 3) + KEY})
    repo.commit({"a.txt": b"x"})
    [location] = found(scan(repo.path))[TOKEN].locations
    assert (location.path, location.line) == ("a.txt", (50 << 20 >> 3) + 1)


@pytest.mark.parametrize("shift", [0, 1, 20, 39, 40])
def test_across_a_border(repo: Repo, monkeypatch: pytest.MonkeyPatch, shift: int) -> None:
    """A token across the border of two windows is found once, in its place."""
    import stanch.sources as sources
    import stanch.sources.git.objects as objects

    monkeypatch.setattr(sources, "WINDOW", 8_192)
    monkeypatch.setattr(sources, "OVERLAP", 1_024)
    monkeypatch.setattr(objects, "BATCH", 4_096)
    before = b"x\n" * ((8_192 - shift) // 2)
    repo.commit({"a.txt": before + KEY + b"y\n" * 8_192})
    repo.commit({"a.txt": None})
    [location] = found(scan(repo.path))[TOKEN].locations
    assert (location.line, location.column) == (before.count(b"\n") + 1, 7)
