"""Render the settings and sources of corpus/settings to a folder, and judge what a scanner reports of them by line.

python corpus/expected.py OUT_DIR [--seed N] writes the tree, and lists on standard output what must be found in it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from render import Label, render, templates
from stanch.rules import Ruleset, load

FOLDER = Path(__file__).parent / "settings"
HELD_OUT = "held-out/"
"""Where the samples stand that were written after the first run, in other authors' style: nothing is to be tuned on
them, so that they tell what the others no longer can."""
PARTS = ("at hand", "held out")

Lines = tuple[str, int, int]
"""A path, and the first and the last of some lines in it, from 1."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Lines of the tree, and what a scanner must say of them."""

    path: str
    first: int
    last: int
    kind: str
    """`secret`, `look-alike`, or `either`."""
    rule: str | None = None
    """The rule that the secret was drawn from; None for what has no format of its own."""

    def overlaps(self, lines: Lines) -> bool:
        """Do they have a line in common?"""
        return self.path == lines[0] and self.first <= lines[2] and lines[1] <= self.last


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a scan of the tree, or of a part of it."""

    planted: int
    missed: list[Expected]
    silent: int
    wrong: list[Lines]
    """What was reported on lines where nothing is planted, whether they are marked as look-alikes or not."""

    @property
    def recall(self) -> float:
        """The share of the planted credentials that was reported."""
        return 1 - len(self.missed) / self.planted

    @property
    def wrongly(self) -> float:
        """Reports on lines without a credential for each look-alike: 0 at best, and no bound upwards."""
        return len(self.wrong) / self.silent


def write(folder: Path, seed: int) -> list[Expected]:
    """Write the rendered tree into `folder` and return what is expected of each marked line, in order."""
    ruleset = load()
    expected = []
    for path, template in templates(FOLDER).items():
        data, labels = rendered(path, template, seed, ruleset)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
        expected += expectations(path, data, labels)
    return expected


def rendered(path: str, template: str, seed: int, ruleset: Ruleset) -> tuple[bytes, list[Label]]:
    """Return one file of the tree and its labels."""
    return render(template, Random(f"{seed} {path}"), ruleset)


def expectations(path: str, data: bytes, labels: Iterable[Label]) -> list[Expected]:
    """Return what is expected by line; neighbouring parts are one, and a look-alike beside a secret is left out."""
    found: list[Expected] = []
    previous: Label | None = None
    for label in labels:
        first, last = (data.count(b"\n", 0, at) + 1 for at in (label.start, label.end - 1))
        kind = "secret" if label.kind == "part" else label.kind
        if previous and previous.kind == label.kind == "part":
            first = found.pop().first
        found.append(Expected(path, first, last, kind, label.rule))
        previous = label
    loud = [(one.path, one.first, one.last) for one in found if one.kind != "look-alike"]
    lines: dict[Expected, None] = {}
    for one in found:
        if one.kind != "look-alike" or not any(one.overlaps(place) for place in loud):
            lines[one] = None  # two look-alikes on a line are one
    return list(lines)


def judged(expected: list[Expected], reported: Iterable[Lines], part: str = PARTS[0]) -> Judged:
    """Judge what was reported, as lines of the tree, of one of PARTS."""
    expected = [one for one in expected if belongs(one.path, part)]
    reported = sorted({lines for lines in reported if belongs(lines[0], part)})
    planted = [one for one in expected if one.kind == "secret"]
    loud = [one for one in expected if one.kind != "look-alike"]
    return Judged(
        planted=len(planted),
        missed=[one for one in planted if not any(one.overlaps(lines) for lines in reported)],
        silent=sum(one.kind == "look-alike" for one in expected),
        wrong=[lines for lines in reported if not any(one.overlaps(lines) for one in loud)],
    )


def reported(report: dict[str, Any]) -> list[Lines]:
    """Return the lines that a JSON report of stanch names: of every place of a finding, and of what completes it."""
    places = []
    for finding in report["findings"]:
        places += [*finding["locations"], *(companion["location"] for companion in finding["companions"])]
    return [(place["path"], place["line"], place["end_line"]) for place in places if place]


def belongs(path: str, part: str) -> bool:
    """Is a file of the tree in this one of PARTS?"""
    return path.startswith(HELD_OUT) == (part == PARTS[1])


def main(arguments: list[str] | None = None) -> int:
    """Write the tree and list the planted lines and the look-alikes, one a line."""
    options = argparse.ArgumentParser(description=main.__doc__)
    options.add_argument("out", type=Path, metavar="OUT_DIR")
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args(arguments)
    for one in write(chosen.out, chosen.seed):
        print(f"{one.path}:{one.first}-{one.last}\t{one.kind}\t{one.rule or ''}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
