"""A bare .git/hooks/pre-commit: what `git commit` lets through, and what it says."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from hooks.conftest import LINES, Person, executable, install
from repositories import Repo
from scans import token

KEY = b"key = " + token(1) + b"\n"
COMMIT = ("git", "commit", "-m", "Change")
Prepare = Callable[[Repo], None]


def stage(repo: Repo, files: dict[str, bytes | None]) -> None:
    """Put files into the worktree and the index."""
    for path, content in files.items():
        repo.put(path, content)
    repo.git("add", "--all")


def added(repo: Repo) -> None:
    """A new file."""
    stage(repo, {"größe b.txt": KEY})


def changed(repo: Repo) -> None:
    """A file that was there."""
    stage(repo, {"a.txt": KEY})


def only_in_the_index(repo: Repo) -> None:
    """A file that was put right in the worktree, but not added again."""
    stage(repo, {"a.txt": KEY})
    repo.put("a.txt", b"innocent\n")


def deleted_from_the_worktree(repo: Repo) -> None:
    """A staged file that the worktree has no longer."""
    stage(repo, {"b.txt": KEY})
    repo.put("b.txt", None)


def renamed_with_an_edit(repo: Repo) -> None:
    """A rename, with a line more."""
    lines = b"".join(b"line %d\n" % number for number in range(99))
    repo.commit({"b.txt": lines})
    repo.git("mv", "b.txt", "c.txt")
    stage(repo, {"c.txt": lines + KEY})


def link(repo: Repo) -> None:
    """The text of a symbolic link."""
    (repo.path / "link").symlink_to(KEY.decode().strip())
    repo.git("add", "link")


def link_to_file(repo: Repo) -> None:
    """A symbolic link that became a file."""
    (repo.path / "link").symlink_to("a.txt")
    repo.commit()
    (repo.path / "link").unlink()
    stage(repo, {"link": KEY})


def file_to_link(repo: Repo) -> None:
    """A file that became a symbolic link."""
    (repo.path / "a.txt").unlink()
    (repo.path / "a.txt").symlink_to(KEY.decode().strip())
    repo.git("add", "a.txt")


def hunk(repo: Repo) -> None:
    """One of two hunks, by `git add -p`."""
    repo.commit({"p.txt": b"1\n2\n3\n4\n5\n6\n7\n8\n9\n"})
    repo.put("p.txt", KEY + b"2\n3\n4\n5\n6\n7\n8\nnine\n")
    repo.git("add", "--patch", stdin=b"y\nn\n")


def merge(repo: Repo) -> None:
    """A merge that was stopped before its commit, with a line that neither side has."""
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit({"b.txt": b"side\n"})
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--no-commit", "side")
    stage(repo, {"c.txt": KEY})


def merge_of_a_side_with_one(repo: Repo) -> None:
    """A merge whose other side has it: HEAD has not."""
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit({"b.txt": KEY})
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--no-commit", "side")


def resolved(repo: Repo) -> None:
    """A conflict, resolved with it."""
    conflict(repo)
    stage(repo, {"a.txt": b"both\n" + KEY})


def conflict(repo: Repo) -> None:
    """Make a conflict in a.txt."""
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit({"a.txt": b"side\n"})
    repo.git("switch", "--quiet", "main")
    repo.commit({"a.txt": b"main\n"})
    with pytest.raises(Exception, match="merge"):
        repo.git("merge", "--quiet", "side")


STOPPED: list[tuple[Prepare, tuple[str, ...]]] = [
    # what is staged, the command
    (added, COMMIT),
    (changed, COMMIT),
    (changed, (*COMMIT, "--amend")),
    (only_in_the_index, COMMIT),
    (deleted_from_the_worktree, COMMIT),
    (renamed_with_an_edit, COMMIT),
    (link, COMMIT),
    (link_to_file, COMMIT),
    (file_to_link, COMMIT),
    (hunk, COMMIT),
    (merge, COMMIT),
    (merge_of_a_side_with_one, COMMIT),
    (resolved, COMMIT),
]


@pytest.mark.parametrize(("prepare", "command"), STOPPED, ids=lambda value: getattr(value, "__name__", None))
def test_a_commit_with_a_credential_is_stopped(
    repo: Repo, person: Person, prepare: Prepare, command: tuple[str, ...]
) -> None:
    """Whatever way a credential got into the index, there is no commit, and the secret is not printed."""
    repo.commit({"a.txt": b"first\nsecond\nthird\n"})
    prepare(repo)
    head = repo.git("rev-parse", "HEAD")
    install(repo)
    done = person(repo, *command)
    assert done.returncode == 1, done.stdout
    assert repo.git("rev-parse", "HEAD") == head
    assert "1 finding in" in done.stdout
    assert token(1).decode() not in done.stdout


def nothing(repo: Repo) -> None:
    """Nothing is staged."""


def only_in_the_worktree(repo: Repo) -> None:
    """A file that is not added again."""
    stage(repo, {"a.txt": b"innocent\n"})
    repo.put("a.txt", KEY)


def deleted(repo: Repo) -> None:
    """A file that holds one goes."""
    repo.commit({"b.txt": KEY})
    stage(repo, {"b.txt": None})


def other_hunk(repo: Repo) -> None:
    """The innocent one of two hunks, by `git add -p`."""
    repo.commit({"p.txt": b"1\n2\n3\n4\n5\n6\n7\n8\n9\n"})
    repo.put("p.txt", KEY + b"2\n3\n4\n5\n6\n7\n8\nnine\n")
    repo.git("add", "--patch", stdin=b"n\ny\n")


def announced(repo: Repo) -> None:
    """A file that `git add -N` only announced, beside one that is staged."""
    stage(repo, {"b.txt": b"innocent\n"})
    repo.put("c.txt", KEY)
    repo.git("add", "--intent-to-add", "c.txt")


def submodule(repo: Repo) -> None:
    """A submodule, and the file that names it."""
    inner = Repo(repo.path.parent / "inner")
    inner.commit({"b.txt": KEY})
    repo.git("submodule", "--quiet", "add", str(inner.path), "vendor")


PASSED: list[tuple[Prepare, tuple[str, ...], str]] = [
    # what is staged, the command, how much was scanned
    (nothing, (*COMMIT, "--allow-empty"), "0 staged files"),
    (nothing, (*COMMIT, "--amend"), "0 staged files"),
    (only_in_the_worktree, COMMIT, "1 staged file"),
    (deleted, COMMIT, "0 staged files"),
    (other_hunk, COMMIT, "1 staged file"),
    (announced, COMMIT, "1 staged file"),
    (submodule, COMMIT, "1 staged file"),
    (added, (*COMMIT, "--no-verify"), ""),
]


@pytest.mark.parametrize(("prepare", "command", "amount"), PASSED, ids=lambda value: getattr(value, "__name__", None))
def test_a_commit_without_one_is_made(
    repo: Repo, person: Person, prepare: Prepare, command: tuple[str, ...], amount: str
) -> None:
    """One line says how much was scanned, even when that is nothing."""
    repo.commit({"a.txt": b"first\n"})
    prepare(repo)
    head = repo.git("rev-parse", "HEAD")
    install(repo)
    done = person(repo, *command)
    assert done.returncode == 0, done.stdout
    assert repo.git("rev-parse", "HEAD") != head
    assert [line for line in done.stdout.splitlines() if "stanch" in line] == (
        [f"stanch: {amount}, no credentials"] if amount else []
    )


def test_the_first_commit(repo: Repo, person: Person) -> None:
    """All of it is new, but for what was only announced."""
    install(repo)
    announced(repo)
    repo.put("a.txt", KEY)
    repo.git("add", "a.txt")
    done = person(repo, *COMMIT)
    assert (done.returncode, "1 finding in 2 staged files" in done.stdout) == (1, True)
    repo.git("rm", "--quiet", "--force", "a.txt")
    assert "stanch: 1 staged file, no credentials" in person(repo, *COMMIT).stdout


NAMED = [
    # what is named to `git commit`, is it stopped
    (("a.txt",), True),
    (("b.txt",), False),
    (("--all",), True),
    (("--include", "b.txt"), False),
    (("--only", "--", "sub/c.txt"), False),
]


@pytest.mark.parametrize(("named", "stopped"), NAMED)
@pytest.mark.parametrize("folder", ["", "sub"])
def test_files_named_to_commit(repo: Repo, person: Person, named: tuple[str, ...], stopped: bool, folder: str) -> None:
    """`git commit FILE` commits that file alone: the hook is given an index of its own, and reads that one."""
    repo.commit({"a.txt": b"a\n", "b.txt": b"b\n", "sub/c.txt": b"c\n"})
    for path, content in {"a.txt": KEY, "b.txt": b"bb\n", "sub/c.txt": b"cc\n"}.items():
        repo.put(path, content)
    install(repo)
    there = tuple(os.path.relpath(name, folder) if name.endswith(".txt") and folder else name for name in named)
    done = person(repo.path / folder, *COMMIT, *there)
    assert done.returncode == int(stopped), done.stdout
    assert stopped or "stanch: 1 staged file, no credentials" in done.stdout


def test_a_linked_worktree(repo: Repo, person: Person, tmp_path: Path) -> None:
    """A linked worktree has an index of its own, and the main one's hooks."""
    repo.commit({"a.txt": b"first\n"})
    install(repo)
    repo.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    stage(repo, {"a.txt": KEY})
    (tmp_path / "linked" / "b.txt").write_bytes(b"innocent\n")
    repo.git("-C", str(tmp_path / "linked"), "add", "b.txt")
    assert "1 staged file, no credentials" in person(tmp_path / "linked", *COMMIT).stdout
    (tmp_path / "linked" / "b.txt").write_bytes(KEY)
    done = person(tmp_path / "linked", *COMMIT, "--all")
    assert (done.returncode, "1 finding in 1 staged file" in done.stdout) == (1, True)


