"""Make the demo repository: a git history with generated credentials in the places where real ones are found.

The files are templates in `demo/`, in the language of corpus/README.md. The same seed and the same rules give the
same repository, down to the commit ids.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from render import render
from stanch.rules import load

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATES = Path(__file__).parent / "demo"
ADA = "Ada Example <ada@example.org>"
BEN = "Ben Example <ben@example.org>"
FIRST = 1_736_150_400
"""The first commit's time: 2025-01-06 08:00 UTC."""
APART = 93_600
"""Seconds from one commit to the next: 26 hours."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: its mark, author and subject, its parents' marks, and what it changes."""

    mark: int
    author: str
    subject: str
    parents: tuple[int, ...] = ()
    adds: tuple[str, ...] = ()
    """Files written as their templates say."""
    edits: tuple[tuple[str, str, str], ...] = ()
    """Files written with one text in them replaced by another; `SECRET` is the credential in the file."""
    deletes: tuple[str, ...] = ()


_REFERRED = (".npmrc", "SECRET", "${NPM_TOKEN}")
_REFERRED_STRICT = (".npmrc", "SECRET", "${NPM_TOKEN}\nengine-strict=true")
_TIMEOUT = ("SyncIssues/index.js", "require('https');\n", "require('https');\nconst timeout = 10000;\n")

HISTORY = (
    Commit(1, ADA, "Sync issues from the tracker", (), (
        "README.md", "host.json", "SyncIssues/function.json", "SyncIssues/index.js", "local.settings.json",
        "package.json", "package-lock.json",
    )),
    Commit(2, BEN, "Settings for local development", (1,), (".env",)),
    Commit(3, ADA, "Copy finished orders to the warehouse", (2,), ("orders/template.yaml", "orders/handler.py")),
    Commit(4, BEN, "Run the shop on Kubernetes", (3,), ("deploy/secret.yaml", "deploy/deployment.yaml")),
    Commit(5, BEN, "Install from our own registry", (4,), edits=(_REFERRED,)),
    Commit(6, ADA, "Take .env out of the repository", (4,), deletes=(".env",)),
    Commit(7, ADA, "Install from our own registry, strictly", (6,), edits=(_REFERRED_STRICT,)),
    # An evil merge: what it brings in stands in neither parent, and `git log -p` never shows it added.
    Commit(8, BEN, "Merge branch 'registry'", (7, 5), (".npmrc",)),
    Commit(9, ADA, "Give up after ten seconds", (8,), edits=(_REFERRED, _TIMEOUT)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planted:
    """A credential in the demo repository."""

    path: str
    secret: bytes
    """As it stands in the file, in base64 perhaps; of a pair `user:password`, the password."""


def make(folder: Path, seed: int = 0) -> list[Planted]:
    """Make the repository in `folder`, which must not exist or be empty, and return what was planted.

    Raises FileExistsError when something is there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    contents, planted = _rendered(seed)
    _git(folder, "init", "--quiet", "--template=", "--initial-branch=main")
    _git(folder, "fast-import", "--quiet", stdin=b"".join(_stream(contents, planted)))
    _git(folder, "reset", "--quiet", "--hard")
    return planted


def _rendered(seed: int) -> tuple[dict[str, bytes], list[Planted]]:
    """Return the files by path, and the credentials in them."""
    ruleset, contents, planted = load(), dict[str, bytes](), list[Planted]()
    for template in sorted(TEMPLATES.rglob("*.tmpl")):
        path = template.relative_to(TEMPLATES).as_posix().removesuffix(".tmpl")
        contents[path], labels = render(template.read_text("utf-8"), Random(f"{seed} {path}"), ruleset)
        secrets = (contents[path][label.start : label.end] for label in labels if label.kind == "secret")
        planted += [Planted(path, secret) for secret in secrets]
    return contents, planted


def _stream(contents: dict[str, bytes], planted: list[Planted]) -> Iterator[bytes]:
    """Yield the history in the language of `git fast-import`."""
    secrets = {item.path: item.secret for item in planted}
    for commit in HISTORY:
        when = f"{FIRST + commit.mark * APART} +0000"
        yield f"commit refs/heads/main\nmark :{commit.mark}\n".encode()
        yield f"author {commit.author} {when}\ncommitter {commit.author} {when}\n".encode()
        yield _data(commit.subject.encode() + b"\n")
        for number, parent in enumerate(commit.parents):
            yield f"{'merge' if number else 'from'} :{parent}\n".encode()
        for path in commit.adds:
            yield _file(path, contents[path])
        for path, before, after in commit.edits:
            old = before.encode().replace(b"SECRET", secrets[path])
            if old not in contents[path]:
                raise ValueError(f"corpus: {path} does not hold what the commit {commit.subject!r} replaces")
            yield _file(path, contents[path].replace(old, after.encode()))
        for path in commit.deletes:
            yield f"D {path}\n".encode()
    yield b"done\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _file(path: str, content: bytes) -> bytes:
    return f"M 100644 inline {path}\n".encode() + _data(content)


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> None:
    """Run git in `folder`, deaf to the user's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    subprocess.run(["git", *arguments], cwd=folder, input=stdin, env=kept | own, check=True)


def main(arguments: list[str] | None = None) -> int:
    """Make the demo repository in a new folder."""
    options = argparse.ArgumentParser(description=main.__doc__)
    options.add_argument("folder", type=Path, metavar="FOLDER")
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args(arguments)
    try:
        planted = make(chosen.folder, chosen.seed)
    except FileExistsError as error:
        sys.stderr.write(f"demo: {error}\n")
        return 2
    sys.stderr.write(f"{len(HISTORY)} commits with {len(planted)} credentials in {chosen.folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
