"""Rule packs: read them from TOML, check every key, select the ones to use."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from stanch import cache
from stanch.errors import RuleError, UsageError, meant
from stanch.model import Confidence
from stanch.regexes import lazy
from stanch.values import dataclass

CATEGORIES = frozenset(
    {
        "ai", "ci", "cloud", "crypto", "database", "generic", "identity", "messaging", "monitoring",
        "package-registry", "payment", "saas", "vcs",
    }
)  # fmt: skip
MOST_ENTROPY = 8
ID = lazy(r"[a-z0-9]+(-[a-z0-9]+)*")


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
    """On the rule of an id: the rule of the secret that completes it."""
    references: tuple[str, ...] = ()
    remedy: RemedyFacts = RemedyFacts()
    verify: Mapping[str, Any] | None = None
    """Read only by verification."""
    apart: bool = False
    """Does only the place of a match tell whether the rule is meant? Then it takes no other rule's match away."""

    @property
    def is_token(self) -> bool:
        """True for a token rule, False for a keyed rule."""
        return self.pattern is not None


class Rules(Mapping[str, Rule]):
    """Rules by their ids, in a fixed order. One that the cache knows is made when it is asked for, and few are."""

    def __init__(self, rules: dict[str, Rule | bytes]) -> None:
        self._rules = rules

    def __getitem__(self, id: str) -> Rule:
        rule = self._rules[id]
        if isinstance(rule, bytes):
            rule = self._rules[id] = made(cache.unpacked(rule))
        return rule

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def __contains__(self, id: object) -> bool:
        return id in self._rules

    def only(self, ids: Iterable[str]) -> Rules:
        """Return those with these ids."""
        return Rules({id: self._rules[id] for id in ids})


class Ruleset:
    """The rules in use, in a fixed order, and their digest.

    What engines make of rules is cached under the digest, so it must be another one for other rules.
    """

    def __init__(self, rules: Iterable[Rule] | Rules, digest: str) -> None:
        self.by_id = rules if isinstance(rules, Rules) else Rules({rule.id: rule for rule in rules})
        self.digest = digest

    def __len__(self) -> int:
        return len(self.by_id)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """All of them."""
        return tuple(self.by_id.values())

    @cached_property
    def tokens(self) -> tuple[Rule, ...]:
        """The rules with an anchored pattern."""
        return tuple(rule for rule in self.rules if rule.is_token)

    @cached_property
    def keyed(self) -> tuple[Rule, ...]:
        """The rules that judge an assigned name and value."""
        return tuple(rule for rule in self.rules if not rule.is_token)

    def adding(self, rules: Sequence[Rule]) -> Ruleset:
        """Return these rules and `rules`, whose ids are new."""
        texts = (repr(_values(rule)) for rule in rules)
        return Ruleset((*self.rules, *rules), digest(self.digest, *texts)) if rules else self

    def select(self, only: Sequence[str] = (), disabled: Sequence[str] = ()) -> Ruleset:
        """Return the rules named in `only` (all, when it is empty) that are not in `disabled`.

        Raises UsageError for an id that no rule has.
        """
        for wanted in (*only, *disabled):
            if wanted not in self.by_id:
                raise UsageError(f"no rule has the id {wanted!r}; `stanch rules list` names them all")
        if not only and not disabled:
            return self
        kept = [id for id in self.by_id if (not only or id in only) and id not in disabled]
        return Ruleset(self.by_id.only(kept), digest(self.digest, *kept))


def packs() -> list[Path]:
    """Return the packs that come with stanch: inside an installed wheel, or at a checkout's root."""
    return [Path(path) for path in _packs()]


def _packs() -> list[str]:
    here = os.path.dirname(__file__)
    beside = os.path.join(here, "patterns")
    folder = beside if os.path.isdir(beside) else os.path.join(os.path.dirname(os.path.dirname(here)), "patterns")
    found = files(folder)
    if not found:
        raise RuleError(f"no rule packs in {folder}: the installation is broken, install stanch again")
    return found


def files(path: str) -> list[str]:
    """Return the packs of a folder, in order; a file is itself one."""
    try:
        return sorted(os.path.join(path, name) for name in os.listdir(path) if name.endswith(".toml"))
    except OSError:  # a file; what cannot be read is told when it is read
        return [path]


def load(extra: Iterable[Path] = ()) -> Ruleset:
    """Read the rules that come with stanch and those of `extra` files or folders.

    Raises RuleError, naming file, rule and key, for the first thing wrong. Rules without fault are remembered, as long
    as no pack changes: a hook has no time for TOML.
    """
    ours = _packs()
    theirs = [file for path in extra for file in files(str(path))]
    read_from = (*ours, *map(os.path.abspath, theirs), __file__)
    state, rules = cache.kept("rules", "", read_from, lambda: _parsed([*ours, *theirs], len(ours)))
    return Ruleset(Rules(rules), state)


def _parsed(paths: list[str], ours: int) -> tuple[str, dict[str, bytes]]:
    """Return the digest of the packs in `paths`, and their rules as the cache keeps them; the first `ours` are trusted.

    Each rule is packed on its own, since most of them are never unpacked.
    """
    texts = [read(path) for path in paths]
    rules: dict[str, bytes] = {}
    for number, (path, text) in enumerate(zip(paths, texts, strict=True)):
        for rule in parse(text, path, trusted=number < ours):
            if rule.id in rules:
                raise RuleError(f"{path}: rule {rule.id!r}: another rule has this id")
            rules[rule.id] = cache.packed(_values(rule))
    return digest(*texts), rules


