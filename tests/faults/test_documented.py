"""docs/exit-codes.md is true: its examples end as it says, and it knows every kind of fault."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import demo
from project.documents import ROOT, Command, commands
from stanch.cli import statuses

DOCUMENT = ROOT / "docs/exit-codes.md"
TEXT = DOCUMENT.read_text("utf-8")


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the demo repository."""
    folder = tmp_path_factory.mktemp("documented") / "repo"
    demo.make(folder)
    return folder


@pytest.mark.parametrize("command", list(commands(DOCUMENT)), ids=str)
@pytest.mark.usefixtures("compiled")
def test_an_example_ends_as_it_says(demonstration: Path, command: Command) -> None:
    """Each runs in the demo repository, and says at most one line on standard error."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(["sh", "-c", command.line], cwd=demonstration, env=environment, capture_output=True)
    for left in ("input", "report.json"):
        (demonstration / left).unlink(missing_ok=True)
    assert done.returncode == command.status, done.stdout + done.stderr
    assert done.stderr.count(b"\n") <= 1


def test_every_status_has_an_example() -> None:
    """The statuses of the command line and of the three signals are in the table, and shown."""
    named = {getattr(statuses, name) for name in dir(statuses) if name.isupper()} - {statuses.SIGNALLED}
    expected = {*named, *(statuses.SIGNALLED + number for number in (1, 2, 15))}
    assert {command.status for command in commands(DOCUMENT)} == expected
    rows = re.findall(r"^\| ([\d, ]+) \|", TEXT, re.MULTILINE)
    assert {int(number) for row in rows for number in row.split(", ")} == expected


def test_every_kind_of_fault_is_there() -> None:
    """Each kind that the code makes is explained, and no other."""
    source = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "src").rglob("*.py")))
    made = set(re.findall(r'Fault\(\s*[^()"]*?, "([a-z]+(?:-[a-z]+)*)"', source))
    explained = set(re.findall(r"^\| `([a-z-]+)` \|", TEXT, re.MULTILINE))
    assert made <= explained
    assert [kind for kind in explained if f'"{kind}"' not in source] == []
    assert len(made) > 8
