"""A hostile repository: nothing of it runs, nothing of it is followed, and it stays as it was."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from repositories import ANN, Repo, snapshot
from scans import called, cli, found, paths, scan, token
from stanch.errors import UsageError
from stanch.model import Reach
from stanch.report import FORMATS

KEY = b"key = " + token(1) + b"\n"


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


def canary(folder: Path) -> Path:
    """Return a program that leaves the file `ran` when it runs."""
    program = folder / "canary"
    program.write_text(f"#!/bin/sh\necho ran >> {folder}/ran\ncat\n", "utf-8")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("key", ["include.path", "includeIf.gitdir:/.path"])
def test_includes_are_not_read(repo: Repo, tmp_path: Path, key: str) -> None:
    """A configuration that includes another one, which runs something, is not read at all."""
    repo.commit({"a.txt": KEY})
    other = tmp_path / "other"
    other.write_text(f"[core]\n\tfsmonitor = {canary(tmp_path)}\n\tthis is no configuration\n", "utf-8")
    repo.git("config", key, str(other))
    result = scan(repo.path)
    assert (set(found(result)), result.faults) == ({token(1)}, ())
    assert not (tmp_path / "ran").exists()


ENVIRONMENT = {
    "GIT_OBJECT_DIRECTORY": "/nowhere",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES": "/nowhere",
    "GIT_COMMON_DIR": "/nowhere",
    "GIT_DIR": "/nowhere",
    "GIT_WORK_TREE": "/nowhere",
    "GIT_INDEX_FILE": "/nowhere",
    "GIT_EXEC_PATH": "",
    "GIT_CONFIG_PARAMETERS": "'log.showsignature=true' 'this is none'",
    "GIT_NAMESPACE": "other",
    "GIT_REPLACE_REF_BASE": "refs/heads/",
    "GIT_CONFIG": "/nowhere",
}


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_the_environment(repo: Repo, name: str) -> None:
    """Variables that a caller has set for git change nothing, for the tracing of findings neither."""
    repo.commit({"a.txt": KEY})
    repo.commit({"a.txt": None})
    done = cli("scan", str(repo.path), "-f", "json", **{name: ENVIRONMENT[name]})
    report = json.loads(done.stdout)
    [location] = report["findings"][0]["locations"]
    assert (report["complete"], location["path"], location["author"]) == (True, "a.txt", ANN)


def test_a_broken_configuration(repo: Repo) -> None:
    """A configuration that git would refuse changes nothing."""
    repo.commit({"a.txt": KEY})
    with (repo.path / ".git" / "config").open("a") as file:
        file.write("[core\n\tworktree = /nowhere\n")
    assert set(found(scan(repo.path))) == {token(1)}


def test_a_worktree_elsewhere(repo: Repo, tmp_path: Path) -> None:
    """`core.worktree` does not make another folder this repository's."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.txt").write_bytes(token(2))
    repo.commit({"a.txt": KEY})
    repo.git("config", "core.worktree", str(tmp_path / "elsewhere"))
    assert set(found(scan(repo.path))) == {token(1)}


def test_grafts(repo: Repo) -> None:
    """A graft that cuts the history off hides nothing, and takes no finding's commit away."""
    first = repo.commit({"a.txt": KEY})
    last = repo.commit({"a.txt": None})
    (repo.path / ".git" / "info").mkdir(exist_ok=True)
    (repo.path / ".git" / "info" / "grafts").write_text(f"{last}\n", "utf-8")
    [location] = found(scan(repo.path))[token(1)].locations
    assert (location.commit, location.reachability) == (first, Reach.REFS)