def test_a_clone_that_shares_objects(repo: Repo, person: Person, tmp_path: Path) -> None:
    """git works with the object stores outside that a repository names, so the hook does too."""
    repo.commit({"a.txt": b"first\n", "b.txt": KEY})
    repo.git("clone", "--quiet", "--shared", ".", str(tmp_path / "clone"))
    executable(tmp_path / "clone/.git/hooks/pre-commit", LINES["pre-commit"])
    (tmp_path / "clone/a.txt").write_bytes(b"second\n")
    assert "stanch: 1 staged file, no credentials" in person(tmp_path / "clone", *COMMIT, "--all").stdout
    (tmp_path / "clone/a.txt").write_bytes(KEY)  # an object that git does not write again
    done = person(tmp_path / "clone", *COMMIT, "--all")
    assert (done.returncode, "a.txt:1" in done.stdout) == (1, True)


def test_a_folder_of_hooks(repo: Repo, person: Person, tmp_path: Path) -> None:
    """`core.hooksPath` names the folder of hooks for all repositories."""
    repo.commit({"a.txt": b"first\n"})
    executable(tmp_path / "hooks" / "pre-commit", LINES["pre-commit"])
    repo.git("config", "core.hooksPath", str(tmp_path / "hooks"))
    stage(repo, {"sub/a.txt": KEY})
    assert person(repo.path / "sub", *COMMIT).returncode == 1


