"""What tests of listings ask with: no token but those of a test, no real waiting, and all that was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stanch.model import Fault
from stanch.sweep import targets
from stanch.sweep.model import Listed
from stanch.sweep.targets import Listing
from sweep.forge import Forge


@dataclass
class Asking:
    """Lists targets, and remembers what it was told meanwhile."""

    ca_bundle: Path
    waits: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    passed: list[tuple[str, str]] = field(default_factory=list)

    def listing(self, **changes: Any) -> Listing:
        """Return what is asked, with these changes."""
        own = {
            "ca_bundle": self.ca_bundle, "said": self.said.append, "sleep": self.waits.append,
            "passed": lambda name, why: self.passed.append((name, why)),
        }  # fmt: skip
        return Listing(**(own | changes))

    def targets(self, *texts: str, **changes: Any) -> list[Listed | Fault]:
        """Return what some targets list."""
        return list(targets.together([targets.parse(text) for text in texts], self.listing(**changes)))

    def forge(self, forge: Forge, owner: str = "acme", **changes: Any) -> list[Listed | Fault]:
        """Return what an owner's repositories on a forge are listed as."""
        return self.targets(forge.target(owner), **({"api": {forge.kind: forge.api}} | changes))


def ends(entries: Sequence[Listed | Fault]) -> list[str]:
    """Return the last parts of the names of repositories, in their order."""
    return [entry.name.rpartition("/")[2] for entry in entries if isinstance(entry, Listed)]


def faults(entries: Sequence[Listed | Fault]) -> list[Fault]:
    """Return the faults."""
    return [entry for entry in entries if isinstance(entry, Fault)]
