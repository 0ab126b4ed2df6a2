"""The values that flow from sources to reports: frozen, slotted, and silent about secrets."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Protocol

from stanch.values import dataclass, field


class Surface(StrEnum):
    """The kind of place that a secret stands in."""

    BLOB = "blob"
    COMMIT_MESSAGE = "commit-message"
    TAG = "tag"
    NOTE = "note"
    AUTHOR = "author"
    PATH = "path"
    ENVIRONMENT = "environment"


class Reach(StrEnum):
    """What leads to a git object, the most visible first."""

    REFS = "refs"
    INDEX = "index"
    STASH = "stash"
    REFLOG = "reflog"
    DANGLING = "dangling"
    """Nothing: git forgets it in time, until then whoever has the repository can read it."""


class Confidence(StrEnum):
    """How sure a finding is; cut from its score by `scoring.confidence`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 for low, 1 for medium, 2 for high."""
        return ("low", "medium", "high").index(self.value)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where bytes came from: a target, and in it a path, a git object, or both."""

    target: str
    path: str | None = None
    surface: Surface = Surface.BLOB
    blob: str | None = None
    """Hexadecimal id of the git object that holds the bytes."""

    @property
    def name(self) -> str:
        """What to call it in a fault."""
        return self.path or self.blob or self.target


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes in hand, with where they came from and the layers already peeled off."""

    origin: Origin
    data: bytes = field(repr=False)
    layers: tuple[str, ...] = ()
    offset: int = 0
    """Position of `data[0]` in the whole content, in bytes; above 0 for a later window."""
    line: int = 1
    """Number of the line that `data[0]` stands on."""
    column: int = 1
    """Column of `data[0]` on that line, in bytes."""
    first: int = 0
    last: int = sys.maxsize
    """What begins in `data[first:last]` is this chunk's to tell; the rest it shares with the windows beside it."""

    @property
    def path(self) -> str | None:
        """The path that tells what it is: an archive's member has its own."""
        members = (layer.partition(":")[2] for layer in reversed(self.layers) if ":" in layer)
        return next(members, self.origin.path)

    @property
    def final(self) -> bool:
        """False when more windows of the same content follow."""
        return self.last == sys.maxsize


@dataclass(frozen=True, slots=True)
class Batch:
    """Many small contents in one buffer, a newline after each, so that the prefilter sees them all in one call."""

    data: bytes = field(repr=False)
    starts: Sequence[int] = field(repr=False)
    """Where each content begins in `data`, in ascending order."""
    open: Callable[[int], Iterable[Chunk]] = field(repr=False)
    """Returns the chunks of the content with this number."""
    names: bool = False
    """True for names of things, which are no contents to count."""
    paths: Sequence[str | None] = ()
    """Of each content, where they are known."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that could not be scanned; one of these makes a scan incomplete."""

    target: str
    kind: str
    """A stable kebab-case word; docs/exit-codes.md lists them."""
    detail: str
    blob: str | None = None
    """Hexadecimal id of a git object that is read again by the next scan, and then is a fault again."""


class Shard(Protocol):
    """A picklable piece of a source: one worker reads and scans it."""

    @property
    def weight(self) -> int:
        """Estimated cost, in bytes of content."""

    @property
    def local(self) -> bool:
        """True when only the process that made it can read it."""

    def chunks(self) -> Iterator[Chunk | Batch | Fault | Sealed]:
        """Yield the content; what cannot be read is yielded as a fault, never raised."""

    def origins(self) -> Sequence[Origin]:
        """Return where its items come from, at least one."""

    def split(self) -> tuple[Shard, ...]:
        """Return its halves, to be read anew; nothing when it is one item, or cannot be read twice."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span of a chunk that a rule matched, not yet judged."""

    rule: str
    start: int
    end: int
    """The secret is `chunk.data[start:end]`, unless folding made it: then `secret` differs from that slice."""
    secret: bytes = field(repr=False)
    name: bytes = b""
    """What the value is assigned to, as it stands in the text; empty for a token without a name."""
    value: bytes = field(default=b"", repr=False)
    """The whole assigned value that the secret is a part of; empty for a token."""
    quoted: bool = True
    named: bool = False
    """Does a word of its rule stand in the name?"""
    sure: bool = False
    """Does the format that it stands in say that a credential stands there?"""
    line: bytes = field(default=b"", repr=False)
    """The line that it stands on; empty where that is long."""
    around: bytes = field(default=b"", repr=False)
    """What its rule's verification needs of the text around it; see `surroundings`."""


