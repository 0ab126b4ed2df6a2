"""Under pre-commit, the framework: what it was run for is scanned, and never nothing in silence."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from hooks.conftest import Person
from repositories import Repo
from scans import token

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
KEY = b"key = " + token(1) + b"\n"
OLD = b"key = " + token(2) + b"\n"
RUN = ("pre-commit", "run")


def own() -> dict[str, Any]:
    """Return the hook as it is offered to others."""
    [hook] = yaml.safe_load(MANIFEST.read_text("utf-8"))
    return dict(hook)


@pytest.fixture
def team(repo: Repo, server: Repo, person: Person) -> Repo:
    """Make a repository that uses pre-commit, with a credential that was committed before it did."""
    local = {**own(), "language": "system", "verbose": True}
    config = {"repos": [{"repo": "local", "hooks": [local]}]}
    repo.commit({"a.txt": b"first\n", "old.txt": OLD, ".pre-commit-config.yaml": json.dumps(config).encode()})
    repo.git("remote", "add", "origin", str(server.path))
    done = person(repo, "pre-commit", "install", *(f"--hook-type=pre-{what}" for what in ("commit", "push")))
    assert done.returncode == 0, done.stdout
    return repo


def said(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the lines that stanch itself says."""
    return [line for line in done.stdout.splitlines() if line.startswith("stanch: ")]


def test_a_commit(team: Repo, person: Person) -> None:
    """The index alone counts: not what pre-commit puts aside, and not what was committed before."""
    team.put("a.txt", b"innocent\n")
    team.git("add", "a.txt")
    team.put("a.txt", KEY)
    done = person(team, "git", "commit", "-m", "Change")
    assert (done.returncode, said(done)) == (0, ["stanch: 1 staged file, no credentials"])
    team.git("add", "a.txt")
    done = person(team, "git", "commit", "-m", "Change")
    assert done.returncode == 1
    assert said(done) == ["stanch: 1 finding in 1 staged file. What to do:"]


def test_a_commit_of_named_files(team: Repo, person: Person) -> None:
    """The index that git made for this commit counts."""
    for name in ("a.txt", "b.txt"):
        team.put(name, b"staged\n")
    team.git("add", "--all")
    team.put("a.txt", b"second\n")
    done = person(team, "git", "commit", "-m", "Change", "a.txt")
    assert (done.returncode, said(done)) == (0, ["stanch: 1 staged file, no credentials"])


def test_an_empty_commit(team: Repo, person: Person) -> None:
    """Nothing is staged, and that is what is meant."""
    done = person(team, "git", "commit", "--allow-empty", "-m", "Nothing")
    assert (done.returncode, said(done)) == (0, ["stanch: 0 staged files, no credentials"])


RUNS = [
    # options of `pre-commit run`, is something staged, what stanch says
    ((), True, "stanch: 1 staged file, no credentials"),
    (("stanch",), True, "stanch: 1 staged file, no credentials"),
    (("--hook-stage", "manual"), True, "stanch: 1 staged file, no credentials"),
    ((), False, "stanch: 1 finding in 3 tracked files. What to do:"),
    (("--all-files",), True, "stanch: 1 finding in 4 tracked files. What to do:"),
    (("--all-files",), False, "stanch: 1 finding in 3 tracked files. What to do:"),
    (("-va",), True, "stanch: 1 finding in 4 tracked files. What to do:"),
    (("stanch", "--all"), True, "stanch: 1 finding in 4 tracked files. What to do:"),
    (("--files", "a.txt"), True, "stanch: 1 finding in 4 tracked files. What to do:"),
    (("--hook-stage", "pre-push", "--all-files"), False, "stanch: 1 finding in 3 tracked files. What to do:"),
]


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="without /proc all tracked files are scanned")
@pytest.mark.parametrize(("options", "something", "line"), RUNS)
def test_a_run_by_hand(team: Repo, person: Person, options: tuple[str, ...], something: bool, line: str) -> None:
    """What is staged is scanned; all tracked files when that was asked for, or when nothing is staged."""
    if something:
        team.put("b.txt", b"innocent\n")
        team.git("add", "b.txt")
    done = person(team, *RUN, *options)
    assert (said(done), done.returncode) == ([line], int("finding" in line))


def test_all_files_by_the_module(team: Repo, person: Person) -> None:
    """pre-commit is recognised when Python runs it, too."""
    done = person(team, sys.executable, "-m", "pre_commit", "run", "--all-files")
    assert said(done) == ["stanch: 1 finding in 3 tracked files. What to do:"]


def test_who_runs_it_is_not_known(team: Repo, person: Person) -> None:
    """Where the command line of pre-commit cannot be told, more is scanned, not less; while git commits, the index."""
    team.put("b.txt", b"innocent\n")
    team.git("add", "b.txt")
    done = person(team, "sh", "-c", "stanch hook; true", PRE_COMMIT="1")
    assert said(done) == ["stanch: 1 finding in 4 tracked files. What to do:"]
    index = str(team.path / ".git" / "index")
    done = person(team, "sh", "-c", "stanch hook; true", PRE_COMMIT="1", GIT_INDEX_FILE=index)
    assert said(done) == ["stanch: 1 staged file, no credentials"]


