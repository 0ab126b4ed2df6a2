"""Rule packs: read them from TOML, check every key, select the ones to use."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from stanch import __version__, cache
from stanch.errors import RuleError, UsageError
from stanch.model import Confidence

CATEGORIES = frozenset(
    {
        "ai", "ci", "cloud", "crypto", "database", "generic", "identity", "messaging", "monitoring",
        "package-registry", "payment", "saas", "vcs",
    }
)  # fmt: skip
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class RemedyFacts:
    """What a rule knows about closing its leak."""

    revoke: str | None = None
    """Where or how the credential is revoked: a URL, or a sentence."""
    identity: str | None = None
    """The identity-based alternative to the secret, where one exists."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One credential kind, declared as data.

    A token rule has `keywords` and `pattern`; a keyed rule has `context` and `value`.
    """

    id: str
    name: str
    provider: str
    category: str
    keywords: tuple[str, ...] = ()
    """Anchors: at least one stands in every match of `pattern`, whatever the letters' case."""
    pattern: str | None = None
    """Bytes regular expression with a group `secret`."""
    context: tuple[str, ...] = ()
    """Words of which one must stand in the assigned name; letters and digits only, lower case."""
    context_on_line: bool = False
    """May a context word also stand elsewhere on the line?"""
    value: str | None = None
    """Bytes regular expression for the whole assigned value; a group `secret` names the part that is one."""
    checksum: str | None = None
    """Name of a structural check in `scoring.checksums.CHECKS`."""
    min_entropy: float = 0.0
    """Shannon entropy, in bits a byte, below which a match is dropped."""
    confidence: Confidence = Confidence.HIGH
    """What the format alone is worth."""
    public: bool = False
    """Is the credential meant to be public? Then it is reported with low confidence only."""
    pairs_with: str | None = None
    references: tuple[str, ...] = ()
    remedy: RemedyFacts = RemedyFacts()
    verify: Mapping[str, Any] | None = None
    """Read only by verification."""

    @property
    def is_token(self) -> bool:
        """True for a token rule, False for a keyed rule."""
        return self.pattern is not None


@dataclass(frozen=True)
class Ruleset:
    """The rules in use, in a fixed order, and their digest."""

    rules: tuple[Rule, ...]
    digest: str = field(repr=False)

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        """The rules by their ids."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def tokens(self) -> tuple[Rule, ...]:
        """The rules with an anchored pattern."""
        return tuple(rule for rule in self.rules if rule.is_token)

    @cached_property
    def keyed(self) -> tuple[Rule, ...]:
        """The rules that judge an assigned name and value."""
        return tuple(rule for rule in self.rules if not rule.is_token)

    def select(self, only: Sequence[str] = (), disabled: Sequence[str] = ()) -> Ruleset:
        """Return the rules named in `only` (all, when it is empty) that are not in `disabled`.

        Raises UsageError for an id that no rule has.
        """
        for wanted in (*only, *disabled):
            if wanted not in self.by_id:
                raise UsageError(f"no rule has the id {wanted!r}; `stanch rules list` names them all")
        kept = tuple(r for r in self.rules if (not only or r.id in only) and r.id not in disabled)
        return Ruleset(kept, _digest(self.digest, *(rule.id for rule in kept)))


def packs() -> list[Path]:
    """Return the packs that come with stanch: inside an installed wheel, or at a checkout's root."""
    beside = Path(__file__).parent / "patterns"
    folder = beside if beside.is_dir() else Path(__file__).parents[2] / "patterns"
    found = sorted(folder.glob("*.toml"))
    if not found:
        raise RuleError(f"no rule packs in {folder}: the installation is broken, install stanch again")
    return found


def load(extra: Iterable[Path] = ()) -> Ruleset:
    """Read the rules that come with stanch and those of `extra` files or folders.

    Raises RuleError, naming file, rule and key, for the first thing wrong.
    """
    ours = [(path, _read(path)) for path in packs()]
    theirs = [
        (file, _read(file)) for path in extra for file in (sorted(path.glob("*.toml")) if path.is_dir() else [path])
    ]
    digest = _digest(*(text for _, text in (*ours, *theirs)))
    known = _recall(digest) if not theirs else None
    if known is not None:
        return Ruleset(tuple(known), digest)
    rules: dict[str, Rule] = {}
    for number, (path, text) in enumerate((*ours, *theirs)):
        for rule in parse(text, str(path), trusted=number < len(ours)):
            if rule.id in rules:
                raise RuleError(f"{path}: rule {rule.id!r}: another rule has this id")
            rules[rule.id] = rule
    if not theirs:
        _remember(digest, rules.values())
    return Ruleset(tuple(rules.values()), digest)


def _cache_file(digest: str) -> Path:
    return cache.folder() / f"rules-{__version__}-{digest[:32]}.json"


def _recall(digest: str) -> list[Rule] | None:
    """Return our own packs as they were parsed before: TOML takes a hook longer than its scan."""
    content = cache.read_own(_cache_file(digest))
    try:
        return [_made(values) for values in json.loads(content)] if content else None
    except (ValueError, TypeError, KeyError) as error:
        cache.note("info", "the cached rules do not load (%s); reading the packs", error)
        return None


def _remember(digest: str, rules: Iterable[Rule]) -> None:
    cache.write(_cache_file(digest), json.dumps([_values(rule) for rule in rules]).encode())


