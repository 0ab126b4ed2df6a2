"""Scoring: how probable it is that a candidate is a credential, as one number between 0 and 1.

A format that is its own proof starts from what its rule says it is worth; a value known by its name only goes
through a logistic model whose few weights were fitted on labelled lines (`weights.toml`, `bench/fit_weights.py`).
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

from stanch.cache import kept
from stanch.model import Candidate, Confidence
from stanch.rules import Rule
from stanch.scoring.checksums import CHECKS, CONFIRMED, WEAK
from stanch.scoring.measures import entropy, measure
from stanch.scoring.roles import roles
from stanch.scoring.wording import word_share

CUTS = {Confidence.HIGH: 0.85, Confidence.MEDIUM: 0.5, Confidence.LOW: 0.12}
"""Least score of each confidence; below the last one a candidate is dropped."""

_WEIGHTS = str(Path(__file__).with_name("weights.toml"))
_PRIOR = {Confidence.HIGH: 0.95, Confidence.MEDIUM: 0.75, Confidence.LOW: 0.35}
_KEYED_PRIOR = {Confidence.HIGH: 0.9, Confidence.MEDIUM: 0.7, Confidence.LOW: 0.4}
_PUBLIC = 0.3
_TEXT = 2.0
"""A generic rule that asks for less entropy takes any text: what the text says is judged, as a password's."""
_WORDY = 0.6
"""A token of which so much is words is a made-up one."""


def confidence(score: float) -> Confidence | None:
    """Return the confidence that `score` is cut to; None below low."""
    return next((level for level, least in CUTS.items() if score >= least), None)


def reason(rule: Rule, candidate: Candidate) -> str | None:
    """Return why `candidate` fails what its rule demands of a value, or None."""
    if rule.min_entropy and entropy(candidate.secret) < rule.min_entropy:
        return f"entropy under {rule.min_entropy:g} bits a character"
    if rule.checksum in CONFIRMED and CHECKS[rule.checksum](candidate.secret) is False:
        return "its checksum is wrong"
    return None


def is_weighed(rule: Rule) -> bool:
    """Is what a value of the rule's says all that tells: has somebody chosen it, or has it no format of its own?"""
    chosen = rule.is_token and 0 < rule.min_entropy <= 1.0
    return (rule.category == "generic" or chosen) and not (rule.checksum or rule.min_entropy > _TEXT)


def score(rule: Rule, candidate: Candidate) -> float:
    """Return the probability that `candidate` is a credential, wherever it stands."""
    if is_weighed(rule):
        return _sigmoid(_linear(measure(candidate)))
    prior = (_PRIOR if rule.is_token else _KEYED_PRIOR)[rule.confidence]
    if rule.checksum and CHECKS[rule.checksum](candidate.secret):
        prior = prior if rule.checksum in WEAK else max(prior, 0.99)
    elif word_share(candidate.secret) > _WORDY and b"\n" not in candidate.secret:
        prior *= 0.4
    return min(prior, _PUBLIC) if rule.public else prior


def placed(score: float, path: str | None, *, quoted: bool, secret: bytes = b"") -> float:
    """Return `score` in the light of the file that the candidate stands in; `path` is None outside files.

    In source code a `secret` without quotes is an expression: the name of a variable, where it could be one.
    """
    if path is None:
        return score
    weights = _weights()["path"]
    logit = math.log(max(score, 1e-9) / max(1 - score, 1e-9))
    found = roles(path, quoted=quoted, secret=secret)
    return _sigmoid(logit + sum(weights[role.removeprefix("path:")] for role, value in found.items() if value))


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


def _linear(values: dict[str, float]) -> float:
    weights = _weights()["value"]
    return weights["bias"] + sum(weights.get(name, 0.0) * value for name, value in values.items())


@cache
def _weights() -> dict[str, dict[str, float]]:
    weights: dict[str, dict[str, float]] = kept("weights", "", (_WEIGHTS, __file__), _read)
    return weights


def _read() -> dict[str, dict[str, float]]:
    import tomllib

    with open(_WEIGHTS, "rb") as file:
        return tomllib.load(file)
