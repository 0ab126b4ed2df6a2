"""Which repositories of a listing are swept: each once, those that were asked for, and a parent before its forks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from urllib.parse import unquote

from stanch.model import Fault
from stanch.sweep.listing import Listing
from stanch.sweep.model import Listed


def reason(listed: Listed, asked: Listing) -> str | None:
    """Return why a repository is left out, or None. Where no size is told, none is too large.

    Globs are of the whole name, or of it without its host; case does not count, and `*` takes in slashes.
    """
    if asked.include and not _matches(listed, asked.include):
        return "not included"
    if _matches(listed, asked.exclude):
        return "excluded"
    if listed.fork and not asked.forks:
        return "fork"
    if listed.archived and not asked.archived:
        return "archived"
    if asked.max_size is not None and (listed.size or 0) > asked.max_size:
        return "too large"
    return None


def parents_first(entries: Iterable[Listed | Fault]) -> Iterator[Listed | Fault]:
    """Yield forks after what they are forks of, as far as that is told, and after all that is no fork; faults last."""
    forks: dict[str, Listed] = {}
    faults = []
    for entry in entries:
        if isinstance(entry, Fault):
            faults.append(entry)
        elif entry.fork:
            forks[entry.name] = entry
        else:
            yield entry
    while forks:
        ready = [fork for fork in forks.values() if fork.parent not in forks]
        for fork in ready or list(forks.values()):  # none: they claim to be forks of each other
            yield forks.pop(fork.name)
    yield from faults


def _matches(listed: Listed, globs: Sequence[str]) -> bool:
    name = listed.name.casefold()
    ways = {name, unquote(name), name.rpartition("/")[2]} if listed.forge == "folder" else {name, unquote(name)}
    ways |= {"/".join(way.split("/")[-2:] if listed.forge == "folder" else way.split("/")[1:]) for way in tuple(ways)}
    return any(fnmatchcase(way, glob.casefold()) for glob in globs for way in ways)
