"""Fits the weights of `scoring` on labelled lines and writes them to src/stanch/scoring/weights.toml.

    python bench/fit_weights.py LABELLED.jsonl.gz [--l2 3.0] [--dry] [--worst 20]

A sample is what the engine, with the readers, rules and filters of now, gives to the weights to decide. Logistic
regression, regularised, by Newton's method. No text of a labelled line gets into the repository: only the weights do.
docs/scoring.md says how to use it.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labelled import Labelled, Sample
from stanch import scoring

WEIGHTS = Path(scoring.__file__).with_name("weights.toml")
UNLABELLED = 0.3
"""Weight of a line that nobody labelled, taken as no credential."""
L2 = 3.0
FOLDS = 8
"""Into so many groups of whole repositories the samples are cut; each is judged by weights fitted on the others."""
MEDIUM = scoring.CUTS[scoring.Confidence.MEDIUM]

AT_MOST = {
    "path:test": -0.1,
    "path:example": -0.1,
    "path:generated": 0.0,
    "path:translation": -1.0,
    "path:bare-in-code": -0.5,
    "path:variable-in-code": -6.0,
}
"""A file's role lowers a score, even where the labelled repositories keep most of their credentials in tests."""
AT_LEAST = {"path:generated": -2.7, "path:translation": -2.7, "path:test": -1.0, "path:example": -1.0}
"""And it drops nothing that is sure: a token in a format of its own stays at medium or above."""
GIVEN = {"sure": 2.5}
"""What no labelled line tells: the fifth field of `.pgpass` is a password."""


@dataclass(frozen=True)
class Problem:
    """The samples as a regression."""

    names: list[str]
    rows: np.ndarray
    true: np.ndarray
    weights: np.ndarray

    def only(self, chosen: np.ndarray) -> Problem:
        """Return the part of the samples that `chosen` marks."""
        return Problem(self.names, self.rows[chosen], self.true[chosen], self.weights[chosen])


def problem(samples: list[Sample]) -> Problem:
    """Return the regression that the samples pose."""
    names = sorted(samples[0].row)
    rows = np.array([[sample.row[name] for name in names] for sample in samples])
    weights = np.array([1.0 if sample.units else UNLABELLED for sample in samples])
    return Problem(names, rows, np.array([float(sample.true) for sample in samples]), weights)


def fit(posed: Problem, l2: float = L2) -> np.ndarray:
    """Return the coefficients; those of AT_MOST, AT_LEAST and GIVEN stand at their bound where they would pass it."""
    most = np.array([AT_MOST.get(name, np.inf) for name in posed.names])
    least = np.array([AT_LEAST.get(name, -np.inf) for name in posed.names])
    held = np.array([name in GIVEN for name in posed.names])
    beta = np.array([GIVEN.get(name, 0.0) for name in posed.names])
    while True:
        free = ~held
        beta[free] = _regress(posed, free, posed.rows[:, held] @ beta[held], l2)
        passing = free & ((beta > most) | (beta < least))  # what is held lets another one move
        if not passing.any():
            return beta
        held |= passing
        beta = np.where(passing, np.clip(beta, least, most), beta)


def _regress(posed: Problem, free: np.ndarray, offset: np.ndarray, l2: float) -> np.ndarray:
    """Return the coefficients of the columns `free`, by Newton's method. The bias is not regularised."""
    rows = posed.rows[:, free]
    penalty = np.array([1e-3 if name == "bias" else l2 for name in np.array(posed.names)[free]])
    beta = np.zeros(rows.shape[1])
    for _ in range(40):
        p = 1 / (1 + np.exp(-rows @ beta - offset))
        gradient = rows.T @ (posed.weights * (posed.true - p)) - penalty * beta
        hessian = (rows.T * (posed.weights * p * (1 - p))) @ rows + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        beta = beta + step
        if np.abs(step).max() < 1e-6:
            break
    return beta


def probabilities(posed: Problem, beta: np.ndarray) -> np.ndarray:
    """Return the score of each sample."""
    return 1 / (1 + np.exp(-np.clip(posed.rows @ beta, -30, 30)))


