"""Count in how many places of a repository each tool finds a credential: those of tests/git, in a repository each."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import records

sys.path.insert(0, str(records.ROOT / "corpus"))
sys.path.insert(0, str(records.ROOT / "tests" / "git"))
sys.path.insert(0, str(records.ROOT / "tests"))

from test_surfaces import CASES, TEXT

from repositories import ISOLATED, Repo

COLUMNS = ["place", "stanch", "kingfisher", "gitleaks", "trufflehog"]
Commands = list[list[str]]


def _stanch(_peers: Path, repository: Path) -> Commands:
    return [[records.STANCH, "scan", str(repository), "-f", "jsonl", "--show-secrets"]]


def _kingfisher(peers: Path, repository: Path) -> Commands:
    offline = ("--no-validate", "--no-update-check", "--format", "json")
    return [[str(peers / "venv/bin/kingfisher"), "scan", str(repository), *offline]]


def _gitleaks(peers: Path, repository: Path) -> Commands:
    """Both of its ways: the history, and the files as they are."""
    program = str(peers / "root/usr/bin/gitleaks")
    return [[program, way, str(repository), "--no-banner", "-v"] for way in ("git", "dir")]


def _trufflehog(peers: Path, repository: Path) -> Commands:
    """As above."""
    program, options = str(peers / "root/usr/bin/trufflehog"), ("--no-verification", "--json", "--no-update")
    return [[program, "git", f"file://{repository}", *options], [program, "filesystem", str(repository), *options]]


TOOLS: dict[str, Callable[[Path, Path], Commands]] = {
    "stanch": _stanch,
    "kingfisher": _kingfisher,
    "gitleaks": _gitleaks,
    "trufflehog": _trufflehog,
}


def main() -> int:
    """Make every place, scan it with every tool that is there, print the table; 1 when stanch misses one."""
    options = _options()
    os.environ.update({**ISOLATED, **records.ENVIRONMENT})
    tools = {name: tool for name, tool in TOOLS.items() if Path(tool(options.peers, Path())[0][0]).exists()}
    found: dict[str, int] = dict.fromkeys(tools, 0)
    rows = []
    for case in CASES:
        with tempfile.TemporaryDirectory(dir=records.CACHE) as folder:
            repo = Repo(Path(folder) / "repo")
            case.make(repo)
            answers = {name: _finds(tool(options.peers, repo.path)) for name, tool in tools.items()}
        for name, answer in answers.items():
            found[name] += answer
        rows.append([case.make.__doc__ or "", *(_word(answers.get(name)) for name in COLUMNS[1:])])
        print(f"{case.make.__name__}: {', '.join(name for name, answer in answers.items() if answer)}", file=sys.stderr)
    rows.append(["all", *(str(found.get(name, "-")) for name in COLUMNS[1:])])
    missed = records.Bound("places that stanch misses", float(len(CASES) - found["stanch"]), 0, "")
    text = f"{len(CASES)} places; gitleaks and trufflehog scan both the history and the files.\n\n"
    return records.finish("surfaces", text + records.table(COLUMNS, rows), [missed], recorded=options.record)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, metavar="DIR", default=records.CACHE / "peers")
    records.add_option(parser)
    records.CACHE.mkdir(parents=True, exist_ok=True)
    options = parser.parse_args()
    options.peers = options.peers.resolve()
    return options


def _finds(commands: Commands) -> bool:
    """Tell whether the credential stands in what one of the commands prints."""
    return any(TEXT.encode() in subprocess.run(command, capture_output=True).stdout for command in commands)


def _word(answer: bool | None) -> str:
    return "-" if answer is None else "yes" if answer else "**no**"


if __name__ == "__main__":
    sys.exit(main())
