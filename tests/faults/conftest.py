"""What the tests of faults share."""

from __future__ import annotations

import pytest

from stanch.engine import Engine
from strategies import ruleset


@pytest.fixture(scope="session")
def compiled() -> None:
    """Have the rules compiled in the cache, which takes longer than the time limits of these tests."""
    Engine(ruleset().select((), ()), "hyperscan")  # as the command line chooses them when nothing is chosen
