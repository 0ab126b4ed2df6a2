"""One repository, over real smart HTTP: what is fetched and scanned, and what each failure comes to."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterator
from pathlib import Path

import git.cmd  # noqa: F401  # which asks git for its version, with the user's environment, when it is first imported
import pytest

from scans import token
from stanch.sources.git import discover
from stanch.sweep import clones
from stanch.sweep.inplace import state
from stanch.sweep.local import Local
from stanch.sweep.model import Listed
from stanch.sweep.task import TRIES, Outcome, Sweeper, Task
from sweep.githost import Host, hosting
from sweep.swept import bare, fork, job, kinds, made, processes, swept


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Serve acme/shop, its fork acme/fork, an empty repository, and a larger one."""
    root = tmp_path_factory.mktemp("host")
    shop = made(root / "work" / "shop", 1)
    bare(shop, root / "acme" / "shop")
    bare(fork(shop, root / "work" / "fork", 1), root / "acme" / "fork")
    shop.git("init", "--quiet", "--bare", str(root / "acme" / "empty"))
    large = made(root / "work" / "large", 2)
    large.commit({"noise.bin": os.urandom(3 << 20)})
    bare(large, root / "acme" / "large")
    with hosting(root) as host:
        yield host


@pytest.fixture
def host(served: Host) -> Host:
    """Give the host with nothing wrong and nothing asked."""
    served.fails.clear()
    served.asked.clear()
    served.told.clear()
    served.password = None
    return served


def at(host: Host, name: str, forge: str = "url") -> Listed:
    """Return a repository of the host."""
    return Listed(f"git.example/acme/{name}", f"{host.url}/acme/{name}", forge)


def left(work: Path) -> list[str]:
    """Return the clones that are left."""
    return [path.name for path in work.iterdir() if path.name.endswith(".git")]


def test_a_repository_is_scanned_and_its_clone_deleted(host: Host, tmp_path: Path) -> None:
    """The finding has the repository's name, commit, author and date; nothing of the clone is left."""
    outcome = swept(job(tmp_path), at(host, "shop"))
    result = outcome.swept.result
    assert result
    assert result.complete
    [finding] = result.findings
    [place] = finding.locations
    assert (place.target, place.path, place.at_head) == ("git.example/acme/shop", "settings.env", False)
    assert place.author
    assert place.commit
    assert outcome.swept.transferred > 0
    assert outcome.swept.bytes == result.stats.bytes > 0
    assert finding.secret == b"", "no secret leaves the worker unless that was asked for"
    assert left(tmp_path) == []


def test_secrets_are_sent_when_they_are_wanted(host: Host, tmp_path: Path) -> None:
    """`--show-secrets` needs them."""
    result = swept(job(tmp_path, secrets=True), at(host, "shop")).swept.result
    assert result
    assert [finding.secret for finding in result.findings] == [token(1)]


def test_the_same_refs_cost_one_question(host: Host, tmp_path: Path) -> None:
    """A repository in its former state is told to be unchanged, and nothing is fetched."""
    state = swept(job(tmp_path), at(host, "shop")).swept.state
    host.asked.clear()
    again = swept(job(tmp_path), at(host, "shop"), before=state).swept
    assert (again.unchanged, again.result, again.state) == (True, None, state)
    assert not [what for what in host.asked if what.endswith("pack")]


def test_an_empty_repository_is_complete(host: Host, tmp_path: Path) -> None:
    """There is nothing in it, which is a result, and is remembered as such."""
    outcome = swept(job(tmp_path), at(host, "empty"))
    assert outcome.swept.result
    assert outcome.swept.result.complete
    assert outcome.swept.state
    assert swept(job(tmp_path), at(host, "empty"), before=outcome.swept.state).swept.unchanged


