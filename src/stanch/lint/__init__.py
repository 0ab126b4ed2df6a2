"""Checks rules for what their keys' types cannot say, by trying them out."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from pathlib import Path

from stanch import rules
from stanch.errors import RuleError
from stanch.examples import example, seeded
from stanch.lint import groups, keys, shadows, trials
from stanch.lint.backtracking import LIMIT, SIZE, is_slow
from stanch.lint.verdicts import Judge
from stanch.rules import Rule, Ruleset
from stanch.values import dataclass

EXAMPLES = 6
"""How many examples of a rule are tried at most: short ones, long ones, and between."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Packs that were read as far as they can be."""

    ruleset: Ruleset
    """The rules without a fault in their keys."""
    origins: dict[str, str]
    """The pack of each of them."""
    faults: tuple[tuple[str, str], ...]
    """What is wrong with the others: the pack, and a line that says it."""


def survey(extra: Iterable[Path] = ()) -> Survey:
    """Read the packs that come with stanch and those of `extra` files or folders, past everything wrong in them."""
    named = [*map(str, rules.packs()), *(file for path in extra for file in rules.files(str(path)))]
    packs = {os.path.realpath(path): path for path in reversed(named)}
    texts, faults = [], list[tuple[str, str]]()
    found, origins = dict[str, Rule](), dict[str, str]()
    for path in reversed(packs.values()):
        try:
            texts.append(rules.read(path))
            tables = rules.tables(texts[-1], path)
        except RuleError as error:
            faults.append((path, str(error)))
            continue
        for number, table in enumerate(tables, 1):
            id = table.get("id") or f"rule {number}"
            wrong = list(rules.faults(table))
            if id in origins:
                wrong.append(f"another rule, in {origins[id]}, has this id; choose another one")
            faults += [(path, f"{path}: {id}: {fault}") for fault in wrong]
            if not wrong:
                found[id], origins[id] = rules.made(table), path
    state = rules.digest(*texts, *(fault for _, fault in faults))  # without faults, the one that `load` gives them
    return Survey(Ruleset(found.values(), state), origins, tuple(faults))


class Linter:
    """Checks rules one by one, each among all others of its ruleset."""

    def __init__(self, ruleset: Ruleset, proven: Collection[str] = ()) -> None:
        """`proven` are the ids of rules that are known to be usable: to find that out takes time."""
        self._ruleset = ruleset
        self._proven = proven
        self._broken: dict[str, list[str]] = {}

    @cached_property
    def _judge(self) -> Judge:
        """The engine takes no rule that cannot be used."""
        suspects = [rule for id, rule in self._ruleset.by_id.items() if id not in self._proven]
        return Judge(self._ruleset.select(disabled=[rule.id for rule in suspects if self._faults(rule)]))

    def _faults(self, rule: Rule) -> list[str]:
        """Return why a rule cannot be used."""
        if rule.id not in self._broken:
            self._broken[rule.id] = list(trials.broken(rule)) or list(groups.problems(rule))
        return self._broken[rule.id]

    def problems(self, rule: Rule) -> Iterator[str]:
        """Yield what is wrong with a rule, each as one line that begins with its id and says what to do."""
        for problem in self._problems(rule):
            yield f"{rule.id}: {problem}"

    def _problems(self, rule: Rule) -> Iterator[str]:
        yield from keys.problems(rule, self._ruleset.by_id)
        yield from self._faults(rule)
        if self._faults(rule):
            return
        try:
            examples = [example(rule, seeded(f"{rule.id} {n}"), n % 3 / 2) for n in range(EXAMPLES)]
        except ValueError:
            yield "no example of it can be made: its expression, min_entropy and checksum contradict each other"
            return
        yield from trials.problems(rule, [text for text, _ in examples])
        if is_slow(rule, examples[0][0]):
            yield f"its expression takes over {LIMIT * 1000:.0f} ms for {SIZE} misleading bytes; let no repeats overlap"
        yield from shadows.problems(rule, examples, self._judge)
