"""Checks a rule for what its keys' types cannot say."""

from __future__ import annotations

from collections.abc import Iterator

from stanch.errors import RuleError
from stanch.prefilter.shapes import shapes
from stanch.rules import Rule, check_expressions
from stanch.scoring.checksums import CHECKS

SHORTEST_ANCHOR = 3
"""A shorter anchor stands everywhere."""


def problems(rule: Rule) -> Iterator[str]:
    """Yield what is wrong with a rule, each as one line that begins with its id."""
    try:
        check_expressions(rule, rule.id)
        if rule.pattern is not None:
            shapes(rule.pattern, rule.keywords)
    except RuleError as error:
        text = str(error)
        yield text if text.startswith(rule.id) else f"{rule.id}: {text}"
    for keyword in rule.keywords:
        if len(keyword) < SHORTEST_ANCHOR:
            yield f"{rule.id}: keyword {keyword!r} is shorter than {SHORTEST_ANCHOR} characters"
    if rule.checksum is not None and rule.checksum not in CHECKS:
        yield f"{rule.id}: no checksum is called {rule.checksum!r}; there are {', '.join(sorted(CHECKS))}"
    if not rule.references:
        yield f"{rule.id}: has no references"
