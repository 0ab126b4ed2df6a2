"""What gitleaks' users accepted: `.gitleaksignore` and reports as baselines."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result

from repositories import Repo
from scans import token
from stanch.cli.commands import stanch
from stanch.compat import sniff
from stanch.compat.fingerprints import Entry, ignore_file
from stanch.compat.kinds import Kinds
from stanch.errors import UsageError

KEY, OTHER = token(1).decode(), token(2).decode()
PASSWORD = Random(7).randbytes(9).hex()


def run(*arguments: object) -> Result:
    """Run a scan of the command line here."""
    done = CliRunner().invoke(stanch, ["scan", *map(str, arguments)], standalone_mode=False)
    assert done.exception is None or isinstance(done.exception, UsageError), done.exception
    return done


def scan(*arguments: object) -> set[tuple[str, int]]:
    """Return path and line of what is found."""
    done = run("-f", "json", *arguments)
    assert done.exception is None, done.exception
    return {(at["path"], at["line"]) for f in json.loads(done.stdout)["findings"] for at in f["locations"]}


@pytest.fixture
def leaky(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Stand in a repository: a credential on line 2 of src/a.txt, which moves to line 3, and one in b.txt."""
    monkeypatch.chdir(repo.path)
    for name in ("GITLEAKS_CONFIG", "GITLEAKS_CONFIG_TOML"):
        monkeypatch.delenv(name, raising=False)
    repo.commit({"src/a.txt": f"one\nkey = {KEY}\n".encode()})
    repo.commit({"src/a.txt": f"one\ntwo\nkey = {KEY}\n".encode(), "b.txt": f"password = '{PASSWORD}'\n".encode()})
    return repo


A, B = {("src/a.txt", 2), ("src/a.txt", 3)}, {("b.txt", 1)}
IGNORED = [
    # line of .gitleaksignore ({0} and {1}: the commits), what is still reported
    ("{0}:src/a.txt:github-pat:2", B),
    ("{0}:src/a.txt:github-pat:2\r", B),
    ("  {0}:src/a.txt:github-pat:2  ", B),
    ("\ufeff{0}:src/a.txt:github-pat:2", B),
    ("# {0}:src/a.txt:github-pat:2", A | B),
    ("{0}:src\\a.txt:github-pat:2", B),
    ("{0}:src/a.txt:no-such-rule:2", B),
    ("{0}:src/a.txt:npm-access-token:2", A | B),
    ("{0}:src/a.txt:github-pat:1", A | B),
    ("{0}:a.txt:github-pat:2", A | B),
    ("{1}:src/a.txt:github-pat:3", B),
    ("src/a.txt:github-pat:2", {("src/a.txt", 3)} | B),
    ("src/a.txt:github-pat:3", {("src/a.txt", 2)} | B),
    ("{1}:b.txt:generic-api-key:1", A),
    ("b.txt:generic-api-key:1", A),
    ("b.txt:github-pat:1", A),
    ("0123456789012345678901234567890123456789:src/a.txt:github-pat:2", A | B),
    ("", A | B),
]


@pytest.mark.parametrize(("line", "left"), IGNORED)
def test_ignored(line: str, left: set[tuple[str, int]], leaky: Repo) -> None:
    """An entry accepts the secret that stood on its line in its commit, wherever the line has moved since."""
    commits = leaky.git("rev-list", "--reverse", "HEAD").split()
    leaky.put(".gitleaksignore", (line.format(*commits) + "\n\n").encode())
    assert scan() == left
    assert scan("--no-config") == A | B


def test_ignored_in_what_is_staged(leaky: Repo) -> None:
    """A hook sees the whole file: a secret that was accepted in a commit does not stop the next one."""
    first = leaky.git("rev-list", "--reverse", "HEAD").split()[0]
    leaky.put(".gitleaksignore", f"{first}:src/a.txt:github-pat:2\n".encode())
    leaky.put("src/a.txt", f"one\n\n\n\nkey = {KEY}\nother = {OTHER}\n".encode())
    leaky.git("add", "src/a.txt")
    assert scan("--staged") == {("src/a.txt", 6)}
    assert {"in .gitleaksignore"} == {
        finding.get("dropped")
        for finding in json.loads(run("--staged", "--explain", "-f", "json").stdout)["findings"]
        if finding["locations"][0]["line"] == 5
    }


