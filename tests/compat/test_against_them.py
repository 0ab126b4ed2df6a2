"""What gitleaks and detect-secrets themselves write and do, where they are installed; skipped where they are not."""

from __future__ import annotations

import json
import shutil
import string
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest

from compat.test_go_syntax import MATCHES, REFUSED
from repositories import Repo
from scans import cli, token

pytestmark = pytest.mark.slow
with_gitleaks = pytest.mark.skipif(not shutil.which("gitleaks"), reason="gitleaks is not installed")
with_detect_secrets = pytest.mark.skipif(not shutil.which("detect-secrets"), reason="detect-secrets is not installed")

OURS_ALONE = {r"\p{Greek}", "[ä]", "[\u0430-\u044f]", r"[\x{100}]", REFUSED[-2]}
"""What Go reads and stanch cannot turn: sets outside ASCII, and groups nested a hundred deep."""


def gitleaks(folder: Path, *arguments: str, config: str | None = None) -> list[dict[str, Any]] | None:
    """Return the report of a scan; None when gitleaks refuses its configuration."""
    report = folder.parent / "report.json"
    report.unlink(missing_ok=True)
    named = []
    if config is not None:
        (folder.parent / "config.toml").write_text(config, "utf-8")
        named = ["--config", str(folder.parent / "config.toml")]
    command = ["gitleaks", *arguments, ".", *named, "--no-banner", "-f", "json", "-r", str(report)]
    subprocess.run(command, cwd=folder, capture_output=True)
    return json.loads(report.read_text("utf-8")) if report.exists() else None


def stanch(folder: Path, *arguments: str) -> set[tuple[str, str, int]]:
    """Return rule, path and line of what stanch finds there."""
    done = cli("scan", "-f", "json", "--min-confidence", "low", *arguments, cwd=folder)
    assert done.returncode in (0, 1), done.stderr
    findings = json.loads(done.stdout)["findings"]
    return {(found["rule"], at["path"], at["line"]) for found in findings for at in found["locations"]}


@with_gitleaks
def test_the_same_text_matches(tmp_path: Path) -> None:
    """What the table of expressions says is what gitleaks finds."""
    rows = [row for row in MATCHES if row[2] != ""]
    files = tmp_path / "files"
    files.mkdir()
    rules = []
    for number, (pattern, text, _) in enumerate(rows):
        (files / f"{number}.txt").write_text(text, "utf-8", newline="")
        path = rf"(?:^|/){number}\.txt$"
        rules.append(f"[[rules]]\nid = 'r{number}'\nregex = {json.dumps(pattern)}\npath = {json.dumps(path)}\n")
    found = gitleaks(files, "dir", config="".join(rules))
    assert found is not None
    first: dict[str, str] = {}
    for item in found:
        first.setdefault(item["RuleID"], item["Match"])
    wanted = {f"r{number}": row[2].strip("\n") for number, row in enumerate(rows) if row[2]}
    assert first == wanted


@with_gitleaks
@pytest.mark.parametrize("pattern", [p for p in REFUSED if p not in OURS_ALONE], ids=lambda p: p[:20])
def test_what_is_refused_here_is_refused_there(pattern: str, tmp_path: Path) -> None:
    """An expression that is not used for a mistake in it would stop gitleaks."""
    (tmp_path / "files").mkdir()
    assert gitleaks(tmp_path / "files", "dir", config=f"[[rules]]\nid = 'x'\nregex = {json.dumps(pattern)}\n") is None


CONFIG = """
[[rules]]
id = "acme-token"
regex = '''(?i)acme[_-]?(?:key|token)\\s*[=:]\\s*['"]?(acme_[a-f0-9]{20})['"]?'''
keywords = ["acme_"]
[[rules.allowlists]]
paths = ['''(^|/)fixtures/''']
[[rules.allowlists]]
condition = "AND"
paths = ['''\\.md$''']
regexTarget = "line"
regexes = ['''for example''']

[[rules]]
id = "corp-token"
regex = '''\\bcorp-([[:xdigit:]]{8})-([[:alnum:]]{12})\\b'''
secretGroup = 2
entropy = 2.0
path = '''\\.(ini|md)$'''

[allowlist]
stopwords = ["deadbeef"]
"""