def test_a_hook_that_changes_the_folder(repo: Repo, person: Person) -> None:
    """In a part of a repository it is still the whole index that counts; paths are those that can be opened there."""
    repo.commit({"sub/a.txt": b"first\n"})
    stage(repo, {"b.txt": KEY})
    executable(repo.path / ".git/hooks/pre-commit", "cd sub", LINES["pre-commit"])
    done = person(repo, *COMMIT)
    assert (done.returncode, "../b.txt:1" in done.stdout) == (1, True)


def test_a_git_folder_elsewhere(repo: Repo, person: Person, tmp_path: Path) -> None:
    """Where `--git-dir` and `--work-tree` name the repository, as people do for their dotfiles, it is that one."""
    home = tmp_path / "work"
    (home / "etc").mkdir(parents=True)
    (home / "etc" / "a.txt").write_bytes(KEY)
    install(repo)
    named = ("git", f"--git-dir={repo.path / '.git'}", f"--work-tree={home}")
    person(home, *named, "add", "etc")
    done = person(home / "etc", *named, "commit", "-m", "Dotfiles")
    assert (done.returncode, "etc/a.txt:1" in done.stdout) == (1, True)


def test_a_merge_without_conflict(repo: Repo, person: Person) -> None:
    """`git merge` asks the pre-merge-commit hook, not the other one."""
    repo.commit({"a.txt": b"first\n"})
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit({"b.txt": KEY})
    repo.git("switch", "--quiet", "main")
    repo.commit({"c.txt": b"main\n"})
    install(repo, "pre-merge-commit")
    done = person(repo, "git", "merge", "--no-edit", "side")
    assert (done.returncode != 0, "1 finding in 1 staged file" in done.stdout) == (True, True)