def test_ignored_from_a_subfolder(leaky: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths count from the repository's root, wherever one stands."""
    leaky.put(".gitleaksignore", b"src/a.txt:github-pat:3\n")
    assert scan("src") == set()
    monkeypatch.chdir(leaky.path / "src")
    assert scan() == set()
    assert scan("a.txt") == set()


def test_lines_that_cannot_be_read(leaky: Repo) -> None:
    """They are told with file and line, and the others count."""
    leaky.put(".gitleaksignore", b"nonsense\nsrc/a.txt:github-pat:x\n\nsrc/a.txt:github-pat:3\n")
    told = run("--no-history").stderr
    assert ".gitleaksignore:1: not used: write [commit:]path:rule:line" in told
    assert ".gitleaksignore:2: not used" in told
    assert ".gitleaksignore:3" not in told
    assert scan("--no-history") == B


SPLIT = [
    ("a.txt:rule:7", Entry("a.txt", "rule", 7, 7)),
    ("a:b/c.txt:rule:7", Entry("a:b/c.txt", "rule", 7, 7)),
    ("abcdef0:a.txt:rule:7", Entry("a.txt", "rule", 7, 7, "abcdef0")),
    (f"{'0a' * 32}:a.txt:rule:7", Entry("a.txt", "rule", 7, 7, "0a" * 32)),
    ("abcdef:a.txt:rule:7", Entry("abcdef:a.txt", "rule", 7, 7)),
    ("C:\\src\\a.txt:rule:7", Entry("C:/src/a.txt", "rule", 7, 7)),
    ("x.zip!y/z.txt:rule:7", Entry("x.zip!y/z.txt", "rule", 7, 7)),
]


@pytest.mark.parametrize(("line", "entry"), SPLIT)
def test_how_an_entry_is_split(line: str, entry: Entry) -> None:
    """A path may hold colons; a commit is seven digits or more."""
    accepted, warnings = ignore_file(line.encode(), "x", Kinds(()))
    assert (list(accepted.entries), warnings) == ([entry], [])


def entry(**changes: Any) -> dict[str, Any]:
    """Return an entry of a report, of the credential in src/a.txt."""
    return {
        "RuleID": "github-pat", "Description": "", "StartLine": 2, "EndLine": 2, "StartColumn": 7, "EndColumn": 46,
        "Match": KEY, "Secret": KEY, "File": "src/a.txt", "SymlinkFile": "", "Commit": "", "Entropy": 4.5,
        "Author": "", "Email": "", "Date": "", "Message": "", "Tags": [], "Fingerprint": "", **changes,
    }  # fmt: skip


REDACTED = {"Secret": "REDACTED", "Match": "key = REDACTED"}
REPORTED = [
    # changes to an entry, what is still reported
    ({}, B),
    ({"StartLine": 99, "EndLine": 99, "RuleID": "jwt"}, B),
    ({"File": "./src/a.txt"}, B),
    ({"File": "src\\a.txt"}, B),
    ({"File": "{root}/src/a.txt"}, B),
    ({"File": "b.txt"}, A | B),
    ({"Secret": OTHER}, A | B),
    ({"Secret": f"{KEY}\n"}, B),
    ({"Secret": KEY[2:]}, B),
    ({"Secret": KEY[30:]}, A | B),
    ({"Secret": "REDACTED"}, {("src/a.txt", 3)} | B),
    ({"Secret": "REDACTED", "Commit": "{first}"}, B),
    ({"Secret": KEY[:8] + "...", "Commit": "{first}"}, B),
    ({"Secret": "REDACTED", "StartLine": 1, "EndLine": 5}, B),
    ({"Secret": "REDACTED", "RuleID": "npm-access-token"}, A | B),
    ({"Secret": PASSWORD, "File": "b.txt", "RuleID": "generic-api-key"}, A),
]


@pytest.mark.parametrize(("changes", "left"), REPORTED)
def test_a_report_is_a_baseline(
    changes: dict[str, Any], left: set[tuple[str, int]], leaky: Repo, tmp_path: Path
) -> None:
    """The secret and its path count; in a redacted report commit, path and line do."""
    first = leaky.git("rev-list", "--reverse", "HEAD").split()[0]
    filled = {
        key: value.replace("{root}", str(leaky.path)).replace("{first}", first) if isinstance(value, str) else value
        for key, value in changes.items()
    }
    report = tmp_path / "report.json"
    report.write_text(json.dumps([entry(**filled)]))
    assert scan("--baseline", report) == left
    assert scan("--baseline-path", report, "--no-config") == left
    report.write_text(json.dumps([]))
    assert scan("--baseline", report) == A | B


def test_a_baseline_in_the_configuration(leaky: Repo) -> None:
    """`baseline` in stanch.toml and --baseline add up; the reason names the file."""
    leaky.put("one.json", json.dumps([entry(**REDACTED, StartLine=1, EndLine=3)]).encode())
    leaky.put("two.json", json.dumps([entry(**REDACTED, File="b.txt", StartLine=1, EndLine=1)]).encode())
    leaky.put("stanch.toml", b"baseline = ['one.json']\n")
    assert scan() == B
    assert scan("--baseline", "two.json") == set()
    explained = json.loads(run("--explain", "-f", "json").stdout)["findings"]
    assert "in the baseline one.json" in {finding.get("dropped") for finding in explained}


BROKEN = [
    ({"StartLine": "2"}, "entry 1: StartLine must be a number"),
    ({"File": None}, "entry 1: File must be a string"),
    ({"Secret": 3}, "entry 1: Secret must be a string"),
]


@pytest.mark.parametrize(("changes", "says"), BROKEN)
def test_a_broken_report(changes: dict[str, Any], says: str) -> None:
    """A value of another type is an error that names the entry and never a secret."""
    with pytest.raises(UsageError, match=says) as caught:
        sniff(Path("report.json"), json.dumps([entry(**changes)]).encode())
    assert KEY not in str(caught.value)


NOT_KNOWN = [b"", b"not json", b"{}", b"[1]", b'[{"File": "x"}]', b'{"schema": 1, "findings": []}', b"[" * 99_999]


@pytest.mark.parametrize("content", NOT_KNOWN, ids=range(len(NOT_KNOWN)))
def test_what_is_no_baseline(content: bytes, leaky: Repo) -> None:
    """Anything else is none of theirs, and naming it is an error."""
    assert sniff(Path("x.json"), content) is None
    leaky.put("x.json", content)
    assert "x.json: " in str(run("--baseline", "x.json").exception)


def test_a_baseline_is_not_shown() -> None:
    """The secrets that a report holds are in no representation."""
    accepted = sniff(Path("report.json"), json.dumps([entry()]).encode())
    assert KEY not in repr(accepted)
