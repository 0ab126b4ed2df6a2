"""Settings: what configuration and command line say together, for every command that scans."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stanch import compat, config, rules
from stanch.config import Config, shown
from stanch.errors import UsageError, meant
from stanch.model import Confidence
from stanch.options import Options
from stanch.roots import is_path, root
from stanch.values import dataclass

if TYPE_CHECKING:
    from stanch.acceptance import Acceptance
    from stanch.compat.gitleaks import Imported
    from stanch.rules import Rule, Ruleset


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a scan is made from."""

    ruleset: Ruleset
    checkable: Mapping[str, Rule]
    """The rules in use that may say where a credential is sent: none of a pack that a configuration adds."""
    options: Options
    acceptances: tuple[Acceptance, ...]
    baselines: tuple[Path, ...]
    """Those in use that `stanch baseline` has made."""
    read: tuple[Path, ...]
    """The configuration and the baselines, whoever names them: what decides beside rules and options."""
    notes: tuple[str, ...]
    """Which configuration of the target is in use; for a clean hook that is noise."""
    warnings: tuple[str, ...]
    """What a configuration asks for and is not done; never left unsaid."""


def settings(targets: tuple[str, ...], given: Mapping[str, Any], *, baselines: bool = True) -> Settings:
    """Return the settings for a scan of `targets`; `given` are the options of the command line, by click's names.

    One that is missing, None or empty was not given: then the configuration's word holds, else the default. With
    `config` that file is the configuration, with `no_config` there is none; else it is found at the first target's
    root: stanch's own, or what gitleaks would read. `baselines` is False for the command that makes them.

    Raises UsageError for what is wrong in any of it.
    """
    targets = targets or (".",)
    named = given.get("config")
    top = _top(targets[0], given)
    foreign = named if named and compat.is_gitleaks(named) else None
    found = _own(top, given)
    own = found or Config()
    ours = _loaded(own, given)

    imported: Imported | None = None
    if foreign:
        imported = compat.configuration(foreign, ours.by_id)
    elif found is None and not named and not given.get("no_config"):
        imported = compat.from_environment(os.environ, ours.by_id)
        imported = imported or (compat.at_root(top, ours.by_id) if top else None)
    ignored, warnings = compat.ignored(top, imported, ours.by_id) if top else ([], [])
    accepted, updatable = _baselines(own, given) if baselines else ([], ())
    acceptances = [*own.allow, *(imported.acceptances if imported else ()), *ignored, *accepted]
    options = _options(targets, own, given)
    ruleset = _chosen(ours, own, imported, given)
    return Settings(
        ruleset,
        _checkable(ruleset, own, given),
        options,
        tuple(acceptances if _is_whole(options, given) else map(_Part, acceptances)),
        updatable,
        (*([named] if named else ()), *own.baseline, *(given.get("baselines") or ())),
        tuple(_notes(top, own, imported, bool(ignored))),
        (*(imported.warnings if imported else ()), *warnings),
    )


def packs(given: Mapping[str, Any]) -> tuple[Path, ...]:
    """Return the packs that configuration and command line add for a scan of the current folder.

    `given` is that of `settings`, and so are the errors.
    """
    own = _own(_top(".", given), given) or Config()
    return _packs(own, given)


def _top(target: str, given: Mapping[str, Any]) -> Path | None:
    """Return the root at which a configuration is looked for; None when none is."""
    if given.get("config") and given.get("no_config"):
        raise UsageError("--config and --no-config exclude each other")
    return None if given.get("config") or given.get("no_config") else root(target)


def _own(top: Path | None, given: Mapping[str, Any]) -> Config | None:
    """Return stanch's own configuration, found at a root or named; None when there is none."""
    named = given.get("config")
    return config.find(top) if top else config.read(named) if named and not compat.is_gitleaks(named) else None


def _packs(own: Config, given: Mapping[str, Any]) -> tuple[Path, ...]:
    _found(own, "rules", own.rules)
    return (*own.rules, *(given.get("packs") or ()))


def _loaded(own: Config, given: Mapping[str, Any]) -> Ruleset:
    """Return all rules, with the packs that are added. The ids that the configuration names are among theirs."""
    ours = rules.load(_packs(own, given))
    lists: list[tuple[str, Iterable[str]]] = [("disable-rules", own.disable_rules), ("only-rules", own.only_rules)]
    lists += [(f"allow {table.number}: rules", sorted(table.rules)) for table in own.allow]
    for key, ids in lists:
        for id in ids:
            if id not in ours.by_id:
                raise UsageError(f"{own.origin}: {key}: no rule has the id {id!r}{meant(id, tuple(ours.by_id))}")
    return ours


