"""Which prefilter a scan is worth, and its engine, made where the work is done."""

from __future__ import annotations

from stanch import pool
from stanch.engine import Engine
from stanch.errors import UsageError
from stanch.options import Options
from stanch.rules import Ruleset
from stanch.values import dataclass

SMALL = 2 << 20
"""Up to so many bytes Aho-Corasick is done before Hyperscan has loaded its database."""
UNCACHED = pool.WORTH
"""Up to so many bytes it is done before Hyperscan has compiled one."""


@dataclass
class Build:
    """Makes the engine; a worker that is spawned unpickles it and calls it again."""

    ruleset: Ruleset
    options: Options
    engines: dict[str, Engine]
    engine: str = ""
    """The prefilter that was chosen, once it was."""

    def __call__(self, weight: int) -> Engine:
        """Return the engine for so many bytes of work."""
        self.engine = self.engine or choose(self.options.engine, self.ruleset, weight)
        name, asked = self.engine, self.options
        if name not in self.engines:
            least, explain, all_told = asked.min_confidence, asked.explain, asked.ignore_allows
            self.engines[name] = Engine(self.ruleset, name, least=least, explain=explain, ignore_allows=all_told)
        return self.engines[name]

    def __getstate__(self) -> dict[str, object]:
        """A worker that is spawned makes its own engine."""
        return {**vars(self), "engines": {}}


def choose(option: str, ruleset: Ruleset, weight: int) -> str:
    """Return the prefilter for so many bytes of work: `option` itself unless it is `auto`.

    Raises UsageError when Hyperscan is asked for where it is not installed.
    """
    if option == "aho-corasick" or (option == "auto" and weight < SMALL):
        return "aho-corasick"
    try:
        from stanch.prefilter import hyperscan
    except ImportError as error:
        if option == "hyperscan":
            raise UsageError(f"--engine hyperscan: {error}; `pip install hyperscan`, or use aho-corasick") from error
        return "aho-corasick"
    if option == "auto" and weight < UNCACHED and not hyperscan.is_cached(ruleset):
        return "aho-corasick"
    return "hyperscan"
