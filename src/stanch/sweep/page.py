"""The HTML page of a sweep: what its run's repositories hold, with states, dates, and links to their forges."""

from __future__ import annotations

from stanch.model import Result
from stanch.report.html.page import SWEPT, Entry, Page, Repository
from stanch.sweep.store import Filters, Run, Store


def page(store: Store, run: Run, title: str, result: Result, rules: int, *, secrets: bool) -> Page:
    """Return the page of a run: `result` is what the store tells of it, `rules` how many are in use.

    Secrets are in it where the store has them.
    """
    entries = []
    for row in store.rows(Filters(run=run.id), secrets=secrets):
        said = row.said
        entries.append(
            Entry(
                row.finding,
                str(row.state),
                reason=said.reason if said else None,
                expires=said.until if said else None,
                first_seen=row.first_seen,
                last_seen=row.last_seen,
            )
        )
    return Page(
        title=title,
        entries=tuple(entries),
        faults=result.faults,
        stats=result.stats,
        version=result.version,
        rules=rules,
        engine=result.engine,
        repositories=tuple(Repository(one.name, one.forge, one.web) for one in run.repositories()),
        commands=SWEPT,
        sweep=True,
    )