def _checkable(ruleset: Ruleset, own: Config, given: Mapping[str, Any]) -> Mapping[str, Rule]:
    """Return the rules in use that may say where secrets are sent: stanch's own, and those of the command line's packs.

    A pack that a configuration adds may be of whoever wrote the repository, and its rules could send all secrets there.
    """
    if not own.rules or not (given.get("verify") or given.get("verify_dry_run")):
        return ruleset.by_id
    trusted = rules.load(given.get("packs") or ()).by_id
    return ruleset.by_id.only(id for id in ruleset.by_id if id in trusted)


def _baselines(own: Config, given: Mapping[str, Any]) -> tuple[list[Acceptance], tuple[Path, ...]]:
    """Return what the baselines accept, and the files of those that stanch has made."""
    paths = (*own.baseline, *(given.get("baselines") or ()))
    if not paths:
        return [], ()
    from stanch.baseline import Baseline, load

    _found(own, "baseline", own.baseline)
    loaded = [load(path) for path in {path.resolve(): path for path in paths}.values()]
    return loaded, tuple(one.path for one in loaded if isinstance(one, Baseline))


def _found(own: Config, key: str, paths: Iterable[Path]) -> None:
    for path in paths:
        if not path.exists():
            raise UsageError(f"{own.origin}: {key}: there is no {path}")


def _chosen(ours: Ruleset, own: Config, imported: Imported | None, given: Mapping[str, Any]) -> Ruleset:
    """Return the rules in use. What the command line wants alone is used although a configuration disables it."""
    wanted = given.get("only_rule") or ()
    disabled = [*own.disable_rules, *sorted(imported.disabled if imported else ())]
    disabled = [id for id in disabled if id not in wanted]
    ruleset = ours.adding(imported.rules) if imported else ours
    only, off = wanted or own.only_rules, (*disabled, *(given.get("disable_rule") or ()))
    return ruleset.select(only, off) if only or off else ruleset


def _options(targets: tuple[str, ...], own: Config, given: Mapping[str, Any]) -> Options:
    modes = [name for name in ("staged", "revisions", "since") if given.get(name)]
    history = given.get("history")
    if len(modes) > 1:
        raise UsageError("--staged, --range and --since exclude each other")
    if modes and history is not None:
        raise UsageError("--staged, --range and --since say what to scan; leave out --history and --no-history")
    if history is None and not own.history and not modes:
        history = False
    reachable_only = given.get("reachable_only")
    return Options(
        targets=targets,
        history=history,
        staged=bool(given.get("staged")),
        revisions=f"{given['since']}..HEAD" if given.get("since") else given.get("revisions"),
        reachable_only=own.reachable_only if reachable_only is None else reachable_only,
        alternates=bool(given.get("alternates")),
        incremental=given.get("incremental"),
        secrets=any(map(given.get, ("show_secrets", "verify", "verify_dry_run"))),
        min_confidence=Confidence(given.get("min_confidence") or own.min_confidence),
        explain=bool(given.get("explain")),
        engine=given.get("engine") or own.engine,
        jobs=given.get("jobs") or processors(),
        max_size=given.get("max_size") or own.max_size,
        timeout=given.get("timeout") or own.timeout,
        ignore_allows=bool(given.get("ignore_allows")),
        archives=given.get("archives") is not False,
    )


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _is_whole(options: Options, given: Mapping[str, Any]) -> bool:
    """Is all scanned that a configuration or baseline is about? Only then what accepts nothing is not needed.

    What else makes a part of a scan, such as `--staged`, the scan knows itself.
    """
    top = root(options.targets[0])
    roots = (is_path(target) and (top is None or Path(target).resolve() == top) for target in options.targets)
    return any(roots) and not given.get("only_rule") and not given.get("disable_rule")


class _Part:
    """An acceptance in a scan of a part: what it has not met there may be elsewhere."""

    def __init__(self, whole: Acceptance) -> None:
        self.by_secret = whole.by_secret
        self.reason = whole.reason

    def stale(self) -> Iterable[str]:
        """Yield nothing."""
        return ()


def _notes(top: Path | None, own: Config, imported: Imported | None, ignored: bool) -> Iterable[str]:
    """Yield a line when something in the target, which others may have written, decides what is reported."""
    found = [own.origin] if own.origin else [imported.origin] if imported else []
    found = [*found, shown(top / compat.IGNORE)] if top and ignored else found
    if top and found:
        yield f"configured by {' and '.join(found)}; --no-config leaves that out"