def test_a_fork_costs_what_is_its_own(host: Host, tmp_path: Path) -> None:
    """What its source held clean is not read again; the object that held a secret is, and is told in both."""
    sweeper = Sweeper(job(tmp_path))
    source, forked = (sweeper(Task(at(host, name))).swept.result for name in ("shop", "fork"))
    alone = swept(job(tmp_path), at(host, "fork")).swept.result
    assert source
    assert forked
    assert alone
    assert forked.stats.blobs < alone.stats.blobs / 2
    assert forked.findings == alone.findings
    assert [finding.locations[0].target for finding in forked.findings] == ["git.example/acme/fork"]


def test_a_secret_in_a_name_is_told_in_each_repository(tmp_path: Path) -> None:
    """Many trees hold a name, of which one is told: none of that repository's is taken for clean."""
    secret = token(7).decode()
    first = made(tmp_path / "first", 3)
    first.commit({f"{secret}.txt": b"1\n"})
    first.commit({"later.txt": b"2\n"})
    second = made(tmp_path / "second", 4)
    second.git("fetch", "--quiet", str(first.path), "main")
    tree = first.git("rev-parse", "HEAD^{tree}")
    second.git("update-ref", "refs/heads/alone", second.git("commit-tree", tree, "-m", "The later tree alone"))
    second.git("reflog", "expire", "--expire=now", "--all")
    second.git("prune")
    sweeper = Sweeper(job(tmp_path / "work"))
    for repo in (first, second):
        result = sweeper(Task(Listed(str(repo.path), str(repo.path), "folder"))).swept.result
        assert result
        assert any(
            secret[:4] in finding.masked and finding.locations[0].surface == "path" for finding in result.findings
        )


FAILURES = [
    # what the host does, the kind of fault, how often the refs are asked for
    ("401", "denied", 1),
    ("403", "denied", 1),
    ("404", "gone", 1),
    ("500", "network", TRIES),
    ("503", "network", TRIES),
    ("429", "network", TRIES),
    ("cut", "network", TRIES),
    ("pack-500", "network", 1),
    ("pack-cut", "network", 1),
]


@pytest.mark.parametrize(("failure", "kind", "asked"), FAILURES)
def test_a_failure_is_recorded(host: Host, tmp_path: Path, failure: str, kind: str, asked: int) -> None:
    """Each is a fault of its kind; only what a network may do is tried again; nothing is left on the disk."""
    host.fails["acme/shop"] = failure
    outcome = swept(job(tmp_path), at(host, "shop"))
    assert kinds(outcome) == [kind]
    assert outcome.swept.result is None
    packs = host.asked["acme/shop pack"]
    assert packs == (TRIES if failure.startswith("pack") else 0)
    assert packs or host.asked["acme/shop refs"] == asked
    assert left(tmp_path) == []


@pytest.mark.parametrize("failure", ["once-500", "once-cut", "once-pack-500", "once-pack-cut"])
def test_a_passing_failure_costs_nothing(host: Host, tmp_path: Path, failure: str) -> None:
    """What works at the second try is as if it had worked at the first."""
    host.fails["acme/shop"] = failure
    assert kinds(swept(job(tmp_path), at(host, "shop"))) == []


@pytest.mark.parametrize("failure", ["hang", "pack-hang"])
def test_a_host_that_says_nothing_is_left_at_the_time_limit(host: Host, tmp_path: Path, failure: str) -> None:
    """git is ended with all that it started, wherever it waits."""
    host.fails["acme/shop"] = failure
    began = time.monotonic()
    assert kinds(swept(job(tmp_path, time_limit=0.6, stall=60), at(host, "shop"))) == ["timeout"]
    assert time.monotonic() - began < 5
    assert left(tmp_path) == []