@with_gitleaks
def test_a_configuration_means_the_same(repo: Repo) -> None:
    """Custom rules and allowlists give the same rules, files and lines, in files and in history."""
    random = Random(5)
    forms = ("acme_key = {}", 'ACME-TOKEN: "{}"', "acmekey='{}' # for example", "other = {}")
    lines = [form.format("acme_" + random.randbytes(10).hex()) for form in forms]
    lines += ["acme_key = acme_deadbeef" + random.randbytes(6).hex()]
    lines += [f"x corp-{random.randbytes(4).hex()}-{random.randbytes(6).hex()} y", f"corp-{'0' * 8}-{'a' * 12}"]
    content = "\n".join(lines).encode() + b"\n"
    repo.commit({".gitleaks.toml": CONFIG.encode(), "a.ini": content, "b.txt": content, "c.md": content})
    repo.commit({"fixtures/d.ini": content})  # not renamed: a rename hides its content from gitleaks
    for how, more in (("git", ()), ("dir", ("--no-history",))):
        theirs = gitleaks(repo.path, how)
        assert theirs
        wanted = {(item["RuleID"], item["File"], item["StartLine"]) for item in theirs}
        only = ("--only-rule", "acme-token", "--only-rule", "corp-token")
        assert stanch(repo.path, *more, *only) == wanted


@pytest.fixture
def leaky(repo: Repo) -> Repo:
    """Make a repository with credentials of several kinds, one of which moves, and one that goes."""
    random = Random(9)
    password, uri = ("".join(random.choices(string.ascii_letters + string.digits, k=24)) for _ in range(2))
    lines = [f"key = '{token(1).decode()}'", f"password = '{password}'", f"u = 'postgres://bob:{uri}@db.example.org/x'"]
    repo.commit({"a.py": "\n".join(lines).encode(), "k.pem": token(1, "pem-rsa-private-key")})
    repo.commit({"a.py": "\n".join(["import os", "", *lines]).encode(), "b.py": b"x = '" + token(2, "jwt") + b"'\n"})
    repo.commit({"k.pem": None})
    return repo


def told_of(found: set[tuple[str, str, int]]) -> set[str]:
    """Return the kinds of what is found."""
    return {rule for rule, _, _ in found}


@with_gitleaks
def test_what_gitleaks_names_is_ignored(leaky: Repo) -> None:
    """Its fingerprints, put into .gitleaksignore, silence stanch for all that gitleaks has found."""
    found = gitleaks(leaky.path, "git")
    assert found
    assert told_of(stanch(leaky.path)) >= {"github-pat-classic", "generic-password", "pem-rsa-private-key", "jwt"}
    leaky.put(".gitleaksignore", "\n".join(item["Fingerprint"] for item in found).encode())
    assert told_of(stanch(leaky.path)) <= {"postgres-uri"}


@with_gitleaks
@pytest.mark.parametrize("redact", [[], ["--redact"], ["--redact=30"]])
def test_what_gitleaks_reports_is_a_baseline(redact: list[str], leaky: Repo) -> None:
    """Its report, redacted or not, is a baseline for all that it holds."""
    assert gitleaks(leaky.path, "git", *redact)
    report = leaky.path.parent / "report.json"
    assert told_of(stanch(leaky.path, "--baseline", str(report))) <= {"postgres-uri"}


@with_detect_secrets
def test_what_detect_secrets_found_is_a_baseline(leaky: Repo) -> None:
    """Its baseline accepts all of its files but a private key, of which it keeps no digest; and its own digests."""
    done = subprocess.run(["detect-secrets", "scan", "--all-files"], cwd=leaky.path, capture_output=True, check=True)
    leaky.put("k.pem", token(1, "pem-rsa-private-key"))
    leaky.put(".secrets.baseline", done.stdout)
    found = stanch(leaky.path, "--no-history", "--baseline", ".secrets.baseline")
    assert found == {("pem-rsa-private-key", "k.pem", 1)}
