"""Labelled lines as the judge sees them: units, their repositories, and the candidates that the engine makes of them.

The file of excerpts is no part of the repository: JSON Lines, gzipped, each with `id`, `path`, `text` and
`labels[] {line_start, line_end, label, category}`; T says that a line holds a credential.
"""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from stanch import scoring
from stanch.engine import Engine
from stanch.engine.regions import reading
from stanch.model import Candidate, Chunk, Origin
from stanch.rules import load
from stanch.scoring.measures import measure
from stanch.scoring.roles import roles

REPOSITORIES = 65
"""How many the excerpts come from. Which, the data does not say."""
LONGEST = 700
"""Most files of one repository."""


@dataclass(frozen=True)
class Unit:
    """Labelled lines of an excerpt: true if one of their labels is T."""

    excerpt: str
    repository: int
    first: int
    last: int
    true: bool
    category: str


@dataclass(frozen=True)
class Sample:
    """A candidate that the weights decide about, with the labelled units that it stands on."""

    row: dict[str, float]
    units: tuple[int, ...]
    place: tuple[str, int, int]
    repository: int
    true: bool
    text: str = field(repr=False)


class Labelled:
    """The labelled data, and what the engine makes of it with the rules and filters of now."""

    def __init__(self, data: Path) -> None:
        with gzip.open(data, "rt", encoding="utf-8") as lines:
            self.excerpts: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self._repositories = repositories([item["path"].strip("/") for item in self.excerpts], self._files())
        self.units: list[Unit] = []
        self._first: dict[str, int] = {}
        for item, repository in zip(self.excerpts, self._repositories, strict=True):
            self._first[item["id"]] = len(self.units)
            labels: dict[tuple[int, int], tuple[bool, str]] = {}
            for label in item["labels"]:
                where = label["line_start"], label["line_end"]
                true = labels.get(where, (False, ""))[0] or label["label"] == "T"
                labels[where] = true, label["category"].partition(":")[0]
            self.units += [Unit(item["id"], repository, *where, *said) for where, said in labels.items()]

    def _files(self) -> list[str]:
        return [item["id"].partition("-")[0] for item in self.excerpts]

    def on(self, excerpt: str, first: int, last: int) -> tuple[int, ...]:
        """Return the numbers of the units that lines of an excerpt touch."""
        found, number = [], self._first[excerpt]
        while number < len(self.units) and self.units[number].excerpt == excerpt:
            unit = self.units[number]
            if first <= unit.last and last >= unit.first:
                found.append(number)
            number += 1
        return tuple(found)

    @cached_property
    def _judged(self) -> tuple[list[Sample], set[tuple[str, int, int]]]:
        engine, samples, others = Engine(load(), "hyperscan", explain=True), [], set()
        for item, repository in zip(self.excerpts, self._repositories, strict=True):
            path, data = item["path"].lstrip("/"), item["text"].encode()
            chunk = Chunk(Origin("labelled", path), data)
            for found in engine._judge(data, 0, reading(chunk)):
                place = item["id"], *_lines(data, found.start, found.end)
                improbable = found.dropped and found.dropped.startswith("score")
                if found.dropped and not improbable:
                    continue
                if not scoring.is_weighed(found.rule):
                    where = scoring.placed(
                        found.score, path, quoted=found.candidate.quoted, secret=found.candidate.secret
                    )
                    if scoring.confidence(where) not in (None, scoring.Confidence.LOW):
                        others.add(place)
                    continue
                units = self.on(*place)
                true = any(self.units[unit].true for unit in units)
                row = _row(found.candidate, path)
                samples.append(Sample(row, units, place, repository, true, _text(item, place[1], found.rule.id)))
        return samples, others

    @property
    def samples(self) -> list[Sample]:
        """The candidates that no filter dropped and whose score the weights give."""
        return self._judged[0]

    @property
    def others(self) -> set[tuple[str, int, int]]:
        """Where a format that is its own proof is found, whatever the weights say."""
        return self._judged[1]


def _row(candidate: Candidate, path: str) -> dict[str, float]:
    found = roles(path, quoted=candidate.quoted, secret=candidate.secret)
    return {**measure(candidate), **found, "bias": 1.0}


def _lines(data: bytes, start: int, end: int) -> tuple[int, int]:
    return data.count(b"\n", 0, start) + 1, data.count(b"\n", 0, max(end - 1, start)) + 1


def _text(item: dict[str, Any], number: int, rule: str) -> str:
    return f"{rule} | {item['path'][-40:]} | {item['text'].split(chr(10))[number - 1].strip()[:140]}"


def repositories(paths: list[str], files: list[str]) -> list[int]:
    """Return a number of the repository for each excerpt, given its path and a name of its file.

    The files of one repository stand together. Where one ends and the next begins is found as the most likely cut of
    the list into REPOSITORIES parts, each with its own multinomial over top folders, second folders and suffixes (a
    Dirichlet prior, integrated out), by dynamic programming.
    """
    order = {file: number for number, file in enumerate(dict.fromkeys(files))}
    traits = [_traits(path) for path in dict(zip(files, paths, strict=True)).values()]
    cuts = _cuts(traits, min(REPOSITORIES, len(traits)))
    return [int(np.searchsorted(cuts, order[file], side="right")) - 1 for file in files]


def _traits(path: str) -> tuple[str, str, str]:
    parts = path.split("/")
    return parts[0] if parts[1:] else "-", "/".join(parts[:2]) if parts[2:] else "-", Path(path).suffix


def _cuts(traits: list[tuple[str, str, str]], parts: int) -> list[int]:
    """Return where each part begins."""
    total = len(traits)
    gain = np.full((total + 1, total + 1), -1e18)
    for start in range(total):
        for end, value in _likelihoods(traits, start):
            gain[start, end] = value
    best, back = np.full(total + 1, -1e18), []
    best[0] = 0.0
    for _ in range(parts):
        scores = best[:, None] + gain
        back.append(scores.argmax(0))
        best = scores.max(0)
    cuts, end = [], total
    for choices in reversed(back):
        end = int(choices[end])
        cuts.append(end)
    return cuts[::-1]


def _likelihoods(traits: list[tuple[str, str, str]], start: int, prior: float = 0.05) -> Iterator[tuple[int, float]]:
    """Yield the log-likelihood of the files from `start` as one repository, for each end."""
    kinds = [len({trait[kind] for trait in traits}) for kind in range(3)]
    counts: list[Counter[str]] = [Counter() for _ in kinds]
    total = 0.0
    for end in range(start, min(len(traits), start + LONGEST)):
        for kind, weight in enumerate((1.0, 0.5, 0.5)):
            seen = counts[kind][traits[end][kind]]
            total += weight * math.log((seen + prior) / (end - start + prior * kinds[kind]))
            counts[kind][traits[end][kind]] += 1
        yield end + 1, total