def test_it_is_not_there(repo: Repo, person: Person) -> None:
    """A hook that is not found on a bare PATH, as graphical programs have it, lets nothing through."""
    repo.commit({"a.txt": b"first\n"})
    install(repo)
    stage(repo, {"a.txt": b"second\n"})
    done = person(repo, *COMMIT, PATH="/usr/bin:/bin")
    assert (done.returncode != 0, "not found" in done.stdout) == (True, True)


def test_two_files_with_the_same_content(repo: Repo, person: Person) -> None:
    """One object at two paths is one finding with two places, each with the line that accepts it."""
    repo.commit({"a.txt": b"first\n"})
    install(repo)
    stage(repo, {"one/.env": KEY, "two/b.js": KEY, "three.json": KEY})
    said = person(repo, *COMMIT).stdout
    assert "1 finding in 3 staged files" in said
    rule = "stanch:allow[github-pat-classic]"
    assert f"one/.env:1   # {rule} " in said
    assert f"two/b.js:1   // {rule} " in said
    assert "three.json:1   no comment can stand there; `stanch baseline create FILE` accepts it" in said


def test_what_to_do(repo: Repo, person: Person) -> None:
    """Whom it stops is told how to mend it, how to accept it, and how to go on."""
    repo.commit({"a.txt": b"first\n"})
    install(repo)
    stage(repo, {"a.py": b"x = 1\nkey = '" + token(1) + b"'\n"})
    *_, head, mend, accept, line, bypass = person(repo, *COMMIT).stdout.splitlines()
    assert head == "stanch: 1 finding in 1 staged file. What to do:"
    assert "`git add` the file, and commit again" in mend
    assert "line above its own" in accept
    assert line.strip() == "a.py:2   # stanch:allow[github-pat-classic] why it is no secret"
    assert bypass.endswith(": git commit --no-verify")


LANGUAGES = ("a.py", "b.js", "c.sql", "d.el", "e.tex", "f.vb", "g.bat", "h.css", "i.html", ".env")


def test_the_line_accepts_it(repo: Repo, person: Person) -> None:
    """The line that it prints, put above the secret's own, lets the same commit pass, in every syntax of comments."""
    install(repo)
    stage(repo, {name: b"key = '" + token(number) + b"'\n" for number, name in enumerate(LANGUAGES)})
    said = person(repo, *COMMIT).stdout
    lines = dict(re.findall(r"^    (\S+):1   (.*stanch:allow\[.*)$", said, re.MULTILINE))
    assert set(lines) == set(LANGUAGES)
    stage(repo, {name: line.encode() + b"\n" + (repo.path / name).read_bytes() for name, line in lines.items()})
    done = person(repo, *COMMIT)
    assert (done.returncode, "stanch: 10 staged files, no credentials" in done.stdout) == (0, True)


def test_a_baseline_accepts_it(repo: Repo, person: Person) -> None:
    """Where no comment can stand, the command that it prints accepts it."""
    executable(repo.path / ".git/hooks/pre-commit", f"{LINES['pre-commit']} --baseline accepted.json")
    person(repo, "stanch", "baseline", "create", "accepted.json")
    stage(repo, {"a.json": b'{"key": "' + token(1) + b'"}\n'})
    said = person(repo, *COMMIT).stdout
    [command] = re.findall(r"a\.json:1 .*`(stanch baseline .*)`", said)
    assert person(repo, *command.split()).returncode == 0
    done = person(repo, *COMMIT)
    assert (done.returncode, "stanch: 2 staged files, no credentials" in done.stdout) == (0, True)


def test_many_places(repo: Repo, person: Person) -> None:
    """Of many places the first are listed, and how many more there are."""
    repo.commit({"a.txt": b"first\n"})
    install(repo)
    stage(repo, {f"{number}.py": b"key = '" + token(number) + b"'\n" for number in range(15)})
    said = person(repo, *COMMIT).stdout
    assert said.count("# stanch:allow[") == 10
    assert "and 5 more places" in said


def test_a_secret_in_a_path_is_not_printed(repo: Repo, person: Person) -> None:
    """A file's name is text too; advice is masked as the report is, and no comment can stand in a name."""
    repo.commit({"a.txt": b"first\n"})
    install(repo)
    stage(repo, {f"{token(1).decode()}.py": b"x = 1\n"})
    done = person(repo, *COMMIT)
    assert (done.returncode, token(1).decode() in done.stdout) == (1, False)
    assert "(file name)   no comment can stand there" in done.stdout