def test_all_files_of_a_conflict(team: Repo, person: Person) -> None:
    """In a conflict, every version that the index holds is scanned."""
    team.git("switch", "--quiet", "--create", "side")
    team.git("commit", "--quiet", "--no-verify", "--allow-empty", "-m", "x")
    for branch, content in (("side", KEY), ("main", b"main\n")):
        team.git("switch", "--quiet", branch)
        team.put("a.txt", content)
        team.git("commit", "--quiet", "--no-verify", "--all", "-m", branch)
    with pytest.raises(subprocess.CalledProcessError):
        team.git("merge", "side")
    team.git("rm", "--quiet", "old.txt")
    done = person(team, *RUN, "--all-files")
    assert said(done) == ["stanch: 1 finding in 2 tracked files. What to do:"]
    assert "a.txt:1" in done.stdout


def commit(repo: Repo, files: dict[str, bytes]) -> str:
    """Make a commit that no hook sees."""
    for path, content in files.items():
        repo.put(path, content)
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--no-verify", "--message", "Change")
    return repo.git("rev-parse", "HEAD")


def test_a_range(team: Repo, person: Person) -> None:
    """`--from-ref` and `--to-ref` are scanned for what they introduce, with a range of nothing said to be one."""
    commit(team, {"b.txt": b"innocent\n"})
    ends = ("--from-ref", "HEAD~1", "--to-ref", "HEAD")
    done = person(team, *RUN, *ends)
    assert (done.returncode, said(done)) == (0, ["stanch: 2 new objects, no credentials"])
    commit(team, {"b.txt": KEY})
    done = person(team, *RUN, *ends)
    assert (done.returncode, said(done)) == (1, ["stanch: 1 finding in 2 new objects. What to do:"])
    done = person(team, *RUN, "--from-ref", "HEAD", "--to-ref", "HEAD")
    assert (done.returncode, said(done)) == (0, ["stanch: 0 new objects, no credentials"])


def test_a_push(team: Repo, person: Person) -> None:
    """The first push brings all of the history, the next what is new, a new branch what is new of it."""
    push = ("git", "push", "origin")
    done = person(team, *push, "main")
    assert (done.returncode, said(done)) == (1, ["stanch: 1 finding in 4 pushed objects. What to do:"])
    team.git("push", "--quiet", "--no-verify", "origin", "main")
    commit(team, {"b.txt": b"innocent\n"})
    done = person(team, *push, "main")
    assert (done.returncode, said(done)) == (0, ["stanch: 2 pushed objects, no credentials"])
    team.git("switch", "--quiet", "--create", "side")
    commit(team, {"b.txt": KEY})
    done = person(team, *push, "side")
    assert (done.returncode, said(done)) == (1, ["stanch: 1 finding in 2 pushed objects. What to do:"])


def test_a_hook_of_git_inside_a_run(team: Repo, server: Repo, person: Person) -> None:
    """A bare pre-push hook of a push that another hook makes goes by what git tells it."""
    line = f"refs/heads/main {team.git('rev-parse', 'HEAD')} refs/heads/main {'0' * 40}\n".encode()
    command = ("stanch", "hook", "--stage", "pre-push", "origin", "url")
    done = person(team, *command, stdin=line, PRE_COMMIT="1", PRE_COMMIT_FROM_REF="gone", PRE_COMMIT_TO_REF="gone")
    assert said(done) == ["stanch: 1 finding in 4 pushed objects. What to do:"]


def test_a_range_that_is_not_there(team: Repo, person: Person) -> None:
    """A revision that git does not know is an error."""
    variables = {"PRE_COMMIT": "1", "PRE_COMMIT_FROM_REF": "gone", "PRE_COMMIT_TO_REF": "HEAD"}
    done = person(team, "stanch", "hook", **variables)
    assert (done.returncode, "'gone'" in done.stdout) == (2, True)


@pytest.fixture(scope="session")
def offered(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Make a repository of this checkout as it stands, as pre-commit would clone it."""
    folder = tmp_path_factory.mktemp("offered") / "stanch"
    for name in ("src", "patterns"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", MANIFEST.name):
        shutil.copy(ROOT / name, folder / name)
    repo = Repo(folder)
    repo.commit()
    return repo


@pytest.mark.slow
def test_installed_by_pre_commit(repo: Repo, person: Person, offered: Repo) -> None:
    """pre-commit builds an environment from this checkout, and runs what it built there."""
    entry = {"repo": str(offered.path), "rev": offered.git("rev-parse", "HEAD"), "hooks": [{"id": "stanch"}]}
    repo.commit({".pre-commit-config.yaml": json.dumps({"repos": [entry]}).encode()})
    (person.bin / "stanch").unlink()
    person.environment.pop("PYTHONPATH")
    built = person(repo, "pre-commit", "install", "--install-hooks", timeout=600)
    assert built.returncode == 0, built.stdout
    repo.put("a.txt", b"innocent\n")
    repo.git("add", "a.txt")
    done = person(repo, "git", "commit", "-m", "Change")
    assert (done.returncode, "Passed" in done.stdout) == (0, True), done.stdout
    repo.put("a.txt", KEY)
    repo.git("add", "a.txt")
    done = person(repo, "git", "commit", "-m", "Change")
    assert (done.returncode, said(done)) == (1, ["stanch: 1 finding in 1 staged file. What to do:"]), done.stdout
    done = person(repo, *RUN, "--all-files")
    assert said(done) == ["stanch: 1 finding in 2 tracked files. What to do:"]
