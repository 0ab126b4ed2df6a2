"""What docs/fix.md says can be done is done: in the demo repository, with real patches, against stores on loopback."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import demo
from remediate import vaults
from remediate.servers import REGION
from remediate.vaults import Credential
from repositories import Repo
from scans import called
from stanch.remediate.stores import keyvault

PAGE = Path(__file__).parents[2] / "docs/fix.md"
_BLOCK = re.compile(r"^<!-- servers: (\d+) -->\n```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SEED = re.compile(r"^<!-- seed: 0 -->\n```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_commands_that_need_a_store(tmp_path: Path, aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each ends as its block says; after all of them no file of the demo holds a credential, and the stores do."""
    demo.make(tmp_path / "demo")
    monkeypatch.chdir(tmp_path / "demo")
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setattr(keyvault, "DefaultAzureCredential", Credential)
    ((status, block),) = _BLOCK.findall(PAGE.read_text("utf-8"))
    with vaults.vault(tmp_path) as (fake, certificate):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        for line in block.splitlines():
            _, *words = shlex.split(line.replace("my-vault", fake.url), comments=True)
            done = called(*words)
            assert done.returncode == int(status), done.stdout + done.stderr
    assert sorted(fake.held) == ["demo-github-cred", "demo-github-token", "demo-stripe-key"]
    index = Path("SyncIssues/index.js").read_text()
    assert "var githubCred = 'Basic ' + process.env.GITHUB_CRED;" in index
    assert called("scan", "--no-history").returncode == 0


def test_the_patch_of_the_plan_is_applied_by_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are then what `--apply` makes of them: a scan of them is clean."""
    demo.make(tmp_path / "demo")
    monkeypatch.chdir(tmp_path / "demo")
    called("fix", "-f", "patch", "-o", str(tmp_path / "fix.patch"))
    Repo(tmp_path / "demo").git("apply", str(tmp_path / "fix.patch"))
    assert called("scan", "--no-history").returncode == 0


def test_the_seed_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step ends well: the vault has the token, the files have not, and a rollback brings it back to the byte."""
    demo.make(tmp_path / "app")
    monkeypatch.chdir(tmp_path / "app")
    monkeypatch.setattr(keyvault, "DefaultAzureCredential", Credential)
    index = Path("SyncIssues/index.js")
    before = index.read_bytes()
    (block,) = _SEED.findall(PAGE.read_text("utf-8"))
    with vaults.vault(tmp_path) as (fake, certificate):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        for line in block.splitlines():
            program, *words = shlex.split(line.replace("my-vault", fake.url), comments=True)
            if program == "git":
                Repo(tmp_path / "app").git(*words)
                continue
            done = called(*words)
            assert done.returncode == 0, done.stdout + done.stderr
            if "--apply" in words:
                assert b"\n\nthen, for app-github-cred:\n" in done.stdout
        assert b"'Basic ' + process.env.GITHUB_CRED;" in index.read_bytes()
        assert fake.held["app-github-cred"][0].encode() in before
        assert (tmp_path / "purge" / "expressions.txt").exists()
        assert called("fix", "--rollback").returncode == 0
    assert index.read_bytes() == before
