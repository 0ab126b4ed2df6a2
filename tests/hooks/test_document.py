"""docs/hooks.md: what its consoles show is what happens."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hooks.conftest import LINES, Person
from hooks.test_framework import own
from repositories import EPOCH, HOUR, Repo
from scans import cli, token

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs/hooks.md"
_LOG = re.compile(r"(?<=^```text\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
_CONSOLE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(tmp_path: Path, server: Repo) -> Repo:
    """Make the repository that the document's commands are typed in: `deploy.py` is not tracked yet."""
    repo = Repo(tmp_path / "project")
    config = {"repos": [{"repo": "local", "hooks": [{**own(), "language": "system"}]}]}
    repo.commit({"README.md": b"# A project\n", ".pre-commit-config.yaml": json.dumps(config).encode()})
    repo.git("remote", "add", "origin", "../server.git")
    repo.git("push", "--quiet", "--set-upstream", "origin", "main")
    repo.put("deploy.py", b"import os\n\nTOKEN = '" + token(1) + b"'\n")
    assert server.git("rev-parse", "main")
    return repo


def played(document: str, person: Person, project: Repo) -> str:
    """Return the document with what its commands print, all typed one after the other."""

    def typed(block: re.Match[str]) -> str:
        return "".join(shown(line) for line in block[0].splitlines() if line.startswith("$ "))

    def shown(line: str) -> str:
        date = f"{EPOCH + HOUR} +0200"
        done = person(project, "sh", "-c", line[2:], GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date)
        said = re.sub(r"\b\d+\.\d+ ?s\b", "0.2 s", done.stdout)  # how long it took
        return "\n".join(text.rstrip() for text in (line, *said.splitlines())) + "\n"

    return _CONSOLE.sub(typed, document)


def test_its_transcripts(project: Repo, person: Person, request: pytest.FixtureRequest) -> None:
    """Every console shows what its commands print today; --update-golden writes it into the document."""
    document = DOCUMENT.read_text("utf-8")
    today = played(document, person, project)
    if request.config.getoption("--update-golden"):
        DOCUMENT.write_text(today, "utf-8")
    assert DOCUMENT.read_text("utf-8") == today
    assert token(1).decode() not in today


def lines() -> Iterator[tuple[str, str]]:
    """Yield the hooks of the document's table, each with its second line."""
    yield from re.findall(r"^\| `([a-z-]+)` \| `(exec [^`]+)` \|", DOCUMENT.read_text("utf-8"), re.MULTILINE)


def test_its_lines_are_the_tested_ones() -> None:
    """The hooks that the other tests install are those that the document tells people to write."""
    assert dict(lines()) == LINES


def console(text: str) -> list[str]:
    """Return the lines of a document's consoles."""
    return [line for block in _CONSOLE.findall(text) for line in block.splitlines()]


def test_the_readme_shows_the_same() -> None:
    """What its consoles show stands in docs/hooks.md; the line that makes the hook is there in two."""
    readme, document = (ROOT / "README.md").read_text("utf-8"), DOCUMENT.read_text("utf-8").splitlines()
    shown = [line for line in console(readme) if "…" not in line or "ghp_" in line]
    assert [line for line in shown if line not in document and " > .git/hooks/" not in line] == []
    assert len(shown) > 20


def test_the_readme_shows_the_log_of_a_step(project: Repo, request: pytest.FixtureRequest) -> None:
    """GitHub's annotations of a commit with a credential are as the README shows them."""
    project.commit(message="Deploy")
    done = cli("scan", "--range", "HEAD~1..HEAD", "-f", "github", cwd=project.path)
    log = "stanch scans HEAD~1..HEAD\n" + re.sub(r"\b\d+\.\d+ ?s\b", "0.2 s", done.stdout.decode())
    readme = ROOT / "README.md"
    text = readme.read_text("utf-8")
    if request.config.getoption("--update-golden"):
        readme.write_text(_LOG.sub(lambda _: log, text), "utf-8")
    assert _LOG.search(readme.read_text("utf-8"))[0] == log  # type: ignore[index]
