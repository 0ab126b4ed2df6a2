"""What the documents say: their links, their code, and the commands that they promise to work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("corpus/*.md"), *ROOT.glob("bench/*.md")])

_RUNNABLE = re.compile(r"^<!-- run: (\d+) -->\n```(?:sh|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s#]+)[^)]*\)")


@dataclass(frozen=True)
class Command:
    """A command line in a document, and the exit status that its block announces."""

    line: str
    status: int

    def __str__(self) -> str:
        """Return the line, which names the test."""
        return self.line


def commands(document: Path) -> Iterator[Command]:
    """Yield the commands of the blocks that `<!-- run: STATUS -->` stands above, without prompts."""
    for status, block in _RUNNABLE.findall(document.read_text("utf-8")):
        for line in block.splitlines():
            if command := line.removeprefix("$ ").strip():
                yield Command(command, int(status))


def code(document: Path, language: str) -> list[str]:
    """Return the fenced blocks in a language."""
    return [block for kind, block in _FENCED.findall(document.read_text("utf-8")) if kind == language]


def links(document: Path) -> list[Path]:
    """Return the files that a document links to."""
    found = _LINK.findall(document.read_text("utf-8"))
    return [document.parent / link for link in found if "://" not in link]
