"""Incremental scans: what is new is read, what is known is reported, and nothing is forgotten or hidden."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from repositories import Repo
from scans import DEFAULTS, cli, found, paths, ruleset, scan, token
from stanch.errors import UsageError
from stanch.model import Reach, Result
from stanch.scan import Scan
from stanch.sources.git.known import Known

KEY = b"key = " + token(1) + b"\n"


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    """Name the file that scans keep."""
    return tmp_path / "state.json"


def told(result: Result) -> list[object]:
    """Return what a result says, apart from the secrets and the time it took."""
    return [(f.fingerprint, f.rule, f.locations, round(f.score, 2), f.remedy) for f in result.findings]


def rescanned(repo: Repo, memory: Path, **changes: object) -> Result:
    """Scan incrementally, and check the answer against a whole scan."""
    result, whole = scan(repo.path, incremental=memory, **changes), scan(repo.path, **changes)
    assert told(result) == told(whole)
    assert result.faults == whole.faults
    return result


def test_nothing_new(repo: Repo, memory: Path) -> None:
    """Without a change nothing is read, and everything is reported; the secrets only when they are wanted."""
    repo.commit({"a.txt": KEY})
    assert rescanned(repo, memory).stats.blobs > 0
    again = rescanned(repo, memory)
    assert (again.stats.blobs, [finding.secret for finding in again.findings]) == (0, [b""])
    assert set(found(rescanned(repo, memory, secrets=True))) == {token(1)}


STEPS = {
    "a commit": lambda repo: repo.commit({"b.txt": token(2)}),
    "a deletion": lambda repo: repo.commit({"a.txt": None}),
    "a branch": lambda repo: repo.git("branch", "other"),
    "a branch is gone": lambda repo: repo.git("branch", "--delete", "--force", "old"),
    "another branch": lambda repo: repo.git("switch", "--quiet", "old"),
    "staged": lambda repo: (repo.put("b.txt", token(2)), repo.git("add", "b.txt")),
    "untracked": lambda repo: repo.put("b.txt", token(2)),
    "modified": lambda repo: repo.put("a.txt", token(2)),
    "a dangling object": lambda repo: repo.git("hash-object", "-w", "--stdin", stdin=token(2)),
    "repacked": lambda repo: repo.git("gc", "--quiet"),
    "a tag": lambda repo: repo.git("tag", "--annotate", "v1", "--message", f"With {token(2).decode()}"),
    "a stash": lambda repo: (repo.put("a.txt", token(2)), repo.git("stash", "push", "--quiet")),
    "rewritten": lambda repo: repo.git("reset", "--quiet", "--hard", "HEAD~1"),
    "reflog expired": lambda repo: repo.git("reflog", "expire", "--expire=now", "--all"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_change(repo: Repo, memory: Path, step: str) -> None:
    """After any change the answer is that of a whole scan, and less is read."""
    repo.commit({"x.txt": b"x"})
    repo.git("branch", "old")
    repo.commit({"a.txt": KEY, **{f"{number}.txt": b"%d\n" % number for number in range(20)}})
    first = rescanned(repo, memory)
    STEPS[step](repo)
    second = rescanned(repo, memory)
    assert 0 < second.stats.blobs < first.stats.blobs
    assert rescanned(repo, memory).stats.blobs == 0


def test_less_is_read_of_a_bare_repository(repo: Repo, memory: Path, tmp_path: Path) -> None:
    """A fetch brings new objects; only they and those that held something are read."""
    repo.commit({"a.txt": KEY, "x.txt": b"x"})
    bare = tmp_path / "bare.git"
    repo.git("clone", "--quiet", "--bare", ".", str(bare))
    scan(bare, incremental=memory)
    repo.commit({"b.txt": token(2)})
    repo.git("push", "--quiet", str(bare), "main")
    result = scan(bare, incremental=memory)
    assert {secret: paths(finding) for secret, finding in found(result).items()} == {
        token(1): ["a.txt"], token(2): ["b.txt"]
    }  # fmt: skip
    assert result.stats.blobs == 3  # a.txt, b.txt and the commit


def test_rewritten_history(repo: Repo, memory: Path) -> None:
    """A branch that no longer leads to what it led to is named, and its findings stay while the objects do."""
    repo.commit({"x.txt": b"x"})
    repo.commit({"a.txt": KEY})
    scan(repo.path, incremental=memory)
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    running = scanning(repo, memory)
    [location] = found(running.run())[token(1)].locations
    assert location.reachability is Reach.REFLOG
    assert any("refs/heads/main was rewritten" in note for note in running.notes)


def scanning(repo: Repo, memory: Path) -> Scan:
    """Return a scan that has not run."""
    return Scan(ruleset(), replace(DEFAULTS, targets=(str(repo.path),), incremental=memory))


def test_other_rules(repo: Repo, memory: Path) -> None:
    """With other rules or options everything is scanned again, and a note says so."""
    repo.commit({"a.txt": KEY})
    scan(repo.path, incremental=memory)
    done = cli("scan", "--incremental", str(memory), "--only-rule", "github-pat-classic", "-f", "json", cwd=repo.path)
    assert b"the rules or options have changed" in done.stderr
    assert json.loads(done.stdout)["stats"]["blobs"] > 0


def test_a_missing_object_is_told_every_time(repo: Repo, memory: Path) -> None:
    """What is named and not there stays a fault, with or without a change."""
    repo.commit({"a.txt": KEY, "b.txt": b"x"})
    repo.commit({"b.txt": b"y"})
    repo.loose(repo.oid(b"x")).unlink()
    for step in range(3):
        assert [fault.kind for fault in rescanned(repo, memory).faults] == ["missing-object"]
        if step:
            repo.commit({"c.txt": b"z"})


def test_what_could_not_be_scanned(repo: Repo, memory: Path) -> None:
    """After a corrupt object the file stays as it was, so the next scan tries again."""
    repo.commit({"x.txt": b"x"})
    scan(repo.path, incremental=memory)
    before = memory.read_bytes()
    long = bytes(random.Random(1).choices(range(256), k=5_000))
    repo.commit({"a.txt": long})
    repo.commit({"a.txt": KEY})
    file = repo.loose(repo.oid(long))
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:2_000])
    for _ in range(2):
        result = scan(repo.path, incremental=memory)
        assert ([fault.kind for fault in result.faults], set(found(result))) == (["corrupt-object"], {token(1)})
        assert memory.read_bytes() == before


def test_too_large_is_told_every_time(repo: Repo, memory: Path) -> None:
    """An object over `--max-size` stays a fault, with or without a change."""
    repo.commit({"a.txt": b"x" * 1_000})
    for step in range(3):
        assert {fault.kind for fault in scan(repo.path, incremental=memory, max_size=500).faults} == {"too-large"}
        if step:
            repo.commit({"b.txt": b"y"})


def test_no_secret_is_kept(repo: Repo, memory: Path) -> None:
    """The file holds no secret, and only its owner can read it."""
    repo.commit({"a.txt": KEY, f"{token(2).decode()}.txt": b"x"})
    scan(repo.path, incremental=memory, secrets=True)
    assert token(1) not in memory.read_bytes()
    assert token(2) not in memory.read_bytes()
    assert memory.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"schema": 2, "setting": ""}'])
def test_another_file(repo: Repo, memory: Path, content: bytes) -> None:
    """A file that this stanch has not written is an error, and stays."""
    memory.write_bytes(content)
    with pytest.raises(UsageError, match="delete it to begin anew"):
        scan(repo.path, incremental=memory)
    assert memory.read_bytes() == content


@pytest.mark.parametrize("how", [{"staged": True}, {"revisions": "HEAD..HEAD"}, {"history": False}])
def test_only_whole_histories(repo: Repo, memory: Path, how: dict[str, object]) -> None:
    """A part of a repository has no memory."""
    with pytest.raises(UsageError, match="whole history"):
        scan(repo.path, incremental=memory, **how)


def test_only_repositories(tmp_path: Path, memory: Path) -> None:
    """What is no repository has no memory, and does not overwrite one's."""
    (tmp_path / "plain").mkdir()
    with pytest.raises(UsageError, match="about git repositories"):
        scan(tmp_path / "plain", incremental=memory)
    assert not memory.exists()


def test_known_objects() -> None:
    """What is known is not wanted, unless it held something; what is written is read again."""
    ids = [f"{number:040x}" for number in (1 << 130, 2 << 130, 3 << 130)]
    first = Known()
    assert [first.wants(oid) for oid in ids[:2]] == [True, True]
    second = Known(first.written(), held=[ids[1]])
    assert [second.wants(oid) for oid in ids] == [False, True, True]
    assert Known(second.written()).written() == second.written()
