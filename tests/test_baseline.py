"""Baselines: what they accept, how they survive changes and merges, and how strictly they are read."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from repositories import Repo
from scans import DEFAULTS, cli, scan, token
from stanch import baseline
from stanch.baseline import Baseline, Entry
from stanch.cli.commands import stanch
from stanch.errors import UsageError
from stanch.findings import fingerprint
from stanch.model import Confidence
from stanch.scan import Scan
from strategies import ruleset

FILE = "accepted.json"
SALT = "0f" * 16


def run(*arguments: object) -> Result:
    """Run the command line here; its status is `return_value`, its errors `exception`."""
    return CliRunner().invoke(stanch, [str(argument) for argument in arguments], standalone_mode=False)


def entries(path: Path) -> list[dict[str, str]]:
    """Return what stands in a baseline."""
    *rows, end = json.loads(path.read_bytes())["accepted"]
    assert end is None
    return rows


def new_in(repo: Repo) -> set[bytes]:
    """Return the secrets in a repository, history and worktree, that its baseline does not accept."""
    options = replace(DEFAULTS, targets=(str(repo.path),))
    result = Scan(ruleset(), options, [baseline.load(repo.path / FILE)]).run()
    return {finding.secret for finding in result.findings}


@pytest.fixture
def known(repo: Repo) -> Repo:
    """Make a repository with a committed baseline that accepts its two secrets, one of them in history only."""
    repo.commit({"a.py": b"x = 1\nkey = '%s'\n" % token(1), "old.py": b"old = '%s'\n" % token(2)})
    repo.commit({"old.py": None})
    assert run("baseline", "create", repo.path / FILE, repo.path).return_value == 0
    repo.commit(message="Accept what is known")
    return repo


def test_what_is_in_the_file(known: Repo) -> None:
    """One entry a line, sorted, with rule, hash and path; no secret, no date and no line number."""
    path = known.path / FILE
    text = path.read_bytes()
    assert sorted(entry["path"] for entry in entries(path)) == ["a.py", "old.py"]
    assert all(set(entry) == {"rule", "hash", "path"} for entry in entries(path))
    assert token(1) not in text
    assert token(2) not in text
    lines = [line for line in text.splitlines() if b'"rule"' in line]
    assert lines == sorted(lines)
    assert len(lines) == 2


def test_accepted(known: Repo) -> None:
    """A scan with it is clean, says how many findings are accepted, and lists them when asked to explain."""
    done = cli("scan", "--baseline", FILE, cwd=known.path)
    assert (done.returncode, done.stderr.count(b"\n")) == (0, 1)
    assert b"2 findings are accepted" in done.stderr
    explained = json.loads(cli("scan", "--baseline", FILE, "--explain", "-f", "json", cwd=known.path).stdout)
    assert {finding["dropped"] for finding in explained["findings"]} == {f"in the baseline {FILE}"}
    assert cli("scan", cwd=known.path).returncode == 1


CHANGES: dict[str, Callable[[Repo], object]] = {
    "inserted lines": lambda repo: repo.commit({"a.py": b"import os\n\n\nx = 1\nkey = '%s'\n" % token(1)}),
    "reformatted": lambda repo: repo.commit({"a.py": b'x=1\r\nCONFIG = {\r\n\t"key": "%s",\r\n}\r\n' % token(1)}),
    "renamed": lambda repo: repo.commit({"a.py": None, "src/b.py": b"x = 1\nkey = '%s'\n" % token(1)}),
    "copied": lambda repo: repo.commit({"c.py": b"key = '%s'\n" % token(1)}),
    "in a message": lambda repo: repo.commit(message=f"Use {token(1).decode()}"),
    "squashed": lambda repo: (repo.git("reset", "--soft", "HEAD~1"), repo.commit(message="All in one")),
    "rebased": lambda repo: (
        repo.git("checkout", "--quiet", "-b", "other", "HEAD~2"),
        repo.commit({"other.py": b"y = 2\n"}),
        repo.git("rebase", "--quiet", "other", "main"),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_survives(known: Repo, change: str) -> None:
    """What was accepted stays so, wherever it moves."""
    CHANGES[change](known)
    assert new_in(known) == set()


def test_a_different_secret_on_the_same_line(known: Repo) -> None:
    """It is new."""
    known.commit({"a.py": b"x = 1\nkey = '%s'\n" % token(3)})
    assert new_in(known) == {token(3)}


def test_the_same_secret_of_another_rule(tmp_path: Path) -> None:
    """An entry is about one rule."""
    (tmp_path / "a.py").write_bytes(b"key = '%s'\n" % token(1))
    [finding] = scan(tmp_path).findings
    entry = Entry("another-rule", baseline.hashed(finding.fingerprint, SALT))
    assert Baseline(tmp_path / FILE, SALT, [entry]).reason(finding, finding.locations[0]) is None


def test_a_key_with_other_line_ends() -> None:
    """Line ends and indentation are no part of a private key."""
    key = token(1, "pem-rsa-private-key")
    assert b"\n" in key
    forms = [key, key.replace(b"\n", b"\r\n"), key.replace(b"\n", b"\n    ")]
    assert len({fingerprint("pem-rsa-private-key", form) for form in forms}) == 1


def test_the_hash_is_salted() -> None:
    """Two files hash the same secret differently."""
    assert baseline.hashed("x", SALT) == baseline.hashed("x", SALT) != baseline.hashed("x", "f0" * 16)
    salts = {baseline.new(Path(f"none-{number}"))._salt for number in range(3)}
    assert len(salts) == 3
    assert all(len(salt) == 32 for salt in salts)


def test_each_secret_is_hashed_once_and_quickly(known: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many places it has; and a thousand secrets cost about a second."""
    calls: list[str] = []
    monkeypatch.setattr(baseline, "hashed", lambda name, salt: calls.append(name) or "00" * 16)
    known.commit({f"copy{number}.py": b"key = '%s' # %d\n" % (token(1), number) for number in range(5)})
    new_in(known)
    assert sorted(calls) == sorted(fingerprint("github-pat-classic", token(number)) for number in (1, 2))
    monkeypatch.undo()
    began = time.process_time()
    for number in range(100):
        baseline.hashed(str(number), SALT)
    assert 0.02 < time.process_time() - began < 0.5


