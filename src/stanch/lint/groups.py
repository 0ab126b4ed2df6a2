"""Whether an expression's group takes part in every match, and holds something there."""

from __future__ import annotations

from collections.abc import Iterator
from re import _constants as op  # type: ignore[attr-defined]  # the parser has no public name
from typing import Any

from stanch.examples import expression
from stanch.examples.drawing import REPEATS, nodes, parsed
from stanch.rules import Rule

GROUP = "secret"


def problems(rule: Rule) -> Iterator[str]:
    """Yield why a match can leave nothing to report. The rule's expression must compile."""
    tree = parsed(expression(rule))
    number = tree.state.groupdict.get(GROUP)
    if number is None:
        return
    if not _certain(tree, number):
        yield f"its group {GROUP} can be missing from a match; let every alternative have it"
    elif any(body.getwidth()[0] == 0 for body in _bodies(tree, number)):
        yield f"its group {GROUP} can be empty; let it hold one character at least"


def _bodies(tree: Any, number: int) -> Iterator[Any]:
    yield from (argument[3] for kind, argument in nodes(tree) if kind is op.SUBPATTERN and argument[0] == number)


def _certain(tree: Any, number: int) -> bool:
    """Does every way through a parse tree go through the group of that number?"""
    return any(_goes_through(kind, argument, number) for kind, argument in tree)


def _goes_through(kind: Any, argument: Any, number: int) -> bool:
    if kind is op.SUBPATTERN:
        return bool(argument[0] == number) or _certain(argument[3], number)
    if kind in REPEATS:
        return argument[0] > 0 and _certain(argument[2], number)
    if kind is op.BRANCH:
        return all(_certain(branch, number) for branch in argument[1])
    if kind is op.GROUPREF_EXISTS:
        return all(branch is not None and _certain(branch, number) for branch in argument[1:])
    if kind is op.ASSERT:
        return _certain(argument[1], number)
    return kind is op.ATOMIC_GROUP and _certain(argument, number)