def _values(rule: Rule) -> dict[str, Any]:
    """Return the fields of a rule that are not at their default, as TOML can say them."""
    from dataclasses import fields  # slow to import, and the packs are seldom read

    found = {f.name: getattr(rule, f.name) for f in fields(rule) if getattr(rule, f.name) != f.default}
    found["remedy"] = {f.name: getattr(rule.remedy, f.name) for f in fields(rule.remedy)}
    found["confidence"] = rule.confidence.value
    return found


def made(values: dict[str, Any]) -> Rule:
    """Return a rule from its fields as TOML says them."""
    made: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    made["confidence"] = Confidence(values.get("confidence", Confidence.HIGH))
    made["remedy"] = RemedyFacts(**values.get("remedy", {}))
    return Rule(**made)


def parse(text: str, origin: str, *, trusted: bool = False) -> list[Rule]:
    """Return the rules that a pack's text declares; `origin` names it in errors.

    The expressions of a `trusted` pack are not compiled here: its tests did that, and a hook has no time for it.
    """
    rules = []
    for table in tables(text, origin):
        where = f"{origin}: rule {table.get('id', '?')!r}"
        for fault in faults(table):
            raise RuleError(f"{where}: {fault}")
        rules.append(made(table))
        if not trusted:
            check_expressions(rules[-1], where)
    return rules


def tables(text: str, origin: str) -> list[dict[str, Any]]:
    """Return what a pack's text says of each rule. Raises RuleError, which `origin` begins, when it is no pack."""
    import tomllib  # a hook finds the packs parsed in the cache

    try:
        pack = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{origin}: not TOML: {error}") from error
    found = pack.pop("rules", None)
    if pack:
        raise RuleError(f"{origin}: unknown key {next(iter(pack))!r}; a pack holds [[rules]] only")
    if not isinstance(found, list) or not all(isinstance(table, dict) for table in found):
        raise RuleError(f"{origin}: no [[rules]] in it")
    return found


def read(path: str) -> str:
    """Return a pack's text. Raises RuleError when it cannot be read."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{path}: cannot be read: {error}") from error


def digest(*parts: str) -> str:
    """Return the digest of rules from the texts of their packs, or from what else tells them apart."""
    import hashlib  # a hook finds the digest in the cache too

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


def faults(table: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the keys of a rule's table: all of it, or of the types alone where they are wrong."""
    mistyped = [fault for key, value in table.items() if (fault := _mistyped(key, value))]
    yield from mistyped
    if mistyped:
        return
    missing = [key for key in ("id", "name", "provider", "category") if not table.get(key)]
    yield from (f"{key} is missing" for key in missing)
    if "id" not in missing and not ID.fullmatch(table["id"]):
        yield "id must be kebab-case"
    if "category" not in missing and table["category"] not in CATEGORIES:
        yield f"category must be one of {', '.join(sorted(CATEGORIES))}"
    if table.get("confidence", "high") not in list(Confidence):
        yield "confidence must be low, medium or high"
    if not 0 <= table.get("min_entropy", 0) <= MOST_ENTROPY:
        yield f"min_entropy must be from 0 to {MOST_ENTROPY}, in bits a byte"
    token, keyed = {"keywords", "pattern"} & table.keys(), {"context", "value"} & table.keys()
    if (len(token), len(keyed)) not in {(2, 0), (0, 2)}:
        yield "needs keywords and pattern (a token), or context and value (keyed)"
    for word in table.get("context", ()):
        if not re.fullmatch(r"[a-z0-9]+", word):
            yield f"context {word!r} must be lower-case letters and digits"
    if not _plain(table.get("verify")):
        yield "verify must hold texts, numbers, true and false only"
    elif "verify" in table:
        from stanch.verify import declared  # a hook finds the packs parsed in the cache

        yield from declared.faults(table["verify"])
    for key, value in table.get("remedy", {}).items():
        if key not in ("revoke", "identity") or not isinstance(value, str):
            yield f"remedy.{key}: only revoke and identity, both strings"


def _mistyped(key: str, value: Any) -> str | None:
    """Return why a rule cannot have that key with that value, or None."""
    if key not in _TYPES:
        return f"unknown key {key!r}" + (meant(key, (*_TYPES,)) or f"; known are {', '.join(sorted(_TYPES))}")
    if key == "min_entropy" and (isinstance(value, bool) or not isinstance(value, _TYPES[key])):
        return f"{key} must be a number"
    if not isinstance(value, _TYPES[key]):
        return f"{key} must be of type {_TYPES[key][0].__name__}"
    if value == []:
        return f"{key} must not be empty"
    if isinstance(value, list) and not all(isinstance(item, str) and item for item in value):
        return f"{key} must be a list of non-empty strings"
    return None


def _plain(value: Any) -> bool:
    """Is that anything but a date or a time, and in it too?"""
    if isinstance(value, dict):
        return all(map(_plain, value.values()))
    return all(map(_plain, value)) if isinstance(value, list) else isinstance(value, str | int | float | None)


def check_expressions(rule: Rule, where: str) -> None:
    """Raise RuleError, its text beginning with `where`, when an expression of `rule` cannot be used."""
    _compiles(rule.pattern, f"{where}: pattern", group=True)
    _compiles(rule.value, f"{where}: value", group=False)


def _compiles(pattern: str | None, where: str, *, group: bool) -> None:
    """Raise RuleError when `pattern` is no bytes expression, or lacks the group `secret` that it needs."""
    if pattern is None:
        return
    from stanch import expressions  # our own packs come without

    try:
        compiled = expressions.check(pattern)
    except ValueError as error:
        raise RuleError(f"{where}: {error}") from error
    if group and "secret" not in compiled.groupindex:
        raise RuleError(f"{where}: has no group (?P<secret>...)")
    if compiled.match(b""):
        raise RuleError(f"{where}: matches the empty string")
