"""A progress bar on standard error, for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from stanch.scan import Progress


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
    shown = Bar(*columns, console=Console(stderr=True), transient=True)
    task = shown.add_task("scan", total=None, blobs=0, found=0)
    try:
        with suppress(OSError):  # a terminal may go away, and the scan goes on
            shown.start()
        yield lambda now: shown.update(
            task, completed=now.bytes, total=max(now.total, now.bytes), blobs=now.blobs, found=now.found
        )
    finally:
        with suppress(OSError):
            shown.stop()
