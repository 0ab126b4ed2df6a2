"""What the whole engine makes of a text: which rules find something in it, how surely, and what it drops and why."""

from __future__ import annotations

from functools import cached_property

from stanch import scoring
from stanch.engine import Engine
from stanch.model import Batch, Chunk, Confidence, Detection, Fault, Location, Origin
from stanch.rules import Ruleset
from stanch.values import dataclass, field

NOTHING = "nothing is found"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One detection, judged in its file."""

    rule: str
    secret: bytes = field(repr=False)
    location: Location
    score: float
    confidence: Confidence | None
    """None when it is too low to be told of."""
    dropped: str | None

    def __str__(self) -> str:
        """Return it in words."""
        if self.dropped:
            return f"dropped as {self.rule}: {self.dropped}"
        return f"found as {self.rule}, {self.confidence or 'too improbable'}, {self.score:.2f}"

    def overlaps(self, other: Verdict) -> bool:
        """Do both stand in the same file, and partly at the same place?"""
        one, two = self.location, other.location
        same = (one.target, one.path, one.layers[:-1]) == (two.target, two.path, two.layers[:-1])
        return same and not (
            (one.end_line, one.end_column) < (two.line, two.column)
            or (two.end_line, two.end_column) < (one.line, one.column)
        )


class Judge:
    """Asks the engine with all rules of a ruleset, or with some."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset

    @cached_property
    def _engine(self) -> Engine:
        return Engine(self._ruleset, "aho-corasick", explain=True)  # nothing has to be compiled for it

    def verdicts(self, text: bytes, path: str) -> list[Verdict]:
        """Return what is found in a file of that name and content."""
        return self.scan(Chunk(Origin(path, path), text))

    def scan(self, content: Chunk | Batch) -> list[Verdict]:
        """Return what is found in some content, dropped or not. Raises TimeoutError for a rule that takes too long."""
        found = self._engine.scan(content) if isinstance(content, Chunk) else self._engine.scan_batch(content)
        for item in found:
            if isinstance(item, Fault):
                raise TimeoutError(item.detail)
        return [_verdict(item) for item in found if isinstance(item, Detection)]


def _verdict(found: Detection) -> Verdict:
    score = scoring.placed(found.score, found.location.path, quoted=found.quoted)
    confidence = None if found.dropped else scoring.confidence(score)
    return Verdict(found.rule, found.secret, found.location, score, confidence, found.dropped)