@dataclass(frozen=True, slots=True)
class Location:
    """One place of a secret. Lines and columns count from 1; columns are bytes; ends are inclusive."""

    target: str
    path: str | None
    line: int
    column: int
    end_line: int
    end_column: int
    surface: Surface = Surface.BLOB
    layers: tuple[str, ...] = ()
    blob: str | None = None
    commit: str | None = None
    author: str | None = None
    date: str | None = None
    """Author date of `commit`, ISO 8601 with its offset."""
    at_head: bool | None = None
    """Does the secret still stand at this path in HEAD, or in the worktree? None where there is no HEAD."""
    reachability: Reach | None = None
    """What leads to `blob`; None where the bytes are no git object, or nobody asked git."""
    removed_in: str | None = field(default=None, compare=False)
    """The commit on the way to HEAD that took it from this path; None where it still stands, or no such is known."""
    removed_at: str | None = field(default=None, compare=False)
    """Author date of `removed_in`, as `date`."""
    context: str | None = field(default=None, compare=False)
    """The line that it stands on, clipped, all secrets in it masked; see `stanch.context`."""


@dataclass(frozen=True, slots=True)
class Rival:
    """Another rule that matched the span of a detection, and the score that it gives it."""

    rule: str
    score: float


@dataclass(frozen=True, slots=True)
class Detection:
    """One judged place of one secret: what a worker sends back."""

    rule: str
    secret: bytes = field(repr=False)
    score: float
    location: Location
    quoted: bool = True
    """False for a bare word, which in source code is an expression."""
    runtime: str | None = None
    """Where the surrounding text says that it runs: a value of `runtimes.Runtime`."""
    dropped: str | None = None
    """Why a filter dropped it; None when it stands. Sent only when the user asked to have it explained."""
    rivals: tuple[Rival, ...] = ()
    """What else it could be, the most specific first."""
    allowed: bool = False
    """Has a comment dropped it? Then it is sent even unasked where a pair may need it, and `pairing` takes it out."""
    beside: str | None = None
    """The rule of the secret that it is if the id near it has no other; when that is `rule`, it is nothing else."""
    companions: tuple[Detection, ...] = ()
    """The ids that it completes."""
    around: bytes = field(default=b"", repr=False)
    """What its rule's verification needs of the text around it."""


@dataclass(frozen=True, slots=True)
class UnusedAllow:
    """An inline allow that allows nothing. Told only when the user asked to have things explained."""

    location: Location


@dataclass(frozen=True, slots=True)
class Sealed:
    """Something that holds encrypted members: ciphertext, which is no fault, and which the user is told of."""

    target: str
    name: str
    """A path, or a git object's id."""


Found = Detection | Fault | UnusedAllow | Sealed
"""What a worker sends back."""


class Status(StrEnum):
    """What verification says; never a guess."""

    LIVE = "live"
    DEAD = "dead"
    UNKNOWN = "unknown"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a verification."""

    status: Status = Status.NOT_CHECKED
    detail: str | None = None
    identity: str | None = None
    checked_at: str | None = None


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do about a finding."""

    action: str
    """`vault`, `identity`, `revoke` or `public`."""
    store: str | None
    """`ssm`, `secretsmanager`, `keyvault`, or None when no store fits."""
    summary: str


@dataclass(frozen=True, slots=True)
class Companion:
    """What a secret completes: a key id, a client id, an account."""

    rule: str
    name: str
    """The rule's."""
    secret: bytes = field(repr=False)
    """The id itself."""
    masked: str
    location: Location


@dataclass(frozen=True, slots=True)
class Finding:
    """One distinct secret of one rule, with all its places."""

    fingerprint: str
    rule: str
    name: str
    provider: str
    category: str
    confidence: Confidence
    score: float
    secret: bytes = field(repr=False)
    masked: str
    locations: tuple[Location, ...]
    remedy: Remedy
    verdict: Verdict = Verdict()
    dropped: str | None = None
    """Why it is not reported: what a filter said, or who accepted it; set only in an explained scan."""
    candidates: tuple[str, ...] = ()
    """Ids of other rules that matched the same text surely enough to be reported, the most specific first."""
    companions: tuple[Companion, ...] = ()
    """What goes with it and was found in the same content."""
    around: tuple[bytes, ...] = field(default=(), repr=False)
    """What its rule's verification needs of the text around it, each distinct one. Reported where its secret is."""


@dataclass(frozen=True, slots=True)
class Stats:
    """How much was scanned, and how long it took."""

    blobs: int = 0
    bytes: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Result:
    """A whole scan: what every report is written from."""

    findings: tuple[Finding, ...]
    faults: tuple[Fault, ...]
    stats: Stats
    engine: str
    """The prefilter that ran: `hyperscan` or `aho-corasick`."""
    ruleset: str
    """`sha256:` and the digest of the rules in use."""
    rules: int
    """How many rules were in use."""
    version: str

    @property
    def complete(self) -> bool:
        """True when nothing was left out."""
        return not self.faults


def mask(secret: bytes) -> str:
    """Return a printable form that shows at most a quarter of `secret`: its first and last characters.

    Several lines (a private key) show the first one, which is not secret.
    """
    first, newline, _ = secret.partition(b"\n")
    if newline and first.startswith(b"-----BEGIN"):
        return first.decode("ascii", "replace").strip() + "…"
    text = "".join(c if c.isprintable() else "\ufffd" for c in secret.decode("utf-8", "replace"))
    shown = min(4, len(text) // 8)
    return f"{text[:shown]}…{text[-shown:]}" if shown else "…"
