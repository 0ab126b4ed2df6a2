"""Whether a rule's expression does what its keys promise: proved by what can be derived and drawn from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import regex

from stanch.errors import RuleError
from stanch.examples import drawn, expression, seeded
from stanch.examples.drawing import Middling
from stanch.prefilter import shapes
from stanch.regexes import compiled
from stanch.rules import Rule, check_expressions
from stanch.scoring.checksums import CHECKS
from stanch.scoring.measures import entropy

DRAWS = 50
"""How many values are drawn to see how random they are; that two of them fall under a bound of one in a thousand is
one in a thousand too."""


def broken(rule: Rule) -> Iterator[str]:
    """Yield why a rule cannot be used: `re`, `regex` or hyperscan refuse its expression, or there is no such check."""
    if rule.checksum is not None and rule.checksum not in CHECKS:
        yield f"no checksum is called {rule.checksum!r}; there are {', '.join(sorted(CHECKS))}"
    try:
        check_expressions(rule, "")
        compiled(expression(rule))
        if rule.pattern is not None:
            _taken(shapes.shapes(rule.pattern, rule.keywords))
    except (RuleError, regex.error) as error:
        yield str(error).removeprefix(": ")


def _taken(found: Sequence[shapes.Shape]) -> None:
    """Raise RuleError when hyperscan, where there is one, does not take some shapes."""
    try:
        import hyperscan
    except ImportError:
        return
    database: Any = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[shapes.expression(shape).encode() for shape in found],
            ids=list(range(len(found))),
            elements=len(found),
            flags=[hyperscan.HS_FLAG_CASELESS if shape.caseless else 0 for shape in found],
        )
    except hyperscan.error as error:
        raise RuleError(f"hyperscan does not take what its pattern begins with: {error}") from error


def problems(rule: Rule, texts: Sequence[bytes]) -> Iterator[str]:
    """Yield what is wrong with the keys beside an expression that can be used; `texts` are examples of the rule."""
    for text in texts if rule.is_token else ():
        if not any(word.lower().encode() in text.lower() for word in rule.keywords):
            yield "its pattern matches what holds none of its keywords"
            break
    kept = rule.keywords
    for word in sorted(rule.keywords, key=len, reverse=True):
        others = tuple(other for other in kept if other != word)
        if others and _certain(rule, others):
            yield f"keyword {word!r} is not needed: one of the others stands in every match; leave it out"
            kept = others
    yield from _entropy(rule)


def _entropy(rule: Rule) -> Iterator[str]:
    """Yield why `min_entropy` drops more than words and repetitions: random values of middling length lie under it."""
    drawings = (drawn(rule, Middling(seeded(f"{rule.id} {number}")), 1.0) for number in range(DRAWS))
    measured = [entropy(found[1]) for found in drawings if found] if rule.min_entropy else []
    low = sorted(bits for bits in measured if bits < rule.min_entropy)
    if len(low) > 1:
        yield f"min_entropy {rule.min_entropy:g} drops {len(low)} of {len(measured)} random values, to {low[0]:.2f}"


def _certain(rule: Rule, keywords: tuple[str, ...]) -> bool:
    """Does at least one of these stand in every match?"""
    try:
        return bool(shapes.shapes(rule.pattern or "", keywords))
    except RuleError:
        return False
