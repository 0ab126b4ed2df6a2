"""Measure how right a scan is on labelled lines, and how right it would be on repositories that the fit never saw.

    python bench/accuracy.py LABELLED.jsonl.gz [--record]

The excerpts are written out as files and scanned by the command line. A unit is one labelled range of lines, true if a
label on it says so; it is claimed when a finding of medium confidence or above stands on one of its lines.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np

import records
from fit_weights import FOLDS, Accuracy, accuracy, claimed, fit, held_out, probabilities, problem
from labelled import Labelled
from records import Bound
from stanch.scoring import CUTS, Confidence, confidence

Place = tuple[str, int, int]
LEVELS = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)
CATEGORIES = 12
"""How many of the labels' categories are told apart, the most frequent."""


def scan(data: Labelled, folder: Path, least: Confidence) -> dict[Place, Confidence]:
    """Return the confidence of the surest finding at each place of the excerpts, where it is `least` or more."""
    for excerpt in data.excerpts:
        path = folder / excerpt["id"] / excerpt["path"].lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(excerpt["text"], "utf-8")
    report = folder.parent / "report.json"
    command = [sys.executable, "-m", "stanch", "scan", folder, "--no-history", "--min-confidence", least]
    subprocess.run([*command, "-f", "json", "-o", report], check=False, stderr=subprocess.DEVNULL)
    found: dict[Place, Confidence] = {}
    for finding in json.loads(report.read_text("utf-8"))["findings"]:
        for at in (*finding["locations"], *(one["location"] for one in finding["companions"])):
            place = at["path"].partition(f"{folder.name}/")[2] or at["path"]
            key = place.partition("/")[0], at["line"], at["end_line"]
            found[key] = max(
                Confidence(finding["confidence"]), found.get(key, Confidence.LOW), key=lambda one: one.rank
            )
    return found


def overall(data: Labelled, found: dict[Place, Confidence]) -> tuple[Accuracy, list[list[str]]]:
    """Return the accuracy of the scan, and rows for the scan and for the fit, seen and unseen."""
    posed = problem(data.samples)
    rows = []
    scanned = accuracy(data, {place for place, level in found.items() if level is not Confidence.LOW})
    for what, result in (
        ("the scan", scanned),
        ("these weights fitted on all", accuracy(data, claimed(data, probabilities(posed, fit(posed))))),
        (
            f"fitted without a repository's group ({FOLDS} groups)",
            accuracy(data, claimed(data, held_out(posed, data.samples))),
        ),
        ("a judge who is always right", accuracy(data, claimed(data, posed.true))),
    ):
        figures = (result.f1, result.precision, result.recall, result.strict, result.by_repository)
        rows.append([what, *(f"{figure:.3f}" for figure in figures)])
    return scanned, rows


def by_category(data: Labelled, found: dict[Place, Confidence]) -> list[list[str]]:
    """Return a row for each frequent category: units true, found, and claimed though false."""
    hit = {unit for place, level in found.items() if level is not Confidence.LOW for unit in data.on(*place)}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for number, unit in enumerate(data.units):
        kind = "true" if unit.true else "false"
        counts[unit.category].update((kind, f"{kind} hit") if number in hit else (kind,))
    frequent = sorted(counts.items(), key=lambda item: -item[1]["true"])[:CATEGORIES]
    return [
        [category, *(str(count[kind]) for kind in ("true", "true hit", "false", "false hit"))]
        for category, count in frequent
    ]


def calibration(data: Labelled, found: dict[Place, Confidence]) -> list[list[str]]:
    """Return for each confidence how many findings stand on labelled lines, and which share is right: in the scan, and
    where the weights never saw the repository."""
    scores = held_out(problem(data.samples), data.samples)
    rows = []
    for level in LEVELS:
        here = [
            any(data.units[unit].true for unit in units)
            for place, one in found.items()
            if one is level and (units := data.on(*place))
        ]
        there = [
            sample.true
            for sample, score in zip(data.samples, scores, strict=True)
            if sample.units and confidence(score) is level
        ]
        rows.append([level.value, f"{CUTS[level]:g}", *_share(here), *_share(there)])
    return rows


def _share(right: list[Any]) -> tuple[str, str]:
    return str(len(right)), f"{np.mean(right):.0%}" if right else "-"


def main() -> int:
    """Measure, and say whether the bounds are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the labelled lines, which are no part of the repository")
    records.add_option(parser)
    args = parser.parse_args()
    data = Labelled(args.data)
    with tempfile.TemporaryDirectory() as folder:
        found = scan(data, Path(folder) / "excerpts", Confidence.LOW)
        told = scan(data, Path(folder) / "excerpts", Confidence.MEDIUM)
    scanned, rows = overall(data, told)
    text = "\n\n".join(
        (
            f"{len(data.excerpts)} excerpts, {len(data.units)} labelled units, "
            f"{sum(unit.true for unit in data.units)} of them true.",
            records.table(["", "F1", "precision", "recall", "strict precision", "recall by repository"], rows),
            records.table(["category", "true", "found", "false", "claimed"], by_category(data, told)),
            records.table(
                ["confidence", "score from", "findings", "right", "held out: candidates", "right"],
                calibration(data, found),
            ),
        )
    )
    bounds = [
        Bound("what F1 lacks", 1 - scanned.f1, 0.15, "of 1"),
        Bound("wrong among findings on labelled lines", 1 - scanned.precision, 0.10, "of 1"),
        Bound("wrong among findings, those on unlabelled lines too", 1 - scanned.strict, 0.20, "of 1"),
        Bound("true lines missed, averaged over repositories", 1 - scanned.by_repository, 0.30, "of 1"),
    ]
    return records.finish("accuracy", text, bounds, recorded=args.record)


if __name__ == "__main__":
    sys.exit(main())
