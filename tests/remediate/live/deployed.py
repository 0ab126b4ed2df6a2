"""Deployed functions as tests have them: findings in their settings, plans for them, and functions in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from scans import token
from stanch.model import Confidence, Finding, Location, Remedy, Surface, mask
from stanch.remediate.drafts import Naming
from stanch.remediate.journal import Access
from stanch.remediate.live import Held, Stale, planning
from stanch.remediate.model import LiveMove, Move, Setting
from stanch.remediate.policies import Account
from stanch.remediate.stores import Address
from stanch.remediate.stores import Held as Kept
from strategies import ruleset

STRIPE = token(2, "stripe-secret-key-live")
VAULT = "https://shop.vault.azure.net"
ACCOUNT = Account(account="111122223333", subscription="S", resource_group="G")


def finding(secret: bytes, *paths: str, rule: str = "stripe-secret-key-live", at: int = 0) -> Finding:
    """Return a finding at places as `stanch fix` has them; `at` is where in a value the secret begins."""
    locations = []
    for path in paths:
        _, group, name = path.rsplit("/", 2)
        is_setting = group in ("environment", "settings", "connection-strings")
        column = len(name) + 2 + at if is_setting else 1
        surface = Surface.ENVIRONMENT if is_setting else Surface.BLOB
        locations.append(Location(".", path, 1, column, 1, column + len(secret) - 1, surface))
    called = ruleset().by_id[rule]
    return Finding(
        sha256(secret).hexdigest()[:32], rule, called.name, called.provider, called.category, Confidence.HIGH, 1.0,
        secret, mask(secret), tuple(locations), Remedy("vault", None, ""),
    )  # fmt: skip


def plan(
    *findings: Finding,
    app: str | None = None,
    drop: bool = False,
    store: str | None = None,
    vault: str | None = VAULT,
    moves: Sequence[Move] = (),
) -> tuple[LiveMove, ...]:
    """Return the plan for these."""
    naming, wanted = Naming("here", store, vault), planning.Wanted(app, drop)
    return planning.plan(findings, moves, ruleset().by_id, naming, ACCOUNT, wanted)


def move(path: str, secret: bytes = STRIPE, *, drop: bool = False, vault: str | None = VAULT) -> LiveMove:
    """Return the plan for one setting."""
    (found,) = plan(finding(secret, path), drop=drop, vault=vault)
    return found


class Memory:
    """A function, and a store, that are in memory; each use of them is a step."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = dict(values)
        self.kept: list[bytes] = []

    def read(self, setting: Setting) -> Held:
        """Return what is there."""
        return Held(dict(self.values), str(hash(tuple(sorted(self.values.items())))))

    def write(self, setting: Setting, before: Held, values: Mapping[str, str]) -> None:
        """Replace it."""
        if self.read(setting) != before:
            raise Stale
        self.values = dict(values)

    def fits(self, setting: Setting, values: Mapping[str, str]) -> None:
        """Take anything."""

    def prepared(self, setting: Setting) -> None:
        """Be prepared."""

    def settled(self, setting: Setting, reference: str | None) -> str:
        """Be settled."""
        return ""

    def aliases(self, setting: Setting) -> Mapping[str, str]:
        """Have none."""
        return {}

    def get(self, name: str, version: str | None = None) -> Kept | None:
        """Return the value of the store, whatever its name."""
        number = int(version) if version else len(self.kept)
        return Kept(self.kept[number - 1], str(number), f"arn of {name}") if self.kept else None

    def put(self, name: str, value: bytes, *, new: bool) -> None:
        """Put it there."""
        self.kept.append(value)


def address(move: LiveMove) -> Address:
    """Return where the store in memory is."""
    return Address(move.reference.store if move.reference else "", "eu-west-1", vault=VAULT)


def access(_: Setting) -> Access:
    """Return how the function in memory is reached."""
    return Access()
