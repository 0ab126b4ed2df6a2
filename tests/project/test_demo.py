"""The demo repository: every planted credential is found with its facts, and nothing beside them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import demo
from project.conftest import ROOT, Demo
from stanch.rules import load

# rule, path, layers, does it still stand there, subject and author of the commit that brought it in
PLANTED: list[tuple[str, str, list[str], bool, str, str]] = [
    ("github-basic-auth-credentials", "SyncIssues/index.js", [], True, "Sync issues from the tracker", demo.ADA),
    ("postgres-uri", ".env", [], False, "Settings for local development", demo.BEN),
    ("sendgrid-api-key", ".env", [], False, "Settings for local development", demo.BEN),
    ("stripe-secret-key-live", "orders/template.yaml", [], True, "Copy finished orders to the warehouse", demo.ADA),
    ("github-pat-classic", "deploy/secret.yaml", ["base64"], True, "Run the shop on Kubernetes", demo.BEN),
    ("npm-access-token", ".npmrc", [], False, "Merge branch 'registry'", demo.BEN),
]


@cache
def scan(folder: Path) -> tuple[int, dict[str, Any]]:
    """Return the exit status and the JSON report of a whole scan."""
    command = [sys.executable, "-m", "stanch", "scan", "--show-secrets", "-f", "json", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout)


def findings(folder: Path, rule: str) -> list[dict[str, Any]]:
    """Return the findings of one rule."""
    return [finding for finding in scan(folder)[1]["findings"] if finding["rule"] == rule]


@pytest.mark.parametrize(("rule", "path", "layers", "stands", "subject", "author"), PLANTED, ids=lambda v: str(v)[:30])
def test_each_planted_credential_is_found_with_its_facts(
    demonstration: Demo, rule: str, path: str, layers: list[str], stands: bool, subject: str, author: str
) -> None:
    """A credential is one finding, which says where it stands, since which commit, by whom, and whether still."""
    (finding,) = findings(demonstration.folder, rule)
    oldest, *_ = finding["locations"]
    assert {(place["path"], place["surface"]) for place in finding["locations"]} == {(path, "blob")}
    assert {place["at_head"] for place in finding["locations"]} == {stands}
    assert oldest["layers"] == layers
    assert oldest["author"] == author
    assert demonstration.git("log", "-1", "--format=%s", oldest["commit"]) == subject


@pytest.mark.parametrize("rule", [row[0] for row in PLANTED])
def test_the_finding_is_the_planted_secret(demonstration: Demo, rule: str) -> None:
    """What `--show-secrets` prints is what was planted, without the base64 around it."""
    (finding,) = findings(demonstration.folder, rule)
    path, secret = finding["locations"][0]["path"], finding["secret"].encode()
    planted = [item.secret for item in demonstration.planted if item.path == path]
    assert any(item in secret or item == b64encode(secret) for item in planted)


def test_nothing_else_is_reported(demonstration: Demo) -> None:
    """References, placeholders, digests and ids beside the credentials stay silent; the scan is complete."""
    status, report = scan(demonstration.folder)
    assert status == 1
    assert report["complete"] is True
    assert sorted(finding["rule"] for finding in report["findings"]) == sorted(row[0] for row in PLANTED)
    assert len(demonstration.planted) == len(PLANTED)


def test_the_function_in_history_and_in_the_worktree_is_one_finding(demonstration: Demo) -> None:
    """The credential moved down one line since it came; the remedy is the one for an Azure Function."""
    (finding,) = findings(demonstration.folder, "github-basic-auth-credentials")
    assert [place["line"] for place in finding["locations"]] == [3, 4]
    assert finding["remedy"]["store"] == "keyvault"
    assert "GitHub App" in finding["remedy"]["summary"]


def test_the_sam_template_gets_the_remedy_for_lambda(demonstration: Demo) -> None:
    """A template names the platform, so the remedy names its vault."""
    (finding,) = findings(demonstration.folder, "stripe-secret-key-live")
    assert finding["remedy"]["store"] == "ssm"


def test_the_env_file_went_three_commits_ago(demonstration: Demo) -> None:
    """The history is what the documentation says it is."""
    gone = demonstration.git("log", "-1", "--diff-filter=D", "--format=%H", "--", ".env")
    assert gone == demonstration.git("rev-parse", "HEAD~3")


def test_the_merge_brings_in_what_neither_parent_has(demonstration: Demo) -> None:
    """`git log -p` shows no line that adds the token: it came with a merge."""
    (token,) = (item.secret.decode() for item in demonstration.planted if item.path == ".npmrc")
    added = [line for line in demonstration.git("log", "-p", "--all").splitlines() if line.startswith("+")]
    assert not any(token in line for line in added)
    assert len(demonstration.git("log", "-1", "--format=%P", "--merges").split()) == 2
    assert token in demonstration.git("show", "HEAD~1:.npmrc")
    assert token not in demonstration.git("show", "HEAD:.npmrc")


def test_the_same_seed_makes_the_same_commits(demonstration: Demo, tmp_path: Path) -> None:
    """The demo does not depend on when, where or by whom it is made."""
    again = Demo(tmp_path / "again", tuple(demo.make(tmp_path / "again")))
    assert again.git("rev-parse", "HEAD") == demonstration.git("rev-parse", "HEAD")
    assert again.git("status", "--porcelain") == ""


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    """Making the demo never overwrites."""
    (tmp_path / "mine").write_text("mine")
    assert demo.main([str(tmp_path)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_the_demo_ends_with_the_plan(shell: Callable[[str], subprocess.CompletedProcess[str]]) -> None:
    """What `make demo` runs last says of each finding where it ends up, and patches those that still stand there."""
    recipes = (ROOT / "Makefile").read_text("utf-8")
    (command,) = re.findall(r"^\t@\$\(bin\)/(stanch fix .*) \.demo/repo$", recipes, re.MULTILINE)
    done = shell(f"{command} .")
    assert (done.returncode, done.stderr) == (0, "")
    names = {rule.id: rule.name for rule in load().rules}
    assert [row[0] for row in PLANTED if f"  {names[row[0]]} " not in done.stdout] == []
    assert "keyvault: shop-github-cred in https://issues-vault.vault.azure.net" in done.stdout
    assert "+var githubCred = 'Basic ' + process.env.GITHUB_CRED;" in done.stdout
    assert "3 vault, 3 manual; 4 files to patch; --apply makes 3 moves" in done.stdout
