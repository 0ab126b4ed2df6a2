"""A scan from end to end: the example that this project exists for, and what a scan says of itself."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from repositories import Repo
from scans import BOTH, found, scan, token
from stanch import engines
from stanch import scan as scans
from stanch.engines import choose
from stanch.model import Confidence, Finding
from strategies import ruleset

USER = "kenobi-issues"


def credential(number: int = 1) -> bytes:
    """Return a user and a password of eight hexadecimal characters."""
    return f"{USER}:{Random(number).randbytes(4).hex()}".encode()


def azure(secret: bytes) -> bytes:
    """Return the Azure Function that calls GitHub with a folded constant."""
    return (
        b"var https = require('https');\n\n"
        b"module.exports = function (context, req) {\n"
        b"    var githubCred = 'Basic ' + '" + secret + b"';\n"
        b"    var options = {\n"
        b"        host: 'api.github.com',\n"
        b"        path: '/repos/example/issues',\n"
        b"        headers: { 'User-Agent': '" + USER.encode() + b"', 'Authorization': githubCred }\n"
        b"    };\n"
        b"    https.get(options, function (answer) { context.res = { status: 200 }; context.done(); });\n"
        b"};\n"
    )


def aws(secret: bytes) -> bytes:
    """Return the same as a Lambda."""
    return azure(secret).replace(
        b"module.exports = function (context, req)", b"exports.handler = function (event, context, callback)"
    ).replace(b"context.res = { status: 200 }; context.done();", b"callback(null, { statusCode: 200 });")  # fmt: skip


def seed(repo: Repo, code: bytes, **how: object) -> Finding:
    """Scan a repository with the function, and return its only finding."""
    repo.commit({"SyncIssues/index.js": code})
    result = scan(repo.path, **how)
    assert result.complete
    [finding] = result.findings
    return finding


@pytest.mark.parametrize("number", range(12))
def test_the_seed_example(repo: Repo, number: int) -> None:
    """User and password in a folded constant are found, whatever the eight characters, and a GitHub App is advised."""
    finding = seed(repo, azure(credential(number)))
    [location] = finding.locations
    assert finding.secret == credential(number)
    assert finding.confidence.rank >= Confidence.MEDIUM.rank
    assert (location.path, location.line, location.column, location.at_head) == ("SyncIssues/index.js", 4, 34, True)
    assert (finding.remedy.action, finding.remedy.store) == ("identity", "keyvault")
    assert "Key Vault" in finding.remedy.summary
    assert "GitHub App" in finding.remedy.summary


@pytest.mark.parametrize("engine", BOTH)
def test_the_seed_example_in_history(repo: Repo, engine: str) -> None:
    """It is found when only history has it, with its commit."""
    commit = repo.commit({"SyncIssues/index.js": azure(credential())})
    repo.commit({"SyncIssues/index.js": azure(b"").replace(b"'Basic ' + ''", b"process.env.GITHUB_CRED")})
    result = scan(repo.path, engine=engine)
    [location] = found(result)[credential()].locations
    assert (location.path, location.commit, location.at_head) == ("SyncIssues/index.js", commit, False)
    assert "Key Vault" in found(result)[credential()].remedy.summary


def test_the_seed_example_in_a_file(tmp_path: Path) -> None:
    """It is found in a file outside git, and staged."""
    (tmp_path / "index.js").write_bytes(azure(credential()))
    assert set(found(scan(tmp_path / "index.js"))) == {credential()}


def test_the_seed_example_on_lambda(repo: Repo) -> None:
    """In a Lambda, the remedy names AWS's stores."""
    summary = seed(repo, aws(credential())).remedy.summary
    assert "SSM Parameter Store" in summary
    assert "Secrets Manager" in summary
    assert "GitHub App" in summary
    assert "Key Vault" not in summary


def test_what_a_scan_says_of_itself(repo: Repo) -> None:
    """A result has the number of objects, their bytes, the rules and the engine."""
    repo.commit({"a.txt": b"12345"})
    result = scan(repo.path, engine="hyperscan")
    assert result.stats.blobs >= 2  # the file, and the object
    assert result.stats.bytes > 10
    assert (result.engine, result.rules) == ("hyperscan", len(ruleset().rules))
    assert result.ruleset.startswith("sha256:")


def test_progress(tmp_path: Path) -> None:
    """Who watches is told how far a scan is."""
    from scans import DEFAULTS

    (tmp_path / "a.txt").write_bytes(token(1))
    seen: list[scans.Progress] = []
    options = scans.Options(
        **{name: getattr(DEFAULTS, name) for name in DEFAULTS.__slots__} | {"targets": (str(tmp_path),)}
    )
    scans.Scan(ruleset(), options, watch=seen.append).run()
    assert (seen[-1].blobs, seen[-1].bytes, seen[-1].total, seen[-1].found) == (1, 40, 40, 1)


CHOICES = [
    # option, bytes of work, is a database cached, engine
    ("aho-corasick", 1 << 40, True, "aho-corasick"),
    ("hyperscan", 0, False, "hyperscan"),
    ("auto", 1_000, True, "aho-corasick"),
    ("auto", engines.SMALL, True, "hyperscan"),
    ("auto", engines.SMALL, False, "aho-corasick"),
    ("auto", engines.UNCACHED, False, "hyperscan"),
]


@pytest.mark.parametrize(("option", "weight", "cached", "engine"), CHOICES)
def test_engine_by_the_work(
    option: str, weight: int, cached: bool, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`auto` takes the engine that is sooner done; what is asked for is taken."""
    monkeypatch.setattr("stanch.prefilter.hyperscan.is_cached", lambda _: cached)
    assert choose(option, ruleset(), weight) == engine