def test_the_time_limit_ends_a_scan(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read by then is told, and the repository is incomplete; none of its objects is taken for read."""
    slow = Sweeper(job(tmp_path, time_limit=1.0))
    monkeypatch.setattr("stanch.engine.Engine.scan_batch", lambda *_: time.sleep(5))
    outcome = slow(Task(at(host, "shop")))
    assert "timeout" in kinds(outcome)
    assert outcome.read == b""


def test_a_renamed_repository_is_followed(host: Host, tmp_path: Path) -> None:
    """Forges redirect to the new name."""
    host.fails["acme/old"] = "moved:acme/shop"
    result = swept(job(tmp_path), at(host, "old")).swept.result
    assert result
    assert len(result.findings) == 1


def test_what_outgrows_its_room_is_stopped(host: Host, tmp_path: Path) -> None:
    """A clone that is larger than there is room for is recorded as that, and deleted."""
    outcome = swept(job(tmp_path), at(host, "large"), room=1 << 20)
    assert kinds(outcome) == ["disk-budget"]
    assert "1,048,576" in outcome.swept.faults[0].detail
    assert left(tmp_path) == []


def test_a_token_is_told_to_its_host_alone(host: Host, tmp_path: Path) -> None:
    """It is asked for and sent; a redirect to another host does not take it along."""
    word = token(5).decode()
    host.password = word
    assert kinds(swept(job(tmp_path), at(host, "shop"))) == ["denied"]
    with_token = job(tmp_path, token=_Token(word))
    assert kinds(swept(with_token, at(host, "shop"))) == []
    with hosting(host.root) as other:
        other.password = word[::-1]  # so that it asks who is there
        host.password = None
        host.fails["acme/shop"] = f"moved:{other.url}/acme/shop"
        outcome = swept(with_token, at(host, "shop"))
        assert kinds(outcome) == ["denied"]
        assert other.told == []
        assert word not in repr(outcome)


class _Token:
    """A token for every repository; it pickles."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __call__(self, listed: Listed) -> tuple[str, str]:
        return "x-access-token", self.word


def test_the_reason_names_the_variable(host: Host, tmp_path: Path) -> None:
    """Who is refused without a token learns where it is looked for."""
    host.password = token(5).decode()
    [fault] = swept(job(tmp_path), at(host, "shop", "github")).swept.faults
    assert "GITHUB_TOKEN" in fault.detail


def test_a_clone_is_kept_and_fetched_into(host: Host, tmp_path: Path) -> None:
    """`--keep`: the next time only what is new is sent, and what the refs no longer lead to is not told."""
    work = made(tmp_path / "work" / "kept", 9)
    path = bare(work, host.root / "acme" / "kept")
    keeping = job(tmp_path / "clones", keep=tmp_path / "kept")
    (tmp_path / "kept").mkdir()
    first = swept(keeping, at(host, "kept")).swept
    assert first.result
    assert len(first.result.findings) == 1
    work.commit({"more.py": b"print(1)\n"})
    work.git("push", "--quiet", str(path), "main")
    second = swept(keeping, at(host, "kept"), before=first.state).swept
    assert second.result
    assert not second.unchanged
    assert second.transferred < first.transferred
    assert [finding.locations for finding in second.result.findings] == [
        finding.locations for finding in first.result.findings
    ]
    work.git("checkout", "--quiet", "--orphan", "clean")
    work.commit({"settings.env": None, "vendor/shared.js": None})
    work.git("push", "--quiet", "--force", str(path), "clean:main")
    third = swept(keeping, at(host, "kept")).swept.result
    assert third
    assert third.complete
    assert third.findings == ()
    assert [one.name for one in (tmp_path / "kept").iterdir()] == ["git.example%2Facme%2Fkept.git"]


def test_a_fetch_into_a_kept_clone_ends_with_its_worker(host: Host, tmp_path: Path) -> None:
    """A host that says nothing any more must not leave a git behind."""
    work = made(tmp_path / "repos" / "slow", 8)
    path = bare(work, host.root / "acme" / "slow")
    keeping = job(tmp_path / "clones", keep=tmp_path / "kept", stall=60)
    (tmp_path / "kept").mkdir()
    assert kinds(swept(keeping, at(host, "slow"))) == []
    work.commit({"more.py": b"print(1)\n"})
    work.git("push", "--quiet", str(path), "main")
    host.fails["acme/slow"], host.asked["acme/slow pack"] = "pack-hang", 0
    crew = Local(keeping, 1)
    crew.give(Task(at(host, "slow")))
    until = time.monotonic() + 30
    while not host.asked["acme/slow pack"] and time.monotonic() < until:
        time.sleep(0.02)
    assert processes(f"{host.url}/acme/slow")
    crew.close()
    until = time.monotonic() + 2
    while processes(f"{host.url}/acme/slow") and time.monotonic() < until:
        time.sleep(0.02)  # one that was killed takes a moment to go
    assert not processes(f"{host.url}/acme/slow")


def test_a_kept_clone_that_was_killed_is_made_anew(host: Host, tmp_path: Path) -> None:
    """What a killed fetch leaves behind, a lock or half a folder, does not stop the next one."""
    keeping = job(tmp_path, keep=tmp_path)
    assert kinds(swept(keeping, at(host, "shop"))) == []
    clone = tmp_path / "git.example%2Facme%2Fshop.git"
    (clone / "packed-refs").unlink()
    (clone / "objects").rename(clone / "lost")
    assert kinds(swept(keeping, at(host, "shop"))) == []


ODD = [
    # a URL that is not fetched from, the kind
    ("ext::sh -c true", "not-scanned"),
    ("file:///srv/shop", "not-scanned"),
    ("git://git.example/shop", "not-scanned"),
    ("/srv/shop", "not-scanned"),
    ("--upload-pack=touch:shop", "not-scanned"),
    ("-oProxyCommand=touch", "not-scanned"),
    ("https://git.example:99999999/shop", "clone-failed"),
]


@pytest.mark.parametrize(("url", "kind"), ODD)
def test_an_odd_url_starts_nothing(tmp_path: Path, url: str, kind: str) -> None:
    """Whatever a listing holds, git gets https, http and ssh alone, and never an option."""
    assert kinds(swept(job(tmp_path), Listed("git.example/odd", url, "url"))) == [kind]


def test_ssh_gives_a_dead_connection_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told to look whether the host is still there, and never to ask anybody."""
    tools, said = tmp_path / "tools", tmp_path / "said"
    tools.mkdir()
    (tools / "ssh").write_text(f'#!/bin/sh\necho "$@" > {said}\nexit 1\n')
    (tools / "ssh").chmod(0o700)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    swept(job(tmp_path, stall=8), Listed("git.example/shop", "ssh://git@git.example/shop", "url"))
    words = said.read_text().split()
    assert {"-oBatchMode=yes", "-oConnectTimeout=8", "-oServerAliveInterval=2", "-oServerAliveCountMax=4"} <= {*words}


def test_passwords_are_taken_out_of_what_git_says() -> None:
    """Neither a token nor userinfo in a URL nor what steers a terminal comes through."""
    said = "fatal: unable to access 'https://user:secret@git.example/x': \x1b[31m tok-en tok-en"
    assert clones.cleaned(said, ["tok-en"]) == "fatal: unable to access 'https://git.example/x': \\x1b[31m … …"


def test_nothing_of_the_users_is_obeyed(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration, template, hook, .netrc or variable of the user's reaches git."""
    touched = tmp_path / "touched"
    home = tmp_path / "user"
    (home / "template" / "hooks").mkdir(parents=True)
    hook = home / "template" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {touched}\n")
    hook.chmod(0o755)
    (home / ".gitconfig").write_text(
        f"[init]\n\ttemplateDir = {home}/template\n"
        f"[core]\n\tsshCommand = touch {touched}\n\tfsmonitor = touch {touched}\n"
        f'[url "https://nowhere.invalid/"]\n\tinsteadOf = {host.url}/\n[credential]\n\thelper = "!touch {touched}"\n'
    )
    theirs = token(6).decode()
    (home / ".netrc").write_text(f"machine 127.0.0.1 login me password {theirs}\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_SSH_COMMAND", f"touch {touched}")
    monkeypatch.setenv("GIT_ASKPASS", f"{hook}")
    monkeypatch.setenv("GIT_TRACE", str(touched))
    assert kinds(swept(job(tmp_path / "work"), at(host, "shop"))) == []
    host.password = token(5).decode()
    assert kinds(swept(job(tmp_path / "work"), at(host, "shop"))) == ["denied"]
    assert theirs not in host.told
    assert not touched.exists()


def test_a_hostile_host_has_git_do_nothing_else(host: Host, tmp_path: Path) -> None:
    """A repository with hooks, settings, submodules, alternates and refs like options is scanned like any other."""
    touched = tmp_path / "touched"
    repo = made(tmp_path / "hostile", 8)
    repo.commit(
        {
            ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch% {touched}"\n'.encode(),
            ".gitattributes": b"* filter=evil diff=evil\n",
            ".lfsconfig": f"[lfs]\n\turl = file://{touched}\n".encode(),
        }
    )
    path = bare(repo, host.root / "acme" / "hostile")
    head = repo.git("rev-parse", "HEAD")
    (path / "refs" / "heads" / "--upload-pack=touch").write_text(head + "\n")
    settings = (
        path / "config"
    ).read_text() + f'[core]\n\tfsmonitor = "touch {touched}"\n\tsshCommand = "touch {touched}"\n'
    (path / "config").write_text(settings)
    hook = path / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {touched}\n")
    hook.chmod(0o755)
    result = swept(job(tmp_path / "work"), at(host, "hostile")).swept.result
    assert result
    assert result.complete
    assert len(result.findings) == 1
    assert not touched.exists()


def test_a_folder_is_scanned_where_it_is(tmp_path: Path) -> None:
    """Nothing is cloned, nothing in it changes, and a new commit, stash or dangling object is a new state."""
    repo = made(tmp_path / "shop", 1)
    listed = Listed(str(repo.path), str(repo.path), "folder")
    first = swept(job(tmp_path / "work"), listed).swept
    assert first.result
    assert first.transferred == 0
    assert len(first.result.findings) == 1
    assert swept(job(tmp_path / "work"), listed, before=first.state).swept.unchanged
    repo.put("late.env", b"TOKEN=" + token(6) + b"\n")
    repo.git("hash-object", "-w", "late.env")
    second = swept(job(tmp_path / "work"), listed, before=first.state).swept
    assert second.result
    assert len(second.result.findings) == 2


def test_what_is_no_repository_any_more_is_gone(tmp_path: Path) -> None:
    """A folder that was removed since it was listed is recorded as that."""
    assert kinds(swept(job(tmp_path), Listed("/gone", str(tmp_path / "gone"), "folder"))) == ["gone"]


def test_an_outcome_pickles_and_shows_nothing(host: Host, tmp_path: Path) -> None:
    """What goes through pipes and networks is plain, and its repr holds no id and no secret."""
    import pickle

    outcome = swept(job(tmp_path), at(host, "shop"))
    again: Outcome = pickle.loads(pickle.dumps(outcome))  # noqa: S301  # our own
    assert again.swept.result == outcome.swept.result
    assert repr(outcome.read) not in repr(outcome)
    assert dataclasses.is_dataclass(outcome)


def test_a_hostile_repository_of_a_folder_is_told_apart_in_no_time(tmp_path: Path) -> None:
    """What refs and alternates lead to may have no end: pipes and devices are not read, other folders not walked."""
    repo = made(tmp_path / "repo", 1)
    found = discover(str(repo.path))
    assert found
    before = state(found)
    (found.git_dir / "objects" / "info" / "alternates").write_text("/\n" + "../objects\n" * 1_000)
    assert state(found) != before
    os.mkfifo(found.git_dir / "refs" / "heads" / "pipe")
    (found.git_dir / "packed-refs").symlink_to("/dev/zero")
    began = time.monotonic()
    assert state(found) == state(found)
    assert time.monotonic() - began < 5
