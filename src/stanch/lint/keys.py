"""What a rule's keys say that its types cannot rule out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stanch import names
from stanch.errors import meant
from stanch.examples import expression
from stanch.examples.drawing import is_plain
from stanch.matcher.keyed import squash
from stanch.model import Confidence
from stanch.regexes import compiled, lazy
from stanch.rules import Rule
from stanch.verify import declared
from stanch.verify.checks import CHECKS
from stanch.verify.templates import holes

SHORTEST = 3
"""A shorter anchor or context word stands everywhere."""
UNSURE = frozenset({"unsure: format from memory", "unsure: format auto-extracted"})
"""What may stand among the references beside addresses: nobody has seen the format in a source that can be named."""

_URL = lazy(r"https?://[^\s/@]+(?:/\S*)?")
_CREDENTIAL = frozenset(squash(word.encode()) for word in names.WORDS) | {
    "accesstoken", "apisecret", "apitoken", "authentication", "authorization", "authtoken", "clientsecret",
    "credential", "credentials", "keys", "passwd", "password", "privatetoken", "refreshtoken", "secretkey", "secrets",
    "tokens",
}  # fmt: skip
"""Names of any provider's credential, squashed as context words are."""


def problems(rule: Rule, known: Mapping[str, Rule]) -> Iterator[str]:
    """Yield what is wrong with the keys of a rule; `known` are all rules, for those that it names."""
    for keyword in rule.keywords:
        if len(keyword) < SHORTEST:
            yield f"keyword {keyword!r} is shorter than {SHORTEST} characters; take more of what surrounds it"
    if rule.category != "generic":
        yield from _context(rule)
    yield from _references(rule)
    yield from _pairing(rule, known)
    yield from _verification(rule, known)


def _context(rule: Rule) -> Iterator[str]:
    """Yield the words that stand in names of any provider's; a format of its own may stand beside some of these."""
    for word in rule.context:
        if len(word) < SHORTEST:
            yield f"context {word!r} is shorter than {SHORTEST} characters; name the provider or product more fully"
        elif word in _CREDENTIAL and is_plain(rule.value or ""):
            yield f"context {word!r} is in the name of any credential; name the provider or product beside it"


def _references(rule: Rule) -> Iterator[str]:
    addresses = [text for text in rule.references if _URL.fullmatch(text)]
    if not addresses and UNSURE.issuperset(rule.references):
        yield "has no references; give the address of the provider's documentation"
    for text in rule.references:
        if text not in addresses and text not in UNSURE:
            yield f"reference {text!r} is neither an address nor one of: {', '.join(sorted(UNSURE))}"
    if rule.confidence is Confidence.HIGH and not rule.checksum and not UNSURE.isdisjoint(rule.references):
        yield "nobody has seen its format, so its confidence must be medium or low"


def _pairing(rule: Rule, known: Mapping[str, Rule]) -> Iterator[str]:
    if rule.pairs_with is None:
        return
    other = known.get(rule.pairs_with)
    if other is None:
        yield f"pairs_with: no rule has the id {rule.pairs_with!r}"
    elif other is rule:
        yield "pairs_with names the rule itself; name the rule of the secret"
    elif other.pairs_with is not None:
        yield f"pairs_with: {other.id} has one too; keep it in the rule of the id alone, not in that of the secret"


def _verification(rule: Rule, known: Mapping[str, Rule]) -> Iterator[str]:
    """Yield what is wrong with how a rule is verified, and the values and the check in code that nobody has."""
    if rule.verify is None:
        return
    if wrong := list(declared.faults(rule.verify)):
        yield from wrong
        return
    check = declared.read(rule.verify, rule.provider)
    if check.by is not None and check.by not in CHECKS:
        yield f"verify.by: no check in code is called {check.by!r}{meant(check.by, (*CHECKS,))}"
    for live in check.live:
        if any(dead.status and not (dead.json or dead.has or dead.header or dead.text) and live.status
               and set(live.status) <= set(dead.status) for dead in check.dead):  # fmt: skip
            yield f"verify: what is live ({live}) is dead too, so neither is ever said; give dead another condition"
    groups = compiled(expression(rule)).groupindex
    for hole in dict.fromkeys(hole for text in (check.call.templates() if check.call else ()) for hole in holes(text)):
        if hole.name in ("secret", *groups):
            continue
        other = known.get(hole.name)
        if other is None:
            yield f"verify: {{{hole.name}}} is neither secret, nor a group of its expression, nor a rule's id"
        elif other.pairs_with != rule.id:
            yield f"verify: {{{hole.name}}} is never beside it: {other.id} has no pairs_with = {rule.id!r}"
