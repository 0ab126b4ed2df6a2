"""A progress bar on standard error, for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from stanch.scan import Progress

if TYPE_CHECKING:
    from stanch.sweep import Count


@contextmanager
def checking() -> Iterator[Callable[[int, int], None]]:
    """Show a bar while credentials are checked, and give the function that moves it: how many are, of how many."""
    columns = (TextColumn("verifying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with _shown(Bar(*columns, console=Console(stderr=True), transient=True)) as shown:
        task = shown.add_task("verify", total=None)
        yield lambda done, all: shown.update(task, completed=done, total=all)


@contextmanager
def bar() -> Iterator[Callable[[Progress], None]]:
    """Show a bar while the context lasts, and give the function that moves it."""
    columns = (
        TextColumn("scanning"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[blobs]} objects, {task.fields[found]} candidates"),
        TimeRemainingColumn(),
    )
    with _shown(Bar(*columns, console=Console(stderr=True), transient=True)) as shown:
        task = shown.add_task("scan", total=None, blobs=0, found=0)
        yield lambda now: shown.update(
            task, completed=now.bytes, total=max(now.total, now.bytes), blobs=now.blobs, found=now.found
        )


@contextmanager
def sweeping() -> Iterator[Callable[[Count], None]]:
    """Show a bar while repositories are swept, and give the function that moves it."""
    columns = (
        TextColumn("sweeping"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[read]} read, {task.fields[findings]} findings, {task.fields[failed]} failed"),
        TimeRemainingColumn(),
    )
    with _shown(Bar(*columns, console=Console(stderr=True), transient=True)) as shown:
        task = shown.add_task("sweep", total=None, read="0 bytes", findings=0, failed=0)
        yield lambda count: shown.update(
            task, completed=count.done, total=count.repositories, read=decimal(count.read), findings=count.findings,
            failed=count.failed + count.incomplete,
        )  # fmt: skip


@contextmanager
def _shown(shown: Bar) -> Iterator[Bar]:
    try:
        with suppress(OSError):  # a terminal may go away, and the work goes on
            shown.start()
        yield shown
    finally:
        with suppress(OSError):
            shown.stop()
