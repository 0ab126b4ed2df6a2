"""Reports: each format is one module, loaded when it is asked for, and writes a whole result as text."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, TextIO, cast

from stanch.errors import UsageError

if TYPE_CHECKING:
    from stanch.model import Result
    from stanch.rules import Rule


class Writer(Protocol):
    """Writes `result` to `out`, ending in a newline unless it writes nothing; prints and closes nothing.

    `rules` are the rules by id; a finding's rule may be missing from them, as in a report converted later.
    Only with `show_secrets` may a raw secret be written; a format may refuse even then.
    """

    def __call__(self, result: Result, rules: Mapping[str, Rule], out: TextIO, *, show_secrets: bool) -> None:
        """Write the report."""


FORMATS = {
    "text": "stanch.report.text:write",
    "json": "stanch.report.json:write",
    "jsonl": "stanch.report.jsonl:write",
    "sarif": "stanch.report.sarif:write",
    "csv": "stanch.report.csv:write",
    "junit": "stanch.report.junit:write",
    "gitlab": "stanch.report.gitlab:write",
    "github": "stanch.report.github:write",
    "html": "stanch.report.html:write",
}
"""Format names, and where their writers are; strings, so that a hook does not pay for rich."""

FINDINGS_ALONE = frozenset({"jsonl", "csv"})
"""Formats with no place to say that a scan is incomplete: whoever writes one says it elsewhere."""


def writer(name: str) -> Writer:
    """Return the writer of the format `name`. Raises UsageError for a name that is not in FORMATS."""
    if name not in FORMATS:
        raise UsageError(f"no report format is called {name!r}; there are {', '.join(FORMATS)}")
    module, _, function = FORMATS[name].partition(":")
    return cast(Writer, getattr(import_module(module), function))