def test_update(known: Repo) -> None:
    """It adds what is new, keeps the salt, reasons and entries that are stale, and follows a rename with the hint."""
    path = known.path / FILE
    text = path.read_text()
    path.write_text(text.replace('"path": "a.py"', '"path": "a.py", "reason": "a tést key"'))
    known.commit({"a.py": None, "b.py": b"key = '%s'\nother = '%s'\n" % (token(1), token(4, "gitlab-pat"))})
    done = run("baseline", "update", path, known.path, "--no-history")
    assert (done.return_value, done.output) == (0, f"{path}: 1 entry added, 3 in all\n")
    assert json.loads(path.read_text())["random"] == json.loads(text)["random"]
    rows = {row["path"]: row.get("reason") for row in entries(path)}
    assert {row["path"] for row in entries(path)} == {"b.py", "old.py"}
    assert sorted(row.get("reason", "") for row in entries(path)) == ["", "", "a tést key"]
    assert "tést" in path.read_text("utf-8")
    assert rows["old.py"] is None
    again = path.read_bytes()
    assert run("baseline", "update", path, known.path).output.startswith(f"{path}: 0 entries added")
    assert path.read_bytes() == again
    done = cli("scan", "--baseline", FILE, "--explain", cwd=known.path)
    assert f"in the baseline {FILE}: a tést key" in done.stdout.decode()


def test_prune(known: Repo) -> None:
    """It takes out what is nowhere any more, and nothing else: neither what is allowed in other rules."""
    path = known.path / FILE
    assert run("baseline", "prune", path, known.path).output == f"{path}: 0 entries removed, 2 in all\n"
    before = path.read_bytes()
    done = run("baseline", "prune", path, known.path, "--no-history", "--only-rule", "gitlab-pat")
    assert done.return_value == 0
    assert path.read_bytes() == before
    done = run("baseline", "prune", path, known.path, "--no-history")
    assert "(old.py) removed" in done.output
    assert [entry["path"] for entry in entries(path)] == ["a.py"]


