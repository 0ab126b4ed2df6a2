"""A sweep as it happens, one JSON object on each line: for machines that watch it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from stanch.errors import UsageError
from stanch.report.veil import plain
from stanch.sweep import Count
from stanch.sweep.model import Listed, Swept
from stanch.sweep.summary import Summary, summary_object

SCHEMA = 1


class Events:
    """Where the events go: a file, which is added to, or `-` for standard output."""

    def __init__(self, path: str) -> None:
        """Raises UsageError for a file that cannot be written."""
        try:
            self._out = sys.stdout if path == "-" else open(path, "a", encoding="utf-8")  # noqa: SIM115  # see close
        except OSError as error:
            raise UsageError(f"--json-events {path}: cannot be written: {error.strerror}") from error
        self._broken = False

    def close(self) -> None:
        """Write what is left."""
        if self._out is not sys.stdout:
            with suppress(OSError):  # a full disk ends the events, not the sweep
                self._out.close()

    def began(self, run: int, targets: Sequence[str], *, resumed: bool) -> None:
        """Tell that a run begins, or goes on."""
        self._tell("started", schema=SCHEMA, run=run, targets=list(targets), resumed=resumed)

    def moved(self, count: Count, listed: Listed | None, swept: Swept | None) -> None:
        """Tell how many repositories there are, or what became of one."""
        if listed is None or swept is None:
            self._tell("listed", repositories=count.repositories, bytes=count.bytes)
            return
        result = swept.result
        faults = (*swept.faults, *(result.faults if result else ()))
        state = (
            "unchanged" if swept.unchanged else "failed" if result is None else "incomplete" if faults else "scanned"
        )
        self._tell(
            "repository", repository=listed.name, state=state, done=count.done, repositories=count.repositories,
            findings=len(result.findings) if result else None, seconds=swept.seconds, bytes=swept.bytes,
            transferred=swept.transferred,
            faults=[{"kind": fault.kind, "detail": plain(fault.detail)} for fault in faults[:10]],
        )  # fmt: skip

    def ended(self, told: Summary) -> None:
        """Tell the figures."""
        self._tell("finished", **summary_object(told))

    def _tell(self, event: str, **values: Any) -> None:
        line = json.dumps({"event": event, "time": datetime.now(UTC).isoformat(timespec="milliseconds"), **values})
        if not self._broken:
            try:
                self._out.write(line + "\n")
                self._out.flush()
            except OSError:  # nobody reads any more, or the disk is full: the sweep goes on
                self._broken = True
                if self._out is sys.stdout:
                    with suppress(OSError):
                        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