def test_nobody_reads_the_report(repo: Repo, person: Person) -> None:
    """A reader who has seen enough of `git commit` does not let a credential through."""
    stage(repo, {"a.txt": KEY})
    done = person(repo, "bash", "-c", "stanch hook | true; exit ${PIPESTATUS[0]}")
    assert (done.returncode != 0, "1 finding in 1 staged file" in done.stdout) == (True, True)


def missing(repo: Repo) -> None:
    """Take the object of a staged file away."""
    stage(repo, {"a.txt": b"second\n", "b.txt": b"innocent\n"})
    repo.loose(repo.oid(b"second\n")).unlink()


def corrupt(repo: Repo) -> None:
    """Break the object of a staged file."""
    stage(repo, {"a.txt": b"second\n", "b.txt": b"innocent\n"})
    loose = repo.loose(repo.oid(b"second\n"))
    loose.chmod(0o600)
    loose.write_bytes(b"garbage")


def no_index(repo: Repo) -> None:
    """Break the index."""
    stage(repo, {"a.txt": b"second\n"})
    (repo.path / ".git/index").write_bytes(b"garbage")


BROKEN: list[tuple[Prepare, tuple[str, ...], int, str]] = [
    # what is wrong, options, exit status, what is named
    (missing, (), 3, "missing-object"),
    (corrupt, (), 3, "-object"),
    (conflict, (), 3, "a.txt: in conflict"),
    (changed, ("--max-size", "10"), 3, "too-large"),
    (no_index, (), 2, "index"),
    (changed, ("--rules", "a.txt"), 2, "a.txt"),
]


@pytest.mark.parametrize(("prepare", "options", "status", "named"), BROKEN)
def test_what_cannot_be_looked_at_stops(
    repo: Repo, person: Person, prepare: Prepare, options: tuple[str, ...], status: int, named: str
) -> None:
    """A hook that could not look says what it could not look at and how to go on, and git does not go on by itself."""
    repo.commit({"a.txt": b"first\n"})
    prepare(repo)
    done = person(repo, "stanch", "hook", *options)
    assert done.returncode == status, done.stdout
    assert named in done.stdout
    assert "--no-verify" in done.stdout
    assert "no credentials" not in done.stdout


def test_a_missing_object_stops_a_commit(repo: Repo, person: Person) -> None:
    """git asks the hook before it looks itself."""
    repo.commit({"a.txt": b"first\n"})
    missing(repo)
    install(repo)
    done = person(repo, *COMMIT)
    assert (done.returncode, "not everything could be scanned. What to do:" in done.stdout) == (1, True)


WRONG = [
    # arguments, what the error names
    (("x",), "--stage pre-push"),
    (("--stage", "pre-push"), '--stage pre-push "$@"'),
    (("--stage", "commit-msg"), '--stage commit-msg "$@"'),
    (("--stage", "pre-receive", "x"), "--stage pre-receive"),
    (("--stage", "post-commit"), "post-commit"),
]


@pytest.mark.parametrize(("arguments", "named"), WRONG)
def test_wrong_usage(repo: Repo, person: Person, arguments: tuple[str, ...], named: str) -> None:
    """A stage without what git gives it is an error that shows the line to write."""
    done = person(repo, "stanch", "hook", *arguments)
    assert (done.returncode, named in done.stdout) == (2, True)


def test_outside_a_repository(person: Person, tmp_path: Path) -> None:
    """There is nothing to commit there."""
    done = person(tmp_path, "stanch", "hook")
    assert (done.returncode, "not inside a git repository" in done.stdout) == (2, True)


def test_in_a_bare_repository(server: Repo, person: Person) -> None:
    """A server has no index; its hook is another."""
    done = person(server, "stanch", "hook")
    assert (done.returncode, "--stage pre-receive" in done.stdout) == (2, True)


def test_nothing_is_on_standard_output_when_clean(repo: Repo, person: Person) -> None:
    """The line goes to standard error, so that who captures the output of a hook gets findings only."""
    repo.commit({"a.txt": b"first\n"})
    done = person(repo, "sh", "-c", "stanch hook 2>/dev/null")
    assert (done.returncode, done.stdout) == (0, "")
