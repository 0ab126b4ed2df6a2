"""What a sweep comes to, in figures: for people who decide, and for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from stanch.model import Fault
from stanch.sweep import Count
from stanch.values import dataclass, replace

if TYPE_CHECKING:
    from stanch.sweep.store import Run, Store

WORST = 5
"""So many repositories are named."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a run. Findings are distinct secrets, wherever they stand."""

    run: int
    finished: bool
    """Has every repository an outcome?"""
    count: Count
    """Repositories of the whole run, whichever process did them; bytes and seconds of this one."""
    pending: int
    open: int
    new: int
    """Of those that are open: first found in this run."""
    fixed: int
    """In this run: found no more in complete scans."""
    accepted: int
    """By people, for now or as false."""
    worst: tuple[tuple[str, int], ...]
    """Repositories with the most open findings, and how many."""
    others: int
    """How many more repositories have some."""
    faults: tuple[Fault, ...]
    """What went wrong with the listing or with the sweep itself."""

    @property
    def complete(self) -> bool:
        """Was everything listed and scanned?"""
        return self.finished and not (self.faults or self.count.incomplete or self.count.failed or self.pending)


def summary(store: Store, run: Run, began: str, count: Count, faults: Sequence[Fault], *, finished: bool) -> Summary:
    """Return the figures of a run that `began` at that time. Raises what the store raises."""
    from stanch.sweep.store import Filters, Source, State

    here = Filters(run=run.id)
    states = store.count(here)
    worst: Counter[str] = Counter()
    new = 0
    for row in store.rows(Filters(run=run.id, states=(State.OPEN,))):
        worst.update({at.location.target for at in row.places if at.gone is None})
        new += row.new
    fixed = 0
    for row in store.rows(Filters(run=run.id, states=(State.FIXED,))):
        fixed += row.said is not None and row.said.source is Source.SCAN and row.said.at >= began
    became = run.counts()
    whole = replace(
        count,
        scanned=became.get("complete", 0),
        **{kind: became.get(kind, 0) for kind in ("unchanged", "incomplete", "failed")},
    )
    most = sorted(worst.items(), key=lambda item: (-item[1], item[0]))[:WORST]
    return Summary(
        run.id,
        finished,
        whole,
        became.get("pending", 0),
        states.get(State.OPEN, 0),
        new,
        fixed,
        states.get(State.ACCEPTED, 0) + states.get(State.FALSE_POSITIVE, 0),
        tuple(most),
        len(worst) - len(most),
        tuple(faults),
    )


def words(told: Summary) -> Iterable[str]:
    """Yield the summary in lines for people, and what to do next."""
    count = told.count
    kinds = [(count.scanned, "scanned"), (count.unchanged, "unchanged"), (count.incomplete, "scanned in part"),
             (count.failed, "failed"), (told.pending, "still to be done")]  # fmt: skip
    parts = ", ".join(f"{number:,} {what}" for number, what in kinds if number)
    total = count.done + told.pending
    nothing = "not listed" if told.faults else "nothing to do"
    yield f"{_many(total, 'repository', 'repositories')}: {parts or nothing}"
    yield f"read {_size(count.read)} in {_time(count.seconds)}; fetched {_size(count.transferred)}"
    found = _many(told.open, "open finding", "open findings")
    yield f"{found}, {told.new:,} of them new; {told.fixed:,} fixed since; {told.accepted:,} accepted or false"
    if told.worst:
        yield "most open findings:"
        width = max(len(f"{number:,}") for _, number in told.worst)
        yield from (f"  {number:>{width},}  {name}" for name, number in told.worst)
        if told.others:
            yield f"  and {_many(told.others, 'repository', 'repositories')} more with some"
    yield from _next(told)


def _next(told: Summary) -> Iterable[str]:
    """Yield what to do next, the most urgent first."""
    if told.pending:
        yield f"next: {told.pending:,} are still to be swept: the same command with --resume goes on"
    stopped = all(fault.kind == "interrupted" for fault in told.faults)
    if told.count.failed or told.count.incomplete or not stopped:
        yield "next: not all could be scanned: see what failed above; what is in doubt is scanned again the next time"
    if told.open:
        yield "next: `stanch triage` lists the open findings, the surest first; revoke those that are live"
    elif told.complete:
        yield "nothing open: run it again nightly; only what has changed is scanned"


def summary_object(told: Summary) -> dict[str, Any]:
    """Return the summary as plain values, for JSON."""
    count = told.count
    return {
        "run": told.run, "complete": told.complete, "finished": told.finished, "seconds": count.seconds,
        "repositories": {
            "scanned": count.scanned, "unchanged": count.unchanged, "incomplete": count.incomplete,
            "failed": count.failed, "pending": told.pending,
        },
        "bytes": count.read, "transferred": count.transferred,
        "findings": {"open": told.open, "new": told.new, "fixed": told.fixed, "accepted": told.accepted},
        "worst": [{"repository": name, "open": number} for name, number in told.worst],
        "faults": [{"target": fault.target, "kind": fault.kind, "detail": fault.detail} for fault in told.faults],
    }  # fmt: skip


def _many(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _size(number: int) -> str:
    size = float(number)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{seconds:.1f} s"
