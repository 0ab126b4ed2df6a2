"""A store of many findings: a fifth of what docs/triage.md has figures of, since to fill one takes long."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from stanch.model import Finding, Location
from stanch.sweep import store
from stanch.sweep.model import Swept
from stanch.sweep.store import Filters, State
from sweep.store.samples import finding, listed, result

REPOSITORIES, EACH, PLACES = 10, 400, 5


def large(name: str, number: int, sample: Finding) -> Swept:
    """Return a repository with findings of its own, each at several places."""
    found = []
    for index in range(EACH):
        fingerprint = f"{number * EACH + index:032x}"
        places = (
            Location(
                name, f"src/module{index % 97}/file{index}.py", line, 7, line, 46, blob=f"{index:040x}",
                commit=f"{index:040x}", author="Ann Author <ann@example.com>", date="2021-03-04T05:06:07+01:00",
                at_head=line == 1,
            )
            for line in range(1, PLACES + 1)
        )  # fmt: skip
        found.append(replace(sample, fingerprint=fingerprint, locations=tuple(places), secret=b""))
    return Swept(name, "refs", result(*found))


@pytest.mark.slow
def test_many_findings_are_read_in_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it in seconds of a processor, one finding or one repository in one."""
    monkeypatch.setattr("stanch.sweep.store.store.ROUNDS", 1)  # what hashing takes is known
    names = [f"github.com/acme/r{number}" for number in range(REPOSITORIES)]
    sample = finding(1, [])
    with store.open(str(tmp_path / "a.db")) as kept:
        run = kept.begin("s", ["t"])
        run.list(listed(*names))
        for number, name in enumerate(names):
            assert run.record(large(name, number, sample))
        run.finish()
        measured: dict[str, float] = {}

        def took(what: str, began: float) -> None:
            measured[what] = time.process_time() - began

        began = time.process_time()
        rows = list(kept.rows())
        took("all", began)
        assert (len(rows), sum(len(row.places) for row in rows)) == (4_000, 20_000)
        began = time.process_time()
        assert kept.find(rows[-1].key[:12]) == rows[-1].key
        kept.set([rows[-1].key], "false-positive", by="Ann")
        took("one", began)
        began = time.process_time()
        assert kept.count() == {State.OPEN: 3_999, State.FALSE_POSITIVE: 1}
        took("count", began)
        began = time.process_time()
        assert len(list(kept.rows(Filters(repository=names[3], states=(State.OPEN,))))) in (399, 400)
        took("repository", began)
        run = kept.begin("s", ["t"])
        run.list(listed(*names))
        began = time.process_time()
        for name in names:
            run.record(Swept(name, "refs", None, unchanged=True))
        run.finish()
        took("unchanged", began)
        print({what: round(seconds, 2) for what, seconds in measured.items()})  # noqa: T201  # pytest shows it with -s
        assert measured["all"] < 4
        assert measured["one"] < 1
        assert measured["count"] < 1
        assert measured["repository"] < 1
        assert measured["unchanged"] < 5
