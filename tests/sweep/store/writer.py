"""A sweeper that a test kills: it goes on with its run wherever that stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from stanch.sweep import store
from sweep.store.samples import listed, swept

NAMES = tuple(f"github.com/acme/r{number:02}" for number in range(12))


def main(url: str, sweeps: int, tell: Callable[[], object] = lambda: None) -> None:
    """Run so many sweeps of repositories that share secrets, of which every second one loses them again.

    Calls `tell` before each step.
    """
    number = 0

    def clock() -> datetime:  # each run has a minute of its own, however fast they are
        return datetime(2026, 1, 1, 0, number, tzinfo=UTC)

    with store.open(url, now=clock) as kept:
        with kept.database.reading() as connection:
            ended = connection.exec_driver_sql("SELECT count(*) FROM runs WHERE ended IS NOT NULL").scalar_one()
        for number in range(ended, sweeps):
            setting = f"sweep {number}"
            run = kept.unfinished(setting, ["github:acme"])
            if run is None:
                run = kept.begin(setting, ["github:acme"])
            if not run.listed:
                run.list(listed(*NAMES))
            tell()
            for one in run.pending():
                tell()
                index = NAMES.index(one.name)
                gone = number % 2 and index % 2
                run.record(swept(one.name, *(() if gone else (index % 4, 4 + index)), paths=["a", "b"]))
            tell()
            run.finish()
