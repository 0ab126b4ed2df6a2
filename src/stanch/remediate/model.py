"""What flows between a plan, the patches and whoever carries a plan out: all of it silent about secrets."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

from stanch.model import Finding
from stanch.values import dataclass, field

Read = Callable[[str], bytes | None]
"""Reads a file by its path from the project's root; None where there is none."""


class Place(NamedTuple):
    """One literal in a file: `data[start:end]` is the secret, in the file's own bytes."""

    path: str
    """From the project's root, with slashes."""
    data: bytes
    start: int
    end: int
    name: bytes
    """What it is assigned to; may be empty."""
    runtime: str | None
    """Where the code around it runs: a value of `runtimes.Runtime`, or None where nothing says so."""

    def __repr__(self) -> str:
        return f"Place({self.path!r}, {self.start}, {self.end}, {self.runtime!r})"


class Reference(NamedTuple):
    """How code and deployment name a secret that stands in a store."""

    env: str
    """The environment variable, or app setting: an identifier in upper case, as `DB_PASSWORD`."""
    store: str
    """`ssm`, `secretsmanager`, `keyvault`, `github-actions` or `none`."""
    name: str
    """Its name in the store: `/myapp/DB_PASSWORD`, `myapp-db-password`."""
    vault: str | None
    """`https://NAME.vault.azure.net` for a Key Vault."""


class Edit(NamedTuple):
    """A replacement in a file: `text` takes the place of `data[start:end]`, in the file as the plan has read it.

    A `path` that is not there yet is a file to make: then both positions are 0.
    """

    path: str
    start: int
    end: int
    text: bytes

    def __repr__(self) -> str:
        return f"Edit({self.path!r}, {self.start}, {self.end}, {len(self.text)} bytes)"


class Patch(NamedTuple):
    """The edits that take one literal out of its file, and what they leave to do."""

    edits: tuple[Edit, ...]
    note: str
    """One sentence on what the patch does."""
    complete: bool
    """False: out of git, still in the console, as all that is resolved when something is deployed."""
    left: tuple[str, ...]
    """What a person must still do, a sentence each."""


class CannotPatch(Exception):
    """A literal that cannot be replaced; the text says why, in a sentence for the user."""


class End(StrEnum):
    """Where a secret ends up."""

    IDENTITY = "identity"
    """Nowhere: whoever runs the code shows who it is."""
    VAULT = "vault"
    MANUAL = "manual"
    """With a person, and `Move.why` says why."""


class Policy(NamedTuple):
    """A permission that somebody must be given."""

    title: str
    kind: str
    """`iam` for a policy of AWS, `azure-role` for a role assignment."""
    document: dict[str, Any]
    command: str | None
    """The command that grants it, where there is one."""
    notes: tuple[str, ...]


class Spot(NamedTuple):
    """Where a secret stands now."""

    path: str
    line: int


class Unpatched(NamedTuple):
    """A place of a secret that no patch takes it from."""

    path: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a move makes of one file, all its edits to it at once."""

    path: str
    before: bytes | None = field(repr=False)
    """None for a file that is made."""
    edits: tuple[Edit, ...]
    """They lead from `before`, or from nothing, to `after`."""
    after: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Move:
    """One finding's way out of its files."""

    finding: Finding
    end: End
    why: str
    """Why it ends there, in a sentence."""
    reference: Reference | None
    value: bytes = field(repr=False)
    """What the store is to hold; empty where nothing is to be stored, or another move stores it as a part."""
    form: str
    """How the files write the value: a key of `forms.FORMS`."""
    patches: tuple[Patch, ...]
    changes: tuple[Change, ...]
    places: tuple[Spot, ...]
    """All places of the value in files, those that are patched and those that are not."""
    unpatched: tuple[Unpatched, ...]
    policies: tuple[Policy, ...]
    after: tuple[str, ...]
    """What a person must still do, a sentence each."""
    cuts: tuple[tuple[int, ...], ...] = ()
    """Where files put the value together from literals: how long these are, each way once."""


class Setting(NamedTuple):
    """A variable or setting of a deployed function."""

    platform: str
    """`aws-lambda` or `azure-functions`."""
    where: str
    """The region, or the resource group."""
    function: str
    slot: str
    """Of an Azure app; empty: its production slot."""
    group: str
    """`environment`, `settings` or `connection-strings`."""
    name: str

    @property
    def target(self) -> str:
        """The function as reports name it."""
        return f"{self.platform}:{self.where}/{self.function}" + (f":{self.slot}" if self.slot else "")

    @property
    def place(self) -> str:
        """The setting as reports name it."""
        return f"{self.target}/{self.group}/{self.name}"


class Action(StrEnum):
    """What is done to a setting of a deployed function."""

    REFER = "refer"
    """Its value becomes a reference, which the platform follows."""
    NAME = "name"
    """Another variable beside it gets the secret's name in the store; it stays, since the code still reads it."""
    DROP = "drop"
    """It goes: the code fetches what the variable beside it names."""


@dataclass(frozen=True, slots=True)
class LiveMove:
    """One finding's way out of one setting of a deployed function."""

    finding: Finding
    setting: Setting | None
    """None where the finding stands in published versions or in code alone."""
    action: Action
    reference: Reference | None
    why: str
    """Why stanch does not change it, in a sentence; empty where it can."""
    versions: tuple[str, ...]
    """Published versions that hold the secret, as `orders:7`, with all that is deployed with them."""
    note: str
    """One sentence on what changes in the function."""
    policies: tuple[Policy, ...]
    after: tuple[str, ...]
    """What a person must do, a sentence each, in order."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All moves, in the order in which they are made: the changes of each are to what those before it have left."""

    moves: tuple[Move, ...]
    aside: int
    """How many findings are not moved, being public or accepted."""
    live: tuple[LiveMove, ...] = ()
    """What becomes of deployed functions; made after the moves, and with explicit consent only."""
