"""Targets: what they are taken for, files of URLs, folders of repositories, and several at once."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from random import Random

import pytest

from repositories import Repo
from stanch.errors import UsageError
from stanch.model import Fault
from stanch.sweep import credentials, targets
from stanch.sweep.chosen import parents_first
from stanch.sweep.model import Listed, Target
from sweep.asking import Asking, ends, faults
from sweep.forge import Forge, named, running

TOKEN = Random(__name__).randbytes(20).hex()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("github:acme", Target("github", "acme")),
        ("github:acme/", Target("github", "acme")),
        ("gitlab:acme/team/web.site", Target("gitlab", "acme/team/web.site")),
        ("bitbucket:acme_web", Target("bitbucket", "acme_web")),
        ("azure-devops:acme", Target("azure-devops", "acme")),
        ("azure-devops:acme/Web Shop (old)", Target("azure-devops", "acme/Web Shop (old)")),
        ("gitea:git.example:3000/acme", Target("gitea", "git.example:3000/acme")),
        ("https://github.com/Acme/Shop.git", Target("url", "https://github.com/Acme/Shop.git")),
        ("https://ann@github.com/acme/shop", Target("url", "https://github.com/acme/shop")),
        ("git@github.com:acme/shop.git", Target("url", "git@github.com:acme/shop.git")),
        ("folder", Target("folder", "folder")),
        ("repos.txt", Target("file", "repos.txt")),
        ("./github:acme", Target("folder", "./github:acme")),
    ],
)
def test_what_a_target_is(text: str, expected: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forge's name before the colon, else something on the disk, else a URL."""
    monkeypatch.chdir(tmp_path)
    for name in ("folder", "github:acme"):
        (tmp_path / name).mkdir()
    (tmp_path / "repos.txt").touch()
    assert targets.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("githb:acme", "did you mean github"),
        ("GitHub:acme", "did you mean github"),
        ("acme", "is no file or folder; write github:ORG"),
        ("", "is no file or folder"),
        ("/no/such/folder", "is no file or folder"),
        ("github:", "write github:ORG or github:USER"),
        ("github:acme/shop", "write github:ORG or github:USER"),
        ("github:../x", "write github:ORG"),
        ("github:acme?x", "write github:ORG"),
        ("gitlab:acme//team", "write gitlab:GROUP"),
        ("bitbucket:a b", "write bitbucket:WORKSPACE"),
        ("azure-devops:acme/a/b", "write azure-devops:ORG"),
        ("azure-devops:acme/..", "write azure-devops:ORG"),
        ("gitea:acme", "write gitea:HOST/ORG"),
        ("gitea:https://git.example/acme", "write gitea:HOST/ORG"),
        ("https://github.com/acme", "write github:OWNER"),
        ("http://git.example/acme/shop", "write https://"),
        (f"https://ann:{TOKEN}@github.com/acme/shop", "set a variable instead"),
        (f"https://{TOKEN}@github.com/acme/shop", "set a variable instead"),
        (f"https://x:{TOKEN}@github.com/acme/shop?x", "leave out"),
        (f"git://{TOKEN}@github.com/acme/shop", "write https://"),
    ],
)
def test_what_is_no_target(text: str, why: str) -> None:
    """It is said what to write instead, and no credentials are shown."""
    with pytest.raises(UsageError) as raised:
        targets.parse(text)
    assert why in str(raised.value)
    assert TOKEN not in str(raised.value)


URLS = f"""\ufeff# All that we have
https://github.com/Acme/Shop.git   # the shop

git@github.com:acme/shop.git
https://ann:{TOKEN}@git.example/Acme/tools#
https://github.com/acme
https://git.example/a#b
  ssh://git@git.example/x/y
"""


