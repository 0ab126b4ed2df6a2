"""Sweeps, kills and triage in any order: the store says what a model in plain Python says."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from scans import token
from stanch.findings import fingerprint
from stanch.sweep import store
from stanch.sweep.model import Swept
from stanch.sweep.store import Run, Store
from sweep.store.conftest import PASSWORD, Server
from sweep.store.model import Model
from sweep.store.samples import FAULT, RULE, Clock, finding, listed, result

REPOSITORIES = ("a", "b", "c")
NUMBERS = (1, 2, 3)
PATHS = ("x", "y")
TARGETS = ["github:acme"]
_told = st.sets(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(PATHS)), max_size=4)


class Sweeps(RuleBasedStateMachine):
    """One store, its model, and what may happen to both."""

    url: Callable[[], str]
    """Makes an empty store's place."""

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.model = Clock(), Model()
        self.place = type(self).url()
        self.kept: Store = store.open(self.place, now=self.clock)
        self.run: Run | None = None
        self.keys = {number: self.kept.key(fingerprint(RULE, token(number))) for number in NUMBERS}

    @property
    def today(self) -> str:
        """The day."""
        return self.clock.time.date().isoformat()

    @rule(names=st.sets(st.sampled_from(REPOSITORIES), min_size=1))
    def begin(self, names: set[str]) -> None:
        """Begin a run, whether or not the last one has ended."""
        began = self.clock.tick()
        self.run = self.kept.begin("setting", TARGETS)
        self.run.list(listed(*sorted(names)))
        self.model.begin(began, names)

    @precondition(lambda self: self.run is not None)
    @rule(data=st.data(), told=_told, outcome=st.sampled_from(["complete"] * 3 + ["incomplete", "failed", "unchanged"]))
    def record(self, data: Any, told: set[tuple[int, str]], outcome: str) -> None:
        """Record a repository, perhaps once more."""
        assert self.run is not None
        name = data.draw(st.sampled_from(sorted(self.model.listed)))
        scanned = outcome in ("complete", "incomplete")
        faults = (FAULT,) if outcome in ("incomplete", "failed") else ()
        found = [
            finding(number, [(path, 1) for other, path in sorted(told) if other == number], target=name)
            for number in sorted({number for number, _ in told})
        ]
        refs = self.clock.tick()
        one = Swept(name, refs, result(*found) if scanned else None, unchanged=outcome == "unchanged", faults=faults)
        wanted = self.model.record(name, told if scanned else None, outcome, refs, self.today)
        assert self.run.record(one) is wanted
        assert self.run.record(replace(one, result=None)) is False

    @precondition(lambda self: self.run is not None and self.model.done >= self.model.listed)
    @rule()
    def finish(self) -> None:
        """End the run."""
        assert self.run is not None
        self.run.finish()
        self.model.finish(self.today)
        self.run = None

    @rule()
    def kill(self) -> None:
        """End the process that writes, as far as the store can tell, and go on with another."""
        self.kept.close()
        self.kept = store.open(self.place, now=self.clock)
        again = self.kept.unfinished("setting", TARGETS)
        assert (again is None) is (self.run is None)
        self.run = again

    @rule(
        number=st.sampled_from(NUMBERS),
        state=st.sampled_from(["open", "accepted", "false-positive", "fixed"]),
        days=st.none() | st.integers(0, 3),
    )
    def triage(self, number: int, state: str, days: int | None) -> None:
        """Give a finding a state, an acceptance perhaps for some days."""
        until = None
        if state == "accepted" and days is not None:
            until = (self.clock.time.date() + timedelta(days)).isoformat()
        if number in self.model.findings:
            self.kept.set([self.keys[number]], state, by="Ann", reason="because", until=until)
            self.model.findings[number].say(state, "person", until)

    @rule(days=st.integers(1, 4))
    def wait(self, days: int) -> None:
        """Let days pass."""
        self.clock.tick(days=days)

    @invariant()
    def agrees(self) -> None:
        """The store says what the model says."""
        rows = {row.key: row for row in self.kept.rows()}
        assert set(rows) == {self.keys[number] for number in self.model.findings}
        for number, found in self.model.findings.items():
            row = rows[self.keys[number]]
            assert (row.state, row.first_seen, row.last_seen) == (found.stands(self.today), found.first, found.last)
            places = {
                (place.location.target, place.location.path): (
                    place.first_seen, place.last_seen, place.gone, place.repository_gone,
                )
                for place in row.places
            }  # fmt: skip
            wanted = {
                (name, path): (place.first, place.last, place.gone, self.model.gone.get(name))
                for (name, path), place in found.places.items()
            }
            assert places == wanted
            history = [(said.state.value, said.source.value) for said in self.kept.history(row.key)]
            assert history == found.history
        if self.run is not None:
            assert {one.name for one in self.run.pending()} == self.model.listed - self.model.done
        for name in REPOSITORIES:
            assert self.kept.state(name, "setting") == self.model.known.get(name)

    def teardown(self) -> None:
        """Close the store."""
        self.kept.close()


def run(url: Callable[[], str], examples: int) -> None:
    """Run the machine so many times, each in a store of its own."""
    machine = type("Machine", (Sweeps,), {"url": staticmethod(url)})
    quick = settings(
        max_examples=examples, stateful_step_count=25, suppress_health_check=list(HealthCheck), deadline=None
    )
    run_state_machine_as_test(machine, settings=quick)


def test_sqlite() -> None:
    """Whatever happens, in SQLite."""
    folder = Path(tempfile.mkdtemp(prefix="stanch-"))
    numbers = iter(range(10**6))
    try:
        run(lambda: str(folder / f"{next(numbers)}.db"), 8)
    finally:
        shutil.rmtree(folder)


@pytest.mark.slow
def test_postgresql(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever happens, in PostgreSQL."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    run(lambda: server.url(server.made()), 2)