def test_lazy_fetch(repo: Repo, tmp_path: Path) -> None:
    """A partial clone whose remote runs a program fetches nothing."""
    repo.commit({"a.txt": KEY})
    repo.commit({"a.txt": None, "b.txt": b"x"})
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    repo.git("clone", "--quiet", "--filter=blob:none", f"file://{repo.path}", str(clone))
    url = f"ext::{canary(tmp_path)}"
    for key, value in (("remote.origin.url", url), ("remote.origin.uploadpack", str(canary(tmp_path)))):
        repo.git("-C", str(clone), "config", key, value)
    assert [fault.kind for fault in scan(clone).faults] == ["partial-clone"]
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("what", ["objects", "objects/pack", "refs/heads/evil", "info"])
def test_links_out_of_the_repository(repo: Repo, tmp_path: Path, what: str) -> None:
    """A link in the repository's folder does not make stanch read another one's objects, nor a file as a ref."""
    secret = Repo(tmp_path / "secret")
    secret.commit({"a.txt": KEY})
    secret.git("repack", "-adq")
    repo.commit({"x.txt": b"x"})
    link, to = repo.path / ".git" / what, secret.path / ".git" / what
    if link.is_dir():
        link.rename(tmp_path / "aside")
    if what.startswith("refs"):
        to = secret.path / "a.txt"
    link.symlink_to(to)
    result = scan(repo.path)
    assert token(1) not in found(result)
    assert result.complete is (what == "info")


NAMES = ["--upload-pack=touch ran", "-o", "--output=ran", "$(touch ran)", "`touch ran`", "a;touch ran", "--", "@{-1}"]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_no_arguments(repo: Repo, name: str) -> None:
    """A file or folder that is called like an option, or like a command, is a file or folder."""
    repo.put(f"{name}/{name}.txt", KEY)
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message", name)
    for how in ({}, {"staged": True}, {"history": False}):
        result = scan(repo.path, **how)
        assert result.complete
    assert paths(found(scan(repo.path))[token(1)]) == [f"{name}/{name}.txt"]
    assert not list(repo.path.rglob("ran"))


@pytest.mark.parametrize("ref", ["refs/heads/--upload-pack=x", "refs/tags/-o", "refs/heads/$(touch ran)"])
def test_refs_are_no_arguments(repo: Repo, ref: str) -> None:
    """Nor is a ref whose name git itself would refuse to make."""
    oid = repo.commit({"a.txt": KEY})
    file = repo.path / ".git" / ref
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{oid}\n", "utf-8")
    assert set(found(scan(repo.path))) == {token(1)}
    with pytest.raises(UsageError, match="no revision"):
        scan(repo.path, revisions=f"--upload-pack=x..{ref}x")


def test_nothing_is_left_behind(repo: Repo, tmp_path: Path) -> None:
    """A scan leaves no temporary files."""
    repo.commit({"a.txt": KEY})
    folder = tmp_path / "tmp"
    folder.mkdir()
    for arguments in (["scan"], ["scan", "--staged"], ["scan", "--range", "gone..HEAD"]):
        cli(*arguments, cwd=repo.path, TMPDIR=str(folder))
        assert list(folder.iterdir()) == []


def test_no_temporary_folder(repo: Repo, tmp_path: Path) -> None:
    """Where no temporary folder can be made, an error says what to do."""
    repo.commit({"a.txt": KEY})
    done = cli("scan", cwd=repo.path, TMPDIR=str(tmp_path / "gone"))
    assert done.returncode == 2
    assert b"set TMPDIR" in done.stderr


HOSTILE = ["\x1b[2J\x1b[1;1Hclean", "\x1b]0;title\x07", "a\rb", "\u202egnp.exe", "\x9b31m", "ab\x08\x08c"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["text", "csv", "github", "junit", "sarif", "json"])
def test_terminal_escapes(
    repo: Repo, text: str, name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What steers a terminal, in a path, an author, a branch or beside a value, reaches no output."""
    if name not in FORMATS:
        pytest.skip(f"no format {name}")
    repo.put(f"{text}.txt", text.encode() + b" key = " + token(1) + b" " + text.encode())
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message", text, author=f"{text} <a@example.test>")
    monkeypatch.chdir(repo.path)
    capfd.readouterr()
    done = called("scan", "--explain", "-f", name, "--show-secrets")
    shown = (done.stdout + done.stderr).decode().replace("\r\n", "\n")  # CSV's line ends
    shown += "".join(capfd.readouterr())
    assert done.returncode == 1
    assert not set(shown) & set("\x1b\x9b\x07\x08\r\u202e")