def test_a_file_of_urls(asking: Asking, tmp_path: Path) -> None:
    """One on each line; a line that is none is a fault with its number; what stands there twice is one."""
    path = tmp_path / "repos.txt"
    path.write_text(URLS.replace("tools#", "tools"))
    entries = asking.targets(str(path))
    assert [(entry.name, entry.url, entry.web) for entry in entries if isinstance(entry, Listed)] == [
        ("github.com/acme/shop", "https://github.com/Acme/Shop.git", "https://github.com/acme/shop"),
        ("git.example/Acme/tools", "https://git.example/Acme/tools", None),
        ("git.example/x/y", "ssh://git@git.example/x/y", None),
    ]
    assert faults(entries) == [
        Fault(str(path), "listing-failed", "line 6: it names no repository: for all of an owner's write github:OWNER"),
        Fault(str(path), "listing-failed", "line 7: it has a query or a fragment: leave out what follows ? or #"),
    ]
    assert asking.said == [f"{path}: line 5: holds credentials, which are not used; take them out of the URL"]
    assert TOKEN not in repr(entries)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "holds no URL"),
        (b"# nothing\n\n", "holds no URL"),
        (b"\x00\xff\xfe", "line 1: it holds nothing, or control characters"),
    ],
)
def test_a_file_without_urls(content: bytes, fault: str, asking: Asking, tmp_path: Path) -> None:
    """It is a fault: a sweep of nothing would be clean."""
    path = tmp_path / "repos.txt"
    path.write_bytes(content)
    assert asking.targets(str(path)) == [Fault(str(path), "listing-failed", fault)]


