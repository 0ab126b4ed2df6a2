"""Fits the weights of `scoring` on labelled lines and writes them to src/stanch/scoring/weights.toml.

    python bench/fit_weights.py LABELLED.jsonl.gz [--report] [--l2 1.0]

A sample is an assignment that a generic rule matched and no filter dropped, on a labelled line. Logistic regression,
regularised, by Newton's method. No text of a labelled line gets into the repository: only the weights do.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from stanch import filters, scoring
from stanch.decode import printable_base64
from stanch.matcher.keyed import KeyedMatcher
from stanch.model import Candidate
from stanch.readers.lines import read
from stanch.rules import load
from stanch.scoring.measures import measure

WEIGHTS = Path(scoring.__file__).with_name("weights.toml")
UNLABELLED = 0.3
"""Weight of a line that nobody labelled, taken as no credential."""


def samples(data: Path) -> Iterator[tuple[dict[str, float], float, float, str]]:
    """Yield measures, label (1: a credential), weight and text of each candidate on the excerpts' lines."""
    matcher = KeyedMatcher(load())
    with gzip.open(data, "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            labels: dict[int, list[str]] = {}
            for label in record["labels"]:
                for number in range(label["line_start"], label["line_end"] + 1):
                    labels.setdefault(number, []).append(label["label"])
            for number, text in enumerate(record["text"].split("\n"), 1):
                line = text.encode()
                for candidate in candidates(matcher, line):
                    said = labels.get(number)
                    row = {**measure(candidate), **roles(record["path"], candidate), "bias": 1.0}
                    yield (
                        row,
                        float("T" in said) if said else 0.0,
                        1.0 if said else UNLABELLED,
                        f"{record['path'][-40:]} | {text.strip()[:110]}",
                    )


def candidates(matcher: KeyedMatcher, line: bytes) -> Iterator[Candidate]:
    """Yield what the generic rules make of a line."""
    for assignment in read(line):
        value = printable_base64(assignment.value) or assignment.value
        for match in matcher.match(assignment.name, value, line)[:1]:
            rule, start, end = match.rule, match.start, match.end
            if rule.category != "generic" or (assignment.dynamic and value[start:end] == value):
                continue
            found = Candidate(rule.id, start, end, value[start:end], assignment.name, value, assignment.quoted)
            if not (filters.reason(found, formatted=False) or scoring.reason(rule, found)):
                yield found


def roles(path: str, candidate: Candidate) -> dict[str, float]:
    """Return the measures of the file that a candidate stands in."""
    found = {f"path:{role}": float(bool(pattern.search(path))) for role, pattern in scoring._ROLES.items()}
    bare = not candidate.quoted and bool(scoring._CODE.search(path))
    variable = bare and bool(scoring.VARIABLE.fullmatch(candidate.secret))
    return {**found, "path:bare-in-code": float(bare), "path:variable-in-code": float(variable)}


def fit(
    rows: np.ndarray, labels: np.ndarray, weights: np.ndarray, l2: float, offset: float | np.ndarray = 0.0
) -> np.ndarray:
    """Return the coefficients of a weighted logistic regression, by Newton's method."""
    beta = np.zeros(rows.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-rows @ beta - offset))
        gradient = rows.T @ (weights * (labels - p)) - l2 * beta
        hessian = (rows.T * (weights * p * (1 - p))) @ rows + l2 * np.eye(len(beta))
        beta = beta + np.linalg.solve(hessian, gradient)
    return beta


AT_MOST = {
    "path:test": -0.3,
    "path:example": -0.3,
    "path:generated": 0.0,
    "path:bare-in-code": -0.5,
    "path:variable-in-code": -6.0,
}
"""A file's role lowers a score, even where the labelled repositories keep most of their credentials in tests."""


def fit_bounded(names: list[str], rows: np.ndarray, labels: np.ndarray, weights: np.ndarray, l2: float) -> np.ndarray:
    """Return the coefficients when those of AT_MOST are held at their bound where they would pass it."""
    most = np.array([AT_MOST.get(name, np.inf) for name in names])
    held = np.zeros(len(names), dtype=bool)
    beta = fit(rows, labels, weights, l2)
    while (passing := ~held & (beta > most)).any():  # what is held lets another one rise
        held |= passing
        beta = np.where(held, most, 0.0)
        beta[~held] = fit(rows[:, ~held], labels, weights, l2, rows[:, held] @ most[held])
    return beta


def write(named: dict[str, float]) -> None:
    """Write the weights."""
    value = {name: weight for name, weight in named.items() if not name.startswith("path:")}
    path = {name.removeprefix("path:"): weight for name, weight in named.items() if name.startswith("path:")}
    lines = ["# Fitted by bench/fit_weights.py; do not edit by hand.", "[value]"]
    lines += [f"{name} = {weight:.2f}" for name, weight in sorted(value.items())]
    lines += ["", "[path]", *(f"{name} = {weight:.2f}" for name, weight in sorted(path.items()))]
    WEIGHTS.write_text("\n".join(lines) + "\n")


def main() -> None:
    """Fit, and print how the fit does on the lines that it was made from."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--l2", type=float, default=1.0)
    parser.add_argument("--worst", type=int, default=0, help="print so many of the most surprising lines")
    args = parser.parse_args()
    found = list(samples(args.data))
    names = sorted(found[0][0])
    rows = np.array([[row[name] for name in names] for row, *_ in found])
    labels, weights = np.array([s[1] for s in found]), np.array([s[2] for s in found])
    beta = fit_bounded(names, rows, labels, weights, args.l2)
    write(dict(zip(names, beta, strict=True)))
    p = 1 / (1 + np.exp(-rows @ beta))
    sys.stdout.write(f"{len(found)} samples, {int(labels.sum())} credentials\n")
    for name, weight in sorted(zip(names, beta, strict=True), key=lambda pair: -abs(pair[1])):
        sys.stdout.write(f"{name:22} {weight:7.2f}\n")
    for least in (0.3, 0.4, 0.5, 0.6, 0.7, 0.85):
        kept = p >= least
        true = (labels * kept).sum()
        precision, recall = true / max(1, (kept * weights).sum()), true / labels.sum()
        sys.stdout.write(f"score >= {least:4}: {int(true)} true, precision {precision:.3f}, recall {recall:.3f}\n")
    for title, order in (("missed", np.argsort(p + 2 * (1 - labels))), ("wrong", np.argsort(-p + 2 * labels))):
        for index in order[: args.worst]:
            sys.stdout.write(f"{title} {p[index]:.2f} {found[index][3]}\n")


if __name__ == "__main__":
    main()