def test_prune_looks_at_every_confidence(tmp_path: Path) -> None:
    """An entry that was accepted at low confidence is found again, whatever a scan's own level is."""
    (tmp_path / "a.py").write_bytes(b"id = '%s'\n" % token(1, "aws-iam-unique-id"))
    assert [finding.confidence for finding in scan(tmp_path, min_confidence=Confidence.LOW).findings] == ["low"]
    path = tmp_path / FILE
    assert run("baseline", "create", path, tmp_path, "--min-confidence", "low").return_value == 0
    assert len(entries(path)) == 1
    run("baseline", "prune", path, tmp_path)
    assert len(entries(path)) == 1


def test_stale(known: Repo) -> None:
    """A full scan names the entries that accept nothing, by rule, hash and hint; part of a scan does not."""
    known.commit({"a.py": b"x = 1\n"})
    (known.path / FILE).write_text((known.path / FILE).read_text().replace("old.py", "o\\u001bld.py"))
    known.git("checkout", "--quiet", "--orphan", "fresh")
    known.commit(message="Begin again")
    known.git("branch", "--quiet", "-D", "main")
    known.git("reflog", "expire", "--expire=now", "--all")
    known.git("gc", "--quiet", "--prune=now")
    done = cli("scan", "--baseline", FILE, cwd=known.path)
    lines = done.stderr.decode().splitlines()
    assert (done.returncode, len(lines)) == (0, 2)
    assert all(line.startswith(f"stanch: {FILE}: github-pat-classic ") for line in lines)
    assert any("(a.py) accepts nothing that this scan found" in line for line in lines)
    assert "\x1b" not in done.stderr.decode()
    known.git("add", "--all")
    for part in (["--staged"], ["--no-history"], ["--min-confidence", "high"], ["--max-size", "1"]):
        assert b"accepts nothing" not in cli("scan", "--baseline", FILE, *part, cwd=known.path).stderr


def test_many_stale_entries_are_counted(tmp_path: Path) -> None:
    """Only some of them are named."""
    rows = [Entry("r", f"{number:032x}") for number in range(100)]
    lines = list(Baseline(tmp_path / FILE, SALT, rows).stale())
    assert len(lines) == baseline.SHOWN + 1
    assert "90 more entries" in lines[-1]


def test_two_baselines(known: Repo, tmp_path: Path) -> None:
    """--baseline can be repeated."""
    known.commit({"b.py": b"key = '%s'\n" % token(5)})
    other = tmp_path / "other.json"
    assert run("baseline", "create", other, known.path / "b.py").return_value == 0
    assert cli("scan", "--baseline", FILE, cwd=known.path).returncode == 1
    assert cli("scan", "--baseline", FILE, "--baseline", str(other), cwd=known.path).returncode == 0


def test_allowed_secrets_are_not_added(tmp_path: Path) -> None:
    """What an inline allow accepts needs no entry."""
    (tmp_path / "a.py").write_bytes(b"a = '%s' # stanch:allow\nb = '%s'\n" % (token(1), token(2)))
    run("baseline", "create", tmp_path / FILE, tmp_path)
    assert len(entries(tmp_path / FILE)) == 1


def test_create_refuses_to_overwrite(known: Repo) -> None:
    """Status 2, and the file stays; it says what to use instead. A folder that is not there is told before scanning."""
    before = (known.path / FILE).read_bytes()
    done = cli("baseline", "create", FILE, cwd=known.path)
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)
    assert b"update" in done.stderr
    assert (known.path / FILE).read_bytes() == before
    assert "no such folder" in str(run("baseline", "create", known.path / "no/b.json", known.path).exception)


def test_incomplete(tmp_path: Path) -> None:
    """Of an incomplete scan, create and update write what was found and end in 3; prune changes nothing."""
    repo, path = Repo(tmp_path / "repo"), tmp_path / FILE
    repo.commit({"a.py": b"a = '%s'\n" % token(1), "b.py": b"b = 1\n"})
    broken = repo.loose(repo.oid(b"b = 1\n"))
    broken.chmod(0o644)
    broken.write_bytes(b"broken")
    done = cli("baseline", "create", str(path), str(repo.path))
    assert done.returncode == 3
    assert b"the scan is incomplete" in done.stderr
    assert b"-object" in done.stderr
    assert len(entries(path)) == 1
    assert cli("baseline", "update", str(path), str(repo.path)).returncode == 3
    path.write_bytes(document())
    done = cli("baseline", "prune", str(path), str(repo.path))
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"not changed" in done.stderr
    assert path.read_bytes() == document()


