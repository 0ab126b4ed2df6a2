"""A rule tried out: on its own examples in a few syntaxes, on what nearly is one, and on somebody's content."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from stanch.examples import example, name_words, near_misses, secret_span, seeded
from stanch.lint.verdicts import NOTHING, Judge, Verdict
from stanch.matcher.keyed import squash
from stanch.model import Batch, Chunk, Confidence
from stanch.readers import lines
from stanch.rules import Rule, Ruleset
from stanch.values import dataclass

SYNTAXES: dict[str, tuple[Callable[[str], str], bytes]] = {
    ".env": (str.upper, b"%s=%s\n"),
    "client.py": (str.upper, b'%s = "%s"\n'),
    "config.json": (str, b'{"%s": "%s"}\n'),
    "config.yaml": (str, b"%s: '%s'\n"),
    "deploy.sh": (str.upper, b"export %s='%s'\n"),
    "request.http": (lambda name: "X-" + name.replace("_", "-").title(), b"%s: %s\n"),
}
"""Files by name: how a name is written there, and how it is given a value."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An example, or a near miss, and what the engine made of it."""

    what: str
    text: bytes
    outcome: str
    expected: bool
    """Is that as it should be?"""


def attempts(rule: Rule, ruleset: Ruleset, seed: str) -> Iterator[Attempt]:
    """Yield examples of a rule in some syntaxes, then its near misses. Raises ValueError when there are none."""
    judge = Judge(ruleset)
    for path, (style, template) in SYNTAXES.items():
        random = seeded(f"{seed} {path}")
        text, _ = example(rule, random)
        start, end = secret_span(rule, text) or (0, len(text))
        name = style("_".join(name_words(rule, random))).encode()
        before, secret, after = (part.replace(b"\n", b"\\n") for part in (text[:start], text[start:end], text[end:]))
        line = template % (name, before + secret + after)
        place = line.index(before + secret + after, len(name)) + len(before)
        yield _found(rule, path, line, (place + 1, place + len(secret)), judge.verdicts(line, path))
    for what, text in near_misses(rule, seeded(seed)).items():
        name = "_".join(name_words(rule, seeded(seed))).encode()
        line = name + b' = "' + text + b'"\n'
        yield _silent(rule, what, line, judge.verdicts(line, "client.py"))


def _found(rule: Rule, path: str, line: bytes, columns: tuple[int, int], verdicts: list[Verdict]) -> Attempt:
    """Return whether an example is found whole, and as surely as it should be: an identifier may be low."""
    own = next((verdict for verdict in verdicts if verdict.rule == rule.id and not verdict.dropped), None)
    if own is None:
        return Attempt(path, line, "; ".join(map(str, verdicts)) or NOTHING, expected=False)
    where = own.location.column, own.location.end_column
    outcome = f"{own.confidence or 'too improbable'} {own.score:.2f}, columns {where[0]}-{where[1]}"
    if where != columns:
        return Attempt(path, line, f"{outcome}, not {columns[0]}-{columns[1]}", expected=False)
    least = Confidence.LOW if rule.public or rule.confidence is Confidence.LOW else Confidence.MEDIUM
    return Attempt(path, line, outcome, own.confidence is not None and own.confidence.rank >= least.rank)


def _silent(rule: Rule, what: str, line: bytes, verdicts: list[Verdict]) -> Attempt:
    """Return whether a near miss is not found by its rule at medium, as it should not be."""
    own = next((verdict for verdict in verdicts if verdict.rule == rule.id), None)
    if own is None:
        return Attempt(what, line, "not found by this rule", expected=True)
    silent = own.confidence is None or own.confidence is Confidence.LOW
    return Attempt(what, line, str(own), silent)


@dataclass(frozen=True, slots=True)
class Match:
    """A place where a rule's expression matches, and what became of it among all rules."""

    own: Verdict
    beaten: str | None
    """Why another rule's finding, or nothing, is told there instead; None when this one is."""

    @property
    def reported(self) -> bool:
        """Is it told of, at least with low confidence?"""
        return self.beaten is None and self.own.confidence is not None


def matches(rule: Rule, ruleset: Ruleset, contents: Iterable[Chunk | Batch]) -> Iterator[Match | str]:
    """Yield where a rule matches in some contents, and lines where only a part of it stands, in words."""
    everyone, alone = Judge(ruleset), Judge(ruleset.select(only=(rule.id,)))
    for content in contents:
        found = alone.scan(content)
        others = everyone.scan(content) if found else []
        yield from (_match(own, others) for own in found)
        if not found and isinstance(content, Chunk):
            yield from nearly(rule, content)


def _match(own: Verdict, verdicts: list[Verdict]) -> Match:
    """Return what all rules together make of a place that one rule alone finds something at.

    Where that rule wins, the verdict is theirs, as in a scan: other rules may make it more or less sure.
    """
    if own.dropped:
        return Match(own, own.dropped)
    there = [verdict for verdict in verdicts if verdict.overlaps(own)]
    won = next((verdict for verdict in there if verdict.rule == own.rule and not verdict.dropped), None)
    if won:
        return Match(won, None)
    return Match(own, "; ".join(map(str, there)) or "left out beside another finding")


def nearly(rule: Rule, content: Chunk) -> Iterator[str]:
    """Yield the lines that hold a keyword of a rule, or a name with its context, where the rule does not match."""
    words = [word.lower().encode() for word in rule.keywords]
    for number, line in enumerate(content.data.splitlines(), content.line):
        where = f"{content.origin.name}:{number}"
        lower = line.lower()
        for word in words:
            if word in lower:
                yield f"{where}: holds {word.decode()!r}, but the pattern does not match there"
        named = [squash(pair.name) for pair in lines.read(line)] if rule.context else []
        if any(word in name for name in named for word in rule.context):
            yield f"{where}: a name fits, but the value does not match"