def test_a_file_that_is_gone_or_huge(asking: Asking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are faults, as what else is asked may go on."""
    path = tmp_path / "repos.txt"
    path.write_bytes(b"x" * 100)
    target = targets.parse(str(path))
    monkeypatch.setattr(targets, "_LONGEST", 99)
    assert [fault.kind for fault in faults(list(targets.listed(target, asking.listing())))] == ["too-large"]
    path.unlink()
    assert [fault.kind for fault in faults(list(targets.listed(target, asking.listing())))] == ["unreadable"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make a folder of repositories: bare, with worktrees, linked, in others, and what is none."""
    top = tmp_path / "srv"
    shop = Repo(top / "team" / "shop")
    shop.commit({"a": b"1"})
    shop.git("worktree", "add", "-q", "../shop-old")
    Repo(top / "team" / "shop" / "vendor" / "inner")
    Repo(top / "bare.git", "--bare")
    Repo(tmp_path / "elsewhere" / "linked.git", "--bare")
    (top / "empty" / "deep").mkdir(parents=True)
    (top / "link.git").symlink_to(tmp_path / "elsewhere" / "linked.git")
    (top / "away").symlink_to(tmp_path / "elsewhere")
    (top / "round").symlink_to(top)
    (top / "gone").symlink_to(top / "nowhere")
    (top / "file").write_text("x")
    return top


def test_a_folder_of_repositories(tree: Path, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once, at any depth, by its absolute path; nothing inside of one; links only where a repository is behind."""
    expected = [tree / "bare.git", tree.parent / "elsewhere" / "linked.git", tree / "team" / "shop"]
    assert asking.targets(str(tree)) == [Listed(str(path), str(path), "folder") for path in expected]
    monkeypatch.chdir(tree)
    assert ends(asking.targets(".")) == ["bare.git", "linked.git", "shop"]
    assert ends(asking.targets("team/shop")) == ["shop"]
    assert ends(asking.targets("bare.git", str(tree))) == ["bare.git", "linked.git", "shop"]
    assert ends(asking.targets(".", include=("team/*",))) == ["shop"]
    assert ends(asking.targets(".", exclude=("*.git",))) == ["shop"]


def test_a_folder_without_repositories(tree: Path, asking: Asking) -> None:
    """It is a fault: a sweep of nothing would be clean."""
    folder = str(tree / "empty")
    assert asking.targets(folder) == [Fault(folder, "listing-failed", "holds no git repository")]


def test_what_cannot_be_read_in_a_folder(tree: Path, asking: Asking) -> None:
    """A `.git` that leads nowhere, and a path that has no name, are faults; the others are listed."""
    (tree / "empty" / ".git").write_text("gitdir: /no/such\n")
    odd = tree / os.fsdecode(b"odd\xff.git")
    Repo(tree / "x.git", "--bare")
    os.rename(tree / "x.git", odd)
    entries = asking.targets(str(tree))
    assert ends(entries) == ["bare.git", "linked.git", "shop"]
    assert [(fault.kind, fault.detail) for fault in faults(entries)] == [
        ("unreadable", "empty: its .git names no repository"),
        ("listing-failed", "its path is not UTF-8, so it cannot be named: rename it"),
    ]


def test_a_folder_that_may_not_be_read(tree: Path, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a fault, and the others are listed."""
    real = os.scandir

    def scandir(path: Path) -> object:
        if path == tree / "empty":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    entries = asking.targets(str(tree))
    assert ends(entries) == ["bare.git", "linked.git", "shop"]
    assert faults(entries) == [Fault(str(tree), "unreadable", "empty: Permission denied")]


def test_one_url(asking: Asking) -> None:
    """It lists the one repository."""
    (entry,) = asking.targets("git@git.example:acme/shop.git")
    assert entry == Listed("git.example/acme/shop", "git@git.example:acme/shop.git", "url")


def test_several_targets_are_one_sweep(asking: Asking, tmp_path: Path) -> None:
    """What two of them list is one; a forge's word of it, if that comes first; forks come last, and then the faults."""
    path = tmp_path / "repos.txt"
    with running(Forge("gitlab", named("gitlab", "fork", fork=True) + named("gitlab", "shop"))) as forge:
        path.write_text(f"https://{forge.host}/Acme/Fork.git\nnothing\nhttps://{forge.host}/acme/own.git\n")
        api = {"gitlab": forge.api}
        entries = asking.targets("gitlab:acme", str(path), "gitlab:nobody", api=api)
    assert [entry.kind if isinstance(entry, Fault) else entry.name.partition("/")[2] for entry in entries] == [
        "acme/shop", "Acme/Fork", "acme/own", "acme/fork", "listing-failed", "listing-failed",
    ]  # fmt: skip


def test_forks_of_each_other_are_listed_too() -> None:
    """No order is right for them; each comes once."""
    entries = [Listed(name, name, "gitea", fork=True, parent=parent) for name, parent in ("ab", "ba", "cc", "db")]
    assert sorted(ends(list(parents_first(entries)))) == ["a", "b", "c", "d"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["github", "azure-devops"])
def test_git_clones_what_is_listed(
    kind: str, asking: Asking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ca_bundle: Path
) -> None:
    """From the URL that is listed, with the user and password that are told for it; the loopback forge serves it."""
    (hosted,) = named(kind, "shop")
    made = Repo(tmp_path / "made")
    head = made.commit({"a": b"1"})
    made.git("clone", "--quiet", "--bare", ".", str(tmp_path / "git" / f"{hosted.path}.git"))
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("AZURE_DEVOPS_TOKEN", TOKEN)
    with running(Forge(kind, [hosted], token=TOKEN, git=tmp_path / "git")) as forge:
        (entry,) = asking.forge(forge)
        assert isinstance(entry, Listed)
        user, password = credentials.token(entry) or ("", "")
        ask = tmp_path / "askpass"
        ask.write_text('#!/bin/sh\ncase "$1" in User*) echo "$ASKED_USER";; *) echo "$ASKED_PASSWORD";; esac\n')
        ask.chmod(0o700)
        environment = os.environ | {
            "GIT_ASKPASS": str(ask), "ASKED_USER": user, "ASKED_PASSWORD": password, "GIT_SSL_CAINFO": str(ca_bundle),
        }  # fmt: skip
        copy = tmp_path / "copy"
        subprocess.run(["git", "clone", "-q", "--bare", entry.url, str(copy)], env=environment, check=True)
    assert (copy / "packed-refs").read_text().count(head) == 1
