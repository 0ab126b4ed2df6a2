"""Count what each tool finds of the credentials of corpus/settings, and what it reports beside them, by line.

The peers are those of bench/speed.py, where they are installed; each runs with its own defaults, validation off.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import records

sys.path.insert(0, str(records.ROOT / "corpus"))

import expected
from expected import PARTS, Judged, Lines

SEEDS = (1, 2, 3)
RECALL, WRONG = 0.98, 0.01
"""At least, and at most: of the planted credentials, and of the look-alikes."""
HEAD = ["tool", "samples", "planted", "found", "recall", "look-alikes", "reported wrongly", "share"]


@dataclass(frozen=True)
class Tool:
    """How a tool is run on a folder, and how its report is read."""

    program: str
    """Its path: absolute, or in the folder of the peers."""
    arguments: Callable[[Path, Path], list[str]]
    """What follows it, for a folder to scan and a file to report to (ignored by one that prints its report)."""
    read: Callable[[str], Iterator[tuple[str, int, int]]]
    """Yields paths and lines from the text of its report."""
    prints: bool = True


def _stanch(text: str) -> Iterator[Lines]:
    report = json.loads(text)
    assert report["complete"], report["errors"]
    yield from expected.reported(report)


def _kingfisher(text: str) -> Iterator[Lines]:
    for finding in json.JSONDecoder().raw_decode(text)[0]["findings"]:  # a summary follows
        place = finding["finding"]
        yield place["path"], place["line"], place["line"]


def _gitleaks(text: str) -> Iterator[Lines]:
    for finding in json.loads(text):
        yield finding["File"], finding["StartLine"], finding["EndLine"]


def _trufflehog(text: str) -> Iterator[Lines]:
    """Its lines count from 0."""
    for line in text.splitlines():
        place = json.loads(line)["SourceMetadata"]["Data"]["Filesystem"]
        first = place.get("line", 0) + 1
        yield place["file"], first, first


def _detect_secrets(text: str) -> Iterator[Lines]:
    for path, findings in json.loads(text)["results"].items():
        for finding in findings:
            yield path, finding["line_number"], finding["line_number"]


def _credsweeper(text: str) -> Iterator[Lines]:
    for finding in json.loads(text):
        for line in finding["line_data_list"]:
            yield line["path"], line["line_num"], line["line_num"]


TOOLS = {
    "stanch": Tool(records.STANCH, lambda tree, _: ["scan", str(tree), "--no-history", "-f", "json"], _stanch),
    "kingfisher": Tool(
        "venv/bin/kingfisher",
        lambda tree, _: ["scan", str(tree), "--no-validate", "--no-update-check", "--format", "json"],
        _kingfisher,
    ),
    "gitleaks": Tool(
        "root/usr/bin/gitleaks",
        lambda tree, report: ["dir", str(tree), "--no-banner", "-f", "json", "-r", str(report)],
        _gitleaks,
        prints=False,
    ),
    "trufflehog": Tool(
        "root/usr/bin/trufflehog",
        lambda tree, _: ["filesystem", str(tree), "--no-verification", "--json", "--no-update"],
        _trufflehog,
    ),
    "detect-secrets": Tool(
        "venv/bin/detect-secrets", lambda tree, _: ["scan", "--all-files", str(tree)], _detect_secrets
    ),
    "credsweeper": Tool(
        "venv/bin/credsweeper",
        lambda tree, report: ["--path", str(tree), "--save-json", str(report)],
        _credsweeper,
        prints=False,
    ),
}


@dataclass
class Count:
    """What came of all seeds, for a tool and a part of the samples."""

    planted: int = 0
    found: int = 0
    silent: int = 0
    wrong: int = 0

    def add(self, one: Judged) -> None:
        """Add what came of one seed."""
        self.planted += one.planted
        self.found += one.planted - len(one.missed)
        self.silent += one.silent
        self.wrong += len(one.wrong)

    @property
    def recall(self) -> float:
        """The share of the planted credentials that was found."""
        return self.found / self.planted

    @property
    def share(self) -> float:
        """Reports on lines without a credential, for each look-alike."""
        return self.wrong / self.silent


def counts(peers: Path, seeds: Iterable[int] = SEEDS) -> dict[tuple[str, str], Count]:
    """Return by tool and part of the samples what each tool that is installed finds in the trees of these seeds.

    Raises subprocess.CalledProcessError and ValueError when a tool fails.
    """
    tools = {name: tool for name, tool in TOOLS.items() if (peers / tool.program).exists()}
    found = {(name, part): Count() for name in tools for part in PARTS}
    for seed in seeds:
        with tempfile.TemporaryDirectory(dir=records.CACHE) as folder:
            tree, report = Path(folder) / "tree", Path(folder) / "report.json"
            marked = expected.write(tree, seed)
            for name, tool in tools.items():
                lines = list(_lines(peers, tool, tree, report))
                for part in PARTS:
                    found[name, part].add(expected.judged(marked, lines, part))
                print(f"seed {seed}: {name}: {len(lines)} places", file=sys.stderr)
    return found


def _lines(peers: Path, tool: Tool, tree: Path, report: Path) -> Iterator[Lines]:
    command = [str(peers / tool.program), *tool.arguments(tree, report)]
    report.unlink(missing_ok=True)
    environment = {**os.environ, **records.ENVIRONMENT}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tree, env=environment)
    text = done.stdout if tool.prints else report.read_text() if report.exists() else ""
    if not text:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
    for path, first, last in tool.read(text):
        yield path.removeprefix(f"{tree}/"), first, last


def rows(found: dict[tuple[str, str], Count]) -> list[list[str]]:
    """Return the numbers as rows of a table."""
    return [
        [name, part, str(one.planted), str(one.found), f"{one.recall:.1%}", str(one.silent), str(one.wrong),
         f"{one.share:.1%}"]
        for (name, part), one in found.items()
    ]  # fmt: skip


def bounds(found: dict[tuple[str, str], Count]) -> list[records.Bound]:
    """Return the bounds that stanch is held to, on what is at hand; what is held out is only reported."""
    one = found["stanch", PARTS[0]]
    return [
        records.Bound("planted credentials that are missed", 100 * (1 - one.recall), 100 - 100 * RECALL, "%"),
        records.Bound("reports beside them, for each look-alike", 100 * one.share, 100 * WRONG, "%"),
    ]


def main() -> int:
    """Render the samples with each seed, scan them with every tool that is there, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, metavar="DIR", default=records.CACHE / "peers")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    records.add_option(parser)
    options = parser.parse_args()
    records.CACHE.mkdir(parents=True, exist_ok=True)
    found = counts(options.peers.resolve(), options.seeds)
    text = f"{len(options.seeds)} trees, each with other values.\n\n{records.table(HEAD, rows(found))}"
    return records.finish("settings", text, bounds(found), recorded=options.record)


if __name__ == "__main__":
    sys.exit(main())