def held_out(posed: Problem, samples: list[Sample], l2: float = L2, seed: int = 0) -> np.ndarray:
    """Return the score that each sample gets from weights fitted without any line of its group of repositories."""
    known = sorted({sample.repository for sample in samples})
    order = np.random.RandomState(seed).permutation(len(known))
    group = {known[place]: number % FOLDS for number, place in enumerate(order)}
    folds = np.array([group[sample.repository] for sample in samples])
    scores = np.zeros(len(samples))
    for fold in range(FOLDS):
        out = folds == fold
        scores[out] = probabilities(posed.only(out), fit(posed.only(~out), l2))
    return scores


@dataclass(frozen=True)
class Accuracy:
    """How right claims are, by the labelled units."""

    precision: float
    recall: float
    strict: float
    """Precision where a claim on a line that nobody labelled is wrong."""
    by_repository: float
    """Recall averaged over the repositories that hold a credential."""

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)

    def __str__(self) -> str:
        return (
            f"F1 {self.f1:.3f} P {self.precision:.3f} R {self.recall:.3f} strict {self.strict:.3f}"
            f" recall by repository {self.by_repository:.3f}"
        )


def accuracy(data: Labelled, claims: set[tuple[str, int, int]]) -> Accuracy:
    """Return how right it is to claim these lines of excerpts."""
    hit: set[int] = set()
    stray = set()
    for place in claims:
        units = data.on(*place)
        hit.update(units)
        if not units:
            stray.add(place)
    true = {number for number, unit in enumerate(data.units) if unit.true}
    right = len(hit & true)
    shares: dict[int, list[bool]] = {}
    for number in true:
        shares.setdefault(data.units[number].repository, []).append(number in hit)
    by_repository = sum(sum(found) / len(found) for found in shares.values()) / len(shares)
    return Accuracy(right / max(1, len(hit)), right / len(true), right / max(1, len(hit) + len(stray)), by_repository)


def claimed(data: Labelled, scores: np.ndarray, least: float = MEDIUM) -> set[tuple[str, int, int]]:
    """Return the lines that are claimed when the samples have these scores."""
    chosen = {sample.place for sample, score in zip(data.samples, scores, strict=True) if score >= least}
    return chosen | data.others


def write(named: dict[str, float]) -> None:
    """Write the weights."""
    value = {name: weight for name, weight in named.items() if not name.startswith("path:")}
    path = {name.removeprefix("path:"): weight for name, weight in named.items() if name.startswith("path:")}
    lines = ["# Fitted by bench/fit_weights.py; do not edit by hand. docs/scoring.md says what each is.", "[value]"]
    lines += [f"{name} = {weight:.2f}" for name, weight in sorted(value.items())]
    lines += ["", "[path]", *(f"{name} = {weight:.2f}" for name, weight in sorted(path.items()))]
    WEIGHTS.write_text("\n".join(lines) + "\n")


def main() -> None:
    """Fit, and print how the fit does: on the lines that it was made from, and on repositories that it never saw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--l2", type=float, default=L2)
    parser.add_argument("--dry", action="store_true", help="write nothing")
    parser.add_argument("--worst", type=int, default=0, help="print so many of the most surprising lines")
    args = parser.parse_args()
    data = Labelled(args.data)
    samples, posed = data.samples, problem(data.samples)
    beta = fit(posed, args.l2)
    if not args.dry:
        write(dict(zip(posed.names, beta, strict=True)))
    print(f"{len(samples)} samples, {int(posed.true.sum())} credentials, {len(posed.names)} weights")
    for name, weight in sorted(zip(posed.names, beta, strict=True), key=lambda pair: -abs(pair[1])):
        print(f"{name:24} {weight:7.2f}")
    here, elsewhere = probabilities(posed, beta), held_out(posed, samples, args.l2)
    print("perfect judge       ", accuracy(data, claimed(data, posed.true)))
    for least in (0.4, MEDIUM, 0.6, scoring.CUTS[scoring.Confidence.HIGH]):
        print(f"fitted,   >= {least:<7}", accuracy(data, claimed(data, here, least)))
        print(f"held out, >= {least:<7}", accuracy(data, claimed(data, elsewhere, least)))
    for title, order in (
        ("missed", np.argsort(elsewhere + 2 * (1 - posed.true))),
        ("wrong", np.argsort(-elsewhere + 2 * posed.true)),
    ):
        for index in order[: args.worst]:
            print(f"{title} {elsewhere[index]:.2f} {samples[index].text}")


if __name__ == "__main__":
    sys.exit(main())
