"""What is planned to purge a history, run by git-filter-repo on real repositories."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from packing import zipped
from repositories import Repo
from scans import scan, token
from stanch.errors import UsageError
from stanch.model import Confidence, Location, Result, Surface
from stanch.remediate import purge
from stanch.sources.git import discover
from stanch.values import replace
from strategies import ruleset
from verify.runs import finding

FIRST, SECOND = token(1), token(2)
PEM = token(1, "pem-rsa-private-key")
WORD = b"!".join((b"tiger", b"7"))
PACKED = base64.b64encode(b"x: " + FIRST)
ZIP = zipped({"a.txt": b"token = " + FIRST})


def planned(repo: Repo, folder: Path, result: Result | None = None) -> purge.Purge:
    """Return the plan for all that a scan of a repository finds."""
    repository = discover(str(repo.path))
    assert repository
    return purge.plan((result or scan(repo.path)).findings, repository, folder)


def run(plan: purge.Purge, repo: Repo) -> Repo:
    """Run the commands of a plan up to the push, or to the removal of its files; return the mirror."""
    purge.write(plan)
    scripts = os.path.dirname(sys.executable)
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "HOME": str(repo.path)}
    for command in plan.commands:
        if "pip install" in command or "stanch scan" in command:
            continue
        if "push" in command or "shred" in command:
            break
        subprocess.run(["sh", "-euc", command], env=environment, check=True, capture_output=True)
    mirror = Repo.__new__(Repo)
    mirror.path, mirror.commits = plan.folder / "mirror.git", repo.commits
    return mirror


# remotes, the one that is cloned and pushed to, or the repository's path
REMOTES = [
    (("upstream", "origin"), "origin"),
    (("up.stream",), "up.stream"),
    ((), None),
]


@pytest.mark.parametrize(("remotes", "wanted"), REMOTES)
def test_the_remote_that_there_is(remotes: tuple[str, ...], wanted: str | None, repo: Repo, tmp_path: Path) -> None:
    """It is named in the commands, which are run; without any the repository itself is cloned, and nothing pushed."""
    repo.commit({"a.py": b"token = '%s'\n" % FIRST})
    for name in remotes:
        repo.git("remote", "add", name, str(repo.path))
    plan = planned(repo, tmp_path / "purge")
    clone = next(command for command in plan.commands if "clone" in command)
    assert (f"remote get-url {wanted})" in clone) is (wanted is not None)
    assert any(" push " in command for command in plan.commands) is (wanted is not None)
    assert any("nothing is pushed" in words for words in plan.left) is (wanted is None)
    assert FIRST not in b"".join(contents(run(plan, repo)).values())


def contents(repo: Repo) -> dict[str, bytes]:
    """Return every object of a repository as it is stored, by its id; its refs as one more."""
    listed = repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)").splitlines()
    found = {}
    for oid, kind in (line.split() for line in listed):
        command = ["git", "-C", str(repo.path), "cat-file", kind, oid]
        found[oid] = subprocess.run(command, capture_output=True, check=True).stdout
    return {**found, "refs": repo.git("for-each-ref").encode()}


PLACES: list[tuple[str, dict[str, bytes | None], list[bytes]]] = [
    ("A literal in code", {"a.py": b"token = '%s'\n" % FIRST}, [FIRST]),
    ("Two in one file", {"a.py": b"a = '%s'\nb = '%s'\n" % (FIRST, SECOND)}, [FIRST, SECOND]),
    ("A private key", {"key.pem": PEM}, PEM.splitlines()[1:3]),
    ("A private key of Windows", {"key.pem": PEM.replace(b"\n", b"\r\n")}, PEM.splitlines()[1:3]),
    (
        "A private key in JSON and one in YAML",
        {
            "a.json": b'{"key": "%s"}' % PEM.replace(b"\n", b"\\n"),
            "b.yaml": b"key: |\n  %s\n" % PEM.strip().replace(b"\n", b"\n  "),
        },
        PEM.splitlines()[1:3],
    ),
    ("Base64", {"a.yaml": b"data:\n  token: %s\n" % PACKED}, [PACKED]),
    ("Put together", {"a.js": b"const githubToken = '%s' + '%s';\n" % (FIRST[:11], FIRST[11:])}, [FIRST[11:]]),
    ("UTF-16", {"a.txt": ("token = " + FIRST.decode()).encode("utf-16")}, [FIRST.decode().encode("utf-16-le")]),
    ("A file in an archive", {"a.zip": ZIP}, [ZIP]),
    ("A file's name", {f"backup-{FIRST.decode()}/x.txt": b"x"}, [FIRST]),
]  # fmt: skip


@pytest.mark.parametrize(("why", "files", "gone"), PLACES, ids=[row[0] for row in PLACES])
def test_nothing_is_left_in_any_object(
    why: str, files: dict[str, bytes | None], gone: list[bytes], repo: Repo, tmp_path: Path
) -> None:
    """After the commands that were planned, no object of the mirror holds it, and a scan finds nothing."""
    repo.commit({"kept.txt": b"kept", **files})
    repo.commit({path: content + b"\n# later\n" for path, content in files.items() if content and b"\0" not in content})
    repo.commit(dict.fromkeys(files), "Remove it")
    before = contents(repo)
    mirror = run(planned(repo, tmp_path / "purge"), repo)
    after = contents(mirror)
    for secret in gone:
        assert any(secret in content for content in before.values())
        assert not any(secret in content for content in after.values())
    assert b"kept" in after.values()
    result = scan(mirror.path)
    assert result.complete
    assert not result.findings


def test_nothing_is_left_in_messages_names_and_refs(repo: Repo, tmp_path: Path) -> None:
    """Commits, tags, notes, people, branches."""
    repo.commit({"a.txt": b"a"}, f"Use {FIRST.decode()}", author=f"Ann {FIRST.decode()} <ann@example.test>")
    repo.git("tag", "--annotate", "v1", "--message", f"With {SECOND.decode()}")
    repo.git("notes", "add", "--message", f"Was {FIRST.decode()}")
    repo.git("branch", f"try-{token(3).decode()}")
    plan = planned(repo, tmp_path / "purge")
    assert set(plan.files) == {"expressions.txt", "filename.py", "refname.py", "name.py", "email.py"}
    mirror = run(plan, repo)
    for content in contents(mirror).values():
        assert not any(secret in content for secret in (FIRST, SECOND, token(3)))
    assert not scan(mirror.path).findings


def test_a_word_is_replaced_in_its_places_only(repo: Repo, tmp_path: Path) -> None:
    """A short password is a word elsewhere; that other versions may hold it is said."""
    repo.commit({"a.py": b'import tiger\npassword = "%s"\nwild = "%s"\n' % (WORD, WORD)})
    result = scan(repo.path, min_confidence=Confidence.LOW)
    tiger = next(found for found in result.findings if found.secret == WORD)
    at = [place for place in tiger.locations if place.line == 2]
    plan = planned(repo, tmp_path / "purge", replace(result, findings=(replace(tiger, locations=tuple(at)),)))
    after = contents(run(plan, repo)).values()
    assert b'import tiger\npassword = "***REMOVED***"\nwild = "%s"\n' % WORD in after
    assert any("is a short or plain word" in words for words in plan.left)


EXPRESSIONS: list[tuple[str, list[bytes], bytes]] = [
    (
        "A secret is a literal, whatever it looks like", [b"regex:x==>y#12345"],
        b"literal:regex:x==>y#12345==>***REMOVED***\n",
    ),
    (
        "The longest comes first", [b"k" * 20, b"k" * 30],
        b"literal:" + b"k" * 30 + b"==>***REMOVED***\nliteral:" + b"k" * 20 + b"==>***REMOVED***\n",
    ),
    (
        "Beside one of several lines all are expressions, since literals are replaced before them",
        [b"k" * 20, b"-----BEGIN K-----\nab+c\n-----END K-----"],
        rb"regex:\-\-\-\-\-BEGIN\ K\-\-\-\-\-(?:\\+[rn]|\s)+ab\+c(?:\\+[rn]|\s)+\-\-\-\-\-END\ K\-\-\-\-\-"
        b"==>***REMOVED***"
        b"\nregex:" + b"k" * 20 + b"==>***REMOVED***\n",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("why", "secrets", "wanted"), EXPRESSIONS, ids=[row[0] for row in EXPRESSIONS])
def test_expressions(why: str, secrets: list[bytes], wanted: bytes) -> None:
    """The file that git-filter-repo reads has no comments, and splits each line at its last arrow."""
    assert purge._expressions([purge._Text(secret) for secret in secrets]) == wanted


def test_the_files_are_their_owners_alone(repo: Repo, tmp_path: Path) -> None:
    """They hold the secrets; nothing else of the plan does."""
    repo.commit({"a.py": b"token = '%s'\n" % FIRST})
    plan = planned(repo, tmp_path / "purge")
    paths = purge.write(plan)
    assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o600]
    assert stat.S_IMODE(plan.folder.stat().st_mode) == 0o700
    assert FIRST in paths[0].read_bytes()
    assert FIRST.decode() not in repr(plan) + "".join(plan.commands) + "".join(plan.left)


def test_what_no_commit_holds_needs_no_purge(repo: Repo, tmp_path: Path) -> None:
    """A file that was never committed is changed, and that is all."""
    repo.commit({"a.txt": b"a"})
    repo.put("b.py", b"token = '%s'\n" % FIRST)
    plan = planned(repo, tmp_path / "purge")
    assert (plan.files, plan.commands) == ({}, ())
    assert plan.left == ("No commit holds any of it, so there is nothing to purge.",)


def test_what_no_push_reaches_is_said(repo: Repo, tmp_path: Path) -> None:
    """A stash, a reflog and dangling objects are in one clone alone."""
    repo.commit({"a.py": b"a"})
    repo.commit({"a.py": b"token = '%s'\n" % FIRST})
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    assert any("in a reflog of this clone alone" in words for words in planned(repo, tmp_path / "purge").left)


def test_a_report_without_secrets_is_not_enough(repo: Repo, tmp_path: Path) -> None:
    """It is said, before a file is written that would replace nothing, or everything."""
    repo.commit({"a.py": b"token = '%s'\n" % FIRST})
    result = scan(repo.path)
    bare = replace(result, findings=tuple(replace(finding, secret=b"") for finding in result.findings))
    with pytest.raises(UsageError, match="the report has none"):
        planned(repo, tmp_path / "purge", bare)


def test_what_the_history_does_not_hold_is_named(repo: Repo, tmp_path: Path) -> None:
    """A function that holds the same secret is no part of the repository."""
    repo.commit({"a.py": b"token = '%s'\n" % FIRST})
    result = scan(repo.path)
    [only] = result.findings
    elsewhere = Location("aws-lambda:eu-west-1/orders:7", "environment/TOKEN", 1, 7, 1, 46, Surface.ENVIRONMENT)
    both = replace(only, locations=(*only.locations, elsewhere))
    left = planned(repo, tmp_path / "purge", replace(result, findings=(both,))).left
    assert left[-1].endswith("which stay as they are: aws-lambda:eu-west-1/orders:7.")


def test_a_word_in_a_message_is_left_to_a_person(repo: Repo, tmp_path: Path) -> None:
    """Nothing tells its place there, so it is not replaced, and that is said."""
    oid = repo.commit({"a.txt": b"a"}, "password: tiger")
    result = scan(repo.path)
    at = Location(str(repo.path), None, 1, 11, 1, 15, Surface.COMMIT_MESSAGE, blob=oid, commit=oid)
    word = finding(b"tiger", ruleset().by_id["generic-password"], locations=(at,))
    plan = planned(repo, tmp_path / "purge", replace(result, findings=(word,)))
    assert purge.EXPRESSIONS not in plan.files
    assert f"in the commit message of {oid} is a short or plain word" in plan.left[0]
