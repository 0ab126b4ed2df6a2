"""Kinds: which rules of stanch find what a rule of gitleaks does."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Kinds:
    """The ids of gitleaks' rules in terms of ours."""

    known: Container[str]
    """The ids of our rules."""
    own: Mapping[str, str] = field(default_factory=dict)
    """The ids of a configuration's own rules, and what they are called here."""

    def ours(self, theirs: str) -> frozenset[str]:
        """Return our rules for the same kind of credential; none when no rule is known to be the same."""
        same = {self.own[theirs]} if theirs in self.own else {theirs} if theirs in self.known else set()
        return frozenset({*_table().get(theirs, ()), *same})

    def may_be(self, theirs: str, ours: str) -> bool:
        """May a finding of our rule be what their rule found at the same place?

        Not when it is known to be of another kind: one line may hold two credentials.
        """
        wanted = self.ours(theirs)
        return not wanted or ours in wanted or (ours not in self.own.values() and ours not in _told_apart())


@cache
def _table() -> dict[str, list[str]]:
    import tomllib  # only now that something of gitleaks is read

    table = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text("utf-8"))
    return {**{name: [name] for name in table["same"]}, **table["others"]}


@cache
def _told_apart() -> frozenset[str]:
    """Return those of our rules whose kind gitleaks has a rule of its own for; not the ones by name alone."""
    named = _table()["generic-api-key"]
    return frozenset(rule for rules in _table().values() for rule in rules if rule not in named)
