"""Targets: what somebody asks to be swept, and the repositories that it lists."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence

from stanch.errors import UsageError, meant
from stanch.model import Fault
from stanch.sweep import chosen, credentials, folders, forges, names
from stanch.sweep.listing import Listing
from stanch.sweep.model import Listed, Target

__all__ = ["Listing", "listed", "parse", "together"]

_LONGEST = 64 << 20
"""Bytes of a file of URLs."""


def parse(text: str) -> Target:
    """Return the target that a text names. Raises UsageError with what to write instead."""
    word, colon, rest = text.partition(":")
    if colon and word in forges.LISTS:
        return forges.checked(word, rest)
    if "://" in text:
        return Target("url", _address(text).url)
    if os.path.isdir(text):
        return Target("folder", text)
    if os.path.exists(text):
        return Target("file", text)
    if names.looks_like_scp(text):
        return Target("url", _address(text).url)
    known = tuple(forges.LISTS)
    if colon and re.fullmatch(r"[A-Za-z-]+", word):
        raise UsageError(f"{word}: is no forge; write one of {', '.join(known)}{meant(word.lower(), known)}")
    raise UsageError(
        f"{text}: is no file or folder; write github:ORG, a URL, a file of URLs or a folder of repositories"
    )


def listed(target: Target, asked: Listing) -> Iterator[Listed | Fault]:
    """Yield the repositories of a target, each once, forks last; then a fault for each part that was not told.

    Raises UsageError at once for what is wrong in `asked` and in the environment.
    """
    return together((target,), asked)


def together(targets: Sequence[Target], asked: Listing) -> Iterator[Listed | Fault]:
    """Yield the repositories of several targets as `listed` does, each once though more than one lists it."""
    forges.check_api(asked.api)
    hosts = {target.name.partition("/")[0].lower() for target in targets if target.forge == "gitea"}
    if len(hosts) > 1 and credentials.authorization("gitea"):
        raise UsageError("GITEA_TOKEN: belongs to one host, and the targets name several; sweep them one by one")
    clients = {target: forges.opened(target, asked) for target in targets if target.forge in forges.LISTS}
    entries = (entry for target in targets for entry in _of(target, asked, clients.get(target)))
    return chosen.parents_first(_chosen(entries, asked))


def _of(target: Target, asked: Listing, client: forges.Client | None) -> Iterator[forges.Entry]:
    if target.forge == "folder":
        yield from folders.listed(target.name)
    elif target.forge == "file":
        yield from _of_file(target.name, asked)
    elif client is None:
        yield _of_url(names.address(target.name))
    else:
        with client:
            try:
                yield from forges.LISTS[target.forge](client, target.name)
            except forges.Failed as error:
                yield Fault(f"{target.forge}:{target.name}", forges.FAILED, str(error))


def _chosen(entries: Iterable[forges.Entry], asked: Listing) -> Iterator[Listed | Fault]:
    seen: set[str] = set()
    for entry in entries:
        if isinstance(entry, Fault):
            yield entry
        elif not isinstance(entry, Listed):
            asked.passed(entry.name, entry.why)
        elif entry.name not in seen:
            seen.add(entry.name)
            why = chosen.reason(entry, asked)
            if why is None:
                yield entry
            else:
                asked.passed(entry.name, why)


def _of_file(path: str, asked: Listing) -> Iterator[Listed | Fault]:
    """Yield the repositories of a file of URLs, one on each line; what follows `#` is a comment."""
    try:
        with open(path, "rb") as file:
            lines = file.read(_LONGEST + 1)
    except OSError as error:
        yield Fault(path, "unreadable", error.strerror or "cannot be read")
        return
    if len(lines) > _LONGEST:
        yield Fault(path, "too-large", f"holds more than {_LONGEST >> 20} MB: is it a file of URLs?")
        return
    found = False
    for number, line in enumerate(lines.decode("utf-8-sig", "replace").splitlines(), 1):
        text = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
        if not text:
            continue
        found = True
        try:
            where = names.address(text)
        except ValueError as error:
            yield Fault(path, forges.FAILED, f"line {number}: {error}")
            continue
        if where.credentials:
            asked.said(f"{path}: line {number}: holds credentials, which are not used; take them out of the URL")
        yield _of_url(where)
    if not found:
        yield Fault(path, forges.FAILED, "holds no URL")


def _of_url(where: names.Address) -> Listed:
    web = f"https://{where.name}" if names.PUBLIC.get(where.name.partition("/")[0]) else None
    return Listed(where.name, where.url, "url", web=web)


def _address(text: str) -> names.Address:
    """Return the address of a URL that stands on the command line. Raises UsageError, without what stands in it."""
    try:
        where = names.address(text)
    except ValueError as error:
        raise UsageError(f"a URL: {error}") from None
    if where.credentials:
        raise UsageError(
            f"{where.name}: credentials stand in its URL, where others can see them; set a variable instead"
        )
    return where
