"""Every rule in every host syntax: its credential is found there, whole, by its own rule; its near misses are not."""

from __future__ import annotations

from collections import defaultdict

import pytest

from catalogue import DOCUMENT, MARK, report
from proofs import OWN, cases, loud
from strategies import ruleset

LEAST = 0.99
"""The share of pairs of a rule and a syntax that is found at least; what is missing is told when it falls below."""
LEAST_OF_A_SYNTAX = 0.97


@pytest.mark.slow
def test_found_in_every_syntax() -> None:
    """A rule's credential is found with its exact span, surely enough, in next to every syntax."""
    tried = cases(ruleset())
    wrong = sorted(f"{case.rule.id}: {case.path}: {case.fate}" for case in tried if case.fate != OWN)
    assert len(tried) > 25 * (len(ruleset()) - 50)
    assert len(wrong) <= (1 - LEAST) * len(tried), "\n".join(wrong)


@pytest.mark.slow
def test_no_syntax_is_worse() -> None:
    """There is no syntax that is hardly read."""
    fates = defaultdict(list)
    for case in cases(ruleset()):
        fates[case.path].append(case.fate == OWN)
    assert len(fates) >= 20
    assert [path for path, own in fates.items() if sum(own) < LEAST_OF_A_SYNTAX * len(own)] == []


@pytest.mark.slow
def test_every_rule_is_found_in_many_syntaxes() -> None:
    """No rule is beaten by another one, or dropped, nearly everywhere; an id beside a name of secrets may lose some."""
    fates = defaultdict(list)
    for case in cases(ruleset()):
        fates[case.rule.id].append(case.fate)
    assert {id: of for id, of in fates.items() if 4 * of.count(OWN) < len(of)} == {}


@pytest.mark.slow
def test_near_misses_are_silent() -> None:
    """What nearly is a rule's credential is not found as one, at medium or above, quoted or bare."""
    assert [f"{rule.id}: {what}: {verdict}" for rule, what, verdict in loud(ruleset())] == []


@pytest.mark.slow
def test_the_report_is_up_to_date() -> None:
    """docs/rules.md says what is found in which syntax now, and what is not. (Here, where it has been tried.)"""
    _, mark, written = DOCUMENT.read_text("utf-8").partition(MARK)
    assert mark + written == report(cases(ruleset())), "docs/rules.md is not up to date: make catalogue"