def test_a_file_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that says why; the old file stays, and nothing is left beside it."""
    (tmp_path / "a.py").write_bytes(b"a = '%s'\n" % token(1))
    path = tmp_path / FILE
    run("baseline", "create", path, tmp_path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert "No space left" in str(run("baseline", "update", path, tmp_path).exception)
    assert path.read_bytes() == before
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.py", FILE]


def document(**changes: Any) -> bytes:
    """Return a small baseline, changed; None takes a key out."""
    values = {"stanch-baseline": 1, "random": SALT, "accepted": [{"rule": "r", "hash": SALT}, None], **changes}
    return json.dumps({key: value for key, value in values.items() if value is not None}).encode()


WRONG = [
    (b"", "not the JSON of a baseline"),
    (b"{\n<<<<<<< HEAD\n}", "line 2: not the JSON of a baseline"),
    (b"\xff\xfe", "not the JSON of a baseline"),
    (b"[" * 100_000, "not the JSON of a baseline"),
    (b"[1]", "'stanch-baseline'"),
    (b"{}", "'stanch-baseline'"),
    (document(**{"stanch-baseline": 2}), "stanch-baseline: only 1"),
    (document(salt=SALT), "unknown key 'salt'"),
    (document(random=None), "random: must be"),
    (document(random="xyz"), "random: must be"),
    (document(accepted=None), "accepted: must be"),
    (document(accepted=[]), "accepted: must be"),
    (document(accepted=[{"rule": "r", "hash": SALT}]), "ends in null"),
    (document(accepted=["r", None]), "entry 1: must be an object"),
    (document(accepted=[{"rule": "r"}, None]), "entry 1: hash: is missing"),
    (document(accepted=[{"hash": SALT}, None]), "entry 1: rule: is missing"),
    (document(accepted=[{"rule": "r", "hash": "0"}, None]), "entry 1: hash: must be"),
    (document(accepted=[{"rule": 1, "hash": SALT}, None]), "entry 1: rule: must be a string"),
    (document(accepted=[{"rule": "r", "hash": SALT, "line": 3}, None]), "entry 1: unknown key 'line'"),
    (document().replace(b'"accepted"', b'"random": "%s", "accepted"' % SALT.encode()), "'random' stands twice"),
]


@pytest.mark.parametrize(("content", "named"), WRONG, ids=[named for _, named in WRONG])
def test_strict_reading(content: bytes, named: str, tmp_path: Path) -> None:
    """What is wrong in a baseline is one line that names the file and the key."""
    path = tmp_path / FILE
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        baseline.load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("command", [["scan", "--baseline"], ["baseline", "update"], ["baseline", "prune"]])
def test_no_such_file(command: list[str], tmp_path: Path) -> None:
    """A baseline that does not exist is status 2, and nothing is made."""
    done = cli(*command, "gone.json", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"gone.json" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_any_text_comes_back(tmp_path: Path) -> None:
    """Reasons and hints of any characters are one line of the file, and the same when read again."""
    texts = ["größe", 'a "quote"\n', "\ud800 \x1b", "\u2028", "\\"]
    rows = [Entry("r", f"{number:032x}", text, text) for number, text in enumerate(texts)]
    Baseline(tmp_path / FILE, SALT, rows).write()
    assert (tmp_path / FILE).read_bytes().count(b"\n") == len(texts) + 7
    assert baseline.read(tmp_path / FILE)._entries == {entry.key: entry for entry in rows}


@pytest.fixture
def two(repo: Repo) -> Repo:
    """Make a repository whose baseline two branches, `ours` and `theirs`, add an entry to."""
    rules = {"ours": "anthropic-api-key", "theirs": "stripe-secret-key-live"}
    assert list(rules.values()) == sorted(set(rules.values()) & ruleset().by_id.keys())
    repo.commit({"a.py": b"".join(b"key = '%s'\n" % token(number) for number in range(1, 4))})
    run("baseline", "create", repo.path / FILE, repo.path)
    repo.commit(message="Accept")
    for branch, rule in rules.items():
        repo.git("checkout", "--quiet", "-b", branch, "main")
        repo.commit({f"{branch}.py": b"key = '%s'\n" % token(1, rule)})
        run("baseline", "update", repo.path / FILE, repo.path, "--no-history")
        repo.commit(message="Accept")
        assert len(entries(repo.path / FILE)) == 4
    return repo


def test_two_people_add_entries(two: Repo) -> None:
    """At the beginning and at the end of the list: git merges them, and both are accepted."""
    two.git("merge", "--quiet", "ours")
    assert len(entries(two.path / FILE)) == 5
    assert new_in(two) == set()


def test_one_adds_and_one_prunes(two: Repo) -> None:
    """Taking out a line in the middle and adding one at the end merge as well."""
    two.git("checkout", "--quiet", "-b", "pruned", "main")
    middle = entries(two.path / FILE)[0]
    text = (two.path / FILE).read_text().splitlines(keepends=True)
    two.commit({FILE: "".join(line for line in text if middle["hash"] not in line).encode()})
    two.git("merge", "--quiet", "theirs")
    assert len(entries(two.path / FILE)) == 3


def test_the_same_place_and_a_union(two: Repo) -> None:
    """Entries at one place conflict, unless git is told to keep both: duplicates are read, and update joins them."""
    line = json.dumps({"rule": "zzz", "hash": SALT}).encode()
    for branch, reason in (("one", b"first"), ("two", b"second")):
        two.git("checkout", "--quiet", "-b", branch, "main")
        text = (two.path / FILE).read_bytes()
        told = line[:-1] + b', "reason": "%s"}' % reason
        two.commit({FILE: text.replace(b"null", told + b",\nnull")})
    with pytest.raises(subprocess.CalledProcessError):
        two.git("merge", "--quiet", "one")
    two.git("merge", "--abort")
    two.commit({".gitattributes": f"{FILE} merge=union\n".encode()})
    two.git("merge", "--quiet", "one")
    path = two.path / FILE
    assert [row.get("reason") for row in entries(path) if row["rule"] == "zzz"] == ["second", "first"]
    assert run("baseline", "update", path, two.path, "--no-history").return_value == 0
    assert [row.get("reason") for row in entries(path) if row["rule"] == "zzz"] == ["second; first"]


def test_a_baseline_is_no_secret(tmp_path: Path) -> None:
    """A baseline of every rule, with names that sound like secrets in it, gives no finding at any confidence."""
    rows = [
        Entry(rule.id, baseline.hashed(str(number), SALT), path, reason)
        for number, rule in enumerate(ruleset().rules)
        for path, reason in [("config/secret_key.py", "api key of the sandbox"), ("deploy/api-token.env", None)]
    ]
    for number in range(5):
        path = tmp_path / f"secret-baseline-{number}.json"
        Baseline(path, os.urandom(16).hex(), rows).write()
    assert [finding.rule for finding in scan(tmp_path, min_confidence=Confidence.LOW).findings] == []


def test_a_repository_with_its_baseline_stays_clean(known: Repo) -> None:
    """The committed file adds no finding, in history either."""
    assert run("scan", known.path, "--baseline", known.path / FILE, "--min-confidence", "low").return_value == 0


def test_a_hint_holds_no_secret(tmp_path: Path) -> None:
    """Where a file's name repeats its secret, the hint is masked."""
    (tmp_path / f"{token(1).decode()}.py").write_bytes(b"key = '%s'\n" % token(1))
    run("baseline", "create", tmp_path / FILE, tmp_path)
    assert token(1) not in (tmp_path / FILE).read_bytes()
    assert entries(tmp_path / FILE)[0]["path"].endswith(".py")


def test_what_is_in_no_file_has_no_hint(repo: Repo) -> None:
    """A secret in a commit message has an entry, too."""
    repo.commit({"a.py": b"x"}, message=f"Use {token(1).decode()}")
    run("baseline", "create", repo.path / FILE, repo.path)
    assert [set(entry) for entry in entries(repo.path / FILE)] == [{"rule", "hash"}]
    assert new_in(repo) == set()


def test_without_scrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where OpenSSL forbids it, one line says so."""

    def forbidden(*_: object, **__: object) -> None:
        raise ValueError("[digital envelope routines] unsupported")

    monkeypatch.setattr("hashlib.scrypt", forbidden)
    with pytest.raises(UsageError, match="FIPS"):
        baseline.hashed("x", SALT)