def _values(rule: Rule) -> dict[str, Any]:
    """Return the fields of a rule that are not at their default, as JSON can say them."""
    found = {f.name: getattr(rule, f.name) for f in fields(rule) if getattr(rule, f.name) != f.default}
    found["remedy"] = {f.name: getattr(rule.remedy, f.name) for f in fields(rule.remedy)}
    return found


def _made(values: dict[str, Any]) -> Rule:
    """Return a rule from its fields as TOML or JSON says them."""
    made: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    made["confidence"] = Confidence(values.get("confidence", Confidence.HIGH))
    made["remedy"] = RemedyFacts(**values.get("remedy", {}))
    return Rule(**made)


def parse(text: str, origin: str, *, trusted: bool = False) -> list[Rule]:
    """Return the rules that a pack's text declares; `origin` names it in errors.

    The expressions of a `trusted` pack are not compiled here: its tests did that, and a hook has no time for it.
    """
    import tomllib  # a hook finds the packs parsed in the cache

    try:
        pack = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{origin}: not TOML: {error}") from error
    tables = pack.pop("rules", None)
    if pack:
        raise RuleError(f"{origin}: unknown key {next(iter(pack))!r}; a pack holds [[rules]] only")
    if not isinstance(tables, list):
        raise RuleError(f"{origin}: no [[rules]] in it")
    rules = [_rule(table, origin) for table in tables]
    if not trusted:
        for rule in rules:
            check_expressions(rule, f"{origin}: rule {rule.id!r}")
    return rules


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{path}: cannot be read: {error}") from error


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


_STRING = ("id", "name", "provider", "category", "pattern", "value", "checksum", "pairs_with")
_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(_STRING, (str,)),
    **dict.fromkeys(("keywords", "context", "references"), (list,)),
    **dict.fromkeys(("context_on_line", "public"), (bool,)),
    "min_entropy": (int, float),
    "confidence": (str,),
    "remedy": (dict,),
    "verify": (dict,),
}


def _rule(table: dict[str, Any], origin: str) -> Rule:
    where = f"{origin}: rule {table.get('id', '?')!r}"
    for key, value in table.items():
        if key not in _TYPES:
            raise RuleError(f"{where}: unknown key {key!r}; known are {', '.join(sorted(_TYPES))}")
        if not isinstance(value, _TYPES[key]):
            raise RuleError(f"{where}: {key} must be of type {_TYPES[key][0].__name__}")
        if isinstance(value, bool) and bool not in _TYPES[key]:
            raise RuleError(f"{where}: {key} must not be true or false")
        if value == []:
            raise RuleError(f"{where}: {key} must not be empty")
        if isinstance(value, list) and not all(isinstance(item, str) and item for item in value):
            raise RuleError(f"{where}: {key} must be a list of non-empty strings")
    for key in ("id", "name", "provider", "category"):
        if not table.get(key):
            raise RuleError(f"{where}: {key} is missing")
    _check(table, where)
    return _made({**table, "remedy": _remedy(table.get("remedy", {}), where)})


def _check(table: dict[str, Any], where: str) -> None:
    """Raise RuleError when the keys do not make a token rule or a keyed rule."""
    if not ID.fullmatch(table["id"]):
        raise RuleError(f"{where}: id must be kebab-case")
    if table["category"] not in CATEGORIES:
        raise RuleError(f"{where}: category must be one of {', '.join(sorted(CATEGORIES))}")
    if table.get("confidence", "high") not in list(Confidence):
        raise RuleError(f"{where}: confidence must be low, medium or high")
    token, keyed = {"keywords", "pattern"} & table.keys(), {"context", "value"} & table.keys()
    if (len(token), len(keyed)) not in {(2, 0), (0, 2)}:
        raise RuleError(f"{where}: needs keywords and pattern (a token), or context and value (keyed)")
    for word in table.get("context", ()):
        if not re.fullmatch(r"[a-z0-9]+", word):
            raise RuleError(f"{where}: context {word!r} must be lower-case letters and digits")


def check_expressions(rule: Rule, where: str) -> None:
    """Raise RuleError, its text beginning with `where`, when an expression of `rule` cannot be used."""
    _compiles(rule.pattern, f"{where}: pattern", group=True)
    _compiles(rule.value, f"{where}: value", group=False)


def _compiles(pattern: str | None, where: str, *, group: bool) -> None:
    """Raise RuleError when `pattern` is no bytes expression, or lacks the group `secret` that it needs."""
    if pattern is None:
        return
    try:
        compiled = re.compile(pattern.encode("ascii"))
    except UnicodeEncodeError as error:
        raise RuleError(f"{where}: only ASCII; write other bytes as \\x..") from error
    except re.error as error:
        raise RuleError(f"{where}: not a regular expression: {error}") from error
    if group and "secret" not in compiled.groupindex:
        raise RuleError(f"{where}: has no group (?P<secret>...)")
    if compiled.match(b""):
        raise RuleError(f"{where}: matches the empty string")


def _remedy(table: dict[str, Any], where: str) -> dict[str, Any]:
    for key, value in table.items():
        if key not in ("revoke", "identity") or not isinstance(value, str):
            raise RuleError(f"{where}: remedy.{key}: only revoke and identity, both strings")
    return table
