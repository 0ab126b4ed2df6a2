"""What was not allowed, each told with the least that would allow it; the eleventh of a kind is only counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from stanch.model import Fault, Origin, Shard
from stanch.values import dataclass

NAMED = 10
"""How many refusals of an action are told one by one."""
DENIED = "denied"


def allow(action: str, resources: Sequence[str]) -> str:
    """Return words that say what is not allowed, with the statement of an IAM policy that allows it."""
    resource = resources[0] if len(resources) == 1 else list(resources)
    statement = json.dumps({"Effect": "Allow", "Action": action, "Resource": resource})
    return f"{action} is not allowed; allow {statement}"


class Refusals:
    """Those of one scan."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def count(self, action: str) -> bool:
        """Count a refusal of an action; return False when so many were told already that this one is not."""
        self._counts[action] += 1
        return self._counts[action] <= NAMED

    def rest(self) -> Iterator[tuple[str, int]]:
        """Yield each action of which refusals were not told, and how many."""
        yield from ((action, number - NAMED) for action, number in self._counts.items() if number > NAMED)


@dataclass(frozen=True, slots=True)
class Rest:
    """The shard at the end of a source: it tells how many refusals were not told."""

    target: str
    refusals: Refusals
    weight: int = 0
    local = True

    def chunks(self) -> Iterator[Fault]:
        """Yield a fault for each action."""
        for action, number in self.refusals.rest():
            yield Fault(self.target, DENIED, f"{action} is not allowed: and for {number:,} more")

    def origins(self) -> tuple[Origin, ...]:
        """Return the one place."""
        return (Origin(self.target),)

    def split(self) -> tuple[Shard, ...]:
        """Return nothing: it is one item."""
        return ()
