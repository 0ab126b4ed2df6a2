"""Deployed functions: their settings are planned for like files, and changed while they run.

| module | what it is for |
|---|---|
| `planning` | what is to become of each setting, and of published versions; pure |
| `permissions` | the least that stanch must be allowed for that |
| `changing` | carries it out, finishes and undoes it: each step in the journal |
| `aws_lambda`, `azure_functions` | all settings of a function read, and written back as a whole |
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple, Protocol

from stanch.errors import StanchError
from stanch.remediate.journal import Access
from stanch.remediate.model import Setting


class LiveError(StanchError):
    """A function that cannot be changed, or must not be; the text says why, and holds no value."""


class Stale(Exception):
    """Nothing was written as far as is known: what is there is to be read again."""


class Broken(LiveError):
    """What was written does not work: it is to be taken back at once."""


class Held(NamedTuple):
    """All settings of one group that a function has, which are written together."""

    values: Mapping[str, str]
    revision: str
    """Tells this state from others; empty where the platform has no such thing."""
    kinds: Mapping[str, str] = {}
    """Of connection strings, by name."""

    def __repr__(self) -> str:
        return f"Held({sorted(self.values)}, {self.revision!r})"


class Functions(Protocol):
    """The functions of an account. All methods raise LiveError."""

    def read(self, setting: Setting) -> Held:
        """Return the group of settings that `setting` is in, all of it; what cannot be read whole is an error."""

    def fits(self, setting: Setting, values: Mapping[str, str]) -> None:
        """Raise LiveError where the platform would not take these settings."""

    def prepared(self, setting: Setting) -> None:
        """Raise LiveError where the function could not work with a reference in this setting."""

    def write(self, setting: Setting, before: Held, values: Mapping[str, str]) -> None:
        """Put these settings in the place of `before`. Raises Stale where that is not what is there any more."""

    def settled(self, setting: Setting, reference: str | None) -> str:
        """Wait until what was written is in effect; return what to know, or nothing.

        `reference` is the text that the setting now holds, if it is one that the platform follows. Raises Broken where
        that leads nowhere.
        """

    def aliases(self, setting: Setting) -> Mapping[str, str]:
        """Return the versions that aliases of the function lead to, by the alias."""


PLATFORMS = {
    "aws-lambda": "stanch.remediate.live.aws_lambda",
    "azure-functions": "stanch.remediate.live.azure_functions",
}
"""The platforms, and the module with the function `opened(access)` of each."""


def opened(platform: str, access: Access) -> Functions:
    """Return the functions of an account. Raises UsageError where there is no SDK, or nothing says whose they are."""
    functions: Functions = import_module(PLATFORMS[platform]).opened(access)
    return functions
